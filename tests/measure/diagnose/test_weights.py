"""Pareto smoothing and power-scaling agree with an independent implementation and with closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from leadline.inputs import stream
from leadline.measure.diagnose import effective_draws, psis, sensitivity


@pytest.fixture(scope="module")
def oracle():
    return pytest.importorskip(
        "arviz_stats.base", reason="ARVIZ-STATS IS ABSENT: it is the independent implementation to agree with"
    ).array_stats


@pytest.mark.parametrize("count", [100, 1001, 4000])
@pytest.mark.parametrize("heaviness", [0.2, 0.7, 1.5])
@pytest.mark.parametrize("efficiency", [1.0, 0.4])
def test_smoothed_weights_agree_with_arviz(oracle, count, heaviness, efficiency):
    log_weights = heaviness * stream(count, "pareto").standard_exponential(count)
    found, k = psis(log_weights, efficiency=efficiency)
    wanted, wanted_k = oracle.psislw(-log_weights, r_eff=efficiency)
    assert k == pytest.approx(float(wanted_k), rel=1e-8)
    assert found == pytest.approx(wanted, rel=1e-8)
    assert np.exp(found).sum() == pytest.approx(1)


def test_k_is_the_shape_of_the_tail():
    # weights exp(s E) with E exponential are Pareto with shape s
    for shape in (0.3, 0.7, 1.0):
        found = [psis(shape * stream(at, "tail").standard_exponential(4000))[1] for at in range(20)]
        assert np.mean(found) == pytest.approx(shape, abs=0.05)


def test_weights_without_a_tail_say_so():
    smoothed, k = psis(np.zeros(100))
    assert k == -np.inf
    assert effective_draws(smoothed) == pytest.approx(100)
    alone = np.full(100, -np.inf)
    alone[3] = 0.0
    smoothed, k = psis(alone)
    assert k == np.inf
    assert np.exp(smoothed[3]) == 1
    assert psis(np.full(100, np.nan))[1] == np.inf
    assert effective_draws(np.full(100, -np.inf)) == 0
    assert effective_draws(np.log([0.5, 0.25, 0.25]) + 900) == pytest.approx(1 / 0.375)
    few = psis(np.array([0.0, 1.0, 2.0]))
    assert few[1] == np.inf


def test_a_draw_without_density_has_no_weight():
    log_weights = stream(1, "hole").standard_exponential(500) * 0.3
    log_weights[:50], log_weights[50] = -np.inf, np.nan
    found, k = psis(log_weights)
    assert np.isfinite(k)
    assert (found[:51] == -np.inf).all()


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
def test_power_scaling_agrees_with_arviz(oracle):
    generator = stream(2, "power")
    draws = generator.standard_normal((1000, 3))
    draws[:, 1] = np.exp(draws[:, 0])
    log_part = -0.5 * ((draws[:, 0] - 2) / 0.5) ** 2 + 0.1 * generator.standard_normal(1000)
    found = sensitivity(draws, log_part)
    low, high = (np.exp(oracle.power_scale_lw(log_part, alpha=alpha)) for alpha in (0.99, 1.01))
    for at in range(3):
        wanted = oracle.power_scale_sense(
            draws[None, :, at], (low / low.sum())[None], (high / high.sum())[None], 0.99, 1.01
        )
        assert found[at] == pytest.approx(float(wanted), rel=1e-8)
    assert sensitivity(draws, np.zeros(1000)).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("mean", "prior_sd", "prior_matters", "likelihood_matters"),
    [
        (0.5, 10.0, False, True),  # a wide prior: the data decide
        (6.0, 1.0, True, True),  # a prior far from the data: they disagree
        (0.0, 0.05, True, False),  # a narrow prior: it decides
    ],
)
def test_prior_and_likelihood_of_a_normal_mean_matter_as_they_should(mean, prior_sd, prior_matters, likelihood_matters):
    data_sd = 0.5
    precision = 1 / prior_sd**2 + 1 / data_sd**2
    draws = mean / data_sd**2 / precision + stream(4, "normal mean").standard_normal(4000) / np.sqrt(precision)
    found = (
        sensitivity(draws, -0.5 * (draws / prior_sd) ** 2),
        sensitivity(draws, -0.5 * ((mean - draws) / data_sd) ** 2),
    )
    assert [float(one) >= 0.05 for one in found] == [prior_matters, likelihood_matters]
