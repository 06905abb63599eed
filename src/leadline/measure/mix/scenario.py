"""What more or less would bring: amounts that can be turned, and what the outcome changes, from the same draws for all.

Effects of channels move together in the draws, so the interval of what several of them change at once is that of the sum
in each draw, never the sum of intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats
from leadline.measure.mix.charts import Line, additive
from leadline.measure.mix.result import Curve, MixResult, Quantity

# Own: an end of a 90 % interval is then off by a seventh of its standard deviation, and a page holds 22 kB a channel.
DRAWS = 200
LEVELS = 32_767  # a change is told in so many steps at most: what a page holds of it are whole numbers of 16 bits


@dataclass(frozen=True)
class Lever:
    """An amount that can be turned: of a channel that can be told, or of channels that can only be told together.

    said: how it is known, "" by the data · spend: money in the window, None where it is not known · brought: as it was, from
    all draws · changes: of the outcome against as it was, in the unit of what channels bring, by draw at the multiples of the curve, (D, P); the draws are the
    same ones for all levers, and none where a result kept none · step: all changes are whole numbers of it
    """

    name: str
    members: tuple[str, ...]
    said: str
    spend: float | None
    brought: Quantity
    curve: Curve
    changes: Floats
    step: float

    def at(self, multiple: float) -> Floats:
        """Return the change by draw, (D,), at a multiple of the amount, straight between the points of the curve.

        Raises ValueError for a multiple that the curve does not reach.
        """
        known = self.curve.multiple
        if not known[0] <= multiple <= known[-1]:
            raise ValueError(
                f"the curve of {self.name} reaches from {known[0]:g} to {known[-1]:g}, not to {multiple:g}"
            )
        after = int(np.clip(np.searchsorted(known, multiple), 1, len(known) - 1))
        part = (multiple - known[after - 1]) / (known[after] - known[after - 1])
        return np.asarray(self.changes[:, after - 1] * (1 - part) + self.changes[:, after] * part)

    def is_seen(self, multiple: float) -> bool:
        """Say whether steps as large were ever seen; beyond them the curve is a guess."""
        return multiple <= self.curve.seen_to


def levers(result: MixResult) -> list[Lever]:
    """Return what can be turned, most brought first; no lever shares a channel with another one."""
    return [lever for line in additive(result) if (lever := _lever(result, line)) is not None]


def can_be_turned(found: Sequence[Lever]) -> bool:
    """Say whether there are levers, and draws that tell what they change."""
    return bool(found) and all(len(lever.changes) for lever in found)


def change(found: Sequence[Lever], at: Mapping[str, float]) -> Quantity:
    """Return what the outcome changes where levers are turned to multiples of their amounts, all at once.

    at: by the lever's name; those not named stay as they are. Under a log link ask for one lever at a time: effects
    multiply there, and what several change is not the sum. Raises KeyError for a name that is no lever's.
    """
    known = {lever.name: lever for lever in found}
    return Quantity.of(np.sum([known[name].at(multiple) for name, multiple in at.items()], axis=0))


def spent(found: Sequence[Lever], at: Mapping[str, float]) -> tuple[float, float]:
    """Return the money as it was and as it would be, of the levers that are paid for."""
    paid = [(lever.spend, at.get(lever.name, 1.0)) for lever in found if lever.spend is not None]
    return sum(money for money, _ in paid), sum(money * multiple for money, multiple in paid)


def _lever(result: MixResult, line: Line) -> Lever | None:
    drawn = _drawn(result, line.members)
    own = result.channel(line.name).curve if len(line.members) == 1 else _together(result, line, drawn)
    if own is None:
        return None
    against = _against(drawn, int(np.abs(own.multiple - 1.0).argmin()))
    step = float(np.abs(against).max(initial=0.0)) / LEVELS or 1.0
    changes = np.rint(against / step) * step
    return Lever(line.name, line.members, line.said, line.spend, line.contribution, own, changes, step)


def _against(drawn: Floats, as_it_was: int) -> Floats:
    """Return changes against one point of the curve, (D, P), of draws evenly taken from all there are."""
    if not len(drawn):
        return np.zeros((0, 0))
    rows = np.linspace(0, len(drawn) - 1, min(len(drawn), DRAWS)).astype(np.int64)
    return np.asarray(drawn[rows] - drawn[rows][:, as_it_was, None])


def _drawn(result: MixResult, members: Sequence[str]) -> Floats:
    """Return what channels bring together at each multiple, by draw, (C, P); no draws where none were kept."""
    names = [one.name for one in result.channels if one.kind != "driver"]
    kept = result.bank.curves
    if kept.shape[1] != len(names):
        return np.zeros((0, 0))
    return np.asarray(kept[:, [names.index(name) for name in members]].sum(axis=1))


def _together(result: MixResult, line: Line, drawn: Floats) -> Curve | None:
    """Return the curve of channels turned alike, None where it cannot be had: effects that multiply do not add up."""
    known = [curve for name in line.members if (curve := result.channel(name).curve) is not None]
    if not len(drawn) or len(known) < len(line.members) or result.link == "log":
        return None
    low, middle, high = np.quantile(drawn, (0.05, 0.5, 0.95), axis=0)
    spend = np.nan if line.spend is None else line.spend
    multiple = known[0].multiple
    return Curve(multiple, multiple * spend, low, middle, high, min(curve.seen_to for curve in known))
