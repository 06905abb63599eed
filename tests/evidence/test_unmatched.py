"""A campaign without a tactic says why, and which one it could be; nothing is decided for anybody."""

from __future__ import annotations

import datetime as dt

from leadline.evidence import frames
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.unmatched import Hint, campaign_hints, unmatched_origins

MARCH, YEAR = (dt.date(2027, 3, 1), dt.date(2027, 3, 31)), (dt.date(2027, 1, 1), dt.date(2027, 12, 31))
PLAN = PlanFacts(
    tactic_ids=("search", "leaflet", "both", "post"),
    tactic_dates={"search": YEAR, "leaflet": MARCH, "both": MARCH, "post": YEAR},
    channels={"search": ("Paid Search",), "leaflet": ("Print",), "both": ("Print", "Email"), "post": ("Paid Search",)},
    tracked_as={"search": {"ads": ["Twice"]}, "post": {"ads": ["Twice"]}},
)


def spend(campaign, day, channel):
    return {
        "rows": [
            ["spend", {"day": day, "campaign": campaign, "amount": "10.00", "currency": "EUR", "channel": channel}]
        ]
    }


def test_a_tactic_is_proposed_where_dates_and_single_channel_alone_fit(warehouse):
    warehouse.facts = PLAN
    warehouse.give("ads.jsonl", [
        spend("Spring", "2027-03-02", "Print"), spend("Spring", "2027-03-09", "Print"), spend("Late", "2027-04-02", "Print"),
        spend("Two ways", "2027-03-02", "Print"), spend("Two ways", "2027-03-03", "Email"), spend("Any", "2027-03-02", "Paid Search"),
        spend("Twice", "2027-03-02", "Print"),
    ])  # fmt: skip
    at = frames.as_of(warehouse.store, timezone="UTC", day=dt.date(2027, 12, 31))
    found = campaign_hints(warehouse.store, PLAN, at=at)
    twice = found.pop("Twice")
    assert found == {"Spring": Hint("", "leaflet"), "Late": Hint(), "Two ways": Hint(), "Any": Hint()}
    assert (twice.proposed, "ambiguous: post" in twice.why) == (None, True)
    assert warehouse.rows("SELECT DISTINCT tactic FROM spend") == [{"tactic": None}]


def stage(origin, person, kind="person"):
    subject = f"crm:{person}" if kind == "person" else person
    return {
        "rows": [
            ["stages", {"source_key": person, "subject_kind": kind, "subject": subject, "stage": "lead", "origin": origin, "entered_at": "2027-03-01T00:00"}]
        ]
    }  # fmt: skip


def test_rows_of_an_origin_that_tell_of_few_people_are_not_given(warehouse):
    people = [("fair", 4), ("friend", 17), ("shop", 30)]
    rows = [stage(origin, f"{origin}-{one}") for origin, count in people for one in range(count)]
    report = warehouse.give("crm.jsonl", [*rows, stage("list of deals", "D1", "deal")])
    told = [(one["origin"], one["rows"]) for one in report.unmatched]
    assert told == [("shop", 30), ("list of deals", 1), ("fair", None), ("friend", None)]
    at = frames.as_of(warehouse.store, timezone="UTC", day=dt.date(2027, 12, 31))
    found = unmatched_origins(warehouse.store, at=at, least=10)
    assert found == {"shop": 30, "friend": None, "fair": None, "list of deals": 1}  # 17, so that no total tells the 4
    assert list(unmatched_origins(warehouse.store, at=at, least=3).values()) == [30, 17, 4, 1]
