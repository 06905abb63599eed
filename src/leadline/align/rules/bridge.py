"""BRG: does every tactic lead to a sale, by steps that are owned, tracked, believable and counted once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leadline.align.case import EXEMPT, Case, hours, share
from leadline.align.finding import ElementRef, Figure, Found, Skip, say
from leadline.align.inflow import weekly_inflow
from leadline.align.routes import (
    carried,
    chain_metrics,
    ends_from,
    sells_from,
    step_name,
    team_changes,
    touched_metrics,
    using,
    walking,
    written_steps,
)
from leadline.align.rule import rule

CARRIES = 0.20  # house: a bet that carries a fifth of an objective is worth a source (checks.md, BRG005)
NEEDS_A_WAY = frozenset({"retain", "advocate", "build"})  # checks.md, BRG001: intents that may work through others
SPEAKS_FIRST = frozenset({"acquire", "convert", "expand", "reactivate", "build", "retain", "advocate"})  # BRG006
PERSON_KEYED = ("stage:", "orders.", "consent:")  # evidence.md: sources whose rows belong to a person
SOURCE = re.compile(
    r"stage:.+|orders\.(count|net|margin|customers)|metric:.+|touches:.+|posts\..+|response\.p(50|90)|consent:.+"
)
STEPS = ("tactics.bridge.from", "tactics.bridge.to", "tactics.list.bridge.from", "tactics.list.bridge.to")
CHAINS = (*STEPS, "tactics.list.delivers.metric", "tactics.list.expects.metric", "metrics.value_event")
RATES = ("tactics.bridge.rate", "tactics.list.bridge.rate")


@rule(
    "BRG001", "no-bridge", level="error", scope="links", reads=(*CHAINS, "tactics.list.intent", "tactics.list.enables")
)
def no_bridge(case: Case) -> Iterator[Found | Skip]:
    """A tactic that should sell delivers nothing that could become a sale.

    Acquiring tactics deliver something. Tactics that retain, advocate or build deliver something, or expect a metric
    to move that leads to a value event, or enable a tactic that does.

    Why: if an activity generates no sale, what is it for? The bridge to the sale is built step by step, or not at all.
    Source: points A and E.
    Fix: name the next step a person takes (`delivers`), or the tactic it works through (`enables`).
    """
    for name, tactic in case.growth.items():
        if any(bet.metric for bet in tactic.delivers):
            continue
        if tactic.delivers:
            continue  # delivers without a metric is BRG011
        builds_nothing = tactic.intent in NEEDS_A_WAY and not tactic.enables and not case.graph.sells(name)
        if name in case.acquiring or builds_nothing:
            yield Found(
                path=case.path_of(name),
                text="tactic {tactic} spends {money} and delivers nothing that leads to a sale",
                values={"tactic": name, "money": case.money_of((name,))},
            )


@rule("BRG002", "broken-bridge", level="error", scope="links", reads=CHAINS)
def broken_bridge(case: Case) -> Iterator[Found | Skip]:
    """What a tactic delivers leads to no value event: the bridge ends in the water.

    A missing shared step is one finding that lists every tactic it cuts off. Tactics that serve, enable or research
    may deliver what is no part of the bridge.

    Why: engagement is not a sale; the way from one to the other has to be written down to be believed or measured.
    Source: point E.
    Fix: add the step from the last state on.
    """
    cut: dict[str, list[tuple[str, int]]] = {}
    for name, tactic in case.growth.items():
        if tactic.intent in EXEMPT:
            continue
        for index, bet in enumerate(tactic.delivers):
            if bet.metric is None or case.metric(bet.metric) is None or sells_from(case, name, metric=bet.metric):
                continue
            for last in ends_from(case, name, metric=bet.metric):
                cut.setdefault(last, []).append((name, index))
    for last, where in cut.items():
        tactics = tuple(dict.fromkeys(name for name, _ in where))
        first, index = where[0]
        alone = len(tactics) == 1
        yield Found(
            path=(*case.path_of(first), "delivers", index) if alone else case.path_of(last),
            text="the way to a sale ends at {last_state}; it cuts off {tactics} ({money})",
            values={"last_state": last, "tactics": tactics, "money": case.money_of(tactics)},
            element=ElementRef("tactic", first) if alone else ElementRef("metric", last),
            tactics=tactics,
            fix="add the step from {last_state} to a value event, with rate, lag, owner and tracking",
        )


@rule(
    "BRG003",
    "untracked-step",
    level="warning",
    scope="local",
    reads=("tactics.bridge.tracking", "tactics.list.bridge.tracking"),
)
def untracked_step(case: Case) -> Iterator[Found | Skip]:
    """A step of the bridge does not say how it is tracked.

    Why: the effect of engagement on the business is only known where the step leaves a trace.
    Source: point E (track the effect).
    Fix: name the code, the stage in the CRM or the question that records it.
    """
    for step in written_steps(case):
        if not step.tracking:
            name = step_name(step)
            yield Found(
                path=step.path,
                text="step {step} leaves no trace: nothing says how it is tracked",
                values={"step": name},
                element=ElementRef("step", name),
                tactics=walking(case, step),
            )


@rule(
    "BRG004",
    "unowned-handover",
    level="warning",
    scope="links",
    reads=(*CHAINS, "tactics.bridge.owner", "tactics.list.owner", "action.people.team", "action.handovers"),
)
def unowned_handover(case: Case) -> Iterator[Found | Skip]:
    """On the way to the sale the work passes from one team to another, and nobody has agreed how.

    Walked are the chains up to the first value event, beginning with the owner of the tactic; a change of the
    owner's team needs a handover with the same teams and the same metric.

    Why: leads die between teams; the teams that face customers must be equipped to act on every opportunity.
    Source: point A.
    Fix: add the handover: definition, capacity, promise, briefing.
    """
    if not case.plan.action.teams and not any(person.team for person in case.plan.action.people):
        yield Skip("no teams")
        return
    written = {
        (case.team_of.get(one.from_ or "", one.from_), case.team_of.get(one.to or "", one.to), one.metric)
        for one in case.plan.action.handovers
    }
    missing: dict[tuple[str, str, str], list[str]] = {}
    for name in case.growth:
        for change in team_changes(case, name):
            if change not in written:
                missing.setdefault(change, []).append(name)
    for (before, after, metric), tactics in missing.items():
        names = tuple(dict.fromkeys(tactics))
        if not case.in_focus(metric, case.path_of(metric), tactics=names):
            continue  # the weekly inflow is the dearest number of the local and link rules
        yield Found(
            path=case.path_of(metric),
            text="{metric} passes from {from_team} to {to_team}, up to {per_week} a week, without a handover",
            values={
                "from_team": before,
                "to_team": after,
                "metric": metric,
                "per_week": case.in_unit_of(metric, weekly_inflow(case, metric).peak),
            },
            element=ElementRef("metric", metric),
            tactics=names,
        )


@rule(
    "BRG005",
    "rate-without-source",
    level="warning",
    scope="sums",
    reads=(
        *CHAINS,
        *RATES,
        "tactics.list.delivers",
        "tactics.list.expects",
        "objectives.target",
        "objectives.baseline",
    ),
)
def rate_without_source(case: Case, *, carries: float = CARRIES) -> Iterator[Found | Skip]:
    """A guess carries much of an objective.

    A bet without a method counts as a guess; a bare number is widened to half and double. The share is what passes
    through the bet at base, without time limit, over what the objective needs; the largest over all objectives.

    Why: a plan is as good as the guess it rests on, and this one is worth a look at the data or a test.
    Source: checks.md section 3 (evidence coverage).
    Thresholds: carries 0.20 (house).
    Fix: find a source for it (own records, a benchmark, a person who knows), or plan a test that settles it.
    """
    for bet_id, found in sorted(case.once(carried).items()):
        bet = case.bets[bet_id]
        if bet.method != "guess" or found.share <= carries or bet.belief is None:
            continue
        unit = bet_unit(case, bet_id)
        widened = tuple(Figure(value, unit) for value in (bet.belief.low, bet.belief.base, bet.belief.high))
        is_bare = bet.written is not None and bet.written.is_bare
        also = f"a bare number is no certainty: it counts as {_range(case, widened)}" if is_bare else ""
        yield Found(
            path=bet.path,
            text=f"{{share}} of what {found.objective} needs rests on {{bet}}, a guess",
            values={"bet": bet_id, "share": share(found.share)},
            element=case.bet(bet_id),
            tactics=using(case, bet),
            also=also,
        )


@rule(
    "BRG006",
    "broadcast-dead-end",
    level="warning",
    scope="links",
    reads=(*CHAINS, "tactics.list.channels", "tactics.list.enables", "situation.channels.mode", "metrics.source"),
)
def broadcast_dead_end(case: Case) -> Iterator[Found | Skip]:
    """A tactic speaks to many at once, and nothing that follows gives anybody a name.

    A metric names people where its source belongs to a person: `stage:`, `orders.`, `consent:`. Looked at are the
    chains of the tactic and of those it enables.

    Why: permission is an asset; move from broadcast to a dialogue with one.
    Source: points B and E.
    Fix: add a state that names people on the way: an opt-in, an enquiry, an order.
    """
    for name, tactic in case.growth.items():
        channels = [case.channels.get(channel) for channel in tactic.channels]
        if (
            tactic.intent not in SPEAKS_FIRST
            or not channels
            or any(one is None or one.mode != "broadcast" for one in channels)
        ):
            continue
        sources = [_source(case, metric) for metric in touched_metrics(case, name)]
        if any(source.startswith(PERSON_KEYED) for source in sources):
            continue
        yield Found(
            path=(*case.path_of(name), "channels"),
            text="tactic {tactic} only broadcasts ({channels}, {money}), and no step after it names a person",
            values={"tactic": name, "channels": tuple(tactic.channels), "money": case.money_of((name,))},
        )


@rule(
    "BRG009", "value-event-without-worth", level="error", scope="local", reads=("metrics.value_event", "metrics.worth")
)
def value_event_without_worth(case: Case) -> Iterator[Found | Skip]:
    """A value event has no worth: money per unit over `plan.worth_horizon` (12 months if nothing is said).

    A mission event takes the money that a funder or the organisation puts on one.

    Why: without it nothing in the plan pays or fails to pay.
    Source: product.md; checks.md section 1.
    Fix: state its contribution margin as low..base..high.
    """
    for metric in case.plan.metrics:
        if metric.value_event and metric.worth is None:
            yield Found(
                path=case.path_of(metric.id),
                text="{metric} is a value event, and nobody says what one is worth",
                values={"metric": metric.id},
            )


@rule(
    "BRG011",
    "delivers-without-count",
    level="error",
    scope="local",
    reads=("tactics.list.delivers", "tactics.list.expects"),
)
def delivers_without_count(case: Case) -> Iterator[Found | Skip]:
    """A bet of a tactic lacks its metric or its number.

    Why: a bet needs a number, or nobody can win or lose it.
    Source: plan.md, Bets.
    Fix: write metric and count (or change) as low..base..high.
    """
    for name, tactic in case.tactics.items():
        path = case.path_of(name)
        for index, bet in enumerate(tactic.delivers):
            if bet.metric is None or bet.count is None:
                what = "metric" if bet.metric is None else "count"
                yield Found(
                    path=(*path, "delivers", index),
                    text=f"{{tactic}} delivers something without a {what}",
                    values={"tactic": name},
                )
        for index, change in enumerate(tactic.expects):
            if change.metric is None or change.change is None:
                what = "metric" if change.metric is None else "change"
                yield Found(
                    path=(*path, "expects", index),
                    text=f"{{tactic}} expects something without a {what}",
                    values={"tactic": name},
                )


@rule("BRG012", "enables-nothing", level="error", scope="links", reads=(*CHAINS, "tactics.list.enables"))
def enables_nothing(case: Case) -> Iterator[Found | Skip]:
    """A tactic works only through others, and none of those reaches a sale.

    Why: bets must land; help for what leads nowhere leads nowhere.
    Source: plan.md, Bets (`enables` must reach a tactic that has a bridge).
    Fix: enable a tactic that sells, or build the bridge of those it enables.
    """
    for name, tactic in case.growth.items():
        if not tactic.enables or any(case.graph.sells(other) for other in case.graph.enabled_by(name)):
            continue
        enabled = tuple(dict.fromkeys(link.ref for link in tactic.enables))
        yield Found(
            path=(*case.path_of(name), "enables"),
            text="{tactic} ({money}, {hours}) enables only {enables}, and that reaches no sale",
            values={
                "tactic": name,
                "enables": enabled,
                "money": case.money_of((name,)),
                "hours": hours(case.amounts.hours_of(tactic)),
            },
        )


@rule("BRG014", "bet-nobody-can-settle", level="warning", scope="links", reads=(*CHAINS, "metrics.source"))
def bet_nobody_can_settle(case: Case) -> Iterator[Found | Skip]:
    """A metric on the way to the sale has no source that evidence could answer.

    Known forms: `stage:<state>`, `orders.count` (net, margin, customers), `metric:<name>`, `touches:<event>`,
    `posts.<measure>`, `response.p50`, `response.p90`, `consent:<purpose>`.

    Why: a bet that no data can settle is never won or lost.
    Source: product.md; evidence.md for the forms.
    Fix: give the metric a source, or replace it by one that can be counted.
    """
    touching: dict[str, list[str]] = {}
    for name in case.growth:
        for metric in chain_metrics(case, name):
            if not SOURCE.fullmatch(_source(case, metric)):
                touching.setdefault(metric, []).append(name)
    for metric, tactics in touching.items():
        source = _source(case, metric)
        path = case.path_of(metric)
        yield Found(
            path=(*path, "source") if source else path,
            text="{metric} is on the way to a sale ({money}), and no data can count it: "
            + ("its source {source} is no form of query" if source else "it has no source"),
            values={"metric": metric, "source": source or None, "money": case.money_of(tuple(tactics))},
            tactics=tuple(tactics),
        )


def bet_unit(case: Case, bet_id: str) -> str:
    """Return the unit a bet's numbers have in a document."""
    bet = case.bets[bet_id]
    if bet.belief is not None and bet.belief.scale == "share":
        return "share"
    return case.in_unit_of(bet.metric, 0.0, change=bet.kind == "expects").unit


def _range(case: Case, figures: tuple[Figure, ...]) -> str:
    return "..".join(say(figure, currency=case.currency) for figure in figures)


def _source(case: Case, metric: str) -> str:
    found = case.metric(metric)
    return (found.source or "") if found else ""
