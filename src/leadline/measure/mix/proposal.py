"""An approximation of a posterior that can lean and have long tails, drawn from and fitted in closed form.

A multivariate t whose every coordinate passes a sinh-arcsinh curve (Jones & Pewsey 2009, "Sinh-arcsinh distributions",
Biometrika 96, doi 10.1093/biomet/asp053): u = centre + width * sinh((arcsinh(z) + lean) / tail).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from leadline.inputs import Floats
from leadline.measure.mix.pilot import Pilot

FREEDOM = 20.0  # of the t; own: with curved tails 20 gave 1.3 times the effective draws of 10 on nine national panels
# Quantiles the curves are fitted to: a curve has four numbers, its ends matter as much as its middle.
_LEVELS = np.array([0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.975, 0.99])
_NORMAL = NormalDist()
_SCORES = np.array([_NORMAL.inv_cdf(level) for level in _LEVELS])
# Least squares weigh each quantile by its precision in a normal sample, density squared / (level (1 - level)).
_PRECISION = np.array([_NORMAL.pdf(score) ** 2 for score in _SCORES]) / (_LEVELS * (1 - _LEVELS))
_PRECISION /= _PRECISION.sum()
# Curves tried: lean to either side, tails from those of a logistic squared to somewhat shorter than the normal's.
_TRIED = np.array(
    [(lean, tail) for lean in np.linspace(-1.2, 1.2, 25) for tail in (*np.arange(0.5, 0.9, 0.05), 0.9, 1.0, 1.1, 1.2)]
)
_CURVES = np.sinh((np.arcsinh(_SCORES) + _TRIED[:, :1]) / _TRIED[:, 1:])
_PLAIN = 1e-3  # share of unexplained spread that a curve must save to be preferred to a straight line; own
_FARTHEST = 8.0  # normal scores beyond it count as this in a correlation: one wild draw must not make it
_QUANTILE_DRAWS = 20.0  # own: as many effective draws as the curve from before is worth in the new one
_NEGLIGIBLE = 1e-3  # share of a usual weight below which a draw is left out of a fit, for speed


@dataclass(frozen=True)
class Proposal:
    """The approximation: numbers of the curves, (D,) each, and a root of the correlation of z, (D, D)."""

    centre: Floats
    width: Floats
    lean: Floats
    tail: Floats
    root: Floats

    @classmethod
    def of(cls, pilot: Pilot) -> Proposal:
        """Return the pilot's own approximation, without curves."""
        width = np.sqrt(np.diagonal(pilot.covariance))
        nothing = np.zeros(len(width))
        root = _root(pilot.covariance / np.outer(width, width))
        return cls(pilot.centre, width, nothing, nothing + 1, root)

    def draw(self, generator: np.random.Generator, size: int) -> Floats:
        """Return independent draws, (size, D)."""
        z = generator.standard_normal((size, len(self.centre))) @ self.root.T
        return self.curve(z * np.sqrt((FREEDOM - 2) / generator.chisquare(FREEDOM, size))[:, None])

    def curve(self, z: Floats) -> Floats:
        """Return the unbounded numbers at scores z, (..., D)."""
        return np.asarray(self.centre + self.width * np.sinh((np.arcsinh(z) + self.lean) / self.tail))

    def scores(self, u: Floats) -> Floats:
        """Return the scores z of unbounded numbers, (..., D)."""
        return np.asarray(np.sinh(np.arcsinh((u - self.centre) / self.width) * self.tail - self.lean))

    def log_density(self, u: Floats) -> Floats:
        """Return the log density at u, (N, D), up to a constant that is the same for all proposals of one size."""
        plain = (u - self.centre) / self.width
        up = np.exp(np.arcsinh(plain) * self.tail - self.lean)
        down = 1 / up
        # d z / d u, coordinate by coordinate; z is the hyperbolic sine, its slope the cosine
        steep = np.log((up + down) / np.sqrt(1 + plain**2)).sum(axis=1)
        whole = np.log(self.tail / self.width).sum() - np.log(np.diagonal(self.root)).sum()
        far = np.square(((up - down) / 2) @ np.linalg.inv(self.root).T).sum(axis=1)
        return np.asarray(steep + whole - 0.5 * (FREEDOM + u.shape[1]) * np.log1p(far / (FREEDOM - 2)))


def fitted(before: Proposal, u: Floats, *, weights: Floats, worth: float) -> Proposal:
    """Return the proposal that weighted draws speak for, drawn towards the one before as far as they are few.

    u: (N, D) · weights: (N,), adding up to 1 · worth: effective draws that they are worth
    """
    kept = weights * len(weights) > _NEGLIGIBLE
    u, weights = u[kept], weights[kept] / weights[kept].sum()
    trust = worth / (worth + _QUANTILE_DRAWS)
    quantiles = trust * _quantiles(u, weights) + (1 - trust) * before.curve(_SCORES[:, None])
    shaped = _curved(quantiles, before.root)
    z = np.clip(shaped.scores(u), -_FARTHEST, _FARTHEST)
    z = z - weights @ z
    correlation = _correlation((z * weights[:, None]).T @ z)
    trust = worth / (worth + u.shape[1])  # a correlation of D numbers takes about D draws to be known at all
    correlation = trust * correlation + (1 - trust) * before.root @ before.root.T
    return _curved(quantiles, _root(correlation))


def _quantiles(u: Floats, weights: Floats) -> Floats:
    """Return weighted quantiles at the levels, (levels, D)."""
    order = np.argsort(u, axis=0)
    below = np.cumsum(weights[order], axis=0) - 0.5 * weights[order]
    ordered = np.take_along_axis(u, order, axis=0)
    return np.column_stack([np.interp(_LEVELS, below[:, at], ordered[:, at]) for at in range(u.shape[1])])


def _curved(quantiles: Floats, root: Floats) -> Proposal:
    """Return the proposal whose curves lie nearest to quantiles, (levels, D): every curve tried, its line in closed form."""
    bent = _CURVES - (_CURVES @ _PRECISION)[:, None]
    wanted = quantiles - _PRECISION @ quantiles
    shared = (bent * _PRECISION) @ wanted
    own = bent**2 @ _PRECISION
    spread = np.maximum(_PRECISION @ wanted**2, np.finfo(float).tiny)
    missed = 1 - shared**2 / own[:, None] / spread
    plainness = _TRIED[:, 0] ** 2 + np.log(_TRIED[:, 1]) ** 2
    best = np.argmin(missed + _PLAIN * plainness[:, None], axis=0)
    width = np.maximum(shared[best, np.arange(len(best))] / own[best], np.finfo(float).tiny)
    centre = _PRECISION @ quantiles - width * (_CURVES @ _PRECISION)[best]
    return Proposal(centre, width, _TRIED[best, 0], _TRIED[best, 1], root)


def _correlation(covariance: Floats) -> Floats:
    size = np.sqrt(np.maximum(np.diagonal(covariance), np.finfo(float).tiny))
    return np.asarray(covariance / np.outer(size, size))


def _root(matrix: Floats) -> Floats:
    symmetric = (matrix + matrix.T) / 2
    return np.asarray(np.linalg.cholesky(symmetric + 1e-9 * np.eye(len(matrix))), dtype=np.float64)
