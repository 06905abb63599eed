"""DAT: does the plan still agree with what was counted, and does anybody act on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal

from leadline.align.case import Case, count, days
from leadline.align.finding import Figure, Found, Skip
from leadline.align.pace import Pace, pace
from leadline.align.routes import spells_of, walkers
from leadline.align.rule import rule
from leadline.align.rules.bridge import bet_unit
from leadline.align.vocabulary import verbatim
from leadline.plan.control import Watch
from leadline.plan.timing import arrived

NO_READINGS = "no watched metric has a value in the evidence"


@rule(
    "DAT002",
    "red-without-decision",
    level="error",
    scope="data",
    reads=("control.watches", "control.decisions.date", "objectives.baseline", "objectives.target"),
)
def red_without_decision(case: Case) -> Iterator[Found | Skip]:
    """A watch has been red for longer than its `then.within`, and no decision has been written since.

    Red is the latest value beyond the red line of its path, on its day and on every day with a value since. A decision
    counts if it says nothing of what it is about, or names the watch, its metric, its objective or a tactic that serves
    it.

    Why: red without a decision is decoration.
    Source: point B (Control).
    Fix: decide: stop, fix, scale or nothing; who, by when; and write it under `decisions`.
    """
    stands = [(watch, pace(case, watch)) for watch in case.plan.control.watches]
    if not any(stand for _, stand in stands):
        yield Skip(NO_READINGS)
        return
    for watch, stand in stands:
        within = case.amounts.days(watch.then.within) if watch.then else None
        if stand is None or stand.since is None or within is None:
            continue
        red_for = (case.as_of - stand.since).days
        if red_for <= within or _is_decided(case, watch, stand.since):
            continue
        yield Found(
            path=case.path_of(watch.id),
            text=f"{verbatim(watch.id)} is red since {{since}}, {{days}}, and nothing was decided",
            values={"since": stand.since, "days": days(red_for)},
            objectives=(watch.objective,) if watch.objective in case.graph.objectives else (),
        )


def _is_decided(case: Case, watch: Watch, since: dt.date) -> bool:
    """Say whether a decision that may be about this watch was taken on the day it became red or later."""
    concerned = {watch.id, watch.metric, watch.objective, *case.graph.tactics_of(watch.objective or "")}
    return any(
        decision.date is not None
        and since <= decision.date <= case.as_of
        and (not decision.about or concerned & set(decision.about))
        for decision in case.plan.control.decisions
    )


@rule(
    "DAT004",
    "step-diverges",
    level="warning",
    scope="data",
    reads=("tactics.bridge.rate", "tactics.bridge.lag", "tactics.list.bridge.rate", "tactics.list.bridge.lag"),
)
def step_diverges(case: Case) -> Iterator[Found | Skip]:
    """A rate or lag of the bridge has been measured, and the plan's range lies outside what was measured.

    The 90 % interval of the measurement and low..high of the plan have no value in common. A bare number counts with
    the range it is widened to.

    Why: the plan learns from what happened, or it is a story.
    Source: checks.md, DAT004.
    Fix: find out since when it differs, and write the new estimate by a decision.
    """
    measured = case.facts.measured if case.facts else {}
    if not measured:
        yield Skip("no step was measured")
        return
    for bet_id, seen in measured.items():
        bet = case.bets.get(bet_id)
        if bet is None or bet.belief is None or bet.kind not in ("rate", "lag"):
            continue
        belief = bet.belief
        if seen.high >= belief.low and seen.low <= belief.high:
            continue
        unit = "days" if bet.kind == "lag" else bet_unit(case, bet_id)
        yield Found(
            path=bet.path,
            text=f"{verbatim(bet_id)} was planned as {{plan}} (low, base, high) and measured as {{measured}}, of {{n}}",
            values={
                "plan": tuple(Figure(value, unit) for value in (belief.low, belief.base, belief.high)),
                "measured": tuple(Figure(value, unit) for value in (seen.low, seen.middle, seen.high)),
                "n": count(seen.n),
            },
            element=case.bet(bet_id),
            tactics=(bet.tactic,) if bet.tactic else case.once(walkers).get(bet.path[:-1], ()),
        )


@rule(
    "DAT005",
    "wins-that-do-not-count",
    level="warning",
    scope="data",
    reads=(
        "control.watches", "objectives.baseline", "objectives.target", "tactics.list.serves", "tactics.list.delivers",
        "tactics.list.dates",
    ),
)  # fmt: skip
def wins_that_do_not_count(case: Case) -> Iterator[Found | Skip]:
    """Every tactic of an objective delivers what it promised, and the objective is red.

    A tactic is on path where at least the low end of what it promised, due by the day its source covers, has been
    counted. Looked at is what leads along the bridge to the objective's metric; tactics that bring nothing on that way,
    or have not begun, are left out. Where one only expects to move a metric, nobody can count its part: not judged.

    Why: engagement is not a sale; when every part wins and the whole loses, the steps between do not hold.
    Source: point E.
    Fix: check the steps between what is delivered and the objective; one of them is not what the plan believes.
    """
    stands = [(watch, pace(case, watch)) for watch in case.plan.control.watches]
    if not any(stand for _, stand in stands):
        yield Skip(NO_READINGS)
        return
    for watch, stand in stands:
        objective = case.graph.objectives.get(watch.objective or "")
        if objective is None or stand is None or stand.since is None or objective.metric != watch.metric:
            continue
        states = {name: _is_on_path(case, name, objective.metric or "") for name in case.graph.tactics_of(objective)}
        begun = {name: kept for name, kept in states.items() if kept != "waiting"}
        if "unknown" in begun.values():
            unknown = next(name for name, kept in begun.items() if kept == "unknown")
            yield Skip(f"what {unknown} brings was not counted", objective.id)
        elif begun and "behind" not in begun.values():
            yield Found(
                path=case.path_of(objective.id),
                text=f"{{tactics}} deliver what they promised, and {verbatim(objective.id)} is {{gap}} off its path",
                values={"tactics": tuple(begun), "gap": _gap(case, watch, stand)},
                tactics=tuple(begun),
            )


def _gap(case: Case, watch: Watch, stand: Pace) -> Figure:
    return case.in_unit_of(watch.metric, abs(stand.path - stand.value), change=True)


def _is_on_path(case: Case, tactic: str, metric: str) -> Literal["on path", "behind", "waiting", "unknown"]:
    """Return how a tactic stands with what it brings towards a metric; waiting where that is nothing, or not begun."""
    found = set()
    for start in case.graph.starts(tactic):
        if start.belief is None or metric not in case.graph.walks(start.metric, tactic).to:
            continue
        counted = case.facts.delivered.get((tactic, start.metric)) if case.facts else None
        until = case.as_of if counted is None else min(counted.until, case.as_of)
        due = arrived(spells_of(case, tactic), 0.0, by=until)
        if due <= 0:
            continue
        if start.kind != "delivers" or counted is None:
            found.add("unknown")
        else:
            found.add("on path" if counted.count >= start.belief.low * due else "behind")
    states: tuple[Literal["behind", "unknown", "on path"], ...] = ("behind", "unknown", "on path")
    return next((state for state in states if state in found), "waiting")
