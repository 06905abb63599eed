"""Where a watched metric should stand on a day, and since when it is red."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from leadline.align.case import Case
from leadline.plan.control import Watch
from leadline.units import Quantity


@dataclass(frozen=True)
class Pace:
    """A watch on the as-of date: the latest reading against its path, in the metric's base unit.

    since: first day of the readings that have been red ever since, None where the latest is not red
    """

    day: dt.date
    value: float
    path: float
    since: dt.date | None


def pace(case: Case, watch: Watch) -> Pace | None:
    """Return how a watch stands; None without a red line, a path or a reading up to the as-of date."""
    points, known = path_of(case, watch), read_so_far(case, watch)
    if watch.red is None or not points or not known:
        return None
    since: dt.date | None = None
    for day, value in known:
        if not is_beyond(case, watch, line=watch.red, value=value, path=on_path(points, day)):
            since = None
        elif since is None:
            since = day
    day, value = known[-1]
    return Pace(day, value, on_path(points, day), since)


def read_so_far(case: Case, watch: Watch) -> tuple[tuple[dt.date, float], ...]:
    """Return the values of a watched metric up to the as-of date, ascending; nothing without evidence."""
    readings = case.facts.readings.get(watch.metric or "", ()) if case.facts else ()
    return tuple((day, value) for day, value in readings if day <= case.as_of)


def path_of(case: Case, watch: Watch) -> tuple[tuple[dt.date, float], ...]:
    """Return (day, value) where the metric should stand: baseline, the watch's path, target, in order of days.

    Baseline and target only where the watch reads the objective's own metric.
    """
    found: dict[dt.date, float] = {}

    def add(day: dt.date | None, value: float | None) -> None:
        if day is not None and value is not None:
            found.setdefault(day, value)

    for point in watch.path:
        add(point.date, case.amounts.in_metric(point.value, watch.metric))
    objective = case.graph.objectives.get(watch.objective or "")
    if objective is not None and objective.metric == watch.metric:
        window = case.plan.plan.window
        if objective.baseline is not None:
            begun = objective.baseline.as_of or (window.start if window else None)
            add(begun, case.amounts.in_metric(objective.baseline.value, watch.metric))
        if objective.target is not None:
            add(objective.target.by, case.amounts.in_metric(objective.target.value, watch.metric))
    return tuple(sorted(found.items()))


def on_path(points: Sequence[tuple[dt.date, float]], day: dt.date) -> float:
    """Return where the path stands on a day: straight between its points, level before the first and after the last.

    >>> on_path([(dt.date(2027, 1, 1), 0.0), (dt.date(2027, 1, 11), 20.0)], dt.date(2027, 1, 6))
    10.0
    """
    if day <= points[0][0]:
        return points[0][1]
    for (start, low), (end, high) in pairwise(points):
        if day <= end:
            return low + (high - low) * (day - start).days / (end - start).days
    return points[-1][1]


def line_at(case: Case, watch: Watch, *, line: Quantity, path: float) -> float | None:
    """Return where a red or amber line stands: `%` is relative to the path, any other unit a difference from it."""
    share = case.amounts.share(line)
    off = path * share if share is not None else case.amounts.change_in_metric(line, watch.metric)
    return None if off is None else path + off


def is_beyond(case: Case, watch: Watch, *, line: Quantity, value: float, path: float) -> bool:
    """Say whether a value lies beyond a red or amber line.

    A negative line lies below the path, a positive one above; 0 lies on the side that is worse for the metric.
    """
    bound = line_at(case, watch, line=line, path=path)
    if bound is None:
        return False
    metric = case.metric(watch.metric)
    is_above = line.value > 0 or (line.value == 0 and metric is not None and metric.better == "down")
    return value > bound if is_above else value < bound


def is_decided(case: Case, watch: Watch, *, since: dt.date) -> bool:
    """Say whether a decision that may be about this watch was taken on the day it became red or later."""
    concerned = {watch.id, watch.metric, watch.objective, *case.graph.tactics_of(watch.objective or "")}
    return any(
        decision.date is not None
        and since <= decision.date <= case.as_of
        and (not decision.about or concerned & set(decision.about))
        for decision in case.plan.control.decisions
    )
