"""Who was joined, why, and what waits for a decision: links as verbs and pages show them, without names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadline.evidence import joining, people

if TYPE_CHECKING:
    from leadline.evidence.store import Store

LISTED = 50  # own: links of one state in a list; what a person decides in one sitting


@dataclass(frozen=True)
class End:
    """One end of a link. kind: of the identifier · system: who issues it, "" if not known · node: its pseudonym's number."""

    node: int
    kind: str
    system: str
    person: int

    @property
    def short(self) -> str:
        """Return a short pseudonym, for telling two apart on one page."""
        return f"{self.node:016x}"[-6:]


@dataclass(frozen=True)
class LinkSeen:
    """One link. state: joins, waits, undone · held: why it waits · weight: certainty 0..1."""

    link: str
    state: str
    method: str
    weight: float
    reason: str
    held: str
    ends: tuple[End, End]
    linked_at: dt.datetime | None
    undone_at: dt.datetime | None
    undone_by: str

    def document(self) -> dict[str, Any]:
        """Return the link as plain values."""
        a, b = self.ends
        return {
            "link": self.link, "state": self.state, "method": self.method, "weight": self.weight, "reason": self.reason,
            "held": self.held or None, "a": f"{a.kind} {a.short}", "b": f"{b.kind} {b.short}",
            "undone_by": self.undone_by or None,
        }  # fmt: skip


@dataclass(frozen=True)
class Who:
    """What is known about who is one person.

    rules: method and reason → links that join by it · why_not: why names were not compared, "" where they were
    joins, waits, undone: the first LISTED of each · counts: state → all of them
    """

    identifiers: int
    people: int
    rules: tuple[tuple[str, str, int], ...]
    links: Mapping[str, tuple[LinkSeen, ...]]
    counts: Mapping[str, int]
    why_not: str

    def document(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "identifiers": self.identifiers,
            "people": self.people,
            "joined_by": [{"method": method, "reason": reason, "links": n} for method, reason, n in self.rules],
            "why_not": self.why_not,
            "counts": dict(self.counts),
            "links": [one.document() for listed in self.links.values() for one in listed],
        }


def who_is_one(store: Store) -> Who:
    """Return who was joined by what, which links wait, and which were undone."""
    seen = [_link(row) for row in store.ask("links_seen", retired=people.RETIRED).to_pylist()]
    by_state = {state: tuple(one for one in seen if one.state == state) for state in ("joins", "waits", "undone")}
    row = store.ask("SELECT COUNT(*) AS identifiers, COUNT(DISTINCT person) AS people FROM people").to_pylist()[0]
    rules = tuple((one["method"], one["reason"] or "", one["links"]) for one in store.ask("joined_by").to_pylist())
    return Who(
        row["identifiers"], row["people"], rules, {state: found[:LISTED] for state, found in by_state.items()},
        {state: len(found) for state, found in by_state.items()}, joining.last(store).get("why_not", ""),
    )  # fmt: skip


def links_of(store: Store, person: int) -> tuple[LinkSeen, ...]:
    """Return the links that make one person of some identifiers; none for somebody unknown, or with one identifier."""
    return tuple(_link(row) for row in store.ask("links_of_person", person=person).to_pylist())


def _link(row: Mapping[str, Any]) -> LinkSeen:
    ends = (
        End(row["a"], row["a_kind"], row["a_system"] or "", row["a_person"]),
        End(row["b"], row["b_kind"], row["b_system"] or "", row["b_person"]),
    )
    return LinkSeen(
        row["link_id"], row["state"], row["method"], row["weight"], row["reason"] or "", row["held"] or "", ends,
        row["linked_at"], row["undone_at"], row["undone_by"] or "",
    )  # fmt: skip
