"""Weekly work of each person: tasks, the rest of their tactics' hours, and the contacts they cover.

Tasks are spread evenly over start..due, the rest of a tactic's hours over its dates, to its owner; the contacts of a
touch point are shared evenly by those who cover it. All in hours per ISO week. Linear in tactics, tasks and weeks.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from leadline.align.case import Case
from leadline.align.dates import shifted

MAX_WEEKS = 1_040  # house: twenty years; a plan with a misspelt year should end in findings, not in a long wait
OVER = 1e-9  # relative; two ways to add the same hours differ in the last digit


@dataclass(frozen=True)
class Work:
    """One piece of work: hours spread evenly over days, both ends counted. tactic: whose it is, None for no tactic."""

    tactic: str | None
    hours: float
    start: dt.date
    end: dt.date
    is_task: bool = False

    def shifted(self, days: int) -> Work:
        """Return the same work some days later (negative: earlier)."""
        return Work(self.tactic, self.hours, shifted(self.start, days), shifted(self.end, days), self.is_task)


@dataclass(frozen=True)
class Run:
    """Consecutive ISO weeks above what is available. peak: hours of the heaviest week; week: which one it is."""

    first: str
    weeks: int
    peak: float
    week: str


@dataclass(frozen=True)
class PersonLoad:
    """The work of one person.

    base: hours a week that contacts of covered touch points take, every week
    available: hours a week that may be planned, None where no capacity is given
    """

    person: str
    works: tuple[Work, ...]
    base: float
    available: float | None

    @cached_property
    def by_week(self) -> Mapping[str, float]:
        """Hours by ISO week (`2027-W15`), in order; weeks between works stand with the contacts alone."""
        return _named(_weekly(self.works), self.base)

    @property
    def heaviest(self) -> float:
        """Hours of the heaviest week."""
        return max(self.by_week.values(), default=self.base)

    def runs(self, works: Iterable[Work] | None = None) -> tuple[Run, ...]:
        """Return the stretches of weeks above what is available, of this work or of other work in its place."""
        by_week = self.by_week if works is None else _named(_weekly(tuple(works)), self.base)
        limit = (self.available or 0.0) * (1 + OVER)
        found: list[Run] = []
        stretch: list[tuple[str, float]] = []
        for week, load in (*by_week.items(), ("", 0.0)):
            if load > limit:
                stretch.append((week, load))
            elif stretch:
                heaviest, peak = max(stretch, key=lambda one: one[1])
                found.append(Run(stretch[0][0], len(stretch), peak, heaviest))
                stretch = []
        return tuple(found)

    def in_week(self, week: str) -> Mapping[str, float]:
        """Return the hours of each tactic in one ISO week, the heaviest first."""
        monday = _monday(week)
        sunday = shifted(monday, 6)
        found: dict[str, float] = defaultdict(float)
        for work in self.works:
            days = (min(work.end, sunday) - max(work.start, monday)).days + 1
            if work.tactic is not None and days > 0:
                found[work.tactic] += work.hours * days / ((work.end - work.start).days + 1)
        return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def loads(case: Case, used: float) -> Mapping[str, PersonLoad]:
    """Return the work of every person; `used` is the part of the capacity that may be planned."""
    works: dict[str, list[Work]] = defaultdict(list)
    planned: dict[str, float] = defaultdict(float)
    for task in case.plan.action.tasks:
        tactic = case.tactics.get(task.tactic or "")
        hours = case.amounts.hours(task.hours) or 0.0
        dates = case.graph.dates_of(tactic) if tactic else case.plan.plan.window
        start = task.start or (dates.start if dates else None) or task.due
        end = task.due or (dates.end if dates else None) or task.start
        if tactic is not None:
            planned[tactic.id] += hours
        who = (task.accountable,) if isinstance(task.accountable, str) else task.accountable or ()
        if start is None or end is None or hours <= 0:
            continue
        for person in who:
            works[person].append(Work(task.tactic, hours / len(who), min(start, end), end, is_task=True))
    for name, tactic in case.tactics.items():
        rest = case.amounts.hours_of(tactic) - planned[name]
        dates = case.graph.dates_of(tactic)
        if rest > 0 and dates is not None and dates.start <= dates.end and tactic.owner:
            works[tactic.owner].append(Work(name, rest, dates.start, dates.end))
    contacts = _contacts(case)
    return {
        person.id: PersonLoad(
            person.id,
            tuple(works[person.id]),
            contacts.get(person.id, 0.0),
            None if (capacity := case.amounts.hours_per_week(person.capacity)) is None else used * capacity,
        )
        for person in case.plan.action.people
    }


def _contacts(case: Case) -> Mapping[str, float]:
    """Return the hours a week that contacts take from each person; occupancy is in what is available already."""
    covering: dict[str, list[str]] = defaultdict(list)
    for person in case.plan.action.people:
        for point in dict.fromkeys(person.covers):
            covering[point].append(person.id)
    found: dict[str, float] = defaultdict(float)
    for name, people in covering.items():
        touchpoint = case.touchpoints.get(name)
        contacts = case.amounts.per_week(touchpoint.volume) if touchpoint else None
        each = case.amounts.hours(touchpoint.handle_time) if touchpoint else None
        for covers in people:
            found[covers] += (contacts or 0.0) * (each or 0.0) / len(people)
    return found


def _weekly(works: tuple[Work, ...]) -> Mapping[int, float]:
    """Return hours by the number of the week (Monday's ordinal over 7), as a running sum of differences by day."""
    if not works:
        return {}
    first = min(work.start for work in works).toordinal()
    last = min(max(work.end for work in works).toordinal(), first + 7 * MAX_WEEKS)
    changes: dict[int, float] = defaultdict(float)
    for work in works:
        start, stop = work.start.toordinal(), work.end.toordinal() + 1
        a_day = work.hours / (stop - start)
        if start <= last:
            changes[start] += a_day
            changes[min(stop, last + 1)] -= a_day
    found: dict[int, float] = {}
    level, day = 0.0, first
    for change in sorted(changes):
        while day < change:
            week = (day - 1) // 7
            until = min(change, 7 * (week + 1) + 1)
            found[week] = found.get(week, 0.0) + level * (until - day)
            day = until
        level += changes[change]
    return found


def _named(hours: Mapping[int, float], base: float) -> Mapping[str, float]:
    return {_name(dt.date.fromordinal(7 * week + 1)): load + base for week, load in sorted(hours.items())}


def _name(day: dt.date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def _monday(week: str) -> dt.date:
    year, _, number = week.partition("-W")
    return dt.date.fromisocalendar(int(year), int(number), 1)
