import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leadline.errors import UsageError
from leadline.measure.mix.engine import engine
from leadline.measure.mix.priors import FAMILIES, Layout, Prior, quantiles, taken

PRIORS = (
    Prior("log-normal", 0.2, 0.9), quantiles(0.3, 1.0, p95=5.0), Prior("normal", 1.0, 2.0), Prior("half-normal", 0.0, 0.3),
    Prior("truncated-normal", 0.8, 0.8, 0.1, 10.0), Prior("gamma", 2.0, 0.1, 2.0), Prior("uniform", 0.0, 1.0, 0.0, 1.0),
)  # fmt: skip
LAYOUT = Layout.of([(prior.family, prior) for prior in PRIORS])


def test_every_family_is_tried_here():
    assert {prior.family for prior in PRIORS} == set(FAMILIES)


@given(seed=st.integers(0, 1000))
def test_a_parameter_comes_back_from_its_unbounded_number(seed):
    drawn = LAYOUT.draw(np.random.default_rng(seed), 5)
    np.testing.assert_allclose(LAYOUT.constrain(LAYOUT.unconstrain(drawn))[0], drawn, rtol=1e-6)


@pytest.mark.parametrize("prior", PRIORS, ids=lambda prior: prior.family)
def test_the_density_of_the_unbounded_number_is_that_of_direct_draws(prior):
    layout = Layout.of([("one", prior)])
    grid = np.linspace(-12, 12, 24_001)[:, None]
    _, density = layout.constrain(grid)
    share = np.cumsum(np.exp(density - density.max()))
    direct = layout.unconstrain(layout.draw(np.random.default_rng(2), 20_000))[:, 0]
    found = stats.kstest(direct, lambda u: np.interp(u, grid[:, 0], share / share[-1]))
    assert found.pvalue > 0.001  # design, measurement section 2.3


@pytest.mark.parametrize("prior", PRIORS, ids=lambda prior: prior.family)
def test_the_engine_has_the_same_parameters_and_moves_them_as_differences_do(prior):
    pytest.importorskip("jax", reason="the extra `mix` is not installed")
    jax, jnp = engine()
    layout, u = Layout.of([("one", prior)]), np.linspace(-5, 5, 41)[:, None]
    values, density = layout.constrain(u)
    of_engine = [np.asarray(one) for one in layout.constrain(jnp.asarray(u), xp=jnp)]
    np.testing.assert_allclose(of_engine[0], values, rtol=1e-9)
    np.testing.assert_allclose(of_engine[1], density, rtol=1e-9)
    up, down = (layout.constrain(u + step)[0][:, 0] for step in (1e-5, -1e-5))
    slope = jax.vmap(jax.grad(lambda one: layout.constrain(one, xp=jnp)[0][0]))(jnp.asarray(u))[:, 0]
    smooth = np.abs(u[:, 0]) > 1e-9  # where a split prior bends it has two slopes
    np.testing.assert_allclose(np.asarray(slope)[smooth], ((up - down) / 2e-5)[smooth], rtol=1e-4, atol=1e-9)


def test_a_prior_that_lies_outside_its_bounds_is_refused():
    with pytest.raises(UsageError, match="one has nearly nothing within its bounds"):
        Layout.of([("one", Prior("truncated-normal", 10.0, 1.0, 0.0, 1.0))])


@given(places=st.lists(st.integers(-1, 19), max_size=20))
def test_what_is_taken_by_slices_is_what_stands_there(places):
    values = np.random.default_rng(1).standard_normal((2, 20))
    np.testing.assert_array_equal(taken(values, places), values[:, np.array(places, dtype=int)])


def test_three_quantiles_become_the_quantiles_of_the_prior():
    drawn = quantiles(0.3, 1.0, p95=5.0).draw(np.random.default_rng(1), 200_000)
    np.testing.assert_allclose(np.quantile(drawn, (0.05, 0.5, 0.95)), (0.3, 1.0, 5.0), rtol=0.03)


def test_the_middle_of_a_prior_lies_within_it():
    for prior in PRIORS:
        drawn = prior.draw(np.random.default_rng(1), 4000)
        assert np.quantile(drawn, 0.1) < prior.middle < np.quantile(drawn, 0.9)
