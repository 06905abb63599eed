"""People: exact keys first, guarded against joining too much, always reversible.

Identifiers are nodes, reasons are links, people are connected components by repeated minimum label. Facts
carry nodes, never people, so a merge undone changes no fact. A CRM record and its addresses are one core;
every other link may be held back by a guard (and is then a proposal, never a silent merge).
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
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

NOBODY = -1  # no node and no person: those are never negative

Nodes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]  # of few distinct ones, each held once


@dataclass(frozen=True)
class Identifiers:
    """Everything known by name, shape (N,) each. node: sorted, distinct · system: who issues a crm id, "" if not given."""

    node: Nodes
    kind: Texts
    verified: Mask
    role: Mask
    system: Texts


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
    before: Nodes | None = None,
    guards: IdentitySettings | None = None,
) -> Joined:
    """Return who is one person.

    before: person of the last time, NOBODY where there was none, for the guard on growth, shape (N,)
    guards: their bounds, default those of the settings
    """
    past = np.full(len(who.node), NOBODY) if before is None else before
    case = _Case(who, links, past, guards or IdentitySettings())
    count, left, right = len(who.node), case.left, case.right
    held = _held_at_once(case)
    free = np.ones(len(left), dtype=bool)
    free[list(held)] = False
    core = free & case.core
    label = components(count, (left[free], right[free]))
    suspicious = _suspicious(case, label, components(count, (left[core], right[core])))
    for places in _of_groups(np.where(free, label[left], NOBODY), suspicious):
        held.update(_careful(case, places=places.tolist()))
    free[list(held)] = False
    label = components(count, (left[free], right[free]))
    sure = np.ones(len(left)) if links.weight is None else links.weight
    return Joined(who.node[label], _weights(who, label, left[free], right[free], sure[free]), held)


@dataclass(frozen=True)
class _Case:
    """What is to be joined, with what the guards look at."""

    who: Identifiers
    links: Links
    before: Nodes
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
        found = np.full(len(self.who.node), DEVICE)
        for kind, place in STRENGTH.items():
            found[self.who.kind == kind] = place
        return found

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
    left, right = case.left, case.right
    of_role = ~case.chosen & (case.who.role[left] | case.who.role[right])
    open_ = ~case.chosen & ~of_role
    held = dict.fromkeys(np.flatnonzero(of_role).tolist(), "role address: names an account, not a person")
    ends = np.concatenate([left[open_], right[open_]]), np.concatenate([right[open_], left[open_]])
    shared = _shared_by_addresses(case, *ends)
    why = f"shared identifier: more than {case.guards.shared_emails} addresses"
    held.update(dict.fromkeys(np.flatnonzero(open_ & (shared[left] | shared[right])).tolist(), why))
    return held


def _shared_by_addresses(case: _Case, one: Nodes, other: Nodes) -> Mask:
    """Return which identifiers more addresses share than one person has, shape (N,).

    An address counts where it is linked, or one step further behind a CRM record or a user. one, other: each link from both
    of its ends. Nobody's links are multiplied by more addresses than the guard allows, so memory grows with the links.
    """
    strength, most, count = case.strength, case.guards.shared_emails, len(case.who.node)
    holder, mail = _distinct(
        *(ends[(strength[other] == STRENGTH["email"]) & (strength[one] != STRENGTH["email"])] for ends in (one, other))
    )
    mails = np.bincount(holder, minlength=count)
    steps = np.isin(strength[other], (STRENGTH["crm"], STRENGTH["user"]))
    steps &= ~np.isin(strength[one], (STRENGTH["crm"], STRENGTH["email"]))
    start, behind = one[steps], other[steps]
    shared = mails > most
    shared[start[shared[behind]]] = True  # what is linked with a shared record or user is shared as well
    few = ~shared[start] & (mails[behind] > 0)
    start, behind = start[few], behind[few]
    each = mails[behind]
    first = np.searchsorted(holder, behind)
    within = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    further = mail[np.repeat(first, each) + within]
    reached, _ = _distinct(np.concatenate([holder, np.repeat(start, each)]), np.concatenate([mail, further]))
    return np.asarray(shared | (np.bincount(reached, minlength=count) > most))


def _distinct(one: Nodes, other: Nodes) -> tuple[Nodes, Nodes]:
    """Return pairs once each, in order."""
    order = np.lexsort((other, one))
    one, other = one[order], other[order]
    first = np.ones(len(one), dtype=bool)
    first[1:] = (one[1:] != one[:-1]) | (other[1:] != other[:-1])
    return one[first], other[first]


def _of_groups(group: Nodes, wanted: Sequence[int]) -> Iterator[Nodes]:
    """Yield the places at which each wanted group stands, in order; sorted once, for there may be many groups."""
    order = np.argsort(group, kind="stable")
    told = group[order]
    for one in wanted:
        yield order[np.searchsorted(told, one) : np.searchsorted(told, one, side="right")]


def _suspicious(case: _Case, label: Nodes, core: Nodes) -> list[int]:
    """Return the clusters in which a guard may have something to hold back."""
    who, guards, strength = case.who, case.guards, case.strength
    sizes = np.bincount(label, minlength=len(label))
    found = set(np.flatnonzero(sizes > guards.largest_cluster).tolist())
    records = strength == STRENGTH["crm"]
    strong = [(strength == STRENGTH["email"]) & who.verified]
    strong += [records & (who.system == system) for system in sorted(set(who.system[records]))]
    for claiming in strong:  # two cores of one cluster that each have such a key
        groups, _ = _distinct(label[claiming], core[claiming])
        found.update(groups[1:][groups[1:] == groups[:-1]].tolist())
    found.update(_by_phone(case, label, core))
    known = case.before != NOBODY
    if known.any():
        order = np.lexsort((case.before[known], label[known]))
        groups, olds = label[known][order], case.before[known][order]
        starts = np.flatnonzero(np.r_[True, (groups[1:] != groups[:-1]) | (olds[1:] != olds[:-1])])
        largest = np.zeros(len(label), dtype=np.int64)
        np.maximum.at(largest, groups[starts], np.diff(np.r_[starts, len(groups)]))
        found.update(np.flatnonzero((largest >= GROWTH_FROM) & (sizes > guards.growth * largest)).tolist())
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
    who, guards = case.who, case.guards
    verified = [any(who.kind[i] == "email" and who.verified[i] for i in side) for side in (x, y)]
    if all(verified):
        return TWO_ADDRESSES
    systems = [{who.system[i] for i in side if who.kind[i] == "crm"} for side in (x, y)]
    if systems[0] & systems[1]:
        return TWO_RECORDS
    size = len(x) + len(y)
    if size > guards.largest_cluster:
        return f"would make a cluster of more than {guards.largest_cluster} identifiers"
    known = max(sum(1 for i in side if case.before[i] != NOBODY) for side in (x, y))
    if known >= GROWTH_FROM and size > guards.growth * known:
        return f"would grow more than {guards.growth:g}-fold in one import"
    return None


def _weights(
    who: Identifiers, label: Nodes, left: Nodes, right: Nodes, sure: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return each node's best product of link weights to its cluster's strongest identifier (1 where all are exact)."""
    weights = np.ones(len(label))
    unsure = np.unique(label[left[sure < 1]])
    if not len(unsure):
        return weights
    near: dict[int, list[tuple[int, float]]] = defaultdict(list)
    inside = np.isin(label[left], unsure)
    for i, j, link in zip(left[inside].tolist(), right[inside].tolist(), sure[inside].tolist(), strict=True):
        near[i].append((j, link))
        near[j].append((i, link))
    for places in _of_groups(label, unsure.tolist()):
        group = places.tolist()
        start = min(group, key=lambda i: (STRENGTH.get(str(who.kind[i]), DEVICE), i))
        best, heap = dict.fromkeys(group, 0.0), [(-1.0, start)]
        while heap:
            negative, i = heapq.heappop(heap)
            if -negative > best[i]:
                best[i] = -negative
                for j, link in near[i]:
                    heapq.heappush(heap, (negative * link, j))
        weights[group] = [best[i] for i in group]
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
