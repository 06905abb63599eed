import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.measure.mix.carry import half_life, lagged, steps_before, weights

ALPHAS = st.floats(0.01, 0.99)


@pytest.fixture(scope="module")
def vectors(shared):
    return json.loads((shared / "vectors" / "mix" / "mix.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("said", "family", "parameters"),
    [
        ("geometric alpha=0.6", "geometric", (0.6,)),
        ("delayed alpha=0.6 theta=2", "delayed", (0.6, 2.0)),
        ("binomial alpha=0.6", "binomial", (0.6,)),
        ("weibull shape=2 scale=3 (density at lag+1)", "weibull", (2.0, 3.0)),
    ],
)
def test_weights_are_those_of_the_vectors(vectors, said, family, parameters):
    found = weights(family, 8, parameters=tuple(np.array(one) for one in parameters))
    np.testing.assert_allclose(found, vectors["carry_over_weights"][said], atol=1e-10)


@given(family=st.sampled_from(["geometric", "binomial"]), alpha=ALPHAS, lags=st.integers(0, 56))
def test_weights_sum_to_one_and_none_is_negative(family, alpha, lags):
    found = weights(family, lags, parameters=(np.array(alpha),))
    assert found.sum() == pytest.approx(1.0)
    assert (found >= 0).all()


def test_no_carry_over_puts_all_on_the_step_itself():
    assert weights("none", 3, parameters=()).tolist() == [1.0, 0.0, 0.0, 0.0]


def test_after_a_half_life_half_of_an_endless_carry_over_is_done():
    assert half_life(np.array(0.5)) == pytest.approx(1.0)


def test_an_entry_of_a_stack_is_the_exposure_so_many_steps_before():
    values = np.arange(10.0).reshape(1, 5, 2)
    stacked = lagged(values, 2, before=np.array([[[-4.0, -3.0], [-2.0, -1.0]]]))
    assert stacked.shape == (2, 3, 1, 5)
    assert stacked[0, 0, 0].tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert stacked[0, 2, 0].tolist() == [-4.0, -2.0, 0.0, 2.0, 4.0]


def test_what_ran_before_is_taken_from_the_history_then_from_the_usual_level():
    values = np.array([4.0, 2.0, 0.0, 9.0]).reshape(1, 4, 1)
    found = steps_before(values, 3, history=np.array([7.0]).reshape(1, 1, 1), carry_in="steady")
    assert found[0, :, 0].tolist() == [2.0, 2.0, 7.0]
    assert steps_before(values, 3, history=None, carry_in="zero")[0, :, 0].tolist() == [0.0, 0.0, 0.0]
