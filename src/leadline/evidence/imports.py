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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from leadline.errors import ImportRefused
from leadline.evidence import (
    consent_book,
    decided,
    forgetting,
    joining,
    keying,
    locking,
    mending,
    merging,
    neighbours,
    newer,
    people,
    reject_rows,
    retention,
    rotating,
    rules,
    scanning,
    schema,
    settling,
)
from leadline.evidence.engines import open_file
from leadline.evidence.import_jobs import Desk, Job, Setup
from leadline.evidence.import_progress import Course
from leadline.evidence.import_report import ImportReport, Records, Status, write_rejects
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.privacy import Pseudonyms, private_files
from leadline.evidence.rows import RowMaker
from leadline.evidence.sources.records import Context, ImportOptions, Reading
from leadline.evidence.staging import Staging, Tally, disk_error, remove, remove_stale
from leadline.evidence.store import Reach, Store, Warehouse, open_store, sitting
from leadline.evidence.suppression import Forgotten, read_forgotten
from leadline.evidence.tactics import TacticMap, folded
from leadline.workspace import Workspace

# What the engine says of a query that is wrong; everything else it may say of the file.
OUR_FAULTS = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.InternalException)


@dataclass(frozen=True)
class Staged:
    """One file that lies in its staging file, ready to merge."""

    job: Job
    staging: Staging
    settled: settling.Settled
    numbers: str | None
    dates: str | None

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

    Mended rejects come last, after the files whose rejects they are. People are computed once, with the last file.
    A file that cannot be taken as a whole gives a report `refused`; the others stay. clock: the time now, UTC.
    Raises WarehouseError where the warehouse cannot be had (locked, another version, disk full).
    """
    paths = list(files)
    importer = Importer(workspace, facts, setup, clock, Course(setup.progress, paths))
    key = rotating.Rotation(workspace, setup.key, importer.now, setup.wait).resume()
    setup = replace(setup, key=key)
    importer = replace(importer, setup=setup)
    mended = [place for place, path in enumerate(paths) if path.is_file() and mending.delimiter_of(path)]
    first = [place for place in range(len(paths)) if place not in mended]
    reports: dict[int, ImportReport] = {}
    with private_files():
        remove_stale(workspace.staging)
        forgetting.Eraser(workspace, setup.key, importer.now, setup.wait).resume()
        mending.restore_rejects(workspace, importer.store)
        try:
            for places in (first, *([place] for place in mended)):  # mended records need their import's row
                reports |= importer.take(
                    {place: paths[place] for place in places}, last=not mended or places == mended[-1:]
                )
        finally:
            mending.clear(workspace)
            importer.settle_people()
    return [reports[place] for place in range(len(paths))]


@dataclass(frozen=True)
class Importer:
    """The two halves of an import: prepare (the warehouse stays free) and commit (under the lock)."""

    workspace: Workspace
    facts: PlanFacts
    setup: Setup
    clock: Callable[[], dt.datetime]
    course: Course

    @property
    def options(self) -> ImportOptions:
        """Return the options of the call."""
        return self.setup.options

    @property
    def store(self) -> Warehouse:
        """Return the workspace's warehouse."""
        return open_store(self.workspace)

    @property
    def desk(self) -> Desk:
        """Return what recognises files and knows what was imported."""
        return Desk(self.workspace, self.setup, self.store)

    def now(self) -> dt.datetime:
        """Return the time now, UTC without zone."""
        moment = self.clock()
        return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)

    def take(self, paths: Mapping[int, Path], *, last: bool) -> dict[int, ImportReport]:
        """Import files by their place in the call; last: nothing comes after them, so people are computed."""
        reports: dict[int, ImportReport] = {}
        waiting: list[tuple[int, Staged]] = []
        try:
            for place, path in paths.items():
                prepared = self.prepare(path)
                if isinstance(prepared, ImportReport):
                    reports[place] = prepared
                else:
                    waiting.append((place, prepared))
            waiting.sort(key=lambda pair: (pair[1].order, pair[0]))
            for number, (place, staged) in enumerate(waiting, start=1):
                reports[place] = self.commit(staged, last=last and number == len(waiting))
        finally:
            for _, staged in waiting:
                staged.staging.remove()
        return reports

    def settle_people(self) -> None:
        """Compute people where an import left that to a later one which did not come, and compare contacts that are new."""
        if self.setup.dry_run:
            return
        now, setup = self.now(), self.setup
        search = joining.Search(self.workspace, self.store, setup.identity, setup.seed, now)
        with sitting(self.store) as asked:
            is_stale = people.are_stale(asked)
            if not is_stale and not search.is_due(asked):
                return
        with locking.exclusive(self.workspace.lock, started=now, wait=setup.wait, notice=setup.notice):
            if is_stale:
                with self.store.writing(Reach()) as connection, merging.transaction(connection):
                    self._settle(connection, stale=False)
            why_not = search.run() if search.is_due() else ""
        if why_not and setup.notice is not None:
            setup.notice(why_not)

    def prepare(self, path: Path) -> ImportReport | Staged:
        """Recognise and stage one file, or report why nothing is to be done."""
        try:
            job = self.desk.recognise(path)
        except ImportRefused as error:
            return ImportReport(path.name, "refused", reason=error.reason, message=str(error))
        if self.desk.known(job) and not self.options.again:
            if job.mended is not None and not self.setup.dry_run:  # a kill after its commit left them as edited
                mending.restore_rejects(self.workspace, self.store, only=job.mended.mended.import_id)
            return ImportReport(path.name, "already_imported", job.source.name, job.import_id)
        staging = self._stage(job)
        try:
            reading = self._read(job, staging)
            if job.mended is not None:
                mending.refuse_parts_of_sums(job.mended, staging.connection, store=self.store)
            if (since := self._since(job)) is not None:
                newer.leave(staging, since, store=self.store)
            settled = settling.settle(staging, least=self.setup.small_cell)
            if not self.options.accept_rejects and job.mended is None:
                settling.refuse_rejected(staging.tally, path.name, rejects=staging.rejects)
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
            raise disk_error(error, self.workspace.staging, path=path) from error
        except BaseException:
            staging.remove()
            raise
        return Staged(job, staging, settled, reading.numbers, reading.dates)

    def _since(self, job: Job) -> newer.Since | None:
        """Return when a file that comes again came in first, None for one that is new or was to be read in another way."""
        if job.mended is not None:
            since, origin = job.mended.since, job.mended.origin
            first = newer.first_read(
                self.store, origin["sha256"], source=since.source, version=origin["source_version"]
            )
            return since if first is None else replace(since, moment=first.moment)
        if not self.options.again or job.earlier:
            return None
        return newer.first_read(self.store, job.sha256, source=job.lineage)

    def _read(self, job: Job, staging: Staging) -> Reading:
        """Fill the staging file, by the engine's scan where that understands the file, else record by record."""
        context = self._context(job)
        if job.mended is None and not scanning.way(job.head, from_bytes=self.setup.scan_from):
            self.course.scanning(job.path)
            try:
                scanned = scanning.scan(staging, job.head, match=job.match, context=context)
            except duckdb.Error as error:
                if isinstance(error, OUR_FAULTS):
                    raise
                scanned = None  # the careful reader tells of it by record, or refuses the file in words
            if scanned is not None:
                return scanned
            staging.restart()
        reading = job.source.read(job.head, job.match, context=context)
        records = reading if job.mended is None else job.mended.records(reading, context)
        staging.take(self.course.reading(job.path, job.head, records=records))
        return reading

    def commit(self, staged: Staged, *, last: bool = True) -> ImportReport:
        """Merge a staged file in one transaction; write its rejects after the commit."""
        job, started = staged.job, self.now()
        self.course.merging(job.path)
        if job.mended is not None and staged.staging.tally.accepted and not self.setup.dry_run:
            # First: after the commit the rejects file it may be is written anew without the mended records.
            mending.keep_mended(job.path, self.workspace, import_id=job.import_id)
        lock = locking.exclusive(self.workspace.lock, started=started, wait=self.setup.wait, notice=self.setup.notice)
        try:
            with lock:
                with sitting(self.store) as asked:
                    if replace(self.desk, store=asked).known(job) and not self.options.again:
                        return ImportReport(job.path.name, "already_imported", job.source.name, job.import_id)
                    keying.check(asked, self.setup.key)  # another process may have put a new one in
                    are_new = self._has_new_rules(asked)
                if self._forgotten() != staged.staging.maker.forgotten:  # somebody was, while this file was read
                    anew = self.prepare(job.path)
                    if isinstance(anew, ImportReport):
                        return anew
                    staged = anew
                counts, emptied = self._merge(staged, started, last=last, all_at_hand=are_new)
        except (duckdb.Error, OSError) as error:
            raise disk_error(error, self.workspace.evidence, path=job.path) from error
        rejects = None
        owner = job.import_id if job.mended is None else job.mended.mended.import_id
        for named in () if self.setup.dry_run else job.earlier:
            (self.workspace.rejects / f"{named}.csv").unlink(missing_ok=True)
        if staged.staging.rejects and not self.setup.dry_run:
            rejects = self.workspace.rejects / f"{owner}.csv"
            write_rejects(rejects, staged.staging.rejects, import_id=owner)
        written_anew = [*emptied, *([owner] if job.mended is not None else [])]
        for named in () if self.setup.dry_run else written_anew:
            mending.restore_rejects(self.workspace, self.store, only=named)
        return ImportReport(
            job.path.name, _status(staged), job.source.name, job.import_id, _records(staged.staging), counts, staged.settled.span,
            staged.settled.totals, staged.settled.unmatched, rejects=rejects, notes=_notes(staged),
        )  # fmt: skip

    def _context(self, job: Job) -> Context:
        return Context(self.facts.timezone, job.options, self.facts.states, self._stage_map(job), self.setup.ours)

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
            forgotten=self._forgotten(),
        )
        path = self.workspace.staging / f"{job.import_id}.{os.getpid()}.duckdb"
        remove(path)
        return Staging(path, maker)

    def _forgotten(self) -> Forgotten:
        return read_forgotten(self.workspace, self.setup.key)

    def _has_new_rules(self, asked: Store) -> bool:
        """Return whether the merge will look at every fact, since they stand under other rules."""
        return rules.are_new(asked, self.facts, channels=self.setup.channels, stage_maps=self.setup.stage_maps)

    def _merge(
        self, staged: Staged, started: dt.datetime, *, last: bool, all_at_hand: bool
    ) -> tuple[merging.Counts, list[str]]:
        """Return what the merge did, and the imports whose rejects lost a post that is deleted now."""
        job = staged.job
        asserted = {name: frozenset(columns) for name, columns in staged.staging.asserted.items()}
        if job.earlier:  # what the edited mapping no longer speaks about is not known any more
            asserted |= {one.name: frozenset(one.names) for one in schema.FACTS if one.name in asserted}
        merge = merging.Merge(job.import_id, job.lineage, asserted, started, self.options.replace_span)
        if "contacts" in asserted and not self.setup.dry_run:
            # First, because two files cannot share a transaction: names without facts do no harm, and the rerun
            # after a kill finds them unchanged; facts without names would never be completed.
            self._merge_contacts(staged, merge)
        with self.store.writing(Reach(staged.staging.path, job.earlier, whole=all_at_hand)) as connection:
            merging.attach(connection, staged.staging.path)
            if "consent" in asserted and not self.setup.dry_run:  # first: what people said outlives the warehouse
                consent_book.write(self.workspace, consent_book.staged(connection), moment=started)
            with merging.transaction(connection, keep=not self.setup.dry_run):
                counts = merging.merge_tables(connection, merge)
                consent_book.bring_in(connection, self.workspace)
                if "contacts" in asserted:
                    joining.mark_due(connection)
                if "spend" in asserted and (gone := merging.vanished_spend(connection, merge)):
                    staged.staging.tally.flags["spend.replaced" if self.options.replace_span else "spend.vanished"] = (
                        gone
                    )
                if job.earlier:
                    staged.staging.tally.flags["mapping.removed"] = merging.drop_earlier(connection, job.earlier)
                self._people(connection, counts, last=last)
                rules.apply_again(
                    connection, self.facts, channels=self.setup.channels, stage_maps=self.setup.stage_maps
                )
                self._rates(connection)
                beside = self._purge(connection, staged.staging.tally, moment=started)
                self._log(connection, staged, counts=counts, started=started)
                emptied = reject_rows.empty_deleted(connection) if "posts" in job.source.tables else []
        if not self.setup.dry_run:  # after the commit: names without facts do no harm until the next import
            beside.let_go(self.workspace)
        return {name: done for name, done in counts.items() if name in asserted or name == "links"}, emptied

    def _purge(self, connection: duckdb.DuckDBPyConnection, tally: Tally, *, moment: dt.datetime) -> retention.Beside:
        """Let go of what is older than it is kept, inside the open transaction, and count it."""
        keeping = retention.Keeping(self.setup.retention, retention.day_of(moment, self.setup.as_of))
        gone = keeping.purge(connection)
        tally.flags.update({f"{retention.PREFIX}{name}": count for name, count in gone.items()})
        return keeping.beside(connection)

    def _people(self, connection: duckdb.DuckDBPyConnection, counts: merging.Counts, *, last: bool) -> None:
        """Compute people with the last file of the call; before that, only note that they are to be computed."""
        who = [counts.get(name, {}) for name in ("identities", "links")]
        changed = any(one.get("new") or one.get("updated") for one in who)
        stale = changed or people.marked(connection)
        if stale:
            self._settle(connection, stale=not last)

    def _settle(self, connection: duckdb.DuckDBPyConnection, *, stale: bool) -> None:
        """Compute people inside the open transaction, or leave them stale."""
        if not stale:
            decided.bring_in(connection, self.workspace)
            people.recompute(connection, self.setup.identity)
        people.mark(connection, stale=stale)

    def _merge_contacts(self, staged: Staged, merge: merging.Merge) -> None:
        opened = open_file(self.workspace.contacts, read_only=False, spill=self.workspace.staging)
        try:
            self.workspace.contacts.chmod(0o600)  # one that an older version made
            merging.attach(opened.connection, staged.staging.path)
            merging.merge_contacts(opened.connection, merge)
        finally:
            opened.close()

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
            "import_id": job.import_id, "file": job.file, "sha256": job.sha256, "source": job.lineage,
            "source_version": job.version, "options": job.reading, "encoding": job.head.encoding,
            "delimiter": job.head.delimiter, "sheet": job.match.sheet,
            "header": json.dumps([str(name) for name in job.match.header]), "dates": staged.dates, "bytes": job.path.stat().st_size,
            "header_line": job.match.header_line, "number_locale": staged.numbers, "status": _status(staged),
            "read": tally.read, "accepted": tally.accepted, "rejected": tally.rejected, "merged": tally.merged,
            "skipped": json.dumps(dict(tally.skipped), sort_keys=True), "tables": json.dumps(counts, sort_keys=True),
            "flags": json.dumps(dict(tally.flags), sort_keys=True), "totals": json.dumps(dict(staged.settled.totals), sort_keys=True),
            "checksums": json.dumps({name: list(pair) for name, pair in staged.settled.mismatches.items()}, sort_keys=True),
            "span_from": first, "span_to": last, "started_at": started, "finished_at": self.now(), "snapshot": snapshot,
            "truncated": tally.flags["truncated"] > 0,
            "rule_version": self.setup.channels.version,
        }  # fmt: skip
        connection.execute(
            f"INSERT INTO imports VALUES ({', '.join('?' * len(schema.IMPORTS.names))})",
            [row[name] for name in schema.IMPORTS.names],
        )
        owner = job.import_id
        if job.mended is not None:
            owner = job.mended.mended.import_id
            lines, left = job.mended.mended.records, staged.staging.rejects
            reject_rows.settle(connection, lines, owner=owner, mended_by=job.import_id, rejects=left)
        reject_rows.write(connection, staged.staging.rejects, import_id=owner)
        merging.put_meta(connection, "snapshot", value=snapshot)
        keying.put(connection, self.setup.key)


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
    if staged.job.earlier:
        notes.append(
            "this file was imported before and its mapping was edited since: it was read again; rows of the earlier "
            f"reading that the mapping no longer gives, removed: {flags['mapping.removed']}"
        )
    if beyond := flags["rejects.beyond"]:
        notes.append(
            f"rejects beyond what is kept, only counted: {beyond} (lines {flags['rejects.beyond_first']} to "
            f"{flags['rejects.beyond_last']}); put right what they share at the source and import the file again"
        )
    if left := flags[newer.LEFT]:
        notes.append(f"rows that a newer file has given since: {left}; they stay as that file says")
    if flags[neighbours.ALONE]:
        notes.append(
            f"{staged.job.file} is not among the exports any more, so its mended records were read without the records "
            "around them; import the file again, put right, to have them whole"
        )
    notes += retention.notes(flags)
    if flags["truncated"]:
        notes.append("the file ends in the middle of a record; a later full file restates it")
    return tuple(notes)
