import json

import numpy as np
import pytest

from leadline.inputs import stream
from leadline.measure.bridge.twins import aalen_johansen, agreement, kaplan_meier


def test_aalen_johansen_on_eight_deals(shared):
    vectors = json.loads((shared / "vectors/bridge/bridge.json").read_text())["aalen_johansen"]
    days = np.array([deal["days"] for deal in vectors["deals"]], dtype=float)
    won = np.array([deal["end"] == "won" for deal in vectors["deals"]])
    lost = np.array([deal["end"] == "lost" for deal in vectors["deals"]])
    twin = aalen_johansen(days, won, lost=lost)
    for expected in vectors["expected"]:
        place = np.searchsorted(twin.days, expected["t"], side="right") - 1
        assert twin.share[place] == pytest.approx(expected["P_won"], abs=1e-9)
        assert twin.lost[place] == pytest.approx(expected["P_lost"], abs=1e-9)
        assert 1 - twin.share[place] - twin.lost[place] == pytest.approx(expected["P_open"], abs=1e-9)


def test_kaplan_meier_by_hand():
    days = np.array([3.0, 5.0, 5.0, 8.0, 10.0])
    twin = kaplan_meier(days, np.array([True, True, False, True, False]))
    kept = np.cumprod([4 / 5, 3 / 4, 1 / 2])
    assert twin.share == pytest.approx(1 - kept)
    greenwood = np.cumsum([1 / (5 * 4), 1 / (4 * 3), 1 / (2 * 1)])
    assert twin.variance == pytest.approx(kept**2 * greenwood)
    low, high = twin.band()
    spread = 1.959963985 * np.sqrt(greenwood) / np.abs(np.log(kept))
    assert low == pytest.approx(1 - kept ** np.exp(-spread))
    assert high == pytest.approx(1 - kept ** np.exp(spread))


def test_without_losses_both_variances_agree():
    generator = stream(1, "twins")
    days = np.round(30 * generator.weibull(1.2, 400), 1)
    moved = generator.random(400) < 0.6
    greenwood = kaplan_meier(days, moved).variance
    incidence = aalen_johansen(days, moved, lost=np.zeros(400, dtype=bool)).variance
    # the delta method's own term uses n^3 where Greenwood has n^2 (n - d): equal to order 1/n
    assert incidence[:-5] == pytest.approx(greenwood[:-5], rel=0.02)


def test_the_incidence_variance_is_that_of_repeated_samples():
    generator = stream(2, "twins")
    shares, variances = [], []
    for _ in range(400):
        moves, losses, ages = (
            20 * generator.weibull(1.2, 200),
            35 * generator.weibull(1.0, 200),
            60 * generator.random(200),
        )
        days = np.minimum(np.minimum(moves, losses), ages)
        twin = aalen_johansen(days, moves == days, lost=losses == days)
        place = np.searchsorted(twin.days, 25.0) - 1
        shares.append(twin.share[place])
        variances.append(twin.variance[place])
    # the variance of 400 shares is itself known to about 7 %: four of its standard errors
    assert np.mean(variances) == pytest.approx(np.var(shares), rel=0.28)


def test_before_the_first_move_nothing_has_moved():
    twin = kaplan_meier(np.array([3.0, 9.0]), np.array([True, False]))
    assert twin.at(2.0) == (0.0, 0.0, 0.0)
    assert twin.at(3.0)[0] == pytest.approx(0.5)


def test_agreement_counts_the_event_times_inside_the_band():
    twin = kaplan_meier(np.append(np.arange(1.0, 101.0), 200.0), np.arange(101) < 100)
    assert agreement(twin, twin.share) == 1.0
    assert agreement(twin, np.where(twin.days <= 50, twin.share, 0.0)) == pytest.approx(0.5)
