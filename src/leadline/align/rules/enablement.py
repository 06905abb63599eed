"""ENB: are the teams that face customers ready for what the plan sends them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator

from leadline.align.case import Case, days, hours
from leadline.align.dates import shifted
from leadline.align.finding import ElementRef, Found, Mention, Skip
from leadline.align.inflow import weekly_inflow
from leadline.align.ladder import has_teams
from leadline.align.routes import written_steps
from leadline.align.rule import rule
from leadline.align.vocabulary import verbatim
from leadline.plan.action import Handover
from leadline.plan.bets import ResolvedStep

ROUNDING = 1e-9  # relative; sums of parts of a delivery

CHAINS = (
    "tactics.bridge.from", "tactics.bridge.to", "tactics.list.bridge.from", "tactics.list.bridge.to",
    "tactics.list.delivers",
)  # fmt: skip


@rule(
    "ENB001",
    "team-not-equipped",
    level="error",
    scope="links",
    reads=(*CHAINS, "tactics.bridge.owner", "tactics.list.owner", "action.teams.function", "action.people.team"),
)
def team_not_equipped(case: Case) -> Iterator[Found | Skip]:
    """A team outside marketing works on the way to the sale, and nothing is handed over to it.

    Looked at are the steps up to the first value event whose owner's team is another than that of the tactic's owner.

    Why: equip the teams that face customers; they meet what marketing promised.
    Source: point A.
    Fix: add the handover to that team: what counts as ready, how many, a briefing.
    """
    if not has_teams(case):
        yield Skip("no teams")
        return
    functions = {team.id: team.function for team in case.plan.action.teams}
    equipped = {case.team_of.get(one.to or "", one.to) for one in case.plan.action.handovers}
    found: dict[str, dict[str, list[str]]] = {}
    for name, tactic in case.growth.items():
        own = case.team_of.get(tactic.owner or "")
        for chain in case.graph.value_event_chains(name):
            for step in chain.steps:
                team = case.team_of.get(step.owner or "")
                function = functions.get(team or "")
                if team and team != own and team not in equipped and function not in (None, "marketing"):
                    found.setdefault(team, defaultdict(list))[step.from_metric].append(name)
    for team, metrics in found.items():
        tactics = tuple(dict.fromkeys(name for names in metrics.values() for name in names))
        if not case.in_focus(team, case.path_of(team), tactics=tactics):
            continue  # the weekly inflow is the dearest number of the local and link rules
        heaviest = max(metrics, key=lambda metric: weekly_inflow(case, metric).peak)
        yield Found(
            path=case.path_of(team),
            text=f"team {{team}} takes on up to {{per_week}} a week of {verbatim(heaviest)}, and no handover leads to it",
            values={"team": team, "per_week": case.in_unit_of(heaviest, weekly_inflow(case, heaviest).peak)},
            tactics=tactics,
        )


@rule(
    "ENB002",
    "lead-flood",
    level="error",
    scope="sums",
    reads=(
        *CHAINS, "action.handovers.capacity", "action.handovers.metric", "tactics.bridge.rate",
        "tactics.list.bridge.rate", "tactics.bridge.lag", "tactics.list.bridge.lag", "tactics.list.dates",
    ),
)  # fmt: skip
def lead_flood(case: Case) -> Iterator[Found | Skip]:
    """More is handed over in the heaviest week than the receiving team can take.

    Arrivals of the metric handed over, of all tactics: delivered evenly over their dates, shifted by the lags on the
    way, at base.

    Why: a lead that waits is lost; a flood is as bad as a drought.
    Source: point A.
    Fix: spread the dates, raise the capacity, or deliver less.
    """
    for handover in case.plan.action.handovers:
        capacity = case.amounts.per_week(handover.capacity)
        if capacity is None or handover.metric is None:
            continue
        inflow = weekly_inflow(case, handover.metric)
        if inflow.peak > capacity * (1 + ROUNDING):
            yield Found(
                path=(*case.path_of(handover.id), "capacity"),
                text="{peak} arrive in {week}, {capacity} a week can be taken",
                values={
                    "peak": case.in_unit_of(handover.metric, inflow.peak),
                    "week": inflow.week,
                    "capacity": case.in_unit_of(handover.metric, capacity),
                },
                tactics=tuple(case.coverages.reaching.get(handover.metric, ())),
            )


@rule("ENB003", "no-definition", level="warning", scope="local", reads=("action.handovers.definition",))
def no_definition(case: Case) -> Iterator[Found | Skip]:
    """Two teams hand something over without having agreed what counts as ready.

    Why: both sides sign, or each has its own number.
    Source: point A.
    Fix: write the criteria in words, and the day on which both sides signed.
    """
    for handover in case.plan.action.handovers:
        definition = handover.definition
        missing = tuple(
            key for key in ("criteria", "signed_off") if definition is None or getattr(definition, key) is None
        )
        if missing:
            yield Found(
                path=(*case.path_of(handover.id), "definition"),
                text="handover {handover} lacks {missing}",
                values={"handover": handover.id, "missing": missing},
            )


@rule(
    "ENB004",
    "slower-than-promised",
    level="warning",
    scope="links",
    reads=(
        "action.handovers.promise", "action.handovers.metric", "action.handovers.to", "situation.touchpoints.promise",
        "tactics.bridge.touchpoint", "tactics.list.bridge.touchpoint", "tactics.bridge.owner", "tactics.list.bridge.owner",
    ),
)  # fmt: skip
def slower_than_promised(case: Case) -> Iterator[Found | Skip]:
    """A team may take longer to make contact than the customer was promised at the place where it does so.

    Compared is the handover's `promise.first_contact` with `promise.first_response` of the touch points of the steps
    out of the state handed over. A step that belongs to another team than the receiving one is left out.

    Why: right timing; the customer knows one promise, not two, and the slower one breaks it.
    Source: point A; point D (it needs a very fast response).
    Fix: agree on the faster time, or promise less at the touch point.
    """
    leaving: dict[str, list[ResolvedStep]] = {}
    for step in written_steps(case):
        leaving.setdefault(step.from_metric, []).append(step)
    for handover in case.plan.action.handovers:
        slow = case.amounts.hours(handover.promise.first_contact) if handover.promise else None
        if slow is None:
            continue
        taker = case.team_of.get(handover.to or "", handover.to)
        for step in _one_per_touchpoint(leaving.get(handover.metric or "", ())):
            point = case.touchpoints.get(step.touchpoint or "")
            promised = case.amounts.hours(point.promise.first_response) if point and point.promise else None
            owner = case.team_of.get(step.owner or "", step.owner)
            if point is None or promised is None or slow <= promised * (1 + ROUNDING) or (owner and owner != taker):
                continue
            yield Found(
                path=(*case.path_of(handover.id), "promise", "first_contact"),
                text="{handover} allows {first_contact} to the first contact; {touchpoint} promises {promised}",
                values={
                    "handover": handover.id,
                    "first_contact": hours(slow),
                    "touchpoint": point.id,
                    "promised": hours(promised),
                },
                related=(Mention((*case.path_of(point.id), "promise", "first_response"), "promised here"),),
                tactics=tuple(case.coverages.reaching.get(handover.metric or "", ())),
                fix="agree on {promised} or less in {handover}, or promise {first_contact} at {touchpoint}",
            )


def _one_per_touchpoint(steps: Iterable[ResolvedStep]) -> Iterable[ResolvedStep]:
    return {step.touchpoint: step for step in steps}.values()


@rule(
    "ENB005",
    "assets-late",
    level="warning",
    scope="sums",
    reads=(
        *CHAINS, "action.handovers", "action.tasks.due", "action.tasks.done", "tactics.list.dates",
        "tactics.bridge.lag", "tactics.list.bridge.lag", "tactics.bridge.owner", "tactics.list.owner",
    ),
)  # fmt: skip
def assets_late(case: Case) -> Iterator[Found | Skip]:
    """A team is briefed, or gets what it needs, after the first one has been handed over.

    The first can arrive at the earliest start, plus the lags on the way at base, among the tactics that reach the
    metric from the team that hands over. Compared are the briefing, and undone tasks of tactics named in `assets`.

    Why: equip the teams before the first customer, not after.
    Source: point A.
    Fix: bring it forward, or start later.
    """
    tasks = defaultdict(list)
    for task in case.plan.action.tasks:
        if task.due is not None and not task.done:
            tasks[task.tactic].append(task)
    for handover in case.plan.action.handovers:
        first, tactics = _first_unit(case, handover)
        if first is None:
            continue
        path = case.path_of(handover.id)
        items = [("briefing", handover.briefing, (*path, "briefing"))] if handover.briefing else []
        for asset in handover.assets:
            items += [(task.id, task.due, (*case.path_of(task.id), "due")) for task in tasks.get(asset, ()) if task.due]
        for item, due, where in items:
            if due is None or due <= first:
                continue
            yield Found(
                path=where,
                text="{handover} needs {item} on {first_unit}, when the first arrives; it is due on {due}, {days} late",
                values={
                    "handover": handover.id,
                    "item": item,
                    "due": due,
                    "first_unit": first,
                    "days": days((due - first).days),
                },
                element=ElementRef("handover", handover.id),
                tactics=tactics,
            )


@rule("ENB006", "no-reject-reasons", level="note", scope="local", reads=("action.handovers.reject_reasons",))
def no_reject_reasons(case: Case) -> Iterator[Found | Skip]:
    """A handover does not say for which reasons something may be sent back.

    Why: without reasons a rejection teaches nothing; with them the next campaign brings better ones.
    Source: point A (the teams that face customers act on every opportunity).
    Fix: name three to five reasons that the receiving team may give (`reject_reasons`).
    """
    for handover in case.plan.action.handovers:
        if not handover.reject_reasons:
            yield Found(
                path=case.path_of(handover.id),
                text="{handover} does not say why something may be sent back",
                values={"handover": handover.id},
            )


def _first_unit(case: Case, handover: Handover) -> tuple[dt.date | None, tuple[str, ...]]:
    """Return the day on which the first unit can be handed over, and the tactics that lead there.

    The team that brings the metric about is that of the last step's owner, or of the tactic's owner where the tactic
    delivers it directly; without known teams every tactic counts.
    """
    giver = case.team_of.get(handover.from_ or "", handover.from_)
    first: dt.date | None = None
    found: dict[str, None] = {}
    for name in case.coverages.reaching.get(handover.metric or "", ()):
        tactic = case.tactics[name]
        dates = case.graph.dates_of(tactic)
        for start in case.graph.starts(name):
            if dates is None or start.kind != "delivers":
                continue
            for walk in case.graph.walks(start.metric, name).to.get(handover.metric or "", ()):
                owner = walk.steps[-1][0].owner if walk.steps else tactic.owner
                if giver is not None and owner is not None and case.team_of.get(owner, owner) != giver:
                    continue
                arrives = shifted(dates.start, walk.lag)
                first = arrives if first is None else min(first, arrives)
                found[name] = None
    return first, tuple(found)
