"""What is still to come from what is open now: wins and revenue by date, by simulating each entry.

    P(moves within h | open at age a) = c (F(a + h) - F(a)) / (1 - c F(a))

with recorded losses the denominator is P(still open) under both ends. Several steps are chained by
drawing a lag for each, never by adding means; intervals come from whole simulated entries.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from leadline.errors import InputError, NothingDone, UsageError
from leadline.inputs import Floats, Integers, Manifest, Stages, content_hash, stream
from leadline.measure.bridge.charts import Spec, fan
from leadline.measure.bridge.clean import clean
from leadline.measure.bridge.cure import Status, will_move
from leadline.measure.bridge.draws import StepDraws
from leadline.words import number, probability, probability_word, with_interval

_CELLS = 1_000_000  # draws x entries simulated at once: 8 MB an array
_QUARTER_DAYS = 91.3125  # a quarter of 365.25 days
QUARTER_SHOCK = 0.3  # sd of the sd of the common shock per quarter on logit c, HalfNormal (section 4.3)


class Step(Protocol):
    """A step that can be drawn from: a fitted `BridgeStep`, or a `KnownStep`."""

    @property
    def from_state(self) -> str:
        """The state in which entries wait."""

    @property
    def to_state(self) -> str:
        """The state they move to."""

    def draws(self, size: int, seed: int) -> StepDraws:
        """Return `size` draws of rate and lag."""


@dataclass(frozen=True)
class KnownStep:
    """A step whose rate and lag are given, by a plan or a teacher, as one draw or several."""

    from_state: str
    to_state: str
    known: StepDraws

    def draws(self, size: int, seed: int) -> StepDraws:
        """Return `size` of the given draws, chosen evenly at random."""
        return self.known.pick(stream(seed, "known step").integers(len(self.known), size=size))


@dataclass(frozen=True)
class OpenPipeline:
    """What is open now, shape (N,) each: state, age in that state (days), amount (money, NaN = unknown)."""

    subject: npt.NDArray[np.str_]
    state: npt.NDArray[np.str_]
    age: Floats
    amount: Floats

    @classmethod
    def of(cls, steps: Sequence[Stages]) -> OpenPipeline:
        """Return the open entries of each step; what was lost or rejected is not open."""
        parts = []
        for stages in steps:
            entries = clean(stages)
            chosen = entries.where(entries.status == Status.OPEN)
            names = np.full(len(chosen.age), stages.from_state)
            parts.append((chosen.subject, names, chosen.age, chosen.amount))
        if not parts:
            raise NothingDone("no step to look for open entries in. Give at least one.")
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        return cls(columns[0], columns[1], columns[2], columns[3])


@dataclass(frozen=True)
class PipelineForecast:
    """Simulated wins and revenue from what is open now; nothing that enters later is in it.

    days: ahead, ascending, shape (H,) · wins: count, revenue: money, shape (S, H) each
    chance: per open entry, of being won by the last date, shape (N,) · subject: (N,) names
    arrivals: per state, entries reaching it by each date, shape (S, H)
    """

    target: str
    days: tuple[float, ...]
    wins: Floats
    revenue: Floats
    subject: npt.NDArray[np.str_]
    chance: Floats
    arrivals: Mapping[str, Floats]
    notes: tuple[str, ...] = ()
    manifest: Manifest = field(default_factory=lambda: Manifest("pipeline", ""))

    def reaches(self, target: float, *, days: float, of: str = "wins") -> float:
        """Return P(wins or revenue >= target by `days`); raises UsageError for days not forecast."""
        if days not in self.days:
            raise UsageError.unknown("number of days", f"{days:g}", known=[f"{known:g}" for known in self.days])
        values = self.wins if of == "wins" else self.revenue
        return float(np.mean(values[:, self.days.index(days)] >= target))

    def table(self) -> list[dict[str, object]]:
        """Return one row a date: wins (count) and revenue (money), each with mean and quantiles."""
        rows: list[dict[str, object]] = []
        for place, days in enumerate(self.days):
            row: dict[str, object] = {"days": days}
            for name, values in (("wins", self.wins[:, place]), ("revenue", self.revenue[:, place])):
                known = bool(np.isfinite(values).all())
                quantiles = np.quantile(values, (0.05, 0.5, 0.95)) if known else (None, None, None)
                row[f"{name}_mean"] = float(values.mean()) if known else None
                for label, value in zip(("p05", "p50", "p95"), quantiles, strict=True):
                    row[f"{name}_{label}"] = None if value is None else float(value)
            rows.append(row)
        return rows

    def carriers(self, count: int = 10) -> list[dict[str, object]]:
        """Return the open entries most likely to be won by the last date, with their chance (0..1)."""
        order = np.argsort(-self.chance, kind="stable")[:count]
        return [{"subject": str(self.subject[at]), "chance": float(self.chance[at])} for at in order]

    def sentence(self, target: float | None = None) -> str:
        """Return the wins by the last date in words, and the chance of `target` wins if asked."""
        last = self.wins[:, -1]
        low, high = np.quantile(last, (0.05, 0.95))
        wins = with_interval(number(float(last.mean()), 2), f"{low:.0f}", high=f"{high:.0f}")
        text = (
            f"{wins} of the {len(self.chance)} open now are expected to be {self.target} within {self.days[-1]:g} days"
        )
        if target is None:
            return f"{text}."
        chance = self.reaches(target, days=self.days[-1])
        return f"{text}; {target:g} or more is {probability_word(chance)} ({probability(chance)})."

    def chart(self) -> Spec:
        """Return the fan of wins by date as a Vega-Lite specification without theme."""
        return fan(self.days, self.wins, target=self.target, title=self.sentence())


def chance_in_time(
    rate: float,
    cdf: Callable[[Floats], Floats],
    *,
    age: Floats,
    days: float,
    loss_cdf: Callable[[Floats], Floats] | None = None,
) -> Floats:
    """Return P(moves within `days` | open at `age`) for any lag distribution, shape of `age` (days).

    rate (F(a + h) - F(a)) / (1 - rate F(a) [- (1 - rate) F_L(a)])
    """
    open_now = 1 - rate * cdf(age) - ((1 - rate) * loss_cdf(age) if loss_cdf is not None else 0.0)
    return np.asarray(rate * (cdf(age + days) - cdf(age)) / np.maximum(open_now, 1e-300))


def forecast_pipeline(
    steps: Sequence[Step],
    pipeline: OpenPipeline,
    *,
    days: Sequence[float],
    size: int = 1000,
    seed: int = 1,
    shock: float = QUARTER_SHOCK,
) -> PipelineForecast:
    """Return wins and revenue by each of `days` ahead, from `size` simulations of every open entry.

    steps: in the order of the bridge; the last one ends in what counts as a win
    shock: scale of the common shock of a quarter on logit c, 0 for independent entries
    Raises UsageError if the steps do not follow each other or an entry is in none of their states,
    InputError for ages or days that cannot be, NothingDone if nothing is open.
    """
    horizons = tuple(sorted(float(day) for day in days))
    _check(steps, pipeline, horizons)
    parts = [
        _simulate(
            steps, pipeline, horizons, draws=(first, min(_at_once(pipeline), size - first), size), world=(seed, shock)
        )
        for first in range(0, size, _at_once(pipeline))
    ]
    arrivals = {step.to_state: np.concatenate([part[0][place] for part in parts]) for place, step in enumerate(steps)}
    revenue = np.concatenate([part[1] for part in parts])
    unknown = int(np.isnan(pipeline.amount).sum())
    notes = ["only what is open now: nothing that enters later is counted"]
    if 0 < unknown < len(pipeline.amount):
        notes.append(
            f"{unknown} of {len(pipeline.amount)} open entries have no amount: drawn from the amounts of the others"
        )
    states = (*pipeline.state, *pipeline.subject)
    made_from = content_hash("pipeline", [*map(str, states), *map(str, pipeline.age), *map(str, pipeline.amount)])
    return PipelineForecast(
        target=steps[-1].to_state,
        days=horizons,
        wins=arrivals[steps[-1].to_state],
        revenue=revenue,
        subject=pipeline.subject,
        chance=np.sum([part[2] for part in parts], axis=0) / size,
        arrivals=arrivals,
        notes=tuple(notes),
        manifest=Manifest("pipeline", made_from, {"days": horizons, "size": size, "shock": shock}, seed),
    )


@dataclass(frozen=True)
class _Moving:
    """Simulated entries on their way: number of the draw, number of the entry, days from now; shape (M,)."""

    draw: Integers
    entry: Integers
    elapsed: Floats


def _simulate(
    steps: Sequence[Step],
    pipeline: OpenPipeline,
    horizons: tuple[float, ...],
    *,
    draws: tuple[int, int, int],
    world: tuple[int, float],
) -> tuple[list[Floats], Floats, Floats]:
    """Return, for one run of draws, arrivals (S, H) a step, revenue (S, H), and wins by the last date (N,)."""
    first, count, size = draws
    seed, shock = world
    generator = stream(seed, "pipeline", index=first)
    spread = shock * np.abs(generator.standard_normal(count))
    moving = _Moving(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    arrivals = []
    for step in steps:
        chosen = step.draws(size, seed).pick(np.arange(first, first + count))
        waiting = np.flatnonzero(pipeline.state == step.from_state)
        starts = _leave(chosen, pipeline.age[waiting], spread=spread, generator=generator)
        starts = _Moving(starts.draw, waiting[starts.entry], starts.elapsed)
        onward = _go_on(chosen, moving, spread=spread, generator=generator)
        moving = _joined(starts, onward, limit=horizons[-1])
        arrivals.append(_by_date(moving, horizons, np.ones(len(moving.draw)), count=count))
    amounts = _amounts(pipeline.amount, moving.entry, generator)
    wins = np.bincount(moving.entry, minlength=len(pipeline.age)).astype(np.float64)
    return arrivals, _by_date(moving, horizons, amounts, count=count), wins


def _leave(draws: StepDraws, age: Floats, *, spread: Floats, generator: Generator) -> _Moving:
    """Simulate which open entries (ages (N,)) ever leave their state, and after how many further days."""
    fate = draws.fate()
    quarters = np.floor(age / _QUARTER_DAYS).astype(np.int64)
    shocks = _shocks(draws, int(quarters.max(initial=0)) + 1, spread=spread, generator=generator)
    chance = will_move(replace(fate, logit_rate=fate.logit_rate + shocks[:, quarters]), age)
    draw, entry = np.nonzero(generator.random(chance.shape) < chance)
    return _Moving(draw, entry, draws.remaining_lag(age[entry], generator.random(len(entry)), draw=draw))


def _go_on(draws: StepDraws, moving: _Moving, *, spread: Floats, generator: Generator) -> _Moving:
    """Simulate the next step of entries that reached its state on the way."""
    if not len(moving.draw):
        return moving
    quarters = np.floor(moving.elapsed / _QUARTER_DAYS).astype(np.int64)
    shocks = _shocks(draws, int(quarters.max()) + 1, spread=spread, generator=generator)
    logit = draws.fate().logit_rate[moving.draw, 0] + shocks[moving.draw, quarters]
    goes = generator.random(len(logit)) < 1 / (1 + np.exp(-logit))
    draw, entry, elapsed = moving.draw[goes], moving.entry[goes], moving.elapsed[goes]
    lags = draws.remaining_lag(np.zeros(len(draw)), generator.random(len(draw)), draw=draw)
    return _Moving(draw, entry, elapsed + lags)


def _shocks(draws: StepDraws, quarters: int, *, spread: Floats, generator: Generator) -> Floats:
    """Return what is added to logit c, shape (S, Q): common to all entries of a quarter, leaving the mean rate.

    A shock of sd s lifts the mean of c by c (1 - c)(1 - 2c) s^2 / 2 (second order); that is taken off.
    """
    lift = (1 - 2 * draws.rate) * spread**2 / 2
    return spread[:, None] * generator.standard_normal((len(spread), quarters)) - lift[:, None]


def _joined(first: _Moving, second: _Moving, *, limit: float) -> _Moving:
    """Join two streams; who arrives after the last date cannot be won before it and is dropped."""
    draw = np.concatenate([first.draw, second.draw])
    entry = np.concatenate([first.entry, second.entry])
    elapsed = np.concatenate([first.elapsed, second.elapsed])
    kept = elapsed <= limit
    return _Moving(draw[kept], entry[kept], elapsed[kept])


def _by_date(moving: _Moving, horizons: tuple[float, ...], values: Floats, *, count: int) -> Floats:
    """Return the sum of values arriving by each date, shape (S, H)."""
    columns = [
        np.bincount(moving.draw[chosen], values[chosen], count)
        for chosen in (moving.elapsed <= horizon for horizon in horizons)
    ]
    return np.column_stack(columns)


def _amounts(amount: Floats, entry: Integers, generator: Generator) -> Floats:
    """Return the amount of each simulated win; an unknown one is drawn from those known, NaN if none is."""
    known = amount[np.isfinite(amount)]
    values = amount[entry]
    missing = np.isnan(values)
    if len(known):
        values = np.where(missing, known[generator.integers(len(known), size=len(values))], values)
    return values


def _at_once(pipeline: OpenPipeline) -> int:
    return max(1, _CELLS // max(len(pipeline.age), 1))


def _check(steps: Sequence[Step], pipeline: OpenPipeline, horizons: tuple[float, ...]) -> None:
    if not steps or not horizons:
        raise NothingDone("a forecast needs at least one step and one number of days ahead.")
    for before, after in itertools.pairwise(steps):
        if before.to_state != after.from_state:
            raise UsageError(
                f"the steps do not follow each other: one ends in {before.to_state}, the next begins with "
                f"{after.from_state}. Give them in the order of the bridge."
            )
    if not len(pipeline.age):
        raise NothingDone("nothing is open, so there is nothing to forecast from.")
    states = [step.from_state for step in steps]
    for state in np.unique(pipeline.state):
        if state not in states:
            raise UsageError.unknown("state of an open entry", str(state), known=states)
    problems = []
    if not (np.isfinite(pipeline.age) & (pipeline.age >= 0)).all():
        problems.append("age: every open entry needs an age of 0 days or more.")
    if min(horizons) <= 0:
        problems.append(f"days: {min(horizons):g} lies not ahead. Give days after the as-of date.")
    if problems:
        raise InputError(problems)
