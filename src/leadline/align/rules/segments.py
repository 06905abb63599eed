"""AUD: is each segment known, and does the money go to those who come first, to those who stay, and to next year's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from leadline.align.case import Case, hours, share
from leadline.align.finding import ElementRef, Found, Mention, Skip
from leadline.align.ladder import levels_of
from leadline.align.rule import rule
from leadline.align.vocabulary import LEAVING, STAYING, plain, spotted, verbatim
from leadline.plan.model import Metric

FUNDED = 0.10  # house: who comes first or second gets a tenth at least (checks.md, AUD008)
LEAKY = 0.10  # house: one customer in ten is gone before the next is won (checks.md, AUD009)
KEEPS = frozenset({"retain", "expand"})  # checks.md, AUD009
MOSTLY = 0.80  # house: a fifth for those who buy later is little, none is a choice (checks.md, AUD010)
IN_MARKET = 0.10  # house; Dawes' example is 5 % in a quarter at a purchase every five years (checks.md, AUD010)
SPLITTING = 1e-9  # shares of a budget as floats: a tenth is a tenth


@rule(
    "AUD002",
    "thin-segment",
    level="warning",
    scope="local",
    reads=("situation.segments.size", "situation.segments.value", "situation.segments.need"),
)
def thin_segment(case: Case) -> Iterator[Found | Skip]:
    """A segment is a name: how many they are, what one is worth or what they need is missing.

    Why: right customer: without size and value nobody knows what winning them may cost, without their need nobody
    knows what to say.
    Source: point A.
    Fix: write the number even as a guess, and the need in their words.
    """
    for segment in case.plan.situation.segments:
        missing = tuple(key for key in ("size", "value", "need") if getattr(segment, key) is None)
        if missing:
            yield Found(
                path=case.path_of(segment.id),
                text="segment {segment} has no {missing}",
                values={"segment": segment.id, "missing": missing},
                tactics=tuple(name for name, tactic in case.growth.items() if segment.id in tactic.segments),
            )


@rule(
    "AUD008",
    "priority-unfunded",
    level="warning",
    scope="sums",
    reads=(
        "situation.segments.priority", "tactics.list.segments", "tactics.list.budget", "tactics.list.hours",
        "action.people.cost",
    ),
)  # fmt: skip
def priority_unfunded(case: Case, *, funded: float = FUNDED) -> Iterator[Found | Skip]:
    """A segment comes first or second, and gets little of what is spent.

    Spent are money and priced hours, as in the hundred; each tactic's are split evenly over its segments. What names no
    segment goes to none. A segment that gets a tenth of all hours from people who work for nothing (`cost: 0 EUR/h`) is
    not judged by money.

    Why: the budget is the strategy that is carried out; a priority without money is a word.
    Source: point A (right customer), point C (what serves no goal is a distraction).
    Thresholds: funded 0.10 of what growth tactics cost (house).
    Fix: move money or people's time to it, or give it the priority that the money says it has.
    """
    total = sum(case.costs[name].total for name in case.growth)
    if total <= 0:
        yield Skip("no growth tactic has a budget or priced hours")
        return
    spent, unpriced = case.once(segment_costs)
    given = case.once(given_hours)
    for segment in case.plan.situation.segments:
        money, free = spent.get(segment.id, 0.0), unpriced.get(segment.id, 0.0)
        if segment.priority not in (1, 2) or money / total >= funded - SPLITTING:
            continue
        if (
            given.get(segment.id, 0.0)
            >= funded * sum(case.amounts.hours_of(tactic) for tactic in case.growth.values())
            > 0
        ):
            yield Skip("people work for it for nothing, so money does not say what it gets", segment.id)
            continue
        yield Found(
            path=(*case.path_of(segment.id), "priority"),
            text="{segment} has priority {priority} and gets {share} of what is spent on growth ({money})",
            values={
                "segment": segment.id,
                "priority": segment.priority,
                "share": share(money / total),
                "money": case.money(money),
                "unpriced": hours(free) if free else None,
            },
            tactics=tuple(name for name, tactic in case.growth.items() if segment.id in tactic.segments),
            also="{unpriced} of people without a rate of pay are not in it" if free else "",
        )


def segment_costs(case: Case) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Return money with priced hours, and hours without a price, of growth tactics by segment, split evenly."""
    spent: dict[str, float] = defaultdict(float)
    unpriced: dict[str, float] = defaultdict(float)
    for name, tactic in case.growth.items():
        segments = tuple(dict.fromkeys(tactic.segments))
        for segment in segments:
            spent[segment] += case.costs[name].total / len(segments)
            unpriced[segment] += case.costs[name].unpriced_hours / len(segments)
    return spent, unpriced


def given_hours(case: Case) -> Mapping[str, float]:
    """Return the hours of growth tactics whose owner works for nothing (a rate of pay of 0), by segment, split evenly."""
    given: dict[str, float] = defaultdict(float)
    for tactic in case.growth.values():
        segments = tuple(dict.fromkeys(tactic.segments))
        for segment in segments if case.amounts.pay.get(tactic.owner or "") == 0 else ():
            given[segment] += case.amounts.hours_of(tactic) / len(segments)
    return given


@rule(
    "AUD009",
    "leaky-growth",
    level="note",
    scope="sums",
    reads=(
        "strategy.levels.direction", "tactics.list.intent", "tactics.list.budget", "metrics.name", "objectives.baseline",
    ),
)  # fmt: skip
def leaky_growth(case: Case, *, leaky: float = LEAKY) -> Iterator[Found | Skip]:
    """The organisation grows, customers are known to leave, and nothing is planned to keep them or sell them more.

    Customers leave where a rate named churn, lapse, cancellation or the like stands over 10 %, or one named retention
    or renewal under 90 %: by the latest reading, else by the baseline of an objective on it. No growth tactic with
    money or hours is there to retain or to expand.

    Why: what is won at the front runs out at the back, and the next customer costs more than the one who left.
    Source: Reichheld and Sasser, "Zero Defections", 1990; contested, Sharp ("How Brands Grow", 2010) finds that loyalty
    follows size and that growth comes mostly from new buyers, so it is a note.
    Thresholds: leaky 0.10 (house).
    Fix: find out why they leave and plan one tactic that keeps them, or say why it is right to let them go.
    """
    if not any(level.direction == "growth" for level in levels_of(case, "corporate")):
        return
    kept = [name for name, tactic in case.growth.items() if tactic.intent in KEEPS]
    if any(case.budgets[name] > 0 or case.amounts.hours_of(case.tactics[name]) > 0 for name in kept):
        return
    churn = {metric.id: rate for metric in case.plan.metrics if (rate := _churn(case, metric)) is not None}
    if not churn:
        yield Skip("no rate of customers who leave or stay is known")
        return
    worst = max(churn, key=lambda name: churn[name])
    money = case.money_of(tuple(case.acquiring))
    if churn[worst] > leaky:
        yield Found(
            path=case.path_of(worst),
            text="{churn} of the customers leave ({metric}); "
            + (
                "{money} go into winning new ones, nothing into keeping them"
                if money.value
                else "nothing is planned to keep them"
            ),
            values={"churn": share(churn[worst]), "metric": worst, "money": money if money.value else None},
            element=ElementRef("metric", worst),
            tactics=tuple(case.acquiring),
        )


def _churn(case: Case, metric: Metric) -> float | None:
    """Return the rate at which customers leave as a metric tells it, None where it tells none."""
    name = f"{metric.name or ''} {plain(metric.id)}"
    leaves, stays = bool(spotted(name, LEAVING)), bool(spotted(name, STAYING))
    if metric.unit != "%" or leaves == stays:
        return None
    readings = case.facts.readings.get(metric.id, ()) if case.facts else ()
    known = [value for day, value in readings if day <= case.as_of]
    known += [
        value
        for objective in case.plan.objectives
        if objective.metric == metric.id and objective.baseline is not None and not known
        if (value := case.amounts.in_metric(objective.baseline.value, metric.id)) is not None
    ]
    return None if not known else known[-1] if leaves else 1.0 - known[-1]


@rule(
    "AUD010",
    "in-market-only",
    level="note",
    scope="sums",
    reads=("tactics.list.intent", "tactics.list.budget", "situation.market.purchase_interval", "plan.window"),
)
def in_market_only(case: Case, *, mostly: float = MOSTLY, in_market: float = IN_MARKET) -> Iterator[Found | Skip]:
    """Nearly all the money is for people who buy now, and few of them do within the plan.

    If customers buy once in an interval, the plan's window divided by it is the part that buys within the window.

    Why: who buys next year chooses from those remembered then; who speaks to this year's buyers alone starts anew each
    year.
    Source: Dawes, "Advertising effectiveness and the 95-5 rule", 2021; contested: he calls it a way to think and not a
    law, purchases are not spread evenly, and that advertising to those who buy later pays was not measured by it.
    Thresholds: mostly 0.80 of the growth budget, in_market 0.10 of the customers (house).
    Fix: give a part of it to being remembered by those who buy later, or say why the few are enough.
    """
    market, window = case.plan.situation.market, case.plan.plan.window
    interval = case.amounts.days(market.purchase_interval) if market else None
    if not interval or window is None or window.days <= 0:
        yield Skip("the time between two purchases is not known")
        return
    if case.growth_budget <= 0:
        yield Skip("no growth tactic has a budget")
        return
    part = sum(case.budgets[name] for name in case.acquiring) / case.growth_budget
    buying = window.days / interval
    if part > mostly and buying < in_market:
        every = verbatim(market.purchase_interval) if market else ""
        yield Found(
            path=("situation", "market", "purchase_interval"),
            text=f"{{acquiring_share}} of the money is for people who buy now; of customers who buy once in {every}, "
            "{in_market} do so within the plan",
            values={"acquiring_share": share(part), "in_market": share(buying)},
            tactics=tuple(case.acquiring),
            related=(Mention(("plan", "window"), "the plan's window"),),
        )
