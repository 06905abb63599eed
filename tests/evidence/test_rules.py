"""Changed rules change channel, tactic and state of what is there, in one go, and say how much moved."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from leadline.evidence.channels import Channels, Rule
from leadline.evidence.rules import refresh

SPEND = [
    {"rows": [["spend", {"day": "2027-03-01", "campaign": "search--a", "amount": "10.00", "currency": "EUR"}]]},
    {"rows": [["spend", {"day": "2027-03-01", "campaign": "Spring", "amount": "5.00", "currency": "EUR"}]]},
    {"rows": [["stages", {"source_key": "1", "subject_kind": "person", "subject": "crm:1", "stage": "Qualified", "entered_at": "2027-03-01T00:00", "origin": "expo"}]]},
    {"rows": [["touches", {"source_key": "t", "node": "crm:1", "happened_at": "2027-03-01T00:00", "class": "activity", "event": "page", "utm_source": "partner-7", "utm_medium": "cpc"}]]},
    {"rows": [["touches", {"source_key": "u", "node": "crm:1", "happened_at": "2027-03-02T00:00", "class": "activity", "event": "page", "referrer_host": "pay.example"}]]},
]  # fmt: skip


def state(warehouse):
    return (
        [row["tactic"] for row in warehouse.rows("SELECT tactic FROM spend ORDER BY campaign")],
        warehouse.rows("SELECT stage, tactic FROM stages")[0],
        [row["channel"] for row in warehouse.rows("SELECT channel FROM touches ORDER BY source_key")],
    )


def test_another_plan_and_other_rules_move_what_they_concern_and_back(warehouse):
    warehouse.give("crm.jsonl", SPEND)
    before, snapshot = state(warehouse), warehouse.store.snapshot()
    assert before == ([None, "search"], {"stage": "Qualified", "tactic": None}, ["Paid Other", "Referral"])
    facts = replace(warehouse.facts, tracked_as={"fair": {"origin": ["Expo"], "campaign": ["spring*"]}})
    channels = Channels(exclusions=("pay.example",), before=(Rule("source", "starts", "partner-", "Partner"),))
    moved = refresh(
        warehouse.workspace, facts, channels=channels, stage_maps={"crm": {"qualified": "sqo"}}, clock=warehouse.clock
    )
    assert state(warehouse) == (["fair", "search"], {"stage": "sqo", "tactic": "fair"}, ["Partner", "Partner"])
    assert (moved.rows["spend"], moved.rows["touches"], moved.rows["stages"], moved.spend) == (
        1,
        2,
        2,
        {"EUR": Decimal("5.0000")},
    )
    assert "5 EUR" in moved.sentence()
    assert warehouse.store.snapshot() != snapshot
    again = refresh(
        warehouse.workspace, facts, channels=channels, stage_maps={"crm": {"qualified": "sqo"}}, clock=warehouse.clock
    )
    assert again.rows == {}, "nothing is to be done twice"
    refresh(warehouse.workspace, warehouse.facts, channels=Channels(), stage_maps={}, clock=warehouse.clock)
    assert state(warehouse) == before


def test_an_import_under_another_plan_brings_the_older_rows_along(warehouse):
    warehouse.give("crm1.jsonl", SPEND)
    warehouse.facts = replace(warehouse.facts, tactic_ids=("search", "fair", "Spring"))
    warehouse.give(
        "crm2.jsonl",
        [{"rows": [["spend", {"day": "2027-03-09", "campaign": "Spring", "amount": "1.00", "currency": "EUR"}]]}],
    )
    assert {row["tactic"] for row in warehouse.rows("SELECT tactic FROM spend WHERE campaign = 'Spring'")} == {"Spring"}


def test_applying_the_rules_gives_what_importing_under_them_gives(warehouse, make_warehouse, tmp_path):
    warehouse.give("crm.jsonl", SPEND)
    facts = replace(warehouse.facts, tracked_as={"fair": {"crm": ["expo", "spring"]}})
    refresh(warehouse.workspace, facts, channels=Channels(), stage_maps={}, clock=warehouse.clock)
    other = make_warehouse(tmp_path / "other")
    other.facts = facts
    other.give("crm.jsonl", SPEND)
    assert state(warehouse) == state(other)
    assert state(other)[0] == ["fair", "search"]
