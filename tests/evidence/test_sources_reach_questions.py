"""From the bytes of several tools to the questions: customers, revenue, journeys, steps across files."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import replace
from decimal import Decimal

import pytest

from leadline.evidence import frames
from leadline.evidence.channels import Channels
from leadline.evidence.frames import Journeys
from leadline.evidence.record_numbers import number

WEB = ("shopify/orders_export.csv", "matomo/visits.json", "segment/events.jsonl", "snowplow/events.jsonl")
MAP = {"prospecting": "lead", "qualification": "sqo", "closed won": "won", "closed lost": "lost"}


@pytest.fixture
def real(warehouse):
    """Return the warehouse with the readers of the real formats, and a payment page that is no referrer."""
    maps = dict.fromkeys(("salesforce-opportunities", "salesforce-history"), MAP)
    warehouse.setup = replace(warehouse.setup, reader=None, stage_maps=maps, channels=Channels(("pay.example",)))
    return warehouse


def given(real, name, text):
    path = real.workspace.exports / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    (report,) = real.take(path)
    assert report.status == "done", report.message
    return report


def asked(real, query, day=dt.date(2027, 4, 30), **params):
    at = frames.as_of(real.store, timezone="Europe/Berlin", day=day)
    return real.rows(query, **{**Journeys("orders").params, **at.params, **params})


@pytest.mark.slow
def test_orders_of_the_shop_and_touches_of_three_trackers_meet_in_one_person(real, shared):
    for name in WEB:
        target = real.workspace.exports / name.replace("/", "_")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shared / "exports" / name, target)
        (report,) = real.take(target)
        assert report.status == "done", report.message
    lines = {row["line"]: row["net"] for row in asked(real, "revenue_lines", currency="EUR")}
    assert lines == {
        "attributed": Decimal(300), "customer never seen": Decimal(50), "no person": Decimal(90), "other currency": Decimal(250),
    }  # fmt: skip
    booked = real.rows("SELECT sum(net) AS net FROM orders WHERE status = 'booked'")[0]["net"]
    assert sum(lines.values()) == booked
    customers = asked(real, "orders_by_customer", currency="EUR")
    assert sorted((row["orders"], row["repeat_orders"], row["net"]) for row in customers if row["net"] is not None) == [
        (1, 0, Decimal(50)), (2, 1, Decimal(300)),
    ]  # fmt: skip
    # Eva: a page of Segment before she signed in, then her order; a visit of Matomo under her address, then the next.
    won = [row["channels"] for row in asked(real, "paths") if row["outcome"] == "converted" and row["channels"]]
    assert won == [["Paid Search"], ["Paid Social"]]


def test_a_refund_of_the_shop_restates_the_order_and_booked_revenue(real):
    header = "Name,Email,Financial Status,Currency,Shipping,Taxes,Total,Refunded Amount,Created at,Lineitem quantity,Lineitem price"
    order = "#1,eva@pumps.example,{},EUR,0.00,19.00,119.00,{},2027-03-01 10:00:00 +0100,1,100.00"
    given(real, "orders1.csv", f"{header}\n{order.format('paid', '0.00')}\n")
    report = given(real, "orders2.csv", f"{header}\n{order.format('partially_refunded', '59.50')}\n")
    assert report.tables["orders"] == {"new": 0, "updated": 1, "unchanged": 0}
    assert real.rows("SELECT net FROM orders") == [{"net": Decimal(50)}]
    told = {(row["column"], row["old"], row["new"]) for row in real.rows('SELECT "column", old, new FROM restatements')}
    assert told == {("refunded", "0.0000", "59.5000"), ("net", "100.0000", "50.0000")}


def visit(key, start, referrer, *actions):
    return {
        "idVisit": key, "visitorId": "a1", "userId": None, "firstActionTimestamp": start, "referrerType": "website", "siteCurrency": "EUR",
        "referrerUrl": referrer, "actionDetails": list(actions),
    }  # fmt: skip


def test_a_visit_back_from_the_payment_page_goes_on_with_the_channel_before(real):
    start = 1803888000
    order = {"type": "ecommerceOrder", "orderId": "#1", "revenue": "10", "timestamp": start + 7300}
    visits = [visit(1, start, "https://www.google.de/"), visit(2, start + 7200, "https://pay.example/", order)]
    given(real, "visits.json", json.dumps(visits))
    rows = asked(real, "SELECT channel, converted, value FROM @sessions AS s ORDER BY session_no")
    assert rows == [
        {"channel": "Organic Search", "converted": False, "value": None},
        {"channel": "Organic Search", "converted": True, "value": Decimal(10)},
    ]


OPPORTUNITIES = (
    "Opportunity ID,Opportunity Name,Stage,Amount Currency,Amount,Close Date,Created Date,Lead Source\n"
    '006A00000006Vm9,Deal,Closed Won,CHF,"18,000.00",2/19/2027,11/15/2026,Web\n'
)
HISTORY = "Id,OpportunityId,StageName,Amount,CloseDate,CreatedDate,SystemModstamp,IsDeleted\n"
CHANGES = (
    "1,006A00000006Vm9IAE,Prospecting,20000,2027-03-31,2026-11-15T10:00:00Z,2026-11-15T10:00:00Z,false\n",
    "2,006A00000006Vm9IAE,Qualification,20000,2027-03-31,2026-12-08T09:30:00Z,2026-12-08T09:30:00Z,false\n",
    "3,006A00000006Vm9IAE,Qualification,18000,2027-02-28,2027-01-20T15:00:00Z,2027-01-20T15:00:00Z,false\n",
    "4,006A00000006Vm9IAE,Closed Won,18000,2027-02-19,2027-02-19T11:05:00Z,2027-02-19T11:05:00Z,false\n",
)


@pytest.mark.parametrize("parts", [(CHANGES,), (CHANGES[:2], CHANGES[2:])], ids=["whole", "in two files"])
def test_deals_and_their_history_are_one_subject_across_files(real, parts):
    real.facts = replace(real.facts, timezone="Europe/Berlin")
    for place, part in enumerate(parts):
        given(real, f"history{place}.csv", HISTORY + "".join(part))
    given(real, "opportunities.csv", OPPORTUNITIES)
    deal = number("deal", "salesforce:006A00000006Vm9IAE")
    spells = asked(real, "SELECT subject, stage, left_at, currency FROM @stage_spells AS s ORDER BY entered_at")
    assert spells == [
        {"subject": deal, "stage": "lead", "left_at": dt.datetime(2026, 12, 8, 9, 30), "currency": "CHF"},  # noqa: DTZ001
        {"subject": deal, "stage": "sqo", "left_at": dt.datetime(2027, 2, 19, 11, 5), "currency": "CHF"},  # noqa: DTZ001
        {"subject": deal, "stage": "won", "left_at": None, "currency": "CHF"},
    ]
    at = frames.as_of(real.store, timezone="Europe/Berlin", day=dt.date(2027, 3, 31))
    step = frames.stages(real.store, ("sqo", "won"), at=at)
    assert [str(when)[:16] for when in (*step.entered_at, *step.moved_at)] == ["2026-12-08T10:30", "2027-02-19T12:05"]
    assert (step.end.tolist(), step.amount.tolist()) == (["won"], [18000.0])


def test_a_newer_version_of_an_opportunity_stands_though_an_older_export_comes_later(real):
    header = "Id,Name,StageName,Amount,CurrencyIsoCode,CloseDate,CreatedDate,SystemModstamp\n"
    line = "006A00000006Vm9IAE,Deal,{},5,EUR,2027-03-31,2027-01-15T10:00:00Z,2027-02-{}T08:00:00Z\n"
    given(real, "new.csv", header + line.format("Qualification", "20"))
    given(real, "old.csv", header + line.format("Prospecting", "10"))
    assert real.rows("SELECT stage FROM deals") == [{"stage": "Qualification"}]
