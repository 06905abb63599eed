"""Days, weeks and months are those of the plan's zone, and no mistyped date moves the day everything is judged on."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from leadline.evidence import frames, quality, series

BERLIN = "Europe/Berlin"
MIDNIGHT = "2027-03-31T22:00"  # the first of April in Berlin, as a date without a time is stored


def lead(key, moment, **more):
    given = {
        "source_key": key,
        "subject_kind": "person",
        "subject": f"crm:{key}",
        "stage": "lead",
        "entered_at": moment,
    }
    return {"rows": [["stages", {**given, **more}]]}


def order(key, moment, node="crm:1"):
    given = {
        "source_key": key,
        "node": node,
        "ordered_at": moment,
        "status": "booked",
        "gross": "10.00",
        "currency": "EUR",
    }
    return {"rows": [["orders", given]]}


def in_berlin(warehouse):
    warehouse.facts = replace(warehouse.facts, timezone=BERLIN)
    return warehouse


def test_the_default_day_is_the_last_day_of_the_plans_zone(warehouse):
    report = in_berlin(warehouse).give("crm.jsonl", [lead("1", "2027-03-30T12:00"), lead("2", MIDNIGHT)])
    assert report.span == (dt.date(2027, 3, 30), dt.date(2027, 4, 1))
    at = frames.as_of(warehouse.store, timezone=BERLIN)
    assert (at.day, at.moment) == (dt.date(2027, 4, 1), dt.datetime.fromisoformat("2027-04-01T22:00"))
    assert sum(row["rows"] for row in warehouse.rows("state_cover", **at.params)) == 2


@pytest.mark.parametrize("source", ["stage:lead", "orders.count", "orders.net", "touches:page"])
def test_the_first_of_a_month_is_in_that_month(warehouse, source):
    touch = {
        "source_key": "t",
        "node": "crm:1",
        "happened_at": MIDNIGHT,
        "class": "activity",
        "event": "page",
        "channel": "Direct",
    }
    in_berlin(warehouse).give(
        "mixed.jsonl", [lead("1", MIDNIGHT), order("A", MIDNIGHT), {"rows": [["touches", touch]]}]
    )
    at = frames.as_of(warehouse.store, timezone=BERLIN)
    (point,) = series.metric_series(warehouse.store, source, at=at).points
    assert point.period == dt.date(2027, 4, 1)


def test_an_entry_on_a_tactics_first_day_is_counted(warehouse):
    in_berlin(warehouse).give(
        "crm.jsonl", [lead("1", MIDNIGHT, tactic="search"), lead("2", "2027-03-31T21:59", tactic="search")]
    )
    at = frames.as_of(warehouse.store, timezone=BERLIN)
    rows = warehouse.rows("entries_by_tactic", name="lead", from_day=dt.date(2027, 4, 1), **at.params)
    assert [(row["tactic"], row["entries"], row["first_day"]) for row in rows] == [("search", 1, dt.date(2027, 4, 1))]
    (cover,) = warehouse.rows("state_cover", **at.params)
    assert (cover["first_day"], cover["last_day"]) == (dt.date(2027, 3, 31), dt.date(2027, 4, 1))


def test_two_orders_of_one_day_of_the_zone_are_one_day(warehouse):
    in_berlin(warehouse).give("shop.jsonl", [order("A", MIDNIGHT), order("B", "2027-04-01T12:00")])
    at = frames.as_of(warehouse.store, timezone=BERLIN)
    (row,) = warehouse.rows("orders_by_customer", currency="EUR", **at.params)
    assert (row["orders"], row["repeat_orders"], row["first_day"]) == (2, 0, dt.date(2027, 4, 1))


def test_a_later_export_without_new_rows_extends_what_a_state_covers(warehouse):
    first = lead("1", "2027-03-01T12:00")
    warehouse.give("crm1.jsonl", [first])
    warehouse.give("crm2.jsonl", [first, lead("2", "2027-03-20T12:00", stage="seen")])
    at = frames.as_of(warehouse.store, timezone="UTC")
    cover = {row["state"]: row["span_to"] for row in warehouse.rows("state_cover", **at.params)}
    assert cover["lead"] == dt.date(2027, 3, 20)


def test_a_mistyped_year_is_said_and_does_not_move_the_default_day(warehouse):
    warehouse.give("crm.jsonl", [lead("1", "2027-03-01T12:00"), lead("2", "2072-03-02T12:00")])
    today = dt.date(2027, 3, 6)
    at = frames.as_of(warehouse.store, timezone="UTC", today=today)
    assert at.day == today
    facts = {(fact.name, fact.where): fact for fact in quality.facts(warehouse.store, warehouse.facts, at=at)}
    assert facts["clock", "crm"].value == 1
    assert (
        "1 rows of stages lie after 2027-03-06 and do not count, the last on 2072-03-02" in facts["clock", "crm"].text
    )
    assert warehouse.rows("SELECT count(*) AS n FROM stages") == [{"n": 2}]


def test_a_review_of_an_earlier_day_blames_no_clock(warehouse):
    warehouse.give("crm.jsonl", [lead("1", "2027-02-01T12:00"), lead("2", "2027-03-01T12:00")])
    at = frames.as_of(warehouse.store, timezone="UTC", day=dt.date(2027, 2, 10))
    assert "clock" not in {fact.name for fact in quality.facts(warehouse.store, warehouse.facts, at=at)}
