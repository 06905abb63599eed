"""Every watch as it stands: red, amber or on its path, how old its value is, and whether anything was decided since."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from leadline.align.case import Case
from leadline.align.pace import Pace, is_beyond, is_decided, line_at, on_path, pace, path_of, read_so_far
from leadline.align.rules.control import cadence
from leadline.align.rules.data import LATE
from leadline.plan.control import Watch

State = Literal["red", "amber", "too old", "on its path", "no line", "no value"]
_ORDER: tuple[State, ...] = ("red", "amber", "too old", "no value", "no line", "on its path")


@dataclass(frozen=True)
class WatchStand:
    """One watch on the as-of day, values in the metric's base unit.

    name: its own, else that of what it reads · unit: of the metric · value, day: the last reading
    path: where it should stand · red: where the red line stands · since: red without a break since this day
    decided: whether a decision about it was taken since · age: days since the last value, None without one
    """

    watch: Watch
    name: str
    unit: str
    state: State
    value: float | None = None
    day: dt.date | None = None
    path: float | None = None
    red: float | None = None
    since: dt.date | None = None
    decided: bool = False
    age: int | None = None


def watch_stands(case: Case) -> tuple[WatchStand, ...]:
    """Return every watch of a plan, those that ask for something first."""
    found = [_stand(case, watch) for watch in case.plan.control.watches]
    return tuple(sorted(found, key=lambda one: (_ORDER.index(one.state), one.decided, one.name)))


def watch_name(case: Case, watch: Watch) -> str:
    """Return what people call a watch: its own name, else that of what it reads."""
    metric = case.metric(watch.metric)
    return watch.name or (metric.name if metric else None) or watch.id


def colour_of(case: Case, watch: Watch, *, stand: Pace) -> Literal["red", "amber", ""]:
    """Return whether a reading lies beyond the red line, beyond the amber one, or neither."""
    if stand.since is not None:
        return "red"
    amber = watch.amber is not None and is_beyond(case, watch, line=watch.amber, value=stand.value, path=stand.path)
    return "amber" if amber else ""


def overdue(case: Case, watch: Watch) -> tuple[dt.date, int, float] | None:
    """Return the last value's day, its age and the days between two readings, where it is older than the watch allows.

    The arithmetic is that of DAT003.
    """
    every = cadence(case, watch)
    if every is None or case.facts is None or watch.metric not in case.facts.readings:
        return None
    known = read_so_far(case, watch)
    if not known or (case.as_of - known[-1][0]).days <= LATE * every:
        return None
    return known[-1][0], (case.as_of - known[-1][0]).days, every


def _stand(case: Case, watch: Watch) -> WatchStand:
    metric = case.metric(watch.metric)
    name, unit = watch_name(case, watch), (metric.unit if metric else None) or "count"
    known = read_so_far(case, watch)
    if not known:
        return WatchStand(watch, name, unit, "no value")
    day, value = known[-1]
    points = path_of(case, watch)
    path = on_path(points, day) if points else None
    red = line_at(case, watch, line=watch.red, path=path) if watch.red is not None and path is not None else None
    stand = pace(case, watch)
    state: State = (colour_of(case, watch, stand=stand) or "on its path") if stand else "no line"
    if state == "on its path" and overdue(case, watch):
        state = "too old"
    since = stand.since if stand else None
    decided = state in ("red", "amber") and is_decided(case, watch, since=since or day)
    return WatchStand(watch, name, unit, state, value, day, path, red, since, decided, (case.as_of - day).days)
