"""One fault at a time: what it changes, what it leaves as it was, and the verdict that the truth demands."""

from __future__ import annotations

import pytest

from leadline.errors import UsageError
from leadline.plan.source import parse_plan
from leadline.worlds import as_promised, simulate
from leadline.worlds.truth import totals
from leadline.worlds.verdict import WORDS, verdict_of

from .conftest import small_world

PLAN = """
plan: {id: small, title: Small, organisation: Halden Pumps, window: 2027-01-01..2027-06-30, currency: EUR, timezone: Europe/Berlin}
metrics:
  - {id: lead, name: Leads, unit: count, source: "stage:lead"}
  - {id: sqo, name: Opportunities, unit: count, source: "stage:sqo"}
  - {id: contract, name: Contracts, unit: count, value_event: true, worth: 9 kEUR, source: "stage:contract"}
  - {id: check, name: Checks, unit: count, source: "stage:check"}
  - {id: upgrade, name: Upgrades, unit: count, value_event: true, worth: 5 kEUR, source: "stage:upgrade"}
  - {id: aware, name: Awareness, unit: "%", source: "metric:awareness"}
objectives:
  - {id: win, name: Contracts, metric: contract, baseline: {value: 0 count, as_of: 2027-01-01}, target: {value: 20 count, by: 2027-06-30}}
  - {id: keep, name: Upgrades, metric: upgrade, baseline: {value: 0 count, as_of: 2027-01-01}, target: {value: 12 count, by: 2027-06-30}}
  - {id: known, name: Known, metric: aware, baseline: {value: 9 %, as_of: 2027-01-01}, target: {value: 12 %, by: 2027-06-30}}
tactics:
  bridge:
    - {from: lead, to: sqo, rate: 40 %, lag: 10 days}
    - {from: sqo, to: contract, rate: 30 %, lag: 10 days}
    - {from: check, to: upgrade, rate: 30 %, lag: 10 days}
  list:
    - {id: search, serves: [win], dates: 2027-01-01..2027-06-30, budget: 30 kEUR, delivers: {metric: lead, count: 160}}
    - {id: thought, serves: [known], dates: 2027-01-01..2027-06-30, budget: 12 kEUR, expects: {metric: aware, change: 3 pp, lag: 90 days}}
    - {id: fair, serves: [win], dates: 2027-02-01..2027-02-05, budget: 20 kEUR, delivers: {metric: lead, count: 60}}
    - {id: retrofit, serves: [keep], dates: 2027-01-01..2027-06-30, budget: 9 kEUR, delivers: {metric: check, count: 60}}
"""


@pytest.fixture(scope="module")
def promised():
    document = parse_plan(PLAN)
    assert document.faults == ()
    return as_promised(small_world(), document.plan), document


def lived(promised, kind="none", **more):
    world, document = promised
    return simulate(world.with_fault(kind, **more), document, seed=5)


def objectives(company):
    return verdict_of(company, company.promise.plan)["objectives"]


def test_a_world_as_promised_departs_from_its_plan_nowhere(promised):
    company = lived(promised)
    told = verdict_of(company, company.promise.plan)
    assert told["deviations"] == []
    assert set(told["objectives"].values()) == {"on course"}
    assert company.world.step("lead", "sqo").by == {}


def test_a_world_of_its_own_says_where_it_departs_and_claims_no_single_cause():
    company = simulate(small_world(), parse_plan(PLAN), seed=5)
    told = verdict_of(company, company.promise.plan)
    assert told["objectives"] is None
    assert {"tactic": "search", "metric": "lead", "promised": 160.0, "true": 90.0} in told["deviations"]
    assert {"step": "lead>sqo", "tactic": "fair", "promised": 0.4, "true": 0.15} in told["deviations"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("not-executed", {"win": "not executed", "keep": "on course", "known": "on course"}),
        ("tactic-fails", {"win": "tactic failed", "keep": "on course", "known": "on course"}),
        ("strategy-fails", {"win": "strategy failed", "keep": "on course", "known": "on course"}),
        ("market-moves", {"win": "market moved", "keep": "market moved", "known": "on course"}),
        ("too-little-data", dict.fromkeys(["win", "keep", "known"], "can't tell")),
        ("nothing-promised", {"win": "nothing to judge", "keep": "on course", "known": "on course"}),
    ],
)
def test_each_fault_has_its_verdict_where_it_reaches(promised, kind, said):
    company = lived(promised, kind)
    assert objectives(company) == said
    assert verdict_of(company, company.promise.plan)["word"] == WORDS[kind]


def test_a_failing_tactic_differs_from_none_only_downstream_of_it(promised):
    whole, broken = lived(promised), lived(promised, "tactic-fails")
    others = [case for case in whole.cases if "search" not in case.causes]
    assert [case for case in broken.cases if "search" not in case.causes] == others
    assert {name: money.spent.tolist() for name, money in broken.money.items()} == {
        name: money.spent.tolist() for name, money in whole.money.items()
    }
    came = [sum("search" in case.causes for case in company.cases) for company in (whole, broken)]
    assert came[1] < 0.4 * came[0]  # a fifth is left; Poisson around 32 of 160


def test_what_is_not_executed_is_not_spent_and_every_euro_does_what_it_did(promised):
    whole, cut, late = (lived(promised), lived(promised, "not-executed"), lived(promised, "not-executed", late=70))
    spent = [company.money["search"].spent.sum() for company in (whole, cut, late)]
    assert spent[1] == pytest.approx(0.35 * spent[0], rel=0.01)
    assert not late.money["search"].spent[:70].any()
    assert (late.money["search"].spent[70:] == whole.money["search"].spent[70:]).all()
    units = [company.responses["search"].units["lead"].sum() for company in (whole, cut)]
    assert units[1] / units[0] > 0.35  # less money saturates less


def test_a_failing_strategy_leaves_the_leads_and_loses_them_on_the_bridge(promised):
    whole, broken = lived(promised), lived(promised, "strategy-fails")
    one, other = totals(whole, whole.end), totals(broken, broken.end)
    assert other["lead"] == one["lead"]
    assert other["check"] == one["check"]
    assert other["sqo"] < 0.6 * one["sqo"]


def test_a_market_that_moves_takes_demand_from_the_first_day_of_the_plan(promised):
    whole, moved = lived(promised), lived(promised, "market-moves")
    assert moved.demand == pytest.approx(0.6 * whole.demand)
    assert [one.spent.tolist() for one in moved.money.values()] == [one.spent.tolist() for one in whole.money.values()]


def test_too_little_data_is_six_weeks_of_it(promised):
    span = lived(promised, "too-little-data").world.world
    assert (span.as_of - span.start).days == 41


def test_a_plan_that_promised_nothing_belongs_to_a_company_that_lived_the_same(promised):
    whole, silent = lived(promised), lived(promised, "nothing-promised")
    assert silent.cases == whole.cases
    assert silent.document.faults == ()
    plan = silent.document.plan
    assert {objective.id for objective in plan.objectives} == {"keep", "known"}
    assert {(step.from_, step.to) for step in plan.tactics.bridge} == {("check", "upgrade")}
    assert next(tactic for tactic in plan.tactics.list if tactic.id == "search").delivers == ()


def test_a_named_tactic_and_step_are_befallen(promised):
    company = lived(promised, "tactic-fails", tactic="retrofit")
    assert objectives(company) == {"win": "on course", "keep": "tactic failed", "known": "on course"}
    company = lived(promised, "strategy-fails", step="check>upgrade", left=0.5)
    assert company.world.step("check", "upgrade").rate == pytest.approx(0.15)
    assert objectives(company)["keep"] == "strategy failed"


def test_a_fault_in_a_world_whose_plan_promises_nothing_asks_for_a_name():
    document = parse_plan(PLAN.replace("delivers", "notes_on"))
    with pytest.raises(UsageError, match=r"world\.fault\.tactic"):
        simulate(small_world().with_fault("tactic-fails"), document, seed=1)
