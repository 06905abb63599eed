"""What PDF and Word share: sheets of paper, how wide a column is, where a table stands, which numbers go to the annex.

Lengths are millimetres. A picture stands in the column where its letters stay readable there; else it gets a sheet of
its own, the smallest on which they do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from leadline.report import blocks, lettering
from leadline.report.printable import breakable, parts, printable, together

# A4 with the margins of a report (style guide 2.2 and 2.8): left and right, above, below.
A4_WIDTH, A4_HEIGHT = 210.0, 297.0
SIDE, ABOVE, BELOW = 25.0, 22.0, 24.0
COLUMN = A4_WIDTH - 2 * SIDE
# Room for title, measure and source above and below a picture (house, looked at with the longest titles of the demo).
HEAD_ROOM = 34.0
MM_OF_PX = 25.4 / 96  # CSS: 96 px are an inch
# A letter of 13 px set at 66 % is 6.4 pt, the smallest that is read on paper without effort (house, looked at on A4).
SMALLEST_SCALE = 0.66
# A picture higher than this leaves no room for the question above it on the same sheet by itself, mm (house).
_HIGH = 180.0
# Title, line of origin and answer of a page above its first section (house, looked at on the demo's pages).
MASTHEAD = 48.0
# A question and its answer above a picture that opens a section, where the paper is not filled line by line (house).
QUESTION = 30.0
# Room of a picture on the one-sheet page: its full width, an eighth of the height (house, looked at).
ONE_SHEET_ROOM = (174.0, 31.0)
# Rows of numbers that may stand right behind their picture; more go to the annex (style guide 2.5: twelve before "all").
ROWS_BESIDE = 12
SHEET_MARGIN = 15.0  # around a picture that has a sheet of its own (style guide 2.8, as the web page prints its maps)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of paper with a name people can order it by, and its margins: left and right, above."""

    name: str
    width: float
    height: float
    side: float = SHEET_MARGIN
    above: float = SHEET_MARGIN


# ISO 216, lying and standing, from small to large.
SHEETS: tuple[Sheet, ...] = tuple(
    sheet
    for name, short, long in (("A4", 210, 297), ("A3", 297, 420), ("A2", 420, 594), ("A1", 594, 841), ("A0", 841, 1189))
    for sheet in (Sheet(f"{name} landscape", long, short), Sheet(name, short, long))
)


OF_REPORT = Sheet("A4", A4_WIDTH, A4_HEIGHT, SIDE, ABOVE)
ONE_SHEET = Sheet("A4", A4_WIDTH, A4_HEIGHT, 18.0, 13.0)


def sheet_for(width: float, height: float, *, opens: bool = False, below: float = 0.0) -> Sheet | None:
    """Return the sheet a picture of so many px needs; None where the column of the report is enough.

    Beyond A0 the sheet is as large as the picture asks for. opens: the picture is the first block of its section, so
    that a high one shares its sheet with the question instead of leaving it alone on the sheet before · below: height
    taken by what stands above it, mm
    """
    in_column = _scale(width, height, *room(below=below))
    if in_column >= SMALLEST_SCALE:
        return OF_REPORT if opens and height * in_column * MM_OF_PX > _HIGH - below else None
    for sheet in SHEETS:
        if _scale(width, height, *room(sheet, below=below)) >= SMALLEST_SCALE:
            return sheet
    factor = SMALLEST_SCALE * MM_OF_PX
    high = height * factor + 2 * SHEET_MARGIN + HEAD_ROOM + below
    return Sheet("larger than A0", width * factor + 2 * SHEET_MARGIN, high)


def room(sheet: Sheet | None = None, *, below: float = 0.0) -> tuple[float, float]:
    """Return the room for a picture on a sheet of its own, or in the column of the report: width and height."""
    if sheet is None:
        return COLUMN, A4_HEIGHT - ABOVE - BELOW - HEAD_ROOM - below
    return sheet.width - 2 * sheet.side, sheet.height - 2 * sheet.above - HEAD_ROOM - below


def fitted(width: float, height: float, *, room: tuple[float, float]) -> tuple[float, float]:
    """Return the size of a picture of so many px inside a room, in mm; never larger than drawn."""
    scale = min(_scale(width, height, *room), 1.0) * MM_OF_PX
    return width * scale, height * scale


def _scale(width: float, height: float, room: float, high: float) -> float:
    return min(room / (width * MM_OF_PX), high / (height * MM_OF_PX))


@dataclass(frozen=True, slots=True)
class Widths:
    """How a table stands: the width of each column, the size of its letters in pt, and whether it needs a lying sheet."""

    columns: tuple[float, ...]
    size: float
    lying: bool = False


# Letters of a table, pt: as they should be, and the smallest that may be (7 pt, see above).
TABLE_SIZE, SMALLEST_SIZE = 9.0, 7.0
GUTTER = 3.5  # mm between two columns
_PT = 25.4 / 72
# The serif of the reports is at most this wide beside the sans that `lettering` measures (compared over the demo's cells).
PDF_FACE = 0.82
# A single word or number wider than this is broken rather than waited for, mm (house: a fifth of the column).
_LONGEST_WORD = 32.0
# A cell of so few letters, such as a day, stands on one line.
_SHORT = 12
# Cells up to this many letters cannot outgrow a sheet in any column (30 columns on a lying A4: 3 letters a line).
_LONG_CELL = 60
_LINE = 1.45  # height of a line in a table, in its letters' size
# Lines into which the longest cell of a column may be laid before letters get smaller (house, looked at on the demo).
_MOST_LINES = 4.5
# Rows that are measured, the ones with the longest cells: a table of ten thousand rows is not read letter by letter.
_MEASURED = 200


def widths(
    table: blocks.TableBlock, room: float = COLUMN, *, face: float = PDF_FACE, largest: float = TABLE_SIZE
) -> Widths:
    """Return the widths of a table's columns: every word whole where possible, smaller letters, then a lying sheet.

    room: mm · face: width of the letters beside those that are measured · largest: their size, pt
    """
    measured = [_need(table, index) for index in range(len(table.columns))]
    needs = [(face * least, face * liked) for least, liked in measured]
    lying = A4_HEIGHT - 2 * SHEET_MARGIN
    for size in (TABLE_SIZE, 8.0, SMALLEST_SIZE):
        if size <= largest and sum(least for least, _ in needs) * size / TABLE_SIZE + GUTTER * len(needs) <= room:
            return Widths(_shared(needs, size, room), size)
    if room < lying:
        flat = widths(table, lying, face=face)
        return Widths(flat.columns, flat.size, lying=True)
    return Widths(tuple(room / len(needs) for _ in needs), SMALLEST_SIZE)


def broken(rows: Sequence[Sequence[str]], laid: Widths) -> list[list[str]]:
    """Return cells in which a word that is wider than its column may break."""
    rooms = [max(width - GUTTER, GUTTER) / _PT for width in laid.columns]
    return [
        [breakable(printable(cell), room, size=laid.size) for cell, room in zip(row, rooms, strict=True)]
        for row in rows
    ]


def highest(rows: Sequence[Sequence[str]], laid: Widths) -> float:
    """Return about how high the highest row is, mm, so that one that outgrows the paper may break."""
    sizes = [(max(width - GUTTER, GUTTER) / _PT, laid.size) for width in laid.columns]
    lines = (
        math.ceil(lettering.width(cell, size) / room)
        for row in rows
        for cell, (room, size) in zip(row, sizes, strict=True)
        if len(cell) > _LONG_CELL
    )
    return max(lines, default=1) * laid.size * _PT * _LINE


def _shared(needs: Sequence[tuple[float, float]], size: float, room: float) -> tuple[float, ...]:
    """Share the room as browsers do: each column what its longest word needs, the rest by what its text would like."""
    least = [low * size / TABLE_SIZE + GUTTER for low, _ in needs]
    liked = [most * size / TABLE_SIZE + GUTTER for _, most in needs]
    if sum(liked) <= room:
        return tuple(liked)
    wish = sum(liked) - sum(least)
    rest = room - sum(least)
    return tuple(low + rest * (most - low) / wish for low, most in zip(least, liked, strict=True))


def _need(table: blocks.TableBlock, index: int) -> tuple[float, float]:
    """Return the least and the liked width of a column at TABLE_SIZE, mm."""
    column = table.columns[index]
    cells = sorted((printable(row[index]) for row in table.rows), key=len, reverse=True)[:_MEASURED]
    head = f"{column.name} {column.unit}".strip()
    words = {word for cell in cells for word in cell.split(" ")}.union(parts(head))
    longest = max((_mm(word) for word in sorted(words, key=len, reverse=True)[:_MEASURED]), default=0.0)
    cell = max((_mm(cell) for cell in cells), default=0.0)
    sign = _mm("◆ ") if index == 0 and any(table.marks) else 0.0
    # A head may stand in two lines; a number stays on one; a text should not become a tower of words.
    liked = min(max(cell, longest, _mm(head) / 2), COLUMN)
    lines = 1.0 if column.align == "right" else _MOST_LINES
    whole = max((_mm(cell) for cell in cells if len(cell) <= _SHORT), default=0.0)
    least = min(max(longest, whole, cell / lines), _LONGEST_WORD if column.align == "right" else COLUMN / _MOST_LINES)
    return min(least, liked) + sign, liked + sign


def _mm(text: str) -> float:
    return lettering.width(text[:_MEASURED], TABLE_SIZE) * _PT


def beside(picture: blocks.Picture) -> blocks.TableBlock | None:
    """Return the numbers of a picture that stand right behind it."""
    return picture.table if picture.table and len(picture.table.rows) <= ROWS_BESIDE else None


def annex(page: blocks.Page) -> tuple[tuple[blocks.Picture, blocks.TableBlock], ...]:
    """Return the pictures with many numbers, in order: their tables stand in the annex, numbered from 1."""
    pictures = (block for section in page.sections for block in section.blocks if isinstance(block, blocks.Picture))
    return tuple((one, one.table) for one in pictures if one.table and beside(one) is None)


def coded(text: str) -> tuple[tuple[str, bool], ...]:
    """Return a text in parts, those between backticks marked as code.

    >>> coded("name it (`delivers`)")
    (('name it (', False), ('delivers', True), (')', False))
    """
    parts = together(printable(text)).split("`")
    if len(parts) % 2 == 0:
        return ((together(printable(text)), False),)
    return tuple((part, bool(index % 2)) for index, part in enumerate(parts) if part)
