"""A page as a spreadsheet: every table on a sheet of its own, numbers and days as such, and a first sheet that lists them.

No text ever becomes a formula or a link, and the same page gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from leadline.report import blocks, cells, theme
from leadline.report.printable import printable

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

# Written as the day of making in every file: no clock is read, and equal pages give equal bytes.
MADE = dt.datetime(2000, 1, 1)  # noqa: DTZ001 (the format has no zone)
_OPTIONS = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip
_FORBIDDEN = re.compile(r"[\[\]:*?/\\'#]")
_NO_UNIT = re.compile(r"[^\w %/.-]")  # what would end the quotes of a number format, or mean something in it
_MOST_NAME = 31  # letters of a sheet's name, Excel's limit
_MOST_TEXT = 32_767  # letters of a cell, Excel's limit
_FIRST_DAY = dt.date(1900, 3, 1)  # Excel counts a 29 February 1900; days before its end are written as text
# Widths in letters: a column of numbers, the widest column of words (house, looked at on the sheets of the demo).
_NARROWEST, _WIDEST = 9.0, 64.0
_READABLE, _MOST_ACROSS = 96.0, 12  # letters of a paragraph's line, columns it spans at most (house)
_BODY = 10  # size of letters, points (house: what office programs open with, one less)
# A line of text and the highest row Excel has, points; letters are a little wider than the digit widths count in.
_LINE, _HIGHEST, _WIDER = 13.5, 409.0, 1.08
_HEAD_ROW = 3  # rows above the head: caption, question, empty


def render_xlsx(page: blocks.Page) -> bytes:
    """Return the page's tables as an Excel workbook."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _OPTIONS)
    book.set_properties(
        {
            "title": printable(page.title)[:255],
            "subject": printable(page.under)[:255],
            "author": "Leadline",
            "created": MADE,
        }
    )
    book.set_size(1800, 1200)
    looks = _Looks(book)
    found = cells.grids(page)
    names = sheet_names(["Contents", *(grid.caption for grid in found)])
    contents = book.add_worksheet(names[0])
    for name, grid in zip(names[1:], found, strict=True):
        _sheet(book.add_worksheet(name), grid, looks)
    _contents(contents, page, list(zip(names[1:], found, strict=True)), looks)
    book.close()
    return out.getvalue()


def sheet_names(captions: Sequence[str]) -> list[str]:
    """Return a name every spreadsheet takes for each sheet: numbered, so that none comes twice; the first bare.

    >>> sheet_names(["Contents", "Rate: low/high", "Rate: low/high"])
    ['Contents', '1 Rate low high', '2 Rate low high']
    """
    made = [captions[0]]
    for index, caption in enumerate(captions[1:], start=1):
        flat = " ".join(_FORBIDDEN.sub(" ", printable(caption)).split())
        whole = f"{index} {flat}"
        if len(whole) > _MOST_NAME:
            whole = whole[: _MOST_NAME - 1].rstrip() + "…"
        made.append(whole.strip())
    return made


class _Looks:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:  # noqa: ANN401 (xlsxwriter has no types)
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Format] = {}

    def get(self, **properties: object) -> Format:
        """Return the format with these properties of xlsxwriter, on the type face and ink of the theme."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            base = {
                "font_name": theme.FONT_OFFICE,
                "font_size": _BODY,
                "font_color": theme.colour("ink"),
                "valign": "top",
            }
            self._made[key] = self._book.add_format({**base, **properties})
        return self._made[key]

    def title(self) -> Format:
        """Return the look of a title."""
        return self.get(bold=True, font_size=14)

    def quiet(self) -> Format:
        """Return the look of notes."""
        return self.get(font_color=theme.colour("ink-2"))

    def head(self, *, right: bool) -> Format:
        """Return the look of a column's head."""
        return self.get(
            bold=True, text_wrap=True, valign="bottom", bottom=1, bottom_color=theme.colour("line-strong"),
            align="right" if right else "left", indent=0 if right else 1,
        )  # fmt: skip

    def cell(self, cell: cells.Cell, head_unit: str, *, right: bool, total: bool) -> Format:
        """Return the look of a cell: its number format, its side, and the line above a total."""
        more: dict[str, object] = {"align": "right" if right else "left"}
        more |= {"bold": True, "top": 1, "top_color": theme.colour("ink")} if total else {}
        more |= {} if right else {"indent": 1}
        if isinstance(cell.value, dt.date):
            return self.get(num_format="mmm yyyy" if cell.unit == "month" else "d mmm yyyy", **more)
        if isinstance(cell.value, float):
            return self.get(num_format=number_format(cell, head_unit), **more)
        return self.get(text_wrap=not right, **more)


def number_format(cell: cells.Cell, head_unit: str) -> str:
    """Return how a number is shown; its unit stands behind it only where the head of its column does not say it.

    >>> number_format(cells.Cell(0.07, "%", 1), "%"), number_format(cells.Cell(20.0, "days", 0), "")
    ('0.0 %', '#,##0 "days"')
    """
    fraction = f".{'0' * cell.decimals}" if cell.decimals else ""
    if cell.unit == "%":
        return f"0{fraction} %"
    bare = head_unit or cell.unit in {"", "count"}
    unit = "" if bare else f' "{_NO_UNIT.sub("", cell.unit)}"'
    return f"#,##0{fraction}{unit}"


def _sheet(sheet: Worksheet, grid: cells.Grid, looks: _Looks) -> None:
    """Write one table: its caption and question, the head (frozen), the rows, the note."""
    sheet.hide_gridlines(2)
    _text(sheet, 0, 0, grid.caption, looks.title())
    _text(sheet, 1, 0, printable(grid.section), looks.quiet())
    sides = [_is_right(grid, index) for index in range(len(grid.heads))]
    for index, (name, unit) in enumerate(grid.heads):
        said = f"{name} ({unit})" if unit else name
        _text(sheet, _HEAD_ROW, index, said, looks.head(right=sides[index]))
    last = len(grid.rows) - 1
    for number, row in enumerate(grid.rows):
        for index, cell in enumerate(row):
            look = looks.cell(cell, grid.heads[index][1], right=sides[index], total=grid.has_total and number == last)
            _put(sheet, (_HEAD_ROW + 1 + number, index), cell, look)
    widths = list(_widths(grid))
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    sheet.set_row(_HEAD_ROW, _height([f"{name} ({unit})" if unit else name for name, unit in grid.heads], widths))
    for number, row in enumerate(grid.rows):
        sheet.set_row(_HEAD_ROW + 1 + number, _height([_shown(cell) for cell in row], widths))
    sheet.freeze_panes(_HEAD_ROW + 1, 1)
    if grid.rows and not grid.has_total:
        sheet.autofilter(_HEAD_ROW, 0, _HEAD_ROW + len(grid.rows), len(grid.heads) - 1)
    notes = [text for text in (grid.note, *(["How we know:"] if grid.known else []), *grid.known) if text]
    for place, text in enumerate(notes, start=_HEAD_ROW + 2 + len(grid.rows)):
        _across(sheet, place, text, widths, looks.get(font_color=theme.colour("ink-2"), text_wrap=True))
    _paper(sheet)


def _contents(sheet: Worksheet, page: blocks.Page, found: list[tuple[str, cells.Grid]], looks: _Looks) -> None:
    """Write the first sheet: title, day, plan and answer, then each table with the question it helps to answer."""
    sheet.hide_gridlines(2)
    quiet = looks.get(font_color=theme.colour("ink-2"), text_wrap=True)
    lines = [(page.title, looks.title()), (page.under, quiet), (page.answer, looks.get(bold=True, text_wrap=True))]
    lines += [(text, looks.get(text_wrap=True)) for text in page.beside] + [(page.foot, quiet)]
    widths = [34.0, 56.0, 46.0, 8.0]
    for row, (text, look) in enumerate(lines):
        _across(sheet, row, text, widths, look)
    head = len(lines) + 1
    for index, name in enumerate(("sheet", "what it holds", "question", "rows")):
        _text(sheet, head, index, name, looks.head(right=name == "rows"))
    wrapped = looks.get(text_wrap=True, indent=1)
    linked = looks.get(font_color=theme.colour("link"), underline=1, indent=1)
    for place, (name, grid) in enumerate(found, start=head + 1):
        sheet.write_url(place, 0, f"internal:'{name}'!A1", linked, name)
        _text(sheet, place, 1, grid.caption, wrapped)
        _text(sheet, place, 2, printable(grid.section), wrapped)
        sheet.write_number(place, 3, len(grid.rows), looks.get(num_format="#,##0"))
        sheet.set_row(place, _height([name, grid.caption, grid.section, ""], widths))
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    known = [(section.question, section.known_from) for section in page.sections if section.known_from]
    place = head + len(found) + 2
    for question, said in known:
        for text, look in ((f"How we know: {question}", looks.get(bold=True)), *((one, quiet) for one in said)):
            _across(sheet, place, text, widths, look)
            place += 1
    _paper(sheet)


def _across(sheet: Worksheet, row: int, text: str, widths: Sequence[float], look: Format) -> None:
    """Write a paragraph over as many columns as a line of reading needs."""
    room, last = 0.0, 0
    for last in range(_MOST_ACROSS):
        room += widths[last] if last < len(widths) else _NARROWEST
        if room >= _READABLE:
            break
    sheet.merge_range(row, 0, row, max(last, 1), "", look)
    _text(sheet, row, 0, printable(text), look)
    sheet.set_row(row, _LINE * max(1, math.ceil(len(text) * _WIDER / room)) * (1.5 if look.font_size > _BODY else 1))


def _height(texts: Sequence[str], widths: Sequence[float]) -> float:
    """Return the height of a row in points in which every text is seen whole."""
    pairs = [(len(text), width) for text, width in zip(texts, widths, strict=True)]
    lines = max((math.ceil(long * _WIDER / width) for long, width in pairs if long + 2 > width), default=1)
    return min(_LINE * max(lines, 1), _HIGHEST)


def _paper(sheet: Worksheet) -> None:
    """Lay a sheet on A4 across, as wide as the paper, with page numbers."""
    sheet.set_landscape()
    sheet.set_paper(9)  # A4, by the number spreadsheets give it
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&R&P / &N")


def _put(sheet: Worksheet, at: tuple[int, int], cell: cells.Cell, look: Format) -> None:
    if isinstance(cell.value, dt.date):
        if cell.value >= _FIRST_DAY:
            sheet.write_datetime(*at, dt.datetime.combine(cell.value, dt.time()), look)
        else:
            _text(sheet, *at, cell.value.isoformat(), look)
    elif isinstance(cell.value, float):
        sheet.write_number(*at, cell.value, look)
    else:
        _text(sheet, *at, cell.value, look)


def _text(sheet: Worksheet, row: int, column: int, text: str, look: Format) -> None:
    """Write a text as text, whatever it begins with."""
    if len(text) > _MOST_TEXT:
        text = text[: _MOST_TEXT - 1] + "…"
    sheet.write_string(row, column, text, look)


def _is_right(grid: cells.Grid, index: int) -> bool:
    """Say whether a column holds numbers, so that its head and its missing cells stand on the right too."""
    return any(isinstance(row[index].value, float) for row in grid.rows)


def _widths(grid: cells.Grid) -> Iterable[float]:
    """Return the width of each column in letters: its longest word and most of its texts fit on one line."""
    for index, (name, unit) in enumerate(grid.heads):
        longest = [len(word) for word in f"{name} ({unit})".split()]
        longest += [len(_shown(row[index])) for row in grid.rows]
        yield min(max(_NARROWEST, *(length + 2.0 for length in longest)), _WIDEST)


def _shown(cell: cells.Cell) -> str:
    if isinstance(cell.value, dt.date):
        return "30 Sep 2027"
    if isinstance(cell.value, float):
        return f"{cell.value:,.{cell.decimals}f}" + ("" if cell.unit in {"", "count"} else f" {cell.unit}")
    return cell.value
