"""Who is who, without telling who: subjects are numbered by what is known of them, never by their node.

A node comes from the key of one machine's pseudonyms. Folds and replicates draw by subject, so a number made from
nodes would give every machine its own intervals. Two subjects of whom everything known is equal may swap numbers:
nothing that is computed from their rows can tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from leadline.inputs import Integers, stream


def classes(columns: Sequence[npt.NDArray[np.generic]]) -> Integers:
    """Return the rank of each row's content, equal rows sharing one: shape (N,); earlier columns decide first."""
    coded = [np.unique(column, return_inverse=True)[1] for column in columns]
    order = np.lexsort(coded[::-1])
    table = np.column_stack(coded)[order] if len(order) else np.empty((0, len(coded)))
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (table[1:] != table[:-1]).any(axis=1)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.cumsum(fresh) - 1
    return ranks


def numbers(owners: npt.NDArray[np.generic], content: Integers) -> Integers:
    """Return the number of each row's owner, from 1: owners stand in the order of their first content.

    owners: who each row is of, any values · content: see `classes`; both shape (N,)
    """
    _, owner = np.unique(owners, return_inverse=True)
    count = int(owner.max(initial=-1)) + 1
    first = np.full(count, len(owner), dtype=np.int64)
    np.minimum.at(first, owner, content)
    # A sum of one random word per row stands for all rows of an owner: equal sums, equal contents (but for 1 in 2^64).
    words = stream(0, "contents").integers(0, 2**64, size=int(content.max(initial=0)) + 1, dtype=np.uint64)
    whole = np.zeros(count, dtype=np.uint64)
    np.add.at(whole, owner, words[content])
    ranks = np.empty(count, dtype=np.int64)
    ranks[np.lexsort((whole, first))] = np.arange(1, count + 1)
    return np.asarray(ranks[owner])
