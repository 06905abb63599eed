"""Money in another currency counts at the rate of its own day; what has none is named with its amount."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from leadline.evidence import frames, quality, series
from leadline.evidence.frames import Journeys

FROM = dt.date(2027, 3, 10)


@pytest.fixture
def rated(warehouse):
    """Give a warehouse in which CHF has a rate of 0.8 a euro from the tenth on."""
    warehouse.facts = replace(warehouse.facts, rates=(("CHF", FROM, 0.8),))
    return warehouse


def order(key, day, net, currency="EUR", node="crm:1"):
    given = {
        "source_key": key,
        "node": node,
        "ordered_at": f"2027-03-{day:02}T12:00",
        "status": "booked",
        "gross": net,
        "currency": currency,
    }
    return {"rows": [["orders", given]]}


def spend(day, campaign, amount, currency="EUR"):
    return {
        "rows": [["spend", {"day": f"2027-03-{day:02}", "campaign": campaign, "amount": amount, "currency": currency}]]
    }


ORDERS = [
    order("A", 5, "40.00", "CHF"),
    order("B", 15, "8.00", "CHF"),
    order("C", 20, "1.00"),
    order("D", 20, "2.00", "USD"),
]


def march(warehouse):
    return frames.as_of(warehouse.store, timezone="UTC", day=dt.date(2027, 3, 31))


def test_orders_count_in_the_plans_currency_at_the_rate_of_their_day(rated):
    rated.give("shop.jsonl", ORDERS)
    found = series.metric_series(rated.store, "orders.net", at=march(rated))
    assert [point.value for point in found.points] == [11.0]
    assert found.notes == ("2 orders have no rate to EUR on their day: their money is left out",)
    assert series.metric_series(rated.store, "orders.count", at=march(rated)).notes == ()


def test_a_customers_orders_in_another_currency_are_orders(rated):
    rated.give("shop.jsonl", ORDERS)
    (row,) = rated.rows("orders_by_customer", currency="EUR", **march(rated).params)
    assert (row["orders"], row["repeat_orders"], row["net"], row["unrated"]) == (4, 2, Decimal("11.0000"), 2)
    assert row["mean_repeat_net"] == pytest.approx(5.5)  # 10 on the fifteenth, 1 on the twentieth


def test_revenue_with_a_rate_stands_in_its_line_and_the_lines_still_add_up(rated):
    rated.give("shop.jsonl", ORDERS)
    rows = rated.rows("revenue_lines", **Journeys("orders").params, **march(rated).params, currency="EUR")
    assert {(row["line"], row["currency"]): (row["net"], row["booked"]) for row in rows} == {
        ("customer never seen", "CHF"): (Decimal("8.0000"), Decimal("10.0000")),
        ("customer never seen", "EUR"): (Decimal("1.0000"), Decimal("1.0000")),
        ("other currency", "CHF"): (Decimal("40.0000"), None),
        ("other currency", "USD"): (Decimal("2.0000"), None),
    }


def test_spend_before_the_first_rate_leaves_the_rest_of_its_month_in(rated):
    rated.give("ads.jsonl", [spend(5, "search--a", "40.00", "CHF"), spend(15, "search--a", "8.00", "CHF")])
    (row,) = rated.rows("spend_by_tactic", currency="EUR", from_day=dt.date(2020, 1, 1), **march(rated).params)
    assert (row["amount"], row["spent"], row["unrated"]) == (Decimal("48.0000"), Decimal("10.0000"), Decimal("40.0000"))


def test_amounts_before_the_first_rate_are_a_fact_with_their_money(rated):
    rated.give("ads.jsonl", [spend(5, "search--a", "40.00", "CHF"), spend(15, "search--a", "8.00", "CHF")])
    rated.give("shop.jsonl", [*ORDERS])
    facts = {
        fact.where: fact
        for fact in quality.facts(rated.store, rated.facts, at=march(rated))
        if fact.name == "currency.no_rate"
    }
    assert sorted(facts) == ["CHF", "USD"]
    assert (facts["CHF"].value, facts["CHF"].level) == (2, "warning")
    assert facts["CHF"].detail == {
        "first": "2027-03-05",
        "last": "2027-03-05",
        "money": {"spend": "40.0000", "orders": "40.0000"},
    }
    assert "40 CHF of spend, 40 CHF of orders" in facts["CHF"].text
    assert "dated 2027-03-05 or earlier" in facts["CHF"].text
