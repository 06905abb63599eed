"""What became of the plan's objectives: the true value of each metric on its milestones and its last day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from leadline.plan.amounts import Amounts
from leadline.plan.model import Metric, Objective
from leadline.worlds.company import Company
from leadline.worlds.figures import recurring, sum_of, true_level


def objectives_of(company: Company) -> dict[str, Any]:
    """Return per objective its target, the true values by day, and whether the target was met in the end.

    Values are in base units (money, shares, hours, counts); None where the world does not move the metric.
    """
    metrics = {metric.id: metric for metric in company.plan.metrics}
    return {
        objective.id: _objective(company, objective, metrics[objective.metric])
        for objective in company.plan.objectives
        if objective.metric in metrics and objective.target is not None
    }


def _objective(company: Company, objective: Objective, metric: Metric) -> dict[str, Any]:
    targets = [target for target in (*objective.milestones, objective.target) if target and target.by]
    world = company.world.world
    days = sorted(
        {target.by for target in targets if target.by and world.start <= target.by <= world.end} | {world.as_of}
    )
    values = {day.isoformat(): true_value(company, objective, metric=metric, day=day) for day in days}
    wanted = Amounts(company.plan).in_metric(objective.target.value, metric.id) if objective.target else None
    last = values[days[-1].isoformat()]
    met = None if last is None or wanted is None else (last <= wanted if metric.better == "down" else last >= wanted)
    return {"metric": metric.id, "target": wanted, "values": values, "met": met}


def true_value(company: Company, objective: Objective, *, metric: Metric, day: dt.date) -> float | None:
    """Return the true value of an objective's metric on the evening of a day; counts begin at the baseline's day."""
    kind, _, name = (metric.source or "").partition(":")
    if kind in ("stage", "consent", "touches") and metric.id in company.world.states:
        since = objective.baseline.as_of if objective.baseline else None
        before = Amounts(company.plan).in_metric(objective.baseline.value, metric.id) if objective.baseline else None
        return (before or 0.0) + float(
            company.count(metric.id, dt.datetime.combine(day, dt.time(23, 59, 59)), since=since)
        )
    if name == "arr" and company.world.recurring_at:
        return recurring(company, day)
    if name == "awareness":
        return float(company.awareness[(day - company.world.world.start).days])
    if name in company.world.sums:
        return sum_of(company, company.world.sums[name], day=day)
    if name in company.world.series and company.world.series[name].every != "survey":
        return true_level(company, name, day=day)
    return None
