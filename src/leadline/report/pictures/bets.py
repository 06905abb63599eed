"""Bet rows: what was believed as a pale band, what is known in front of it, on one line a bet.

Bets have different units, so all rows share one axis of ratios: 1 is what the plan said, 2 is twice that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leadline.decide.standing import Range
from leadline.report import lettering, theme
from leadline.report.native import NativeChart, NativeSeries
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
from leadline.report.saying import MINUS, estimate, ranged, unit_of, value
from leadline.words import number

# A ratio axis from a quarter to four times the belief: factors beyond that need no finer reading.
_LEAST, _MOST = 0.25, 4.0
_HEAD, _NAMES = 30.0, 184.0
_UNDER = "as a multiple of what the plan believes · pale: the plan, low to high · dark: evidence alone, 90 %"


@dataclass(frozen=True, slots=True)
class BetRow:
    """One bet: believed low..base..high, known from evidence alone or None, its grade and where it stands."""

    name: str
    unit: str
    believed: Range | None
    known: Range | None
    grade: str = ""
    word: str = "can't tell"

    def can_be_placed(self) -> bool:
        """Say whether the bet has a ratio to its belief: both amounts above zero."""
        return self.believed is not None and self.believed.low > 0 and (self.known is None or self.known.base > 0)

    def said(self) -> tuple[str, str]:
        """Return what was believed and what is known, each with its interval."""
        believed = belief(self.believed, self.unit)
        if self.known is None:
            return f"plan {believed}", "not measured yet"
        return f"plan {believed}", f"now {estimate(self.known, self.unit)}{' · ' + self.grade if self.grade else ''}"


@dataclass(frozen=True, slots=True)
class BetRows:
    """Several bets on one axis of ratios, in the order given."""

    rows: tuple[BetRow, ...]

    def sentence(self) -> str:
        """Return how many bets stand where."""
        total = len(self.rows)
        counts = {word: sum(row.word == word for row in self.rows) for word in ("behind", "can't tell", "on course")}
        words = [f"{many} {word}" for word, many in counts.items() if many]
        return f"Of {total} bets: {', '.join(words)}." if total > 1 else f"The one bet: {words[0].split(' ', 1)[1]}."

    def table(self) -> list[dict[str, object]]:
        """Return one row a bet: believed and known low, base, high, grade, word."""
        result: list[dict[str, object]] = []
        for row in self.rows:
            cells: dict[str, object] = {"bet": row.name, "unit": row.unit}
            for name, part in (("believed", row.believed), ("known", row.known)):
                cells |= {f"{name}_{key}": getattr(part, key) if part else None for key in ("low", "base", "high")}
            result.append({**cells, "grade": row.grade, "word": row.word})
        return result

    def native(self) -> tuple[NativeChart, ...]:
        """Return belief and evidence as multiples of the belief's base, for slides."""
        shown = [row for row in self.rows if row.can_be_placed()]
        plan = _ratios("the plan", [(row.believed, row.believed) for row in shown], pale=True)
        known = _ratios("evidence, 90 %", [(row.known, row.believed) for row in shown], pale=False)
        names = tuple(row.name for row in shown)
        return (NativeChart("bar", names, (plan, known), unit="× the plan", most=_MOST, under=_UNDER),) if names else ()

    def chart(self, width: float = WIDE) -> dict[str, Any]:
        """Return the rows that have a ratio to their belief; the others stand in the table only."""
        shown = [row for row in self.rows if row.can_be_placed()]
        narrow = width < (WIDE + NARROW) / 2
        most = max((len(lettering.wrap_ends(row.name, _NAMES, lines=3)) for row in shown), default=1)
        step = 92.0 if narrow else 16.0 * max(most, 2) + 14
        canvas = Canvas(width, _HEAD + step * len(shown) + 8)
        axis = Axis(_LEAST, _MOST, 10 if narrow else 208, width - (10 if narrow else 236), log=True)
        axis_ticks(canvas, axis, top=_HEAD - 6, bottom=_HEAD if narrow else canvas.height, label=_ratio)
        for index, row in enumerate(shown):
            top = _HEAD + step * index
            middle = top + (70 if narrow else step / 2)
            reach = 14 if narrow else step / 2
            at_plan = axis.at(1.0)
            canvas.line((at_plan, middle - reach), (at_plan, middle + reach), paint=Paint(stroke="line-strong"))
            _marks(canvas, axis, middle, row)
            (_words_above if narrow else _words_beside)(canvas, top if narrow else middle - 23, row, axis)
        return canvas.spec()


def belief(believed: Range | None, unit: str) -> str:
    """Return a belief as the plan wrote it, all its digits kept.

    >>> belief(Range(0.09, 0.14, 0.19, "share"), "%")
    '14 % (9–19)'
    """
    if believed is None:
        return "–"
    unit = unit_of(believed, unit)
    if believed.low == believed.high:
        return value(believed.base, unit)
    low, high = (value(part, unit).split(" ")[0] for part in (believed.low, believed.high))
    if value(believed.low, unit).split(" ")[1:] != value(believed.base, unit).split(" ")[1:]:
        return estimate(believed, unit)
    between = " to " if low.startswith("-") else "–"
    said = f"{value(believed.base, unit)} ({low}{between}{high})".replace("-", MINUS)
    return ranged(said, believed, unit=unit)


def _ratios(name: str, pairs: Sequence[tuple[Range | None, Range | None]], *, pale: bool) -> NativeSeries:
    """Return values with their ends as parts of what was believed; pairs: a range, and the belief it is measured by."""

    def ends(key: str) -> tuple[float | None, ...]:
        return tuple(getattr(part, key) / whole.base if part and whole else None for part, whole in pairs)

    return NativeSeries(name, ends("base"), ends("low"), ends("high"), colour="ink-3" if pale else "grade-b", pale=pale)


def _ratio(amount: float) -> str:
    return "plan" if amount == 1 else f"× {number(amount)}"


def _marks(canvas: Canvas, axis: Axis, y: float, row: BetRow) -> None:
    if row.believed is None:
        return
    base = row.believed.base
    ghost(canvas, axis, y=y, values=[part / base for part in (row.believed.low, base, row.believed.high)])
    if row.known is None:
        return
    known = [max(part / base, _LEAST / 2) for part in (row.known.low, row.known.base, row.known.high)]
    paint = Paint(stroke=theme.grade_token(row.grade), stroke_width=3, dash=theme.GRADE_DASH.get(row.grade, ()))
    interval(canvas, axis, y=y, values=known, paint=paint)


def _words_beside(canvas: Canvas, top: float, row: BetRow, axis: Axis) -> None:
    lines = lettering.wrap_ends(row.name, _NAMES, lines=3)
    for index, line in enumerate(lines):
        canvas.text((0, top + 23 + 16 * (index - (len(lines) - 1) / 2)), line)
    sign = theme.sign(row.word)
    room = canvas.width - axis.end - 34
    believed, known = row.said()
    canvas.text((axis.end + 34, top + 15), lettering.shorten(known, room), style=Lettering("ink"))
    canvas.text((axis.end + 34, top + 31), lettering.shorten(believed, room), style=Lettering("ink-3"))
    canvas.text((axis.end + 20, top + 23), sign.glyph, style=Lettering(sign.token, align="center", weight=600))


def _words_above(canvas: Canvas, top: float, row: BetRow, axis: Axis) -> None:
    sign = theme.sign(row.word)
    canvas.text((0, top + 10), sign.glyph, style=Lettering(sign.token, weight=600))
    canvas.text((18, top + 10), lettering.shorten(row.name, canvas.width - 20))
    believed, known = row.said()
    canvas.text((18, top + 27), lettering.shorten(known, canvas.width - 20))
    canvas.text((18, top + 44), lettering.shorten(believed, canvas.width - 20), style=Lettering("ink-3"))
    for x in (axis.start, axis.end):
        canvas.line((x, top + 56), (x, top + 84), paint=Paint(stroke="line"))
