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
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

SHARED_EMAILS = 5  # design, evidence section 4.3: linked to more than five e-mails is shared (own default, settable)
LARGEST_CLUSTER = 20  # design, evidence section 4.3: more identifiers are held for review (own default, settable)
GROWTH = 3.0  # design, evidence section 4.3: growth over threefold in one import is held (own default, settable)
GROWTH_FROM = 5  # own: threefold of a smaller cluster is an ordinary week
# Strongest first (design, evidence section 4.1); device-like kinds are equally weak.
STRENGTH: Mapping[str, int] = {"crm": 0, "email": 1, "user": 2, "phone": 3}
DEVICE = 4  # own: the place after the last of STRENGTH

Nodes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Identifiers:
    """Everything known by name. node: sorted, distinct, shape (N,) · system: who issues a crm id, "" if not given."""

    node: Nodes
    kind: Sequence[str]
    verified: Sequence[bool]
    role: Sequence[bool]
    system: Sequence[str]


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
    links: tuple[Nodes, Nodes],
    *,
    weight: npt.NDArray[np.float64] | None = None,
    before: Mapping[int, int] | None = None,
) -> Joined:
    """Return who is one person, given links between nodes, in the order they were made.

    links: nodes of both ends, each of shape (L,) · weight: of each link, default 1 (exact) · before: node → person of the last time, for the guard on growth.
    """
    (a, b), count = links, len(who.node)
    left, right = np.searchsorted(who.node, a), np.searchsorted(who.node, b)
    sure = np.ones(len(a)) if weight is None else weight
    held = _held_at_once(who, left, right)
    free = np.array([place not in held for place in range(len(a))], dtype=bool)
    core = free & _within_core(who, left, right)
    label = components(count, (left[free], right[free]))
    for group in _suspicious(who, label, components(count, (left[core], right[core])), before):
        places = [int(place) for place in np.flatnonzero(free & (label[left] == group))]
        held.update(_careful(who, (left, right), places=places, core=core, before=before))
    free = np.array([place not in held for place in range(len(a))], dtype=bool)
    label = components(count, (left[free], right[free]))
    return Joined(who.node[label], _weights(who, label, left[free], right[free], sure[free]), held)


def _within_core(who: Identifiers, left: Nodes, right: Nodes) -> npt.NDArray[np.bool_]:
    pairs = zip(left, right, strict=True)
    return np.array([{who.kind[i], who.kind[j]} <= {"crm", "email"} for i, j in pairs], dtype=bool)


def _held_at_once(who: Identifiers, left: Nodes, right: Nodes) -> dict[int, str]:
    """Return the links of role addresses and of identifiers that too many addresses share."""
    held: dict[int, str] = {}
    near: dict[int, set[int]] = defaultdict(set)
    for place, (i, j) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
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
        if len(mails[i].union(*further)) > SHARED_EMAILS:
            shared.add(i)
    for place, (i, j) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        if place not in held and (i in shared or j in shared):
            held[place] = f"shared identifier: more than {SHARED_EMAILS} addresses"
    return held


def _suspicious(who: Identifiers, label: Nodes, core: Nodes, before: Mapping[int, int] | None) -> list[int]:
    """Return the clusters in which a guard may have something to hold back."""
    sizes = np.bincount(label, minlength=len(label))
    found = set(np.flatnonzero(sizes > LARGEST_CLUSTER).tolist())
    claims: dict[tuple[int, str], set[int]] = defaultdict(set)
    for place, kind in enumerate(who.kind):
        if (kind == "email" and who.verified[place]) or kind == "crm":
            claim = "email" if kind == "email" else f"crm {who.system[place]}"
            claims[int(label[place]), claim].add(int(core[place]))
    found.update(group for (group, _), cores in claims.items() if len(cores) > 1)
    if before:
        old: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for place, node in enumerate(who.node.tolist()):
            if node in before:
                old[int(label[place])][before[node]] += 1
        found.update(
            group for group, parts in old.items()
            if max(parts.values()) >= GROWTH_FROM and sizes[group] > GROWTH * max(parts.values())
        )  # fmt: skip
    return sorted(found)


def _careful(
    who: Identifiers,
    sides: tuple[Nodes, Nodes],
    *,
    places: Sequence[int],
    core: npt.NDArray[np.bool_],
    before: Mapping[int, int] | None,
) -> dict[int, str]:
    """Join the links of one cluster one by one, cores first, then by strength; return those that a guard holds."""
    parent: dict[int, int] = {}
    members: dict[int, set[int]] = {}

    def root(i: int) -> int:
        parent.setdefault(i, i)
        members.setdefault(i, {i})
        while parent[i] != i:
            i = parent[i]
        return i

    def rank(place: int) -> tuple[bool, int, int]:
        strengths = [STRENGTH.get(who.kind[int(side[place])], DEVICE) for side in sides]
        return not core[place], max(strengths), place

    held: dict[int, str] = {}
    for place in sorted(places, key=rank):
        x, y = root(int(sides[0][place])), root(int(sides[1][place]))
        if x == y:
            continue
        why = None if core[place] else _conflict(who, members[x], members[y], before)
        if why is not None:
            held[place] = why
            continue
        low, high = min(x, y), max(x, y)
        parent[high] = low
        members[low] |= members.pop(high)
    return held


def _conflict(who: Identifiers, x: set[int], y: set[int], before: Mapping[int, int] | None) -> str | None:
    """Return why two clusters may not be joined without a person looking at it, or None."""
    verified = [any(who.kind[i] == "email" and who.verified[i] for i in side) for side in (x, y)]
    if all(verified):
        return "would join two verified e-mail addresses"
    systems = [{who.system[i] for i in side if who.kind[i] == "crm"} for side in (x, y)]
    if systems[0] & systems[1]:
        return "would join two records of one CRM"
    size = len(x) + len(y)
    if size > LARGEST_CLUSTER:
        return f"would make a cluster of more than {LARGEST_CLUSTER} identifiers"
    known = max((sum(1 for i in side if before and int(who.node[i]) in before) for side in (x, y)), default=0)
    if known >= GROWTH_FROM and size > GROWTH * known:
        return f"would grow more than {GROWTH:g}-fold in one import"
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
