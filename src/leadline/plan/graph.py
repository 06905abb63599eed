"""The plan as a graph: `serves` up to the corporate strategy, bets forward to the value events. Base values only.

    graph = Graph(plan)
    graph.serves_path("search")          ('search', 'sqo-2027', 'arr-2027', 'win-dach', 'monitor', 'grow')
    graph.reaches_value_event("search")  True
    graph.coverage("arr-2027")           needed, naive and in time, at base

Draws and scores are the business of `align`; no numpy here. Formulas: the design of the checks, sections 2 and 3.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from leadline.plan.amounts import Amounts
from leadline.plan.bets import Bet, ResolvedStep, Steps, other_bets, own_steps, shared_steps, starts
from leadline.plan.chains import Chain, Walk, Walks, links, longest, outgoing, up_to_first, walks, ways
from leadline.plan.elements import Located, located
from leadline.plan.loops import elementary, one_cycle_each
from leadline.plan.model import Objective, Plan
from leadline.plan.parts import Element
from leadline.plan.places import Path
from leadline.plan.references import Reference, people_references, references
from leadline.plan.tactics import Tactic
from leadline.plan.timing import Spell, arrived, ramp, spells
from leadline.units import Period


@dataclass(frozen=True, slots=True)
class Cycle:
    """A cycle that makes no sense (PLN007).

    kind: serves, parent, enables, depends_on, after, or bridge (a turn takes no time); loop: ids, the first not repeated
    path: the link to remove
    """

    kind: str
    loop: tuple[str, ...]
    path: Path


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


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of a contribution: a start bet times the rates of a walk.

    sign: −1 where less is better, so that a contribution towards the target is positive
    naive: at base, all of it; due: at base, what has arrived by the objective's date; None where a number is missing
    spells: when the tactic delivers; dates: the tactic's days; by: the objective's date
    """

    start: Bet
    walk: Walk
    sign: int
    naive: float | None
    due: float | None
    spells: tuple[Spell, ...]
    dates: Period | None
    by: dt.date | None

    @property
    def bets(self) -> tuple[Bet, ...]:
        """The bets whose values the term multiplies: the start, then each rate once (lags and worth left out)."""
        return (self.start, *(step.rate for step, _ in self.walk.steps))


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the plan brings for one objective, at base and in the metric's base unit.

    needed: positive towards the target, None where it cannot be said; naive: all; due: what arrives in time
    contributions: tactic id -> (naive, due), only tactics that contribute
    """

    objective: str
    needed: float | None
    naive: float
    due: float
    contributions: Mapping[str, tuple[float, float]]


class Graph:
    """Links and bets of one plan, walked once and kept."""

    def __init__(self, plan: Plan, amounts: Amounts | None = None) -> None:
        """Index the plan; `amounts` carries the widening of bare numbers."""
        self.plan = plan
        self.amounts = amounts or Amounts(plan)
        self.located: dict[str, Located] = {}
        for item in located(plan):
            self.located.setdefault(item.element.id, item)
        self.tactics: dict[str, Tactic] = {tactic.id: tactic for tactic in reversed(plan.tactics.list)}
        self.tactics = {tactic.id: self.tactics[tactic.id] for tactic in plan.tactics.list}
        self.objectives: dict[str, Objective] = {objective.id: objective for objective in plan.objectives}
        self.levels = {level.id: level for level in plan.strategy.levels}
        self.is_value_event = {metric.id: metric.value_event for metric in plan.metrics}
        self._walks: dict[tuple[str, str], Walks] = {}
        self._chains: dict[str, tuple[Chain, ...]] = {}
        self._reached: dict[tuple[str, str], frozenset[str]] = {}

    # elements and references

    @property
    def elements(self) -> Mapping[str, Element]:
        """Every element by its id; of two with one id the first."""
        return {identity: item.element for identity, item in self.located.items()}

    def kind(self, element_id: str) -> str | None:
        """Return the kind of an element ("tactic", "objective", …), None for an unknown id."""
        item = self.located.get(element_id)
        return None if item is None else item.kind

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every reference between elements."""
        return tuple(references(self.plan))

    @cached_property
    def people_references(self) -> tuple[Reference, ...]:
        """Every name of a person or team; free text while the plan lists neither."""
        return tuple(people_references(self.plan))

    # serves: up to the business

    @cached_property
    def _above(self) -> Mapping[str, tuple[str, ...]]:
        """What each tactic, objective and level stands under."""
        above = {tactic.id: tuple(link.ref for link in tactic.serves) for tactic in self.plan.tactics.list}
        above |= {objective.id: tuple(link.ref for link in objective.serves) for objective in self.plan.objectives}
        return above | {
            level.id: () if level.parent is None else (level.parent.ref,) for level in self.plan.strategy.levels
        }

    def serves_path(self, element: Tactic | Objective | str) -> tuple[str, ...] | None:
        """Return the shortest way from an element up to a corporate strategy (ids, both ends), None where none leads."""
        start = element if isinstance(element, str) else element.id
        came: dict[str, str | None] = {start: None}
        frontier = [start]
        while frontier:
            following = []
            for node in frontier:
                level = self.levels.get(node)
                if level is not None and level.level == "corporate":
                    return _back_to(node, came)
                for target in self._above.get(node, ()):
                    if target not in came and (target in self.objectives or target in self.levels):
                        came[target] = node
                        following.append(target)
            frontier = following
        return None

    def objectives_served(self, tactic: Tactic | str) -> tuple[str, ...]:
        """Return the objectives a tactic serves, directly and through objectives."""
        start = tactic if isinstance(tactic, str) else tactic.id
        return tuple(node for node in _reach(start, self._above) if node in self.objectives)

    @cached_property
    def _served_by(self) -> Mapping[str, tuple[str, ...]]:
        served: dict[str, list[str]] = defaultdict(list)
        for tactic in self.tactics:
            for objective in self.objectives_served(tactic):
                served[objective].append(tactic)
        return {objective: tuple(found) for objective, found in served.items()}

    def tactics_of(self, objective: Objective | str) -> tuple[str, ...]:
        """Return the tactics that serve an objective, directly or through objectives that serve it."""
        return self._served_by.get(objective if isinstance(objective, str) else objective.id, ())

    # enables: through other tactics

    @cached_property
    def _enables(self) -> Mapping[str, tuple[str, ...]]:
        return {
            tactic.id: tuple(link.ref for link in tactic.enables if link.ref in self.tactics)
            for tactic in self.plan.tactics.list
        }

    def enabled_by(self, tactic: Tactic | str) -> tuple[str, ...]:
        """Return the tactics that a tactic enables, directly and through others; itself left out."""
        return _reach(tactic if isinstance(tactic, str) else tactic.id, self._enables)

    # bets: forward to the sale

    @cached_property
    def shared(self) -> dict[tuple[str, str], ResolvedStep]:
        """The steps all tactics share."""
        return shared_steps(self.plan, self.amounts)

    @cached_property
    def _own(self) -> Mapping[str, Steps]:
        return {
            tactic.id: own_steps(tactic, ("tactics", "list", index), self.shared, self.amounts)
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
            found.setdefault(tactic.id, starts(tactic, ("tactics", "list", index), self.amounts))
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
            following = self._following[self._key(identity)]
            self._chains[identity] = tuple(
                Chain(start, way)
                for start in self.starts(identity)
                for way in longest(ways(start.metric, following)[0])
            )
        return self._chains[identity]

    def metrics_reached(self, tactic: Tactic | str) -> frozenset[str]:
        """Return every metric on a tactic's own chains, the delivered and expected ones included."""
        identity = tactic if isinstance(tactic, str) else tactic.id
        return frozenset().union(
            *(self._reach_of(start.metric, self._key(identity)) for start in self.starts(identity))
        )

    def _reach_of(self, metric: str, key: str) -> frozenset[str]:
        if (metric, key) not in self._reached:
            following = self._following[key]
            targets = {node: tuple(step.to for step in steps) for node, steps in following.items()}
            self._reached[metric, key] = frozenset((metric, *_reach(metric, targets)))
        return self._reached[metric, key]

    def sells(self, tactic: Tactic | str) -> bool:
        """Say whether a metric on a tactic's own chains is a value event."""
        return any(self.is_value_event.get(metric, False) for metric in self.metrics_reached(tactic))

    def reaches_value_event(self, tactic: Tactic | str) -> bool:
        """Say whether a tactic reaches a value event, itself or through tactics it enables."""
        return self.sells(tactic) or any(self.sells(other) for other in self.enabled_by(tactic))

    def value_event_chains(self, tactic: Tactic | str) -> tuple[Chain, ...]:
        """Return the chains of a tactic up to their first value event, each once."""
        cut = (up_to_first(chain, self.is_value_event) for chain in self.chains(tactic))
        found = {(chain.start.id, chain.states): chain for chain in cut if chain is not None}
        return tuple(found.values())

    def last_states(self, tactic: Tactic | str) -> tuple[str, ...]:
        """Return the metrics where the bridge breaks off: ends of chains from delivered metrics that sell nowhere."""
        identity = tactic if isinstance(tactic, str) else tactic.id
        found: dict[str, None] = {}
        for chain in self.chains(identity):
            reached = self._reach_of(chain.start.metric, self._key(identity))
            if chain.start.kind == "delivers" and not any(self.is_value_event.get(metric, False) for metric in reached):
                found[chain.states[-1]] = None
        return tuple(found)

    # loops and cycles

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
        found = [Cycle("bridge", loop.states, loop.steps[-1].path) for loop in self._all_loops if not loop.lag > 0]
        plan = self.plan
        linked: tuple[tuple[str, Iterable[tuple[str, tuple[str, ...]]]], ...] = (
            ("serves", ((o.id, tuple(link.ref for link in o.serves)) for o in plan.objectives)),
            ("parent", ((v.id, () if v.parent is None else (v.parent.ref,)) for v in plan.strategy.levels)),
            ("enables", ((t.id, tuple(link.ref for link in t.enables)) for t in plan.tactics.list)),
            ("depends_on", ((t.id, tuple(link.ref for link in t.depends_on)) for t in plan.situation.touchpoints)),
            ("after", ((t.id, t.after) for t in plan.action.tasks)),
        )
        for field, pairs in linked:
            graph = dict(pairs)
            for loop in one_cycle_each(graph):
                last, first = loop[-1], loop[0]
                path = (*self.located[last].path, field)
                if field != "parent":
                    path = (*path, graph[last].index(first))
                found.append(Cycle(field, loop, path))
        return tuple(found)

    # sums at base

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
            self._walks[metric, key] = walks(metric, self._following[key], self._loop_days[key])
        return self._walks[metric, key]

    def dates_of(self, tactic: Tactic) -> Period | None:
        """Return a tactic's dates; without any, the plan's window."""
        return tactic.dates or self.plan.plan.window

    @cached_property
    def _spells(self) -> dict[str, tuple[Spell, ...]]:
        found = {}
        for tactic in self.tactics.values():
            dates = self.dates_of(tactic)
            money = self.amounts.budget_by_period(tactic) if isinstance(tactic.budget, dict) else ()
            found[tactic.id] = () if dates is None else spells(dates, money)
        return found

    def contributions(self, tactic: Tactic | str, objective: Objective | str) -> list[Term]:
        """Return what a tactic contributes to an objective, one term for each walk from a start bet to its metric.

        Empty where the tactic does not speak to the objective's segment, or no walk leads to its metric.
        """
        tactic = self.tactics[tactic] if isinstance(tactic, str) else tactic
        objective = self.objectives[objective] if isinstance(objective, str) else objective
        metric = objective.metric
        if metric is None or (objective.segment is not None and objective.segment not in tactic.segments):
            return []
        by = None if objective.target is None else objective.target.by
        about = self.amounts.metrics.get(metric)
        sign = -1 if about is not None and about.better == "down" else 1
        found = []
        for start in self.starts(tactic):
            for walk in self.walks(start.metric, tactic).to.get(metric, ()):
                term = self._term(tactic, start, walk, sign, by)
                if term is not None:
                    found.append(term)
        return found

    def _term(self, tactic: Tactic, start: Bet, walk: Walk, sign: int, by: dt.date | None) -> Term | None:
        dates = self.dates_of(tactic)
        is_early = dates is not None and by is not None and walk.lag <= (by - dates.start).days
        if not walk.is_simple and not is_early:
            return None
        parts = self._spells[tactic.id]
        naive = due = None
        if start.base is not None and walk.rate is not None:
            naive = due = sign * walk.times * start.base * walk.rate
            if dates is not None and by is not None:
                due = naive * self._in_time(start, walk.lag, parts, dates, by)
        return Term(start, walk, sign, naive, due, parts, dates, by)

    @staticmethod
    def _in_time(start: Bet, lag: float, parts: tuple[Spell, ...], dates: Period, by: dt.date) -> float:
        if start.kind == "delivers":
            return arrived(parts, lag, by)
        delay = start.lag.base if start.lag is not None and start.lag.base is not None else max(dates.days, 1)
        return ramp(dates.start, lag, delay, by)

    def needed(self, objective: Objective | str) -> float | None:
        """Return (target − baseline − without_plan), positive towards the target, in the metric's base unit.

        None where a number is missing or faulty, or the metric should hold.
        """
        objective = self.objectives[objective] if isinstance(objective, str) else objective
        metric = self.amounts.metrics.get(objective.metric or "")
        if metric is None or metric.better == "hold" or objective.target is None or objective.baseline is None:
            return None
        target = self.amounts.in_metric(objective.target.value, metric.id)
        baseline = self.amounts.in_metric(objective.baseline.value, metric.id)
        without = self.amounts.without_plan(objective)
        if target is None or baseline is None or without is None:
            return None
        change = (target - baseline - without.base) * (-1 if metric.better == "down" else 1)
        return float(f"{change:.12g}")  # 35 % − 31 % is 4 pp, not 4.000000000000004 pp

    def coverage(self, objective: Objective | str) -> Coverage:
        """Return needed, naive and in-time contributions of all tactics to an objective, at base."""
        objective = self.objectives[objective] if isinstance(objective, str) else objective
        contributions = {}
        for tactic in self.tactics.values():
            terms = self.contributions(tactic, objective)
            known = [(term.naive, term.due) for term in terms if term.naive is not None and term.due is not None]
            if known:
                contributions[tactic.id] = (sum(naive for naive, _ in known), sum(due for _, due in known))
        naive, due = (sum(pair[index] for pair in contributions.values()) for index in (0, 1))
        return Coverage(objective.id, self.needed(objective), naive, due, contributions)

    def brings(self, tactic: Tactic | str) -> float | None:
        """Return the worth of the value events a tactic delivers, at base, whenever they arrive, in money of the plan.

        A loop counts the generations up to the end of the window. None where a value event on the way has no worth.
        """
        tactic = self.tactics[tactic] if isinstance(tactic, str) else tactic
        dates, window = self.dates_of(tactic), self.plan.plan.window
        limit = 0 if dates is None or window is None else (window.end - dates.start).days
        total = 0.0
        for start in self.starts(tactic):
            if start.kind != "delivers":
                continue
            for metric, reached in self.walks(start.metric, tactic).to.items():
                if not self.is_value_event.get(metric, False):
                    continue
                worth = self.amounts.worth(metric)
                for walk in reached:
                    if worth is None or walk.rate is None or start.base is None:
                        return None
                    if walk.is_simple or walk.lag <= limit:
                        total += walk.times * start.base * walk.rate * worth.base
        return total


def _product(values: Iterable[float | None]) -> float | None:
    product = 1.0
    for value in values:
        if value is None:
            return None
        product *= value
    return product


def _reach(start: str, graph: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return every node reached from one, nearest first, itself left out."""
    found: dict[str, None] = {}
    frontier = [start]
    while frontier:
        following = []
        for node in frontier:
            for target in graph.get(node, ()):
                if target not in found and target != start:
                    found[target] = None
                    following.append(target)
        frontier = following
    return tuple(found)


def _back_to(node: str, came: Mapping[str, str | None]) -> tuple[str, ...]:
    way = [node]
    while (before := came[way[-1]]) is not None:
        way.append(before)
    return tuple(reversed(way))
