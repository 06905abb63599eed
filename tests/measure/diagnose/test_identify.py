"""Verdicts on made-up posteriors whose truth is known: told by the data, by the prior, or only together."""

from __future__ import annotations

import numpy as np
import pytest

from leadline.inputs import stream
from leadline.measure.diagnose import (
    contraction,
    identify,
    learned,
    prior_conflict,
    shift,
    together,
    verdict,
)

SPEND = np.array([100.0, 80.0, 60.0, 40.0])
NAMES = ("tv", "radio", "search", "display")


@pytest.fixture
def prior():
    return np.exp(0.2 + 0.9 * stream(1, "prior").standard_normal((4000, 4)))


@pytest.fixture
def posterior():
    """TV and radio: only their sum is known. Search: known. Display: what was believed before."""
    generator = stream(2, "posterior")
    total = 600 + 10 * generator.standard_normal(3000)
    part = generator.beta(1.4, 1.4, 3000)
    search = 1.5 + 0.1 * generator.standard_normal(3000)
    display = np.exp(0.2 + 0.9 * generator.standard_normal(3000))
    return np.column_stack([total * part / 100, total * (1 - part) / 80, search, display])


@pytest.mark.parametrize(
    ("contracted", "moved", "confused", "said"),
    [
        (0.5, 0.0, False, "identified"),
        (0.499, 0.0, False, "weak"),
        (0.2, 1.5, False, "identified"),
        (0.2, 1.49, False, "weak"),
        (0.199, 1.5, False, "weak"),
        (0.199, 1.49, False, "not identified"),
        (-3.0, 0.1, False, "not identified"),
        (0.4, 0.0, True, "not identified"),
        (0.1, 2.0, True, "not identified"),
        (0.9, 0.0, True, "identified"),
    ],
)
def test_the_verdict_follows_the_table(contracted, moved, confused, said):
    assert verdict(contracted, moved, confused=confused) == said


def test_contraction_and_shift_of_known_normals():
    generator = stream(3, "normals")
    before, after = generator.standard_normal((200_000, 1)), 1.5 + 0.5 * generator.standard_normal((200_000, 1))
    assert contraction(before, after) == pytest.approx(0.75, abs=0.01)
    assert shift(before, after) == pytest.approx(1.5, abs=0.02)
    assert contraction(np.ones((5, 1)), after)[0] == shift(np.ones((5, 1)), after)[0] == 0


def test_the_scale_on_which_the_data_tell_more_counts():
    generator = stream(4, "scales")
    before = np.exp(0.2 + 0.9 * generator.standard_normal((4000, 2)))
    # far above the prior: wide in money, narrow as a ratio · a wide ratio near 0: narrow in money
    after = np.column_stack(
        [np.exp(3 + 0.25 * generator.standard_normal(4000)), np.exp(-3 + 0.9 * generator.standard_normal(4000))]
    )
    contracted, moved = learned(before, after)
    assert contraction(before, after)[0] < 0
    assert contracted[0] == pytest.approx(1 - (0.25 / 0.9) ** 2, abs=0.02)
    assert moved[0] == pytest.approx(2.8 / 0.9, abs=0.1)
    assert contracted[1] > 0.99
    # one draw at or below 0: there is no logarithm
    after[0] = -1
    assert np.array_equal(learned(before, after)[0], contraction(before, after))


def test_two_channels_that_ran_together_are_told_as_a_pair(prior, posterior):
    found = {one.name: one for one in identify(NAMES, posterior * SPEND, spoken=posterior, prior=prior)}
    assert {name: one.verdict for name, one in found.items()} == {
        "tv": "not identified",
        "radio": "not identified",
        "search": "identified",
        "display": "not identified",
    }
    assert found["tv"].partner == "radio"
    assert found["tv"].correlation == found["radio"].correlation < -0.9
    assert set(found["tv"].told) == set(found["radio"].told) == {"tv", "radio"}
    assert found["tv"].told[0] == "tv"
    assert found["tv"].told_contraction > 0.9
    assert found["search"].told == ("search",)
    # what only the prior speaks of is told by no set: no other channel moves against it
    assert found["display"].told == ()
    assert np.isnan(found["display"].told_contraction)
    given = identify(NAMES, posterior * SPEND, spoken=posterior, prior=prior, prior_contributions=prior * SPEND)
    assert [one.told for one in given] == [one.told for one in found.values()]


def test_a_set_grows_to_four_members_and_no_further():
    # of k channels only the sum is known; of all but one of them no more than a fifth is learned
    for count, size in ((3, 3), (4, 4), (5, 0)):
        generator = stream(count, "sums")
        before = generator.standard_normal((4000, count))
        parts = np.sqrt(0.8 * count) * generator.standard_normal((4000, count))
        parts += (0.05 * generator.standard_normal(4000) - parts.sum(axis=1))[:, None] / count
        names = [f"c{at}" for at in range(count)]
        found = identify(names, parts, spoken=parts, prior=before, prior_contributions=before)
        assert [len(one.told) for one in found] == [size] * count


def test_one_channel_has_no_partner(prior, posterior):
    (found,) = identify(NAMES[2:3], posterior[:, 2:3] * 60, spoken=posterior[:, 2:3], prior=prior[:, 2:3])
    assert (found.verdict, found.partner, found.correlation, found.told) == ("identified", "", 0.0, ("search",))


def test_the_sum_of_all_channels_can_be_told_or_not(prior, posterior):
    assert together(posterior[:, :3] * SPEND[:3], prior[:, :3] * SPEND[:3])[0] == "identified"
    said, contracted, moved = together(prior[:3000] * SPEND, prior * SPEND)
    assert said == "not identified"
    assert abs(contracted) < 0.2
    assert moved < 0.2


def test_a_prior_that_the_data_contradict_is_named(prior):
    generator = stream(6, "conflict")
    after = np.exp(np.array([1.3, 3.0, 0.2, -2.5]) + 0.1 * generator.standard_normal((1000, 4)))
    found = prior_conflict(
        prior, after, of_prior=np.array([0.2, 0.0, 0.04, 0.0]), of_likelihood=np.array([0.05, 0.9, 0.9, 0.9])
    )
    assert found.tolist() == [True, True, False, True]
