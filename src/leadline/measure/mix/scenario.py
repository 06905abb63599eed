"""What more or less would bring: amounts that can be turned, and what the outcome changes, from the same draws for all.

Effects of channels move together in the draws, so the interval of what several of them change at once is that of the sum
in each draw, never the sum of intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats
from leadline.measure.mix.charts import Line, additive
from leadline.measure.mix.result import Curve, MixResult, Quantity
from leadline.measure.mix.totals import CURVE_POINTS

LEVELS = 32_767  # steps of what is folded: whole numbers of 16 bits
FAITHFUL = 1e-4  # own: a change is told to this share of the largest one, where its interval has two digits
FAITHFUL_QUANTILES = 0.02  # own: ends and middle of an interval move by no more than this share of its width


@dataclass(frozen=True)
class Folded:
    """Numbers by draw and point, held small: in each draw a mixture of a few shapes that all draws share.

    Curves are smooth, so a handful of shapes does (singular value decomposition; Eckart, Young 1936, doi 10.1007/BF02288367).
    weights: (D, R) · shapes: (R, P), whole numbers of 16 bits both · step: what 1 in the product of both is worth
    """

    weights: npt.NDArray[np.int64]
    shapes: npt.NDArray[np.int64]
    step: float

    @classmethod
    def of(cls, numbers: Floats) -> Folded:
        """Return numbers (D, P) folded, with as many shapes as it takes."""
        largest = float(np.abs(numbers).max(initial=0.0))
        if largest == 0:
            return cls(np.zeros((len(numbers), 1), np.int64), np.zeros((1, numbers.shape[1]), np.int64), 1.0)
        left, sizes, right = np.linalg.svd(numbers, full_matrices=False)
        for rank in range(1, len(sizes) + 1):
            found = cls._rounded(left[:, :rank] * sizes[:rank], right[:rank])
            if _is_faithful(found.unfolded(), numbers, largest=largest):
                break
        return found

    @classmethod
    def _rounded(cls, weights: Floats, shapes: Floats) -> Folded:
        steps = [float(np.abs(one).max()) / LEVELS for one in (weights, shapes)]
        whole = [np.rint(one / step).astype(np.int64) for one, step in zip((weights, shapes), steps, strict=True)]
        return cls(whole[0], whole[1], steps[0] * steps[1])

    def unfolded(self) -> Floats:
        """Return the numbers, (D, P), as whoever reads them must: whole numbers multiplied and added, then the step."""
        return np.asarray(self.weights @ self.shapes * self.step)


def _is_faithful(folded: Floats, numbers: Floats, *, largest: float) -> bool:
    """Say whether every number, and at every point the interval that is read of them, came through."""
    if np.abs(folded - numbers).max() > FAITHFUL * largest:
        return False
    was, is_ = (np.quantile(one, (0.05, 0.5, 0.95), axis=0) for one in (numbers, folded))
    return bool((np.abs(is_ - was).max(axis=0) <= FAITHFUL_QUANTILES * (was[2] - was[0])).all())


@dataclass(frozen=True)
class Lever:
    """An amount that can be turned: of a channel that can be told, or of channels that can only be told together.

    said: how it is known, "" by the data · spend: money in the window, None where it is not known · brought: as it was, from
    all draws · folded: the changes against as it was, in the unit of what channels bring, by draw at the multiples of the
    curve; the draws are the same ones for all levers, and none where a result kept none
    """

    name: str
    members: tuple[str, ...]
    said: str
    spend: float | None
    brought: Quantity
    curve: Curve
    folded: Folded

    @property
    def changes(self) -> Floats:
        """Return the changes against as it was, (D, P)."""
        return self.folded.unfolded()

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
        changes = self.changes
        return np.asarray(changes[:, after - 1] * (1 - part) + changes[:, after] * part)

    def is_seen(self, multiple: float) -> bool:
        """Say whether steps as large were ever seen; beyond them the curve is a guess."""
        return multiple <= self.curve.seen_to


def levers(result: MixResult) -> list[Lever]:
    """Return what can be turned, most brought first; no lever shares a channel with another one."""
    return [lever for line in additive(result) if (lever := _lever(result, line)) is not None]


def can_be_turned(found: Sequence[Lever]) -> bool:
    """Say whether there are levers, and draws that tell what they change."""
    return bool(found) and all(len(lever.folded.weights) for lever in found)


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
    as_it_was = int(np.abs(own.multiple - 1.0).argmin())
    folded = Folded.of(drawn - drawn[:, as_it_was, None])
    return Lever(line.name, line.members, line.said, line.spend, line.contribution, own, folded)


def _drawn(result: MixResult, members: Sequence[str]) -> Floats:
    """Return what channels bring together at each multiple, by draw, (C, P); no draws where none were kept."""
    names = [one.name for one in result.channels if one.kind != "driver"]
    kept = result.bank.curves
    if kept.shape[1] != len(names):
        return np.zeros((0, CURVE_POINTS))
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
