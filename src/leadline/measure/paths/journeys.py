"""From touches and conversions, one by one, to journeys (event tables; a workspace does it in SQL, alike).

A conversion takes the touches of its person with `0 <= converted_at - at <= window`, in seconds, that no
earlier conversion of the same kind has taken (or, with `reuse`, all of them). A touch in the same
second counts, a later one never. Touches that no conversion took form one journey of their person: a
null once the last of them is a window old, before that an open journey, which is only counted.
Ties break the same way always: equal times by channel name, conversions by kind, value and count.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from leadline.errors import InputError, UsageError
from leadline.inputs import Integers, Paths, Times, Touches
from leadline.measure.paths.options import PathOptions

MICROSECONDS = 1_000_000  # of a second; times are kept to the microsecond


def build_journeys(touches: Touches, options: PathOptions) -> Paths:
    """Return one row per journey, with seconds before its end and the person it belongs to.

    Raises `UsageError` where accounts are asked for and not known, `InputError` for an empty table.
    """
    if not len(touches.at):
        raise InputError(["The event table holds no touch. Give rows with a channel, or name the column with channel."])
    existing, dropped = _until(touches)
    units, names = _units(existing, options)
    existing, units = _sorted(existing, units)
    owners = units[existing.converted_by]
    order = np.lexsort((existing.count, existing.value, existing.kind, _microseconds(existing.converted_at), owners))
    existing = _conversions(existing, order)
    owners = owners[order]
    first, last = _taken(existing, units[existing.person], owners, options)
    paths = _converting(existing, owners, first, last)
    paths = _with_leftovers(paths, existing, units[existing.person], (first, last), options.window)
    people = _hashed(names)[paths.people] if paths.people is not None else None
    late = f"{dropped} rows lie after the moment the data end ({touches.as_of}) and were left out."
    return replace(paths, people=people, notes=(*touches.notes, *((late,) if dropped else ())))


def _until(touches: Touches) -> tuple[Touches, int]:
    """Leave out what lies after `as_of`; nothing after it exists."""
    seen, converted = touches.at <= touches.as_of, touches.converted_at <= touches.as_of
    dropped = int((~seen).sum() + (~converted).sum())
    kept = replace(touches, person=touches.person[seen], at=touches.at[seen], channel=touches.channel[seen])
    return _conversions(kept, np.flatnonzero(converted)), dropped


def _conversions(touches: Touches, rows: Integers) -> Touches:
    return replace(
        touches,
        converted_by=touches.converted_by[rows],
        converted_at=touches.converted_at[rows],
        kind=touches.kind[rows],
        count=touches.count[rows],
        value=touches.value[rows],
    )


def _units(touches: Touches, options: PathOptions) -> tuple[Integers, list[str]]:
    """Return for each person whose journey theirs is (a number), and the names of those numbers."""
    if options.level == "person":
        return np.arange(len(touches.people)), list(touches.people)
    if touches.account is None:
        raise UsageError(
            'level "account" needs a column of accounts, and there is none. Name it with account, or use level "person".'
        )
    known = touches.account >= 0
    alone = len(touches.accounts) + np.cumsum(~known) - 1  # a person without account stands alone
    lonely = [f"\x1f{name}" for name, has in zip(touches.people, known, strict=True) if not has]
    return np.where(known, touches.account, alone), [*touches.accounts, *lonely]


def _sorted(touches: Touches, units: Integers) -> tuple[Touches, Integers]:
    alphabetical = np.argsort(np.argsort(np.array(touches.channels)))
    order = np.lexsort((alphabetical[touches.channel], _microseconds(touches.at), units[touches.person]))
    return (
        replace(touches, person=touches.person[order], at=touches.at[order], channel=touches.channel[order]),
        units,
    )


def _taken(touches: Touches, units: Integers, owners: Integers, options: PathOptions) -> tuple[Integers, Integers]:
    """Return the range of touches each conversion takes: first, and one after the last, shape (M,)."""
    at, when = _microseconds(touches.at), _microseconds(touches.converted_at)
    window = round(options.window * MICROSECONDS)
    first = _below(units, at, owners, when - window)
    last = _below(units, at, owners, when + 1)
    if not options.reuse:
        for kind in np.unique(touches.kind):
            rows = np.flatnonzero(touches.kind == kind)
            same = owners[rows][1:] == owners[rows][:-1]
            previous = np.zeros(len(rows), dtype=np.int64)
            previous[1:] = np.where(same, last[rows][:-1], 0)
            first[rows] = np.maximum(first[rows], previous)
    return first, last


def _below(units: Integers, at: Integers, owners: Integers, bound: Integers) -> Integers:
    """Return how many touches, in order of (unit, time), lie before (owner, bound), shape of `owners`."""
    order = np.lexsort(
        (
            np.concatenate([np.ones(len(units)), np.zeros(len(owners))]),  # at equal times the bound comes first
            np.concatenate([at, bound]),
            np.concatenate([units, owners]),
        )
    )
    is_touch = order < len(units)
    before = np.cumsum(is_touch)
    result = np.empty(len(owners), dtype=np.int64)
    result[order[~is_touch] - len(units)] = before[~is_touch]
    return result


def _converting(touches: Touches, owners: Integers, first: Integers, last: Integers) -> Paths:
    """Return the journeys that end in a conversion; those without a touch are only counted."""
    lengths = last - first
    rows = np.flatnonzero(lengths > 0)
    empty = lengths == 0
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths[rows])])
    places = np.repeat(first[rows] - offsets[:-1], lengths[rows]) + np.arange(offsets[-1])
    ends = np.repeat(_microseconds(touches.converted_at)[rows], lengths[rows])
    return Paths(
        channels=touches.channels,
        offsets=offsets,
        steps=touches.channel[places],
        conversions=touches.count[rows],
        value=touches.value[rows],
        nulls=np.zeros(len(rows)),
        empty_conversions=float(touches.count[empty].sum()),
        empty_value=float(touches.value[empty].sum()),
        seconds_before=(ends - _microseconds(touches.at)[places]) / MICROSECONDS,
        people=owners[rows].astype(np.uint64),
    )


def _with_leftovers(
    paths: Paths, touches: Touches, units: Integers, taken: tuple[Integers, Integers], window: float
) -> Paths:
    """Add each unit's touches that no conversion took: one null journey, or one open journey counted apart."""
    cover = np.zeros(len(units) + 1, dtype=np.int64)
    np.add.at(cover, taken[0], 1)
    np.add.at(cover, taken[1], -1)
    free = np.flatnonzero(np.cumsum(cover[:-1]) == 0)
    if not len(free):
        return paths
    starts = np.flatnonzero(np.append(True, units[free][1:] != units[free][:-1]))
    lengths = np.diff(np.append(starts, len(free)))
    at = _microseconds(touches.at)[free]
    ends = at[starts + lengths - 1]
    age = touches.as_of.astype("datetime64[us]").astype(np.int64) - ends
    is_open = age < round(window * MICROSECONDS)
    null = np.repeat(~is_open, lengths)
    nulls = Paths(
        channels=touches.channels,
        offsets=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths[~is_open])]),
        steps=touches.channel[free][null],
        conversions=np.zeros(int((~is_open).sum())),
        value=np.zeros(int((~is_open).sum())),
        nulls=np.ones(int((~is_open).sum())),
        open_journeys=float(is_open.sum()),
        seconds_before=((np.repeat(ends, lengths) - at) / MICROSECONDS)[null],
        people=units[free][starts][~is_open].astype(np.uint64),
    )
    return Paths.joined([paths, nulls])


def _microseconds(times: Times) -> Integers:
    return times.astype("datetime64[us]").astype(np.int64)


def _hashed(names: list[str]) -> npt.NDArray[np.uint64]:
    """Return a 64-bit number per name that is the same wherever the data are cut."""
    digests = b"".join(hashlib.sha256(name.encode()).digest()[:8] for name in names)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)
