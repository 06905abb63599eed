"""People: exact keys first, guarded against joining too much, always reversible.

Identifiers are nodes, reasons are links, people are connected components by repeated minimum label. Facts
carry nodes, never people, so a merge undone changes no fact. A CRM record and its addresses are one core;
every other link may be held back by a guard (and is then a proposal, never a silent merge).
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources

import numpy as np
import numpy.typing as npt

from leadline.settings import IdentitySettings

GROWTH_FROM = 5  # own: threefold of a smaller cluster is an ordinary week
# Strongest first (design, evidence section 4.1); device-like kinds are equally weak.
STRENGTH: Mapping[str, int] = {"crm": 0, "email": 1, "user": 2, "phone": 3}
DEVICE = 4  # own: the place after the last of STRENGTH

TWO_ADDRESSES = "would join two verified e-mail addresses"
TWO_RECORDS = "would join two records of one CRM"
PHONE_ALONE = "a telephone alone would join two addresses: it may be a switchboard's"

Nodes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Identifiers:
    """Everything known by name. node: sorted, distinct, shape (N,) · system: who issues a crm id, "" if not given."""

    node: Nodes
    kind: Sequence[str]
    verified: Sequence[bool]
    role: Sequence[bool]
    system: Sequence[str]


@dataclass(frozen=True)
class Links:
    """Reasons to join two nodes, in the order they were made.

    a, b: the nodes, shape (L,) each · weight: certainty, shape (L,), None for all exact
    chosen: a person said so, no guard holds it, shape (L,) · guessed: probable, not exact, shape (L,)
    """

    a: Nodes
    b: Nodes
    weight: npt.NDArray[np.float64] | None = None
    chosen: Mask | None = None
    guessed: Mask | None = None

    def mask(self, of: Mask | None) -> Mask:
        """Return a mask, all false where none was given."""
        return np.zeros(len(self.a), dtype=bool) if of is None else of


@dataclass(frozen=True)
class Joined:
    """Who is one person.

    person: smallest node of the cluster, shape (N,) · weight: certainty of the weakest link on the way to the
    cluster's strongest identifier, shape (N,) · held: number of the link → why a guard holds it back
    """

    person: Nodes
    weight: npt.NDArray[np.float64]
    held: Mapping[int, str] = field(default_factory=dict)


def components(count: int, links: tuple[Nodes, Nodes]) -> Nodes:
    """Return the smallest index of each index's connected component, by repeated minimum label.

    >>> components(4, (np.array([2, 3]), np.array([3, 1]))).tolist()
    [0, 1, 1, 1]
    """
    a, b = links
    label = np.arange(count)
    while len(a):
        left, right = label[a], label[b]
        low = np.minimum(left, right)
        before = label.copy()
        np.minimum.at(label, left, low)
        np.minimum.at(label, right, low)
        label = label[label]  # pointer jumping: a chain of n identifiers takes log n rounds, not n
        label = label[label]
        if np.array_equal(label, before):
            break
    return label


def join(
    who: Identifiers,
    links: Links,
    *,
    before: Mapping[int, int] | None = None,
    guards: IdentitySettings | None = None,
) -> Joined:
    """Return who is one person.

    before: node → person of the last time, for the guard on growth · guards: their bounds, default those of the settings
    """
    case = _Case(who, links, before or {}, guards or IdentitySettings())
    count, left, right = len(who.node), case.left, case.right
    held = _held_at_once(case)
    free = np.ones(len(left), dtype=bool)
    free[list(held)] = False
    core = free & case.core
    label = components(count, (left[free], right[free]))
    for group in _suspicious(case, label, components(count, (left[core], right[core]))):
        held.update(_careful(case, places=np.flatnonzero(free & (label[left] == group)).tolist()))
    free[list(held)] = False
    label = components(count, (left[free], right[free]))
    sure = np.ones(len(left)) if links.weight is None else links.weight
    return Joined(who.node[label], _weights(who, label, left[free], right[free], sure[free]), held)


@dataclass(frozen=True)
class _Case:
    """What is to be joined, with what the guards look at."""

    who: Identifiers
    links: Links
    before: Mapping[int, int]
    guards: IdentitySettings

    @cached_property
    def left(self) -> Nodes:
        """Return the place of each link's first end among the identifiers, shape (L,)."""
        return np.searchsorted(self.who.node, self.links.a)

    @cached_property
    def right(self) -> Nodes:
        """Return the place of each link's second end."""
        return np.searchsorted(self.who.node, self.links.b)

    @cached_property
    def strength(self) -> Nodes:
        """Return the strength of each identifier's kind, 0 the strongest, shape (N,)."""
        return np.array([STRENGTH.get(kind, DEVICE) for kind in self.who.kind], dtype=np.int64)

    @cached_property
    def chosen(self) -> Mask:
        """Return which links a person made."""
        return self.links.mask(self.links.chosen)

    @cached_property
    def core(self) -> Mask:
        """Return which links no guard may hold: between records and their addresses by an exact key, or made by a person."""
        named = self.strength <= STRENGTH["email"]
        exact = ~self.links.mask(self.links.guessed)
        return np.asarray(self.chosen | (exact & named[self.left] & named[self.right]))


def _held_at_once(case: _Case) -> dict[int, str]:
    """Return the links of role addresses and of identifiers that too many addresses share."""
    who, most = case.who, case.guards.shared_emails
    held: dict[int, str] = {}
    near: dict[int, set[int]] = defaultdict(set)
    pairs = list(zip(case.left.tolist(), case.right.tolist(), case.chosen.tolist(), strict=True))
    for place, (i, j, chosen) in enumerate(pairs):
        if chosen:
            continue
        if who.role[i] or who.role[j]:
            held[place] = "role address: names an account, not a person"
            continue
        near[i].add(j)
        near[j].add(i)
    mails = {i: {j for j in near[i] if who.kind[j] == "email"} for i in near}
    shared = set()
    for i, around in near.items():
        if who.kind[i] == "email":
            continue
        further = (mails[j] for j in around if who.kind[j] in {"crm", "user"} and who.kind[i] != "crm")
        if len(mails[i].union(*further)) > most:
            shared.add(i)
    for place, (i, j, chosen) in enumerate(pairs if shared else ()):
        if place not in held and not chosen and (i in shared or j in shared):
            held[place] = f"shared identifier: more than {most} addresses"
    return held


def _suspicious(case: _Case, label: Nodes, core: Nodes) -> list[int]:
    """Return the clusters in which a guard may have something to hold back."""
    who, guards = case.who, case.guards
    sizes = np.bincount(label, minlength=len(label))
    found = set(np.flatnonzero(sizes > guards.largest_cluster).tolist())
    claims: dict[tuple[int, str], set[int]] = defaultdict(set)
    for place, kind in enumerate(who.kind):
        if (kind == "email" and who.verified[place]) or kind == "crm":
            claim = "email" if kind == "email" else f"crm {who.system[place]}"
            claims[int(label[place]), claim].add(int(core[place]))
    found.update(group for (group, _), cores in claims.items() if len(cores) > 1)
    found.update(_by_phone(case, label, core))
    if case.before:
        old: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for place, node in enumerate(who.node.tolist()):
            if node in case.before:
                old[int(label[place])][case.before[node]] += 1
        found.update(
            group for group, parts in old.items()
            if max(parts.values()) >= GROWTH_FROM and sizes[group] > guards.growth * max(parts.values())
        )  # fmt: skip
    return sorted(found)


def _by_phone(case: _Case, label: Nodes, core: Nodes) -> set[int]:
    """Return the clusters in which a telephone stands between two cores that each have an address."""
    kinds = case.strength
    addressed = np.zeros(len(kinds), dtype=bool)
    addressed[core[kinds == STRENGTH["email"]]] = True
    cores: dict[int, set[int]] = defaultdict(set)
    for one, other in ((case.left, case.right), (case.right, case.left)):
        places = (kinds[one] == STRENGTH["phone"]) & addressed[core[other]]
        for phone, near in zip(one[places].tolist(), core[other[places]].tolist(), strict=True):
            cores[phone].add(near)
    return {int(label[phone]) for phone, near in cores.items() if len(near) > 1}


def _careful(case: _Case, *, places: Sequence[int]) -> dict[int, str]:
    """Join the links of one cluster one by one, cores first, then exact ones by strength; return those a guard holds."""
    parent: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    left, right, guessed = case.left, case.right, case.links.mask(case.links.guessed)
    is_phone, is_mail = case.strength == STRENGTH["phone"], case.strength == STRENGTH["email"]
    by_phone = ~case.core & ~guessed & (is_phone[left] | is_phone[right])

    def root(i: int) -> int:
        parent.setdefault(i, i)
        members.setdefault(i, {i})
        while parent[i] != i:
            i = parent[i]
        return i

    def rank(place: int) -> tuple[bool, bool, int, int]:
        strength = max(case.strength[left[place]], case.strength[right[place]])
        return not case.core[place], bool(guessed[place]), int(strength), place

    held: dict[int, str] = {}
    for place in sorted(places, key=rank):
        x, y = root(int(left[place])), root(int(right[place]))
        if x == y:
            continue
        why = None if case.core[place] else _conflict(case, members[x], members[y])
        if why is None and by_phone[place] and all(any(is_mail[i] for i in members[end]) for end in (x, y)):
            why = PHONE_ALONE
        if why is not None:
            held[place] = why
            continue
        low, high = min(x, y), max(x, y)
        parent[high] = low
        members[low] |= members.pop(high)
    return held


def _conflict(case: _Case, x: set[int], y: set[int]) -> str | None:
    """Return why two clusters may not be joined without a person looking at it, or None."""
    who, guards, before = case.who, case.guards, case.before
    verified = [any(who.kind[i] == "email" and who.verified[i] for i in side) for side in (x, y)]
    if all(verified):
        return TWO_ADDRESSES
    systems = [{who.system[i] for i in side if who.kind[i] == "crm"} for side in (x, y)]
    if systems[0] & systems[1]:
        return TWO_RECORDS
    size = len(x) + len(y)
    if size > guards.largest_cluster:
        return f"would make a cluster of more than {guards.largest_cluster} identifiers"
    known = max((sum(1 for i in side if int(who.node[i]) in before) for side in (x, y)), default=0)
    if known >= GROWTH_FROM and size > guards.growth * known:
        return f"would grow more than {guards.growth:g}-fold in one import"
    return None


def _weights(
    who: Identifiers, label: Nodes, left: Nodes, right: Nodes, sure: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return each node's best product of link weights to its cluster's strongest identifier (1 where all are exact)."""
    weights = np.ones(len(label))
    unsure = set(label[left[sure < 1]].tolist())
    if not unsure:
        return weights
    near: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for i, j, link in zip(left.tolist(), right.tolist(), sure.tolist(), strict=True):
        if int(label[i]) in unsure:
            near[i].append((j, link))
            near[j].append((i, link))
    for group in unsure:
        inside = np.flatnonzero(label == group).tolist()
        start = min(inside, key=lambda i: (STRENGTH.get(who.kind[i], DEVICE), i))
        best, heap = dict.fromkeys(inside, 0.0), [(-1.0, start)]
        while heap:
            negative, i = heapq.heappop(heap)
            if -negative > best[i]:
                best[i] = -negative
                for j, link in near[i]:
                    heapq.heappush(heap, (negative * link, j))
        weights[inside] = [best[i] for i in inside]
    return weights


def company_domain(address: str) -> str | None:
    """Return the company's domain of an address, or None for free mail.

    >>> company_domain("eva@mail.pumps.co.uk"), company_domain("max@gmail.com")
    ('pumps.co.uk', None)
    """
    labels = address.rpartition("@")[2].lower().split(".")
    if len(labels) < 2:
        return None
    second = ".".join(labels[-2:])
    domain = ".".join(labels[-3:]) if second in _listed("public_suffixes.txt") else second
    return None if domain in _listed("free_mail.txt") else domain


@cache
def _listed(name: str) -> frozenset[str]:
    text = (resources.files("leadline.evidence") / "data" / name).read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
