"""Money by month adds up to the cent, lies where it was written, and what falls outside the window is named."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.align.phasing import CENTS, MAX_MONTHS, Phased, months_of, phase
from leadline.plan.timing import Spell, spells
from leadline.units import Period

DAY = dt.date
YEAR = Period(DAY(2027, 1, 1), DAY(2027, 12, 31))
DAYS = st.dates(DAY(2025, 1, 1), DAY(2030, 12, 31))
MONEY = st.floats(0, 1e9, allow_nan=False)


def spread(amount: float, start: dt.date, end: dt.date, window: Period = YEAR) -> Phased:
    return phase(amount, spells(Period(start, end)), window=window)


def test_a_single_budget_lies_evenly_on_the_days_of_its_dates():
    found = spread(335.0, DAY(2027, 1, 15), DAY(2027, 12, 15))  # a unit a day, both ends counted
    assert found.months[DAY(2027, 1, 1)] == 17 * CENTS
    assert found.months[DAY(2027, 2, 1)] == 28 * CENTS
    assert found.months[DAY(2027, 12, 1)] == 15 * CENTS
    assert found.total == 335 * CENTS


def test_budget_by_period_is_cut_to_the_dates_and_keeps_its_amounts():
    quarters = [(Period(DAY(2027, 1, 1), DAY(2027, 3, 31)), 75.0), (Period(DAY(2027, 4, 1), DAY(2027, 6, 30)), 9.0)]
    found = phase(84.0, spells(Period(DAY(2027, 1, 16), DAY(2027, 4, 9)), quarters), window=YEAR)
    assert [found.months[DAY(2027, month, 1)] for month in (1, 2, 3, 4, 5)] == [1_600, 2_800, 3_100, 900, 0]


def test_what_lies_outside_the_window_is_named_and_not_lost():
    found = spread(100.0, DAY(2026, 12, 27), DAY(2028, 1, 10), Period(DAY(2027, 1, 1), DAY(2027, 12, 31)))
    assert (found.before, found.after) == (round(100 * CENTS * 5 / 380), round(100 * CENTS * 10 / 380))
    assert found.before + found.inside + found.after == found.total == 100 * CENTS


def test_money_without_any_day_is_undated_and_not_spread():
    assert phase(12.34, (), window=YEAR) == Phased(dict.fromkeys(months_of(YEAR), 0), undated=1_234)
    assert phase(12.34, (Spell(1.0, DAY(2027, 1, 1), 5),), window=None).undated == 1_234


def test_a_window_that_begins_in_the_middle_of_a_month_counts_days_before_it_as_outside():
    window = Period(DAY(2027, 1, 16), DAY(2027, 2, 15))
    found = spread(46.0, DAY(2027, 1, 1), DAY(2027, 2, 15), window)
    assert (found.before, *found.months.values(), found.after) == (1_500, 1_600, 1_500, 0)


@given(amount=MONEY, ends=st.tuples(DAYS, DAYS), frame=st.tuples(DAYS, DAYS))
def test_months_add_up_to_the_budget_to_the_cent(amount, ends, frame):
    found = spread(amount, min(ends), max(ends), Period(min(frame), max(frame)))
    assert found.total == round(amount * CENTS)
    assert min((*found.months.values(), found.before, found.after)) >= 0


@given(
    parts=st.lists(st.tuples(st.integers(1, 12), MONEY), min_size=1, max_size=6), ends=st.tuples(DAYS, DAYS), window=st.tuples(DAYS, DAYS)
)  # fmt: skip
def test_periods_of_any_kind_add_up_to_the_cent(parts, ends, window):
    money = [(Period(DAY(2027, month, 1), DAY(2027, month, 28)), amount) for month, amount in parts]
    amount = sum(part for _, part in money)
    found = phase(amount, spells(Period(min(ends), max(ends)), money), window=Period(min(window), max(window)))
    assert found.total == round(amount * CENTS)
    assert found.inside + found.before + found.after + found.undated == found.total


@given(amount=MONEY, other=MONEY, ends=st.tuples(DAYS, DAYS))
def test_two_lots_of_money_together_are_their_months_together(amount, other, ends):
    one, two = (spread(money, min(ends), max(ends)) for money in (amount, other))
    both = one.plus(two)
    assert both.total == one.total + two.total
    assert both.months == {month: one.months[month] + two.months[month] for month in one.months}


@pytest.mark.parametrize("end", [DAY(9999, 12, 31), DAY(3027, 1, 1)])
def test_a_window_with_a_misspelt_year_ends_in_twenty_years_of_months(end):
    assert len(months_of(Period(DAY(2027, 1, 1), end))) == MAX_MONTHS
    assert months_of(Period(DAY(9999, 11, 2), DAY(9999, 12, 31))) == (DAY(9999, 11, 1), DAY(9999, 12, 1))
    assert spread(10.0, DAY(2027, 1, 1), DAY(2027, 1, 2), Period(DAY(2027, 1, 1), end)).total == 1_000


def test_a_window_that_ends_before_it_begins_has_no_month():
    assert months_of(Period(DAY(2027, 2, 1), DAY(2027, 1, 1))) == ()
