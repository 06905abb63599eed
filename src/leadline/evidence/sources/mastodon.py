"""Mastodon: statuses as the server's interface gives them, as a JSON array or one per line. Grade A.

The key is the status's `uri`. Only what everybody may see is stored. A reblog is a row of its own kind without text. A
`Delete` or `Tombstone` empties text and author of its post and keeps the row; it works whatever comes first. Of two
versions of a status the newer one stands (`edited_at`). What is said to one of our accounts, and what we answer, are
messages of a conversation.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from leadline.evidence.sources.documents import Document, json_records
from leadline.evidence.sources.markup import plain_text
from leadline.evidence.sources.records import (
    Context,
    Head,
    Identifier,
    Match,
    Reading,
    Record,
    Reject,
    RejectReason,
    Row,
)
from leadline.evidence.sources.values import BadValue, moment_of, plain_name

REQUIRED = ("id", "created_at", "uri", "content", "account")
DISTINCTIVE = ("visibility", "reblog", "favourites_count", "reblogs_count", "in_reply_to_id")
# The names of a Delete, or of the Tombstone alone, which may stand first in a file; W3C, ActivityStreams Vocabulary.
DELETION = (frozenset({"type", "id", "object"}), frozenset({"type", "id", "deleted"}))
ACTIVITY = frozenset(
    {"@context", "type", "id", "object", "actor", "published", "updated", "to", "cc", "signature", "deleted", "formertype", "atomuri"}
)  # fmt: skip
SCORE, SIGN = 0.6, 0.1  # design/evidence 2.1: required names; own: four signs make certainty
SEEN_BY_ALL = frozenset({"public", "unlisted"})  # the visibilities that are no message to somebody
COUNTS = {"reactions": "favourites_count", "replies": "replies_count", "shares": "reblogs_count"}
TOUCHPOINT = "mastodon"

FEEDS = {
    "uri": "posts.source_key",
    "created_at": "posts.published_at",
    "edited_at": "posts.version_at",
    "content": "posts.text",
    "account": "posts.author, as a pseudonym, own, venue",
    "language": "posts.language",
    "url": "posts.url",
    "in_reply_to_id": "posts.in_reply_to, conversation, responses",
    "mentions": "responses",
    "reblog": "posts.kind, object",
    "visibility": "tells what is not public and is not kept",
    "favourites_count": "posts.reactions",
    "replies_count": "posts.replies",
    "reblogs_count": "posts.shares",
}


class _BadStatusError(Exception):
    """A status that cannot be taken: name, reason, text."""

    def __init__(self, column: str, reason: RejectReason, text: str) -> None:
        self.column, self.reason, self.text = column, reason, text
        super().__init__(text)


@dataclass(frozen=True)
class Mastodon:
    """The format `mastodon`."""

    name: str = "mastodon"
    version: int = 1
    tables: tuple[str, ...] = ("posts", "responses")

    def recognise(self, head: Head) -> Match | None:
        """Return how the names of the first object fit: a status, or the deletion of one."""
        if head.kind not in {"json", "jsonl"}:
            return None
        names = {plain_name(name) for name in head.keys}
        if names <= ACTIVITY and any(names >= needed for needed in DELETION):
            return Match(self.name, SCORE + SIGN, why="a deletion as ActivityPub writes it", header=tuple(head.keys))
        lacks = tuple(name for name in REQUIRED if name not in names)
        if len(lacks) == len(REQUIRED):
            return None
        signs = [name for name in DISTINCTIVE if name in names]
        share = (len(REQUIRED) - len(lacks)) / len(REQUIRED)
        score = min(1.0, SCORE + SIGN * len(signs)) if not lacks else min(share * SCORE, SCORE - SIGN)
        why = f"{len(REQUIRED) - len(lacks)} of {len(REQUIRED)} required names"
        return Match(self.name, score, why=why, lacks=lacks, header=tuple(head.keys))

    def feeds(self, head: Head, match: Match) -> Mapping[str, str]:  # noqa: ARG002 - the names say it all
        """Return which canonical column each name feeds."""
        return {name: FEEDS[plain_name(name)] for name in head.keys if plain_name(name) in FEEDS}

    def read(self, head: Head, match: Match, *, context: Context) -> Reading:  # noqa: ARG002 - nothing to decide
        """Return the file's records. Raises ImportRefused `truncated` for an array that is not whole."""
        return Reading(_records(head, _survey(head, context), context), dates="RFC 3339")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the first pass keeps of a status: enough to place answers and to tell versions apart."""

    record: int
    version: dt.datetime
    parent: str | None
    own: bool
    digest: int


@dataclass
class _Survey:
    """The file as a whole.

    statuses: uri → the version that stands · uris: id → uri · deleted: uri → when · latest: the newest time in the file
    first_deletion: uri → the record of its first deletion · hidden: uris that are not for everybody
    roots: uri → the first post of its thread, as far as it was asked for
    """

    statuses: dict[str, _Known] = field(default_factory=dict)
    uris: dict[str, str] = field(default_factory=dict)
    deleted: dict[str, dt.datetime | None] = field(default_factory=dict)
    first_deletion: dict[str, int] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    roots: dict[str, str] = field(default_factory=dict)
    latest: dt.datetime | None = None

    def parent(self, status: Mapping[str, Any]) -> str | None:
        """Return the key of what a status answers; its number on its server where the file does not hold it."""
        number = _text(status.get("in_reply_to_id"))
        return None if number is None else self.uris.get(number, number)

    def conversation(self, uri: str) -> str:
        """Return the first post of a thread, as far as the file holds it; a loop of answers ends where it began."""
        way: dict[str, None] = {}
        while uri not in self.roots and uri not in way:
            way[uri] = None
            known = self.statuses.get(uri)
            if known is None or known.parent is None:
                break
            uri = self.uris.get(known.parent, known.parent)
        root = self.roots.get(uri, uri)
        self.roots.update(dict.fromkeys(way, root))
        return root


def _survey(head: Head, context: Context) -> _Survey:
    """Return what the file holds, before any row is made."""
    found = _Survey()
    for number, document in enumerate(json_records(head), start=1):
        value = document.value
        if document.problem is not None:
            continue
        if (target := _deleted(value)) is not None:
            moment = _deletion_time(value)
            found.deleted[target] = min(filter(None, (found.deleted.get(target), moment)), default=None)
            found.first_deletion.setdefault(target, number)
            continue
        try:
            uri, created, edited = _essentials(value)
        except _BadStatusError:
            continue
        version = edited or created
        found.latest = max(found.latest or version, version)
        if not _is_public(value):
            found.hidden.add(uri)
            continue
        if (number_there := _text(value.get("id"))) is not None:
            found.uris[number_there] = uri
        known = found.statuses.get(uri)
        if known is None or version >= known.version:
            own = _account(value)[1] in context.own_accounts
            found.statuses[uri] = _Known(number, version, _text(value.get("in_reply_to_id")), own, _digest(value))
    # A deletion that does not say when was made before the file was: its newest time is the nearest that is known.
    found.deleted = {uri: moment or found.latest for uri, moment in found.deleted.items()}
    return found


def _essentials(status: Mapping[str, Any]) -> tuple[str, dt.datetime, dt.datetime | None]:
    """Return key, time and time of the last edit of a status that can be taken. Raises _BadStatusError."""
    uri = _text(status.get("uri"))
    if uri is None:
        raise _BadStatusError("uri", "missing_key", "the status has no uri")
    created = _moment(status, "created_at")
    if created is None:
        raise _BadStatusError("created_at", "missing_value", "the status has no time")
    for name in COUNTS.values():
        _count(status, name)
    return uri, created, _moment(status, "edited_at")


def _digest(status: Mapping[str, Any]) -> int:
    """Return what two equal records of a file share."""
    return hash(json.dumps(status, sort_keys=True))


def _records(head: Head, survey: _Survey, context: Context) -> Iterator[Record]:
    """Yield every record once."""
    for number, document in enumerate(json_records(head), start=1):
        if document.problem is not None:
            yield Record(document.line, rejects=(Reject(document.line, None, *document.problem, document.raw),))
        elif (target := _deleted(document.value)) is not None:
            yield _deletion(document, target, survey, is_first=survey.first_deletion.get(target) == number)
        elif _text(document.value.get("uri")) and not _is_public(document.value):
            yield Record(document.line, skipped="not_public")
        else:
            yield _status(document, survey, context, number=number)


def _status(document: Document, survey: _Survey, context: Context, *, number: int) -> Record:
    """Return what a status gives; an older version of one goes into the newer."""
    try:
        values = _post(document.value, survey, context)
    except _BadStatusError as error:
        reject = Reject(document.line, error.column, error.reason, error.text, document.text())
        return Record(document.line, rejects=(reject,))
    stands = survey.statuses[values["source_key"]]
    if stands.record != number:
        is_equal = stands.digest == _digest(document.value)
        return Record(document.line, skipped="duplicate_row") if is_equal else Record(document.line, merged=True)
    rows = [Row("posts", values)]
    if (answer := _message(document.value, values, survey, context)) is not None:
        rows.append(Row("responses", answer))
    return Record(document.line, rows=rows)


def _post(status: Mapping[str, Any], survey: _Survey, context: Context) -> dict[str, Any]:
    """Return a status as a row of posts. Raises _BadStatusError."""
    uri, created, edited = _essentials(status)
    venue, account = _account(status)
    original = status.get("reblog")
    is_reblog = isinstance(original, dict)
    deleted = survey.deleted.get(uri)
    values: dict[str, Any] = {
        "source_key": uri,
        "kind": "Announce" if is_reblog else "Create",
        "venue": venue,
        "published_at": created,
        "time_known": True,
        "deleted_at": deleted,
        "author": None if deleted or account is None else _author(venue, account),
        "own": account is not None and account in context.own_accounts,
        "text": None if deleted or is_reblog else _words(status),
        "language": _text(status.get("language")),
        "url": _text(status.get("url")),
        "in_reply_to": survey.parent(status),
        "conversation": survey.conversation(uri),
        "object": _text(original.get("uri")) if isinstance(original, dict) else None,
        # A deletion is the last version there is.
        "version_at": max(filter(None, (edited or created, deleted))),
    }
    counts = {ours: None if is_reblog else _count(status, theirs) for ours, theirs in COUNTS.items()}
    return values | counts


def _author(venue: str | None, account: str) -> Identifier:
    """Return who wrote a status, as the writers of other venues are named."""
    return Identifier("author", f"{venue or ''}/{account.partition('@')[0]}")


def _message(
    status: Mapping[str, Any], values: Mapping[str, Any], survey: _Survey, context: Context
) -> dict[str, Any] | None:
    """Return a status as a message to us, or as our answer; None where it is neither."""
    parent = values["in_reply_to"]
    above = survey.statuses.get(parent) if parent else None
    if values["kind"] == "Announce":
        return None
    if values["own"]:
        if parent is None or above is None or above.own:
            return None
        direction, answers = "outbound", parent
    elif (above is not None and above.own) or _mentions(status, context):
        direction, answers = "inbound", None
    else:
        return None
    account = status.get("account")
    return {
        "source_key": values["source_key"],
        "conversation": values["conversation"],
        "happened_at": values["published_at"],
        "direction": direction,
        "kind": "auto" if isinstance(account, dict) and account.get("bot") is True else "message",
        "touchpoint": TOUCHPOINT,
        "answers": answers,
        "post": values["source_key"],
    }


def _deletion(document: Document, target: str, survey: _Survey, *, is_first: bool) -> Record:
    """Return what a deletion gives: nothing of its own where the file holds its post, else the emptied row."""
    if target in survey.statuses:
        return Record(document.line, merged=True)
    if target in survey.hidden:
        return Record(document.line, skipped="deleted")
    if not is_first:
        return Record(document.line, skipped="duplicate_row")
    deleted = survey.deleted[target]
    if deleted is None:
        text = "the deletion has no time, and nothing else in the file has one"
        return Record(document.line, rejects=(Reject(document.line, "published", "bad_date", text, document.text()),))
    return Record(
        document.line, rows=(Row("posts", {"source_key": target, "deleted_at": deleted, "text": None, "author": None}),)
    )


def _deleted(value: Mapping[str, Any]) -> str | None:
    """Return the key of the status that a record deletes, None where it deletes none."""
    kind = value.get("type")
    if kind == "Tombstone":
        return _text(value.get("id"))
    if kind != "Delete":
        return None
    gone = value.get("object")
    return _text(gone.get("id")) if isinstance(gone, dict) else _text(gone)


def _deletion_time(value: Mapping[str, Any]) -> dt.datetime | None:
    """Return when a status was deleted, None where the record does not say it readably."""
    inner = value.get("object")
    for holder, name in ((value, "published"), (value, "deleted"), (inner, "deleted")):
        if isinstance(holder, dict):
            try:
                if (found := _moment(holder, name)) is not None:
                    return found
            except _BadStatusError:
                continue
    return None


def _is_public(status: Mapping[str, Any]) -> bool:
    """Return whether everybody may see a status; one that does not say so is taken for a private one."""
    seen_by = status.get("visibility")
    return isinstance(seen_by, str) and seen_by in SEEN_BY_ALL


def _account(status: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the server and the account as `name@server`, case folded."""
    account = status.get("account")
    name = _text(account.get("acct")) or _text(account.get("username")) if isinstance(account, dict) else None
    if name is None:
        return _host(status.get("uri")), None
    user, _, server = name.removeprefix("@").casefold().partition("@")
    server = server or _host(status.get("uri")) or ""
    return server or None, f"{user}@{server}"


def _mentions(status: Mapping[str, Any], context: Context) -> bool:
    """Return whether a status names one of our accounts."""
    mentions = status.get("mentions")
    named = [one for one in mentions if isinstance(one, dict)] if isinstance(mentions, list) else []
    for one in named:
        name = (_text(one.get("acct")) or "").casefold()
        if name and (name if "@" in name else f"{name}@{_host(one.get('url')) or ''}") in context.own_accounts:
            return True
    return False


def _host(address: object) -> str | None:
    """Return the host of an address."""
    try:
        return urlsplit(address).hostname if isinstance(address, str) else None
    except ValueError:
        return None


def _words(status: Mapping[str, Any]) -> str | None:
    """Return the text of a status, below the warning that hides it."""
    parts = (_text(status.get("spoiler_text")), plain_text(_text(status.get("content")) or ""))
    return "\n".join(filter(None, parts)) or None


def _count(status: Mapping[str, Any], name: str) -> int | None:
    """Return a count. Raises _BadStatusError for what is none."""
    value = status.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise _BadStatusError(name, "bad_number", f"{str(value)[:80]} is not a count")
    return value


def _moment(holder: Mapping[str, Any], name: str) -> dt.datetime | None:
    """Return a moment in UTC without zone, None where there is none. Raises _BadStatusError."""
    value = holder.get(name)
    if value is None:
        return None
    try:
        found = moment_of(value if isinstance(value, str) else str(value), "ymd", zone="UTC")
    except BadValue as error:
        raise _BadStatusError(name, "bad_date", str(error)) from error
    return None if found is None else found[0]


def _text(value: object) -> str | None:
    """Return a scalar as text, None where null or blank; lists and objects are no text."""
    if value is None or isinstance(value, dict | list | bool):
        return None
    return str(value).strip() or None


MASTODON = Mastodon()
