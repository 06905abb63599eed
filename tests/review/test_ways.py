"""A later state tells of a state passed over only where the bridge leaves no other way there."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.plan.graph import Graph
from leadline.plan.source import read_plan
from leadline.review.ways import way_of

PLAN = """
plan: {{id: ways, title: Ways, window: 2027-01-01..2027-12-31, currency: EUR, budget: 10 kEUR, driver: mara}}
metrics:
  - {{id: lead, unit: count, better: up, stage: output, role: marketing, source: "stage:lead"}}
  - {{id: demo, unit: count, better: up, stage: output, role: marketing, source: "stage:demo"}}
  - {{id: sqo, unit: count, better: up, stage: output, role: marketing, source: "stage:sqo"}}
  - {{id: sale, unit: count, better: up, stage: outcome, role: business, value_event: true, source: "stage:won"}}
tactics:
  bridge: [{bridge}]
  list:
    - {{id: search, intent: acquire, dates: 2027-01-01..2027-12-31, budget: 5 kEUR, delivers: {{metric: {delivers}, count: 10..20..30}}}}
"""
STEPS = {
    "straight": ["lead>sqo", "sqo>sale"],
    "forked": ["lead>sqo", "lead>demo", "sqo>sale", "demo>sale"],
    "short cut": ["lead>sqo", "sqo>sale", "lead>sale"],
}


@pytest.mark.parametrize(
    ("bridge", "delivers", "pair", "passed", "implied"),
    [
        ("straight", "lead", ("lead", "sqo"), ("sqo", "won"), ("sqo", "won")),
        ("straight", "lead", ("sqo", "sale"), ("won",), ("won",)),
        ("straight", "sqo", ("lead", "sqo"), ("sqo", "won"), ()),  # a tactic brings some straight to sqo
        ("forked", "lead", ("lead", "sqo"), ("sqo",), ("sqo",)),  # who won may have come by the demo
        ("forked", "lead", ("sqo", "sale"), ("won",), ()),
        ("short cut", "lead", ("lead", "sqo"), ("sqo",), ("sqo",)),
        ("short cut", "lead", ("lead", "sale"), ("won",), ("won",)),
    ],
)
def test_only_states_without_another_way_there_tell(tmp_path, bridge, delivers, pair, passed, implied):
    steps = (step.split(">") for step in STEPS[bridge])
    text = ", ".join(f"{{from: {start}, to: {end}, rate: 10..20..30 %, lag: 10 days}}" for start, end in steps)
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN.format(bridge=text, delivers=delivers), encoding="utf-8")
    way = way_of(Graph(read_plan(path).plan), pair, recorded_from={"won": dt.date(2027, 2, 1)})
    assert (way.passed, way.implied) == (passed, implied)
    assert (way.recorded_from is not None) == (way.to_state == "won")
