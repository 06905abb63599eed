"""Ways along the bridge as rules ask for them: who walks a step, where teams change, what a bet carries, what a loop returns.

Each is a function of the case; those that walk the whole plan are asked for by `case.once`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from leadline.align.case import Case
from leadline.plan.bets import Bet, ResolvedStep
from leadline.plan.chains import Walk
from leadline.plan.timing import Spell, arrived, spells


def written_steps(case: Case) -> tuple[ResolvedStep, ...]:
    """Return every step as it is written: the shared ones, then those tactics override or add."""
    own = [step for name in case.tactics for step in case.graph.steps(name).values() if step.overridden]
    return (*case.graph.shared.values(), *own)


def step_name(step: ResolvedStep) -> str:
    """Return the id of a step without its kind of bet: `lead>sqo`, or `search/lead>sqo` for a tactic's own."""
    return step.rate.id.removesuffix(":rate")


Alike = tuple[str, tuple[str, ...]]


def alike(case: Case) -> Mapping[Alike, tuple[str, ...]]:
    """Return the growth tactics that walk alike, so that their ways are looked at once.

    Key: the tactic's id where it has steps of its own, else an empty text; and the metrics it starts from.
    """
    found: dict[Alike, list[str]] = {}
    for name, tactic in case.growth.items():
        key = (name if tactic.bridge else "", tuple(start.metric for start in case.graph.starts(name)))
        found.setdefault(key, []).append(name)
    return {key: tuple(names) for key, names in found.items()}


def walkers(case: Case) -> Mapping[tuple[object, ...], tuple[str, ...]]:
    """Return the growth tactics whose chains walk each step, by the step's path, in the order of the file."""
    found: dict[tuple[object, ...], list[str]] = {}
    for names in case.once(alike).values():
        for path in dict.fromkeys(step.path for chain in case.graph.chains(names[0]) for step in chain.steps):
            found.setdefault(path, []).extend(names)
    order = {name: number for number, name in enumerate(case.growth)}
    return {path: tuple(sorted(names, key=order.__getitem__)) for path, names in found.items()}


def walking(case: Case, step: ResolvedStep) -> tuple[str, ...]:
    """Return the growth tactics whose chains walk a step."""
    return case.once(walkers).get(step.path, ())


def chain_metrics(case: Case, tactic: str) -> tuple[str, ...]:
    """Return the metrics on a tactic's own chains that the plan defines, in the order of the file."""
    reached = case.graph.metrics_reached(tactic)
    return tuple(metric.id for metric in case.plan.metrics if metric.id in reached)


def touched_metrics(case: Case, tactic: str) -> tuple[str, ...]:
    """Return the metrics on the chains of a tactic and of those it enables."""
    names = (tactic, *case.graph.enabled_by(tactic))
    return tuple(dict.fromkeys(metric for name in names for metric in chain_metrics(case, name)))


def sells_from(case: Case, tactic: str, *, metric: str) -> bool:
    """Say whether a metric is a value event, or the tactic's steps lead from it to one."""
    reached = (metric, *case.graph.walks(metric, tactic).to)
    return any(case.graph.is_value_event.get(name, False) for name in reached)


def ends_from(case: Case, tactic: str, *, metric: str) -> tuple[str, ...]:
    """Return the metrics where a tactic's longest ways from a delivered metric end."""
    chains = (chain for chain in case.graph.chains(tactic) if chain.start.kind == "delivers")
    return tuple(dict.fromkeys(chain.states[-1] for chain in chains if chain.start.metric == metric))


def ways(case: Case, tactic: str, *, start: str, end: str) -> Iterator[tuple[ResolvedStep, ...]]:
    """Yield the simple ways between two metrics along a tactic's steps, none for a metric and itself."""
    for walk in case.graph.walks(start, tactic).to.get(end, ()):
        if walk.is_simple and walk.steps:
            yield tuple(step for step, _ in walk.steps)


def has_whole_bridge(case: Case, tactic: str) -> bool:
    """Say whether a tactic reaches a value event and every step up to the first has rate, lag, owner and tracking."""
    chains = case.graph.value_event_chains(tactic)
    steps = [step for chain in chains for step in chain.steps]
    return bool(chains) and all(
        step.rate.belief is not None and step.lag.belief is not None and step.owner and step.tracking for step in steps
    )


def team_changes(case: Case, tactic: str) -> tuple[tuple[str, str, str], ...]:
    """Return (from team, to team, metric) wherever the team changes on chains up to the first value event."""
    written = case.tactics[tactic]
    first = case.team_of.get(written.owner or "")
    starts = tuple(start.metric for start in case.graph.starts(tactic))
    key = (tactic if written.bridge else "", starts, first)
    known = case.once(_known_changes)
    if key not in known:
        found: dict[tuple[str, str, str], None] = {}
        for chain in case.graph.value_event_chains(tactic):
            team = first
            for step in chain.steps:
                following = case.team_of.get(step.owner or "")
                if team and following and following != team:
                    found[team, following, step.from_metric] = None
                team = following or team
        known[key] = tuple(found)
    return known[key]


def _known_changes(_: Case) -> dict[tuple[str, tuple[str, ...], str | None], tuple[tuple[str, str, str], ...]]:
    """Return where the changes of team of this run are kept: by own steps, starts and the team of the owner."""
    return {}


@dataclass(frozen=True)
class Carried:
    """How much of an objective passes through a bet at base, as a share of what is needed."""

    share: float
    objective: str


def carried(case: Case) -> Mapping[str, Carried]:
    """Return the largest share of any objective that passes through each bet, without time limit."""
    found: dict[str, Carried] = {}
    for objective in case.plan.objectives:
        one = case.coverage[objective.id]
        if not one.needed or one.naive is None:
            continue
        sums: dict[str, float] = {}
        through: dict[int, tuple[Walk, float]] = {}
        for _, term in case.coverages.terms(objective):
            naive = term.naive or 0.0
            sums[term.start.id] = sums.get(term.start.id, 0.0) + naive
            through[id(term.walk)] = (term.walk, through.get(id(term.walk), (term.walk, 0.0))[1] + naive)
        for walk, naive in through.values():
            for step, _ in walk.steps:
                sums[step.rate.id] = sums.get(step.rate.id, 0.0) + naive
        for bet_id, amount in sums.items():
            if bet_id not in found or amount / one.needed > found[bet_id].share:
                found[bet_id] = Carried(amount / one.needed, objective.id)
    return found


def using(case: Case, bet: Bet) -> tuple[str, ...]:
    """Return the growth tactics whose contributions a bet enters."""
    if bet.tactic:
        return (bet.tactic,)
    return tuple(
        name
        for name in case.growth
        if any(step.rate.id == bet.id for chain in case.graph.chains(name) for step in chain.steps)
    )


@dataclass(frozen=True)
class Branches:
    """The share steps out of one state, together."""

    state: str
    steps: tuple[ResolvedStep, ...]
    total: float
    tactics: tuple[str, ...]


def branches(case: Case) -> tuple[Branches, ...]:
    """Return the share steps out of each state: of the shared bridge, and of each tactic whose own steps differ."""
    found: dict[tuple[str, tuple[object, ...]], Branches] = {}
    for name in ("", *case.growth):
        by_state: dict[str, list[ResolvedStep]] = {}
        for step in (case.graph.steps(name) if name else case.graph.shared).values():
            if step.is_share and step.rate.base is not None:
                by_state.setdefault(step.from_metric, []).append(step)
        for state, steps in by_state.items():
            key = (state, tuple(step.rate.path for step in steps))
            if key not in found:
                tactics = (name,) if name else tuple(dict.fromkeys(n for step in steps for n in walking(case, step)))
                total = sum(step.rate.base or 0.0 for step in steps)
                found[key] = Branches(state, tuple(steps), total, tactics)
    return tuple(found.values())


@dataclass(frozen=True)
class Turn:
    """A legal loop of the bridge: what comes back per turn, at base and at the 95th percentile, and how long it takes."""

    states: tuple[str, ...]
    steps: tuple[ResolvedStep, ...]
    yield_base: float
    yield_p95: float
    lag: float


def turns(case: Case) -> tuple[Turn, ...]:
    """Return the legal loops whose rates are all known."""
    found = []
    for loop in case.graph.loops:
        if loop.yield_base is None:
            continue
        drawn = np.ones(1)
        for step in loop.steps:
            drawn = drawn * case.coverages.draws.of(step.rate)
        found.append(Turn(loop.states, loop.steps, loop.yield_base, float(np.quantile(drawn, 0.95)), loop.lag))
    return tuple(found)


def spells_of(case: Case, tactic: str) -> tuple[Spell, ...]:
    """Return when a tactic delivers: evenly over its dates, or as its budget by period; nothing without dates."""
    known = case.once(_known_spells)
    if tactic not in known:
        written = case.tactics[tactic]
        dates = case.graph.dates_of(written)
        money = case.amounts.budget_by_period(written) if isinstance(written.budget, dict) else ()
        known[tactic] = () if dates is None else spells(dates, money)
    return known[tactic]


def _known_spells(_: Case) -> dict[str, tuple[Spell, ...]]:
    """Return where the spells of this run are kept, by tactic."""
    return {}


def elapsed(case: Case, tactic: str, *, by_money: bool) -> float:
    """Return the part of a tactic's dates that lies up to the as-of date (`by_money`: of its budget by period)."""
    dates = case.graph.dates_of(case.tactics[tactic])
    if dates is None:
        return 0.0
    return arrived(spells_of(case, tactic) if by_money else spells(dates), 0.0, by=case.as_of)
