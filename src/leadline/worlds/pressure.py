"""From money to expected effect: carry-over (adstock), saturation (Hill), scaled to what is true at the planned spend.

pressure  x_t = (1 − k) Σ_j k^j spend_{t−j},   k = 0.5^(1 / half_life)        weights add up to 1
response  s_t = x_t^slope / (half^slope + x_t^slope)
expected  λ_t = scale · s_t · demand_t,        scale so that Σ λ_t = at_plan for the planned money in a neutral market

Jin and others, "Bayesian Methods for Media Mix Modeling with Carryover and Shape Effects", 2017.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats
from leadline.worlds.spending import Money
from leadline.worlds.world import TacticTruth

_FACTORS = (0.0, 0.5, 1.0, 1.5, 2.0)


@dataclass(frozen=True)
class Response:
    """Expected effect of one tactic, per day, shape (days,).

    level: saturated pressure, 0..1 · expected: units per day (leads, checks), or a share of the level moved so far
    scale: units per day at full saturation · full: level of the planned money at its height, for synergies
    """

    level: Floats
    expected: Floats
    scale: float
    full: float


def carry_over(money: Floats, half_life: float) -> Floats:
    """Return money after geometric carry-over, normalised to weight 1; half_life 0 = no carry-over."""
    if half_life <= 0:
        return money.astype(np.float64)
    keep = 0.5 ** (1 / half_life)
    carried = np.empty(len(money))
    state = 0.0
    for index, value in enumerate(money):
        state = keep * state + (1 - keep) * float(value)
        carried[index] = state
    return carried


def saturate(pressure: Floats, *, half: float, slope: float) -> Floats:
    """Return the Hill response, 0..1; half at `half` money per day, steeper with `slope`."""
    raised = np.power(pressure, slope)
    return np.asarray(raised / (half**slope + raised))


def respond(truth: TacticTruth, money: Money, *, wish: Floats) -> Response:
    """Return the expected effect of the money spent, in the market as it was; no money, no effect."""
    level = saturate(carry_over(money.spent / 100, truth.half_life), half=truth.half, slope=truth.slope)
    neutral = saturate(carry_over(money.planned, truth.half_life), half=truth.half, slope=truth.slope)
    total = float(neutral.sum())
    if truth.effect is None or total == 0:
        return Response(level=level, expected=np.zeros(len(level)), scale=0.0, full=0.0)
    scale = truth.effect.at_plan / total
    # A level is built up and does not follow the season; enquiries do.
    expected = scale * (np.cumsum(level) if truth.effect.metric == "awareness" else level * wish)
    return Response(level=level, expected=expected, scale=scale, full=float(neutral.max()))


def curve(truth: TacticTruth, money: Money) -> dict[str, float]:
    """Return expected units in a neutral market at multiples of the planned money, 1 = as planned."""
    neutral = np.ones(len(money.planned))

    def units(factor: float) -> float:
        spent = np.rint(money.planned * factor * 100).astype(np.int64)
        return float(respond(truth, Money(planned=money.planned, spent=spent), wish=neutral).expected.sum())

    return {f"{factor:g}": units(factor) for factor in _FACTORS}
