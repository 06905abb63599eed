"""Figures: the text people read, with what it was made from."""

from __future__ import annotations

import copy
import datetime as dt
import pickle

from hypothesis import given
from hypothesis import strategies as st

from leadline import words
from leadline.decide.standing import Range
from leadline.report import saying
from leadline.report.figure import Figure
from leadline.report.pages.sheet import Scale, month_name, unbroken
from leadline.report.pictures.bets import belief

DAY = dt.date(2027, 3, 2)


def parts(text: str) -> tuple[object, ...]:
    assert isinstance(text, Figure)
    return text.value, text.low, text.high, text.unit, text.day


@given(st.floats(-1e9, 1e9))
def test_a_figure_says_what_the_bare_words_say(amount: float) -> None:
    assert saying.number(amount) == words.number(amount)
    assert saying.money(amount, "EUR") == words.money(amount, "EUR")
    assert parts(saying.money(amount, "EUR"))[:4] == (amount, None, None, "EUR")


def test_what_cannot_be_a_number_is_words_alone() -> None:
    for text in (saying.number(float("nan")), saying.value(None, "EUR"), saying.probability(0.001), saying.day(None)):
        assert not isinstance(text, Figure)


def test_values_estimates_and_days_keep_base_units() -> None:
    assert parts(saying.value(0.14, "share")) == (0.14, None, None, "%", None)
    assert parts(saying.estimate(Range(0.05, 0.07, 0.1, "share"), "%")) == (0.07, 0.05, 0.1, "%", None)
    assert parts(saying.estimate(Range(20, 20, 20, "days"), "days")) == (20, None, None, "days", None)
    assert parts(belief(Range(0.09, 0.14, 0.19, "share"), "%")) == (0.14, 0.09, 0.19, "%", None)
    assert parts(saying.day(DAY)) == (None, None, None, "", DAY)
    assert parts(month_name(DAY))[3:] == ("month", DAY)


def test_money_said_in_thousands_is_kept_in_whole_units() -> None:
    said = Scale("kEUR", 1e-3, 1).say(-1250.0)
    assert said == "−1.2"
    assert parts(said)[:4] == (-1250.0, None, None, "EUR")


def test_a_figure_survives_copies_and_other_words() -> None:
    figure = saying.estimate(Range(0.05, 0.07, 0.1, "share"), "%")
    for same in (copy.deepcopy(figure), pickle.loads(pickle.dumps(figure)), unbroken(figure)):  # noqa: S301 (our own bytes)
        assert parts(same) == parts(figure)
    assert unbroken(figure) == figure.replace(" ", "\u00a0")
    assert hash(figure) == hash(str(figure))
