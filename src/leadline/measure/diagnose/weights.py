"""Importance weights made steady, whether they can be trusted, and how much a result hangs on the prior.

Pareto smoothing: Vehtari, Simpson, Gelman, Yao, Gabry 2024, "Pareto smoothed importance sampling", JMLR 25(72).
Power-scaling: Kallioinen, Paananen, Bürkner, Vehtari 2024, doi 10.1007/s11222-023-10366-5.
"""

from __future__ import annotations

import numpy as np

from leadline.inputs import Floats
from leadline.measure.diagnose.chains import ess_tail

K_MOST = 0.7  # shape of the weights' tail up to which averages can be trusted; Vehtari et al. 2024, section 3.2.4
SENSITIVE = (
    0.05  # change of a distribution per doubling of a part from which it counts; Kallioinen et al. 2024, section 4.3
)
POWERS = (0.99, 1.01)  # powers at which the change is taken, as in priorsense
_SMALL_SAMPLE = 225  # effective draws under which a fifth of them make the tail; Vehtari et al. 2024, section 6
_FEWEST_TAIL = 5  # draws a tail needs for its shape to be fitted; same
# Zhang & Stephens 2009, doi 10.1198/tech.2009.08017: grid and weak prior of the tail's fit; prior of k: Vehtari et al. 2024
_GRID, _SPREAD_OF_GRID, _PRIOR_DRAWS, _PRIOR_K = 30, 3.0, 10, 0.5


def psis(log_weights: Floats, *, efficiency: float = 1.0) -> tuple[Floats, float]:
    """Return the logarithms of the smoothed weights, which add up to 1, and k, the shape of their tail.

    log_weights: (S,), up to a constant; minus infinity or NaN is a draw without weight · efficiency: independent draws a
    draw, 1 unless they come from a chain · k: up to 0.7 averages over the weighted draws can be trusted, from 1 on the
    weights have no mean; minus infinity where the largest weights are equal, infinity where too few are above 0
    """
    weights = np.where(np.isnan(log_weights), -np.inf, log_weights)
    top = weights.max(initial=-np.inf)
    if not np.isfinite(top):
        return np.full(len(weights), -np.log(len(weights))), np.inf
    weights = weights - top
    count = len(weights)
    size = min(_tail_size(count, efficiency), count // 2)
    order = np.argsort(weights, kind="stable")
    tail = order[count - size :]
    cutoff, excess = np.exp(weights[order[count - size - 1]]), np.exp(weights[tail])
    if size < _FEWEST_TAIL or (excess > np.finfo(float).tiny).sum() < _FEWEST_TAIL:
        return _normalised(weights), np.inf
    if excess[-1] - excess[0] < np.finfo(float).tiny:
        return _normalised(weights), -np.inf
    shape, scale = pareto_tail(excess - cutoff)
    if np.isfinite(shape):
        quantiles = cutoff + _pareto_quantile((np.arange(size) + 0.5) / size, shape, scale=scale)
        weights[tail] = np.log(np.minimum(quantiles, 1.0))
    return _normalised(weights), shape


def effective_draws(log_weights: Floats) -> float:
    """Return how many equally weighted draws weighted ones are worth, 1 / sum of squares; log_weights: (S,), any constant."""
    top = log_weights.max(initial=-np.inf)
    if not np.isfinite(top):
        return 0.0
    weights = np.exp(log_weights - top)
    return float(weights.sum() ** 2 / np.square(weights).sum())


def pareto_tail(excess: Floats) -> tuple[float, float]:
    """Return shape and scale of a generalised Pareto distribution of values above a threshold, ascending, shape (n,).

    Quasi-posterior mean of Zhang & Stephens 2009, the shape drawn towards 0.5 as ten more draws would.
    """
    count = len(excess)
    grid = _GRID + int(np.sqrt(count))
    quartile = max(float(excess[int(count / 4 + 0.5) - 1]), np.finfo(float).tiny)
    inverse = 1 / excess[-1] + (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / (_SPREAD_OF_GRID * quartile)
    shapes = np.log1p(-inverse[:, None] * excess).mean(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        heights = count * (np.log(-inverse / shapes) - shapes - 1)
    heights = np.where(np.isnan(heights), -np.inf, heights)
    share = np.exp(heights - np.logaddexp.reduce(heights))
    share = np.where(share >= 10 * np.finfo(float).eps, share, 0.0)
    best = float((inverse * share).sum() / share.sum())
    shape = float(np.log1p(-best * excess).mean())
    return (count * shape + _PRIOR_DRAWS * _PRIOR_K) / (count + _PRIOR_DRAWS), -shape / best


def sensitivity(draws: Floats, log_part: Floats) -> Floats:
    """Return how much each quantity's distribution changes when a part of the density is raised to a power near 1.

    draws: (S, ...) · log_part: (S,), logarithm of the prior or of the likelihood at each draw · result: cumulative
    Jensen-Shannon distance per doubling of the power, one number a quantity. From 0.05 on the part matters: of the prior,
    that it informs; of the likelihood, that the data do; of both, that the two disagree. For a hierarchy give the priors of
    its top only. By Pareto-smoothed weights on the draws that are there: no refit.
    """
    flat = draws.reshape(len(draws), -1)
    efficiency = min(float(ess_tail(log_part[None, :])) / (len(log_part) // 2 * 2), np.inf)
    if not np.isfinite(efficiency):  # a part that is the same at every draw changes nothing
        return np.zeros(draws.shape[1:])
    slopes = []
    for power in POWERS:
        log_weights, _ = psis((power - 1) * log_part, efficiency=efficiency)
        weights = np.exp(log_weights)
        apart = np.maximum(distance(flat, weights), distance(-flat, weights))
        slopes.append(np.sign(power - 1) * apart / np.log2(power))
    return np.asarray(np.mean(slopes, axis=0).reshape(draws.shape[1:]))


def distance(draws: Floats, weights: Floats) -> Floats:
    """Return the cumulative Jensen-Shannon distance, 0..1, between draws and the same draws weighted.

    draws: (S, M) · weights: (S,), adding up to 1 · result: (M,). Nguyen & Vreeken 2015, doi 10.1007/978-3-319-23525-7_11.
    """
    count = len(draws)
    order = np.argsort(draws, axis=0)
    width = np.diff(np.take_along_axis(draws, order, axis=0), axis=0)
    plain = np.linspace(1 / count, 1 - 1 / count, count - 1)[:, None]
    weighted = np.cumsum(weights[order] / weights.sum(), axis=0)[:-1]
    middle = _log2((plain + weighted) / 2)
    area, weighted_area = (plain * width).sum(axis=0), (weighted * width).sum(axis=0)
    gap = 0.5 / np.log(2) * (weighted_area - area)
    there = np.maximum((width * plain * (_log2(plain) - middle)).sum(axis=0) + gap, 0.0)
    back = np.maximum((width * weighted * (_log2(weighted) - middle)).sum(axis=0) - gap, 0.0)
    bound = area + weighted_area
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bound > 0, np.sqrt((there + back) / bound), 0.0)


def _log2(share: Floats) -> Floats:
    return np.log2(share, out=np.zeros_like(share), where=share > 0)


def _tail_size(count: int, efficiency: float) -> int:
    if count * efficiency > _SMALL_SAMPLE:
        return int(3 * np.sqrt(count / efficiency))
    return count // 5


def _pareto_quantile(share: Floats, shape: float, *, scale: float) -> Floats:
    if shape == 0:
        return np.asarray(-scale * np.log1p(-share))
    return np.asarray(scale * np.expm1(-shape * np.log1p(-share)) / shape)


def _normalised(log_weights: Floats) -> Floats:
    return np.asarray(log_weights - np.logaddexp.reduce(log_weights))
