"""DAT: does the plan still agree with what was counted, and does anybody act on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal

from leadline.align import doubts
from leadline.align.case import Case, count, days, share
from leadline.align.finding import Figure, Found, Skip
from leadline.align.pace import Pace, is_beyond, is_decided, line_at, on_path, pace, path_of, read_so_far
from leadline.align.routes import spells_of, walkers
from leadline.align.rule import rule
from leadline.align.rules.bridge import bet_unit
from leadline.align.rules.control import cadence
from leadline.align.vocabulary import verbatim
from leadline.plan.control import Watch
from leadline.plan.timing import arrived

AHEAD = 0.15  # house: within it money and time differ by how invoices fall (checks.md, DAT001)
LATE = 1.5  # house: one look may slip by half its cadence (checks.md, DAT003)
NO_READINGS = "no watched metric has a value in the evidence"


@rule(
    "DAT001",
    "off-pace",
    level="warning",
    scope="data",
    reads=("control.watches", "objectives.baseline", "objectives.target", "tactics.list.budget", "tactics.list.dates"),
)
def off_pace(case: Case, *, ahead: float = AHEAD) -> Iterator[Found | Skip]:
    """A watched metric stands outside its amber band, or a tactic's money runs ahead of its time.

    Compared are the latest value with the path of its watch on that day, and the money matched to a tactic with the
    part of its dates (of its budget, where it is written by period) that lies up to the last day of evidence. Money
    that is spent too slowly is no finding. What is odd about the evidence behind a value stands beside it; what people
    say in public is not judged while its count jumps without an explanation.

    Why: a plan that is seen to slip in time can still be helped; one that is seen at the end can be explained.
    Source: point B (Control).
    Thresholds: ahead 0.15, share of the budget above the share of the time (checks.md, DAT001).
    Fix: find out whether the path or the work is wrong, and decide before it is red.
    """
    judged = False
    for watch in case.plan.control.watches:
        points, known = path_of(case, watch), read_so_far(case, watch)
        if watch.amber is None or not points or not known:
            continue
        judged = True
        if jump := doubts.unexplained_jump(case, watch.metric):
            yield Skip(jump.text, watch.id)
            continue
        day, value = known[-1]
        path = on_path(points, day)
        line = line_at(case, watch, line=watch.amber, path=path)
        if line is None or not is_beyond(case, watch, line=watch.amber, value=value, path=path):
            continue
        is_red = watch.red is not None and is_beyond(case, watch, line=watch.red, value=value, path=path)
        yield Found(
            path=case.path_of(watch.id),
            text=f"{verbatim(watch.id)} reads {{actual}} on {{day}}; {{path}} was planned, amber begins at {{amber}}",
            values={
                "day": day,
                "actual": case.in_unit_of(watch.metric, value),
                "path": case.in_unit_of(watch.metric, path),
                "amber": case.in_unit_of(watch.metric, line),
            },
            objectives=(watch.objective,) if watch.objective in case.graph.objectives else (),
            fix="it is red already: do what `then` says, and write the decision down" if is_red else "",
            also=doubts.said(doubts.of_metric(case, watch.metric)),
        )
    yield from _overspending(case, ahead)
    if not judged and not (case.facts and case.facts.spend):
        yield Skip("no watched metric has a value in the evidence, and no money is matched to a tactic")


def _overspending(case: Case, ahead: float) -> Iterator[Found]:
    until = min(case.as_of, (case.facts.covered_until if case.facts else None) or case.as_of)
    for name, spent in case.facts.spend.items() if case.facts else ():
        budget = case.budgets.get(name, 0.0)
        if budget <= 0 or not spells_of(case, name):
            continue
        passed = arrived(spells_of(case, name), 0.0, by=until)
        if spent / budget - passed > ahead:
            yield Found(
                path=(*case.path_of(name), "budget"),
                text=f"{verbatim(name)} has spent {{spent}} of its budget by {{day}}, when {{time}} of its time has passed",
                values={"spent": share(spent / budget), "time": share(passed), "day": until},
                fix="slow it down to its dates, or decide that it may end sooner or cost more",
                also=doubts.said(doubts.of_money(case)),
            )


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
    it. What is odd about the evidence behind the value stands beside it; what people say in public is not judged while
    its count jumps without an explanation.

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
        if red_for <= within or is_decided(case, watch, since=stand.since):
            continue
        if jump := doubts.unexplained_jump(case, watch.metric):
            yield Skip(jump.text, watch.id)
            continue
        yield Found(
            path=case.path_of(watch.id),
            text=f"{verbatim(watch.id)} is red since {{since}}, {{days}}, and nothing was decided",
            values={"since": stand.since, "days": days(red_for)},
            objectives=(watch.objective,) if watch.objective in case.graph.objectives else (),
            also=doubts.said(doubts.of_metric(case, watch.metric)),
        )


@rule(
    "DAT003",
    "stale-data",
    level="warning",
    scope="time",
    reads=("control.watches.every", "control.watches.metric", "metrics.every"),
)
def stale_data(case: Case, *, late: float = LATE) -> Iterator[Found | Skip]:
    """The last value of a watched metric is older than its watch allows.

    A watch that is read every week is stale when its last value is older than ten days and a half. Of a metric that is
    no objective's the last day counts of which a source that answers it speaks. Where no value has come since the plan
    began, the first day of its window counts.

    Why: a watch that reads old numbers sleeps with its eyes open.
    Source: point B (Control); evidence.md (freshness).
    Thresholds: late 1.5 times the cadence: one look may slip by half (checks.md, DAT003).
    Fix: import the newest export of that source, or read it less often and say so (`every`).
    """
    if case.facts is None or not (case.facts.readings or case.facts.answered):
        yield Skip("no watched metric has a value in the evidence" if case.facts else "no data")
        return
    window = case.plan.plan.window
    for watch in case.plan.control.watches:
        every = cadence(case, watch)
        if every is None or watch.metric is None:
            continue
        if watch.metric not in case.facts.readings and watch.metric not in case.facts.answered:
            yield Skip(f"{watch.metric} has no value in the evidence", watch.id)
            continue
        known = _last_known(case, watch)
        last = known or (window.start if window else None)
        if last is None or (case.as_of - last).days <= late * every:
            continue
        yield Found(
            path=case.path_of(watch.id),
            text=f"{verbatim(watch.id)} is read every {{every}}, and its last value is {{days}} old (of {{last}})"
            if known
            else f"{verbatim(watch.id)} is read every {{every}}, and no value has come since {{last}}, {{days}} ago",
            values={"every": days(round(every)), "last": last, "days": days((case.as_of - last).days)},
            objectives=(watch.objective,) if watch.objective in case.graph.objectives else (),
            fix=_renewal(case, watch.metric),
        )


def _last_known(case: Case, watch: Watch) -> dt.date | None:
    """Return the day of the last value of a watched metric: as it was read, else as its sources speak of it."""
    known = read_so_far(case, watch)
    answered = case.facts.answered.get(watch.metric or "") if case.facts else None
    if known or answered is None or (case.facts and watch.metric in case.facts.readings):
        return known[-1][0] if known else None
    return None if answered.until is None else min(answered.until, case.as_of)


def _renewal(case: Case, metric: str) -> str:
    """Return what to do about old values: which export to import, where it is known."""
    answered = case.facts.answered.get(metric) if case.facts else None
    about = case.metric(metric)
    if answered is None:
        return ""
    if answered.sources:
        return f"import the newest export of {verbatim(', '.join(answered.sources))}, or read it less often and say so (`every`)"
    named = verbatim(about.source) if about is not None and about.source else "its source"
    return f"import an export that counts {named}, or correct the metric's `source`; nothing imported so far answers it"


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
    the range it is widened to. What is odd about the evidence behind the step stands beside it.

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
            text=f"{verbatim(bet_id)} was planned as {{plan}} (low, base, high) and measured as {{measured}}"
            + (", of {n}" if seen.n is not None else ""),
            values={
                "plan": tuple(Figure(value, unit) for value in (belief.low, belief.base, belief.high)),
                "measured": tuple(Figure(value, unit) for value in (seen.low, seen.middle, seen.high)),
                "n": None if seen.n is None else count(seen.n),
            },
            element=case.bet(bet_id),
            tactics=(bet.tactic,) if bet.tactic else case.once(walkers).get(bet.path[:-1], ()),
            also=doubts.said(doubts.of_step(case, bet_id)),
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
            yield Skip(_not_counted(case, unknown), objective.id)
        elif begun and "behind" not in begun.values():
            yield Found(
                path=case.path_of(objective.id),
                text=f"{{tactics}} deliver what they promised, and {verbatim(objective.id)} is {{gap}} off its path",
                values={"tactics": tuple(begun), "gap": _gap(case, watch, stand)},
                tactics=tuple(begun),
            )


def _not_counted(case: Case, tactic: str) -> str:
    """Return why a tactic cannot be told on path or behind."""
    unseen = case.facts is not None and any(
        one.name == "coverage.tactic" and tactic in one.about for one in case.facts.quality
    )
    return f"nothing of {tactic} is seen in the evidence" if unseen else f"what {tactic} brings was not counted"


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
