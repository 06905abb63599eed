"""Flows add lags by convolution and meet the worked example of decisions.md, section 3."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gamma

from leadline.decide.flow import OpenGroup, StepFlow, courses, fixed_delay, landed, landed_open, reach
from leadline.inputs import stream

RATE, HORIZON = 0.28, 90
LAG = gamma(4, scale=30)  # mean 120 days
AGES = {0: 10, 30: 12, 60: 15, 120: 8, 240: 5}


def moves_by(age, days):
    return RATE * (LAG.cdf(age + days) - LAG.cdf(age)) / (1 - RATE * LAG.cdf(age))


DAYS = np.array([30, 60, 90])


def groups(draws):
    return [OpenGroup(size, np.broadcast_to(moves_by(age, DAYS), (draws, 3))) for age, size in AGES.items()]


def test_the_chance_to_be_won_in_time_falls_with_age():
    assert [moves_by(age, 90) for age in AGES] == pytest.approx([0.0988, 0.1541, 0.1727, 0.1170, 0.0143], abs=5e-5)


def test_open_entries_arrive_with_the_worked_mean_and_variance():
    draws = 200_000
    total = courses(np.zeros((draws, 3)), groups(draws), generator=stream(1, "test"))[:, -1]
    assert total.mean() == pytest.approx(6.436, abs=4 * np.sqrt(5.495 / draws))
    assert total.var() == pytest.approx(5.495, rel=0.02)


def test_new_entries_count_only_as_far_as_their_lag_allows():
    # three a week for 12 weeks, entering mid-week: a half-day grid holds day 3.5 + 7i exactly
    half_days = np.arange(2 * HORIZON + 1) / 2
    step = StepFlow(np.array([RATE]), LAG.cdf(half_days)[None, :])
    arrivals = np.zeros(len(half_days))
    arrivals[7 + 14 * np.arange(12)] = 3.0
    assert landed(arrivals, reach([step]), days=[2 * HORIZON])[0, 0] == pytest.approx(1.148, abs=5e-4)


def test_the_whole_example_meets_its_probabilities():
    draws = 200_000
    expected = np.broadcast_to((3 + 1.148) * DAYS / HORIZON, (draws, 3))
    total = courses(expected, groups(draws), generator=stream(2, "test"))[:, -1]
    assert total.mean() == pytest.approx(10.584, abs=0.03)
    chances = [(total >= bound).mean() for bound in (10, 12, 15, 18)]
    assert chances == pytest.approx([0.621, 0.368, 0.107, 0.018], abs=0.01)  # the example allows simulation 0.01


def step(rate, median, days=200):
    return fixed_delay(np.array([rate]), np.array([float(median)]), days=days)


def test_lags_of_a_chain_add_up():
    within = reach([step(0.5, 20), step(0.4, 100)])[0]
    assert within[119] == pytest.approx(0.0, abs=1e-9)
    assert within[120] == pytest.approx(0.2)


def test_a_fixed_delay_is_what_its_lag_function_says():
    spread = StepFlow(step(0.5, 20).rate, step(0.5, 20).lag)
    rest = StepFlow(np.array([0.28]), LAG.cdf(np.arange(201))[None, :])
    np.testing.assert_allclose(reach([step(0.5, 20), rest]), reach([spread, rest]), atol=1e-9)


def test_an_open_entry_goes_through_the_rest_of_the_chain():
    first = step(0.3, 10).within
    assert landed_open(first, reach([step(0.5, 20)]), days=[29, 30])[0] == pytest.approx([0.0, 0.15], abs=1e-9)
    assert landed_open(first, None, days=[10])[0] == 0.3


@given(st.lists(st.tuples(st.floats(0.01, 1), st.integers(0, 60)), min_size=1, max_size=4), st.integers(1, 40))
def test_a_longer_lag_never_brings_more(steps, longer):
    chain = [step(rate, median) for rate, median in steps]
    slower = [step(steps[0][0], steps[0][1] + longer), *chain[1:]]
    assert np.all(reach(slower) <= reach(chain) + 1e-9)


@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_a_course_of_events_never_goes_back(size, seed):
    chance = np.cumsum(np.full((50, 31), 1 / 40), axis=1)
    expected = np.cumsum(np.full((50, 31), 0.3), axis=1)
    counts = courses(expected, [OpenGroup(size, chance)], generator=np.random.default_rng(seed))
    assert np.all(np.diff(counts, axis=1) >= 0)
