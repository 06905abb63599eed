"""A world's truth as `leadline.inputs` values, for tests of measurements that need no files."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats, Paths, Stages, Times, stream
from leadline.worlds.cases import Case, draw_fates
from leadline.worlds.company import Company
from leadline.worlds.journeys import walk
from leadline.worlds.world import World

_MICROSECONDS = 86_400_000_000  # per day


def stages_of(company: Company, step: tuple[str, str]) -> Stages:
    """Return one bridge step of a company as its files would tell it on the evening of as-of. Times are local."""
    from_, to = step
    company.world.step(from_, to)
    rows = [case for case in company.cases if from_ in case.seen_by(company.as_of)]
    moved = [case.seen_by(company.as_of).get(to) for case in rows]
    lost = [_lost(case, to, company.as_of) for case in rows]
    return Stages(
        from_state=from_,
        to_state=to,
        subject=np.array([case.key for case in rows], dtype=np.str_),
        entered_at=_times([case.entered[from_] for case in rows]),
        moved_at=_times(moved),
        ended_at=_times(lost),
        end=np.array(["lost" if moment else "" for moment in lost], dtype=np.str_),
        amount=np.array([case.amount if done else np.nan for case, done in zip(rows, moved, strict=True)]),
        tactic=np.array([case.brought_by or "" for case in rows], dtype=np.str_),
        origin=np.array([case.brought_by or "other" for case in rows], dtype=np.str_),
        segment=np.full(len(rows), "", dtype=np.str_),
        as_of=company.as_of.replace(tzinfo=dt.UTC),
    )


def make_stages(world: World, seed: int, *, step: tuple[str, str], entries: int, tactic: str = "") -> Stages:
    """Return `entries` independent entries of one step, spread evenly from start to as-of, lags exact to the microsecond.

    tactic: whose people they are (its own rate where the world gives one); "" = anybody's
    """
    truth = world.step(*step)
    random = stream(seed, f"world: entries of {'>'.join(step)} {tactic}")
    start = np.datetime64(world.world.start, "us")
    as_of = np.datetime64(world.world.as_of, "us") + np.timedelta64(_MICROSECONDS - 1, "us")
    entered = start + _micros(random.random(entries) * float((as_of - start).astype(np.int64)) / _MICROSECONDS)
    fates = draw_fates(truth, entries, rate=truth.by.get(tactic, truth.rate), random=random)
    moved, ended = entered + _micros(fates.lag), entered + _micros(fates.gives_up_after)
    never = np.datetime64("NaT", "us")
    moved = np.where(fates.moves & (moved <= as_of), moved, never)
    ended = np.where(fates.gives_up & (ended <= as_of), ended, never)
    return Stages(
        from_state=step[0],
        to_state=step[1],
        subject=np.char.add("e", np.arange(entries).astype(np.str_)),
        entered_at=entered,
        moved_at=moved,
        ended_at=ended,
        end=np.where(np.isnat(ended), "", "lost"),
        amount=np.full(entries, np.nan),
        tactic=np.full(entries, tactic, dtype=np.str_),
        origin=np.full(entries, "", dtype=np.str_),
        segment=np.full(entries, "", dtype=np.str_),
        as_of=dt.datetime.combine(world.world.as_of, dt.time(23, 59, 59, 999999), tzinfo=dt.UTC),
    )


def make_paths(world: World, seed: int, *, journeys: int) -> Paths:
    """Return journeys drawn from the world's chain, one row per distinct path; a conversion is worth 1.

    What they should show is known: `leadline.worlds.journeys.chance` and `removal_effects`.
    """
    walks = walk(world.chain, journeys, random=stream(seed, "world: paths"))
    converted, nulls = Counter[tuple[int, ...]](), Counter[tuple[int, ...]]()
    for index in range(journeys):
        (converted if walks.converted[index] else nulls)[tuple(walks.journey(index))] += 1
    distinct = sorted(converted.keys() | nulls.keys())
    lengths = np.array([len(path) for path in distinct], dtype=np.int64)
    return Paths(
        channels=world.chain.channels,
        offsets=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)]),
        steps=np.array([step for path in distinct for step in path], dtype=np.int16),
        conversions=np.array([converted[path] for path in distinct], dtype=np.float64),
        value=np.array([converted[path] for path in distinct], dtype=np.float64),
        nulls=np.array([nulls[path] for path in distinct], dtype=np.float64),
    )


def _lost(case: Case, to: str, as_of: dt.datetime) -> dt.datetime | None:
    """Return when a case was given up in this very step, as known at as-of."""
    return case.lost if case.lost and case.lost <= as_of and to not in case.entered else None


def _times(moments: list[dt.datetime] | list[dt.datetime | None]) -> Times:
    return np.array(
        [np.datetime64(moment, "us") if moment else np.datetime64("NaT", "us") for moment in moments],
        dtype="datetime64[us]",
    )


def _micros(days: Floats) -> npt.NDArray[np.timedelta64]:
    return np.asarray(np.rint(days * _MICROSECONDS).astype(np.int64).astype("timedelta64[us]"))
