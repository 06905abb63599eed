"""What is done to journeys before any model sees them: checked, merged where asked, small cells pooled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from leadline.errors import InputError, NothingDone
from leadline.inputs import Floats, Paths
from leadline.measure.paths.counts import Numbers, tally

# Rows whose channels are listed at a time: 65,536 rows x 100 channels are 6.5 MB (measured).
ROWS_AT_A_TIME = 65_536
OTHER = "other"


def checked(paths: Paths) -> Paths:
    """Return the paths without rows that count nothing; raise where they cannot be measured.

    Raises `InputError` with every problem found, `NothingDone` where no path converts.
    """
    problems = _problems_of_shape(paths) or _problems_of_counts(paths)
    if problems:
        raise InputError(problems)
    if not paths.conversions.any():
        if paths.empty_conversions:
            raise NothingDone("None of the conversions had a touch before it, so there is nothing to credit.")
        raise NothingDone("There are no conversions in these paths, so there is nothing to credit.")
    counting = np.flatnonzero((paths.conversions > 0) | (paths.nulls > 0))
    ignored = len(paths.conversions) - len(counting)
    if not ignored:
        return paths
    empty = ignored - round(paths.open_journeys)  # open journeys are told of on their own
    notes = (f"{empty} rows with neither conversions nor nulls were ignored.",) if empty > 0 else ()
    return replace(paths.take(counting), notes=(*paths.notes, *notes))


def _problems_of_shape(paths: Paths) -> list[str]:
    rows = len(paths.offsets) - 1
    sizes = {"conversions": len(paths.conversions), "value": len(paths.value), "nulls": len(paths.nulls)}
    problems = [
        f"{name} has {size} numbers for {rows} paths. Give one a path." for name, size in sizes.items() if size != rows
    ]
    if paths.offsets[0] != 0 or paths.offsets[-1] != len(paths.steps):
        problems.append(f"offsets run to {paths.offsets[-1]} and there are {len(paths.steps)} steps. Make them meet.")
    elif (paths.lengths < 1).any():
        row = int(np.flatnonzero(paths.lengths < 1)[0])
        problems.append(f"path {row} has no touch. Count its conversions in empty_conversions instead.")
    if len(paths.steps) and not 0 <= paths.steps.min() <= paths.steps.max() < len(paths.channels):
        problems.append(f"steps name channels outside 0..{len(paths.channels) - 1}. Number them by `channels`.")
    if len(set(paths.channels)) < len(paths.channels) or "" in paths.channels:
        problems.append("channels holds an empty name or one name twice. Give each channel one name.")
    return problems


def _problems_of_counts(paths: Paths) -> list[str]:
    problems = []
    for name in ("conversions", "value", "nulls"):
        column = getattr(paths, name)
        wrong = np.flatnonzero(~(np.isfinite(column) & (column >= 0)))
        if len(wrong):
            problems.append(f"{name} of path {wrong[0]} is {column[wrong[0]]}. Give a number from 0.")
    unearned = np.flatnonzero((paths.value > 0) & (paths.conversions == 0))
    if len(unearned):
        problems.append(f"path {unearned[0]} has value and no conversion. Add the conversion, or drop the value.")
    return problems


def merged_repeats(paths: Paths) -> Paths:
    """Return the paths with equal neighbouring channels merged into one touch, that of the latest time."""
    ends = np.ones(len(paths.steps), dtype=bool)
    ends[:-1] = paths.steps[1:] != paths.steps[:-1]
    ends[paths.offsets[1:] - 1] = True
    running = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(ends)])
    return replace(
        paths,
        steps=paths.steps[ends],
        offsets=running[paths.offsets],
        seconds_before=None if paths.seconds_before is None else paths.seconds_before[ends],
        notes=(*paths.notes, "Equal neighbouring channels were merged into one touch."),
    )


def pooled(paths: Paths, smallest: int) -> Paths:
    """Return the paths with channels that fewer than `smallest` people met renamed to "other".

    Where "other" would itself be too small, the next smallest channel joins it: else it would tell
    of the very people it is to hide.
    """
    people = reached(paths)
    order = np.argsort(people, kind="stable")
    small = [int(number) for number in order if people[number] < smallest]
    if not small:
        return paths
    while True:
        names = tuple(OTHER if number in small else name for number, name in enumerate(paths.channels))
        channels = tuple(dict.fromkeys(names))
        number_of = np.array([channels.index(name) for name in names], dtype=paths.steps.dtype)
        result = replace(paths, channels=channels, steps=number_of[paths.steps])
        if reached(result)[channels.index(OTHER)] >= smallest or len(channels) == 1:
            break
        small.append(next(int(number) for number in order if names[number] != OTHER))
    hidden = ", ".join(sorted(paths.channels[number] for number in small))
    return replace(result, notes=(*paths.notes, f'Pooled into "{OTHER}" (under {smallest} people): {hidden}.'))


def reached(paths: Paths) -> Floats:
    """Return how many people met each channel, shape (C,); journeys are counted where people are not known."""
    if paths.people is None:
        return containing(paths, paths.conversions + paths.nulls)
    _, person = np.unique(paths.people, return_inverse=True)
    pairs = np.unique(np.repeat(person, paths.lengths) * len(paths.channels) + paths.steps)
    return tally(pairs % len(paths.channels), np.ones(len(pairs)), size=len(paths.channels))


def containing(paths: Paths, weight: Floats) -> Floats:
    """Return the sum of `weight` (shape (P,)) over the paths that contain each channel, shape (C,)."""
    sums = np.zeros(len(paths.channels))
    for start in range(0, len(paths.conversions), ROWS_AT_A_TIME):
        rows = slice(start, min(start + ROWS_AT_A_TIME, len(paths.conversions)))
        sums += weight[rows] @ presence(paths, rows)
    return sums


def presence(paths: Paths, rows: slice) -> npt.NDArray[np.bool_]:
    """Say of each of these paths which channels it contains, shape (rows, C)."""
    steps: Numbers = paths.steps[paths.offsets[rows.start] : paths.offsets[rows.stop]]
    inside = np.zeros((rows.stop - rows.start, len(paths.channels)), dtype=bool)
    inside[np.repeat(np.arange(len(inside)), paths.lengths[rows]), steps] = True
    return inside
