"""Saturation: how the effect of exposure flattens; and how it moves when all exposure moves by one per cent.

Every function takes the array module (`numpy` or `jax.numpy`) as `xp`. At no exposure the Hill curve and its gradient
are 0: the logarithm gets a harmless argument on both branches of `where`, else gradients are not numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from leadline.measure.mix.priors import special

LEAST = 1e-30  # own: exposure of a usual step is 1; a 32-bit number holds it
FAMILIES = ("hill", "logistic", "none")


def hill(x: Any, half: Any, *, slope: Any | None = None, xp: Any = np) -> Any:
    """Return x^q / (x^q + k^q), in 0..1.

    x: exposure >= 0, 1 = a usual step · half: k, the exposure of half the effect · slope: q, None = 1

    >>> hill(np.array([0.0, 1.0]), 0.8).round(4).tolist()
    [0.0, 0.5556]
    """
    if slope is None:
        return x / (x + half)
    steepness = slope * (_logarithm(x, xp) - xp.log(half))
    return xp.where(x > 0, special(xp).expit(steepness), 0.0)


def _logarithm(x: Any, xp: Any) -> Any:
    """Return log x of x >= LEAST; less counts as LEAST, so that value and gradient stay numbers.

    On the engine a logarithm of 64 bits costs four exponentials (measured), one of 32 bits little: so that of 32 bits is
    taken, and one step of Newton's method in 64 bits makes it exact: log x = g + log(1 + d), d = x exp(-g) - 1 about 1e-7.
    """
    floor = xp.maximum(x, LEAST)
    if xp is np:
        return np.log(floor)
    from jax.lax import stop_gradient

    guess = stop_gradient(xp.log(floor.astype(np.float32)).astype(floor.dtype))
    beyond = floor * xp.exp(-guess) - 1
    return guess + beyond - beyond**2 / 2


def logistic(x: Any, rate: Any, *, xp: Any = np) -> Any:
    """Return tanh(rate x / 2), in 0..1.

    >>> float(logistic(np.array(1.0), 1.5).round(4))
    0.6351
    """
    return xp.tanh(rate * x / 2)


def hill_response(h: Any, slope: Any | None = None) -> Any:
    """Return d h(x (1 + e)) / d e at e = 0 of the Hill curve: q h (1 - h)."""
    moved = h * (1 - h)
    return moved if slope is None else slope * moved


def logistic_response(x: Any, rate: Any, *, xp: Any = np) -> Any:
    """Return d tanh(rate x (1 + e) / 2) / d e at e = 0."""
    half = rate * x / 2
    return half * (1 - xp.tanh(half) ** 2)
