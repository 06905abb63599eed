"""Which keys of a file stand in it more than once, found in one pass with eight bytes per record.

The second pass then holds only records of repeated keys, and each only until its last one has come.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from leadline.evidence.sources.records import Record, Reject
from leadline.evidence.sources.tables import TableRow

Held = TypeVar("Held")


class Repeats:
    """How often each key stands in a file; only keys that repeat are remembered one by one."""

    def __init__(self) -> None:
        self._hashes = array("q")
        self._times: dict[int, int] | None = None

    def see(self, key: Hashable) -> None:
        """Count one key."""
        self._hashes.append(hash(key))

    def times(self, key: Hashable) -> int:
        """Return how often a key was seen; two keys of one hash (10⁻⁷ at 10⁶ keys) only wait for each other."""
        return self._counted().get(hash(key), 1)

    def any(self) -> bool:
        """Return whether any key was seen more than once."""
        return bool(self._counted())

    def _counted(self) -> dict[int, int]:
        if self._times is None:
            import numpy as np

            values, counts = np.unique(np.frombuffer(self._hashes, dtype=np.int64), return_counts=True)
            several = counts > 1
            self._times = dict(zip(values[several].tolist(), counts[several].tolist(), strict=True))
            self._hashes = array("q")
        return self._times


@dataclass
class Groups(Generic[Held]):
    """Records of repeated keys, waiting for their last one."""

    repeats: Repeats
    _waiting: dict[Hashable, list[Held]] = field(default_factory=dict)

    def add(self, key: Hashable, record: Held) -> list[Held] | None:
        """Return the whole group once its last record has come, else None."""
        times = self.repeats.times(key)
        if times == 1:
            return [record]
        group = self._waiting.setdefault(key, [])
        group.append(record)
        return self._waiting.pop(key) if len(group) == times else None

    def rest(self) -> Iterator[list[Held]]:
        """Yield groups of which not every record came (one of them was rejected for another reason)."""
        yield from self._waiting.values()
        self._waiting.clear()


def unique_rows(
    rows: Iterable[TableRow | Record], repeats: Repeats, *, key: Callable[[TableRow], Hashable | None]
) -> Iterator[TableRow | Record]:
    """Yield rows of single keys; of equal rows of one key the first; records of the rest.

    Rows with a reject and repeated headers become their records. Rows of one key that differ are all rejected
    (`key_conflict`), for neither is known to be right. A row without key (None) passes, and so does what is a record already.
    """
    groups: Groups[TableRow] = Groups(repeats)
    for row in rows:
        if isinstance(row, Record):
            yield row
        elif row.repeated_header:
            yield Record(row.line, skipped="repeated_header")
        elif row.reject is not None:
            yield Record(row.line, rejects=(row.reject,))
        elif (found := key(row)) is None:
            yield row
        elif (group := groups.add(found, row)) is not None:
            yield from _one_of(group)
    for group in groups.rest():
        yield from _one_of(group)


def _one_of(group: list[TableRow]) -> Iterator[TableRow | Record]:
    """Yield the first of equal rows and skip the others, or reject all."""
    first = group[0]
    if all(row.cells == first.cells for row in group):
        yield first
        yield from (Record(row.line, skipped="duplicate_row") for row in group[1:])
        return
    lines = ", ".join(str(row.line) for row in group)
    for row in group:
        text = f"lines {lines} have the same key and different values"
        yield Record(row.line, rejects=(Reject(row.line, None, "key_conflict", text, row.raw),))
