"""The forest: the same rate in several groups, each with its 90 % interval, over the line of all groups together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leadline.decide.standing import Range
from leadline.report import lettering
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.pictures.canvas import NARROW, WIDE, Axis, Canvas, Lettering, Paint, axis_ticks, interval
from leadline.report.saying import estimate
from leadline.words import number

_HEAD = 26.0  # px; house: room for the axis above the rows


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One group: its rate as a share with 5 %, 50 % and 95 %, from `moved` of `entered` cases."""

    name: str
    rate: Range
    entered: int
    moved: int


@dataclass(frozen=True, slots=True)
class Forest:
    """Groups of one step, largest first; overall: the rate of all of them, or None."""

    step: str
    rows: tuple[ForestRow, ...]
    overall: Range | None = None

    def ordered(self) -> tuple[ForestRow, ...]:
        """Return the groups by rate, highest first; ties by name."""
        return tuple(sorted(self.rows, key=lambda row: (-row.rate.base, row.name)))

    def sentence(self) -> str:
        """Return the highest and lowest group, and whether their intervals tell them apart."""
        first, last = self.ordered()[0], self.ordered()[-1]
        if first is last:
            return f"{self.step}: {first.name} {estimate(first.rate, '%')}."
        apart = (
            "their intervals do not overlap"
            if first.rate.low > last.rate.high
            else "their intervals overlap: can't tell apart"
        )
        return (
            f"{self.step}: {first.name} {estimate(first.rate, '%')}, {last.name} {estimate(last.rate, '%')}; {apart}."
        )

    def table(self) -> list[dict[str, object]]:
        """Return one row a group."""
        return [
            {"group": r.name, "entered": r.entered, "moved": r.moved, "low": r.rate.low, "rate": r.rate.base, "high": r.rate.high}
            for r in self.ordered()
        ]  # fmt: skip

    def native(self) -> tuple[NativeChart, ...]:
        """Return one bar a group with its interval, for slides."""
        rows = self.ordered()
        series = NativeSeries(
            "share that went on, 90 %",
            tuple(row.rate.base for row in rows),
            tuple(row.rate.low for row in rows),
            tuple(row.rate.high for row in rows),
        )
        return (
            NativeChart(
                "bar",
                tuple(row.name for row in rows),
                (series,),
                unit="%",
                under="share that went on, by group · line: 90 %",
            ),
        )

    def chart(self, width: float = WIDE) -> dict[str, Any]:
        """Return one line a group with its words; below 480 px the words stand above the line."""
        narrow = width < (WIDE + NARROW) / 2
        row = 48.0 if narrow else 28.0
        canvas = Canvas(width, _HEAD + row * len(self.rows) + 4)
        axis = Axis(
            0,
            min(1.0, 1.08 * max(r.rate.high for r in self.rows)),
            4 if narrow else 208,
            width - (12 if narrow else 200),
        )
        axis_ticks(canvas, axis, top=_HEAD - 6, bottom=_HEAD if narrow else canvas.height, label=_per_cent)
        for index, item in enumerate(self.ordered()):
            top = _HEAD + row * index
            y = top + (34 if narrow else row / 2)
            if self.overall:
                x = axis.at(self.overall.base)
                reach = 10 if narrow else row / 2
                canvas.line((x, y - reach), (x, y + reach), paint=Paint(stroke="line-strong", dash=(4, 3)))
            said = f"{estimate(item.rate, '%')} of {number(item.entered, 6)}"
            if narrow:
                canvas.text((0, top + 14), lettering.shorten(f"{item.name}: {said}", width))
            else:
                canvas.text((0, y), lettering.shorten(item.name, axis.start - 20))
                canvas.text(
                    (axis.end + 20, y), lettering.shorten(said, width - axis.end - 20), style=Lettering("ink-2")
                )
            interval(
                canvas,
                axis,
                y=y,
                values=(item.rate.low, item.rate.base, item.rate.high),
                paint=Paint(stroke="ink", stroke_width=2.5),
            )
        return canvas.spec()


def _per_cent(part: float) -> str:
    return f"{number(100 * part)} %"
