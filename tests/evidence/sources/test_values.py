"""Values: exact in one locale, refused in the other, null where nothing was reported."""

# ruff: noqa: DTZ001 - stored times are UTC without zone

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.errors import UsageError
from leadline.evidence.sources.values import (
    BadValue,
    NumberVotes,
    count_of,
    day_of,
    id_of,
    moment_of,
    money_of,
    number_of,
    number_vote,
    plain_name,
    text_of,
    to_utc,
    totals_label,
)


def written(number, locale, *, grouped):
    text = f"{number:,.2f}" if grouped else f"{number:.2f}"
    return text if locale == "en" else text.translate(str.maketrans(",.", ".,"))


@given(st.integers(-(10**15), 10**15), st.sampled_from(["en", "de"]), st.booleans())
def test_a_number_written_in_a_locale_is_read_back(cents, locale, grouped):
    number = Decimal(cents) / 100
    text = written(number, locale, grouped=grouped)
    assert number_of(text, locale) == number
    assert number_vote(text) == locale


@pytest.mark.parametrize("text", ["", " --", "--", "-", "n/a", "N/A", "\u00a0", None])
def test_what_is_not_reported_is_null_and_never_zero(text):
    assert number_of(text, "en") is None
    assert money_of(text, "de") is None
    assert count_of(text, "en") is None
    assert day_of(text, "ymd") is None
    assert moment_of(text, "ymd", zone="UTC") is None
    assert text_of(text) is None


@pytest.mark.parametrize(
    ("text", "locale", "number"),
    [
        ("€1,234.50", "en", "1234.50"), ("1.234,50 EUR", "de", "1234.50"), ("CHF 1'234.50", "en", "1234.50"),
        ("1\u202f234,50", "de", "1234.50"), ("1\u00a0234", "en", "1234"), ("\u22125", "en", "-5"), ("<0.1", "en", "0.1"),
        ("3,06 %", "de", "0.0306"), ("007", "en", "7"), ("0", "de", "0"), ("30.000", "de", "30000"),
    ],
)  # fmt: skip
def test_marks_around_a_number_are_taken_off(text, locale, number):
    assert number_of(text, locale) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("1.2345", "de"), ("1.23,4", "de"), ("12,34.5", "en"), ("1,23", "en"), ("twelve", "en"), ("1e5", "en"),
        ("١٢", "en"), ("1 2", "en"), ("--1", "en"), ("NaN", "en"), ("inf", "en"), ("0x1", "en"), ("1,234,56", "en"),
    ],
)  # fmt: skip
def test_what_fits_no_reading_is_refused_and_not_repaired(text, locale):
    with pytest.raises(BadValue, match=r"not a number|neither a grouped integer nor a decimal number"):
        number_of(text, locale)


def test_binary_numbers_of_a_sheet_are_taken_by_their_shortest_text():
    assert money_of(34.1, "en") == Decimal("34.1")
    assert money_of(0.1 + 0.2, "de") == Decimal("0.3000")
    assert money_of(Decimal("1.00005"), "en") == Decimal("1.0000")
    assert money_of(Decimal("1.00015"), "en") == Decimal("1.0002")
    with pytest.raises(BadValue):
        number_of(float("nan"), "en")
    with pytest.raises(BadValue, match="a date, not a number"):
        number_of(date(2027, 1, 1), "en")


def test_more_than_storage_holds_is_refused():
    with pytest.raises(BadValue, match="fourteen digits"):
        money_of("1" * 15, "en")
    with pytest.raises(BadValue, match="larger than a count"):
        count_of("9" * 19, "en")
    with pytest.raises(BadValue, match="not a whole number"):
        count_of("1.5", "en")


def test_the_majority_of_telling_values_decides_and_a_tie_does_not():
    votes = NumberVotes()
    for text in ("1,234", "0.50", "0,75", "2.25"):
        votes.see(text)
    assert votes.decided() == ("en", "0.50")
    assert votes.open_value == "1,234"
    votes.see("3,50")
    assert votes.decided() is None


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2027-03-01", "ymd", date(2027, 3, 1)), ("2027-3-1 09:15", "mdy", date(2027, 3, 1)), ("3/1/2027", "mdy", date(2027, 3, 1)),
        ("3/1/2027", "dmy", date(2027, 1, 3)), ("01.03.2027", "dmy", date(2027, 3, 1)), ("20270301", "ymd", date(2027, 3, 1)),
        ("2027-01", "%Y-%m", date(2027, 1, 1)), (datetime(2027, 3, 1, 23), "mdy", date(2027, 3, 1)),
    ],
)  # fmt: skip
def test_a_day_is_read_in_the_order_of_its_file(text, order, day):
    assert day_of(text, order) == day


@pytest.mark.parametrize(
    "text", ["2027-02-31", "31/02/2027", "32.03.2027", "soon", "13/2/2027 25:00", "0000-01-01", 5.0]
)
def test_a_day_that_does_not_exist_is_refused(text):
    with pytest.raises(BadValue):
        day_of(text, "dmy")


def test_the_missing_hour_of_spring_moves_on_and_the_doubled_one_of_autumn_is_the_first():
    assert to_utc(datetime(2027, 3, 28, 2, 30), "Europe/Berlin") == (datetime(2027, 3, 28, 1, 30), True)
    assert to_utc(datetime(2027, 10, 31, 2, 30), "Europe/Berlin") == (datetime(2027, 10, 31, 0, 30), True)
    assert to_utc(datetime(2027, 3, 1, 9, 15), "Europe/Berlin") == (datetime(2027, 3, 1, 8, 15), False)
    with pytest.raises(UsageError, match="Europe/Berlin"):
        to_utc(datetime(2027, 1, 1), "Berlin")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-03-01T09:15:00+01:00", datetime(2027, 3, 1, 8, 15)), ("2027-03-01 09:15:30.5Z", datetime(2027, 3, 1, 9, 15, 30, 500000)),
        ("2027-03-01T09:15:00-0530", datetime(2027, 3, 1, 14, 45)), ("3/1/2027 9:05 pm", datetime(2027, 3, 1, 20, 5)),
    ],
)  # fmt: skip
def test_a_zone_in_the_text_counts_before_the_files(text, moment):
    assert moment_of(text, "mdy", zone="Europe/Berlin") == (moment, False)


def test_the_ends_of_time_are_refused_and_do_not_break():
    for text in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "0001-01-01"):
        with pytest.raises(BadValue):
            moment_of(text, "ymd", zone="Asia/Tokyo")


def test_an_id_that_lost_digits_is_known_by_its_length():
    assert id_of("120210000000000001") == "120210000000000001"
    assert id_of(123456789012345.0) == "123456789012345"
    with pytest.raises(BadValue, match="format the column as text"):
        id_of(1.2021e17)


def test_names_compare_after_folding_and_labels_only_by_position():
    assert plain_name("\ufeffCAMPAIGN\u00a0 \tID") == "campaign id"
    assert plain_name("ﬁeld") == "field"
    labels = ("Total: Campaigns", "Gesamt: Konto", "Total : Compte", "Total", "summe")
    data = ("Total Wine, Cellars", "Gesamtlösung", "Totals are fun: no", "", None, 5.0, "Gesamt")
    assert all(map(totals_label, labels))
    assert not any(map(totals_label, data))
