"""Entries of a step by the month they came in, and what has become of each month's: young months are open, not lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Stages
from leadline.measure.bridge import BridgeStep

# Months shown at most, the latest: two years, so that a season can be seen twice (house).
MOST_MONTHS = 24
# A month is old enough once nine tenths of those who will ever move have had the time to (decisions 1.6: on course at 0.9).
RIPE = 0.9


@dataclass(frozen=True)
class Cohort:
    """The entries of one month. moved: have gone on · ended: have gone elsewhere for good · open: neither yet."""

    month: dt.date
    moved: int
    ended: int
    open: int

    @property
    def entered(self) -> int:
        """Return how many came in that month."""
        return self.moved + self.ended + self.open


def cohorts(entries: Stages) -> tuple[Cohort, ...]:
    """Return one row a month from the first entry on, months without any among them, at most the last two years."""
    existing = ~np.isnat(entries.entered_at) & (entries.entered_at < np.datetime64(entries.as_of))
    if not existing.any():
        return ()
    months = entries.entered_at[existing].astype("datetime64[M]")
    moved = ~np.isnat(entries.moved_at[existing])
    ended = ~moved & ~np.isnat(entries.ended_at[existing])
    last = max(months.max(), (np.datetime64(entries.as_of) - np.timedelta64(1, "us")).astype("datetime64[M]"))
    first = max(months.min(), last - np.timedelta64(MOST_MONTHS - 1, "M"))
    told = []
    for month in np.arange(first, last + 1):
        mine = months == month
        gone, over = int((mine & moved).sum()), int((mine & ended).sum())
        day = month.astype("datetime64[D]").astype(dt.date)
        told.append(Cohort(day, gone, over, int(mine.sum()) - gone - over))
    return tuple(told)


def young_since(step: BridgeStep, months: Sequence[Cohort], *, as_of: dt.date) -> dt.date | None:
    """Return the first month too young to judge by the step's own lag, None where there is none.

    Where the final rate can't be told, a month is young until it is older than the horizon of the step.
    """
    if not months:
        return None
    ages = np.array([max((as_of - _last_day(one.month)).days, 0) for one in months], dtype=float)
    arrived = ages >= step.horizon
    if step.is_identified:
        arrived = np.median(step.bank.cdf(ages), axis=0) >= RIPE
    young = [one.month for one, is_old in zip(months, arrived, strict=True) if not is_old]
    return min(young, default=None)


def _last_day(month: dt.date) -> dt.date:
    following = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return following - dt.timedelta(days=1)
