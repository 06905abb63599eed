"""Mended rejects: a CSV of rejects comes back with its `raw` records put right, and is imported like any other file.

Each record is read as its own import read it: the same source, header, options and file name. What is accepted leaves
the rejects of that import (`mended_by`); what is still wrong stays there with its new reason.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadline.errors import ImportRefused
from leadline.evidence import neighbours
from leadline.evidence.import_report import FORMULA_STARTS, REJECT_COLUMNS, write_rejects
from leadline.evidence.newer import Since
from leadline.evidence.sources.mapping import SUFFIX
from leadline.evidence.sources.records import Context, Head, ImportOptions, Match, Reading, Record, Reject, Source

if TYPE_CHECKING:
    import duckdb

    from leadline.evidence.store import Store, Warehouse
    from leadline.workspace import Workspace

DELIMITERS = (",", ";", "\t")  # own: what spreadsheets write between the cells of a CSV
HEADER_LENGTH = 4096  # own: bytes in which the header of a rejects file lies many times over
LARGEST_CELL = 1 << 27  # own: characters of one raw record; the readers' own limit is below


@dataclass(frozen=True)
class Mended:
    """A mended rejects file. import_id: whose rejects they are · records: line in that import's file → raw record."""

    import_id: str
    records: Mapping[int, str]


@dataclass(frozen=True)
class Opened:
    """Mended records, written as the file they came from and opened by its format.

    starts, lines: the record that begins at physical line starts[i] here stood at lines[i] of the original
    options: how the original was read · origin: its row in `imports`
    original: the original where it lies among the exports and its records are read together; they then stand here too
    """

    mended: Mended
    head: Head
    source: Source
    match: Match
    options: ImportOptions
    origin: Mapping[str, Any]
    starts: Sequence[int]
    lines: Sequence[int]
    original: tuple[Head, Match] | None = None

    @property
    def since(self) -> Since:
        """Return when the original came in: what was given after that stands."""
        return Since(str(self.origin["source"]), self.origin["started_at"], self.mended.import_id)

    def records(self, reading: Reading, context: Context) -> Iterator[Record]:
        """Return the mended records with the lines of the original file, judged with their neighbours where that matters."""
        records = self._relined(reading)
        if self.original is not None:
            before = self.source.read(*self.original, context=context)
            return neighbours.judged(records, lines=frozenset(self.mended.records), before=before)
        return self._alone(records) if self.source.name in neighbours.READ_TOGETHER else records

    def _alone(self, records: Iterable[Record]) -> Iterator[Record]:
        return (replace(one, flags=(*one.flags, neighbours.ALONE)) for one in records)

    def _relined(self, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            line = self._line(record.line)
            rejects = tuple(replace(one, line=self._line(one.line)) for one in record.rejects)
            yield replace(record, line=line, rejects=rejects)

    def _line(self, line: int) -> int:
        return self.lines[max(0, bisect_right(self.starts, line) - 1)]


def delimiter_of(path: Path) -> str | None:
    """Return the delimiter of a rejects file, None where the file is another one: it is known by its header."""
    try:
        with path.open("rb") as file:
            first = file.read(HEADER_LENGTH).decode("utf-8-sig", errors="replace").splitlines()
    except OSError:  # opening it as an export says why
        return None
    for delimiter in DELIMITERS:
        if first and tuple(cell.strip().strip('"') for cell in first[0].split(delimiter)) == REJECT_COLUMNS:
            return delimiter
    return None


def read_mended(path: Path, *, stored: Mapping[tuple[str, int], str]) -> Mended:
    """Return what a mended file says. stored: (import, line) → raw as it was. Raises ImportRefused.

    A record with several faults stands in several rows; the row that was edited counts.
    """
    records: dict[int, str] = {}
    imports: dict[str, None] = {}
    csv.field_size_limit(LARGEST_CELL)
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        for row in csv.DictReader(file, delimiter=delimiter_of(path) or ","):
            named, line, raw = (
                str(row["import_id"] or "").strip(),
                str(row["line"] or "").strip(),
                str(row["raw"] or ""),
            )
            if not line.isdecimal() or not named:
                raise ImportRefused(
                    "not_recognised",
                    f'{path.name}: a row of mended rejects has import "{named}" and line "{line}". Both say which record '
                    "it is: put back what stood there, and change nothing but raw.",
                )
            if raw.startswith("'") and raw[1:].startswith(FORMULA_STARTS):
                raw = raw[1:]  # the guard of written CSVs against formulas
            imports[named] = None
            before = records.get(int(line))
            if before is None or before == stored.get((named, int(line))):
                records[int(line)] = raw
    if len(imports) != 1:
        raise ImportRefused(
            "not_recognised",
            f"{path.name} holds the rejects of {len(imports)} imports ({', '.join(imports) or 'none'}). Next step: one "
            "file per import, as they lie in evidence/rejects.",
        )
    return Mended(next(iter(imports)), dict(sorted(records.items())))


def open_mended(path: Path, workspace: Workspace, *, store: Store) -> Opened:
    """Return a mended file opened as the file it came from. Raises ImportRefused where that import is not known."""
    rows = (
        store.ask("SELECT import_id, line, raw FROM rejects WHERE mended_by IS NULL").to_pylist()
        if store.exists()
        else []
    )
    mended = read_mended(path, stored={(row["import_id"], row["line"]): row["raw"] for row in rows})
    found = (
        store.ask("SELECT * FROM imports WHERE import_id = :named", named=mended.import_id).to_pylist()
        if store.exists()
        else []
    )
    if not found:
        raise ImportRefused(
            "not_recognised",
            f"{path.name}: the import {mended.import_id} is not in this warehouse. Next step: import its file first, as it "
            "was read then; where its mapping was edited since, mend the rejects of the new reading.",
        )
    origin = found[0]
    folder = workspace.staging / f"mended-{mended.import_id}.{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    options = _options(origin)
    original = _original(workspace, origin, options)
    whole: Iterable[tuple[int, str]] = mended.records.items()
    if original is not None:
        whole = neighbours.among_others(mended.records, original[0], match=original[1])
    target, starts, lines = _written(whole, origin, folder)
    head, source, match = _opened(target, workspace, origin=origin, options=options)
    return Opened(mended, head, source, match, options, origin, starts, lines, original)


def _original(workspace: Workspace, origin: Mapping[str, Any], options: ImportOptions) -> tuple[Head, Match] | None:
    """Return the file that the records came from, opened, where they can only be read together and it is still there."""
    from leadline.evidence.sources.registry import recognise
    from leadline.evidence.sources.sniff import open_head

    named = str(origin["source"])
    path = neighbours.original_of(workspace, origin) if named in neighbours.READ_TOGETHER else None
    if path is None:
        return None
    options = replace(options, source=named, sheet=origin["sheet"])
    head = open_head(path, replace(options, encoding=json.loads(origin["options"] or "{}").get("encoding")))
    return head, recognise(head, options)[1]


def _options(origin: Mapping[str, Any]) -> ImportOptions:
    """Return how the original was read, with what was decided by its values then: a few records might decide otherwise."""
    given = json.loads(origin["options"] or "{}")
    known = {one.name for one in fields(ImportOptions)}
    options = ImportOptions(**{name: value for name, value in given.items() if name in known})
    dates = str(origin["dates"] or "")
    decided = dates if dates in {"mdy", "dmy", "ymd"} or "%" in dates or ".." in dates else None
    return replace(
        options,
        numbers=options.numbers or origin["number_locale"],
        dates=options.dates or decided,
        encoding=None,
        sheet=None,
    )


def _written(
    records: Iterable[tuple[int, str]], origin: Mapping[str, Any], folder: Path
) -> tuple[Path, Sequence[int], Sequence[int]]:
    """Write records below the original's header, in a file of its name; return the line each begins on, here and there."""
    stem = Path(origin["file"])
    tabular = origin["delimiter"] is not None or origin["sheet"] is not None
    target = folder / (
        stem.name if origin["delimiter"] is not None else f"{stem.stem}{'.csv' if tabular else '.jsonl'}"
    )
    starts, lines, line = array("q"), array("q"), 1
    with target.open("w", encoding="utf-8", newline="") as file:
        if tabular:
            file.write("\n" * (int(origin["header_line"] or 1) - 1))
            delimiter = origin["delimiter"] or ","
            csv.writer(file, delimiter=delimiter, lineterminator="\n").writerow(json.loads(origin["header"]))
            line = int(origin["header_line"] or 1) + 1 + sum(name.count("\n") for name in json.loads(origin["header"]))
        for there, raw in records:
            lines.append(there)
            text = _whole(raw.strip("\r\n"), origin["delimiter"] or ",") if tabular else " ".join(raw.splitlines())
            starts.append(line)
            file.write(text + "\n")
            line += text.count("\n") + 1
    return target, starts, lines


def _whole(raw: str, delimiter: str) -> str:
    """Return a raw record that ends where it ends: an open quote must not swallow the records after it."""
    try:
        list(csv.reader(raw.splitlines(keepends=True), delimiter=delimiter, strict=True))
    except csv.Error:
        return raw.replace('"', "'").replace("\n", " ")
    return raw.replace("\r\n", "\n").replace("\r", "\n")


def _opened(
    target: Path, workspace: Workspace, *, origin: Mapping[str, Any], options: ImportOptions
) -> tuple[Head, Source, Match]:
    """Return the written file opened by the format, or the mapping, that read the original."""
    from leadline.evidence.sources.registry import SOURCES, recognise
    from leadline.evidence.sources.sniff import open_head

    named = str(origin["source"])
    if named in {one.name for one in SOURCES}:
        options = replace(options, source=named)
        head = open_head(target, options)
    else:
        places = (workspace.mappings, Path(workspace.exports))
        found = next((path for place in places for path in sorted(place.rglob(f"{named}{SUFFIX}"))), None)
        if found is None:
            raise ImportRefused(
                "not_recognised",
                f"{named}{SUFFIX}, which read {origin['file']}, is gone. Put it back into {workspace.mappings}.",
            )
        mappings = target.parent / "mappings"
        mappings.mkdir()
        shutil.copy(found, mappings)
        head = open_head(target, options, mappings=mappings)
    source, match = recognise(head, options)
    return head, source, match


def refuse_parts_of_sums(opened: Opened, connection: duckdb.DuckDBPyConnection, *, store: Store) -> None:
    """Refuse mended records of a row that their file summed over segments: alone each would stand for the whole sum.

    connection: of the staging file they were read into. Raises ImportRefused `key_conflict` with their lines.
    """
    if not store.exists() or not any(name.startswith("segment") for name in opened.match.columns):
        return
    source = str(opened.origin["source"])
    known = store.ask("SELECT source_key FROM spend WHERE source = :source", source=source)
    there = set(known["source_key"].to_pylist())
    found = connection.execute("SELECT line, source_key FROM spend ORDER BY line").fetchall()
    lines = [str(line) for line, key in found if key in there]
    if lines:
        raise ImportRefused(
            "key_conflict",
            f"{opened.origin['file']}: the records of line {', '.join(lines)} are parts of rows that are summed over segments "
            "(device, network and the like), and the other parts are in the warehouse already. Put them right in the "
            "export itself and import that; take them out of this file to mend the others.",
        )


def restore_rejects(workspace: Workspace, store: Warehouse, *, only: str | None = None) -> None:
    """Write the CSVs of rejects that are missing; a kill after a commit may have taken them. only: that import's, anew."""
    if not store.exists():
        return
    with store.sitting() as asked:
        _restore(workspace, asked, only=only)


def _restore(workspace: Workspace, store: Store, *, only: str | None) -> None:
    left = store.ask("SELECT DISTINCT import_id FROM rejects WHERE mended_by IS NULL ORDER BY import_id")[
        "import_id"
    ].to_pylist()
    for named in left:
        path = workspace.rejects / f"{named}.csv"
        if only == named or not path.exists():
            rows = store.ask(
                'SELECT line, "column", reason, text, raw, part FROM rejects WHERE import_id = :named AND mended_by IS NULL '
                'ORDER BY line, "column", reason',
                named=named,
            ).to_pylist()
            write_rejects(path, [Reject(**row) for row in rows], import_id=named)
    if only is not None and only not in left:
        (workspace.rejects / f"{only}.csv").unlink(missing_ok=True)


def keep_mended(path: Path, workspace: Workspace, *, import_id: str) -> None:
    """Keep a mended file beside the exports, so that a rebuild reads it after the original."""
    target = workspace.exports / "mended" / f"{import_id}.csv"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(path, target)


def clear(workspace: Workspace) -> None:
    """Remove the files that this process wrote out of mended records."""
    for folder in workspace.staging.glob(f"mended-*.{os.getpid()}"):
        shutil.rmtree(folder, ignore_errors=True)
