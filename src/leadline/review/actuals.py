"""What an objective's metric was observed to be, whatever its source: a level that stands, or a count that runs.

Counts of stages, orders, touches and posts add up since the baseline. Times of answers are levels. Who agrees to hear from
us is a stock where the objective starts from one (a baseline other than 0), else the count of those who newly agreed.
Series of their own (`metric:<name>`) are read in `readings`.
"""

from __future__ import annotations

import datetime as dt

from leadline.decide.known import Actuals
from leadline.errors import UsageError
from leadline.evidence.covering import period_end
from leadline.evidence.frames import AsOf, answer
from leadline.evidence.series import Series, metric_series
from leadline.evidence.store import Store
from leadline.inputs import GRAINS
from leadline.plan.graph import Graph
from leadline.plan.model import Metric, Objective
from leadline.review import readings
from leadline.units import Quantity


def actuals_of(graph: Graph, store: Store, *, objective: Objective, at: AsOf) -> Actuals | None:
    """Return an objective's metric as observed, None where the evidence says nothing of it yet."""
    metric = graph.amounts.metrics.get(objective.metric or "")
    if metric is None or not metric.source:
        return None
    if metric.source.startswith("metric:"):
        return readings.observed(graph, store, objective=objective, at=at)
    if metric.source.startswith("response."):
        return _answers(graph, store, metric=metric, at=at)
    series = _series(graph, store, metric.source, at=at)
    if series is None or not series.points:
        return None
    if _is_stock(graph, objective, metric):
        stands = tuple((point.period, point.standing) for point in series.points if point.standing is not None)
        return Actuals((*stands, (at.day, stands[-1][1])), is_level=True) if stands else None
    since = None if objective.baseline is None else objective.baseline.as_of
    daily = [(point.period, point.value) for point in series.points]
    if metric.source == "orders.customers":  # who buys on two days is one customer: days do not add up, first days do
        asked = {"since": since or dt.date.min}
        daily = [(row["period"], row["value"]) for row in answer(store, "customers_since", params=asked, at=at)]
    total, points = 0.0, []
    for day, value in daily:
        if since is None or day > since:
            total += value
            points.append((day, total))
    return Actuals((*points, (at.day, total)), is_level=False)


def told(graph: Graph, store: Store, *, at: AsOf) -> tuple[str, ...]:
    """Return how the objectives' series of permissions and answers are read, where there are any."""
    sentences: dict[str, None] = {}
    for objective in graph.plan.objectives:
        metric = graph.amounts.metrics.get(objective.metric or "")
        if metric is None or actuals_of(graph, store, objective=objective, at=at) is None:
            continue
        name, source = metric.name or metric.id, metric.source or ""
        if source.startswith("response."):
            sentences[
                f"The series of {name} counts hours by the clock, nights and weekends included; who still waits counts."
            ] = None
        elif _is_stock(graph, objective, metric):
            sentences[
                f"The series of {name} is read as a level: who agrees now stands, because its objective starts from a "
                f"baseline of {objective.baseline.value if objective.baseline else 0}."
            ] = None
    return tuple(sentences)


def _series(graph: Graph, store: Store, source: str, *, at: AsOf, grain: str = "day") -> Series | None:
    """Return a series, None where nothing of that name was imported; BRG014 judges sources that no data can answer."""
    try:
        return metric_series(store, source, at=at, grain=grain, currency=graph.plan.plan.currency or "EUR")
    except UsageError:
        return None


def _is_stock(graph: Graph, objective: Objective, metric: Metric) -> bool:
    """Say whether a metric of consent is the number of those who agree; 0 or no baseline: those who newly agreed."""
    if not (metric.source or "").startswith("consent:") or objective.baseline is None:
        return False
    return bool(graph.amounts.in_metric(objective.baseline.value, metric.id))


def _answers(graph: Graph, store: Store, *, metric: Metric, at: AsOf) -> Actuals | None:
    """Return the time to a first answer of each whole period, in the metric's unit, on the last day of the period."""
    grain = metric.every if metric.every in GRAINS else "month"
    series = _series(graph, store, metric.source or "", at=at, grain=grain)
    points = []
    for point in series.points if series else ():
        value = graph.amounts.in_metric(Quantity(point.value, "h"), metric.id)
        if point.complete and value is not None:
            points.append((period_end(point.period, grain), value))
    return Actuals(tuple(points), is_level=True) if points else None
