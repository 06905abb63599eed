import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.errors import UsageError
from leadline.measure.bridge.lags import Lag, lag_family

FAMILIES = ("weibull", "log-normal", "log-logistic", "generalised-gamma")


def lag_of(family: str, median: float, shape: float, second: float) -> Lag:
    return Lag(lag_family(family), np.array(median), np.array(shape), np.array(second))


def test_the_published_vectors_are_met(shared):
    vectors = json.loads((shared / "vectors/bridge/bridge.json").read_text())["cure_log_likelihood"]
    gamma = vectors["generalised_gamma c=0.3 lambda=0.05 p=0.8 k=1.5"]
    weibull = vectors["weibull c=0.3 lambda=0.05 p=1.4 (k=1)"]
    lag = Lag.from_scale("generalised-gamma", 0.05, shape=0.8, second=1.5)
    assert lag.cdf(np.array(30.0)) == pytest.approx(gamma["F(30)"], abs=1e-9)
    assert lag.log_density(np.array(30.0)) == pytest.approx(gamma["log f(30)"], abs=1e-9)
    assert Lag.from_scale("weibull", 0.05, shape=1.4).cdf(np.array(30.0)) == pytest.approx(weibull["F(30)"], abs=1e-9)


@given(
    family=st.sampled_from(FAMILIES),
    median=st.floats(0.01, 500),
    shape=st.floats(0.3, 4),
    second=st.floats(0.3, 4),
    share=st.floats(0.01, 0.99),
)
def test_quantile_undoes_the_distribution_and_the_median_is_the_median(family, median, shape, second, share):
    lag = lag_of(family, median, shape, second)
    days = lag.quantile(np.array(share))
    assert float(lag.cdf(days)) == pytest.approx(share, abs=1e-7)
    assert float(lag.survival(days)) == pytest.approx(1 - share, abs=1e-7)
    assert float(lag.quantile(np.array(0.5))) == pytest.approx(median, rel=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_density_is_the_slope_of_the_distribution(family):
    lag, days, step = lag_of(family, 20.0, 1.3, 0.7), np.array([0.5, 5.0, 20.0, 90.0]), 1e-5
    slope = (lag.cdf(days + step) - lag.cdf(days - step)) / (2 * step)
    assert np.exp(lag.log_density(days)) == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_has_moved_at_age_zero(family):
    assert lag_of(family, 20.0, 0.4, 1.0).cdf(np.array(0.0)) < 1e-60


def test_the_generalised_gamma_contains_gamma_and_weibull():
    days = np.array([1.0, 30.0, 120.0])
    wide = Lag.from_scale("generalised-gamma", 0.02, shape=1.4, second=1.0)
    assert wide.cdf(days) == pytest.approx(Lag.from_scale("weibull", 0.02, shape=1.4).cdf(days), abs=1e-12)
    erlang = Lag.from_scale("generalised-gamma", 1 / 30, shape=1.0, second=4.0)
    x = days / 30
    assert erlang.cdf(days) == pytest.approx(1 - np.exp(-x) * (1 + x + x**2 / 2 + x**3 / 6), abs=1e-12)


def test_an_unknown_family_names_the_known_ones():
    with pytest.raises(UsageError, match=r'lag family "weibul" is not known. Did you mean "weibull"'):
        lag_family("weibul")
