"""Three points -> a distribution that meets all three, however lopsided; bare numbers are widened."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.plan.estimate import Belief, Widening, from_triple, point, quantile, to_triple, widen

positive = st.floats(1e-6, 1e9)
share = st.floats(1e-4, 1 - 1e-4)
signed = st.floats(-1e6, 1e6)


def triples(values):
    return st.lists(values, min_size=3, max_size=3).map(sorted).filter(lambda t: t[0] < t[1] < t[2])


BELIEFS = st.one_of(
    triples(positive).map(lambda t: Belief(*t, "amount")),
    triples(share).map(lambda t: Belief(*t, "share")),
    triples(signed).map(lambda t: Belief(*t, "signed")),
)


@given(BELIEFS)
def test_low_base_and_high_are_the_5_50_and_95_percent_points(belief):
    found = [quantile(belief, p) for p in (0.05, 0.5, 0.95)]
    assert found == pytest.approx(to_triple(belief), rel=1e-9, abs=1e-9)


@given(BELIEFS, st.floats(0.0001, 0.9999), st.floats(0.0001, 0.9999))
def test_quantiles_rise_and_stay_on_their_scale(belief, p, q):
    low, high = quantile(belief, min(p, q)), quantile(belief, max(p, q))
    assert low <= high or low == pytest.approx(high)
    if belief.scale == "share":
        assert low >= 0
        assert high <= 1
    if belief.scale == "amount":
        assert low >= 0


def test_quantiles_of_a_known_log_normal():
    belief = Belief(math.exp(-1.6448536269514722), 1.0, math.exp(1.6448536269514722), "amount")  # sigma 1
    assert quantile(belief, 0.8413447460685429) == pytest.approx(math.e, rel=1e-9)  # one sd above the median


@pytest.mark.parametrize(
    ("value", "scale", "method", "low", "high"),
    [
        (0.10, "share", None, 0.0526, 0.1818),  # 10 % is 5.3..10..18.2 %
        (0.14, "share", "expert", 0.0979, 0.1963),  # 14 % of an expert is 9.8..14..19.6 %
        (1200.0, "amount", "guess", 600.0, 2400.0),
        (1200.0, "amount", "benchmark", 800.0, 1800.0),
        (-17.2, "signed", "guess", -34.4, 0.0),
        (2.0, "signed", "expert", 1.0, 3.0),
        (5.0, "amount", "measured", 5.0, 5.0),
        (0.0, "amount", "guess", 0.0, 0.0),
        (1.0, "share", "guess", 1.0, 1.0),
        (0.0, "share", "guess", 0.0, 0.0),
    ],
)
def test_a_bare_number_is_widened_by_its_method(value, scale, method, low, high):
    belief = widen(value, scale, method=method)
    assert (round(belief.low, 4), belief.base, round(belief.high, 4)) == (low, value, high)
    assert belief.is_point == (low == high)


@given(share, st.sampled_from(["guess", "expert", "benchmark", None]))
def test_measured_is_never_wider_than_anything_else(value, method):
    bare, measured = widen(value, "share", method=method), widen(value, "share", method="measured")
    assert bare.low <= measured.low
    assert measured.high <= bare.high


def test_the_factors_of_widening_can_be_set():
    assert to_triple(widen(9.0, "amount", method="guess", factors=Widening(guess=3.0))) == (3.0, 9.0, 27.0)
    assert widen(9.0, "amount", method="guess", factors=Widening(guess=1.0)).is_point


@pytest.mark.parametrize(
    ("triple", "scale", "words"),
    [
        ((3, 2, 4), "amount", "outside low..high"),
        ((0, 2, 4), "amount", "leaves its range"),
        ((0.1, 0.2, 1.0), "share", "leaves its range"),
    ],
)
def test_three_numbers_that_make_no_distribution_are_refused(triple, scale, words):
    with pytest.raises(ValueError, match=words):
        from_triple(triple, scale)


def test_three_equal_numbers_are_a_point_and_a_point_has_one_value():
    assert from_triple((5, 5, 5), "amount") == point(5)
    assert {quantile(point(5.0), p) for p in (0.01, 0.5, 0.99)} == {5.0}
    with pytest.raises(ValueError, match="0 < p < 1"):
        quantile(point(5.0), 1.0)
