"""Counts of a Markov chain of order k: all that the chain needs of the journeys, and they add up.

States are the k-grams of a path's channels; a path shorter than k is one state; equal neighbouring
states are merged, so at k = 1 a channel never follows itself. A path counts conversions + nulls times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats, Integers, Paths

Numbers = npt.NDArray[np.integer[Any]]

# Below this many possible codes a table is faster than sorting (measured: 4 million int64 cells, 32 MB).
TABLE_CELLS = 1 << 22


@dataclass(frozen=True)
class TransitionCounts:
    """Transitions between states, counted; `a + b` counts the journeys of both.

    grams: the channels of each state, oldest first, padded on the left with -1, shape (S, k)
    starts: journeys that begin in a state · conversions, nulls, value: of journeys that end in it, shape (S,)
    source, target: states of each observed transition · weight: how often, shape (E,)
    """

    channels: tuple[str, ...]
    order: int
    grams: Integers
    starts: Floats
    conversions: Floats
    nulls: Floats
    value: Floats
    source: Integers
    target: Integers
    weight: Floats

    @property
    def contains(self) -> npt.NDArray[np.bool_]:
        """Say of each state which channels it contains, shape (S, C)."""
        inside = np.zeros((len(self.grams), len(self.channels) + 1), dtype=bool)
        inside[np.arange(len(self.grams))[:, None], self.grams] = True  # the padding falls into the last column
        return inside[:, :-1]

    @property
    def leaving(self) -> Floats:
        """How many journeys leave each state, by any way, shape (S,)."""
        return np.asarray(tally(self.source, self.weight, size=len(self.grams)) + self.conversions + self.nulls)

    def __add__(self, other: TransitionCounts) -> TransitionCounts:
        """Return the counts of the journeys of both; channels are matched by name, states by their channels.

        Raises `ValueError` where the orders differ: states of different length cannot be matched.
        """
        if self.order != other.order:
            raise ValueError(
                f"Counts of order {self.order} and {other.order} cannot be added. Count both at one order."
            )
        channels = tuple(dict.fromkeys(self.channels + other.channels))
        number = np.array([channels.index(name) for name in other.channels] + [-1], dtype=np.int64)
        grams, state = np.unique(np.vstack([self.grams, number[other.grams]]), axis=0, return_inverse=True)
        mine, theirs = state[: len(self.grams)], state[len(self.grams) :]
        size = len(grams)

        def summed(name: str) -> Floats:
            return np.asarray(
                tally(mine, getattr(self, name), size=size) + tally(theirs, getattr(other, name), size=size)
            )

        codes = np.concatenate(
            [mine[self.source] * size + mine[self.target], theirs[other.source] * size + theirs[other.target]]
        )
        edges, edge = np.unique(codes, return_inverse=True)
        weight = tally(edge, np.concatenate([self.weight, other.weight]), size=len(edges))
        ends = {name: summed(name) for name in ("starts", "conversions", "nulls", "value")}
        return TransitionCounts(
            channels, self.order, grams, **ends, source=edges // size, target=edges % size, weight=weight
        )


def count_transitions(paths: Paths, order: int = 1) -> TransitionCounts:
    """Count the chain of order `order` on the paths; orders above the longest path change nothing."""
    lengths = paths.lengths
    place, state, grams = _states(paths, order)
    path = np.repeat(np.arange(len(lengths)), lengths)
    path = path if len(place) == len(path) else path[place]
    is_first = np.ones(len(place), dtype=bool)
    is_first[1:] = path[1:] != path[:-1]
    kept = is_first.copy()
    kept[1:] |= state[1:] != state[:-1]
    state, path, is_first = state[kept], path[kept], is_first[kept]
    is_last = np.append(is_first[1:], True)
    weight = paths.conversions + paths.nulls
    size = len(grams)
    onward = np.flatnonzero(~is_first)
    source, target, flow = _summed_pairs(state[onward - 1], state[onward], weight[path[onward]], size)
    last = state[is_last]
    return TransitionCounts(
        channels=paths.channels,
        order=order,
        grams=grams,
        starts=tally(state[is_first], weight, size=size),
        conversions=tally(last, paths.conversions, size=size),
        nulls=tally(last, paths.nulls, size=size),
        value=tally(last, paths.value, size=size),
        source=source,
        target=target,
        weight=flow,
    )


def last_states(paths: Paths, order: int) -> tuple[Numbers, Integers]:
    """Return the state in which each path ends, shape (P,), and the grams of the states as counted."""
    place, state, grams = _states(paths, order)
    ends = np.searchsorted(place, paths.offsets[1:] - 1)
    return state[ends], grams


def _states(paths: Paths, order: int) -> tuple[Integers, Numbers, Integers]:
    """Return the places in `steps` at which a state ends, the state there, and the grams of all states."""
    lengths = paths.lengths
    if order == 1:
        grams = np.arange(len(paths.channels), dtype=np.int64)[:, None]
        return np.arange(len(paths.steps)), paths.steps, grams
    position = np.arange(len(paths.steps)) - np.repeat(paths.offsets[:-1], lengths)
    place = np.flatnonzero(position >= np.repeat(np.minimum(order, lengths) - 1, lengths))
    codes, span = gram_codes(paths, position, order=order)
    state, example = _ranked(codes[place], span)
    depth = np.arange(order - 1, -1, -1)
    back = place[example][:, None] - depth
    inside = depth <= position[place[example]][:, None]
    grams = np.where(inside, paths.steps[np.where(inside, back, 0)], -1).astype(np.int64)
    return place, state, grams


def gram_codes(paths: Paths, position: Integers, *, order: int) -> tuple[Integers, int]:
    """Return one number per place for the last `order` channels up to it, and a bound above all numbers.

    Equal numbers mean equal channels; fewer channels (near the start of a path) have numbers of their own.
    """
    base = len(paths.channels) + 1
    codes = paths.steps.astype(np.int64) + 1
    older = codes.copy()
    span = base
    for depth in range(1, min(order, int(paths.lengths.max(initial=1)))):
        if span > np.iinfo(np.int64).max // base // 2:  # the next digit would overflow: number the codes anew
            codes, _ = _ranked(codes, span)
            span = int(codes.max(initial=0)) + 1
        reach = position >= depth
        digit = np.zeros_like(codes)
        digit[reach] = older[np.flatnonzero(reach) - depth]
        codes = codes + digit * span
        span *= base
    return codes, span


def _ranked(codes: Integers, span: int) -> tuple[Integers, Integers]:
    """Return the rank of each code among the codes that occur, and the index of one example of each."""
    if span > TABLE_CELLS:
        _, example, rank = np.unique(codes, return_index=True, return_inverse=True)
        return rank, example
    table = np.full(span, -1, dtype=np.int64)
    table[codes] = np.arange(len(codes))
    occurring = np.flatnonzero(table >= 0)
    example = table[occurring]
    table[occurring] = np.arange(len(occurring))
    return table[codes], example


def _summed_pairs(source: Numbers, target: Numbers, weight: Floats, size: int) -> tuple[Integers, Integers, Floats]:
    """Sum the weights of equal pairs of states; return source, target and weight of each pair that occurs."""
    codes = source.astype(np.int64) * size + target
    if size * size <= TABLE_CELLS:
        edges = np.flatnonzero(np.bincount(codes, minlength=size * size))
        return edges // size, edges % size, tally(codes, weight, size=size * size)[edges]
    edges, edge = np.unique(codes, return_inverse=True)
    return edges // size, edges % size, tally(edge, weight, size=len(edges))


def tally(numbers: Numbers, weights: Floats, *, size: int) -> Floats:
    """Return the sum of the weights of each number 0..size - 1, shape (size,)."""
    return np.bincount(numbers, weights, minlength=size).astype(np.float64, copy=False)
