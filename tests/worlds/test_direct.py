from __future__ import annotations

import numpy as np
import pytest

from leadline.worlds import make_stages, stages_of

from .conftest import small_world

ENTRIES = 200_000


@pytest.mark.parametrize(("tactic", "rate"), [("", 0.4), ("fair", 0.15)])
def test_entries_move_at_the_true_rate_and_after_the_true_delay(tactic, rate):
    world = small_world(world={"id": "long", "start": "2017-01-01", "as_of": "2027-04-30", "end": "2027-06-30"})
    stages = make_stages(world, 1, step=("lead", "sqo"), entries=ENTRIES, tactic=tactic)
    old = stages.entered_at < np.datetime64(
        "2026-01-01"
    )  # 12 days on average: after a year all that will move has moved
    moved = ~np.isnat(stages.moved_at[old])
    assert moved.mean() == pytest.approx(rate, abs=3 * np.sqrt(rate * (1 - rate) / old.sum()))
    lag = (stages.moved_at[old] - stages.entered_at[old])[moved] / np.timedelta64(1, "D")
    assert lag.mean() == pytest.approx(12, abs=3 * lag.std() / np.sqrt(len(lag)))
    assert lag.var() == pytest.approx(12**2 / 2, rel=0.05)  # gamma of shape 2: variance = mean² / shape


def test_the_files_know_nothing_after_as_of():
    stages = make_stages(small_world(), 1, step=("lead", "sqo"), entries=5_000)
    limit = np.datetime64("2027-05-01", "us")
    for column in (stages.entered_at, stages.moved_at, stages.ended_at):
        assert np.all(column[~np.isnat(column)] < limit)
    assert not np.any((stages.end == "lost") & ~np.isnat(stages.moved_at))


def test_a_company_tells_the_same_as_its_cases(small):
    stages = stages_of(small, ("lead", "sqo"))
    assert len(stages.subject) == small.count("lead", small.as_of)
    assert int((~np.isnat(stages.moved_at)).sum()) == small.count("sqo", small.as_of)
    assert set(stages.tactic.tolist()) == {"", "search", "fair"}


def test_given_up_cases_carry_their_day_and_nothing_else(small):
    stages = stages_of(small, ("sqo", "contract"))
    lost = stages.end == "lost"
    assert lost.any()
    assert np.array_equal(lost, ~np.isnat(stages.ended_at))
    assert not np.any(lost & ~np.isnat(stages.moved_at))
