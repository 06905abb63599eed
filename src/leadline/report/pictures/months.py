"""Money by month: what was planned as an open step, what was spent as a solid column, and both added up above.

Two panels share one axis of months: money since the start on top, money of each month below.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from leadline.report import lettering
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.pictures.canvas import NARROW, TEXT, WIDE, Axis, Canvas, Lettering, Paint, round_steps
from leadline.report.saying import axis_values
from leadline.words import money

_LEFT, _TOP, _GAP = 52.0, 30.0, 52.0
# Heights of the two panels, px (house: the sum is read first and gets more room).
_SUM, _EACH = 180.0, 110.0
_SPENT = Paint(fill="ink-2", stroke="ink-2")
_NOBODY = Paint(fill="warn-tint", stroke="warn")
_LETTERS = "JFMAMJJASOND"


@dataclass(frozen=True, slots=True)
class Line:
    """Money since the start at the end of each month, as far as it is known; name: what stands at its end.

    last: the part of its last month that the line covers, 0..1
    """

    name: str
    values: tuple[float, ...]
    paint: Paint
    ring: bool = False
    last: float = 1.0


@dataclass(frozen=True, slots=True)
class MonthlyMoney:
    """Money of a plan by month, in units of the currency.

    planned, committed, spent, nobody: per month · nobody: the part of what was spent that no tactic claims
    planned_sum, committed_sum, spent_sum: since the start · known: how many months have begun up to the as-of day
    part: how much of the last of these is over, 0..1
    """

    currency: str
    months: tuple[dt.date, ...]
    planned: tuple[float, ...]
    committed: tuple[float, ...]
    spent: tuple[float, ...]
    nobody: tuple[float, ...]
    planned_sum: tuple[float, ...]
    committed_sum: tuple[float, ...]
    spent_sum: tuple[float, ...]
    fair_sum: tuple[float, ...] = ()
    known: int = 0
    part: float = 1.0

    def lines(self) -> tuple[Line, ...]:
        """Return the running sums that are drawn; nothing committed and nothing spent draw no line."""
        found = [Line("plan", self.planned_sum, Paint(stroke="ink-3", stroke_width=1.5), ring=True)]
        if self.fair_sum:
            found.append(Line("plan, reported", self.fair_sum, Paint(stroke="ink-3", stroke_width=1.5, dash=(5, 4))))
        if any(self.committed_sum):
            found.append(Line("committed", self.committed_sum, Paint(stroke="ink-2", stroke_width=1.5, dash=(2, 3))))
        if self.known and any(self.spent_sum):
            found.append(
                Line("spent", self.spent_sum[: self.known], Paint(stroke="ink", stroke_width=2.5), last=self.part)
            )
        return tuple(found)

    def sentence(self) -> str:
        """Return both ends in words."""
        said = f"By the end of the window {money(self.planned_sum[-1], self.currency)} are planned"
        if not self.known or not any(self.spent_sum):
            return f"{said}; nothing is known of what was spent."
        month = self.months[self.known - 1]
        spent = money(self.spent_sum[self.known - 1], self.currency)
        return f"{said}; up to {month:%Y-%m} {spent} were spent, {money(sum(self.nobody), self.currency)} of it for no tactic."

    def table(self) -> list[dict[str, object]]:
        """Return one row a month: each month's money and the sums since the start, in units of the currency."""
        names = ("planned", "committed", "spent", "nobody", "planned_sum", "committed_sum", "spent_sum")
        return [
            {"month": month.isoformat(), **{name: getattr(self, name)[index] for name in names}}
            for index, month in enumerate(self.months)
        ]

    def native(self) -> tuple[NativeChart, ...]:
        """Return both panels for slides: money since the start as lines, money of each month as columns."""
        whole = len(self.months)
        lines = tuple(
            NativeSeries(
                line.name, (*line.values, *(None,) * (whole - len(line.values))),
                colour=line.paint.stroke or "ink", pale=line.name != "spent", dash=bool(line.paint.dash),
            )
            for line in self.lines()
        )  # fmt: skip
        each = [NativeSeries("planned", self.planned, colour="ink-3", pale=True)]
        if any(self.committed):
            each.append(NativeSeries("committed", self.committed, colour="series-1", pale=True))
        if self.known and any(self.spent):
            unknown: tuple[float | None, ...] = (None,) * (whole - self.known)
            each.append(NativeSeries("spent", (*self.spent[: self.known], *unknown), colour="ink-2"))
            if any(self.nobody):
                each.append(
                    NativeSeries(
                        "of it for no tactic", (*self.nobody[: self.known], *unknown), colour="warn", pale=True
                    )
                )
        under = "thin and pale: as written in the plan"
        under += " · thick and dark: spent, as reported" if self.known and any(self.spent) else ""
        under += " · dashed: the plan of the tactics with a source" if self.fair_sum else ""
        return (
            NativeChart("line", self.months, lines, unit=self.currency, title="since the start", under=under),
            NativeChart("column", self.months, tuple(each), unit=self.currency, title="each month"),
        )

    def chart(self, width: float = WIDE) -> dict[str, Any]:
        """Return both panels on one axis of months."""
        canvas = Canvas(width, _TOP + _SUM + _GAP + _EACH + 44)
        right = width - (116 if width > (WIDE + NARROW) / 2 else 10)
        slot = (right - _LEFT) / len(self.months)
        self._sums(canvas, slot, right)
        top = _TOP + _SUM + _GAP
        self._each(canvas, slot, top, right)
        self._names(canvas, slot, top + _EACH + 14)
        return canvas.spec()

    def _sums(self, canvas: Canvas, slot: float, right: float) -> None:
        lines = self.lines()
        most = max((value for line in lines for value in line.values), default=0.0) or 1.0
        axis = Axis(0.0, 1.06 * most, _TOP + _SUM, _TOP)
        _scale(canvas, axis, right, self.currency, "since the start")
        ends: list[tuple[float, str, Paint]] = []
        for line in lines:
            points = [(_LEFT, axis.at(0.0))]
            points += [(_LEFT + slot * (index + 1), axis.at(value)) for index, value in enumerate(line.values)]
            points[-1] = (points[-1][0] - slot * (1 - line.last), points[-1][1])
            for start, end in pairwise(points):
                canvas.line(start, end, paint=line.paint)
            ends.append((points[-1][1], line.name, line.paint))
            if line.ring:
                canvas.dot(*points[-1], size=60, paint=Paint(fill="panel", stroke=line.paint.stroke, stroke_width=1.5))
            elif line.name == "spent":
                canvas.dot(*points[-1], size=45, paint=Paint(fill="ink"))
        self._label(canvas, slot, right, ends)

    def _label(self, canvas: Canvas, slot: float, right: float, ends: Sequence[tuple[float, str, Paint]]) -> None:
        """Name the lines at their ends, or in a row above where there is no room beside them."""
        if right < canvas.width - 40:
            taken: list[float] = []
            for y, name, paint in sorted(ends, key=lambda one: (one[1] != "plan", one[0])):
                is_whole = name != "spent" or self.known == len(self.months)
                x = right + 8 if is_whole else _LEFT + slot * (self.known - 1 + self.part) + 8
                place = y if is_whole else y + 14
                while is_whole and any(abs(place - other) < 16 for other in taken):
                    place += 16
                taken += [place] if is_whole else []
                canvas.text(
                    (x, place), name, style=Lettering(paint.stroke or "ink", weight=600 if name == "spent" else 400)
                )
            return
        x, y = _LEFT + 8, _TOP + 6
        for _, name, paint in ends:
            if x + 26 + lettering.width(name, TEXT) > canvas.width:
                x, y = _LEFT + 8, y + 18
            canvas.line((x, y), (x + 20, y), paint=paint)
            canvas.text((x + 26, y), name, style=Lettering("ink-2"))
            x += 40 + lettering.width(name, TEXT)

    def _each(self, canvas: Canvas, slot: float, top: float, right: float) -> None:
        most = max((*self.planned, *self.spent, *self.committed), default=0.0) or 1.0
        axis = Axis(0.0, 1.06 * most, top + _EACH, top)
        _scale(canvas, axis, right, self.currency, "each month")
        bar = max(slot - 6, 4.0)
        for index in range(len(self.months)):
            x, zero = _LEFT + slot * index + (slot - bar) / 2, axis.at(0.0)
            spent, nobody = self.spent[index], self.nobody[index]
            if spent > 0:
                canvas.rect(x + 2, axis.at(spent), width=bar - 4, height=zero - axis.at(spent), paint=_SPENT)
            if nobody > 0:
                canvas.rect(
                    x + 2, axis.at(spent), width=bar - 4, height=axis.at(spent - nobody) - axis.at(spent), paint=_NOBODY
                )
        for index in range(len(self.months)):
            x, y = _LEFT + slot * index + (slot - bar) / 2, axis.at(self.planned[index])
            canvas.line((x, y), (x + bar, y), paint=Paint(stroke="ink-3", stroke_width=2))
            if self.committed[index] > 0:
                bound = axis.at(self.committed[index])
                canvas.line((x, bound), (x + bar, bound), paint=Paint(stroke="ink-2", stroke_width=1.5, dash=(2, 3)))

    def _names(self, canvas: Canvas, slot: float, y: float) -> None:
        taken = 0.0
        for index, month in enumerate(self.months):
            x = _LEFT + slot * (index + 0.5)
            if slot >= 12:
                canvas.text((x, y), _LETTERS[month.month - 1], style=Lettering("ink-3", align="center"))
            if (index == 0 or month.month == 1) and _LEFT + slot * index >= taken:
                canvas.text((_LEFT + slot * index + 2, y + 18), str(month.year), style=Lettering("ink-3"))
                taken = _LEFT + slot * index + 44


def _scale(canvas: Canvas, axis: Axis, right: float, currency: str, what: str) -> None:
    """Draw the light grid of a panel with its numbers, and say the unit and the measure once above it."""
    ticks = round_steps(axis.low, axis.high, most=5)
    texts, unit = axis_values(ticks, currency)
    for tick, text in zip(ticks, texts, strict=True):
        y = axis.at(tick)
        canvas.line((_LEFT, y), (right, y), paint=Paint(stroke="line-strong" if tick == 0 else "line"))
        canvas.text((_LEFT - 8, y), text, style=Lettering("ink-3", align="right"))
    canvas.text((0, axis.end - 16), f"{unit}, {what}", style=Lettering("ink-2"))
