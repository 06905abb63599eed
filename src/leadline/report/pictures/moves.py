"""Move bars: what each tactic has now as an open bar, what it keeps as a solid one; the words beside say what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leadline.report import lettering
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.pictures.canvas import NARROW, WIDE, Axis, Canvas, Lettering, Paint, axis_ticks
from leadline.report.saying import axis_values
from leadline.report.theme import SMALLEST_TEXT
from leadline.words import money

_HEAD, _BAR, _GAP = 30.0, 14.0, 16.0


@dataclass(frozen=True, slots=True)
class MoveRow:
    """Money of one tactic before and after, in the plan's currency; said: what the move costs, in few words."""

    name: str
    before: float
    after: float
    said: str


@dataclass(frozen=True, slots=True)
class MoveBars:
    """Moves of money, in the order given. unit: the currency."""

    rows: tuple[MoveRow, ...]
    unit: str

    def sentence(self) -> str:
        """Return each move in words."""
        return " ".join(
            f"{row.name}: {money(row.before, self.unit)} to {money(row.after, self.unit)}, {row.said}."
            for row in self.rows
        )

    def table(self) -> list[dict[str, object]]:
        """Return one row a tactic: money before and after."""
        return [{"name": row.name, "from": row.before, "to": row.after, "said": row.said} for row in self.rows]

    def native(self) -> tuple[NativeChart, ...]:
        """Return both amounts for slides."""
        before = NativeSeries("now", tuple(row.before for row in self.rows), colour="ink-3", pale=True)
        after = NativeSeries("kept", tuple(row.after for row in self.rows), colour="series-1")
        return (NativeChart("bar", tuple(row.name for row in self.rows), (before, after), unit=self.unit),)

    def chart(self, width: float = WIDE) -> dict[str, Any]:
        """Return one bar a tactic with its words above it; below 480 px these stand in two lines."""
        narrow = width < (WIDE + NARROW) / 2
        above = 40.0 if narrow else 22.0
        step = above + _BAR + 14
        canvas = Canvas(width, _HEAD + step * len(self.rows) + 4)
        most = max((max(row.before, row.after) for row in self.rows), default=1.0) or 1.0
        axis = Axis(0.0, 1.02 * most, 0.0, width - 8)
        ticks = axis.ticks(4 if narrow else 6)
        said, unit = axis_values(ticks, self.unit)
        labels = dict(zip(ticks, (f"{text} {unit}" if text == said[-1] else text for text in said), strict=True))
        axis_ticks(canvas, axis, top=_HEAD - 8, bottom=_HEAD, label=lambda tick: labels.get(tick, ""))
        for index, row in enumerate(self.rows):
            top = _HEAD + step * index
            _bar(canvas, axis, row, top + above)
            name = lettering.shorten(row.name, width * (1.0 if narrow else 0.55))
            canvas.text((0, top + 10), name)
            beside = width if narrow else width - 8 - _GAP - lettering.width(name, SMALLEST_TEXT)
            quiet = Lettering("ink-2", align="left" if narrow else "right")
            said_at = (0, top + 28) if narrow else (width - 8, top + 10)
            canvas.text(said_at, lettering.shorten(row.said, beside), style=quiet)
        return canvas.spec()


def _bar(canvas: Canvas, axis: Axis, row: MoveRow, top: float) -> None:
    whole = max(axis.at(row.before) - axis.start, 0.5)
    kept = axis.at(row.after) - axis.start
    canvas.rect(axis.start, top, width=whole, height=_BAR, paint=Paint(stroke="ink-3"))
    if kept > 0:
        canvas.rect(axis.start, top, width=kept, height=_BAR, paint=Paint(fill="series-1", opacity=0.6))
