"""BRG: is everybody counted once, does no loop grow without end, is not more claimed than anybody would believe."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from leadline.align.case import Case, count, days, share
from leadline.align.finding import ElementRef, Found, Mention, Skip
from leadline.align.routes import alike, branches, step_name, turns, walking, ways
from leadline.align.rule import rule
from leadline.plan.bets import Bet, ResolvedStep

ROUNDING = 1e-9  # of sums of rates as written: 0.27 + 0.73 is all, not more
MAX_YIELD = 1.0  # a loop that returns as much as went in grows without end (checks.md, BRG015)
MAX_YIELD_P95 = 1.5  # house: the same for what is just still believed (checks.md, BRG015)
MAX_CLAIM = 1.50  # house: half as much again is a reserve, more is a doubt (checks.md, BRG008)
STEPS = ("tactics.bridge.from", "tactics.bridge.to", "tactics.list.bridge.from", "tactics.list.bridge.to")
CHAINS = (*STEPS, "tactics.list.delivers.metric", "tactics.list.expects.metric", "metrics.value_event")
RATES = ("tactics.bridge.rate", "tactics.list.bridge.rate")


@rule(
    "BRG010",
    "counted-twice",
    level="error",
    scope="links",
    reads=(*CHAINS, *RATES, "tactics.list.enables", "tactics.list.segments"),
)
def counted_twice(case: Case) -> Iterator[Found | Skip]:
    """The same people are counted twice.

    Three ways: one tactic delivers a state and another that lies downstream of it on its own chain; a share step
    stands beside a longer way of share steps between the same two states; a tactic and one it enables deliver the
    same metric to the same segment with equal counts. Yields are no people, and a way round a loop is a new turn.

    Why: a planned effect counts once per path, or the plan grows on paper alone.
    Source: Uptempo's planning model (planned effect once per path).
    Fix: keep one of the two.
    """
    yield from _delivered_downstream(case)
    yield from _shortcuts(case)
    yield from _enabled_doubles(case)


def _delivered_downstream(case: Case) -> Iterator[Found]:
    for name in case.growth:
        delivered = {
            bet.metric: bet for bet in case.graph.starts(name) if bet.kind == "delivers" and bet.base is not None
        }
        for pair in itertools.combinations(delivered, 2):
            found = [
                (first, second, list(ways(case, name, start=first, end=second))) for first, second in (pair, pair[::-1])
            ]
            # on a loop each is downstream of the other: the quicker way is the chain, the other leads round
            first, second, routes = min(found, key=lambda way: min(map(_days, way[2]), default=math.inf))
            if routes:
                yield _downstream(case, name, (delivered[first], delivered[second]), routes)


def _downstream(case: Case, tactic: str, bets: tuple[Bet, Bet], routes: list[tuple[ResolvedStep, ...]]) -> Found:
    first, second = bets
    amount = (first.base or 0.0) * sum(math.prod(step.rate.base or 0.0 for step in way) for way in routes)
    return Found(
        path=second.path[:-1],
        text="{second} is delivered and also comes of {first}: {amount} are counted twice",
        values={"first": first.metric, "second": second.metric, "amount": case.in_unit_of(second.metric, amount)},
        element=ElementRef("tactic", tactic),
        related=(Mention(first.path[:-1], "{first} already leads there"),),
    )


def _days(way: tuple[ResolvedStep, ...]) -> float:
    return sum(step.lag.base or 0.0 for step in way)


def _shortcuts(case: Case) -> Iterator[Found]:
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    for name, *_ in case.once(alike).values():
        for step in dict.fromkeys(step for chain in case.graph.chains(name) for step in chain.steps if step.is_share):
            for way in ways(case, name, start=step.from_metric, end=step.to):
                if len(way) < 2 or not all(one.is_share for one in way):
                    continue
                route = (step.from_metric, step.to, tuple(one.to for one in way))
                if route in seen:
                    continue
                seen.add(route)
                amount = math.prod(one.rate.base or 0.0 for one in way)
                yield Found(
                    path=step.path,
                    text="{first} stands beside the longer way {second}: {amount} of the same people arrive twice",
                    values={
                        "first": step_name(step),
                        "second": ">".join((step.from_metric, *(one.to for one in way))),
                        "amount": share(amount),
                    },
                    element=ElementRef("step", step_name(step)),
                    tactics=walking(case, step),
                )


def _enabled_doubles(case: Case) -> Iterator[Found]:
    for name, tactic in case.growth.items():
        mine = {bet.metric: bet for bet in case.graph.starts(name) if bet.kind == "delivers" and bet.base is not None}
        for other in dict.fromkeys(link.ref for link in tactic.enables):
            if other not in case.tactics or not set(tactic.segments) & set(case.tactics[other].segments):
                continue
            for bet in case.graph.starts(other):
                if bet.kind == "delivers" and bet.metric in mine and mine[bet.metric].base == bet.base:
                    yield Found(
                        path=mine[bet.metric].path[:-1],
                        text="{first} and {second} deliver the same {amount} to the same segment, and one enables the other",
                        values={
                            "first": mine[bet.metric].id,
                            "second": bet.id,
                            "amount": case.in_unit_of(bet.metric, bet.base or 0.0),
                        },
                        element=ElementRef("tactic", name),
                        tactics=(name, other),
                    )


@rule("BRG013", "branches-over-all", level="error", scope="sums", reads=(*STEPS, *RATES))
def branches_over_all(case: Case) -> Iterator[Found | Skip]:
    """The shares that leave one state add up to more than all of it.

    Shares of one state are branches of the same people; yields are not (a customer brings margin and jobs). Each
    tactic is judged with its own steps in place of the shared ones.

    Why: people would be counted more than once.
    Source: arithmetic.
    Fix: lower a rate, or write the one that is no branch as a yield (`0.3 count`).
    """
    seen: set[str] = set()
    for one in case.once(branches):
        if one.total > 1.0 + ROUNDING and one.state not in seen:
            seen.add(one.state)
            rates = tuple(share(step.rate.base or 0.0) for step in one.steps)
            yield Found(
                path=one.steps[-1].rate.path,
                text="out of {state} go {rates}: {sum} of all",
                values={"state": one.state, "rates": rates, "sum": share(one.total)},
                element=ElementRef("metric", one.state),
                tactics=one.tactics,
                related=tuple(Mention(step.rate.path, f"to {step.to}") for step in one.steps[:-1]),
            )


@rule("BRG015", "runaway-loop", level="warning", scope="sums", reads=(*STEPS, *RATES, "tactics.bridge.lag"))
def runaway_loop(
    case: Case, *, max_yield: float = MAX_YIELD, max_yield_p95: float = MAX_YIELD_P95
) -> Iterator[Found | Skip]:
    """A loop of the bridge returns as much as goes in, or more.

    The yield per turn is the product of the rates once round, at base and at the 95th percentile of its draws.

    Why: too good to be true; the sum would grow with every turn for ever.
    Source: point D (word of mouth is a loop); renewal theory: a loop converges below 1.
    Thresholds: max_yield 1.0, max_yield_p95 1.5 (house).
    Fix: lower the yield, or measure it.
    """
    for loop in case.once(turns):
        if loop.yield_base >= max_yield - ROUNDING or loop.yield_p95 >= max_yield_p95:
            yield Found(
                path=loop.steps[-1].rate.path,
                text="each turn of {loop} brings back {yield_base} of what went in (95 %: {yield_p95}), every {lag}",
                values={
                    "loop": loop.states,
                    "yield_base": count(loop.yield_base),
                    "yield_p95": count(loop.yield_p95),
                    "lag": days(loop.lag),
                },
                element=ElementRef("metric", loop.states[0]),
                tactics=tuple(dict.fromkeys(name for step in loop.steps for name in walking(case, step))),
            )


@rule(
    "BRG008",
    "over-claimed",
    level="warning",
    scope="sums",
    reads=(
        *CHAINS, *RATES, "tactics.list.delivers", "tactics.list.expects", "objectives.target", "objectives.baseline",
        "objectives.without_plan",
    ),
)  # fmt: skip
def over_claimed(case: Case, *, max_claim: float = MAX_CLAIM) -> Iterator[Found | Skip]:
    """The bets add up to far more than an objective needs.

    Compared is what all tactics bring at base, time apart, with what is needed. Where so much of it comes too late that
    the target is not covered in time, nothing is said: the surplus is not idle then, and OBJ009 speaks.

    Why: either the bets are too good to be true, or the target is too low, or the money would do more elsewhere.
    Source: planners' optimism (Kahneman and Lovallo, "Timid choices and bold forecasts", Management Science 39, 1993);
    checks.md section 3 (coverage).
    Thresholds: max_claim 1.50 (house).
    Fix: doubt the largest bet first; if it holds, raise the target or move money to an objective that falls short.
    """
    for objective in case.plan.objectives:
        one = case.coverage[objective.id]
        if one.is_settled_already:
            continue
        if one.naive_share is None or one.due_share is None or one.naive is None or one.needed is None:
            yield Skip(one.reason or "unknown", objective.id)
            continue
        if one.naive_share <= max_claim * (1 + ROUNDING) or one.due_share < 1.0:
            continue
        largest = max(one.contributions, key=lambda part: (part.naive, part.tactic))
        yield Found(
            path=(*case.path_of(objective.id), "target", "value"),
            text="the bets bring {naive} where {needed} are needed ({claimed}); {largest} alone brings {part}",
            values={
                "needed": case.in_unit_of(objective.metric, one.needed, change=True),
                "naive": case.in_unit_of(objective.metric, one.naive, change=True),
                "claimed": share(one.naive_share),
                "in_time": share(one.due_share),
                "largest": largest.tactic,
                "part": case.in_unit_of(objective.metric, largest.naive, change=True),
            },
            fix="doubt {largest} first; if it holds, raise the target or move money to an objective that falls short",
            also="{in_time} arrives in time",
        )
