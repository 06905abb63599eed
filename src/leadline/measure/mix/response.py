"""What exposure does to the outcome: the one function that fitting, results, curves and forecasts all call.

Shapes: G places, T steps, M channels, L lags; parameters may have leading axes of draws, which `...` stands for. Every
function takes the array module (`numpy` or `jax.numpy`) as `xp`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.measure.mix.carry import weights
from leadline.measure.mix.saturate import hill, hill_response, logistic, logistic_response
from leadline.measure.mix.shape import Shape, pick

_CARRY_KINDS = {
    "geometric": ("alpha",), "delayed": ("alpha", "delay"), "binomial": ("alpha",), "weibull": ("carry shape", "carry scale"),
    "none": (),
}  # fmt: skip


@dataclass(frozen=True)
class Exposure:
    """Scaled exposure by lag (M, L + 1, G, T); reach and frequency of the channels that have both (R, L + 1, G, T)."""

    lags: Any
    reach: Any
    frequency: Any


def carry_weights(values: Any, shape: Shape, *, xp: Any = np) -> Any:
    """Return the carry-over weights of all channels, shape (..., M, L + 1)."""
    parts, order = [], []
    for family, kinds in _CARRY_KINDS.items():
        places = [place for place, one in enumerate(shape.carry) if one == family]
        if not places:
            continue
        parameters = tuple(pick(values, [shape.at[kind][place] for place in places]) for kind in kinds)
        part = weights(family, shape.lags, parameters=parameters, xp=xp)
        parts.append(xp.broadcast_to(part, (*values.shape[:-1], len(places), shape.lags + 1)))
        order += places
    return _in_order(parts, order, axis=-2, xp=xp)


def curve(x: Any, values: Any, *, shape: Shape, xp: Any = np) -> Any:
    """Return saturated exposure of all channels; x: (..., M, G, T).

    Channels with reach have their curve in the frequency already: theirs passes unchanged.
    """
    return _by_kind(shape, values, lambda bend, places: bend.at(_of_channels(x, places, shape), xp=xp), xp=xp)


def move(x: Any, h: Any, *, values: Any, shape: Shape, xp: Any = np) -> Any:
    """Return d h(x (1 + e)) / d e at e = 0 of all channels; h: saturated exposure at x, both (..., M, G, T)."""

    def moved(bend: Bend, places: list[int]) -> Any:
        return bend.moved(_of_channels(x, places, shape), _of_channels(h, places, shape), xp=xp)

    return _by_kind(shape, values, moved, xp=xp)


def _by_kind(shape: Shape, values: Any, of: Callable[[Bend, list[int]], Any], *, xp: Any) -> Any:
    """Return what `of` makes of the channels of each kind of curve, in the order of the channels."""
    parts, order = [], []
    for kind, places in _curves(shape).items():
        parts.append(of(Bend(kind, {name: _of_places(values, shape, name, places) for name in _BENDS[kind]}), places))
        order += places
    lead = np.broadcast_shapes(*(part.shape[:-3] for part in parts))  # a straight line has no draws of its own
    parts = [xp.broadcast_to(part, (*lead, *part.shape[-3:])) for part in parts]
    return _in_order(parts, order, axis=-3, xp=xp)


def _of_channels(x: Any, places: list[int], shape: Shape) -> Any:
    return x[..., np.array(places), :, :] if len(places) < len(shape.channels) else x


def _curves(shape: Shape) -> dict[str, list[int]]:
    """Return the channels of each kind of curve."""
    found: dict[str, list[int]] = {}
    for place, family in enumerate(shape.saturation):
        kind = (
            "none" if place in shape.reached else "s-hill" if family == "hill" and shape.slope_free[place] else family
        )
        found.setdefault(kind, []).append(place)
    return found


_BENDS = {"none": (), "logistic": ("rate",), "hill": ("half",), "s-hill": ("half", "slope")}


@dataclass(frozen=True)
class Bend:
    """A kind of curve with its parameters, which broadcast against exposure (..., M, G, T)."""

    kind: str
    parameters: dict[str, Any]

    def at(self, x: Any, *, xp: Any = np) -> Any:
        """Return saturated exposure."""
        if self.kind == "none":
            return x
        if self.kind == "logistic":
            return logistic(x, self.parameters["rate"], xp=xp)
        return hill(x, self.parameters["half"], slope=self.parameters.get("slope"), xp=xp)

    def moved(self, x: Any, h: Any, *, xp: Any = np) -> Any:
        """Return how saturated exposure moves with all exposure; h: saturated exposure at x."""
        if self.kind == "none":
            return x
        if self.kind == "logistic":
            return logistic_response(x, self.parameters["rate"], xp=xp)
        return hill_response(h, self.parameters.get("slope"))


def _of_places(values: Any, shape: Shape, name: str, places: list[int]) -> Any:
    return pick(values, [shape.at[name][place] for place in places])[..., :, None, None]


def _in_order(parts: list[Any], order: list[int], *, axis: int, xp: Any) -> Any:
    whole = parts[0] if len(parts) == 1 else xp.concatenate(parts, axis=axis)
    if order == sorted(order):
        return whole
    return xp.take(whole, np.argsort(order), axis=axis)


def media(values: Any, exposure: Exposure, *, shape: Shape, xp: Any = np) -> Any:
    """Return h, what carried and saturated exposure does for an effect of 1, shape (..., M, G, T)."""
    if shape.order == "carry-first":
        return curve(_carried(values, exposure, shape, xp), values, shape=shape, xp=xp)
    mixing, by_lag, wide = _by_lag(values, exposure, shape, xp)
    return _mixed(mixing, xp.moveaxis(curve(by_lag, wide, shape=shape, xp=xp), 0, -3), xp)


def media_and_move(values: Any, exposure: Exposure, *, shape: Shape, xp: Any = np) -> tuple[Any, Any]:
    """Return h and d h / d e for exposure times (1 + e) at e = 0, (..., M, G, T) each; of reach, not of frequency."""
    if shape.order == "carry-first":
        x = _carried(values, exposure, shape, xp)
        h = curve(x, values, shape=shape, xp=xp)
        return h, move(x, h, values=values, shape=shape, xp=xp)
    mixing, by_lag, wide = _by_lag(values, exposure, shape, xp)
    h = curve(by_lag, wide, shape=shape, xp=xp)
    both = h, move(by_lag, h, values=wide, shape=shape, xp=xp)
    first, second = (_mixed(mixing, xp.moveaxis(one, 0, -3), xp) for one in both)
    return first, second


def _carried(values: Any, exposure: Exposure, shape: Shape, xp: Any) -> Any:
    return _mixed(carry_weights(values, shape, xp=xp), _with_reach(values, exposure, shape, xp), xp)


def _by_lag(values: Any, exposure: Exposure, shape: Shape, xp: Any) -> tuple[Any, Any, Any]:
    """Return carry-over weights, exposure with the lags before all other axes, and values that broadcast against it."""
    by_lag = xp.moveaxis(_with_reach(values, exposure, shape, xp), -3, 0)  # a curve takes (..., M, G, T)
    draws = (1,) * (values.ndim + 3 - by_lag.ndim)  # exposure that is the same in all draws
    by_lag = by_lag.reshape((by_lag.shape[0], *draws, *by_lag.shape[1:]))
    return carry_weights(values, shape, xp=xp), by_lag, values if values.ndim == 1 else values[None]


def _mixed(mixing: Any, lags: Any, xp: Any) -> Any:
    """Return the sum over lags, (..., M, G, T), of weights (..., M, L + 1) and exposure (..., M, L + 1, G, T).

    One matrix product a channel: measured, twice as fast on a CPU as any sum over an inner axis.
    """
    flat = lags.reshape((*lags.shape[:-2], -1))
    return xp.matmul(mixing[..., None, :], flat).reshape((*mixing.shape[:-1], *lags.shape[-2:]))


def _with_reach(values: Any, exposure: Exposure, shape: Shape, xp: Any) -> Any:
    """Return exposure by lag, in which reach times the effect of frequency stands for channels that have both."""
    if not shape.reached:
        return exposure.lags
    half, slope = (pick(values, [shape.at[kind][place] for place in shape.reached]) for kind in ("half", "slope"))
    wide = (..., slice(None), None, None, None)
    effective = exposure.reach * hill(exposure.frequency, half[wide], slope=slope[wide], xp=xp)
    others = [place for place in range(len(shape.channels)) if place not in shape.reached]
    rest = exposure.lags[..., np.array(others, dtype=np.int64), :, :, :]
    rest = xp.broadcast_to(rest, (*effective.shape[:-4], *rest.shape[-4:]))
    return _in_order([rest, effective], [*others, *shape.reached], axis=-4, xp=xp)


def multipliers(values: Any, shape: Shape, *, xp: Any = np) -> Any:
    """Return what each channel's effect in each place is multiplied by, shape (..., G, M)."""
    count = len(shape.channels)
    if not shape.has("spread"):
        return xp.ones((*values.shape[:-1], 1, count))
    spread = pick(values, shape.at["spread"])
    places = pick(values, shape.at["place"]).reshape((*values.shape[:-1], shape.geos, count))
    return xp.exp(spread[..., None, :] * places)


@dataclass(frozen=True)
class Worth:
    """What turns a prior in business units into an effect: window and money of a scaled unit, and amounts.

    money: money of one scaled unit in each place and step of the window, 0 outside, (G, T) · amount: money that a prior of 1
    means, (M,): spend for a return, the whole outcome's money for a share
    """

    money: Any
    amount: Any


def effects(values: Any, h: Any, *, shape: Shape, worth: Worth, moved: Any = None, xp: Any = np) -> Any:
    """Return beta, the effect of saturated exposure 1 in scaled units of the outcome, shape (..., G, M).

    h: of `media` on the panel, (..., M, G, T) · moved: of `media_and_move`, where a prior is on marginal returns
    """
    spoken, by_place = pick(values, shape.at["effect"]), multipliers(values, shape, xp=xp)
    if set(shape.effect) == {"coefficient"} or shape.link == "log":
        return spoken[..., None, :] * by_place
    gained = xp.einsum("gt,...mgt->...gm", worth.money, h)
    if "marginal-roi" in shape.effect:
        is_marginal = np.array([one == "marginal-roi" for one in shape.effect])
        gained = xp.where(is_marginal, xp.einsum("gt,...mgt->...gm", worth.money, moved), gained)
    each = (by_place * gained).sum(axis=-2)
    is_coefficient = np.array([one == "coefficient" for one in shape.effect])
    beta = spoken * xp.where(is_coefficient, 1.0, worth.amount / xp.where(is_coefficient, 1.0, each))
    return beta[..., None, :] * by_place
