"""Workbooks (.xlsx, .xlsm, .xlsb, .ods): visible sheets as records, with their stored values.

Typed cells stay typed: a number needs no locale, a date no order. A formula counts with its stored result, an error
cell is empty, a merged cell counts for its first cell. The line of a record is its sheet row.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

from leadline.errors import ImportRefused
from leadline.evidence.sources.records import Head, ImportOptions, csv_record
from leadline.evidence.sources.sheet_bounds import check_archive

SHEETS_LIMIT = 250  # own: a workbook of tables has a handful, one of a person's whole year some dozens
HEAD_ROWS = 50  # rows a format may look at; design/evidence 2.1

Cell = str | float | int | bool | date | datetime | time | timedelta


def workbook_head(path: Path, options: ImportOptions) -> Head:
    """Return the head of a workbook: the first rows of every visible sheet, or of the one that is named.

    Raises ImportRefused: `binary` for other archives, encrypted or oversized workbooks, `truncated` for broken ones.
    """
    check_archive(path)
    import python_calamine as calamine

    with _workbook(path) as book:
        visible = [s.name for s in book.sheets_metadata if s.visible == calamine.SheetVisibleEnum.Visible]
        hidden = tuple(s.name for s in book.sheets_metadata if s.name not in visible)
        if options.sheet is not None and options.sheet not in visible:
            known = ", ".join(f'"{name}"' for name in visible)
            raise ImportRefused("not_recognised", f'{path.name} has no sheet "{options.sheet}". Sheets: {known}.')
        if options.sheet is None and len(visible) > SHEETS_LIMIT:
            raise ImportRefused(
                "binary",
                f"{path.name} has {len(visible):,} sheets. Next step: name the one to read with --sheet NAME, or export it as CSV.",
            )
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
    return csv_record(_plain(cell) for cell in cells)


def _plain(cell: object) -> str:
    """Return a typed cell as a person would write it in a CSV."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _numbered(book: CalamineWorkbook, sheet: str) -> list[tuple[int, list[Cell]]]:
    """Return rows that hold anything, counted from the sheet's first row."""
    try:
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except BaseException as error:  # calamine raises its own and plain exceptions on broken sheets, and panics
        if not _is_of_reader(error):
            raise
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
    except BaseException as error:  # the reader raises its own, OSError and ValueError, and panics: all mean the same
        if not _is_of_reader(error):
            raise
        raise ImportRefused(
            "truncated", f"{path.name} is a workbook that cannot be read ({error}). Save or download it again."
        ) from error


def _is_of_reader(error: BaseException) -> bool:
    """Say whether the reader failed; a panic of its Rust (a number that no date can be) is no `Exception` and has no importable name."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"
