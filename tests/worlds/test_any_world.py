"""In any world, however its numbers fall: people, deals and money are kept, parts add up, time runs forward."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.worlds import make_panel, simulate
from leadline.worlds.people import make_register
from leadline.worlds.truth import in_order, totals

from .conftest import small_plan, small_world

GEOS = {"north": 600.0, "south": 300.0, "west": 100.0}
WORLDS = st.fixed_dictionaries({
    "seed": st.integers(0, 10**6), "trend": st.floats(-0.001, 0.002), "shock": st.floats(0, 2), "chase": st.floats(0, 1),
    "gain": st.floats(0, 1), "half": st.floats(10, 2_000), "gift": st.floats(0, 0.5), "pledge": st.floats(0, 0.5),
    "held": st.lists(st.sampled_from(sorted(GEOS)), unique=True, max_size=3), "scale": st.floats(0.2, 3),
    "adstock": st.sampled_from([{"kind": "geometric", "half_life": 6}, {"kind": "weibull", "shape": 2, "scale": 9}]),
    "fault": st.sampled_from(["none", "not-executed", "tactic-fails", "strategy-fails", "market-moves"]),
    "search": st.integers(0, 60_000),
})  # fmt: skip


def any_world(drawn):
    lag = {"mean": "12 days", "shape": 2}
    span = dict(
        small_world().origin.raw["world"], scale=drawn["scale"], fault={"kind": drawn["fault"], "tactic": "search"}
    )
    shock = {"from": "2027-02-01", "until": "2027-03-01", "demand": drawn["shock"]}
    trial = {
        "test": "t",
        "tactic": "search",
        "unit": "geo",
        "held_out": drawn["held"],
        "from": "2027-01-01",
        "until": "2027-06-30",
        "outcome": "gift",
    }
    world = small_world(
        world=span,
        market={"accounts": 300, "installed": 60, "noise": "10 %", "trend": drawn["trend"], "shocks": [shock], "geos": GEOS},
        tactics={
            "search": {"effect": [{"metric": "lead", "at_plan": 90}, {"metric": "check", "at_plan": 20}], "channel": "Paid Search",
                       "touch_share": 0.9, "books": "google-ads", "follows_demand": drawn["chase"], "adstock": drawn["adstock"],
                       "saturation": {"kind": "exponential", "half": drawn["half"]}},
            "thought": {"effect": {"metric": "awareness", "at_plan": 0.02}, "multiplies": {"search": drawn["gain"]}, "books": "linkedin-ads"},
            "fair": {"spend": "hours", "effect": {"metric": "lead", "at_plan": 20}}, "retrofit": {},
        },
        bridge=[
            {"from": "lead", "to": "gift", "rate": drawn["gift"], "lag": lag, "amount": {"mean": 100, "round_to": 1}},
            {"from": "lead", "to": "pledge", "rate": drawn["pledge"], "lag": lag, "amount": {"mean": 300, "round_to": 1}},
            {"from": "gift", "to": "again", "rate": 0.3, "lag": lag, "amount": {"mean": 50, "round_to": 1}},
        ],
        anyway={"lead": "20 count/month", "gift": "3 count/month"}, ratios={}, trials=[trial],
    )  # fmt: skip
    return simulate(world, small_plan(search=drawn["search"]), seed=drawn["seed"])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(WORLDS)
def test_parts_add_up_people_are_there_and_time_runs_forward(drawn):
    company = any_world(drawn)
    whole = totals(company, company.end)
    parts = in_order(company, company.end).values()
    assert {key: sum(part[key] for part in parts) for key in whole} == pytest.approx(whole)
    assert whole["money"] == sum(sum(case.worth.values()) for case in company.cases)
    register = make_register(company)
    for case in company.cases:
        assert list(case.entered.values()) == sorted(case.entered.values())
        assert max(case.entered.values()) <= company.end
        assert not {"gift", "pledge"} <= set(case.entered)
        assert set(case.worth) == set(case.entered) & {"gift", "pledge", "again"}
        assert case.geo in GEOS
        assert case.state != "lead" or case.key in register.askers
    money = company.money["search"]
    if drawn["held"]:
        rows = [list(GEOS).index(geo) for geo in drawn["held"]]
        assert not company.responses["search"].by_geo[rows].any()
        assert not {case.geo for case in company.cases if case.brought_by == "search"} & set(drawn["held"])
        assert (money.by_geo.sum(axis=0) == money.spent).all()
    if not money.spent.any():
        assert not any(case.brought_by == "search" for case in company.cases)
    panel = make_panel(company)
    first = panel.time[0].astype(object)
    inside = [case for case in company.cases if case.state == "lead"
              and first <= case.at.date() < first + dt.timedelta(weeks=len(panel.time))]  # fmt: skip
    assert panel.outcome["lead"].sum() == len(inside)
