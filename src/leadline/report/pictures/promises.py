"""Promised against covered hours: an open bar for the promise, a solid one for who is there, a tick for the work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leadline.report import lettering
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.pictures.canvas import NARROW, WIDE, Axis, Canvas, Lettering, Paint, axis_ticks
from leadline.words import number

_HEAD, _BAR = 30.0, 16.0


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """Hours a week at one touch point; workload: what its contacts need, None where their volume is unknown."""

    name: str
    promised: float
    staffed: float
    workload: float | None
    is_short: bool

    def said(self) -> str:
        """Return the three numbers in words."""
        work = "" if self.workload is None else f", {number(self.workload)} needed"
        return f"{number(self.staffed)} of {number(self.promised)} h{work}"


@dataclass(frozen=True, slots=True)
class PromiseBars:
    """Touch points with a promise, in the order given."""

    rows: tuple[PromiseRow, ...]

    def sentence(self) -> str:
        """Return each touch point's hours in words."""
        return " ".join(f"{row.name}: {row.said()} a week." for row in self.rows)

    def table(self) -> list[dict[str, object]]:
        """Return one row a touch point: hours a week promised, staffed and needed."""
        return [
            {
                "name": row.name,
                "promised": row.promised,
                "staffed": row.staffed,
                "needed": row.workload,
                "short": row.is_short,
            }
            for row in self.rows
        ]

    def native(self) -> tuple[NativeChart, ...]:
        """Return promised, covered and needed hours for slides."""
        series = [
            NativeSeries("promised", tuple(row.promised for row in self.rows), colour="ink-3", pale=True),
            NativeSeries("covered", tuple(row.staffed for row in self.rows), colour="series-1"),
        ]
        needed = tuple(row.workload for row in self.rows)
        if any(hours is not None for hours in needed):
            series.append(NativeSeries("needed", needed, colour="ink"))
        return (
            NativeChart(
                "bar",
                tuple(row.name for row in self.rows),
                tuple(series),
                unit="h/week",
                under="hours a week, as written",
            ),
        )

    def chart(self, width: float = WIDE) -> dict[str, Any]:
        """Return one bar a touch point; below 480 px its words stand above it."""
        narrow = width < (WIDE + NARROW) / 2
        step = 62.0 if narrow else 38.0
        canvas = Canvas(width, _HEAD + step * len(self.rows) + 4)
        most = max((max(row.promised, row.staffed, row.workload or 0.0) for row in self.rows), default=1.0) or 1.0
        axis = Axis(0.0, 1.04 * most, 0.0 if narrow else 190.0, width - (8 if narrow else 190))
        axis_ticks(canvas, axis, top=_HEAD - 8, bottom=_HEAD if narrow else canvas.height, label=number)
        canvas.text((0, 12), "h/week", style=Lettering("ink-2")) if not narrow else None
        for index, row in enumerate(self.rows):
            top = _HEAD + step * index + (42 if narrow else 10)
            self._bar(canvas, axis, row, top)
            if narrow:
                canvas.text((0, top - 28), lettering.shorten(row.name, width))
                canvas.text((0, top - 11), lettering.shorten(row.said(), width), style=_tone(row))
            else:
                canvas.text((0, top + _BAR / 2), lettering.shorten(row.name, 178))
                canvas.text((axis.end + 14, top + _BAR / 2), lettering.shorten(row.said(), 176), style=_tone(row))
        return canvas.spec()

    def _bar(self, canvas: Canvas, axis: Axis, row: PromiseRow, top: float) -> None:
        short = Paint(fill="error" if row.is_short else "series-1", opacity=0.45)
        canvas.rect(axis.start, top, width=max(axis.at(row.staffed) - axis.start, 0.5), height=_BAR, paint=short)
        canvas.rect(
            axis.start, top, width=max(axis.at(row.promised) - axis.start, 0.5), height=_BAR, paint=Paint(stroke="ink")
        )
        if row.workload is not None:
            x = axis.at(row.workload)
            canvas.line((x, top - 4), (x, top + _BAR + 4), paint=Paint(stroke="ink", stroke_width=2.5))


def _tone(row: PromiseRow) -> Lettering:
    return Lettering("error", weight=600) if row.is_short else Lettering("ink-2")
