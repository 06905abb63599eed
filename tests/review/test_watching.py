"""Every watch as it stands: red, amber, on its path, too old, or nothing to say, and what asks for something first."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.align.case import Case
from leadline.align.facts import EvidenceFacts
from leadline.plan.source import parse_plan
from leadline.review.watching import watch_stands

PLAN = """
plan: {id: p, currency: EUR, window: 2027-01-01..2027-12-31}
metrics: [{id: sale, name: Sales, value_event: true, worth: 900 EUR}, {id: calls}]
objectives: [{id: grow, metric: sale, baseline: {value: 0 count, as_of: 2026-12-31}, target: {value: 120 count, by: 2027-12-31}}]
control:
  watches:
    - {id: w-calls, metric: calls, objective: grow, every: week, red: -20 %}
    - {id: w-sale, metric: sale, objective: grow, every: month, path: [{date: 2027-06-30, value: 60 count}], amber: -10 %, red: -20 %}
DECISIONS
"""
DECIDED = "  decisions: [{id: d, date: 2027-07-02, question: More?, choice: 'no', about: [w-sale]}]"
DAY = dt.date(2027, 7, 5)


def case(*readings: tuple[dt.date, float], decisions: str = "", as_of: dt.date = DAY) -> Case:
    document = parse_plan(PLAN.replace("DECISIONS", decisions))
    return Case(document, as_of, facts=EvidenceFacts(readings={"sale": readings}))


@pytest.mark.parametrize(
    ("value", "state"), [(60.0, "on its path"), (55.0, "on its path"), (53.0, "amber"), (40.0, "red")]
)
def test_a_value_is_read_against_its_lines(value, state):
    found = watch_stands(case((dt.date(2027, 6, 30), value)))
    sale = next(one for one in found if one.watch.id == "w-sale")
    assert (sale.state, sale.value, sale.path, sale.red, sale.age) == (state, value, 60.0, 48.0, 5)
    assert sale.name == "Sales"
    assert not sale.decided


def test_red_keeps_the_day_since_when_and_knows_a_decision_taken_since():
    readings = ((dt.date(2027, 6, 1), 40.0), (dt.date(2027, 6, 30), 40.0))
    first = watch_stands(case(*readings))[0]
    assert (first.state, first.since, first.decided) == ("red", dt.date(2027, 6, 1), False)
    assert watch_stands(case(*readings, decisions=DECIDED))[0].decided


def test_an_old_value_says_nothing_of_today_and_no_value_nothing_at_all():
    found = watch_stands(case((dt.date(2027, 3, 31), 30.0)))
    assert [(one.watch.id, one.state) for one in found] == [("w-sale", "too old"), ("w-calls", "no value")]


def test_what_asks_for_something_stands_first():
    assert [one.state for one in watch_stands(case((dt.date(2027, 6, 30), 40.0)))] == ["red", "no value"]
