"""BUD: reserves, idle money, running cost, unpriced hours, and how money lies over media and months."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.align.rules.spread import _demand_from, _last_quarter
from leadline.units import Period

ADS, SPRING, LETTERS = "    - id: ads", "    - id: spring", "    - id: letters"


@pytest.mark.parametrize(
    ("spring", "fires"), [("16.8 kEUR", False), ("16.81 kEUR", True), ("18 kEUR", True), ("19 kEUR", False)]
)
def test_a_reserve_of_three_in_a_hundred_is_one(judged, spring: str, fires) -> None:
    found = judged("BUD008", (SPRING, "budget: 14 kEUR", f"budget: {spring}")).findings  # of 40, beside 22 kEUR
    assert bool(found) is fires  # 19 kEUR is overspent, which BUD001 says
    if spring == "18 kEUR":
        assert (found[0].values["reserve"], found[0].values["missing"]) == (0, pytest.approx(1_200))


def test_money_that_names_no_channel_is_said_of_its_tactic(judged) -> None:
    gone = [(anchor, f"      channels: [{one}]\n", "") for anchor, one in ((ADS, "search"), (SPRING, "radio"))]
    (found,) = judged("BUD002", *gone).findings
    assert found.element == ("tactic", "ads")
    assert found.text.startswith("86.1 % of the growth budget names no channel")


@pytest.mark.parametrize(("budget", "fires"), [("48 kEUR", False), ("48.1 kEUR", True)])
def test_a_quarter_may_be_unspent(judged, budget: str, fires) -> None:
    whole = ("budget: 40 kEUR, window", f"budget: {budget}, window")
    assert bool(judged("BUD011", whole).findings) is fires


def test_idle_money_is_sent_where_something_falls_short(judged) -> None:
    edits = (("budget: 40 kEUR, window", "budget: 60 kEUR, window"), ("target: {value: 60,", "target: {value: 100,"))
    (found,) = judged("BUD011", *edits).findings
    assert found.values["short"] == "sell"
    assert "sell" in found.fix


@pytest.mark.parametrize(("rent", "share"), [("31 kEUR", None), ("32 kEUR", 32_000 / 78_760)])
def test_running_cost_is_held_against_money_and_priced_hours(judged, rent: str, share: float | None) -> None:
    # 36,000 and 280 h at 32 and 60 h at 30: 46,760
    run = ("action:\n", f"    - {{id: rent, intent: run, budget: {rent}}}\naction:\n")
    found = judged("BUD012", run).findings
    assert [one.values["share"] for one in found] == ([] if share is None else [pytest.approx(share)])


def test_hours_without_a_price_are_one_finding_per_owner(judged) -> None:
    free = (", cost: 32 EUR/h", "")
    (found,) = judged("BUD007", free).findings
    assert (found.element.id, found.values["hours"], found.values["tactics"]) == ("mia", 280, ["ads", "spring"])
    assert found.values["labour"] == pytest.approx(280 * 30)
    assert not judged("BUD007", (", cost: 32 EUR/h", ", cost: 0 EUR/h")).findings
    nobody = (LETTERS, "      owner: sam\n", "")
    assert [one.element.id for one in judged("BUD007", nobody).findings] == ["letters"]


def test_a_price_is_written_at_a_person_and_one_who_works_for_nothing_is_no_measure(judged) -> None:
    free = (", cost: 32 EUR/h", "")
    team = (LETTERS, "owner: sam", "owner: sales")
    (found,) = judged("BUD007", team).findings
    assert found.fix.startswith("name a person of sales as owner")
    (found,) = judged("BUD007", free, (", cost: 30 EUR/h", ", cost: 0 EUR/h")).findings
    assert (found.values["rate"], found.fix) == (
        None,
        "write what an hour of that person costs (`cost: 48 EUR/h`), all on-costs included",
    )


@pytest.mark.parametrize(
    ("spring", "tag", "fires"),
    [
        ("11 kEUR", "", False),  # 39.3 %: inside the band for firms
        ("11 kEUR", "b2c", True),
        ("11 kEUR", "B2B", False),
        ("32 kEUR", "", False),  # 65.3 %: inside the band for people
        ("32 kEUR", "b2b", True),
        ("32 kEUR", "b2c", False),
        ("9 kEUR", "", True),  # 34.6 %
        ("41 kEUR", "", True),  # 70.7 %
    ],
)
def test_the_band_depends_on_who_buys(judged, spring: str, tag: str, fires) -> None:
    edits = ((SPRING, "budget: 14 kEUR", f"budget: {spring}"), ("status: review", f"status: review, tags: [{tag}]"))
    found = judged("BUD003", *edits).findings
    assert bool(found) is fires
    assert all("contested" in one.also for one in found)


def test_the_move_towards_the_band_reaches_its_edge(judged) -> None:
    (found,) = judged("BUD003", (SPRING, "budget: 14 kEUR", "budget: 3 kEUR")).findings
    assert found.values["move"] == pytest.approx(0.35 * 20_000 - 3_000)


def test_all_rented_and_nothing_owned_are_two_findings(judged) -> None:
    found = judged("BUD004", (LETTERS, "channels: [mail]", "channels: [radio]")).findings
    assert sorted("spare" in one.values for one in found) == [False, True]
    assert next(one.values["spare"] for one in found if "spare" in one.values) == ["mail"]


def test_an_owned_channel_counts_without_money(judged) -> None:
    free = (LETTERS, "budget: 5 kEUR", "budget: 0 EUR")
    (found,) = judged("BUD004", free).findings
    assert found.values["share"] == 1


def test_unknown_media_are_no_mix(judged) -> None:
    unknown = (("Search ads, media: paid", "Search ads"), ("Local radio, media: paid", "Local radio"))
    assert [skip.code for skip in judged("", *unknown, select=("BUD004", "BUD008")).skipped] == ["BUD004"]


STEEP = (
    "season: [0.6, 0.8, 1.1, 1.3, 1.4, 1.3, 1.1, 1.0, 1.0, 0.9, 0.8, 0.7]",
    "season: [0, 0, 1, 3, 8, 0, 0, 0, 0, 0, 0, 0]",
)


def test_money_after_the_peak_is_summed_by_days(judged) -> None:
    late = (ADS, "2027-03-01..2027-09-30", "2027-07-01..2027-11-30")
    (found,) = judged("BUD009", STEEP, late).findings
    # letters run 273 days, 153 of them after May; ads begin after it
    assert found.values["money"] == pytest.approx(17_000 + 5_000 * 153 / 273)
    assert (found.values["since"], found.values["largest"], found.values["demand"]) == ("2027-06-01", "ads", 0)


def test_a_peak_of_two_months_ends_with_the_second(judged) -> None:
    plateau = (STEEP[0], "season: [0, 0, 1, 3, 8, 8, 0, 0, 0, 0, 0, 0]")
    late = (ADS, "2027-03-01..2027-09-30", "2027-07-01..2027-11-30")
    (found,) = judged("BUD009", plateau, late).findings
    assert (found.values["peak"], found.values["since"]) == ("June", "2027-07-01")


def test_money_that_follows_demand_is_not_late(judged) -> None:
    late = (ADS, "2027-03-01..2027-09-30", "2027-07-01..2027-11-30")
    assert not judged("BUD009", late).findings  # 55 % of the money, 57 % of the demand


def test_the_last_quarter_needs_no_season(judged) -> None:
    late = [(one, "dates: 2027-03-01..2027", "dates: 2027-10-01..2027-12-31 # 2027") for one in (ADS, SPRING)]
    result = judged("BUD009", (STEEP[0], "season: []"), *late)
    (found,) = result.findings
    assert found.values["money"] == pytest.approx(31_000 + 5_000 * 31 / 273)
    assert [skip.element for skip in result.skipped] == ["market"]


@pytest.mark.parametrize(
    ("window", "first"),
    [
        ("2027-01-01..2027-12-31", dt.date(2027, 10, 1)),
        ("2027-02-01..2028-01-31", dt.date(2027, 11, 1)),
        ("2026-07-01..2027-12-31", dt.date(2027, 10, 1)),
        ("2027-01-01..2027-04-10", dt.date(2027, 3, 17)),
    ],
)
def test_the_last_quarter_of_a_window(window: str, first: dt.date) -> None:
    assert _last_quarter(Period.parse(window)) == first


def test_demand_is_weighed_by_days() -> None:
    season = (1.0, 3.0) + (0.0,) * 10
    window = Period.parse("2027-01-01..2027-12-31")
    assert _demand_from(season, window, dt.date(2027, 2, 1)) == pytest.approx(84 / (31 + 84))
    assert _demand_from(season, window, dt.date(2027, 2, 15)) == pytest.approx(42 / (31 + 84))
