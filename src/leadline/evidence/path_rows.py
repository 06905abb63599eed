"""One block of rows that are paths: split, numbered, counted; wrong rows set apart with their reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from leadline.evidence.path_blocks import Block, Faults, Locale, numbers_in
from leadline.evidence.sources.records import Reject
from leadline.inputs import Floats, Integers, Paths

if TYPE_CHECKING:
    import pyarrow as pa

SEPARATOR = ">"  # between the channels of a path; spaces around it do not count


@dataclass(frozen=True)
class Taken:
    """What a block gave: its paths, row by row, the rows that count nothing, and the rows that are wrong."""

    paths: Paths
    ignored: int
    rejects: list[Reject]


@dataclass(frozen=True)
class SplitPaths:
    """Channel numbers of all rows one after another, -1 = no name. offsets: shape (rows + 1,)."""

    steps: npt.NDArray[np.int32]
    offsets: Integers

    @property
    def nameless(self) -> npt.NDArray[np.bool_]:
        """Say of each row whether a channel of its path has no name."""
        return np.asarray(np.minimum.reduceat(self.steps, self.offsets[:-1]) < 0)

    @property
    def empty(self) -> npt.NDArray[np.bool_]:
        """Say of each row whether its path names no channel at all."""
        return np.asarray(np.maximum.reduceat(self.steps, self.offsets[:-1]) < 0)


def take_paths(block: Block, locale: Locale, *, channels: dict[str, int]) -> Taken:
    """Return the paths of a block; channels not met before are added to `channels` with the next number.

    Rejected: an empty path or channel name, a count that is empty, negative or no number, value without
    conversion. Ignored: rows with neither conversions nor nulls, and blank rows.
    """
    import pyarrow as pa
    from pyarrow import compute

    text = compute.fill_null(block.columns["path"].cast(pa.string()), "").dictionary_encode()
    split = split_paths(text.dictionary, channels)
    spelled = text.indices.to_numpy(zero_copy_only=False)  # equal texts are split, and summed, once
    faults, empty = Faults(block), split.empty[spelled]
    counts, blank = _counts(block, locale, faults)
    blank &= empty
    faults.say(np.flatnonzero(empty), "path", reason="missing_value", text="the path is empty")
    faults.say(
        np.flatnonzero(split.nameless[spelled]),
        "path",
        reason="missing_value",
        text="a channel of the path has no name",
    )
    wrong = np.zeros(block.rows, dtype=bool)
    wrong[faults.rows()] = True
    counting = ~wrong & ((counts["conversions"] > 0) | (counts["nulls"] > 0))
    rejects = [reject for row, reject in zip(faults.rows(), faults.rejects(), strict=True) if not blank[row]]
    paths = _summed(split, spelled[counting], {role: column[counting] for role, column in counts.items()}, channels)
    ignored = int((~wrong & ~counting).sum() + (wrong & blank).sum())
    return Taken(replace(paths, has_nulls="nulls" in block.columns), ignored, rejects)


def _summed(split: SplitPaths, spelled: Integers, counts: dict[str, Floats], channels: dict[str, int]) -> Paths:
    """Return the paths that rows spell, one row per spelling."""
    size = len(split.offsets) - 1
    there = np.bincount(spelled, minlength=size) > 0
    sums = {role: np.bincount(spelled, column, size)[there].astype(np.float64) for role, column in counts.items()}
    lengths = np.diff(split.offsets)
    return Paths(
        channels=tuple(channels),
        offsets=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths[there])]),
        steps=split.steps[np.repeat(there, lengths)],
        conversions=sums["conversions"],
        value=sums["value"],
        nulls=sums["nulls"],
    )


def split_paths(column: pa.Array, channels: dict[str, int]) -> SplitPaths:
    """Split each path at its separator and number the channels; each spelling is looked at once."""
    from pyarrow import compute

    lists = compute.split_pattern(column, SEPARATOR)
    encoded = lists.flatten().dictionary_encode()
    names = [name.strip() for name in encoded.dictionary.to_pylist()]
    number = np.array([channels.setdefault(name, len(channels)) if name else -1 for name in names], dtype=np.int32)
    offsets = lists.offsets.to_numpy(zero_copy_only=False).astype(np.int64)
    return SplitPaths(number[encoded.indices.to_numpy(zero_copy_only=False)], offsets - offsets[0])


def _counts(block: Block, locale: Locale, faults: Faults) -> tuple[dict[str, Floats], npt.NDArray[np.bool_]]:
    """Return conversions, value and nulls of each row, 0 where there is no such column, and which rows have none."""
    counts: dict[str, Floats] = {}
    blank = np.ones(block.rows, dtype=bool)
    for role in ("conversions", "value", "nulls"):
        if role not in block.columns:
            counts[role] = np.zeros(block.rows)
            continue
        column = numbers_in(block.columns[role], locale)
        for row, text in column.wrong.items():
            faults.say([row], role, reason="bad_number", text=text)
        if role != "value":
            faults.say(
                np.flatnonzero(column.empty),
                role,
                reason="missing_value",
                text=f"{role} is empty: write 0 where there are none",
            )
        counts[role] = np.nan_to_num(column.numbers, posinf=0.0, neginf=0.0)
        blank &= column.empty
        if role == "value":
            earned = column.empty & (counts["conversions"] > 0)
            faults.say(
                np.flatnonzero(earned), role, reason="missing_value", text="value is empty and there are conversions"
            )
        faults.say(np.flatnonzero(counts[role] < 0), role, reason="negative", text=f"{role} is negative")
    unearned = (counts["value"] > 0) & (counts["conversions"] == 0)
    faults.say(np.flatnonzero(unearned), "value", reason="missing_value", text="value without a conversion")
    return counts, blank
