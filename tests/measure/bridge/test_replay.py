import datetime as dt

import numpy as np
import pytest

from leadline.errors import NothingDone
from leadline.inputs import stream
from leadline.measure.bridge import BridgeOptions, replay_bridge
from leadline.measure.bridge.replay import as_known
from leadline.measure.diagnose import crps

QUICK = BridgeOptions(by="none", draws=300, families=("weibull",))
AS_OF = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - moments in inputs are UTC without zone


def back(stages, *days):
    return [as_known(stages, AS_OF - dt.timedelta(days=ahead)) for ahead in days]


def test_a_cut_knows_nothing_of_the_future(step):
    stages = step(
        ["2025-06-01", "2025-06-01", "2025-09-01"],
        ["2025-06-20", "2025-08-20", ""],
        ended=["", "", "2025-10-01"],
        end=["", "", "lost"],
    )
    cut = as_known(stages, dt.datetime(2025, 7, 1))  # noqa: DTZ001 - UTC without zone
    assert cut.subject.tolist() == ["s0", "s1"]
    assert np.isnat(cut.moved_at).tolist() == [False, True]
    assert cut.end.tolist() == ["", ""]
    later = as_known(stages, dt.datetime(2025, 9, 15))  # noqa: DTZ001 - UTC without zone
    assert later.end.tolist() == ["", "", ""]
    assert np.isnat(later.ended_at).all()


def test_the_score_is_that_of_a_known_distribution():
    # CRPS of a standard normal at 0 is (sqrt(2) - 1) / sqrt(pi) = 0.2337 (Gneiting & Raftery 2007, eq. 21)
    draws = stream(1, "crps").standard_normal(40_000)
    assert crps(draws, 0.0) == pytest.approx(0.2337, abs=4 * 0.6 / np.sqrt(40_000))


@pytest.mark.slow
def test_replays_compare_the_forecast_with_what_came(world):
    stages = world(61, 4000, rate=0.25, median=40, oldest=500, lose=True)
    result = replay_bridge([stages, *back(stages, 240, 210, 180, 150, 120, 95)], QUICK)
    assert result.dates == 6
    assert len(result.replays) == 18
    for replay in result.replays:
        assert replay.low <= replay.expected <= replay.high
        assert replay.came <= replay.open
    first = result.replays[0]
    moved = stages.moved_at - np.datetime64(first.as_of, "us")
    open_then = (stages.entered_at <= np.datetime64(first.as_of, "us")) & (moved > np.timedelta64(0, "us"))
    assert first.came == int((open_then & (moved <= np.timedelta64(30, "D"))).sum())
    assert result.coverage[0] >= 0.8
    assert abs(result.bias) < 0.15
    assert result.better_than_naive >= 2 / 3
    assert result.sentence().startswith("At 6 past dates the 90 % interval held in ")
    assert [row["days"] for row in result.table()[:3]] == [30, 60, 90]


def test_few_dates_are_said_to_be_few(world):
    stages = world(62, 600)
    result = replay_bridge([*back(stages, 70), stages], QUICK)
    assert [replay.days for replay in result.replays] == [30, 60]
    assert result.sentence() == "not yet calibrated (1 of 6 past dates)."


def test_without_a_past_date_nothing_is_replayed(world):
    stages = world(63, 200)
    with pytest.raises(NothingDone, match="no past date lies 30 days or more before the last"):
        replay_bridge([*back(stages, 10), stages], QUICK)
