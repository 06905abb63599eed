"""Imports: exactly once, all or nothing, and nothing lost without a word.

A file is hashed, read into a staging file of its own while the warehouse stays free, looked at as a whole,
and merged in one transaction under an exclusive lock. A kill at any moment leaves it wholly in or wholly out;
the same file again changes nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from leadline.errors import ImportRefused, UsageError, WarehouseError
from leadline.evidence import locking, merging, rules, schema, settling
from leadline.evidence.channels import Channels
from leadline.evidence.duckdb import DuckStore
from leadline.evidence.import_report import ImportReport, Records, Status, write_rejects
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.privacy import Key, Pseudonyms
from leadline.evidence.rows import RowMaker
from leadline.evidence.sources.records import Context, Head, ImportOptions, Match, Source
from leadline.evidence.staging import Staging, remove
from leadline.evidence.tactics import TacticMap, folded
from leadline.workspace import Workspace

DISK_FACTOR = 3  # design, evidence section 2.4: disk needed is three times the file
HASH_CHUNK = 1 << 20  # own: a mebibyte at a time
APPLIES_ONLY = ("accept_rejects", "again")  # options that do not change how a file is read

Reader = Callable[[Path, ImportOptions], tuple[Head, Source, Match]]


@dataclass(frozen=True)
class Setup:
    """The workspace's side of an import, and the options of the call.

    key: of the pseudonyms · stage_maps: source → its stage names → states · channels: rules and exclusions
    wait: seconds for the lock · dry_run: do all but the commit · notice: told while waiting
    reader: opens and recognises a file; None takes the formats of `sources`
    """

    key: Key
    options: ImportOptions = field(default_factory=ImportOptions)
    stage_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    channels: Channels = field(default_factory=Channels)
    wait: float = locking.WAIT_SECONDS
    dry_run: bool = False
    notice: Callable[[str], None] | None = None
    reader: Reader | None = None


@dataclass(frozen=True)
class Job:
    """One file on its way in, after it was recognised."""

    path: Path
    sha256: str
    head: Head
    source: Source
    match: Match
    lineage: str
    import_id: str


@dataclass(frozen=True)
class Staged:
    """One file that lies in its staging file, ready to merge."""

    job: Job
    staging: Staging
    settled: settling.Settled
    numbers: str | None

    @property
    def order(self) -> tuple[dt.date, dt.date, str]:
        """Return where the file stands among others: by span, then name."""
        first, last = self.settled.span or (dt.date.min, dt.date.min)
        return first, last, self.job.path.name


def import_files(
    workspace: Workspace,
    files: Iterable[Path],
    *,
    facts: PlanFacts,
    setup: Setup,
    clock: Callable[[], dt.datetime],
) -> list[ImportReport]:
    """Import files, each in its own transaction, in order of span and name; return one report per file as given.

    A file that cannot be taken as a whole gives a report `refused`; the others stay. clock: the time now, UTC.
    Raises WarehouseError where the warehouse cannot be had (locked, another version, disk full).
    """
    importer = Importer(workspace, facts, setup, clock)
    paths = list(files)
    _remove_stale(workspace.staging)
    reports: dict[int, ImportReport] = {}
    waiting: list[tuple[int, Staged]] = []
    try:
        for place, path in enumerate(paths):
            prepared = importer.prepare(path)
            if isinstance(prepared, ImportReport):
                reports[place] = prepared
            else:
                waiting.append((place, prepared))
        for place, staged in sorted(waiting, key=lambda pair: (pair[1].order, pair[0])):
            reports[place] = importer.commit(staged)
    finally:
        for _, staged in waiting:
            staged.staging.remove()
    return [reports[place] for place in range(len(paths))]


@dataclass(frozen=True)
class Importer:
    """The two halves of an import: prepare (the warehouse stays free) and commit (under the lock)."""

    workspace: Workspace
    facts: PlanFacts
    setup: Setup
    clock: Callable[[], dt.datetime]

    @property
    def options(self) -> ImportOptions:
        """Return the options of the call."""
        return self.setup.options

    @property
    def store(self) -> DuckStore:
        """Return the workspace's warehouse."""
        return DuckStore(self.workspace.warehouse, lock=self.workspace.lock)

    def _now(self) -> dt.datetime:
        moment = self.clock()
        return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)

    def prepare(self, path: Path) -> ImportReport | Staged:
        """Recognise and stage one file, or report why nothing is to be done."""
        try:
            job = self._recognise(path)
        except ImportRefused as error:
            return ImportReport(path.name, "refused", reason=error.reason, message=str(error))
        if self._known(job) and not self.options.again:
            return ImportReport(path.name, "already_imported", job.source.name, job.import_id)
        staging = self._stage(job)
        try:
            reading = job.source.read(job.head, job.match, context=self._context(job))
            staging.take(reading)
            settled = settling.settle(staging)
            if not self.options.accept_rejects:
                settling.refuse_rejected(staging.tally, path.name)
            staging.close()
        except ImportRefused as error:
            staging.remove()
            return ImportReport(
                path.name,
                "refused",
                job.source.name,
                records=_refused_records(staging),
                reason=error.reason,
                message=str(error),
            )
        except (duckdb.Error, OSError) as error:
            staging.remove()
            raise _disk(error, self.workspace.staging, path) from error
        except BaseException:
            staging.remove()
            raise
        return Staged(job, staging, settled, reading.numbers)

    def commit(self, staged: Staged) -> ImportReport:
        """Merge a staged file in one transaction; write its rejects after the commit."""
        job, started = staged.job, self._now()
        lock = locking.exclusive(self.workspace.lock, started=started, wait=self.setup.wait, notice=self.setup.notice)
        try:
            with lock:
                if self._known(job) and not self.options.again:
                    return ImportReport(job.path.name, "already_imported", job.source.name, job.import_id)
                counts = self._merge(staged, started)
        except (duckdb.Error, OSError) as error:
            raise _disk(error, self.workspace.evidence, job.path) from error
        rejects = None
        if staged.staging.rejects and not self.setup.dry_run:
            rejects = self.workspace.rejects / f"{job.import_id}.csv"
            write_rejects(rejects, staged.staging.rejects, import_id=job.import_id)
        return ImportReport(
            job.path.name, _status(staged), job.source.name, job.import_id, _records(staged.staging), counts, staged.settled.span,
            staged.settled.totals, staged.settled.unmatched, rejects=rejects, notes=_notes(staged),
        )  # fmt: skip

    def _recognise(self, path: Path) -> Job:
        if not path.is_file():
            raise UsageError(
                f"{path} is not a file. Name the exports to import, or put them into {self.workspace.exports}."
            )
        size = path.stat().st_size
        if size == 0:
            raise ImportRefused("empty", f"{path.name}: empty file. Download the export again.")
        self._room(size, path)
        head, source, match = (self.setup.reader or self._read_head)(path, self.options)
        lineage = match.source
        sha = _sha256(path)
        identity = "\x1f".join([sha, lineage, str(source.version), self._reading(), str(self._again(sha, lineage))])
        return Job(path, sha, head, source, match, lineage, hashlib.sha256(identity.encode()).hexdigest()[:16])

    def _read_head(self, path: Path, options: ImportOptions) -> tuple[Head, Source, Match]:
        from leadline.evidence.sources.registry import recognise
        from leadline.evidence.sources.sniff import open_head

        head = open_head(path, options, mappings=self.workspace.mappings)
        source, match = recognise(head, options)
        return head, source, match

    def _room(self, size: int, path: Path) -> None:
        self.workspace.staging.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.workspace.staging).free
        if free < DISK_FACTOR * size:
            missing = (DISK_FACTOR * size - free) / 1e6
            raise WarehouseError(
                f"{path.name} needs {DISK_FACTOR * size / 1e6:.0f} MB of disk under {self.workspace.evidence}; "
                f"{missing:.0f} MB are missing. Make room, then run the import again; nothing was changed."
            )

    def _reading(self) -> str:
        """Return the options that change how a file is read, as they stand in `imports.options`."""
        given = {name: value for name, value in asdict(self.options).items() if value and name not in APPLIES_ONLY}
        return json.dumps(given, sort_keys=True)

    def _known(self, job: Job) -> bool:
        if not self.store.exists():
            return False
        found = self.store.ask(
            "SELECT import_id FROM imports WHERE sha256 = :sha AND source = :source AND source_version = :version AND options = :options",
            sha=job.sha256, source=job.lineage, version=str(job.source.version), options=self._reading(),
        )  # fmt: skip
        return bool(found.num_rows)

    def _again(self, sha: str, lineage: str) -> int:
        """Return how often this file was imported before, where it is to be read again."""
        if not self.options.again or not self.store.exists():
            return 0
        asked = self.store.ask(
            "SELECT count(*) AS n FROM imports WHERE sha256 = :sha AND source = :source", sha=sha, source=lineage
        )
        return int(asked["n"][0].as_py())

    def _context(self, job: Job) -> Context:
        return Context(self.facts.timezone, self.options, self.facts.states, self._stage_map(job))

    def _stage_map(self, job: Job) -> dict[str, str]:
        return {folded(name): state for name, state in self.setup.stage_maps.get(job.lineage, {}).items()}

    def _stage(self, job: Job) -> Staging:
        maker = RowMaker(
            job.lineage,
            job.import_id,
            Pseudonyms(self.setup.key),
            self.setup.channels,
            TacticMap(self.facts),
            self._stage_map(job),
        )
        path = self.workspace.staging / f"{job.import_id}.{os.getpid()}.duckdb"
        remove(path)
        return Staging(path, maker)

    def _merge(self, staged: Staged, started: dt.datetime) -> merging.Counts:
        job = staged.job
        asserted = {name: frozenset(columns) for name, columns in staged.staging.asserted.items()}
        merge = merging.Merge(job.import_id, job.lineage, asserted, started, self.options.replace_span)
        if "contacts" in asserted and not self.setup.dry_run:
            # First, because two files cannot share a transaction: names without facts do no harm, and the rerun
            # after a kill finds them unchanged; facts without names would never be completed.
            self._merge_contacts(staged, merge)
        with self.store.connect(read_only=False) as connection:
            merging.attach(connection, staged.staging.path)
            with merging.transaction(connection, keep=not self.setup.dry_run):
                counts = merging.merge_tables(connection, merge)
                if "spend" in asserted and (gone := merging.vanished_spend(connection, merge)):
                    staged.staging.tally.flags["spend.replaced" if self.options.replace_span else "spend.vanished"] = (
                        gone
                    )
                if any(
                    counts.get(name, {}).get("new") or counts.get(name, {}).get("updated")
                    for name in ("identities", "links")
                ):
                    merging.recompute_people(connection)
                rules.apply_again(
                    connection, self.facts, channels=self.setup.channels, stage_maps=self.setup.stage_maps
                )
                self._rates(connection)
                self._log(connection, staged, counts=counts, started=started)
        return {name: done for name, done in counts.items() if name in asserted or name == "links"}

    def _merge_contacts(self, staged: Staged, merge: merging.Merge) -> None:
        connection = duckdb.connect(str(self.workspace.contacts))
        try:
            self.workspace.contacts.chmod(0o600)
            merging.attach(connection, staged.staging.path)
            merging.merge_contacts(connection, merge)
        finally:
            connection.close()

    def _rates(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("DELETE FROM rates")
        for currency, day, per_plan in self.facts.rates:
            connection.execute("INSERT INTO rates VALUES (?, ?, ?)", [currency, day, per_plan])

    def _log(
        self, connection: duckdb.DuckDBPyConnection, staged: Staged, *, counts: merging.Counts, started: dt.datetime
    ) -> None:
        """Write the import's row, its rejects and the new snapshot."""
        job, tally = staged.job, staged.staging.tally
        old = connection.execute("SELECT value FROM meta WHERE key = 'snapshot'").fetchall()
        mark = rules.fingerprint(self.facts, self.setup.channels, stage_maps=self.setup.stage_maps)
        chain = "\x1f".join([old[0][0] if old else "", job.import_id, mark])
        snapshot = hashlib.sha256(chain.encode()).hexdigest()[:16]
        first, last = staged.settled.span or (None, None)
        row: dict[str, Any] = {
            "import_id": job.import_id, "file": job.path.name, "sha256": job.sha256, "source": job.lineage,
            "source_version": str(job.source.version), "options": self._reading(), "encoding": job.head.encoding,
            "delimiter": job.head.delimiter, "sheet": job.match.sheet, "bytes": job.path.stat().st_size,
            "header_line": job.match.header_line, "number_locale": staged.numbers, "status": _status(staged),
            "read": tally.read, "accepted": tally.accepted, "rejected": tally.rejected, "merged": tally.merged,
            "skipped": json.dumps(dict(tally.skipped), sort_keys=True), "tables": json.dumps(counts, sort_keys=True),
            "flags": json.dumps(dict(tally.flags), sort_keys=True), "totals": json.dumps(dict(staged.settled.totals), sort_keys=True),
            "checksums": json.dumps({name: list(pair) for name, pair in staged.settled.mismatches.items()}, sort_keys=True),
            "span_from": first, "span_to": last, "started_at": started, "finished_at": self._now(), "snapshot": snapshot,
            "truncated": any(reject.reason == "truncated" for reject in staged.staging.rejects),
            "rule_version": self.setup.channels.version,
        }  # fmt: skip
        connection.execute(
            f"INSERT INTO imports VALUES ({', '.join('?' * len(schema.IMPORTS.names))})",
            [row[name] for name in schema.IMPORTS.names],
        )
        rejects = [
            [job.import_id, one.line, one.column, one.reason, one.text, one.raw, one.part, None]
            for one in staged.staging.rejects
        ]
        if rejects:
            connection.executemany("INSERT INTO rejects VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rejects)
        merging.put_meta(connection, "snapshot", value=snapshot)


def _records(staging: Staging) -> Records:
    tally = staging.tally
    return Records(tally.read, tally.accepted, tally.rejected, dict(tally.skipped), tally.merged)


def _refused_records(staging: Staging) -> Records:
    """Return what was read until the refusal; a record in hand at that moment does not count."""
    tally = staging.tally
    counted = tally.accepted + tally.rejected + tally.merged + sum(tally.skipped.values())
    return replace(Records(counted, tally.accepted, tally.rejected, dict(tally.skipped), tally.merged))


def _status(staged: Staged) -> Status:
    return "empty" if staged.staging.tally.read == 0 else "done"


def _notes(staged: Staged) -> tuple[str, ...]:
    notes = [
        f"{name}: the file's own total is {claimed}, its rows give {given}"
        for name, (claimed, given) in sorted(staged.settled.mismatches.items())
    ]
    flags = staged.staging.tally.flags
    if gone := flags["spend.vanished"]:
        notes.append(
            f"rows of spend on this file's days that it does not have: {gone}; they stay (--replace-span sets them to 0)"
        )
    if gone := flags["spend.replaced"]:
        notes.append(f"rows of spend that this file no longer has, set to 0: {gone}")
    if any(reject.reason == "truncated" for reject in staged.staging.rejects):
        notes.append("the file ends in the middle of a record; a later full file restates it")
    return tuple(notes)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(HASH_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _remove_stale(folder: Path) -> None:
    """Remove staging files whose process has ended."""
    for path in folder.glob("*.duckdb"):
        pid = path.name.split(".")[-2]
        if pid.isdigit() and not _alive(int(pid)):
            remove(path)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _disk(error: Exception, folder: Path, path: Path) -> Exception:
    """Turn an error of the disk into one that says what to do; leave others alone."""
    text = str(error)
    if isinstance(error, WarehouseError) or not any(
        sign in text for sign in ("No space left", "disk", "Disk", "space")
    ):
        return error
    with suppress(OSError):
        free = shutil.disk_usage(folder).free
        needed = DISK_FACTOR * path.stat().st_size
        text = (
            f"{max(0, needed - free) / 1e6:.0f} MB are missing (needs {needed / 1e6:.0f} MB, free {free / 1e6:.0f} MB)"
        )
    return WarehouseError(
        f"{path.name}: the disk of {folder} is full: {text}. Make room and run it again; nothing was changed."
    )
