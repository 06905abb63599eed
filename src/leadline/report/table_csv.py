"""A table as CSV: typed numbers with a dot, days as ISO writes them, and no cell a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io

from leadline.evidence.import_report import FORMULA_STARTS
from leadline.report import blocks, cells

# Beside the signs every import report guards: those of full width, which some spreadsheets take for the plain ones.
_STARTS = (*FORMULA_STARTS, "\r", "\n", "＝", "＋", "－", "＠")
_DIGITS = 12  # significant; a double keeps 15, the last ones are noise of arithmetic
_MARK = "\ufeff"  # without it Excel reads UTF-8 as the code page of the machine


def table_csv(table: blocks.TableBlock) -> bytes:
    """Return a table as CSV in UTF-8 with a byte order mark: one head, one line a row.

    Shares are written 0..1 and their column says so; an estimate has columns for low and high. A text that begins like
    a formula has an apostrophe before it.
    """
    grid = cells.grid(table)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    heads = [_head(grid, index) for index in range(len(grid.heads))]
    writer.writerow([guarded(head) for head in cells.unique(heads)])
    writer.writerows([_plain(cell) for cell in row] for row in grid.rows)
    return (_MARK + out.getvalue()).encode("utf-8")


def guarded(text: str) -> str:
    """Return a text with an apostrophe before it where a spreadsheet would run it, spaces in front of it or not.

    >>> guarded("=1+1"), guarded(" @SUM(A1)"), guarded("1 = 1")
    ("'=1+1", "' @SUM(A1)", '1 = 1')
    """
    return f"'{text}" if text.startswith(_STARTS) or text.lstrip().startswith(_STARTS) else text


def _head(grid: cells.Grid, index: int) -> str:
    name, unit = grid.heads[index]
    is_share = any(isinstance(row[index].value, float) and row[index].unit == "%" for row in grid.rows)
    said = "share 0 to 1" if is_share and unit else unit
    return f"{name} ({said})" if said else name


def _plain(cell: cells.Cell) -> str:
    if isinstance(cell.value, dt.date):
        return cell.value.isoformat()
    if isinstance(cell.value, float):
        return f"{cell.value:.{_DIGITS}g}"
    return "" if cell.value == blocks.MISSING else guarded(cell.value)
