"""Will the objective be reached by its date? The plan's bets, updated by what was measured.

    Y_T = Y to date (counted) + in flight (open entries) + deliveries to come + entries nobody claims

per posterior draw; lags by convolution; counts as Poisson and binomial draws (decisions.md, section 3).
The probability is not printed where more than half of what is still to come rests on guesses and the
rest does not decide it alone.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from leadline import words
from leadline.align.draws import DRAWS, Draws
from leadline.decide.flow import courses
from leadline.decide.known import Actuals, Known
from leadline.decide.terms import Brought, Horizon, Terms
from leadline.inputs import Floats, stream
from leadline.plan.graph import Graph, Term
from leadline.plan.model import Objective
from leadline.plan.timing import ramp

CALIBRATION = "not yet calibrated (0 origins): no past forecast of this workspace has been held to what came"
FAN_POINTS = 12  # days at which a fan is drawn: monthly over a year (house)
DECIDED = 0.95  # a probability beyond this (or below 1 - this) without the guesses is printed all the same (house)


@dataclass(frozen=True)
class FanPoint:
    """The forecast of a metric on one day, in its base unit."""

    day: dt.date
    p05: float
    p25: float
    p50: float
    p75: float
    p95: float


@dataclass(frozen=True)
class ObjectiveForecast:
    """One objective: where it stands, where it will be, and the probability that the target is met.

    baseline, target, to_date: in the metric's base unit · unit: of the metric · fan: from as-of to `by`
    actual: as observed · path: milestones of the plan · p: None where it must not be shown, with the `reason`
    p_error: Monte Carlo standard error · believed_p: what the plan alone says
    parts: what the change still to come is made of: name, expected amount, whether it rests on a guess
    """

    objective: str
    name: str
    metric: str
    unit: str
    better: str
    baseline: float
    baseline_on: dt.date | None
    target: float
    by: dt.date
    to_date: float | None
    as_of: dt.date
    fan: tuple[FanPoint, ...]
    actual: tuple[tuple[dt.date, float], ...]
    path: tuple[tuple[dt.date, float], ...]
    p: float | None
    p_error: float | None
    reason: str
    believed_p: float | None
    parts: tuple[tuple[str, float, bool], ...]
    draws: int
    notes: tuple[str, ...] = ()

    def table(self) -> list[dict[str, object]]:
        """Return the fan as rows: day, p05, p25, p50, p75, p95 in the metric's base unit."""
        return [
            {
                "day": point.day.isoformat(),
                "p05": point.p05,
                "p25": point.p25,
                "p50": point.p50,
                "p75": point.p75,
                "p95": point.p95,
            }
            for point in self.fan
        ]

    @property
    def sentence(self) -> str:
        """Return the forecast in one sentence, with interval and probability, or why there is none."""
        last = self.fan[-1]
        reached = words.with_interval(self.said(last.p50), self.said(last.p05), high=self.said(last.p95))
        goal = f"{self.said(self.target)} by {self.by}"
        if self.p is None:
            return f"{self.name}: {reached} of {goal}; how likely that is can't be told ({self.reason})."
        chance = f"{words.probability(self.p)}, {words.probability_word(self.p)}"
        return f"{self.name}: {reached} of {goal} ({chance})."

    def said(self, value: float) -> str:
        """Return a value of the metric as people read it."""
        if self.unit == "%":
            return words.share(value)
        if len(self.unit) == 3 and self.unit.isupper():
            return words.money(value, self.unit)
        text = words.number(value, max(3, len(str(int(abs(value))))))
        return text if self.unit in ("count", "") else f"{text} {self.unit}"


def forecast_objective(
    graph: Graph, objective: Objective, *, known: Known, draws: Draws, as_of: dt.date, seed: int = 1
) -> ObjectiveForecast | None:
    """Forecast one objective; None where its target or baseline cannot be read, or its metric should hold.

    draws: of the plan's beliefs, the same that its coverage is computed from.
    """
    metric = graph.amounts.metrics.get(objective.metric or "")
    if metric is None or metric.better == "hold" or objective.target is None or objective.baseline is None:
        return None
    target = graph.amounts.in_metric(objective.target.value, metric.id)
    baseline = graph.amounts.in_metric(objective.baseline.value, metric.id)
    by = objective.target.by
    if target is None or baseline is None or by is None:
        return None
    observed = known.actuals.get(metric.id, Actuals((), is_level=True))
    latest = observed.at(min(as_of, by))
    to_date = None if latest is None else latest if observed.is_level else baseline + latest
    length = max(0, (by - as_of).days)
    days = _fan_days(length)
    horizon = Horizon(as_of, length, tuple(days), DRAWS, seed)
    terms = Terms(draws, known, horizon)
    brought = list(_brought(graph, objective, terms, known=known, horizon=horizon, from_today=to_date is not None))
    start: Floats | float = to_date if to_date is not None else baseline + _without_plan(graph, objective)
    if to_date is not None and observed.error > 0:
        # the target is compared with the true level, which a survey tells only up to its sampling error
        start = (to_date + observed.error * stream(seed, f"survey {metric.id}").standard_normal(DRAWS))[:, None]
    level = start + _sum(brought, horizon)
    empty = ObjectiveForecast(
        objective=objective.id, name=objective.name or objective.id, metric=metric.id, unit=metric.unit or "",
        better=metric.better, baseline=baseline, baseline_on=objective.baseline.as_of, target=target, by=by,
        to_date=to_date, as_of=as_of, fan=(), actual=_shown(observed, baseline, as_of), path=_path(graph, objective),
        p=None, p_error=None, reason="", believed_p=None,
        parts=tuple((one.start, one.mean, one.guess) for one in brought), draws=horizon.size, notes=(CALIBRATION,),
    )  # fmt: skip
    guessed = start + _sum([one for one in brought if not one.guess], horizon)
    return _judged(empty, level, guessed[:, -1], [as_of + dt.timedelta(days=day) for day in days])


def _judged(empty: ObjectiveForecast, level: Floats, without: Floats, days: Sequence[dt.date]) -> ObjectiveForecast:
    quantiles = np.quantile(level, (0.05, 0.25, 0.5, 0.75, 0.95), axis=0)
    fan = tuple(FanPoint(day, *(float(value) for value in quantiles[:, at])) for at, day in enumerate(days))
    down = empty.better == "down"

    def reached(values: Floats) -> float:
        return float(np.mean(values <= empty.target if down else values >= empty.target))

    p = reached(level[:, -1])
    guesses = [name for name, _, guess in empty.parts if guess]
    weight = sum(abs(amount) for _, amount, guess in empty.parts if guess)
    whole = sum(abs(amount) for _, amount, _ in empty.parts)
    sure = reached(without) >= DECIDED or p <= 1 - DECIDED or not weight
    if not empty.parts and empty.to_date is None:
        return replace(empty, fan=fan, reason="nothing in the plan leads to this metric and nothing was observed")
    if weight > 0.5 * whole and not sure:
        parts = f"{len(guesses)} of {len(empty.parts)} parts of what is to come"
        reason = f"unknown: {parts} are guesses, or were last counted over a month ago ({', '.join(guesses[:3])})"
        return replace(empty, fan=fan, reason=reason)
    error = math.sqrt(max(p * (1 - p), 1 / empty.draws) / empty.draws)
    return replace(empty, fan=fan, p=p, p_error=error)


def _brought(
    graph: Graph, objective: Objective, terms: Terms, *, known: Known, horizon: Horizon, from_today: bool
) -> Iterator[Brought]:
    counted: set[str] = set()
    for tactic in graph.tactics.values():
        for term in graph.contributions(tactic, objective):
            if term.start.kind == "delivers":
                yield terms.deliveries(term)
                counted.update(step.from_metric for step, _ in term.walk.steps)
            else:
                yield terms.change(term, _ramp(term, horizon, from_today=from_today))
    metric = objective.metric or ""
    for state in sorted(counted):
        groups = {"", *(tactic for names in known.groups.values() for tactic in names)}
        for group in sorted(groups):
            for walk in graph.walks(state, group).to.get(metric, ()):
                steps = [step for step, power in walk.steps for _ in range(power)]
                flight = terms.in_flight(state, group, steps=steps)
                if flight is not None:
                    yield flight
        for walk in graph.walks(state, "").to.get(metric, ()):
            extra = terms.unclaimed(state, [step for step, power in walk.steps for _ in range(power)])
            if extra is not None:
                yield extra


def _ramp(term: Term, horizon: Horizon, *, from_today: bool) -> Floats:
    """Return the share of a change reached on each mark, less today's share where today was observed."""
    if term.dates is None:
        return np.zeros(len(horizon.marks))
    lag = (
        term.start.lag.base
        if term.start.lag is not None and term.start.lag.base is not None
        else max(term.dates.days, 1)
    )
    reached = [
        ramp(term.dates.start, term.walk.lag, delay=lag, by=horizon.as_of + dt.timedelta(days=day))
        for day in (0, *horizon.marks)
    ]
    return np.array(reached[1:]) - (reached[0] if from_today else 0.0)


def _sum(brought: Sequence[Brought], horizon: Horizon) -> Floats:
    """Return draws of all that is brought on the marks, shape (S, K)."""
    total = np.zeros((horizon.size, len(horizon.marks)))
    for index, one in enumerate(brought):
        if one.steady is not None:
            total += one.steady
            continue
        total += (
            courses(one.expected, one.waiting, generator=stream(horizon.seed, f"courses {index} {one.start}"))
            * one.each[:, None]
        )
    return total


def _fan_days(length: int) -> list[int]:
    points = min(FAN_POINTS, length)
    return sorted({round(length * at / points) for at in range(points + 1)}) if points else [0]


def _without_plan(graph: Graph, objective: Objective) -> float:
    belief = graph.amounts.without_plan(objective)
    return 0.0 if belief is None else belief.base


def _shown(observed: Actuals, baseline: float, as_of: dt.date) -> tuple[tuple[dt.date, float], ...]:
    lift = 0.0 if observed.is_level else baseline
    return tuple((day, value + lift) for day, value in observed.points if day <= as_of)


def _path(graph: Graph, objective: Objective) -> tuple[tuple[dt.date, float], ...]:
    points = []
    for milestone in (*objective.milestones, objective.target):
        value = None if milestone is None else graph.amounts.in_metric(milestone.value, objective.metric or "")
        if milestone is not None and milestone.by is not None and value is not None:
            points.append((milestone.by, value))
    return tuple(sorted(points))
