"""The funnel strip: for every step of the bridge how many went on and how long it took, believed behind measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leadline.decide.standing import Range
from leadline.report import lettering
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.pictures.bets import belief
from leadline.report.pictures.canvas import (
    NARROW,
    WIDE,
    Axis,
    Canvas,
    Lettering,
    Paint,
    axis_ticks,
    ghost,
    interval,
)
from leadline.report.saying import estimate, value
from leadline.words import number

_HEAD, _NAMES = 46.0, 184.0
_UNDER = "pale: what the plan believes, low to high · dark: what the cases say, 90 %"


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step: shares 0..1 and days, believed and measured; entered, moved, open: counts of cases."""

    source: str
    target: str
    believed_rate: Range | None = None
    measured_rate: Range | None = None
    believed_lag: Range | None = None
    measured_lag: Range | None = None
    entered: int = 0
    moved: int = 0
    still_open: int = 0
    unit: str = "%"

    @property
    def name(self) -> str:
        """Return the step as read: from → to."""
        return f"{self.source} → {self.target}"

    def counts(self) -> str:
        """Return how many entered, went on and are still open."""
        if not self.entered:
            return "no case seen yet"
        return f"{number(self.moved, 6)} of {number(self.entered, 6)}, {number(self.still_open, 6)} open"


@dataclass(frozen=True, slots=True)
class FunnelStrip:
    """The steps of a bridge in their order, on one scale of rates and one of lags."""

    steps: tuple[FunnelStep, ...]

    def sentence(self) -> str:
        """Return each step's believed and measured rate in words."""
        return " ".join(_said(step) for step in self.steps)

    def table(self) -> list[dict[str, object]]:
        """Return one row a step: counts, believed and measured rate and lag as low, base, high."""
        rows: list[dict[str, object]] = []
        for step in self.steps:
            row: dict[str, object] = {
                "step": step.name,
                "entered": step.entered,
                "moved": step.moved,
                "open": step.still_open,
            }
            for name in ("believed_rate", "measured_rate", "believed_lag", "measured_lag"):
                part: Range | None = getattr(step, name)
                row |= {f"{name}_{key}": getattr(part, key) if part else None for key in ("low", "base", "high")}
            rows.append(row)
        return rows

    def native(self) -> tuple[NativeChart, ...]:
        """Return a chart of rates and one of lags for slides, what was believed beside what was measured."""
        rated = [step for step in self.steps if step.unit == "%" and (step.believed_rate or step.measured_rate)]
        timed = [step for step in self.steps if step.believed_lag or step.measured_lag]
        made = []
        for steps, kind, unit, title in (
            (rated, "rate", "%", "share that goes on"),
            (timed, "lag", "days", "days it takes (median)"),
        ):
            if steps:
                believed = _series("the plan", [getattr(step, f"believed_{kind}") for step in steps], pale=True)
                measured = _series("the cases, 90 %", [getattr(step, f"measured_{kind}") for step in steps], pale=False)
                made.append(
                    NativeChart(
                        "bar",
                        tuple(step.name for step in steps),
                        (believed, measured),
                        unit=unit,
                        title=title,
                        under=_UNDER,
                    )
                )
        return tuple(made)

    def chart(self, width: float = WIDE) -> dict[str, Any]:
        """Return one row a step with two small plots; below 480 px they stand under its name."""
        narrow = width < (WIDE + NARROW) / 2
        lines = max((len(lettering.wrap(step.name, _NAMES, lines=3)) for step in self.steps), default=1)
        row = 112.0 if narrow else 34.0 + 17.0 * max(lines, 2)
        canvas = Canvas(width, _HEAD + row * len(self.steps) + 4)
        split = width * (0.5 if narrow else 0.66)
        start = 8.0 if narrow else 208.0
        rates = Axis(
            0,
            _top([s for step in self.steps for s in (step.believed_rate, step.measured_rate) if step.unit == "%"], 1.0),
            start,
            split - 24,
        )
        lags = Axis(
            0,
            _top([s for step in self.steps for s in (step.believed_lag, step.measured_lag)], None),
            split + 4,
            width - 12,
        )
        heads = ("go on, %", "days (median)") if narrow else ("share that goes on, %", "days it takes (median)")
        for x, words in zip((start, split + 4), heads, strict=True):
            canvas.text((x, 10), words, style=Lettering("ink-2"))
        bottom = _HEAD if narrow else canvas.height
        axis_ticks(canvas, rates, top=_HEAD - 8, bottom=bottom, label=lambda part: number(100 * part))
        axis_ticks(canvas, lags, top=_HEAD - 8, bottom=bottom, label=number)
        for index, step in enumerate(self.steps):
            _step(canvas, step, _HEAD + row * index, axes=(rates, lags), narrow=narrow)
        return canvas.spec()


def _step(canvas: Canvas, step: FunnelStep, top: float, *, axes: tuple[Axis, Axis], narrow: bool) -> None:
    rates, lags = axes
    middle = top + (70 if narrow else 20)
    if narrow:
        canvas.line((0, top + 6), (canvas.width, top + 6), paint=Paint(stroke="line"))
    room = canvas.width if narrow else _NAMES
    lines = lettering.wrap(step.name, room, lines=1 if narrow else 3)
    first = top + (22 if narrow else 22 - 8 * len(lines))
    for index, line in enumerate(lines):
        canvas.text((0, first + 16 * index), line)
    canvas.text((0, first + 17 * len(lines)), lettering.shorten(step.counts(), room), style=Lettering("ink-3"))
    for axis, believed, measured, unit in (
        (
            rates,
            step.believed_rate if step.unit == "%" else None,
            step.measured_rate if step.unit == "%" else None,
            "%",
        ),
        (lags, step.believed_lag, step.measured_lag, "days"),
    ):
        if narrow:
            canvas.line((axis.start, middle - 14), (axis.start, middle + 14), paint=Paint(stroke="line"))
        if believed:
            ghost(canvas, axis, y=middle, values=(believed.low, believed.base, believed.high), height=18)
        if measured:
            paint = Paint(stroke="ink", stroke_width=3)
            interval(canvas, axis, y=middle, values=(measured.low, measured.base, measured.high), paint=paint)
        words = estimate(measured, unit) if measured else "not measured" if believed else "–"
        if axis is rates and step.unit != "%":
            words = f"{value(step.believed_rate.base, step.unit) if step.believed_rate else '–'} each"
        style = Lettering("ink-2")
        canvas.text((axis.start, middle + 21), lettering.shorten(words, axis.end - axis.start + 16), style=style)


def _series(name: str, ranges: list[Range | None], *, pale: bool) -> NativeSeries:
    values, low, high = (
        tuple(getattr(part, key) if part else None for part in ranges) for key in ("base", "low", "high")
    )
    return NativeSeries(name, values, low, high, colour="ink-3" if pale else "grade-b", pale=pale)


def _top(ranges: list[Range | None], most: float | None) -> float:
    """Return the end of an axis: a little over the largest value, at most `most`."""
    largest = max((part.high for part in ranges if part), default=1.0)
    end = 1.08 * max(largest, 1e-3)
    return min(end, most) if most else end


def _said(step: FunnelStep) -> str:
    believed = (
        f"the plan says {belief(step.believed_rate, step.unit)}" if step.believed_rate else "the plan says nothing"
    )
    if step.measured_rate is None:
        return f"{step.name}: {believed}; not measured."
    return f"{step.name}: {believed}, the cases say {estimate(step.measured_rate, step.unit)} ({step.counts()})."
