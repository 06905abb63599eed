"""Any file of rows under one header, as cells with their lines: what panels and lists of tests are read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadline.errors import UsageError
from leadline.evidence.sources.documents import parquet_records
from leadline.evidence.sources.records import ImportOptions
from leadline.evidence.sources.sheets import sheet_rows
from leadline.evidence.sources.sniff import open_head
from leadline.evidence.sources.text import csv_records


@dataclass(frozen=True)
class PlainTable:
    """A table of cells. name: of the file, for errors · rows: line in the file, and its cells."""

    name: str
    header: Sequence[str]
    rows: Sequence[tuple[int, Sequence[Any]]]


def open_table(path: Path, *, sheet: str | None = None) -> PlainTable:
    """Return the rows of a CSV, Parquet or workbook.

    sheet: of a workbook, where several would do. Raises UsageError for what is no table, ImportRefused for what cannot be read
    """
    head = open_head(path, ImportOptions(sheet=sheet))
    if head.kind == "csv":
        records = csv_records(head)
        header = next(records).cells
        return PlainTable(path.name, [str(one) for one in header], [(one.line, one.cells) for one in records])
    if head.kind == "sheet":
        if len(head.records) > 1:
            listed = ", ".join(f'"{name}"' for name in head.records)
            raise UsageError(f"{path.name} has several sheets with rows: {listed}. Name one with sheet.")
        rows = sheet_rows(path, next(iter(head.records)))
        return PlainTable(path.name, [str(cell) for cell in rows[0][1]], rows[1:])
    if head.kind == "parquet":
        names = list(head.keys)
        cells = [(one.line, [one.value.get(name) for name in names]) for one in parquet_records(head)]
        return PlainTable(path.name, names, cells)
    raise UsageError(f"{path.name} is {head.kind}, not a table. Save it as CSV, Parquet or .xlsx.")
