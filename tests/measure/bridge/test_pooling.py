import numpy as np
import pytest

from leadline.errors import UsageError
from leadline.inputs import stream
from leadline.measure.bridge import BridgeOptions, fit_bridge
from leadline.measure.bridge.pooling import exact_interval

RATES = {"search": 0.30, "social": 0.10, "mail": 0.20, "fair": 0.25, "tiny": 0.20}
SIZES = {"search": 900, "social": 900, "mail": 700, "fair": 500, "tiny": 12}


@pytest.fixture(scope="module")
def fitted(world):
    names = np.repeat(list(SIZES), list(SIZES.values()))
    rates = np.array([RATES[name] for name in names])
    return fit_bridge(world(31, len(names), rate=rates, tactic=names, origin=np.where(names == "mail", "", "web")))


def test_exact_intervals_are_those_of_clopper_and_pearson():
    # Clopper & Pearson 1934 by the F distribution; 0 of n: 1 - 0.05^(1/n)
    assert exact_interval(0, 20) == pytest.approx((0.0, 1 - 0.05 ** (1 / 20)))
    assert exact_interval(20, 20) == pytest.approx((0.05 ** (1 / 20), 1.0))
    low, high = exact_interval(4, 20)
    assert (low, high) == pytest.approx((0.07135, 0.40103), abs=1e-5)


def test_each_group_is_counted_and_estimated(fitted):
    groups = {group.name: group for group in fitted.groups if group.column == "tactic"}
    assert {name: group.entered for name, group in groups.items()} == SIZES
    for name in ("search", "social", "mail", "fair"):
        group = groups[name]
        assert not group.is_mostly_others
        assert group.raw_low < group.raw < group.raw_high
        assert group.rate.low < RATES[name] < group.rate.high
        assert group.median_lag.low < 20 < group.median_lag.high


def test_a_small_group_is_mostly_the_average_of_the_others(fitted):
    tiny = next(group for group in fitted.groups if group.name == "tiny")
    assert tiny.is_mostly_others
    row = next(row for row in fitted.table() if row["name"] == "tiny")
    assert row["note"] == "mostly the average of the others"
    others = fitted.rate.middle
    assert abs(tiny.rate.middle - others) < abs(tiny.raw - others) + 0.03
    assert tiny.rate.high - tiny.rate.low < tiny.raw_high - tiny.raw_low


def test_other_columns_are_counted_only(fitted):
    origins = [group for group in fitted.groups if group.column == "origin"]
    assert [(group.name, group.entered) for group in origins] == [("web", 2312), ("", 700)]
    assert all(group.rate is None for group in origins)
    assert {row["name"] for row in fitted.table() if row["group"] == "origin"} == {"web", "(blank)"}


def test_draws_of_a_group_are_its_own(fitted):
    search, social = fitted.draws(500, 1, group="search"), fitted.draws(500, 1, group="social")
    assert np.mean(search.rate > social.rate) > 0.99
    with pytest.raises(UsageError, match=r'group of lead > sqo "serach" is not known\. Did you mean "search"'):
        fitted.draws(10, 1, group="serach")


def test_equal_groups_are_pulled_together(world):
    names = stream(1, "names").choice(["a", "b", "c", "d", "e", "f"], size=1800)
    fitted = fit_bridge(world(32, 1800, rate=0.2, tactic=names))
    rates = np.array([group.rate.middle for group in fitted.groups])
    raw = np.array([group.raw for group in fitted.groups])
    assert rates.std() < 0.7 * raw.std()


@pytest.mark.slow
def test_segments_are_allowed_for_within_tactics(world):
    generator = stream(2, "segments")
    count = 4000
    tactic = np.where(generator.random(count) < 0.5, "a", "b")
    # tactic a meets mostly small firms, which move less; within a segment both tactics are equal
    small = generator.random(count) < np.where(tactic == "a", 0.8, 0.2)
    segment = np.where(small, "small", "large")
    fitted = fit_bridge(world(35, count, rate=np.where(small, 0.1, 0.3), tactic=tactic, segment=segment))
    groups = {group.name: group for group in fitted.groups if group.column == "tactic"}
    # each tactic's rate is that of its own mix: 0.8 * 0.1 + 0.2 * 0.3 and the reverse
    assert groups["a"].rate.low < 0.14 < groups["a"].rate.high
    assert groups["b"].rate.low < 0.26 < groups["b"].rate.high


def test_by_says_which_column_is_pooled(world):
    names = np.where(np.arange(600) % 2 == 0, "a", "b")
    stages = world(34, 600, tactic=names, origin=names)
    fitted = fit_bridge(stages, BridgeOptions(by="origin", draws=200))
    pooled = {group.column for group in fitted.groups if group.rate is not None}
    assert pooled == {"origin"}
    none = fit_bridge(stages, BridgeOptions(by="none", draws=200))
    assert all(group.rate is None for group in none.groups)
