"""What the data say without any lag shape: Kaplan-Meier and Aalen-Johansen, with bands.

    Kaplan-Meier    S(t) = product of (1 - d_i / n_i), Greenwood variance, interval on log(-log S)
    Aalen-Johansen  F_k(t) = sum over t_i <= t of S(t_i-) d_ki / n_i

At tied times events come before censoring. Kaplan & Meier 1958; Aalen & Johansen 1978; variance of
F_k by the delta method (Marubini & Valsecchi 1995, section 10.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats

_Z_95 = 1.959963985  # 97.5 % quantile of the standard normal, for the band of the agreement test
_Z_90 = 1.644853627  # 95 % quantile of the standard normal, for intervals shown to people
AGREES = 0.8  # share of event times at which the model must lie inside the 95 % band (section 4.2)


@dataclass(frozen=True)
class Twin:
    """A step curve of the share that has moved; all arrays have shape (E,), one value per event time in days.

    share: moved by then · variance: of the share · lost: share lost by then (0 without competing ends)
    at_risk: entries still followed just before · method: "Kaplan-Meier" or "Aalen-Johansen"
    """

    days: Floats
    share: Floats
    variance: Floats
    lost: Floats
    at_risk: Floats
    method: str

    def at(self, days: float) -> tuple[float, float, float]:
        """Return share, low and high (90 %) by `days`; 0, 0, 0 before the first move."""
        place = int(np.searchsorted(self.days, days, side="right")) - 1
        if place < 0:
            return 0.0, 0.0, 0.0
        low, high = self.band(_Z_90)
        return float(self.share[place]), float(low[place]), float(high[place])

    def band(self, z: float = _Z_95) -> tuple[Floats, Floats]:
        """Return the pointwise band on the log(-log(1 - share)) scale; 95 % unless told otherwise."""
        kept = np.clip(1 - self.share, 1e-12, 1 - 1e-12)
        spread = z * np.sqrt(self.variance) / (kept * -np.log(kept))
        centre = np.log(-np.log(kept))
        return 1 - np.exp(-np.exp(centre - spread)), 1 - np.exp(-np.exp(np.minimum(centre + spread, 50.0)))


def kaplan_meier(days: Floats, moved: npt.NDArray[np.bool_]) -> Twin:
    """Return the Kaplan-Meier curve of the time to move; `days` is the lag, or the age where open: shape (N,)."""
    nobody = np.zeros(len(days), dtype=bool)
    twin = aalen_johansen(days, moved, lost=nobody)
    events = _at_each(days, moved, twin.days)
    left = twin.at_risk - events
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(np.where(left > 0, events / (twin.at_risk * left), 0.0))
    return Twin(twin.days, twin.share, (1 - twin.share) ** 2 * greenwood, twin.lost, twin.at_risk, "Kaplan-Meier")


def aalen_johansen(days: Floats, moved: npt.NDArray[np.bool_], *, lost: npt.NDArray[np.bool_]) -> Twin:
    """Return the cumulative incidence of moving when losing competes with it; arrays have shape (N,)."""
    times = np.unique(days[moved | lost])
    ordered = np.sort(days)
    at_risk = (len(days) - np.searchsorted(ordered, times, side="left")).astype(np.float64)
    moves, losses = _at_each(days, moved, times), _at_each(days, lost, times)
    ends = moves + losses
    survival = np.cumprod(1 - ends / at_risk)
    before = np.concatenate([[1.0], survival[:-1]])
    share = np.cumsum(before * moves / at_risk)
    gone = np.cumsum(before * losses / at_risk)
    variance = _incidence_variance(share, before=before, moves=moves, ends=ends, at_risk=at_risk)
    return Twin(times, share, variance, gone, at_risk, "Aalen-Johansen")


def _at_each(days: Floats, happened: npt.NDArray[np.bool_], times: Floats) -> Floats:
    """Return how many events happened at each of the times: shape (E,)."""
    place = np.searchsorted(times, days[happened])
    return np.bincount(place, minlength=len(times)).astype(np.float64)


def agreement(twin: Twin, curve: Floats) -> float:
    """Return the share of event times at which the model's curve (E,) lies inside the 95 % band; 1 without events."""
    if not len(twin.days):
        return 1.0
    low, high = twin.band()
    return float(np.mean((curve >= low) & (curve <= high)))


def _incidence_variance(share: Floats, *, before: Floats, moves: Floats, ends: Floats, at_risk: Floats) -> Floats:
    """Return the delta-method variance, expanded into running sums: O(E) instead of O(E^2)."""
    left = at_risk - ends
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(left > 0, ends / (at_risk * left), 0.0)
    own = before**2 * moves * (at_risk - moves) / at_risk**3
    cross = before * moves / at_risk**2
    squares = share**2 * np.cumsum(hazard) - 2 * share * np.cumsum(share * hazard) + np.cumsum(share**2 * hazard)
    mixed = share * np.cumsum(cross) - np.cumsum(share * cross)
    return np.asarray(np.maximum(squares + np.cumsum(own) - 2 * mixed, 0.0))
