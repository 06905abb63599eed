"""OBJ: does the past of a metric allow its target, or bring it without the plan."""

from __future__ import annotations

import math
from collections.abc import Iterator

from leadline.align.case import Case, count
from leadline.align.finding import Found, Skip
from leadline.align.rule import rule
from leadline.align.trend import LONGEST_GAP, drift, past_of, seasonal_trend
from leadline.plan.model import Objective

JUMP_SDS = 3.0  # Shewhart's control limits, "Economic Control of Quality", 1931 (checks.md, OBJ010)
FEWEST_CHANGES = 6  # house: a standard deviation of fewer changes is off by a third and more (1 ÷ √(2n − 2))
NO_PAST = "its metric has too few readings before the plan"
GOALS = ("objectives.metric", "objectives.baseline", "objectives.target")


@rule("OBJ010", "implausible-jump", level="warning", scope="data", reads=GOALS)
def implausible_jump(
    case: Case, *, jump_sds: float = JUMP_SDS, fewest_changes: float = FEWEST_CHANGES
) -> Iterator[Found | Skip]:
    """The target asks for more than the metric ever showed that it can do.

    The changes between past readings, up to the day of the baseline, make a mean and a standard deviation over as long
    a time as the objective has; the change it asks for lies more than three of them beyond the mean. A counter begins
    with the plan and has no such past.

    Why: a metric that moved by two points a year does not move by twenty because a plan says so; something has to be
    different, and the plan should say what.
    Source: point B (where are we now comes first); Shewhart's control limits, 1931.
    Thresholds: jump_sds 3.0 (Shewhart); fewest_changes 6 (house).
    Fix: lower the target, give it more time, or name what is different from the past and what proves it.
    """
    for objective in case.plan.objectives:
        goal = _goal(case, objective)
        begun = objective.baseline.as_of if objective.baseline else None
        by = objective.target.by if objective.target else None
        if goal is None or begun is None or by is None or by <= begun:
            continue
        points = past_of(case, objective)
        if len(points) - 1 < fewest_changes:
            yield Skip(NO_PAST, objective.id)
            continue
        baseline, target = goal
        change, past = target - baseline, drift(points, (by - begun).days)
        way = 1 if change > 0 else -1
        if past.sd == 0:
            yield Skip("its metric never varied before the plan", objective.id)
        elif math.isfinite(past.sd) and way * (change - past.mean) > jump_sds * past.sd:
            yield Found(
                path=(*case.path_of(objective.id), "target", "value"),
                text="the target asks for {change}; as long a time brought {mean} on average so far, with a standard "
                "deviation of {sd} ({n} changes)",
                values={
                    "change": case.in_unit_of(objective.metric, change, change=True),
                    "mean": case.in_unit_of(objective.metric, past.mean, change=True),
                    "sd": case.in_unit_of(objective.metric, past.sd, change=True),
                    "n": count(past.n),
                },
            )


@rule("OBJ011", "trend-already-there", level="note", scope="data", reads=(*GOALS, "objectives.without_plan"))
def trend_already_there(case: Case, *, longest_gap: float = LONGEST_GAP) -> Iterator[Found | Skip]:
    """The metric gets to the target by itself: its seasonal trend leads there without the plan.

    Taken are the same season of the last year before the plan and the mean change from one year to the next. It takes
    two years of readings, at least one a quarter, up to the day of the baseline.

    Why: who plans what comes anyway will be praised for the tide; the money could have done something.
    Source: point E (track the effect on the business); seasonal naive forecast with drift (Hyndman and Athanasopoulos,
    "Forecasting: Principles and Practice", chapter 5).
    Thresholds: longest_gap 100 days between two readings (house: once a quarter).
    Fix: write what comes anyway as `without_plan`, and aim for what the plan adds to it.
    """
    for objective in case.plan.objectives:
        goal = _goal(case, objective)
        by = objective.target.by if objective.target else None
        if goal is None or by is None:
            continue
        trend = seasonal_trend(past_of(case, objective), by, longest_gap=longest_gap)
        if trend is None:
            yield Skip(NO_PAST, objective.id)
            continue
        baseline, target = goal
        if (trend.value - target) * (target - baseline) < 0:
            continue
        yield Found(
            path=(*case.path_of(objective.id), "target", "value"),
            text="the trend of the past leads to {trend} by {by} without the plan (90 %: {low} to {high}); "
            "the target is {target}",
            values={
                "trend": case.in_unit_of(objective.metric, trend.value),
                "low": case.in_unit_of(objective.metric, trend.low),
                "high": case.in_unit_of(objective.metric, trend.high),
                "target": case.in_unit_of(objective.metric, target),
                "by": by,
                "without_plan": case.in_unit_of(objective.metric, trend.value - baseline, change=True),
            },
            fix="write the {without_plan} that come anyway as `without_plan`, and aim for what the plan adds to it",
        )


def _goal(case: Case, objective: Objective) -> tuple[float, float] | None:
    """Return baseline and target in the metric's base unit; None where one is missing or they are equal."""
    if objective.baseline is None or objective.target is None:
        return None
    baseline = case.amounts.in_metric(objective.baseline.value, objective.metric)
    target = case.amounts.in_metric(objective.target.value, objective.metric)
    return None if baseline is None or target is None or baseline == target else (baseline, target)
