"""Were intervals and forecasts right? Coverage with its own uncertainty, and scores that only honesty minimises.

Gneiting & Raftery 2007, "Strictly proper scoring rules, prediction, and estimation", doi 10.1198/016214506000001437.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from leadline.inputs import Floats
from leadline.words import share


@dataclass(frozen=True)
class Coverage:
    """How often intervals held: share of hits with its own 90 % interval (Wilson 1927), over `count` cases."""

    hits: int
    count: int

    @property
    def interval(self) -> tuple[float, float, float]:
        """Share, low, high."""
        return wilson(self.hits, self.count)

    def sentence(self) -> str:
        """Return how often they held, in words."""
        middle, low, high = self.interval
        return f"{self.hits} of {self.count} intervals held: {share(middle, 0)} (90 %: {100 * low:.0f} to {100 * high:.0f})"


def coverage(low: Floats, high: Floats, *, truth: Floats) -> Coverage:
    """Return how often intervals held what was true, edges included; arrays of one shape, NaN where nothing was seen."""
    seen = np.isfinite(truth)
    return Coverage(int(((low <= truth) & (truth <= high))[seen].sum()), int(seen.sum()))


def wilson(hits: int, count: int, *, level: float = 0.9) -> tuple[float, float, float]:
    """Return a share with its interval (Wilson 1927); hits and count: cases, count above 0.

    >>> tuple(round(edge, 3) for edge in wilson(9, 10))
    (0.9, 0.652, 0.977)
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    rate, weight = hits / count, z**2 / count
    centre = (rate + weight / 2) / (1 + weight)
    half = np.sqrt(weight * (rate * (1 - rate) + weight / 4)) / (1 + weight)
    return rate, max(float(centre - half), 0.0), min(float(centre + half), 1.0)


def crps(draws: Floats, came: float | Floats) -> Floats:
    """Return the continuous ranked probability score of draws (S, ...): mean |X - y| - mean |X - X'| / 2.

    came: what happened, (...) · result: (...), in the unit of the draws, lower is better

    >>> float(crps(np.array([3.0, 3.0]), 5.0))
    2.0
    """
    ordered = np.sort(draws, axis=0)
    count = len(ordered)
    ranks = (2 * np.arange(count) + 1 - count).reshape(-1, *[1] * (ordered.ndim - 1))
    spread = 2 * (ordered * ranks).sum(axis=0) / count**2
    return np.asarray(np.abs(draws - came).mean(axis=0) - spread / 2)


def interval_score(low: Floats, high: Floats, *, came: Floats, level: float = 0.9) -> Floats:
    """Return the width of central intervals plus a penalty for each miss, in the unit of the outcome; lower is better.

    >>> interval_score(np.array([1.0, 1.0]), np.array([3.0, 3.0]), came=np.array([2.0, 4.0]), level=0.9).round(6).tolist()
    [2.0, 22.0]
    """
    penalty = 2 / (1 - level)
    missed = np.maximum(low - came, 0) + np.maximum(came - high, 0)
    return np.asarray(high - low + penalty * missed)


def brier(probability: Floats, came: Floats) -> float:
    """Return the mean squared distance of probabilities from what happened, 0 or 1; 0 best, 0.25 for always one half.

    >>> brier(np.array([0.5, 0.5]), np.array([0.0, 1.0]))
    0.25
    """
    return float(np.square(np.asarray(probability) - np.asarray(came)).mean())
