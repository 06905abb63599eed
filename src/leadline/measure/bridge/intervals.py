"""Intervals and draws from a posterior of few parameters.

An interval is a profile-likelihood interval: the smallest and largest value that a quantity takes
where the penalised log-likelihood lies at most chi2/2 below its maximum (Venzon & Moolgavkar 1988).
Draws come from a multivariate t round the mode, resampled by importance (Rubin 1988).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from leadline.inputs import Floats
from leadline.measure.bridge.draws import StepDraws
from leadline.measure.bridge.posterior import Mode, Posterior

_DROP_90 = 1.352771727  # half the 90 % quantile of chi-square with one degree of freedom
_SLOPE_STEP = 1e-5  # central differences of smooth scalar quantities, error about 1e-10
_PROPOSALS = 2  # proposals a kept draw; enough where t and posterior overlap (Rubin 1988 suggests 2 to 20)
_FREEDOM = 6.0  # tails of the proposal, heavier than any posterior seen here, still with a variance
_CHUNK = 2_000_000  # cells evaluated at once: 16 MB an array
_MISS = 0.05  # nats by which a solver may miss the edge before the Wald edge is taken; moves it by under 2 %

Quantity = Callable[[Floats], float]


@dataclass(frozen=True)
class Interval:
    """An estimate with its central 90 % interval, in the unit of the quantity."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True)
class _Whitened:
    """A quantity on coordinates x in which the log posterior falls like |x|^2 / 2 from its mode at 0."""

    posterior: Posterior
    mode: Mode
    quantity: Quantity
    root: Floats

    def theta(self, x: Floats) -> Floats:
        from scipy.linalg import solve_triangular

        return np.asarray(self.mode.theta + solve_triangular(self.root.T, x, lower=False))

    def value(self, x: Floats) -> float:
        return self.quantity(self.theta(x))

    def slope(self, x: Floats) -> Floats:
        steps = _SLOPE_STEP * np.eye(len(x))
        return np.array([(self.value(x + step) - self.value(x - step)) / (2 * _SLOPE_STEP) for step in steps])

    def room(self, x: Floats) -> float:
        """Return how far the log posterior lies above the edge of the 90 % region."""
        return float(self.posterior.log(self.theta(x))) - self.mode.log_value + _DROP_90

    def room_slope(self, x: Floats) -> Floats:
        from scipy.linalg import solve_triangular

        return np.asarray(solve_triangular(self.root, self.posterior.gradient(self.theta(x)), lower=True))


def profile_interval(posterior: Posterior, mode: Mode, *, quantity: Quantity) -> tuple[float, float]:
    """Return the 90 % profile interval of a quantity of theta (on a scale where it is near linear).

    Where the solver misses an edge, the Wald edge of that side is taken.
    """
    space = _Whitened(posterior, mode, quantity, np.asarray(np.linalg.cholesky(mode.hessian), dtype=np.float64))
    direction = space.slope(np.zeros(len(mode.theta)))
    length = float(np.linalg.norm(direction))
    radius = float(np.sqrt(2 * _DROP_90))
    edges = []
    for sign in (-1.0, 1.0):
        reached = _edge(space, sign * radius * direction / max(length, _SLOPE_STEP), sign=sign)
        edges.append(quantity(mode.theta) + sign * radius * length if reached is None else reached)
    return edges[0], edges[1]


def _edge(space: _Whitened, first: Floats, *, sign: float) -> float | None:
    """Return the largest (or smallest) value of the quantity inside the region, None if the solver missed it."""
    from scipy.optimize import minimize

    def cost(x: Floats) -> float:
        return -sign * space.value(x)

    def cost_slope(x: Floats) -> Floats:
        return -sign * space.slope(x)

    with np.errstate(over="ignore", invalid="ignore"):
        found = minimize(
            cost,
            first,
            jac=cost_slope,
            method="SLSQP",
            constraints=[{"type": "ineq", "fun": space.room, "jac": space.room_slope}],
            options={"maxiter": 60, "ftol": 1e-7},
        )
        value = space.value(found.x)
        fits = found.success and np.isfinite(value) and abs(space.room(found.x)) < _MISS
    return value if fits else None


def sample(posterior: Posterior, mode: Mode, *, size: int, generator: Generator) -> Floats:
    """Return draws of theta, shape (size, P): proposals round the mode, resampled by importance weight."""
    width = len(mode.theta)
    root = np.linalg.cholesky(mode.covariance)
    count = _PROPOSALS * size
    steps = generator.standard_normal((count, width))
    steps /= np.sqrt(generator.chisquare(_FREEDOM, count) / _FREEDOM)[:, None]
    theta = mode.theta + steps @ root.T
    proposal = -0.5 * (_FREEDOM + width) * np.log1p((steps**2).sum(axis=1) / _FREEDOM)
    chunk = max(1, _CHUNK // max(len(posterior.rows.days), 1))
    target = np.concatenate([posterior.log(theta[at : at + chunk]) for at in range(0, count, chunk)])
    gain = np.where(np.isfinite(target), target - proposal, -np.inf)
    weights = np.exp(gain - gain.max())
    # systematic resampling: one random offset, the least noise of all schemes that keep the weights exact
    places = (generator.random() + np.arange(size)) / size
    chosen = np.searchsorted(np.cumsum(weights) / weights.sum(), places)
    return np.asarray(theta[generator.permutation(np.minimum(chosen, count - 1))])


def as_draws(posterior: Posterior, theta: Floats, *, group: int | None = None, mix: Floats | None = None) -> StepDraws:
    """Return draws of theta (S, P) in the units of people: rate, days, shapes; of one group if named.

    mix: the group's shares of the segments (K,), over which its rate is the mean
    """
    from scipy.special import expit

    logit_rate, log_median = theta[:, 0], theta[:, 1]
    if group is not None:
        u, w, _ = posterior.effects
        logit_rate, log_median = logit_rate + theta[:, u][:, group], log_median + theta[:, w][:, group]
    rate = expit(logit_rate)
    if group is not None and mix is not None and posterior.segments:
        rate = expit(logit_rate[:, None] + theta[:, posterior.effects[2]]) @ mix
    first = 3 + posterior.family.has_second
    loss = np.exp(theta[:, first : first + 2]) if posterior.competing else None
    recorded = expit(theta[:, first + 2]) if posterior.competing else None
    return StepDraws(
        family=posterior.family.name,
        rate=np.asarray(rate),
        median=np.exp(log_median),
        shape=np.exp(theta[:, 2]),
        second=np.exp(theta[:, 3]) if posterior.family.has_second else None,
        loss_median=None if loss is None else loss[:, 0],
        loss_shape=None if loss is None else loss[:, 1],
        recorded=recorded,
    )
