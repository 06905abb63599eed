"""Cases (leads, checks, letters, guests …), one by one: who came, what caused it, and what became of it on the bridge.

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
from leadline.worlds.parameters import StepTruth, Worth
from leadline.worlds.pressure import Response
from leadline.worlds.spending import calendar_days, regions
from leadline.worlds.world import World

# Office hours in which enquiries, meetings and signatures are entered: own choice, 8 to 17 local time.
OPENING_HOUR, OFFICE_HOURS = 8, 9

LOST = "lost"
# States of plants that are customers already: they are visited, they do not ask.
OWN_PLANTS = frozenset({"check"})


@dataclass(frozen=True)
class Case:
    """One entry into the bridge, and its way over it. Times are local, without zone.

    key: source and number in it, the same in every counterfactual · state: where it entered
    causes: tactics without any of which it would not exist, the first one brought it
    entered: time of entry per state reached, in order · lost: when it was given up, or None
    account: number of the plant · amount: money that is offered and, at the value event, agreed
    worth: money of each state reached that has some · geo: region, "" where the world has none
    """

    key: str
    state: str
    causes: tuple[str, ...]
    entered: Mapping[str, dt.datetime]
    lost: dt.datetime | None
    account: int
    amount: float
    worth: Mapping[str, float] = field(default_factory=dict)
    geo: str = ""

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
    """Where cases come from: a tactic, a tactic under another's influence, or nobody (`anyway`).

    expected: cases per day, shape (days,) · by_geo: where they come from, shape (regions, days), None = as people live
    """

    name: str
    state: str
    causes: tuple[str, ...]
    expected: Floats = field(repr=False)
    places: tuple[str, ...] = ()
    by_geo: Floats | None = field(default=None, repr=False)


def sources(world: World, responses: Mapping[str, Response], *, wish: Floats) -> Iterator[Source]:
    """Return every source of cases in the fixed order of the world's file; a tactic's first effect bears its name alone."""
    for place, (state, daily) in enumerate(world.anyway.items()):
        yield Source(f"anyway {state}" if place else "anyway", state, (), daily * wish)
    for name in world.tactics:
        places, response = regions(world, name), responses[name]
        for number, effect in enumerate(world.effects(name)):
            label = f"{name} {effect.metric}" if number else name
            expected = response.units[effect.metric]
            yield Source(label, effect.metric, (name,), expected, places, response.by_geo)
            for other, other_truth in world.tactics.items():
                gain = other_truth.multiplies.get(name, 0.0)
                full = responses[other].full
                if gain and full:
                    more = expected * gain * responses[other].level / full
                    yield Source(f"{label} x {other}", effect.metric, (name, other), more, places, response.by_geo)


def draw_cases(world: World, source: Source, *, seed: int) -> Iterator[Case]:
    """Draw the cases of one source: Poisson arrivals per day, then the bridge."""
    random = stream(seed, f"world: cases of {source.name}")
    arrivals = stream(seed, f"world: arrivals of {source.name}").poisson(source.expected)
    day = np.repeat(np.arange(world.days), arrivals)
    count = len(day)
    days = calendar_days(world)
    hours = random.random(count) * OFFICE_HOURS + OPENING_HOUR
    accounts = _accounts(world, source.state, count, random)
    if world.market.in_market_per_quarter is not None and source.state not in OWN_PLANTS:
        accounts = _in_market(world, source, [days[index] for index in day], seed=seed)
    starts = [_moment(days[index], hour) for index, hour in zip(day, hours, strict=True)]
    walked = _Walked.over(world, source, starts=starts, seed=seed, random=random)
    geos = _geos(world, source, day, seed=seed)
    for index in range(count):
        yield Case(
            key=f"{source.name}:{index}", state=source.state, causes=source.causes, entered=walked.histories[index],
            lost=walked.lost[index], account=int(accounts[index]), amount=walked.amounts[index],
            worth=walked.worth[index], geo=geos[index],
        )  # fmt: skip


@dataclass
class _Walked:
    """The ways of n cases over the bridge while they are drawn."""

    histories: list[dict[str, dt.datetime]]
    lost: list[dt.datetime | None]
    amounts: list[float]
    worth: list[dict[str, float]]

    @classmethod
    def over(
        cls, world: World, source: Source, *, starts: Sequence[dt.datetime], seed: int, random: np.random.Generator
    ) -> _Walked:
        """Lead every entry over the bridge, state by state; steps out of one state exclude each other."""
        count = len(starts)
        walked = cls([{source.state: start} for start in starts], [None] * count, [0.0] * count, [{} for _ in starts])
        walked.pay(world, source, seed=seed)
        waiting = [(source.state, np.ones(count, dtype=bool))]
        while waiting:
            state, alive = waiting.pop(0)
            taken = 0.0
            for step in world.steps_from(state):
                rate = step.by.get(source.causes[0], step.rate) if source.causes else step.rate
                fates = draw_fates(step, count, rate=min(1.0, rate / (1 - taken)) if taken < 1 else 0.0, random=random)
                walked._take(step, alive, fates, random=random)
                waiting.append((step.to, alive & fates.moves))
                alive, taken = alive & ~fates.moves, taken + rate
        return walked

    def pay(self, world: World, source: Source, *, seed: int) -> None:
        """Give cases their money that enter where others arrive with money: they pay the same."""
        price = next((step.amount for step in world.bridge if step.to == source.state and step.amount), None)
        if price is not None:
            drawn = _amounts(price, len(self.worth), stream(seed, f"world: worth of {source.name}"))
            for index, money in enumerate(drawn):
                self.amounts[index] = float(money)
                self.worth[index][source.state] = float(money)

    def _take(
        self, step: StepTruth, alive: npt.NDArray[np.bool_], fates: Fates, *, random: np.random.Generator
    ) -> None:
        """Let those who are still there take one step, or give up before it."""
        minutes = random.random((2, len(alive)))
        worth = _amounts(step.amount, len(alive), random)
        for index in np.flatnonzero(alive):
            before = self.histories[index][step.from_]
            self.amounts[index] = float(worth[index])
            if fates.moves[index]:
                self.histories[index][step.to] = _later(before, fates.lag[index], minutes[0, index])
                if step.amount is not None:
                    self.worth[index][step.to] = float(worth[index])
            elif fates.gives_up[index]:
                self.lost[index] = _later(before, fates.gives_up_after[index], minutes[1, index])


def _accounts(world: World, state: str, count: int, random: np.random.Generator) -> Integers:
    """Return whose cases these are: anybody's lead, but a plant of our own is checked once before any is checked twice."""
    if state not in OWN_PLANTS:
        return random.integers(0, world.market.accounts, count)
    return np.resize(random.permutation(world.market.installed), count)


def _in_market(world: World, source: Source, days: Sequence[dt.date], *, seed: int) -> Integers:
    """Return accounts that buy in the quarter of each day; which ones do is the same for all sources."""
    share, chosen = world.market.in_market_per_quarter or 1.0, stream(seed, f"world: accounts of {source.name}")
    ready: dict[int, Integers] = {}
    found = []
    for day in days:
        quarter = day.year * 4 + (day.month - 1) // 3
        if quarter not in ready:
            awake = stream(seed, "world: in market", index=quarter).random(world.market.accounts) < share
            ready[quarter] = np.flatnonzero(awake) if awake.any() else np.arange(1)
        found.append(ready[quarter][int(chosen.integers(len(ready[quarter])))])
    return np.array(found, dtype=np.int64)


def _geos(world: World, source: Source, day: Integers, *, seed: int) -> list[str]:
    """Return the region of each case: where its tactic worked on that day, or as people live."""
    if not world.market.geos:
        return [""] * len(day)
    if source.by_geo is None:
        places = tuple(world.market.geos)
        weights = np.array([list(world.market.geos.values())]).T * np.ones(world.days)
    else:
        places, weights = source.places, source.by_geo
    edges = np.cumsum(weights, axis=0)[:, day]
    drawn = stream(seed, f"world: regions of {source.name}").random(len(day)) * edges[-1]
    return [places[row] for row in (drawn[None, :] >= edges).sum(axis=0).clip(max=len(places) - 1)]


def _amounts(worth: Worth | None, count: int, random: np.random.Generator) -> Floats:
    """Return money of each case in whole steps, log-normal; zeros where the step has none."""
    if worth is None:
        return np.zeros(count)
    spread = np.sqrt(np.log1p(worth.cv**2))
    drawn = worth.mean * np.exp(spread * random.normal(size=count) - spread**2 / 2)
    return np.asarray(np.maximum(worth.round_to, np.rint(drawn / worth.round_to) * worth.round_to))


def _moment(day: dt.date, hour: float) -> dt.datetime:
    return dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=int(hour * 60))


def _later(before: dt.datetime, lag: float, share_of_day: float) -> dt.datetime:
    """Return a moment in office hours about `lag` days later, and never before half an hour has passed."""
    day = (before + dt.timedelta(days=float(lag))).date()
    hour = OPENING_HOUR + share_of_day * OFFICE_HOURS
    return max(_moment(day, hour), before + dt.timedelta(minutes=30))
