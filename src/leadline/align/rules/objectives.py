"""OBJ: can it be told whether an objective is reached, and does the plan add up to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from leadline.align.case import Case, days, share
from leadline.align.coverage import Coverage
from leadline.align.finding import Found, Skip, Value
from leadline.align.rule import rule
from leadline.plan.model import Objective

OWN_HANDS = frozenset({"input", "process", "output"})  # StratML Part 2: an outcome is not wholly in one's control
JUDGED_ON_WORK = frozenset({"efficiency", "experience"})  # checks.md, OBJ004: a fast reply is worth having as such
ATTENTION = frozenset({"communication", "engagement"})  # checks.md, OBJ005: awareness and preference are such
HOPELESS_COVERAGE = 0.60  # house: under it the plan is not short of money but of ideas (checks.md, OBJ008)
LONG_SHOT = 0.40  # house: an exactly covered target has 50 % (checks.md, OBJ017)
NO_SHOT = 0.15  # house: one in seven (checks.md, OBJ017)
REACHES = (
    "objectives.metric", "objectives.baseline", "objectives.target", "objectives.without_plan", "objectives.segment",
    "metrics.unit", "metrics.better", "tactics.bridge.rate", "tactics.bridge.lag", "tactics.bridge.from",
    "tactics.bridge.to", "tactics.list.bridge.rate", "tactics.list.bridge.lag", "tactics.list.delivers",
    "tactics.list.expects", "tactics.list.dates", "tactics.list.segments",
)  # fmt: skip


@rule("OBJ001", "not-measurable", level="error", scope="local", reads=("objectives.metric", "objectives.target"))
def not_measurable(case: Case) -> Iterator[Found | Skip]:
    """An objective has no metric, or its target is no number.

    Why: what is not counted cannot be reached, missed or learnt from.
    Source: point D5; SMART.
    Fix: choose a metric and write the target as a number in its unit.
    """
    for objective in case.plan.objectives:
        if objective.metric is None:
            yield _of(case, objective, "objective {objective} names no metric", {"objective": objective.id})
        elif objective.target is None or objective.target.value is None:
            found = _of(
                case, objective, "objective {objective} has no number as its target", {"objective": objective.id}
            )
            yield replace(found, path=(*found.path, "target"))


@rule("OBJ002", "no-baseline", level="error", scope="local", reads=("objectives.baseline",))
def no_baseline(case: Case) -> Iterator[Found | Skip]:
    """An objective does not say where its metric stands today.

    Why: without where we are now nobody knows how far it is.
    Source: point B (Situation comes first); SMART.
    Fix: measure it, or state a guess and say in `source` that it is one.
    """
    for objective in case.plan.objectives:
        if objective.baseline is None or objective.baseline.value is None:
            text = "the way to {target} has no beginning: the baseline is missing"
            found = _of(case, objective, text, {"target": _target(case, objective)})
            yield replace(found, path=(*found.path, "baseline"))


@rule(
    "OBJ003",
    "no-deadline",
    level="error",
    scope="local",
    reads=("objectives.target", "objectives.milestones", "plan.window"),
)
def no_deadline(case: Case) -> Iterator[Found | Skip]:
    """A target has no day, or a day outside the plan's window with no milestone inside.

    Why: a target without a day is never missed.
    Source: SMART.
    Fix: write `by`, or a milestone inside the window on the way there.
    """
    window = case.plan.plan.window
    for objective in case.plan.objectives:
        by = objective.target.by if objective.target else None
        inside = window is None or any(stone.by in window for stone in objective.milestones if stone.by)
        if by is not None and (inside or (window is not None and by in window)):
            continue
        text = "the target has no day in {window}" if by is None else "the target's day {by} lies outside {window}"
        found = _of(case, objective, text, {"by": by, "window": str(window) if window else "no window"})
        path = (*found.path, "target") if by is None else (*found.path, "target", "by")
        yield replace(found, path=path)


@rule(
    "OBJ004",
    "activity-as-objective",
    level="error",
    scope="links",
    reads=("objectives.metric", "metrics.stage", "metrics.role"),
)
def activity_as_objective(case: Case) -> Iterator[Found | Skip]:
    """The metric of an objective counts what we do, not what comes of it.

    Inputs, processes and outputs are in our own hands; efficiency and experience are judged on the work itself and
    may be objectives all the same.

    Why: an output is in your hand, an outcome is not; an objective names the outcome, a task the output.
    Source: StratML (ISO 17469-1) on outputs and outcomes; point C, what against how.
    Fix: make it a task of a tactic, and name the outcome it is for.
    """
    for objective in case.plan.objectives:
        metric = case.metric(objective.metric)
        if metric is not None and metric.stage in OWN_HANDS and metric.role not in JUDGED_ON_WORK:
            found = _of(
                case,
                objective,
                "metric {metric} is an {stage}: we can do it, it need not bring anything",
                {"metric": metric.id, "stage": metric.stage},
            )
            yield replace(found, path=(*found.path, "metric"))


@rule(
    "OBJ005",
    "engagement-without-sale",
    level="error",
    scope="links",
    reads=(
        "metrics.role",
        "metrics.value_event",
        "tactics.bridge.from",
        "tactics.bridge.to",
        "tactics.list.enables",
        "objectives.serves",
    ),
)
def engagement_without_sale(case: Case) -> Iterator[Found | Skip]:
    """An objective of attention is pursued by nothing that leads on to a sale.

    It holds for metrics of role communication or engagement (awareness and preference are such): at least one tactic
    that moves the metric, or one that moves an objective it serves, reaches a value event, itself or by `enables`.

    Why: engagement is not a sale, and gets no pass on sales.
    Source: point E.
    Fix: build the bridge from that attention to the next step, or say with `enables` which selling tactic it helps.
    """
    for objective in case.plan.objectives:
        metric = case.metric(objective.metric)
        if metric is None or metric.role not in ATTENTION:
            continue
        family = (objective.id, *_above(case, objective.id))
        tactics = tuple(dict.fromkeys(name for one in family for name in _pursuing(case, one)))
        mine = tuple(_pursuing(case, objective.id))
        if not mine or any(case.graph.reaches_value_event(name) for name in tactics):
            continue
        yield Found(
            path=case.path_of(objective.id),
            text="objective {objective} is pursued by {tactics} ({money}), and none of them leads to a sale",
            values={"objective": objective.id, "tactics": mine, "money": case.money_of(mine)},
            tactics=mine,
            objectives=(objective.id,),
        )


@rule(
    "OBJ007", "unsupported-objective", level="error", scope="links", reads=("tactics.list.serves", "objectives.serves")
)
def unsupported_objective(case: Case) -> Iterator[Found | Skip]:
    """No growth tactic serves an objective, directly or through an objective that serves it.

    Why: an objective nobody works for is a wish.
    Source: traceability; point C.
    Fix: add a tactic that serves it, or drop the objective.
    """
    for objective in case.plan.objectives:
        if not any(name in case.growth for name in case.graph.tactics_of(objective.id)):
            yield _of(case, objective, "no tactic serves objective {objective}", {"objective": objective.id})


@rule("OBJ008", "coverage-gap", level="warning", scope="sums", reads=REACHES)
def coverage_gap(case: Case, *, hopeless: float = HOPELESS_COVERAGE) -> Iterator[Found | Skip]:
    """What the tactics are believed to bring does not add up to the target, even if nothing came too late.

    Needed is target less baseline less what would happen without the plan; each contribution is what is delivered
    times the rates on its way to the metric, all estimates at base. Under 60 % it is an error.

    Why: arithmetic; better now than at the end of the window.
    Source: checks.md section 3 (coverage).
    Thresholds: hopeless 0.60 (house).
    Fix: bring more, earlier or more cheaply, or lower the target before anybody relies on it.
    """
    for objective, one in _covered(case):
        if one.naive_share is None:
            yield Skip(one.reason or "unknown", objective.id)
        elif not one.contributions:
            yield Skip("no tactic contributes to it", objective.id)
        elif one.naive_share < 1.0 and one.needed is not None and one.naive is not None:
            yield Found(
                path=(*case.path_of(objective.id), "target", "value"),
                text="the bets bring {naive} of {needed}, {coverage}; {missing} are missing",
                values={
                    "needed": case.in_unit_of(objective.metric, one.needed, change=True),
                    "naive": case.in_unit_of(objective.metric, one.naive, change=True),
                    "coverage": share(one.naive_share),
                    "missing": case.in_unit_of(objective.metric, one.needed - one.naive, change=True),
                },
                level="error" if one.naive_share < hopeless else "warning",
                also=_outlook(one),
            )


@rule("OBJ009", "too-late", level="warning", scope="sums", reads=REACHES)
def too_late(case: Case) -> Iterator[Found | Skip]:
    """The bets add up to the target, but part of them arrives after its day.

    Each step of the bridge takes its lag; what starts too late is in the pipeline on the day, not in the books.

    Why: a sale that takes 140 days cannot come of a lead from November.
    Source: checks.md section 3; pipeline velocity (Uptempo's planning model).
    Fix: start earlier, or move the target's day.
    """
    for objective, one in _covered(case):
        if one.naive_share is None or one.due_share is None:
            yield Skip(one.reason or "unknown", objective.id)
        elif one.naive_share >= 1.0 > one.due_share and one.by is not None:
            lag = one.longest_lag
            earlier = case.coverages.days_earlier(objective, one.needed or 0.0)
            fix = "deliver by {deliver_by}, {lag} before the target's day"
            if earlier is not None:
                fix += f": start everything {earlier} days earlier, or move `by` as much"
            yield Found(
                path=(*case.path_of(objective.id), "target", "by"),
                text="{naive_share} of what is needed is under way, {due_share} arrives in time (90 %: {low} to {high})",
                values={
                    "naive_share": share(one.naive_share),
                    "due_share": share(one.due_share),
                    "low": None if one.p05 is None else share(one.p05),
                    "high": None if one.p95 is None else share(one.p95),
                    "lag": days(lag),
                    "deliver_by": one.by - dt.timedelta(days=min(round(lag), (one.by - dt.date.min).days)),
                },
                fix=fix,
            )


@rule("OBJ017", "long-shot", level="warning", scope="sums", reads=REACHES)
def long_shot(case: Case, *, long_shot: float = LONG_SHOT, no_shot: float = NO_SHOT) -> Iterator[Found | Skip]:
    """If the bets are what the plan believes, the target is probably missed.

    P is the share of draws in which the contributions by the due day reach what is needed. Where more than half of
    them rest on guesses no P is computed, and this rule is skipped for the objective.

    Why: honesty towards those who pay; a target with a chance of one in five is a hope.
    Source: checks.md section 3; the widths are the planner's own.
    Thresholds: long_shot 0.40, no_shot 0.15 (error): house; an exactly covered target has 0.50.
    Fix: settle the bets that drive it first, or lower the target.
    """
    for objective, one in _covered(case):
        if one.p is None:
            yield Skip(one.reason or "unknown", objective.id)
        elif one.p < long_shot:
            values: dict[str, Value] = {
                "p": share(one.p),
                "p05": share(one.p05 or 0.0),
                "p50": share(one.p50 or 0.0),
                "p95": share(one.p95 or 0.0),
                "drivers": case.coverages.drivers(objective),
            }
            yield Found(
                path=(*case.path_of(objective.id), "target"),
                text="the chance to reach it is {p}: in time come {p05} to {p95} of what is needed, {p50} in the middle",
                values=values,
                level="error" if one.p < no_shot else "warning",
                fix="settle what drives it first: {drivers}; or lower the target",
            )


def _of(case: Case, objective: Objective, text: str, values: dict[str, Value]) -> Found:
    return Found(path=case.path_of(objective.id), text=text, values=values)


def _target(case: Case, objective: Objective) -> Value:
    value = case.amounts.in_metric(objective.target.value, objective.metric) if objective.target else None
    return None if value is None else case.in_unit_of(objective.metric, value)


def _covered(case: Case) -> Iterator[tuple[Objective, Coverage]]:
    """Yield the objectives that have something to cover; `hold` and what is already reached are left out."""
    for objective in case.plan.objectives:
        one = case.coverage.get(objective.id)
        if one is not None and not one.is_settled_already:
            yield objective, one


def _outlook(one: Coverage) -> str:
    if one.due_share is None:
        return ""
    chance = f"P {one.p:.2f}" if one.p is not None else f"P {one.reason}"
    return f"by {one.by}: {100 * one.due_share:.1f} % at base, {chance}"


def _above(case: Case, objective: str) -> tuple[str, ...]:
    """Return the objectives that an objective serves, directly and through others."""
    return tuple(one for one in case.graph.objectives_served(objective) if one != objective)


def _pursuing(case: Case, objective: str) -> tuple[str, ...]:
    """Return the growth tactics that contribute to an objective by a chain, or serve it themselves."""
    contributing = {tactic for tactic, _ in case.coverages.terms(case.graph.objectives[objective])}
    serving = {name for name, tactic in case.growth.items() if any(link.ref == objective for link in tactic.serves)}
    return tuple(name for name in case.growth if name in contributing | serving)
