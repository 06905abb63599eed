"""Channels come out as the shared cases say, tactics by their names, doubt stays doubt."""

from __future__ import annotations

import csv

import pytest

from leadline.evidence.channels import Channels, Rule, Visit, category
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.tactics import TacticMap, state_of


def test_every_shared_case_comes_out_as_written(shared):
    channels = Channels(exclusions=("pay.example",))
    wrong, count = [], 0
    for row in csv.DictReader((shared / "exports" / "channels" / "cases.csv").read_text(encoding="utf-8").splitlines()):
        names = ("utm_source", "utm_medium", "utm_campaign", "click_id_kind", "referrer_host")
        given = channels.channel(Visit(*(row[name] or None for name in names)))
        count += 1
        if given != row["channel"]:
            wrong.append((row, given))
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
