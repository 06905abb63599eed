from __future__ import annotations

import numpy as np
import pytest

from leadline.inputs import stream
from leadline.worlds import make_paths
from leadline.worlds.journeys import arrays, chance, conditioned, removal_effects, walk, walk_to
from leadline.worlds.parameters import CONVERSION, NOTHING

from .conftest import small_world

CHAIN = small_world().chain
JOURNEYS = 200_000

# By hand: s = 0.1 s + 0.3 d + 0.1 and d = 0.2 s + 0.2 d + 0.2 give s = 0.14/0.66, d = 0.2/0.66; START: 0.6 s + 0.4 d.
FROM_SEARCH, FROM_DIRECT = 0.14 / 0.66, 0.2 / 0.66
FROM_START = 0.6 * FROM_SEARCH + 0.4 * FROM_DIRECT


def test_the_chance_to_convert_is_that_of_the_hand_calculation():
    whole, onward = chance(arrays(CHAIN, CONVERSION))
    assert whole == pytest.approx(FROM_START)
    assert onward == pytest.approx([FROM_SEARCH, FROM_DIRECT])


def test_journeys_end_in_conversion_or_in_nothing():
    assert chance(arrays(CHAIN, CONVERSION))[0] + chance(arrays(CHAIN, NOTHING))[0] == pytest.approx(1)


def test_the_removal_effect_is_that_of_the_hand_calculation():
    # Without Direct: s = 0.1 s + 0.1, so 0.6 · 0.1/0.9 remain. Without Paid Search: d = 0.2 d + 0.2, so 0.4 · 0.25.
    effects = removal_effects(CHAIN)
    assert effects["Direct"] == pytest.approx(1 - (0.6 / 9) / FROM_START)
    assert effects["Paid Search"] == pytest.approx(1 - 0.1 / FROM_START)


def test_drawn_journeys_convert_as_often_as_the_chain_says():
    walks = walk(CHAIN, JOURNEYS, random=stream(1, "test"))
    error = np.sqrt(FROM_START * (1 - FROM_START) / JOURNEYS)
    assert walks.converted.mean() == pytest.approx(FROM_START, abs=4 * error)  # 4 Monte Carlo standard errors


@pytest.mark.parametrize("ending", [CONVERSION, NOTHING])
def test_conditioned_rows_are_shares(ending):
    moves = conditioned(CHAIN, ending)
    assert moves.start.sum() == pytest.approx(1)
    assert moves.between.sum(axis=1) + moves.end == pytest.approx(np.ones(2))


@pytest.mark.parametrize("ending", [CONVERSION, NOTHING])
def test_conditioned_journeys_are_those_of_the_whole_chain_that_end_so(ending):
    whole = walk(CHAIN, JOURNEYS, random=stream(2, "test"))
    kept = whole.converted == float(ending == CONVERSION)
    alone = walk_to(CHAIN, ending, count=JOURNEYS, random=stream(3, "test"))
    lengths = np.diff(whole.offsets)[kept]
    error = lengths.std() * np.sqrt(1 / kept.sum() + 1 / JOURNEYS)
    assert np.diff(alone.offsets).mean() == pytest.approx(lengths.mean(), abs=4 * error)
    first = whole.steps[whole.offsets[:-1]][kept].mean()
    error = np.sqrt(0.25 * (1 / kept.sum() + 1 / JOURNEYS))
    assert alone.steps[alone.offsets[:-1]].mean() == pytest.approx(first, abs=4 * error)


def test_paths_count_every_journey_once_and_show_the_known_transitions():
    paths = make_paths(small_world(), 4, journeys=JOURNEYS)
    counts = paths.conversions + paths.nulls
    assert counts.sum() == JOURNEYS
    rows = np.repeat(np.arange(len(paths.lengths)), paths.lengths)
    weights = counts[rows]
    follows = rows[1:] == rows[:-1]
    left = np.bincount(paths.steps, weights=weights)
    moved = np.zeros((2, 2))
    np.add.at(moved, (paths.steps[:-1][follows], paths.steps[1:][follows]), weights[:-1][follows])
    true = arrays(CHAIN, CONVERSION).between
    error = np.sqrt(true * (1 - true) / left[:, None])
    assert np.all(np.abs(moved / left[:, None] - true) < 4 * error)
