"""How far credits would move if the journeys happened again: replicates behind every interval.

Rules: each path's conversions are drawn anew as Poisson(count). Where rows name their people, a person's
journeys are drawn together as Poisson(1), from a hash of (seed, person, replicate), so that parts of
the data agree. Markov: each row of the chain is drawn from its Dirichlet posterior (outcomes seen, no
prior counts), the mean value of a conversion and the totals from the Poisson draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats, Integers, Paths, stream
from leadline.measure.paths.counts import TransitionCounts, last_states, tally
from leadline.measure.paths.markov import Chain, effects_by_running, first_order_effects, shared_out

# Rows drawn at a time: 8,192 rows x 400 replicates are 26 MB, which fits beside the data (measured).
ROWS_AT_A_TIME = 8_192
# Poisson(1) above 15 has probability 3e-15, less than a 53-bit uniform number can tell.
MOST_COPIES = 15
_COPIES = np.cumsum([math.exp(-1) / math.factorial(count) for count in range(MOST_COPIES)])


def resampled_rules(paths: Paths, models: Sequence[Floats], *, replicates: int, seed: int) -> tuple[Floats, Floats]:
    """Return replicates of the credits of several rules, conversions and value, shape (B, models, C) each.

    models: touch weights of each rule, as `rules.touch_weights` gives them for these paths
    """
    channels, count = len(paths.channels), len(models)
    sums = np.zeros((2, replicates, count * channels))
    for rows, factors in _factors(paths, replicates, seed):
        first, last = paths.offsets[rows.start], paths.offsets[rows.stop]
        row = np.repeat(np.arange(rows.stop - rows.start), paths.lengths[rows])
        cell = row * channels + paths.steps[first:last]
        size = (rows.stop - rows.start) * channels
        shares = np.stack(
            [tally(cell, weights[first:last], size=size).reshape(-1, channels) for weights in models], axis=1
        )
        shares = shares.reshape(len(shares), -1)
        for index, column in enumerate((paths.conversions, paths.value)):
            sums[index] += factors.T @ (shares * column[rows, None])
    conversions, value = sums.reshape(2, replicates, count, channels)
    return conversions, value


def resampled_markov(paths: Paths, counts: TransitionCounts, *, replicates: int, seed: int) -> tuple[Floats, Floats]:
    """Return replicates of the Markov credits, conversions and value, shape (B, C) each."""
    state, _ = last_states(paths, counts.order)
    conversions, value = resampled_groups(
        paths, state.astype(np.int64), size=len(counts.grams), replicates=replicates, seed=seed
    )
    worth = np.divide(value, conversions, out=np.zeros_like(value), where=conversions > 0)
    effects = []
    for replicate in range(replicates):
        chain = _drawn_chain(counts, worth[replicate], stream(seed, "paths markov rows", index=replicate))
        solve = first_order_effects if counts.order == 1 else effects_by_running
        effects.append(solve(counts, chain))
    return (
        shared_out(np.stack([effect.conversions for effect in effects]), conversions.sum(axis=1)),
        shared_out(np.nan_to_num(np.stack([effect.value for effect in effects])), value.sum(axis=1)),
    )


def _drawn_chain(counts: TransitionCounts, worth: Floats, generator: np.random.Generator) -> Chain:
    """Draw one chain: gamma draws of the counts over their row sums are draws of the Dirichlet."""
    starts, flows = generator.standard_gamma(counts.starts), generator.standard_gamma(counts.weight)
    converting, ending = generator.standard_gamma(counts.conversions), generator.standard_gamma(counts.nulls)
    leaving = tally(counts.source, flows, size=len(starts)) + converting + ending
    leaving = np.where(leaving > 0, leaving, 1.0)
    return Chain(starts / starts.sum(), flows / leaving[counts.source], converting / leaving, worth)


def resampled_groups(paths: Paths, group: Integers, *, size: int, replicates: int, seed: int) -> tuple[Floats, Floats]:
    """Return conversions and value of the paths of each group (0..size - 1) in each replicate, shape (B, size)."""
    order = np.argsort(group, kind="stable")
    paths, group = paths.take(order), group[order]
    sums = np.zeros((2, size, replicates))
    for rows, factors in _factors(paths, replicates, seed):
        here = group[rows]
        starts = np.flatnonzero(np.append(True, here[1:] != here[:-1]))
        for index, column in enumerate((paths.conversions, paths.value)):
            sums[index, here[starts]] += np.add.reduceat(factors * column[rows, None], starts, axis=0)
    return sums[0].T, sums[1].T


def resampled_nulls(paths: Paths, group: Integers, *, size: int, replicates: int, seed: int) -> Floats:
    """Return the journeys without conversion of the paths of each group in each replicate, shape (B, size)."""
    sums = np.zeros((size, replicates))
    if paths.people is None:
        expected = tally(group, paths.nulls, size=size)[:, None]
        return stream(seed, "paths nulls").poisson(expected, sums.shape).T.astype(np.float64)
    rows = np.flatnonzero(paths.nulls)
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        some = rows[start : start + ROWS_AT_A_TIME]
        np.add.at(sums, group[some], person_counts(paths.people[some], replicates, seed=seed) * paths.nulls[some, None])
    return sums.T


def _factors(paths: Paths, replicates: int, seed: int) -> Iterator[tuple[slice, Floats]]:
    """Yield blocks of rows and by how much each replicate multiplies them, shape (rows, B).

    Every row converts: rows without conversions have no factor.
    """
    for block, start in enumerate(range(0, len(paths.conversions), ROWS_AT_A_TIME)):
        rows = slice(start, min(start + ROWS_AT_A_TIME, len(paths.conversions)))
        if paths.people is not None:
            yield rows, person_counts(paths.people[rows], replicates, seed=seed)
            continue
        expected = paths.conversions[rows, None]
        generator = stream(seed, "paths rows", index=block)
        yield rows, generator.poisson(expected, (rows.stop - rows.start, replicates)) / expected


def person_counts(people: npt.NDArray[np.uint64], replicates: int, *, seed: int) -> Floats:
    """Return how often each person occurs in each replicate, Poisson(1), shape (people, B).

    The same person has the same counts wherever the data are cut (finaliser of SplitMix64:
    Steele, Lea, Flood 2014, doi 10.1145/2660193.2660195).
    """
    words = stream(seed, "paths people").integers(0, 2**64, size=replicates, dtype=np.uint64)
    mixed = people[:, None] ^ words
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    uniform = ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
    return np.searchsorted(_COPIES, uniform, side="right").astype(np.float64)
