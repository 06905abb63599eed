"""Who may be contacted for what: one question, one answer, and no by default.

    gate = read_gate(workspace, now=…)
    gate.may(node, "marketing", channel="email", now=now).allowed

Every contact and every personal use asks here. The answer depends on the entries alone, never on the order in which
they became known; no further withdrawal or objection can turn a no into a yes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from leadline.errors import UsageError

State = Literal["granted", "withdrawn", "objected"]
ENTRY_DIGITS = 16  # own: 64 bits tell more entries apart than a company ever writes
# What makes an entry another one: who said what, since when, and where it stands.
ENTRY_PARTS = (
    "source", "source_key", "node", "purpose", "channel", "state", "valid_from", "recorded_at", "expires_at",
)  # fmt: skip
EVERYTHING = "*"  # a withdrawal or objection that names no purpose or channel is about all of them


@dataclass(frozen=True)
class Purpose:
    """What personal data may be used for. objectable: an objection to direct marketing stops it, whatever was agreed."""

    name: str
    meaning: str
    objectable: bool = True


# GDPR, articles 6, 7 and 21: consent is given per purpose; an objection to direct marketing covers the profiling for it.
PURPOSES: Mapping[str, Purpose] = {
    one.name: one
    for one in (
        Purpose("marketing", "being written to, called or invited to sell something"),
        Purpose("newsletter", "a regular letter"),
        Purpose("profiling", "being scored, segmented or predicted about"),
        Purpose("training", "serving as an example from which a model learns"),
        Purpose("research", "surveys and interviews", objectable=False),
        Purpose("service", "messages about what was bought or asked", objectable=False),
    )
}
CHANNELS: Mapping[str, str] = {
    "email": "mail to an address",
    "phone": "a call",
    "sms": "a text message",
    "messenger": "a message in an app",
    "post": "a letter on paper",
    "social": "a message on a social network",
    "visit": "a visit in person",
    "none": "no contact: what is done with the data inside",
}
# Names that lists use for the same purpose or channel.
ALSO: Mapping[str, str] = {
    "direct_marketing": "marketing", "advertising": "marketing", "sales": "marketing", "scoring": "profiling",
    "e-mail": "email", "mail": "email", "call": "phone", "telephone": "phone", "letter": "post", "text": "sms",
}  # fmt: skip
# Of two entries of one moment the one that protects stands, so that the order of arrival decides nothing.
CAUTION: Mapping[str, int] = {"granted": 0, "withdrawn": 1, "objected": 2}


@dataclass(frozen=True)
class Entry:
    """One entry of the consent ledger. node: the identifier it was given for · valid_from, expires_at: UTC.

    entry: name of the entry · basis, method, evidence: how it was given · wording, wording_version: what was agreed to
    """

    entry: str
    node: int
    purpose: str
    channel: str
    state: State
    valid_from: dt.datetime
    recorded_at: dt.datetime
    expires_at: dt.datetime | None = None
    basis: str | None = None
    wording: str | None = None
    wording_version: str | None = None
    method: str | None = None
    evidence: str | None = None

    def covers(self, purpose: str, channel: str) -> bool:
        """Return whether the entry speaks of a purpose and a channel; what takes away may speak of all at once."""
        wide = self.state != "granted"
        purposes = {purpose, EVERYTHING} if wide else {purpose}
        return known_as(self.purpose) in purposes and known_as(self.channel) in {channel, EVERYTHING}

    def is_absolute(self) -> bool:
        """Return whether it objects to direct marketing or profiling: that stands, whatever is agreed to later."""
        name = known_as(self.purpose)
        return self.state == "objected" and (name == EVERYTHING or name not in PURPOSES or PURPOSES[name].objectable)


@dataclass(frozen=True)
class Decision:
    """May somebody be contacted, why, and which entry says so (None: none does)."""

    allowed: bool
    why: str
    entry: Entry | None = None


@dataclass(frozen=True)
class Gate:
    """Every entry, and who is who. people: node → person · unsure: nodes whose person is only probable.

    apart: nodes of role addresses, which name an account · without people, every node is a person of its own
    """

    entries: tuple[Entry, ...] = ()
    people: Mapping[int, int] = field(default_factory=dict)
    unsure: frozenset[int] = frozenset()
    apart: frozenset[int] = frozenset()
    _by_person: dict[int, list[Entry]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort the entries by the person they are about."""
        for entry in self.entries:
            self._by_person.setdefault(self.people.get(entry.node, entry.node), []).append(entry)

    def may(self, subject: int, purpose: str, *, channel: str, now: dt.datetime) -> Decision:
        """Say whether a subject may be contacted, or used, for a purpose through a channel at a moment.

        Default: no. The latest `valid_from` stands; an objection to direct marketing or profiling beats everything for
        those; what has expired is no consent; what an account agreed to stands for nobody in it; a grant counts only
        for identifiers that are one person beyond doubt, a withdrawal for all of them. Raises UsageError for a purpose
        or channel that nobody knows.
        """
        wanted, through = _asked("purpose", purpose, PURPOSES), _asked("channel", channel, CHANNELS)
        if subject in self.apart:
            return Decision(False, "a role address names an account, and no account agrees for a person")
        about = self._by_person.get(self.people.get(subject, subject), [])
        if PURPOSES[wanted].objectable:
            objections = [one for one in about if one.is_absolute() and min(one.valid_from, one.recorded_at) <= now]
            if objections:
                return Decision(False, "objected to direct marketing and profiling", min(objections, key=_order))
        spoken = [one for one in about if one.covers(wanted, through) and one.valid_from <= now and self._counts(one)]
        if not spoken:
            return Decision(False, "nobody agreed to this purpose in this channel")
        last = max(spoken, key=_order)
        if last.state != "granted":
            return Decision(False, f"{last.state} on {last.valid_from.date()}", last)
        if subject in self.unsure:
            return Decision(
                False, "agreed, perhaps by another person: the identifiers are only probably the same", last
            )
        if last.expires_at is not None and last.expires_at <= now:
            return Decision(False, f"agreed, expired on {last.expires_at.date()}", last)
        return Decision(True, f"agreed on {last.valid_from.date()}", last)

    def kept(self, subjects: Iterable[int], purpose: str, *, now: dt.datetime) -> tuple[int, ...]:
        """Return the subjects of an inside use (scoring, training) that did not object to it, in their order."""
        wanted = _asked("purpose", purpose, PURPOSES)
        return tuple(one for one in subjects if not self.objects(one, wanted, now=now))

    def objects(self, subject: int, purpose: str, *, now: dt.datetime) -> bool:
        """Return whether somebody objected to a purpose; of direct marketing and profiling any objection is enough."""
        about = self._by_person.get(self.people.get(subject, subject), [])
        wide = PURPOSES[_asked("purpose", purpose, PURPOSES)].objectable
        return any(
            one.state == "objected"
            and min(one.valid_from, one.recorded_at) <= now
            and ((wide and one.is_absolute()) or known_as(one.purpose) in {purpose, EVERYTHING})
            for one in about
        )

    def agreed(self, *, now: dt.datetime) -> dict[tuple[str, str], int]:
        """Return how many people may be contacted now: (purpose, channel) → people. Whoever shows it hides small cells."""
        asked = {
            (self.people.get(one.node, one.node), known_as(one.purpose), known_as(one.channel))
            for one in self.entries
            if one.state == "granted" and self._counts(one) and one.node not in self.apart
        }
        counts: dict[tuple[str, str], int] = {}
        for person, purpose, channel in sorted(asked):
            if purpose not in PURPOSES or not (channel in CHANNELS or channel == EVERYTHING):
                continue
            for through in CHANNELS if channel == EVERYTHING else (channel,):
                if self.may(person, purpose, channel=through, now=now).allowed:
                    counts[purpose, through] = counts.get((purpose, through), 0) + 1
        return counts

    def _counts(self, entry: Entry) -> bool:
        return entry.state != "granted" or entry.node not in self.unsure


def entry_of(values: Mapping[str, object]) -> str:
    """Return the name of an entry: equal for the same word from the same place, however often it is imported."""
    said = "\x1f".join("" if values.get(name) is None else str(values[name]) for name in ENTRY_PARTS)
    return hashlib.sha256(said.encode()).hexdigest()[:ENTRY_DIGITS]


def known_as(name: str) -> str:
    """Return a purpose or a channel under the name it is known by here.

    >>> known_as(" E-Mail "), known_as("Direct marketing")
    ('email', 'marketing')
    """
    folded = "_".join(name.strip().casefold().split())
    return ALSO.get(folded, folded)


def _asked(what: str, name: str, known: Mapping[str, object]) -> str:
    folded = known_as(name)
    if folded not in known:
        raise UsageError.unknown(what, name, known=known)
    return folded


def _order(entry: Entry) -> tuple[dt.datetime, int, str]:
    return entry.valid_from, CAUTION[entry.state], entry.entry
