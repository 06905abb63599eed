"""Who has how much to do in which week, what arrives where, and which promised hours are covered.

The arithmetic is that of the checks (RES001, ENB002, promise coverage): the same functions, the same thresholds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from leadline.align.case import Case
from leadline.align.dates import shifted
from leadline.align.inflow import weekly_inflow
from leadline.align.load import MAX_WEEKS, PersonLoad, loads
from leadline.align.rules.resources import MIN_WEEKS, PLANNED
from leadline.align.rules.touchpoints import STAFFED
from leadline.align.scores import PromisePoint, promises
from leadline.units import Period


@dataclass(frozen=True)
class Stretch:
    """Weeks in a row in which somebody has more to do than there are hours.

    peak: hours of the heaviest week, `week` its name · is_long: long enough for the check to call it an error
    """

    first: str
    weeks: int
    peak: float
    week: str
    tactics: Mapping[str, float]
    is_long: bool


@dataclass(frozen=True)
class PersonWork:
    """The work of one person by ISO week, in hours; available: what may be planned a week, None without a capacity.

    stretches: weeks in a row above it
    """

    person: str
    name: str
    weeks: Mapping[str, float]
    available: float | None
    stretches: tuple[Stretch, ...]

    @property
    def is_over(self) -> bool:
        """Say whether the check calls it an error."""
        return any(one.is_long for one in self.stretches)

    @property
    def heaviest(self) -> tuple[str, float]:
        """Return the heaviest week and its hours; an empty name where nothing is planned."""
        return max(self.weeks.items(), key=lambda one: one[1], default=("", 0.0))

    @property
    def worst(self) -> Stretch | None:
        """Return the heaviest stretch among the long ones, the longer of equals, as the check names it."""
        return max((one for one in self.stretches if one.is_long), key=lambda one: (one.peak, one.weeks), default=None)


@dataclass(frozen=True)
class Arrivals:
    """What arrives at a handover by ISO week, at base; capacity: how many a week can be taken, None where not said."""

    handover: str
    giver: str
    taker: str
    metric: str
    weeks: Mapping[str, float]
    capacity: float | None
    peak: float
    week: str | None

    @property
    def is_over(self) -> bool:
        """Say whether the heaviest week brings more than can be taken."""
        return self.capacity is not None and self.peak > self.capacity * (1 + ROUNDING)


ROUNDING = 1e-9  # relative; two ways to sum the same arrivals differ in the last digit (as ENB002)


@dataclass(frozen=True)
class KeptPromise:
    """Hours a week promised, staffed and needed by the contacts (None where their volume is unknown) at a touch point.

    is_short: the check calls it an error (TPM004)
    """

    touchpoint: str
    name: str
    promised: float
    staffed: float
    workload: float | None
    first_response: str
    is_short: bool


@dataclass(frozen=True)
class Work:
    """Load, arrivals and promises of a plan. planned: part of a capacity that may be planned; min_weeks: of an error."""

    people: tuple[PersonWork, ...]
    arrivals: tuple[Arrivals, ...]
    promises: tuple[KeptPromise, ...]
    covered: float | None
    planned: float
    min_weeks: float


def work_of(case: Case) -> Work:
    """Return who has how much to do, what arrives where, and which promises are covered."""
    told = case.settings.thresholds.get("RES001", {})
    planned, min_weeks = told.get("planned", PLANNED), told.get("min_weeks", MIN_WEEKS)
    found = loads(case, planned)
    names = {person.id: person.name or person.id for person in case.plan.action.people}
    weeks = weeks_of(case.plan.plan.window, found)
    score = promises(case)
    return Work(
        people=tuple(_person(load, names[name], weeks, min_weeks) for name, load in found.items()),
        arrivals=tuple(_arrivals(case)),
        promises=tuple(_kept(case, one) for one in score.points),
        covered=score.value,
        planned=planned,
        min_weeks=min_weeks,
    )  # fmt: skip


def weeks_of(window: Period | None, found: Mapping[str, PersonLoad]) -> tuple[str, ...]:
    """Return every ISO week from the first to the last of the window and of the work planned."""
    days = [] if window is None else [window.start, window.end]
    days += [day for load in found.values() for work in load.works for day in (work.start, work.end)]
    if not days:
        return ()
    monday = shifted(min(days), -min(days).weekday())
    last = min(max(days), shifted(monday, 7 * MAX_WEEKS))
    return tuple(week_name(shifted(monday, 7 * step)) for step in range((last - monday).days // 7 + 1))


def week_name(day: dt.date) -> str:
    """Return the ISO week of a day.

    >>> week_name(dt.date(2027, 1, 1))
    '2026-W53'
    """
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def _person(load: PersonLoad, name: str, weeks: tuple[str, ...], min_weeks: float) -> PersonWork:
    runs = () if load.available is None else load.runs()
    stretches = tuple(
        Stretch(run.first, run.weeks, run.peak, run.week, load.in_week(run.week), is_long=run.weeks >= min_weeks)
        for run in runs
    )
    hours = {week: load.by_week.get(week, load.base) for week in weeks}
    return PersonWork(load.person, name, hours, load.available, stretches)


def _arrivals(case: Case) -> list[Arrivals]:
    names = {metric.id: metric.name or metric.id for metric in case.plan.metrics}
    told = []
    for handover in case.plan.action.handovers:
        inflow = weekly_inflow(case, handover.metric or "")
        told.append(
            Arrivals(
                handover.id, handover.from_ or "", handover.to or "", names.get(handover.metric or "", handover.metric or ""),
                inflow.by_week, case.amounts.per_week(handover.capacity), inflow.peak, inflow.week,
            )
        )  # fmt: skip
    return told


def _kept(case: Case, one: PromisePoint) -> KeptPromise:
    part = case.settings.thresholds.get("TPM004", {}).get("staffed_part", STAFFED)
    flooded = one.workload is not None and one.workload > one.staffed
    return KeptPromise(
        one.touchpoint, case.touchpoints[one.touchpoint].name or one.touchpoint, one.promised, one.staffed, one.workload,
        _response(case, one.touchpoint), is_short=flooded or one.staffed < part * one.promised,
    )  # fmt: skip


def _response(case: Case, touchpoint: str) -> str:
    promise = case.touchpoints[touchpoint].promise
    return "" if promise is None or promise.first_response is None else str(promise.first_response)
