"""The verdict that the truth demands of a world with one fault, in the words of `decide` (decisions.md 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadline.plan.graph import Graph
from leadline.plan.model import Plan
from leadline.worlds.company import Company
from leadline.worlds.faults import failing_step, left, victim
from leadline.worlds.parameters import FaultKind
from leadline.worlds.pressure import respond
from leadline.worlds.promised import as_promised, level_name
from leadline.worlds.world import World

WORDS: Mapping[FaultKind, str] = {
    "none": "on course",
    "not-executed": "not executed",
    "tactic-fails": "tactic failed",
    "strategy-fails": "strategy failed",
    "market-moves": "market moved",
    "too-little-data": "can't tell",
    "nothing-promised": "nothing to judge",
}
# An objective that misses less than this share of what was expected is on course: the default amber line (decisions.md 2.4).
AMBER = 0.1
# A world's number that lies this near to the plan's is the plan's: own choice, rounding of what people type.
SAME = 0.01


def verdict_of(company: Company, promise: Plan) -> dict[str, Any]:
    """Return the fault, whom it befell, and the word for each objective of the plan as it was before the fault.

    objectives: None where the world departs from its plan by numbers of its own, so that no single cause is the truth;
    then `deviations` says by which. promise: the plan before a fault took promises out of it
    """
    fault = company.world.world.fault
    befallen: dict[str, Any] = {"fault": fault.kind, "word": WORDS[fault.kind]}
    if fault.kind in ("not-executed", "tactic-fails", "nothing-promised", "strategy-fails"):
        befallen["tactic"] = victim(company.world, promise)
    if fault.kind == "strategy-fails":
        befallen["step"] = failing_step(company.world, promise).name
    objectives = _objectives(company, promise, befallen) if company.world.is_promised else None
    return {**befallen, "objectives": objectives, "deviations": deviations(company.world, promise)}


def _objectives(company: Company, plan: Plan, befallen: Mapping[str, Any]) -> dict[str, str]:
    graph, fault = Graph(plan), company.world.world.fault
    if fault.kind == "nothing-promised":
        lost = set(graph.objectives) - {objective.id for objective in company.plan.objectives}
        return {name: WORDS[fault.kind if name in lost else "none"] for name in graph.objectives}
    if fault.kind in ("none", "too-little-data"):
        return dict.fromkeys(graph.objectives, WORDS[fault.kind])
    lost_share = 1 - _left(company, befallen)
    return {
        name: WORDS[fault.kind if lost_share * _touched(company, graph, name, befallen) > AMBER else "none"]
        for name in graph.objectives
    }


def _left(company: Company, befallen: Mapping[str, Any]) -> float:
    """Return how much of the promised effect is left; less money loses less than its share, because effects saturate."""
    fault = company.world.world.fault
    if fault.kind != "not-executed":
        return left(fault)
    name = befallen["tactic"]
    truth, money = company.world.tactics[name], company.money[name]
    if not truth.effect:
        return 1.0
    neutral = company.demand * 0 + 1
    metric = truth.effect[0].metric
    units = respond(truth, money, wish=neutral, levels=()).units[metric].sum()
    return min(1.0, float(units) / truth.effect[0].at_plan) if truth.effect[0].at_plan else 1.0


def _touched(company: Company, graph: Graph, objective: str, befallen: Mapping[str, Any]) -> float:
    """Return the share of what was expected for an objective that the fault can reach."""
    coverage = graph.coverage(objective)
    metric = graph.objectives[objective].metric
    if not coverage.due or (
        metric and level_name(graph.plan, metric) in company.world.levels and not befallen.get("tactic")
    ):
        return 0.0
    kind = befallen["fault"]
    if kind == "market-moves":
        return 1.0
    if kind == "strategy-fails":
        through = (
            term.due for name in coverage.contributions for term in graph.contributions(name, objective)
            if term.due is not None and befallen["step"] in {f"{step.from_metric}>{step.to}" for step, _ in term.walk.steps}
        )  # fmt: skip
        return float(sum(through) / coverage.due)
    return coverage.contributions.get(befallen["tactic"], (0.0, 0.0))[1] / coverage.due


def deviations(world: World, plan: Plan) -> list[dict[str, Any]]:
    """Return where the world is not what the plan believes: effects and rates, with what was promised."""
    believed, found = as_promised(world, plan), list[dict[str, Any]]()
    for name, truth in world.tactics.items():
        true = {one.metric: one.at_plan for one in truth.effect}
        said = {one.metric: one.at_plan for one in believed.tactics[name].effect}
        for metric in dict.fromkeys([*said, *true]):
            found.append(
                {"tactic": name, "metric": metric, "promised": said.get(metric), "true": true.get(metric, 0.0)}
            )
    for step, meant in zip(world.bridge, believed.bridge, strict=True):
        found.append({"step": step.name, "promised": meant.rate, "true": step.rate})
        found += [
            {"step": step.name, "tactic": name, "promised": meant.by.get(name, meant.rate), "true": step.by.get(name, step.rate)}
            for name in dict.fromkeys([*meant.by, *step.by])
        ]  # fmt: skip
    return [
        one
        for one in found
        if one["promised"] is None or abs(one["true"] - one["promised"]) > SAME * abs(one["promised"])
    ]
