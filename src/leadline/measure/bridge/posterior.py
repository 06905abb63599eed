"""Likelihood plus priors of one step, its mode and the curvature there.

Unconstrained parameters theta, in this order (P in all):

    logit c · log median lag · log shape [· log second shape] [· log median, log shape, logit of the recorded share of losses]
    then, with groups:  u (J) on logit c · w (J) on log median lag · v (K) of segments on logit c

u, w, v ~ Normal(0, spread); the other priors stand in `BridgePriors`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats
from leadline.measure.bridge.cure import Fate, Rows, Status, log_likelihood, row_slopes
from leadline.measure.bridge.lags import Lag, LagFamily, lag_family
from leadline.measure.bridge.options import BridgePriors

_OF_LOSSES = 3  # parameters of competing ends: median and shape of their lag, and the share ever recorded
_HESSIAN_STEP = 1e-4  # step of central differences of an analytic gradient; error about its square
_NEWTON_STEPS = 30  # Newton converges in under ten; more means the start was far away
_GRADIENT_ENOUGH = 1e-6  # nats per unit of theta; changes in theta are then below 1e-6 posterior sd
_LARGEST_STEP = 2.0  # on log and logit scales a factor of 7 a step; keeps Newton inside float64


@dataclass(frozen=True)
class Mode:
    """The most probable theta (P,), the Hessian of the negative log posterior (P, P), and the log posterior."""

    theta: Floats
    hessian: Floats
    log_value: float

    @property
    def covariance(self) -> Floats:
        """Inverse curvature, shape (P, P)."""
        return np.asarray(np.linalg.inv(self.hessian), dtype=np.float64)


@dataclass(frozen=True)
class Posterior:
    """The penalised likelihood of one step as a function of theta.

    groups, segments: how many random effects · spread: prior sd of u, w, v
    """

    rows: Rows
    family: LagFamily
    priors: BridgePriors
    competing: bool = False
    groups: int = 0
    segments: int = 0
    spread: tuple[float, float, float] = (0.5, 0.5, 0.5)

    @property
    def common(self) -> int:
        """How many parameters all rows share."""
        return 3 + self.family.has_second + _OF_LOSSES * self.competing

    @property
    def effects(self) -> tuple[slice, slice, slice]:
        """Where u, w and v stand in theta."""
        first = self.common
        second, third = first + self.groups, first + 2 * self.groups
        return slice(first, second), slice(second, third), slice(third, third + self.segments)

    def fate(self, theta: Floats, *, rows: Rows | None = None) -> Fate:
        """Return the parameters of each row; theta (P,) or, without groups, draws of shape (S, P)."""
        known = self.rows if rows is None else rows
        logit_rate, log_median = theta[..., 0:1], theta[..., 1:2]
        u, w, v = (theta[..., place] for place in self.effects)
        if self.groups:
            logit_rate, log_median = logit_rate + u[known.group], log_median + w[known.group]
        if self.segments:
            logit_rate = logit_rate + v[known.segment]
        second = np.exp(theta[..., 3:4]) if self.family.has_second else None
        loss = recorded = None
        if self.competing:
            first = 3 + self.family.has_second
            recorded = theta[..., first + 2 : first + 3]
            loss = Lag(
                lag_family("weibull"), np.exp(theta[..., first : first + 1]), np.exp(theta[..., first + 1 : first + 2])
            )
        return Fate(logit_rate, Lag(self.family, np.exp(log_median), np.exp(theta[..., 2:3]), second), loss, recorded)

    def log(self, theta: Floats) -> Floats:
        """Return the log posterior without constants: shape () for theta (P,), (S,) for draws (S, P)."""
        centre, sd = self._prior()
        penalty = 0.5 * (((theta - centre) / sd) ** 2).sum(axis=-1)
        return np.asarray(log_likelihood(self.rows, self.fate(theta)) - penalty)

    def gradient(self, theta: Floats) -> Floats:
        """Return the gradient of the log posterior, shape (P,)."""
        centre, sd = self._prior()
        slopes = row_slopes(self.rows, self.fate(theta)) * self.rows.weight[:, None]
        parts = [slopes[:, self._columns].sum(axis=0)]
        if self.groups:
            parts += [np.bincount(self.rows.group, slopes[:, column], self.groups) for column in (0, 1)]
        if self.segments:
            parts.append(np.bincount(self.rows.segment, slopes[:, 0], self.segments))
        return np.concatenate(parts) - (theta - centre) / sd**2

    def hessian(self, theta: Floats) -> Floats:
        """Return the Hessian of the negative log posterior, shape (P, P).

        Rows are independent given their own parameters, so one shift of a common parameter gives
        that column of every row's Hessian; the sum over rows is then a product with the design.
        """
        _, sd = self._prior()
        designs = self._designs()
        total = np.diag(1 / sd**2)
        for place in range(self.common):
            shift = np.zeros(len(theta))
            shift[place] = _HESSIAN_STEP
            sides = (row_slopes(self.rows, self.fate(theta + sign * shift))[:, self._columns] for sign in (1, -1))
            change = (next(sides) - next(sides)) / (2 * _HESSIAN_STEP) * self.rows.weight[:, None]
            for other in range(self.common):
                total -= designs[place].T @ (change[:, other, None] * designs[other])
        return (total + total.T) / 2

    @property
    def _columns(self) -> list[int]:
        """Which columns of `row_slopes` this family and these ends use."""
        return [0, 1, 2, *([3] if self.family.has_second else []), *([4, 5, 6] if self.competing else [])]

    def _designs(self) -> list[Floats]:
        """Return for each common parameter which entries of theta move it, row by row: shape (R, P) each."""
        count, width = len(self.rows.days), self.common + 2 * self.groups + self.segments
        u, w, v = self.effects
        designs = []
        for place in range(self.common):
            design = np.zeros((count, width))
            design[:, place] = 1.0
            designs.append(design)
        every = np.arange(count)
        if self.groups:
            designs[0][every, u.start + self.rows.group] = 1.0
            designs[1][every, w.start + self.rows.group] = 1.0
        if self.segments:
            designs[0][every, v.start + self.rows.segment] = 1.0
        return designs

    def start(self) -> Floats:
        """Return a place to begin: the raw rate and the median lag seen, no differences between groups."""
        rows, priors = self.rows, self.priors
        moved = np.isin(rows.status, (Status.MOVED, Status.SKIPPED))
        rate = (rows.weight[moved].sum() + 0.5) / (rows.weight.sum() + 1)
        centre, _ = self._prior()
        theta = centre.copy()
        theta[0] = np.log(rate / (1 - rate))
        for status, place in ((Status.MOVED, 1), (Status.LOST, 3 + self.family.has_second)):
            chosen = rows.status == status
            if chosen.any() and (status is Status.MOVED or self.competing):
                theta[place] = np.log(np.median(rows.days[chosen]))
        return np.where(np.isfinite(theta), theta, np.log(priors.median_lag))

    def _prior(self) -> tuple[Floats, Floats]:
        priors = self.priors
        lag = ((np.log(priors.median_lag), priors.median_lag_sd), (0.0, priors.shape_sd))
        rows = [(np.log(priors.rate / (1 - priors.rate)), priors.rate_sd), *lag]
        rows += [(0.0, priors.second_shape_sd)] * self.family.has_second
        told = (np.log(priors.recorded / (1 - priors.recorded)), priors.recorded_sd)
        rows += [*lag, told] * self.competing
        for sd, count in zip(self.spread, (self.groups, self.groups, self.segments), strict=True):
            rows += [(0.0, sd)] * count
        centre, sd_of = np.array(rows).T
        return centre, sd_of


def find_mode(posterior: Posterior, *, start: Floats | None = None) -> Mode:
    """Return the mode by quasi-Newton steps and a Newton finish; `start` has shape (P,)."""
    theta = posterior.start() if start is None else start
    if start is None:
        theta = _walk(posterior, theta)
    value = float(posterior.log(theta))
    hessian = posterior.hessian(theta)
    for _ in range(_NEWTON_STEPS):
        gradient = posterior.gradient(theta)
        if np.abs(gradient).max() < _GRADIENT_ENOUGH:
            break
        full = np.asarray(np.linalg.solve(_positive(hessian), gradient), dtype=np.float64)
        step = full * min(1.0, _LARGEST_STEP / max(float(np.abs(full).max()), _GRADIENT_ENOUGH))
        theta, value, moved = _uphill(posterior, theta, value=value, step=step)
        if not moved:
            break
        hessian = posterior.hessian(theta)
    return Mode(theta, _positive(hessian), value)


def _walk(posterior: Posterior, theta: Floats) -> Floats:
    from scipy.optimize import minimize

    def cost(at: Floats) -> float:
        return -float(posterior.log(at))

    def cost_slope(at: Floats) -> Floats:
        return -posterior.gradient(at)

    found = minimize(cost, theta, jac=cost_slope, method="L-BFGS-B")
    return np.asarray(found.x, dtype=np.float64)


def _uphill(posterior: Posterior, theta: Floats, *, value: float, step: Floats) -> tuple[Floats, float, bool]:
    """Take the Newton step, halved until it helps; the third value says whether anything helped."""
    for halving in range(20):
        tried = theta + step / 2**halving
        reached = float(posterior.log(tried))
        if reached >= value:
            return tried, reached, True
    return theta, value, False


def _positive(hessian: Floats) -> Floats:
    """Return the matrix with eigenvalues lifted to a small positive floor, so that it can be inverted."""
    values, vectors = np.linalg.eigh(hessian)
    floor = 1e-6 * max(float(values.max()), 1.0)
    return np.asarray((vectors * np.maximum(values, floor)) @ vectors.T)
