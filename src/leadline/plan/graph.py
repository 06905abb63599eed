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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from leadline.plan.bets import Bet, ResolvedStep
from leadline.plan.bridge import Bridge, Loop
from leadline.plan.chains import Chain, Walk, Walks
from leadline.plan.links import Cycle
from leadline.plan.model import Objective
from leadline.plan.references import Reference
from leadline.plan.tactics import Tactic
from leadline.plan.timing import Spell, arrived, ramp, spells
from leadline.units import Period

__all__ = [
    "Bet", "Chain", "Coverage", "Cycle", "Graph", "Loop", "Reference", "ResolvedStep", "Term", "Traced", "Walk", "Walks",
]  # fmt: skip


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
    is_cut: the bridge is such a tangle that not all its walks were summed (`chains.MAX_WALKS`)
    """

    objective: str
    needed: float | None
    naive: float
    due: float
    contributions: Mapping[str, tuple[float, float]]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Traced:
    """How much of the growth tactics' money or hours has a serves path and reaches a value event.

    traced, total: money of the plan, or hours; run: what stands beside, of intent `run`; untraced: ids of the others
    """

    traced: float
    total: float
    run: float
    untraced: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """The traced share, None where nothing is planned."""
        return self.traced / self.total if self.total > 0 else None


class Graph(Bridge):
    """Links and bets of one plan, and what they add up to at base."""

    @cached_property
    def _spells(self) -> dict[str, tuple[Spell, ...]]:
        found = {}
        for tactic in self.tactics.values():
            dates = self.dates_of(tactic)
            money = self.amounts.budget_by_period(tactic) if isinstance(tactic.budget, dict) else ()
            found[tactic.id] = () if dates is None else spells(dates, money)
        return found

    @cached_property
    def _contributors(self) -> Mapping[str, tuple[Tactic, ...]]:
        """The tactics whose chains come to each metric."""
        found: dict[str, dict[str, Tactic]] = defaultdict(dict)
        for tactic in self.tactics.values():
            for start in self.starts(tactic):
                for metric in self.walks(start.metric, tactic).to:
                    found[metric][tactic.id] = tactic
        return {metric: tuple(tactics.values()) for metric, tactics in found.items()}

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
            return arrived(parts, lag, by=by)
        delay = start.lag.base if start.lag is not None and start.lag.base is not None else max(dates.days, 1)
        return ramp(dates.start, lag, delay=delay, by=by)

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
        for tactic in self._contributors.get(objective.metric or "", ()):
            terms = self.contributions(tactic, objective)
            known = [(term.naive, term.due) for term in terms if term.naive is not None and term.due is not None]
            if known:
                contributions[tactic.id] = (sum(naive for naive, _ in known), sum(due for _, due in known))
        naive, due = (sum(pair[index] for pair in contributions.values()) for index in (0, 1))
        is_cut = any(
            self.walks(start.metric, tactic).is_cut for tactic in contributions for start in self.starts(tactic)
        )
        return Coverage(objective.id, self.needed(objective), naive, due, contributions, is_cut)

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

    def is_traced(self, tactic: Tactic | str) -> bool:
        """Say whether a tactic serves a corporate strategy and reaches a value event, itself or by enabling."""
        return self.serves_path(tactic) is not None and self.reaches_value_event(tactic)

    def part_planned(self, tactic: Tactic | str) -> str | None:
        """Return where a tactic's cost falls before any evidence: `nothing`, `attention` or `believed`; None for run."""
        tactic = self.tactics[tactic] if isinstance(tactic, str) else tactic
        if tactic.intent == "run":
            return None
        if self.serves_path(tactic) is None:
            return "nothing"
        return "believed" if self.reaches_value_event(tactic) else "attention"

    def traced_spend(self) -> Traced:
        """Return the money of growth tactics that is traced; run cost beside."""
        return self._traced(self.amounts.budget)

    def traced_hours(self) -> Traced:
        """Return the hours of growth tactics that are traced; those of run tactics beside."""
        return self._traced(self.amounts.hours_of)

    def _traced(self, size: Callable[[Tactic], float]) -> Traced:
        growth = [tactic for tactic in self.tactics.values() if tactic.intent != "run"]
        run = sum(size(tactic) for tactic in self.tactics.values() if tactic.intent == "run")
        traced = {tactic.id: self.is_traced(tactic) for tactic in growth}
        return Traced(
            sum(size(tactic) for tactic in growth if traced[tactic.id]),
            sum(map(size, growth)),
            run,
            tuple(identity for identity, is_traced in traced.items() if not is_traced),
        )
