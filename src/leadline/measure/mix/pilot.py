"""A pilot before sampling: where the mass lies and how it is stretched, so that the sampler need not learn it.

The most probable point of everything but the spreads between places, the curvature there, and the spreads by a few steps
of expectation and maximisation (a joint mode of a hierarchy is no typical point: large spreads with small effects in its
place). Measured on 156 weeks and 8 channels: a warm-up that learns the stretching takes six times as many steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from leadline.inputs import Floats, Integers
from leadline.measure.mix.priors import Layout
from leadline.measure.mix.shape import Shape

ROUNDS = 3  # of expectation and maximisation for the spreads; own: more move them by less than a tenth
STEP = 1e-4  # of the differences of gradients, in units in which priors are about 1 wide
FLAT = 0.25  # own: no direction is taken to be wider than twice its prior
MOST_STEPS = 400  # of the optimiser; own: national panels need about 50
Gradient = Callable[[Floats, dict[str, Any]], tuple[float, Floats]]


@dataclass(frozen=True)
class Pilot:
    """Where to begin and how to stretch: u = centre + stretch @ w with w about standard normal.

    told: how much the data tell of each channel's effect in each place, 0..1, (G, M) · spread: usual spread, (M,)
    """

    centre: Floats
    stretch: Floats
    covariance: Floats
    told: Floats
    spread: Floats
    value: float

    @classmethod
    def standard(cls, count: int) -> Pilot:
        """Return no stretching at all."""
        nothing = np.zeros((0, 0))
        return cls(np.zeros(count), np.eye(count), np.eye(count), nothing, nothing, np.nan)


def pilot(gradient: Gradient, numbers: dict[str, Any], *, shape: Shape, layout: Layout, start: Floats) -> Pilot:
    """Return the pilot of a model.

    gradient: potential and its gradient at u, given the numbers · start: unbounded numbers to begin at
    """
    spreads = np.array(shape.at.get("spread", ()), dtype=np.int64)
    free = np.setdiff1d(np.arange(len(start)), spreads)
    u, told, value = start.copy(), np.asarray(numbers["told"]), np.inf
    covariance = np.eye(len(start))
    for round_ in range(ROUNDS if len(spreads) else 1):
        u, value = _highest(gradient, numbers, u, free)
        inner = _covariance(_curvature(gradient, numbers, u, free))
        covariance[np.ix_(free, free)] = inner
        if len(spreads) == 0:
            break
        places = np.array(shape.at["place"]).reshape(shape.geos, -1)
        variance = np.diagonal(covariance)[places]
        told = np.clip(1 - variance, 0.0, 1.0)
        if round_ < ROUNDS - 1:
            # the effects' mean square is the spread's; its prior counts as one place more
            wanted = (u[places] ** 2 + variance).sum(axis=0) + 1
            factor = np.sqrt(wanted / (shape.geos + 1))
            values, _ = layout.constrain(u)
            values[spreads] *= factor
            u[spreads] = layout.unconstrain(values)[spreads]
            u[places] /= factor
    if len(spreads):
        # the logarithm of a spread is known by the effects it is told by, and by its prior, which is 1 wide
        values, moved = layout.constrain(u)[0][spreads], u.copy()
        moved[spreads] += STEP
        slope = np.log(layout.constrain(moved)[0][spreads] / values) / STEP
        covariance[spreads, spreads] = 1 / (2 * told.sum(axis=0) * slope**2 + 1)
    return Pilot(u, _root(covariance), covariance, told, layout.constrain(u)[0][spreads], value)


def stretched(found: Pilot, draws: Floats) -> Pilot:
    """Return a pilot whose stretching is that of draws, drawn towards what it was; draws: (S, D)."""
    size, count = draws.shape
    seen = np.cov(draws.T)
    share = size / (size + 5.0 * count)  # as Stan shrinks an estimated metric, with the pilot's instead of a small one
    covariance = share * seen + (1 - share) * found.covariance
    return replace(found, centre=draws.mean(axis=0), covariance=covariance, stretch=_root(covariance))


def _highest(gradient: Gradient, numbers: dict[str, Any], start: Floats, free: Integers) -> tuple[Floats, float]:
    """Return the point of least potential over the free numbers, and the potential there."""
    from scipy.optimize import minimize

    def of(part: Floats) -> tuple[float, Floats]:
        whole = start.copy()
        whole[free] = part
        value, slope = gradient(whole, numbers)
        if not np.isfinite(value):
            return 1e100, np.zeros_like(part)
        return value, slope[free]

    found = minimize(of, start[free], jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS, "maxcor": 30})
    best = start.copy()
    best[free] = found.x
    return best, float(found.fun)


def _curvature(gradient: Gradient, numbers: dict[str, Any], u: Floats, free: Integers) -> Floats:
    """Return the second derivatives of the potential over the free numbers, by differences of gradients."""
    found = np.empty((len(free), len(free)))
    for row, place in enumerate(free):
        up, down = u.copy(), u.copy()
        up[place] += STEP
        down[place] -= STEP
        found[row] = (gradient(up, numbers)[1][free] - gradient(down, numbers)[1][free]) / (2 * STEP)
    found = np.where(np.isfinite(found), found, 0.0)
    return np.asarray((found + found.T) / 2)


def _covariance(curvature: Floats) -> Floats:
    """Return its inverse, no direction wider than the floor allows."""
    values, vectors = np.linalg.eigh(curvature)
    return np.asarray((vectors / np.maximum(values, FLAT)) @ vectors.T)


def _root(covariance: Floats) -> Floats:
    return np.asarray(
        np.linalg.cholesky((covariance + covariance.T) / 2 + 1e-10 * np.eye(len(covariance))), dtype=np.float64
    )
