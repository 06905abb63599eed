"""Demand and money by day: what the plan says is spent, and what really is.

Money is kept in whole cents, so that files and truth agree to the cent.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

import numpy as np

from leadline.inputs import Floats, Integers, stream
from leadline.plan.amounts import Amounts
from leadline.plan.model import Plan
from leadline.plan.tactics import Tactic
from leadline.units import Period
from leadline.worlds.parameters import TacticTruth
from leadline.worlds.world import World

# Sums of daily money miss the whole by rounding in binary only.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Money:
    """Money of one tactic, per day of the world, shape (days,).

    planned: money (not cents) as the plan says; hours for a tactic that hours drive
    spent: whole cents really spent · effort: what drives the effect where it is not the money spent
    covered: share of the plan's money (or hours) that lies in the days of the world
    by_geo: `spent` by region, shape (regions, days); None = everywhere alike · shares: of the people, adding up to 1
    """

    planned: Floats
    spent: Integers
    effort: Floats | None = None
    covered: float = 1.0
    by_geo: Integers | None = None
    shares: Floats = field(default_factory=lambda: np.ones(0))

    @property
    def driving(self) -> Floats:
        """Return what drives the effect: money spent, or hours worked."""
        return self.spent / 100 if self.effort is None else self.effort


def calendar_days(world: World) -> list[dt.date]:
    """Return every day of the world."""
    return [world.world.start + dt.timedelta(days=index) for index in range(world.days)]


def demand(world: World, seed: int) -> Floats:
    """Return the wish to buy per day, 1 = neutral, shape (days,).

    It is season × weekday × trend × shocks × noise that lasts some weeks.
    """
    days = calendar_days(world)
    season = np.array([world.market.season[day.month - 1] for day in days])
    weekday = np.array([world.market.weekday[day.weekday()] for day in days])
    return np.asarray(season * weekday * drift(world, seed) * course(world))


def course(world: World) -> Floats:
    """Return trend and shocks of demand per day: what moves the market and is neither season nor chance."""
    days = calendar_days(world)
    level = 1 + world.market.trend * np.arange(world.days)
    for shock in world.market.shocks:
        level = level * np.array([shock.demand if shock.from_ <= day <= shock.until else 1.0 for day in days])
    return np.asarray(np.maximum(level, 0.0))


def drift(world: World, seed: int) -> Floats:
    """Return the slow random part of demand: an AR(1) of weeks on the log scale, standard deviation `noise`."""
    shocks = stream(seed, "world: demand").normal(size=world.days)
    keep = 0.5 ** (1 / 14)  # own choice: half of a swing is gone after two weeks
    level = np.empty(world.days)
    state = shocks[0]
    for index, shock in enumerate(shocks):
        state = keep * state + np.sqrt(1 - keep**2) * shock if index else shock
        level[index] = state
    return np.asarray(np.exp(world.market.noise * level - world.market.noise**2 / 2))


def money_of(world: World, plan: Plan, *, name: str, seed: int, wish: Floats) -> Money:
    """Return planned and spent money of a tactic; a tactic that the plan does not hold spends nothing from it."""
    truth = world.tactics[name]
    tactic = next((tactic for tactic in plan.tactics.list if tactic.id == name), None)
    planned = _planned(world, plan, tactic) if tactic else np.zeros(world.days)
    done = np.where(_begun(world, tactic, truth), planned, 0.0)
    whole = (done + _before(world, plan, truth)) * truth.delivered
    if truth.books != "nowhere":
        pacing = stream(seed, f"world: pacing of {name}").gamma(shape=40.0, scale=1 / 40, size=world.days)
        whole = whole * (1 + truth.follows_demand * (wish - 1)) * pacing
    if truth.spend == "hours":
        hours = _hours(world, plan, tactic)
        worked = np.where(_begun(world, tactic, truth), hours, 0.0) * truth.delivered
        return Money(
            planned=hours, spent=_cents(whole), effort=worked, covered=_covered(hours, plan, tactic, hours=True)
        )
    money = Money(planned=planned, spent=_cents(whole), covered=_covered(planned, plan, tactic))
    return _in_regions(world, money, name=name)


def _covered(planned: Floats, plan: Plan, tactic: Tactic | None, *, hours: bool = False) -> float:
    """Return the share of a plan's money or hours that was planned for days of the world."""
    if tactic is None:
        return 1.0
    amounts = Amounts(plan)
    whole = amounts.hours_of(tactic) if hours else sum(amount for _, amount in amounts.budget_by_period(tactic))
    share = float(planned.sum()) / whole if whole else 1.0
    return 1.0 if abs(share - 1) < _ROUNDING else share


def dates_of(plan: Plan, name: str) -> Period | None:
    """Return the days on which the plan runs a tactic, or None."""
    return next((tactic.dates for tactic in plan.tactics.list if tactic.id == name), None)


def held_out(world: World, name: str) -> dict[str, list[Period]]:
    """Return the regions that a geo trial keeps without a tactic, and when."""
    found: dict[str, list[Period]] = {}
    for trial in world.trials:
        if trial.tactic == name and trial.unit == "geo":
            for geo in trial.held_out:
                found.setdefault(geo, []).append(Period(trial.from_, trial.until))
    return found


def regions(world: World, name: str) -> tuple[str, ...]:
    """Return the regions in which a tactic runs, () = everywhere alike."""
    return world.tactics[name].geo or (tuple(world.market.geos) if held_out(world, name) else ())


def _in_regions(world: World, money: Money, *, name: str) -> Money:
    """Divide money among the regions by their people, to the cent; where it is held out, nothing is spent."""
    places, cents = regions(world, name), money.spent
    if not places:
        return money
    people = np.array([world.market.geos[place] for place in places])
    shares = people / people.sum()
    parts = np.floor(cents * shares[:, None]).astype(np.int64)
    parts[0] += cents - parts.sum(axis=0)
    days, absent = calendar_days(world), held_out(world, name)
    for row, place in enumerate(places):
        for period in absent.get(place, []):
            parts[row, [day in period for day in days]] = 0
    return replace(money, spent=parts.sum(axis=0), by_geo=parts, shares=shares)


def _before(world: World, plan: Plan, truth: TacticTruth) -> Floats:
    start = plan.plan.window.start if plan.plan.window else world.world.end + dt.timedelta(days=1)
    return np.array([truth.before if day < start else 0.0 for day in calendar_days(world)])


def _begun(world: World, tactic: Tactic | None, truth: TacticTruth) -> list[bool]:
    """Return per day whether a tactic that is late has begun."""
    first = tactic.dates.start if tactic and tactic.dates else world.world.start
    return [day >= first + dt.timedelta(days=truth.starts_late) for day in calendar_days(world)]


def _planned(world: World, plan: Plan, tactic: Tactic) -> Floats:
    """Spread the tactic's budget evenly over its dates, or inside each period of its budget."""
    money = np.zeros(world.days)
    for whole, amount in Amounts(plan).budget_by_period(tactic):
        _add(money, world, _inside(whole, tactic.dates), amount)
    return money


def _hours(world: World, plan: Plan, tactic: Tactic | None) -> Floats:
    """Spread the tactic's hours evenly over its dates."""
    hours = np.zeros(world.days)
    if tactic and tactic.dates:
        _add(hours, world, tactic.dates, Amounts(plan).hours_of(tactic))
    return hours


def _add(daily: Floats, world: World, period: Period, amount: float) -> None:
    for offset in range(period.days):
        index = (period.start - world.world.start).days + offset
        if 0 <= index < world.days:
            daily[index] += amount / period.days


def _inside(period: Period, dates: Period | None) -> Period:
    """Return the days of a budget's period on which the tactic runs; the whole period where it never does."""
    if dates is None or dates.start > period.end or dates.end < period.start:
        return period
    return Period(max(period.start, dates.start), min(period.end, dates.end))


def _cents(money: Floats) -> Integers:
    return np.asarray(np.rint(money * 100), dtype=np.int64)
