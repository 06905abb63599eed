"""The touch point map as data: the journey's stages, who answers for which place, how good it is, and is it staffed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from leadline.align.finding import LEVELS
from leadline.align.result import CheckResult
from leadline.plan.amounts import Amounts
from leadline.plan.graph import Graph
from leadline.plan.situation import Touchpoint
from leadline.review.result import TouchpointMap, TouchpointView

STAGES: tuple[str, ...] = get_args(get_args(Touchpoint.model_fields["stage"].annotation)[0])
"""The stages of the journey in the order of plan.md."""

__all__ = ["STAGES", "touchpoint_map"]


def touchpoint_map(check: CheckResult) -> TouchpointMap:
    """Return every touch point with its place on the map, and the stages from the first used one to the last.

    Hours promised and staffed are those of the score "promise coverage"; findings are those that are shown.
    """
    plan = check.document.plan
    amounts = Amounts(plan)
    names = _names(check)
    promised = {point.touchpoint: point for point in check.scores.promise_coverage.points}
    steps = _steps(Graph(plan, amounts))
    wrong: dict[str, list[tuple[int, str]]] = {}
    for finding in check.shown:
        if finding.element.kind == "touchpoint":
            wrong.setdefault(finding.element.id, []).append((LEVELS.index(finding.level), finding.code))
    points = []
    for point in plan.situation.touchpoints:
        found = sorted(wrong.get(point.id, []))
        staffing = promised.get(point.id)
        experience = point.experience
        points.append(
            TouchpointView(
                id=point.id,
                name=point.name or point.id,
                stage=point.stage or "",
                owner=names.get(point.owner or "", point.owner or ""),
                control=point.control or "",
                importance=point.importance,
                score=None if experience is None or experience.score is None else float(experience.score),
                answers=None if experience is None else amounts.count(experience.n),
                method=(experience.method if experience else None) or "",
                scored_on=experience.as_of if experience else None,
                first_response=str(point.promise.first_response)
                if point.promise and point.promise.first_response
                else "",
                promised=staffing.promised if staffing else None,
                staffed=staffing.staffed if staffing else amounts.hours_per_week(point.staffed),
                workload=staffing.workload if staffing else None,
                needs=tuple(names.get(link.ref, link.ref) for link in point.depends_on),
                steps=steps.get(point.id, ()),
                findings=tuple(dict.fromkeys(code for _, code in found)),
                level_word=LEVELS[found[0][0]] if found else "",
            )
        )
    used = [STAGES.index(point.stage) for point in points if point.stage in STAGES]
    stages = STAGES[min(used) : max(used) + 1] if used else ()
    return TouchpointMap(tuple(points), stages)


def _names(check: CheckResult) -> Mapping[str, str]:
    """Return what people call each person, team and touch point."""
    plan = check.document.plan
    named = (*plan.action.people, *plan.action.teams, *plan.situation.touchpoints)
    return {element.id: element.name or element.id for element in named}


def _steps(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """Return the shared steps of the bridge that pass each touch point, as `lead → sqo`."""
    found: dict[str, tuple[str, ...]] = {}
    for step in graph.plan.tactics.bridge:
        if step.touchpoint:
            found[step.touchpoint] = (*found.get(step.touchpoint, ()), f"{step.from_} → {step.to}")
    return found
