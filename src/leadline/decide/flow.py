"""What flows down a chain of bridge steps, and when: the arithmetic behind forecasts.

Everything stands on a daily grid of H + 1 days from the as-of date, per posterior draw. Lags add by
convolution, never by adding means: the chance that a fresh entry has gone all the way within τ days is

    R_last(τ) = c F(τ)        R_k(τ) = c_k Σ_u f_k(u) R_{k+1}(τ - u)

(Chapelle 2014 for rate and lag with open entries; convolution of independent lags.) What has landed is
asked for on a few days only, so it is summed there and not convolved over the whole grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats, Integers


@dataclass(frozen=True)
class StepFlow:
    """One step as a forecast sees it.

    rate: share or yield per draw, shape (S,)
    lag: F(τ) on the daily grid τ = 0..H, shape (S, H + 1), not falling, at most 1
    is_share: a share of people moves on (counts are random); else a yield per one (amounts add up)
    delay: whole days, shape (S,), where everything moves at one delay; None where lags spread
    """

    rate: Floats
    lag: Floats
    is_share: bool = True
    delay: Integers | None = None

    @property
    def within(self) -> Floats:
        """Return c F(τ), shape (S, H + 1)."""
        return self.rate[:, None] * self.lag


def fixed_delay(rate: Floats, median: Floats, *, days: int, is_share: bool = True) -> StepFlow:
    """Return a step that is believed to take its typical delay, on a grid of `days` + 1 days.

    The spread of single cases is not believed but measured; until it is, a forecast says so.
    """
    delay = np.round(median).astype(np.int64)
    lag = (np.arange(days + 1)[None, :] >= delay[:, None]).astype(np.float64)
    return StepFlow(rate, lag, is_share, delay)


def reach(steps: Sequence[StepFlow]) -> Floats:
    """Return the expected amount at the end of the chain within τ days of entering it, shape (S, H + 1)."""
    result = steps[-1].within
    for step in reversed(steps[:-1]):
        if step.delay is None:
            result = convolve(np.diff(step.within, axis=1, prepend=0.0), result)
        else:
            result = step.rate[:, None] * later(result, step.delay)
    return result


def later(values: Floats, delay: Integers) -> Floats:
    """Return (S, H + 1) values moved to the right by whole days per draw, 0 before."""
    at = np.arange(values.shape[1])[None, :] - delay[:, None]
    return np.where(at >= 0, np.take_along_axis(values, np.maximum(at, 0), axis=1), 0.0)


def landed(density: Floats, within: Floats, *, days: Sequence[int]) -> Floats:
    """Return what entries spread over days have brought by some days, shape (S, len(days)).

    density: entries on each day of the grid, shape (H + 1,) · within: `reach` of a fresh entry, shape (S, H + 1)
    """
    return np.stack([within[:, : day + 1] @ density[day::-1] for day in days], axis=1)


def landed_open(first_move: Floats, rest: Floats | None, *, days: Sequence[int]) -> Floats:
    """Return what an entry that is open now brings by some days, shape (S, len(days)).

    first_move: chance that it makes its first move within τ days, given its age, shape (S, H + 1)
    rest: `reach` of the steps after that move, None where there are none
    """
    if rest is None:
        return first_move[:, list(days)]
    mass = np.diff(first_move, axis=1, prepend=0.0)
    return np.stack([np.einsum("su,su->s", mass[:, : day + 1], rest[:, day::-1]) for day in days], axis=1)


def convolve(a: Floats, b: Floats) -> Floats:
    """Return the causal convolution of two (S, H + 1) arrays on the same grid, cut at H."""
    from scipy.signal import fftconvolve

    full: Floats = fftconvolve(a, b, axes=1)[:, : a.shape[1]]
    return np.maximum(full, 0.0)


@dataclass(frozen=True)
class OpenGroup:
    """Entries that are open now and of about the same age: `size` of them, each with the same chance.

    chance: to have arrived at the end by each day asked for, shape (S, K), not falling
    """

    size: int
    chance: Floats


def courses(expected: Floats, waiting: Sequence[OpenGroup], *, generator: np.random.Generator) -> Floats:
    """Return random cumulative counts on K days, shape (S, K).

    expected: cumulative expected count from entries still to come, shape (S, K): Poisson increments
    waiting: open entries, drawn as binomials with the chance given that they have not arrived before
    Each row is one possible course of events: counts never fall along it.
    """
    total = np.cumsum(generator.poisson(np.maximum(np.diff(expected, axis=1, prepend=0.0), 0.0)), axis=1).astype(float)
    for group in waiting:
        left = np.full(expected.shape[0], group.size)
        gone = np.zeros(expected.shape[0])
        for position in range(expected.shape[1]):
            now = group.chance[:, position]
            arrived = generator.binomial(left, np.clip((now - gone) / np.maximum(1 - gone, 1e-12), 0.0, 1.0))
            total[:, position:] += arrived[:, None]
            left, gone = left - arrived, now
    return total
