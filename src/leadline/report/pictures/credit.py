"""Credit by model: what each attribution model gives each channel, side by side. Credit is not lift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leadline.report import lettering
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.pictures.canvas import NARROW, WIDE, Axis, Canvas, Lettering, Paint, interval
from leadline.words import number

_ROW, _HEAD = 24.0, 60.0
_UNDER = "conversions credited, by model · line: 90 % interval, where one was computed. Credit, not lift"
# An end below zero by less than this share of the longest line is drawn at zero: it is narrower than the line's own width.
_NEAR_ZERO = 0.01


@dataclass(frozen=True, slots=True)
class Credit:
    """Conversions one model credits one channel with; low, high: its 90 % interval, None where none was computed."""

    model: str
    channel: str
    conversions: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class CreditByModel:
    """Credits of several models over the same channels; models and channels in the order first seen."""

    credits: tuple[Credit, ...]

    def models(self) -> tuple[str, ...]:
        """Return the models."""
        return tuple(dict.fromkeys(credit.model for credit in self.credits))

    def channels(self) -> tuple[str, ...]:
        """Return the channels, those with the most credit (mean over models) first; ties by name."""
        total: dict[str, float] = {}
        for credit in self.credits:
            total[credit.channel] = total.get(credit.channel, 0.0) + credit.conversions
        return tuple(sorted(total, key=lambda name: (-total[name], name)))

    def widest(self) -> tuple[str, float, float] | None:
        """Return the channel the models disagree about most, with its least and greatest credit."""
        spans = []
        for channel in self.channels():
            values = [credit.conversions for credit in self.credits if credit.channel == channel]
            spans.append((max(values) - min(values), channel, min(values), max(values)))
        if not spans:
            return None
        _, channel, least, most = max(spans, key=lambda span: span[0])
        return channel, least, most

    def sentence(self) -> str:
        """Return what the models disagree about most."""
        found = self.widest()
        if found is None:
            return "No credit was computed."
        channel, least, most = found
        count = len(self.models())
        if count == 1:
            return f"{channel} is credited with {number(most)} conversions by the one model used; credit, not lift."
        return (
            f"{channel} is credited with {number(least)} to {number(most)} conversions, depending on which of "
            f"{count} models one asks; credit, not lift."
        )

    def table(self) -> list[dict[str, object]]:
        """Return one row a channel and model."""
        order = {name: index for index, name in enumerate(self.channels())}
        rows = sorted(self.credits, key=lambda credit: order[credit.channel])
        return [
            {"channel": c.channel, "model": c.model, "conversions": c.conversions, "low": c.low, "high": c.high}
            for c in rows
        ]

    def native(self) -> tuple[NativeChart, ...]:
        """Return one small chart a model on one scale, for slides."""
        channels = self.channels()
        most = max((c.high if c.high is not None else c.conversions for c in self.credits), default=0.0)
        made = []
        for model in self.models():
            found = {credit.channel: credit for credit in self.credits if credit.model == model}
            given = [found.get(channel) for channel in channels]
            series = NativeSeries(
                "conversions credited",
                tuple(one.conversions if one else None for one in given),
                tuple(one.low if one else None for one in given),
                tuple(one.high if one else None for one in given),
            )
            made.append(NativeChart("bar", channels, (series,), title=model, most=most, under=_UNDER))
        return tuple(made)

    def _across(self, width: float, most: int) -> int:
        """Return how many plots stand side by side, so that no model's name has to be cut."""
        for across in range(most, 1, -1):
            room = (width - _names(width)) / across
            if not any("…" in "".join(_title(model, room)) for model in self.models()):
                return across
        return 1

    def chart(self, width: float = WIDE) -> dict[str, Any]:
        """Return one small plot a model, all on the same scale, channels in the same order."""
        models, channels = self.models(), self.channels()
        narrow = width < (WIDE + NARROW) / 2
        rows = -(-len(models) // self._across(width, 2 if narrow else 4))
        across = -(-len(models) // rows)
        names = _names(width)
        block = _HEAD + _ROW * len(channels) + 12
        canvas = Canvas(width, block * rows)
        plot = (width - names) / across
        largest = max((c.high if c.high is not None else c.conversions for c in self.credits), default=1.0)
        least = min((c.low for c in self.credits if c.low is not None), default=0.0)
        least = least if least < -_NEAR_ZERO * largest else 0.0
        for index, model in enumerate(models):
            top = block * (index // across)
            start = names + plot * (index % across)
            axis = Axis(least, max(largest, 1e-9) * 1.05, start + 6, start + plot - 18)
            if index % across == 0:
                _channel_names(canvas, channels, top, names)
            _panel(canvas, axis, top, (model, [c for c in self.credits if c.model == model], channels))
        return canvas.spec()


def _names(width: float) -> float:
    """Return the room for channel names, px."""
    return 122.0 if width < (WIDE + NARROW) / 2 else 160.0


def _title(model: str, room: float) -> list[str]:
    """Return a model's name in at most two lines, broken at its hyphens, for a plot of this width in px."""
    lines = lettering.wrap(model.replace("-", "- "), (room - 14) / lettering.BOLD, lines=2)
    return [line.replace("- ", "-") for line in lines]


def _channel_names(canvas: Canvas, channels: tuple[str, ...], top: float, room: float) -> None:
    for row, channel in enumerate(channels):
        y = top + _HEAD + _ROW * (row + 0.5)
        canvas.text((0, y), lettering.shorten(channel, room - 8))


def _panel(canvas: Canvas, axis: Axis, top: float, shown: tuple[str, list[Credit], tuple[str, ...]]) -> None:
    model, given, channels = shown
    bottom = top + _HEAD + _ROW * len(channels)
    for index, line in enumerate(_title(model, axis.end - axis.start + 24)):
        canvas.text((axis.start, top + 10 + 16 * index), line, style=Lettering(weight=600))
    ticks = axis.ticks(4)
    for tick in (ticks[0], ticks[-1]):
        canvas.text((axis.at(tick), top + 44), number(tick), style=Lettering("ink-3", align="center"))
    for tick in ticks:
        canvas.line((axis.at(tick), top + _HEAD - 6), (axis.at(tick), bottom), paint=Paint(stroke="line"))
    by_channel = {credit.channel: credit for credit in given}
    for row, channel in enumerate(channels):
        credit = by_channel.get(channel)
        if credit is None:
            continue
        y = top + _HEAD + _ROW * (row + 0.5)
        if credit.low is None or credit.high is None:
            hollow = Paint(fill="panel", stroke="series-1", stroke_width=2)
            canvas.dot(axis.at(credit.conversions), y, size=50, paint=hollow)
        else:
            interval(
                canvas,
                axis,
                y=y,
                values=(max(credit.low, axis.low), max(credit.conversions, axis.low), credit.high),
                paint=Paint(stroke="series-1", stroke_width=2.5),
            )
