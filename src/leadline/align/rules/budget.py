"""BUD: does the money add up, does it pay, is some of it kept back. How it is spread over media and months: `spread.py`."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator

from leadline.align.case import Case, hours, share
from leadline.align.finding import ElementRef, Figure, Found, Skip
from leadline.align.rule import rule
from leadline.align.scores import traced_spend

TOP_SHARE = 0.50  # house: half of all money in one channel is a single basket (checks.md, BUD002)
TOP_HHI = 0.40  # house: merger guidelines of 2010 call 0.25 highly concentrated, a plan is allowed more
MIN_BUDGET = 25_000  # house, plan currency: below it, and with few tactics, one channel is all one can do
MIN_TRACED = 0.80  # house: a fifth may be on trial (checks.md, BUD005)
HALF_TRACED = 0.50  # house: when most of the money is untraced the plan is no plan (checks.md, BUD005)
KNOWN_ENOUGH = 0.20  # house: one in five (checks.md, BUD010)
ROUNDING = 1e-9  # relative; sums of amounts as written
MIN_RESERVE = 0.03  # house: less does not pay for one surprise (checks.md, BUD008)
MAX_IDLE = 0.25  # house: a quarter without a task is no reserve any more (checks.md, BUD011)
MAX_RUN = 0.40  # house: with more than that the plan mostly keeps the lights on (checks.md, BUD012)
MIN_TACTICS = 3  # house: with more growth tactics than this the money could be spread


@rule(
    "BUD002",
    "single-basket",
    level="warning",
    scope="sums",
    reads=("tactics.list.budget", "tactics.list.channels", "tactics.list.intent"),
)
def single_basket(
    case: Case,
    *,
    top_share: float = TOP_SHARE,
    top_hhi: float = TOP_HHI,
    min_budget: float = MIN_BUDGET,
    min_tactics: float = MIN_TACTICS,
) -> Iterator[Found | Skip]:
    """Most of the money sits in one channel.

    The budget of each growth tactic is split evenly over its channels; "no channel" counts as one channel. The rule
    compares the largest share and the sum of squared shares (Herfindahl-Hirschman index, 0 to 1) with two limits.

    Why: a single channel that changes its prices or its rules takes the whole plan with it (do not bet on one basket).
    Source: point E; U.S. Horizontal Merger Guidelines 2010, section 5.3, for the scale of the index.
    Thresholds: top_share 0.50, top_hhi 0.40, min_budget 25000 (plan currency), min_tactics 3: all house.
    Fix: move money to a second channel that reaches the same segments.
    """
    money = case.channel_money
    total = math.fsum(money.values())
    if not money:
        yield Skip("no growth tactic has a budget")
        return
    if total <= min_budget and len(case.growth) <= min_tactics:
        return
    largest = max(money, key=lambda channel: (money[channel], channel))
    hhi = sum((amount / total) ** 2 for amount in money.values())
    if money[largest] / total <= top_share and hhi <= top_hhi:
        return
    tactics = tuple(name for name, tactic in case.growth.items() if largest in (tactic.channels or ("",)))
    yield Found(
        path=case.path_of(largest) if largest else case.path_of(tactics[0]),
        text=f"{'{channel} takes {share} of the growth budget' if largest else '{share} of the growth budget names no channel'}"
        " (concentration {hhi} on a scale to 1)",
        values={"channel": largest or "no channel", "share": share(money[largest] / total), "hhi": round(hhi, 4)},
        element=ElementRef("channel", largest) if largest else ElementRef("tactic", tactics[0]),
        tactics=tactics,
    )


@rule("BUD001", "overspent", level="error", scope="sums", reads=("plan.budget", "tactics.list.budget"))
def overspent(case: Case) -> Iterator[Found | Skip]:
    """The budgets of the tactics add up to more than the plan has.

    Why: money, men and minutes are given; a plan that spends more than it has is no plan.
    Source: Situation to Control; the 3Ms (men, money, minutes).
    Fix: cut a tactic, or have the budget raised before the plan is approved.
    """
    budget = case.amounts.money(case.plan.plan.budget)
    if budget is None:
        yield Skip("the plan has no budget")
        return
    total = sum(case.budgets.values())
    if total > budget * (1 + ROUNDING):
        yield Found(
            path=("plan", "budget"),
            text="the tactics spend {sum} of {budget}: {excess} too much",
            values={"sum": case.money(total), "budget": case.money(budget), "excess": case.money(total - budget)},
            tactics=tuple(case.tactics),
        )


@rule(
    "BUD005",
    "low-traced-spend",
    level="warning",
    scope="sums",
    reads=(
        "tactics.list.budget",
        "tactics.list.serves",
        "tactics.list.enables",
        "objectives.serves",
        "strategy.levels.parent",
    ),
)
def low_traced_spend(
    case: Case, *, min_traced: float = MIN_TRACED, half_traced: float = HALF_TRACED
) -> Iterator[Found | Skip]:
    """Much of the growth budget is not traced: it serves no corporate strategy, or reaches no sale.

    Traced spend is the budget of growth tactics with an unbroken path of `serves` to a corporate strategy and a value
    event on their chains, or on those of tactics they enable. Running cost stands outside. Under 50 % it is an error.

    Why: anything that serves no goal is a distraction.
    Source: point C; a vendor survey of 544 marketers (2021) found that 31 % put 60 % or more of their budget behind
    their goals.
    Thresholds: min_traced 0.80, half_traced 0.50: house.
    Fix: link the largest untraced tactic, mark it `run`, or park it under ideas.
    """
    score = traced_spend(case)
    if score.value is None:
        yield Skip(score.reason or "no budget")
        return
    if score.value < min_traced:
        yield Found(
            path=("tactics", "list"),
            text="{traced} of the growth budget is traced; {untraced_money} is not ({tactics})",
            values={
                "traced": share(score.value),
                "untraced_money": case.money(score.total - score.traced),
                "tactics": score.untraced,
            },
            level="error" if score.value < half_traced else "warning",
            tactics=score.untraced,
        )


@rule(
    "BUD006",
    "does-not-pay",
    level="warning",
    scope="sums",
    reads=(
        "tactics.list.budget", "tactics.list.hours", "action.people.cost", "tactics.list.delivers", "metrics.worth",
        "tactics.bridge.rate", "tactics.list.bridge.rate", "tactics.bridge.from", "tactics.bridge.to",
    ),
)  # fmt: skip
def does_not_pay(case: Case) -> Iterator[Found | Skip]:
    """An acquiring tactic costs more than it is believed to bring.

    It brings the worth of every value event on its chains: count times rates times worth at base, without a limit of
    time (a loop: the generations up to the end of the window). It costs its budget and the priced hours of its owner.
    The break-even rate is the share of what it delivers that would have to become value events.

    Why: are there volumes that warrant the expense?
    Source: point E.
    Fix: deliver more for the money, cut it, or call it a test and say what it is to teach.
    """
    for name in case.acquiring:
        cost = case.costs[name].total
        if cost <= 0:
            continue
        brings = case.graph.brings(name)
        if brings is None:
            yield Skip("a value event or a bet on its way has no usable number", name)
        elif brings < cost:
            rate = _sale_rate(case, name)
            even = None if rate is None or brings <= 0 else share(rate * cost / brings)
            yield Found(
                path=(*case.path_of(name), "budget"),
                text="{tactic} is believed to bring {brings} and costs {costs}",
                values={
                    "tactic": name,
                    "brings": case.money(brings),
                    "costs": case.money(cost),
                    "break_even_rate": even,
                },
                fix="it pays once {break_even_rate} of what it delivers becomes a sale; raise that, cut the cost, or call it a test"
                if even
                else "nothing it delivers becomes a sale; build the bridge, or call it a test",
            )


def _sale_rate(case: Case, tactic: str) -> float | None:
    """Return value events reached over units delivered, at base; None without a delivery."""
    delivered = reached = 0.0
    for start in case.graph.starts(tactic):
        if start.kind != "delivers" or start.base is None:
            continue
        delivered += start.base
        for metric, walks in case.graph.walks(start.metric, tactic).to.items():
            if case.graph.is_value_event.get(metric, False):
                reached += sum(start.base * (walk.rate or 0.0) for walk in walks if walk.is_simple)
    return reached / delivered if delivered > 0 else None


@rule(
    "BUD010",
    "social-alone",
    level="warning",
    scope="sums",
    reads=("tactics.list.channels", "situation.channels.venues", "situation.venues.kind", "objectives.baseline"),
)
def social_alone(case: Case, *, known_enough: float = KNOWN_ENOUGH) -> Iterator[Found | Skip]:
    """Everywhere the plan meets people is a social network, and few know the organisation.

    Awareness is the baseline of an objective of type awareness, or of one whose metric is so called; none is unknown.

    Why: on a social network those who know you talk; strangers are met elsewhere (do not bet on a single basket).
    Source: point E.
    Thresholds: known_enough 0.20 (house).
    Fix: add a place where strangers are: search, press, an event, a partner.
    """
    kinds = {venue.id: venue.kind for venue in case.plan.situation.venues}
    used = [case.channels[name] for tactic in case.growth.values() for name in tactic.channels if name in case.channels]
    venues = tuple(dict.fromkeys(venue for channel in used for venue in channel.venues if venue in kinds))
    if not venues:
        yield Skip("no channel of a growth tactic has a venue")
        return
    if any(kinds[venue] != "social" for venue in venues):
        return
    awareness = _awareness(case)
    if awareness is None or awareness < known_enough:
        known = "{awareness} know you" if awareness is not None else "nobody has counted who knows you"
        concerned = tuple(name for name, tactic in case.growth.items() if tactic.channels)
        yield Found(
            path=("situation", "venues"),
            text=f"the plan meets people only in {{venues}}, all social, and {known}",
            values={"venues": venues, "awareness": None if awareness is None else share(awareness)},
            tactics=concerned,
        )


def _awareness(case: Case) -> float | None:
    for objective in case.plan.objectives:
        metric = case.metric(objective.metric)
        is_awareness = objective.type == "awareness" or (metric is not None and "aware" in metric.id)
        if is_awareness and metric is not None and objective.baseline is not None and metric.unit == "%":
            return case.amounts.in_metric(objective.baseline.value, metric.id)
    return None


@rule(
    "BUD007",
    "labour-omitted",
    level="warning",
    scope="local",
    reads=("tactics.list.hours", "tactics.list.owner", "action.people.cost"),
)
def labour_omitted(case: Case) -> Iterator[Found | Skip]:
    """Hours are planned whose price nobody knows, so the tactics look cheaper than they are.

    Hours of a tactic are priced by the cost of its owner. One finding per owner; hours of tactics without an owner are
    one finding at each tactic. A cost of 0 is a price: somebody else pays.

    Why: men, money and minutes; social media is called free only by those who do not count the hours.
    Source: points D6 and E (validate the resources it takes); the 3Ms of planning.
    Fix: write what an hour of that person costs (`cost: 48 EUR/h`), all on-costs included.
    """
    unpriced: dict[str, list[str]] = {}
    for name, tactic in case.tactics.items():
        if case.costs[name].unpriced_hours > 0:
            unpriced.setdefault(tactic.owner or f"\0{name}", []).append(name)
    others = [rate for rate in case.amounts.pay.values() if rate > 0]  # who works for nothing is no measure of the rest
    people = {person.id for person in case.plan.action.people}
    for owner, names in unpriced.items():
        tactics, work = tuple(names), sum(case.costs[name].unpriced_hours for name in names)
        known = None if owner.startswith("\0") else owner
        rate = statistics.median(others) if others else None
        yield Found(
            path=case.path_of(owner)
            if owner in people
            else (*case.path_of(min(names)), *(("owner",) if known else ())),
            text=("{owner} works" if known else "somebody works") + " {hours} for {tactics}, and no hour has a price",
            values={
                "owner": known,
                "hours": hours(work),
                "tactics": tactics,
                "rate": None if rate is None else Figure(rate, f"{case.currency}/h"),
                "labour": None if rate is None else case.money(rate * work),
            },
            fix=_price(case, known, is_guessable=rate is not None),
            tactics=tactics,
        )


def _price(case: Case, owner: str | None, *, is_guessable: bool) -> str:
    """Return where the price of an hour is written: at a person, so a team or a free name needs one first."""
    guess = "; at {rate}, the middle of the others, it adds {labour}" if is_guessable else ""
    if owner in {team.id for team in case.plan.action.teams}:
        return "name a person of {owner} as owner, and write what an hour of theirs costs" + guess
    if owner is not None and owner not in case.elements:
        return "list {owner} under `action.people` with what an hour costs" + guess
    if owner is None:
        return "name an owner, and write what an hour of theirs costs" + guess
    return "write the cost of an hour" + guess if is_guessable else ""


@rule("BUD008", "no-reserve", level="note", scope="sums", reads=("plan.budget", "tactics.list.budget"))
def no_reserve(case: Case, *, min_reserve: float = MIN_RESERVE) -> Iterator[Found | Skip]:
    """The tactics take all the money, so nothing is left for what nobody foresaw.

    The reserve is the plan's budget less the budgets of all tactics. Of a plan that is overspent BUD001 speaks.

    Why: a plan is answered by customers and competitors; what is learnt in spring needs money in summer.
    Source: contingency reserve (project management; PMBOK Guide, cost management); point D6 (real-time).
    Thresholds: min_reserve 0.03 of the budget (house).
    Fix: keep part of the largest budget back until its first result is in.
    """
    budget = case.amounts.money(case.plan.plan.budget)
    if budget is None or budget <= 0:
        yield Skip("the plan has no budget")
        return
    reserve = budget - sum(case.budgets.values())
    if -ROUNDING * budget <= reserve < (min_reserve - ROUNDING) * budget:
        largest = max(case.budgets, key=lambda name: (case.budgets[name], name))
        yield Found(
            path=("plan", "budget"),
            text="{reserve} of {budget} is kept back ({share})",
            values={
                "reserve": case.money(max(reserve, 0.0)),
                "budget": case.money(budget),
                "share": share(max(reserve, 0.0) / budget),
                "missing": case.money(min_reserve * budget - max(reserve, 0.0)),
                "largest": largest,
            },
            fix="keep {missing} more back, for instance of {largest} until its first result is in",
            tactics=tuple(case.tactics),
        )


@rule("BUD011", "unallocated", level="note", scope="sums", reads=("plan.budget", "tactics.list.budget"))
def unallocated(case: Case, *, max_idle: float = MAX_IDLE) -> Iterator[Found | Skip]:
    """Much of the money is in no tactic.

    Why: money without a task is either missing from the plan or not needed; both should be said before it is asked for.
    Source: the 3Ms of planning; traceability (where does each 100 go?).
    Thresholds: max_idle 0.25 of the budget (house).
    Fix: plan what it is for, or ask for less; a reserve of a few per cent is enough.
    """
    budget = case.amounts.money(case.plan.plan.budget)
    if budget is None or budget <= 0:
        yield Skip("the plan has no budget")
        return
    idle = budget - sum(case.budgets.values())
    if idle > (max_idle + ROUNDING) * budget:
        short = [one for one in case.coverage.values() if one.naive_share is not None and one.naive_share < 1.0]
        first = min(short, key=lambda one: (one.naive_share or 0.0, one.objective)).objective if short else None
        yield Found(
            path=("plan", "budget"),
            text="{idle} of {budget} is in no tactic ({share})",
            values={
                "idle": case.money(idle),
                "budget": case.money(budget),
                "share": share(idle / budget),
                "short": first,
            },
            fix="plan a tactic for {short}, which falls short, or ask for less money" if first else "",
        )


@rule(
    "BUD012",
    "run-heavy",
    level="warning",
    scope="sums",
    reads=("tactics.list.budget", "tactics.list.hours", "tactics.list.intent", "action.people.cost"),
)
def run_heavy(case: Case, *, max_run: float = MAX_RUN) -> Iterator[Found | Skip]:
    """Running cost takes much of what the plan spends.

    Cost is budget and priced hours of tactics of intent `run` over that of all tactics.

    Why: running cost serves no objective and stands outside the hundred; work that is hidden there is never judged.
    Source: point C (anything that serves no goal is a distraction).
    Thresholds: max_run 0.40 (house).
    Fix: give the largest of them an objective to serve, or cut it.
    """
    total = sum(cost.total for cost in case.costs.values())
    if total <= 0:
        yield Skip("no tactic has a budget or priced hours")
        return
    run = {name: case.costs[name].total for name in case.tactics if name not in case.growth}
    if sum(run.values()) > (max_run + ROUNDING) * total:
        tactics = tuple(sorted(run, key=lambda name: (-run[name], name)))
        yield Found(
            path=case.path_of(tactics[0]),
            text="{run} of {total} is running cost ({share}): {tactics}",
            values={
                "run": case.money(sum(run.values())),
                "total": case.money(total),
                "share": share(sum(run.values()) / total),
                "tactics": tactics,
                "largest": tactics[0],
            },
            fix="give {largest} an objective to serve and judge it with the others, or cut it",
            element=ElementRef("plan", case.plan.plan.id),
            tactics=tactics,
        )
