"""What the user sees of an import: one report per file, the same in text and as a document."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from leadline.evidence.sources.records import Reject

Status = Literal["done", "empty", "already_imported", "refused"]
REJECT_COLUMNS = ("import_id", "line", "column", "reason", "text", "raw", "part")
FORMULA_STARTS = ("=", "+", "-", "@", "\t")  # design, evidence section 2.3: a spreadsheet would run such a cell


@dataclass(frozen=True)
class Records:
    """What became of a file's records; read = accepted + rejected + all skipped + merged."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    merged: int = 0

    def __post_init__(self) -> None:
        """Hold the law of records; a breach is a fault of the program, not of the file."""
        if self.read != self.accepted + self.rejected + sum(self.skipped.values()) + self.merged:
            raise RuntimeError(f"the law of records is broken: {self}")

    def document(self) -> dict[str, Any]:
        """Return the plain mapping of the report."""
        skipped = dict(sorted(self.skipped.items()))
        return {
            "read": self.read, "accepted": self.accepted, "rejected": self.rejected, "skipped": skipped, "merged": self.merged
        }  # fmt: skip


@dataclass(frozen=True)
class ImportReport:
    """One file's import. reason, message: why it was refused · notes: what else a person should know.

    tables: table → new, updated, unchanged rows · span: first and last day · totals: name → number as text
    unmatched: campaigns and origins without a tactic · rejects: file with what was not taken, None if all was
    """

    file: str
    status: Status
    recognised_as: str | None = None
    import_id: str | None = None
    records: Records = field(default_factory=Records)
    tables: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    span: tuple[dt.date, dt.date] | None = None
    totals: Mapping[str, str] = field(default_factory=dict)
    unmatched: Sequence[Mapping[str, Any]] = ()
    reason: str | None = None
    message: str | None = None
    rejects: Path | None = None
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the report as a plain document, equal for equal inputs."""
        return {
            "file": self.file,
            "recognised_as": self.recognised_as,
            "import_id": self.import_id,
            "status": self.status,
            "records": self.records.document(),
            "tables": {name: dict(counts) for name, counts in sorted(self.tables.items())},
            "span": None if self.span is None else [day.isoformat() for day in self.span],
            "totals": dict(sorted(self.totals.items())),
            "unmatched": [dict(entry) for entry in self.unmatched],
            "reason": self.reason,
            "message": self.message,
            "rejects": None if self.rejects is None else self.rejects.name,
            "notes": list(self.notes),
        }

    def sentence(self) -> str:
        """Return the report in one line."""
        if self.status == "refused":
            return f"{self.file}: refused ({self.reason}). {self.message}"
        if self.status == "already_imported":
            return f"{self.file}: already imported as {self.recognised_as}; nothing was read or changed."
        if self.status == "empty":
            return f"{self.file}: {self.recognised_as}, a header without records; nothing came in."
        rows = ", ".join(
            f"{name} {counts['new']} new, {counts['updated']} updated, {counts['unchanged']} unchanged"
            for name, counts in sorted(self.tables.items())
        )
        left = self.records.read - self.records.accepted
        apart = f"; {left} not taken ({self.records.rejected} rejected)" if left else ""
        return f"{self.file}: {self.recognised_as}, {self.records.accepted} of {self.records.read} records{apart}; {rows or 'no rows'}."


def write_rejects(path: Path, rejects: Sequence[Reject], *, import_id: str) -> None:
    """Write the rejects of an import as a CSV that a spreadsheet opens without running anything."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(REJECT_COLUMNS)
        for one in rejects:
            cells = (import_id, one.line, one.column, one.reason, one.text, one.raw, one.part)
            out.writerow([guarded(cell) for cell in cells])
    part.replace(path)


def guarded(cell: object) -> object:
    """Return a cell with an apostrophe before a text that a spreadsheet would take for a formula.

    >>> guarded("=1+1"), guarded("-"), guarded(-5)
    ("'=1+1", "'-", -5)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
