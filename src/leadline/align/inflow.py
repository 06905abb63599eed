"""How many of a state arrive in which week: delivered evenly, shifted by the lags on the way, at base."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from leadline.align.case import Case
from leadline.align.routes import spells_of
from leadline.plan.timing import Spell


@dataclass(frozen=True)
class Inflow:
    """Arrivals of a state by ISO week (`2027-W15`), all tactics together, and the heaviest week (the first of equals)."""

    peak: float = 0.0
    week: str | None = None
    by_week: Mapping[str, float] = field(default_factory=dict)


def weekly_inflow(case: Case, metric: str) -> Inflow:
    """Return the weekly arrivals of a metric that tactics deliver, directly or by the steps that lead to it."""
    known = case.once(_known)
    if metric not in known:
        known[metric] = _inflow(case, metric)
    return known[metric]


def _known(_: Case) -> dict[str, Inflow]:
    """Return where the inflows of this run are kept; each is summed when somebody asks for it."""
    return {}


def _inflow(case: Case, metric: str) -> Inflow:
    """Sum arrivals a day as a difference array, then week by week: linear in tactics and days."""
    changes: dict[int, float] = {}
    for name in case.coverages.reaching.get(metric, ()):
        for start in case.graph.starts(name):
            if start.kind != "delivers" or start.base is None:
                continue
            for walk in case.graph.walks(start.metric, name).to.get(metric, ()):
                if walk.rate is None:
                    continue
                for part in spells_of(case, name):
                    _add(changes, part, start.base * walk.rate * walk.times, round(walk.lag))
    return _weeks(changes)


def _add(changes: dict[int, float], part: Spell, amount: float, lag: int) -> None:
    first = part.start.toordinal() + lag
    a_day = amount * part.weight / part.length
    changes[first] = changes.get(first, 0.0) + a_day
    changes[first + part.length] = changes.get(first + part.length, 0.0) - a_day


def _weeks(changes: Mapping[int, float]) -> Inflow:
    by_week: dict[str, float] = {}
    level, days = 0.0, sorted(changes)
    for index, day in enumerate(days[:-1]):
        level += changes[day]
        current = day
        while current < days[index + 1]:
            date = dt.date.fromordinal(current)
            week_end = current + 7 - date.weekday()
            until = min(week_end, days[index + 1])
            year, week, _ = date.isocalendar()
            name = f"{year}-W{week:02d}"
            by_week[name] = by_week.get(name, 0.0) + level * (until - current)
            current = until
    if not by_week:
        return Inflow()
    # floats of one sum may differ in the last digit: the first week within it counts as the heaviest
    peak = max(by_week.values())
    heaviest = min(name for name, amount in by_week.items() if amount >= peak * (1 - 1e-9))
    return Inflow(peak, heaviest, by_week)
