"""The rows of a CSV or sheet before anything is known of their meaning: lines, blank lines between them, merged cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from leadline.evidence.sources.records import Head
from leadline.evidence.sources.sheet_marks import Marks, sheet_marks
from leadline.evidence.sources.sheets import sheet_rows
from leadline.evidence.sources.text import csv_records
from leadline.evidence.sources.values import is_null, text_of

MOST_ROWS = 200_000  # rows of one list; own: nobody plans more, and memory stays under some hundred MB
TEXT_SHOWN = 200  # characters of a row that is left out; own: enough to find it again


@dataclass(slots=True)
class SheetRow:
    """One row that holds anything.

    line: of the file or sheet · gap: a blank line stands before it · problem: why it cannot be taken at all
    merged: column → value of a cell merged downwards, which counts for this row too
    """

    line: int
    cells: list[Any]
    gap: bool = False
    problem: str = ""
    merged: dict[int, Any] = field(default_factory=dict)
    _filled: list[int] | None = None

    def cell(self, at: int) -> Any:  # noqa: ANN401 - a cell of any kind of file
        """Return a cell, that of a merged range where it covers the row; "" beyond the row's end."""
        value = self.cells[at] if at < len(self.cells) else ""
        return self.merged.get(at, value) if value == "" else value

    def filled(self) -> list[int]:
        """Return the columns whose own cell says anything."""
        if self._filled is None:
            self._filled = [at for at, cell in enumerate(self.cells) if not is_null(cell)]
        return self._filled

    def text(self) -> str:
        """Return the row as a person reads it."""
        said = " · ".join(" ".join(str(text_of(self.cells[at])).split()) for at in self.filled())
        return said if len(said) <= TEXT_SHOWN else said[: TEXT_SHOWN - 1] + "…"


@dataclass(frozen=True)
class Sheet:
    """All rows of one table, and what the workbook says beside its values (None for CSV and other kinds)."""

    name: str | None
    rows: Sequence[SheetRow]
    marks: Marks | None = None
    too_long: bool = False

    def spans(self) -> list[tuple[int, int, int]]:
        """Return (index, first column, last column) of cells merged across columns."""
        at = {row.line: index for index, row in enumerate(self.rows)}
        merged = self.marks.merged if self.marks else ()
        return [(at[one[0]], one[1], one[3]) for one in merged if one[0] in at and one[3] > one[1]]


def load_sheet(head: Head, name: str) -> Sheet:
    """Return the rows of a CSV (name "") or of one sheet. Raises ImportRefused where the file is not whole."""
    if head.kind == "csv":
        rows = list(islice(_csv_rows(head), MOST_ROWS + 1))
        return Sheet(None, rows, None, too_long=len(rows) > MOST_ROWS)
    marks = sheet_marks(head.path, name)
    rows, before = [], 0
    for line, cells in sheet_rows(head.path, name):
        rows.append(SheetRow(line, list(cells), gap=line > before + 1))
        before = line
    _merge(rows, marks)
    return Sheet(name, rows, marks, too_long=len(rows) > MOST_ROWS)


def _csv_rows(head: Head) -> Iterator[SheetRow]:
    """Yield the records of a CSV; a record may run over several lines."""
    following = 1
    for record in csv_records(head):
        problem = record.problem[1] if record.problem else ""
        yield SheetRow(record.line, list(record.cells) or [record.raw], record.line > following, problem)
        following = record.line + (record.raw.count("\n") + 1 if not record.raw.startswith("hex:") else 1)


def _merge(rows: Sequence[SheetRow], marks: Marks | None) -> None:
    """Let a cell merged downwards count for every row it covers; dates and texts only, money is not handed out twice."""
    by_line: Mapping[int, SheetRow] = {row.line: row for row in rows} if marks and marks.merged else {}
    for first, left, last, right in marks.merged if marks else ():
        top = by_line.get(first)
        value = top.cells[left] if top is not None and left < len(top.cells) else ""
        if right != left or value == "" or isinstance(value, int | float):
            continue
        for line in range(first + 1, min(last, first + len(rows)) + 1):
            if line in by_line:
                by_line[line].merged[left] = value
