"""Which elements a draft adds to a plan: what the data show, less what the plan has and what was drafted before."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from leadline.evidence.frames import AsOf
from leadline.evidence.sources.activities import ActivityList
from leadline.measure.bridge import BridgeStep
from leadline.plan.model import Plan
from leadline.plan.spelling import Value
from leadline.review import draft_elements as elements
from leadline.review.by_channel import ByChannel, StartHundred, listed_hundreds
from leadline.review.draft_elements import Drafted, Ids
from leadline.review.intake import FileRead
from leadline.review.listed import Listed
from leadline.review.people_cells import Shown
from leadline.review.plan_facts import states
from leadline.review.stage_chain import Chain, Pair


@dataclass(frozen=True)
class Picture:
    """What the evidence of a workspace shows before there is a plan to judge.

    found: states and steps · sales: the states that are sales · steps: what was measured, by pair of states
    unmeasured: step → why not · currency: of most money booked
    files_of: source → names of its files · at: the day everything is told for, None where nothing was imported
    until: the last day any file speaks of · account: the name that the ad accounts bear, where it is one
    named: what the lists of activities name · shown: what of people may be shown
    """

    found: Chain = field(default_factory=Chain)
    sales: frozenset[str] = frozenset()
    channels: ByChannel = field(default_factory=ByChannel)
    steps: Mapping[Pair, BridgeStep] = field(default_factory=dict)
    unmeasured: Mapping[Pair, str] = field(default_factory=dict)
    currency: str = ""
    files_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    at: AsOf | None = None
    until: dt.date | None = None
    account: str = ""
    named: Listed = field(default_factory=Listed)
    shown: Shown = field(default_factory=Shown)

    @property
    def lists(self) -> tuple[ActivityList, ...]:
        """Return the lists of activities that the workspace keeps, each row once."""
        return self.named.lists

    @property
    def listed(self) -> tuple[StartHundred, ...]:
        """Return each 100 of the money that lists of activities name."""
        return listed_hundreds(self.lists)


def new_elements(
    plan: Plan, picture: Picture, *, files: Sequence[FileRead], memory: AbstractSet[str]
) -> tuple[Drafted, ...]:
    """Return what is to be added to a plan, section by section. memory: keys of everything that was drafted before."""
    ids = Ids(plan)
    evidence = _evidence(plan, files, ids, memory=memory)
    evidence_ids = _evidence_ids(plan, evidence)
    metrics, metric_of = _metrics(plan, picture, ids, memory=memory)
    steps = _steps(plan, picture, metric_of, memory=memory, evidence=evidence_ids)
    channels = _channels(plan, picture, ids, memory=memory)
    ideas = _ideas(plan, picture, ids, files=files, memory=memory, evidence=evidence_ids)
    return (*metrics, *channels, *evidence, *steps, *ideas)


def _evidence(plan: Plan, files: Sequence[FileRead], ids: Ids, *, memory: AbstractSet[str]) -> list[Drafted]:
    known = {_file_named(one.citation) for one in plan.situation.evidence}
    return [
        elements.evidence_of(file, ids)
        for file in files
        if file.is_understood and f"evidence:{file.sha256}" not in memory and file.file not in known
    ]


def _file_named(citation: str | None) -> str:
    """Return the file that a drafted citation begins with."""
    found = re.match(r"(.+?) \(", citation or "")
    return found[1] if found else ""


def _evidence_ids(plan: Plan, drafted: Sequence[Drafted]) -> dict[str, Value]:
    """Return file name → id of its evidence element."""
    there: dict[str, Value] = {name: one.id for one in plan.situation.evidence if (name := _file_named(one.citation))}
    return there | {one.line: one.value["id"] for one in drafted}


def _metrics(
    plan: Plan, picture: Picture, ids: Ids, *, memory: AbstractSet[str]
) -> tuple[list[Drafted], dict[str, str]]:
    """Return the new metrics, and state → metric of all there will be."""
    metric_of = {state: metric for metric, state in states(plan).items()}
    doubt = bool(picture.found.doubtful_sales) or any(metric.value_event for metric in plan.metrics)
    drafted = []
    for state in picture.found.states:
        if state.id not in metric_of and f"metric:{state.id}" not in memory:
            one = elements.metric_of(state, ids, is_sale=state.id == picture.found.sale and not doubt)
            metric_of[state.id] = str(one.value["id"])
            drafted.append(one)
    return drafted, metric_of


def _steps(
    plan: Plan,
    picture: Picture,
    metric_of: Mapping[str, str],
    *,
    memory: AbstractSet[str],
    evidence: Mapping[str, Value],
) -> list[Drafted]:
    there = {(step.from_, step.to) for step in plan.tactics.bridge}
    sources = {state.id: state.sources for state in picture.found.states}
    drafted = []
    for pair in picture.found.steps:
        if f"step:{pair[0]}>{pair[1]}" in memory or not {*pair} <= metric_of.keys():
            continue
        metrics = (metric_of[pair[0]], metric_of[pair[1]])
        if metrics in there:
            continue
        told_by = sources[pair[1]]
        named = [evidence[file] for source in told_by for file in picture.files_of.get(source, ()) if file in evidence]
        drafted.append(
            elements.step_of(
                pair, picture.steps.get(pair), metrics=metrics, tracking=f"stage in {', '.join(told_by)}",
                source=str(named[0]) if named else None,
            )
        )  # fmt: skip
    return drafted


def _channels(plan: Plan, picture: Picture, ids: Ids, *, memory: AbstractSet[str]) -> list[Drafted]:
    there = {one.name or one.id for one in plan.situation.channels}
    currency = plan.plan.currency or picture.currency
    if picture.at is None or picture.until is None:
        return []
    last = min(picture.at.day, picture.until).isoformat()
    return [
        elements.channel_of(view, ids, currency=currency, as_of=last)
        for view in picture.channels.channels
        if elements.worth_drafting(view) and view.name not in there and f"channel:{view.name}" not in memory
    ]


def _ideas(
    plan: Plan,
    picture: Picture,
    ids: Ids,
    *,
    files: Sequence[FileRead],
    memory: AbstractSet[str],
    evidence: Mapping[str, Value],
) -> list[Drafted]:
    there = {(one.name, one.notes) for one in plan.control.ideas}
    drafted = []
    for campaign in elements.largest(picture.channels):
        names = [evidence[file] for file in picture.files_of.get(campaign.source, ()) if file in evidence]
        if elements.campaign_key(campaign) not in memory:
            drafted.append(elements.campaign_idea(campaign, ids, sources=names))
    for file in files:
        named = [evidence[file.file]] if file.file in evidence else []
        for one in file.lists:
            for activity in one.activities:
                place = (file.sha256, one.sheet or "")
                if (*place, activity.row) in picture.named.repeated:
                    continue
                if elements.activity_key(activity, place) not in memory:
                    drafted.append(elements.activity_idea(activity, ids, place=place, sources=named))
    return [one for one in drafted if (one.value["name"], one.value.get("notes")) not in there]
