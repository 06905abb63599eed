"""Shapley values of the channels, each game under its own name (Shapley 1953; Harsanyi 1963).

For a set S of channels let c(S), n(S) be conversions and nulls of the paths whose distinct channels are exactly S.

- `shapley-cumulative`, `shapley-ordered`: v(S) = sum of c(T) over T in S. Equals an equal split of each path over
  its distinct channels (Zhao and others 2018, arXiv 1804.05327), so it is computed as a rule (`equal_split`).
- `shapley-set-rate`: inside each converting set S, v(T) = c(T) / (c(T) + n(T)) for T in S, 0 if never seen;
  Shapley shares scaled to c(S). Negative shares are normal and shown.
- `shapley-cumulative-rate`: the same with v(T) = sum c / sum (c + n) over the subsets of T.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats, Integers, Paths, stream
from leadline.measure.paths.counts import tally
from leadline.measure.paths.shaping import presence

# Sets up to this size are solved on all their subsets; larger ones by sampled orders (measurement 3.4).
EXACT_CHANNELS = 20
ORDERS_SAMPLED = 4_000  # measurement 3.4: orders of the channels, each with its reverse
# Cells worked on together: 4 million numbers are 32 MB (ours).
CELLS_AT_A_TIME = 1 << 22
ROWS_AT_A_TIME = 65_536  # rows whose channels are listed at a time, as in shaping


@dataclass(frozen=True)
class SetCounts:
    """Journeys by the exact set of their channels; `a + b` counts the journeys of both.

    member: which channels each set holds, shape (sets, C) · conversions, nulls: shape (sets,), or
    (sets, B) for B replicates
    """

    channels: tuple[str, ...]
    member: npt.NDArray[np.bool_]
    conversions: Floats
    nulls: Floats

    def __add__(self, other: SetCounts) -> SetCounts:
        """Return the counts of the journeys of both; channels are matched by name."""
        channels = tuple(dict.fromkeys(self.channels + other.channels))
        theirs = np.zeros((len(other.member), len(channels)), dtype=bool)
        theirs[:, [channels.index(name) for name in other.channels]] = other.member
        mine = np.zeros((len(self.member), len(channels)), dtype=bool)
        mine[:, : len(self.channels)] = self.member
        member, row = np.unique(np.vstack([mine, theirs]), axis=0, return_inverse=True)
        conversions = tally(row, np.concatenate([self.conversions, other.conversions]), size=len(member))
        nulls = tally(row, np.concatenate([self.nulls, other.nulls]), size=len(member))
        return SetCounts(channels, member, conversions, nulls)


def equal_split(paths: Paths) -> Floats:
    """Return touch weights: each distinct channel of a path an equal part, spread evenly over its touches."""
    channels, weights = len(paths.channels), np.empty(len(paths.steps))
    for start in range(0, len(paths.conversions), ROWS_AT_A_TIME):
        rows = slice(start, min(start + ROWS_AT_A_TIME, len(paths.conversions)))
        places = slice(int(paths.offsets[rows.start]), int(paths.offsets[rows.stop]))
        row = np.repeat(np.arange(rows.stop - rows.start), paths.lengths[rows])
        cell = row * channels + paths.steps[places]
        touches = np.bincount(cell, minlength=(rows.stop - rows.start) * channels)
        distinct = (touches.reshape(-1, channels) > 0).sum(axis=1)
        weights[places] = 1.0 / (distinct[row] * touches[cell])
    return weights


def by_position(paths: Paths, weights: Floats) -> Floats:
    """Return conversions by (channel, position in the path), shape (C, longest path)."""
    longest = int(paths.lengths.max())
    position = np.arange(len(paths.steps)) - np.repeat(paths.offsets[:-1], paths.lengths)
    cell = paths.steps.astype(np.int64) * longest + position
    shares = weights * np.repeat(paths.conversions, paths.lengths)
    return tally(cell, shares, size=len(paths.channels) * longest).reshape(-1, longest)


def count_sets(paths: Paths) -> tuple[SetCounts, Integers]:
    """Return the counts by exact set, and the set of each path, shape (P,)."""
    blocks = [
        np.packbits(presence(paths, slice(start, min(start + ROWS_AT_A_TIME, len(paths.conversions)))), axis=1)
        for start in range(0, len(paths.conversions), ROWS_AT_A_TIME)
    ]
    packed, group = np.unique(np.vstack(blocks), axis=0, return_inverse=True)
    member = np.unpackbits(packed, axis=1, count=len(paths.channels)).astype(bool)
    conversions, nulls = tally(group, paths.conversions, size=len(member)), tally(group, paths.nulls, size=len(member))
    return SetCounts(paths.channels, member, conversions, nulls), group


def credit_by_sets(counts: SetCounts, value: Floats, *, model: str, seed: int) -> tuple[Floats, Floats]:
    """Return conversions and value per channel, shape (C,), or (C, B) where the counts are replicates.

    value: money of each set, shape like `counts.conversions`
    Each converting set gives its conversions and its value in the Shapley shares of its own game. A replicate in
    which the set does not convert has nothing of it to give.
    """
    given = np.zeros((2, len(counts.channels), *counts.conversions.shape[1:]))
    seen = counts.conversions.reshape(len(counts.member), -1).any(axis=1)
    for number in np.flatnonzero(seen):
        inside = np.flatnonzero(~(counts.member & ~counts.member[number]).any(axis=1))
        own = np.flatnonzero(counts.member[number])
        members = counts.member[np.ix_(inside, own)]
        converted, journeys = counts.conversions[inside], counts.conversions[inside] + counts.nulls[inside]
        if model == "shapley-set-rate":
            values = of_seen_sets(members, _rate(converted, journeys))
        elif len(own) <= EXACT_CHANNELS:
            values = _of_cumulative_rates(members, converted, journeys)
        else:
            values = _by_sampled_orders(members, converted, journeys, seed)
        whole = values.sum(axis=0)
        gives = (counts.conversions[number] > 0) & (whole > 0)
        shares = np.where(gives, values / np.where(gives, whole, 1.0), 0.0)
        given[0, own] += shares * counts.conversions[number]
        given[1, own] += shares * value[number]
    return given[0], given[1]


def of_seen_sets(members: npt.NDArray[np.bool_], worth: Floats) -> Floats:
    """Return the Shapley values of a game that is 0 but on the sets listed, shape (n,) or (n, B).

    members: shape (sets, n) · worth: of each set, shape (sets,) or (sets, B). Exact for any n: each set enters
    with the weight that the permutation formula gives it.
    """
    count = members.shape[1]
    sizes = members.sum(axis=1)
    joined = [0.0] + [factorial(t - 1) * factorial(count - t) / factorial(count) for t in range(1, count + 1)]
    absent = [factorial(t) * factorial(count - t - 1) / factorial(count) for t in range(count)] + [0.0]
    weights = np.where(members, np.array(joined)[sizes][:, None], -np.array(absent)[sizes][:, None])
    return np.asarray(weights.T @ worth)


def of_all_sets(worth: Floats) -> Floats:
    """Return the Shapley values of a game on all 2^n sets (bit masks), shape (n,) or (n, B), in O(n 2^n).

    Moebius turns worths into Harsanyi dividends, which each set shares out equally among its members.
    """
    count = int(worth.shape[0]).bit_length() - 1
    dividends = worth.copy()
    for bit in range(count):
        halves = dividends.reshape(-1, 2, 1 << bit, *worth.shape[1:])
        halves[:, 1] -= halves[:, 0]
    sizes = np.array([mask.bit_count() for mask in range(len(worth))]).reshape(-1, *([1] * (worth.ndim - 1)))
    dividends /= np.maximum(sizes, 1)
    parts = [dividends.reshape(-1, 2, 1 << bit, *worth.shape[1:])[:, 1].sum(axis=(0, 1)) for bit in range(count)]
    return np.array(parts)


def _of_cumulative_rates(members: npt.NDArray[np.bool_], converted: Floats, journeys: Floats) -> Floats:
    """Return the Shapley values of v(T) = conversions / journeys over the subsets of T, some replicates at a time."""
    count = members.shape[1]
    masks = members @ (1 << np.arange(count))
    columns = converted.reshape(len(members), -1), journeys.reshape(len(members), -1)
    replicates = columns[0].shape[1]
    values = np.empty((count, replicates))
    step = max(1, CELLS_AT_A_TIME >> count)
    for start in range(0, replicates, step):
        sums = np.zeros((2, 1 << count, min(step, replicates - start)))
        for total, column in zip(sums, columns, strict=True):
            total[masks] = column[:, start : start + step]
        for bit in range(count):
            halves = sums.reshape(2, -1, 2, 1 << bit, sums.shape[-1])
            halves[:, :, 1] += halves[:, :, 0]
        values[:, start : start + step] = of_all_sets(_rate(sums[0], sums[1]))
    return values.reshape(count, *converted.shape[1:])


def _by_sampled_orders(members: npt.NDArray[np.bool_], converted: Floats, journeys: Floats, seed: int) -> Floats:
    """Return the Shapley values of the same game from sampled orders of the channels, each with its reverse."""
    count = members.shape[1]
    generator = stream(seed, "paths shapley orders", index=count)
    values = np.zeros((count, *converted.shape[1:]))
    for _ in range(ORDERS_SAMPLED // 2):
        order = generator.permutation(count)
        for way in (order, order[::-1]):
            complete = np.where(members[:, way], np.arange(1, count + 1), 0).max(axis=1)  # when a set is whole
            sums = np.zeros((2, count + 1, *converted.shape[1:]))
            np.add.at(sums[0], complete, converted)
            np.add.at(sums[1], complete, journeys)
            values[way] += np.diff(_rate(sums[0].cumsum(axis=0), sums[1].cumsum(axis=0)), axis=0)
    return values / (2 * (ORDERS_SAMPLED // 2))


def _rate(converted: Floats, journeys: Floats) -> Floats:
    return np.divide(converted, journeys, out=np.zeros_like(converted), where=journeys > 0)
