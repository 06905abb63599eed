"""Entries of a step by the month they came in, and what has become of each month's: young months are open, not lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Stages

# Months shown at most, the latest: two years, so that a season can be seen twice (house).
MOST_MONTHS = 24


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
