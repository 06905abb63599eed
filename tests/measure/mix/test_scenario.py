"""What more or less would bring: from the same draws for all, and only of what can be told."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from leadline.measure.mix.scenario import FAITHFUL, Folded, can_be_turned, change, levers, spent
from leadline.measure.mix.totals import CURVE_POINTS, CURVE_TO

POINTS = np.linspace(0, CURVE_TO, CURVE_POINTS)
AS_IT_WAS = CURVE_POINTS // 2


def with_curves(result, curves):
    """Give the result with these draws of its curves: channel → (draws, points); the others bring nothing."""
    kept = np.zeros((400, 5, CURVE_POINTS))
    for name, drawn in curves.items():
        kept[:, [one.name for one in result.channels].index(name)] = drawn
    return dataclasses.replace(result, bank=dataclasses.replace(result.bank, curves=kept))


def test_a_change_is_that_of_the_draws_which_the_result_kept(result):
    found = levers(result)
    assert [one.name for one in found] == ["tv", "search", "radio + video", "letters"]
    kept = dict(zip([one.name for one in result.channels], np.moveaxis(result.bank.curves, 1, 0), strict=True))
    kept["radio + video"] = kept["radio"] + kept["video"]
    for lever in found:
        drawn = kept[lever.name][:, 10] - kept[lever.name][:, AS_IT_WAS]
        told = change(found, {lever.name: 0.5})
        ends = np.quantile(drawn, (0.05, 0.5, 0.95))
        assert (told.p05, told.p50, told.p95) == pytest.approx(ends, abs=2 * FAITHFUL * np.ptp(kept[lever.name])), (
            lever.name
        )
        assert np.ptp(lever.at(1.0)) == 0


def test_what_several_change_is_the_sum_in_each_draw_and_not_of_their_intervals(result):
    more = np.random.default_rng(4).normal(100.0, 30.0, (400, 1))
    found = levers(with_curves(result, {"tv": more * POINTS, "search": (200 - more) * POINTS}))
    alone = [change(found, {name: 0.0}) for name in ("tv", "search")]
    assert all(one.p95 - one.p05 > 60 for one in alone)
    both = change(found, {"tv": 0.0, "search": 0.0})
    assert (both.p05, both.p95) == pytest.approx((-200, -200), abs=0.05)  # what one lacks, the other has
    swapped = change(found, {"tv": 0.0, "search": 2.0})
    assert swapped.p95 - swapped.p05 == pytest.approx(sum(one.p95 - one.p05 for one in alone), rel=0.01)


def test_between_two_points_a_change_lies_between_theirs_and_beyond_the_curve_there_is_none(result):
    tv = levers(result)[0]
    assert tv.at(0.52) == pytest.approx(0.6 * tv.at(0.5) + 0.4 * tv.at(0.55))
    assert (tv.is_seen(1.5), tv.is_seen(1.55)) == (True, False)
    for beyond in (2.05, -0.05):
        with pytest.raises(ValueError, match="the curve of tv reaches from 0 to 2"):
            tv.at(beyond)


def test_only_money_that_is_known_is_added_up(result):
    found = levers(result)  # letters are not paid for
    assert spent(found, {}) == (1_400_000, 1_400_000)
    assert spent(found, {"tv": 0.5, "letters": 2.0}) == (1_400_000, 900_000)


def test_channels_told_only_together_are_turned_alike_as_far_as_the_data_of_both_reach(result):
    short = tuple(
        dataclasses.replace(one, curve=dataclasses.replace(one.curve, seen_to=1.3)) if one.name == "video" else one
        for one in result.channels
    )
    both = next(one for one in levers(dataclasses.replace(result, channels=short)) if len(one.members) == 2)
    assert (both.spend, both.curve.seen_to) == (200_000, 1.3)
    radio, video = (result.bank.curves[:, at] for at in (0, 3))
    assert both.curve.middle == pytest.approx(np.median(radio + video, axis=0))
    multiplied = dataclasses.replace(result, link="log")  # there what two bring does not add up to a curve of both
    assert [one.name for one in levers(multiplied)] == ["tv", "search", "letters"]


def test_without_draws_or_where_nothing_settled_nothing_can_be_turned(result, unsettled):
    bare = dataclasses.replace(result.bank, curves=np.zeros((0, 0, 0)))
    found = levers(dataclasses.replace(result, bank=bare))
    assert [one.name for one in found] == ["tv", "search", "letters"]  # they still have their curves
    assert not can_be_turned(found)
    assert levers(unsettled) == []
    assert not can_be_turned([])


def test_folded_draws_are_small_and_true_to_what_they_were():
    draw = np.random.default_rng(3)
    half, most = draw.uniform(0.2, 3.0, (400, 1)), draw.lognormal(10, 1, (400, 1))
    slope = draw.uniform(0.8, 2.0, (400, 1))
    curves = most * POINTS**slope / (POINTS**slope + half**slope)
    changes = curves - curves[:, [AS_IT_WAS]]
    folded = Folded.of(changes)
    assert np.abs(folded.unfolded() - changes).max() <= FAITHFUL * np.abs(changes).max()
    assert folded.weights.size + folded.shapes.size < changes.size / 4
    assert max(np.abs(folded.weights).max(), np.abs(folded.shapes).max()) < 2**15
    assert np.ptp(Folded.of(np.zeros((7, 3))).unfolded()) == 0
