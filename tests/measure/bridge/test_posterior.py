from dataclasses import replace

import numpy as np
import pytest

from leadline.inputs import stream
from leadline.measure.bridge.cure import Rows
from leadline.measure.bridge.intervals import profile_interval, sample
from leadline.measure.bridge.lags import lag_family
from leadline.measure.bridge.options import BridgePriors
from leadline.measure.bridge.posterior import Posterior, find_mode


def rows_of(seed: int, count: int = 800, groups: int = 1) -> Rows:
    generator = stream(seed, "posterior rows")
    age = 100 * generator.random(count)
    lag = 25 * generator.weibull(1.3, count)
    moved = (generator.random(count) < 0.25) & (lag <= age)
    group = generator.integers(groups, size=count)
    zeros = np.zeros(count)
    return Rows(
        moved.astype(np.int8), np.where(moved, lag, age), zeros, zeros + 1, group, generator.integers(2, size=count)
    )


def posterior_of(rows: Rows, family: str = "weibull", **more) -> Posterior:
    return Posterior(rows, lag_family(family), BridgePriors(), **more)


@pytest.mark.parametrize("family", ["weibull", "log-normal", "log-logistic", "generalised-gamma"])
def test_gradient_and_hessian_are_those_of_the_log_posterior(family):
    posterior = posterior_of(rows_of(1, groups=3), family, competing=True, groups=3, segments=2)
    width = posterior.common + 2 * 3 + 2
    theta = posterior_of(rows_of(1), family, competing=True).start()
    theta = np.concatenate([theta, 0.1 * np.arange(width - len(theta))])
    step = 1e-4
    shifts = step * np.eye(width)
    slopes = [(posterior.log(theta + shift) - posterior.log(theta - shift)) / (2 * step) for shift in shifts]
    assert posterior.gradient(theta) == pytest.approx(np.array(slopes), abs=1e-4)
    bends = [(posterior.gradient(theta - shift) - posterior.gradient(theta + shift)) / (2 * step) for shift in shifts]
    assert posterior.hessian(theta) == pytest.approx(
        np.array(bends), abs=2e-2 if family == "generalised-gamma" else 1e-4
    )


def test_splitting_rows_by_weights_changes_nothing():
    rows = rows_of(2)
    halves = Rows(*(np.concatenate([column, column]) for column in vars(rows).values()))
    halves = replace(halves, weight=np.concatenate([0.3 * rows.weight, 0.7 * rows.weight]))
    whole, split = find_mode(posterior_of(rows)), find_mode(posterior_of(halves))
    assert split.theta == pytest.approx(whole.theta, abs=1e-7)
    assert split.hessian == pytest.approx(whole.hessian, rel=1e-6)


def test_hours_instead_of_days_leave_the_rate_and_scale_the_lag():
    rows = rows_of(3)
    hourly = Posterior(replace(rows, days=24 * rows.days), lag_family("weibull"), BridgePriors(median_lag=24 * 30.0))
    daily = posterior_of(rows)
    modes = find_mode(daily), find_mode(hourly)
    assert modes[1].theta == pytest.approx(modes[0].theta + np.array([0, np.log(24), 0]), abs=1e-6)
    edges = [
        profile_interval(p, m, quantity=lambda at: float(at[0])) for p, m in zip((daily, hourly), modes, strict=True)
    ]
    assert edges[1] == pytest.approx(edges[0], abs=1e-4)


def test_the_mode_has_no_slope_and_is_found_from_afar():
    posterior = posterior_of(rows_of(4), "log-logistic")
    near = find_mode(posterior)
    far = find_mode(posterior, start=near.theta + np.array([2.0, -1.5, 0.8]))
    assert np.abs(posterior.gradient(near.theta)).max() < 1e-5
    assert far.theta == pytest.approx(near.theta, abs=1e-5)


def test_a_profile_interval_ends_where_the_best_likelihood_has_dropped():
    posterior = posterior_of(rows_of(5))
    mode = find_mode(posterior)
    low, high = profile_interval(posterior, mode, quantity=lambda at: float(at[1]))
    for edge in (low, high):
        best = max(_best_at(posterior, edge, start=mode.theta))
        # half the 90 % quantile of chi-square(1), to the tolerance of the two optimisers
        assert mode.log_value - best == pytest.approx(1.3528, abs=0.02)


def _best_at(posterior: Posterior, log_median: float, *, start: np.ndarray) -> list[float]:
    from scipy.optimize import minimize

    def cost(rest):
        return -float(posterior.log(np.array([rest[0], log_median, rest[1]])))

    return [-minimize(cost, start[[0, 2]], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-8}).fun]


def test_draws_and_profile_agree():
    posterior = posterior_of(rows_of(6, count=3000))
    mode = find_mode(posterior)
    draws = sample(posterior, mode, size=4000, generator=stream(1, "draws"))
    for place in range(3):
        edges = profile_interval(posterior, mode, quantity=lambda at, place=place: float(at[place]))
        sd = float(draws[:, place].std())
        # two ways to one interval: Monte-Carlo error of a 5 % quantile of 4,000 draws is 0.03 sd, skewness adds a little
        assert np.quantile(draws[:, place], (0.05, 0.95)) == pytest.approx(edges, abs=0.2 * sd)
