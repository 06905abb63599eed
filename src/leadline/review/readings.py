"""What a metric with a series of its own (`metric:<name>`) says: a level that stands, or counts that add up.

The plan decides, because the rows cannot: twelve monthly values may be twelve totals or twelve months. Units that
never add up (shares, scores, times, rates) are levels. Counts and money are a level where the objective starts from
a baseline other than 0, which is a stock that the objective moves (recurring revenue, members), or where the rows
carry a sample size or an interval, which is a survey. Otherwise they are flows: their sum since the baseline counts.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadline.decide.known import Actuals
from leadline.evidence.frames import AsOf, answer
from leadline.evidence.store import Store
from leadline.plan.estimate import Z95
from leadline.plan.graph import Graph
from leadline.plan.model import Objective
from leadline.units import Quantity, Unit

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Reading:
    """A series as one objective reads it. why: of a count or an amount, the reason for its reading, else "".

    beside: rows passed over for another of the same days · straddling: spans of a flow that begin before the baseline
    ends · points: (last day, value), a running sum where the series is a flow
    """

    points: tuple[tuple[dt.date, float], ...]
    is_level: bool
    error: float = 0.0
    why: str = ""
    beside: int = 0
    straddling: int = 0


def observed(graph: Graph, store: Store, *, objective: Objective, at: AsOf) -> Actuals | None:
    """Return what the series of an objective's metric says, None where it says nothing yet."""
    found = _reading(graph, store, objective, at=at)
    return Actuals(found.points, is_level=found.is_level, error=found.error) if found and found.points else None


def told(graph: Graph, store: Store, *, at: AsOf) -> tuple[str, ...]:
    """Return a sentence per series that could not be taken, that could be read in two ways, or that overlaps itself."""
    sentences = []
    names = {metric.id: metric.name or metric.id for metric in graph.plan.metrics}
    for metric in graph.plan.metrics:
        name = _name(metric.source)
        rows = answer(store, "metric_points", params={"name": name}, at=at) if name else []
        units = sorted({str(row["unit"]) for row in rows if _value(graph, metric.id, row) is None})
        if units:
            sentences.append(
                f'{len(rows)} values of "{name}" came in {", ".join(units)}, which the metric {metric.id} '
                f"({metric.unit}) cannot take; they are left out. Correct the unit in the mapping or in the plan."
            )
    for objective in graph.plan.objectives:
        found = _reading(graph, store, objective, at=at)
        if found is not None:
            sentences += _said(names.get(objective.metric or "", ""), found)
    return tuple(sentences)


def _said(metric: str, found: Reading) -> list[str]:
    """Return what a reader of an objective has to know of the reading. metric: its name."""
    what = f"The series of {metric}"
    said = []
    if found.why:
        taken = "a level: its latest value stands, nothing is added up" if found.is_level else "counts that add up"
        said.append(f"{what} is read as {taken}, because {found.why}.")
    if found.beside:
        kept = "the later import" if found.is_level else "the shorter span, then the later import,"
        said.append(f"{what} has {_values(found.beside)} of days that another one speaks of; {kept} stands.")
    if found.straddling:
        left = "it is" if found.straddling == 1 else "they are"
        said.append(
            f"{what} has {_values(found.straddling)} whose days begin before the baseline ends; {left} left out."
        )
    return said


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"


def _reading(graph: Graph, store: Store, objective: Objective, *, at: AsOf) -> Reading | None:
    metric = graph.amounts.metrics.get(objective.metric or "")
    name = _name(None if metric is None else metric.source)
    if metric is None or not name:
        return None
    asked = answer(store, "metric_points", params={"name": name}, at=at)
    rows = [row for row in asked if _value(graph, metric.id, row) is not None]
    if not rows:
        return None
    is_level, why = _level(graph, objective, unit=metric.unit, rows=rows)
    read = _levels if is_level else _flows
    return read(graph, objective, rows=rows, why=why)


def _level(graph: Graph, objective: Objective, *, unit: str | None, rows: Rows) -> tuple[bool, str]:
    """Return whether a series is a level, and why where its unit would allow both."""
    dimension = Unit.parse(unit or "").dimension
    if dimension != "count" and (not dimension.startswith("money:") or dimension.endswith("/time")):
        return True, ""
    if any(row["n"] is not None or row["low"] is not None for row in rows):
        return True, "its values carry a sample size or an interval"
    baseline = None if objective.baseline is None else objective.baseline.value
    start = graph.amounts.in_metric(baseline, objective.metric)
    if start:
        return True, f"its objective starts from a baseline of {baseline}"
    return (
        False,
        f"its objective starts from {'no baseline' if start is None else 'a baseline of 0'}",
    )


def _levels(graph: Graph, objective: Objective, *, rows: Rows, why: str) -> Reading:
    """Return the value of each day on which a span ends: of two of one day, that of the later import."""
    chosen: dict[dt.date, Mapping[str, Any]] = {}
    for row in rows:
        other = chosen.get(row["until"])
        if other is None or _imported(row) > _imported(other):
            chosen[row["until"]] = row
    values = {until: _value(graph, objective.metric, row) or 0.0 for until, row in chosen.items()}
    last = max(chosen)
    points = tuple(sorted(values.items()))
    return Reading(points, True, _error(chosen[last], values[last]), why, len(rows) - len(chosen))


def _flows(graph: Graph, objective: Objective, *, rows: Rows, why: str) -> Reading:
    """Return the running sum of spans that do not overlap, from the day after the baseline's on."""
    since = (objective.baseline.as_of if objective.baseline else None) or dt.date.min
    counted, total, beside, straddling = since, 0.0, 0, 0
    points = []
    for row in rows:
        if row["until"] <= since:
            continue
        if row["day"] <= since:
            straddling += 1
        elif row["day"] <= counted:
            beside += 1
        else:
            counted = row["until"]
            total += _value(graph, objective.metric, row) or 0.0
            points.append((counted, total))
    return Reading(tuple(points), False, 0.0, why, beside, straddling)


def _name(source: str | None) -> str:
    kind, _, name = (source or "").partition(":")
    return name if kind == "metric" else ""


def _imported(row: Mapping[str, Any]) -> dt.datetime:
    moment: dt.datetime | None = row["imported_at"]
    return moment or dt.datetime.min  # noqa: DTZ901 - moments of the warehouse are UTC without a zone


def _value(graph: Graph, metric: str | None, row: Mapping[str, Any]) -> float | None:
    """Return a value in the metric's base unit; the warehouse keeps shares as 0..1 under the unit `share`."""
    if row["unit"] == "share":
        return graph.amounts.in_metric(Quantity(100 * float(row["value"]), "%"), metric)
    return graph.amounts.in_metric(Quantity(float(row["value"]), row["unit"] or None), metric)


def _error(row: Mapping[str, Any], value: float) -> float:
    """Return the standard error of a surveyed value: from its interval, or of a share from its sample size."""
    if row["low"] is not None and row["high"] is not None and row["value"]:
        return abs(float(row["high"]) - float(row["low"])) / (2 * Z95) * abs(value / float(row["value"]))
    if row["n"] and row["unit"] == "share" and 0 < value < 1:
        return math.sqrt(value * (1 - value) / float(row["n"]))
    return 0.0
