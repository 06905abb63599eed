"""Money by month: what a tactic plans or has committed, laid on the calendar to the cent.

Money with a period is spread evenly over the period's days that lie inside the tactic's dates (a period wholly outside
keeps its own days), money without one evenly over the dates: the spells in which a tactic delivers, so that money and
effect share one calendar. Months add up to the written amount exactly; what lies outside the window is named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from leadline.align.case import Case
from leadline.align.dates import shifted
from leadline.plan.tactics import Tactic
from leadline.plan.timing import Spell, in_time, spells
from leadline.units import Period

CENTS = 100  # by definition; amounts are kept in hundredths of the plan's currency, so that sums are exact
MAX_MONTHS = 240  # house: twenty years; a window with a misspelt year ends in findings, not in a long wait


@dataclass(frozen=True)
class Phased:
    """Money of one kind by month, in cents of the plan's currency.

    months: first day of each month of the window -> cents · before, after: outside the window
    undated: without any day, because neither the tactic nor the plan has dates
    """

    months: Mapping[dt.date, int] = field(default_factory=dict)
    before: int = 0
    after: int = 0
    undated: int = 0

    @property
    def inside(self) -> int:
        """Cents inside the window."""
        return sum(self.months.values())

    @property
    def total(self) -> int:
        """All cents."""
        return self.inside + self.before + self.after + self.undated

    def plus(self, other: Phased) -> Phased:
        """Return both together, month by month."""
        keys = sorted({*self.months, *other.months})
        months = {key: self.months.get(key, 0) + other.months.get(key, 0) for key in keys}
        return Phased(months, self.before + other.before, self.after + other.after, self.undated + other.undated)


def months_of(window: Period | None) -> tuple[dt.date, ...]:
    """Return the first day of every month that the window touches; none without a window.

    >>> [str(day) for day in months_of(Period(dt.date(2027, 11, 15), dt.date(2028, 1, 2)))]
    ['2027-11-01', '2027-12-01', '2028-01-01']
    """
    if window is None or window.end < window.start:
        return ()
    found = [window.start.replace(day=1)]
    while len(found) < MAX_MONTHS and found[-1] < (following := next_month(found[-1])) <= window.end:
        found.append(following)
    return tuple(found)


def next_month(day: dt.date) -> dt.date:
    """Return the first day of the month after a day's.

    >>> next_month(dt.date(2027, 12, 31))
    datetime.date(2028, 1, 1)
    """
    return shifted(day.replace(day=28), 4).replace(day=1)


def planned(case: Case, tactic: Tactic) -> Phased:
    """Return a tactic's budget by month."""
    parts = laid(case, tactic, money=case.amounts.budget_by_period(tactic))
    return phase(case.amounts.budget(tactic), parts, window=case.plan.plan.window)


def committed(case: Case, tactic: Tactic) -> Phased:
    """Return the money a tactic has already bound, by month, laid out as its budget is."""
    parts = case.amounts.committed_by_period(tactic)
    return phase(sum(amount for _, amount in parts), laid(case, tactic, money=parts), window=case.plan.plan.window)


def planned_until(case: Case, tactic: Tactic, *, day: dt.date) -> float:
    """Return how much of a tactic's budget was to be spent up to a day, that day included, in money of the plan."""
    parts = laid(case, tactic, money=case.amounts.budget_by_period(tactic))
    return case.amounts.budget(tactic) * sum(
        part.weight * in_time(part.start, part.length, lag=0.0, by=day) for part in parts
    )


def laid(case: Case, tactic: Tactic, *, money: Sequence[tuple[Period, float]]) -> tuple[Spell, ...]:
    """Return the spells in which money with its periods is spent; weights add up to 1, none without money or days."""
    dates = case.graph.dates_of(tactic)
    return () if dates is None or not money else spells(dates, money)


def phase(amount: float, parts: Sequence[Spell], *, window: Period | None) -> Phased:
    """Lay an amount (money of the plan) on the months of a window by its spells.

    The cents of a month are the difference of two rounded running sums, so nothing is lost and nothing is added.
    """
    cents = round(amount * CENTS)
    months = months_of(window)
    if not parts or not months or window is None:
        return Phased(dict.fromkeys(months, 0), undated=cents)
    edges = [window.start, *months[1:], shifted(window.end, 1)]
    running = [round(cents * _until(parts, edge)) for edge in edges]
    inside = {month: after - before for month, (before, after) in zip(months, pairwise(running), strict=True)}
    return Phased(inside, before=running[0], after=cents - running[-1])


def _until(parts: Sequence[Spell], edge: dt.date) -> float:
    """Return the share of money spent before a day."""
    return min(1.0, sum(part.weight * in_time(part.start, part.length, lag=1.0, by=edge) for part in parts))
