"""The shipped companies keeping the word of the example plans, and each fault in each of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import leadline.plan.examples
from leadline.plan.source import read_plan
from leadline.worlds import as_promised, make_stages, read_world, shipped_worlds, simulate, world_folder
from leadline.worlds.faults import LEFT
from leadline.worlds.verdict import WORDS, verdict_of

from .conftest import small_world

EXAMPLES = {"halden": "halden-pumps", "tidewater": "tidewater-cycles", "harbour": "safe-harbour-reading"}
MILLION = 1_000_000


@pytest.fixture(scope="module", params=sorted(EXAMPLES))
def promised(request):
    document = read_plan(Path(leadline.plan.examples.__file__).parent / f"{EXAMPLES[request.param]}.yaml")
    return as_promised(read_world(world_folder(request.param) / "world.yaml"), document.plan), document


def test_every_shipped_world_is_built_on_an_example():
    assert set(EXAMPLES) == set(shipped_worlds())


def test_a_world_keeps_the_word_of_its_plan_to_the_last_number(promised):
    world, document = promised
    company = simulate(world, document, seed=2)
    told = verdict_of(company, document.plan)
    assert told["deviations"] == []
    assert set(told["objectives"].values()) == {WORDS["none"]}


@pytest.mark.proof
def test_what_was_promised_of_cases_comes_within_chance(promised):
    world, document = promised
    neutral = world.market.model_copy(
        update={"noise": 0.0, "trend": 0.0, "shocks": (), "season": (1.0,) * 12, "weekday": (1.0,) * 7}
    )
    company = simulate(world.changed({"market": neutral, "trials": ()}), document, seed=2)
    for name in (tactic.id for tactic in document.plan.tactics.list):
        truth = world.tactics[name]
        for effect in truth.effect:
            if effect.metric not in world.levels and not truth.before:
                came = sum(case.state == effect.metric and case.causes == (name,) for case in company.cases)
                # Pacing moves spend by a few per cent; four standard errors of a Poisson count beside it.
                assert came == pytest.approx(effect.at_plan, abs=4 * np.sqrt(effect.at_plan) + 0.03 * effect.at_plan), (
                    name
                )


@pytest.mark.proof
@pytest.mark.parametrize("kind", sorted(set(WORDS) - {"none"}))
def test_every_fault_befalls_every_world(promised, kind):
    world, document = promised
    company = simulate(world.with_fault(kind), document, seed=2)
    told = verdict_of(company, document.plan)
    assert told["word"] == WORDS[kind]
    assert WORDS[kind] in told["objectives"].values()
    assert company.document.faults == ()
    if kind in LEFT and kind != "market-moves":
        whole = simulate(world, document, seed=2)
        other = [case for case in whole.cases if told["tactic"] not in case.causes]
        still = [case for case in company.cases if told["tactic"] not in case.causes]
        assert [(case.key, case.at) for case in still] == [(case.key, case.at) for case in other]
        if kind != "strategy-fails":
            assert _brought(company, told["tactic"]) < _brought(whole, told["tactic"])


def _brought(company, name):
    """Return how many cases a tactic brought, each of which may reach more or less money than those of another draw."""
    return sum(case.brought_by == name for case in company.cases)


@pytest.mark.nightly
def test_rates_of_a_million_leads_lie_within_three_standard_errors():
    world = small_world(world={"id": "long", "start": "2017-01-01", "as_of": "2027-04-30", "end": "2027-06-30"})
    for from_, to, rate in (("lead", "sqo", 0.4), ("sqo", "contract", 0.3), ("check", "upgrade", 0.3)):
        stages = make_stages(world, 3, step=(from_, to), entries=MILLION)
        ripe = stages.entered_at < np.datetime64("2026-01-01")
        seen = (~np.isnat(stages.moved_at[ripe])).mean()
        assert seen == pytest.approx(rate, abs=3 * np.sqrt(rate * (1 - rate) / ripe.sum()))
