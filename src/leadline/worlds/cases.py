"""Leads and checks, one by one: who came, what caused it, and what became of it on the bridge.

A case exists because of its causes: none = it would have come anyway; one tactic; or two, where one multiplies
the other's effect. It exists in a world without a tactic exactly when that tactic is not among its causes.
Every source draws from streams of its own, so taking a tactic away leaves every other case as it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats, Integers, stream
from leadline.worlds.pressure import Response
from leadline.worlds.spending import calendar_days
from leadline.worlds.world import StepTruth, World

# Office hours in which enquiries, meetings and signatures are entered: own choice, 8 to 17 local time.
OPENING_HOUR, OFFICE_HOURS = 8, 9

LOST = "lost"


@dataclass(frozen=True)
class Case:
    """One lead or one check, and its way over the bridge. Times are local, without zone.

    key: source and number in it, the same in every counterfactual · state: where it entered
    causes: tactics without any of which it would not exist, the first one brought it
    entered: time of entry per state reached, in order · lost: when it was given up, or None
    account: number of the plant · amount: money per year that is offered and, at the value event, agreed
    """

    key: str
    state: str
    causes: tuple[str, ...]
    entered: Mapping[str, dt.datetime]
    lost: dt.datetime | None
    account: int
    amount: float

    @property
    def at(self) -> dt.datetime:
        """Return when it came."""
        return self.entered[self.state]

    @property
    def brought_by(self) -> str | None:
        """Return the tactic that brought it, None = it would have come anyway."""
        return self.causes[0] if self.causes else None

    def seen_by(self, moment: dt.datetime) -> dict[str, dt.datetime]:
        """Return the states entered up to a moment."""
        return {state: at for state, at in self.entered.items() if at <= moment}


@dataclass(frozen=True)
class Fates:
    """What becomes of n entries of one step: moves or not, after so many days; given up or not, after so many days."""

    moves: npt.NDArray[np.bool_]
    lag: Floats
    gives_up: npt.NDArray[np.bool_]
    gives_up_after: Floats


def draw_fates(step: StepTruth, count: int, *, rate: float, random: np.random.Generator) -> Fates:
    """Draw the fates of `count` entries; every draw is made for every entry, so that no fate shifts another."""
    moves = random.random(count) < rate
    lag = random.gamma(step.lag.shape, step.lag.mean / step.lag.shape, count)
    said = random.random(count)
    if step.given_up is None:
        return Fates(moves, lag, np.zeros(count, dtype=bool), np.zeros(count))
    late = step.given_up.lag
    after = random.gamma(late.shape, late.mean / late.shape, count)
    return Fates(moves, lag, ~moves & (said < step.given_up.share), after)


@dataclass(frozen=True)
class Source:
    """Where cases come from: a tactic, a tactic under another's influence, or nobody (`anyway`)."""

    name: str
    state: str
    causes: tuple[str, ...]
    expected: Floats = field(repr=False)


def sources(world: World, responses: Mapping[str, Response], *, wish: Floats) -> Iterator[Source]:
    """Return every source of cases in the fixed order of the world's file."""
    yield Source("anyway", "lead", (), world.leads_anyway * wish)
    for name, truth in world.tactics.items():
        if truth.effect is None or truth.effect.metric == "awareness":
            continue
        yield Source(name, truth.effect.metric, (name,), responses[name].expected)
        for other, other_truth in world.tactics.items():
            gain = other_truth.multiplies.get(name, 0.0)
            full = responses[other].full
            if gain and full:
                more = responses[name].expected * gain * responses[other].level / full
                yield Source(f"{name} x {other}", truth.effect.metric, (name, other), more)


def draw_cases(world: World, source: Source, *, seed: int) -> Iterator[Case]:
    """Draw the cases of one source: Poisson arrivals per day, then the bridge."""
    random = stream(seed, f"world: cases of {source.name}")
    arrivals = stream(seed, f"world: arrivals of {source.name}").poisson(source.expected)
    day = np.repeat(np.arange(world.days), arrivals)
    count = len(day)
    days = calendar_days(world)
    hours = random.random(count) * OFFICE_HOURS + OPENING_HOUR
    accounts = _accounts(world, source.state, count, random)
    starts = [_moment(days[index], hour) for index, hour in zip(day, hours, strict=True)]
    histories, lost, amounts = _walk(world, source, starts, random)
    for index in range(count):
        yield Case(
            key=f"{source.name}:{index}", state=source.state, causes=source.causes, entered=histories[index],
            lost=lost[index], account=int(accounts[index]), amount=float(amounts[index]),
        )  # fmt: skip


def _walk(
    world: World, source: Source, starts: Sequence[dt.datetime], random: np.random.Generator
) -> tuple[list[dict[str, dt.datetime]], list[dt.datetime | None], Floats]:
    """Lead every entry over the bridge, state by state."""
    count = len(starts)
    histories = [{source.state: start} for start in starts]
    lost: list[dt.datetime | None] = [None] * count
    amounts = np.zeros(count)
    state, alive = source.state, np.ones(count, dtype=bool)
    while steps := world.steps_from(state):
        step = steps[0]
        rate = step.by.get(source.causes[0], step.rate) if source.causes else step.rate
        fates = draw_fates(step, count, rate=rate, random=random)
        minutes = random.random((2, count))
        worth = _amounts(step, count, random)
        for index in np.flatnonzero(alive):
            before = histories[index][state]
            amounts[index] = worth[index]
            if fates.moves[index]:
                histories[index][step.to] = _later(before, fates.lag[index], minutes[0, index])
            elif fates.gives_up[index]:
                lost[index] = _later(before, fates.gives_up_after[index], minutes[1, index])
        alive &= fates.moves
        state = step.to
    return histories, lost, amounts


def _accounts(world: World, state: str, count: int, random: np.random.Generator) -> Integers:
    """Return whose cases these are: anybody's lead, but a plant of our own is checked once before any is checked twice."""
    if state != "check":
        return random.integers(0, world.market.accounts, count)
    return np.resize(random.permutation(world.market.installed), count)


def _amounts(step: StepTruth, count: int, random: np.random.Generator) -> Floats:
    """Return money of each case in steps of 50, log-normal; zeros where the step has none."""
    if step.amount is None:
        return np.zeros(count)
    spread = np.sqrt(np.log1p(step.amount.cv**2))
    drawn = step.amount.mean * np.exp(spread * random.normal(size=count) - spread**2 / 2)
    return np.asarray(np.maximum(50.0, np.rint(drawn / 50) * 50))


def _moment(day: dt.date, hour: float) -> dt.datetime:
    return dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=int(hour * 60))


def _later(before: dt.datetime, lag: float, share_of_day: float) -> dt.datetime:
    """Return a moment in office hours about `lag` days later, and never before half an hour has passed."""
    day = (before + dt.timedelta(days=float(lag))).date()
    hour = OPENING_HOUR + share_of_day * OFFICE_HOURS
    return max(_moment(day, hour), before + dt.timedelta(minutes=30))
