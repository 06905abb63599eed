"""What of a kept mix `what-if` may take: curves that the data decide, the tail counted, and else the reason."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

from leadline.align.run import CheckOptions, case_of
from leadline.decide.what_if import Request, what_if
from leadline.inputs import Panel
from leadline.measure.mix import MixOptions, Sampling, fit_mix
from leadline.plan.source import parse_plan
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


WEEKS = 156
PLAN = """
plan: {id: p, window: 2027-01-01..2027-12-31, currency: EUR, status: draft}
metrics: [{id: revenue, unit: EUR, value_event: true}]
objectives: [{id: sell, metric: revenue, baseline: {value: 0}, target: {value: 9 MEUR, by: 2027-12-31}}]
tactics:
  list:
    - {id: ads, intent: acquire, serves: [sell], dates: 2027-01-01..2027-12-31, budget: 520 kEUR, delivers: {metric: revenue, count: 3 MEUR}}
    - {id: spots, intent: acquire, serves: [sell], dates: 2027-01-01..2027-12-31, budget: 520 kEUR, delivers: {metric: revenue, count: 3 MEUR}}
"""


def made_world():
    """Give a panel of two channels that pause now and then, and what each brings at a multiple of its spend, over the panel."""
    draw = np.random.default_rng(12)  # of seeds 11 to 16, that of 11 lies outside its 90 % intervals, as one in ten may
    spend = 10_000 * (draw.random((WEEKS, 2)) > 0.35) * np.exp(0.5 * draw.standard_normal((WEEKS, 2)))
    weights = 0.4 ** np.arange(14)

    def brought(at, multiple):
        x = np.convolve(multiple * spend[:, at] / 10_000, weights / weights.sum())[:WEEKS]
        return (60_000, 30_000)[at] * x / (x + (0.3, 1.5)[at])

    outcome = 120_000 + 3_000 * draw.standard_normal(WEEKS) + brought(0, 1.0) + brought(1, 1.0)
    days = np.datetime64("2024-01-01") + 7 * np.arange(WEEKS)
    panel = Panel(
        days, "week", ("all",), {"revenue": outcome[None]}, ("search", "radio"), ("paid", "paid"), spend[None],
        spend=spend[None], currency="EUR",
    )  # fmt: skip
    return panel, lambda at, multiple: float(brought(at, multiple).sum())


@pytest.mark.proof
def test_the_interval_of_a_measured_loss_holds_the_true_one():
    panel, truth = made_world()
    result = fit_mix(panel, MixOptions(sampling=Sampling(instant=True)))
    spent = panel.spend[0].sum(axis=0)
    money = {"search": {"ads": float(spent[0])}, "radio": {"spots": float(spent[1])}}
    curves = curves_of(Mixed(result, tactics=money, metrics=("revenue",)))
    case = case_of(parse_plan(PLAN), CheckOptions(as_of=dt.date(2027, 1, 2)))
    assert curves.known.keys() == {"search", "radio"}
    for at, (channel_, tactic) in enumerate((("search", "ads"), ("radio", "spots"))):
        planned = 520_000 / 365 / (spent[at] / (7 * WEEKS))
        for cut in (0.3, 0.6, -0.2):
            lost = what_if(case, Request(tactics={tactic: cut}), curves=curves).measured
            true = (truth(at, planned) - truth(at, (1 - cut) * planned)) * 365 / (7 * WEEKS)
            assert lost.low < true < lost.high, (channel_, cut, lost, true)
            assert abs(lost.mean / true - 1) < 0.2
    both = what_if(case, Request(money=300_000), curves=curves)
    assert both.losses[0].grade == "measured"
    assert (both.beats_all_alike or 0) > 0.8
