"""A cut read off measured curves: what saturates loses little, what is measured is not mixed with what is believed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.align.case import Case
from leadline.align.run import CheckOptions, case_of
from leadline.decide.what_if import Request, what_if
from leadline.decide.what_if_measured import Curve, Curves
from leadline.decide.what_if_scene import Scene
from leadline.errors import UsageError
from leadline.plan.source import parse_plan

PLAN = """
plan: {id: p, window: 2027-01-01..2027-12-31, currency: EUR, budget: 120 kEUR, status: draft}
metrics:
  - {id: lead, name: Leads, unit: count, source: "stage:lead"}
  - {id: won, name: Contracts, unit: count, value_event: true, worth: 9 kEUR, source: "stage:won"}
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
    "brand": "intent: acquire, serves: [sell], budget: 20 kEUR, delivers: {metric: lead, count: 100..200..300, method: expert}",
    "fair": "intent: acquire, serves: [sell], budget: 40 kEUR, delivers: {metric: lead, count: 200..400..500, method: expert}",
    "radio": "intent: build, serves: [fame], budget: 30 kEUR, expects: {metric: known, change: 8 pp, lag: 0 days, method: measured}",
}
MULTIPLES = np.linspace(0, 2, 41)
DRAWS = 300


def case_with(order: tuple[str, ...] = tuple(ROWS), **changes: str) -> Case:
    """Return the case of a plan with these tactics in this order; a change is appended to a row."""
    lines = [
        f"    - {{id: {name}, dates: 2027-01-01..2027-12-31, {ROWS[name]}{', ' + changes[name] if name in changes else ''}}}"
        for name in order
    ]
    return case_of(parse_plan(PLAN + "\n".join(lines)), CheckOptions(as_of=dt.date(2027, 1, 2)))


def curve(most: float, half: float, *, spend: float, spread: float = 0.2, seen_to: float = 1.5) -> Curve:
    """Return draws of a Hill curve: `most` at no end of money, half of it at `half` times what was spent."""
    height = most * np.exp(spread * np.random.default_rng(3).standard_normal((DRAWS, 1)))
    return Curve(MULTIPLES, height * MULTIPLES / (MULTIPLES + half), spend, seen_to)


def curves(metric: str = "won", **given: object) -> Curves:
    """Return what a year like the plan's says: search saturated, paid by `ads` alone; social by brand and fair; print untold."""
    made = Curves(
        "Contracts", "count", (metric,), dt.date(2026, 1, 1), dt.date(2026, 12, 31),
        {"search": curve(40, 0.2, spend=20_000), "social": curve(60, 1.0, spend=60_000)},
        {"print": "print moves with tv"},
        {"search": {"ads": 20_000}, "social": {"brand": 20_000, "fair": 40_000}, "print": {"radio": 30_000}},
    )  # fmt: skip
    return replace(made, **given)  # type: ignore[arg-type] # whatever a test changes


def hill(most: float, half: float, at: float) -> float:
    height = most * float(np.exp(0.2 * np.random.default_rng(3).standard_normal(DRAWS)).mean())
    return height * at / (at + half)


def test_a_saturated_channel_cut_by_a_third_loses_what_its_curve_says() -> None:
    seen = what_if(case_with(), Request(tactics={"ads": 0.3}), curves=curves())
    (cut,) = seen.cuts
    truth = hill(40, 0.2, 1.0) - hill(40, 0.2, 0.7)
    assert (cut.grade, seen.basis) == ("measured", "measured")
    assert cut.measured is not None
    assert cut.measured.mean == pytest.approx(truth, rel=1e-9)
    assert (
        cut.measured.mean < 0.3 * hill(40, 0.2, 1.0) / 3
    )  # saturated: a third of the money, a tenth of what it brings
    assert cut.measured.low < truth < cut.measured.high
    sell = next(one for one in seen.losses if one.objective == "sell")
    assert (sell.grade, sell.mean) == ("measured", pytest.approx(truth, rel=0.01))  # paired anew with the bets' draws
    assert cut.sentence("EUR").startswith("Cut ads to 14 kEUR: 6 kEUR freed, probably lost: Contracts 2.")
    assert cut.sentence("EUR").endswith(", measured.")
    assert "Measured on response curves: Contracts" in seen.sentence()
    assert "belief" not in seen.sentence()


def test_tactics_of_one_channel_are_cut_together_on_its_curve() -> None:
    """The loss of both is more than the sum of each alone: the second cut takes the steeper part."""
    case, given_ = case_with(), curves()

    def lost(**shares: float) -> float:
        found = what_if(case, Request(tactics=shares), curves=given_).measured
        assert found is not None
        return found.mean

    both = lost(brand=1.0, fair=1.0)
    assert both == pytest.approx(hill(60, 1.0, 1.0), rel=1e-9)
    assert both > 1.1 * (lost(brand=1.0) + lost(fair=1.0))
    cuts = what_if(case, Request(tactics={"brand": 1.0, "fair": 1.0}), curves=given_).cuts
    assert sum(cut.measured.mean for cut in cuts if cut.measured) == pytest.approx(both)


def test_what_was_measured_and_what_is_believed_are_added_only_where_both_are_the_same_thing() -> None:
    case = case_with(brand="enables: [radio]")
    same = what_if(case, Request(tactics={"ads": 0.5, "radio": 0.5}), curves=curves())
    sell, fame = same.losses
    assert (same.basis, sell.grade, fame.grade) == ("both", "measured", "belief")
    assert "the other tactics' losses are belief" in same.sentence()
    assert any(note == "Belief for radio: print moves with tv." for note in same.notes)
    untold = curves(known={"search": curve(40, 0.2, spend=20_000)}, doubts={"social": "social is weak"})
    mixed = what_if(case, Request(tactics={"ads": 0.5, "fair": 0.5}), curves=untold)
    sell = mixed.losses[0]
    assert sell.grade == "both"
    assert sell.measured == pytest.approx(hill(40, 0.2, 1.0) - hill(40, 0.2, 0.5), rel=0.01)
    believed = next(one for one in what_if(case, Request(tactics={"fair": 0.5})).losses if one.objective == "sell")
    assert sell.mean == pytest.approx(sell.measured + believed.mean)
    assert "(measured and belief added)" in mixed.sentence()


@pytest.mark.parametrize(
    "changed",
    [
        {"brand": "expects: {metric: won, change: 5, lag: 0 days, method: measured}"},  # a level, and no sum over days
        {"unit": "EUR"},
        {"metrics": ("known",)},
    ],
)
def test_what_only_looks_alike_is_not_added(changed: dict[str, object]) -> None:
    rows = {name: text for name, text in changed.items() if name in ROWS}
    given_ = {name: value for name, value in changed.items() if name not in ROWS}
    seen = what_if(case_with(**rows), Request(tactics={"ads": 0.3}), curves=curves(**given_))  # type: ignore[arg-type] # as above
    assert (seen.cuts[0].grade, {one.grade for one in seen.losses}) == ("measured", {"belief"})
    assert any("are not added up" in note for note in seen.notes)


def test_an_outcome_that_no_objective_counts_stands_beside_what_follows_of_it_by_belief() -> None:
    """Leads were measured, contracts are the objective: they fall as the leads do, from what the bets expect of them."""
    leads = curves("lead", outcome="Leads")
    seen = what_if(case_with(), Request(tactics={"ads": 0.3}), curves=leads)
    (cut,) = seen.cuts
    assert cut.loss is not None
    assert cut.loss.grade == "belief"
    bend = (hill(40, 0.2, 1.0) - hill(40, 0.2, 0.7)) / (0.3 * hill(40, 0.2, 1.0))
    assert cut.loss.mean == pytest.approx(40 * 0.3 * bend)  # 400 leads, a tenth of which would have bought
    assert ", measured; of Contracts" in cut.sentence("EUR")
    assert cut.sentence("EUR").endswith("belief.")
    assert any("are not added up" in note for note in seen.notes)


def test_the_cheap_first_slices_of_a_saturated_channel_go_first() -> None:
    """By belief ads are the best use of money and go last; their curve says that half of it brings nearly nothing."""
    case = case_with(radio="committed: 30 kEUR")
    believed = [cut.tactic for cut in what_if(case, Request(money=45_000)).cuts]
    assert believed == ["fair", "brand"]
    seen = what_if(case, Request(money=45_000), curves=curves("lead"))
    left = {cut.tactic: cut.after for cut in seen.cuts}
    assert 0 < left["ads"] < 20_000
    assert seen.freed == pytest.approx(45_000)
    assert (seen.beats_all_alike or 0) > 0.5


def test_slices_in_order_lose_no_more_than_any_other_way_on_concave_curves() -> None:
    case = case_with(radio="committed: 30 kEUR")
    scene, chooser = Scene(case, curves()), np.random.default_rng(7)
    best = what_if(case, Request(money=40_000), curves=curves())
    least = float(np.mean(scene.value_lost({cut.tactic: cut.after / cut.before for cut in best.cuts})))
    free = {"ads": 20_000.0, "brand": 20_000.0, "fair": 40_000.0}
    for _ in range(200):
        left, shares = 40_000.0, {}
        for name in chooser.permutation(sorted(free)):
            taken = min(left, free[name] * float(chooser.choice([0.25, 0.5, 0.75, 1.0])))
            shares[name], left = 1 - taken / free[name], left - taken
        if left < 1e-6:
            assert float(np.mean(scene.value_lost(shares))) >= least - 1e-9


def test_a_channel_that_works_in_large_amounts_only_goes_whole_before_its_first_slice_looks_cheap() -> None:
    """A twentieth less of search loses three times what it costs on average, for its curve is an S and stands at the steep part."""
    case = case_with(radio="committed: 30 kEUR")
    height = np.ones((DRAWS, 1))
    steep = Curve(MULTIPLES, 8 * height * MULTIPLES**6 / (MULTIPLES**6 + 1), 20_000, 1.5)
    laid = curves()
    seen = what_if(case, Request(money=20_000), curves=replace(laid, known={**laid.known, "search": steep}))
    assert [(cut.tactic, cut.after) for cut in seen.cuts] == [("ads", 0.0)]


def test_a_raise_is_told_from_the_curve_and_refused_without_one() -> None:
    seen = what_if(case_with(), Request(tactics={"brand": -0.5}), curves=curves())
    (cut,) = seen.cuts
    gain = hill(60, 1.0, 1 + 0.5 / 3) - hill(60, 1.0, 1.0)
    assert cut.measured is not None
    assert cut.measured.mean == pytest.approx(-gain, rel=2e-3)  # the curve is straight between its points
    assert cut.sentence("EUR").startswith("Raise brand to 30 kEUR: 10 kEUR more, probably gained: Contracts")
    assert seen.sentence().startswith("10 kEUR more than 110 kEUR. Measured on response curves: Contracts 2.3")
    with pytest.raises(UsageError, match=r"needs a response curve. Print moves with tv\."):
        what_if(case_with(), Request(tactics={"radio": -0.1}), curves=curves())
    with pytest.raises(UsageError, match=r"a curve is known of ads, brand, fair"):
        what_if(case_with(), Request(money=-1_000), curves=curves())
    with pytest.raises(UsageError, match=r"end at 2 times on search"):
        what_if(case_with(), Request(tactics={"ads": -1.1}), curves=curves())


def test_what_was_raised_by_name_is_not_cut_again_to_find_the_money() -> None:
    seen = what_if(case_with(), Request(money=40_000, tactics={"ads": -0.5}), curves=curves())
    after = {cut.tactic: cut.after for cut in seen.cuts}
    assert after["ads"] == pytest.approx(30_000)
    assert seen.freed == pytest.approx(30_000)
    with pytest.raises(UsageError, match="only 90 kEUR of 110 kEUR"):
        what_if(case_with(), Request(money=95_000, tactics={"ads": -0.5}), curves=curves())


@pytest.mark.parametrize(("raised", "unseen"), [(-0.4, ()), (-0.6, ("search",))])
def test_what_lies_beyond_all_that_was_seen_is_marked(raised: float, unseen: tuple[str, ...]) -> None:
    seen = what_if(case_with(), Request(tactics={"ads": raised}), curves=curves())
    assert seen.cuts[0].unseen == unseen
    for told in (seen.sentence(), *seen.sentences()):
        assert ("beyond what was ever seen of search" in told) == bool(unseen)


def test_the_plan_stands_on_the_curve_where_its_money_a_day_stands() -> None:
    """Half a year was measured with 20 kEUR, which is twice the plan's money a day; money of no tactic goes on beside it."""
    half = curves(first=dt.date(2026, 7, 1), last=dt.date(2026, 12, 31))
    seen = what_if(case_with(), Request(tactics={"ads": 1.0}), curves=half)
    at = 184 / 365
    assert seen.measured is not None
    assert seen.measured.mean == pytest.approx(hill(40, 0.2, at) / at, rel=0.01)
    assert "search: the plan spends 0.504 times a day what was measured." in seen.notes or any(
        note.startswith("search: the plan spends 0.5") for note in seen.notes
    )
    shared = curves(money={"search": {"ads": 15_000.0, "": 5_000.0, "gone": 0.0}})
    beside = what_if(case_with(ads="committed: 0 EUR"), Request(tactics={"ads": 1.0}), curves=shared)
    assert beside.measured is not None
    assert beside.measured.mean == pytest.approx(hill(40, 0.2, 1.25) - hill(40, 0.2, 0.25), rel=1e-3)


@pytest.mark.parametrize(
    ("given_", "reason"),
    [
        ({"money": {"search": {"ads": 10.0}, "print": {"ads": 10.0}}}, "print moves with tv"),
        ({"money": {"search": {"ads": 10.0}, "tv": {"ads": 10.0}}}, "tv is no channel that was measured"),
        ({"money": {"search": {"": 10.0}}}, "none of its money is in what was measured"),
        ({"known": {}, "doubts": {"search": "search is weak"}}, "search is weak"),
        ({"known": {"search": curve(40, 0.2, spend=5_000)}}, "4 times a day what was measured on search"),
    ],
)
def test_without_a_curve_that_tells_a_tactic_stays_belief_and_says_why(given_: dict[str, object], reason: str) -> None:
    seen = what_if(case_with(), Request(tactics={"ads": 0.5}), curves=curves(**given_))  # type: ignore[arg-type] # as above
    (cut,) = seen.cuts
    assert (cut.grade, cut.measured, seen.basis) == ("belief", None, "belief")
    assert reason in cut.reason
    assert cut.sentence("EUR") == what_if(case_with(), Request(tactics={"ads": 0.5})).cuts[0].sentence("EUR")
    assert "not measured" in seen.sentence()


def test_what_is_out_of_date_is_not_used_and_that_is_said() -> None:
    old = Curves(why="Run leadline measure mix to measure it again.")
    seen = what_if(case_with(), Request(money=20_000), curves=old)
    assert replace(seen, unused="") == what_if(case_with(), Request(money=20_000))
    assert seen.unused == old.why
    with pytest.raises(UsageError, match="Run leadline measure mix"):
        what_if(case_with(), Request(tactics={"ads": -0.1}), curves=old)


@given(st.lists(st.floats(0, 105_000), min_size=2, max_size=2), st.sampled_from(["won", "lead"]))
@settings(max_examples=20, deadline=None)
def test_a_bigger_cut_never_loses_less(cuts: list[float], metric: str) -> None:
    case = case_with(fair="committed: 5 kEUR")
    small, large = (what_if(case, Request(money=money), curves=curves(metric)) for money in sorted(cuts))
    for before, after in zip(small.losses, large.losses, strict=True):
        assert before.mean <= after.mean + 1e-9
    assert [cut.tactic for cut in small.cuts] == [cut.tactic for cut in large.cuts][: len(small.cuts)]


@given(st.permutations(tuple(ROWS)), st.floats(1_000, 100_000))
@settings(max_examples=10, deadline=None)
def test_the_order_in_which_tactics_are_written_changes_nothing(order: list[str], money: float) -> None:
    written, other = (
        what_if(case_with(tuple(names)), Request(money=money), curves=curves()) for names in (ROWS, order)
    )
    assert [cut.tactic for cut in written.cuts] == [cut.tactic for cut in other.cuts]
    assert [cut.after for cut in written.cuts] == pytest.approx([cut.after for cut in other.cuts])
    assert [one.mean for one in written.losses] == pytest.approx([one.mean for one in other.losses])


def test_the_losses_of_the_cuts_add_up_to_the_whole_whatever_their_grade() -> None:
    case = case_with(brand="enables: [fair, radio]")
    for metric in ("won", "lead"):
        seen = what_if(case, Request(money=70_000), curves=curves(metric))
        for objective in ("sell", "fame"):
            parts = sum(cut.loss.mean for cut in seen.cuts if cut.loss and cut.loss.objective == objective)
            whole = next(one.mean for one in seen.losses if one.objective == objective)
            assert parts <= whole + 1e-9  # a cut says its worst loss alone; with an enabler it may lose on both
