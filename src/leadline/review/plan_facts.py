"""What an import needs to know of the plan, taken from the plan."""

from __future__ import annotations

from leadline.evidence.plan_facts import PlanFacts
from leadline.plan.diff import renames
from leadline.plan.model import Plan
from leadline.review.channel_kinds import channel_named

COUNTED = frozenset(
    {"stage", "orders", "metric", "touches", "posts", "response", "consent"}
)  # kinds of a metric's source


def plan_facts(plan: Plan) -> PlanFacts:
    """Return ids, states, tracking names, dates and rates of a plan."""
    head, state_of = plan.plan, states(plan)
    return PlanFacts(
        currency=head.currency or "EUR",
        timezone=head.timezone or "UTC",
        tactic_ids=tuple(tactic.id for tactic in plan.tactics.list),
        moved=renames(plan),
        tracked_as={tactic.id: dict(tactic.tracked_as) for tactic in plan.tactics.list if tactic.tracked_as},
        states=frozenset(state_of.values()),
        tactic_dates={
            tactic.id: (tactic.dates.start, tactic.dates.end) for tactic in plan.tactics.list if tactic.dates
        },
        tactic_channels={tactic.id: tactic.channels for tactic in plan.tactics.list if tactic.channels},
        channels=_channels(plan),
        brands=brands(plan),
        metric_sources={
            metric.id: (metric.source, metric.every or "month")
            for metric in plan.metrics
            if metric.source and metric.source.replace(":", ".").partition(".")[0] in COUNTED
        },
        bridge=tuple(
            (state_of[step.from_], state_of[step.to])
            for step in plan.tactics.bridge
            if step.from_ in state_of and step.to in state_of
        ),
        rates=tuple((rate.currency, rate.date, rate.per_plan) for rate in head.rates),
    )


def _channels(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return the channels of the rules by which each tactic works, of those alone all of whose channels are known by name."""
    told = {one.id: channel_named(one.name) or channel_named(one.id) for one in plan.situation.channels}
    found = {}
    for tactic in plan.tactics.list:
        named = tuple(told.get(one) or channel_named(one) for one in tactic.channels)
        if named and all(named):
            found[tactic.id] = tuple(name for name in named if name)
    return found


def brands(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return the plan's own id and the ids of its competitors, each with the names it is spoken of by."""
    found = {one.id: (*filter(None, (one.name,)), *one.aliases) for one in plan.situation.competitors}
    if plan.plan.organisation:
        found[plan.plan.id] = (plan.plan.organisation,)
    return {brand: names for brand, names in found.items() if names}


def states(plan: Plan) -> dict[str, str]:
    """Return metric id → state, for metrics whose source is `stage:<state>`."""
    found = {}
    for metric in plan.metrics:
        kind, colon, name = (metric.source or "").partition(":")
        if kind == "stage" and colon and name:
            found[metric.id] = name
    return found
