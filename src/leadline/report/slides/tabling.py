"""Real tables on slides: columns as wide as their words need, rows split over slides, hairlines only. Lengths are points."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadline.report import blocks, theme
from leadline.report.slides import deck, fitting
from leadline.report.slides.deck import Box, Run

if TYPE_CHECKING:
    from pptx.slide import Slide

# Sizes of letters by how many columns there are; smaller is not read on a slide (house).
_SIZES = ((5, 13.0), (7, 12.0), (math.inf, 10.5))
_PAD, _ABOVE = 6.0, 3.5  # beside and above the words of a cell
_LINES = 6  # of one cell at most; the rest is cut, and stands in the report and the spreadsheet (house)
_BOLD_SIZE = 0.95  # heads are a little smaller than cells, being bold


@dataclass(frozen=True, slots=True)
class Laid:
    """A table with the widths of its columns and the heights of its rows.

    heads, rows: texts, cut where they would be too tall · heights: of each row · head: of the head
    """

    table: blocks.TableBlock
    size: float
    widths: tuple[float, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    heights: tuple[float, ...]
    head: float

    @classmethod
    def of(cls, table: blocks.TableBlock, room: float) -> Laid:
        """Lay out a table in a width."""
        size = next(size for most, size in _SIZES if len(table.columns) <= most)
        named = tuple(_head(column) for column in table.columns)
        rows = tuple(_row(table, index) for index in range(len(table.rows)))
        widths = _widths(named, rows, (room, size), [column.align for column in table.columns])
        cut = tuple(tuple(_cut(cell, width, size) for cell, width in zip(row, widths, strict=True)) for row in rows)
        heights = tuple(_height(row, widths, size) for row in cut)
        heads = tuple(_cut(head, width, size) for head, width in zip(named, widths, strict=True))
        return cls(table, size, widths, heads, cut, heights, _height(heads, widths, size))

    def pages(self, room: float) -> Iterator[list[int]]:
        """Yield the rows, by their place, that one slide holds with the head; a table without rows is one of none."""
        pairs = list(enumerate(self.heights))
        yield from fitting.balanced(pairs, max(room - self.head, *self.heights)) if pairs else [[]]

    def put(self, slide: Slide, box: Box, *, rows: Sequence[int]) -> None:
        """Put some of the rows on a slide, under the head."""
        from pptx.util import Pt

        tall = self.head + sum(self.heights[index] for index in rows)
        frame = slide.shapes.add_table(
            len(rows) + 1, len(self.widths), Pt(box.left), Pt(box.top), Pt(sum(self.widths)), Pt(tall)
        )
        deck.name(frame._element.nvGraphicFramePr.cNvPr, "Table", words=self.table.caption)  # noqa: SLF001 (no public way to alt texts)
        made = frame.table
        _bare(frame)
        for index, width in enumerate(self.widths):
            made.columns[index].width = Pt(width)
        made.rows[0].height = Pt(self.head)
        for index, column in enumerate(self.table.columns):
            look = Run(self.heads[index], self.size * _BOLD_SIZE, "ink-2", bold=True)
            _cell(made.cell(0, index), look, right=column.align == "right", rule=("line-strong", 1.0))
        for place, index in enumerate(rows, start=1):
            made.rows[place].height = Pt(self.heights[index])
            is_total = bool(self.table.total) and index == len(self.rows) - 1
            for number, column in enumerate(self.table.columns):
                look = Run(self.rows[index][number], self.size, "ink", bold=is_total)
                _cell(made.cell(place, number), look, right=column.align == "right", rule=("line", 0.5))


def _head(column: blocks.Column) -> str:
    return fitting.shown(f"{column.name}, {column.unit}" if column.unit else column.name)


def _row(table: blocks.TableBlock, index: int) -> tuple[str, ...]:
    """Return the texts of a row, its sign before the first."""
    cells = [fitting.shown(cell) for cell in table.rows[index]]
    mark = table.marks[index] if table.marks else ""
    return (f"{theme.sign(mark).glyph} {cells[0]}", *cells[1:]) if mark else tuple(cells)


def _widths(
    heads: Sequence[str], rows: Sequence[Sequence[str]], sizes: tuple[float, float], sides: Sequence[str]
) -> tuple[float, ...]:
    """Return widths that add up to the room at most: what a column needs, long ones giving way by their square root.

    sizes: the room, and the size of letters · sides: to which side each column is set; numbers stay on one line
    """
    room, size = sizes
    needed, least = [], []
    for index, head in enumerate(heads):
        texts = [head, *(row[index] for row in rows)]
        needed.append(max(fitting.width(text, size) for text in texts) + 2 * _PAD + 2)
        is_number = sides[index] == "right"
        words = [word for text in texts[is_number:] for word in ([text] if is_number else text.split())] or [""]
        words += head.split()
        least.append(min(max(fitting.width(word, size) for word in words) + 2 * _PAD + 2, room / len(heads)))
    if sum(needed) <= room:
        return tuple(needed)
    shares = [math.sqrt(max(need - low, 0.0)) for need, low in zip(needed, least, strict=True)]
    rest = room - sum(least)
    spread = sum(shares) or 1.0
    return tuple(low + max(rest, 0.0) * share / spread for low, share in zip(least, shares, strict=True))


def _cut(cell: str, width: float, size: float) -> str:
    return fitting.size_for(cell, width - 2 * _PAD, sizes=((size, _LINES),))[1]


def _height(cells: Sequence[str], widths: Sequence[float], size: float) -> float:
    tall = [fitting.height(cell, width - 2 * _PAD, size=size) for cell, width in zip(cells, widths, strict=True)]
    return max(tall, default=0.0) + 2 * _ABOVE


def _bare(frame: Any) -> None:  # noqa: ANN401 (a graphic frame of python-pptx)
    """Take the colours and bands away that the plain deck gives a table."""
    from pptx.oxml.ns import qn

    properties = frame._element.graphic.graphicData.tbl.tblPr  # noqa: SLF001 (styles of tables are not public)
    properties.set("bandRow", "0")
    for style in properties.findall(qn("a:tableStyleId")):
        style.text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # "No Style, No Grid"


def _cell(cell: Any, look: Run, *, right: bool, rule: tuple[str, float]) -> None:  # noqa: ANN401 (a cell of python-pptx)
    from lxml import etree
    from pptx.enum.text import PP_ALIGN
    from pptx.oxml.ns import qn
    from pptx.util import Pt

    cell.margin_left = cell.margin_right = Pt(_PAD)
    cell.margin_top = cell.margin_bottom = Pt(_ABOVE)
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
    run = paragraph.add_run()
    run.text = look.text
    deck.paint(run.font, look)
    token, width = rule
    line = etree.SubElement(cell._tc.get_or_add_tcPr(), qn("a:lnB"), w=str(int(width * 12_700)))  # noqa: SLF001 (borders are not public)
    fill = etree.SubElement(line, qn("a:solidFill"))
    etree.SubElement(fill, qn("a:srgbClr"), val=theme.colour(token).removeprefix("#"))
