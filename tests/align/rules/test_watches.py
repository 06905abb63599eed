"""CTL: how often is read what can still be steered, and where the plan's own bets bring a metric."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.align.course import believed, halfway, straight
from leadline.align.run import CheckOptions, case_of
from leadline.plan.source import parse_plan

DAY = dt.date(2027, 1, 2)
SPRING = "dates: 2027-03-01..2027-05-31"  # 92 days
KNOWN = "every: 14 days"


@pytest.mark.parametrize(("every", "enough"), [("23 days", None), ("24 days", 23.0), ("month", 23.0)])
def test_a_quarter_of_the_length_is_the_limit(judged, every: str, enough: float | None) -> None:
    found = judged("CTL003", (KNOWN, f"every: {every}")).findings
    assert [one.values["enough"] for one in found] == ([] if enough is None else [enough])


def test_what_is_over_in_four_weeks_is_not_steered(judged) -> None:
    rare = (KNOWN, "every: quarter")
    assert not judged("CTL003", rare, (SPRING, "dates: 2027-03-01..2027-03-27")).findings
    assert judged("CTL003", rare, (SPRING, "dates: 2027-03-01..2027-03-28")).findings


def test_the_fastest_watch_of_all_objectives_above_counts(judged) -> None:
    # spring serves be-known; once be-known serves sell, the weekly watch of sell looks at spring too
    above = ("serves: [say-dry]}", "serves: [say-dry, sell]}")
    assert not judged("CTL003", (KNOWN, "every: quarter"), above).findings


def test_a_watch_without_a_cadence_takes_that_of_its_metric(judged) -> None:
    silent = (f"{KNOWN}, ", "")
    assert not judged("CTL003", silent).findings
    (found,) = judged(
        "CTL003", silent, ('source: "metric:awareness"}', 'source: "metric:awareness", every: quarter}')
    ).findings
    assert (found.element.id, found.values["every"], found.values["tactics"]) == ("w-known", 91, ["spring"])


def test_the_course_adds_what_has_arrived_to_what_would_happen_anyway(sound: str) -> None:
    # halfway from 2026-12-31 to 2027-12-31 is 2027-07-01; less 30 days of lag: 2027-06-01
    # ads: 93 of 214 days of 500 leads; letters: 121 of 273 days of 60; 15 % of them buy
    text = sound.replace("target: {value: 60,", "without_plan: 8, target: {value: 60,")
    case = case_of(parse_plan(text), CheckOptions(as_of=DAY))
    sell, known = case.plan.objectives
    day = halfway(case, sell)
    assert day == dt.date(2027, 7, 1)
    assert straight(case, sell, day=day) == pytest.approx(60 * 182 / 365)
    arrived = 0.15 * (500 * 93 / 214 + 60 * 121 / 273)
    assert believed(case, sell, day=day) == pytest.approx(arrived + 8 * 182 / 365)
    # 10 % and 6 pp, linear over 60 days from 2027-03-01
    assert believed(case, known, day=dt.date(2027, 3, 31)) == pytest.approx(0.10 + 0.06 * 30 / 60)


def test_where_nothing_is_believed_the_straight_line_stands_alone(judged) -> None:
    bare = ("path: [{date: 2027-06-15, value: 13 %}], ", "")
    (with_bets,) = judged("CTL005", bare).findings
    assert (with_bets.values["line"], with_bets.values["planned"]) == (
        pytest.approx(0.12, abs=1e-3),
        pytest.approx(0.16),
    )
    (alone,) = judged(
        "CTL005",
        bare,
        ("      expects: {metric: known, change: 3..6..9 pp, lag: 60 days, method: expert, source: ev-till}\n", ""),
    ).findings
    assert alone.values["planned"] is None
    assert "bets" not in alone.text
    (other,) = judged("CTL005", bare, ("w-known, metric: known", "w-known, metric: lead")).findings
    assert (other.values["line"], other.values["day"]) == (None, None)


def test_a_guardrail_of_two_objectives_is_one_finding(judged) -> None:
    rail = 'guardrails: [{metric: lead, bound: ">= 40"}], serves'
    (found,) = judged(
        "CTL010",
        ("serves: [win-town]}", rail.replace("serves", "serves: [win-town]}")),
        ("serves: [say-dry]}", rail.replace("serves", "serves: [say-dry]}")),
    ).findings
    assert found.values == {"metric": "lead", "bound": [">= 40"], "objectives": ["sell", "be-known"]}
