"""Which channels can be told: of copies neither, however sure one of them looks; of the rare and the constant none."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest

from leadline.measure.mix.identification import is_constant, verdicts

STEPS, SPEND = 60, 5.0


def judged(second, contributions, *, geos=1, saturation="hill"):
    """Give the verdicts on two channels by the exposure of the second and draws of what both brought."""
    draw = np.random.default_rng(1)
    first = draw.gamma(2, 1, (geos, STEPS))
    panel = SimpleNamespace(grain="week", geo=("x",) * geos, currency="EUR")
    exposure = np.stack([first, second(first, draw)])
    usual = np.array([np.median(one[one > 0]) for one in exposure])
    data = SimpleNamespace(
        exposure=exposure, lags=(exposure / usual[:, None, None])[:, None], spend=np.full(2, SPEND), has_money=True, panel=panel,
        outcome=draw.normal(size=(geos, STEPS)),
    )  # fmt: skip
    model = SimpleNamespace(
        shape=SimpleNamespace(channels=("search", "radio"), saturation=("hill", saturation)), data=data
    )
    draws = contributions(draw)
    totals = SimpleNamespace(
        contribution=draws, log_likelihood=draw.normal(size=len(draws)), log_prior=draw.normal(size=draws.shape)
    )
    before = np.exp(draw.normal(0.2, 0.9, (4000, 2)))
    return verdicts(model, totals, after=draws / SPEND, before=before, expected=before * SPEND)


def sure_of_one(draw):
    """Give draws in which the sum of both is known, and one seems to be known nearly for sure: what a quick estimate made."""
    search = 4.5 * np.exp(0.2 * draw.normal(size=3000))
    whole = search + 1.5 * np.exp(0.7 * draw.normal(size=3000))
    return np.column_stack([search, whole - search])


def test_of_two_copies_neither_has_a_number_of_its_own_unless_both_have():
    copies = judged(lambda first, draw: first * (1 + 0.02 * draw.normal(size=first.shape)), sure_of_one)
    assert [one.verdict for one in copies] == ["not identified"] * 2
    assert {one.together for one in copies} == {(0, 1)}
    assert copies[0].reason.startswith("it moves with radio (correlation above 0.99; they ran together")
    apart = judged(lambda first, draw: draw.gamma(2, 1, first.shape), sure_of_one)
    assert apart[0].verdict == "identified"  # the same draws, of channels that move apart


def both_known(draw):
    """Give draws in which each of two is known."""
    return np.column_stack([4.5 * np.exp(0.1 * draw.normal(size=3000)), 1.5 * np.exp(0.1 * draw.normal(size=3000))])


def test_of_what_always_ran_at_nearly_its_usual_amount_the_first_of_it_is_a_guess_unless_the_curve_is_said_to_be_straight():
    def level(first, draw):
        return 1 + 0.07 * draw.normal(size=first.shape)

    never_low = judged(level, both_known)[1]
    assert never_low.verdict == "weak"
    assert re.fullmatch(
        r"it hardly ever fell below [89]\d % of its usual amount, so what the first of it brought was never seen",
        never_low.reason,
    )
    assert never_low.remedy.startswith("a test that switches radio off")
    assert judged(level, both_known, saturation="none")[1].verdict == "identified"


def test_what_never_varies_in_any_place_is_part_of_the_baseline_and_what_hardly_ran_is_tested_by_running_it():
    level = judged(lambda first, _: np.ones_like(first) * np.array([[1.0], [2.0]]), both_known, geos=2)
    assert (level[1].verdict, level[1].reason) == (
        "not identified", "it never varied, so it can't be told from the baseline",
    )  # fmt: skip
    rare = judged(lambda first, _: np.where(np.arange(STEPS) == 30, 5.0, 0.0)[None] * np.ones_like(first), both_known)
    assert (rare[1].verdict, rare[1].reason) == ("weak", "it ran in 2 % of the weeks only")
    assert rare[1].remedy.startswith("a test that runs radio in some regions for some weeks")


@pytest.mark.parametrize(
    ("exposure", "told"), [([[2, 2], [5, 5]], True), ([[2, 2], [5, 6]], False), ([[0, 0], [0, 0]], True)]
)
def test_a_channel_is_constant_where_it_is_so_in_each_place(exposure, told):
    model = SimpleNamespace(data=SimpleNamespace(exposure=np.array([exposure], dtype=float)))
    assert is_constant(model, 0) is told
