"""The bridge of a plan: steps as each tactic walks them, chains to value events, loops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from leadline.plan.amounts import Amounts
from leadline.plan.bets import Bet, ResolvedStep, Steps, other_bets, own_steps, shared_steps, starts
from leadline.plan.chains import Chain, Walks, links, longest, outgoing, up_to_first, walks, ways
from leadline.plan.links import Cycle, Links, reach
from leadline.plan.loops import elementary
from leadline.plan.model import Plan
from leadline.plan.tactics import Tactic


@dataclass(frozen=True, slots=True)
class Loop:
    """A legal loop of the bridge: every turn takes time.

    steps: once round; yield_base: Π of base rates a turn, None where one is missing; lag: days a turn at base
    tactic: whose own steps it uses, None for the shared bridge
    """

    states: tuple[str, ...]
    steps: tuple[ResolvedStep, ...]
    yield_base: float | None
    lag: float
    tactic: str | None = None


class Bridge(Links):
    """The bets of one plan and the ways along them, walked once and kept."""

    def __init__(self, plan: Plan, amounts: Amounts | None = None) -> None:
        """Index the plan; `amounts` carries the widening of bare numbers."""
        super().__init__(plan, amounts)
        self.is_value_event = {metric.id: metric.value_event for metric in plan.metrics}
        self._walks: dict[tuple[str, str], Walks] = {}
        self._chains: dict[str, tuple[Chain, ...]] = {}
        self._selling: dict[str, tuple[Chain, ...]] = {}
        self._longest: dict[tuple[str, str], list[tuple[ResolvedStep, ...]]] = {}
        self._reached: dict[tuple[str, str], frozenset[str]] = {}
        self._touched: dict[str, frozenset[str]] = {}

    @cached_property
    def shared(self) -> dict[tuple[str, str], ResolvedStep]:
        """The steps all tactics share."""
        return shared_steps(self.plan, self.amounts)

    @cached_property
    def _own(self) -> Mapping[str, Steps]:
        return {
            tactic.id: own_steps(tactic, ("tactics", "list", index), shared=self.shared, amounts=self.amounts)
            for index, tactic in enumerate(self.plan.tactics.list)
            if tactic.bridge
        }

    def steps(self, tactic: Tactic | str) -> Steps:
        """Return the bridge as a tactic walks it: shared steps with its own keys on top."""
        own = self._own.get(tactic if isinstance(tactic, str) else tactic.id)
        return self.shared if own is None else {**self.shared, **own}

    @cached_property
    def _starts(self) -> Mapping[str, tuple[Bet, ...]]:
        found: dict[str, tuple[Bet, ...]] = {}
        for index, tactic in enumerate(self.plan.tactics.list):
            found.setdefault(tactic.id, starts(tactic, ("tactics", "list", index), amounts=self.amounts))
        return found

    def starts(self, tactic: Tactic | str) -> tuple[Bet, ...]:
        """Return what a tactic delivers and expects."""
        return self._starts.get(tactic if isinstance(tactic, str) else tactic.id, ())

    @cached_property
    def bets(self) -> tuple[Bet, ...]:
        """Every bet of the plan, each once."""
        found: dict[str, Bet] = {}
        for tactic_starts in self._starts.values():
            for bet in tactic_starts:
                found.setdefault(bet.id, bet)
                if bet.lag is not None:
                    found.setdefault(bet.lag.id, bet.lag)
        for steps in (self.shared, *self._own.values()):
            for step in steps.values():
                for bet in (step.rate, step.lag):
                    if bet.written is not None:
                        found.setdefault(bet.id, bet)
        for bet in other_bets(self.plan, self.amounts):
            found.setdefault(bet.id, bet)
        return tuple(found.values())

    def _key(self, tactic: str) -> str:
        """Name the set of steps a tactic walks: its own id where it has own steps, else the shared bridge."""
        return tactic if tactic in self._own else ""

    @cached_property
    def _following(self) -> Mapping[str, Mapping[str, Sequence[ResolvedStep]]]:
        return {key: outgoing(self.steps(key)) for key in ("", *self._own)}

    def chains(self, tactic: Tactic | str) -> tuple[Chain, ...]:
        """Return the longest simple ways along the bridge from what a tactic delivers or expects."""
        identity = tactic if isinstance(tactic, str) else tactic.id
        if identity not in self._chains:
            key = self._key(identity)
            self._chains[identity] = tuple(
                Chain(start, way) for start in self.starts(identity) for way in self._longest_from(start.metric, key)
            )
        return self._chains[identity]

    def _longest_from(self, metric: str, key: str) -> list[tuple[ResolvedStep, ...]]:
        if (metric, key) not in self._longest:
            self._longest[metric, key] = longest(ways(metric, self._following[key])[0])
        return self._longest[metric, key]

    def metrics_reached(self, tactic: Tactic | str) -> frozenset[str]:
        """Return every metric on a tactic's own chains, the delivered and expected ones included."""
        identity = tactic if isinstance(tactic, str) else tactic.id
        if identity not in self._touched:
            key = self._key(identity)
            self._touched[identity] = frozenset().union(
                *(self._reach_of(start.metric, key) for start in self.starts(identity))
            )
        return self._touched[identity]

    def _reach_of(self, metric: str, key: str) -> frozenset[str]:
        if (metric, key) not in self._reached:
            following = self._following[key]
            targets = {node: tuple(step.to for step in steps) for node, steps in following.items()}
            self._reached[metric, key] = frozenset((metric, *reach(metric, targets)))
        return self._reached[metric, key]

    def sells(self, tactic: Tactic | str) -> bool:
        """Say whether a metric on a tactic's own chains is a value event."""
        return any(self.is_value_event.get(metric, False) for metric in self.metrics_reached(tactic))

    def reaches_value_event(self, tactic: Tactic | str) -> bool:
        """Say whether a tactic reaches a value event, itself or through tactics it enables."""
        return self.sells(tactic) or any(self.sells(other) for other in self.enabled_by(tactic))

    def value_event_chains(self, tactic: Tactic | str) -> tuple[Chain, ...]:
        """Return the chains of a tactic up to their first value event, each once."""
        identity = tactic if isinstance(tactic, str) else tactic.id
        if identity not in self._selling:
            cut = (up_to_first(chain, self.is_value_event) for chain in self.chains(identity))
            found = {(chain.start.id, chain.states): chain for chain in cut if chain is not None}
            self._selling[identity] = tuple(found.values())
        return self._selling[identity]

    def last_states(self, tactic: Tactic | str) -> tuple[str, ...]:
        """Return the metrics where the bridge breaks off: ends of chains from delivered metrics that sell nowhere."""
        identity = tactic if isinstance(tactic, str) else tactic.id
        found: dict[str, None] = {}
        for chain in self.chains(identity):
            reached = self._reach_of(chain.start.metric, self._key(identity))
            if chain.start.kind == "delivers" and not any(self.is_value_event.get(metric, False) for metric in reached):
                found[chain.states[-1]] = None
        return tuple(found)

    # loops

    @cached_property
    def _all_loops(self) -> tuple[Loop, ...]:
        found = []
        for key in ("", *self._own):
            steps = self.steps(key)
            graph: dict[str, list[str]] = defaultdict(list)
            for start, end in steps:
                graph[start].append(end)
            for states in elementary(dict(graph), through=self._own[key] if key else None):
                once = tuple(steps[link] for link in links(states))
                turn = _product(step.rate.base for step in once)
                lag = sum(step.lag.base or 0.0 for step in once)
                found.append(Loop(states, once, turn, lag, key or None))
        return tuple(found)

    @cached_property
    def loops(self) -> tuple[Loop, ...]:
        """Legal loops of the bridge: every turn takes time."""
        return tuple(loop for loop in self._all_loops if loop.lag > 0)

    @cached_property
    def cycles(self) -> tuple[Cycle, ...]:
        """Cycles in serves, parent, enables, depends_on and after, and loops of the bridge that take no time."""
        timeless = (loop for loop in self._all_loops if not loop.lag > 0)
        return (*(Cycle("bridge", loop.states, loop.steps[-1].path) for loop in timeless), *self.link_cycles)

    @cached_property
    def _loop_days(self) -> Mapping[str, float]:
        """For each set of steps the days within which loops may run round; 0 where none may."""
        ends = [objective.target.by for objective in self.plan.objectives if objective.target and objective.target.by]
        window = self.plan.plan.window
        begins = [dates.start for tactic in self.plan.tactics.list if (dates := self.dates_of(tactic)) is not None]
        last = max([*ends, *([window.end] if window else [])], default=None)
        days = 0.0 if last is None or not begins else float((last - min(begins)).days)
        shared = [loop for loop in self._all_loops if loop.tactic is None]
        found = {}
        for key in ("", *self._own):
            loops = [*shared, *(loop for loop in self._all_loops if key and loop.tactic == key)]
            found[key] = days if loops and all(loop.lag > 0 for loop in loops) else 0.0
        return found

    def walks(self, metric: str, tactic: Tactic | str = "") -> Walks:
        """Return all walks from a metric along a tactic's steps (the shared bridge for none), kept for the next call."""
        key = self._key(tactic if isinstance(tactic, str) else tactic.id)
        if (metric, key) not in self._walks:
            self._walks[metric, key] = walks(metric, self._following[key], loop_days=self._loop_days[key])
        return self._walks[metric, key]


def _product(values: Iterable[float | None]) -> float | None:
    product = 1.0
    for value in values:
        if value is None:
            return None
        product *= value
    return product
