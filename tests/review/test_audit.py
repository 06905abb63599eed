"""The audit: a cost only from one span, a gap open until something answers it, and the shortest list of questions."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.review.audit import NO_PERIOD, audit_of
from leadline.review.gaps import gaps_of
from leadline.review.likeness import is_all_like, is_like, words_of


def channel(material, name):
    return next(one for one in audit_of(material.case).channels if one.id == name)


def test_a_cost_per_lead_needs_both_from_one_month(told):
    ads = channel(told(), "ads")
    assert ads.cost_per(ads.leads).value == pytest.approx(100.0)
    assert ads.cost_per(ads.sales).value == pytest.approx(1000.0)
    stand = channel(told(), "stand")
    assert stand.cost.value == pytest.approx(500.0)
    assert stand.cost_per(stand.leads).value is None
    assert stand.cost_per(stand.leads).reason == f"the count {NO_PERIOD}"
    assert channel(told(), "letters").cost_per(stand.leads).reason == "the cost is not written"


def test_a_yearly_count_and_a_monthly_cost_meet_in_a_month(told):
    stand = channel(told(("leads: 24 count,", "leads: 24 count/year,")), "stand")
    assert stand.leads.value == pytest.approx(2.0)
    assert stand.cost_per(stand.leads).value == pytest.approx(250.0)


def test_the_age_of_an_audit_is_judged_as_the_check_does(told):
    material = told()
    assert channel(material, "ads").age == (dt.date(2027, 3, 15) - dt.date(2026, 12, 1)).days
    old = {one.id for one in audit_of(material.case).channels if one.tactics and one.is_old}
    (finding,) = [one for one in material.review.check.findings if one.code == "SIT008"]
    assert old == set(finding.values["channels"]) == {"stand", "letters"}


def test_where_a_competitor_is_and_we_are_not_is_a_gap_and_what_we_left_out_answers_it(told):
    (gap,) = [one for one in gaps_of(told().case) if one.kind == "place"]
    assert (gap.what, gap.whom, gap.answer) == ("podcast", ("Rival",), "left out")
    (open_gap,) = [one for one in gaps_of(told((", not_doing: [podcast]", "")).case) if one.kind == "place"]
    assert open_gap.is_open
    (parked,) = [one for one in gaps_of(told((", not_doing: [podcast]", ""), ("control:", "control:\n  ideas: [{id: i, name: A podcast, reason: no time}]")).case) if one.kind == "place"]  # fmt: skip
    assert parked.answer == "parked"


def test_a_tactic_of_that_name_is_there_whatever_its_channel_is_called(told):
    change = ((", not_doing: [podcast]", ""), ("name: Stand, intent", "name: Podcast at the stand, intent"))
    assert [one for one in gaps_of(told(*change).case) if one.kind == "place"] == []


def test_a_finding_that_names_the_competitor_answers_its_strength(told):
    (gap,) = [one for one in gaps_of(told().case) if one.kind == "strength"]
    assert (gap.answer, gap.by) == ("addressed", "Ads (f)")
    (silent,) = [one for one in gaps_of(told((", addressed_by: [ads-tactic]", "")).case) if one.kind == "strength"]
    assert silent.is_open
    assert "names nobody" in silent.by
    (other,) = [
        one
        for one in gaps_of(told(("Rival sells below our price", "Somebody sells below our price")).case)
        if one.kind == "strength"
    ]
    assert other.is_open


def test_a_decision_about_the_competitor_accepts_what_it_does_better(told):
    change = (
        "control:",
        "control:\n  decisions: [{id: d, date: 2027-01-01, choice: accept, reason: we win on care, about: [rival]}]",
    )
    (gap,) = [
        one for one in gaps_of(told(change, ("Rival sells below", "They sell below")).case) if one.kind == "strength"
    ]
    assert (gap.answer, gap.by) == ("accepted", "accept: we win on care (d)")


def test_a_venue_of_ours_that_nobody_covers_carries_the_code_of_its_finding(told):
    material = told()
    (gap,) = [one for one in gaps_of(material.case) if one.kind == "venue"]
    assert (gap.what, gap.whom, gap.share, gap.code) == ("Town hall", ("People far",), 0.4, "AUD011")
    named = [
        (one.values["segment"], one.values["venue"]) for one in material.review.check.findings if one.code == "AUD011"
    ]
    assert named == [("far", "hall")]
    (small,) = [
        one
        for one in gaps_of(told(("kind: event, share_of_segment: 40 %", "kind: event, share_of_segment: 29 %")).case)
        if one.kind == "venue"
    ]
    assert small.code == ""


def test_questions_are_asked_once_for_all_channels_and_of_used_ones_only(told):
    unknown = audit_of(told().case).unknown
    assert len({one.question for one in unknown}) == len(unknown)
    cost = next(one for one in unknown if one.question == "What does it cost in a month?")
    assert cost.about == ("Letters",)
    assert cost.money == pytest.approx(5_000.0)  # the stand's 10 kEUR go evenly to its two channels
    unused = audit_of(told(("channels: [stand, letters]", "channels: [stand]")).case).unknown
    assert not any("Letters" in one.about for one in unused)


def test_a_plan_that_knows_everything_asks_nothing_about_competitors(told):
    assert not any("Rival" in one.about for one in audit_of(told().case).unknown)
    asked = audit_of(told((", seen: 2026-12-01", "")).case).unknown
    assert [one.question for one in asked if "Rival" in one.about] == ["When did somebody last look?"]


@given(st.text(max_size=30))
def test_a_name_is_like_itself_and_never_like_nothing(name):
    assert is_all_like(name, words_of(name)) is bool(words_of(name))
    assert not is_like(name, ())
