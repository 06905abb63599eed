"""Stage histories from any file: subject, stage, entered_at become the steps of a pipeline.

Read for `leadline pipeline`, without a workspace. A row that cannot be read is a reject with its line
and reason; stages stand in the order in which subjects pass them, unless the caller names it.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cmp_to_key
from pathlib import Path
from typing import Any

import numpy as np

from leadline.errors import NothingDone, UsageError
from leadline.evidence.sources.documents import json_records, parquet_records
from leadline.evidence.sources.records import Head, ImportOptions
from leadline.evidence.sources.sheets import row_text, sheet_rows
from leadline.evidence.sources.sniff import open_head
from leadline.evidence.sources.text import csv_records
from leadline.evidence.sources.values import BadValue, is_null, moment_of, money_of, plain_name, text_of
from leadline.inputs import Stages

ALIASES: Mapping[str, Sequence[str]] = {
    "subject": ("subject", "id", "lead", "lead id", "lead_id", "deal", "deal id", "deal_id", "contact", "contact id",
                "opportunity id", "record id", "customer", "account"),
    "stage": ("stage", "stage name", "stage_name", "state", "deal stage", "new value", "to stage"),
    "entered_at": ("entered_at", "entered at", "entered", "date", "day", "timestamp", "happened_at", "changed at",
                   "created date", "edit date", "last modified"),
    "amount": ("amount", "value", "revenue", "deal amount"),
    "end": ("end", "outcome", "result", "won/lost", "status"),
    "tactic": ("tactic", "campaign"),
    "origin": ("origin", "source", "lead source", "original source", "channel"),
}  # fmt: skip
REQUIRED = ("subject", "stage", "entered_at")
LOST = frozenset({"lost", "closed lost", "closedlost", "disqualified", "rejected"})


@dataclass(frozen=True)
class Entry:
    """One subject entered one stage at one moment (UTC)."""

    subject: str
    stage: str
    entered_at: dt.datetime
    amount: float | None = None
    end: str = ""
    tactic: str = ""
    origin: str = ""


@dataclass(frozen=True)
class StageTable:
    """All entries of a file, the order of its stages, and the rows that were not taken.

    lost: per subject the moments at which it was lost, ascending; what it enters later is a new episode
    """

    entries: tuple[Entry, ...]
    order: tuple[str, ...]
    rejects: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    lost: Mapping[str, tuple[dt.datetime, ...]] = field(default_factory=dict)

    @property
    def last_moment(self) -> dt.datetime:
        """Return the latest moment that the file knows of."""
        return max([entry.entered_at for entry in self.entries] + [losses[-1] for losses in self.lost.values()])

    def steps(self, as_of: dt.datetime, recorded_from: Mapping[str, dt.datetime]) -> tuple[Stages, ...]:
        """Return each step from one stage to the next; entries after `as_of` do not exist."""
        unknown = set(recorded_from) - set(self.order)
        if unknown:
            raise UsageError.unknown("--recorded-from stage", min(unknown), known=self.order)
        episodes: dict[tuple[str, int], dict[str, Entry]] = defaultdict(dict)
        for entry in sorted(self.entries, key=lambda entry: entry.entered_at):
            if entry.entered_at <= as_of:
                # What happens at the very moment of a loss still belongs to what was lost.
                number = bisect_left(self.lost.get(entry.subject, ()), entry.entered_at)
                episodes[entry.subject, number].setdefault(entry.stage, entry)
        pairs = zip(self.order, self.order[1:], strict=False)
        return tuple(self._step(pair, episodes, as_of, recorded_from) for pair in pairs)

    def _step(
        self,
        pair: tuple[str, str],
        episodes: Mapping[tuple[str, int], Mapping[str, Entry]],
        as_of: dt.datetime,
        recorded_from: Mapping[str, dt.datetime],
    ) -> Stages:
        here, following = pair
        later = self.order[self.order.index(following) :]
        rows = [
            _row(stages, here, later, next(iter(self.lost.get(subject, ())[number : number + 1]), None))
            for (subject, number), stages in episodes.items()
            if here in stages or _after(stages, later)
        ]
        if not rows:
            raise NothingDone(
                f'No subject ever entered "{here}" up to {as_of:%Y-%m-%d}. Check the stage names and --as-of.'
            )
        return Stages(
            from_state=here,
            to_state=following,
            subject=np.array([row.first.subject for row in rows]),
            entered_at=_times(row.first.entered_at for row in rows),
            moved_at=_times(row.moved_at for row in rows),
            ended_at=_times(row.ended_at for row in rows),
            end=np.array([row.end for row in rows]),
            amount=np.array([np.nan if row.amount is None else row.amount for row in rows]),
            tactic=np.array([row.first.tactic for row in rows]),
            origin=np.array([row.first.origin for row in rows]),
            segment=np.array([""] * len(rows)),
            as_of=as_of,
            recorded_from=recorded_from.get(following),
            skipped=np.array([row.skipped for row in rows]),
        )


@dataclass(frozen=True)
class _Row:
    first: Entry
    moved_at: dt.datetime | None
    ended_at: dt.datetime | None
    end: str
    amount: float | None
    skipped: bool


def _after(stages: Mapping[str, Entry], later: Sequence[str]) -> Entry | None:
    return min((stages[name] for name in later if name in stages), key=lambda entry: entry.entered_at, default=None)


def _row(stages: Mapping[str, Entry], here: str, later: Sequence[str], ended_at: dt.datetime | None) -> _Row:
    moved = _after(stages, later)
    first = stages[here] if moved is None else stages.get(here, moved)
    was_lost = moved is None and ended_at is not None and ended_at >= first.entered_at
    amounts = [entry.amount for entry in stages.values() if entry.amount is not None]
    return _Row(
        first=first,
        moved_at=moved.entered_at if moved else None,
        ended_at=ended_at if was_lost else None,
        end="lost" if was_lost else "",
        amount=amounts[-1] if amounts else None,
        skipped=here not in stages,
    )


def _times(moments: Iterable[dt.datetime | None]) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    return np.array(
        [np.datetime64("NaT") if moment is None else np.datetime64(moment) for moment in moments],
        dtype="datetime64[us]",
    )


@dataclass(frozen=True)
class _Raw:
    line: int
    cells: Sequence[Any]
    text: str
    problem: str = ""


def read_stage_file(
    path: Path,
    columns: Mapping[str, str],
    *,
    order: Sequence[str] = (),
    options: ImportOptions | None = None,
    zone: str = "UTC",
) -> StageTable:
    """Read a stage history from CSV, Parquet, jsonl or a spreadsheet.

    columns: canonical name → name in the file, where the aliases do not find it. Raises UsageError for
    missing or ambiguous columns, ImportRefused for a file that cannot be read, NothingDone for an empty one.
    """
    choices = options or ImportOptions()
    head = open_head(path, choices)
    names, records = _table(head, choices)
    found = _columns(path, names, columns)
    entries: list[Entry] = []
    lost: dict[str, set[dt.datetime]] = defaultdict(set)
    marked: dict[str, dt.datetime] = {}
    rejects: list[Mapping[str, Any]] = []
    for raw in records:
        try:
            entry = _entry(raw, found, choices, zone=zone)
        except BadValue as problem:
            rejects.append({"line": raw.line, "text": str(problem), "raw": raw.text})
            continue
        if entry.stage.casefold() in LOST:
            lost[entry.subject].add(entry.entered_at)
            continue
        entries.append(entry)
        if entry.end.casefold() in LOST:
            marked[entry.subject] = max(entry.entered_at, marked.get(entry.subject, entry.entered_at))
    if not entries:
        raise NothingDone(
            f"{path.name}: no row could be read as an entry into a stage ({len(rejects)} rejected). First: {rejects[:1]}"
        )
    # A column that says "lost" often says it on every row of a subject: it dates no loss but the last.
    losses: dict[str, tuple[dt.datetime, ...]] = {subject: (moment,) for subject, moment in marked.items()}
    losses |= {subject: tuple(sorted(moments)) for subject, moments in lost.items()}
    stages = tuple(dict.fromkeys(entry.stage for entry in entries))
    return StageTable(tuple(entries), _order(entries, stages, order), tuple(rejects), (), losses)


def _table(head: Head, options: ImportOptions) -> tuple[Sequence[str], Iterable[_Raw]]:
    if head.kind == "csv":
        records = csv_records(head)
        header = next(records).cells
        return header, (_Raw(one.line, one.cells, one.raw, one.problem[1] if one.problem else "") for one in records)
    if head.kind == "sheet":
        rows = sheet_rows(head.path, options.sheet or next(iter(head.records)))
        return [str(cell) for cell in rows[0][1]], (_Raw(line, cells, row_text(cells)) for line, cells in rows[1:])
    documents = parquet_records(head) if head.kind == "parquet" else json_records(head)
    keys = list(head.keys)
    return keys, (
        _Raw(one.line, [one.value.get(key) for key in keys], one.raw, one.problem[1] if one.problem else "")
        for one in documents
    )


def _columns(path: Path, names: Sequence[str], given: Mapping[str, str]) -> dict[str, int]:
    plain = [plain_name(name) for name in names]
    found: dict[str, int] = {}
    for canonical, aliases in ALIASES.items():
        wanted = [plain_name(given[canonical])] if canonical in given else [plain_name(alias) for alias in aliases]
        matches = [at for alias in wanted for at, name in enumerate(plain) if name == alias]
        if canonical in given and not matches:
            raise UsageError.unknown(f"{path.name}: column", given[canonical], known=names)
        if matches:
            found[canonical] = matches[0]
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        flags = ", ".join(f"--{name.replace('_', '-')} COLUMN" for name in missing)
        raise UsageError(f"{path.name}: no column for {', '.join(missing)} among {', '.join(names)}. Name it: {flags}.")
    return found


def _entry(raw: _Raw, found: Mapping[str, int], options: ImportOptions, *, zone: str) -> Entry:
    if raw.problem:
        raise BadValue(raw.problem)
    cells = {name: raw.cells[at] if at < len(raw.cells) else None for name, at in found.items()}
    subject, stage = text_of(cells["subject"]), text_of(cells["stage"])
    if not subject or not stage:
        raise BadValue("subject or stage is empty")
    moment = moment_of(cells["entered_at"], options.dates or "ymd", zone=zone)
    if moment is None:
        raise BadValue("entered_at is empty")
    amount = None if is_null(cells.get("amount")) else money_of(cells["amount"], options.numbers or "en")
    texts = {name: text_of(cells.get(name)) or "" for name in ("end", "tactic", "origin")}
    return Entry(subject, stage, moment[0], None if amount is None else float(amount), **texts)


def _order(entries: Sequence[Entry], stages: Sequence[str], named: Sequence[str]) -> tuple[str, ...]:
    if named:
        unknown = [name for name in named if name not in stages]
        if unknown:
            raise UsageError.unknown("--stages", unknown[0], known=stages)
        return tuple(named)
    first: dict[str, dict[str, dt.datetime]] = defaultdict(dict)
    for entry in entries:
        known = first[entry.subject].get(entry.stage)
        first[entry.subject][entry.stage] = entry.entered_at if known is None else min(known, entry.entered_at)
    before: dict[tuple[str, str], int] = defaultdict(int)
    for moments in first.values():
        for one, at in moments.items():
            for other, later in moments.items():
                if at < later:
                    before[one, other] += 1

    def compare(one: str, other: str) -> int:
        return before[other, one] - before[one, other]

    return tuple(sorted(stages, key=cmp_to_key(compare)))
