"""What flows down a chain of bridge steps, and when: the arithmetic behind forecasts.

Everything stands on a daily grid of H + 1 days from the as-of date, per posterior draw. Lags add by
convolution, never by adding means: the chance that a fresh entry has gone all the way within τ days is

    R_last(τ) = c F(τ)        R_k(τ) = c_k Σ_u f_k(u) R_{k+1}(τ - u)

(Chapelle 2014 for rate and lag with open entries; convolution of independent lags.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats


@dataclass(frozen=True)
class StepFlow:
    """One step as a forecast sees it.

    rate: share or yield per draw, shape (S,)
    lag: F(τ) on the daily grid τ = 0..H, shape (S, H + 1), not falling, at most 1
    is_share: a share of people moves on (counts are random); else a yield per one (amounts add up)
    """

    rate: Floats
    lag: Floats
    is_share: bool = True

    @property
    def within(self) -> Floats:
        """Return c F(τ), shape (S, H + 1)."""
        return self.rate[:, None] * self.lag


def reach(steps: Sequence[StepFlow]) -> Floats:
    """Return the expected amount at the end of the chain within τ days of entering it, shape (S, H + 1).

    No steps: the entry itself is the end, so 1 from day 0 on is the caller's business.
    """
    result = steps[-1].within
    for step in reversed(steps[:-1]):
        mass = np.diff(step.lag, axis=1, prepend=0.0) * step.rate[:, None]
        result = convolve(mass, result)
    return result


def reach_open(first_move: Floats, rest: Sequence[StepFlow]) -> Floats:
    """Return what an entry that is open now brings within τ days, shape (S, H + 1).

    first_move: chance that it makes its first move within τ days, given its age, shape (S, H + 1)
    rest: the steps after that move
    """
    if not rest:
        return first_move
    return convolve(np.diff(first_move, axis=1, prepend=0.0), reach(rest))


def arrivals_by(arrivals: Floats, within: Floats) -> Floats:
    """Return the cumulative expected amount at the end from entries spread over days, shape (S, H + 1).

    arrivals: expected entries on day d, shape (H + 1,) or (S, H + 1) · within: `reach` of a fresh entry
    """
    spread = np.broadcast_to(np.atleast_2d(arrivals), within.shape)
    return convolve(spread, within)


def convolve(a: Floats, b: Floats) -> Floats:
    """Return the causal convolution of two (S, H + 1) arrays on the same grid, cut at H."""
    from scipy.signal import fftconvolve

    length = a.shape[1]
    full: Floats = fftconvolve(a, b, axes=1)[:, :length]
    return np.maximum(full, 0.0)


def belief_lag(median: Floats, days: int) -> Floats:
    """Return F for a belief about the typical delay: everything moves at that delay, shape (S, days + 1).

    The spread of single cases is not believed but measured; until it is, a forecast says so.
    """
    grid = np.arange(days + 1)[None, :]
    return (grid >= np.round(median)[:, None]).astype(np.float64)


@dataclass(frozen=True)
class OpenGroup:
    """Entries that are open now and of about the same age: `size` of them, each with the same chance.

    chance: to have arrived at the end within τ days, shape (S, H + 1), not falling
    """

    size: int
    chance: Floats


def courses(
    expected: Floats, waiting: Sequence[OpenGroup], *, days: Sequence[int], generator: np.random.Generator
) -> Floats:
    """Return random cumulative counts on some days of the grid, shape (S, len(days)).

    expected: cumulative expected count from entries still to come, shape (S, H + 1): Poisson increments
    waiting: open entries, drawn as binomials with the chance given that they have not arrived before
    Each row is one possible course of events: counts never fall along it.
    """
    total = np.zeros(expected.shape[0])
    left = [np.full(expected.shape[0], group.size) for group in waiting]
    result = np.zeros((expected.shape[0], len(days)))
    last = -1
    for position, day in enumerate(days):
        before = expected[:, last] if last >= 0 else 0.0
        total = total + generator.poisson(np.maximum(expected[:, day] - before, 0.0))
        for index, group in enumerate(waiting):
            gone = group.chance[:, last] if last >= 0 else np.zeros(expected.shape[0])
            chance = np.clip((group.chance[:, day] - gone) / np.maximum(1 - gone, 1e-12), 0.0, 1.0)
            arrived = generator.binomial(left[index], chance)
            left[index] = left[index] - arrived
            total = total + arrived
        result[:, position] = total
        last = day
    return result
