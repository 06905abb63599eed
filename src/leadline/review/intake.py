"""Files on their way into a workspace: each is read as an import would, as related tables, or as a list of activities.

Nothing is lost without a word: every file given has one `FileRead`, and its rows add up.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from leadline.errors import ImportRefused, LeadlineError, NothingDone, UsageError
from leadline.evidence.import_jobs import Setup
from leadline.evidence.import_report import ImportReport
from leadline.evidence.imports import import_files
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.sources.activities import ActivityList, NotUnderstood, activity_lists
from leadline.evidence.sources.draft import draft_mapping
from leadline.evidence.sources.records import ImportOptions
from leadline.evidence.sources.registry import recognise
from leadline.evidence.sources.related import RelatedDraft, draft_related, mapping_name
from leadline.evidence.sources.sniff import open_head
from leadline.evidence.store import open_store
from leadline.review.importing import ACTIVITIES
from leadline.workspace import Workspace

Status = Literal["read", "known", "same", "empty", "waiting", "refused", "not understood"]
MAPPING = ".mapping.yaml"
OWN = frozenset(
    {"plan.yaml", "plan", "plan.schema.json", "leadline.toml", "mappings", "evidence", "ledger", "results", "reports"}
)
SHOWN_REJECTS = 3  # as many as show what is wrong; all stand in evidence/rejects (house)


@dataclass(frozen=True)
class RowReject:
    """One row that was not taken: where it stands, and why. column: "" where no single cell is at fault."""

    row: int
    column: str
    text: str


@dataclass(frozen=True)
class FileRead:
    """What became of one file: rows = taken + rejected + all left out.

    given: as it was named · file: its copy in the workspace, "" where there is none · understood_as: the format, or
    `activity list`; "" where nothing understood it · left_out: reason → rows known and passed over (totals, headings)
    rejects: the first rows that were not taken · message: why nothing was taken, and what to do
    mapping: a mapping file to complete, as text · lists: what its sheets hold, where it is a list of activities
    """

    given: str
    status: Status
    file: str = ""
    sha256: str = ""
    understood_as: str = ""
    rows: int = 0
    taken: int = 0
    rejected: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    rejects: tuple[RowReject, ...] = ()
    span: tuple[dt.date, dt.date] | None = None
    message: str = ""
    mapping: str = ""
    notes: tuple[str, ...] = ()
    lists: tuple[ActivityList, ...] = ()

    @property
    def is_understood(self) -> bool:
        """Say whether something of it is known to the workspace, now or from before."""
        return self.status in ("read", "known")


@dataclass(frozen=True)
class Intake:
    """All files of one call. related: the mappings drafted for tables that share a key, None where there were none."""

    files: tuple[FileRead, ...]
    related: RelatedDraft | None = None


@dataclass(frozen=True)
class Door:
    """How files come in. facts: of the plan · setup: of its imports · show: told what was drafted before it is used.

    currency: of amounts where a file names none, None = such a file waits · currencies: hash of a list's file → what
    was said of it before
    """

    workspace: Workspace
    facts: PlanFacts
    setup: Setup
    clock: Callable[[], dt.datetime]
    currency: str | None = None
    currencies: Mapping[str, str] = field(default_factory=dict)
    show: Callable[[RelatedDraft], None] = field(default=lambda _: None)
    progress: Callable[[str], None] = field(default=lambda _: None)

    @property
    def options(self) -> ImportOptions:
        """Return how lists are read where they do not say it themselves."""
        return ImportOptions(currency=self.currency)

    def imported(self, paths: Sequence[Path]) -> list[ImportReport]:
        """Import files; those that name no currency once more with the one given, so that no other is read by it."""
        reports = self._imported(paths, self.setup)
        for place, report in enumerate(reports):
            if report.reason == "no_currency" and (known := self._known(paths[place])) is not None:
                reports[place] = known
        waiting = [place for place, report in enumerate(reports) if report.reason == "no_currency"]
        if self.currency is not None and waiting:
            named = replace(self.setup, options=self.options)
            again = self._imported([paths[place] for place in waiting], named)
            for place, report in zip(waiting, again, strict=True):
                reports[place] = report
        return reports

    def _known(self, path: Path) -> ImportReport | None:
        """Return a file that came in before with its currency named, None where it did not."""
        store = open_store(self.workspace)
        asked = "SELECT import_id, source FROM imports WHERE sha256 = :sha ORDER BY started_at DESC LIMIT 1"
        rows = store.ask(asked, sha=sha_of(path)).to_pylist() if store.exists() else []
        return ImportReport(path.name, "already_imported", rows[0]["source"], rows[0]["import_id"]) if rows else None

    def _imported(self, paths: Sequence[Path], setup: Setup) -> list[ImportReport]:
        return import_files(self.workspace, paths, facts=self.facts, setup=setup, clock=self.clock)


def expanded(files: Sequence[Path], workspace: Workspace) -> list[Path]:
    """Return the files named, folders opened; mapping files, hidden ones and the workspace's own are no data.

    Raises UsageError for a file that is not there, NothingDone for a folder without any.
    """
    found: list[Path] = []
    for given in files:
        if given.is_dir():
            inside = sorted(path for path in given.rglob("*") if path.is_file() and not _is_apart(path, given))
            data = [path for path in inside if not _is_of(workspace, path)]
            if not data:
                raise NothingDone(f"{given} holds no file to read. Put exports or spreadsheets into it, or name them.")
            found += data
        elif given.is_file():
            found.append(given)
        else:
            raise UsageError(f"{given} does not exist. Name files or folders that do.")
    return list(dict.fromkeys(path for path in found if not path.name.endswith(MAPPING)))


def _is_of(workspace: Workspace, path: Path) -> bool:
    """Say whether a file is one of the workspace itself: its plan, settings, evidence, results, reports."""
    try:
        first = path.resolve().relative_to(workspace.folder.resolve()).parts[0]
    except ValueError:
        return False
    return first in OWN


def take_in(door: Door, paths: Sequence[Path]) -> Intake:
    """Read every file, copy what is understood into `exports/`, import it; return what became of each, in order."""
    known = known_copies(door.workspace)
    results: dict[Path, FileRead] = {}
    first: dict[str, Path] = {}
    fresh: list[Path] = []
    shas = {path: sha_of(path) for path in paths}
    for path, sha in shas.items():
        if sha in first:
            same = f"the same bytes as {first[sha].name}: read once"
            results[path] = FileRead(path.name, "same", sha256=sha, message=same)
            continue
        first[sha] = path
        fresh.append(path)
    claimed, unclaimed = _sorted_out(door, fresh, known=known, shas=shas, results=results)
    related, joined = _related(door, unclaimed)
    claimed += joined
    unclaimed = [path for path in unclaimed if path not in joined]
    results |= _lists(door, unclaimed, known=known, shas=shas)
    results |= _imports(door, claimed, known=known, shas=shas)
    return Intake(tuple(replace(results[path], sha256=shas[path]) for path in shas), related)


def known_copies(workspace: Workspace) -> dict[str, Path]:
    """Return the files that lie in the workspace already, by the hash of their bytes."""
    if not workspace.exports.is_dir():
        return {}
    files = [
        path
        for path in sorted(workspace.exports.rglob("*"))
        if path.is_file() and not _is_apart(path, workspace.exports)
    ]
    return {sha_of(path): path for path in files}


def sha_of(path: Path) -> str:
    """Return the hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_apart(path: Path, root: Path) -> bool:
    inside = path.relative_to(root)
    return path.name.endswith(MAPPING) or any(part.startswith((".", "~$")) for part in inside.parts)


def _sorted_out(
    door: Door,
    fresh: Sequence[Path],
    *,
    known: Mapping[str, Path],
    shas: Mapping[Path, str],
    results: dict[Path, FileRead],
) -> tuple[list[Path], list[Path]]:
    """Return the files that a format or mapping claims, and those that none does; what cannot be opened is refused."""
    claimed: list[Path] = []
    unclaimed: list[Path] = []
    for path in fresh:
        copy = known.get(shas[path])
        if copy is not None and copy.parent.name == ACTIVITIES:
            unclaimed.append(path)
            continue
        try:
            head = open_head(copy or path, door.options, mappings=door.workspace.mappings)
            recognise(head, door.options)
            claimed.append(path)
        except ImportRefused as error:
            if error.reason == "not_recognised":
                unclaimed.append(path)
            else:
                results[path] = FileRead(path.name, "refused", message=str(error))
    return claimed, unclaimed


def _related(door: Door, paths: Sequence[Path]) -> tuple[RelatedDraft | None, list[Path]]:
    """Draft the mappings of tables of customers, show them, write them; return them and the files they read.

    One draft is made for each group of tables that share a key, until none is left: what stayed over would be drafted by
    the next run, which must find nothing to do.
    """
    rest = [path for path in paths if _opens(path, door.options)]
    drafts: list[RelatedDraft] = []
    joined: list[Path] = []
    while rest:
        tables = list({path.name: path for path in reversed(rest)}.values())[::-1]
        drafted = draft_related(tables, options=door.options)
        if isinstance(drafted, NotUnderstood):
            break
        door.show(drafted)
        drafts.append(drafted)
        mine = [path for path in tables if path.name in drafted.mapping_texts]
        for path in mine:
            _write_mapping(door.workspace, path, drafted.mapping_texts[path.name])
        # Tables of the same header are read by the same mapping.
        mine += [path for path in rest if path not in mine and _opens(path, door.options, door.workspace.mappings)]
        joined += mine
        rest = [path for path in rest if path not in mine]
    return _one_draft(drafts), joined


def _one_draft(drafts: Sequence[RelatedDraft]) -> RelatedDraft | None:
    """Return all drafts of one call as one."""
    if len(drafts) < 2:
        return next(iter(drafts), None)
    texts: dict[str, str] = {}
    for name, text in (pair for one in drafts for pair in one.mapping_texts.items()):
        texts[name if name not in texts else f"{name} ({len(texts) + 1})"] = text
    return replace(
        drafts[0], mapping_texts=texts, sentence=" ".join(one.sentence for one in drafts),
        stages=tuple(stage for one in drafts for stage in one.stages),
        open_questions=tuple(text for one in drafts for text in one.open_questions),
        notes=tuple(text for one in drafts for text in one.notes),
    )  # fmt: skip


def _write_mapping(workspace: Workspace, path: Path, text: str) -> None:
    """Keep a drafted mapping; one that has its name already is another table's, and stays."""
    workspace.mappings.mkdir(parents=True, exist_ok=True)
    target, number = workspace.mappings / mapping_name(path), 1
    while target.exists():
        number += 1
        target = workspace.mappings / f"{path.stem}-{number}{MAPPING}"
    target.write_text(text, encoding="utf-8")


def _opens(path: Path, options: ImportOptions, mappings: Path | None = None) -> bool:
    """Say whether a file can be read at all; with a folder of mappings: whether one of them, or a format, claims it."""
    try:
        head = open_head(path, options, mappings=mappings)
        if mappings is not None:
            recognise(head, options)
    except ImportRefused:
        return False
    return True


def _lists(
    door: Door, paths: Sequence[Path], *, known: Mapping[str, Path], shas: Mapping[Path, str]
) -> dict[Path, FileRead]:
    """Read what no format claims as lists of activities; a list's copy lies apart, for nothing of it is imported."""
    results = {}
    for path in paths:
        try:
            currency = door.currency or door.currencies.get(shas[path])
            sheets = activity_lists(path, options=replace(door.options, currency=currency))
        except ImportRefused as error:
            results[path] = FileRead(path.name, "refused", message=str(error))
            continue
        lists = tuple(one for one in sheets if isinstance(one, ActivityList))
        if not lists:
            results[path] = _not_understood(path, sheets, door.options)
            continue
        copy = known.get(shas[path]) or _copied(path, door.workspace.exports / ACTIVITIES)
        results[path] = _as_list(path, copy, lists, sheets, was_there=shas[path] in known)
    return results


def _as_list(
    path: Path,
    copy: Path,
    lists: Sequence[ActivityList],
    sheets: Sequence[ActivityList | NotUnderstood],
    *,
    was_there: bool,
) -> FileRead:
    left: dict[str, int] = {}
    for out in (out for one in lists for out in one.below):
        left[out.why] = left.get(out.why, 0) + 1
    spans = [one.span for one in lists if one.span is not None]
    passed = [one.sentence() for one in sheets if isinstance(one, NotUnderstood)]
    many = len(lists) > 1
    return FileRead(
        path.name, "known" if was_there else "read", copy.name, understood_as="activity list", rows=sum(one.rows_below for one in lists),
        taken=sum(len(one.activities) for one in lists), rejected=sum(len(one.rejects) for one in lists), left_out=left,
        rejects=tuple(
            RowReject(bad.row, one.sheet or "" if many else "", bad.reason) for one in lists for bad in one.rejects
        )[:SHOWN_REJECTS],
        span=(min(span[0] for span in spans), max(span[1] for span in spans)) if spans else None,
        notes=(*(note for one in lists for note in one.notes), *passed), lists=tuple(lists),
    )  # fmt: skip


def _not_understood(path: Path, sheets: Sequence[ActivityList | NotUnderstood], options: ImportOptions) -> FileRead:
    told = next((one for one in sheets if isinstance(one, NotUnderstood)), None)
    message = (
        "it holds no table" if told is None else f"{told.reason.rstrip('.')}. Next step: {told.next_step.rstrip('.')}."
    )
    mapping = ""
    with suppress(LeadlineError):  # what has no columns has no mapping either; the reason stands in the message
        mapping = draft_mapping(open_head(path, options))
    return FileRead(path.name, "not understood", message=message, mapping=mapping)


def _imports(
    door: Door,
    paths: Sequence[Path],
    *,
    known: Mapping[str, Path],
    shas: Mapping[Path, str],
) -> dict[Path, FileRead]:
    """Copy and import what is claimed; the copy of a file that is refused as a whole does not stay."""
    if not paths:
        return {}
    copies = {path: known.get(shas[path]) or _copied(path, door.workspace.exports) for path in paths}
    door.progress("importing 1 file" if len(paths) == 1 else f"importing {len(paths)} files")
    reports = door.imported(list(copies.values()))
    results = {}
    for path, report in zip(paths, reports, strict=True):
        if report.status == "refused" and shas[path] not in known:
            _uncopied(copies[path])
        results[path] = _as_import(door, path, copies[path], report)
    return results


def _as_import(door: Door, path: Path, copy: Path, report: ImportReport) -> FileRead:
    if report.status == "refused":
        waits = report.reason == "no_currency"
        return FileRead(
            path.name,
            "waiting" if waits else "refused",
            understood_as=report.recognised_as or "",
            message=report.message or "",
        )
    store = open_store(door.workspace)
    try:
        row = store.ask("SELECT * FROM imports WHERE import_id = :id", id=report.import_id).to_pylist()[0]
        rejects = store.ask(
            'SELECT line, "column", text FROM rejects WHERE import_id = :id AND mended_by IS NULL ORDER BY line, "column" LIMIT :most',
            id=report.import_id, most=SHOWN_REJECTS,
        ).to_pylist()  # fmt: skip
    finally:
        store.close()
    import json

    skipped: dict[str, int] = {name: int(count) for name, count in json.loads(row["skipped"] or "{}").items() if count}
    if row["merged"]:
        skipped["merged"] = row["merged"]
    span = None if row["span_from"] is None else (row["span_from"], row["span_to"])
    return FileRead(
        path.name, "empty" if row["status"] == "empty" else "known" if report.status == "already_imported" else "read", copy.name,
        understood_as=_format_of(report, row["source"]), rows=row["read"], taken=row["accepted"], rejected=row["rejected"], left_out=skipped,
        rejects=tuple(RowReject(bad["line"], bad["column"] or "", bad["text"]) for bad in rejects), span=span, notes=report.notes,
    )  # fmt: skip


def _format_of(report: ImportReport, source: str) -> str:
    return f"mapping {source}" if report.recognised_as == "generic" else str(report.recognised_as)


def _copied(path: Path, folder: Path) -> Path:
    """Copy a file, with the mapping beside it, into a folder of the workspace; a name that is taken gets a number."""
    folder.mkdir(parents=True, exist_ok=True)
    if path.resolve().parent == folder.resolve():
        return path
    target, number = folder / path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem}-{number}{path.suffix}"
    shutil.copyfile(path, target)
    beside = path.with_name(f"{path.stem}{MAPPING}")
    if beside.is_file():
        shutil.copyfile(beside, target.with_name(f"{target.stem}{MAPPING}"))
    return target


def _uncopied(copy: Path) -> None:
    copy.unlink(missing_ok=True)
    copy.with_name(f"{copy.stem}{MAPPING}").unlink(missing_ok=True)
