"""Which states tell that a step of the bridge was taken, where the step's own end was never written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from leadline.evidence.frames import Way
from leadline.plan.graph import Graph
from leadline.review.plan_facts import states

Pair = tuple[str, str]


def way_of(graph: Graph, pair: Pair, *, recorded_from: Mapping[str, dt.date]) -> Way:
    """Return the step (from, to; metric ids) with the later states that stand for its end.

    A later state tells of a state passed over only where the bridge leaves no other way there: who won by another
    step, or was brought straight to a later state, has not been where this one leads.
    recorded_from: per state the first day on which entries into it were recorded
    """
    start, end = pair
    pairs = {*graph.shared, *(one for tactic in graph.tactics for one in graph.steps(tactic))}
    brought = {bet.metric for tactic in graph.tactics for bet in graph.starts(tactic) if bet.kind == "delivers"}
    heads = {one[0] for one in pairs} - {one[1] for one in pairs} | brought
    beyond = _reached(pairs, {end}) - {start}
    around = _reached(pairs, {one[1] for one in pairs if one[0] == start}, without=end)
    elsewhere = _reached(pairs, heads - {start}, without=start)
    state_of = states(graph.plan)
    since = recorded_from.get(state_of[end])

    def named(metrics: AbstractSet[str]) -> tuple[str, ...]:
        return tuple(sorted({state_of[metric] for metric in metrics if metric in state_of} - {state_of[start]}))

    return Way(
        to_state=state_of[end],
        passed=named(beyond - around),
        implied=named(beyond - around - elsewhere),
        recorded_from=None if since is None else dt.datetime.combine(since, dt.time()),
    )


def _reached(pairs: AbstractSet[Pair], starts: AbstractSet[str], *, without: str = "") -> set[str]:
    """Return the metrics to which pairs lead from these, they among them, never through `without`."""
    found: set[str] = set()
    fresh = starts - {without}
    while fresh:
        found |= fresh
        fresh = {end for start, end in pairs if start in fresh and end != without} - found
    return found
