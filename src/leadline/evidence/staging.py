"""Step one of an import: a file's rows in a staging file of their own, while the warehouse stays free.

Every record of the file is counted exactly once here, so the law `read = accepted + rejected + skipped + merged`
holds by construction; records that turn out to repeat or contradict each other are counted again when the
whole file has been seen.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from operator import itemgetter
from pathlib import Path

import duckdb
import pyarrow as pa

from leadline.errors import WarehouseError
from leadline.evidence import schema
from leadline.evidence.engines import Opened, make_file, open_file
from leadline.evidence.rows import RowForgotten, RowMaker, RowRefused, Seen, Values, domain_accounts
from leadline.evidence.sources.records import Record, Reject

DISK_FACTOR = 3  # design, evidence section 2.4: disk needed is three times the file
PACKED_FACTOR = 8  # own, measured: 0.2 GB of touches as parquet are 0.9 GB staged and 0.4 GB in the warehouse
BATCH_ROWS = 50_000  # design, evidence section 2.4: batches of 50,000 rows
IMPORT_MEMORY = (
    768 << 20
)  # bytes of the engine while a file is staged and merged; own: the rest of 2 GB is for all else
KEPT_REJECTS = 100_000  # design, evidence section 2.4: beyond that only counted
KEPT_CHARACTERS = 64 << 20  # own: of their raw records, some 64 MB of the 2 GB an import may take; beyond only counted
ARROW: dict[str, pa.DataType] = {
    "TEXT": pa.string(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"), schema.MONEY: pa.decimal128(18, 4),
}  # fmt: skip
RECORD = "record_no"  # number of the record within its file, beside each staged row


@dataclass
class Tally:
    """What became of the records so far."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    merged: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)

    def check(self) -> None:
        """Hold the law of records; a breach is a fault of the program, not of the file."""
        total = self.accepted + self.rejected + self.merged + sum(self.skipped.values())
        if self.read != total:
            raise RuntimeError(f"the law of records is broken: read {self.read}, accounted for {total}")


@dataclass
class Staging:
    """One staging file being filled.

    asserted: columns that any row of a table spoke about · told_apart: tables of which no two rows have one key, but for
    those of the records in `odd`
    """

    path: Path
    maker: RowMaker
    tally: Tally = field(default_factory=Tally)
    rejects: list[Reject] = field(default_factory=list)
    claims: list[dict[str, Decimal | int]] = field(default_factory=list)
    asserted: dict[str, set[str]] = field(default_factory=dict)
    told_apart: set[str] = field(default_factory=set)
    _waiting: dict[str, list[Values]] = field(default_factory=dict)
    _raw: list[tuple[int, int, str]] = field(default_factory=list)
    _kept: int = 0
    _held: int = 0
    _opened: Opened = field(init=False)

    def __post_init__(self) -> None:
        """Create the file with one table per canonical table that imports fill."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        creations = [table.ddl().removesuffix(")") + f", {RECORD} BIGINT)" for table in staged_tables()]
        creations.append("CREATE TABLE raws (record_no BIGINT, line BIGINT, raw TEXT)")
        make_file(self.path, "; ".join(creations), spill=self.path.parent)
        self._opened = open_file(self.path, read_only=False, spill=self.path.parent, most=IMPORT_MEMORY)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Return the connection to the file, while it is open."""
        return self._opened.connection

    def take(self, records: Iterable[Record]) -> None:
        """Read every record of the file to its end, in batches."""
        for record in records:
            self.tally.read += 1
            self._one(record)
            if self._held >= BATCH_ROWS:
                self.flush()
        self.flush()

    def take_apart(self, records: Iterable[Record]) -> None:
        """Read the few records that the engine's scan left, each under its own line as its number."""
        for record in records:
            self.tally.read = record.line
            self._one(record)
            if self._held >= BATCH_ROWS:
                self.flush()
        self.flush()

    def _one(self, record: Record) -> None:
        tally = self.tally
        if record.flags:
            tally.flags.update(record.flags)
        if record.totals:
            self.claims.append(dict(record.totals))
        rejects = list(record.rejects)
        if record.skipped is not None:
            tally.skipped[record.skipped] += 1
        elif record.merged:
            tally.merged += 1
        else:
            gave, refused, is_forgotten = self._rows(record)
            rejects += refused
            if is_forgotten and not gave:
                tally.skipped["forgotten"] += 1
                rejects = []
            elif gave:
                tally.accepted += 1
                rejects = [_part(reject) for reject in rejects]
            elif rejects:
                tally.rejected += 1
                rejects = _whole(rejects)
            else:
                raise RuntimeError(f"{self.maker.source}: the record at line {record.line} has no outcome")
        if rejects:
            self.reject(rejects)

    def reject(self, rejects: Iterable[Reject]) -> None:
        """Keep rejects while there is room for them; beyond that count them, and note the first and the last line."""
        flags = self.tally.flags
        for one in rejects:
            if one.reason == "truncated":
                flags["truncated"] += 1
            if len(self.rejects) < KEPT_REJECTS and self._kept + len(one.raw) <= KEPT_CHARACTERS:
                self.rejects.append(self._hidden(one))
                self._kept += len(one.raw)
                continue
            flags["rejects.beyond"] += 1
            flags["rejects.beyond_first"] = min(one.line, flags["rejects.beyond_first"] or one.line)
            flags["rejects.beyond_last"] = max(one.line, flags["rejects.beyond_last"])

    def _hidden(self, reject: Reject) -> Reject:
        """Return a reject without what it says of somebody who was forgotten."""
        if not self.maker.forgotten or self.maker.hidden(f"{reject.text}\n{reject.raw}"):
            return reject
        return replace(reject, text="of somebody who was forgotten", raw="")

    def _rows(self, record: Record) -> tuple[bool, list[Reject], bool]:
        """Stage the rows and links of a record.

        Return whether it gave any, the rows that could not be stored, and whether it is about somebody who was forgotten.
        """
        gave, refused, moment, is_forgotten = False, [], None, False
        for row in record.rows:
            named = len(self.maker.seen)
            try:
                values = self.maker.make(row, record.line)
            except RowForgotten:
                del self.maker.seen[named:]
                is_forgotten = True
                continue
            except RowRefused as error:
                del self.maker.seen[named:]  # who stands in a row that is not taken is not known by it
                raw = record.raw or ""
                refused.append(Reject(record.line, error.column, error.reason, str(error), raw))  # type: ignore[arg-type]  # our own reasons
                continue
            when = values.get(schema.table(row.table).time or "")
            moment = when if isinstance(when, dt.datetime) else moment
            told = self.asserted.setdefault(row.table, set())
            if not told.issuperset(row.values):
                told.update(row.values)
            self._add(row.table, values)
            gave = True
        for link in record.links:
            self.maker.met.clear()
            linked = self.maker.link(link, moment)
            is_forgotten = is_forgotten or bool(self.maker.met)
            if linked is not None:
                linked["line"] = record.line
                self._add("links", linked)
                gave = True
        if record.raw is not None and gave:
            self._raw.append((self.tally.read, record.line, self.maker.hidden(record.raw)))
        return gave, refused, is_forgotten

    def _add(self, table: str, values: Values) -> None:
        values[RECORD] = self.tally.read
        self._waiting.setdefault(table, []).append(values)
        self._held += 1

    def flush(self) -> None:
        """Write what waits into the staging file."""
        seen, self.maker.seen = self.maker.seen, []
        for domain, account in domain_accounts([one for one, _ in seen]).items():
            self._add("accounts", self._domain_account(domain, account))
        for one in _together(seen):
            self._add(
                "identities", {**dict.fromkeys(schema.IDENTITIES.names), **one, "import_id": self.maker.import_id}
            )
        for name, rows in self._waiting.items():
            self._put(name, rows)
        self._held = 0
        self._waiting.clear()
        if self._raw:
            self.connection.register(
                "batch", pa.table(dict(zip(("record_no", "line", "raw"), zip(*self._raw, strict=True), strict=True)))
            )
            self.connection.execute("INSERT INTO raws SELECT * FROM batch")
            self.connection.unregister("batch")
            self._raw.clear()

    def _put(self, name: str, rows: Sequence[Values]) -> None:
        """Write rows of a table; a column in which all are null is left out, and one that a scan left out comes back."""
        columns = (*schema.table(name).columns, schema.Column(RECORD, "BIGINT", ""))
        taken = zip(*map(itemgetter(*(column.name for column in columns)), rows), strict=True)
        held, arrays = columns_of(self.connection, name), {}
        for column, cells in zip(columns, taken, strict=True):
            if cells.count(None) == len(rows):
                continue
            if column.name not in held:
                self.connection.execute(f'ALTER TABLE {name} ADD COLUMN "{column.name}" {column.type}')
            arrays[column.name] = pa.array(cells, ARROW[column.type])
        self.connection.register("batch", pa.table(arrays))
        self.connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM batch")
        self.connection.unregister("batch")

    def _domain_account(self, domain: str, account: int) -> Values:
        named = {"source": "domain", "source_key": domain, "account": account, "domain": domain}
        return {**dict.fromkeys(schema.ACCOUNTS.names), **named, "import_id": self.maker.import_id}

    def restart(self) -> None:
        """Begin anew, with an empty file and nothing counted."""
        self.remove()
        self.tally, self._kept, self._held = Tally(), 0, 0
        for held in (
            self.rejects,
            self.claims,
            self.asserted,
            self.told_apart,
            self._waiting,
            self._raw,
            self.maker.seen,
        ):
            held.clear()
        self.__post_init__()

    def close(self) -> None:
        """Close the file; it stays until the merge is done."""
        self._opened.close()

    def remove(self) -> None:
        """Close and delete the file."""
        self.close()
        remove(self.path)


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[str, ...]:
    """Return the columns that a table of a staging file has: all of the canonical one, or those that a scan can fill."""
    return tuple(name for name, *_ in connection.execute(f"SELECT * FROM {table} LIMIT 0").description)


def staged_tables() -> tuple[schema.Table, ...]:
    """Return the tables that imports fill, contacts among them."""
    return tuple(table for table in (*schema.TABLES, schema.CONTACTS) if table.kind != "log")


def remove(path: Path) -> None:
    """Delete a staging file and its journal."""
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


def remove_stale(folder: Path) -> None:
    """Remove staging files, and folders of mended records, whose process has ended."""
    for path in folder.glob("*.duckdb"):
        if _ended(path.name.split(".")[-2]):
            remove(path)
    for path in folder.glob("mended-*"):
        if _ended(path.name.split(".")[-1]):
            shutil.rmtree(path, ignore_errors=True)


def _ended(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def disk_needed(path: Path) -> int:
    """Return how many bytes of disk importing a file takes; a packed one unfolds."""
    with path.open("rb") as file:
        is_packed = file.read(4) == b"PAR1"
    return (PACKED_FACTOR if is_packed else DISK_FACTOR) * path.stat().st_size


def disk_error(error: Exception, folder: Path, *, path: Path) -> Exception:
    """Turn an error of the disk into one that says what to do; leave others alone."""
    text = str(error)
    if isinstance(error, WarehouseError) or not any(
        sign in text for sign in ("No space left", "disk", "Disk", "space")
    ):
        return error
    with suppress(OSError):
        free = shutil.disk_usage(folder).free
        needed = disk_needed(path)
        text = (
            f"{max(0, needed - free) / 1e6:.0f} MB are missing (needs {needed / 1e6:.0f} MB, free {free / 1e6:.0f} MB)"
        )
    return WarehouseError(
        f"{path.name}: the disk of {folder} is full: {text}. Make room and run it again; nothing was changed."
    )


def _part(reject: Reject) -> Reject:
    """Return the reject of a record that stayed: it is one of a part."""
    if reject.part is not None:
        return reject
    return Reject(reject.line, reject.column, reject.reason, reject.text, reject.raw, "row")


def _whole(rejects: Sequence[Reject]) -> list[Reject]:
    """Return the rejects of a record that gave nothing: they are of the whole record."""
    return [Reject(one.line, one.column, one.reason, one.text, one.raw, None) for one in rejects]


def _together(seen: Sequence[tuple[Seen, dt.datetime | None]]) -> list[Values]:
    """Return one row per identifier: verified if any says so, first and last time it was named."""
    rows: dict[tuple[str, str], Values] = {}
    for one, moment in seen:
        row = rows.setdefault(
            (one.kind, one.value),
            {
                "kind": one.kind,
                "value": one.value,
                "node": one.node,
                "verified": False,
                "role": one.role,
                "system": one.system,
            },
        )
        row["verified"] = bool(row["verified"]) or one.verified
        row["account"] = one.account if one.account is not None else row.get("account")
        if moment is not None:
            first, last = row.get("first_seen"), row.get("last_seen")
            row["first_seen"] = min(first, moment) if isinstance(first, dt.datetime) else moment
            row["last_seen"] = max(last, moment) if isinstance(last, dt.datetime) else moment
    return list(rows.values())
