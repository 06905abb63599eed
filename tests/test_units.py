"""Quantities, estimates, periods: read as written, spelt back exactly."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.units import Estimate, Period, Quantity, UnitError, period_of

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(FINITE, st.sampled_from([None, "kEUR", "%", "h/week", "count"]))
def test_a_quantity_spelt_reads_back_as_itself(value, unit):
    quantity = Quantity(value, unit)
    assert Quantity.parse(str(quantity)) == quantity


@given(st.tuples(FINITE, FINITE, FINITE), st.sampled_from([None, "kEUR", "pp"]))
def test_an_estimate_spelt_reads_back_as_itself(numbers, unit):
    low, base, high = numbers
    estimate = Estimate(base, low, high, unit)
    assert Estimate.parse(str(estimate)) == estimate


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("400 kEUR", "EUR", 400_000.0),
        ("14 %", "share", 0.14),
        ("6 pp", "points", 0.06),
        ("2 weeks", "days", 14.0),
        ("40 h/week", "h/day", 40 / 7),
        ("1_000 count", "count", 1000.0),
        ("62 EUR/h", "EUR/day", 62 * 24),
    ],
)
def test_a_quantity_converts_inside_its_dimension(text, unit, value):
    assert Quantity.parse(text).to(unit) == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["", "many", "1e999 EUR", float("nan"), float("inf"), True, None, [1], "1..2", "..", "1 2"]
)
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(UnitError):
        Quantity.parse(text)


@pytest.mark.parametrize(
    "text",
    ["1..2", "1..2..3..4", "1..1e999..3", {"low": 1}, {"base": 1, "method": "gues"}, {"base": "1 h", "low": "1 kEUR"}],
)
def test_what_is_no_estimate_is_refused(text):
    with pytest.raises(UnitError):
        Estimate.parse(text)


def test_per_cent_and_points_are_different_units():
    with pytest.raises(UnitError, match="percentage points"):
        Quantity.parse("3 pp").to("share")


def test_a_period_counts_both_ends_and_a_key_names_one():
    assert Period.parse("2027-01-01..2027-12-31").days == 365
    assert period_of("2028-02").days == 29
    assert str(period_of("2027-Q4")) == "2027-10-01..2027-12-31"
    assert [period_of(key) for key in ("2027", "2027-Q5", "2027-13", "0000-01", "spring")] == [None] * 5


@pytest.mark.parametrize(
    "text", ["9" * 100_000, "1" + " " * 100_000 + "+", "1..1..1 x" + " " * 100_000 + "\ny", "1e5" * 30_000]
)
def test_a_text_longer_than_any_number_is_refused_at_once(text: str) -> None:
    begun = time.process_time()
    for kind in (Quantity, Estimate, Period):
        with pytest.raises(UnitError):
            kind.parse(text)
    assert time.process_time() - begun < 1  # it took minutes when a digit could be read in two ways
