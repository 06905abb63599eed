"""Effective sample sizes and R-hat agree with an independent implementation, and with what is known of AR(1) chains."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.inputs import stream
from leadline.measure.diagnose import chain_checks, e_bfmi, ess_bulk, ess_tail, rhat


def autoregressive(shape, correlation, *, seed=1):
    """Return stationary AR(1) chains (chains, draws, parameters) of sd 1."""
    noise = stream(seed, f"chains {shape} {correlation}").standard_normal(shape)
    chains = noise.copy()
    for at in range(1, shape[1]):
        chains[:, at] = correlation * chains[:, at - 1] + np.sqrt(1 - correlation**2) * noise[:, at]
    return chains


@pytest.mark.parametrize("shape", [(4, 400, 4), (2, 52, 4), (3, 25, 4)])
@pytest.mark.parametrize("correlation", [-0.6, 0.0, 0.9])
@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
def test_all_three_agree_with_arviz(shape, correlation):
    oracle = pytest.importorskip(
        "arviz_stats.base", reason="ARVIZ-STATS IS ABSENT: it is the independent implementation to agree with"
    ).array_stats
    chains = autoregressive(shape, correlation)
    chains[..., 1] = np.exp(3 * chains[..., 1])  # skewed
    chains[..., 2] = np.round(chains[..., 2])  # many equal draws
    chains[0, :, 3] += 1.0  # a chain that is elsewhere
    found = chain_checks(chains)
    for at in range(4):
        one = chains[..., at]
        wanted = (
            oracle.rhat(one, method="rank"),
            oracle.ess(one, method="bulk"),
            oracle.ess(one, method="tail", prob=0.05),
        )
        assert [float(part[at]) for part in found] == pytest.approx([float(part) for part in wanted], rel=1e-8)
    for together, alone in zip(found, (rhat, ess_bulk, ess_tail), strict=True):
        assert np.array_equal(together, alone(chains))


@given(power=st.floats(0.2, 5), turned=st.booleans(), seed=st.integers(0, 5))
def test_no_monotone_change_of_scale_moves_the_bulk(power, turned, seed):
    chains = autoregressive((4, 60, 2), 0.5, seed=seed)
    other = np.sign(chains) * np.abs(chains) ** power * (-1 if turned else 1)
    assert ess_bulk(other) == pytest.approx(ess_bulk(chains), rel=1e-9)


def test_the_effective_sample_size_of_a_known_chain_is_met():
    # of the mean of AR(1): N (1 - r) / (1 + r)
    for correlation, share in ((0.5, 1 / 3), (0.8, 1 / 9)):
        chains = autoregressive((4, 2000, 20), correlation)
        assert np.median(ess_bulk(chains)) / 8000 == pytest.approx(share, rel=0.1)


def test_a_chain_of_other_width_shows_only_in_the_folded_half():
    chains = autoregressive((4, 400, 2), 0.0)
    chains[0, :, 0] *= 5
    found = rhat(chains)
    assert found[0] > 1.1
    assert found[1] < 1.01


def test_what_never_moves_or_is_no_number_has_no_checks():
    chains = autoregressive((4, 40, 3), 0.0)
    chains[..., 0], chains[1, 3, 2] = 7.0, np.inf
    for found in chain_checks(chains):
        assert np.isnan(found).tolist() == [True, False, True]


def test_any_shape_of_parameters_comes_back():
    chains = autoregressive((2, 20, 6), 0.0)
    assert np.array_equal(rhat(chains.reshape(2, 20, 3, 2)), rhat(chains).reshape(3, 2))
    assert rhat(chains[..., 0]).shape == ()
    with pytest.raises(ValueError, match="4 draws or more"):
        rhat(chains[:, :3])


def test_the_energy_of_a_chain_that_diffuses_is_low():
    quick, slow = autoregressive((1, 20_000), 0.0), autoregressive((1, 20_000), 0.95)
    # of AR(1): 2 (1 - r)
    assert e_bfmi(np.concatenate([quick, slow])) == pytest.approx([2.0, 0.1], rel=0.25)


@pytest.mark.slow
def test_four_hundred_parameters_are_judged_in_a_third_of_a_second():
    chains = autoregressive((4, 700, 400), 0.5)
    chain_checks(chains[..., :1])
    begun = time.process_time()
    chain_checks(chains)
    assert time.process_time() - begun < 1.0  # 0.23 s measured; three times that on a loaded machine
