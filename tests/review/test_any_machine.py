"""The key of a machine's pseudonyms makes the nodes; no number of a review comes from it."""

from __future__ import annotations

import json
import random

import pytest

pytestmark = pytest.mark.slow

PLAN = """
plan: {id: machines, title: Machines, window: 2025-01-01..2025-12-31, currency: EUR, budget: 10 kEUR, driver: mara, timezone: Europe/Berlin}
metrics:
  - {id: lead, unit: count, better: up, stage: output, role: marketing, source: "stage:lead"}
  - {id: sqo, unit: count, better: up, stage: output, role: marketing, source: "stage:sqo"}
  - {id: sale, unit: count, better: up, stage: outcome, role: business, value_event: true, worth: 100 EUR, source: "stage:won"}
objectives:
  - {id: sales, metric: sale, type: acquisition, baseline: {value: 0, as_of: 2024-12-31}, target: {value: 60, by: 2025-12-31}, owner: mara}
tactics:
  bridge: [{from: lead, to: sqo, rate: 20..30..50 %, lag: 10 days}, {from: sqo, to: sale, rate: 20..30..50 %, lag: 20 days}]
  list:
    - {id: search, intent: acquire, serves: [sales], dates: 2025-01-01..2025-12-31, budget: 5 kEUR, tracked_as: {origin: [search]}, delivers: {metric: lead, count: 100..200..300}}
"""
STAGES = """
mapping: 1
match: {header: [who, stage, day, origin]}
file: {encoding: utf-8, delimiter: ",", timezone: Europe/Berlin, dates: "%Y-%m-%d"}
tables:
  - table: stages
    key: [who, stage, day]
    columns: {subject_kind: {const: person}, stage: stage, entered_at: day, origin: origin}
    identifiers: {crm: who}
  - table: touches
    key: [who, stage, day]
    columns: {happened_at: day, class: {const: activity}, event: stage, channel: origin}
    identifiers: {crm: who}
"""


def history():
    """Return what 150 people went through, with days that many share, so that nothing but a node tells them apart."""
    chance = random.Random(7)  # noqa: S311 - made-up people, no secret
    lines = ["who,stage,day,origin"]
    for who in range(150):
        day = chance.randint(1, 80)
        for stage in ("lead", "sqo", "won"):
            lines.append(f"p{who},{stage},{_day(day)},{chance.choice(('search', 'fair'))}")
            day += chance.randint(1, 20)
            if chance.random() < 0.5:
                break
    return "\n".join(lines) + "\n"


def _day(number):
    return f"2025-{1 + number // 28:02}-{1 + number % 28:02}"


@pytest.mark.proof
def test_two_keys_give_one_review_to_the_byte(cli, tmp_path):
    said = []
    for key in ("00" * 32, "5a" * 32):
        folder = tmp_path / "machine"  # one path for both, one after the other: paths are told too
        (folder / "exports").mkdir(parents=True)
        (folder / "mappings").mkdir()
        (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
        (folder / "mappings" / "history.mapping.yaml").write_text(STAGES, encoding="utf-8")
        (folder / "exports" / "history.csv").write_text(history(), encoding="utf-8")
        made = cli("review", "--json", "--workspace", folder, LEADLINE_KEY=key)
        assert made.returncode in (0, 1), made.stderr
        said.append(made.stdout)
        folder.rename(tmp_path / key[:2])
    results = json.loads(said[0])["results"]
    assert next(row["entered"] for row in results["bridge"] if row["group"] == "all") == 150
    assert {row["channel"] for row in results["paths"]} == {"search", "fair"}
    assert said[0] == said[1]
