"""MEA: how small a difference a planned test can tell, and whether it waits long enough."""

from __future__ import annotations

import math

import pytest

from leadline.align.facts import EvidenceFacts, MeasuredBet

RCT = "unit: person, share: 50 %, duration: 90 days, effect: 5 pp"
ADS = "method: geo, metric: order, unit: postcode area, share: 25 %, duration: 84 days, effect: 20 %"
Z = 1.6448536 + 0.8416212  # two-sided 10 %, power 80 %


def test_the_smallest_difference_by_hand_of_a_mailed_audience(judged) -> None:
    # 60 of 800 answer: p = 7.5 %; half of 800 in each group
    at_half = Z * math.sqrt(0.075 * 0.925 * (1 / 400 + 1 / 400))
    (found,) = judged("MEA002", (RCT, RCT.replace("5 pp", "4 pp"))).findings
    assert found.values["detectable"] == pytest.approx(at_half)
    assert found.values["units"] == 800
    assert found.values["enough"] == math.ceil(Z**2 * 0.075 * 0.925 / (0.25 * 0.04**2))
    assert not judged("MEA002", (RCT, RCT.replace("5 pp", f"{100 * at_half + 0.001:.4f} pp"))).findings


@pytest.mark.parametrize(
    ("effect", "difference"), [("40 %", 0.4 * 0.15), ("3 pp", 0.03), ("12 count", 12 / (0.75 * 500 * 84 / 214))]
)
def test_an_effect_in_per_cent_points_or_a_count_is_one_difference(judged, effect: str, difference: float) -> None:
    # ads deliver 500 leads in 214 days, 15 % of whom buy; 84 days of test
    own = ADS.replace("geo", "holdout").replace("20 %", effect)
    (found,) = judged("MEA002", (ADS, own)).findings
    units = 500 * 84 / 214
    assert found.values["effect"] == pytest.approx(difference)
    assert found.values["units"] == round(units)
    assert found.values["detectable"] == pytest.approx(Z * math.sqrt(0.15 * 0.85 / (units * 0.25 * 0.75)))


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        ((RCT, RCT.replace("share: 50 %, ", "")), "share, duration and effect are needed"),
        ((RCT, RCT.replace("50 %", "100 %")), "share, duration and effect are needed"),
        (("audience: 800 count, ", ""), "the plan does not say of how many lead are counted"),
        (('source: "stage:lead"', 'source: "touches:enquiry"'), "lead does not count persons"),
    ],
)
def test_what_the_plan_does_not_say_is_not_judged(judged, edit: tuple[str, str], reason: str) -> None:
    result = judged("MEA002", edit)
    assert not result.findings
    assert reason in {skip.reason for skip in result.skipped if skip.element == "letters-rct"}


def test_a_finished_test_is_judged_by_none(judged) -> None:
    done = (
        RCT,
        "result: {tactic: letters, estimate: 0.02, low: 0.01, high: 0.03}, "
        + RCT.replace("5 pp", "1 pp").replace("90", "1"),
    )
    for code in ("MEA002", "MEA003"):
        assert not judged(code, done).findings
    rule = ", rule: send the rest if the difference is 5 pp or more"
    assert judged("MEA005", (rule, "")).findings
    assert not judged("MEA005", done, (rule, "")).findings


@pytest.mark.parametrize(("duration", "fires"), [("30 days", False), ("29 days", True)])
def test_a_test_lasts_at_least_as_long_as_the_way_to_its_metric(judged, duration: str, fires) -> None:
    found = judged("MEA003", (ADS, ADS.replace("84 days", duration))).findings
    assert [one.values["sooner"] for one in found] == (["lead"] if fires else [])


def test_the_time_to_full_effect_counts_and_a_metric_off_the_way_does_not(judged) -> None:
    radio = "unit: town, share: 50 %, duration: 90 days"
    (found,) = judged("MEA003", (radio, radio.replace("90", "59"))).findings
    assert (found.values["lag"], found.values["sooner"]) == (60, None)
    result = judged("MEA003", ("metric: known, unit: town", "metric: order, unit: town"))
    assert [(skip.element, skip.reason) for skip in result.skipped] == [
        ("radio-geo", "no bet of spring leads to order")
    ]


GOOGLE = ("citation: Till records of 2026", "citation: Google Ads report of 2026")


def test_own_records_or_a_test_are_a_second_source(judged) -> None:
    blind = ("method: geo, metric: order", "method: attribution, metric: order")
    clicks = ('source: "stage:lead"', 'source: "touches:enquiry"')
    assert [one.element.id for one in judged("MEA004", GOOGLE, blind, clicks).findings] == ["ads"]
    assert not judged("MEA004", GOOGLE, blind).findings
    assert not judged("MEA004", GOOGLE, clicks).findings
    assert not judged("MEA004", blind, clicks).findings
    unpaid = ("media: paid, mode: broadcast, venues: [web]", "media: owned, mode: broadcast, venues: [web]")
    assert not judged("MEA004", GOOGLE, blind, clicks, unpaid).findings


@pytest.mark.parametrize(
    ("told_by", "fires"), [(("google-ads",), True), (("google-ads", "invoices"), False), ((), False)]
)
def test_money_of_which_the_platform_alone_speaks_is_self_graded_whatever_the_plan_says(judged, told_by, fires) -> None:
    blind = ("ads, method: geo", "ads, method: attribution")
    facts = EvidenceFacts(spend={"ads": 9000.0}, leads_nowhere={"ads": told_by} if told_by else {})
    found = judged("MEA004", blind, facts=facts).findings
    assert [one.values["spent"] for one in found] == ([9000.0] if fires else [])
    assert not judged("MEA004", facts=facts).findings  # a test that can show a cause is a second source
    (unproven,) = judged("MEA001", blind, facts=facts).findings
    assert ("9 kEUR spent" in unproven.also) is bool(told_by)


def test_a_lag_that_was_measured_counts_in_place_of_the_believed_one(judged) -> None:
    facts = EvidenceFacts(measured={"lead>order:lag": MeasuredBet(70, 90, 120, 80)})
    (found,) = judged("MEA003", facts=facts).findings  # 84 days; 30 were believed
    assert (found.element.id, found.values["lag"]) == ("ads-geo", 90)
