"""Draws of the plan's estimates (checks.md section 3).

    4,096 mid-point normal quantiles, one seeded permutation per estimate;
    z = √ρ · d · f + √(1 − ρ) · e, then each z replaced by the mid-point quantile of its rank

f is one permutation shared by all bets that nobody measured (planners are hopeful everywhere), e the estimate's own,
d = −1 for lags and for a change of a metric with `better: down`, else +1. Re-mapping by rank keeps low, base and high
of every estimate exact. One estimate has one permutation wherever it is used.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from leadline.inputs import Floats, stream
from leadline.plan.bets import Bet
from leadline.plan.estimate import Z95, Belief, transform

DRAWS = 4_096  # checks.md section 3: percentiles within 1.5 points of 240,000 draws on the example plans
KEYS = 65_535  # the largest 16-bit number
KEY_RANGE = 8.0  # beyond any mix of two mid-point quantiles: 3.7 · (√0.5 + √0.5) = 5.2

Draw = Floats | float


@lru_cache(maxsize=1)
def _grid() -> Floats:
    """Return the mid-point quantiles of the standard normal, ascending, shape (DRAWS,)."""
    from statistics import NormalDist

    normal = NormalDist()
    half = [normal.inv_cdf((rank + 0.5) / DRAWS) for rank in range(DRAWS // 2)]
    grid = np.array([*half, *(-z for z in reversed(half))])
    grid.setflags(write=False)
    return grid


class Draws:
    """The draws of one run: asked for by bet, computed once."""

    def __init__(self, seed: int, shared_optimism: float, less_is_better: frozenset[str] = frozenset()) -> None:
        """Keep the seed, the correlation of bets nobody measured (0 to below 1), and metrics with `better: down`."""
        self._seed = seed
        self._less_is_better = less_is_better
        self._optimism = shared_optimism
        self._factor = stream(seed, "shared optimism").permutation(_grid())
        self._kept: dict[str, Draw] = {}

    def of(self, bet: Bet) -> Draw:
        """Return the draws of a bet in base units, shape (DRAWS,), or its one value where it has no spread.

        Raises ValueError for a bet without a usable number.
        """
        if bet.belief is None:
            raise ValueError(f"{bet.id} has no usable number, so there is nothing to draw.")
        if bet.belief.is_point:
            return bet.belief.base
        if bet.id not in self._kept:
            self._kept[bet.id] = quantiles(bet.belief, self.standard(bet))
        return self._kept[bet.id]

    def standard(self, bet: Bet) -> Floats:
        """Return the standard normal draws of a bet, shape (DRAWS,): a permutation of the grid."""
        own = stream(self._seed, f"estimate {bet.id}").permutation(_grid())
        if bet.method == "measured" or self._optimism == 0:
            return own
        moves_down = bet.kind in ("expects", "without_plan") and bet.metric in self._less_is_better
        direction = -1.0 if bet.kind == "lag" or moves_down else 1.0
        mixed = np.sqrt(self._optimism) * direction * self._factor + np.sqrt(1.0 - self._optimism) * own
        # ranks by a 16-bit key: counted, not compared, so four times as fast; what falls into one key keeps its order
        keys = np.rint((mixed + KEY_RANGE) * (KEYS / (2 * KEY_RANGE))).astype(np.uint16)
        ranked = np.empty(DRAWS)
        ranked[np.argsort(keys, kind="stable")] = _grid()
        return ranked


def quantiles(belief: Belief, z: Floats) -> Floats:
    """Return the values of a belief at standard normal quantiles, shape of z (`plan.estimate.quantile`, vectorised)."""
    middle = transform(belief.base, belief.scale)
    below = middle - transform(belief.low, belief.scale)
    above = transform(belief.high, belief.scale) - middle
    moved = middle + z / Z95 * np.where(z < 0, below, above)
    if belief.scale == "share":
        return np.asarray(1.0 / (1.0 + np.exp(-moved)))
    return np.asarray(np.exp(moved)) if belief.scale == "amount" else moved
