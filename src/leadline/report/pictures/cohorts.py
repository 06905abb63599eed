"""Cohorts: one column a month of entry, parted into those that went on, those that ended, and those still open.

Open is neither: it is drawn as an empty outline on top, so that a young month does not look like a bad one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadline.report import lettering
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.pictures.canvas import TEXT, WIDE, Axis, Canvas, Lettering, Paint, round_steps
from leadline.report.saying import day, share
from leadline.words import number

if TYPE_CHECKING:
    import datetime as dt

    from leadline.review.cohorts import Cohort

_LEFT, _TOP, _TALL = 44.0, 46.0, 170.0
_MOVED = Paint(fill="series-1", stroke="series-1")
_ENDED = Paint(fill="ink-3", stroke="ink-3", opacity=0.35)
_OPEN = Paint(stroke="line-strong", dash=(2, 2))
_LETTERS = "JFMAMJJASOND"


@dataclass(frozen=True, slots=True)
class CohortColumns:
    """The cohorts of one step, oldest first. name: of the step · young: first month that is too young to judge."""

    name: str
    cohorts: tuple[Cohort, ...]
    young: dt.date | None = None

    def sentence(self) -> str:
        """Return what became of all entries, and from which month on nothing can be told yet."""
        moved, ended, still = (sum(getattr(one, part) for one in self.cohorts) for part in ("moved", "ended", "open"))
        whole = moved + ended + still
        if not whole:
            return f"{self.name}: nobody came in."
        told = (
            f"Of {number(whole, 12)} that came in: gone on {number(moved, 12)} ({share(moved / whole)}), "
            f"ended {number(ended, 12)}, still open {number(still, 12)}"
        )
        if self.young is None:
            return f"{told}."
        return f"{told}; from {_month(self.young)} on months are younger than the step takes, so their share can still grow."

    def table(self) -> list[dict[str, object]]:
        """Return one row a month."""
        return [
            {"month": one.month.isoformat(), "entered": one.entered, "moved": one.moved, "ended": one.ended, "open": one.open}
            for one in self.cohorts
        ]  # fmt: skip

    def native(self) -> tuple[NativeChart, ...]:
        """Return the months for slides, one bar each, from top to bottom."""
        names = tuple(_month(one.month) for one in self.cohorts)

        def series(name: str, part: str, *, colour: str, pale: bool = False) -> NativeSeries:
            values = tuple(float(getattr(one, part)) for one in self.cohorts)
            return NativeSeries(name, values, colour=colour, pale=pale)

        told = (
            series("gone on", "moved", colour="series-1"),
            series("ended", "ended", colour="ink-3"),
            series("open", "open", colour="line-strong", pale=True),
        )
        return (NativeChart("stacked", names, told),)

    def chart(self, width: float = WIDE) -> dict[str, Any]:
        """Return the columns with a light grid, a key above and months below."""
        canvas = Canvas(width, _TOP + _TALL + 44)
        most = max((one.entered for one in self.cohorts), default=0) or 1
        axis = Axis(0.0, 1.05 * most, _TOP + _TALL, _TOP)
        for tick in round_steps(axis.low, axis.high, most=5):
            y = axis.at(tick)
            canvas.line((_LEFT, y), (width, y), paint=Paint(stroke="line-strong" if tick == 0 else "line"))
            canvas.text((_LEFT - 8, y), number(tick, 6), style=Lettering("ink-3", align="right"))
        slot = (width - _LEFT) / max(len(self.cohorts), 1)
        for index, one in enumerate(self.cohorts):
            self._column(canvas, axis, one, at=(_LEFT + slot * index, slot))
        _key(canvas)
        _months(canvas, self.cohorts, slot)
        return canvas.spec()

    def _column(self, canvas: Canvas, axis: Axis, one: Cohort, *, at: tuple[float, float]) -> None:
        left, slot = at
        wide = max(slot - 4, 3.0)
        below = 0
        for count, paint in ((one.moved, _MOVED), (one.ended, _ENDED), (one.open, _OPEN)):
            if count:
                top = axis.at(below + count)
                canvas.rect(left + (slot - wide) / 2, top, width=wide, height=axis.at(below) - top, paint=paint)
            below += count


def _month(month: dt.date) -> str:
    return day(month).partition(" ")[2]


def _key(canvas: Canvas) -> None:
    x = 0.0
    for words, paint in (("gone on", _MOVED), ("ended", _ENDED), ("still open", _OPEN)):
        canvas.rect(x + 0.5, 8, width=12, height=12, paint=paint)
        canvas.text((x + 18, 14), words, style=Lettering("ink-2"))
        x += 18 + lettering.width(words, TEXT) + 18


def _months(canvas: Canvas, cohorts: Sequence[Cohort], slot: float) -> None:
    y, taken = _TOP + _TALL + 14, 0.0
    for index, one in enumerate(cohorts):
        left = _LEFT + slot * index
        if slot >= 12 or one.month.month in (1, 7):
            canvas.text((left + slot / 2, y), _LETTERS[one.month.month - 1], style=Lettering("ink-3", align="center"))
        if (index == 0 or one.month.month == 1) and left >= taken:
            canvas.text((left + 2, y + 18), str(one.month.year), style=Lettering("ink-3"))
            taken = left + 44
