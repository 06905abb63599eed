"""What the past of a metric says about its future: how much it may change, and where its seasonal trend leads.

Both are sums over readings as they stand, in the metric's base unit; no model is fitted beyond a mean and a spread.
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from leadline.align.case import Case
from leadline.align.dates import months_before
from leadline.plan.estimate import Z95
from leadline.plan.model import Objective

Points = Sequence[tuple[dt.date, float]]
DAYS_A_YEAR = 365.25  # Julian year; a day in four years does not move a trend
LONGEST_GAP = 100  # days; house: readings once a quarter show the season, rarer ones do not
YEARLY_CHANGES = 4  # house: four quarters against those of the year before are the least that show a year


@dataclass(frozen=True)
class Drift:
    """What past changes make over a time: their mean and standard deviation, of n changes between readings."""

    mean: float
    sd: float
    n: int


@dataclass(frozen=True)
class Trend:
    """Where the seasonal trend leads by a day: the value with its 90 % interval, from so many years of readings."""

    value: float
    low: float
    high: float
    years: float


def past_of(case: Case, objective: Objective) -> tuple[tuple[dt.date, float], ...]:
    """Return the readings of an objective's metric up to the day of its baseline, before the plan could move them.

    Without that day the plan's first one stands for it. Empty without evidence, or where it begins with the plan, as
    every counter does.
    """
    window = case.plan.plan.window
    day = (objective.baseline.as_of if objective.baseline else None) or (window.start if window else None)
    readings = case.facts.readings.get(objective.metric or "", ()) if case.facts else ()
    past = {one: value for one, value in readings if day is not None and one <= min(day, case.as_of)}
    return tuple(sorted(past.items()))


def drift(points: Points, days: float) -> Drift:
    """Return what the changes between readings make over `days`: a walk with a drift, both taken from the changes.

    mean = m · days, m the change a day from the first reading to the last; sd = s · √(days + days² ÷ span), s² the mean
    square of (change − m · gap) ÷ √gap over n − 1. The second term is how little is known of m itself.

    >>> drift([(dt.date(2026, 1, 1), 0.0), (dt.date(2026, 1, 11), 1.0), (dt.date(2026, 1, 21), 4.0)], 20).mean
    4.0
    """
    steps = [((day - before).days, value - old) for (before, old), (day, value) in pairwise(points)]
    span = sum(gap for gap, _ in steps)
    slope = (points[-1][1] - points[0][1]) / span
    scatter = math.hypot(*((change - slope * gap) / math.sqrt(gap) for gap, change in steps))
    return Drift(slope * days, scatter * math.sqrt((days + days**2 / span) / (len(steps) - 1)), len(steps))


def seasonal_trend(points: Points, by: dt.date, *, longest_gap: float = LONGEST_GAP) -> Trend | None:
    """Return where the same season of the last year known, and the mean change from year to year, lead by a day.

    value = v(k years before `by`) + k · mean of v(t) − v(a year before t), k the fewest years that lead back into the
    readings. The interval takes the years' changes as a walk: ± 1.645 · sd · √(k + k² ÷ years of changes). None with
    less than two years, with a gap of more than `longest_gap` days, or with fewer than four changes from year to year.
    """
    if len(points) < 2 or by <= points[-1][0]:
        return None
    if any((day - before).days > longest_gap for (before, _), (day, _) in pairwise(points)):
        return None
    first, last = points[0][0], points[-1][0]
    changes = [value - _on(points, ago) for day, value in points if (ago := months_before(day, 12)) >= first]
    years = (last - first).days / DAYS_A_YEAR
    if len(changes) < YEARLY_CHANGES or months_before(last, 24) < first:
        return None
    back = next(k for k in range(1, by.year - first.year + 2) if months_before(by, 12 * k) <= last)
    mean = sum(changes) / len(changes)
    spread = math.hypot(*(one - mean for one in changes)) / math.sqrt(len(changes) - 1)
    value = _on(points, months_before(by, 12 * back)) + back * mean
    off = Z95 * spread * math.sqrt(back + back**2 / (years - 1))
    return Trend(value, value - off, value + off, years) if math.isfinite(value) and math.isfinite(off) else None


def _on(points: Points, day: dt.date) -> float:
    """Return the value on a day inside the readings, straight between two of them."""
    at = bisect_left(points, day, key=lambda point: point[0])
    if points[at][0] == day or at == 0:
        return points[at][1]
    (start, low), (end, high) = points[at - 1], points[at]
    return low + (high - low) * (day - start).days / (end - start).days
