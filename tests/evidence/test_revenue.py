"""Booked revenue adds up, whatever can be followed and whatever cannot."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.evidence import frames
from leadline.evidence.revenue import revenue

PEOPLE = st.sampled_from(["crm:1", "crm:2", "crm:3", None])
DAYS = st.integers(0, 120).map(lambda back: (dt.date(2027, 6, 30) - dt.timedelta(days=back)).isoformat())
CENTS = st.integers(1, 10**9).map(lambda cents: f"{cents / 100:.2f}")
ORDERS = st.fixed_dictionaries({
    "node": PEOPLE, "day": DAYS, "gross": CENTS, "currency": st.sampled_from(["EUR", "EUR", "CHF", "USD"]), "tax": st.sampled_from(["0.00", "0.01"]),
    "status": st.sampled_from(["booked", "booked", "cancelled"]), "channel": st.sampled_from([None, "Fair"]), "tactic": st.sampled_from([None, "fair"]),
})  # fmt: skip
TOUCHES = st.fixed_dictionaries(
    {
        "node": PEOPLE,
        "day": DAYS,
        "channel": st.sampled_from(["Direct", "Email"]),
        "tactic": st.sampled_from([None, "search"]),
    }
)


def fill(warehouse, orders, touches):
    rows = [
        [
            "orders",
            {
                "source_key": f"o{n}",
                "ordered_at": f"{one['day']}T12:00",
                **{name: one[name] for name in one if name != "day"},
            },
        ]
        for n, one in enumerate(orders)
    ]
    rows += [
        ["touches", {"source_key": f"t{n}", "happened_at": f"{one['day']}T11:00", "class": "activity", "event": "page",
                     **{name: one[name] for name in one if name != "day"}}]
        for n, one in enumerate(touches)
    ]  # fmt: skip
    warehouse.facts = replace(warehouse.facts, rates=(("CHF", dt.date(2027, 5, 1), 0.93),))
    warehouse.give("mixed.jsonl", [{"rows": [row]} for row in rows])


def check(warehouse):
    at = frames.as_of(warehouse.store, timezone="Europe/Berlin", day=dt.date(2027, 6, 30))
    found = revenue(warehouse.store, at=at, currency="EUR")
    asked = (
        "SELECT currency, sum(net) AS net FROM orders WHERE status = 'booked' AND ordered_at < :as_of GROUP BY currency"
    )
    booked = {row["currency"]: row["net"] for row in warehouse.rows(asked, **at.params)}
    sums: dict[str, Decimal] = {}
    for part in found.parts:
        sums[part.currency] = sums.get(part.currency, Decimal(0)) + part.net
    assert sums == booked
    for what in ("channel", "tactic", "month", "why"):
        lines = found.by(what)
        assert sum((one.booked for one in lines), Decimal(0)) == found.total.booked, what
        assert sum(one.orders for one in lines) == found.total.orders, what
        for currency, net in found.total.apart.items():
            assert sum(one.apart.get(currency, Decimal(0)) for one in lines) == net, what
    return found


@pytest.mark.proof
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ORDERS, min_size=1, max_size=25), st.lists(TOUCHES, max_size=25))
def test_the_lines_of_every_generated_warehouse_add_up_to_what_was_booked(
    make_warehouse, tmp_path_factory, orders, touches
):
    warehouse = make_warehouse(tmp_path_factory.mktemp("books"))
    fill(warehouse, orders, touches)
    check(warehouse)


def test_an_order_stands_under_its_last_channel_that_is_not_direct_or_under_none(warehouse):
    order = {
        "node": "crm:1",
        "day": "2027-06-10",
        "gross": "100.01",
        "currency": "EUR",
        "tax": "0.00",
        "status": "booked",
        "channel": None,
        "tactic": None,
    }
    fill(
        warehouse,
        [order, {**order, "node": None, "gross": "7.07"}, {**order, "node": "crm:2", "gross": "5.00", "channel": "Fair", "tactic": "fair"},
         {**order, "node": "crm:3", "gross": "2.00", "currency": "USD"}, {**order, "node": "crm:3", "gross": "1.86", "currency": "CHF", "day": "2027-05-20"}],
        [{"node": "crm:1", "day": "2027-06-01", "channel": "Email", "tactic": "search"}, {"node": "crm:1", "day": "2027-06-09", "channel": "Direct", "tactic": None},
         {"node": "crm:3", "day": "2027-05-19", "channel": "Direct", "tactic": None}],
    )  # fmt: skip
    found = check(warehouse)
    assert [(one.name, str(one.booked), one.orders) for one in found.by("channel")] == [
        ("Email", "100.0100", 1), ("Fair", "5.0000", 1), ("Direct", "2.0000", 1), (None, "7.0700", 2),
    ]  # fmt: skip
    assert [(one.name, str(one.booked)) for one in found.by("tactic")] == [
        ("search", "100.0100"),
        ("fair", "5.0000"),
        (None, "9.0700"),
    ]
    assert [one.name for one in found.by("month")] == ["2027-05", "2027-06"]
    assert found.total.apart == {"USD": Decimal("2.0000")}
    assert found.sentence() == (
        "114 EUR were booked in 5 orders; 7.07 EUR of it stand under no channel. 2 USD more have no rate and are told apart."
    )
