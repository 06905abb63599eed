import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from leadline.errors import InputError, NothingDone, UsageError
from leadline.inputs import Stages, stream
from leadline.measure.bridge import BridgeOptions, fit_bridge, fit_bridges
from leadline.measure.bridge.fit import observed_horizon

PLAIN = BridgeOptions(by="none", draws=500)


def shuffled(stages: Stages, order: np.ndarray) -> Stages:
    columns = {name: value[order] for name, value in vars(stages).items() if isinstance(value, np.ndarray)}
    return replace(stages, **columns)


@pytest.mark.slow
def test_the_order_of_the_rows_changes_nothing(world):
    stages = world(1, 900, tactic=np.array(["a", "b", "c"] * 300), lose=True)
    order = np.random.default_rng(1).permutation(900)
    one, other = fit_bridge(stages), fit_bridge(shuffled(stages, order))
    assert one.table() == other.table()
    assert one.sentence() == other.sentence()
    assert one.notes == other.notes
    assert one.manifest == other.manifest


def test_with_everybody_old_the_final_rate_is_the_raw_ratio(world):
    fitted = fit_bridge(world(2, 3000, rate=0.3, median=20, youngest=400, oldest=500), PLAIN)
    assert fitted.final_rate is not None
    assert fitted.final_rate.middle == pytest.approx(fitted.counts.raw, abs=0.01)
    assert "too low while cohorts are young" not in fitted.sentence()


def test_young_cohorts_do_not_lower_the_rate(world):
    fitted = fit_bridge(world(3, 4000, rate=0.25, median=20, oldest=60), PLAIN)
    assert fitted.counts.raw < 0.18
    assert fitted.final_rate is not None
    assert fitted.final_rate.low < 0.25 < fitted.final_rate.high
    assert "too low while cohorts are young" in fitted.sentence()


def test_a_final_rate_that_cannot_be_told_is_not_given(world):
    fitted = fit_bridge(world(4, 500, rate=0.3, median=60, shape=1.5, oldest=34), PLAIN)
    assert fitted.final_rate is None
    assert not fitted.is_identified
    assert fitted.horizon == 30
    assert fitted.sentence().startswith("leads are at most 34 days old; half of the conversions seen took longer than ")
    assert "; the final rate can't be told yet, the rate within 30 days is " in fitted.sentence()
    assert fitted.table()[0]["final_rate"] is None
    assert fitted.table()[0]["note"] == "final rate not identified"


def test_a_step_without_a_move_has_only_an_upper_bound(world):
    fitted = fit_bridge(world(5, 400, rate=0.0, oldest=60), PLAIN)
    assert fitted.final_rate is None
    assert fitted.twin is None
    # with no move among 400, the exact 95 % bound of a share is 1 - 0.05^(1/400) = 0.0075; ages cost some of it
    assert 0 < fitted.rate.low < fitted.rate.high < 0.015
    assert any("nobody has moved to sqo yet" in note for note in fitted.notes)


@pytest.mark.slow
def test_recorded_losses_are_competing_ends(world):
    stages = world(6, 3000, rate=0.25, median=25, oldest=100, lose=True)
    joint, alone = fit_bridge(stages, PLAIN), fit_bridge(stages, replace(PLAIN, losses="ignore"))
    assert joint.twin is not None
    assert alone.twin is not None
    assert (joint.twin.method, alone.twin.method) == ("Aalen-Johansen", "Kaplan-Meier")
    assert joint.bank.loss_median is not None
    # losses say who will not move any more, so they must narrow the final rate
    assert joint.final_rate is not None
    assert alone.final_rate is not None
    assert joint.final_rate.high - joint.final_rate.low < alone.final_rate.high - alone.final_rate.low
    assert joint.final_rate.low < 0.25 < joint.final_rate.high
    assert not any("never closed" in note for note in joint.notes)


@pytest.mark.slow
def test_losses_that_nobody_closes_are_not_read_as_slow_moves(world):
    fitted = fit_bridge(world(7, 1500, rate=0.25, median=25, oldest=400, lose=0.5), PLAIN)
    assert fitted.median_lag.low < 25 < fitted.median_lag.high
    assert fitted.final_rate is not None
    assert fitted.final_rate.low < 0.25 < fitted.final_rate.high
    (note,) = [note for note in fitted.notes if "never closed" in note]
    assert note.startswith("of the leads that will not become sqo, ")


def test_moves_before_records_began_are_allowed_for_once_it_is_said(world):
    stages = world(7, 4000, rate=0.3, median=20, oldest=300)
    began = dt.datetime(2025, 8, 1)  # noqa: DTZ001 - UTC without zone
    hidden = np.where(stages.moved_at < np.datetime64(began), np.datetime64("NaT"), stages.moved_at)
    silent = fit_bridge(replace(stages, moved_at=hidden), PLAIN)
    told = fit_bridge(replace(stages, moved_at=hidden, recorded_from=began), PLAIN)
    assert any(
        note.startswith("no sqo before 2025-08-01 although lead starts 2025-03-0")
        and "set recorded_from, or early cohorts look worse than they were" in note
        for note in silent.notes
    )
    assert not any("set recorded_from" in note for note in told.notes)
    assert silent.rate.high < 0.3
    assert told.final_rate is not None
    assert told.final_rate.low < 0.3 < told.final_rate.high


@pytest.mark.slow
def test_a_quiet_start_by_chance_is_no_warning(world):
    quiet = [
        any("set recorded_from" in note for note in fit_bridge(world(seed, 300, rate=0.1), PLAIN).notes)
        for seed in range(10, 15)
    ]
    assert sum(quiet) == 0


def test_a_jump_between_months_is_called_a_change_of_recording(world):
    steady = fit_bridge(world(8, 4000, rate=0.2), PLAIN)
    assert steady.jump is not None
    assert not steady.jump.is_jump
    # the simulator draws ages first from its own stream: drawn again here, to place the change in time
    age = 200 * stream(9, "simulated step").random(4000)
    changed = fit_bridge(world(9, 4000, rate=np.where(age > 100, 0.1, 0.25)), PLAIN)
    assert changed.jump is not None
    assert changed.jump.is_jump
    assert changed.jump.p_value < 0.001
    assert any("a change in process or recording, not a result of marketing" in note for note in changed.notes)


def test_a_lag_of_two_humps_is_said_not_to_fit(world):
    first, second = world(11, 1500, rate=0.3, median=2, shape=3), world(12, 1500, rate=0.3, median=90, shape=6)
    both = {
        name: np.concatenate([value, getattr(second, name)])
        for name, value in vars(first).items()
        if isinstance(value, np.ndarray)
    }
    both["subject"] = np.array([f"s{number}" for number in range(3000)])
    fitted = fit_bridge(replace(first, **both), PLAIN)
    assert fitted.agreement < 0.8
    assert any("lag shape doesn't fit" in note and "inside the Kaplan-Meier band at " in note for note in fitted.notes)


def test_asked_days_get_a_profile_interval_and_draws_agree(world):
    fitted = fit_bridge(world(13, 2000), replace(PLAIN, within=(20.0,), draws=4000))
    profile = fitted.rate_within(20.0)
    assert profile == fitted.within[20.0]
    drawn = np.quantile(fitted.bank.rate_within(np.array([20.0]))[:, 0], (0.05, 0.5, 0.95))
    width = profile.high - profile.low
    # Monte-Carlo error of the outer quantiles of 4,000 draws is 1 % of the width; skewness adds a little
    assert drawn == pytest.approx([profile.low, profile.middle, profile.high], abs=0.08 * width)
    other = fitted.rate_within(40.0)
    assert profile.middle < other.middle
    assert other.low < other.middle < other.high


def test_equal_seeds_give_equal_draws_and_other_seeds_other_ones(world):
    stages = world(14, 500)
    one, same, other = (fit_bridge(stages, replace(PLAIN, seed=seed)) for seed in (1, 1, 2))
    assert (one.bank.rate == same.bank.rate).all()
    assert (one.bank.rate != other.bank.rate).any()
    first, again = one.draws(100, 5), one.draws(100, 5)
    assert (first.rate == again.rate).all()
    assert len(np.unique(first.median)) > 80
    assert len(one.draws(1200, 5)) == 1200


def test_a_draw_gives_its_own_curve(world):
    draws = fit_bridge(world(15, 800), PLAIN).draws(50, 1)
    days = np.array([1.0, 10.0, 100.0])
    curves = draws.cdf(days)
    assert curves.shape == (50, 3)
    assert (draws.cdf(days, draw=7) == curves[7]).all()
    assert draws.cdf(days, draw=np.array([7, 3])) == pytest.approx(curves[[7, 3]])
    assert (np.diff(curves, axis=1) > 0).all()
    assert draws.cdf(draws.median)[np.arange(50), np.arange(50)] == pytest.approx(0.5)


def test_several_steps_are_one_funnel(world):
    steps = [world(16, 600), replace(world(17, 400, rate=0.4), from_state="sqo", to_state="won")]
    result = fit_bridges(steps, PLAIN)
    assert result.step("sqo", "won").counts.entered == 400
    assert [row["step"] for row in result.table()] == ["lead>sqo", "sqo>won"]
    assert result.sentence().count("\n") == 1
    with pytest.raises(UsageError, match='step "lead>won" is not known'):
        result.step("lead", "won")


def test_nothing_to_fit_is_said_not_guessed(step):
    with pytest.raises(NothingDone, match="lead > sqo: no usable entry among 1 rows"):
        fit_bridge(step(["2027-01-01"], [""]))
    with pytest.raises(NothingDone, match="no step to fit"):
        fit_bridges([])


def test_an_option_that_cannot_be_is_refused(world):
    with pytest.raises(UsageError, match="families is empty"):
        fit_bridge(world(18, 50), replace(PLAIN, families=()))
    with pytest.raises(UsageError, match='lag family "gamma" is not known'):
        fit_bridge(world(18, 50), replace(PLAIN, families=("gamma",)))
    broken = replace(world(18, 50), amount=np.zeros(3))
    with pytest.raises(InputError, match="column amount has 3 rows"):
        fit_bridge(broken)


@pytest.mark.parametrize(("oldest", "horizon"), [(34, 30), (2, 1), (400, 365), (0.01, 1 / 24)])
def test_the_horizon_is_a_round_number_that_entries_have_reached(oldest, horizon):
    assert observed_horizon(np.linspace(0, oldest, 500)) == horizon


def test_a_lag_of_hours_is_said_in_hours(world):
    fitted = fit_bridge(world(19, 600, rate=0.4, median=0.3, oldest=4), PLAIN)
    assert " hours (90 %: " in fitted.sentence()
    assert fitted.final_rate is not None
    assert fitted.final_rate.low < 0.4 < fitted.final_rate.high
