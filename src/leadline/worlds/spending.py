"""Demand and money by day: what the plan says is spent, and what really is.

Money is kept in whole cents, so that files and truth agree to the cent.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats, Integers, stream
from leadline.plan.amounts import Amounts
from leadline.plan.model import Plan
from leadline.plan.tactics import Tactic
from leadline.units import Period
from leadline.worlds.world import TacticTruth, World


@dataclass(frozen=True)
class Money:
    """Money of one tactic, per day of the world, shape (days,).

    planned: money (not cents) as the plan says, plus what was spent before its window
    spent: whole cents really spent
    """

    planned: Floats
    spent: Integers


def calendar_days(world: World) -> list[dt.date]:
    """Return every day of the world."""
    return [world.world.start + dt.timedelta(days=index) for index in range(world.days)]


def demand(world: World, seed: int) -> Floats:
    """Return the wish to buy per day, 1 = neutral: season × weekday × noise that lasts some weeks, shape (days,)."""
    days = calendar_days(world)
    season = np.array([world.market.season[day.month - 1] for day in days])
    weekday = np.array([world.market.weekday[day.weekday()] for day in days])
    return np.asarray(season * weekday * drift(world, seed))


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
    whole = (planned + _before(world, plan, truth)) * truth.delivered
    if truth.books == "nowhere":
        return Money(planned=planned, spent=_cents(whole))
    pacing = stream(seed, f"world: pacing of {name}").gamma(shape=40.0, scale=1 / 40, size=world.days)
    return Money(planned=planned, spent=_cents(whole * (1 + truth.follows_demand * (wish - 1)) * pacing))


def dates_of(plan: Plan, name: str) -> Period | None:
    """Return the days on which the plan runs a tactic, or None."""
    return next((tactic.dates for tactic in plan.tactics.list if tactic.id == name), None)


def _before(world: World, plan: Plan, truth: TacticTruth) -> Floats:
    start = plan.plan.window.start if plan.plan.window else world.world.end + dt.timedelta(days=1)
    return np.array([truth.before if day < start else 0.0 for day in calendar_days(world)])


def _planned(world: World, plan: Plan, tactic: Tactic) -> Floats:
    """Spread the tactic's budget evenly over its dates, or inside each period of its budget."""
    money = np.zeros(world.days)
    for whole, amount in Amounts(plan).budget_by_period(tactic):
        period = _inside(whole, tactic.dates)
        for offset in range(period.days):
            index = (period.start - world.world.start).days + offset
            if 0 <= index < world.days:
                money[index] += amount / period.days
    return money


def _inside(period: Period, dates: Period | None) -> Period:
    """Return the days of a budget's period on which the tactic runs; the whole period where it never does."""
    if dates is None or dates.start > period.end or dates.end < period.start:
        return period
    return Period(max(period.start, dates.start), min(period.end, dates.end))


def _cents(money: Floats) -> Integers:
    return np.asarray(np.rint(money * 100), dtype=np.int64)
