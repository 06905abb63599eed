"""BUD: does the money add up, is it spread, does it pay."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.align.case import Case, share
from leadline.align.finding import ElementRef, Found, Skip
from leadline.align.rule import rule
from leadline.align.scores import traced_spend

TOP_SHARE = 0.50  # house: half of all money in one channel is a single basket (checks.md, BUD002)
TOP_HHI = 0.40  # house: merger guidelines of 2010 call 0.25 highly concentrated, a plan is allowed more
MIN_BUDGET = 25_000  # house, plan currency: below it, and with few tactics, one channel is all one can do
MIN_TRACED = 0.80  # house: a fifth may be on trial (checks.md, BUD005)
HALF_TRACED = 0.50  # house: when most of the money is untraced the plan is no plan (checks.md, BUD005)
KNOWN_ENOUGH = 0.20  # house: one in five (checks.md, BUD010)
ROUNDING = 1e-9  # relative; sums of amounts as written
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
    total = sum(money.values())
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
        text="{channel} takes {share} of the growth budget (concentration {hhi} on a scale to 1)",
        values={"channel": largest or "no channel", "share": share(money[largest] / total), "hhi": round(hhi, 4)},
        element=ElementRef("channel", largest or "no channel"),
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
