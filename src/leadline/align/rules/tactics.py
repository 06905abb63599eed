"""TAC: does each tactic serve something, by a reason that can fail, at a cost and in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from leadline.align.case import Case, count, days, hours
from leadline.align.finding import Figure, Found, Skip
from leadline.align.rule import rule
from leadline.align.vocabulary import verbatim
from leadline.plan.model import Objective
from leadline.plan.tactics import Tactic

MIN_WORDS = 5  # house: "by doing X, B changes" is five words (checks.md, TAC002)
BORROWED = frozenset({"competitor", "habit"})  # checks.md, TAC006: reasons that are no reason of one's own


@rule(
    "TAC001",
    "distraction",
    level="error",
    scope="links",
    reads=("tactics.list.serves", "objectives.serves", "strategy.levels.parent", "strategy.levels.level"),
)
def distraction(case: Case) -> Iterator[Found | Skip]:
    """A tactic serves nothing that leads up to the corporate strategy.

    The path runs from `serves` of the tactic over objectives to a level of strategy, and by `parent` to the top.

    Why: anything that serves no goal is a distraction, however well it is done.
    Source: point C.
    Fix: link the objective it serves; or mark it `run` if it keeps the lights on; or park it under ideas.
    """
    for name, tactic in case.growth.items():
        if case.serves_top(name):
            continue
        path = case.path_of(name)
        leads = "does not lead to the corporate strategy" if tactic.serves else "serves nothing"
        yield Found(
            path=(*path, "serves") if tactic.serves else path,
            text=f"tactic {{tactic}} {leads}: {{money}} and {{hours}} for a distraction",
            values={
                "tactic": name,
                "money": case.money_of((name,)),
                "hours": hours(case.amounts.hours_of(tactic)),
            },
        )


@rule("TAC002", "no-mechanism", level="error", scope="local", reads=("tactics.list.mechanism",))
def no_mechanism(case: Case, *, min_words: float = MIN_WORDS) -> Iterator[Found | Skip]:
    """A tactic does not say why it should work. Tactics of intent `run` need no reason.

    Why: by doing X for A, B changes because C; without that sentence a tactic cannot fail usefully.
    Source: logic model (Weiss, "Nothing as practical as good theory", 1995); StratML.
    Thresholds: min_words 5 (house).
    Fix: finish the sentence "by doing … for …, … changes because …".
    """
    for name, tactic in case.growth.items():
        words = len((tactic.mechanism or "").split())
        if words < min_words:
            yield Found(
                path=(*case.path_of(name), "mechanism"),
                text="tactic {tactic} does not say why it should work ({words} words)",
                values={"tactic": name, "words": count(words)},
            )


@rule(
    "TAC003",
    "no-expected-effect",
    level="error",
    scope="links",
    reads=(
        "tactics.list.serves", "tactics.list.delivers", "tactics.list.expects", "tactics.list.enables",
        "objectives.metric", "objectives.serves", "tactics.bridge.from", "tactics.bridge.to",
        "tactics.list.bridge.from", "tactics.list.bridge.to",
    ),
)  # fmt: skip
def no_expected_effect(case: Case) -> Iterator[Found | Skip]:
    """A tactic serves an objective, and nothing it delivers or expects moves that objective.

    What counts is what the tactic itself delivers or expects, or a tactic it enables, along the bridge to the metric of
    the objective or of one that this objective serves.

    Why: to serve is a claim; the bet that goes with it is missing.
    Source: logic model; checks.md, TAC003.
    Fix: add what it delivers or expects, the missing step of the bridge, or the tactic it helps (`enables`).
    """
    wanted = {objective.id: _metrics(case, objective) for objective in case.plan.objectives}
    for name, tactic in case.growth.items():
        reached: frozenset[str] | None = None
        for index, link in enumerate(tactic.serves):
            metrics = wanted.get(link.ref, ())
            if not metrics:
                continue
            if reached is None:
                helped = (name, *case.graph.enabled_by(name))
                reached = frozenset[str]().union(*(case.graph.metrics_reached(one) for one in helped))
            if reached.isdisjoint(metrics):
                yield Found(
                    path=(*case.path_of(name), "serves", index),
                    text="{tactic} serves {objective}, and nothing it brings moves {metrics}",
                    values={"tactic": name, "objective": link.ref, "metrics": metrics},
                )


def _metrics(case: Case, objective: Objective) -> tuple[str, ...]:
    """Return the metric of an objective and of those it serves, as far as they are named."""
    ids = (objective.id, *case.graph.objectives_served(objective.id))
    found = (case.graph.objectives[one].metric for one in ids)
    return tuple(dict.fromkeys(metric for metric in found if metric))


@rule("TAC004", "no-cost", level="error", scope="local", reads=("tactics.list.budget", "tactics.list.hours"))
def no_cost(case: Case) -> Iterator[Found | Skip]:
    """A tactic costs neither money nor hours.

    Why: men, money, minutes: what costs nothing is not done.
    Source: the 3Ms of planning (men, money, minutes).
    Fix: add the hours; somebody has to do it.
    """
    for name, tactic in case.tactics.items():
        if case.budgets[name] <= 0 and case.amounts.hours_of(tactic) <= 0:
            yield Found(
                path=case.path_of(name),
                text="tactic {tactic} has no budget and no hours",
                values={"tactic": name},
            )


@rule(
    "TAC006",
    "me-too",
    level="warning",
    scope="local",
    reads=("tactics.list.reason", "tactics.list.evidence", "tactics.list.test", "tactics.list.budget"),
)
def me_too(case: Case) -> Iterator[Found | Skip]:
    """A tactic is there because a competitor has it, or because it always was, and nothing else speaks for it.

    Evidence of the tactic, a source behind one of its bets, or a test clears it.

    Why: the competitor may be wrong, and so may last year; copied tactics answer somebody else's question.
    Source: point B.
    Fix: test it small, or drop it.
    """
    tested = {test.tactic for test in case.plan.control.tests}
    for name, tactic in case.growth.items():
        grounds = tactic.evidence or tactic.test or name in tested
        if tactic.reason in BORROWED and not grounds and not any(bet.source for bet in case.graph.starts(name)):
            yield Found(
                path=(*case.path_of(name), "reason"),
                text="{money} because of {reason}: no evidence and no test speak for it",
                values={"reason": tactic.reason, "money": case.money_of((name,))},
            )


@rule(
    "TAC007",
    "misdated",
    level="error",
    scope="local",
    reads=(
        "tactics.list.dates", "plan.window", "objectives.target", "tactics.bridge.lag", "tactics.list.bridge.lag",
        "tactics.list.serves",
    ),
)  # fmt: skip
def misdated(case: Case) -> Iterator[Found | Skip]:
    """A tactic has no dates, dates outside the plan's window or in the wrong order, or starts too late for everything.

    Too late for everything: its start plus the shortest delay on its way to the metric lies after the day of each
    objective it serves. Tactics of intent `run` may leave their dates out.

    Why: what cannot arrive in time does not serve the objective, whatever it costs.
    Source: Situation to Control (timing); plan.md, Conventions (dates).
    Fix: shift the tactic, or the day of the objective.
    """
    window = case.plan.plan.window
    for name, tactic in case.tactics.items():
        dates = tactic.dates
        path = (*case.path_of(name), "dates")
        values: dict[str, str | dt.date | Figure | None] = {
            "dates": None if dates is None else str(dates),
            "due": None,
            "lag": None,
        }
        if dates is None:
            if tactic.intent != "run":
                yield Found(path=path, text=f"tactic {verbatim(name)} has no dates", values=values)
        elif dates.start > dates.end:
            yield Found(path=path, text="{dates} ends before it starts", values=values)
        elif window is not None and not (dates.start in window and dates.end in window):
            yield Found(path=path, text=f"{{dates}} lies outside the plan's window {window}", values=values)
        elif (late := _too_late(case, tactic, dates.start)) is not None:
            due, lag, several = late
            yield Found(
                path=path,
                text="{dates}: with {lag} on the way nothing arrives by {due}"
                + (", the last day of all objectives it serves" if several else ""),
                values={**values, "due": due, "lag": days(lag)},
            )


def _too_late(case: Case, tactic: Tactic, start: dt.date) -> tuple[dt.date, float, bool] | None:
    """Return the latest due day, the delay to it and whether there are others, where a tactic is late for all."""
    late: list[tuple[dt.date, float]] = []
    for name in case.graph.objectives_served(tactic):
        objective = case.graph.objectives[name]
        by = objective.target.by if objective.target else None
        if by is None:
            return None
        lag = _shortest(case, tactic.id, objective.metric)
        if (by - start).days >= lag:
            return None
        late.append((by, lag))
    return (*max(late), len(late) > 1) if late else None


def _shortest(case: Case, tactic: str, metric: str | None) -> float:
    """Return the shortest delay from what a tactic brings to a metric, 0 where it works through others."""
    lags = [
        walk.lag
        for start in case.graph.starts(tactic)
        for walk in case.graph.walks(start.metric, tactic).to.get(metric or "", ())
    ]
    return min(lags, default=0.0)
