"""What fitting a bridge gives: one step, and several steps as a funnel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from leadline.errors import UsageError
from leadline.inputs import Manifest, stream
from leadline.measure.bridge import charts
from leadline.measure.bridge.breaks import Jump
from leadline.measure.bridge.choose import Candidate
from leadline.measure.bridge.clean import Reject
from leadline.measure.bridge.draws import StepDraws
from leadline.measure.bridge.intervals import Interval
from leadline.measure.bridge.pooling import GroupRate
from leadline.measure.bridge.twins import Twin
from leadline.measure.bridge.wording import days_words, plural, rate_words, told, too_young
from leadline.words import share

_RIPE = 0.99  # from this part of the estimated rate on, the raw ratio is as good (1 pp of section 4.5, on a rate of 1)


@dataclass(frozen=True)
class Counts:
    """What was counted before any model: entries by fate; `rejected` rows are in none of the others."""

    entered: int
    moved: int
    lost: int
    open: int
    rejected: int

    @property
    def raw(self) -> float:
        """Moved / entered: too low while cohorts are young."""
        return self.moved / self.entered


@dataclass(frozen=True)
class BridgeStep:
    """Rate and lag of one step, from one state to the next.

    horizon: days within which the rate is observed, not extrapolated · rate: the share that moves within it
    final_rate: the share that ever moves, None while it can't be told · median_lag: days
    within: rates within further numbers of days · contraction: of logit c, 1 - var after / var before
    oldest: largest age, days · median_seen: median lag of moves seen, days, 0 without moves
    twin: the curve without a lag shape, None where too few entries began after records did
    agreement: share of event times at which the model lies inside the twin's 95 % band
    groups: tactics and origins · bank: the posterior draws kept
    """

    from_state: str
    to_state: str
    counts: Counts
    raw: Interval
    horizon: float
    rate: Interval
    final_rate: Interval | None
    median_lag: Interval
    within: Mapping[float, Interval]
    contraction: float
    oldest: float
    median_seen: float
    family: str
    candidates: tuple[Candidate, ...]
    twin: Twin | None
    agreement: float
    jump: Jump | None
    groups: tuple[GroupRate, ...]
    bank: StepDraws
    rejects: tuple[Reject, ...]
    notes: tuple[str, ...]
    manifest: Manifest = field(default_factory=lambda: Manifest("bridge", ""))

    @property
    def is_identified(self) -> bool:
        """Whether the final rate can be told from these data."""
        return self.final_rate is not None

    def rate_within(self, days: float) -> Interval:
        """Return c F(days), the share that moves within `days`: profile interval if asked for at the fit, else draws."""
        if days == self.horizon:
            return self.rate
        if days in self.within:
            return self.within[days]
        low, middle, high = np.quantile(self.bank.rate_within(np.array([days]))[:, 0], (0.05, 0.5, 0.95))
        return Interval(float(middle), float(low), float(high))

    def draws(self, size: int, seed: int, *, group: str = "") -> StepDraws:
        """Return `size` posterior draws of rate and lag, of one group if named.

        Taken from the draws kept, each at most once as long as there are enough.
        Raises UsageError for a group that was not estimated.
        """
        bank = self._group(group) if group else self.bank
        generator = stream(seed, f"bridge draws {self.from_state} {self.to_state} {group}")
        if size <= len(bank):
            return bank.pick(generator.permutation(len(bank))[:size])
        return bank.pick(generator.integers(len(bank), size=size))

    def table(self) -> list[dict[str, object]]:
        """Return the step and its groups as rows; rates are shares 0..1 within `horizon_days`, lags are days."""
        overall = _row(self, "all", "", (self.counts.entered, self.counts.moved), estimates=(self.raw, self.rate))
        overall |= _triple("final_rate", self.final_rate) | _triple("median_lag_days", self.median_lag)
        overall |= {"note": "" if self.is_identified else "final rate not identified"}
        rows = [overall]
        for group in self.groups:
            raw = Interval(group.raw, group.raw_low, group.raw_high)
            row = _row(self, group.column, group.name, (group.entered, group.moved), estimates=(raw, group.rate))
            row |= _triple("final_rate", _final(group) if self.is_identified else None) | _triple(
                "median_lag_days", group.median_lag
            )
            row |= {"note": "mostly the average of the others" if group.is_mostly_others else ""}
            rows.append(row)
        return rows

    def sentence(self) -> str:
        """Return rate and lag in words, with the raw ratio beside them."""
        if self.final_rate is None:
            first = too_young(
                self.from_state,
                oldest=self.oldest,
                median_seen=self.median_seen,
                horizon=self.horizon,
                rate=self.rate,
            )
        else:
            first = told(
                (self.from_state, self.to_state),
                final=self.final_rate,
                median=self.median_lag,
                horizon=self.horizon,
                rate=self.rate,
            )
        counted = f"{self.counts.moved} of {self.counts.entered} {plural(self.from_state)} have moved on so far"
        young = ", too low while cohorts are young" if self.counts.raw < _RIPE * self.rate.middle else ""
        return f"{first}. {counted} ({share(self.counts.raw)}{young})."

    def chart(self) -> dict[str, object]:
        """Return the curve c F(t) with its bands and the twin as a Vega-Lite specification without theme."""
        return charts.curve(
            self.bank,
            self.twin,
            horizon=self.horizon,
            oldest=self.oldest,
            title=(self.from_state, self.to_state, self.sentence()),
        )

    def _group(self, name: str) -> StepDraws:
        known = {group.name: group.draws for group in self.groups if group.draws is not None}
        if name not in known:
            raise UsageError.unknown(f"group of {self.from_state} > {self.to_state}", name, known=known)
        return known[name]


@dataclass(frozen=True)
class BridgeResult:
    """Several steps, in the order of the bridge."""

    steps: tuple[BridgeStep, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of all steps, each with its step in front."""
        return tuple(f"{step.from_state} > {step.to_state}: {note}" for step in self.steps for note in step.notes)

    @property
    def manifest(self) -> tuple[Manifest, ...]:
        """What each step was made from."""
        return tuple(step.manifest for step in self.steps)

    def step(self, from_state: str, to_state: str) -> BridgeStep:
        """Return the step between two states; raises UsageError where there is none."""
        known = {f"{step.from_state}>{step.to_state}": step for step in self.steps}
        if (name := f"{from_state}>{to_state}") not in known:
            raise UsageError.unknown("step", name, known=known)
        return known[name]

    def table(self) -> list[dict[str, object]]:
        """Return the rows of all steps, each step followed by its groups."""
        return [row for step in self.steps for row in step.table()]

    def sentence(self) -> str:
        """Return one line a step."""
        return "\n".join(f"{step.from_state} > {step.to_state}: {step.sentence()}" for step in self.steps)

    def chart(self) -> dict[str, object]:
        """Return the funnel strip: rate and lag per step with intervals."""
        rows = []
        for step in self.steps:
            name, bank = f"{step.from_state} > {step.to_state}", step.bank
            rates = bank.rate_within(np.array([step.horizon]))[:, 0]
            rate = (step.rate.middle, step.rate.low, step.rate.high, *np.quantile(rates, (0.25, 0.75)))
            lag = (step.median_lag.middle, step.median_lag.low, step.median_lag.high)
            lag_half = np.quantile(bank.median, (0.25, 0.75))
            rows.append(charts.strip_row(name, rate, lag=(*lag, *lag_half), note=f"within {days_words(step.horizon)}"))
        weakest = min(self.steps, key=lambda step: step.rate.middle)
        title = f"Fewest go on from {weakest.from_state} to {weakest.to_state}: {rate_words(weakest.rate)}"
        return charts.strip(rows, title=title)


def _final(group: GroupRate) -> Interval | None:
    if group.draws is None:
        return None
    low, middle, high = np.quantile(group.draws.rate, (0.05, 0.5, 0.95))
    return Interval(float(middle), float(low), float(high))


def _row(
    step: BridgeStep, column: str, name: str, counted: tuple[int, int], *, estimates: tuple[Interval, Interval | None]
) -> dict[str, object]:
    raw, rate = estimates
    return {
        "step": f"{step.from_state}>{step.to_state}",
        "group": column,
        "name": name if name or column == "all" else "(blank)",
        "entered": counted[0],
        "moved": counted[1],
        **_triple("raw_ratio", raw),
        "horizon_days": step.horizon,
        **_triple("rate_within", rate),
    }


def _triple(name: str, interval: Interval | None) -> dict[str, object]:
    """Return three columns; an estimate that must not be shown has nulls, never zeros."""
    if interval is None:
        return {name: None, f"{name}_p05": None, f"{name}_p95": None}
    return {name: interval.middle, f"{name}_p05": interval.low, f"{name}_p95": interval.high}
