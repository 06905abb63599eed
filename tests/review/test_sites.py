"""Sites: ranked by share times what the people are worth, with all money laid on places and none twice."""

from __future__ import annotations

import pytest

from leadline.align.phasing import CENTS, Phased
from leadline.review.sites import sites_of
from leadline.review.spending import Spending


def by_id(sites):
    return {site.id: site for site in sites.sites}


def test_places_rank_by_share_times_size_times_value(told):
    sites = sites_of(told().case, Spending())
    assert sites.basis == "value"
    assert sites.weights == {"People near": 0.5, "People far": 1.0}  # 100 × 10 against 400 × 5 a year
    assert [site.id for site in sites.sites] == ["web", "hall", "street"]
    assert by_id(sites)["hall"].score == pytest.approx(0.4 / 1.2)  # web: 0.8 × (0.5 + 1)
    assert by_id(sites)["street"].score == pytest.approx(0.25 / 1.2)
    assert [reach.people for reach in by_id(sites)["web"].reaches] == [80.0, 320.0]


def test_without_values_the_priority_decides_and_without_that_the_share_alone(told):
    sites = sites_of(told(("value: 10 EUR/year, ", "")).case, Spending())
    assert sites.basis == "priority"
    assert by_id(sites)["hall"].score == pytest.approx(0.2 / 1.2)
    bare = told(("value: 10 EUR/year, priority: 1, ", ""), ("value: 5 EUR/year, priority: 2, ", "")).case
    assert sites_of(bare, Spending()).basis == "share"


def test_values_of_different_kinds_are_not_compared(told):
    assert sites_of(told(("value: 10 EUR/year", "value: 10 EUR")).case, Spending()).basis == "priority"


def test_a_place_without_a_share_has_no_score_and_stands_last(told):
    sites = sites_of(told(("kind: search, share_of_segment: 80 %", "kind: search")).case, Spending())
    assert sites.sites[-1].id == "web"
    assert sites.sites[-1].score is None


def test_the_money_of_all_places_is_the_growth_budget(told):
    case = told().case
    sites = sites_of(case, Spending())
    assert sites.planned == pytest.approx(case.growth_budget)
    assert by_id(sites)["street"].planned == pytest.approx(5_000.0)
    assert sites.elsewhere[0] == pytest.approx(5_000.0)  # letters name no place


def test_spend_is_unknown_where_no_source_reports_it_and_not_nothing(told):
    case = told().case
    some = Spending({"ads-tactic": Phased({}, after=12_300)}, (), None, None)
    sites = by_id(sites_of(case, some))
    assert sites["web"].spent == pytest.approx(12_300 / CENTS)
    assert sites["street"].spent is None


def test_who_is_there_comes_from_used_channels_and_the_words_of_competitors(told):
    sites = by_id(sites_of(told().case, Spending()))
    assert sites["web"].ours == ("Web ads",)
    assert sites["web"].others == ("Rival",)
    assert sites["hall"].ours == ()
    assert [site.id for site in sites_of(told().case, Spending()).missed] == ["hall"]
    unused = by_id(sites_of(told(("channels: [ads]", "channels: [letters]")).case, Spending()))
    assert (unused["web"].ours, unused["web"].listed) == ((), ("Web ads",))


def test_a_question_is_counted_a_month_and_old_evidence_is_called_old(told):
    street = by_id(sites_of(told().case, Spending()))["street"]
    assert street.talks[0].volume == pytest.approx(10 / 7 * 30.436875)
    assert street.talks[0].is_met
    assert street.grounds[0].is_old
