"""Records combine as the worked example of decisions.md 1.5 says; repetition never averages a bias away."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.decide.ledger import Record, Thresholds, combine, from_scale, to_scale
from leadline.errors import InputError

AS_OF = dt.date(2027, 6, 30)


def record(method, m, s, *, age=0.0, kind="delivers", **more):
    end = AS_OF - dt.timedelta(days=round(age * 365.25))
    window = (end - dt.timedelta(days=90), end)
    return Record("search>lead", kind, method, m, s, "count", window, "snap", (f"{method}{m}{more}",), **more)


BELIEF = record("benchmark", 6.0379, 0.2030)
EXPERIMENT = record("experiment", 5.7038, 0.3106, age=1.5)
MIX = record("mix", 5.9661, 0.1016, age=0.1)
ATTRIBUTION = record("attribution", 6.2538, 0.0240, age=0.1)
OVERLAP = {(MIX.id, ATTRIBUTION.id): 0.8}


@pytest.mark.parametrize(
    ("one", "variance"), [(BELIEF, 0.2912), (EXPERIMENT, 0.1664), (MIX, 0.1743), (ATTRIBUTION, 1.0046)]
)
def test_bias_and_drift_are_added_to_the_variance(one, variance):
    assert one.variance(AS_OF, Thresholds()) == pytest.approx(variance, abs=2e-4)


def test_four_sources_combine_to_the_worked_value():
    together = combine([BELIEF, EXPERIMENT, MIX, ATTRIBUTION], AS_OF, overlap=OVERLAP)
    assert together.m == pytest.approx(5.901337, abs=2e-4)
    assert together.sd == pytest.approx(0.248825, abs=2e-4)
    assert [together.weights[one.id] for one in (BELIEF, EXPERIMENT, MIX, ATTRIBUTION)] == pytest.approx(
        [0.2126, 0.3720, 0.3545, 0.0609], abs=2e-3
    )
    assert round(math.exp(together.m)) == 366


def test_the_evidence_alone_leaves_the_belief_out():
    alone = combine([EXPERIMENT, MIX, ATTRIBUTION], AS_OF)
    assert math.exp(alone.m) == pytest.approx(352.4, abs=0.3)
    assert (alone.sd, alone.q, alone.p_conflict) == pytest.approx((0.2802, 0.3653, 0.833), abs=2e-3)
    assert not alone.in_conflict


def test_two_experiments_that_disagree_widen_the_interval():
    together = combine([record("experiment", math.log(300), 0.12), record("experiment", math.log(520), 0.10)], AS_OF)
    assert together.in_conflict
    assert (together.q, together.p_conflict) == pytest.approx((6.814, 0.0090), abs=2e-3)
    assert math.exp(together.m) == pytest.approx(405.9, abs=0.5)
    assert together.sd == pytest.approx(0.2737, abs=1e-3)


def test_twelve_runs_of_one_method_keep_its_bias():
    runs = [replace(record("attribution", 6.0, 0.10), inputs=(str(month),)) for month in range(12)]
    assert combine(runs, AS_OF).sd == pytest.approx(1.0004, abs=1e-4)


def test_a_record_of_failed_diagnostics_has_no_weight():
    assert combine([record("counted", -2.0, 0.1, kind="rate", unusable="too young")], AS_OF) is None
    assert record("counted", -2.0, 0.1, kind="rate", unusable="too young").grade == "X"


def test_writing_the_same_record_twice_changes_nothing():
    assert combine([MIX, MIX, EXPERIMENT], AS_OF) == combine([EXPERIMENT, MIX], AS_OF)


medians = st.floats(-5, 8)
spreads = st.floats(0.01, 2)


@given(
    st.lists(
        st.tuples(st.sampled_from(["experiment", "quasi", "mix", "attribution"]), medians, spreads),
        min_size=1,
        max_size=5,
    )
)
def test_the_order_of_records_does_not_matter(rows):
    records = [record(method, m, s, note=str(index)) for index, (method, m, s) in enumerate(rows)]
    forward, backward = combine(records, AS_OF), combine(records[::-1], AS_OF)
    assert (forward.m, forward.v) == pytest.approx((backward.m, backward.v), rel=1e-9, abs=1e-12)


@given(medians, spreads, st.floats(0, 5), st.floats(0, 5))
def test_older_evidence_never_weighs_more(m, s, age, older):
    limits = Thresholds()
    young, old = record("experiment", m, s, age=age), record("experiment", m, s, age=age + older)
    assert old.variance(AS_OF, limits) >= young.variance(AS_OF, limits)


@given(medians, medians, spreads)
def test_two_independent_records_meet_the_textbook(first, second, spread):
    one, two = record("experiment", first, spread), record("mix", second, spread)
    together = combine([one, two], AS_OF, thresholds=Thresholds(conflict_p=0.0))
    v1, v2 = one.variance(AS_OF, Thresholds()), two.variance(AS_OF, Thresholds())
    assert together.m == pytest.approx((first / v1 + second / v2) / (1 / v1 + 1 / v2), abs=1e-8)
    assert together.v == pytest.approx(1 / (1 / v1 + 1 / v2), rel=1e-8)


@pytest.mark.parametrize("broken", [{"s": 0.0}, {"m": math.nan}, {"unit": ""}, {"snapshot": ""}, {"inputs": ()}])
def test_a_record_without_its_provenance_is_refused(broken):
    with pytest.raises(InputError, match="search>lead"):
        replace(MIX, **broken)


@given(st.floats(0.001, 0.999))
def test_scales_go_there_and_back(value):
    assert from_scale(to_scale(value, "rate", share=True), "rate", share=True) == pytest.approx(value)
    assert from_scale(to_scale(value, "lag"), "lag") == pytest.approx(value)
    assert from_scale(to_scale(value, "expects"), "expects") == value
