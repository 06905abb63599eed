"""Was the forecast right before? Past dates replayed with what was known then, compared with what came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from leadline.errors import NothingDone
from leadline.inputs import Stages
from leadline.measure.bridge.clean import clean, instant
from leadline.measure.bridge.fit import fit_bridge
from leadline.measure.bridge.forecast import OpenPipeline, forecast_pipeline
from leadline.measure.bridge.options import BridgeOptions
from leadline.measure.diagnose import crps, wilson
from leadline.words import number, share

FEWEST_DATES = 6  # replay dates under which nothing is said about calibration (section 4.4)
_DRAWS = 1000  # simulated futures a date; a 5 % quantile is then known to 0.7 points of probability


@dataclass(frozen=True)
class Replayed:
    """One past date and one number of days ahead; counts of entries that were open then.

    expected, low, high: forecast mean and 90 % interval · came: what moved · naive: open x won / (won + lost)
    crps: continuous ranked probability score of the forecast, in entries; lower is better · naive_crps: of the naive
    """

    as_of: dt.datetime
    days: float
    open: int
    expected: float
    low: float
    high: float
    came: int
    naive: float
    crps: float
    naive_crps: float


@dataclass(frozen=True)
class BridgeReplay:
    """All replays of one step."""

    from_state: str
    to_state: str
    replays: tuple[Replayed, ...]

    @property
    def dates(self) -> int:
        """How many past dates could be compared."""
        return len({replay.as_of for replay in self.replays})

    @property
    def coverage(self) -> tuple[float, float, float]:
        """Share of replays inside their 90 % interval, with its own 90 % interval (Wilson 1927)."""
        hits = [replay.low <= replay.came <= replay.high for replay in self.replays]
        return wilson(sum(hits), len(hits))

    @property
    def bias(self) -> float:
        """Forecast over what came, less one: 0.05 means 5 % too many; NaN where nothing came."""
        came = sum(replay.came for replay in self.replays)
        return sum(replay.expected for replay in self.replays) / came - 1 if came else float("nan")

    @property
    def better_than_naive(self) -> float:
        """Share of dates at which the mean score lies below the naive benchmark's."""
        better = []
        for as_of in {replay.as_of for replay in self.replays}:
            chosen = [replay for replay in self.replays if replay.as_of == as_of]
            better.append(sum(r.crps for r in chosen) < sum(r.naive_crps for r in chosen))
        return float(np.mean(better))

    def table(self) -> list[dict[str, object]]:
        """Return one row a date and horizon; counts of entries."""
        return [{**vars(replay), "as_of": replay.as_of.isoformat()} for replay in self.replays]

    def sentence(self) -> str:
        """Return how often the forecast was right, or that there were too few dates to say."""
        if self.dates < FEWEST_DATES:
            return f"not yet calibrated ({self.dates} of {FEWEST_DATES} past dates)."
        middle, low, high = self.coverage
        leaning = f"{number(abs(100 * self.bias), 2)} % too {'many' if self.bias > 0 else 'few'} expected"
        return (
            f"At {self.dates} past dates the 90 % interval held in {share(middle, 0)} of cases "
            f"(90 %: {100 * low:.0f} to {100 * high:.0f}), {leaning}; it beat "
            f"the naive share of closed deals at {share(self.better_than_naive, 0)} of the dates."
        )


def replay_bridge(
    snapshots: Sequence[Stages], options: BridgeOptions | None = None, *, days: Sequence[float] = (30.0, 60.0, 90.0)
) -> BridgeReplay:
    """Return, for each snapshot but the last, what it forecast and what the last one says came.

    snapshots: the step as it stood at each date, in any order; the latest is the truth. A snapshot counts
    for those numbers of days that have passed by the latest. Raises NothingDone where none has.
    """
    ordered = sorted(snapshots, key=lambda stages: instant(stages.as_of))
    chosen = options or BridgeOptions(by="none")
    replays = [replay for then in ordered[:-1] for replay in _replay(then, ordered[-1], chosen, days=days)]
    if not replays:
        raise NothingDone(
            f"no past date lies {min(days):g} days or more before the last. Give the step as it stood at earlier dates."
        )
    return BridgeReplay(ordered[-1].from_state, ordered[-1].to_state, tuple(replays))


def as_known(stages: Stages, as_of: dt.datetime) -> Stages:
    """Return the step cut at an earlier date: later entries are gone, later moves and ends are open again.

    Only for data without corrections after the fact; where the warehouse keeps history, ask it instead.
    """
    cut = instant(as_of)
    columns: dict[str, Any] = {name: value for name, value in vars(stages).items() if isinstance(value, np.ndarray)}
    columns["moved_at"] = np.where(stages.moved_at > cut, np.datetime64("NaT"), stages.moved_at)
    ended_later = stages.ended_at > cut
    columns["end"] = np.where(ended_later, "", stages.end)
    columns["ended_at"] = np.where(ended_later, np.datetime64("NaT"), stages.ended_at)
    entered = stages.entered_at <= cut
    return replace(stages, **{name: value[entered] for name, value in columns.items()}, as_of=as_of)


def _replay(then: Stages, now: Stages, options: BridgeOptions, *, days: Sequence[float]) -> list[Replayed]:
    passed = (instant(now.as_of) - instant(then.as_of)) / np.timedelta64(1, "D")
    horizons = [float(ahead) for ahead in sorted(days) if ahead <= passed]
    pipeline = OpenPipeline.of([then]) if horizons else None
    if pipeline is None or not len(pipeline.age):
        return []
    step = fit_bridge(then, options)
    forecast = forecast_pipeline([step], pipeline, days=horizons, size=_DRAWS, seed=options.seed)
    later = clean(now)
    dated = later.moved & np.isfinite(later.lag)
    moved_after = ((later.entered_at - instant(then.as_of)) / np.timedelta64(1, "D") + later.lag)[dated]
    was_open = np.isin(later.subject[dated], pipeline.subject) & (moved_after > 0)
    counts = step.counts
    closed = counts.moved / (counts.moved + counts.lost) if counts.lost else counts.raw
    naive = len(pipeline.age) * closed
    replays = []
    for place, ahead in enumerate(horizons):
        wins = forecast.wins[:, place]
        came = int((was_open & (moved_after <= ahead)).sum())
        low, high = np.quantile(wins, (0.05, 0.95))
        scores = (float(crps(wins, came)), abs(naive - came))
        figures = (float(wins.mean()), float(low), float(high), came, naive)
        replays.append(Replayed(then.as_of, ahead, len(pipeline.age), *figures, *scores))
    return replays
