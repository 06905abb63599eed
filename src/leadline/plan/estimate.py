"""low..base..high -> a distribution, and back.

    q(p) = T⁻¹( T(base) + s(p) · z(p) )
    s(p) = (T(base) − T(low)) / 1.645 below the median, (T(high) − T(base)) / 1.645 above

z is the standard normal quantile, T the logit for shares, the log for amounts, the identity for signed changes.
It gives P(x < low) = 5 %, median = base and P(x > high) = 5 % exactly, however lopsided. Plain Python, no numpy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

Scale = Literal["share", "amount", "signed", "point"]

_NORMAL = NormalDist()
# The 95 % quantile of the standard normal: low..high is a central 90 % interval (design of the plan, "Estimate").
Z95 = _NORMAL.inv_cdf(0.95)


@dataclass(frozen=True, slots=True)
class Belief:
    """An estimate in base units, ready for arithmetic.

    scale: `share` (0..1, logit), `amount` (positive, log), `signed` (any, identity), `point` (no spread)
    """

    low: float
    base: float
    high: float
    scale: Scale

    @property
    def is_point(self) -> bool:
        """Say whether the belief has no spread."""
        return self.scale == "point"


@dataclass(frozen=True, slots=True)
class Widening:
    """How much a bare number is widened by its method; see `widen`."""

    # A guess is halved and doubled; an expert's or a benchmark's number is off by half as much again
    # (house, `[check] widen_guess` and `widen_expert`).
    guess: float = 2.0
    expert: float = 1.5

    def factor(self, method: str | None) -> float:
        """Return the factor of a method: 1 for measured, `expert` for expert and benchmark, else `guess`."""
        if method == "measured":
            return 1.0
        return self.expert if method in ("expert", "benchmark") else self.guess


DEFAULT_WIDENING = Widening()


def transform(value: float, scale: Scale) -> float:
    """Return T(value): the logit of a share, the log of an amount, the value itself otherwise."""
    if scale == "share":
        return math.log(value) - math.log1p(-value)
    return math.log(value) if scale == "amount" else value


def back(value: float, scale: Scale) -> float:
    """Return T⁻¹(value)."""
    if scale == "share":
        # the branch keeps exp from overflowing on the far side
        return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))
    return math.exp(value) if scale == "amount" else value


def quantile(belief: Belief, p: float) -> float:
    """Return the value below which a share p of the belief lies, 0 < p < 1.

    >>> lead_to_sqo = Belief(0.10, 0.14, 0.18, "share")
    >>> [round(quantile(lead_to_sqo, p), 4) for p in (0.05, 0.5, 0.95)]
    [0.1, 0.14, 0.18]

    Raises ValueError for p outside (0, 1).
    """
    if not 0 < p < 1:
        raise ValueError(f"A quantile needs 0 < p < 1, not {p!r}.")
    if belief.is_point:
        return belief.base
    z = _NORMAL.inv_cdf(p)
    middle = transform(belief.base, belief.scale)
    end = transform(belief.low if z < 0 else belief.high, belief.scale)
    return back(middle + abs(z) / Z95 * (end - middle), belief.scale)


def from_triple(triple: tuple[float, float, float], scale: Scale) -> Belief:
    """Return the belief of three numbers in base units; three equal numbers are a point.

    Raises ValueError when not low ≤ base ≤ high, or when a value has no place on the scale.
    """
    low, base, high = triple
    if not low <= base <= high:
        raise ValueError(f"{low:g}..{base:g}..{high:g} has its base outside low..high. Write low..base..high.")
    if scale == "point" or low == high:
        return Belief(low, base, high, "point") if low == high else Belief(base, base, base, "point")
    if (scale == "amount" and low <= 0) or (scale == "share" and not 0 < low <= high < 1):
        raise ValueError(f"{low:g}..{base:g}..{high:g} leaves its range. Write 0.1 % or 99.9 % at the ends of a share.")
    return Belief(low, base, high, scale)


def to_triple(belief: Belief) -> tuple[float, float, float]:
    """Return low, base and high: the 5 %, 50 % and 95 % points."""
    return belief.low, belief.base, belief.high


def point(value: float) -> Belief:
    """Return a belief without spread."""
    return Belief(value, value, value, "point")


def widen(value: float, scale: Scale, *, method: str | None, factors: Widening = DEFAULT_WIDENING) -> Belief:
    """Return the belief behind a bare number: nobody knows a number exactly unless it was measured.

    method    amounts, yields      shares               signed changes
    guess     base ÷ 2 .. × 2      odds ÷ 2 .. × 2      base ± 1.0 · |base|
    expert    base ÷ 1.5 .. × 1.5  odds ÷ 1.5 .. × 1.5  base ± 0.5 · |base|
    measured  a point              a point              a point

    >>> ten_percent = widen(0.10, "share", method="guess")
    >>> round(ten_percent.low, 4), round(ten_percent.high, 4)
    (0.0526, 0.1818)

    0, and 100 % of a share, stay points.
    """
    factor = factors.factor(method)
    if factor <= 1 or scale == "point" or value == 0 or (scale == "share" and value == 1):
        return point(value)
    if scale == "amount":
        return Belief(value / factor, value, value * factor, scale)
    if scale == "signed":
        spread = (factor - 1) * abs(value)
        return Belief(value - spread, value, value + spread, scale)
    odds = value / (1 - value)
    return Belief(odds / factor / (1 + odds / factor), value, odds * factor / (1 + odds * factor), scale)
