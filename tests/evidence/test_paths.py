"""Journeys exactly: sessions are steps, windows count seconds, ties are broken, nothing is counted twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import numpy as np

from leadline.evidence import frames
from leadline.evidence.frames import Journeys
from leadline.evidence.privacy import Key


def touch(key, node, happened, channel, **more):
    given = {
        "source_key": key,
        "node": node,
        "happened_at": happened,
        "class": "activity",
        "event": "page",
        "channel": channel,
        **more,
    }
    return {"rows": [["touches", given]]}


def order(key, node, ordered, net="100.00", **more):
    given = {
        "source_key": key,
        "node": node,
        "ordered_at": ordered,
        "status": "booked",
        "gross": net,
        "currency": "EUR",
        **more,
    }
    return {"rows": [["orders", given]]}


def journeys(warehouse, day=dt.date(2027, 6, 30), **options):
    at = frames.as_of(warehouse.store, timezone="UTC", day=day)
    params = {**Journeys("orders", **options).params, **at.params}
    rows = warehouse.rows("paths", **params)
    return [(row["outcome"], row["channels"], row["value"]) for row in rows]


def test_a_step_at_the_very_end_of_the_window_counts_and_one_second_more_does_not(warehouse):
    converted = "2027-03-31T00:00:00"
    for seconds, name in ((0, "Fair"), (-1, "Print")):
        start = dt.datetime(2027, 3, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
        warehouse.give(f"fair{name}.jsonl", [touch(name, "crm:1", start.replace(tzinfo=None).isoformat(), name)])
    warehouse.give("shop.jsonl", [order("A", "crm:1", converted)])
    assert journeys(warehouse, window_days=30) == [
        ("converted", ["Fair"], Decimal("100.0000")),
        ("null", ["Print"], None),
    ]


def test_a_step_belongs_to_the_first_conversion_only_and_one_without_steps_stays_in_the_totals(warehouse):
    warehouse.give("mixed.jsonl", [
        touch("a", "crm:1", "2027-03-01T10:00", "Fair"), order("A", "crm:1", "2027-03-02T10:00"), order("B", "crm:1", "2027-03-02T10:00", "50.00"),
        touch("b", "crm:1", "2027-03-05T10:00", "Phone"), order("C", "crm:1", "2027-03-05T10:00", "7.00"),
    ])  # fmt: skip
    assert journeys(warehouse) == [
        ("converted", ["Fair"], Decimal("100.0000")), ("converted", None, Decimal("50.0000")), ("converted", ["Phone"], Decimal("7.0000")),
    ]  # fmt: skip
    at = frames.as_of(warehouse.store, timezone="UTC", day=dt.date(2027, 6, 30))
    paths = frames.paths(warehouse.store, Journeys("orders"), at=at, currency="EUR")
    assert (paths.conversions.sum(), paths.value.sum(), paths.empty_conversions, paths.empty_value) == (
        2.0,
        107.0,
        1.0,
        50.0,
    )
    assert [paths.channels[number] for number in paths.steps] == ["Fair", "Phone"]
    assert paths.seconds_before.tolist() == [86_400.0, 0.0]


def test_steps_of_one_moment_stand_in_the_order_of_their_touch_ids(warehouse):
    records = [touch(key, "crm:1", "2027-03-01T10:00", key.upper()) for key in "abcde"]
    warehouse.give("fair.jsonl", [*records, order("A", "crm:1", "2027-03-02T10:00")])
    ids = warehouse.rows("SELECT channel FROM touches ORDER BY touch_id")
    assert journeys(warehouse)[0][1] == [row["channel"] for row in ids]


def test_web_events_of_one_session_are_one_step_with_the_channel_that_is_not_direct(warehouse):
    warehouse.give("ga4.jsonl", [
        touch("a", "ga:1", "2027-03-01T10:00", "Direct", session_key="s1"), touch("b", "ga:1", "2027-03-01T10:01", "Email", session_key="s1"),
        touch("c", "ga:1", "2027-03-01T10:02", "Direct", session_key="s1", value="5.00", object="A"),
        touch("d", "ga:1", "2027-03-01T12:00", "Direct", session_key="s2"), order("A", "ga:1", "2027-03-01T13:00"),
    ])  # fmt: skip
    assert journeys(warehouse)[0][1] == ["Email", "Direct"]
    assert journeys(warehouse, keep_direct=False)[0][1] == ["Email"]


def test_half_an_hour_without_a_word_ends_a_session_that_has_no_key(warehouse):
    warehouse.give("segment.jsonl", [
        touch("a", "crm:1", "2027-03-01T10:00:00", "Email"), touch("b", "crm:1", "2027-03-01T10:30:00", "Direct"),
        touch("c", "crm:1", "2027-03-01T11:00:01", "Direct"), order("A", "crm:1", "2027-03-01T13:00"),
    ])  # fmt: skip
    assert journeys(warehouse)[0][1] == ["Email", "Direct"]


def test_a_conversion_event_alone_near_a_step_is_no_step(warehouse):
    warehouse.give("ga4.jsonl", [
        touch("a", "ga:1", "2027-03-01T10:00", "Email", session_key="s1"),
        touch("b", "ga:1", "2027-03-01T10:20", "Direct", session_key="s2", value="5.00", object="A"), order("A", "ga:1", "2027-03-01T10:20"),
        touch("c", "ga:2", "2027-03-01T10:00", "Email", session_key="s3"),
        touch("d", "ga:2", "2027-03-01T11:20", "Direct", session_key="s4", value="5.00", object="B"), order("B", "ga:2", "2027-03-01T11:20"),
    ])  # fmt: skip
    assert sorted(row[1] for row in journeys(warehouse)) == [["Email"], ["Email", "Direct"]]


def test_a_journey_younger_than_the_window_is_open_an_older_one_null(warehouse):
    warehouse.give(
        "fair.jsonl", [touch("a", "crm:1", "2027-03-01T00:00", "Fair"), touch("b", "crm:2", "2027-03-03T00:00", "Fair")]
    )
    found = sorted(row[0] for row in journeys(warehouse, day=dt.date(2027, 3, 31), window_days=30))
    assert found == ["null", "open"]
    at = frames.as_of(warehouse.store, timezone="UTC", day=dt.date(2027, 3, 31))
    paths = frames.paths(warehouse.store, Journeys("orders", window_days=30), at=at, currency="EUR")
    assert (paths.nulls.sum(), paths.open_journeys) == (1.0, 1.0)


def test_equal_neighbours_collapse_when_asked_and_machines_never_walk(warehouse):
    warehouse.give("fair.jsonl", [
        touch("a", "crm:1", "2027-03-01T00:00", "Fair"), touch("b", "crm:1", "2027-03-02T00:00", "Fair"),
        touch("m", "crm:1", "2027-03-02T12:00", "Email", is_machine=0.9), touch("c", "crm:1", "2027-03-03T00:00", "Phone"),
        order("A", "crm:1", "2027-03-04T00:00"),
    ])  # fmt: skip
    assert journeys(warehouse)[0][1] == ["Fair", "Fair", "Phone"]
    assert journeys(warehouse, collapse=True)[0][1] == ["Fair", "Phone"]


def test_path_counts_are_the_journeys_counted(warehouse):
    warehouse.give("mixed.jsonl", [
        *(touch(f"f{who}", f"crm:{who}", "2027-03-01T00:00", "Fair") for who in range(5)),
        *(order(f"O{who}", f"crm:{who}", "2027-03-02T00:00") for who in range(2)),
    ])  # fmt: skip
    at = frames.as_of(warehouse.store, timezone="UTC", day=dt.date(2027, 12, 31))
    rows = warehouse.rows("path_counts", **Journeys("orders").params, **at.params, currency="EUR")
    assert rows == [{"path": "Fair", "conversions": 2.0, "value": 200.0, "nulls": 3.0, "open": 0.0}]


def test_the_lines_of_revenue_add_up_to_what_was_booked(warehouse):
    warehouse.give("mixed.jsonl", [
        touch("a", "crm:1", "2027-03-01T10:00", "Fair"), order("A", "crm:1", "2027-03-02T10:00", "100.01"),
        touch("b", "crm:2", "2027-03-01T10:00", "Direct"), order("B", "crm:2", "2027-03-02T10:00", "50.02"),
        touch("c", "crm:3", "2026-03-01T10:00", "Fair"), order("C", "crm:3", "2027-03-02T10:00", "25.03"),
        order("D", "crm:4", "2027-03-02T10:00", "12.04"), order("E", None, "2027-03-02T10:00", "6.05"),
        order("F", "crm:1", "2027-03-02T10:00", "3.06", currency="CHF"), order("G", "crm:1", "2027-03-03T10:00", "1.07", status="cancelled"),
    ])  # fmt: skip
    at = frames.as_of(warehouse.store, timezone="UTC", day=dt.date(2027, 12, 31))
    rows = warehouse.rows("revenue_lines", **Journeys("orders").params, **at.params, currency="EUR")
    assert {row["line"]: row["net"] for row in rows} == {
        "attributed": Decimal("100.01"), "direct only": Decimal("50.02"), "no touch in window": Decimal("25.03"),
        "customer never seen": Decimal("12.04"), "no person": Decimal("6.05"), "other currency": Decimal("3.06"),
    }  # fmt: skip
    booked = warehouse.rows("SELECT sum(net) AS net FROM orders WHERE status = 'booked'")[0]["net"]
    assert sum(row["net"] for row in rows) == booked


def test_a_won_deal_is_a_conversion_of_its_main_contact(warehouse):
    warehouse.give("crm.jsonl", [
        touch("a", "crm:1", "2027-03-01T10:00", "Fair"), touch("b", "crm:2", "2027-03-01T10:00", "Phone"),
        {"rows": [
            ["deals", {"source_key": "D", "stage": "won", "status": "won", "created_at": "2027-03-02T00:00", "closed_at": "2027-03-09T00:00", "amount": "9.00", "currency": "EUR"}],
            ["deal_people", {"deal": "D", "person_node": "crm:1", "is_primary": False}], ["deal_people", {"deal": "D", "person_node": "crm:2", "is_primary": True}],
        ]},
    ])  # fmt: skip
    at = frames.as_of(warehouse.store, timezone="UTC", day=dt.date(2027, 12, 31))
    paths = frames.paths(warehouse.store, Journeys("stage:won"), at=at, currency="EUR")
    credited = {paths.channels[number]: count for number, count in zip(paths.steps, paths.conversions, strict=True)}
    assert credited == {"Fair": 0.0, "Phone": 1.0}
    assert np.isclose(paths.value.sum(), 9.0)


def test_journeys_and_their_people_are_the_same_whatever_the_key(make_warehouse, tmp_path):
    records = [
        *(
            touch(f"f{who}", f"crm:{who}", f"2027-03-0{1 + who % 3}T00:00", ("Fair", "Phone")[who % 2])
            for who in range(20)
        ),
        *(touch(f"g{who}", f"crm:{who}", "2027-05-04T00:00", "Email") for who in range(0, 20, 3)),
        *(order(f"O{who}", f"crm:{who}", "2027-03-12T00:00", f"{who}.00") for who in range(0, 20, 4)),
    ]
    found = []
    for secret in (bytes(32), bytes(range(32))):
        other = make_warehouse(tmp_path / secret.hex()[:8])
        other.setup = replace(other.setup, key=Key(secret))
        other.give("mixed.jsonl", records)
        at = frames.as_of(other.store, timezone="UTC", day=dt.date(2027, 6, 30))
        found.append(frames.paths(other.store, Journeys("orders"), at=at, currency="EUR"))
    one, two = found
    assert one.channels == two.channels == ("Email", "Fair", "Phone")
    for name in ("people", "offsets", "steps", "conversions", "value", "nulls", "seconds_before"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert set(one.people.tolist()) == set(range(1, 21))
    assert max(np.bincount(one.people.astype(int))) == 2  # who walked twice is still one person
