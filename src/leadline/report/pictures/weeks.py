"""Weeks against a line: one row a person or handover, a column a week, and the line of what can be taken.

Every row is drawn as a share of its own line, so that "too much" stands at the same height in each of them; what lies
above the line is solid and red, what lies below pale. A row without a line is drawn against its heaviest week.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadline.report import lettering
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.pictures.canvas import NARROW, WIDE, Canvas, Lettering, Paint

# Share of a row's height at which its line stands; the rest shows by how much it is passed (house).
_LINE_AT = 0.62
_HEIGHT = 44.0  # px (house: room for two lines of words beside a row)
_BELOW = Paint(fill="series-1", opacity=0.35)
_ABOVE = Paint(fill="error")
_TOLERANCE = 1e-9  # relative; the same hours added in another order


@dataclass(frozen=True, slots=True)
class WeekRow:
    """One row: amounts by ISO week, the line (None where there is none), and two short lines of words beside it."""

    name: str
    weeks: Mapping[str, float]
    line: float | None
    words: tuple[str, str]
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class WeekRows:
    """Rows over the same weeks, in the order given. what: what a column counts, for the text alternative."""

    rows: tuple[WeekRow, ...]
    weeks: tuple[str, ...]
    what: str

    def sentence(self) -> str:
        """Return which rows pass their line, and what stands beside each."""
        over = [row.name for row in self.rows if row.is_over]
        said = (
            f"{len(over)} of {len(self.rows)} pass their line: {', '.join(over)}."
            if over
            else f"None of {len(self.rows)} passes its line."
        )
        return f"{said} {' '.join(f'{row.name}: {row.words[0]}, {row.words[1]}.' for row in self.rows)}"

    def table(self) -> list[dict[str, object]]:
        """Return one row a name and week: amount and line."""
        return [
            {"name": row.name, "week": week, self.what: row.weeks.get(week, 0.0), "line": row.line}
            for row in self.rows
            for week in self.weeks
        ]

    def native(self) -> tuple[NativeChart, ...]:
        """Return one small chart a row for slides: its weeks by their Mondays, and the line of what can be taken."""
        days = tuple(dt.date.fromisocalendar(int(week[:4]), int(week[6:]), 1) for week in self.weeks)
        under = f"{self.what} a week · dashed: the line of what can be taken"
        made = []
        for row in self.rows:
            told = tuple(row.weeks.get(week, 0.0) for week in self.weeks)
            series = [NativeSeries(self.what, told, colour="error" if row.is_over else "series-1")]
            if row.line is not None:
                series.append(NativeSeries("line", (row.line,) * len(self.weeks), colour="ink", dash=True))
            made.append(NativeChart("line", days, tuple(series), title=row.name, under=under))
        return tuple(made)

    def chart(self, width: float = WIDE) -> dict[str, Any]:
        """Return the rows; below 480 px names and words stand above their weeks."""
        narrow = width < (WIDE + NARROW) / 2
        step = _HEIGHT + (46 if narrow else 16)
        canvas = Canvas(width, step * len(self.rows) + 26)
        left, right = (0.0, width) if narrow else (150.0, width - 176)
        slot = (right - left) / max(len(self.weeks), 1)
        tops = [step * index + (36 if narrow else 4) for index in range(len(self.rows))]
        self._quarters(canvas, left, slot, bottom=step * len(self.rows) + 2)
        for paint, part in ((_BELOW, self._below), (_ABOVE, self._above)):
            for row, top in zip(self.rows, tops, strict=True):
                for index, (foot, head) in enumerate(part(row)):
                    if head > foot:
                        y = top + _HEIGHT * (1 - head)
                        canvas.rect(
                            left + slot * index + 0.4,
                            y,
                            width=max(slot - 0.8, 0.6),
                            height=_HEIGHT * (head - foot),
                            paint=paint,
                        )
        for row, top in zip(self.rows, tops, strict=True):
            self._strip(canvas, row, (left, slot), top + _HEIGHT + 2)
        for row, top in zip(self.rows, tops, strict=True):
            canvas.line((left, top + _HEIGHT), (right, top + _HEIGHT), paint=Paint(stroke="line-strong"))
            if row.line is not None:
                y = top + _HEIGHT * (1 - _LINE_AT)
                canvas.line((left, y), (right, y), paint=Paint(stroke="ink", stroke_width=1))
        for row, top in zip(self.rows, tops, strict=True):
            _words(canvas, row, top, right, narrow=narrow)
        return canvas.spec()

    def _scaled(self, row: WeekRow) -> list[float]:
        """Return the weeks as parts of the row's height, cut at its top."""
        most = max((row.weeks.get(week, 0.0) for week in self.weeks), default=0.0)
        unit = row.line / _LINE_AT if row.line else most or 1.0
        return [min(row.weeks.get(week, 0.0) / unit, 1.0) for week in self.weeks]

    def _below(self, row: WeekRow) -> list[tuple[float, float]]:
        ceiling = _LINE_AT if row.line is not None else 1.0
        return [(0.0, min(head, ceiling)) for head in self._scaled(row)]

    def _above(self, row: WeekRow) -> list[tuple[float, float]]:
        if row.line is None:
            return []
        return [(_LINE_AT, head if head > _LINE_AT * (1 + _TOLERANCE) else _LINE_AT) for head in self._scaled(row)]

    def _strip(self, canvas: Canvas, row: WeekRow, across: tuple[float, float], y: float) -> None:
        """Mark the weeks above the line under the row too: an hour too much is less than a pixel above it."""
        left, slot = across
        over = [head > foot for foot, head in self._above(row)]
        start: int | None = None
        for index, is_over in enumerate([*over, False]):
            if is_over and start is None:
                start = index
            elif not is_over and start is not None:
                canvas.rect(left + slot * start, y, width=slot * (index - start), height=3, paint=_ABOVE)
                start = None

    def _quarters(self, canvas: Canvas, left: float, slot: float, *, bottom: float) -> None:
        """Draw a light line at the first week of each quarter, named once at the foot; names that touch are left out."""
        taken = -1.0
        for index, name in quarter_starts(self.weeks):
            x = left + slot * index
            canvas.line((x, 0), (x, bottom), paint=Paint(stroke="line"))
            if x >= taken and x + lettering.width(name, 13) <= canvas.width:
                canvas.text((x + 2, bottom + 12), name, style=Lettering("ink-3"))
                taken = x + lettering.width(name, 13) + 10


def quarter_starts(weeks: Sequence[str]) -> list[tuple[int, str]]:
    """Return index and name of the first week of each quarter (weeks 1, 14, 27, 40), the year with the first of each.

    >>> quarter_starts(["2027-W13", "2027-W14", "2027-W15"])
    [(1, 'Q2 2027')]
    """
    starts = {"W01": "Q1", "W14": "Q2", "W27": "Q3", "W40": "Q4"}
    found: list[tuple[int, str]] = []
    years: set[str] = set()
    for index, week in enumerate(weeks):
        year, _, number = week.rpartition("-")
        if number in starts:
            found.append((index, starts[number] if year in years else f"{starts[number]} {year}"))
            years.add(year)
    return found


def _words(canvas: Canvas, row: WeekRow, top: float, right: float, *, narrow: bool) -> None:
    if narrow:
        mark = "! " if row.is_over else ""
        canvas.text(
            (0, top - 26),
            lettering.shorten(f"{mark}{row.name}", canvas.width / lettering.BOLD),
            style=Lettering(weight=600),
        )
        said = lettering.shorten(f"{row.words[0]} {row.words[1]}", canvas.width)
        canvas.text((0, top - 9), said, style=Lettering("error" if row.is_over else "ink-2"))
        return
    lines = lettering.wrap(row.name, 138, lines=3)
    for index, line in enumerate(lines):
        canvas.text((0, top + _HEIGHT / 2 + 17 * (index - (len(lines) - 1) / 2)), line)
    first = Lettering("error" if row.is_over else "ink", weight=600 if row.is_over else 400)
    mark = "! " if row.is_over else ""
    canvas.text((right + 12, top + 12), lettering.shorten(f"{mark}{row.words[0]}", 162 / lettering.BOLD), style=first)
    canvas.text((right + 12, top + 30), lettering.shorten(row.words[1], 162), style=Lettering("ink-3"))
