import json
from dataclasses import replace

import numpy as np
import pytest

from leadline.measure.bridge.cure import (
    Fate,
    Rows,
    Status,
    log_likelihood,
    log_moved,
    log_open,
    log_terms,
    row_slopes,
    will_move,
)
from leadline.measure.bridge.lags import Lag, lag_family

NOBODY = (np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))


def fate_of(rate: float, lag: Lag, loss: Lag | None = None) -> Fate:
    return Fate(np.array(np.log(rate / (1 - rate))), lag, loss)


def every_status() -> Rows:
    status = np.array([status for status in Status for _ in range(3)], dtype=np.int8)
    days = np.tile([2.0, 15.0, 70.0], len(Status))
    unseen = np.tile([0.0, 4.0, 30.0], len(Status))
    unseen[status == Status.MOVED] = 0.0
    nobody = np.zeros(len(days), dtype=np.int64)
    return Rows(status, days, unseen, np.ones(len(days)), nobody, nobody)


def test_the_published_likelihoods_are_met(shared):
    vectors = json.loads((shared / "vectors/bridge/bridge.json").read_text())["cure_log_likelihood"]
    plain, wide, narrow = vectors.values()
    chapelle = fate_of(plain["p"], Lag.from_scale("weibull", plain["lambda"]))
    assert log_moved(chapelle, np.array(5.0)) == pytest.approx(plain["converted_delay_5"], abs=1e-9)
    assert log_open(chapelle, np.array(10.0)) == pytest.approx(plain["not_converted_elapsed_10"], abs=1e-9)
    assert will_move(chapelle, np.array(10.0)) == pytest.approx(plain["posterior_will_convert_elapsed_10"], abs=1e-9)
    gamma = fate_of(0.3, Lag.from_scale("generalised-gamma", 0.05, shape=0.8, second=1.5))
    assert log_moved(gamma, np.array(30.0)) == pytest.approx(wide["converted at 30: log c + log f"], abs=1e-9)
    assert log_open(gamma, np.array(30.0)) == pytest.approx(wide["still open at 30: log(1 - c F)"], abs=1e-9)
    weibull = fate_of(0.3, Lag.from_scale("weibull", 0.05, shape=1.4))
    assert log_open(weibull, np.array(30.0)) == pytest.approx(narrow["still open at 30"], abs=1e-9)


def test_an_open_entry_may_have_moved_before_records_began():
    lag = Lag.from_scale("weibull", 0.05)
    seen = 0.3 * (lag.cdf(np.array(40.0)) - lag.cdf(np.array(10.0)))
    assert log_open(fate_of(0.3, lag), np.array(40.0), unseen=np.array(10.0)) == pytest.approx(np.log(1 - seen))


def test_competing_ends_use_both_lags():
    lag, loss = Lag.from_scale("weibull", 0.05), Lag.from_scale("weibull", 0.02)
    age = np.array(40.0)
    by_hand = 0.3 * lag.survival(age) + 0.7 * loss.survival(age)
    assert log_open(fate_of(0.3, lag, loss), age) == pytest.approx(np.log(by_hand))
    assert will_move(fate_of(0.3, lag, loss), age) == pytest.approx(0.3 * lag.survival(age) / by_hand)


def test_a_loss_that_nobody_records_stays_open_for_ever():
    lag, loss = Lag.from_scale("weibull", 0.05), Lag.from_scale("weibull", 0.02)
    fate = replace(fate_of(0.3, lag, loss), logit_recorded=np.array(np.log(0.6 / 0.4)))
    assert log_open(fate, np.array(1e6)) == pytest.approx(np.log(0.7 * 0.4))
    assert will_move(fate, np.array(1e6)) == 0
    ever_lost = Rows(
        np.array([Status.LOST_UNDATED], dtype=np.int8), *(np.array([1e6]), np.zeros(1), np.ones(1)), *NOBODY
    )
    assert log_likelihood(ever_lost, fate) == pytest.approx(np.log(0.7 * 0.6))


@pytest.mark.parametrize("family", ["weibull", "log-normal", "log-logistic", "generalised-gamma"])
@pytest.mark.parametrize("competing", [False, True])
def test_the_slopes_are_those_of_the_likelihood(family, competing):
    rows, step = every_status(), 1e-5
    point = np.array([-1.2, np.log(18.0), 0.2, -0.3, np.log(35.0), 0.1, 0.7])

    def values(at):
        loss = Lag(lag_family("weibull"), np.exp(at[4]), np.exp(at[5])) if competing else None
        terms = np.zeros(len(rows.days))
        lag = Lag(lag_family(family), np.exp(at[1]), np.exp(at[2]), np.exp(at[3]))
        for chosen, part in log_terms(rows, Fate(at[0], lag, loss, at[6] if competing else None)):
            terms[chosen] = part
        return terms

    loss = Lag(lag_family("weibull"), np.exp(point[4]), np.exp(point[5])) if competing else None
    lag = Lag(lag_family(family), np.exp(point[1]), np.exp(point[2]), np.exp(point[3]))
    slopes = row_slopes(rows, Fate(point[0], lag, loss, point[6] if competing else None))
    for place in range(7):
        shift = np.zeros(7)
        shift[place] = step
        numeric = (values(point + shift) - values(point - shift)) / (2 * step)
        assert slopes[:, place] == pytest.approx(numeric, abs=2e-6), place


def test_draws_and_weights_enter_the_likelihood():
    rows = every_status()
    heavy = Rows(rows.status, rows.days, rows.unseen, 3 * rows.weight, rows.group, rows.segment)
    logits = np.array([[-2.0], [-1.0]])
    many = Fate(logits, Lag(lag_family("weibull"), np.array([[10.0], [20.0]]), np.array([[1.0], [1.4]])))
    first = Fate(logits[0], Lag(lag_family("weibull"), np.array([10.0]), np.array([1.0])))
    assert log_likelihood(rows, many).shape == (2,)
    assert log_likelihood(rows, many)[0] == pytest.approx(float(log_likelihood(rows, first)))
    assert log_likelihood(heavy, first) == pytest.approx(3 * float(log_likelihood(rows, first)))


def test_an_impossible_row_has_a_finite_likelihood():
    sure = Fate(np.array(60.0), Lag(lag_family("weibull"), np.array(1.0), np.array(3.0)))
    assert np.isfinite(log_open(sure, np.array(1e4)))
