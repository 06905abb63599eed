"""The depth line: what was reached so far, what the plan meant, and where the forecast says it will end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leadline.decide.standing import Range
from leadline.report import lettering, theme
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.pictures.canvas import MOST_TICKS, NARROW, TEXT, WIDE, round_steps
from leadline.report.saying import axis_values, day, estimate, value
from leadline.report.spread import spread
from leadline.words import probability, probability_word

# Past its day a target is reached or missed; what is left of doubt is that of the measurement.
EVEN = 0.5
_OF_FORECAST = "forecast: its middle, and the ends of its 90 %"
_LEFT, _TOP, _FOOT = 52.0, 28.0, 34.0


@dataclass(frozen=True, slots=True)
class Band:
    """The forecast of one day: five quantiles in the metric's unit."""

    day: dt.date
    p05: float
    p25: float
    p50: float
    p75: float
    p95: float


@dataclass(frozen=True, slots=True)
class DepthLine:
    """One objective on its way: fan of the forecast, actual values, planned path, target by its date.

    p: probability of reaching the target, or None with the reason beside it · values in the metric's unit
    """

    name: str
    unit: str
    target: float
    by: dt.date
    as_of: dt.date
    fan: tuple[Band, ...] = ()
    actual: tuple[tuple[dt.date, float], ...] = ()
    path: tuple[tuple[dt.date, float], ...] = ()
    p: float | None = None
    reason: str = ""

    def is_over(self) -> bool:
        """Say whether the target's day has passed, so that there is nothing left to forecast."""
        return self.by < self.as_of

    @property
    def ahead(self) -> tuple[Band, ...]:
        """Return the forecast that is still one: past the target's day its last band says what was reached then."""
        return () if self.is_over() else self.fan

    def sentence(self) -> str:
        """Return the objective, its target and its probability in words; past its day, whether it was reached."""
        goal = f"{self.name}: {value(self.target, self.unit)} by {day(self.by)}"
        if self.is_over() and self.p is not None and self.fan:
            return f"{goal}: {'reached' if self.p >= EVEN else 'missed'}, it was {value(self.fan[-1].p50, self.unit)}."
        if self.p is None:
            return f"{goal}: chance unknown{': ' + self.reason if self.reason else ''}."
        return f"{goal}: {probability_word(self.p)} ({probability(self.p)})."

    def table(self) -> list[dict[str, object]]:
        """Return one row a day: actual, planned, and the five quantiles where a forecast exists."""
        rows: dict[dt.date, dict[str, object]] = {}
        for when, reached in self.actual:
            rows.setdefault(when, {})["actual"] = reached
        for when, planned in (*self.path, (self.by, self.target)):
            rows.setdefault(when, {})["plan"] = planned
        for band in self.ahead:
            rows.setdefault(band.day, {}).update(p05=band.p05, p25=band.p25, p50=band.p50, p75=band.p75, p95=band.p95)
        keys = ("actual", "plan", "p05", "p25", "p50", "p75", "p95")
        return [{"day": when.isoformat(), **{key: rows[when].get(key) for key in keys}} for when in sorted(rows)]

    def native(self) -> tuple[NativeChart, ...]:
        """Return what was reached, the plan and the forecast with its 90 % for slides, over the same days as the table."""
        rows = self.table()

        def told(key: str) -> tuple[float | None, ...]:
            return tuple(float(cell) if isinstance(cell := row[key], (int, float)) else None for row in rows)

        series = [
            NativeSeries("so far", told("actual"), colour="ink"),
            NativeSeries("plan", told("plan"), colour="ink-3", pale=True, dash=True),
            NativeSeries("forecast, 90 %", told("p50"), told("p05"), told("p95")),
        ]
        days = tuple(dt.date.fromisoformat(str(row["day"])) for row in rows)
        shown = tuple(one for one in series if any(value is not None for value in one.values))
        return (
            (NativeChart("line", days, shown, unit=self.unit, under="" if self.is_over() else _OF_FORECAST),)
            if shown
            else ()
        )

    def chart(self, width: float = WIDE) -> dict[str, Any]:
        """Return bands of 50 % and 90 %, the median, the actual line, the planned line and the ring at the target."""
        frame = _Frame.of(self, width)
        layers: list[dict[str, Any]] = [
            *_axes(frame),
            *_bands(frame, self.ahead),
            frame.line(self.path, stroke="ink-3", width=1),
            frame.line(tuple((band.day, band.p50) for band in self.ahead), stroke="series-1", width=1.5),
            *_as_of(frame, self),
            frame.line(self.actual, stroke="ink", width=2.5),
            frame.dots(self.actual[-1:], size=40, fill="ink"),
            frame.ring(self.by, self.target),
            *_labels(frame, self),
            *_line_names(frame, self),
        ]
        return {
            "width": width, "height": frame.height, "padding": 0, "autosize": {"type": "none"},
            "layer": [layer for layer in layers if layer["data"]["values"]],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where days and values lie on the sheet, in px."""

    width: float
    height: float
    right: float
    days: tuple[dt.date, dt.date]
    values: tuple[float, float]
    unit: str

    @classmethod
    def of(cls, line: DepthLine, width: float) -> _Frame:
        """Lay out a depth line on a sheet of this width; a third of it is kept for the words at the end."""
        days = [line.as_of, line.by, *(when for when, _ in (*line.actual, *line.path)), *(b.day for b in line.ahead)]
        reached = [line.target, *(v for _, v in (*line.actual, *line.path))]
        reached += [edge for band in line.ahead for edge in (band.p05, band.p95)]
        low, high = min(reached), max(reached)
        room = (high - low) or abs(high) or 1.0
        floor = 0.0 if 0 <= low <= 0.6 * high else low - 0.06 * room
        first = min(days)
        if first == max(days):
            first -= dt.timedelta(days=28)
        keep = 178.0 if width > (WIDE + NARROW) / 2 else 104.0
        return cls(width, 250.0, width - keep, (first, max(days)), (floor, high + 0.06 * room), line.unit)

    def x(self, when: dt.date) -> float:
        """Return the px of a day."""
        part = (when - self.days[0]).days / max((self.days[1] - self.days[0]).days, 1)
        return _LEFT + part * (self.right - _LEFT)

    def y(self, amount: float) -> float:
        """Return the px of a value."""
        low, high = self.values
        return self.height - _FOOT - (amount - low) / (high - low) * (self.height - _FOOT - _TOP)

    def encode(self) -> dict[str, Any]:
        """Return the two axes every layer shares; their ticks and words are laid by `_axes`."""
        return {
            "x": {"field": "day", "type": "temporal", "axis": None,
                  "scale": {"domain": [_stamp(d) for d in self.days], "range": [_LEFT, self.right], "type": "utc"}},
            "y": {"field": "value", "type": "quantitative", "axis": None,
                  "scale": {"domain": list(self.values), "range": [self.height - _FOOT, _TOP], "zero": False, "nice": False}},
        }  # fmt: skip

    def line(self, points: Sequence[tuple[dt.date, float]], *, stroke: str, width: float) -> dict[str, Any]:
        """Return a line through points."""
        mark = {"type": "line", "color": theme.colour(stroke), "strokeWidth": width, "strokeJoin": "round"}
        return {"data": {"values": _points(points)}, "mark": mark, "encoding": self.encode()}

    def dots(self, points: Sequence[tuple[dt.date, float]], *, size: float, fill: str) -> dict[str, Any]:
        """Return filled points."""
        mark = {"type": "point", "filled": True, "size": size, "color": theme.colour(fill), "opacity": 1}
        return {"data": {"values": _points(points)}, "mark": mark, "encoding": self.encode()}

    def ring(self, when: dt.date, target: float) -> dict[str, Any]:
        """Return the ring at the target."""
        mark = {"type": "point", "filled": False, "size": 150, "strokeWidth": 2.5, "stroke": theme.colour("ink")}
        return {"data": {"values": _points([(when, target)])}, "mark": mark, "encoding": self.encode()}


def _axes(frame: _Frame) -> list[dict[str, Any]]:
    """Return the light horizontal grid with its values (the unit once, at the top), and the months underneath."""
    layers: list[dict[str, Any]] = []
    ticks = round_steps(*frame.values, most=MOST_TICKS - 1)
    numbers, unit = axis_values(ticks, frame.unit)
    layers.append(_words(0, _TOP - 16, unit, colour="ink-3"))
    for tick, said in zip(ticks, numbers, strict=True):
        y = frame.y(tick)
        across = {"x": {"value": _LEFT}, "x2": {"value": frame.right}, "y": {"value": y}}
        rule = {"type": "rule", "color": theme.colour("line"), "strokeWidth": 1}
        layers.append({"data": {"values": [{}]}, "mark": rule, "encoding": across})
        layers.append(_words(_LEFT - 8, y, said, colour="ink-3", align="right"))
    taken = 0.0
    months = _day_ticks(*frame.days, most=6 if frame.right - _LEFT > 300 else 3)
    for index, month in enumerate(months):
        words = day(month)[2:] if month.day == 1 else day(month)
        words = words if index == 0 or month.month == 1 else words[:-5]
        half = lettering.width(words, TEXT) / 2
        x = max(frame.x(month), half)
        if x - half > taken:
            layers.append(_words(x, frame.height - _FOOT + 16, words, colour="ink-3", align="center"))
            taken = x + half + 8
    return layers


def _bands(frame: _Frame, fan: Sequence[Band]) -> list[dict[str, Any]]:
    layers = []
    for low, high in (("p05", "p95"), ("p25", "p75")):
        rows = [{"day": _stamp(b.day), "value": getattr(b, low), "upper": getattr(b, high)} for b in fan]
        mark = {"type": "area", "color": theme.colour("series-1"), "fillOpacity": theme.BAND_OPACITY}
        layers.append(
            {"data": {"values": rows}, "mark": mark, "encoding": {**frame.encode(), "y2": {"field": "upper"}}}
        )
    for edge in ("p05", "p25", "p75", "p95"):
        layer = frame.line([(band.day, getattr(band, edge)) for band in fan], stroke="series-1", width=1)
        layers.append({**layer, "mark": {**layer["mark"], "strokeOpacity": 0.5}})
    return layers


def _as_of(frame: _Frame, line: DepthLine) -> list[dict[str, Any]]:
    x = frame.x(line.as_of)
    rule = {"type": "rule", "color": theme.colour("line-strong"), "strokeWidth": 1, "strokeDash": [1, 3]}
    words = f"as of {day(line.as_of)}"
    half = lettering.width(words, TEXT) / 2
    first = lettering.width(axis_values(round_steps(*frame.values, most=MOST_TICKS - 1), frame.unit)[1], TEXT) + 12
    place = min(max(x, first + half), frame.width - half)
    across = {"x": {"value": x}, "y": {"value": _TOP - 6}, "y2": {"value": frame.height - _FOOT}}
    return [
        {"data": {"values": [{}]}, "mark": rule, "encoding": across},
        _words(place, _TOP - 16, words, colour="ink-3", align="center"),
    ]


def _labels(frame: _Frame, line: DepthLine) -> list[dict[str, Any]]:
    """Return the words at the end: target with its chance, and where the forecast ends; pushed apart, never overlapping."""
    narrow = frame.right - _LEFT < 300
    target = [(f"target {value(line.target, line.unit)}", "ink", 600)]
    if line.is_over():
        target.append((f"due {day(line.by)}", "ink-2", 400))
    elif line.p is None:
        target.append(("P unknown", "ink-2", 400))
    else:
        target += [
            (f"P {probability(line.p)}", "ink", 400),
            *([] if narrow else [(probability_word(line.p), "ink-2", 400)]),
        ]
    blocks = [(frame.y(line.target), target)]
    if line.fan and not line.is_over():
        last = line.fan[-1]
        middle, _, interval = estimate(Range(last.p05, last.p50, last.p95, "amount"), line.unit).partition(" (")
        ends = [(f"{'' if narrow else '90 %: '}{interval.removesuffix(')')}", "ink-3", 400)] if interval else []
        blocks.append((frame.y(last.p50), [(f"forecast {middle}", "ink-2", 400), *ends]))
    blocks.sort(key=lambda block: block[0])
    sizes = [17.0 * len(lines) for _, lines in blocks]
    starts = spread(
        [y - size / 2 for (y, _), size in zip(blocks, sizes, strict=True)], sizes, low=2, high=frame.height - _FOOT
    )
    room = frame.width - frame.right - 16
    return [
        _words(frame.right + 14, start + 9 + 17 * index, lettering.shorten(text, room), colour=colour, weight=weight)
        for start, (_, lines) in zip(starts, blocks, strict=True)
        for index, (text, colour, weight) in enumerate(lines)
    ]


def _line_names(frame: _Frame, line: DepthLine) -> list[dict[str, Any]]:
    """Return "plan" above the planned line, and the last value reached below its dot."""
    layers = []
    inner = [point for point in line.path if frame.x(point[0]) > _LEFT + 20 and point[0] < line.by]
    if inner:
        when, planned = inner[0]
        layers += _on_ground(frame.x(when) - 4, frame.y(planned) - 11, "plan", colour="ink-3")
    if line.actual:
        when, reached = line.actual[-1]
        words = f"so far {value(reached, line.unit)}"
        room, rising = lettering.width(words, TEXT), reached >= line.actual[0][1]
        right = frame.x(when) + 8 + room
        fits = right <= frame.right + (0 if line.fan else 8)
        y = frame.y(reached) + (22 if rising or not fits else -20)
        y = y if fits or not rising else frame.y(reached) - 20
        layers += _on_ground(right if fits else max(frame.x(when) - 8, _LEFT + room), y, words, colour="ink")
    return layers


def _on_ground(x: float, y: float, text: str, *, colour: str) -> list[dict[str, Any]]:
    """Return words that end at x over a rim of the panel's colour, so that lines behind them do not cross the letters."""
    words = _words(x, y, text, colour=colour, align="right")
    panel = theme.colour("panel")
    rim = {**words, "mark": {**words["mark"], "color": panel, "stroke": panel, "strokeWidth": 4}}
    return [rim, words]


def _words(x: float, y: float, text: str, *, colour: str, align: str = "left", weight: int = 400) -> dict[str, Any]:
    mark = {"type": "text", "align": align, "baseline": "middle", "color": theme.colour(colour), "fontWeight": weight, "fontSize": TEXT}  # fmt: skip
    placed = {"x": {"value": x}, "y": {"value": y}, "text": {"field": "words"}}
    return {"data": {"values": [{"words": text}]}, "mark": mark, "encoding": placed}


def _points(points: Sequence[tuple[dt.date, float]]) -> list[dict[str, object]]:
    return [{"day": _stamp(when), "value": amount} for when, amount in points]


def _stamp(when: dt.date) -> int:
    """Return a day as milliseconds since 1970 in UTC, so that no time zone moves it."""
    return (when - dt.date(1970, 1, 1)).days * 86_400_000


def _day_ticks(first: dt.date, last: dt.date, *, most: int) -> list[dt.date]:
    months = [dt.date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    inside = [month for month in months if first <= month <= last]
    for step in (1, 2, 3, 6, 12):
        kept = [month for month in inside if (month.month - 1) % step == 0]
        if len(kept) <= most:
            return kept or [first, last]
    return [first, last]
