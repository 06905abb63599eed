"""PLN: who answers, when the plan was last looked at, and what changed since it was approved."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.align.changes import narrowed, spelt
from leadline.plan.source import parse_plan
from leadline.plan.stamp import canonical, fingerprint, fingerprints

D = dt.date
ACTIVE = ("status: review", "status: active")
MONTHLY = ("review_every: quarter", "review_every: month")
DECIDED = ("  tests:\n", "  decisions: [{id: d, date: 2027-02-01, question: Go on?, choice: fix, by: mia}]\n  tests:\n")


def test_whoever_reads_a_watch_answers_for_it(judged) -> None:
    unread = ("every: week, by: mia,", "every: week,")
    (found,) = judged("PLN005", unread).findings
    assert (found.element.id, found.values) == ("w-sell", {"kind": "watch", "element": "w-sell"})
    assert not judged("PLN005", (unread[0], "every: week, owner: sam,")).findings


def test_the_rule_that_says_more_of_a_missing_owner_takes_the_finding_over(judged) -> None:
    both = judged("", (", owner: sam, importance: 5", ", importance: 5"), preview=True).findings
    found = {one.code: one for one in both}
    assert set(found) == {"PLN005", "TPM002"}
    assert found["PLN005"].caused_by == found["TPM002"].fingerprint


# a month is 30.44 days, and 35 days lie between the first Mondays of two months: 1.15 x 30.44 = 35.005
@pytest.mark.parametrize(("day", "past"), [(D(2027, 3, 8), None), (D(2027, 3, 9), 36)])
def test_a_month_lasts_until_the_same_weekday_of_the_next(judged, day: dt.date, past: int | None) -> None:
    found = judged("PLN008", MONTHLY, DECIDED, day=day).findings
    assert [one.values for one in found] == (
        [{"days": past, "last": "2027-02-01", "every": "month"}] if past else []
    )  # fmt: skip


def test_reviews_and_approvals_count_and_those_to_come_do_not(judged) -> None:
    day = D(2027, 5, 1)
    (never,) = judged("PLN008", MONTHLY, day=day).findings
    assert (never.values["days"], never.values["last"]) == (120, None)
    assert "since the window began on 2027-01-01" in never.text
    assert not judged("PLN008", MONTHLY, day=day, approved_on=D(2027, 4, 20)).findings
    reviewed = ("      hours: 200 h\n", "      hours: 200 h\n      reviewed: {date: 2027-04-20, by: mia}\n")
    assert not judged("PLN008", MONTHLY, reviewed, day=day).findings
    later = (DECIDED[0], DECIDED[1].replace("2027-02-01", "2027-06-01"))
    assert judged("PLN008", MONTHLY, later, day=day).findings


def test_a_plan_without_a_cadence_is_not_called_fresh(judged) -> None:
    skipped = judged("", (", review_every: quarter", ""), preview=True).skipped
    assert [one.reason for one in skipped if one.code == "PLN008"] == [
        "the plan does not say how often it is reviewed (`review_every`)"
    ]


def approved(text: str, name: str = "") -> dict[str, object]:
    """Return what an approval of a text stamped, with the contents of one element."""
    plan = parse_plan(text).plan
    known = {fingerprint(one): canonical(one) for one in plan.tactics.list if one.id == name}
    return {"approved": fingerprints(plan), "approved_on": D(2027, 1, 10), "known_contents": known}


def test_nothing_changed_is_no_finding_and_names_are_no_change(judged, sound: str) -> None:
    assert not judged("PLN010", ACTIVE, **approved(sound)).findings
    assert not judged("PLN010", ACTIVE, ("name: Commuters in town", "name: Riders"), **approved(sound)).findings


def test_what_changed_is_told_where_the_old_content_is_known(judged, sound: str) -> None:
    more = ("count: 400..500..600", "count: 450..550..650")
    (told,) = judged("PLN010", ACTIVE, more, **approved(sound, "ads")).findings
    assert told.values == {"element": "ads", "field": "delivers", "old": "400..500..600", "new": "450..550..650"}
    (untold,) = judged("PLN010", ACTIVE, more, **approved(sound)).findings
    assert untold.values == {"element": "ads", "field": None, "old": None, "new": None}
    assert "what changed is not on record" in untold.text


def test_what_was_added_or_taken_out_is_a_change_too(judged, sound: str) -> None:
    before = approved(sound)
    stamps = {**before["approved"], "cinema": "0c0ffee0c0ff"}
    del stamps["radio"], stamps["letters"]  # a channel bears no meaning of its own, a tactic does
    found = judged("PLN010", ACTIVE, **{**before, "approved": stamps}).findings
    assert sorted((one.values["element"], one.element.id) for one in found) == [
        ("cinema", "bikes-2027"), ("letters", "letters"),
    ]  # fmt: skip


def test_a_changed_step_is_a_finding_on_the_step_with_the_money_that_walks_it(judged, sound: str) -> None:
    (found,) = judged("PLN010", ACTIVE, ("rate: 10..15..20 %", "rate: 10..16..20 %"), **approved(sound)).findings
    assert (found.element.kind, found.element.id, found.tactics) == ("step", "lead>order", ("ads", "letters"))


def test_a_rename_is_no_change(judged, sound: str) -> None:
    before = approved(sound)
    stamps = {("old-ads" if name == "ads" else name): mark for name, mark in before["approved"].items()}
    moved = ("control:\n", "moved: [{from: old-ads, to: ads}]\ncontrol:\n")
    assert not judged("PLN010", ACTIVE, moved, **{**before, "approved": stamps}).findings
    assert judged("PLN010", ACTIVE, **{**before, "approved": stamps}).findings


def test_only_a_signed_plan_can_have_changed_since(judged, sound: str) -> None:
    changed = ("budget: 17 kEUR", "budget: 18 kEUR")
    assert not judged("PLN010", changed, **approved(sound)).findings
    (skip,) = [one for one in judged("", ACTIVE, changed, preview=True).skipped if one.code == "PLN010"]
    assert skip.reason == "no approval has stamped the plan"


def test_an_unknown_name_is_one_finding_however_often_it_stands(judged) -> None:
    twice = (
        ("lag: 30 days, owner: sam", "lag: 30 days, owner: samuel"),
        ("{id: sell, owner: sam", "{id: sell, owner: samuel"),
    )
    (found,) = judged("PLN013", *twice).findings
    assert found.values == {"person": "samuel", "nearest": "sam", "places": 2}
    assert len(found.related) == 1


def test_a_renamed_person_is_renamed_everywhere(judged) -> None:
    gone = ("{id: sam, team: sales", "{id: sara, team: sales")
    moved = ("control:\n", "moved: [{from: sam, to: sara}]\ncontrol:\n")
    (found,) = judged("PLN013", gone, moved).findings
    assert found.values["nearest"] == "sara"
    (repair,) = found.repairs
    assert (repair.safety, len(repair.edits)) == ("safe", found.values["places"])
    assert {new for _, new in repair.edits} == {"sara"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("0.04 share", "0.06 share", ("4 %", "6 %")),
        ({"base": "20 time"}, {"base": "0.25 time"}, ("20 days", "6 h")),
        (["a", "b"], ["a", "c"], ("b", "c")),
        (["a"], ["a", "b"], ("a", "a, b")),
        (None, "17000 money:EUR", (None, "17 kEUR")),
        ({"base": "5", "method": "guess"}, {"base": "5", "method": "expert"}, ("guess", "expert")),
    ],
)
def test_a_change_is_told_by_the_part_that_changed_as_people_write_it(old, new, told) -> None:
    assert narrowed(old, new) == told


def test_work_is_told_by_the_week() -> None:
    assert spelt("0.238095238095 time/time") == "40 h/week"
