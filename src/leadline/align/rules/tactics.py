"""TAC: does each tactic serve something, by a reason that can fail, at a cost and in time.

What the own past says about a tactic stands in `precedents.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leadline.align.case import Case, count, days, hours, share
from leadline.align.finding import Figure, Found, Mention, Skip
from leadline.align.parking import park
from leadline.align.rule import rule
from leadline.align.vagueness import vague_words
from leadline.align.vocabulary import verbatim
from leadline.plan.model import Objective
from leadline.plan.tactics import Tactic

MIN_WORDS = 5  # house: "by doing X, B changes" is five words (checks.md, TAC002)
MAX_OBJECTIVES = 3  # house: who has four aims has none (checks.md, TAC005)
ADDS = 0.10  # house: a tenth of what is needed is too much to come by the way (checks.md, TAC013)
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
            repairs=(park(case, name, code="TAC001"),) if all(ref in case.elements for ref in _served(tactic)) else (),
        )


def _served(tactic: Tactic) -> tuple[str, ...]:
    return tuple(link.ref for link in tactic.serves)


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
    "TAC005",
    "serves-everything",
    level="warning",
    scope="links",
    reads=("tactics.list.serves", "objectives.metric", "objectives.target", "tactics.list.delivers"),
)
def serves_everything(case: Case, *, max_objectives: float = MAX_OBJECTIVES) -> Iterator[Found | Skip]:
    """A tactic claims to serve more objectives than anybody can steer it by.

    Counted are the objectives it names itself; those they serve in turn follow without a link of their own. Tactics of
    intent `run` are left out.

    Why: a tactic that serves everything is chosen for nothing, and no result can tell whether it worked.
    Source: point C (anything that serves no goal is a distraction; so is what serves all of them).
    Thresholds: max_objectives 3 (house).
    Fix: keep the one or two objectives it was chosen for, and drop the other links; small effects are counted without.
    """
    for name, tactic in case.growth.items():
        served = tuple(dict.fromkeys(link.ref for link in tactic.serves if link.ref in case.graph.objectives))
        if len(served) <= max_objectives:
            continue
        added = case.once(additions).get(name, {})
        ranked = sorted((one for one in served if one in added), key=lambda one: (-added[one].share, one))
        most = [one for one in ranked if added[one].share >= ADDS][: int(max_objectives)]
        yield Found(
            path=(*case.path_of(name), "serves"),
            text="{tactic}"
            + (" ({money})" if case.budgets[name] else "")
            + " serves {number} objectives: {objectives}",
            values={
                "tactic": name,
                "number": count(len(served)),
                "objectives": served,
                "strongest": tuple(most) or None,
                "money": case.money_of((name,)) if case.budgets[name] else None,
            },
            fix="keep what it adds a tenth or more to ({strongest}) and drop the other links" if most else "",
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


@rule(
    "TAC008",
    "effect-on-parent-and-child",
    level="warning",
    scope="links",
    reads=("tactics.list.expects", "tactics.list.enables", "tactics.list.segments"),
)
def effect_on_parent_and_child(case: Case) -> Iterator[Found | Skip]:
    """A tactic and one that it enables both expect to move the same metric among the same people.

    Compared are the changes that both expect, in the same direction, where they have a segment in common. What may be
    counted twice is at most the smaller of the two.

    Why: what works through another is an effect of that other; adding both makes the plan grow on paper.
    Source: logic model (an effect stands at one place of the chain); Uptempo's planning model, as for BRG010.
    Fix: write on the first what it moves without the second, or write the effect once.
    """
    expected = {
        name: {bet.metric: bet for bet in case.graph.starts(name) if bet.kind == "expects" and bet.base}
        for name in case.growth
    }
    for name, tactic in case.growth.items():
        for other in dict.fromkeys(link.ref for link in tactic.enables if link.ref in case.growth and link.ref != name):
            common = tuple(one for one in tactic.segments if one in case.growth[other].segments)
            for metric, first in expected[name].items() if common else ():
                second = expected[other].get(metric)
                if second is None or (first.base or 0.0) * (second.base or 0.0) <= 0:
                    continue
                amount = min(first.base or 0.0, second.base or 0.0, key=abs)
                yield Found(
                    path=first.path[:-1],
                    text="{first} and {second} are both to move {metric} among {segments}, and the one works through the other: "
                    "{amount} may be counted twice",
                    values={
                        "first": first.id,
                        "second": second.id,
                        "metric": metric,
                        "segments": common,
                        "amount": case.in_unit_of(metric, amount, change=True),
                    },
                    fix=f"write on {verbatim(name)} only what it moves without {verbatim(other)}, or write the effect once",
                    tactics=(name, other),
                    related=(Mention(second.path[:-1], "{second}"),),
                )


@rule("TAC012", "vague-verbs", level="note", scope="local", reads=("tactics.list.name", "tactics.list.mechanism"))
def vague_verbs(case: Case) -> Iterator[Found | Skip]:
    """The name or the mechanism of a tactic holds vague verbs and no word that says what is done, where or for whom.

    Looked for are verbs such as boost, leverage, strengthen, drive; a text with one concrete word beside them is left
    alone, and so are tactics of intent `run`. The words are English.

    Why: what cannot be seen being done cannot be done by anybody, nor fail.
    Source: the UK government's style guide (2013) and the Local Government Association's list (2008) of words to avoid;
    logic model.
    Fix: say who does what for whom, and what changes because of it.
    """
    for name, tactic in case.growth.items():
        for field, text in (("name", tactic.name), ("mechanism", tactic.mechanism)):
            words = vague_words(text or "")
            if not words:
                continue
            yield Found(
                path=(*case.path_of(name), field),
                text="the {field} of {tactic} says {words} and nothing that anybody does",
                values={"tactic": name, "field": field, "words": words, "segments": tuple(tactic.segments) or None},
                fix="say what is done for {segments}, and what changes because of it" if tactic.segments else "",
            )


@rule(
    "TAC013",
    "effect-without-serves",
    level="note",
    scope="links",
    reads=(
        "tactics.list.serves", "tactics.list.delivers", "tactics.list.expects", "tactics.bridge.rate",
        "tactics.list.bridge.rate", "objectives.target", "objectives.serves",
    ),
)  # fmt: skip
def effect_without_serves(case: Case, *, adds: float = ADDS) -> Iterator[Found | Skip]:
    """A tactic is counted on for an objective that it does not serve.

    Counted is what it brings in time along the bridge, at base, as a share of what the objective needs. Served is what
    it names, and what those objectives serve.

    Why: who cuts the tactic should see every objective that falls short; `serves` is where they look.
    Source: traceability (points C and E); checks.md section 3 (coverage).
    Thresholds: adds 0.10 of what is needed (house).
    Fix: add the objective to `serves`; or, if the effect is not meant, correct the bridge.
    """
    for objective, coverage in case.coverage.items():
        if coverage.naive is None and not coverage.is_settled_already:
            yield Skip(coverage.reason or "unknown", objective)
    for name, added in case.once(additions).items():
        served = case.graph.objectives_served(name)
        for objective, one in added.items():
            if objective in served or one.share < adds:
                continue
            path = case.path_of(name)
            yield Found(
                path=(*path, "serves") if case.tactics[name].serves else path,
                text="{tactic} brings {amount} of what {objective} needs ({share}) and does not serve it",
                values={
                    "tactic": name,
                    "objective": objective,
                    "amount": case.in_unit_of(case.graph.objectives[objective].metric, one.amount, change=True),
                    "share": share(one.share),
                },
                fix="add {objective} to `serves` of {tactic}; or, if the effect is not meant, correct the bridge",
            )


@dataclass(frozen=True)
class Added:
    """What a tactic brings to an objective in time, at base: in the metric's base unit, and as a share of needed."""

    amount: float
    share: float


def additions(case: Case) -> Mapping[str, Mapping[str, Added]]:
    """Return what each growth tactic brings to each objective that still needs something, by tactic and objective."""
    found: dict[str, dict[str, Added]] = {name: {} for name in case.growth}
    for objective, one in case.coverage.items():
        if one.is_settled_already or not one.needed:
            continue
        for part in one.contributions:
            if part.due > 0:
                found[part.tactic][objective] = Added(part.due, part.due / one.needed)
    return found


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
