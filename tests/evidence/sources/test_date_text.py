"""Days as people write them: each form in five languages, and what is left open where a text does not say it."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.evidence.sources.date_text import Ambiguous, Days, days_of, order_of
from leadline.evidence.sources.values import BadValue


def span(first, last):
    return Days(*(None if day is None else dt.date.fromisoformat(f"2027-{day}") for day in (first, last)))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("3.4.2027", "04-03", "04-03"), ("03.04.27", "04-03", "04-03"), ("2027-04-03 18:00", "04-03", "04-03"), ("Mo, 3.4.2027", "04-03", "04-03"),
        ("3 de abril de 2027", "04-03", "04-03"), ("1er mars 2027", "03-01", "03-01"), ("3rd April 2027", "04-03", "04-03"),
        ("April 3, 2027", "04-03", "04-03"), ("3 mei 2027", "05-03", "05-03"), ("März 2027", "03-01", "03-31"), ("02/2027", "02-01", "02-28"),
        ("Februar–März 2027", "02-01", "03-31"), ("1.–15. März 2027", "03-01", "03-15"), ("12-14 May 2027", "05-12", "05-14"),
        ("Mar 3-15, 2027", "03-03", "03-15"), ("01.03.-15.04.2027", "03-01", "04-15"), ("del 3 al 5 de marzo de 2027", "03-03", "03-05"),
        ("du 3 mars au 5 avril 2027", "03-03", "04-05"), ("van 3 mei tot 5 juni 2027", "05-03", "06-05"), ("vom 1.3. bis 5.3.2027", "03-01", "03-05"),
        ("Q2 2027", "04-01", "06-30"), ("2. Quartal 2027", "04-01", "06-30"), ("2e trimestre 2027", "04-01", "06-30"), ("Q1-2 2027", "01-01", "06-30"),
        ("H2 2027", "07-01", "12-31"), ("2. Halbjahr 2027", "07-01", "12-31"), ("2027", "01-01", "12-31"),
        ("KW 14/2027", "04-05", "04-11"), ("Semaine 14 2027", "04-05", "04-11"), ("KW14-16 2027", "04-05", "04-25"), ("2027-W14", "04-05", "04-11"),
        ("Q3/Q4 2027", "07-01", "12-31"), ("März/April 2027", "03-01", "04-30"), ("ab März 2027", "03-01", None), ("until 15 May 2027", None, "05-15"), ("Ende März 2027", "03-01", "03-31"),
    ],
)  # fmt: skip
def test_a_text_gives_the_first_and_last_day_it_names(text, first, last):
    assert days_of(text, order=None, year=None) == span(first, last)


def test_a_year_comes_from_the_title_and_a_winter_runs_over_its_end():
    assert days_of("März–Mai", order=None, year=2027) == span("03-01", "05-31")
    assert days_of("Nov-Jan", order=None, year=2027) == Days(dt.date(2027, 11, 1), dt.date(2028, 1, 31))
    assert days_of("Nov–Jan 2027", order=None, year=None) == Days(dt.date(2026, 11, 1), dt.date(2027, 1, 31))
    assert days_of(14.0, order=None, year=2027, weeks=True) == span("04-05", "04-11")


@pytest.mark.parametrize(
    "text",
    [
        "März",
        "laufend",
        "Frühjahr 2027",
        "31.02.2027",
        "KW 54 2027",
        "S14 2027",
        "13",
        "2027/28",
        "03/04",
        "5/März 2027",
        "x" * 200,
        "Q5 2027",
    ],
)
def test_what_no_reading_fits_is_not_read(text):
    with pytest.raises(BadValue) as error:
        days_of(text, order=None, year=None)
    assert not isinstance(error.value, Ambiguous)


def test_day_and_month_are_told_apart_by_size_or_by_the_column_and_never_guessed():
    assert days_of("13/04/2027", order=None, year=None) == span("04-13", "04-13")
    assert days_of("05/05/2027", order=None, year=None) == span("05-05", "05-05")
    with pytest.raises(Ambiguous, match="no date of its column decides"):
        days_of("03/04/2027", order=None, year=None)
    assert order_of(["03/04/2027", "04/17/27"]) == ("mdy", "04/17/27")
    assert order_of(["17/04/2027", "04/17/2027"]) == (None, "")
    with pytest.raises(Ambiguous, match="does not fit"):
        days_of("17/04/2027", order="mdy", year=None)
    with pytest.raises(Ambiguous, match="ends before it begins"):
        days_of("15.4.2027 - 1.3.2027", order=None, year=None)
