"""The quick estimate is right where it says it is, and says so where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from leadline.inputs import stream
from leadline.measure.mix.instant import BATCH, ROUND_BATCHES, instant_draws
from leadline.measure.mix.pilot import Pilot
from leadline.measure.mix.proposal import Proposal, fitted

ROUND = BATCH * ROUND_BATCHES


def pilot_at(centre, covariance):
    nothing = np.zeros((0, 0))
    return Pilot(np.asarray(centre), np.linalg.cholesky(covariance), np.asarray(covariance), nothing, nothing, 0.0)


def skewed(count=25):
    """Return potential, pilot and true draws of mixed logarithms of gamma variables: skewed to the left, correlated."""
    shapes = np.linspace(0.6, 6, count)
    mix = np.eye(count) + 0.3 * stream(1, "mix").standard_normal((count, count)) / np.sqrt(count)
    back = np.linalg.inv(mix)

    def potential(u):
        g = u @ back.T
        return -(shapes * g - np.exp(g)).sum(axis=1)

    # the Laplace approximation: mode log shape, curvature shape
    pilot = pilot_at(mix @ np.log(shapes), (mix / shapes) @ mix.T)
    truth = np.log(stream(2, "gamma").gamma(shapes, size=(40_000, count))) @ mix.T
    return potential, pilot, truth


def test_a_skewed_target_of_25_numbers_is_met():
    potential, pilot, truth = skewed()
    found = instant_draws(potential, pilot, seed=1)
    assert found.is_usable
    assert found.ess > 1000
    assert found.draws.shape == (1000, 25)
    spread = truth.std(axis=0)
    off = (np.quantile(found.draws, (0.05, 0.5, 0.95), axis=0) - np.quantile(truth, (0.05, 0.5, 0.95), axis=0)) / spread
    # Monte Carlo error at 1,000 draws: 0.04 sd of a median, 0.07 and, in the long tail, 0.12 of the ends; 25 numbers
    assert np.abs(off[1]).max() < 0.16
    assert np.abs(off[[0, 2]]).max() < 0.45
    assert (found.draws.std(axis=0) / spread).mean() == pytest.approx(1, abs=0.05)
    # the pilot alone is off by more: its middle is the mode
    assert np.abs(np.median(truth, axis=0) - pilot.centre).max() / spread.max() > 0.25


def test_what_the_pilot_knew_needs_no_further_rounds():
    covariance = np.array([[2.0, 0.9], [0.9, 1.0]])
    precise = np.linalg.inv(covariance)
    found = instant_draws(
        lambda u: 0.5 * ((u - 3) @ precise * (u - 3)).sum(axis=1), pilot_at([3, 3], covariance), seed=1
    )
    assert found.k < 0.5
    assert found.evaluations == 3 * ROUND
    assert found.ess > 0.8 * found.evaluations
    assert np.cov(found.draws.T) == pytest.approx(covariance, abs=0.3)


def test_a_funnel_is_not_called_usable():
    def funnel(u):  # Neal 2003, doi 10.1214/aos/1056562461: nine numbers whose spread is exp(v / 2), v with sd 3
        return 0.5 * (u[:, 0] / 3) ** 2 + 0.5 * (u[:, 1:] ** 2 * np.exp(-u[:, :1])).sum(axis=1) + 4.5 * u[:, 0]

    for seed in (0, 2):
        found = instant_draws(funnel, pilot_at(np.zeros(10), np.eye(10)), seed=seed)
        assert found.k > 0.7
        assert not found.is_usable
        assert np.isfinite(found.draws).all()


def test_a_second_mode_far_away_is_not_seen_and_k_cannot_say_so():
    """The limit of the method, stated: half of the mass is missed, and the weights look perfect."""

    def potential(u):
        near, far = 0.5 * (u**2).sum(axis=1), 0.5 * ((u - 40) ** 2).sum(axis=1)
        return -np.logaddexp(-near, -far)

    found = instant_draws(potential, pilot_at(np.zeros(3), np.eye(3)), seed=1)
    assert found.is_usable
    assert found.draws.max() < 20


def test_a_target_far_beyond_reach_is_given_up_early():
    # 300 numbers, each half as wide as the pilot has it
    found = instant_draws(lambda u: 2 * (u**2).sum(axis=1), pilot_at(np.zeros(300), np.eye(300)), seed=1)
    assert not found.is_usable
    assert found.evaluations < 8 * ROUND


def test_where_there_is_no_density_no_draw_falls():
    def potential(u):
        return np.where(u[:, 0] > 0, u[:, 0] + 0.5 * u[:, 1] ** 2, np.where(u[:, 1] > 0, np.inf, np.nan))

    found = instant_draws(potential, pilot_at([0.5, 0.0], np.eye(2)), seed=1)
    assert found.draws[:, 0].min() > 0
    assert found.draws[:, 0].mean() == pytest.approx(1, abs=0.15)
    nowhere = instant_draws(lambda u: np.full(len(u), np.inf), pilot_at([0.0], np.eye(1)), seed=1)
    assert nowhere.k == np.inf
    assert nowhere.ess == 0
    assert nowhere.evaluations == ROUND


def test_every_call_has_the_same_size_and_the_seed_decides_the_draws():
    sizes = []

    def potential(u):
        sizes.append(u.shape)
        return 0.5 * (u**2).sum(axis=1)

    first, again, other = (instant_draws(potential, pilot_at(np.zeros(4), np.eye(4)), seed=seed) for seed in (1, 1, 2))
    assert set(sizes) == {(BATCH, 4)}
    assert np.array_equal(first.draws, again.draws)
    assert not np.array_equal(first.draws, other.draws)
    assert first.k == again.k


def test_the_density_of_a_proposal_is_that_of_its_draws():
    one = Proposal(np.array([1.0]), np.array([2.0]), np.array([-0.5]), np.array([0.7]), np.eye(1))
    other = Proposal(np.array([0.0]), np.array([1.0]), np.array([0.0]), np.array([1.0]), np.eye(1))
    grid = np.sinh(np.linspace(-9, 9, 200_001))[:, None]
    mass = [np.trapezoid(np.exp(proposal.log_density(grid)), grid[:, 0]) for proposal in (one, other)]
    assert mass[0] == pytest.approx(mass[1], rel=1e-4)
    generator = stream(1, "proposal")
    draws = one.draw(generator, 40_000)
    inside = (grid[:, 0] > -2) & (grid[:, 0] < 2)
    within = np.trapezoid(np.exp(one.log_density(grid[inside])), grid[inside, 0]) / mass[0]
    assert ((draws > -2) & (draws < 2)).mean() == pytest.approx(within, abs=0.01)
    assert one.curve(one.scores(draws)) == pytest.approx(draws)


def test_a_fit_to_draws_leans_as_they_do():
    draws = np.log(stream(3, "lean").gamma(0.8, size=(20_000, 1)))
    begin = Proposal(draws.mean(axis=0), draws.std(axis=0), np.zeros(1), np.ones(1), np.eye(1))
    found = fitted(begin, draws, weights=np.full(20_000, 1 / 20_000), worth=20_000)
    assert found.lean[0] < -0.1
    again = found.draw(stream(4, "lean"), 20_000)
    wanted = np.quantile(draws, (0.05, 0.5, 0.95))
    assert np.quantile(again, (0.05, 0.5, 0.95)) == pytest.approx(wanted, abs=0.15)
