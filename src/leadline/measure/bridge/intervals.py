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


def profile_interval(posterior: Posterior, mode: Mode, *, quantity: Quantity) -> tuple[float, float]:
    """Return the 90 % profile interval of a quantity of theta (on a scale where it is near linear).

    Works in coordinates whitened by the curvature; where the solver misses the edge the Wald
    edge of that side is taken.
    """
    from scipy.linalg import solve_triangular

    root = np.linalg.cholesky(mode.hessian)

    def theta(x: Floats) -> Floats:
        return mode.theta + solve_triangular(root.T, x, lower=False)

    def slope(x: Floats) -> Floats:
        steps = _SLOPE_STEP * np.eye(len(x))
        return np.array([(quantity(theta(x + s)) - quantity(theta(x - s))) / (2 * _SLOPE_STEP) for s in steps])

    middle, direction = quantity(mode.theta), slope(np.zeros(len(mode.theta)))
    length = float(np.linalg.norm(direction))
    edges = []
    for sign in (-1.0, 1.0):
        first = sign * np.sqrt(2 * _DROP_90) * direction / max(length, _SLOPE_STEP)
        reached = _edge(posterior, mode, first=first, theta=theta, climb=(sign, quantity, slope, root))
        wald = middle + sign * np.sqrt(2 * _DROP_90) * length
        edges.append(wald if reached is None else reached)
    return edges[0], edges[1]


def _edge(
    posterior: Posterior,
    mode: Mode,
    *,
    first: Floats,
    theta: Callable[[Floats], Floats],
    climb: tuple[float, Quantity, Callable[[Floats], Floats], Floats],
) -> float | None:
    """Return the largest (or smallest) value of the quantity inside the likelihood region, None if not found."""
    from scipy.linalg import solve_triangular
    from scipy.optimize import minimize

    sign, quantity, slope, root = climb

    def room(x: Floats) -> float:
        return float(posterior.log(theta(x))) - mode.log_value + _DROP_90

    def room_slope(x: Floats) -> Floats:
        return solve_triangular(root, posterior.gradient(theta(x)), lower=True)

    with np.errstate(over="ignore", invalid="ignore"):
        found = minimize(
            lambda x: -sign * quantity(theta(x)),
            first,
            jac=lambda x: -sign * slope(x),
            method="SLSQP",
            constraints=[{"type": "ineq", "fun": room, "jac": room_slope}],
            options={"maxiter": 60, "ftol": 1e-7},
        )
        value = float(quantity(theta(found.x)))
        fits = found.success and np.isfinite(value) and abs(room(found.x)) < _MISS
    return value if fits else None


def sample(posterior: Posterior, mode: Mode, *, size: int, generator: Generator) -> Floats:
    """Return draws of theta, shape (size, P): sampling, importance weights, resampling without replacement."""
    width = len(mode.theta)
    root = np.linalg.cholesky(mode.covariance)
    count = _PROPOSALS * size
    normal = generator.standard_normal((count, width))
    scale = np.sqrt(generator.chisquare(_FREEDOM, count) / _FREEDOM)
    steps = normal / scale[:, None]
    theta = mode.theta + steps @ root.T
    proposal = -0.5 * (_FREEDOM + width) * np.log1p((steps**2).sum(axis=1) / _FREEDOM)
    chunk = max(1, _CHUNK // max(len(posterior.rows.days), 1))
    target = np.concatenate([posterior.log(theta[at : at + chunk]) for at in range(0, count, chunk)])
    # Gumbel keys: the largest keys are a draw without replacement in proportion to the weights
    keys = target - proposal + generator.gumbel(size=count)
    chosen = np.argsort(-np.where(np.isfinite(keys), keys, -np.inf), kind="stable")[:size]
    return theta[generator.permutation(chosen)]


def as_draws(posterior: Posterior, theta: Floats, *, group: int | None = None, mix: Floats | None = None) -> StepDraws:
    """Return draws of theta (S, P) in the units of people: rate, days, shapes; of one group if named.

    mix: the group's shares of the segments (K,), at whose mean effect its rate is taken
    """
    from scipy.special import expit

    logit_rate, log_median = theta[:, 0], theta[:, 1]
    if group is not None:
        u, w, v = posterior.effects
        logit_rate, log_median = logit_rate + theta[:, u][:, group], log_median + theta[:, w][:, group]
        if mix is not None and posterior.segments:
            logit_rate = logit_rate + theta[:, v] @ mix
    first = 3 + posterior.family.has_second
    loss = np.exp(theta[:, first : first + 2]) if posterior.competing else None
    return StepDraws(
        family=posterior.family.name,
        rate=np.asarray(expit(logit_rate)),
        median=np.exp(log_median),
        shape=np.exp(theta[:, 2]),
        second=np.exp(theta[:, 3]) if posterior.family.has_second else None,
        loss_median=None if loss is None else loss[:, 0],
        loss_shape=None if loss is None else loss[:, 1],
    )
