"""What is noted of a fit, and what to do next: notes that are true of the data, and lines that a MIX.yaml takes."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from leadline.inputs import Panel
from leadline.measure.mix import MixOptions, remarks, remedies
from leadline.measure.mix.fit import model_of
from leadline.measure.mix.options import BaselineOptions
from leadline.measure.mix.result import Quantity
from leadline.review.mix_files import read_mix


def test_places_that_drift_apart_are_found_and_others_are_not():
    draw = np.random.default_rng(1)
    p = np.array([remarks.slopes_differ(draw.normal(size=(4, 60))) for _ in range(400)])
    assert 0.03 < (p < 0.05).mean() < 0.08  # as often as the level says
    left = draw.normal(size=(4, 60)) + np.array([0, 0, 0, 1.5])[:, None] * np.linspace(-1, 1, 60)
    left[1, ::7] = np.nan
    assert remarks.slopes_differ(left) < remarks.DRIFT_MOST
    alike = draw.normal(size=(4, 60)) + np.linspace(-3, 3, 60)  # all rise, and none apart
    assert remarks.slopes_differ(alike) > remarks.DRIFT_MOST


def placed(drift):
    """Give a model of three places whose outcome is not known in two steps, and what is left over of it."""
    draw = np.random.default_rng(4)
    came = 100 + draw.normal(size=(3, 40))
    came[1, [3, 9]] = np.nan
    ran = draw.gamma(2, 50, (3, 40, 1))
    days = np.datetime64("2024-01-01") + 7 * np.arange(40)
    panel = Panel(days, "week", ("a", "b", "c"), {"sales": came}, ("tv",), ("paid",), ran, spend=ran, currency="EUR")
    options = MixOptions(baseline=BaselineOptions(geo_trend=drift))
    left = draw.normal(size=(3, 40)) + np.array([0, 0, 2])[:, None] * np.linspace(-1, 1, 40)
    model = model_of(panel, options)
    return model, SimpleNamespace(values=np.full((5, len(model.layout)), 0.9), residual=left)


def test_a_fit_notes_what_was_passed_over_and_what_drifts_and_chains_that_did_not_settle_are_not_read():
    told, (model, totals) = np.full(500, 0.3), placed("none")
    notes = remarks.remarks(model, totals, before=told, negative=0.3)
    assert notes[0] == "sales is not known in 2 of 120 weeks and places: they are passed over"
    assert notes[1].startswith("that sales without marketing is below zero is rather not (30 %)")
    assert "tv may work on for longer than the 8 weeks looked at: allow more (lags: 16)" in notes
    assert notes[-1].startswith("the places drift apart (F-test of their slopes: p ")
    assert notes[-1].endswith("(baseline: {geo_trend: linear})")
    assert remarks.remarks(model, None, before=told, negative=0.0) == notes[:1]
    model, totals = placed("linear")
    assert not [one for one in remarks.remarks(model, totals, before=told, negative=0.0) if "drift" in one]


def test_the_f_test_is_that_of_two_regressions():
    left = np.random.default_rng(2).normal(size=(3, 20)) + np.array([0, 0.5, 1])[:, None] * np.linspace(-1, 1, 20)
    x = np.tile(np.arange(20.0), 3)
    levels = np.repeat(np.eye(3), 20, axis=0)

    def rest(columns):
        return np.linalg.lstsq(columns, left.ravel(), rcond=None)[1][0]

    whole, own = rest(np.column_stack([levels, x])), rest(np.column_stack([levels, levels * x[:, None]]))
    from scipy.special import fdtrc

    assert remarks.slopes_differ(left) == pytest.approx(fdtrc(2, 54, (whole - own) / 2 / (own / 54)))


def test_priors_that_give_the_channels_more_than_there_is_are_told():
    draw = np.random.default_rng(3)
    assert remarks._assumed(0.3 * np.exp(0.3 * draw.normal(size=500)), "revenue") == []
    (much,) = remarks._assumed(0.7 * np.exp(0.1 * draw.normal(size=500)), "revenue")
    assert much == "what is assumed beforehand gives the channels 70 % of revenue: look at the priors"
    (more,) = remarks._assumed(np.repeat([0.5, 1.5], [72, 28]), "revenue")  # below 60 % in the middle
    assert "50 % of revenue in the middle, and more than there is with a probability of 28 %" in more
    assert "30 times revenue in the middle" in remarks._assumed(np.full(500, 30.0), "revenue")[0]


@pytest.mark.parametrize(
    ("worst", "places", "told"),
    [
        ("tv spread", 3, "3 places hardly tell how unlike tv works in them: add them up to one row a week"),
        ("search in north", 3, "3 places hardly tell how unlike search works in them"),
        ("letters half", 1, "simpler form (channels: {letters: {carry: none}}"),
        ("search in north", 40, "40 places hardly tell how unlike search works in them"),
        ("scale of trend", 3, "3 places hardly tell how unlike a channel works in them"),
        ("scale of trend", 40, "Leave out channels that move together"),
        ("scale of trend", 1, "Leave out channels that move together"),
        ("marginal return of tv", 1, "Leave out channels that move together"),
    ],
)
def test_a_model_that_did_not_settle_says_what_most_likely_helps(unsettled, worst, places, told):
    odd = dataclasses.replace(
        unsettled, convergence=dataclasses.replace(unsettled.convergence, worst=worst), places=places
    )
    assert told in odd.sentence()


def test_the_wider_prior_is_a_line_that_a_file_takes(result, tmp_path):
    far = Quantity(0.1, 0.05, 0.0456, 0.2)
    odd = [
        dataclasses.replace(result.channel("letters"), posterior=far),
        dataclasses.replace(
            result.channel("tv"), name="Search: brand + TV", members=("Search: brand", "TV"), posterior=far
        ),
    ]
    path = tmp_path / "mix.yaml"
    path.write_text(remedies.wider(odd) + "\n", encoding="utf-8")
    read = read_mix(path).options
    assert read.channel("letters").effect == "share"
    for name in ("Search: brand", "TV"):  # what has equal values is fitted as one, and takes one prior
        assert read.channel(name).effect == "roi"
        assert read.channel(name).prior.middle == pytest.approx(0.05)
