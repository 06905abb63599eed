import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.measure.mix.engine import engine
from leadline.measure.mix.saturate import hill, hill_response, logistic, logistic_response


@pytest.fixture(scope="module")
def vectors(shared):
    return json.loads((shared / "vectors" / "mix" / "mix.json").read_text(encoding="utf-8"))


def test_curves_are_those_of_the_vectors(vectors):
    x = np.array(vectors["hill"]["x"], dtype=float)
    np.testing.assert_allclose(hill(x, 0.8), vectors["hill"]["half=0.8 slope=1"], atol=1e-10)
    np.testing.assert_allclose(hill(x, 0.8, slope=2.0), vectors["hill"]["half=0.8 slope=2"], atol=1e-10)
    np.testing.assert_allclose(logistic(x, 1.5), vectors["logistic"]["lam=1.5"], atol=1e-10)


def test_the_engine_computes_the_same_curve_from_a_logarithm_of_half_the_bits():
    pytest.importorskip("jax", reason="the extra `mix` is not installed")
    _, jnp = engine()
    x = np.concatenate([[0.0], 10.0 ** np.linspace(-25, 6, 500)])
    for half, slope in ((0.1, 0.3), (0.8, 1.2), (10.0, 4.0)):
        plain = x**slope / (x**slope + half**slope)
        np.testing.assert_allclose(hill(x, half, slope=slope), plain, rtol=1e-12)
        np.testing.assert_allclose(np.asarray(hill(jnp.asarray(x), half, slope=slope, xp=jnp)), plain, rtol=1e-12)


def test_the_gradient_of_an_s_curve_without_exposure_is_a_number():
    jax = pytest.importorskip("jax", reason="the extra `mix` is not installed")

    def sums(x):
        return hill(x, 0.8, slope=1.7, xp=jax.numpy).sum()

    assert jax.grad(sums)(jax.numpy.array([0.0, 1.0])).tolist()[0] == 0.0


@given(x=st.floats(0.01, 20), half=st.floats(0.1, 10), slope=st.floats(0.3, 4))
def test_the_move_of_a_curve_is_what_one_per_mille_more_exposure_brings(x, half, slope):
    h = hill(np.array(x), half, slope=slope)
    moved = (hill(np.array(x * 1.0005), half, slope=slope) - hill(np.array(x * 0.9995), half, slope=slope)) / 0.001
    assert hill_response(h, slope) == pytest.approx(moved, rel=1e-4, abs=1e-9)


def test_the_move_of_the_logistic_curve_is_its_slope_times_exposure():
    moved = (logistic(np.array(1.001), 1.5) - logistic(np.array(0.999), 1.5)) / 0.002
    assert logistic_response(np.array(1.0), 1.5) == pytest.approx(moved, rel=1e-5)
