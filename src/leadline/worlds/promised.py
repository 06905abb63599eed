"""A world that keeps its plan's word: every effect, rate and lag is the plan's own base, so that one fault stands alone."""

from __future__ import annotations

from typing import Any

from leadline.plan.graph import Graph
from leadline.plan.model import Plan
from leadline.worlds.parameters import Effect, StepTruth, TacticTruth
from leadline.worlds.world import AWARENESS, World

# A lag of 0 days in a plan is a matter of the same hour: own choice, an hour.
_SOON = 1 / 24


def as_promised(world: World, plan: Plan) -> World:
    """Return the world as the plan believes it; what the plan says nothing of (noise, market, shapes) stays its own."""
    graph = Graph(plan)
    tactics = {
        name: _kept(world, truth, graph, name=name) if name in graph.tactics else truth
        for name, truth in world.tactics.items()
    }
    starts = _baselines(graph)
    series = {
        name: one.model_copy(update={"path": dict.fromkeys(one.path, starts[name])}) if name in starts else one
        for name, one in world.series.items()
    }
    bridge = tuple(_step(world, step, graph) for step in world.bridge)
    update: dict[str, Any] = {"tactics": tactics, "bridge": bridge, "series": series}
    if AWARENESS in starts:
        update["awareness"] = starts[AWARENESS]
    return world.changed(update, promised=True)


def level_name(plan: Plan, metric: str) -> str:
    """Return what a world calls a plan's metric: the level that its source reads, else the metric's own id."""
    source = next((one.source for one in plan.metrics if one.id == metric), None) or ""
    return source.removeprefix("metric:") if source.startswith("metric:") else metric


def _kept(world: World, truth: TacticTruth, graph: Graph, *, name: str) -> TacticTruth:
    effects = []
    for bet in graph.starts(name):
        metric = level_name(graph.plan, bet.metric)
        if bet.base is not None and (bet.kind == "delivers" or metric in world.levels):
            within = bet.lag.base if bet.lag is not None and metric in world.levels else None
            effects.append(Effect(metric=metric, at_plan=bet.base, within=within))
    return truth.model_copy(update={"effect": tuple(effects), "delivered": 1.0, "starts_late": 0.0, "multiplies": {}})


def _step(world: World, step: StepTruth, graph: Graph) -> StepTruth:
    """Return a step at the plan's base; a step that the plan does not know stays as it is."""
    shared = graph.shared.get((step.from_, step.to))
    if shared is None or shared.rate.base is None:
        return step
    own = {
        name: resolved.rate.base
        for name in world.tactics
        if name in graph.tactics
        and (resolved := graph.steps(name).get((step.from_, step.to))) is not None
        and resolved.overridden and resolved.rate.base is not None
    }  # fmt: skip
    days = shared.lag.base if shared.lag.base is not None else step.lag.mean
    lag = step.lag.model_copy(update={"mean": max(days, _SOON)})
    return step.model_copy(update={"rate": shared.rate.base, "by": own, "lag": lag})


def _baselines(graph: Graph) -> dict[str, float]:
    """Return where each level stands before the plan, by the world's name of it."""
    found = {}
    for objective in graph.objectives.values():
        baseline = objective.baseline
        value = graph.amounts.in_metric(baseline.value, objective.metric) if baseline else None
        if objective.metric and value is not None:
            found[level_name(graph.plan, objective.metric)] = float(value)
    return found
