from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.errors import UsageError
from leadline.worlds import parse_world, simulate
from leadline.worlds.quantities import drawn

from .conftest import small_plan, small_world


def test_only_estimates_are_drawn():
    raw = {"a": "14 %", "b": "2027-05-03..2027-05-07", "c": ["x", 3], "d": {"e": "1..1.6..3"}, "f": "search..all"}
    plain, draws = drawn(raw, 1)
    assert list(draws) == ["d.e"]
    assert {key: plain[key] for key in "abcf"} == {key: raw[key] for key in "abcf"}
    assert plain["d"]["e"] == draws["d.e"]


def test_an_estimate_more_leaves_the_other_draws_as_they_were():
    one, two = drawn({"a": "9..14..19 %"}, 7)[1], drawn({"x": "1..2..3", "a": "9..14..19 %"}, 7)[1]
    assert two["a"] == one["a"]


@given(st.integers(0, 10**9))
def test_a_draw_is_the_same_again_and_keeps_its_range(seed):
    (one, draws), again = (
        drawn({"a": "40..90..99 %", "b": "-3..0..5 EUR/day"}, seed),
        drawn({"a": "40..90..99 %"}, seed),
    )
    assert again[1]["a"] == draws["a"]
    assert 0 < draws["a"] < 100
    assert one["b"].endswith(" EUR/day")


def test_draws_have_the_median_and_the_ends_that_were_written():
    draws = np.array([drawn({"a": "10..14..30 days"}, seed)[1]["a"] for seed in range(2_000)])
    shares = [(draws < 10).mean(), (draws < 14).mean(), (draws > 30).mean()]
    assert shares == pytest.approx([0.05, 0.5, 0.05], abs=0.03)  # 3 binomial standard errors of 2,000


def test_a_world_draws_for_the_seed_it_lives_by_and_tells_the_truth():
    raw = dict(small_world().origin.raw, phoned="10..20..30 %")
    world = parse_world(raw, "small")
    one, other = (simulate(world, small_plan(), seed=seed).world for seed in (1, 2))
    assert one.phoned != other.phoned
    assert other.drawn == {"phoned": pytest.approx(100 * other.phoned)}


def test_an_estimate_out_of_order_is_named():
    with pytest.raises(UsageError, match="outside low"):
        parse_world(dict(small_world().origin.raw, phoned="30..20..10 %"), "small")


def test_a_key_that_no_file_may_hold_is_refused():
    with pytest.raises(UsageError, match="origin"):
        parse_world(dict(small_world().origin.raw, origin={}), "small")
