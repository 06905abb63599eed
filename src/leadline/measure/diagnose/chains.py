"""Do the chains agree, and how many independent draws are they worth? R-hat, effective sample sizes, energy.

All of it after Vehtari, Gelman, Simpson, Carpenter, Bürkner 2021, "Rank-normalization, folding, and localization",
doi 10.1214/20-BA1221, over any number of parameters at once. Draws have the shape (chains, draws, ...).
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np

from leadline.inputs import Floats

# The tail is judged where the reported 90 % interval ends (Vehtari et al. 2021, section 4.3).
TAIL_LOW, TAIL_HIGH = 0.05, 0.95
_BLOM = 3 / 8  # offset of Blom 1958 that turns ranks into normal scores, as in the paper
_FEWEST = 4  # draws a chain under which halves have no variance


def rhat(draws: Floats) -> Floats:
    """Return the larger of rank-normalised split R-hat of the draws and of their distance from the median.

    draws: (chains, draws, ...) · result: one number a parameter, near 1 where chains agree; NaN where nothing moved or a
    draw is not finite
    """
    halves = _halves(_by_parameter(draws))
    return _shaped(np.maximum(_between(_scores(halves)), _between(_scores(_folded(halves)))), draws)


def ess_bulk(draws: Floats) -> Floats:
    """Return how many independent draws the middle of each parameter's distribution rests on.

    draws: (chains, draws, ...) · result: draws, one number a parameter; NaN where nothing moved or a draw is not finite
    """
    return _shaped(_effective(_scores(_halves(_by_parameter(draws)))), draws)


def ess_tail(draws: Floats) -> Floats:
    """Return how many independent draws the 5 % or the 95 % quantile rests on, whichever are fewer.

    draws: (chains, draws, ...) · result: draws, one number a parameter; NaN where nothing moved or a draw is not finite
    """
    return _shaped(_tail(_by_parameter(draws)), draws)


def chain_checks(draws: Floats) -> tuple[Floats, Floats, Floats]:
    """Return R-hat, bulk and tail effective sample size together: the ranks are taken only once."""
    flat = _by_parameter(draws)
    halves = _halves(flat)
    scores = _scores(halves)
    worst = np.maximum(_between(scores), _between(_scores(_folded(halves))))
    return _shaped(worst, draws), _shaped(_effective(scores), draws), _shaped(_tail(flat), draws)


def e_bfmi(energy: Floats) -> Floats:
    """Return the energy fraction of missing information of each chain; energy: (chains, draws).

    Low where momentum resampling moves the energy too little to visit the tails (Betancourt 2016, arXiv 1604.00695).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.square(np.diff(energy, axis=1)).mean(axis=1) / energy.var(axis=1, ddof=1))


def _by_parameter(draws: Floats) -> Floats:
    """Return draws as (parameters, chains, draws); raises ValueError for fewer than four draws a chain."""
    if draws.ndim < 2 or draws.shape[1] < _FEWEST:
        raise ValueError(f"draws have the shape {draws.shape}: give (chains, draws, ...) with {_FEWEST} draws or more")
    flat = draws.reshape((*draws.shape[:2], -1)).astype(np.float64, copy=False)
    return np.ascontiguousarray(np.moveaxis(flat, -1, 0))


def _shaped(found: Floats, draws: Floats) -> Floats:
    return found.reshape(draws.shape[2:])


def _halves(flat: Floats) -> Floats:
    """Return the first and the last half of every chain as chains of their own; a middle draw is left out."""
    half = flat.shape[2] // 2
    return np.concatenate([flat[:, :, :half], flat[:, :, -half:]], axis=1)


def _folded(halves: Floats) -> Floats:
    return np.asarray(np.abs(halves - np.median(halves, axis=(1, 2), keepdims=True)))


def _scores(halves: Floats) -> Floats:
    """Return normal scores of the ranks over all chains of a parameter; equal draws share their mean rank."""
    flat = halves.reshape(len(halves), -1)
    order = np.argsort(flat, axis=1)
    ordered = np.take_along_axis(flat, order, axis=1)
    count = flat.shape[1]
    # twice the mean rank, counted from 0: a whole number for every tie
    doubled = np.broadcast_to(2 * np.arange(count), flat.shape)
    tied = ~(ordered[:, 1:] > ordered[:, :-1]).all(axis=1)
    if tied.any():
        doubled = doubled.copy()
        doubled[tied] = _doubled_ranks(ordered[tied])
    found = np.empty_like(flat)
    np.put_along_axis(found, order, _normal_scores(count)[doubled], axis=1)
    found[~np.isfinite(ordered[:, [0, -1]]).all(axis=1) | (ordered[:, 0] == ordered[:, -1])] = np.nan
    return found.reshape(halves.shape)


def _doubled_ranks(ordered: Floats) -> Floats:
    """Return twice the mean rank, from 0, of each of the ordered draws, shape (parameters, draws)."""
    place = np.arange(ordered.shape[1])
    new = np.ones(ordered.shape, dtype=bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(new, place, 0), axis=1)
    last_one = np.ones(ordered.shape, dtype=bool)
    last_one[:, :-1] = new[:, 1:]
    last = np.minimum.accumulate(np.where(last_one, place, len(place))[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(first + last)


@lru_cache(maxsize=8)
def _normal_scores(count: int) -> Floats:
    """Return the normal score of each doubled rank 0..2(count - 1)."""
    ranks = np.arange(2 * count - 1) / 2 + 1
    normal = NormalDist()
    return np.array([normal.inv_cdf(share) for share in (ranks - _BLOM) / (count - 2 * _BLOM + 1)])


def _between(chains: Floats) -> Floats:
    """Return R-hat of each parameter, shape (parameters, chains, draws)."""
    count = chains.shape[2]
    within = chains.var(axis=2, ddof=1).mean(axis=1)
    between = chains.mean(axis=2).var(axis=1, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sqrt(between / within + (count - 1) / count))


def _tail(flat: Floats) -> Floats:
    pooled = flat.reshape(len(flat), -1)
    places = [int((pooled.shape[1] - 1) * share) for share in (TAIL_LOW, TAIL_HIGH)]
    limits = np.partition(pooled, places, axis=1)[:, places]
    found = [_effective(_halves((flat <= limit[:, None, None]).astype(np.float64))) for limit in limits.T]
    # an end at which all draws are equal has no indicator that varies: the other end decides
    fewer = np.fmin(*found)
    return np.where(np.isfinite(pooled).all(axis=1), fewer, np.nan)


def _effective(chains: Floats) -> Floats:
    """Return the effective sample size of the mean by Geyer's initial monotone sequence.

    chains: (parameters, chains, draws), already split · result: at most draws x log10(draws), as in Stan
    """
    _, count, length = chains.shape
    covariance = _autocovariance(chains)
    within = covariance[:, 0] * length / (length - 1)
    total = covariance[:, 0] + (chains.mean(axis=2).var(axis=1, ddof=1) if count > 1 else 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = 1 - (within[:, None] - covariance) / total[:, None]
    rho[:, 0] = 1.0
    pairs = rho[:, : length // 2 * 2].reshape(len(chains), -1, 2).sum(axis=2)
    # the first pair that is not positive, or the last that is looked at, ends the sequence
    last = max(-(-(length - 4) // 2), 0)
    ends = ~(pairs > 0)
    ends[:, last:] = True
    end = ends.argmax(axis=1)
    kept = np.arange(pairs.shape[1]) < end[:, None]
    falling = np.minimum.accumulate(pairs, axis=1)
    rows = np.arange(len(chains))
    even = rho[rows, 2 * end]
    extra = np.where((even > 0) | (pairs[rows, end] >= 0), even, 0.0)
    tau = -1 + 2 * np.where(kept, falling, 0.0).sum(axis=1) + extra
    draws = count * length
    found = draws / np.maximum(tau, 1 / np.log10(draws))
    return np.where(np.isfinite(total) & (total > 0), found, np.nan)


def _autocovariance(chains: Floats) -> Floats:
    """Return the mean over chains of the autocovariance at each lag, shape (parameters, lags)."""
    length = chains.shape[2]
    padded = _smooth_length(2 * length)
    centred = chains - chains.mean(axis=2, keepdims=True)
    spectrum = np.fft.rfft(centred, n=padded, axis=2)
    power = (spectrum.real**2 + spectrum.imag**2).mean(axis=1)
    return np.asarray(np.fft.irfft(power, n=padded, axis=1)[:, :length] / length)


def _smooth_length(least: int) -> int:
    """Return the least product of 2, 3 and 5 that is not below: lengths that transform fast."""
    size = least
    while True:
        rest = size
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return size
        size += 1
