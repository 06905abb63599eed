"""A plan's tactics on measured response curves: what their money brings at more or less of it, per posterior draw.

A curve says what a channel brought in the time measured at multiples of what was spent on it then, at the same course over
time. The plan stands on it where its money a day stands: planned money of the channel over the days of the plan's window,
as a multiple of the money a day that was measured. Money of no tactic goes on as it was; that of tactics that the plan has
no more has ended. A tactic's money runs through channels as it ran when it was measured. What is lost is the difference of
the curve between two multiples, for as many days as the plan has; several tactics of one channel move along it together,
so the losses of each alone don't add up to the loss of all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from leadline import words

if TYPE_CHECKING:
    from leadline.inputs import Floats

PART = (
    0.01  # of a tactic's money: invoices are rounded, and less through a channel decides nothing (house, as hang_mix)
)
CLOSE = 1e-9  # own: of two multiples; the same money added in another order differs in the last digit
LIKE = 0.1  # house: planned money a day that differs by less from what was measured is not worth a word


@dataclass(frozen=True)
class Curve:
    """What one channel brings, per posterior draw.

    multiples: of what was spent, ascending from 0, (P,) · brought: over the time measured, in the outcome's unit, carry-over
    counted, (S, P) · spend: money of the plan's currency in that time · seen_to: multiple beyond which nothing like it was seen
    """

    multiples: Floats
    brought: Floats
    spend: float
    seen_to: float

    @property
    def end(self) -> float:
        """Return the largest multiple that the curve tells of."""
        return float(self.multiples[-1])

    @cached_property
    def mean(self) -> Floats:
        """Return the mean of the draws, (P,)."""
        return np.asarray(self.brought.mean(axis=0))

    def at(self, multiple: float) -> Floats:
        """Return what it brings at a multiple, per draw, (S,): straight between the points it was computed at."""
        above = int(np.clip(np.searchsorted(self.multiples, multiple), 1, len(self.multiples) - 1))
        low, high = self.multiples[above - 1], self.multiples[above]
        part = (multiple - low) / (high - low)
        return np.asarray((1 - part) * self.brought[:, above - 1] + part * self.brought[:, above])

    def mean_at(self, multiple: float) -> float:
        """Return the mean of `at`."""
        return float(np.interp(multiple, self.multiples, self.mean))


@dataclass(frozen=True)
class Curves:
    """What a measurement says of more or less money, as `what_if` takes it.

    outcome: what channels bring, by name · unit: `count`, or the currency of its money · metrics: ids of the plan's metrics
    that count it · first, last: day of what was measured · known: channel → curve that the data decide, all of the same draws ·
    doubts: channel → why it has none · money: channel → money of each tactic in that time, the key "" is of none ·
    why: why there is nothing to take, such as that it is out of date; then all else is empty · source: hash of what it was
    measured on
    """

    outcome: str = ""
    unit: str = "count"
    metrics: tuple[str, ...] = ()
    first: dt.date = dt.date.min
    last: dt.date = dt.date.min
    known: Mapping[str, Curve] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)
    money: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    why: str = ""
    source: str = ""

    @property
    def days(self) -> int:
        """Return the number of days measured."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Laid:
    """The tactics of a plan as they lie on curves.

    planned: channel → multiple that the plan has of what was spent · moves: measured tactic → channel → multiple that all its
    planned money makes up · reasons: other tactic with money → why its contribution stays belief · lasting: days of the plan
    over those measured
    """

    curves: Curves
    planned: Mapping[str, float]
    moves: Mapping[str, Mapping[str, float]]
    reasons: Mapping[str, str]
    lasting: float

    @cached_property
    def _movers(self) -> Mapping[str, tuple[tuple[str, float], ...]]:
        return {
            channel: tuple((name, moves[channel]) for name, moves in self.moves.items() if channel in moves)
            for channel in self.planned
        }

    def multiple(self, channel: str, shares: Mapping[str, float]) -> float:
        """Return where a channel stands when tactics have these shares of their money, all of it where none is given."""
        moved = sum(move * (shares[name] - 1) for name, move in self._movers[channel] if name in shares)
        return max(self.planned[channel] + moved, 0.0)

    def lost(self, shares: Mapping[str, float]) -> Floats:
        """Return what all measured tactics together bring less over the plan, per posterior draw, (S,); negative = more."""
        total = np.zeros(len(next(iter(self.curves.known.values())).brought))
        for channel, planned in self.planned.items():
            at = self.multiple(channel, shares)
            if at != planned:
                total = total + self._fall(channel, at)
        return np.asarray(self.lasting * total)

    def bend(self, name: str, shares: Mapping[str, float]) -> Floats:
        """Return what is lost over what a straight line would lose, of the channels of a tactic, per draw: 1 = in proportion."""
        fall, straight = np.zeros(1), np.zeros(1)
        for channel in self.moves[name]:
            at, planned = self.multiple(channel, shares), self.planned[channel]
            if at != planned:
                fall = fall + self._fall(channel, at)
                straight = straight + (1 - at / planned) * self.curves.known[channel].at(planned)
        is_told = np.abs(straight) > 0
        return np.where(is_told, fall / np.where(is_told, straight, 1.0), 1.0)

    def mean_lost(self, shares: Mapping[str, float], *, of: str) -> float:
        """Return the mean of what is lost on the channels of a tactic."""
        return self.lasting * sum(self._mean_fall(one, self.multiple(one, shares)) for one in self.moves[of])

    def mean_bend(self, name: str, shares: Mapping[str, float]) -> float:
        """Return `bend` of the mean curves: all that an order asks for."""
        fall, straight = 0.0, 0.0
        for channel in self.moves[name]:
            at, planned = self.multiple(channel, shares), self.planned[channel]
            fall += self._mean_fall(channel, at)
            straight += (1 - at / planned) * self.curves.known[channel].mean_at(planned)
        return fall / straight if abs(straight) > 0 else 1.0

    def _fall(self, channel: str, multiple: float) -> Floats:
        curve = self.curves.known[channel]
        return curve.at(self.planned[channel]) - curve.at(multiple)

    def _mean_fall(self, channel: str, multiple: float) -> float:
        curve = self.curves.known[channel]
        return curve.mean_at(self.planned[channel]) - curve.mean_at(multiple)

    @cached_property
    def beside(self) -> Mapping[str, tuple[str, ...]]:
        """Return the measured tactics that share a channel with each measured tactic, itself among them."""
        return {
            name: tuple(other for other, theirs in self.moves.items() if own.keys() & theirs.keys())
            for name, own in self.moves.items()
        }

    def unseen(self, name: str, shares: Mapping[str, float]) -> tuple[str, ...]:
        """Return the channels of a tactic that stand, before or after, beyond all that was ever seen."""
        return tuple(
            one
            for one in self.moves[name]
            if max(self.multiple(one, shares), self.planned[one]) > self.curves.known[one].seen_to + CLOSE
        )

    def beyond(self, shares: Mapping[str, float]) -> tuple[str, ...]:
        """Return the channels whose curve ends before where they would stand."""
        return tuple(one for one in self.planned if self.multiple(one, shares) > self.curves.known[one].end + CLOSE)


def laid(curves: Curves | None, money: Mapping[str, float], *, days: int | None, tactics: Mapping[str, object]) -> Laid:
    """Return how tactics lie on curves.

    money: planned money of each tactic that has any · days: of the plan's window, None where it has none · tactics: of the plan
    """
    if curves is None or not curves.money or days is None or days <= 0:
        return Laid(curves or Curves(), {}, {}, {}, 0.0)
    runs = {name: _runs(curves.money, name) for name in money}
    planned = {
        channel: _planned(curves, channel, days=days, money=money, runs=runs, tactics=tactics)
        for channel in curves.known
    }
    moves, reasons = {}, {}
    for name, through in runs.items():
        reasons[name] = _reason(curves, through, planned)
        if not reasons[name]:
            whole = sum(through.values())
            moves[name] = {one: _move(curves, one, days) * money[name] * part / whole for one, part in through.items()}
    untold = {name: reason for name, reason in reasons.items() if reason}
    touched = {channel for by_channel in moves.values() for channel in by_channel}
    return Laid(curves, {one: planned[one] for one in touched}, moves, untold, days / curves.days)


def _runs(money: Mapping[str, Mapping[str, float]], name: str) -> dict[str, float]:
    """Return the share of a tactic's measured money that ran through each channel, those that matter."""
    own = {channel: by_tactic[name] for channel, by_tactic in money.items() if by_tactic.get(name, 0.0) > 0}
    whole = sum(own.values())
    return {channel: amount / whole for channel, amount in own.items() if amount >= PART * whole}


def _move(curves: Curves, channel: str, days: int) -> float:
    """Return the multiple of a channel that one unit of planned money makes up."""
    return curves.days / days / curves.known[channel].spend


def _planned(
    curves: Curves, channel: str, *, days: int, money: Mapping[str, float], runs: Mapping[str, Mapping[str, float]],
    tactics: Mapping[str, object],
) -> float:  # fmt: skip
    """Return the multiple at which the plan has a channel: its own money, and what goes on beside it."""
    by_tactic = curves.money.get(channel, {})
    whole = sum(by_tactic.values())
    goes_on = sum(
        amount for name, amount in by_tactic.items() if not name or (name in tactics and not money.get(name, 0.0))
    )
    own = sum(
        money[name] * through.get(channel, 0.0) / sum(through.values()) for name, through in runs.items() if through
    )
    return own * _move(curves, channel, days) + (goes_on / whole if whole > 0 else 0.0)


def _reason(curves: Curves, through: Mapping[str, float], planned: Mapping[str, float]) -> str:
    """Return why a tactic is not measured, "" where it is."""
    if not through:
        return "none of its money is in what was measured"
    for channel in through:
        if channel not in curves.known:
            return curves.doubts.get(channel) or f"{channel} is no channel that was measured"
    for channel in through:
        if planned[channel] > curves.known[channel].end:
            return (
                f"the plan spends {words.number(planned[channel], 2)} times a day what was measured on {channel}, and its curve "
                f"ends at {words.number(curves.known[channel].end, 2)}"
            )
    return ""
