"""Ways along the bridge: chains of a tactic, and the walks (loops run round) that its sums are made of."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leadline.plan.bets import Bet, ResolvedStep, Steps

# Most walks from one metric along one set of steps; real plans have under twenty, a tangle would never end (house).
MAX_WALKS = 10_000
# A further generation that adds less than this part of the largest walk to the same metric is not followed: twelve
# digits are more than any printed number shows (house).
NEGLIGIBLE = 1e-12


# Where a walk stands and how often it used each step: all that later steps need to know of it.
_Used = tuple[str, frozenset[tuple[tuple[str, str], int]]]


@dataclass(frozen=True, slots=True)
class Chain:
    """One longest simple way along the bridge from a metric that a tactic delivers or expects."""

    start: Bet
    steps: tuple[ResolvedStep, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """The metrics on the way, the delivered one first."""
        return (self.start.metric, *(step.to for step in self.steps))


@dataclass(frozen=True, slots=True)
class Walk:
    """Ways from one metric to another that use the same steps equally often, taken together.

    steps: each step with how often it is walked; times: how many such ways there are
    rate: Π of base rates (None where one is missing or faulty); lag: Σ of base lags in days
    is_simple: no state is visited twice; else it runs round a loop and counts only while its lag fits
    """

    states: tuple[str, ...]
    steps: tuple[tuple[ResolvedStep, int], ...]
    times: int
    rate: float | None
    lag: float
    is_simple: bool


@dataclass(frozen=True, slots=True)
class Walks:
    """All walks from one metric, by the metric they end at; `is_cut` when there were more than MAX_WALKS."""

    to: Mapping[str, tuple[Walk, ...]]
    is_cut: bool


def outgoing(steps: Steps) -> dict[str, list[ResolvedStep]]:
    """Return the steps by the metric they leave."""
    found: dict[str, list[ResolvedStep]] = defaultdict(list)
    for step in steps.values():
        found[step.from_metric].append(step)
    return dict(found)


def ways(start: str, following: Mapping[str, Sequence[ResolvedStep]]) -> tuple[list[tuple[ResolvedStep, ...]], bool]:
    """Return every simple way from a metric (the empty one first) and whether the search was cut short."""
    found: list[tuple[ResolvedStep, ...]] = []
    work: list[tuple[tuple[ResolvedStep, ...], frozenset[str]]] = [((), frozenset((start,)))]
    while work:
        way, seen = work.pop()
        found.append(way)
        if len(found) >= MAX_WALKS:
            return found, True
        further = following.get(way[-1].to if way else start, ())
        work += [((*way, step), seen | {step.to}) for step in further if step.to not in seen]
    return found, False


def longest(found: Sequence[tuple[ResolvedStep, ...]]) -> list[tuple[ResolvedStep, ...]]:
    """Return the ways that are not the beginning of another one."""
    begun = {tuple(step.pair for step in way[:-1]) for way in found if way}
    return [way for way in found if tuple(step.pair for step in way) not in begun]


def walks(start: str, following: Mapping[str, Sequence[ResolvedStep]], *, loop_days: float) -> Walks:
    """Return all walks from a metric; those round loops as long as their lag stays within `loop_days` (0: none)."""
    simple, is_cut = ways(start, following)
    found: dict[str, list[Walk]] = defaultdict(list)
    for way in simple:
        states = (start, *(step.to for step in way))
        found[states[-1]].append(
            Walk(
                states, tuple((step, 1) for step in way), 1, _product(way), sum((_lag(step) for step in way), 0.0), True
            )
        )
    if loop_days > 0:
        is_cut |= _rounds(start, following, loop_days, found)
    return Walks({metric: tuple(reached) for metric, reached in found.items()}, is_cut)


def _rounds(
    start: str, following: Mapping[str, Sequence[ResolvedStep]], loop_days: float, found: dict[str, list[Walk]]
) -> bool:
    """Add the walks that visit a state again, merged by the steps they use; say whether there were too many."""
    largest = {
        metric: max((abs(walk.rate or 0.0) for walk in reached), default=0.0) for metric, reached in found.items()
    }
    by_pair = {step.pair: step for steps in following.values() for step in steps}
    frontier: dict[_Used, int] = {(start, frozenset()): 1}
    total = 0
    while frontier:
        further: dict[_Used, int] = defaultdict(int)
        for (metric, used), times in frontier.items():
            counts = dict(used)
            lag = sum(_lag(by_pair[pair]) * power for pair, power in used)
            for step in following.get(metric, ()):
                if lag + _lag(step) <= loop_days:
                    more = {**counts, step.pair: counts.get(step.pair, 0) + 1}
                    further[step.to, frozenset(more.items())] += times
        frontier = {}
        for (metric, used), times in further.items():
            walk = _walk(start, metric, [(by_pair[pair], power) for pair, power in sorted(used)], times)
            if not walk.is_simple:
                if walk.rate is not None and abs(walk.rate) * times <= NEGLIGIBLE * largest.get(metric, 0.0):
                    continue
                found[metric].append(walk)
            frontier[metric, used] = times
        total += len(frontier)
        if total > MAX_WALKS:
            return True
    return False


def _walk(start: str, metric: str, steps: list[tuple[ResolvedStep, int]], times: int) -> Walk:
    visits = Counter({start: 1})
    for step, power in steps:
        visits[step.to] += power
    rates = [step.rate.base for step, _ in steps]
    known = [rate for rate in rates if rate is not None]
    rate = (
        math.prod(base**power for base, (_, power) in zip(known, steps, strict=True))
        if len(known) == len(rates)
        else None
    )
    lag = sum((_lag(step) * power for step, power in steps), 0.0)
    states = (*dict.fromkeys((start, *(step.to for step, _ in steps))), metric)
    return Walk(states, tuple(steps), times, rate, lag, max(visits.values()) == 1)


def up_to_first(chain: Chain, is_end: Mapping[str, bool]) -> Chain | None:
    """Return a chain cut after its first metric that is an end; None where none is."""
    for number, metric in enumerate(chain.states):
        if is_end.get(metric, False):
            return Chain(chain.start, chain.steps[:number])
    return None


def links(states: Sequence[str]) -> list[tuple[str, str]]:
    """Return the links of a loop, the last leading back to the first."""
    return [*pairwise(states), (states[-1], states[0])]


def _product(way: Sequence[ResolvedStep]) -> float | None:
    rates = [step.rate.base for step in way]
    known = [rate for rate in rates if rate is not None]
    return math.prod(known) if len(known) == len(rates) else None


def _lag(step: ResolvedStep) -> float:
    """Return the base lag in days; a step that states none takes no time."""
    return step.lag.base or 0.0
