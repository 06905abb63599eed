"""What people said about being contacted outlives the warehouse."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import threading

from leadline.evidence import consent_book, ledgers
from leadline.evidence.consent_book import read_gate

NOW = dt.datetime.fromisoformat("2027-04-01T00:00")


def said(key, who, state="granted", day="2027-03-01T00:00", **more):
    values = {
        "source_key": key,
        "node": who,
        "purpose": "marketing",
        "channel": "email",
        "state": state,
        "recorded_at": day,
    }
    return {"rows": [["consent", values | more]], "links": [["crm:7", "email:eva@pumps.example"]]}


def may(warehouse, node):
    return read_gate(warehouse.workspace, warehouse.store).may(node, "marketing", channel="email", now=NOW).allowed


def node_of(warehouse, kind):
    return warehouse.rows("SELECT node FROM identities WHERE kind = :kind", kind=kind)[0]["node"]


def test_a_list_goes_through_the_ledger_and_holds_for_the_whole_person(warehouse):
    report = warehouse.give("list1.jsonl", [said("1", "crm:7")])
    assert report.tables["consent"] == {"new": 1, "updated": 0, "unchanged": 0}
    assert "eva" not in warehouse.workspace.consent.read_text()
    assert may(warehouse, node_of(warehouse, "email"))
    assert not may(warehouse, 1)


def test_a_changed_line_of_a_list_is_another_entry_and_a_known_one_is_none(warehouse):
    warehouse.give("list1.jsonl", [said("1", "crm:7")])
    warehouse.give("list2.jsonl", [said("1", "crm:7", "withdrawn", "2027-03-09T00:00"), said("1", "crm:7")])
    assert warehouse.rows("SELECT state FROM consent ORDER BY valid_from") == [
        {"state": "granted"},
        {"state": "withdrawn"},
    ]
    assert len(consent_book.entries(warehouse.workspace)) == 2
    assert not may(warehouse, node_of(warehouse, "crm"))


def test_a_rebuilt_warehouse_knows_again_what_people_said_and_since_when(warehouse):
    warehouse.give("list1.jsonl", [said("1", "crm:7", day=None)])
    by_hand = {
        "node": node_of(warehouse, "crm"),
        "purpose": "*",
        "channel": "*",
        "state": "objected",
        "method": "by telephone",
    }
    consent_book.record(warehouse.workspace, by_hand, moment=NOW)
    before = warehouse.rows("SELECT * EXCLUDE (import_id) FROM consent WHERE state = 'granted'")
    shutil.rmtree(warehouse.workspace.evidence)
    warehouse.give("list1.jsonl", [said("1", "crm:7", day=None)])
    assert warehouse.rows("SELECT * EXCLUDE (import_id) FROM consent WHERE state = 'granted'") == before
    assert warehouse.rows("SELECT count(*) AS n FROM consent") == [{"n": 2}]
    assert not may(warehouse, node_of(warehouse, "email"))


def test_a_line_cut_by_a_kill_tells_nothing_and_spoils_no_other(warehouse):
    warehouse.give("list1.jsonl", [said("1", "crm:7")])
    with warehouse.workspace.consent.open("a") as file:
        file.write('{"entry": "half')
    warehouse.give("list2.jsonl", [said("2", "crm:8")])
    assert len(consent_book.entries(warehouse.workspace)) == 2
    assert json.loads(warehouse.workspace.consent.read_text().splitlines()[-1])["source_key"] == "2"


def test_what_somebody_says_while_the_ledger_is_written_anew_is_not_lost(warehouse):
    ledger, withdrawn = warehouse.workspace.consent, {"node": 7, "purpose": "*", "channel": "*", "state": "withdrawn"}
    consent_book.record(warehouse.workspace, withdrawn, moment=NOW)
    other = threading.Thread(
        target=consent_book.record, args=(warehouse.workspace, {**withdrawn, "node": 8}), kwargs={"moment": NOW}
    )
    with ledgers.held(ledger):
        told = list(ledgers.read(ledger))
        other.start()
        other.join(0.05)  # it waits, else it would be among what is written over
        ledgers.rewrite(ledger, told)
    other.join()
    assert [one.node for one in consent_book.entries(warehouse.workspace)] == [7, 8]
