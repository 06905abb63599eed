"""Figures that controlling and surveys report: recurring revenue, shares, reply times, awareness."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leadline.inputs import stream
from leadline.worlds.company import Company
from leadline.worlds.parameters import Series, Sum
from leadline.worlds.spending import calendar_days

Row = tuple[str, str, str, str, str, str, str, str]


@dataclass(frozen=True)
class Sample:
    """How many were asked or counted, and the 90 % range of what was found."""

    n: int | None = None
    low: float | None = None
    high: float | None = None


# Surveys report a 90 % range: the two-sided quantile of the normal distribution.
_Z90 = 1.6449


def figures(company: Company) -> list[Row]:
    """Return from, to, metric, value, n, low, high, unit: everything reported up to as-of, by metric, then day."""
    rows = [*_recurring(company), *_ratios(company), *_sums(company), *_index(company), *_surveys(company)]
    for name, series in company.world.series.items():
        rows += _reported(company, name, series)
    return sorted(rows, key=lambda row: (row[2], row[0]))


def recurring(company: Company, day: dt.date) -> float:
    """Return recurring revenue on the evening of a day, counted from the day on which it is known."""
    known_on, known = next(iter(company.world.recurring_at.items()))
    return known + _signed_until(company, day) - _signed_until(company, known_on)


def _signed_until(company: Company, day: dt.date) -> float:
    evening = dt.datetime.combine(day, dt.time(23, 59, 59))
    return sum(company.revenue(state, evening) for state in company.world.paying)


def month_ends(company: Company, until: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """Yield first and last day of every whole month up to a day."""
    for day in calendar_days(company.world):
        if day <= until and day.day == calendar.monthrange(day.year, day.month)[1]:
            yield day.replace(day=1), day


def _recurring(company: Company) -> Iterator[Row]:
    if company.world.recurring_at:
        for first, last in month_ends(company, company.world.world.as_of):
            yield _row(first, last, "arr", f"{recurring(company, last):.0f}", unit=company.world.world.currency)


def _ratios(company: Company) -> Iterator[Row]:
    """Yield shares as controlling counts them: entries of a month into one state over those into another."""
    for name, (from_, to) in company.world.ratios.items():
        for first, last in month_ends(company, company.world.world.as_of):
            evening, before = (
                dt.datetime.combine(last, dt.time(23, 59, 59)),
                dt.datetime.combine(first, dt.time()) - dt.timedelta(seconds=1),
            )
            entered = company.count(from_, evening) - company.count(from_, before)
            moved = company.count(to, evening) - company.count(to, before)
            if entered:
                yield _row(first, last, name, f"{moved / entered:.4f}", unit="share", sample=Sample(entered))


def sum_of(company: Company, one: Sum, *, day: dt.date) -> float:
    """Return a reported sum on the evening of a day: what was known, and what the cases since then are worth."""
    evening, since = dt.datetime.combine(day, dt.time(23, 59, 59)), one.since + dt.timedelta(days=1)
    total = one.value
    for state, worth in one.states.items():
        if worth is None:
            known_on = dt.datetime.combine(one.since, dt.time(23, 59, 59))
            total += company.revenue(state, evening) - company.revenue(state, known_on)
        else:
            total += worth * company.count(state, evening, since=since)
    return total


def _sums(company: Company) -> Iterator[Row]:
    for name, one in company.world.sums.items():
        for first, last in month_ends(company, company.world.world.as_of):
            if last > one.since:
                before = sum_of(company, one, day=first - dt.timedelta(days=1)) if one.monthly else 0.0
                value = sum_of(company, one, day=last) - before
                yield _row(first, last, name, f"{value:.2f}", unit=company.world.world.currency)


def _index(company: Company) -> Iterator[Row]:
    """Yield an index of demand by week, 100 = neutral, as trade bodies and search engines publish it."""
    if company.world.market_index is None:
        return
    random = stream(company.seed, "world: market index")
    start = company.world.world.start
    for first, last in _periods(company, "week"):
        true = company.demand[(first - start).days : (last - start).days + 1].mean()
        value = 100 * true * (1 + company.world.market_index * random.normal())
        yield _row(first, last, "market_index", f"{value:.2f}", unit="index")


def _surveys(company: Company) -> Iterator[Row]:
    """Yield survey levels of awareness with their sampling error."""
    series = company.world.series.get("awareness")
    if series is None or series.sample is None:
        return
    days = calendar_days(company.world)
    for day in series.path:
        if not company.world.world.start <= day <= company.world.world.as_of:
            continue
        true = min(max(float(company.awareness[days.index(day)]), 0.0), 1.0)
        seen = stream(company.seed, f"world: survey {day}").binomial(series.sample, true) / series.sample
        error = _Z90 * np.sqrt(max(seen, 1 / series.sample) * (1 - seen) / series.sample)
        yield _row(
            day,
            day,
            "awareness",
            f"{seen:.4f}",
            unit="share",
            sample=Sample(series.sample, max(0.0, seen - error), seen + error),
        )


def level_of(series: Series, day: dt.date) -> float:
    """Return the true value of a reported series on a day: linear between the days given, flat outside of them."""
    known = sorted(series.path.items())
    return float(np.interp(day.toordinal(), [at.toordinal() for at, _ in known], [value for _, value in known]))


def true_level(company: Company, name: str, *, day: dt.date) -> float:
    """Return where a reported level truly stands on a day: its own path, moved by the tactics that move it."""
    moved = company.moved(name)
    return level_of(company.world.series[name], day) + float(moved[(day - company.world.world.start).days])


def _reported(company: Company, name: str, series: Series) -> Iterator[Row]:
    if series.every == "survey":
        return
    random = stream(company.seed, f"world: figure {name}")
    for first, last in _periods(company, series.every):
        value = true_level(company, name, day=last) * (1 + series.noise * random.normal())
        yield _row(first, last, name, f"{value:.4f}", unit=series.unit)


def _periods(company: Company, every: str) -> Iterator[tuple[dt.date, dt.date]]:
    start, until = company.world.world.start, company.world.world.as_of
    if every == "week":
        monday = start + dt.timedelta(days=-start.weekday() % 7)
        while (sunday := monday + dt.timedelta(days=6)) <= until:
            yield monday, sunday
            monday += dt.timedelta(days=7)
        return
    for first, last in month_ends(company, until):
        if every == "month":
            yield first, last
        elif last.month % 3 == 0:
            yield first.replace(month=last.month - 2), last


def _row(first: dt.date, last: dt.date, metric: str, value: str, *, unit: str, sample: Sample | None = None) -> Row:
    asked = sample or Sample()
    low, high = ("" if bound is None else f"{bound:.4f}" for bound in (asked.low, asked.high))
    return (
        first.isoformat(),
        last.isoformat(),
        metric,
        value,
        "" if asked.n is None else str(asked.n),
        low,
        high,
        unit,
    )
