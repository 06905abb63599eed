"""Properties of coverage and scores that hold for every plan (checks.md section 3, "Proof")."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.align.case import Case
from leadline.align.coverage import Coverage
from leadline.align.draws import DRAWS, Draws
from leadline.align.hundred import PARTS, whole_numbers
from leadline.align.run import CheckOptions, case_of
from leadline.align.scores import Scores, scores_of
from leadline.plan.bets import Bet
from leadline.plan.estimate import Belief, quantile, widen
from leadline.plan.source import parse_plan

DAY = dt.date(2027, 1, 2)
FEW = settings(max_examples=25, deadline=None)

PLAN = """
plan: {{id: p, currency: EUR, budget: 900 kEUR, window: 2027-01-01..2027-12-31, status: review}}
metrics:
  - {{id: lead, unit: count, source: "stage:lead"}}
  - {{id: sale, unit: count, value_event: true, worth: 400 EUR, source: "stage:won"}}
objectives:
  - {{id: sell, metric: sale, baseline: {{value: 0}}, target: {{value: 100, by: 2027-12-31}}, serves: [grow]}}
strategy:
  levels: [{{id: grow, level: corporate, direction: growth}}]
tactics:
  bridge:
    - {{from: lead, to: sale, rate: {rate}, lag: {lag} days, method: {method}}}
{loop}
  list:
    - {{id: ads, intent: acquire, serves: [sell], dates: 2027-01-01..2027-10-31, budget: {ads} EUR, hours: 100 h, owner: mia, delivers: {{metric: lead, count: {count}, method: {method}}}}}
    - {{id: talk, intent: build, serves: [], dates: 2027-01-01..2027-10-31, budget: {talk} EUR, hours: 50 h, owner: mia}}
{more}
action:
  people: [{{id: mia, cost: {pay} EUR/h, capacity: 30 h/week}}]
"""


def case(**changes: object) -> Case:
    fields = {
        "rate": "10..20..30 %", "lag": 0, "method": "measured", "loop": "", "ads": 3000, "talk": 1000,
        "count": "400..600..800", "more": "", "pay": 40,
    } | changes  # fmt: skip
    options = {key: fields.pop(key) for key in ("settings", "seed") if key in fields}
    return case_of(parse_plan(PLAN.format(**fields)), CheckOptions(as_of=DAY, **options))


def sell(**changes: object) -> Coverage:
    return case(**changes).coverage["sell"]


def scores(**changes: object) -> Scores:
    return scores_of(case(**changes))


def parts(one: Scores) -> list[float]:
    return [getattr(one.hundred, part) for part in PARTS]


@FEW
@given(factor=st.floats(0.01, 1000), ads=st.integers(1, 10**6), talk=st.integers(1, 10**6))
def test_scaling_all_budgets_and_pay_leaves_every_share(factor: float, ads: int, talk: int) -> None:
    before = scores(ads=ads, talk=talk, pay=40)
    after = scores(ads=f"{ads * factor:.9f}", talk=f"{talk * factor:.9f}", pay=f"{40 * factor:.9f}")
    assert parts(after) == pytest.approx(parts(before), rel=1e-6)
    assert after.traced_spend.value == pytest.approx(before.traced_spend.value, rel=1e-6)
    assert after.concentration.hhi == pytest.approx(before.concentration.hhi, rel=1e-6)


@FEW
@given(money=st.integers(0, 10**6))
def test_a_run_tactic_stands_beside_and_moves_no_part(money: int) -> None:
    run = f"    - {{id: fees, intent: run, dates: 2027-01-01..2027-10-31, budget: {money} EUR}}"
    before, after = scores(), scores(more=run)
    assert parts(after) == parts(before)
    assert after.traced_spend.value == before.traced_spend.value
    assert after.hundred.run_cost == money


@given(st.lists(st.floats(0, 1e6), min_size=4, max_size=4).filter(lambda shares: sum(shares) > 0))
def test_whole_numbers_add_up_to_a_hundred_and_stay_within_one(shares: list[float]) -> None:
    exact = [share / sum(shares) for share in shares]
    whole = whole_numbers(exact)
    assert sum(whole) == 100
    assert all(abs(number - 100 * share) < 1 + 1e-9 for number, share in zip(whole, exact, strict=True))


def test_the_four_parts_add_up_to_all() -> None:
    assert sum(parts(scores())) == pytest.approx(1.0)


@FEW
@given(lags=st.tuples(st.integers(0, 500), st.integers(0, 500)))
def test_a_longer_lag_never_raises_coverage(lags: tuple[int, int]) -> None:
    short, long = (sell(lag=lag) for lag in sorted(lags))
    assert long.due_share <= short.due_share + 1e-12
    assert long.p95 <= short.p95 + 1e-12
    assert long.p <= short.p


@FEW
@given(rate=st.floats(0.1, 99), count=st.floats(1, 1e6))
def test_with_zero_lags_all_is_in_time(rate: float, count: float) -> None:
    one = sell(rate=f"{rate:.6f} %", count=f"{count:.6f}")
    assert one.due_share == pytest.approx(one.naive_share)


@FEW
@given(rho=st.floats(0, 0.9))
def test_shared_optimism_moves_no_base_value_and_no_median_of_a_single_bet(rho: float) -> None:
    before = sell(method="guess", rate="10 %", settings={"shared_optimism": 0.0})
    after = sell(method="guess", rate="10 %", settings={"shared_optimism": rho})
    assert (after.needed, after.naive, after.due) == (before.needed, before.naive, before.due)
    bet = Bet("ads>lead", "delivers", "ads", "lead", (), None, Belief(400, 600, 900, "amount"), "guess")
    drawn = Draws(1, rho).of(bet)
    assert np.quantile(drawn, (0.05, 0.5, 0.95)) == pytest.approx((400, 600, 900), rel=2e-3)


@FEW
@given(turn=st.floats(0.01, 0.8))
def test_a_loop_with_short_turns_tends_to_the_geometric_sum(turn: float) -> None:
    loop = f"    - {{from: sale, to: lead, rate: {turn / 0.2:.9f} count, lag: 1 day, method: measured}}"
    once, looped = sell(), sell(loop=loop)
    assert looped.naive == pytest.approx(once.naive / (1 - turn), rel=1e-3)


@FEW
@given(count=st.floats(1, 1e6), method=st.sampled_from(["guess", "expert", "benchmark"]))
def test_measured_never_widens(count: float, method: str) -> None:
    wide, narrow = widen(count, "amount", method=method), widen(count, "amount", method="measured")
    assert wide.low <= narrow.low <= narrow.high <= wide.high
    lesser = sell(count=f"{count:.6f}", method="measured", rate="20 %")
    greater = sell(count=f"{count:.6f}", method=method, rate="20 %")
    assert lesser.p95 - lesser.p05 <= greater.p95 - greater.p05 + 1e-12


@FEW
@given(low=st.floats(0.01, 0.3), middle=st.floats(0.3, 0.6), high=st.floats(0.6, 0.99))
def test_draws_follow_the_quantile_function_of_the_plan(low: float, middle: float, high: float) -> None:
    bet = Bet("a>b:rate", "rate", None, "b", (), None, Belief(low, middle, high, "share"), "expert")
    drawn = np.sort(np.asarray(Draws(3, 0.3).of(bet)))
    for rank in (0, 100, DRAWS // 2, DRAWS - 1):
        assert drawn[rank] == pytest.approx(quantile(bet.belief, (rank + 0.5) / DRAWS), rel=1e-9)


def test_unmeasured_bets_go_together_by_the_shared_optimism_and_lags_against_it() -> None:
    def bet(name: str, kind: str, method: str) -> Bet:
        return Bet(name, kind, None, "m", (), None, Belief(1.0, 2.0, 4.0, "amount"), method)

    draws = Draws(1, 0.3)
    guess, expert, lag, measured = (
        draws.standard(bet("a", "rate", "guess")),
        draws.standard(bet("b", "rate", "expert")),
        draws.standard(bet("c", "lag", "guess")),
        draws.standard(bet("d", "rate", "measured")),
    )
    tolerance = 4 / np.sqrt(DRAWS)  # four standard errors of a correlation
    assert np.corrcoef(guess, expert)[0, 1] == pytest.approx(0.3, abs=tolerance)
    assert np.corrcoef(guess, lag)[0, 1] == pytest.approx(-0.3, abs=tolerance)
    assert np.corrcoef(guess, measured)[0, 1] == pytest.approx(0.0, abs=tolerance)


def test_a_shared_step_is_one_draw_for_all_tactics() -> None:
    twin = "    - {id: twin, intent: acquire, serves: [sell], dates: 2027-01-01..2027-10-31, budget: 1 EUR, delivers: {metric: lead, count: 600, method: measured}}"
    alone = sell(count="1200", method="measured")
    both = sell(count="600", more=twin, method="measured")
    assert (both.p05, both.p95) == pytest.approx((alone.p05, alone.p95))


def test_another_bet_does_not_shift_the_draws_of_the_others() -> None:
    other = "    - {id: aaa, intent: acquire, serves: [], segments: [x], dates: 2027-01-01..2027-10-31, delivers: {metric: sale, count: 1e-9..2e-9..3e-9, method: measured}}"
    assert sell(more=other).p05 == pytest.approx(sell().p05, abs=1e-9)


def test_without_plan_is_drawn_and_lowers_what_is_needed(shared: object) -> None:
    text = (shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8")
    text = re.sub(
        r"(    target: \{value: 1100 kEUR, by: 2027-12-31\}\n)", r"\1    without_plan: 40..60..90 kEUR\n", text
    )
    one = case_of(parse_plan(text), CheckOptions(as_of=DAY)).coverage["arr-2027"]
    assert one.needed == pytest.approx(620_000)
    assert (one.naive_share, one.due_share) == pytest.approx((1.475, 1.259), abs=0.001)
    assert (one.p05, one.p50, one.p95) == pytest.approx((0.872, 1.231, 1.676), abs=0.02)
    assert one.p == pytest.approx(0.85, abs=0.03)


def test_a_legal_loop_counts_each_generation_that_starts_in_time(shared: object) -> None:
    text = (shared / "examples" / "safe-harbour-reading" / "plan.yaml").read_text(encoding="utf-8")
    step = '    - {from: tutor, to: applicant, rate: 0.2..0.4..0.7 count, lag: 180 days, owner: joy, touchpoint: table, tracking: "volunteer record", method: measured, source: ev-joy}\n'
    text = text.replace("  list:\n    - id: paid-social", f"{step}  list:\n    - id: paid-social")
    one = case_of(parse_plan(text), CheckOptions(as_of=DAY)).coverage["tutors-2027"]
    assert (one.naive, one.due) == pytest.approx((120.0, 112.0), abs=0.05)
    assert (one.p05, one.p50, one.p95) == pytest.approx((0.836, 1.132, 1.497), abs=0.02)
    assert one.p == pytest.approx(0.75, abs=0.03)
