"""From money to expected effect: carry-over (adstock), saturation, scaled to what is true at the planned spend.

pressure  x_t = Σ_j w_j spend_{t−j},   Σ w_j = 1:   w_j ∝ 0.5^(j / half_life)   or   ∝ Weibull density at j + ½
response  s_t = x_t^slope / (half^slope + x_t^slope)   or   1 − 2^(−x_t / half)
expected  λ_t = scale · s_t · demand_t,        scale so that Σ λ_t = at_plan for the planned money in a neutral market

With regions, each has its own pressure on its own share of the people: s_t = Σ_g p_g · s(x_gt / p_g), p_g adding up to 1.
Jin and others, "Bayesian Methods for Media Mix Modeling with Carryover and Shape Effects", 2017.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from leadline.inputs import Floats
from leadline.worlds.parameters import Effect, Geometric, Hill, TacticTruth, Weibull
from leadline.worlds.spending import Money

_FACTORS = (0.0, 0.5, 1.0, 1.5, 2.0)
# Weights beyond this share of a Weibull carry-over are left out: own choice, one part in a thousand.
_TAIL = 1e-3


@dataclass(frozen=True)
class Response:
    """Expected effect of one tactic, per day, shape (days,).

    level: saturated pressure, 0..1 · full: level of the planned money at its height, for synergies
    units: per metric of its effects: cases per day, or the change of the level so far
    scales: per metric, units per day at full saturation · by_geo: level by region, shape (regions, days), adding up to `level`
    """

    level: Floats
    full: float
    units: Mapping[str, Floats] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)
    by_geo: Floats | None = None


def carry_over(money: Floats, how: Geometric | Weibull) -> Floats:
    """Return money after carry-over, normalised to weight 1, along the last axis."""
    if isinstance(how, Weibull):
        return _spread(money, how)
    if how.half_life <= 0:
        return money.astype(np.float64)
    keep = 0.5 ** (1 / how.half_life)
    carried = np.empty(money.shape)
    state = np.zeros(money.shape[:-1])
    for index in range(money.shape[-1]):
        state = keep * state + (1 - keep) * money[..., index].astype(np.float64)
        carried[..., index] = state
    return carried


def _spread(money: Floats, how: Weibull) -> Floats:
    """Return money spread over the days after it by the Weibull density, cut where a thousandth is left."""
    length = int(np.ceil(how.scale * (-np.log(_TAIL)) ** (1 / how.shape))) + 1
    lag = (np.arange(length) + 0.5) / how.scale
    weights = lag ** (how.shape - 1) * np.exp(-(lag**how.shape))
    weights /= weights.sum()
    rows = np.atleast_2d(money.astype(np.float64))
    carried = np.array([np.convolve(row, weights)[: money.shape[-1]] for row in rows])
    return np.asarray(carried.reshape(money.shape))


def saturate(pressure: Floats, how: object) -> Floats:
    """Return the response, 0..1; one half at `half` money per day."""
    if isinstance(how, Hill):
        raised = np.power(pressure, how.slope)
        return np.asarray(raised / (how.half**how.slope + raised))
    half: float = how.half  # type: ignore[attr-defined]  # the only other kind is Exponential
    return np.asarray(-np.expm1(-np.log(2) * pressure / half))


def respond(truth: TacticTruth, money: Money, *, wish: Floats, levels: Collection[str] = ("awareness",)) -> Response:
    """Return the expected effect of the money spent, in the market as it was; no money, no effect.

    levels: metrics that are levels, not cases
    """
    driven, by_geo = money.driving, None
    if money.by_geo is None:
        level = saturate(carry_over(driven, truth.adstock), truth.saturation)
    else:
        share = money.shares[:, None]
        by_geo = share * saturate(carry_over(money.by_geo / 100, truth.adstock) / share, truth.saturation)
        level = by_geo.sum(axis=0)
    neutral = saturate(carry_over(money.planned, truth.adstock), truth.saturation)
    # A world that lives through a part of the plan's days brings that part of what the plan's money brings.
    total = float(neutral.sum()) / money.covered if money.covered else 0.0
    if total == 0:
        return Response(level, 0.0, {one.metric: np.zeros(len(level)) for one in truth.effect}, by_geo=by_geo)
    scales = {one.metric: one.at_plan / total for one in truth.effect}
    units = {
        # A level is built up and does not follow the season; enquiries do.
        one.metric: _built_up(one, level, neutral, total=total)
        if one.metric in levels
        else scales[one.metric] * (level * wish)
        for one in truth.effect
    }
    return Response(level, float(neutral.max()), units, scales, by_geo)


def _built_up(effect: Effect, level: Floats, neutral: Floats, *, total: float) -> Floats:
    """Return the change of a level per day: in proportion to all pressure so far, full at what was planned for it."""
    if effect.within is None:
        return np.asarray(effect.at_plan / total * np.cumsum(level))
    first = int(np.flatnonzero(neutral)[0])
    planned = float(neutral[first : first + max(1, round(effect.within))].sum())
    return np.asarray(effect.at_plan * np.minimum(1.0, np.cumsum(level) / planned))


def curve(truth: TacticTruth, money: Money, *, effect: Effect) -> dict[str, float]:
    """Return expected units of one effect in a neutral market at multiples of the planned money, 1 = as planned."""
    neutral = np.ones(len(money.planned))
    one = truth.model_copy(update={"effect": (effect,)})

    def units(factor: float) -> float:
        planned = Money(planned=money.planned, spent=np.rint(money.planned * factor * 100).astype(np.int64))
        return float(respond(one, planned, wish=neutral, levels=()).units[effect.metric].sum())

    return {f"{factor:g}": units(factor) for factor in _FACTORS}


def marginal(truth: TacticTruth, money: Money, *, effect: Effect) -> float | None:
    """Return units that one more unit of money brings at the planned spend, in a neutral market; None without money."""
    whole = float(money.planned.sum())
    if whole == 0:
        return None
    neutral, step = np.ones(len(money.planned)), 1e-3  # a thousandth of the plan: far below any curvature
    one = truth.model_copy(update={"effect": (effect,)})

    def units(factor: float) -> float:
        more = Money(planned=money.planned, spent=np.zeros(0, dtype=np.int64), effort=money.planned * factor)
        return float(respond(one, more, wish=neutral, levels=()).units[effect.metric].sum())

    return (units(1 + step) - units(1 - step)) / (2 * step * whole)
