"""Coverage: what the bets bring to each objective, by its day, as draws (checks.md section 3).

Values at base are exact and come from `plan.graph`; percentiles and P(target) come from 4,096 draws. A contribution is
the term's start bet times the rates of its walk times the part that has arrived; lags are drawn too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from leadline.align.draws import Draw, Draws
from leadline.plan.bets import Bet, weakest
from leadline.plan.chains import Walk
from leadline.plan.graph import Graph, Term
from leadline.plan.model import Objective
from leadline.plan.timing import arrived, ramp

MOSTLY_GUESSES = 0.5  # checks.md section 3: with more than half of it guessed, no P is printed
TOP_DRIVERS = 3  # house: as many bets as somebody can settle next
METHODS = ("measured", "benchmark", "expert", "guess")
LONGEST_SHIFT = 3_660  # days; ten years: what does not fit then does not fit


@dataclass(frozen=True)
class Contribution:
    """What one tactic adds to an objective at base, in the metric's base unit, positive towards the target."""

    tactic: str
    naive: float
    due: float


@dataclass(frozen=True)
class EvidenceShares:
    """What the expected effect on an objective rests on: shares of the naive base contribution by weakest method."""

    objective: str
    measured: float
    benchmark: float
    expert: float
    guess: float


@dataclass(frozen=True)
class Coverage:
    """Coverage of one objective.

    needed, naive, due: in the metric's base unit, positive towards the target · naive: all, due: arrived by `by`
    naive_share, due_share, p05, p50, p95: as shares of needed · p: P(target), None with a reason
    bets, guesses: distinct bets on its chains, lags and worth left out · longest_lag: days, of its contributions at base
    is_settled_already: nothing is needed, or it should hold
    """

    objective: str
    metric: str | None
    by: dt.date | None
    needed: float | None = None
    naive: float | None = None
    due: float | None = None
    naive_share: float | None = None
    due_share: float | None = None
    p05: float | None = None
    p50: float | None = None
    p95: float | None = None
    p: float | None = None
    reason: str | None = None
    bets: int = 0
    guesses: int = 0
    contributions: tuple[Contribution, ...] = ()
    evidence: EvidenceShares | None = None
    longest_lag: float = 0.0
    is_settled_already: bool = False


@dataclass
class Coverages:
    """Computes the coverage of every objective of a plan; walks and draws are shared between objectives."""

    graph: Graph
    draws: Draws
    counted: frozenset[str]
    _walks: dict[int, tuple[Draw, Draw]] = field(default_factory=dict, repr=False)
    _terms: dict[str, list[tuple[str, Term]]] = field(default_factory=dict, repr=False)
    _sums: dict[str, Draw] = field(default_factory=dict, repr=False)

    def all(self) -> dict[str, Coverage]:
        """Return the coverage of each objective by id."""
        return {objective.id: self.of(objective) for objective in self.graph.plan.objectives}

    def terms(self, objective: Objective) -> Sequence[tuple[str, Term]]:
        """Return each counted tactic's terms towards an objective."""
        if objective.id not in self._terms:
            reaching: Iterable[str] = self.reaching.get(objective.metric or "", ())
            if objective.segment is not None:
                speaking = self._speaking_to.get(objective.segment, frozenset())
                reaching = (tactic for tactic in reaching if tactic in speaking)
            self._terms[objective.id] = [
                (tactic, term) for tactic in reaching for term in self.graph.contributions(tactic, objective)
            ]
        return self._terms[objective.id]

    @cached_property
    def reaching(self) -> Mapping[str, Sequence[str]]:
        """Return the counted tactics by the metrics they reach."""
        found: dict[str, list[str]] = {}
        for tactic in self.graph.tactics:
            if tactic in self.counted:
                for metric in self.graph.metrics_reached(tactic):
                    found.setdefault(metric, []).append(tactic)
        return found

    @cached_property
    def _speaking_to(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name, tactic in self.graph.tactics.items():
            for segment in tactic.segments:
                found.setdefault(segment, set()).add(name)
        return {segment: frozenset(names) for segment, names in found.items()}

    @cached_property
    def _without_plan(self) -> Mapping[str, Bet]:
        return {bet.id: bet for bet in self.graph.bets if bet.kind == "without_plan"}

    def of(self, objective: Objective) -> Coverage:
        """Return the coverage of one objective."""
        by = objective.target.by if objective.target else None
        needed = self.graph.needed(objective)
        empty = Coverage(objective.id, objective.metric, by, needed=needed)
        reason = self._not_computable(objective, needed, by)
        if reason is not None:
            return replace(empty, reason=reason, is_settled_already=reason in (HOLDS, REACHED))
        terms = self.terms(objective)
        broken = next((term for _, term in terms if term.naive is None), None)
        if broken is not None:
            bet = next(bet for bet in broken.bets if bet.belief is None)
            return replace(empty, reason=f"{bet.id} has no usable number")
        return self._covered(objective, float(needed or 0.0), terms)

    def _not_computable(self, objective: Objective, needed: float | None, by: dt.date | None) -> str | None:
        metric = self.graph.amounts.metrics.get(objective.metric or "")
        if metric is None:
            return "no metric"
        if metric.better == "hold":
            return HOLDS
        if needed is None:
            return "target, baseline or without_plan is missing"
        if needed <= 0:
            return REACHED
        return None if by is not None else "no day by which it is due"

    def _covered(self, objective: Objective, needed: float, terms: Sequence[tuple[str, Term]]) -> Coverage:
        sums: dict[str, list[float]] = {}
        for tactic, term in terms:
            both = sums.setdefault(tactic, [0.0, 0.0])
            both[0] += term.naive or 0.0
            both[1] += term.due or 0.0
        naive, due = (sum(pair[index] for pair in sums.values()) for index in (0, 1))
        drawn = self._sums[objective.id] = self._drawn(terms)
        wanted = self._wanted(objective, needed)
        spread = 1.0 + (drawn - wanted) / needed
        low, middle, high = np.quantile(np.atleast_1d(spread), (0.05, 0.5, 0.95))
        bets = self.bets_of(terms)
        guesses = sum(bet.method == "guess" for bet in bets.values())
        evidence = self._evidence(objective.id, terms)
        unknown = evidence is not None and evidence.guess > MOSTLY_GUESSES
        return Coverage(
            objective=objective.id,
            metric=objective.metric,
            by=objective.target.by if objective.target else None,
            needed=needed,
            naive=naive,
            due=due,
            naive_share=naive / needed,
            due_share=due / needed,
            p05=float(low),
            p50=float(middle),
            p95=float(high),
            p=None if unknown else float(np.mean(drawn >= wanted - 1e-9 * abs(needed))),
            reason=f"unknown: {guesses} of {len(bets)} {'bet' if len(bets) == 1 else 'bets'} {'is a guess' if guesses == 1 else 'are guesses'}"
            if unknown
            else None,
            bets=len(bets),
            guesses=guesses,
            contributions=tuple(Contribution(tactic, *both) for tactic, both in sums.items()),
            evidence=evidence,
            longest_lag=max((term.walk.lag for _, term in terms), default=0.0),
        )

    def drawn_by_tactic(self, objective: Objective) -> dict[str, Draw]:
        """Return what each counted tactic brings to an objective by its day, per draw, positive towards the target."""
        by_tactic: dict[str, list[tuple[str, Term]]] = {}
        for tactic, term in self.terms(objective):
            by_tactic.setdefault(tactic, []).append((tactic, term))
        return {tactic: self._drawn(terms) for tactic, terms in by_tactic.items()}

    def wanted(self, objective: Objective) -> Draw:
        """Return what an objective needs, per draw of `without_plan`."""
        return self._wanted(objective, float(self.graph.needed(objective) or 0.0))

    def bets_of(self, terms: Sequence[tuple[str, Term]]) -> dict[str, Bet]:
        """Return the distinct bets of some terms, lags and worth left out."""
        starts = {term.start.id: term.start for _, term in terms}
        walks = {id(term.walk): term.walk for _, term in terms}
        return starts | {step.rate.id: step.rate for walk in walks.values() for step, _ in walk.steps}

    def _evidence(self, objective: str, terms: Sequence[tuple[str, Term]]) -> EvidenceShares | None:
        """Return the shares of the naive base contribution by the weakest method on each chain; None without any."""
        sums = dict.fromkeys(METHODS, 0.0)
        weakest_of: dict[int, str] = {}
        for _, term in terms:
            key = id(term.walk)
            if key not in weakest_of:
                weakest_of[key] = weakest([step.rate for step, _ in term.walk.steps]) if term.walk.steps else "measured"
            sums[max(term.start.method, weakest_of[key], key=METHODS.index)] += abs(term.naive or 0.0)
        total = sum(sums.values())
        if total == 0:
            return None
        return EvidenceShares(objective, **{method: amount / total for method, amount in sums.items()})

    def _wanted(self, objective: Objective, needed: float) -> Draw:
        """Return what is needed per draw of `without_plan`."""
        bet = self._without_plan.get(f"{objective.id}:without_plan")
        if bet is None or bet.belief is None or bet.belief.is_point:
            return needed
        metric = self.graph.amounts.metrics.get(objective.metric or "")
        sign = -1.0 if metric is not None and metric.better == "down" else 1.0
        return needed - (self.draws.of(bet) - bet.belief.base) * sign

    def _drawn(self, terms: Sequence[tuple[str, Term]]) -> Draw:
        """Return Σ contributions by the due day, per draw.

        Terms of one walk that arrive alike are summed first: one product a group instead of one a term.
        """
        groups: dict[tuple[object, ...], list[Term]] = {}
        for _, term in terms:
            own_lag = term.start.lag.id if term.start.lag else None
            key = (id(term.walk), term.start.kind, own_lag, term.spells, term.dates, term.by)
            groups.setdefault(key, []).append(term)
        total: Draw = 0.0
        for together in groups.values():
            first = together[0]
            rate, lag = self._walk(first.walk)
            started = _summed([self.draws.of(term.start) for term in together])
            total = total + first.sign * rate * (started * self._arrived(first, lag))
        return total

    def _walk(self, walk: Walk) -> tuple[Draw, Draw]:
        """Return Π rates (with how many ways there are) and Σ lags of a walk, per draw."""
        if id(walk) not in self._walks:
            rate: Draw = float(walk.times)
            lag: Draw = 0.0
            for step, power in walk.steps:
                drawn = self.draws.of(step.rate)
                rate = rate * (drawn if power == 1 else drawn**power)
                if step.lag.belief is not None:
                    lag = lag + power * self.draws.of(step.lag)
            self._walks[id(walk)] = (rate, lag)
        return self._walks[id(walk)]

    def _arrived(self, term: Term, lag: Draw) -> Draw:
        """Return the part that has arrived by the due day: evenly over the dates, or along the ramp of a change."""
        if term.by is None or term.dates is None:
            return 1.0
        if term.start.kind == "delivers":
            if isinstance(lag, float):
                return arrived(term.spells, lag, by=term.by)
            parts = (
                part.weight * np.clip(((term.by - part.start).days - lag + 1) / max(part.length, 1), 0.0, 1.0)
                for part in term.spells
            )
            return sum(parts, np.zeros(1))
        own = term.start.lag
        delay: Draw = (
            self.draws.of(own) if own is not None and own.belief is not None else float(max(term.dates.days, 1))
        )
        if isinstance(lag, float) and isinstance(delay, float):
            return ramp(term.dates.start, lag, delay=delay, by=term.by)
        elapsed = (term.by - term.dates.start).days - lag
        at_once = np.asarray(elapsed >= 0, dtype=float)
        return np.where(delay > 0, np.clip(elapsed / np.where(delay > 0, delay, 1.0), 0.0, 1.0), at_once)

    def drivers(self, objective: Objective) -> tuple[str, ...]:
        """Return the ids of the bets whose draws go together most with the outcome, strongest first."""
        drawn = self._sums.get(objective.id, 0.0)
        if isinstance(drawn, float) or float(np.std(drawn)) == 0.0:
            return ()
        centred = drawn - np.mean(drawn)
        strength: dict[str, float] = {}
        for bet in self.bets_of(self.terms(objective)).values():
            values = self.draws.of(bet)
            if not isinstance(values, float):
                strength[bet.id] = abs(float(centred @ values)) / float(np.std(values))
        return tuple(sorted(strength, key=lambda name: (-strength[name], name))[:TOP_DRIVERS])

    def days_earlier(self, objective: Objective, needed: float) -> int | None:
        """Return by how many days everything has to start earlier to cover the objective in time at base.

        None where no shift is enough.
        """
        alike: dict[tuple[object, ...], list[Term]] = {}
        for _, term in self.terms(objective):
            own_lag = term.start.lag.base if term.start.lag else None
            alike.setdefault((term.start.kind, own_lag, term.spells, term.dates, term.walk.lag), []).append(term)
        groups = [(terms[0], sum(term.naive or 0.0 for term in terms)) for terms in alike.values()]

        def covers(shift: int) -> bool:
            return sum(naive * part_at(term, shift) for term, naive in groups) >= needed

        if not covers(LONGEST_SHIFT):
            return None
        low, high = 0, LONGEST_SHIFT
        while low + 1 < high:
            middle = (low + high) // 2
            low, high = (low, middle) if covers(middle) else (middle, high)
        return high


def _summed(draws: Sequence[Draw]) -> Draw:
    """Return the sum of draws in one array; single values stay single as long as nothing is drawn."""
    points = sum(one for one in draws if isinstance(one, float))
    arrays = [one for one in draws if not isinstance(one, float)]
    if not arrays:
        return points
    total = arrays[0] + points
    for one in arrays[1:]:
        total += one
    return total


HOLDS = "the metric should hold"
REACHED = "already reached"


def part_at(term: Term, shift: int) -> float:
    """Return the part of a term's contribution, at base, that is in time if its tactic had begun `shift` days earlier."""
    if term.by is None or term.dates is None:
        return 1.0
    by = term.by + dt.timedelta(days=shift)
    if term.start.kind == "delivers":
        return arrived(term.spells, term.walk.lag, by=by)
    own = term.start.lag
    delay = own.base if own is not None and own.base is not None else float(max(term.dates.days, 1))
    return ramp(term.dates.start, term.walk.lag, delay=delay, by=by)
