"""The schedule: tactics as bars over the quarters, grouped by what they serve, with the days on which results can show.

A ring is the first sale, a diamond the day an effect can first be judged, ticks are tasks due, a dashed line a test.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leadline.report import lettering
from leadline.report.pictures.canvas import NARROW, WIDE, Axis, Canvas, Lettering, Paint

_HEAD = 34.0  # px above the first row, for the names of the quarters (house)
_BAR = 14.0  # px (house: lower than a line of text, so that marks stand out on it)
_NAMES = 210.0  # px for names beside the bars (house: a tactic's name in two lines)
_SOLID = Paint(fill="series-1", stroke="series-1", opacity=0.4)


@dataclass(frozen=True, slots=True)
class ScheduleBar:
    """One tactic. under: money and owner in few words · sale, judged: days, None where there is none."""

    name: str
    under: str
    start: dt.date
    end: dt.date
    sale: dt.date | None = None
    judged: dt.date | None = None
    is_late: bool = False
    test: tuple[dt.date, dt.date] | None = None
    tasks: tuple[dt.date, ...] = ()


@dataclass(frozen=True, slots=True)
class ScheduleGroup:
    """What some bars serve, with its own date (drawn as a flag) and milestones."""

    name: str
    by: dt.date | None
    milestones: tuple[dt.date, ...]
    bars: tuple[ScheduleBar, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Groups of bars over the days first..last. quarters: (first day, name) in order · today: the as-of day."""

    groups: tuple[ScheduleGroup, ...]
    first: dt.date
    last: dt.date
    quarters: tuple[tuple[dt.date, str], ...]
    today: dt.date

    def sentence(self) -> str:
        """Return each group with its tactics and their days."""
        told = []
        for group in self.groups:
            bars = "; ".join(f"{bar.name} from {bar.start} to {bar.end}" for bar in group.bars)
            told.append(f"{group.name}{f' by {group.by}' if group.by else ''}: {bars or 'no tactic'}.")
        return " ".join(told)

    def table(self) -> list[dict[str, object]]:
        """Return one row a tactic with its days."""
        return [
            {
                "group": group.name, "by": group.by, "tactic": bar.name, "start": bar.start, "end": bar.end,
                "first_sale": bar.sale, "judged": bar.judged, "late": bar.is_late,
            }
            for group in self.groups
            for bar in group.bars
        ]  # fmt: skip

    def chart(self, width: float = WIDE) -> dict[str, Any]:
        """Return the bars; below 480 px each name stands above its bar."""
        narrow = width < (WIDE + NARROW) / 2
        names = [bar.name for group in self.groups for bar in group.bars]
        is_tall = any(len(lettering.wrap(name, _NAMES, lines=2)) > 1 for name in names)
        row, head = (58.0, 50.0) if narrow else (60.0 if is_tall else 44.0, 34.0)
        left = 0.0 if narrow else _NAMES + 16
        height = _HEAD + sum(head + row * len(group.bars) for group in self.groups) + 20
        canvas = Canvas(width, height)
        axis = Axis(self.first.toordinal(), self.last.toordinal() + 1, left + 1, width - 10)
        self._quarters(canvas, axis, height - 20)
        self._today(canvas, axis, height)
        top = _HEAD
        for group in self.groups:
            self._group(canvas, axis, group, top, at=38.0 if narrow else 20.0)
            top += head
            for bar in group.bars:
                _bar(canvas, axis, bar, top, row=0.0 if narrow else row)
                top += row
        return canvas.spec()

    def _quarters(self, canvas: Canvas, axis: Axis, bottom: float) -> None:
        taken = -1.0
        for day, name in self.quarters:
            x = axis.at(day.toordinal())
            canvas.line((x, 18), (x, bottom), paint=Paint(stroke="line"))
            if x >= taken and x + lettering.width(name, 13) <= canvas.width:
                canvas.text((x + 3, 10), name, style=Lettering("ink-3"))
                taken = x + lettering.width(name, 13) + 12

    def _group(self, canvas: Canvas, axis: Axis, group: ScheduleGroup, top: float, *, at: float) -> None:
        """Write what the bars below serve, with its date and milestones; at: how far below the rule these stand."""
        canvas.line((0, top + 4), (canvas.width, top + 4), paint=Paint(stroke="line-strong"))
        days = [(day, Paint(fill="panel", stroke="ink-2", stroke_width=1.5), 40.0) for day in group.milestones]
        days += [] if group.by is None else [(group.by, Paint(fill="ink"), 70.0)]
        places = [
            (axis.at(day.toordinal()), paint, size) for day, paint, size in days if not axis.outside(day.toordinal())
        ]
        for x, paint, size in places:
            canvas.dot(x, top + at, size=size, paint=paint)
        is_shared = at <= 20  # name and dots stand on one line
        room = min([canvas.width, *(x - 10 for x, _, _ in places)]) if is_shared else canvas.width
        canvas.text(
            (0, top + 20), lettering.shorten(group.name, max(room, 150) / lettering.BOLD), style=Lettering(weight=600)
        )

    def _today(self, canvas: Canvas, axis: Axis, height: float) -> None:
        if axis.outside(self.today.toordinal()):
            return
        x = axis.at(self.today.toordinal())
        canvas.line((x, 18), (x, height - 18), paint=Paint(stroke="ink", stroke_width=1))
        words = f"as of {self.today}"
        half = lettering.width(words, 13) / 2
        place = min(max(x, half), canvas.width - half)
        canvas.text((place, height - 9), words, style=Lettering("ink-2", align="center"))


def _bar(canvas: Canvas, axis: Axis, bar: ScheduleBar, top: float, *, row: float) -> None:
    """Draw one tactic; row: height of its row with the name beside it, 0 for the name above."""
    middle = top + (row / 2 - 2 if row else 44)
    if row:
        lines = lettering.wrap(bar.name, _NAMES, lines=2)
        first = middle - 8.5 * len(lines)
        for index, line in enumerate(lines):
            canvas.text((0, first + 17 * index), line)
        canvas.text((0, first + 17 * len(lines)), lettering.shorten(bar.under, _NAMES), style=Lettering("ink-3"))
    else:
        canvas.text((0, top + 10), lettering.shorten(bar.name, canvas.width))
        canvas.text((0, top + 26), lettering.shorten(bar.under, canvas.width), style=Lettering("ink-3"))
    start, end = axis.at(bar.start.toordinal()), axis.at(bar.end.toordinal() + 1)
    canvas.rect(start, middle - _BAR / 2, width=max(end - start, 2.0), height=_BAR, paint=_SOLID)
    if bar.test is not None:
        low, high = (axis.at(day.toordinal()) for day in bar.test)
        canvas.line((low, middle + 10), (high, middle + 10), paint=Paint(stroke="ink-2", stroke_width=2, dash=(4, 3)))
    for day in bar.tasks:
        if not axis.outside(day.toordinal()):
            x = axis.at(day.toordinal())
            canvas.line((x, middle - 10), (x, middle + 2), paint=Paint(stroke="ink", stroke_width=1.5))
    _moments(canvas, axis, bar, middle)


def _moments(canvas: Canvas, axis: Axis, bar: ScheduleBar, y: float) -> None:
    """Put ring and diamond on the bar's line; one beyond the axis becomes an arrow head at its edge."""
    for day, shape, paint in (
        (bar.sale, "circle", Paint(fill="panel", stroke="ink", stroke_width=2)),
        (
            bar.judged,
            "diamond",
            Paint(fill="panel", stroke="error", stroke_width=2) if bar.is_late else Paint(fill="ink"),
        ),
    ):
        if day is None:
            continue
        if axis.outside(day.toordinal()) > 0:
            canvas.dot(axis.end + 5, y, size=60, paint=Paint(fill="ink"), shape="triangle-right")
        else:
            canvas.dot(axis.at(day.toordinal()), y, size=80, paint=paint, shape=shape)


def spans(bars: Sequence[ScheduleBar], window: tuple[dt.date, dt.date] | None) -> tuple[dt.date, dt.date]:
    """Return the first and the last day that a schedule shows: the window, and every bar beyond it."""
    days = [*(window or ()), *(day for bar in bars for day in (bar.start, bar.end))]
    return min(days), max(days)
