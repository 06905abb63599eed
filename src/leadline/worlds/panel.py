"""A world's truth as a panel, for tests of mix models that need no files."""

from __future__ import annotations

import numpy as np

from leadline.inputs import Floats, Panel, stream
from leadline.worlds.company import Company
from leadline.worlds.spending import regions

_WEEK = 7  # days (the calendar)


def make_panel(company: Company) -> Panel:
    """Return whole weeks (from Monday) up to as-of: entries per state and their money, exposure and spend per tactic.

    Regions where the world has them, else one row `*`. A tactic that hours drive is `organic`, its exposure in hours.
    Money of a tactic that runs everywhere is divided by people. What each tactic truly brought stands in
    `company.responses` and in the counterfactual of `truth`.
    """
    world, days = company.world, _whole_weeks(company)
    start, weeks = days.start, len(days) // _WEEK
    geos = world.market.geos or {"*": 1.0}
    active = [name for name in world.tactics if company.money[name].driving.any()]
    exposure = np.stack([_by_geo(company, name, list(geos), days, effort=True) for name in active], axis=-1)
    spend = np.stack([_by_geo(company, name, list(geos), days, effort=False) for name in active], axis=-1)
    first = np.datetime64(world.world.start, "D") + start
    return Panel(
        time=first + np.arange(weeks) * np.timedelta64(_WEEK, "D"),
        grain="week",
        geo=tuple(geos),
        outcome=_outcomes(company, list(geos), days),
        channels=tuple(active),
        kinds=tuple("organic" if world.tactics[name].spend == "hours" else "paid" for name in active),
        exposure=exposure,
        spend=spend,
        population=np.array(list(geos.values())) if world.market.geos else None,
        controls=_index(company, len(geos), days),
        control_names=() if world.market_index is None else ("market_index",),
        currency=world.world.currency,
    )


def _whole_weeks(company: Company) -> range:
    """Return the numbers of the days that lie in whole weeks up to as-of."""
    span = company.world.world
    first = -span.start.weekday() % _WEEK
    known = (span.as_of - span.start).days + 1
    return range(first, first + (known - first) // _WEEK * _WEEK)


def _weekly(daily: Floats, days: range) -> Floats:
    """Return sums by week along the last axis."""
    part = daily[..., days.start : days.stop]
    return np.asarray(part.reshape(*part.shape[:-1], -1, _WEEK).sum(axis=-1), dtype=np.float64)


def _by_geo(company: Company, name: str, geos: list[str], days: range, *, effort: bool) -> Floats:
    """Return money (or what else drives a tactic) by region and week."""
    money, market = company.money[name], company.world.market.geos
    daily = np.zeros((len(geos), company.world.days))
    if money.by_geo is not None:
        for row, place in enumerate(regions(company.world, name)):
            daily[geos.index(place)] = money.by_geo[row] / 100
    else:
        people = np.array([market.get(geo, 1.0) for geo in geos])
        daily = people[:, None] / people.sum() * (money.driving if effort else money.spent / 100)
    return _weekly(daily, days)


def _outcomes(company: Company, geos: list[str], days: range) -> dict[str, Floats]:
    """Return entries per state, and `money`, by region and week."""
    start = company.world.world.start
    daily = {name: np.zeros((len(geos), company.world.days)) for name in (*company.world.states, "money")}
    for case in company.cases:
        row = geos.index(case.geo) if case.geo else 0
        for state, moment in case.entered.items():
            day = (moment.date() - start).days
            daily[state][row, day] += 1
            daily["money"][row, day] += case.worth.get(state, 0.0)
    return {name: _weekly(values, days) for name, values in daily.items()}


def _index(company: Company, geos: int, days: range) -> Floats | None:
    """Return the reported index of demand as a control, the same in every region."""
    noise = company.world.market_index
    if noise is None:
        return None
    true = _weekly(company.demand, days) / _WEEK
    seen = 100 * true * (1 + noise * stream(company.seed, "world: market index").normal(size=len(true)))
    return np.asarray(np.repeat(seen[None, :, None], geos, axis=0))
