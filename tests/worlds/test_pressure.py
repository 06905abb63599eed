from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.worlds.parameters import Effect, Geometric, Hill, TacticTruth
from leadline.worlds.pressure import carry_over, curve, respond, saturate
from leadline.worlds.spending import Money

LEADS = {"metric": "lead", "at_plan": 90}


def tactic(*, half=300.0, slope=1.0, half_life=4.0, effect=LEADS):
    return TacticTruth(
        adstock=Geometric(half_life=half_life),
        saturation=Hill(half=half, slope=slope),
        effect=(Effect.model_validate(effect),),
    )


def steady(money, days=60):
    return Money(planned=np.full(days, float(money)), spent=np.full(days, money * 100, dtype=np.int64))


def test_carry_over_halves_after_its_half_life():
    pulse = np.zeros(20)
    pulse[0] = 100.0
    carried = carry_over(pulse, Geometric(half_life=4.0))
    assert carried[4] == pytest.approx(carried[0] / 2)
    assert carried[8] == pytest.approx(carried[0] / 4)


def test_no_half_life_is_no_carry_over():
    assert carry_over(np.array([3.0, 0.0, 5.0]), Geometric(half_life=0.0)).tolist() == [3.0, 0.0, 5.0]


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=40), st.floats(0.5, 30))
def test_carry_over_keeps_the_money_but_for_what_lies_beyond_the_end(money, half_life):
    spent = np.array(money + [0.0] * 1_000)
    assert carry_over(spent, Geometric(half_life=half_life)).sum() == pytest.approx(spent.sum(), rel=1e-6)


def test_half_of_the_response_is_reached_at_half():
    assert saturate(np.array([260.0]), Hill(half=260.0, slope=1.7))[0] == pytest.approx(0.5)


@given(st.integers(1, 5_000), st.floats(0.3, 1.0))
def test_double_the_money_brings_less_than_double(money, slope):
    truth = tactic(slope=slope)
    points = curve(truth, steady(money), effect=truth.effect[0])
    assert points["0"] == 0
    assert points["1"] < points["2"] < 2 * points["1"]


@given(st.integers(1, 5_000), st.floats(0.0, 20.0), st.floats(0.5, 2.0))
def test_the_planned_money_in_a_neutral_market_brings_what_is_true(money, half_life, slope):
    truth = tactic(half_life=half_life, slope=slope)
    assert respond(truth, steady(money), wish=np.ones(60)).units["lead"].sum() == pytest.approx(90)


def test_no_money_no_effect():
    truth = tactic()
    nothing = Money(planned=np.full(60, 100.0), spent=np.zeros(60, dtype=np.int64))
    assert respond(truth, nothing, wish=np.ones(60)).units["lead"].sum() == 0


def test_a_level_is_built_up_and_kept():
    truth = tactic(effect={"metric": "awareness", "at_plan": 0.02})
    level = respond(truth, steady(100), wish=np.ones(60)).units["awareness"]
    assert np.all(np.diff(level) > 0)
    assert level[-1] == pytest.approx(0.02)
