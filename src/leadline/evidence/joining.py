"""From probable pairs to links: the best one of both sides joins, every other one is proposed and waits for a person.

The model looks at whom exact keys and people's own decisions left apart, never at what it said before: links of its own
make no chains. What a person took apart stays apart. Runs under the lock of imports, with the warehouse closed while it
computes, so that readers wait for moments only.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from leadline.evidence import decided, merging, people, probable
from leadline.evidence.contact_records import named_nodes, records
from leadline.evidence.identity import DEVICE, STRENGTH, TWO_ADDRESSES, TWO_RECORDS, Identifiers
from leadline.evidence.probable import Pair
from leadline.evidence.store import Reach
from leadline.settings import IdentitySettings

if TYPE_CHECKING:
    import duckdb

    from leadline.evidence.store import Store, Warehouse
    from leadline.workspace import Workspace

MARK = "probable"  # key of `meta`: what was searched with, or that a search is due
SOURCE = "splink"
CLEARLY = 3.0  # own: the best pair must be eight times as likely as the next one of either side, else it is none

NAMES_DIFFER = "a name differs"
NOT_SURE = "not certain enough to join by itself"
ANOTHER_FITS = "another record fits as well"


@dataclass(frozen=True)
class Found:
    """A link to be: between two nodes; held: why it only is a proposal, "" where it joins."""

    a: int
    b: int
    weight: float
    reason: str
    held: str


@dataclass(frozen=True)
class Base:
    """People by exact keys and by decisions. person: node → person · claims: person → what no other may share · ends: person → its strongest node."""

    person: Mapping[int, int]
    kinds: Mapping[int, str]
    claims: Mapping[int, frozenset[str]]
    ends: Mapping[int, int]
    apart: frozenset[tuple[int, int]]

    @classmethod
    def read(
        cls,
        store: Warehouse,
        guards: IdentitySettings,
        *,
        named: Sequence[int],
        taken_apart: Iterable[tuple[int, int]] = (),
    ) -> Base:
        """Return who is one person before anything is guessed, of those with a contact or a link.

        named: nodes with a contact · taken_apart: pairs of nodes that a person took apart
        """
        with store.sitting() as asked:
            known = people.Known.read(asked.ask, ("exact", "manual"), also=named)
        person = dict(zip(known.who.node.tolist(), known.joined(guards).person.tolist(), strict=True))
        pairs = (sorted((person[a], person[b])) for a, b in taken_apart if a in person and b in person)
        return cls(
            person, dict(zip(known.who.node.tolist(), known.who.kind, strict=True)), _claims(known.who, person),
            _ends(known.who, person), frozenset((a, b) for a, b in pairs if a != b),
        )  # fmt: skip

    def conflict(self, pair: Pair) -> str:
        """Return why two people may not be joined without a person looking at it, "" where nothing speaks against it."""
        both = self.claims.get(pair.a, frozenset()) & self.claims.get(pair.b, frozenset())
        if "email" in both:
            return TWO_ADDRESSES
        return TWO_RECORDS if both else ""


def _claims(who: Identifiers, person: Mapping[int, int]) -> dict[int, frozenset[str]]:
    """Return per person its strong keys: a verified address, a record of each CRM."""
    claims: dict[int, set[str]] = defaultdict(set)
    for node, kind, verified, system in zip(who.node.tolist(), who.kind, who.verified, who.system, strict=True):
        if kind == "crm" or (kind == "email" and verified):
            claims[person[node]].add("email" if kind == "email" else f"crm {system}")
    return {one: frozenset(kinds) for one, kinds in claims.items()}


def _ends(who: Identifiers, person: Mapping[int, int]) -> dict[int, int]:
    """Return the node by which each person is linked: its strongest, of equal ones the smallest."""
    ends: dict[int, tuple[int, int]] = {}
    for node, kind in zip(who.node.tolist(), who.kind, strict=True):
        place = STRENGTH.get(kind, DEVICE), node
        ends[person[node]] = min(place, ends.get(person[node], place))
    return {one: node for one, (_, node) in ends.items()}


def best(pairs: Sequence[Pair], base: Base, *, settings: IdentitySettings) -> Iterator[Found]:
    """Yield every pair as a link or a proposal: at most one link per person, and only where it is clearly the best of both.

    pairs: by persons · Nothing that a person took apart is given.
    """
    open_pairs = [one for one in pairs if one.weight >= settings.proposal and (one.a, one.b) not in base.apart]
    why = {(one.a, one.b): base.conflict(one) or _doubt(one, settings) for one in open_pairs}
    rivals: dict[int, list[float]] = defaultdict(list)
    for one in open_pairs:
        if not why[one.a, one.b]:
            rivals[one.a].append(one.bits)
            rivals[one.b].append(one.bits)
    for one in open_pairs:
        held = why[one.a, one.b]
        beaten = not held and any(sum(bits > one.bits - CLEARLY for bits in rivals[end]) > 1 for end in (one.a, one.b))
        a, b = sorted((base.ends[one.a], base.ends[one.b]))
        yield Found(a, b, one.weight, one.reason, ANOTHER_FITS if beaten else held)


def _doubt(pair: Pair, settings: IdentitySettings) -> str:
    if not pair.is_named_alike:
        return NAMES_DIFFER
    return NOT_SURE if pair.weight < settings.probable else ""


def mark_due(connection: duckdb.DuckDBPyConnection) -> None:
    """Note, inside the open transaction, that contacts came in and are to be compared."""
    merging.put_meta(connection, MARK, value="{}")


@dataclass(frozen=True)
class Search:
    """What a search for probable links works with. seed: of every random use · moment: the time now, UTC."""

    workspace: Workspace
    store: Warehouse
    settings: IdentitySettings
    seed: int
    moment: dt.datetime

    @property
    def with_what(self) -> str:
        """Return a short text that changes with the settings, and where Splink came or went."""
        text = repr((astuple(self.settings), self.seed, probable.is_installed()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def is_due(self, asked: Store | None = None) -> bool:
        """Return whether contacts wait to be compared: new ones, or as before with something else."""
        store = asked or self.store
        if not store.exists() or not self.workspace.contacts.exists():
            return False
        return last(store).get("with") != self.with_what

    def run(self) -> str:
        """Compare the contacts, write links and proposals, compute people anew; return why nothing was compared, "" if it was.

        The caller holds the lock of imports. One transaction: a kill leaves the links as they were, and the search due.
        """
        contacts = self.workspace.contacts
        base = Base.read(
            self.store, self.settings, named=named_nodes(contacts), taken_apart=decided.apart(self.workspace)
        )
        scored = probable.scored(records(contacts, base.person, kinds=base.kinds), seed=self.seed)
        found = list(best(scored.pairs, base, settings=self.settings))
        done = json.dumps({"with": self.with_what, "why_not": scored.why_not}, sort_keys=True)
        with self.store.writing(Reach()) as connection, merging.transaction(connection):
            if _write(connection, found, self.moment):
                decided.bring_in(connection, self.workspace)
                people.recompute(connection, self.settings)
                people.renew(connection, MARK)
            merging.put_meta(connection, MARK, value=done)
        return scored.why_not


def last(store: Store) -> dict[str, str]:
    """Return what the last search was done with, and `why_not`; {} where one is due or there was none."""
    found = store.ask(f"SELECT value FROM meta WHERE key = '{MARK}'")["value"].to_pylist()
    return dict(json.loads(found[0])) if found else {}


def _write(connection: duckdb.DuckDBPyConnection, found: Iterable[Found], moment: dt.datetime) -> bool:
    """Bring the probable links to what was found; return whether any of them is another than before."""
    rows = [
        {"link_id": link_id(one.a, one.b, method="probable"), "a": one.a, "b": one.b, "weight": one.weight, "reason": one.reason,
         "held": one.held or None, "method": "proposed" if one.held else "probable"}
        for one in found
    ]  # fmt: skip
    kinds = {"a": pa.int64(), "b": pa.int64(), "weight": pa.float64()}
    names = ("link_id", "a", "b", "weight", "reason", "held", "method")
    shape = pa.schema([(name, kinds.get(name, pa.string())) for name in names])
    connection.register("found", pa.Table.from_pylist(rows, shape))
    used = {"moment": moment, "own": people.RETIRED, "source": SOURCE}
    counted: list[int] = [
        connection.execute(text, {name: value for name, value in used.items() if f"${name}" in text}).fetchall()[0][0]
        for text in _STEPS
    ]
    connection.unregister("found")
    return sum(counted) > 0


_STEPS = (
    # No longer given: kept, and marked as undone by nobody.
    """UPDATE links SET undone_at = $moment, undone_by = $own
       WHERE method IN ('probable', 'proposed') AND undone_at IS NULL AND link_id NOT IN (SELECT link_id FROM found)""",
    # Given again, or otherwise than before.
    """UPDATE links SET weight = f.weight, reason = f.reason, method = f.method, held = f.held, undone_at = NULL, undone_by = NULL
       FROM found f WHERE links.link_id = f.link_id AND (links.undone_at IS NULL OR links.undone_by = $own)
       AND (links.undone_at IS NOT NULL OR links.weight <> f.weight OR links.reason <> f.reason OR links.method <> f.method)""",
    """INSERT INTO links (source, source_key, link_id, a, b, method, weight, reason, held, linked_at)
       SELECT $source, f.a || '-' || f.b, f.link_id, f.a, f.b, f.method, f.weight, f.reason, f.held, $moment
       FROM found f WHERE f.link_id NOT IN (SELECT link_id FROM links) ORDER BY f.link_id""",
)


def link_id(a: int, b: int, *, method: str) -> str:
    """Return the id of the link between two nodes by some method."""
    return f"{min(a, b)}-{max(a, b)}-{method}"
