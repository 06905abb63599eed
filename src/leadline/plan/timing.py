"""When an effect arrives: the part of a delivery that is in time, and the ramp of a slow change.

All times in days; both ends of a range of days count.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from leadline.units import Period


@dataclass(frozen=True, slots=True)
class Spell:
    """One stretch of even delivery: its share of the whole, its first day, its length in days."""

    weight: float
    start: dt.date
    length: int


def in_time(start: dt.date, length: float, *, lag: float, by: dt.date) -> float:
    """Return the share of an even delivery over `length` days from `start` that has arrived by the end of `by`.

    clamp((by − start − lag + 1) / length, 0, 1)

    >>> round(in_time(dt.date(2027, 1, 15), 335, lag=140, by=dt.date(2027, 12, 31)), 3)
    0.63
    """
    return min(1.0, max(0.0, ((by - start).days - lag + 1) / max(length, 1)))


def spells(dates: Period, money: Sequence[tuple[Period, float]] = ()) -> tuple[Spell, ...]:
    """Return when a tactic delivers: evenly over its dates, or with a budget by period evenly inside each.

    Periods are cut to the dates; one that lies wholly outside keeps its own days. Weights add up to 1.
    """
    total = sum(amount for _, amount in money)
    if total <= 0:
        return (Spell(1.0, dates.start, max(dates.days, 1)),)
    found = []
    for period, amount in money:
        start, end = max(period.start, dates.start), min(period.end, dates.end)
        if start > end:
            start, end = period.start, period.end
        if amount > 0:
            found.append(Spell(amount / total, start, (end - start).days + 1))
    return tuple(found)


def arrived(parts: Sequence[Spell], lag: float, *, by: dt.date) -> float:
    """Return the share of a delivery in spells that has arrived by the end of `by` after a lag in days."""
    return sum(part.weight * in_time(part.start, part.length, lag=lag, by=by) for part in parts)


def ramp(start: dt.date, lag: float, *, delay: float, by: dt.date) -> float:
    """Return how much of a change of level is reached at the end of `by`: linear to full effect after `delay` days.

    clamp((by − start − lag) / delay, 0, 1); lag: days until it sets in; delay 0 means at once.
    """
    elapsed = (by - start).days - lag
    if delay <= 0:
        return 1.0 if elapsed >= 0 else 0.0
    return min(1.0, max(0.0, elapsed / delay))
