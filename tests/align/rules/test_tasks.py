"""ACT: one name, one day, done in time, and something to do before a tactic starts."""

from __future__ import annotations

import datetime as dt

import pytest

PAGE, LIST = "    - {id: t-page", "    - {id: t-list"


def test_a_list_of_one_name_is_one_name(judged) -> None:
    assert not judged("ACT003", (PAGE, "accountable: mia", "accountable: [mia]")).findings
    assert not judged("ACT003", (PAGE, "accountable: mia", "accountable: [mia, mia]")).findings
    (found,) = judged("ACT003", (PAGE, "accountable: mia", "accountable: [sam, mia]")).findings
    assert found.values["owner"] == "mia"  # who owns the tactic


def test_many_names_are_folded_under_the_loose_task(judged) -> None:
    result = judged("", (PAGE, "accountable: mia", "accountable: [sam, mia]"), select=("ACT001", "ACT003"))
    assert {found.code: found.caused_by is None for found in result.findings} == {"ACT001": True, "ACT003": False}


@pytest.mark.parametrize(
    ("done", "day", "late"),
    [
        ("", "2027-02-20", None),  # due today
        ("", "2027-02-21", 1),
        (", done: true", "2027-02-21", None),
        (", done: false", "2027-02-21", 1),
        (", done: 2027-02-21", "2027-02-21", None),
        (", done: 2027-02-25", "2027-02-21", 1),  # a day that has not come
    ],
)
def test_a_task_is_overdue_the_day_after(judged, done: str, day: str, late: int | None) -> None:
    listed = (LIST, "due: 2027-01-29", "due: 2027-01-29, done: true")
    found = judged(
        "ACT004", listed, (PAGE, "due: 2027-02-20", f"due: 2027-02-20{done}"), day=dt.date.fromisoformat(day)
    )
    assert [(one.values["task"], one.values["days"]) for one in found.findings] == ([("t-page", late)] if late else [])


@pytest.mark.parametrize(
    ("day", "ahead"), [("2027-01-01", None), ("2027-01-02", 30), ("2027-02-01", 0), ("2027-02-02", None)]
)
def test_a_tactic_without_tasks_is_named_a_month_ahead(judged, day: str, ahead: int | None) -> None:
    nothing = (LIST, "tactic: letters, ", "")
    found = judged("ACT005", nothing, day=dt.date.fromisoformat(day)).findings
    assert [one.values["days"] for one in found if one.element.id == "letters"] == ([] if ahead is None else [ahead])


def test_a_list_of_tasks_that_nobody_keeps_is_one_finding(judged) -> None:
    (found,) = judged("ACT004", day=dt.date(2027, 2, 24)).findings
    assert (found.element.id, found.values["number"], found.values["days"]) == ("t-list", 2, 26)
    assert found.values["tasks"] == ["t-page", "t-list"]
    kept = judged(
        "ACT004", ("    - {id: t-live", "due: 2027-02-26", "due: 2027-02-26, done: false"), day=dt.date(2027, 2, 24)
    )
    assert {one.element.id for one in kept.findings} == {"t-page", "t-list"}


def test_what_is_done_waits_for_nothing(judged) -> None:
    ahead = ("    - {id: t-live", "due: 2027-02-26", "due: 2027-02-26, done: 2027-02-19")
    late = {one.element.id: one for one in judged("ACT004", ahead, day=dt.date(2027, 2, 24)).findings}
    assert (late["t-page"].values["waiting"], late["t-page"].also) == (None, "")
