"""CTL: is it seen in time when something goes wrong, and is it known what happens then."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.align.case import EXEMPT, Case, hours, share
from leadline.align.finding import Found, Skip
from leadline.align.rule import rule

BIG = 0.10  # house: a tenth of the growth budget is worth a day on which it ends (checks.md, CTL009)


@rule(
    "CTL001", "control-missing", level="error", scope="links", reads=("control.watches.objective", "objectives.metric")
)
def control_missing(case: Case) -> Iterator[Found | Skip]:
    """Nobody watches an objective.

    A watch belongs to the objective it names; one that names none belongs to those with its metric.

    Why: Control is the sixth section; an objective nobody looks at is a wish.
    Source: point B.
    Fix: add a watch: how often, by whom, with a red line and what happens then.
    """
    watched = {watch.objective for watch in case.plan.control.watches}
    metrics = {watch.metric for watch in case.plan.control.watches if not watch.objective and watch.metric}
    for objective in case.plan.objectives:
        if objective.id in watched or objective.metric in metrics:
            continue
        serving = tuple(name for name in case.graph.tactics_of(objective) if name in case.growth)
        work = sum(case.amounts.hours_of(case.tactics[name]) for name in serving)
        yield Found(
            path=case.path_of(objective.id),
            text="nobody watches {objective} ({money} and {hours} serve it)",
            values={"objective": objective.id, "money": case.money_of(serving), "hours": hours(work)},
        )


@rule("CTL002", "no-action-on-red", level="error", scope="local", reads=("control.watches.red", "control.watches.then"))
def no_action_on_red(case: Case) -> Iterator[Found | Skip]:
    """A watch has no red line, or does not say who does what within which time when it is crossed.

    Why: a number that changes nothing need not be read.
    Source: point B (Control).
    Fix: write `red`, and `then: {who, what, within}`.
    """
    for watch in case.plan.control.watches:
        missing = ["red"] if watch.red is None else []
        if watch.then is None:
            missing.append("then")
        else:
            missing += [f"then.{key}" for key in ("who", "what", "within") if getattr(watch.then, key) is None]
        if missing:
            path = case.path_of(watch.id)
            yield Found(
                path=(*path, "then") if watch.then is not None and watch.red is not None else path,
                text="watch {watch} lacks {missing}",
                values={"watch": watch.id, "missing": tuple(missing)},
                objectives=(watch.objective,) if watch.objective in case.graph.objectives else (),
            )


@rule(
    "CTL009",
    "no-stop-rule",
    level="warning",
    scope="local",
    reads=("tactics.list.stop_when", "tactics.list.budget", "tactics.list.intent"),
)
def no_stop_rule(case: Case, *, big: float = BIG) -> Iterator[Found | Skip]:
    """A tactic with much of the money says nothing about when it would be stopped.

    Left out are tactics that serve, enable, research, exit or run.

    Why: what has no end is stopped too late; volumes must warrant the expense.
    Source: point E.
    Thresholds: big 0.10 of the growth budget (house).
    Fix: state the result and the day at which you stop (`stop_when`).
    """
    for name, tactic in case.growth.items():
        part = case.spend_share(name)
        if tactic.intent not in EXEMPT and part is not None and part > big and not tactic.stop_when:
            yield Found(
                path=case.path_of(name),
                text="tactic {tactic} takes {share} of the growth budget and never stops",
                values={"tactic": name, "share": share(part)},
            )
