"""Load, arrivals and promises on the money page are those of the checks: the same numbers, the same verdict."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.align.load import loads
from leadline.review.work import week_name, weeks_of, work_of


def found(material, code):
    return [one for one in material.review.check.findings if one.code == code]


def test_the_heaviest_stretch_is_the_one_that_the_check_names(told):
    material = told()
    over = [person for person in work_of(material.case).people if person.is_over]
    (finding,) = found(material, "RES001")
    (person,) = over
    worst = person.worst
    assert worst is not None
    assert (person.person, worst.weeks) == (finding.values["person"], finding.values["weeks"])
    assert worst.peak == pytest.approx(finding.values["load"])
    assert person.available == pytest.approx(finding.values["available"])


def test_somebody_with_time_enough_is_not_over_and_the_check_is_silent(told):
    material = told(("capacity: 10 h/week", "capacity: 60 h/week"))
    assert not any(person.is_over for person in work_of(material.case).people)
    assert found(material, "RES001") == []


def test_weeks_are_those_of_the_load_and_no_week_is_left_out(told):
    case = told().case
    work = work_of(case)
    load = loads(case, work.planned)
    for person in work.people:
        for week, hours in load[person.person].by_week.items():
            assert person.weeks[week] == hours
        assert sum(hours - load[person.person].base for hours in person.weeks.values()) == pytest.approx(
            sum(one.hours for one in load[person.person].works)
        )
    assert list(work.people[0].weeks) == sorted(work.people[0].weeks)
    assert len(work.people[0].weeks) == 57  # week 53 of 2026 to week 4 of 2028, where the stand ends


def test_a_person_without_capacity_has_no_line_and_is_never_over(told):
    bea = next(person for person in work_of(told().case).people if person.person == "bea")
    assert bea.available is None
    assert not bea.is_over


def test_the_peak_of_arrivals_is_the_one_that_the_check_names(told):
    material = told()
    (one,) = work_of(material.case).arrivals
    (finding,) = found(material, "ENB002")
    assert one.peak == pytest.approx(finding.values["peak"])
    assert (one.week, one.capacity) == (finding.values["week"], finding.values["capacity"])
    assert one.is_over
    calm = told(("capacity: 7 count/week", "capacity: 50 count/week"))
    assert not work_of(calm.case).arrivals[0].is_over
    assert found(calm, "ENB002") == []


@pytest.mark.parametrize(
    ("staffed", "is_short"), [("30 h/week", True), ("36 h/week", False), ("35.9 h/week", True), ("40 h/week", False)]
)
def test_a_promise_is_short_where_the_check_calls_it_an_error(told, staffed, is_short):
    material = told(("staffed: 30 h/week", f"staffed: {staffed}"))
    work = work_of(material.case)
    assert work.promises[0].is_short is is_short
    assert bool(found(material, "TPM004")) is is_short
    assert work.covered == material.review.check.scores.promise_coverage.value


def test_weeks_run_from_the_first_day_to_the_last():
    assert week_name(dt.date(2027, 1, 3)) == "2026-W53"
    assert weeks_of(None, {}) == ()
