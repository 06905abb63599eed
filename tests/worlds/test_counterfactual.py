"""What would have happened without a tactic: the truth says it, and living the world again without it shows it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.worlds import simulate
from leadline.worlds.truth import in_order, totals

from .conftest import small_plan, small_world

TACTICS = ("search", "thought", "fair", "retrofit")


@pytest.mark.parametrize("name", TACTICS)
def test_the_counterfactual_is_the_world_lived_again_without_the_tactic(small, name):
    again = simulate(small.world, small.document, seed=small.seed, without=[name])
    for until in (small.as_of, small.end):
        assert totals(small, until, without=name) == totals(again, until)


@pytest.mark.parametrize("name", TACTICS)
def test_taking_a_tactic_away_leaves_every_other_case_as_it_was(small, name):
    again = simulate(small.world, small.document, seed=small.seed, without=[name])
    assert list(again.cases) == [case for case in small.cases if name not in case.causes]


def test_the_parts_in_their_order_add_up_to_the_whole(small):
    for until in (small.as_of, small.end):
        parts = in_order(small, until).values()
        assert {key: sum(part[key] for part in parts) for key in totals(small, until)} == pytest.approx(
            totals(small, until)
        )


def test_a_tactic_that_multiplies_another_has_effect_only_through_it(small):
    boosted = [case for case in small.cases if "thought" in case.causes]
    assert boosted
    assert {case.causes for case in boosted} == {("search", "thought")}
    assert small.count("lead", small.end, without="thought") == small.count("lead", small.end) - len(boosted)


shares, days = st.floats(0, 1), st.floats(1, 40)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**6), shares, shares, days, st.integers(0, 60_000), shares)
def test_in_any_world_order_and_money_are_kept(seed, qualify, win, lag, budget, boost):
    step = {"lag": {"mean": lag, "shape": 2}, "given_up": {"share": 0.5, "lag": {"mean": 9, "shape": 1}}}
    bridge = [
        {"from": "lead", "to": "sqo", "rate": qualify, **step},
        {"from": "sqo", "to": "contract", "rate": win, "amount": {"mean": 20_000}, **step},
    ]
    search = {
        "effect": {"metric": "lead", "at_plan": 60},
        "channel": "Paid Search",
        "touch_share": 0.9,
        "books": "google-ads",
    }
    tactics = {"search": search, "thought": {"multiplies": {"search": boost}, "effect": {"metric": "awareness", "at_plan": 0.01}},
               "fair": {}, "retrofit": {}}  # fmt: skip
    company = simulate(small_world(bridge=bridge, tactics=tactics), small_plan(search=budget), seed=seed)
    for case in company.cases:
        assert list(case.entered.values()) == sorted(case.entered.values())
        assert max(case.entered.values()) <= company.end
        assert case.lost is None or case.lost > case.at
        assert case.lost is None or "contract" not in case.entered
    whole = totals(company, company.end)
    assert whole["lead"] >= whole["sqo"] >= whole["contract"]
    assert whole["money"] == sum(case.amount for case in company.cases if "contract" in case.entered)
    if budget == 0:
        assert all(case.brought_by is None for case in company.cases)
    assert totals(company, company.end, without="search")["lead"] == sum(not case.causes for case in company.cases)
