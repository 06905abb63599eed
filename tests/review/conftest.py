"""Plans as texts, reviewed without a workspace, for tests of what pages are made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from leadline.review.material import Material, material
from leadline.review.run import Request, review_plan

NOW = dt.datetime(2027, 10, 1)  # noqa: DTZ001 - UTC without zone

PLAN = """
plan: {id: p, title: A plan, organisation: Ada and Co, window: 2027-01-01..2027-12-31, currency: EUR, budget: 100 kEUR, driver: ada,
  status: review, rates: [{currency: USD, date: 2027-01-01, per_plan: 1.25}]}
metrics:
  - {id: lead, name: Leads, unit: count, better: up, stage: outcome, role: marketing, source: "stage:lead"}
  - {id: sale, name: Sales, unit: count, better: up, stage: outcome, role: business, value_event: true, worth: 3 kEUR, source: "stage:sale"}
situation:
  market: {id: m, share: 4 %, share_of_voice: 7 %}
  segments:
    - {id: near, name: People near, size: 100 count, value: 10 EUR/year, priority: 1, venues: [street, web]}
    - {id: far, name: People far, size: 400 count, value: 5 EUR/year, priority: 2, venues: [web, hall]}
  competitors:
    - {id: rival, name: Rival, share: 20 %, share_of_voice: 30 %, position: cheapest, price_index: 80, channels: [web, podcast],
       strengths: [low price], weaknesses: [slow], aliases: [Rival Inc], seen: 2026-12-01}
  channels:
    - {id: ads, name: Web ads, media: paid, mode: broadcast, venues: [web], leads: 10 count/month, sales: 1 count/month, cost: 1 kEUR/month, verdict: keep, as_of: 2026-12-01}
    - {id: stand, name: Street stand, media: person, mode: one_to_one, venues: [street], leads: 24 count, cost: 6 kEUR/year, verdict: fix, as_of: 2025-06-01}
    - {id: letters, name: Letters, media: owned, mode: one_to_one, basis: consent, reply: {p50: 30 min, p90: 9 h}}
  venues:
    - {id: street, name: High street, kind: in_person, share_of_segment: 50 %, evidence: [ev]}
    - {id: web, name: Web search, kind: search, share_of_segment: 80 %}
    - {id: hall, name: Town hall, kind: event, share_of_segment: 40 %}
  conversations:
    - {id: q, topic: price, question: "What does it cost?", segment: near, venue: street, volume: 10 count/week, mood: -0.5}
  findings:
    - {id: f, kind: threat, statement: Rival sells below our price, impact: 4, addressed_by: [ads-tactic]}
  touchpoints:
    - {id: desk, name: Desk, stage: buy, owner: bea, promise: {first_response: 2 h, hours: 40 h/week}, staffed: 30 h/week, volume: 60 count/week, handle_time: 20 min}
  evidence: [{id: ev, kind: research, citation: Counted in May, date: 2026-05-01, n: 300, expires: 2027-01-31}]
objectives:
  - {id: sales, name: Forty sales, metric: sale, type: acquisition, baseline: {value: 0, as_of: 2027-01-01}, target: {value: 40, by: 2027-11-30},
     milestones: [{value: 10, by: 2027-06-30}], serves: [win], owner: ada}
strategy:
  levels:
    - {id: grow, level: corporate, direction: growth, statement: Grow}
    - {id: more, level: business_unit, parent: grow, growth: penetration, statement: More of it}
    - {id: win, level: market, parent: more, statement: Win people near, not_doing: [podcast]}
  messages: [{id: say, segment: near, claim: It lasts, expires: 2028-06-30}]
tactics:
  bridge: [{from: lead, to: sale, rate: 8..10..12 %, lag: 30 days, owner: bea, touchpoint: desk, tracking: crm}]
  list:
    - {id: ads-tactic, name: Ads, intent: acquire, serves: [sales], segments: [near], messages: [say], channels: [ads], timing: {trigger: asks},
       dates: 2027-02-01..2027-10-31, budget: {2027-Q1: 10 kEUR, 2027-Q2: 20 kEUR}, committed: {2027-02: 5 kEUR}, hours: 400 h, owner: ada,
       mechanism: "By showing ads to people near, more of them come", delivers: {metric: lead, count: 300}, test: t}
    - {id: stand-tactic, name: Stand, intent: acquire, serves: [sales], segments: [near, far], messages: [say], channels: [stand, letters],
       timing: {trigger: passes by}, dates: 2027-12-01..2028-01-30, budget: 12.5 kUSD, hours: 61 h, owner: ada,
       mechanism: "By standing there, more of them come in", delivers: {metric: lead, count: 61}}
    - {id: rent, name: Rent, intent: run, budget: 36 kEUR, owner: ada}
action:
  people:
    - {id: ada, name: Ada, team: us, capacity: 10 h/week, covers: [desk]}
    - {id: bea, name: Bea, team: them}
  teams: [{id: us, name: Us, function: marketing}, {id: them, name: Them, function: sales}]
  handovers: [{id: h, from: us, to: them, metric: lead, capacity: 7 count/week, briefing: 2027-01-20}]
  tasks:
    - {id: t1, name: Write the ads, tactic: ads-tactic, accountable: ada, hours: 4 h, start: 2027-01-04, due: 2027-01-31, done: true}
    - {id: t2, name: Print them, tactic: ads-tactic, accountable: ada, hours: 4 h, start: 2027-01-20, due: 2027-02-10, after: [t1]}
control:
  watches: [{id: w, metric: sale, objective: sales, every: month, by: ada, path: [{date: 2027-06-30, value: 12}], red: -20 %, then: {who: ada, what: fix, within: 5 days}}]
  tests: [{id: t, tactic: ads-tactic, method: geo, share: 20 %, duration: 60 days, rule: stop if nothing moves}]
  assumptions: [{id: a, statement: They read ads, criticality: high, due: 2027-03-01, owner: ada, state: open}]
"""


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., Material]:
    """Give the material of a plan text: `told()`, or `told(("old", "new"), as_of=…)` with texts replaced."""

    def make(*changes: tuple[str, str], plan: str = PLAN, as_of: dt.date = dt.date(2027, 3, 15)) -> Material:
        for old, new in changes:
            assert old in plan, f"{old!r} is not in the plan, so replacing it tests nothing"
            plan = plan.replace(old, new)
        file = tmp_path / "plan.yaml"
        file.write_text(plan, encoding="utf-8")
        return material(review_plan(file, Request(now=lambda: NOW, as_of=as_of)))

    return make
