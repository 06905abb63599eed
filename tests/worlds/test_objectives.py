from __future__ import annotations

import datetime as dt

from leadline.worlds.figures import level_of
from leadline.worlds.parameters import Series


def test_every_objective_of_the_sample_plan_has_a_true_end(halden_files):
    objectives = halden_files.truth["objectives"]
    assert set(objectives) == {"arr-2027", "sqo-2027", "aware-2027", "reply-2027"}
    for objective in objectives.values():
        assert objective["met"] == (
            objective["metric"] == "none"
        )  # the sample company misses all four, by little or much
        assert None not in objective["values"].values()


def test_an_objective_on_revenue_is_told_by_what_was_signed(halden_files):
    values = halden_files.truth["objectives"]["arr-2027"]["values"]
    assert values["2027-12-31"] == halden_files.truth["recurring"]["2027-12-31"]
    assert list(values.values()) == sorted(values.values())


def test_an_objective_on_a_state_counts_from_its_baseline(halden, halden_files):
    objective = halden_files.truth["objectives"]["sqo-2027"]
    in_2027 = [case for case in halden.cases if "sqo" in case.entered and case.entered["sqo"].year == 2027]
    assert objective["values"]["2027-12-31"] == len(in_2027)
    assert objective["target"] == 105


def test_a_series_is_linear_between_its_days_and_flat_outside():
    series = Series(unit="h", every="week", path={dt.date(2027, 1, 11): 4.0, dt.date(2027, 1, 1): 2.0})
    days = (dt.date(2026, 1, 1), dt.date(2027, 1, 6), dt.date(2028, 1, 1))
    assert [level_of(series, day) for day in days] == [2.0, 3.0, 4.0]
