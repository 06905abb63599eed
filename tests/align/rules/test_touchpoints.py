"""TPM: what depends on what, until when it is mended, and who answers there."""

from __future__ import annotations

import datetime as dt

import pytest

POOR = ("score: 81, n: 200", "score: 55, n: 200")
FIX = """    - id: {id}
      intent: serve
      serves: [sell]
      dates: {dates}
      hours: 10 h
      owner: sam
      improves: [shop]
      mechanism: Repairs get a day and a shelf of their own
action:
"""


def fix(dates: str, name: str = "mend") -> tuple[str, str]:
    return ("action:\n", FIX.format(id=name, dates=dates))


def test_nothing_mends_it_and_all_who_promote_it_are_named(judged) -> None:
    result = judged("TPM003", POOR)
    assert {found.element.id for found in result.findings} == {"ads", "spring"}  # letters only retain
    assert all(found.values["fix_end"] is None and found.values["overlap_days"] is None for found in result.findings)


@pytest.mark.parametrize(("end", "overlap"), [("2027-02-28", None), ("2027-03-01", 1), ("2027-03-19", 19)])
def test_a_fix_that_ends_the_day_before_is_in_time(judged, end: str, overlap: int | None) -> None:
    found = {one.element.id: one for one in judged("TPM003", POOR, fix(f"2027-01-10..{end}")).findings}
    assert set(found) == (set() if overlap is None else {"ads", "spring"})
    if overlap:
        assert found["ads"].values["overlap_days"] == overlap
        later = dt.date.fromisoformat(end) + dt.timedelta(days=1)
        ((path, text),) = found["ads"].repairs[0].edits
        assert path[-1] == "dates"
        assert text == f"{later}..2027-09-30"


def test_the_earliest_of_two_fixes_counts(judged) -> None:
    both = (fix("2027-01-10..2027-06-30", "late"), fix("2027-01-10..2027-02-20", "early"))
    assert not judged("TPM003", POOR, *both).findings


def test_the_proposed_start_clears_the_finding(judged, sound: str) -> None:
    found = judged("TPM003", POOR, fix("2027-01-10..2027-04-15")).findings
    edits = [
        ("dates: 2027-03-01..2027-09-30", "dates: 2027-04-16..2027-09-30"),
        ("dates: 2027-03-01..2027-05-31", "dates: 2027-04-16..2027-05-31"),
    ]
    assert {one.repairs[0].edits[0][1] for one in found} == {new.removeprefix("dates: ") for _, new in edits}
    assert not judged("TPM003", POOR, fix("2027-01-10..2027-04-15"), *edits).findings


def test_what_a_touch_point_depends_on_counts_too(judged) -> None:
    behind = (
        "    - {id: comments,",
        "    - {id: bench, stage: support, experience: {score: 40}}\n    - {id: comments,",
    )
    linked = ("staffed: 40 h/week}", "staffed: 40 h/week, depends_on: [bench]}")
    found = {one.element.id: one for one in judged("TPM003", behind, linked).findings}
    assert set(found) == {"ads", "spring"}
    assert found["spring"].also == "by way of ads, shop, bench"
    assert (found["ads"].values["touchpoint"], found["ads"].values["n"]) == ("bench", None)
    assert not judged("TPM003", behind).findings


def test_the_delivery_of_the_offering_counts(judged) -> None:
    result = judged("TPM003", ("delivery_quality: 80", "delivery_quality: 59"))
    assert {found.values["touchpoint"] for found in result.findings} == {"city-bike"}


def test_the_limit_can_be_set(judged) -> None:
    assert judged("TPM003", settings={"TPM003": {"poor_score": 82}}).findings
    assert not judged("TPM003", settings={"TPM003": {"poor_score": 80}}).findings


@pytest.mark.parametrize(("staffed", "fires"), [("36 h/week", False), ("35.9 h/week", True)])
def test_nine_tenths_of_a_promise_are_enough(judged, staffed: str, fires) -> None:
    assert bool(judged("TPM004", ("staffed: 40 h/week", f"staffed: {staffed}")).findings) is fires


def test_more_contacts_than_hours_break_a_promise_too(judged) -> None:
    (found,) = judged("TPM004", ("handle_time: 10 min", "handle_time: 33 min")).findings  # 60 × 0.55 h ÷ 0.8
    assert found.values["workload"] == pytest.approx(41.25)
    assert found.values["share"] == 1


def test_without_a_number_the_people_who_cover_a_place_staff_it(judged) -> None:
    covered = (", staffed: 40 h/week}", "}")
    assert not judged("TPM004", covered).findings  # 38 of 40 hours
    (found,) = judged("TPM004", covered, ("handle_time: 10 min", "handle_time: 31 min")).findings
    assert (found.values["staffed"], found.values["share"]) == (38, pytest.approx(0.95))
    assert found.values["workload"] == pytest.approx(60 * 31 / 60 / 0.8)


def test_a_promise_without_hours_asks_for_hours_only_where_staff_is_known(judged) -> None:
    fast = ("promise: {first_response: 1 h, hours: 40 h/week}", "promise: {first_response: 1 h}")
    flood = ("handle_time: 10 min", "handle_time: 60 min")
    (found,) = judged("TPM004", fast, flood).findings
    assert found.values["promised"] is None
    unknown = ((", staffed: 40 h/week}", "}"), (", covers: [shop]", ""))
    assert not judged("TPM004", fast, flood, *unknown).findings


def test_an_override_inherits_the_place(judged) -> None:
    own = (
        "    - id: ads",
        "      stop_when",
        "      bridge: [{from: lead, to: order, rate: 5..8..11 %}]\n      stop_when",
    )
    assert not judged("TPM006", own).findings
    result = judged("TPM006", own, (", touchpoint: shop", ""))
    assert [found.element.id for found in result.findings] == ["lead>order"]


@pytest.mark.parametrize(("importance", "fires"), [("4", True), ("3", False)])
def test_a_poor_place_that_matters_little_may_wait(judged, importance: str, fires) -> None:
    edits = (("score: 72", "score: 59"), ("importance: 4", f"importance: {importance}"))
    assert bool(judged("TPM009", *edits).findings) is fires


def test_poor_unimproved_folds_under_poor_promoted(judged) -> None:
    result = judged("", POOR)
    assert {found.code for found in result.shown} == {"TPM003"}
    assert {found.code for found in result.findings if found.caused_by} == {"TPM009"}


@pytest.mark.parametrize(("control", "fires"), [("earned", True), ("shared", True), ("owned", False), ("paid", False)])
def test_only_where_others_speak_somebody_must_listen(judged, control: str, fires) -> None:
    silent = (", loop: {watched_by: mia, escalate_to: sam, acknowledge_within: 8 h}", "")
    assert bool(judged("TPM010", silent, ("control: shared", f"control: {control}")).findings) is fires
