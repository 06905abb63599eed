"""TAC: what the own past says about a tactic: its rates, its channels, and what was tried before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from leadline.align import doubts
from leadline.align.case import Case, count, share
from leadline.align.facts import EarlierTactic
from leadline.align.finding import Figure, Found, Skip
from leadline.align.routes import using
from leadline.align.rule import rule
from leadline.align.rules.bridge import bet_unit
from leadline.align.vocabulary import plain, verbatim
from leadline.plan.bets import Bet
from leadline.plan.situation import Channel
from leadline.plan.stamp import canonical

BIG_UNTRIED = 0.15  # house: a seventh of the money is more than a trial (checks.md, TAC010)
FAILED = "tactic failed"  # decisions.md, verdicts: executed, and the effect fell short; the others blame no tactic
# What makes a tactic the same one again (TAC011), beside its mechanism and the metrics of its bets.
HOW = ("intent", "segments", "messages", "offering")


@rule(
    "TAC009",
    "rate-outside-evidence",
    level="warning",
    scope="data",
    reads=("tactics.bridge.rate", "tactics.bridge.lag", "tactics.list.bridge.rate", "tactics.list.bridge.lag"),
)
def rate_outside_evidence(case: Case) -> Iterator[Found | Skip]:
    """The base value of a bet lies outside the 90 % interval of the own records.

    Read are the rates and lags that were measured; bets on which no tactic relies are left out. Where not even the
    plan's range meets the interval, DAT004 says so and this finding is folded under it.

    Why: the own history is the best guess at the future; who expects more has to say what has changed.
    Source: the outside view (Kahneman and Lovallo, "Timid choices and bold forecasts", Management Science 39, 1993);
    point E (proof).
    Fix: plan with what was measured, or name under `source` what is different this time.
    """
    measured = case.facts.measured if case.facts else {}
    if not measured:
        yield Skip("no step was measured")
        return
    for bet_id, seen in measured.items():
        bet = case.bets.get(bet_id)
        if bet is None or bet.base is None or bet.kind not in ("rate", "lag") or seen.low <= bet.base <= seen.high:
            continue
        tactics = _relying(case, bet)
        if not tactics:
            continue
        unit = "days" if bet.kind == "lag" else bet_unit(case, bet_id)
        yield Found(
            path=bet.path,
            text="{bet} is planned at {planned}; the own records say {low} to {high} ({middle} in the middle)"
            + (", of {n}" if seen.n is not None else ""),
            values={
                "bet": bet_id,
                "planned": Figure(bet.base, unit),
                "low": Figure(seen.low, unit),
                "middle": Figure(seen.middle, unit),
                "high": Figure(seen.high, unit),
                "n": None if seen.n is None else count(seen.n),
            },
            fix="plan with {middle}, or name under `source` what makes {planned} likely this time",
            element=case.bet(bet_id),
            tactics=tactics,
            also=doubts.said(doubts.of_step(case, bet_id)),
        )


def _relying(case: Case, bet: Bet) -> tuple[str, ...]:
    """Return the growth tactics whose chains walk the step of a bet; a lag stands beside its rate."""
    if bet.tactic:
        return (bet.tactic,)
    rate = case.bets.get(f"{bet.id.removesuffix(':lag')}:rate") if bet.kind == "lag" else bet
    return using(case, rate) if rate is not None else ()


@rule(
    "TAC010",
    "untried-at-scale",
    level="note",
    scope="links",
    reads=(
        "tactics.list.channels", "tactics.list.budget", "tactics.list.test", "control.tests",
        "situation.channels.leads", "situation.channels.sales", "situation.channels.audience",
        "tactics.list.delivers",
    ),
)  # fmt: skip
def untried_at_scale(case: Case, *, big_untried: float = BIG_UNTRIED) -> Iterator[Found | Skip]:
    """Much of the money goes into a channel of which nothing is known, and nothing is done to learn.

    Nothing is known of a channel whose audit gives no leads, no sales and no audience (a zero is known), unless every
    tactic that uses it rests on measured bets alone, or the evidence has counted what it delivers. A test of any tactic
    that uses the channel clears it; the budget of a tactic is split evenly over its channels.

    Why: the first money in a new channel buys knowledge; the plan should not rest on it.
    Source: points C (audit yourself) and E (do not bet on a single basket).
    Thresholds: big_untried 0.15 of the growth budget (house).
    Fix: start small, or plan a test that can show what the channel brings.
    """
    if case.growth_budget <= 0:
        yield Skip("no growth tactic has a budget")
        return
    tests = [test for test in case.plan.control.tests if test.method not in (None, "none")]
    tested = {test.tactic for test in tests} | {
        name for name, tactic in case.growth.items() if tactic.test in {test.id for test in tests}
    }
    using_it: dict[str, list[str]] = {}
    for name, tactic in case.growth.items():
        for channel_id in dict.fromkeys(tactic.channels):
            using_it.setdefault(channel_id, []).append(name)
    for name, channel in case.channels.items():
        money, tactics = case.channel_money.get(name, 0.0), tuple(using_it.get(name, ()))
        if money <= big_untried * case.growth_budget or _has_history(channel) or tested & set(tactics):
            continue
        if all(_is_counted(case, one) for one in tactics):
            continue
        yield Found(
            path=case.path_of(name),
            text="{channel} takes {money}, {share} of the growth budget, and neither an audit nor a test says what it brings",
            values={
                "channel": name,
                "money": case.money(money),
                "share": share(money / case.growth_budget),
                "enough": case.money(big_untried * case.growth_budget),
            },
            fix="start with {enough} or less, plan a test, or write into the audit what it brought (leads, sales, audience)",
            tactics=tactics,
        )


def _has_history(channel: Channel) -> bool:
    return any(one is not None for one in (channel.leads, channel.sales, channel.audience))


def _is_counted(case: Case, tactic: str) -> bool:
    """Say whether what a tactic brings was counted: before the plan (measured bets), or since it began."""
    starts = case.graph.starts(tactic)
    counted = case.facts.delivered if case.facts else {}
    return bool(starts) and all(bet.method == "measured" or (tactic, bet.metric) in counted for bet in starts)


@rule(
    "TAC011",
    "copied-forward",
    level="note",
    scope="data",
    reads=(
        "tactics.list.intent", "tactics.list.segments", "tactics.list.messages", "tactics.list.offering",
        "tactics.list.mechanism", "tactics.list.delivers", "tactics.list.expects",
    ),
)  # fmt: skip
def copied_forward(case: Case) -> Iterator[Found | Skip]:
    """A tactic is the same as one of an earlier plan that was found to have failed.

    The same is what does the same by the same mechanism: equal intent, segments, messages and offering, equal metrics
    that it delivers or expects, and a mechanism in the same words (case and punctuation aside). Left out are the id and
    the name (a copy may be renamed), the dates and the budget (every year has its own), the objectives it serves (their
    ids carry the year), and the numbers of its bets and steps: a failed tactic with bolder numbers is the same tactic.
    Of several earlier ones the last counts, so that a later success clears a failure. Verdicts that blame no tactic
    (not executed, market moved, can't tell) clear it too; a tactic without a mechanism says too little to be compared.

    Why: a plan begins at zero; last year's list with new dates repeats last year's result.
    Source: point B (habit is no reason); zero-based planning.
    Fix: change what failed (whom, what, why it should work), test it small, or drop it.
    """
    earlier = case.facts.earlier if case.facts else ()
    if not earlier:
        yield Skip("no tactic of an earlier plan was judged")
        return
    last: dict[tuple[object, ...], EarlierTactic] = {}
    for one in sorted(earlier, key=lambda one: (one.ended, one.plan, one.id)):
        same = how_of(json.loads(one.content))
        if same is not None:
            last[same] = one
    for name, tactic in case.growth.items():
        same = how_of(json.loads(canonical(tactic)))
        before = last.get(same) if same is not None else None
        if before is None or before.verdict != FAILED:
            continue
        yield Found(
            path=case.path_of(name),
            text="{tactic}"
            + (" ({money})" if case.budgets[name] else "")
            + " does again what {before} of {plan} did, and that failed (judged for {ended})",
            values={
                "tactic": name,
                "money": case.money_of((name,)) if case.budgets[name] else None,
                "before": before.id,
                "plan": before.plan,
                "ended": before.ended,
            },
            fix=f"change what failed (whom, what, why it should work), test it small, or waive TAC011 at {verbatim(name)} "
            "with what is different this time",
        )


def how_of(content: Mapping[str, Any]) -> tuple[object, ...] | None:
    """Return what makes a tactic the same one again, of its canonical content; None where no mechanism is written."""
    mechanism = plain(str(content.get("mechanism") or ""))
    if not mechanism:
        return None
    bets = [*content.get("delivers", ()), *content.get("expects", ())]
    brings = tuple(sorted({str(bet.get("metric")) for bet in bets}))
    return (mechanism, brings, *(_frozen(content.get(key)) for key in HOW))


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
