"""Posterior draws of one step, with the questions that a forecast asks of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from leadline.inputs import Floats, Integers
from leadline.measure.bridge.cure import Fate, open_chance, will_move
from leadline.measure.bridge.lags import Lag, lag_family

_RATE_EDGE = 1e-12  # rates are kept off 0 and 1 so that their logit exists (float64 resolves 1e-16)


@dataclass(frozen=True)
class StepDraws:
    """Draws of a step's rate and lag; every array has shape (S,).

    rate: probability c of ever moving on · median: days · shape, second: shapes of the lag family
    loss_median (days), loss_shape: the Weibull lag of recorded losses, None without competing ends
    recorded: share of losses that anybody ever records, None: every one
    """

    family: str
    rate: Floats
    median: Floats
    shape: Floats
    second: Floats | None = None
    loss_median: Floats | None = None
    loss_shape: Floats | None = None
    recorded: Floats | None = None

    def __len__(self) -> int:
        """Return the number of draws."""
        return len(self.rate)

    def pick(self, chosen: Integers) -> StepDraws:
        """Return the draws with these numbers, in this order."""
        names = ("rate", "median", "shape", "second", "loss_median", "loss_shape", "recorded")
        return replace(self, **{name: values[chosen] for name in names if (values := getattr(self, name)) is not None})

    def with_rate(self, rate: Floats) -> StepDraws:
        """Return the same lags with other rates, shape (S,)."""
        return replace(self, rate=rate)

    def fate(self) -> Fate:
        """Return the parameters with shape (S, 1), to broadcast against times or entries."""
        rate = self.rate[:, None]
        second = None if self.second is None else self.second[:, None]
        lag = Lag(lag_family(self.family), self.median[:, None], self.shape[:, None], second)
        loss = None
        if self.loss_median is not None and self.loss_shape is not None:
            loss = Lag(lag_family("weibull"), self.loss_median[:, None], self.loss_shape[:, None])
        return Fate(_logit(rate), lag, loss, None if self.recorded is None else _logit(self.recorded[:, None]))

    def cdf(self, days: Floats, *, draw: Integers | int | None = None) -> Floats:
        """Return F(t), the share of eventual moves that took at most `days`: shape (S, T), or of one draw (T,)."""
        if draw is None:
            return self.fate().lag.cdf(np.atleast_1d(days))
        shares = self.pick(np.atleast_1d(np.asarray(draw))).fate().lag.cdf(np.atleast_1d(days))
        return shares[0] if np.ndim(draw) == 0 else shares

    def rate_within(self, days: Floats) -> Floats:
        """Return c F(t), the share of entries that moved within `days`: shape (S, T)."""
        return self.rate[:, None] * self.cdf(days)

    def will_move(self, age: Floats) -> Floats:
        """Return the chance that an entry open at `age` days ever moves: shape (S, N)."""
        return will_move(self.fate(), age)

    def moves_by(self, age: Floats, days: Floats | float) -> Floats:
        """Return the chance that an entry open at `age` moves in the next `days`: shape (S, N).

        c (F(a + h) - F(a)) / P(still open at a), where P(still open) = 1 - c F(a), less the losses if recorded.
        """
        fate = self.fate()
        gained = fate.lag.survival(age) - fate.lag.survival(age + days)
        return self.rate[:, None] * gained / np.maximum(open_chance(fate, age), _RATE_EDGE)

    def remaining_lag(self, age: Floats, shares: Floats, *, draw: Integers) -> Floats:
        """Return further days until the move, given open at `age` and moving some day.

        age, shares (uniform 0..1) and draw (number of the draw of each) have the same shape (N,); the
        lag is F's quantile between F(age) and 1.
        """
        part = self.pick(draw)
        lag = Lag(lag_family(self.family), part.median, part.shape, part.second)
        # 1 - u is uniform too: counted from the tail, old entries keep their precision
        below = 1 - (1 - shares) * lag.survival(age)
        reached = lag.quantile(np.minimum(below, 1 - _RATE_EDGE))
        return np.maximum(reached - age, 0.0)


def _logit(share: Floats) -> Floats:
    kept = np.clip(share, _RATE_EDGE, 1 - _RATE_EDGE)
    return np.asarray(np.log(kept) - np.log1p(-kept))
