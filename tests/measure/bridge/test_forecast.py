from dataclasses import replace

import numpy as np
import pytest

from leadline.errors import InputError, NothingDone, UsageError
from leadline.measure.bridge import BridgeOptions, OpenPipeline, fit_bridge, forecast_pipeline
from leadline.measure.bridge.draws import StepDraws
from leadline.measure.bridge.forecast import KnownStep, chance_in_time
from leadline.measure.bridge.lags import Lag

# Worked example of the forecast's design: rate 28 %, lag Gamma(shape 4, scale 30 days), 90 days left.
AGES = np.array([0.0, 30.0, 60.0, 120.0, 240.0])
IN_TIME = [0.0988, 0.1541, 0.1727, 0.1170, 0.0143]
OPEN = np.array([10, 12, 15, 8, 5])


def gamma_cdf(days):
    from scipy.special import gammainc

    return gammainc(4, np.asarray(days) / 30)


def gamma_draws(count: int = 1, rate: float = 0.28) -> StepDraws:
    lag = Lag.from_scale("generalised-gamma", 1 / 30, shape=1.0, second=4.0)
    return StepDraws(
        "generalised-gamma",
        np.full(count, rate),
        np.full(count, float(lag.median)),
        np.ones(count),
        np.full(count, 4.0),
    )


def pipeline_of(ages, state="sqo", amount=None) -> OpenPipeline:
    count = len(ages)
    amounts = np.full(count, np.nan) if amount is None else np.asarray(amount, dtype=float)
    return OpenPipeline(
        np.array([f"o{n}" for n in range(count)]), np.full(count, state), np.asarray(ages, float), amounts
    )


def test_the_worked_example_by_its_own_lag():
    chances = chance_in_time(0.28, gamma_cdf, age=AGES, days=90)
    assert chances == pytest.approx(IN_TIME, abs=5e-5)
    assert (OPEN * chances).sum() == pytest.approx(6.436, abs=5e-4)
    assert (OPEN * chances * (1 - chances)).sum() == pytest.approx(5.495, abs=5e-4)


def test_the_draws_give_the_same_chances():
    assert gamma_draws().moves_by(AGES, 90)[0] == pytest.approx(IN_TIME, abs=5e-5)


def test_simulated_entries_have_the_mean_and_variance_of_the_worked_example():
    step = KnownStep("sqo", "won", gamma_draws())
    forecast = forecast_pipeline([step], pipeline_of(np.repeat(AGES, OPEN)), days=[90], size=20_000, shock=0)
    wins = forecast.wins[:, 0]
    # 4 Monte-Carlo standard errors: of the mean sqrt(5.495 / 20,000), of the variance about 5.495 sqrt(2 / 20,000)
    assert wins.mean() == pytest.approx(6.436, abs=0.066)
    assert wins.var() == pytest.approx(5.495, abs=0.22)
    chances = np.repeat(IN_TIME, OPEN)
    assert forecast.chance == pytest.approx(chances, abs=4 * np.sqrt(0.15 / 20_000))


def test_new_entries_of_the_worked_example_are_late():
    # three a week for twelve weeks, entered mid-week: 1.148 wins in time where ignoring the lag says 10.08
    left = 90 - (3.5 + 7 * np.arange(12))
    in_time = sum(3 * float(chance_in_time(0.28, gamma_cdf, age=np.zeros(1), days=days)[0]) for days in left)
    assert in_time == pytest.approx(1.148, abs=5e-4)


def test_recorded_losses_raise_the_chance_of_what_is_still_open():
    def losses(days):
        return 1 - np.exp(-np.asarray(days) / 40)

    by_hand = 0.28 * (gamma_cdf(120.0) - gamma_cdf(60.0)) / (1 - 0.28 * gamma_cdf(60.0) - 0.72 * losses(60.0))
    assert chance_in_time(0.28, gamma_cdf, age=np.array(60.0), days=60, loss_cdf=losses) == pytest.approx(by_hand)
    draws = replace(gamma_draws(), loss_median=np.array([40 * np.log(2)]), loss_shape=np.ones(1))
    assert draws.moves_by(np.array([60.0]), 60)[0, 0] == pytest.approx(by_hand)


def test_two_steps_are_chained_by_their_lags_not_by_their_means():
    first, second = KnownStep("lead", "sqo", gamma_draws(rate=0.5)), KnownStep("sqo", "won", gamma_draws(rate=0.6))
    days = 150
    forecast = forecast_pipeline([first, second], pipeline_of(np.zeros(200), "lead"), days=[days], size=2000, shock=0)
    # both lags are Gamma(4, 30): their sum is Gamma(8, 30)
    from scipy.special import gammainc

    expected = 200 * 0.3 * float(gammainc(8, days / 30))
    assert forecast.wins.mean() == pytest.approx(expected, abs=4 * np.sqrt(expected / 2000))
    assert expected < 10 < 200 * 0.3  # adding the means (240 days) would give none by then, ignoring lags 60
    assert forecast.arrivals["sqo"].mean() == pytest.approx(200 * 0.5 * gamma_cdf(days), rel=0.02)


def test_a_common_shock_widens_without_moving_the_mean():
    draws = StepDraws("weibull", np.array([0.28]), np.array([110.0]), np.array([2.0]))
    step = KnownStep("sqo", "won", draws)
    calm, rough = (
        forecast_pipeline([step], pipeline_of(np.zeros(400)), days=[400], size=2000, shock=shock).wins[:, 0]
        for shock in (0.0, 0.3)
    )
    assert rough.std() > 1.5 * calm.std()
    assert rough.mean() == pytest.approx(calm.mean(), abs=4 * rough.std() / np.sqrt(2000))


def test_amounts_make_revenue_and_unknown_ones_are_drawn():
    step = KnownStep("sqo", "won", gamma_draws(rate=0.999999))
    known = forecast_pipeline([step], pipeline_of(np.zeros(3), amount=[100, 200, 300]), days=[5000], size=50)
    assert known.revenue[:, 0] == pytest.approx(600)
    some = forecast_pipeline([step], pipeline_of(np.zeros(3), amount=[100, np.nan, 300]), days=[5000], size=500)
    assert set(np.unique(some.revenue)) == {500, 700}
    assert any("1 of 3 open entries have no amount" in note for note in some.notes)
    none = forecast_pipeline([step], pipeline_of(np.zeros(3)), days=[5000], size=50)
    assert none.table()[0]["revenue_p50"] is None


def test_the_answer_is_in_words_and_rows(world):
    stages = world(41, 1500, amount=np.full(1500, 1000.0))
    fitted = fit_bridge(stages, BridgeOptions(by="none", draws=500))
    pipeline = OpenPipeline.of([stages])
    assert len(pipeline.age) == fitted.counts.open
    forecast = forecast_pipeline([fitted], pipeline, days=(60, 30), seed=3)
    assert [row["days"] for row in forecast.table()] == [30, 60]
    assert (forecast.wins[:, 0] <= forecast.wins[:, 1]).all()
    assert forecast.revenue == pytest.approx(1000 * forecast.wins)
    assert f"of the {fitted.counts.open} open now are expected to be sqo within 60 days" in forecast.sentence()
    target = float(np.median(forecast.wins[:, 1]))
    assert "or more is open (" in forecast.sentence(target)
    assert forecast.carriers(3)[0]["chance"] >= forecast.carriers(3)[2]["chance"]
    again = forecast_pipeline([fitted], pipeline, days=(60, 30), seed=3)
    assert (again.wins == forecast.wins).all()


def test_what_cannot_be_forecast_is_refused():
    step, other = KnownStep("sqo", "won", gamma_draws()), KnownStep("lead", "mql", gamma_draws())
    with pytest.raises(UsageError, match="one ends in mql, the next begins with sqo"):
        forecast_pipeline([other, step], pipeline_of([1.0]), days=[30])
    with pytest.raises(UsageError, match='state of an open entry "lead" is not known'):
        forecast_pipeline([step], pipeline_of([1.0], "lead"), days=[30])
    with pytest.raises(NothingDone, match="nothing is open"):
        forecast_pipeline([step], pipeline_of([]), days=[30])
    with pytest.raises(NothingDone, match="at least one step"):
        forecast_pipeline([], pipeline_of([1.0]), days=[30])
    with pytest.raises(InputError, match="2 problems"):
        forecast_pipeline([step], pipeline_of([-1.0]), days=[0])
    with pytest.raises(UsageError, match='number of days "45" is not known'):
        forecast_pipeline([step], pipeline_of([1.0]), days=[30]).reaches(1, days=45)


@pytest.mark.slow
def test_five_thousand_open_deals_are_quick():
    import time

    step = KnownStep("sqo", "won", gamma_draws(50))
    begun = time.process_time()
    forecast_pipeline([step], pipeline_of(np.linspace(0, 200, 5000)), days=[30, 60, 90])
    assert time.process_time() - begun < 10  # the bar is 5 s on a quiet machine
