"""What became of every entry into a state, within one subject and across subjects."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from leadline.evidence import frames


def stage(subject, name, entered, kind="person", **more):
    given = {"subject_kind": kind, "subject": subject, "stage": name, "entered_at": entered, **more}
    return {"rows": [["stages", {"source_key": f"{subject}{name}{entered}", **given}]]}


def deal(key, created, people=(), **more):
    rows = [["deals", {"source_key": key, "stage": "sqo", "status": "open", "created_at": created, **more}]]
    rows += [
        ["deal_people", {"deal": key, "person_node": person, "is_primary": place == 0}]
        for place, person in enumerate(people)
    ]
    return {"rows": rows}


def step(warehouse, states, day=dt.date(2027, 3, 31), **options):
    return frames.stages(warehouse.store, states, at=frames.as_of(warehouse.store, timezone="UTC", day=day), **options)


def moved(result):
    return {
        str(subject).split()[0]: None if np.isnat(when) else str(when)[:16]
        for subject, when in zip(result.subject, result.moved_at, strict=True)
    }


def test_a_person_moves_within_their_own_history(warehouse):
    warehouse.give("crm.jsonl", [
        stage("crm:1", "lead", "2027-03-01T08:00", origin="fair"), stage("crm:1", "sqo", "2027-03-05T08:00"),
        stage("crm:2", "lead", "2027-03-02T08:00"),
    ])  # fmt: skip
    result = step(warehouse, ("lead", "sqo"))
    assert sorted(str(when)[:10] for when in result.moved_at) == ["2027-03-05", "NaT"]
    assert sorted(result.origin.tolist()) == ["", "fair"]


def test_a_move_dated_before_its_entry_survives_to_be_reported(warehouse):
    warehouse.give("crm.jsonl", [stage("crm:1", "lead", "2027-03-03T00:00"), stage("crm:1", "won", "2027-03-01T00:00")])
    result = step(warehouse, ("lead", "won"))
    assert (result.moved_at - result.entered_at).tolist() == [dt.timedelta(days=-2)]
    assert result.end.tolist() == ["won"]


def test_every_entry_of_a_subject_that_comes_back_has_its_own_move(warehouse):
    warehouse.give("crm.jsonl", [
        stage("crm:1", "lead", "2027-03-01T00:00"), stage("crm:1", "lost", "2027-03-02T00:00"), stage("crm:1", "lead", "2027-03-10T00:00"),
        stage("crm:1", "sqo", "2027-03-12T00:00"),
    ])  # fmt: skip
    result = step(warehouse, ("lead", "sqo"))
    assert [str(when)[:10] for when in result.moved_at] == ["NaT", "2027-03-12"]
    assert result.end.tolist() == ["lost", ""]


def test_naming_the_same_stage_again_opens_no_new_spell(warehouse):
    warehouse.give(
        "crm.jsonl", [stage("crm:1", "lead", "2027-03-01T00:00"), stage("crm:1", "lead", "2027-03-04T00:00")]
    )
    assert len(step(warehouse, ("lead", "sqo")).subject) == 1


def test_nothing_after_as_of_exists(warehouse):
    warehouse.give("crm.jsonl", [stage("crm:1", "lead", "2027-03-01T00:00"), stage("crm:1", "sqo", "2027-03-05T00:00")])
    assert np.isnat(step(warehouse, ("lead", "sqo"), day=dt.date(2027, 3, 4)).moved_at).all()
    assert not np.isnat(step(warehouse, ("lead", "sqo"), day=dt.date(2027, 3, 5)).moved_at).any()


@pytest.mark.parametrize(
    ("created", "sqo_at", "expected"),
    [
        ("2027-03-05T00:00", "2027-03-06T00:00", "2027-03-06T00:00"),
        ("2027-03-01T07:00", "2027-03-01T07:00", "2027-03-02T06:00"),  # within a day before: the same moment
        ("2027-03-01T05:00", "2027-03-01T05:00", None),  # more than a day before: another story
    ],
)
def test_a_person_leads_to_the_first_deal_created_since_but_for_a_day(warehouse, created, sqo_at, expected):
    warehouse.give("crm.jsonl", [
        stage("crm:1", "lead", "2027-03-02T06:00"),
        deal("D1", created, ["crm:1"]), stage("D1", "sqo", sqo_at, kind="deal"),
        deal("D2", "2027-03-20T00:00", ["crm:2"]), stage("D2", "sqo", "2027-03-20T00:00", kind="deal"),
    ])  # fmt: skip
    assert moved(step(warehouse, ("lead", "sqo"))) == {"person": expected}


def test_of_deals_created_at_one_moment_the_smaller_key_counts(warehouse):
    warehouse.give("crm.jsonl", [
        stage("crm:1", "lead", "2027-03-01T00:00"),
        deal("D2", "2027-03-05T00:00", ["crm:1"], amount="20.00", currency="EUR"), stage("D2", "sqo", "2027-03-07T00:00", kind="deal"),
        deal("D1", "2027-03-05T00:00", ["crm:1"], amount="10.00", currency="EUR"), stage("D1", "sqo", "2027-03-09T00:00", kind="deal"),
    ])  # fmt: skip
    result = step(warehouse, ("lead", "sqo"))
    assert moved(result) == {"person": "2027-03-09T00:00"}
    assert result.amount.tolist() == [10.0]


def test_merged_persons_are_one_and_several_persons_may_lead_to_one_deal(warehouse):
    warehouse.give("crm.jsonl", [
        stage("crm:1", "lead", "2027-03-01T00:00"), stage("crm:2", "lead", "2027-03-01T00:00"),
        {"links": [["crm:1", "email:a@pumps.example"], ["crm:9", "email:a@pumps.example"]]},
        deal("D1", "2027-03-05T00:00", ["crm:9", "crm:2"]), stage("D1", "sqo", "2027-03-06T00:00", kind="deal"),
        stage("D1", "won", "2027-03-20T00:00", kind="deal"),
    ])  # fmt: skip
    first = step(warehouse, ("lead", "sqo"))
    assert [str(when)[:10] for when in first.moved_at] == ["2027-03-06", "2027-03-06"]
    second = step(warehouse, ("sqo", "won"))
    assert (len(second.subject), second.end.tolist()) == (1, ["won"])


def test_a_deal_without_history_shows_the_state_it_closed_in(warehouse):
    warehouse.give("crm.jsonl", [
        stage("crm:1", "lead", "2027-03-01T00:00"),
        deal("D1", "2027-03-05T00:00", ["crm:1"], stage="won", status="won", closed_at="2027-03-20T00:00"),
    ])  # fmt: skip
    assert moved(step(warehouse, ("lead", "won"))) == {"person": "2027-03-20T00:00"}


def test_a_subject_takes_the_tactic_of_its_row_else_of_its_last_touch_and_a_deal_that_of_its_person(warehouse):
    def touch(node, happened, campaign, key):
        return {"rows": [["touches", {
            "source_key": key, "node": node, "happened_at": happened, "class": "activity", "event": "page", "utm_campaign": campaign,
        }]]}  # fmt: skip

    warehouse.give("crm.jsonl", [
        touch("crm:1", "2027-02-20T00:00", "search--a", "t1"), touch("crm:1", "2027-02-21T00:00", "fair", "t2"),
        touch("crm:1", "2027-03-02T00:00", "search--b", "t3"), stage("crm:1", "lead", "2027-03-01T00:00"),
        stage("crm:2", "lead", "2027-03-01T00:00", tactic="search"), stage("crm:3", "lead", "2027-03-01T00:00"),
        deal("D1", "2027-03-05T00:00", ["crm:1"]), stage("D1", "sqo", "2027-03-06T00:00", kind="deal"),
    ])  # fmt: skip
    assert sorted(step(warehouse, ("lead", "sqo")).tactic.tolist()) == ["", "fair", "search"]
    assert step(warehouse, ("sqo", "won")).tactic.tolist() == ["fair"]
    assert sorted(step(warehouse, ("lead", "sqo"), window_days=1.0).tactic.tolist()) == ["", "", "search"]
