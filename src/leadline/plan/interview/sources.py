"""What a question may be asked for each of: every list of the plan by name, and what is computed from the plan.

A computed source holds only what is still open, so that an answer takes its item out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from leadline.plan.amounts import Amounts
from leadline.plan.elements import KINDS, located
from leadline.plan.graph import Graph
from leadline.plan.interview.audit_sources import AUDITED
from leadline.plan.interview.record import Item
from leadline.plan.parts import Element
from leadline.plan.places import Path
from leadline.plan.source import Document
from leadline.plan.spelling import Value

__all__ = ["COMPUTED", "SOURCES", "elements_of", "item_of"]

# Intents whose effect is a number of people who come nearer: they deliver (checks.md, section 2, and BRG001).
_DELIVERING = ("acquire", "convert", "expand", "reactivate", "retain", "advocate")

_LISTS: dict[str, Path] = {
    "tactics" if path[-1] == "list" else path[-1]: path for path in KINDS if path[-1] != "market"
}


def item_of(element: Element, path: Path) -> Item:
    """Return an element as what a question is asked about."""
    name = element.name or _words(element) or element.id
    return Item(element.id, path=path, name=name)


def elements_of(document: Document, path: Path) -> tuple[Item, ...]:
    """Return the elements of one list of the plan."""
    kind = KINDS.get(path)  # type: ignore[arg-type]  # a path that holds an index is simply not found
    here = () if kind is None else located(document.plan, kinds=(kind,))
    return tuple(item_of(one.element, one.path) for one in here if one.path[:-1] == path)


def _objective_metrics(document: Document, *, counted: bool) -> Iterator[Item]:
    """Yield the metrics of objectives (with path and name) that are counted, or that are money or shares."""
    plan = document.plan
    used = {objective.metric for objective in plan.objectives}
    for index, metric in enumerate(plan.metrics):
        if metric.id in used and (metric.unit in (None, "count")) is counted:
            yield item_of(metric, ("metrics", index))


def unvalued(document: Document) -> Iterator[Item]:
    """Yield what objectives count and value events, as long as nobody says what one is worth."""
    for item in _objective_metrics(document, counted=True):
        metric = document.plan.metrics[int(item.path[1])]
        if metric.worth is None and not _reaches_money(document, metric.id):
            yield item
    for index, metric in enumerate(document.plan.metrics):
        if metric.value_event and metric.worth is None and metric.unit in (None, "count"):
            yield item_of(metric, ("metrics", index))


def saleless(document: Document) -> Iterator[Item]:
    """Yield the first objective's metric that is money or a share, as long as the plan has no value event.

    It has no path: what is asked for is another metric.
    """
    if not any(metric.value_event for metric in document.plan.metrics):
        for item in _objective_metrics(document, counted=False):
            unit = document.plan.metrics[int(item.path[1])].unit
            yield Item(item.id, name=item.name, values={"money": unit == document.plan.plan.currency})
            return


def _reaches_money(document: Document, metric: str) -> bool:
    """Say whether a counted metric is a step before a value event, or leads to one."""
    plan = document.plan
    events = {one.id for one in plan.metrics if one.value_event}
    following = {metric}
    for _ in plan.tactics.bridge:
        following |= {step.to for step in plan.tactics.bridge if step.from_ in following}
    return bool(following & events)


def dead_ends(document: Document) -> Iterator[Item]:
    """Yield the states where the bridge breaks off before money or the mission is reached, each once."""
    graph = Graph(document.plan, Amounts(document.plan))
    names = {metric.id: metric.name or metric.id for metric in document.plan.metrics}
    goals = [names[metric.id] for metric in document.plan.metrics if metric.value_event]
    found: dict[str, Item] = {}
    ends = {
        item.id for item in unvalued(document)
    }  # an objective's number may be the end: what it is worth comes first
    for index, tactic in enumerate(document.plan.tactics.list):
        for state in (one for one in graph.last_states(tactic) if one not in ends):
            values = {"from": state, "from_name": names.get(state, state), "goal": ", ".join(goals) or "the sale"}
            label = tactic.name or tactic.id
            found.setdefault(
                state,
                Item(
                    state,
                    (f"so far: {label}, {names.get(state, state)}",),
                    None,
                    ("tactics", "list", index),
                    names.get(state, state),
                    values,
                ),
            )
    yield from found.values()


def loose_ends(document: Document) -> Iterator[Item]:
    """Yield the dead ends of the bridge, then the steps to a value event that lack a number, a place, or how they are counted."""
    yield from dead_ends(document)
    names = {metric.id: metric.name or metric.id for metric in document.plan.metrics}
    events = [metric.id for metric in document.plan.metrics if metric.value_event]
    goals = ", ".join(names[event] for event in events)
    for index, step in enumerate(document.plan.tactics.bridge):
        if step.from_ not in events and None in (step.rate, step.lag, step.owner, step.touchpoint, step.tracking):
            name = names.get(step.from_, step.from_)
            values: dict[str, Value] = {"from": step.from_, "from_name": name, "goal": goals or "the sale"}
            line = f"so far: {name}, {names.get(step.to, step.to)}"
            yield Item(f"{step.from_}-{step.to}", (line,), None, ("tactics", "bridge", index), name, values)


def undelivered(document: Document) -> Iterator[Item]:
    """Yield tactics that should bring people nearer and do not say how many."""
    for index, tactic in enumerate(document.plan.tactics.list):
        if tactic.intent in _DELIVERING and not any(bet.metric and bet.count for bet in tactic.delivers):
            yield item_of(tactic, ("tactics", "list", index))


def unmoved(document: Document) -> Iterator[Item]:
    """Yield tactics that build, as long as they neither say by how much they move a number nor help another tactic."""
    for index, tactic in enumerate(document.plan.tactics.list):
        moves = any(bet.metric and bet.change for bet in tactic.expects)
        if tactic.intent == "build" and not (moves or tactic.delivers or tactic.enables):
            yield item_of(tactic, ("tactics", "list", index))


def unwatched(document: Document) -> Iterator[Item]:
    """Yield objectives that nobody watches, and watches without a red line or what follows."""
    watches = document.plan.control.watches
    for index, objective in enumerate(document.plan.objectives):
        values = {"objective": objective.id, "metric": objective.metric, "sign": _bad_way(document, objective.metric)}
        item = item_of(objective, ("objectives", index))
        if all(watch.objective != objective.id for watch in watches):
            yield Item(objective.id, path=item.path, name=item.name, values=values)
    for index, watch in enumerate(watches):
        then = watch.then
        if watch.red is None or then is None or not (then.who and then.what and then.within):
            values = {"objective": watch.objective, "metric": watch.metric, "sign": _bad_way(document, watch.metric)}
            yield Item(watch.id, path=("control", "watches", index), name=watch.name or watch.id, values=values)


def _bad_way(document: Document, metric: str | None) -> str:
    """Return the sign of a change for the worse: a metric that should rise is red below its path."""
    found = next((one for one in document.plan.metrics if one.id == metric), None)
    return "+" if found is not None and found.better == "down" else "-"


def unpromised(document: Document) -> Iterator[Item]:
    """Yield the first touch point, as long as none carries a promise."""
    points = document.plan.situation.touchpoints
    if points and all(point.promise is None for point in points):
        yield item_of(points[0], ("situation", "touchpoints", 0))


COMPUTED: dict[str, Callable[[Document], Iterator[Item]]] = {
    "unvalued": unvalued,
    "saleless": saleless,
    "dead_ends": dead_ends,
    "loose_ends": loose_ends,
    "undelivered": undelivered,
    "unmoved": unmoved,
    "unwatched": unwatched,
    "unpromised": unpromised,
    **AUDITED,
}
SOURCES: dict[str, Callable[[Document], Iterator[Item]]] = {
    **{name: lambda document, path=path: iter(elements_of(document, path)) for name, path in _LISTS.items()},  # type: ignore[misc]  # the default binds the path
    **COMPUTED,
}


def _words(element: Element) -> str:
    for key in ("claim", "statement", "citation", "question", "topic"):
        text = getattr(element, key, None)
        if text:
            return str(text)
    return ""
