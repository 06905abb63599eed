"""The two maps, drawn of the plan as it stands; each node leads to its element, and a list says the same in words.

/maps/strategy?objective=ID    what serves what and what is bet on what; the whole plan, or what one objective rests on
/maps/touchpoints              where people meet us, and who answers there
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from starlette.routing import Route

from leadline.errors import NothingDone
from leadline.report.blocks import Picture
from leadline.report.linking import address
from leadline.web.judging import Judged, judged
from leadline.web.shell import render, see
from leadline.web.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.report.blocks import Section
    from leadline.review.result import MapData, MapEdge, MapNode

# own: the list says every link in words; beside it and a drawing of so many elements a table of them passes 300 kB
MOST_TABLED = 150


@dataclass(frozen=True)
class Line:
    """One element in the list behind the map. serves, brings: what its links lead to, with the grade of each bet."""

    node: MapNode
    serves: tuple[MapEdge, ...]
    brings: tuple[MapEdge, ...]


@dataclass(frozen=True)
class Shown:
    """A map as a page shows it: the section with its drawing, and the list by lane (its heading, its elements)."""

    section: Section
    lanes: tuple[tuple[str, tuple[Line, ...]], ...]


@dataclass(frozen=True)
class _Mapped:
    """What the section of the map is laid out from."""

    as_of: dt.date
    snapshot: str | None
    plan_hash: str
    currency: str
    map: MapData


def strategy(request: Request) -> Response:
    """Show the strategy map."""
    seen = _seen(request)
    if seen is None:
        return see("/")
    objective = request.query_params.get("objective", "")
    if objective not in seen.case.graph.objectives:
        objective = ""
    shown = seen.once(lambda: _strategy(seen, objective), key=f"map:{objective}")
    names = {node.id: node.name for _, lines in shown.lanes for node in (line.node for line in lines)}
    return render(request, "map_strategy.html", seen=seen, shown=shown, objective=objective, names=names)


def touchpoints(request: Request) -> Response:
    """Show the touch point map."""
    seen = _seen(request)
    if seen is None:
        return see("/")
    sections = seen.once(lambda: _touchpoints(seen), key="map_touchpoints")
    return render(request, "map_touchpoints.html", seen=seen, sections=sections)


def _seen(request: Request) -> Judged | None:
    try:
        return judged(site_of(request))
    except NothingDone:
        return None


def _strategy(seen: Judged, objective: str) -> Shown:
    from leadline.report.layers import LANES, lane_of
    from leadline.report.pages import outlook
    from leadline.review.strategy_map import map_of

    grades = {name: one.grade for name, one in (seen.case.settled or {}).items()}
    whole = map_of(seen.case.graph, seen.check, grades=grades)
    part = _resting(whole, objective) if objective else whole
    mapped = _Mapped(seen.as_of, seen.snapshot, seen.plan_hash, seen.currency, part)
    lanes: OrderedDict[str, list[Line]] = OrderedDict((words, []) for _, words, _, _ in LANES)
    called = {key: words for key, words, _, _ in LANES}
    for node in part.nodes:
        mine = [edge for edge in part.edges if edge.source == node.id]
        line = Line(
            node, tuple(one for one in mine if one.kind != "bet"), tuple(one for one in mine if one.kind == "bet")
        )
        lanes[called[lane_of(node.lane)]].append(line)
    shown = tuple((words, tuple(found)) for words, found in lanes.items() if found)
    section = outlook.strategy_map(mapped, href=address)
    return Shown(section if len(part.nodes) <= MOST_TABLED else _without_tables(section), shown)


def _without_tables(section: Section) -> Section:
    """Return a section whose pictures have no table behind them."""
    blocks = tuple(replace(one, table=None) if isinstance(one, Picture) else one for one in section.blocks)
    return replace(section, blocks=blocks)


def _resting(whole: MapData, objective: str) -> MapData:
    """Return the part of a map that one objective belongs to: what it serves, what serves it, and what that brings."""
    from leadline.review.result import MapData

    logic = [edge for edge in whole.edges if edge.kind != "bet"]
    below = _reached({objective}, logic, lambda edge: (edge.target, edge.source))
    above = _reached(
        {objective}, [one for one in logic if one.kind == "serves"], lambda edge: (edge.source, edge.target)
    )
    bets = [edge for edge in whole.edges if edge.kind == "bet"]
    ahead = _reached(below, bets, lambda edge: (edge.source, edge.target))
    kept = below | above | ahead
    edges = tuple(edge for edge in whole.edges if edge.source in kept and edge.target in kept)
    return MapData(tuple(node for node in whole.nodes if node.id in kept), edges)


def _reached(start: set[str], edges: Sequence[MapEdge], ends: Callable[[MapEdge], tuple[str, str]]) -> set[str]:
    """Return everything that is reached from a start along edges. ends: from and to, as they are walked."""
    onward: dict[str, list[str]] = {}
    for edge in edges:
        first, last = ends(edge)
        onward.setdefault(first, []).append(last)
    found, waiting = set(start), list(start)
    while waiting:
        for name in onward.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _touchpoints(seen: Judged) -> tuple[Section, ...]:
    from leadline.report.pages.touchpoints import delivery, journey
    from leadline.review.touchpoint_map import touchpoint_map

    shown = touchpoint_map(seen.check)
    return (journey(seen, shown, href=address), delivery(seen, shown))


ROUTES = (
    Route("/maps", lambda _: see("/maps/strategy"), methods=["GET"]),
    Route("/maps/strategy", strategy, methods=["GET"]),
    Route("/maps/touchpoints", touchpoints, methods=["GET"]),
)
NAV = (("maps.nav", "/maps"),)
