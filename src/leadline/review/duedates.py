"""Everything in a plan that has a day: starts and ends, tasks, briefings, milestones, watch paths, tests, assumptions, expiries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from leadline.align.case import Case
from leadline.align.dates import shifted


@dataclass(frozen=True)
class Event:
    """One thing on one day. who: names · about: id of the element · is_done: None where it cannot be done or undone."""

    day: dt.date
    kind: str
    what: str
    who: str
    about: str
    is_done: bool | None
    as_of: dt.date

    @property
    def is_overdue(self) -> bool:
        """Say whether it was due before the as-of day and nobody wrote that it is done."""
        return self.is_done is False and self.day < self.as_of


def events_of(case: Case) -> Iterator[Event]:
    """Yield every day that the plan names, in the order of its sections."""
    for part in (_expiries, _objectives, _tactics, _action, _control):
        yield from part(case)


def _objectives(case: Case) -> Iterator[Event]:
    for one in case.plan.objectives:
        name = one.name or one.id
        who = _called(case, one.owner)
        for milestone in one.milestones:
            if milestone.by is not None:
                yield Event(milestone.by, "milestone", f"{name}: {milestone.value}", who, one.id, None, case.as_of)
        if one.target is not None and one.target.by is not None:
            yield Event(one.target.by, "target", f"{name}: {one.target.value}", who, one.id, None, case.as_of)


def _tactics(case: Case) -> Iterator[Event]:
    for name, tactic in case.tactics.items():
        if tactic.dates is None or tactic.dates.end < tactic.dates.start:
            continue
        said, who = tactic.name or name, _called(case, tactic.owner)
        yield Event(tactic.dates.start, "starts", said, who, name, None, case.as_of)
        yield Event(tactic.dates.end, "ends", said, who, name, None, case.as_of)


def _action(case: Case) -> Iterator[Event]:
    for task in case.plan.action.tasks:
        who = (task.accountable,) if isinstance(task.accountable, str) else task.accountable or ()
        if task.due is not None:
            names = ", ".join(_called(case, one) for one in who)
            yield Event(task.due, "task", task.name or task.id, names, task.id, bool(task.done), case.as_of)
    metrics = {metric.id: metric.name or metric.id for metric in case.plan.metrics}
    for handover in case.plan.action.handovers:
        if handover.briefing is not None:
            what = (
                f"{_called(case, handover.to)} for {metrics.get(handover.metric or '', handover.metric or handover.id)}"
            )
            yield Event(
                handover.briefing, "briefing", what, _called(case, handover.from_), handover.id, None, case.as_of
            )


def _control(case: Case) -> Iterator[Event]:
    names = {metric.id: metric.name or metric.id for metric in case.plan.metrics}
    for watch in case.plan.control.watches:
        for point in watch.path:
            if point.date is not None:
                what = f"{names.get(watch.metric or '', watch.metric or watch.id)} should stand at {point.value}"
                yield Event(point.date, "watch", what, _called(case, watch.by), watch.id, None, case.as_of)
    yield from _tests(case)
    for assumption in case.plan.control.assumptions:
        if assumption.due is not None:
            what = f"Is it true: {assumption.statement or assumption.id}"
            done = assumption.state in ("true", "false")
            yield Event(
                assumption.due, "assumption", what, _called(case, assumption.owner), assumption.id, done, case.as_of
            )
    for decision in case.plan.control.decisions:
        if decision.date is not None:
            what = f"{decision.question or decision.id} {decision.choice or ''}".strip()
            yield Event(decision.date, "decision", what, _called(case, decision.by), decision.id, True, case.as_of)
    for waiver in case.plan.control.waivers:
        if waiver.expires is not None:
            what = f"the exception from {waiver.code} for {waiver.target}"
            yield Event(waiver.expires, "expires", what, _called(case, waiver.approved_by), waiver.id, None, case.as_of)


def _tests(case: Case) -> Iterator[Event]:
    """Yield the day on which each test can be decided by its rule; a test without a result starts with its tactic."""
    for test in case.plan.control.tests:
        if test.result is not None and test.result.end is not None:
            yield Event(
                test.result.end,
                "test",
                f"{test.id} has ended: {test.rule or 'no rule is written'}",
                "",
                test.id,
                True,
                case.as_of,
            )
            continue
        tactic = case.tactics.get(test.tactic or "")
        dates = None if tactic is None else case.graph.dates_of(tactic)
        days = case.amounts.days(test.duration)
        if dates is None or tactic is None or days is None:
            continue
        end = shifted(dates.start, max(days - 1, 0))
        what = f"decide by the rule of {test.id}: {test.rule or 'no rule is written'}"
        yield Event(end, "test", what, _called(case, tactic.owner), test.id, False, case.as_of)


def _expiries(case: Case) -> Iterator[Event]:
    for message in case.plan.strategy.messages:
        if message.expires is not None:
            yield Event(
                message.expires,
                "expires",
                f"the message “{message.claim or message.id}”",
                _called(case, message.owner),
                message.id,
                None,
                case.as_of,
            )
    for evidence in case.plan.situation.evidence:
        if evidence.expires is not None:
            yield Event(
                evidence.expires,
                "expires",
                f"the evidence “{evidence.citation or evidence.id}”",
                _called(case, evidence.owner),
                evidence.id,
                None,
                case.as_of,
            )


def _called(case: Case, identity: str | None) -> str:
    element = case.elements.get(identity or "")
    return getattr(element, "name", None) or identity or ""
