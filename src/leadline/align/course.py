"""Where the plan's own bets bring a metric on a day: baseline, what would happen anyway, what has arrived by then."""

from __future__ import annotations

import datetime as dt

from leadline.align.case import Case
from leadline.align.dates import shifted
from leadline.align.pace import on_path
from leadline.plan.graph import Term
from leadline.plan.model import Objective
from leadline.plan.timing import arrived, ramp


def begun(case: Case, objective: Objective) -> dt.date | None:
    """Return the day from which an objective is counted: that of its baseline, else the first of the plan's window."""
    window = case.plan.plan.window
    as_of = objective.baseline.as_of if objective.baseline else None
    return as_of or (window.start if window else None)


def halfway(case: Case, objective: Objective) -> dt.date | None:
    """Return the day in the middle between baseline and target; None where one of them has no day."""
    start, end = begun(case, objective), objective.target.by if objective.target else None
    return None if start is None or end is None or end <= start else shifted(start, (end - start).days // 2)


def straight(case: Case, objective: Objective, *, day: dt.date) -> float | None:
    """Return where a straight line from baseline to target stands on a day, in the metric's base unit."""
    start, end = begun(case, objective), objective.target.by if objective.target else None
    low = _baseline(case, objective)
    high = case.amounts.in_metric(objective.target.value, objective.metric) if objective.target else None
    if start is None or end is None or end <= start or low is None or high is None:
        return None
    return on_path(((start, low), (end, high)), day)


def believed(case: Case, objective: Objective, *, day: dt.date) -> float | None:
    """Return where the metric stands on a day if every bet comes true at base, in the metric's base unit.

    What would happen without the plan is spread evenly up to the objective's date. None where no tactic brings
    anything, or a number is missing.
    """
    start, end = begun(case, objective), objective.target.by if objective.target else None
    level, without = _baseline(case, objective), case.amounts.without_plan(objective)
    terms = case.coverages.terms(objective)
    if start is None or end is None or end <= start or level is None or without is None or not terms:
        return None
    anyway = without.base * min(1.0, max(0.0, (day - start).days / (end - start).days))
    brought = [_brought(term, day) for _, term in terms]
    if any(part is None for part in brought):
        return None
    return level + anyway + sum(part for part in brought if part is not None)


def _baseline(case: Case, objective: Objective) -> float | None:
    return case.amounts.in_metric(objective.baseline.value, objective.metric) if objective.baseline else None


def _brought(term: Term, day: dt.date) -> float | None:
    if term.naive is None or term.dates is None:
        return None
    if term.start.kind == "delivers":
        part = arrived(term.spells, term.walk.lag, by=day)
    else:
        delay = term.start.lag.base if term.start.lag is not None else None
        part = ramp(term.dates.start, term.walk.lag, delay=term.dates.days if delay is None else delay, by=day)
    return term.sign * term.naive * part
