"""What the further flows ask about: holes of strategy, places, programmes and channels, computed from the plan.

Like `sources.py`: a source holds only what is still open, so that an answer takes its item out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from leadline.plan.action import Team
from leadline.plan.amounts import Amounts
from leadline.plan.graph import Graph
from leadline.plan.interview.record import Item
from leadline.plan.model import Plan
from leadline.plan.parts import Element
from leadline.plan.places import Path
from leadline.plan.situation import Touchpoint
from leadline.plan.source import Document
from leadline.plan.spelling import Value
from leadline.plan.tactics import Tactic

__all__ = ["AUDITED"]

STAGES = ("aware", "consider", "buy", "onboard", "use", "support", "renew", "advocate")
# A place below this score disappoints people that promotion sends there (checks.md, TPM003).
POOR = 60
_LEVELS = {"business_unit": "business unit", "market": "market", "communications": "communications"}
_SIBLINGS = {
    "sales": "sales",
    "customer_service": "customer service",
    "product": "product",
    "hr": "staff (human resources)",
}
_ABOVE = {"business_unit": ("corporate",), "market": ("business_unit",), "communications": ("market",),
          **dict.fromkeys(_SIBLINGS, ("business_unit", "market"))}  # fmt: skip
_SIBLING_OF = {"sales": "sales", "service": "customer_service", "product": "product"}
_CAUSAL = ("rct", "geo", "switchback", "holdout")


def _item(element: Element, path: Path, **values: Value) -> Item:
    return Item(element.id, path=path, name=element.name or element.id, values=values)


def _levels(plan: Plan) -> dict[str, str]:
    return {one.level: one.id for one in plan.strategy.levels if one.level}


def _missing_levels(document: Document, words: dict[str, str]) -> Iterator[Item]:
    known = _levels(document.plan)
    for level, name in words.items():
        if level not in known:
            parent = next((known[one] for one in _ABOVE[level] if one in known), None)
            yield Item(
                level.replace("_", "-"), name=name, values={"level": level, "parent": parent, "id": f"{name} strategy"}
            )


def unwritten(document: Document) -> Iterator[Item]:
    """Yield the levels of strategy between the business and what people say that the plan lacks."""
    yield from _missing_levels(document, _LEVELS)


def unfollowed(document: Document) -> Iterator[Item]:
    """Yield the functions beside marketing whose strategy the plan does not name."""
    yield from _missing_levels(document, _SIBLINGS)


def unexperienced(document: Document) -> Iterator[Item]:
    """Yield one item while no objective says what people should experience."""
    plan, known = document.plan, _levels(document.plan)
    if not any(objective.type == "service" for objective in plan.objectives):
        serves = next((known[one] for one in ("customer_service", "market", "business_unit") if one in known), None)
        yield Item("experience", name="what people experience", values={"serves": serves})


def actless(document: Document) -> Iterator[Item]:
    """Yield objectives without a metric; one item where nothing that people do is counted at all."""
    plan = document.plan
    for index, objective in enumerate(plan.objectives):
        if objective.metric is None:
            yield _item(objective, ("objectives", index), objective=objective.id)
    outcomes = [one for one in plan.metrics if one.stage == "outcome" and one.unit in (None, "count")]
    if not outcomes and all(objective.metric for objective in plan.objectives):
        yield Item("act", name="what people do")


def inward(document: Document) -> Iterator[Item]:
    """Yield objectives that count our own work (OBJ004): an output is in our hand, an outcome is not."""
    metrics = {one.id: one for one in document.plan.metrics}
    for index, objective in enumerate(document.plan.objectives):
        metric = metrics.get(objective.metric or "")
        if (
            metric is not None
            and metric.stage in ("input", "process", "output")
            and metric.role not in ("efficiency", "experience")
        ):
            yield _item(objective, ("objectives", index), counts=metric.name or metric.id)


def _growth(plan: Plan) -> Iterator[tuple[int, Tactic]]:
    return ((index, tactic) for index, tactic in enumerate(plan.tactics.list) if tactic.intent != "run")


def unserving(document: Document) -> Iterator[Item]:
    """Yield tactics that serve nothing and are no running cost."""
    for index, tactic in _growth(document.plan):
        if not tactic.serves:
            yield _item(tactic, ("tactics", "list", index))


def undriven(document: Document) -> Iterator[Item]:
    """Yield tactics without an owner, or owned by another team whose head has not agreed."""
    teams = {one.id: one for one in document.plan.action.teams}
    for index, tactic in _growth(document.plan):
        team = teams.get(tactic.owner or "")
        borrowed = team is not None and team.function != "marketing" and team.agreed is None
        if tactic.owner is None or borrowed:
            yield _item(tactic, ("tactics", "list", index))


def _teams_at_work(plan: Plan) -> Iterator[tuple[int, Team]]:
    """Yield the teams beyond marketing that own a step or a touch point, themselves or by one of their people."""
    own = {step.owner for step in plan.tactics.bridge} | {point.owner for point in plan.situation.touchpoints}
    own |= {person.team for person in plan.action.people if person.id in own}
    for index, team in enumerate(plan.action.teams):
        if team.id in own and team.function != "marketing":
            yield index, team


def unaligned(document: Document) -> Iterator[Item]:
    """Yield the teams at work whose strategy no communications or social level names."""
    plan, known = document.plan, _levels(document.plan)
    named = {link.ref for one in plan.strategy.levels if one.level in ("communications", "social") for link in one.aligned_with}  # fmt: skip
    for index, team in _teams_at_work(plan):
        level = known.get(_SIBLING_OF.get(team.function or "", ""))
        if level is None or level not in named:
            yield _item(team, ("action", "teams", index), level=level)


def placeless(document: Document) -> Iterator[Item]:
    """Yield the steps of the bridge that happen nowhere; one item where the plan has neither steps nor touch points."""
    plan = document.plan
    names = {one.id: one.name or one.id for one in plan.metrics}
    for index, step in enumerate(plan.tactics.bridge):
        if step.touchpoint is None:
            line = f"the step from {names.get(step.from_, step.from_)} to {names.get(step.to, step.to)}"
            yield Item(
                f"{step.from_}-{step.to}", (line,), None, ("tactics", "bridge", index), names.get(step.to, step.to)
            )
    if not plan.tactics.bridge and not plan.situation.touchpoints:
        yield Item("map", ("from first hearing of you to use",), name="the way people come")


def valueless(document: Document) -> Iterator[Item]:
    """Yield one item while no metric is money or the mission itself."""
    if not any(metric.value_event for metric in document.plan.metrics):
        yield Item("value", name="money or the mission")


def worthless(document: Document) -> Iterator[Item]:
    """Yield value events without a worth."""
    for index, metric in enumerate(document.plan.metrics):
        if metric.value_event and metric.worth is None:
            yield _item(metric, ("metrics", index))


def untested(document: Document) -> Iterator[Item]:
    """Yield tactics that no test can settle."""
    settled = {one.tactic for one in document.plan.control.tests if one.method in _CAUSAL}
    for index, tactic in _growth(document.plan):
        if tactic.id not in settled and tactic.intent not in ("serve", "enable", "research", "exit"):
            yield _item(tactic, ("tactics", "list", index))


def _points(document: Document, wanted: Callable[[Touchpoint], bool]) -> Iterator[Item]:
    for index, point in enumerate(document.plan.situation.touchpoints):
        if wanted(point):
            yield _item(point, ("situation", "touchpoints", index))


def unstaffed(document: Document) -> Iterator[Item]:
    """Yield places where people wait for an answer, while load, promise or hours are not all known."""
    promised = [point for point in document.plan.situation.touchpoints if point.promise is not None]
    for item in _points(
        document, lambda point: point.promise is not None or point.place in ("social", "phone", "email") or not promised
    ):
        point = document.plan.situation.touchpoints[int(item.path[2])]
        promise = point.promise
        if promise is None or None in (
            point.volume,
            point.handle_time,
            promise.first_response,
            promise.hours,
            point.staffed,
        ):
            yield item


def uncovered(document: Document) -> Iterator[Item]:
    """Yield promised places that fewer than two people cover."""
    covered = [name for person in document.plan.action.people for name in person.covers]
    yield from _points(document, lambda point: point.promise is not None and covered.count(point.id) < 2)


def unnoticed(document: Document) -> Iterator[Item]:
    """Yield places of which nobody wrote down what people notice there."""
    yield from _points(document, lambda point: "They notice:" not in (point.notes or ""))


def unlistened(document: Document) -> Iterator[Item]:
    """Yield places that others control and where nobody is said to listen."""
    yield from _points(document, lambda point: point.control in ("shared", "earned") and point.loop is None)


def undisclosed(document: Document) -> Iterator[Item]:
    """Yield tactics in which people may speak for us, as long as nobody said whether they get something for it."""
    for index, tactic in _growth(document.plan):
        if (tactic.intent == "advocate" and tactic.incentive is None) or (tactic.incentive and not tactic.disclosure):
            yield _item(tactic, ("tactics", "list", index))


def unmapped(document: Document) -> Iterator[Item]:
    """Yield the stages at which no touch point stands."""
    used = {point.stage for point in document.plan.situation.touchpoints}
    yield from (
        Item(stage, name=f"the stage “{stage}”", values={"stage": stage}) for stage in STAGES if stage not in used
    )


def poor(document: Document) -> Iterator[Item]:
    """Yield disappointing places that no tactic improves, with the weakness that was found there."""
    plan, known = document.plan, _levels(document.plan)
    improved = {name for tactic in plan.tactics.list for name in tactic.improves}
    serves = next((one.id for one in plan.objectives if one.type == "service"), None)
    segment = plan.situation.segments[0].id if len(plan.situation.segments) == 1 else None
    for index, point in enumerate(plan.situation.touchpoints):
        score = point.experience.score if point.experience else None
        if score is not None and score < POOR and point.id not in improved:
            label = point.name or point.id
            finding = next(
                (one.id for one in plan.situation.findings if (one.statement or "").startswith(f"{label}: ")), None
            )
            yield _item(
                point, ("situation", "touchpoints", index), finding=finding, serves=serves, segment=segment,
                level=known.get("customer_service"),
            )  # fmt: skip


def _channel_of(tactic: Tactic) -> str | None:
    return tactic.channels[0] if tactic.channels else None


def uncosted(document: Document) -> Iterator[Item]:
    """Yield programmes whose money or hours, or the cost of whose channel, nobody wrote down."""
    channels = {one.id: one for one in document.plan.situation.channels}
    for index, tactic in _growth(document.plan):
        channel = channels.get(_channel_of(tactic) or "")
        if tactic.budget is None or tactic.hours is None or (channel is not None and channel.cost is None):
            yield _item(tactic, ("tactics", "list", index), channel=_channel_of(tactic), owner=tactic.owner)


def uncounted(document: Document) -> Iterator[Item]:
    """Yield programmes that say of nothing how many of it they bring."""
    for index, tactic in _growth(document.plan):
        if not tactic.delivers and not tactic.expects:
            yield _item(tactic, ("tactics", "list", index))


def untracked(document: Document) -> Iterator[Item]:
    """Yield the steps that are not counted."""
    names = {one.id: one.name or one.id for one in document.plan.metrics}
    for index, step in enumerate(document.plan.tactics.bridge):
        if step.tracking is None:
            name = f"{names.get(step.from_, step.from_)} to {names.get(step.to, step.to)}"
            yield Item(f"{step.from_}-{step.to}", path=("tactics", "bridge", index), name=name)


def unmoneyed(document: Document) -> Iterator[Item]:
    """Yield programmes of whose channel nobody knows the sales."""
    plan = document.plan
    channels = {one.id: one for one in plan.situation.channels}
    events = [one.id for one in plan.metrics if one.value_event and one.worth is None]
    seen: set[str] = set()
    for index, tactic in _growth(plan):
        channel = channels.get(_channel_of(tactic) or "")
        if tactic.delivers and channel is not None and channel.sales is None and channel.id not in seen:
            seen.add(channel.id)
            yield _item(
                tactic, ("tactics", "list", index), channel=channel.id, event=events[0] if len(events) == 1 else None
            )


def unequipped(document: Document) -> Iterator[Item]:
    """Yield the teams that take a step of a programme over from another team without a handover."""
    plan = document.plan
    team_of = {one.id: one.id for one in plan.action.teams} | {
        one.id: one.team for one in plan.action.people if one.team
    }
    graph = Graph(plan, Amounts(plan))
    received = {one.to for one in plan.action.handovers}
    names = {one.id: one.name or one.id for one in plan.action.people}
    names |= {one.id: one.name or one.id for one in plan.action.teams}
    for _, tactic in _growth(plan):
        giver = team_of.get(tactic.owner or "", tactic.owner)
        states = {bet.metric for bet in graph.starts(tactic.id)}
        for step in plan.tactics.bridge:
            taker = team_of.get(step.owner or "", step.owner)
            if step.from_ in states and taker and taker != giver and taker not in received:
                received.add(taker)
                label = names.get(taker, taker)
                values: dict[str, Value] = {"from": giver, "to": taker, "metric": step.from_, "tactic": tactic.id}
                yield Item(taker, (f"{tactic.name or tactic.id}: {step.from_} go to {label}",), None, (), label, values)


def basket(document: Document) -> Iterator[Item]:
    """Yield one item that shows how much of the money each channel takes, the largest first."""
    amounts = Amounts(document.plan)
    names = {one.id: one.name or one.id for one in document.plan.situation.channels}
    money: dict[str, float] = {}
    for _, tactic in _growth(document.plan):
        budget = amounts.budget(tactic)
        for channel in tactic.channels or ("no channel",):
            money[channel] = money.get(channel, 0.0) + budget / max(1, len(tactic.channels))
    total = sum(money.values())
    if total:
        ranked = sorted(money.items(), key=lambda one: -one[1])
        yield Item("basket", tuple(f"{names.get(name, name)}: {100 * part / total:.0f} %" for name, part in ranked))


def broadcasting(document: Document) -> Iterator[Item]:
    """Yield programmes that speak to many at once and never to one person."""
    modes = {one.id: one.mode for one in document.plan.situation.channels}
    for index, tactic in _growth(document.plan):
        used = {modes.get(channel) for channel in tactic.channels}
        if used and "one_to_one" not in used:
            yield _item(tactic, ("tactics", "list", index))


def unpermitted(document: Document) -> Iterator[Item]:
    """Yield channels that speak to one person, without the permission to do so."""
    for index, channel in enumerate(document.plan.situation.channels):
        if channel.mode == "one_to_one" and channel.media != "person" and channel.basis in (None, "none"):
            yield _item(channel, ("situation", "channels", index))


def unjudged(document: Document) -> Iterator[Item]:
    """Yield the channels that tactics use, as long as no audit judged them."""
    used = {name for _, tactic in _growth(document.plan) for name in tactic.channels}
    for index, channel in enumerate(document.plan.situation.channels):
        if channel.id in used and (channel.verdict is None or channel.as_of is None):
            yield _item(channel, ("situation", "channels", index))


def unresulted(document: Document) -> Iterator[Item]:
    """Yield channels of which nobody wrote down what they bring and cost."""
    for index, channel in enumerate(document.plan.situation.channels):
        if channel.leads is None and channel.sales is None and channel.cost is None:
            yield _item(channel, ("situation", "channels", index))


def gaps(document: Document) -> Iterator[Item]:
    """Yield what the audit found and nothing in the plan answers: findings, and places where only a competitor is."""
    plan = document.plan
    accepted = {name for one in plan.control.decisions if one.choice == "accepted" for name in one.about}
    told = {(one.statement or "").lower() for one in plan.situation.findings}
    for index, finding in enumerate(plan.situation.findings):
        if finding.kind != "strength" and not finding.addressed_by and finding.id not in accepted:
            values: dict[str, Value] = {"kind": finding.kind or "threat", "statement": finding.statement or finding.id}
            yield Item(
                finding.id,
                (finding.statement or finding.id,),
                None,
                ("situation", "findings", index),
                finding.id,
                values,
            )
    ours = " ".join(f"{one.name or ''} {one.id}".lower() for one in (*plan.situation.channels, *plan.situation.venues))
    for rival in plan.situation.competitors:
        label = rival.name or rival.id
        for place in rival.channels:
            statement = f"{label} is seen in {place}; we are not"
            if place.split()[0].lower() not in ours and statement.lower() not in told:
                where: dict[str, Value] = {"kind": "threat", "statement": statement}
                yield Item(f"{rival.id}-{place.split()[0].lower()}", (f"{statement}.",), None, (), label, where)


AUDITED: dict[str, Callable[[Document], Iterator[Item]]] = {
    one.__name__: one
    for one in (
        unwritten, unfollowed, unexperienced, actless, inward, unserving, undriven, unaligned, placeless, valueless,
        worthless, untested, unstaffed, uncovered, unlistened, unnoticed, undisclosed, unmapped, poor, uncosted, uncounted, untracked,
        unmoneyed, unequipped, basket, broadcasting, unpermitted, unjudged, unresulted, gaps,
    )
}  # fmt: skip
"""The sources by name, as a record's `for_each` says them."""
