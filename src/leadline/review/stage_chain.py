"""The bridge as the data draw it: which states there are, which follows which, which of them is the sale.

Nothing is guessed from names but the two ends (what was lost, what was sold): what follows what is counted.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from leadline.evidence.frames import AsOf, answer
from leadline.evidence.store import Store
from leadline.evidence.tactics import folded
from leadline.review.stage_names import SALE_NAMES

LOST = "lost"
Pair = tuple[str, str]


@dataclass(frozen=True)
class State:
    """One state that subjects entered.

    names: as the sources write it · kinds: person, deal, account · subjects: how many entered it
    money: entries that carry an amount · sources: who tells of it
    """

    id: str
    names: tuple[str, ...]
    kinds: frozenset[str]
    subjects: int
    money: int
    first: dt.date
    last: dt.date
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Chain:
    """The states in the order of the way, `lost` last, and the steps between them.

    sale: the state that is the sale, None where the names do not tell · ends: states that nothing follows, lost apart
    """

    states: tuple[State, ...] = ()
    steps: tuple[Pair, ...] = ()
    sale: str | None = None

    @property
    def ends(self) -> tuple[str, ...]:
        """Return the states that nothing follows."""
        left = {start for start, _ in self.steps}
        return tuple(state.id for state in self.states if state.id not in left and state.id != LOST)

    @property
    def heads(self) -> tuple[str, ...]:
        """Return the states in which a way begins."""
        reached = {end for _, end in self.steps}
        return tuple(state.id for state in self.states if state.id not in reached and state.id != LOST)

    @property
    def doubtful_sales(self) -> tuple[str, ...]:
        """Return the states among which a person must say what the sale is; empty where the data tell.

        Another end of the way that carries money may be a sale as well.
        """
        if not self.states:
            return ()
        by_id = {state.id: state for state in self.states}
        if self.sale is None:
            return self.ends
        others = tuple(end for end in self.ends if end != self.sale and by_id[end].money)
        return (self.sale, *others) if others else ()


def chain(store: Store, at: AsOf) -> Chain:
    """Return the states and steps of everything the warehouse tells of up to a day; empty where no stage was imported."""
    seen = answer(store, "stages_seen", at=at)
    if not seen:
        return Chain()
    counted: dict[Pair, int] = {}
    direct: dict[Pair, int] = {}
    kinds: dict[str, set[str]] = defaultdict(set)
    for row in seen:
        kinds[row["subject_kind"]].add(row["stage"])
    for row in answer(store, "stage_order", params={"lost": LOST}, at=at):
        pair = (row["earlier"], row["later"])
        counted[pair] = counted.get(pair, 0) + row["subjects"]
        direct[pair] = direct.get(pair, 0) + row["directly"]
    steps = _steps(counted, direct)
    handed = answer(store, "handed_over", params={"lost": LOST}, at=at)
    steps = _joined(steps, handed[0]["stage"] if handed else None, deal_states=kinds["deal"] - {LOST})
    states = _states(seen, steps)
    place = {state.id: number for number, state in enumerate(states)}
    along = sorted(steps, key=lambda pair: (place[pair[0]], place[pair[1]]))
    return Chain(states, tuple(along), _sale(states, steps))


def _steps(counted: Mapping[Pair, int], direct: Mapping[Pair, int]) -> tuple[Pair, ...]:
    """Return the steps that most subjects take: from each state the most frequent next one, to each the one before.

    A step against the order of most subjects is none; one that only leaps over others is none either.
    """
    along = {pair: n for pair, n in direct.items() if n and counted[pair] > counted.get((pair[1], pair[0]), 0)}
    before = Counter(end for _, end in along)  # where two are equally frequent, the nearer one
    ranked = sorted(along, key=lambda pair: (-along[pair], before[pair[1]] - before[pair[0]], pair))
    wanted = {next(pair for pair in ranked if pair[0] == state) for state in {pair[0] for pair in along}}
    wanted |= {next(pair for pair in ranked if pair[1] == state) for state in {pair[1] for pair in along}}
    chosen: list[Pair] = []
    for pair in ranked:
        if pair in wanted and pair[0] not in _beyond(pair[1], chosen):
            chosen.append(pair)
    return tuple(pair for pair in chosen if pair[1] not in _beyond(pair[0], [one for one in chosen if one != pair]))


def _joined(steps: Sequence[Pair], before: str | None, *, deal_states: set[str]) -> tuple[Pair, ...]:
    """Return the steps with the one from a person's last state to the first states of deals."""
    if before is None or before in deal_states:
        return tuple(steps)
    reached = {end for start, end in steps if start in deal_states}
    heads = sorted(deal_states - reached)
    added = [(before, head) for head in heads if before not in _beyond(head, steps)]
    return (*steps, *(pair for pair in added if pair not in steps))


def _beyond(state: str, steps: Iterable[Pair]) -> set[str]:
    """Return a state and all that steps lead to from it."""
    found, fresh = set[str](), {state}
    while fresh:
        found |= fresh
        fresh = {end for start, end in steps if start in fresh} - found
    return found


def _states(seen: Sequence[Mapping[str, object]], steps: Sequence[Pair]) -> tuple[State, ...]:
    """Return the states in the order of the way; what stands alone comes by its first day, `lost` last."""
    rows: dict[str, list[Mapping[str, object]]] = defaultdict(list)
    for row in seen:
        rows[str(row["stage"])].append(row)
    found = {
        name: State(
            id=name,
            names=tuple(dict.fromkeys(str(row["stage_raw"] or name) for row in mine)),
            kinds=frozenset(str(row["subject_kind"]) for row in mine),
            subjects=sum(int(str(row["subjects"])) for row in mine),
            money=sum(int(str(row["money"])) for row in mine),
            first=min(day for row in mine if isinstance(day := row["first_day"], dt.date)),
            last=max(day for row in mine if isinstance(day := row["last_day"], dt.date)),
            sources=tuple(sorted({str(row["source"]) for row in mine})),
        )
        for name, mine in rows.items()
    }
    sorter: TopologicalSorter[str] = TopologicalSorter({name: set() for name in found if name != LOST})
    for start, end in steps:
        sorter.add(end, start)
    ordered = list(sorter.static_order())
    depth = {name: place for place, name in enumerate(ordered)}
    root = {
        name: min((one for one in found if one in depth and name in _beyond(one, steps)), key=depth.__getitem__)
        for name in depth
    }
    ordered.sort(key=lambda name: (found[root[name]].first, root[name], depth[name]))
    return tuple(found[name] for name in (*ordered, *([LOST] if LOST in found else [])))


def _sale(states: Sequence[State], steps: Sequence[Pair]) -> str | None:
    """Return the state that its name says is the sale: `won`, else the one end of the way with such a name."""
    if any(state.id == "won" for state in states):
        return "won"
    left = {start for start, _ in steps}
    named = [
        state.id
        for state in states
        if state.id not in left and any(folded(name) in SALE_NAMES for name in (state.id, *state.names))
    ]
    return named[0] if len(named) == 1 else None
