"""Which order of the Markov chain the journeys bear: held-out log loss over folds, BIC beside it.

Orders are compared on the same question: given the last k channels of a journey (equal neighbours
merged), which channel or which end comes next? Held-out journeys meet contexts that were never seen, so
each order leans on the next lower one: `p_k = (n(context, next) + p_(k-1)) / (n(context) + 1)` (hierarchical
Dirichlet with concentration 1: MacKay and Peto 1995, doi 10.1017/S1351324900000218). This leaning serves the comparison only;
the chain itself is not smoothed. The journeys of one path are dealt to the folds in turn, beginning where the
path's hash says. (Were all of them in one fold, the end of a common path would be new to every other fold, and
longer memory would always lose: on journeys of a known chain of order 2 it then lost to order 1.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats, Integers, Paths, row_keys
from leadline.measure.paths.counts import gram_codes, tally
from leadline.measure.paths.shaping import merged_repeats
from leadline.words import number

FOLDS = 5  # measurement 3.3
HIGHEST_ORDER = 4  # the highest order offered by "auto"; ours: beyond it, paths of marketing are seen once each


@dataclass(frozen=True)
class OrderChoice:
    """The order chosen, and what spoke for it.

    loss: held-out log loss per journey, by order from 1 · spread: its standard error over folds
    bic: -2 log likelihood + parameters x log(journeys), by order from 1
    """

    order: int
    loss: tuple[float, ...]
    spread: tuple[float, ...]
    bic: tuple[float, ...]

    def sentence(self) -> str:
        """Say which order was chosen and how the orders compare."""
        losses = ", ".join(f"{order}: {number(loss, 4)}" for order, loss in enumerate(self.loss, start=1))
        best = 1 + int(np.argmin(self.bic))
        return (
            f"Order {self.order} was chosen as the smallest within one standard error of the best "
            f"held-out log loss per journey ({losses}); BIC prefers order {best}."
        )


@dataclass(frozen=True)
class Followed:
    """What came next after what: one row per distinct (last channels, next symbol), U rows.

    contexts, pairs: numbers of the context of order k and of (context, next), by k from 0, each shape (U,)
    weight: journeys by fold, shape (U, FOLDS) · journeys: all of them by fold, shape (FOLDS,)
    """

    contexts: tuple[Integers, ...]
    pairs: tuple[Integers, ...]
    weight: Floats
    journeys: Floats


def choose_order(paths: Paths) -> OrderChoice:
    """Return the smallest order whose held-out log loss is within one standard error of the best."""
    merged = merged_repeats(paths).aggregated()
    followed = _followed(merged, min(HIGHEST_ORDER, int(merged.lengths.max())))
    folds = np.flatnonzero(followed.journeys > 0)
    floor = 1 / (len(paths.channels) + 2)  # order 0 leans on equal chances of all symbols
    losses = np.array([_held_out(followed, int(fold), floor) / followed.journeys[fold] for fold in folds])
    loss = losses.mean(axis=0)
    spread = losses.std(axis=0, ddof=1) / np.sqrt(len(folds)) if len(folds) > 1 else np.zeros_like(loss)
    best = int(np.argmin(loss))
    order = 1 + int(np.flatnonzero(loss <= loss[best] + spread[best])[0])
    return OrderChoice(order, tuple(loss.tolist()), tuple(spread.tolist()), tuple(_bic(followed)))


def _followed(paths: Paths, highest: int) -> Followed:
    """List every touch and every end with what came before it, then sum equal rows."""
    lengths, symbols = paths.lengths, len(paths.channels) + 2
    first, last = paths.offsets[:-1], paths.offsets[1:] - 1
    position = np.arange(len(paths.steps)) - np.repeat(first, lengths)
    path = np.repeat(np.arange(len(lengths)), lengths)
    converted, ended = _dealt(paths.conversions, paths, 0), _dealt(paths.nulls, paths, 1)
    ends = np.repeat([symbols - 2, symbols - 1], len(lengths))
    following = np.concatenate([paths.steps.astype(np.int64), ends])
    weights = np.concatenate([(converted + ended)[path], converted, ended])
    contexts = [np.zeros(len(following), dtype=np.int64)]
    for order in range(1, highest + 1):
        codes, _ = gram_codes(paths, position, order=order)
        before = np.zeros(len(paths.steps), dtype=np.int64)  # 0 is the start: no code of a touch is 0
        before[1:] = codes[:-1]
        before[first] = 0
        contexts.append(np.unique(np.concatenate([before, codes[last], codes[last]]), return_inverse=True)[1])
    _, example, row = np.unique(contexts[-1] * symbols + following, return_index=True, return_inverse=True)
    numbered = [np.unique(context[example], return_inverse=True)[1] for context in contexts]
    pairs = [np.unique(context * symbols + following[example], return_inverse=True)[1] for context in numbered]
    by_fold = np.stack([tally(row, weights[:, fold], size=len(example)) for fold in range(FOLDS)], axis=1)
    return Followed(tuple(numbered), tuple(pairs), by_fold, (converted + ended).sum(axis=0))


def _held_out(followed: Followed, fold: int, floor: float) -> Floats:
    """Return the log loss of one fold under the counts of the others, by order from 1."""
    training = followed.weight.sum(axis=1) - followed.weight[:, fold]
    chance = np.full(len(training), floor)
    losses = []
    for context, pair in zip(followed.contexts, followed.pairs, strict=True):
        seen, both = _counted(context, training), _counted(pair, training)
        chance = (both + chance) / (seen + 1.0)
        losses.append(-float(followed.weight[:, fold] @ np.log(chance)))
    return np.array(losses[1:])


def _bic(followed: Followed) -> list[float]:
    weight, journeys = followed.weight.sum(axis=1), followed.journeys.sum()
    counted = weight > 0
    scores = []
    for context, pair in zip(followed.contexts[1:], followed.pairs[1:], strict=True):
        share = _counted(pair, weight)[counted] / _counted(context, weight)[counted]
        free = len(np.unique(pair[counted])) - len(np.unique(context[counted]))
        scores.append(float(-2 * weight[counted] @ np.log(share) + free * np.log(journeys)))
    return scores


def _counted(numbers: Integers, weight: Floats) -> Floats:
    """Return for each row the weight of all rows of its number."""
    return tally(numbers, weight, size=int(numbers.max()) + 1)[numbers]


def _dealt(counts: Floats, paths: Paths, turn: int) -> Floats:
    """Deal each path's journeys to the folds in turn, from the fold its channels' names say, shape (P, FOLDS)."""
    rank = np.argsort(np.argsort(np.array(paths.channels)))
    begin = (row_keys(paths.offsets, rank[paths.steps]) >> np.uint64(33)).astype(np.int64) + turn
    place = (np.arange(FOLDS) - begin[:, None]) % FOLDS
    whole = np.floor(counts / FOLDS)[:, None]
    return np.asarray(whole + np.clip(counts[:, None] - whole * FOLDS - place, 0.0, 1.0))
