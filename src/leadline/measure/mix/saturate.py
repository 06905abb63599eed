"""Saturation: how the effect of exposure flattens; and how it moves when all exposure moves by one per cent.

Every function takes the array module (`numpy` or `jax.numpy`) as `xp`. At no exposure the Hill curve and its gradient
are 0: the power gets a harmless argument on both branches of `where`, else gradients are not numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

FAMILIES = ("hill", "logistic", "none")


def hill(x: Any, half: Any, *, slope: Any | None = None, xp: Any = np) -> Any:
    """Return x^q / (x^q + k^q), in 0..1.

    x: exposure >= 0, 1 = a usual step · half: k, the exposure of half the effect · slope: q, None = 1

    >>> hill(np.array([0.0, 1.0]), 0.8).round(4).tolist()
    [0.0, 0.5556]
    """
    if slope is None:
        return x / (x + half)
    positive = x > 0
    ratio = xp.where(positive, x, 1.0) / half
    raised = ratio**slope
    return xp.where(positive, raised / (1 + raised), 0.0)


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
