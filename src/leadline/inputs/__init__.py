"""What `measure` receives: frozen arrays, built by `evidence/frames.py` from files and queries.

`measure` knows neither plan nor evidence; these values are the whole of its world. Each carries
a content hash over sorted, typed values, so equal data give equal hashes in any engine.
(`plan` does not import this module: it knows no numpy.)
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from leadline.inputs.content import Floats, Integers, Times, content_hash
from leadline.inputs.observed import Experiment, Orders, Posts, Tests
from leadline.inputs.panel import GRAINS, Panel

__all__ = [
    "GRAINS", "Experiment", "Floats", "Integers", "Manifest", "Orders", "Panel", "Paths", "Posts", "Stages", "Tests", "Times",
    "Touches", "content_hash", "row_keys", "stream",
]  # fmt: skip

# Paths whose keys are made together; measured: blocks that stay in the cache take a third of the time.
ROWS_KEYED_AT_A_TIME = 1 << 15


@dataclass(frozen=True)
class Paths:
    """Journeys: one row per distinct path of channels, or one row per journey; oldest touch first.

    `steps` holds channel numbers of all paths one after another; path i is
    `steps[offsets[i]:offsets[i + 1]]`, never empty. Counts may be fractional after identity weighting.

    channels: names, position = channel number, shape (C,)
    offsets: shape (P + 1,) · steps: any integer type, shape (sum of lengths,)
    conversions, value (money), nulls: shape (P,), >= 0
    empty_conversions, empty_value: conversions that had no touch in the window; they stay in the totals
    open_journeys: journeys younger than the window, neither converted nor null
    seconds_before: seconds from each step to the end of its journey, shape like `steps` (time-decay needs it)
    people: a number per row naming whose journey it is, shape (P,); rows of one person are resampled together
    """

    channels: tuple[str, ...]
    offsets: Integers
    steps: npt.NDArray[np.integer[Any]]
    conversions: Floats
    value: Floats
    nulls: Floats
    has_nulls: bool = True
    empty_conversions: float = 0.0
    empty_value: float = 0.0
    open_journeys: float = 0.0
    seconds_before: Floats | None = None
    people: npt.NDArray[np.uint64] | None = None
    notes: tuple[str, ...] = ()

    @property
    def lengths(self) -> Integers:
        """Number of touches of each path, shape (P,)."""
        return np.diff(self.offsets)

    @cached_property
    def hash(self) -> str:
        """Content hash (16 hex digits), independent of the order of rows and of channel numbering."""
        used = np.flatnonzero(np.bincount(self.steps, minlength=len(self.channels)))
        names = sorted(self.channels[number] for number in used)
        rank = np.zeros(len(self.channels), dtype=np.int32)
        rank[[self.channels.index(name) for name in names]] = np.arange(len(names))
        steps = rank[self.steps]
        keys = row_keys(self.offsets, steps)
        order = np.argsort(keys)
        if (keys[order][1:] == keys[order][:-1]).any():  # a path in several rows: their counts decide the order
            order = np.lexsort((self.nulls, self.value, self.conversions, keys))
        places = _places(self.offsets, order)
        columns = [self.lengths[order], steps[places], self.conversions[order], self.value[order], self.nulls[order]]
        if self.seconds_before is not None:
            columns.append(self.seconds_before[places])
        if self.people is not None:
            columns.append(self.people[order])
        ends = (self.has_nulls, float(self.empty_conversions), float(self.empty_value), float(self.open_journeys))
        digests = (hashlib.sha256(np.ascontiguousarray(column).tobytes()).hexdigest() for column in columns)
        return content_hash("paths", [*names, *digests, str(ends)])

    def take(self, rows: Integers) -> Paths:
        """Return the paths of these rows, in this order; totals outside the rows stay as they are."""
        places = _places(self.offsets, rows)
        return replace(
            self,
            offsets=_offsets(self.lengths[rows]),
            steps=self.steps[places],
            conversions=self.conversions[rows],
            value=self.value[rows],
            nulls=self.nulls[rows],
            seconds_before=None if self.seconds_before is None else self.seconds_before[places],
            people=None if self.people is None else self.people[rows],
        )

    def aggregated(self) -> Paths:
        """Return one row per distinct path, its counts summed; times and people are given up."""
        keys, salt = row_keys(self.offsets, self.steps), 0
        while True:
            _, first, group = np.unique(keys, return_index=True, return_inverse=True)
            if _same_rows(self.offsets, self.steps, first[group]):
                break
            salt += 1  # two different paths met in one 64-bit key: draw other keys
            keys = row_keys(self.offsets, self.steps, salt=salt)
        whole = replace(self, seconds_before=None, people=None).take(first)

        def summed(column: Floats) -> Floats:
            return np.bincount(group, weights=column, minlength=len(first)).astype(np.float64, copy=False)

        return replace(whole, conversions=summed(self.conversions), value=summed(self.value), nulls=summed(self.nulls))

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, float, float, float]]) -> Paths:
        """Return paths written as (channels joined by " > ", conversions, value, nulls), one row each.

        >>> paths = Paths.from_rows([("search > mail", 3, 120.0, 9), ("mail", 1, 30.0, 4)])
        >>> paths.channels, paths.lengths.tolist(), paths.conversions.tolist()
        (('search', 'mail'), [2, 1], [3.0, 1.0])
        """
        written = list(rows)
        routes = [row[0].split(" > ") for row in written]
        number: dict[str, int] = {}
        steps = [number.setdefault(name, len(number)) for route in routes for name in route]
        counts = np.array([row[1:] for row in written], dtype=np.float64).reshape(-1, 3)
        return cls(
            channels=tuple(number),
            offsets=_offsets(np.array([len(route) for route in routes], dtype=np.int64)),
            steps=np.array(steps, dtype=np.int64),
            conversions=counts[:, 0],
            value=counts[:, 1],
            nulls=counts[:, 2],
        )

    @classmethod
    def joined(cls, parts: Sequence[Paths]) -> Paths:
        """Return all rows of the parts under one numbering of channels, totals added; not aggregated."""
        channels = tuple(dict.fromkeys(name for part in parts for name in part.channels))
        number = {name: index for index, name in enumerate(channels)}
        kind = np.int16 if len(channels) <= np.iinfo(np.int16).max else np.int32
        steps = [np.array([number[name] for name in part.channels], dtype=kind)[part.steps] for part in parts]
        seconds = [part.seconds_before for part in parts if part.seconds_before is not None]
        people = [part.people for part in parts if part.people is not None]
        return cls(
            channels=channels,
            offsets=_offsets(np.concatenate([part.lengths for part in parts])),
            steps=np.concatenate(steps),
            conversions=np.concatenate([part.conversions for part in parts]),
            value=np.concatenate([part.value for part in parts]),
            nulls=np.concatenate([part.nulls for part in parts]),
            has_nulls=all(part.has_nulls for part in parts),
            empty_conversions=sum(part.empty_conversions for part in parts),
            empty_value=sum(part.empty_value for part in parts),
            open_journeys=sum(part.open_journeys for part in parts),
            seconds_before=np.concatenate(seconds) if len(seconds) == len(parts) else None,
            people=np.concatenate(people) if len(people) == len(parts) else None,
            notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        )


@dataclass(frozen=True)
class Touches:
    """Touches and conversions one by one, from which `measure.paths` builds journeys.

    Touch i: `person[i]` (number into `people`), `at[i]` (UTC), `channel[i]` (number into `channels`), shape (N,).
    Conversion j: `converted_by[j]`, `converted_at[j]`, `kind[j]` (text, "" = the one kind), `count[j]` (> 0,
    usually 1), `value[j]` (money of all of them), shape (M,).
    account: number of the account of each person, shape (people,), -1 = none; None where accounts are not known
    as_of: the moment the data end; nothing after it exists
    """

    people: tuple[str, ...]
    channels: tuple[str, ...]
    person: Integers
    at: Times
    channel: Integers
    converted_by: Integers
    converted_at: Times
    kind: npt.NDArray[np.str_]
    count: Floats
    value: Floats
    as_of: np.datetime64
    account: Integers | None = None
    accounts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stages:
    """Entries into one state and what became of each: the rows of one bridge step.

    One row per entry into `from_state` (query `step_rows`).
    subject: identifiers, shape (N,) · entered_at, moved_at, ended_at: datetime64[us], NaT = not (yet)
    end: "won", "lost" or "" (open) · amount: money, NaN = unknown
    tactic, origin, segment: text, "" = unmatched or not given
    as_of: the moment the data end; nothing after it exists
    recorded_from: first moment at which moves into `to_state` were recorded at all, None = unknown
    skipped: True where `from_state` was passed over, so the move counts for the rate, not for the lag; None = nowhere
    """

    from_state: str
    to_state: str
    subject: npt.NDArray[np.str_]
    entered_at: Times
    moved_at: Times
    ended_at: Times
    end: npt.NDArray[np.str_]
    amount: Floats
    tactic: npt.NDArray[np.str_]
    origin: npt.NDArray[np.str_]
    segment: npt.NDArray[np.str_]
    as_of: dt.datetime
    recorded_from: dt.datetime | None = None
    notes: tuple[str, ...] = ()
    skipped: npt.NDArray[np.bool_] | None = None

    @property
    def hash(self) -> str:
        """Content hash (16 hex digits), independent of the order of rows."""
        columns: tuple[npt.NDArray[np.generic], ...] = (
            self.subject, self.entered_at.astype("datetime64[us]"), self.moved_at.astype("datetime64[us]"),
            self.ended_at.astype("datetime64[us]"), self.end, self.amount, self.tactic, self.origin, self.segment,
        )  # fmt: skip
        if self.skipped is not None and self.skipped.any():
            columns = (*columns, self.skipped)
        rows = sorted("\x1f".join(str(column[index]) for column in columns) for index in range(len(self.subject)))
        head = [self.from_state, self.to_state, self.as_of.isoformat(), str(self.recorded_from)]
        return content_hash("stages", [*head, *rows])


@dataclass(frozen=True)
class Manifest:
    """What a result was made from: enough to make it again, and to see that it need not be made again."""

    kind: str
    input_hash: str
    options: Mapping[str, object] = field(default_factory=dict)
    seed: int = 1
    versions: Mapping[str, str] = field(default_factory=dict)


def stream(seed: int, use: str, *, index: int = 0) -> np.random.Generator:
    """Return the random generator of one use, so that adding a use never shifts another.

    Derived from `(seed, name of the use, index)` by SHA-256, stable over runs and machines.
    """
    digest = hashlib.sha256(f"{seed}\x1f{use}\x1f{index}".encode()).digest()
    return np.random.default_rng(np.random.SeedSequence(int.from_bytes(digest[:16], "big")))


def row_keys(offsets: Integers, steps: npt.NDArray[np.integer[Any]], *, salt: int = 0) -> npt.NDArray[np.uint64]:
    """Return a 64-bit key per path: sum over its places of (random word of the step x base^place).

    Equal paths have equal keys whatever the order of rows; callers that need certainty compare the rows.
    (A polynomial in an odd base modulo 2^64: the base has an inverse, so one running sum serves all paths.)
    """
    words = stream(salt, "row keys").integers(0, 2**64, size=int(steps.max(initial=0)) + 2, dtype=np.uint64)
    base, words = int(words[0]) | 1, words[1:]
    keys = np.empty(len(offsets) - 1, dtype=np.uint64)
    powers = inverses = np.ones(0, dtype=np.uint64)
    for start in range(0, len(keys), ROWS_KEYED_AT_A_TIME):
        ends = offsets[start : start + ROWS_KEYED_AT_A_TIME + 1] - offsets[start]
        if ends[-1] >= len(powers):
            powers, inverses = _powers(base, int(ends[-1]) + 1), _powers(pow(base, -1, 2**64), int(ends[-1]) + 1)
        sums = np.zeros(int(ends[-1]) + 1, dtype=np.uint64)
        terms = words[steps[offsets[start] : offsets[start] + ends[-1]]]
        terms *= powers[: len(terms)]
        np.cumsum(terms, out=sums[1:])
        keys[start : start + len(ends) - 1] = (sums[ends[1:]] - sums[ends[:-1]]) * inverses[ends[:-1]]
    return keys


def _powers(base: int, count: int) -> npt.NDArray[np.uint64]:
    """Return base^0, base^1, ... modulo 2^64."""
    powers = np.full(count, base, dtype=np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


def _offsets(lengths: Integers) -> Integers:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)])


def _places(offsets: Integers, rows: Integers) -> Integers:
    """Return the places in `steps` of the paths of these rows, one after another."""
    lengths = np.diff(offsets)[rows]
    starts = offsets[rows] - _offsets(lengths)[:-1]
    return np.asarray(np.repeat(starts, lengths) + np.arange(int(lengths.sum())))


def _same_rows(offsets: Integers, steps: npt.NDArray[np.integer[Any]], others: Integers) -> bool:
    """Say whether each path equals the path of the row named for it."""
    rows = np.flatnonzero(others != np.arange(len(others)))
    lengths = np.diff(offsets)
    if not np.array_equal(lengths[rows], lengths[others[rows]]):
        return False
    return bool(np.array_equal(steps[_places(offsets, rows)], steps[_places(offsets, others[rows])]))
