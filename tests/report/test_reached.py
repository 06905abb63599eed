"""The hundred of a start, drawn: how far each 100 can be followed before there is a plan."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.report.pictures.canvas import NARROW, WIDE
from leadline.report.pictures.reached import ReachedBar
from leadline.review.by_channel import StartHundred


def bar(**parts: int) -> ReachedBar:
    whole = {"sale": 0, "person": 0, "visit": 0, "nothing": 0} | parts
    return ReachedBar(StartHundred("EUR", 4_000.0, dt.date(2026, 1, 1), dt.date(2026, 1, 31), {}, {}, whole))


@pytest.mark.parametrize(
    ("parts", "title"),
    [
        (
            {"sale": 60, "visit": 38, "nothing": 2},
            "40 of each 100 EUR are lost from sight before anybody is known by name",
        ),
        ({"person": 99, "nothing": 1}, "1 of each 100 EUR is lost from sight before anybody is known by name"),
        ({"sale": 30, "person": 70}, "All of 4 kEUR can be followed to somebody named"),
    ],
)
def test_the_title_says_first_what_is_lost_from_sight(parts, title):
    assert bar(**parts).title() == title


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_part_stands_with_its_number_and_its_words(width):
    drawn = str(bar(sale=41, person=12, visit=38, nothing=9).chart(width))
    for words in (
        "41",
        "seen up to a sale",
        "12",
        "up to somebody named",
        "38",
        "up to a visit",
        "9",
        "not seen further",
    ):
        assert f"'{words}'" in drawn
