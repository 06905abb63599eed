import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leadline.measure.mix.priors import FAMILIES, Layout, Prior, quantiles

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


def test_three_quantiles_become_the_quantiles_of_the_prior():
    drawn = quantiles(0.3, 1.0, p95=5.0).draw(np.random.default_rng(1), 200_000)
    np.testing.assert_allclose(np.quantile(drawn, (0.05, 0.5, 0.95)), (0.3, 1.0, 5.0), rtol=0.03)


def test_the_middle_of_a_prior_lies_within_it():
    for prior in PRIORS:
        drawn = prior.draw(np.random.default_rng(1), 4000)
        assert np.quantile(drawn, 0.1) < prior.middle < np.quantile(drawn, 0.9)
