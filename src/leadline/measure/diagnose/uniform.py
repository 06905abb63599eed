"""Are ranks and probabilities as even as they must be if the model is right? PIT, simulation-based calibration, bands.

Randomised PIT: Czado, Gneiting, Held 2009, doi 10.1111/j.1541-0420.2009.01191.x. Ranks: Talts, Betancourt, Simpson,
Vehtari, Gelman 2018, arXiv 1804.06788. Bands: Säilynoja, Bürkner, Vehtari 2022, doi 10.1007/s11222-022-10090-6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats

PIT_BINS = 10  # design, measurement section 1.4
RANK_BINS = 20  # design, measurement section 2.13: bins of SBC ranks
BAND_LEVEL = 0.99  # same: level of the simultaneous band
_POINTS = 100  # at which a band is held; Säilynoja et al. 2022, section 2: as many as draws, up to 100 is enough
_BISECTIONS = 20  # of the pointwise level, to a millionth of its range: beyond it no whole count changes
Integers = npt.NDArray[np.integer]


def pit(draws: Floats, came: Floats, *, generator: np.random.Generator) -> Floats:
    """Return where each outcome fell in its forecast, 0..1, even over cases if forecasts are right.

    draws: (S, N) · came: (N,) · generator: decides within ties, so that counts come out even too
    """
    below, equal = (draws < came).sum(axis=0), (draws == came).sum(axis=0)
    return np.asarray((below + generator.uniform(size=below.shape) * (equal + 1)) / (len(draws) + 1))


def ranks(draws: Floats, truth: Floats, *, generator: np.random.Generator) -> Integers:
    """Return how many draws lie below each truth, 0..S, ties broken at random; draws (S, N), thinned; truth (N,)."""
    below, equal = (draws < truth).sum(axis=0), (draws == truth).sum(axis=0)
    return np.asarray(below + generator.integers(0, equal + 1))


def evenness(shares: Floats, *, bins: int = PIT_BINS) -> float:
    """Return the p-value of a chi-square test that shares, 0..1, fall evenly into bins."""
    places = np.minimum((np.asarray(shares) * bins).astype(np.int64), bins - 1)
    return _chi_square(np.bincount(places.ravel(), minlength=bins), np.full(bins, 1 / bins))


def rank_evenness(found: Integers, *, draws: int, bins: int = RANK_BINS) -> float:
    """Return the p-value of a chi-square test that ranks 0..draws are even.

    The ranks are put into bins as equal as may be; each is expected to hold as many as it has ranks.
    """
    edges = np.arange(draws + 1) * bins // (draws + 1)
    return _chi_square(np.bincount(edges[found], minlength=bins), np.bincount(edges, minlength=bins) / (draws + 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for having been looked at together (Holm 1979), in their order.

    >>> holm([0.01, 0.5, 0.04])
    [0.03, 0.5, 0.08]
    """
    order = np.argsort(p_values, kind="stable")
    steps = np.asarray(p_values, dtype=np.float64)[order] * np.arange(len(order), 0, -1)
    found = np.empty(len(order))
    found[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(one) for one in found]


@dataclass(frozen=True)
class Band:
    """The share of cases at or below each point, and the band that holds an even one as a whole with the level asked for.

    points: 0..1, ascending, (K,) · share, low, high: 0..1, (K,)
    """

    points: Floats
    share: Floats
    low: Floats
    high: Floats

    @property
    def is_inside(self) -> bool:
        """Whether the whole line lies within the band."""
        # shares are counts over one number: compared as such, with room for the last digit
        return bool(((self.share >= self.low - 1e-12) & (self.share <= self.high + 1e-12)).all())


def rank_band(found: Integers, *, draws: int, level: float = BAND_LEVEL) -> Band:
    """Return the cumulative share of ranks 0..draws with its simultaneous band; found: one rank a data set, (N,)."""
    step = max(1, -(-(draws + 1) // _POINTS))
    limits = np.arange(step, draws + 1, step)
    points = limits / (draws + 1)
    return _band(points, (found[:, None] < limits).mean(axis=0), count=len(found), level=level)


def pit_band(shares: Floats, *, level: float = BAND_LEVEL) -> Band:
    """Return the cumulative share of values 0..1 with its simultaneous band; shares: (N,)."""
    points = np.arange(1, min(len(shares), _POINTS)) / min(len(shares), _POINTS)
    return _band(points, (shares[:, None] <= points).mean(axis=0), count=len(shares), level=level)


def _band(points: Floats, share: Floats, *, count: int, level: float) -> Band:
    low, high = _counts(count, tuple(float(point) for point in points), level)
    return Band(points, share, np.array(low) / count, np.array(high) / count)


@lru_cache(maxsize=16)
def _counts(count: int, points: tuple[float, ...], level: float) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the least and greatest counts at each point of a band that holds with at least the level, as narrow as can be.

    One pointwise level for all points, found by bisection; the probability to stay inside is computed exactly, count by
    count (Säilynoja et al. 2022, algorithm 1).
    """
    from scipy.special import bdtr

    below = np.array([bdtr(np.arange(count + 1), count, point) for point in points])
    loose, tight = (1 - level) / (2 * len(points)), (1 - level) / 2  # by Bonferroni; of a single point
    for _ in range(_BISECTIONS):
        middle = np.sqrt(loose * tight)
        if _stays(count, points, *_edges(below, middle)) >= level:
            loose = middle
        else:
            tight = middle
    low, high = _edges(below, loose)
    return tuple(int(one) for one in low), tuple(int(one) for one in high)


def _edges(below: Floats, tail: float) -> tuple[Integers, Integers]:
    """Return the counts that leave at most `tail` of a binomial distribution on either side; below: (K, N + 1)."""
    return (below <= tail).sum(axis=1), (below < 1 - tail).sum(axis=1)


def _stays(count: int, points: Sequence[float], low: Integers, high: Integers) -> float:
    """Return the probability that the counts of an even sample at all points lie in low..high."""
    from scipy.special import gammaln

    factorial = gammaln(np.arange(count + 1) + 1.0)
    chance, at, before = np.ones(1), np.zeros(1, dtype=np.int64), 0.0
    for point, least, most in zip(points, low, high, strict=True):
        here = np.arange(least, most + 1)
        share = (point - before) / (1 - before)
        came, left = here[None, :] - at[:, None], (count - at)[:, None]
        step = np.where(came >= 0, came, 0)
        log = (
            factorial[left]
            - factorial[step]
            - factorial[left - step]
            + step * np.log(share)
            + (left - step) * np.log1p(-share)
        )
        chance = chance @ np.where(came >= 0, np.exp(log), 0.0)
        at, before = here, point
    return float(chance.sum())


def _chi_square(counts: Integers, expected: Floats) -> float:
    from scipy.special import gammaincc

    wanted = counts.sum() * expected
    return float(gammaincc((len(counts) - 1) / 2, (np.square(counts - wanted) / wanted).sum() / 2))
