"""Rejected records taken apart into cells that a person can put right, and put together again as their file had them.

A record is mended through `mending`: what comes out of here is the `raw` of a mended rejects file.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

from leadline.evidence.import_report import write_rejects
from leadline.evidence.sources.records import Reject, csv_record
from leadline.evidence.sources.values import plain_name

if TYPE_CHECKING:
    from pathlib import Path

    from leadline.evidence.sources.records import RejectReason
    from leadline.evidence.store import Store

UNDECODED = "hex:"  # design, evidence section 1.3: a record that could not be decoded
LONGEST = 100_000  # characters of a record that is mended in a form; own: longer ones are mended in the file
MOST_CELLS = 250  # cells of a record shown one by one; own: the widest known export has 79


@dataclass(frozen=True)
class Fault:
    """Why a record was not taken. place: the column, "" for the whole record."""

    place: str
    reason: str
    text: str


@dataclass(frozen=True)
class Cell:
    """One cell of a record. name: of its column, "" behind the header · is_wrong: a fault speaks of it."""

    name: str
    value: str
    is_wrong: bool


@dataclass(frozen=True)
class Broken:
    """One record among the rejects. line: in its file · cells: one without a name where the record is no row of cells.

    digest: of the record as it lies there, so that a form made from another state of it is noticed
    """

    line: int
    faults: tuple[Fault, ...]
    cells: tuple[Cell, ...]
    raw: str
    is_row: bool

    @property
    def digest(self) -> str:
        """Return 16 hex digits of the record."""
        return hashlib.sha256(self.raw.encode("utf-8", errors="surrogatepass")).hexdigest()[:16]

    @property
    def is_too_long(self) -> bool:
        """Say whether the record is too long for a form."""
        return len(self.raw) > LONGEST


@dataclass(frozen=True)
class Rejects:
    """Records of one import that wait to be mended. origin: its row in `imports` · more: others follow behind them."""

    origin: Mapping[str, Any]
    records: tuple[Broken, ...]
    more: bool

    @property
    def delimiter(self) -> str | None:
        """Return what separates cells, None where records are no rows: workbooks are kept as CSV."""
        return _delimiter(self.origin)


def rejects(store: Store, import_id: str, *, after: int = 0, most: int = 50) -> Rejects | None:
    """Return the first `most` records behind a line that nobody has mended; None where that import is not known."""
    found = store.ask("SELECT * FROM imports WHERE import_id = :named", named=import_id).to_pylist()
    if not found:
        return None
    rows = store.ask("broken", named=import_id, after=after, most=most + 1).to_pylist()
    header = [str(name) for name in json.loads(found[0]["header"] or "[]")]
    records = [
        broken(line, list(of_line), header=header, delimiter=_delimiter(found[0]))
        for line, of_line in groupby(rows, key=lambda row: row["line"])
    ]
    return Rejects(found[0], tuple(records[:most]), more=len(records) > most)


def broken(line: int, rows: Sequence[Mapping[str, Any]], *, header: Sequence[str], delimiter: str | None) -> Broken:
    """Return a record with its faults. rows: of `rejects`, one for each fault · delimiter: None where it is no row."""
    faults = tuple(Fault(row["place"] or "", row["reason"], row["text"]) for row in rows)
    raw = str(rows[0]["raw"] or "")
    wrong = {plain_name(fault.place) for fault in faults if fault.place}
    cells = None if delimiter is None or raw.startswith(UNDECODED) else _apart(raw, delimiter)
    if cells is None or max(len(cells), len(header)) > MOST_CELLS:
        return Broken(line, faults, (Cell("", shown(raw), is_wrong=True),), raw, is_row=False)
    names = [*header, *[""] * (len(cells) - len(header))]
    values = [*cells, *[""] * (len(header) - len(cells))]
    made = tuple(
        Cell(name, value, plain_name(name) in wrong or not name) for name, value in zip(names, values, strict=True)
    )
    if not any(cell.is_wrong for cell in made):  # the fault is of the whole record: every cell may be the one
        made = tuple(Cell(cell.name, cell.value, is_wrong=True) for cell in made)
    return Broken(line, faults, made, raw, is_row=True)


def shown(raw: str) -> str:
    """Return a record as it can be typed over: what could not be decoded as the Latin letters of its bytes."""
    if not raw.startswith(UNDECODED):
        return raw
    try:
        return bytes.fromhex(raw.removeprefix(UNDECODED)).decode("cp1252", errors="replace")
    except ValueError:
        return raw


def together(record: Broken, typed: Sequence[str], *, delimiter: str | None) -> str:
    """Return the record with what was typed, as its file would have it; cells behind the header go when they are empty."""
    if not record.is_row or delimiter is None:
        return typed[0] if typed else ""
    cells = list(typed)
    while cells and not cells[-1] and len(cells) > _named(record):
        cells.pop()
    return csv_record(cells, delimiter=delimiter)


def write_mended(path: Path, mended: Sequence[tuple[Broken, str]], *, import_id: str) -> None:
    """Write mended records as the rejects file that an import takes. mended: each with its record as it shall be."""
    rows = [(record.line, record.faults[0], raw) for record, raw in mended]
    write_rejects(
        path,
        [
            Reject(line, fault.place or None, cast("RejectReason", fault.reason), fault.text, raw)
            for line, fault, raw in rows
        ],
        import_id=import_id,
    )


def _named(record: Broken) -> int:
    return sum(1 for cell in record.cells if cell.name)


def _delimiter(origin: Mapping[str, Any]) -> str | None:
    tabular = origin["delimiter"] is not None or origin["sheet"] is not None
    return (origin["delimiter"] or ",") if tabular else None


def _apart(raw: str, delimiter: str) -> list[str] | None:
    """Return the cells of a record, None where it does not end where it ends."""
    try:
        found = list(csv.reader(io.StringIO(raw.strip("\r\n"), newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None
