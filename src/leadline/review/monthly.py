"""The monthly page: five lines, one decision, at most five answers. Everything else waits, with its money beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from leadline.align.case import Case
from leadline.align.dates import shifted
from leadline.align.result import CheckResult
from leadline.align.run import case_of
from leadline.plan.interview.record import Item
from leadline.plan.quantities import cadence_days
from leadline.review.open_items import month_items
from leadline.review.promises import promise_states, promises_sentence
from leadline.review.result import Review
from leadline.review.story import answer

MOST_ANSWERS = 5  # interview.md section 10
MONTH = 30  # days; where the plan does not say how often it is reviewed
NO_PROMISE = "No touch point has a promise with hours."
MOST_NAMED = 3  # house: as many as one line of a terminal holds


@dataclass(frozen=True)
class Monthly:
    """One monthly page.

    lines: the answer · the hundred · what turned amber or red · promises kept and broken · what falls due next
    decision: the open item with most money at stake, or None · waiting: the other open items, most money first
    """

    lines: tuple[str, str, str, str, str]
    decision: Item | None
    waiting: tuple[Item, ...]
    currency: str

    def sentence(self) -> str:
        """Return what there is to decide."""
        if self.decision is None:
            return "Nothing has to be decided this month."
        others = f" {len(self.waiting)} more can wait." if self.waiting else ""
        return f"One thing to decide: {self.decision.name}.{others}"

    def table(self) -> list[dict[str, object]]:
        """Return one row per open item, the decision first."""
        items = [*([self.decision] if self.decision else []), *self.waiting]
        return [{"item": one.id, "name": one.name, "money": one.money, "lines": list(one.lines)} for one in items]


def monthly(review: Review) -> Monthly:
    """Return the monthly page of a review."""
    case = case_of(review.check.document, review.asked) if review.asked else None
    ahead = answer(review.check, review.forecasts, bets=review.bets, with_money=False)
    return month_of(case, review.check, ahead=ahead)


def month_of(case: Case | None, check: CheckResult, *, ahead: str) -> Monthly:
    """Return the monthly page of a plan as it was checked.

    case: None where nothing but the check is known · ahead: what the last review said of objectives and bets, in a sentence
    """
    items = month_items(case) if case else ()
    states = promise_states(case) if case else ()
    return Monthly(
        lines=(
            ahead,
            check.scores.hundred.sentence(),
            _turned(items),
            promises_sentence(states, check.scores.promise_coverage) if case else NO_PROMISE,
            _due(case) if case else "Nothing falls due before the next page.",
        ),
        decision=items[0] if items else None,
        waiting=items[1:],
        currency=check.scores.hundred.currency,
    )


def _turned(items: tuple[Item, ...]) -> str:
    by_kind = {
        kind: [item.name for item in items if item.values.get("kind") == kind] for kind in ("red", "amber", "stale")
    }
    told = [f"{kind}: {_named(names)}" for kind, names in by_kind.items() if names]
    return (
        f"Without a decision yet: {'; '.join(told)}." if told else "No watch is red, amber or stale without a decision."
    )


def _due(case: Case) -> str:
    every = case.plan.plan.review_every
    until = shifted(case.as_of, round(cadence_days(every)) if every else MONTH)
    found = sorted(_dated(case, until))
    if not found:
        return f"Nothing falls due until {until}."
    named = [f"{what} ({day})" for day, what in found]
    return f"Due until {until}: {_named(named)}."


def _dated(case: Case, until: dt.date) -> Iterator[tuple[dt.date, str]]:
    """Yield what has a day between the as-of date and the next page, and what is overdue."""
    plan = case.plan
    for task in plan.action.tasks:
        if task.due and task.due <= until and not task.done:
            yield task.due, f"{'overdue: ' if task.due < case.as_of else ''}{task.name or task.id}"
    for handover in plan.action.handovers:
        if handover.briefing and case.as_of <= handover.briefing <= until:
            yield handover.briefing, f"briefing for {handover.name or handover.id}"
    for objective in plan.objectives:
        if objective.target and objective.target.by and case.as_of <= objective.target.by <= until:
            yield objective.target.by, f"target of {objective.name or objective.id}"
    for assumption in plan.control.assumptions:
        if assumption.due and assumption.state in (None, "open") and assumption.due <= until:
            yield assumption.due, f"assumption {assumption.id}"
    for waiver in plan.control.waivers:
        if waiver.expires and case.as_of <= waiver.expires <= until:
            yield waiver.expires, f"exception {waiver.code} on {waiver.target} ends"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
