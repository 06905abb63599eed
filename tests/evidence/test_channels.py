"""Channels come out as the shared cases say, tactics by their names, doubt stays doubt."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.evidence import frames
from leadline.evidence.channels import Channels, Rule, Visit, category
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.rules import refresh
from leadline.evidence.shares import spend_by_tactic, split
from leadline.evidence.tactics import TacticMap, state_of


def test_every_shared_case_comes_out_as_written(shared):
    channels = Channels(exclusions=("pay.example",))
    wrong, count = [], 0
    for row in csv.DictReader((shared / "exports" / "channels" / "cases.csv").read_text(encoding="utf-8").splitlines()):
        names = ("utm_source", "utm_medium", "utm_campaign", "click_id_kind", "referrer_host")
        told = channels.channel(Visit(*(row[name] or None for name in names)))
        count += 1
        if told != row["channel"]:
            wrong.append((row, told))
    assert (count, wrong) == (38, [])


@pytest.mark.parametrize(
    ("visit", "channel"),
    [
        (Visit(click_id_kind="fbclid", utm_id="120210", referrer_host="l.facebook.com"), "Paid Social"),
        (Visit(referrer_host="google.evil.example"), "Referral"),
        (Visit(referrer_host="news.google.com"), "Referral"),
        (Visit(referrer_host="shop.pay.example"), "(continue)"),
        (Visit("google", "cpc", referrer_host="pay.example"), "Paid Search"),
        (Visit(referrer_host="duckduckgo.com"), "Organic Search"),
        (Visit(referrer_host="m.youtube.com"), "Organic Video"),
    ],
)
def test_what_the_cases_leave_open_follows_the_rules(visit, channel):
    assert Channels(exclusions=("pay.example",)).channel(visit) == channel


def test_own_rules_stand_before_or_behind_and_change_the_version():
    own = Rule("source", "starts", "partner-", "Partner", origin="workspace")
    assert Channels().channel(Visit("partner-7", "cpc")) == "Paid Other"
    assert Channels(before=(own,)).channel(Visit("partner-7", "cpc")) == "Partner"
    assert Channels(behind=(own,)).channel(Visit("partner-7", "cpc")) == "Paid Other"
    assert Channels(behind=(own,)).channel(Visit("partner-7", "hello")) == "Partner"
    assert len({Channels().version, Channels(before=(own,)).version, Channels(behind=(own,)).version}) == 3
    assert Channels().version == Channels().version


def test_a_source_is_found_by_name_host_and_country():
    assert [category(name) for name in ("google", "google.co.uk", "www.linkedin.com", "old.reddit.com", "claude.ai", "somesite")] == [
        "search", "search", "social", "social", "assistant", None,
    ]  # fmt: skip


PLAN = PlanFacts(
    tactic_ids=("search", "search-brand", "fair", "mail"),
    moved={"messe": "fair"},
    tracked_as={"fair": {"google-ads": ["2145"], "origin": ["trade show"]}, "mail": {"utm_campaign": ["letter*"], "google-ads": ["Shared"]},
                "search": {"google-ads": ["Shared"]}},
)  # fmt: skip


@pytest.mark.parametrize(
    ("values", "tactic"),
    [
        ({"campaign": "search"}, "search"),
        ({"campaign": "Search--compare"}, "search"),
        ({"campaign": "search-brand_uk"}, "search-brand"),
        ({"campaign": "search - spring"}, "search"),
        ({"campaign": "search/a"}, "search"),
        ({"campaign": "searching"}, None),
        ({"campaign": "search-remarketing"}, None),
        ({"utm_campaign": "messe_2027"}, "fair"),
        ({"utm_id": "fair"}, "fair"),
        ({"campaign_id": "21456789"}, "fair"),
        ({"campaign": "x", "campaign_id": "31456789"}, None),
        ({"origin": "Trade  Show"}, "fair"),
        ({"utm_campaign": "letter-3"}, "mail"),
    ],
)
def test_a_row_finds_its_tactic_by_id_or_by_what_it_is_tracked_as(values, tactic):
    assert TacticMap(PLAN).match("google-ads", values).tactic == tactic


def test_two_tactics_leave_a_row_unmatched_and_say_why():
    both = TacticMap(PLAN).match("google-ads", {"campaign": "shared"})
    assert both.tactic is None
    assert both.why == 'ambiguous: mail (by campaign "shared") and search (by campaign "shared")'
    assert TacticMap(PLAN).match("google-ads", {"campaign": "shared"}, stated="search").tactic == "search", (
        "named on the row itself"
    )
    assert TacticMap(PLAN).match("meta-ads", {"campaign": "shared"}).tactic is None, "tracked in another source"


def test_a_stage_is_the_state_of_its_map_or_of_its_name_or_itself():
    states = frozenset({"lead", "sqo"})
    assert state_of(" Closed  WON", {"closed won": "won"}, states=states) == "won"
    assert state_of("Lead", {}, states=states) == "lead"
    assert state_of("Demo held", {}, states=states) == "Demo held"


SHARED = PlanFacts(
    tactic_ids=("search", "brand", "fair", "print"),
    tracked_as={"search": {"google-ads": ["Both @ 60 %", "Half @ 60 %"]}, "brand": {"google-ads": ["Both @ 40%", "Half @ 30 %"]},
                "print": {"channel": ["Print"], "geo": ["DE-BY", "AT*"]}, "fair": {"google-ads": ["Lone @ 50 %"]}},
    tactic_dates={"print": (dt.date(2027, 3, 1), dt.date(2027, 3, 31))},
)  # fmt: skip


@pytest.mark.parametrize(
    ("values", "stored", "why"),
    [
        ({"campaign": "both"}, "brand:0.4+search:0.6", "shared: brand"),
        ({"campaign": "half"}, None, "add up to 0.9, not to 1"),
        ({"campaign": "lone"}, None, "add up to 0.5, not to 1"),
        ({"campaign": "x", "channel": "Print", "geo": "AT-9", "day": dt.date(2027, 3, 1)}, "print", "its dates"),
        ({"campaign": "x", "channel": "Print", "geo": "AT-9", "day": dt.date(2027, 4, 1)}, None, ""),
        ({"campaign": "x", "channel": "Print", "geo": "CH", "day": dt.date(2027, 3, 1)}, None, ""),
        ({"campaign": "x", "channel": "Email", "geo": "AT", "day": dt.date(2027, 3, 1)}, None, ""),
        ({"campaign": "x", "channel": "Print", "geo": "AT"}, None, ""),
    ],
)
def test_shares_must_add_up_and_channel_geo_and_dates_are_one_condition(values, stored, why):
    found = TacticMap(SHARED).match("google-ads", values)
    assert found.of("spend") == stored
    assert found.of("touches") == (None if "+" in (stored or "") else stored), "shares are of money alone"
    assert why in found.why


@given(st.decimals("-99999999", "99999999", places=4), st.lists(st.integers(1, 10_000), min_size=1, max_size=5))
def test_shared_money_is_split_to_the_cent_and_nothing_is_lost(amount, weights):
    shares = {f"t{place}": Decimal(weight) / sum(weights) for place, weight in enumerate(weights)}
    parts = split(amount, shares)
    assert sum(parts.values()) == amount
    *most, _ = parts.values()
    assert all(part == part.quantize(Decimal("0.01")) for part in most)
    assert all(abs(parts[name] - amount * share) <= Decimal("0.0101") for name, share in shares.items())


def test_a_shared_campaign_is_one_row_and_two_tactics_money(warehouse):
    warehouse.facts = replace(
        SHARED, tracked_as={**SHARED.tracked_as, "search": {"ads": ["Both @ 60 %"]}, "brand": {"ads": ["Both @ 40%"]}}
    )
    row = ["spend", {"day": "2027-03-02", "campaign": "Both", "amount": "10.01", "currency": "EUR"}]
    placed = [
        "spend",
        {
            "day": "2027-03-02",
            "campaign": "Leaflet",
            "channel": "Print",
            "geo": "DE-BY",
            "amount": "5.00",
            "currency": "EUR",
        },
    ]
    warehouse.give("ads.jsonl", [{"rows": [row]}, {"rows": [placed]}])
    at = frames.as_of(warehouse.store, timezone="UTC", day=dt.date(2027, 3, 31))

    def by_tactic():
        asked = {"currency": "EUR", "from_day": dt.date(2027, 1, 1)}
        return {one["tactic"]: one["spent"] for one in spend_by_tactic(warehouse.store, asked, at=at)}

    assert by_tactic() == {"brand": Decimal("4.00"), "search": Decimal("6.01"), "print": Decimal("5.00")}
    assert warehouse.rows("SELECT count(*) AS n FROM spend") == [{"n": 2}]
    other = replace(warehouse.facts, tracked_as={"search": {"ads": ["Both"]}})
    moved = refresh(warehouse.workspace, other, channels=Channels(), stage_maps={}, clock=warehouse.clock)
    assert moved.spend == {"EUR": Decimal("15.0100")}
    assert by_tactic() == {"search": Decimal("10.0100"), "(unmatched)": Decimal("5.0000")}
    refresh(warehouse.workspace, warehouse.facts, channels=Channels(), stage_maps={}, clock=warehouse.clock)
    assert by_tactic() == {"brand": Decimal("4.00"), "search": Decimal("6.01"), "print": Decimal("5.00")}
