"""What was counted, as forecasts and checks need it: actuals, deliveries, open entries, spend."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.align.facts import EvidenceFacts
from leadline.decide.known import Actuals, Delivered, Known, OpenEntries
from leadline.errors import UsageError
from leadline.evidence.frames import AsOf, answer
from leadline.evidence.series import metric_series
from leadline.evidence.store import Store
from leadline.inputs import Stages
from leadline.plan.estimate import Z95
from leadline.plan.graph import Graph
from leadline.plan.model import Objective
from leadline.review.measuring import Measured, Pair
from leadline.review.plan_facts import states
from leadline.units import Quantity

RECENT_DAYS = 91  # thirteen weeks: the rate of entries that no tactic claims (decisions.md, measurement.md 4.3)
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Cover:
    """Of one state: rows, and up to which day its sources speak."""

    rows: int
    first: dt.date
    last: dt.date
    until: dt.date


def covers(store: Store, at: AsOf) -> dict[str, Cover]:
    """Return what the evidence holds of each state."""
    return {
        row["state"]: Cover(
            row["rows"], row["first_day"], row["last_day"], min(row["span_to"] or row["last_day"], at.day)
        )
        for row in answer(store, "state_cover", at=at)
    }


def deliveries(
    graph: Graph, store: Store, *, measured: Measured, at: AsOf, cover: Mapping[str, Cover]
) -> dict[Pair, Delivered]:
    """Return, per (tactic, delivered metric), the entries of that tactic since it began."""
    state_of = states(graph.plan)
    found: dict[Pair, Delivered] = {}
    for tactic in graph.tactics.values():
        dates = graph.dates_of(tactic)
        for bet in graph.starts(tactic):
            known = cover.get(state_of.get(bet.metric, ""))
            if bet.kind != "delivers" or dates is None or known is None or known.until < dates.start:
                continue
            rows = next((entries for pair, entries in measured.rows.items() if pair[0] == bet.metric), None)
            if rows is not None:
                begun = rows.entered_at >= np.datetime64(dates.start)
                count = int(((rows.tactic == tactic.id) & begun).sum())
            else:
                asked = {"name": state_of[bet.metric], "from_day": dates.start}
                by_tactic = {
                    row["tactic"]: row["entries"] for row in answer(store, "entries_by_tactic", params=asked, at=at)
                }
                count = by_tactic.get(tactic.id, 0)
            found[tactic.id, bet.metric] = Delivered(float(count), known.until)
    return found


def known_of(
    graph: Graph,
    store: Store,
    *,
    measured: Measured,
    at: AsOf,
    delivered: Mapping[Pair, Delivered],
    cover: Mapping[str, Cover],
) -> Known:
    """Return everything that forecasts take from the evidence."""
    state_of = states(graph.plan)
    groups = {
        pair: frozenset(
            group.name for group in step.groups if group.column == "tactic" and group.draws is not None and group.name
        )
        for pair, step in measured.steps.items()
    }
    waiting = {pair[0]: _waiting(entries) for pair, entries in measured.rows.items() if pair in measured.steps}
    arrivals = {
        pair[0]: _recent(entries, cover[state_of[pair[0]]])
        for pair, entries in measured.rows.items()
        if state_of[pair[0]] in cover and not any(other[1] == pair[0] for other in graph.shared)
    }
    actuals = {}
    for objective in graph.plan.objectives:
        observed = _actuals(graph, store, objective, at=at)
        if observed is not None and objective.metric is not None:
            actuals[objective.metric] = observed
    return Known(measured.steps, groups, waiting, actuals, delivered, arrivals)


def unreadable(graph: Graph, store: Store, *, at: AsOf) -> tuple[str, ...]:
    """Return a sentence per level whose values came in a unit that the plan's metric cannot take."""
    told = []
    for metric in graph.plan.metrics:
        kind, _, name = (metric.source or "").partition(":")
        rows = answer(store, METRIC_POINTS, at=at, params={"name": name}) if kind == "metric" else []
        units = sorted({str(row["unit"]) for row in rows if _in_metric(graph, metric.id, row) is None})
        if units:
            told.append(
                f'{len(rows)} values of "{name}" came in {", ".join(units)}, which the metric {metric.id} '
                f"({metric.unit}) cannot take; they are left out. Correct the unit in the mapping or in the plan."
            )
    return tuple(told)


def spend_facts(store: Store, at: AsOf, *, currency: str) -> EvidenceFacts:
    """Return the money spent per tactic and the money that no tactic claims, in the plan's currency."""
    spend: dict[str, float] = {}
    unmatched = 0.0
    for row in answer(store, "spend_by_tactic", params={"currency": currency}, at=at):
        if row["spent"] is None:
            continue
        if row["tactic"] == "(unmatched)":
            unmatched += float(row["spent"])
        else:
            spend[row["tactic"]] = spend.get(row["tactic"], 0.0) + float(row["spent"])
    return EvidenceFacts(spend=spend, unmatched=unmatched, covered_until=at.day)


def _waiting(entries: Stages) -> OpenEntries:
    still = np.isnat(entries.moved_at) & (entries.end == "") & (entries.entered_at <= np.datetime64(entries.as_of))
    ages = (np.datetime64(entries.as_of) - entries.entered_at[still]) / DAY
    return OpenEntries(ages.astype(np.float64), tuple(str(name) for name in entries.tactic[still]))


def _recent(entries: Stages, cover: Cover) -> float:
    """Return entries a day that no tactic claims, over the last weeks that the source covers."""
    end = np.datetime64(cover.until) + DAY
    recent = (entries.entered_at >= end - RECENT_DAYS * DAY) & (entries.entered_at < end)
    days = min(RECENT_DAYS, (cover.until - cover.first).days + 1)
    return float((recent & (entries.tactic == "")).sum()) / max(days, 1)


def _actuals(graph: Graph, store: Store, objective: Objective, *, at: AsOf) -> Actuals | None:
    """Return an objective's metric as observed: a running count since the baseline, or a level."""
    metric = graph.amounts.metrics.get(objective.metric or "")
    if metric is None or not metric.source:
        return None
    if metric.source.startswith("metric:"):
        return _levels(graph, store, metric.id, name=metric.source.partition(":")[2], at=at)
    since = None if objective.baseline is None else objective.baseline.as_of
    try:
        series = metric_series(store, metric.source, at=at, grain="day", currency=graph.plan.plan.currency or "EUR")
    except UsageError:  # nothing of that name was imported; BRG014 judges sources that no data can answer
        return None
    if not series.points:
        return None
    total, points = 0.0, []
    for point in series.points:
        if since is None or point.period > since:
            total += point.value
            points.append((point.period, total))
    return Actuals((*points, (at.day, total)), is_level=False)


def _levels(graph: Graph, store: Store, metric: str, *, name: str, at: AsOf) -> Actuals | None:
    points, error = [], 0.0
    for row in answer(store, METRIC_POINTS, at=at, params={"name": name}):
        value = _in_metric(graph, metric, row)
        if value is not None:
            points.append((row["until"], value))
            error = _error(row, value)
    return Actuals(tuple(points), is_level=True, error=error) if points else None


def _in_metric(graph: Graph, metric: str, row: Mapping[str, Any]) -> float | None:
    """Return a value in the metric's base unit; the warehouse keeps shares as 0..1 under the unit `share`."""
    if row["unit"] == "share":
        return graph.amounts.in_metric(Quantity(100 * float(row["value"]), "%"), metric)
    return graph.amounts.in_metric(Quantity(float(row["value"]), row["unit"] or None), metric)


def _error(row: Mapping[str, Any], value: float) -> float:
    """Return the standard error of a surveyed value: from its interval, or of a share from its sample size."""
    if row["low"] is not None and row["high"] is not None and row["value"]:
        return abs(float(row["high"]) - float(row["low"])) / (2 * Z95) * abs(value / float(row["value"]))
    if row["n"] and row["unit"] == "share" and 0 < value < 1:
        return math.sqrt(value * (1 - value) / float(row["n"]))
    return 0.0


# Levels keep their own days and units, which a series by period would lose.
METRIC_POINTS = (
    "SELECT until, value, unit, n, low, high FROM metrics WHERE metric = :name AND until <= :last_day AND geo = '*' AND segment = '*' "
    "ORDER BY until, source"
)
