"""What of a kept mix `what-if` may take: curves that the data decide, the tail counted, and else the reason."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

from leadline.review.mixing import OUT_OF_DATE, Mixed
from leadline.review.what_if_curves import MULTIPLIED, NAMELESS, UNSETTLED, WITHOUT_DRAWS, curves_of
from made_up_mix import around, channel, made_up_mix, unsettled_mix


def with_draws(result, draws=None):
    """Give a result with draws of every channel's curve, a straight line each."""
    lines = result.bank.contributions[:draws, :, None] * np.linspace(0, 2, 41)
    return dataclasses.replace(result, bank=dataclasses.replace(result.bank, curves=lines))


def test_only_a_channel_that_was_paid_for_and_that_the_data_decide_has_a_curve():
    result = with_draws(made_up_mix())
    found = curves_of(Mixed(result, tactics={"tv": {"spots": 900.0, "": 100.0}}, metrics=("revenue",)))
    assert found.known.keys() == {"tv"}
    assert (found.outcome, found.unit, found.metrics) == ("revenue", "EUR", ("revenue",))
    assert (found.first, found.last) == (dt.date(2026, 1, 5), dt.date(2027, 2, 28))  # sixty weeks, the last one whole
    tv = found.known["tv"]
    assert (tv.spend, tv.seen_to, tv.end) == (1_000_000.0, 1.5, 2.0)
    np.testing.assert_allclose(tv.at(0.5), result.bank.contributions[:, 1] / 2)
    assert found.doubts["search"] == "what search brought is no measurement yet (60 % assumed)"
    assert found.doubts["radio"].startswith("what radio brought can't be told by the data: it moves with video")
    assert found.doubts["letters"] == "nobody knows what was spent on letters"
    assert found.doubts["(unknown)"] == NAMELESS


def test_a_curve_counts_what_comes_after_the_time_measured():
    result = with_draws(made_up_mix())
    channels = tuple(
        dataclasses.replace(one, roi_cohort=around(1.1 * 1.6)) if one.name == "tv" else one for one in result.channels
    )
    longer = curves_of(Mixed(dataclasses.replace(result, channels=channels))).known["tv"]
    np.testing.assert_allclose(longer.at(1.0), 1.1 * result.bank.contributions[:, 1])


def test_channels_that_are_measured_as_one_have_the_money_of_both():
    result = with_draws(made_up_mix())
    channels = tuple(channel("tv + film", 1_000_000.0, 1.6) if one.name == "tv" else one for one in result.channels)
    money = {"tv": {"spots": 5.0}, "film": {"spots": 3.0, "cinema": 2.0}, "radio": {"jingle": 1.0}}
    found = curves_of(Mixed(dataclasses.replace(result, channels=channels), tactics=money))
    assert found.money == {"tv + film": {"spots": 8.0, "cinema": 2.0}, "radio": {"jingle": 1.0}}
    assert found.known.keys() == {"tv + film"}


@pytest.mark.parametrize(
    ("mixed", "why"),
    [
        (Mixed(why=OUT_OF_DATE), OUT_OF_DATE),
        (Mixed(with_draws(unsettled_mix())), UNSETTLED),
        (Mixed(dataclasses.replace(with_draws(made_up_mix()), link="log")), MULTIPLIED),
        (Mixed(with_draws(made_up_mix(), draws=0)), WITHOUT_DRAWS),
    ],
)
def test_what_cannot_be_used_is_not_and_says_why(mixed, why):
    found = curves_of(mixed)
    assert (found.why, found.known, found.money) == (why, {}, {})


def test_where_nobody_measured_there_is_nothing_to_say():
    assert curves_of(Mixed()) is None
