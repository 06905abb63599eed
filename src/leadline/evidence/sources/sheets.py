"""Workbooks (.xlsx, .xlsm, .xlsb, .ods): visible sheets as records, with their stored values.

Typed cells stay typed: a number needs no locale, a date no order. A formula counts with its stored result, an error
cell is empty, a merged cell counts for its first cell. The line of a record is its sheet row.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

from leadline.errors import ImportRefused
from leadline.evidence.sources.records import Head, ImportOptions

UNPACKED_LIMIT = 200 << 20  # bytes; design/evidence 2.3: over 200 MB unpacked is refused
CELLS_LIMIT = (
    20_000_000  # places from A1 to a sheet's last cell, empty ones too; own: the reader holds them all, some 800 MB
)
PIECE = 1 << 20  # bytes unpacked at once while counting; own
HEAD_ROWS = 50  # rows a format may look at; design/evidence 2.1
WORKBOOK_PARTS = ("xl/", "content.xml", "mimetype", "Index/")

_CELL = re.compile(rb"""<(?:[\w.-]+:)?c\s[^<>]*?\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")

Cell = str | float | int | bool | date | datetime | time | timedelta


def workbook_head(path: Path, options: ImportOptions) -> Head:
    """Return the head of a workbook: the first rows of every visible sheet, or of the one that is named.

    Raises ImportRefused: `binary` for other archives, encrypted or oversized workbooks, `truncated` for broken ones.
    """
    _check_archive(path)
    import python_calamine as calamine

    with _workbook(path) as book:
        visible = [s.name for s in book.sheets_metadata if s.visible == calamine.SheetVisibleEnum.Visible]
        hidden = tuple(s.name for s in book.sheets_metadata if s.name not in visible)
        if options.sheet is not None and options.sheet not in visible:
            known = ", ".join(f'"{name}"' for name in visible)
            raise ImportRefused("not_recognised", f'{path.name} has no sheet "{options.sheet}". Sheets: {known}.')
        wanted = [options.sheet] if options.sheet is not None else visible
        rows = {name: _numbered(book, name)[:HEAD_ROWS] for name in wanted}
    if not any(rows.values()):
        raise ImportRefused("empty", f"{path.name} has no visible sheet with rows.")
    return Head(path, "sheet", records={name: found for name, found in rows.items() if found}, hidden=hidden)


def sheet_rows(path: Path, sheet: str) -> list[tuple[int, list[Cell]]]:
    """Return the rows of one sheet that are not blank, with their sheet row."""
    with _workbook(path) as book:
        return _numbered(book, sheet)


def row_text(cells: list[Any]) -> str:
    """Return a sheet row as one CSV record, for rejects."""
    target = io.StringIO()
    csv.writer(target, lineterminator="").writerow([_plain(cell) for cell in cells])
    return target.getvalue()


def _plain(cell: object) -> str:
    """Return a typed cell as a person would write it in a CSV."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _numbered(book: CalamineWorkbook, sheet: str) -> list[tuple[int, list[Cell]]]:
    """Return rows that hold anything, counted from the sheet's first row."""
    try:
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except Exception as error:  # calamine raises its own and plain exceptions on broken sheets
        raise ImportRefused(
            "truncated", f'Sheet "{sheet}" cannot be read ({error}). Save the workbook again.'
        ) from error
    return [(number, row) for number, row in enumerate(rows, 1) if any(cell != "" for cell in row)]


def _workbook(path: Path) -> CalamineWorkbook:
    """Open a workbook; a broken or encrypted one is refused."""
    import python_calamine as calamine

    try:
        return calamine.load_workbook(path)
    except calamine.PasswordError as error:
        raise ImportRefused(
            "binary", f"{path.name} is an encrypted workbook. Next step: save it without a password as .xlsx."
        ) from error
    except Exception as error:  # the reader raises its own, OSError and ValueError; all mean the same here
        raise ImportRefused(
            "truncated", f"{path.name} is a workbook that cannot be read ({error}). Save or download it again."
        ) from error


def _check_archive(path: Path) -> None:
    """Refuse archives that are no workbook, are cut, or unpack to more than the limit."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as stream:
            infos = archive.infolist()
            if not any(info.filename.startswith(WORKBOOK_PARTS) for info in infos):
                raise ImportRefused(
                    "binary", f"{path.name} is a zip archive. Next step: unpack it and import the files inside."
                )
            unpacked = 0
            for info in infos:
                unpacked += _unpacked(stream, info, UNPACKED_LIMIT - unpacked)
            if unpacked <= UNPACKED_LIMIT:
                _check_extent(path, archive)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError) as error:
        raise ImportRefused(
            "truncated", f"{path.name} is a workbook that is not whole ({error}). Save or download it again."
        ) from error
    if unpacked > UNPACKED_LIMIT:
        raise ImportRefused(
            "binary",
            f"{path.name} unpacks to more than {UNPACKED_LIMIT >> 20} MB. Next step: export the table as CSV.",
        )


def _check_extent(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse an .xlsx with a sheet whose last cell stands so far out that all the places before it do not fit in memory.

    A few hundred bytes can name the cell XFD1048576, and the reader makes a place for each of its 17 billion neighbours.
    """
    for part in archive.namelist():
        if not (part.startswith("xl/worksheets/") and part.endswith(".xml")):
            continue
        last_row = last_column = 0
        with archive.open(part) as stream:
            rest = b""
            while piece := stream.read(PIECE):
                data = rest + piece
                whole = data.rfind(b"<")
                for letters, digits in _CELL.findall(data, 0, max(whole, 0)):
                    last_row, last_column = max(last_row, int(digits)), max(last_column, _column_number(letters))
                rest = data[whole:][-PIECE:] if whole >= 0 else b""
            for letters, digits in _CELL.findall(rest):
                last_row, last_column = max(last_row, int(digits)), max(last_column, _column_number(letters))
        if last_row * last_column > CELLS_LIMIT:
            raise ImportRefused(
                "binary",
                f"{path.name}: a sheet reaches to row {last_row:,} and column {last_column:,}, nearly all of it empty. "
                "Next step: delete the empty rows and columns behind the table, or export the table as CSV.",
            )


@lru_cache(maxsize=1 << 15)
def _column_number(letters: bytes) -> int:
    """Return a column's number from 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _unpacked(stream: BinaryIO, info: zipfile.ZipInfo, limit: int) -> int:
    """Return the true unpacked size of one part, counting up to just over `limit`: a bomb lies about its size."""
    if limit < 0:
        return 0
    if info.compress_type == zipfile.ZIP_STORED:
        return info.compress_size
    stream.seek(info.header_offset + 26)
    name, extra = int.from_bytes(stream.read(2), "little"), int.from_bytes(stream.read(2), "little")
    stream.seek(info.header_offset + 30 + name + extra)
    inflate, left, size = zlib.decompressobj(-15), info.compress_size, 0
    while left > 0 and size <= limit and not inflate.eof:
        packed = stream.read(min(PIECE, left))
        if not packed:
            break
        left -= len(packed)
        while packed and size <= limit:
            size += len(inflate.decompress(packed, PIECE))
            packed = inflate.unconsumed_tail
    return size
