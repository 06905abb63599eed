"""Scores against closed forms; ranks and bands against what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from leadline.inputs import stream
from leadline.measure.diagnose import (
    brier,
    coverage,
    crps,
    evenness,
    interval_score,
    pit,
    pit_band,
    rank_band,
    rank_evenness,
    ranks,
    wilson,
)


def test_coverage_counts_hits_at_the_edge_and_passes_over_what_was_not_seen():
    found = coverage(np.zeros(4), np.ones(4), truth=np.array([0.0, 1.0, 1.1, np.nan]))
    assert (found.hits, found.count) == (2, 3)
    assert found.sentence().startswith("2 of 3 intervals held: 67 %")
    # the roots of (p - rate)^2 = z^2 p (1 - p) / n
    rate, low, high = wilson(2, 3)
    for edge in (low, high):
        assert (edge - rate) ** 2 == pytest.approx(1.6448536**2 * edge * (1 - edge) / 3)
    assert wilson(0, 5)[1] == 0
    assert wilson(5, 5)[2] == 1


def test_the_score_of_normal_draws_is_the_closed_form():
    draws = stream(1, "crps").standard_normal((20_000, 2))
    # z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi), at 0 and 1
    assert crps(draws, np.array([0.0, 1.0])) == pytest.approx([0.23370, 0.60244], abs=0.012)


def test_scores_are_least_where_the_forecast_is_honest():
    came = stream(2, "honest").standard_normal(20_000)
    widths = np.array([1.2, 1.645, 2.2])
    scores = [interval_score(-width + 0 * came, width + 0 * came, came=came).mean() for width in widths]
    assert np.argmin(scores) == 1
    happened = (came > 0.5).astype(float)
    assert np.argmin([brier(np.full(20_000, chance), happened) for chance in (0.2, 0.309, 0.4)]) == 1


def test_right_forecasts_are_even_and_narrow_ones_are_not():
    generator = stream(3, "pit")
    rate = generator.gamma(2, size=400)
    came, draws = generator.poisson(rate), generator.poisson(rate, (200, 400))
    right = pit(draws, came, generator=generator)
    assert evenness(right) > 0.01
    assert pit_band(right).is_inside
    narrow = pit(np.round(rate + 0.5 * (draws - rate)), came, generator=generator)
    assert evenness(narrow) < 0.001
    assert not pit_band(narrow).is_inside


def test_ranks_of_truths_from_the_prior_are_even_and_biased_ones_are_not():
    generator = stream(4, "sbc")
    truth = generator.standard_normal(300)
    draws = generator.standard_normal((99, 300))
    found = ranks(draws, truth, generator=generator)
    assert found.min() >= 0
    assert found.max() <= 99
    assert rank_evenness(found, draws=99) > 0.01
    assert rank_band(found, draws=99).is_inside
    biased = ranks(draws + 0.4, truth, generator=generator)
    assert rank_evenness(biased, draws=99) < 0.001
    assert not rank_band(biased, draws=99).is_inside
    # draws that all equal the truth say nothing: any rank is as likely
    same = ranks(np.zeros((99, 3000)), np.zeros(3000), generator=generator)
    assert rank_evenness(same, draws=99) > 0.01


def test_ranks_that_do_not_divide_into_bins_are_expected_as_they_fall():
    # 0..49 in 20 bins: some hold three ranks, some two
    assert rank_evenness(np.tile(np.arange(50), 6), draws=49) == 1.0


@pytest.mark.slow
def test_the_band_holds_as_often_as_it_promises():
    generator = stream(5, "band")
    for level in (0.9, 0.99):
        inside = [rank_band(generator.integers(0, 100, 200), draws=99, level=level).is_inside for _ in range(1500)]
        low, high = wilson(sum(inside), len(inside), level=0.999)[1:]
        # whole counts: never below the level, above it by what one count more or less makes
        assert high >= level
        assert low <= level + 0.015
