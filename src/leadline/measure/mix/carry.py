"""Carry-over: how much of a step's exposure still works l steps later; weights that sum to one.

Every function takes the array module (`numpy` or `jax.numpy`) as `xp`, so that the sampler, the results and the
forecasts compute with one formula (Jin, Wang, Sun, Chan, Koehler 2017, "Bayesian Methods for Media Mix Modeling with
Carryover and Shape Effects"; binomial family: Google Meridian 2.1).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from leadline.inputs import Floats

FAMILIES = ("geometric", "delayed", "binomial", "weibull", "none")
# Design, measurement section 2.2: how many steps back are looked at, by the length of a step.
LAGS = {"day": 56, "week": 8, "month": 3, "quarter": 2, "year": 4}
BEYOND = 0.05  # design, measurement section 2.2: more of the geometric mass than this beyond the last lag is too much
_TINY = 1e-30  # weights below are nothing; keeps the logarithm of a weight finite


def log_weights(family: str, lags: int, *, parameters: tuple[Any, ...], xp: Any = np) -> Any:
    """Return the logarithms of the weights of lags 0..lags before they are made to sum to one, shape (..., lags + 1).

    parameters: arrays of one shape (...): geometric and binomial (alpha), delayed (alpha, theta), weibull (shape, scale
    in steps), none ()
    """
    step = xp.arange(lags + 1.0)
    if family == "geometric":
        return step * xp.log(parameters[0])[..., None]
    if family == "delayed":
        alpha, theta = parameters
        return (step - theta[..., None]) ** 2 * xp.log(alpha)[..., None]
    if family == "binomial":
        return (1 / parameters[0][..., None] - 1) * xp.log1p(-step / (lags + 1))
    if family == "weibull":
        shape, scale = (one[..., None] for one in parameters)
        ratio = (step + 1) / scale
        return xp.log(shape / scale) + (shape - 1) * xp.log(ratio) - ratio**shape
    raise ValueError(f"carry-over {family!r} is none of {FAMILIES}")


def weights(family: str, lags: int, *, parameters: tuple[Any, ...], xp: Any = np) -> Any:
    """Return the weights of lags 0..lags, which sum to one, shape (..., lags + 1); `none` has shape (lags + 1,).

    >>> weights("geometric", 2, parameters=(np.array(0.5),)).round(3).tolist()
    [0.571, 0.286, 0.143]
    """
    if family == "none":
        return xp.concatenate([xp.ones(1), xp.zeros(lags)])
    raw = log_weights(family, lags, parameters=parameters, xp=xp)
    raised = xp.exp(raw - raw.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def half_life(alpha: Floats) -> Floats:
    """Return the steps after which half of a geometric carry-over is done."""
    return np.asarray(np.log(0.5) / np.log(np.clip(alpha, _TINY, 1 - 1e-12)), dtype=np.float64)


def lagged(values: Floats, lags: int, *, before: Floats) -> Floats:
    """Return exposure by channel and lag, shape (M, lags + 1, G, T): entry l at t is the exposure of step t - l.

    values: shape (G, T, M) · before: the steps before the first, oldest first, shape (G, lags, M)
    """
    steps = values.shape[1]
    whole = np.moveaxis(np.concatenate([before, values], axis=1), 2, 0)
    return np.stack([whole[:, :, lags - lag : lags - lag + steps] for lag in range(lags + 1)], axis=1)


def unlagged(stacked: Floats) -> Floats:
    """Return exposure by step from `lags` steps before the first one on, the inverse of `lagged`; shape (M, G, lags + T)."""
    before = stacked[:, :0:-1, :, 0].transpose(0, 2, 1)
    return np.concatenate([before, stacked[:, 0]], axis=2)


def steps_before(values: Floats, lags: int, *, history: Floats | None, carry_in: str) -> Floats:
    """Return what ran in the steps before the first one, oldest first, shape (G, lags, ...).

    history: what is known of them, shape (G, H, ...), None = nothing · carry_in: what stands where nothing is known:
    `steady`, the mean of the first observed steps, or `zero`
    """
    shape = (values.shape[0], lags, *values.shape[2:])
    filling = values[:, : max(lags, 1)].mean(axis=1, keepdims=True) if carry_in == "steady" else np.zeros((1, 1, 1))
    filled = np.broadcast_to(filling, shape).copy()
    known = 0 if history is None or lags == 0 else min(lags, history.shape[1])
    if history is not None and known:
        filled[:, lags - known :] = history[:, history.shape[1] - known :]
    return filled
