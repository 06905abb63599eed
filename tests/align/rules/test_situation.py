"""SIT: edge cases beside the two examples of each rule."""

from __future__ import annotations

import datetime as dt

import pytest

FINDINGS = """  findings:
    - {id: f-late, kind: weakness, statement: Repairs are seldom ready on the day}
    - {id: f-chain, kind: threat, statement: A chain opens at the station in May}
"""


def test_a_situation_needs_findings_and_a_baseline_with_a_day(judged) -> None:
    (none,) = judged("SIT001", (FINDINGS, "")).findings
    assert none.values == {"findings": 0, "baselines": 2}
    bare = ((", as_of: 2026-12-31}, target: {value: 60", "}, target: {value: 60"), (", as_of: 2026-11-30", ""))
    (undated,) = judged("SIT001", *bare).findings
    assert undated.values == {"findings": 2, "baselines": 0}
    assert not judged("SIT001", bare[0]).findings


def test_competitors_count_only_with_the_channels_they_are_seen_in(judged) -> None:
    (none,) = judged("SIT003", ("    - {id: wheelhouse, name: Wheelhouse, channels: [search, radio]}\n", "")).findings
    assert none.values == {"competitors": 0, "with_channels": 0}
    assert none.element.kind == "plan"


def test_a_conversation_shows_where_people_are_as_well_as_a_venue(judged) -> None:
    nowhere = (", venues: [web, streets]}", "}")
    (found,) = judged("SIT007", nowhere).findings
    assert found.tactics == ("ads", "spring", "letters")
    asked = (
        "  findings:\n",
        "  conversations: [{id: q, question: Will I arrive dry?, segment: riders}]\n  findings:\n",
    )
    assert not judged("SIT007", nowhere, asked).findings


def test_a_segment_of_no_priority_beside_another_may_stay_unknown(judged) -> None:
    other = ("  competitors:\n", "    - {id: racers, name: Racers, status: new}\n  competitors:\n")
    assert not judged("SIT007", other).findings
    (found,) = judged("SIT007", (other[0], other[1].replace("status: new", "priority: 2"))).findings
    assert found.values == {"segment": "racers", "size": None}


@pytest.mark.parametrize(("day", "old"), [("2027-12-01", False), ("2027-12-02", True)])
def test_an_audit_is_old_the_day_after_a_year(judged, day: str, old) -> None:
    assert bool(judged("SIT008", day=dt.date.fromisoformat(day)).findings) is old


def test_the_age_of_an_audit_can_be_set_and_unused_channels_do_not_count(judged) -> None:
    day = dt.date(2027, 3, 2)
    (found,) = judged("SIT008", day=day, settings={"SIT008": {"max_age_months": 3}}).findings
    assert found.values["channels"] == ["search", "radio", "mail"]
    unused = ("  venues:\n", "    - {id: idle, name: Idle, media: paid}\n  venues:\n")
    assert not judged("SIT008", unused).findings


def test_a_year_before_the_calendar_began_ends_in_no_error(judged) -> None:
    assert not judged("SIT008", settings={"SIT008": {"max_age_months": 1e6}}).findings
