"""Can this sample tell: the worked cases of the design to the digit, and the laws that hold for every sample."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.decide.worked import ALPHA, Sample, judge_sample
from leadline.errors import InputError

FEW = Sample(spend=60, responses=40, sales=0, worth=45, believed=0.02)
WORSE = Sample(spend=600, responses=400, sales=2, worth=45, believed=0.02)
MONEY = Sample(spend=5000, sales=12, worth=900, believed=400)


@pytest.mark.parametrize(
    ("sample", "wanted"),
    [  # decisions.md 2.10, worked cases [run]: expected, so few, break-even, so few and so many there, interval, net
        (FEW, (0.8, 0.445700, 1 / 30, 0.257673, 1, 0, 0.072158, -60, -60, 69.88)),
        (WORSE, (8, 0.013116, 1 / 30, 0.000142, 0.999981, 0.000889, 0.015655, -510, -584.0, -318.2)),
        (MONEY, (12.5, 0.518975, 5 / 0.9, 0.995174, 0.011803, 6.924, 19.443, 5800, 1232, 12498)),
    ],
)
def test_the_worked_cases_of_the_design(sample: Sample, wanted: tuple[float, ...]) -> None:
    seen = judge_sample(sample)
    assert (
        seen.expected, seen.under_belief.at_most, seen.break_even, seen.at_break_even.at_most, seen.at_break_even.at_least,
        seen.low, seen.high, seen.net, seen.net_low, seen.net_high,
    ) == pytest.approx(wanted, rel=4e-3)  # fmt: skip


def test_the_published_vectors_are_met_to_nine_digits(shared: Path) -> None:
    for case in json.loads((shared / "vectors" / "decide" / "worked.json").read_text())["cases"]:
        given_ = SimpleNamespace(**{"believed_cost_per_sale": None, "believed": None, **case["input"]})
        believed = given_.believed or given_.believed_cost_per_sale
        seen = judge_sample(Sample(given_.spend, given_.sales, given_.worth, given_.responses, believed))
        tails = (seen.under_belief, seen.at_break_even)
        for name, value in zip(("believed", "break_even"), tails, strict=True):
            assert value.at_most == pytest.approx(case[f"p_at_most_{name}"], rel=1e-9)
            assert value.at_least == pytest.approx(case[f"p_at_least_{name}"], rel=1e-9)
        assert [seen.low, seen.high] == pytest.approx(case.get("rate90") or case["sales90"], rel=1e-9)
        assert [seen.net_low, seen.net_high] == pytest.approx(case["net90"], abs=1e-6)
        assert list(seen.cost_per_sale) == pytest.approx(case.get("cost_per_sale90", list(seen.cost_per_sale)))
        assert seen.answer == case["answer"]


def test_the_sentence_of_the_first_case_is_the_design_s() -> None:
    assert judge_sample(FEW).sentence().replace("\u202f", ",") == (
        "40 clicks and no sale. If 2 % of clicks buy, as believed, that happens 45 % of the time; you can't call it "
        "failed, nor a success. 149 clicks without a sale would speak against 2 % (89 against breaking even); to notice "
        "half of 2 % takes about 1,091."
    )


@pytest.mark.parametrize(("rate", "enough"), [(0.05, 59), (0.03, 99), (0.02, 149), (0.01, 299), (0.005, 598)])
def test_how_many_responses_without_a_sale_speak_against_a_rate(rate: float, enough: int) -> None:
    assert judge_sample(Sample(60, 0, 45, 40, rate)).enough.against_believed == enough


def test_half_of_the_belief_is_noticed_first_at_969_and_always_from_1091_on() -> None:
    enough = judge_sample(FEW).enough
    assert (enough.first_notice, enough.notice_half) == (969, 1091)


def brute_force_notice(believed: float, up_to: int) -> int:
    """Go through every sample size, as the definition says, with scipy's own binomial."""
    from scipy.stats import binom

    last = 0
    for n in range(1, up_to):
        critical = int(binom.ppf(ALPHA, n, believed))
        while critical >= 0 and binom.cdf(critical, n, believed) > ALPHA:
            critical -= 1
        if critical < 0 or binom.cdf(critical, n, believed / 2) < 0.8:
            last = n
    return last + 1


def test_the_size_that_notices_half_agrees_with_trying_every_size() -> None:
    assert judge_sample(Sample(1, 0, 45, 40, 0.3)).enough.notice_half == brute_force_notice(0.3, 300)


def test_without_a_belief_only_the_money_is_judged() -> None:
    seen = judge_sample(Sample(600, 2, 45, 400))
    assert (seen.against, seen.answer) == (None, "does not pay")
    assert "Nothing was believed beforehand" in seen.sentence()


def test_what_costs_more_a_response_than_a_sale_is_worth_cannot_pay() -> None:
    assert judge_sample(Sample(1000, 1, 45, 2)).payback == "does not pay"


def test_what_was_free_and_sold_pays() -> None:
    assert judge_sample(Sample(0, 1, 45, 40)).payback == "pays"


def test_bad_numbers_are_all_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        judge_sample(Sample(-1, 50, 0, 40, 1.2))
    assert [next(word for word in ("spend", "worth", "exceeds", "believed") if word in one) for one in caught.value.problems] == [
        "spend", "worth", "exceeds", "believed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        (Sample(60, 0, 45, 40, 1e-18), "believed 1e-18 is below 1e-09"),
        (Sample(60, 0, 45, 10**20, 0.02), "responses 100000000000000000000 is more than can be counted"),
        (Sample(60, 10**400, 45), "is more than can be counted"),
    ],
)
def test_numbers_beyond_all_counting_are_named(sample: Sample, said: str) -> None:
    with pytest.raises(InputError, match=said):
        judge_sample(sample)


def test_a_tiny_rate_keeps_its_digits_and_a_tiny_break_even_asks_for_no_sample() -> None:
    rare = judge_sample(Sample(60, 0, 45, 3_000_000_000, 1e-9))
    assert rare.under_belief is not None
    assert rare.under_belief.at_most == pytest.approx(math.exp(3_000_000_000 * math.log1p(-1e-9)), rel=1e-9)
    assert judge_sample(Sample(1e-9, 0, 1e12, 40)).enough.against_break_even is None


def test_amounts_and_single_counts_are_said_as_such() -> None:
    assert "15 EUR spent without a sale would speak against 5 EUR a sale" in judge_sample(
        Sample(0, 0, 10, None, 5)
    ).sentence("EUR")
    assert "1 click without a sale would speak against" in judge_sample(Sample(6, 0, 45, 4, 0.97)).sentence()


def test_counts_above_ten_million_take_no_longer_and_stay_exact() -> None:
    seen = judge_sample(Sample(1e6, 100_000, 45, 20_000_000, 0.005))
    assert seen.under_belief.at_most == pytest.approx(0.5, abs=0.002)  # the mean is at the median of so many
    assert seen.low < 0.005 < seen.high


samples = st.integers(1, 400).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(0, n), st.floats(0.001, 0.999), st.floats(1, 1000))
)


@given(samples)
def test_the_tails_of_neighbours_add_up_to_one(drawn: tuple[int, int, float, float]) -> None:
    n, k, rate, spend = drawn
    here = judge_sample(Sample(spend, k, 10, n, rate))
    if k < n:
        above = judge_sample(Sample(spend, k + 1, 10, n, rate))
        assert here.under_belief.at_most + above.under_belief.at_least == pytest.approx(1)


@given(samples)
def test_the_interval_leaves_out_the_belief_exactly_when_a_tail_is_small(drawn: tuple[int, int, float, float]) -> None:
    n, k, rate, spend = drawn
    seen = judge_sample(Sample(spend, k, 10, n, rate))
    small = min(seen.under_belief.at_most, seen.under_belief.at_least) <= ALPHA
    near_edge = min(abs(rate - seen.low), abs(rate - seen.high)) < 1e-9
    assert near_edge or small == (not seen.low <= rate <= seen.high)


@given(samples)
def test_sales_and_those_who_did_not_buy_mirror_each_other(drawn: tuple[int, int, float, float]) -> None:
    n, k, rate, spend = drawn
    here = judge_sample(Sample(spend, k, 10, n, rate))
    there = judge_sample(Sample(spend, n - k, 10, n, 1 - rate))
    assert here.under_belief.at_most == pytest.approx(there.under_belief.at_least, abs=1e-12)
    assert here.low == pytest.approx(1 - there.high, abs=1e-9)


def test_the_poisson_is_the_limit_of_the_binomial() -> None:
    counted = judge_sample(Sample(5000, 12, 900, 1_000_000, 12.5 / 1_000_000))
    spent = judge_sample(MONEY)
    assert counted.under_belief.at_most == pytest.approx(spent.under_belief.at_most, abs=1e-3)
    assert counted.net_high == pytest.approx(spent.net_high, rel=1e-3)


@given(st.integers(0, 60), st.floats(10, 1e5), st.floats(1, 1e4))
def test_every_sample_has_an_answer_whose_interval_holds_what_was_seen(sales: int, spend: float, worth: float) -> None:
    seen = judge_sample(Sample(spend, sales, worth))
    assert seen.net_low <= seen.net <= seen.net_high
    assert seen.payback in ("pays", "does not pay", "can't tell")
    assert math.isfinite(seen.high)
    assert seen.sentence("EUR")
