"""Deals as they stood on a day, and what happened around them: counted per person, in order, nothing from later."""

from __future__ import annotations

import datetime as dt

from leadline.evidence import frames
from leadline.review.deals import all_deals, one_deal, stories_worth_reading


def deal(key, created, people=(), **more):
    rows = [["deals", {"source_key": key, "stage": "sqo", "status": "open", "created_at": created, **more}]]
    rows += [
        ["deal_people", {"deal": key, "person_node": person, "is_primary": place == 1}]
        for place, person in enumerate(people)
    ]
    return {"rows": rows}


def touch(person, when, **more):
    given = {
        "source_key": f"{person}{when}",
        "node": person,
        "happened_at": when,
        "class": "activity",
        "event": "visit",
        **more,
    }
    return {"rows": [["touches", given]]}


def stage(subject, name, entered, kind="person"):
    given = {"subject_kind": kind, "subject": subject, "stage": name, "entered_at": entered}
    return {"rows": [["stages", {"source_key": f"{subject}{name}{entered}", **given}]]}


def at(warehouse, day=dt.date(2027, 3, 31)):
    return frames.as_of(warehouse.store, timezone="Europe/Berlin", day=day)


def test_a_deal_that_closed_later_was_open_then_and_one_that_began_later_was_not_there(warehouse):
    warehouse.give("crm.jsonl", [
        deal("d1", "2027-03-01T08:00", status="won", amount="900", currency="EUR", closed_at="2027-04-10T08:00"),
        deal("d2", "2027-04-02T08:00"),
        deal("d3", "2027-02-01T23:30", status="lost", closed_at="2027-03-31T21:59"),
    ])  # fmt: skip
    found = {one.number: one for one in all_deals(warehouse.store, at(warehouse)).deals}
    assert {number: (one.status, one.ended) for number, one in found.items()} == {
        "d1": ("open", None),
        "d3": ("lost", dt.date(2027, 3, 31)),
    }
    assert found["d3"].began == dt.date(2027, 2, 2)  # half past eleven in the evening UTC is the next day in Berlin
    later = {one.number: one.status for one in all_deals(warehouse.store, at(warehouse, dt.date(2027, 4, 30))).deals}
    assert later == {"d1": "won", "d2": "open", "d3": "lost"}


def test_touches_are_those_of_the_people_of_the_deal_up_to_its_end_without_machines(warehouse):
    warehouse.give("crm.jsonl", [
        deal("d1", "2027-03-01T08:00", people=("crm:1", "crm:2"), status="lost", closed_at="2027-03-20T08:00"),
        touch("crm:1", "2027-02-01T08:00"), touch("crm:2", "2027-03-02T08:00"), touch("crm:2", "2027-03-25T08:00"),
        touch("crm:1", "2027-03-03T08:00", is_machine=0.9), touch("crm:3", "2027-03-03T08:00"),
    ])  # fmt: skip
    (found,) = all_deals(warehouse.store, at(warehouse)).deals
    assert (found.people, found.touches) == (2, 2)


def test_a_story_is_told_in_order_with_the_main_contact_first(warehouse):
    warehouse.give("crm.jsonl", [
        deal("d1", "2027-03-01T08:00", people=("crm:1", "crm:2")),
        stage("crm:2", "lead", "2027-02-10T09:00"), stage("d1", "sqo", "2027-03-01T08:00", kind="deal"),
        touch("crm:2", "2027-02-10T08:00"), touch("crm:1", "2027-03-05T08:00"), touch("crm:1", "2027-04-05T08:00"),
        stage("d1", "won", "2027-04-02T08:00", kind="deal"),
    ])  # fmt: skip
    ((identity, (_, events)),) = stories_worth_reading(warehouse.store, at(warehouse)).items()
    assert [(one.kind, one.what, one.who) for one in events] == [
        ("touch", "visit", 1), ("person", "lead", 1), ("deal", "sqo", None), ("touch", "visit", 2),
    ]  # fmt: skip
    assert one_deal(warehouse.store, at(warehouse), identity=identity)[1] == events
    assert one_deal(warehouse.store, at(warehouse), identity="1") is None
