"""The roadmap as data: tactics over time, when the first results can arrive and be judged, what is due when, what waits.

First sale: start plus the lags up to the first value event, on the quickest way. Judged: start plus the lags to the
objective's own metric; for a slow change, until its full effect. Days lie on the plan's base lags, nothing is drawn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from leadline.align.case import Case
from leadline.align.dates import shifted
from leadline.align.phasing import Phased, planned
from leadline.plan.tactics import Tactic
from leadline.review.duedates import Event, events_of
from leadline.units import Period

Why = Literal["enables", "repairs", "task"]


@dataclass(frozen=True)
class Judged:
    """When a tactic's effect on one objective can first be seen; day None where no bet leads to its metric.

    by: the objective's date · is_late: it can be seen only after that
    """

    objective: str
    name: str
    day: dt.date | None
    by: dt.date | None

    @property
    def is_late(self) -> bool:
        """Say whether the effect can be seen only after the objective's date."""
        return self.day is not None and self.by is not None and self.day > self.by


@dataclass(frozen=True)
class Bar:
    """One tactic over time. group: the first objective it serves, "" for none · test: its test, from its start.

    is_dated: the tactic has dates of its own, not the window's
    """

    tactic: str
    name: str
    owner: str
    group: str
    start: dt.date
    end: dt.date
    is_dated: bool
    money: Phased
    first_sale: dt.date | None
    judged: tuple[Judged, ...]
    test: Period | None
    tasks: tuple[dt.date, ...]


@dataclass(frozen=True)
class Wait:
    """One thing that must be there first. ready, needed: days · days: how much too late, 0 or less where in time."""

    what: str
    waits_for: str
    why: Why
    ready: dt.date
    needed: dt.date

    @property
    def days(self) -> int:
        """Return days too late, 0 or less where in time."""
        return (self.ready - self.needed).days


@dataclass(frozen=True)
class Group:
    """One objective as a row of its own: its date, its milestones."""

    objective: str
    name: str
    by: dt.date | None
    milestones: tuple[dt.date, ...]


@dataclass(frozen=True)
class Roadmap:
    """Everything of a plan that has a day. groups: objectives that tactics serve, in the plan's order, then none."""

    as_of: dt.date
    window: Period | None
    groups: tuple[Group, ...]
    bars: tuple[Bar, ...]
    events: tuple[Event, ...]
    waits: tuple[Wait, ...]
    undated: tuple[str, ...]

    @property
    def quarters(self) -> tuple[Period, ...]:
        """Return the quarters that the window touches."""
        return () if self.window is None else tuple(_quarters(self.window))

    @property
    def overdue(self) -> tuple[Event, ...]:
        """Return what was due before the as-of day and is not done."""
        return tuple(one for one in self.events if one.is_overdue)

    @property
    def outside(self) -> tuple[Event, ...]:
        """Return what lies outside the window."""
        return tuple(one for one in self.events if self.window is not None and one.day not in self.window)

    def within(self, period: Period) -> tuple[Event, ...]:
        """Return what falls into a period and the window, in order of days."""
        return tuple(one for one in self.events if one.day in period and one not in self.outside)

    def next_events(self, most: int) -> tuple[Event, ...]:
        """Return what comes next."""
        return tuple(one for one in self.events if one.day >= self.as_of and not one.is_done)[:most]


def roadmap_of(case: Case) -> Roadmap:
    """Return the roadmap of a plan."""
    bars = tuple(bar for name, tactic in case.tactics.items() if (bar := _bar(case, name, tactic)) is not None)
    used = {bar.group for bar in bars}
    groups = [
        Group(
            one.id, one.name or one.id, one.target.by if one.target else None,
            tuple(milestone.by for milestone in one.milestones if milestone.by),
        )
        for one in case.plan.objectives
        if one.id in used
    ]  # fmt: skip
    if "" in used:
        groups.append(Group("", "Serves no objective", None, ()))
    moments = [(bar.tactic, bar.name, bar.first_sale, bar.judged) for bar in bars]
    effects = [
        Event(day, "first sale", f"{name}: the first sale can arrive", "", tactic, None, case.as_of)
        for tactic, name, day, _ in moments
        if day is not None
    ]
    effects += [
        Event(
            one.day,
            "can be judged",
            f"{name}: its effect on {one.name} can first be seen",
            "",
            tactic,
            None,
            case.as_of,
        )
        for tactic, name, _, judged in moments
        for one in judged
        if one.day is not None
    ]
    undated = tuple(name for name in case.tactics if name not in {bar.tactic for bar in bars})
    return Roadmap(
        as_of=case.as_of,
        window=case.plan.plan.window,
        groups=tuple(groups),
        bars=bars,
        events=tuple(sorted([*events_of(case), *effects], key=lambda one: (one.day, one.kind, one.what))),
        waits=tuple(sorted(_waits(case), key=lambda one: (-one.days, one.needed))),
        undated=undated,
    )


def _bar(case: Case, name: str, tactic: Tactic) -> Bar | None:
    dates = case.graph.dates_of(tactic)
    if dates is None or dates.end < dates.start:
        return None
    served = [link.ref for link in tactic.serves if link.ref in case.graph.objectives]
    tasks = [task.due for task in case.plan.action.tasks if task.tactic == name and task.due is not None]
    return Bar(
        tactic=name,
        name=tactic.name or name,
        owner=_called(case, tactic.owner),
        group=served[0] if served else "",
        start=dates.start,
        end=dates.end,
        is_dated=tactic.dates is not None,
        money=planned(case, tactic),
        first_sale=_first_sale(case, name, dates),
        judged=tuple(_judged(case, name, objective, dates) for objective in served),
        test=_test(case, tactic, dates),
        tasks=tuple(sorted(tasks)),
    )


def _first_sale(case: Case, tactic: str, dates: Period) -> dt.date | None:
    """Return the day on which the first value event can arrive, by the tactic's own deliveries."""
    lags = [
        sum(step.lag.base or 0.0 for step in chain.steps)
        for chain in case.graph.value_event_chains(tactic)
        if chain.start.kind == "delivers"
    ]
    return shifted(dates.start, min(lags)) if lags else None


def _judged(case: Case, tactic: str, objective: str, dates: Period) -> Judged:
    about = case.graph.objectives[objective]
    days = []
    for term in case.graph.contributions(tactic, objective):
        slow = 0.0
        if term.start.kind == "expects":
            lag = term.start.lag.base if term.start.lag is not None else None
            slow = dates.days if lag is None else lag
        days.append(shifted(dates.start, term.walk.lag + slow))
    by = about.target.by if about.target else None
    return Judged(objective, about.name or objective, min(days, default=None), by)


def _test(case: Case, tactic: Tactic, dates: Period) -> Period | None:
    """Return when the tactic's test runs: as its result says, else from the tactic's start for its duration."""
    for test in case.plan.control.tests:
        if test.id != tactic.test:
            continue
        if test.result is not None and test.result.start and test.result.end:
            return Period(test.result.start, test.result.end)
        days = case.amounts.days(test.duration)
        return None if days is None else Period(dates.start, shifted(dates.start, max(days - 1, 0)))
    return None


def _waits(case: Case) -> Iterator[Wait]:
    names = {name: tactic.name or name for name, tactic in case.tactics.items()}
    starts = {name: case.graph.dates_of(tactic) for name, tactic in case.tactics.items()}
    for name, tactic in case.tactics.items():
        dates = starts[name]
        for link in tactic.enables:
            other = starts.get(link.ref)
            if dates is not None and other is not None:
                yield Wait(names[link.ref], names[name], "enables", dates.start, other.start)
    yield from _repairs(case, names)
    tasks = {task.id: task for task in case.plan.action.tasks}
    for task in case.plan.action.tasks:
        for before in task.after:
            first = tasks.get(before)
            if first is not None and first.due is not None and task.start is not None:
                yield Wait(task.name or task.id, first.name or first.id, "task", shifted(first.due, 1), task.start)


def _repairs(case: Case, names: dict[str, str]) -> Iterator[Wait]:
    """Yield promoting tactics whose chains meet a touch point that another tactic repairs first."""
    for name, tactic in case.tactics.items():
        dates = case.graph.dates_of(tactic)
        if not tactic.improves or dates is None:
            continue
        for other in case.promoting:
            start = case.graph.dates_of(case.tactics[other])
            met = {step.touchpoint for chain in case.graph.chains(other) for step in chain.steps}
            if other != name and start is not None and met & set(tactic.improves):
                yield Wait(names[other], names[name], "repairs", shifted(dates.end, 1), start.start)


def _quarters(window: Period) -> Iterator[Period]:
    first = dt.date(window.start.year, 3 * ((window.start.month - 1) // 3) + 1, 1)
    while first <= window.end:
        following = shifted(first, 95).replace(day=1)
        following = dt.date(following.year, 3 * ((following.month - 1) // 3) + 1, 1)
        if following <= first:
            return
        yield Period(first, shifted(following, -1))
        first = following


def _called(case: Case, identity: str | None) -> str:
    element = case.elements.get(identity or "")
    return getattr(element, "name", None) or identity or ""
