"""The strategy map as data: what serves what, what is bet on what, and what is wrong where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadline.align.result import CheckResult
from leadline.decide.standing import BetStanding
from leadline.plan.graph import Graph
from leadline.plan.model import Objective
from leadline.plan.stamp import suspect_links
from leadline.plan.tactics import Tactic
from leadline.review.result import MapData, MapEdge, MapNode

LEVELS = {"error": 0, "warning": 1, "note": 2}


def strategy_map(graph: Graph, check: CheckResult, *, bets: Sequence[BetStanding]) -> MapData:
    """Return nodes and edges: levels, objectives, tactics, and the metrics that bets lead through."""
    return map_of(graph, check, grades={bet.bet: bet.grade for bet in bets if bet.known is not None})


def map_of(graph: Graph, check: CheckResult, *, grades: Mapping[str, str]) -> MapData:
    """Return the map of a checked plan. grades: bet id -> grade of its evidence, for the bets that anything is known of."""
    wrong: dict[str, list[tuple[int, str]]] = {}
    for finding in check.shown:
        wrong.setdefault(finding.element.id, []).append((LEVELS[finding.level], finding.code))
    edges = _serves(graph) + _bets(graph, grades)
    used = {end for edge in edges for end in (edge.source, edge.target)}
    nodes = [node for node in _nodes(graph, wrong) if node.id in used or node.kind in ("tactic", "objective", "level")]
    there = {node.id for node in nodes}
    return MapData(tuple(nodes), tuple(edge for edge in edges if edge.source in there and edge.target in there))


def _nodes(graph: Graph, wrong: Mapping[str, list[tuple[int, str]]]) -> list[MapNode]:
    plan = graph.plan
    rows: list[tuple[str, str, str | None, str, float | None]] = []
    rows += [
        (level.id, "level", level.name or level.statement, level.level or "market", None)
        for level in plan.strategy.levels
    ]
    rows += [(objective.id, "objective", objective.name, "objective", None) for objective in plan.objectives]
    rows += [
        (tactic.id, "tactic", tactic.name, "tactic", graph.amounts.budget(tactic) or None)
        for tactic in plan.tactics.list
    ]
    rows += [
        (metric.id, "metric", metric.name, "value_event" if metric.value_event else "metric", None)
        for metric in plan.metrics
    ]
    nodes = []
    for identity, kind, name, lane, money in rows:
        found = sorted(wrong.get(identity, []))
        word = next((level for level, rank in LEVELS.items() if found and rank == found[0][0]), "")
        nodes.append(
            MapNode(
                identity, kind, name or identity, lane, money, tuple(dict.fromkeys(code for _, code in found)), word
            )
        )
    return nodes


def _serves(graph: Graph) -> list[MapEdge]:
    plan = graph.plan
    suspects = {(link.element, link.ref) for link in suspect_links(plan)}
    edges = []
    for level in plan.strategy.levels:
        if level.parent is not None:
            suspect = (level.id, level.parent.ref) in suspects
            edges.append(MapEdge(level.id, level.parent.ref, "serves", "", suspect, "", None))
    served: list[Objective | Tactic] = [*plan.objectives, *plan.tactics.list]
    for element in served:
        edges += [
            MapEdge(element.id, link.ref, "serves", "", (element.id, link.ref) in suspects, "", None)
            for link in element.serves
        ]
    for tactic in plan.tactics.list:
        edges += [
            MapEdge(tactic.id, link.ref, "enables", "", (tactic.id, link.ref) in suspects, "", None)
            for link in tactic.enables
        ]
    return edges


def _bets(graph: Graph, grade: Mapping[str, str]) -> list[MapEdge]:
    edges = []
    for tactic in graph.plan.tactics.list:
        money = graph.amounts.budget(tactic) or None
        for bet in graph.starts(tactic):
            label = "" if bet.written is None else str(bet.written)
            edges.append(
                MapEdge(tactic.id, bet.metric, "bet", grade.get(bet.id, ""), suspect=False, label=label, money=money)
            )
    for pair, step in graph.shared.items():
        label = "" if step.rate.written is None else str(step.rate.written)
        edges.append(MapEdge(*pair, "bet", grade.get(step.rate.id, ""), suspect=False, label=label, money=None))
    return edges
