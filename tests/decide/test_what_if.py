"""A smaller budget: what goes first, what goes with it, and what can't be cut."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.align.case import Case
from leadline.align.run import CheckOptions, case_of
from leadline.decide.what_if import Request, what_if
from leadline.decide.what_if_scene import Scene
from leadline.errors import UsageError
from leadline.plan.source import parse_plan, read_plan

HEAD = """
plan: {id: p, window: 2027-01-01..2027-12-31, currency: EUR, budget: 120 kEUR, status: draft}
metrics:
  - {id: lead, unit: count}
  - {id: won, name: Contracts, unit: count, value_event: true, worth: 9 kEUR}
  - {id: known, unit: "%"}
objectives:
  - {id: sell, metric: won, baseline: {value: 0}, target: {value: 100, by: 2027-12-31}, serves: [grow]}
  - {id: fame, metric: known, baseline: {value: 10 %}, target: {value: 20 %, by: 2027-12-31}, serves: [grow]}
strategy: {levels: [{id: grow, level: corporate, direction: growth}]}
tactics:
  bridge: [{from: lead, to: won, rate: 10 %, lag: 0 days, method: measured}]
  list:
"""
ROWS = {
    "ads": "intent: acquire, serves: [sell], budget: 20 kEUR, delivers: {metric: lead, count: 400, method: measured}",
    "fair": "intent: acquire, serves: [sell], budget: 40 kEUR, hours: 100 h, delivers: {metric: lead, count: 200..400..500, method: expert}",
    "radio": "intent: build, serves: [fame], budget: 30 kEUR, expects: {metric: known, change: 8 pp, lag: 0 days, method: measured}",
    "podcast": "intent: build, budget: 6 kEUR",
    "rent": "intent: run, budget: 10 kEUR",
}


def case_with(**changes: str) -> Case:
    """Return the case of a plan with these tactics; a change is appended to its row, a new name adds one."""
    rows = {name: ROWS.get(name, "") for name in (*ROWS, *changes)}
    lines = [
        "    - {"
        + ", ".join(
            part for part in (f"id: {name}", "dates: 2027-01-01..2027-12-31", row, changes.get(name, "")) if part
        )
        + "}"
        for name, row in rows.items()
    ]
    return case_of(parse_plan(HEAD + "\n".join(lines)), CheckOptions(as_of=dt.date(2027, 1, 2)))


def names(case: Case, money: float) -> list[str]:
    return [cut.tactic for cut in what_if(case, Request(money=money)).cuts]


def test_a_change_of_nothing_changes_nothing() -> None:
    seen = what_if(case_with(), Request(money=0.0))
    assert (seen.cuts, seen.freed, [loss.mean for loss in seen.losses]) == ((), 0, [0, 0])


def test_first_goes_what_serves_nothing_then_what_stops_at_attention_then_the_least_per_money() -> None:
    assert names(case_with(), 90_000) == ["podcast", "radio", "fair", "ads"]


def test_only_as_much_goes_as_is_asked_for() -> None:
    seen = what_if(case_with(), Request(money=46_000))
    assert [(cut.tactic, cut.before, cut.after) for cut in seen.cuts] == [
        ("podcast", 6_000, 0),
        ("radio", 30_000, 0),
        ("fair", 40_000, pytest.approx(30_000)),
    ]
    assert seen.freed == pytest.approx(46_000)
    assert seen.hours == pytest.approx(25)


def test_the_loss_is_the_part_of_the_contribution_that_the_money_paid_for() -> None:
    """A quarter of the fair: a quarter of 200..400..500 leads, a tenth of which would have bought."""
    loss = next(one for one in what_if(case_with(), Request(money=46_000)).losses if one.objective == "sell")
    assert (loss.low, loss.high) == pytest.approx((200 * 0.1 / 4, 500 * 0.1 / 4), rel=0.01)


def test_running_cost_and_committed_money_are_never_cut_and_are_named() -> None:
    case = case_with(fair="committed: 35 kEUR")
    seen = what_if(case, Request(money=61_000))
    assert {cut.tactic: cut.after for cut in seen.cuts} == {"podcast": 0, "radio": 0, "fair": 35_000, "ads": 0}
    assert {kept.tactic: kept.money for kept in seen.kept} == {"fair": 35_000, "rent": 10_000}


def test_a_commitment_that_cannot_be_read_frees_nothing() -> None:
    case = case_with(ads="committed: 12 kUSD", radio="committed: {2027-Q1: 3 kEUR, 2027-Q2: 5 kUSD}")
    seen = what_if(case, Request(money=30_000))
    assert [cut.tactic for cut in seen.cuts] == ["podcast", "fair"]
    kept = {one.tactic: (one.money, one.reason) for one in seen.kept}
    assert kept["ads"] == (20_000, "how much of it is committed cannot be read (PLN004), so none is cut")
    assert kept["radio"][0] == 30_000
    with pytest.raises(UsageError, match='How much of "ads" is committed cannot be read'):
        what_if(case, Request(tactics={"ads": 0.1}))


def test_a_budget_in_a_currency_without_a_rate_is_not_called_no_budget() -> None:
    case = case_with(extra="intent: acquire, serves: [sell], budget: 12 kUSD")
    (told,) = (note for note in what_if(case, Request(money=1_000)).notes if "extra" in note)
    assert told == "With a budget that is no money of the plan (PLN004), so left out: extra."
    with pytest.raises(UsageError, match='The budget of "extra" is no money of the plan'):
        what_if(case, Request(tactics={"extra": 0.1}))


def test_what_is_better_without_its_money_is_said_to_gain() -> None:
    case = case_with(
        harm="intent: build, serves: [fame], budget: 10 kEUR, expects: {metric: known, change: -2 pp, lag: 0 days, method: measured}"
    )
    seen = what_if(case, Request(tactics={"harm": 1.0}))
    assert (
        seen.cuts[0].sentence("EUR")
        == "Stop harm: 10 kEUR freed, probably gained: known 2 pp (90 %: 2 pp to 2 pp), belief."
    )
    assert "no objective loses anything" in seen.sentence()


def test_what_a_falling_metric_loses_is_a_fall() -> None:
    metrics = "  - {id: wait, name: Wait, unit: h, better: down}\nobjectives:\n  - {id: quick, metric: wait, baseline: {value: 10 h}, target: {value: 6 h, by: 2027-12-31}, serves: [grow]}\n"
    row = "    - {id: desk, intent: serve, serves: [quick], dates: 2027-01-01..2027-12-31, budget: 10 kEUR, expects: {metric: wait, change: -4 h, lag: 0 days, method: measured}}"
    case = case_of(parse_plan(HEAD.replace("objectives:\n", metrics) + row), CheckOptions(as_of=dt.date(2027, 1, 2)))
    (cut,) = what_if(case, Request(tactics={"desk": 0.5})).cuts
    assert "probably lost: fall of Wait 2 h (90 %: 2 h to 2 h)" in cut.sentence("EUR")


def test_a_cut_larger_than_what_is_free_says_how_much_is() -> None:
    with pytest.raises(UsageError, match=r"only 61 kEUR of 106 kEUR are neither"):
        what_if(case_with(fair="committed: 35 kEUR"), Request(money=62_000))


def test_an_enabler_takes_with_it_what_it_enables() -> None:
    case = case_with(playbook="intent: enable, serves: [sell], budget: 5 kEUR, enables: [ads]")
    seen = what_if(case, Request(tactics={"playbook": 1.0}))
    assert next(one for one in seen.losses if one.objective == "sell").mean == pytest.approx(40)  # all the ads bring
    assert "it carries ads" in seen.sentences()[0]


def test_what_an_enabler_carries_keeps_it_from_going_first() -> None:
    case = case_with(playbook="intent: enable, serves: [sell], budget: 5 kEUR, enables: [ads]")
    order = names(case, 101_000)
    assert order.index("playbook") > order.index("fair")


def test_once_its_enabler_is_gone_a_tactic_brings_nothing_and_goes_next() -> None:
    case = case_with(
        playbook="intent: enable, serves: [sell], budget: 60 kEUR, enables: [ads]",
    )
    order = names(case, 150_000)
    assert order.index("ads") == order.index("playbook") + 1 < len(order)


def test_what_is_left_of_a_named_tactic_is_ranked_by_what_is_left_of_its_money() -> None:
    # ads bring 40 for 20 kEUR, fair about 37 for 40: a fifth of the ads is still twice as good a use of its money
    cuts = what_if(case_with(), Request(money=46_000, tactics={"ads": 0.8})).cuts
    left = [(cut.tactic, round(cut.after)) for cut in cuts]
    assert left == [("ads", 4_000), ("podcast", 0), ("radio", 0), ("fair", 30_000)]


def test_an_enabler_of_what_is_stopped_already_loses_nothing_more_and_says_so() -> None:
    case = case_with(helper="intent: enable, serves: [sell], budget: 5 kEUR, enables: [ads]")
    last = what_if(case, Request(tactics={"ads": 1.0, "helper": 1.0})).cuts[-1]
    assert last.sentence("EUR") == "Stop helper: 5 kEUR freed, nothing lost beyond the cuts before it (it carries ads)."


def test_a_named_tactic_is_cut_before_the_order_begins() -> None:
    seen = what_if(case_with(), Request(money=6_000, tactics={"ads": 0.5}))
    assert [(cut.tactic, cut.after) for cut in seen.cuts] == [("ads", 10_000), ("podcast", 0)]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request(tactics={"pod": 0.5}), r'No tactic is called "pod".*Tactics: ads, fair'),
        (Request(tactics={"ads": -0.1}), "needs a response curve"),
        (Request(money=-5.0), "needs a response curve"),
        (Request(tactics={"ads": 1.2}), "more than 100 %"),
        (Request(money=2e6), "more than 100 %"),
        (Request(tactics={"rent": 0.5}), "running cost"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(request_: Request, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        what_if(case_with(), request_)


def test_a_plan_without_money_has_nothing_to_cut() -> None:
    text = HEAD + "    - {id: ads, intent: acquire, serves: [sell], dates: 2027-01-01..2027-12-31}"
    with pytest.raises(UsageError, match="nothing to cut"):
        what_if(case_of(parse_plan(text), CheckOptions(as_of=dt.date(2027, 1, 2))), Request(money=1.0))


def test_where_most_is_guessed_no_chance_is_told_before_or_after() -> None:
    case = case_with(
        ads="",
        fair="method: guess",
        more="intent: acquire, serves: [sell], budget: 1 kEUR, delivers: {metric: lead, count: 9000}",
    )
    loss = next(one for one in what_if(case, Request(money=6_000)).losses if one.objective == "sell")
    assert (loss.p_before, loss.p_after) == (None, None)
    assert "1 of 4 bets is a guess" in (loss.reason or "")


@given(st.lists(st.floats(0, 90_000), min_size=2, max_size=2))
@settings(max_examples=25, deadline=None)
def test_the_loss_never_falls_as_the_cut_grows_and_a_smaller_cut_is_the_beginning_of_a_larger_one(
    cuts: list[float],
) -> None:
    case = case_with(fair="committed: 5 kEUR")
    small, large = (what_if(case, Request(money=money)) for money in sorted(cuts))
    for before, after in zip(small.losses, large.losses, strict=True):
        assert before.mean <= after.mean + 1e-9
    assert [cut.tactic for cut in small.cuts] == [cut.tactic for cut in large.cuts][: len(small.cuts)]


@pytest.mark.parametrize("first", [0.1, 0.3, 0.5])
def test_cutting_in_two_steps_equals_cutting_at_once(first: float) -> None:
    """The plan after the first cut, written down, gives the second cut's loss: contributions are proportional."""
    case = case_with()
    once = what_if(case, Request(money=76_000))
    step = what_if(case, Request(money=first * 76_000))
    kept = {cut.tactic: cut.after / cut.before for cut in step.cuts}
    scene = Scene(case)
    again = what_if(
        case, Request(money=(1 - first) * 76_000, tactics={name: 1 - share for name, share in kept.items()})
    )
    assert {cut.tactic: cut.after for cut in again.cuts} == pytest.approx({cut.tactic: cut.after for cut in once.cuts})
    for objective in ("sell", "fame"):
        end = {cut.tactic: cut.after / scene.money[cut.tactic] for cut in again.cuts}
        mean = next(loss.mean for loss in once.losses if loss.objective == objective)
        assert float(np.mean(scene.lost(objective, end))) == pytest.approx(mean)


def test_no_other_way_to_free_the_money_is_expected_to_lose_less() -> None:
    """Without enablers the order is the optimum of a fractional knapsack; 300 other ways never lose less."""
    selling = "serves: [sell], delivers: {metric: lead, count: 30, method: measured}"
    case = case_with(podcast=selling, radio="committed: 30 kEUR")
    scene, chooser = Scene(case), np.random.default_rng(7)
    best = what_if(case, Request(money=40_000))
    least = float(np.mean(scene.value_lost({cut.tactic: cut.after / cut.before for cut in best.cuts})))
    free = {name: amount for name, amount in scene.money.items() if name not in ("rent", "radio")}
    for _ in range(300):
        left, shares = 40_000.0, {}
        for name in chooser.permutation(sorted(free)):
            taken = min(left, free[name] * float(chooser.choice([0.25, 0.5, 1.0])))
            shares[name], left = 1 - taken / free[name], left - taken
        if left < 1e-6:
            assert float(np.mean(scene.value_lost(shares))) >= least - 1e-9


@pytest.mark.parametrize("name", ["halden-pumps", "tidewater-cycles", "safe-harbour-reading", "olist"])
def test_on_the_example_plans_the_order_beats_cutting_all_alike(shared: Path, name: str) -> None:
    case = case_of(read_plan(shared / "examples" / name / "plan.yaml"), CheckOptions(as_of=dt.date(2027, 1, 2)))
    seen = what_if(case, Request(money=0.2 * sum(case.budgets.values())))
    assert seen.freed == pytest.approx(0.2 * seen.planned)
    assert (seen.beats_all_alike or 0) > 0.5
    assert all(loss.low <= loss.mean <= loss.high for loss in seen.losses)
    assert "belief" in seen.sentence()
    assert all("belief" in text or "nothing lost" in text for text in seen.sentences())


def test_the_losses_of_the_cuts_in_their_order_add_up_to_the_whole() -> None:
    """What each cut loses beyond the cuts before it: nothing is counted twice, nothing left out, enablers among it."""
    case = case_with(playbook="intent: enable, serves: [sell], budget: 5 kEUR, enables: [ads, fair]")
    seen = what_if(case, Request(money=80_000))
    for objective in ("sell", "fame"):
        parts = sum(cut.loss.mean for cut in seen.cuts if cut.loss and cut.loss.objective == objective)
        assert parts == pytest.approx(next(one.mean for one in seen.losses if one.objective == objective))
