"""When an effect arrives."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.plan.timing import arrived, in_time, ramp, spells
from leadline.units import Period

START = dt.date(2027, 1, 15)
BY = dt.date(2027, 12, 31)
DATES = Period.parse("2027-01-15..2027-12-15")


def test_an_even_delivery_is_in_time_for_the_days_that_are_early_enough():
    assert DATES.days == 335
    assert in_time(START, 335, lag=140, by=BY) == 211 / 335  # the worked example of the halden plan
    assert in_time(START, 335, lag=16, by=BY) == 1.0
    assert in_time(START, 335, lag=17, by=BY) == 334 / 335
    assert in_time(START, 335, lag=351, by=BY) == 0.0


def test_a_delivery_of_one_day_is_in_time_on_the_last_day_and_not_after():
    assert in_time(BY, 1, lag=0, by=BY) == 1.0
    assert in_time(BY, 1, lag=1, by=BY) == 0.0


def test_a_budget_by_period_delivers_by_its_money_inside_the_dates():
    quarters = [(Period.parse("2027-01-01..2027-03-31"), 30.0), (Period.parse("2027-10-01..2027-12-31"), 10.0)]
    first, last = spells(DATES, quarters)
    assert (first.weight, first.start, first.length) == (0.75, START, 76)
    assert (last.weight, last.start, last.length) == (0.25, dt.date(2027, 10, 1), 76)
    assert arrived((first, last), 100, by=BY) == pytest.approx(0.75)
    assert arrived((first, last), 30, by=BY) == pytest.approx(0.75 + 0.25 * (91 - 30 + 1) / 76)


def test_a_period_outside_the_dates_keeps_its_own_days():
    (only,) = spells(DATES, [(Period.parse("2028-01-01..2028-01-31"), 5.0)])
    assert (only.start, only.length) == (dt.date(2028, 1, 1), 31)


def test_without_money_a_delivery_is_even_over_the_dates():
    assert spells(DATES, [(DATES, 0.0)]) == spells(DATES)
    assert spells(DATES)[0].length == 335


def test_a_change_of_level_is_reached_bit_by_bit_or_at_once():
    assert ramp(START, 0, delay=300, by=BY) == 1.0
    assert ramp(START, 50, delay=600, by=BY) == pytest.approx((350 - 50) / 600)
    assert ramp(START, 0, delay=0, by=START) == 1.0
    assert ramp(START, 1, delay=0, by=START) == 0.0


@given(st.integers(1, 800), st.floats(0, 900), st.floats(0, 200))
def test_a_longer_lag_never_brings_more_in_time(length, lag, more):
    assert in_time(START, length, lag=lag + more, by=BY) <= in_time(START, length, lag=lag, by=BY)
    assert ramp(START, lag + more, delay=length, by=BY) <= ramp(START, lag, delay=length, by=BY)
