"""Every parameter of a world moves what it says, and nothing else."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.worlds import simulate
from leadline.worlds.parameters import Effect, Exponential, Geometric, Hill, TacticTruth, Weibull
from leadline.worlds.people import make_register
from leadline.worlds.pressure import carry_over, curve, marginal, respond, saturate
from leadline.worlds.spending import Money, course
from leadline.worlds.truth import totals

from .conftest import Files, small_plan, small_world

GEOS = {"north": 600.0, "south": 300.0, "west": 100.0}


def with_market(**more):
    market = {"accounts": 300, "installed": 60, "season": [1.0] * 12, "weekday": [1.0] * 7, "noise": "10 %"}
    return small_world(market={**market, **more})


def with_tactic(name, *, market=None, **more):
    raw = small_world().origin.raw["tactics"]
    changes = {"market": {"accounts": 300, "installed": 60, **market}} if market else {}
    return small_world(tactics={**raw, name: {**raw[name], **more}}, **changes)


def lived(world, seed=5, **money):
    return simulate(world, small_plan(**money), seed=seed)


def test_weibull_carry_over_has_its_height_days_after_the_money():
    pulse = np.zeros(60)
    pulse[0] = 100.0
    carried = carry_over(pulse, Weibull(kind="weibull", shape=2, scale=14))
    assert carried.sum() == pytest.approx(100)
    assert int(carried.argmax()) == pytest.approx(14 / np.sqrt(2), abs=1)  # mode of a Weibull of shape 2


def test_half_of_the_exponential_response_is_reached_at_half():
    assert saturate(np.array([120.0]), Exponential(kind="exponential", half=120.0))[0] == pytest.approx(0.5)


@given(st.integers(1, 4_000), st.sampled_from([Hill(half=300.0), Exponential(kind="exponential", half=300.0)]))
def test_the_marginal_return_is_the_slope_of_the_curve_and_falls(daily, saturation):
    effect = Effect(metric="lead", at_plan=90)
    truth = TacticTruth(saturation=saturation, adstock=Geometric(half_life=0.0), effect=(effect,))
    planned = np.full(20, float(daily))
    money = Money(planned=planned, spent=np.rint(planned * 100).astype(np.int64))
    slope, points = marginal(truth, money, effect=effect), curve(truth, money, effect=effect)
    assert 0 < slope < (points["1"] - points["0"]) / planned.sum() * (1 + 1e-6)
    assert slope > (points["2"] - points["1"]) / planned.sum() * (1 - 1e-6)


def test_a_tactic_without_money_is_driven_by_its_hours():
    hours = np.full(20, 3.0)
    truth = TacticTruth(spend="hours", effect=(Effect(metric="lead", at_plan=40),))
    money = Money(planned=hours, spent=np.zeros(20, dtype=np.int64), effort=hours)
    assert respond(truth, money, wish=np.ones(20)).units["lead"].sum() == pytest.approx(40)
    assert marginal(truth, money, effect=truth.effect[0]) > 0


def test_a_level_stands_at_its_change_after_the_time_given_and_stays():
    truth = TacticTruth(adstock=Geometric(half_life=0.0), effect=(Effect(metric="awareness", at_plan=0.02, within=30),))
    money = Money(planned=np.full(60, 100.0), spent=np.full(60, 10_000, dtype=np.int64))
    level = respond(truth, money, wish=np.ones(60)).units["awareness"]
    assert level[[14, 29, 59]] == pytest.approx([0.01, 0.02, 0.02])


def test_trend_and_shocks_move_demand_and_nothing_else():
    shocks = [{"from": "2027-02-01", "until": "2027-02-10", "demand": "50 %", "why": "strike"}]
    moved, plain = lived(with_market(trend="36.525 %/year", shocks=shocks)), lived(with_market())
    expected = 1 + 0.36525 / 365.2425 * np.arange(plain.world.days)
    expected[31:41] *= 0.5
    assert course(moved.world) == pytest.approx(expected, rel=1e-3)
    assert moved.demand == pytest.approx(plain.demand * expected, rel=1e-3)
    assert moved.money["search"].spent.tolist() == plain.money["search"].spent.tolist()


def test_spend_that_follows_demand_rises_and_falls_with_it():
    chasing = lived(with_tactic("search", follows_demand="80 %", market={"noise": "30 %"}))
    budget = chasing.money["search"]
    assert np.corrcoef(budget.spent, chasing.demand)[0, 1] > 0.5


def test_only_accounts_in_the_market_ask_in_a_quarter():
    company = lived(with_market(in_market_per_quarter="10 %"))
    by_quarter = {}
    for case in company.cases:
        if case.state == "lead":
            by_quarter.setdefault((case.at.year, (case.at.month - 1) // 3), set()).add(case.account)
    assert all(len(accounts) <= 45 for accounts in by_quarter.values())  # 30 of 300, 3 binomial standard errors
    assert len(set.union(*by_quarter.values())) > max(len(accounts) for accounts in by_quarter.values())


def test_a_tactic_in_regions_spends_by_people_to_the_cent_and_brings_cases_from_there():
    company = lived(with_tactic("search", geo=["north", "south"], market={"geos": GEOS}))
    money = company.money["search"]
    assert (money.by_geo.sum(axis=0) == money.spent).all()
    assert money.by_geo.sum(axis=1) / money.spent.sum() == pytest.approx([2 / 3, 1 / 3], abs=0.001)
    brought = [case.geo for case in company.cases if case.causes == ("search",)]
    assert set(brought) == {"north", "south"}
    assert {case.geo for case in company.cases if not case.causes} == set(GEOS)
    # Alike per head, regions together do what the whole country would.
    whole = lived(with_tactic("search", market={"geos": GEOS}))
    assert company.responses["search"].level == pytest.approx(whole.responses["search"].level, abs=1e-4)


def test_a_region_held_out_has_no_money_no_pressure_and_no_case_of_the_tactic():
    trial = {
        "test": "t",
        "tactic": "search",
        "unit": "geo",
        "held_out": ["north"],
        "from": "2027-01-01",
        "until": "2027-03-31",
        "outcome": "lead",
    }
    market = {"accounts": 300, "installed": 60, "geos": GEOS}
    held, free = (lived(small_world(market=market, trials=trials)) for trials in ([trial], []))
    assert not held.money["search"].by_geo[0, :90].any()
    assert not held.responses["search"].by_geo[0, :90].any()
    brought = [case for case in held.cases if "search" in case.causes and case.at.date() <= dt.date(2027, 3, 31)]
    assert brought
    assert "north" not in {case.geo for case in brought}
    assert held.money["search"].spent[:90].sum() == pytest.approx(
        0.4 * free.money["search"].spent[:90].sum(), rel=0.001
    )


def test_people_kept_out_by_a_trial_are_a_share_and_leave_the_others_as_they_were():
    trial = {
        "test": "t",
        "tactic": "search",
        "unit": "person",
        "share": "40 %",
        "from": "2027-01-01",
        "until": "2027-06-30",
        "outcome": "sqo",
    }
    held, free = (lived(small_world(trials=trials)) for trials in ([trial], []))
    gone = {case.key for case in held.kept_out["t"]}
    assert {case.key for case in free.cases} - {case.key for case in held.cases} == gone
    of_search = sum("search" in case.causes[:1] for case in free.cases)
    assert len(gone) / of_search == pytest.approx(0.4, abs=3 * np.sqrt(0.24 / of_search))


def test_a_tactic_may_bring_several_things_and_its_first_is_not_shifted_by_the_second():
    lead, check = {"metric": "lead", "at_plan": 90}, {"metric": "check", "at_plan": 25}
    one, two = (lived(with_tactic("search", effect=effect)) for effect in (lead, [lead, check]))
    assert [case for case in two.cases if case.state == "lead"] == [case for case in one.cases if case.state == "lead"]
    assert sum(case.state == "check" and case.causes == ("search",) for case in two.cases) > 5


def test_steps_out_of_one_state_exclude_each_other_and_keep_their_rates():
    lag = {"mean": "2 days", "shape": 2}
    bridge = [{"from": "lead", "to": "gift", "rate": "30 %", "lag": lag, "amount": {"mean": "100 EUR", "cv": 0.4, "round_to": "1 EUR"}},
              {"from": "lead", "to": "pledge", "rate": "50 %", "lag": lag, "amount": {"mean": "300 EUR", "round_to": "10 EUR"}}]  # fmt: skip
    tactics = {"search": {"effect": {"metric": "lead", "at_plan": 3_000}}, "thought": {}, "fair": {}, "retrofit": {}}
    company = lived(
        small_world(
            bridge=bridge, tactics=tactics, ratios={}, doors={"Paid Search": {}, "Direct": {}}, campaigns=[], claims={}
        )
    )
    old = [case for case in company.cases if case.at.date() < dt.date(2027, 5, 15)]
    shares = [np.mean([state in case.entered for case in old]) for state in ("gift", "pledge")]
    assert shares == pytest.approx([0.3, 0.5], abs=3 * np.sqrt(0.25 / len(old)))
    assert not any({"gift", "pledge"} <= set(case.entered) for case in company.cases)
    assert all(set(case.worth) == set(case.entered) - {"lead"} for case in company.cases)
    assert totals(company, company.end)["money"] == sum(sum(case.worth.values()) for case in company.cases)


def test_scale_multiplies_everybody_and_no_money():
    one, ten = lived(small_world()), lived(with_scale(10))
    assert ten.money["search"].spent.tolist() == one.money["search"].spent.tolist()
    assert len(ten.cases) == pytest.approx(10 * len(one.cases), rel=0.15)
    assert ten.world.market.accounts == 3_000


def with_scale(by):
    raw = small_world().origin.raw
    return small_world(world={**raw["world"], "scale": by})


def noisy(**noise):
    """Return the files of eight weeks with this noise and no other."""
    raw = small_world().origin.raw["world"]
    return Files(lived(small_world(noise=noise, world={**raw, "as_of": "2027-02-25", "end": "2027-03-10"})))


@pytest.fixture(scope="module")
def plain():
    return noisy()


@pytest.mark.proof
def test_without_noise_nothing_is_lost_late_or_twice(plain):
    files = plain
    assert not any(
        count.get(name)
        for count in files.counts.values()
        for name in ("late", "duplicate_row", "restated_later", "without_people")
    )
    assert files.truth["visits"]["untagged"] == 0


@pytest.mark.proof
@pytest.mark.parametrize("noise", [{"cookies_per_person": 4}, {"cookie_life": "1 days"}])
def test_more_browsers_and_forgetful_ones_give_more_cookies(plain, noise):
    cookies = [len({event["user_pseudo_id"] for event in files.events}) for files in (plain, noisy(**noise))]
    assert cookies[1] - cookies[0] > 0.1 * len(plain.table("leads.csv"))


@pytest.mark.proof
def test_people_who_share_a_device_share_its_cookie():
    files = noisy(shared_device="100 %")
    cookies = {person["cookie"] for person in files.truth["people"] if person["cookie"]}
    assert len(cookies) < sum(bool(person["cookie"]) for person in files.truth["people"])


@pytest.mark.proof
def test_logins_carry_the_persons_id_before_the_form():
    files = noisy(login_rate="100 %")
    known = [event for event in files.events if event["user_id"] and event["event_name"] != "generate_lead"]
    assert known
    assert {event["user_id"] for event in known} <= {f"u-{person['record']}" for person in files.truth["people"]}


@pytest.mark.proof
def test_bots_are_visits_that_the_truth_counts_apart(plain):
    files = noisy(bots="50 %")
    bots = files.truth["visits"]["bots"]
    assert bots == pytest.approx(0.5 * 4 * 56, abs=3 * np.sqrt(112))
    assert len(files.events) - len(plain.events) == 2 * bots  # a session's start and one page each


@pytest.mark.proof
def test_days_late_come_by_their_own_shares():
    files = noisy(late={1: "30 %", 2: "10 %", 3: "0 %"})
    late = sum(count.get("late", 0) for count in files.counts.values())
    assert 0.3 < late / len(files.events) < 0.5


@pytest.mark.proof
def test_twins_stand_in_the_crm_twice_under_another_address():
    files = noisy(twins="20 %")
    twins = [person["twin"] for person in files.truth["people"] if "twin" in person]
    rows = {row["Record ID"]: row for row in files.table("hubspot_contacts.csv")}
    shown = [twin for twin in twins if str(twin["record"]) in rows]
    assert files.counts["hubspot_contacts.csv"]["twins"] == len(shown) > 5
    assert {rows[str(twin["record"])]["Email"] for twin in shown} == {twin["email"] for twin in shown}


@pytest.mark.proof
def test_deals_in_another_currency_carry_its_amount(plain):
    files = noisy(currency={"CHF": "50 %"}, rates={"CHF": 0.95})
    deals = [row for row in files.table("hubspot_deals.csv") if row["Record ID"]]
    assert {row["Currency"] for row in deals} == {"EUR", "CHF"}
    amounts = {row["Record ID"]: float(row["Amount"]) for row in plain.table("hubspot_deals.csv")}
    for row in deals:
        rate = 0.95 if row["Currency"] == "CHF" else 1.0
        assert float(row["Amount"]) == round(amounts[row["Record ID"]] * rate)


def test_more_people_in_an_account_mean_more_colleagues():
    def colleagues(mean):
        return len(make_register(lived(with_market(people_per_account=mean))).colleagues)

    assert colleagues(1) == 0
    assert colleagues(4) > 20
