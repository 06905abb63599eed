"""What a forecast knows beside the plan: measured steps, what is open, what was counted so far."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from leadline.inputs import Floats


class LagDraws(Protocol):
    """Posterior draws of one step's rate and lag (`measure.bridge.draws.StepDraws`)."""

    @property
    def rate(self) -> Floats:
        """Return the probability of ever moving on, shape (S,)."""
        ...

    def cdf(self, days: Floats) -> Floats:
        """Return F on the days, shape (S, T)."""
        ...

    def moves_by(self, age: Floats, days: Floats | float) -> Floats:
        """Return the chance that an entry open at `age` moves within `days`, shape (S, N)."""
        ...

    def with_rate(self, rate: Floats) -> LagDraws:
        """Return the same lags with other rates, shape (S,)."""
        ...


class Jump(Protocol):
    """A change between months that age does not explain (`measure.bridge.breaks.Jump`)."""

    @property
    def spread(self) -> float:
        """Return its standard deviation on the log scale of the rate."""
        ...


class MeasuredStep(Protocol):
    """A step of the bridge that was measured (`measure.bridge.BridgeStep`)."""

    @property
    def jump(self) -> Jump | None:
        """Return the change in process or recording, None where there is no sign of one."""
        ...

    def draws(self, size: int, seed: int, *, group: str = "") -> LagDraws:
        """Return posterior draws, of one group if named; raises UsageError for a group not estimated."""
        ...


@dataclass(frozen=True)
class OpenEntries:
    """Entries that wait in one state: their ages in days and the tactics they came by ("" = none), shape (N,)."""

    ages: Floats
    tactics: tuple[str, ...]


@dataclass(frozen=True)
class Actuals:
    """The metric as it was observed: (day, value) in base units, ascending.

    is_level: a level such as awareness or recurring revenue; else the running count since the baseline
    error: standard error of the latest value, 0 for counts and booked amounts (a survey's sampling error)
    """

    points: tuple[tuple[dt.date, float], ...]
    is_level: bool
    error: float = 0.0

    def at(self, day: dt.date) -> float | None:
        """Return the latest value on or before the day, None where there is none."""
        values = [value for when, value in self.points if when <= day]
        return values[-1] if values else None


@dataclass(frozen=True)
class Delivered:
    """What one start bet has delivered so far: a count, and the last day its source covers."""

    count: float
    until: dt.date


@dataclass(frozen=True)
class Known:
    """Everything known on the as-of date; keys are metric ids of the plan.

    steps: per (from, to) · groups: per (from, to) the tactics that were estimated on their own
    waiting: open entries per state · actuals: per metric · delivered: per (tactic, metric)
    arrivals: entries a day that no tactic claims, per state, counted over the last `arrival_days`
    """

    steps: Mapping[tuple[str, str], MeasuredStep] = field(default_factory=dict)
    groups: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    waiting: Mapping[str, OpenEntries] = field(default_factory=dict)
    actuals: Mapping[str, Actuals] = field(default_factory=dict)
    delivered: Mapping[tuple[str, str], Delivered] = field(default_factory=dict)
    arrivals: Mapping[str, float] = field(default_factory=dict)
    arrival_days: int = 91
