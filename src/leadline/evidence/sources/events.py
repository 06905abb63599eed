"""What the formats of web events share: two passes over JSON objects, and what their values mean.

The first pass counts keys, the second gives every record once: events of one key that say the same are one event
and its repeats, events that contradict each other are all rejected, for none is known to be right.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from leadline.evidence.privacy import normal_form
from leadline.evidence.sources.crm import mail_identifier
from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.documents import Document, json_records, parquet_records
from leadline.evidence.sources.grouping import Groups, Repeats
from leadline.evidence.sources.records import (
    Context,
    Head,
    Identifier,
    Link,
    Match,
    Reading,
    Record,
    Reject,
    RejectReason,
    Row,
    SkipReason,
)
from leadline.evidence.sources.values import MONEY_BOUND, BadValue, moment_of, money_of, plain_name

SCORE, SIGN = 0.6, 0.1  # design/evidence 2.1: required columns; own: four signs make certainty
TIMES = frozenset({"happened_at", "received_at"})  # what a repeat that was sent again may differ in


class BadEventError(Exception):
    """An event that cannot be taken: column, reason, text."""

    def __init__(self, column: str, reason: RejectReason, text: str) -> None:
        """Keep the machine-readable parts beside the text."""
        self.column, self.reason, self.text = column, reason, text
        super().__init__(text)


@dataclass(frozen=True)
class Taken:
    """What one event gives. A reject in it is of a part: the event stays, if anything else is left of it."""

    rows: tuple[Row, ...] = ()
    links: tuple[Link, ...] = ()
    rejects: tuple[Reject, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class EventKind:
    """How one format's objects become records.

    key: the natural key, None where the event has none (`take` then says so)
    skipped: why an event is known and left out, None for the others
    take: what it gives; raises BadEventError · unsaid: columns in which a repeat may differ
    """

    key: Callable[[Mapping[str, Any]], Hashable | None]
    skipped: Callable[[Mapping[str, Any]], SkipReason | None]
    take: Callable[[Document], Taken]
    unsaid: frozenset[str] = frozenset()


@dataclass(frozen=True)
class EventFormat:
    """One export of web events as data.

    kind: how its objects become records · fed: names of the export → what they feed
    required, signs, instead: the names it is known by (see match_names) · dates: how it writes times
    """

    name: str
    kind: EventKind
    fed: Mapping[str, str]
    required: Sequence[str]
    signs: Sequence[str]
    instead: Mapping[str, Sequence[str]] = field(default_factory=dict)
    dates: str = "ISO 8601, UTC"
    version: int = 1
    tables: tuple[str, ...] = ("touches", "links")

    def recognise(self, head: Head) -> Match | None:
        """Return how the names of the first object, or of the parquet columns, fit."""
        return match_names(head, self.name, required=self.required, signs=self.signs, instead=self.instead)

    def feeds(self, head: Head, match: Match) -> Mapping[str, str]:  # noqa: ARG002 - the names say it all
        """Return which canonical column each name of the export feeds."""
        known = {plain_name(name): what for name, what in self.fed.items()}
        return {name: known[plain_name(name)] for name in head.keys if plain_name(name) in known}

    def read(self, head: Head, match: Match, *, context: Context) -> Reading:  # noqa: ARG002 - nothing to decide
        """Return the file's records. Raises ImportRefused `truncated` for a parquet file or array that is not whole."""
        records = parquet_records if head.kind == "parquet" else json_records
        return Reading(event_records(partial(records, head), self.kind), dates=self.dates)


Held = tuple[Document, Taken]


def match_names(
    head: Head,
    source: str,
    *,
    required: Sequence[str],
    signs: Sequence[str],
    instead: Mapping[str, Sequence[str]] | None = None,
) -> Match | None:
    """Return how the names of the first object, or of the parquet columns, fit; None where none does.

    required: names that must be there · instead: what may stand in the place of one · signs: names that speak for the format
    """
    if head.kind not in {"jsonl", "json", "parquet"}:
        return None
    names = {plain_name(name) for name in head.keys}
    lacks = tuple(
        one for one in required if not names.intersection(map(plain_name, (one, *(instead or {}).get(one, ()))))
    )
    if len(lacks) == len(required):
        return None
    share = (len(required) - len(lacks)) / len(required)
    seen = [name for name in signs if plain_name(name) in names]
    score = min(1.0, SCORE + SIGN * len(seen)) if not lacks else min(share * SCORE, SCORE - SIGN)
    why = f"{len(required) - len(lacks)} of {len(required)} required columns"
    return Match(source, score, why=why, lacks=lacks, header=tuple(head.keys))


def event_records(documents: Callable[[], Iterable[Document]], kind: EventKind) -> Iterator[Record]:
    """Return every record of a file once; documents opens the file anew. The first pass is done before this returns."""
    repeats = Repeats()
    for document in documents():
        if document.problem is None and kind.skipped(document.value) is None:
            key = kind.key(document.value)
            if key is not None:
                repeats.see(key)
    return _records(documents(), kind, repeats)


def _records(documents: Iterable[Document], kind: EventKind, repeats: Repeats) -> Iterator[Record]:
    """Yield every record once, the repeats of a key when its last one has come."""
    groups: Groups[Held] = Groups(repeats)
    for document in documents:
        if document.problem is not None:
            yield Record(document.line, rejects=(Reject(document.line, None, *document.problem, document.raw),))
        elif (reason := kind.skipped(document.value)) is not None:
            yield Record(document.line, skipped=reason)
        else:
            try:
                taken = kind.take(document)
            except BadEventError as error:
                yield Record(document.line, rejects=(_reject(document, error),))
                continue
            if (group := groups.add(kind.key(document.value), (document, taken))) is not None:
                yield from _settled(group, kind.unsaid)
    for rest in groups.rest():
        yield from _settled(rest, kind.unsaid)


def _reject(document: Document, error: BadEventError) -> Reject:
    return Reject(document.line, error.column, error.reason, error.text, document.text())


def _settled(group: list[Held], unsaid: frozenset[str]) -> Iterator[Record]:
    """Yield the events of one key: the first of equal ones, or all rejected."""
    first, taken = group[0]
    said = _said(taken, unsaid)
    if any(_said(other, unsaid) != said for _, other in group[1:]):
        lines = ", ".join(str(document.line) for document, _ in group)
        text = f"records {lines} have the same key and different values"
        for document, _ in group:
            yield Record(document.line, rejects=(Reject(document.line, None, "key_conflict", text, document.text()),))
        return
    yield _record(first.line, taken)
    yield from (Record(document.line, skipped="duplicate_row") for document, _ in group[1:])


def _said(taken: Taken, unsaid: frozenset[str]) -> object:
    rows = [
        (row.table, {name: value for name, value in row.values.items() if name not in unsaid}) for row in taken.rows
    ]
    return rows, taken.links


def _record(line: int, taken: Taken) -> Record:
    """Return the record of an event; one that gives neither row nor link tells us nothing we keep."""
    if taken.rows or taken.links:
        return Record(line, taken.rows, taken.links, taken.rejects, flags=taken.flags)
    if taken.rejects:
        return Record(line, rejects=tuple(replace(one, part=None) for one in taken.rejects))
    return Record(line, skipped="event_ignored")


def text(value: object) -> str | None:
    """Return a scalar as text, None where null or blank; lists, objects, true and false are no text."""
    if value is None or isinstance(value, dict | list | bool):
        return None
    return str(value).strip() or None


def inner(event: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """Return a nested object, empty where there is none."""
    found: Any = event
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def first_text(*values: object) -> str | None:
    """Return the first of several values that is a text."""
    return next((found for value in values if (found := text(value)) is not None), None)


def instant(value: object, column: str) -> datetime:
    """Return an ISO time as UTC; without a zone it is UTC already. Raises BadEventError."""
    try:
        read = moment_of(value, "ymd", zone="UTC") if isinstance(value, str) else None
    except BadValue as error:
        raise BadEventError(column, "bad_date", str(error)) from error
    if read is None:
        raise BadEventError(column, "bad_date", f"{str(value)[:80]} is not a time")
    return read[0]


def epoch(value: object, column: str) -> datetime:
    """Return seconds since 1970 as UTC. Raises BadEventError."""
    try:
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            return datetime.fromtimestamp(float(value), UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        pass
    raise BadEventError(column, "bad_date", f"{str(value)[:80]} is not a time in seconds")


def money(value: object, column: str) -> Decimal | None:
    """Return money that JSON wrote as a number or as text; None where null or blank. Raises BadEventError."""
    if value is None or value is False or value == "":
        return None
    try:
        return money_of(json_number(value), "en")
    except BadValue as error:
        raise BadEventError(column, "bad_number", str(error)) from error


def json_number(value: object) -> object:
    """Return a number that JSON wrote as text as a number. Raises BadValue for what is none."""
    if isinstance(value, str):
        try:
            number = Decimal(value)
        except InvalidOperation as error:
            raise BadValue(f"{value[:80]} is not a number") from error
        if not number.is_finite() or abs(number) >= MONEY_BOUND:
            raise BadValue(f"{value[:80]} is not a number that money can be")
        return number
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return value
    raise BadValue(f"{str(value)[:80]} is not a number")


def currency(value: object, amount: Decimal | None) -> str | None:
    """Return the currency of an amount, None where there is no amount or the code is none of ISO 4217."""
    code = (text(value) or "").upper()
    return code if amount is not None and is_currency(code) else None


def signed_in(name: str) -> Identifier:
    """Return who a site calls by this name: an address where it is one, for then other sources know it too."""
    try:
        return mail_identifier(name, verified=False)
    except BadValue:
        return Identifier("user", name)


def linked(pairs: Iterable[tuple[Identifier | None, Identifier | None]], reason: str) -> tuple[Link, ...]:
    """Return the links between identifiers that both are there, have a valid form and are not one and the same."""
    found: dict[Link, None] = {}
    for a, b in pairs:
        if a is None or b is None:
            continue
        forms = [(one.kind, normal_form(one.kind, one.value)) for one in (a, b)]
        if forms[0] != forms[1] and None not in {form for _, form in forms}:
            found[Link(a, b, reason)] = None
    return tuple(found)
