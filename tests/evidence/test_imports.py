"""Exactly once, all or nothing, nothing lost without a word."""

from __future__ import annotations

import shutil
from dataclasses import replace
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.errors import WarehouseError
from leadline.evidence import people
from leadline.evidence.imports import Importer
from leadline.evidence.record_numbers import number


def spend(day, campaign, amount, **more):
    return {"rows": [["spend", {"day": day, "campaign": campaign, "amount": amount, "currency": "EUR", **more}]]}


FIRST = [spend("2027-03-01", "search--a", "10.00", clicks=3), spend("2027-03-02", "search--a", "20.00", clicks=4)]
LATER = [spend("2027-03-02", "search--a", "25.00", clicks=4), spend("2027-03-03", "other", "1.00")]


def test_a_file_comes_in_and_answers_questions(warehouse):
    report = warehouse.give("ads.jsonl", FIRST)
    assert report.status == "done"
    assert report.document()["records"] == {"read": 2, "accepted": 2, "rejected": 0, "skipped": {}, "merged": 0}
    assert report.tables == {"spend": {"new": 2, "updated": 0, "unchanged": 0}}
    assert report.totals["spend.amount.EUR"] == "30.00"
    assert warehouse.rows("SELECT sum(amount) AS amount, any_value(tactic) AS tactic FROM spend") == [
        {"amount": Decimal("30.0000"), "tactic": "search"}
    ]


def test_the_same_bytes_again_change_nothing(warehouse):
    first = warehouse.give("ads.jsonl", FIRST)
    snapshot = warehouse.store.snapshot()
    again = warehouse.give("copy of ads.jsonl", FIRST, source="ads")
    assert again.status == "done", "another option is another reading"
    third = warehouse.give("ads.jsonl", FIRST)
    assert third.status == "already_imported"
    assert third.import_id == first.import_id
    assert third.records.read == 0
    assert warehouse.store.snapshot() != snapshot
    assert warehouse.rows("SELECT count(*) AS n FROM spend") == [{"n": 2}]


def test_a_newer_file_restates_and_an_old_one_never_undoes_it(warehouse):
    warehouse.give("ads1.jsonl", FIRST)
    report = warehouse.give("ads2.jsonl", LATER)
    assert report.tables["spend"] == {"new": 1, "updated": 1, "unchanged": 0}
    assert warehouse.give("ads1.jsonl", FIRST).status == "already_imported"
    assert warehouse.rows("SELECT day, amount FROM spend ORDER BY day")[1]["amount"] == Decimal("25.0000")
    assert warehouse.rows('SELECT "column", old, new FROM restatements') == [
        {"column": "amount", "old": "20.0000", "new": "25.0000"}
    ]


def test_a_file_read_again_gives_what_a_better_reader_finds_and_undoes_no_newer_file(warehouse):
    warehouse.give("ads1.jsonl", FIRST)
    warehouse.give("ads2.jsonl", LATER, source="ads")
    assert warehouse.give("ads1.jsonl", FIRST, again=True).tables["spend"] == {"new": 0, "updated": 0, "unchanged": 1}
    assert warehouse.rows("SELECT sum(amount) AS amount FROM spend") == [{"amount": Decimal("36.0000")}]
    again = warehouse.give("ads2.jsonl", LATER, source="ads", again=True)
    assert again.tables["spend"] == {"new": 0, "updated": 0, "unchanged": 2}, (
        "the older file that came again is no newer"
    )
    assert warehouse.rows("SELECT count(*) AS n FROM imports") == [{"n": 4}]


def test_an_older_list_of_contacts_that_comes_again_undoes_no_newer_one(warehouse):
    def contact(day, **more):
        return [{"rows": [["contacts", {"node": "crm:1", "last_activity_at": f"{day}T00:00", **more}]]}]

    older = contact("2027-01-02", name="Ida Old", city="Ulm")
    warehouse.give("c1.jsonl", older)
    warehouse.give("c2.jsonl", contact("2027-03-02", name="Ida New"))
    warehouse.give("c1.jsonl", older, again=True)
    with duckdb.connect(str(warehouse.workspace.contacts), read_only=True) as connection:
        told = connection.execute("SELECT name, city, CAST(last_activity_at AS DATE)::TEXT FROM contacts").fetchall()
    assert told == [("Ida New", "Ulm", "2027-03-02")]


def test_a_column_a_file_does_not_speak_about_keeps_its_value(warehouse):
    warehouse.give("ads1.jsonl", FIRST)
    warehouse.give(
        "ads2.jsonl",
        [spend("2027-03-01", "search--a", "11.00"), spend("2027-03-02", "search--a", "20.00", clicks=None)],
    )
    rows = warehouse.rows("SELECT day, amount, clicks FROM spend ORDER BY day")
    assert [row["clicks"] for row in rows] == [None, None], "one row of the file spoke of clicks, so both did"
    warehouse.give("ads3.jsonl", [spend("2027-03-01", "search--a", "12.00")])


def test_equal_records_count_once_and_contradicting_ones_are_both_rejected(warehouse):
    report = warehouse.give(
        "ads.jsonl",
        [
            *FIRST,
            FIRST[0],
            spend("2027-03-05", "x", "1.00"),
            spend("2027-03-05", "x", "2.00"),
            spend("2027-03-06", "x", "1.00"),
        ],
    )
    assert report.document()["records"] == {
        "read": 6,
        "accepted": 3,
        "rejected": 2,
        "skipped": {"duplicate_row": 1},
        "merged": 0,
    }
    assert report.totals["spend.amount.EUR"] == "31.00"
    assert [row["reason"] for row in warehouse.rows("SELECT reason FROM rejects")] == ["key_conflict", "key_conflict"]
    assert report.rejects.read_text().count("key_conflict") == 2


def test_an_ad_account_is_kept_as_it_is_and_a_record_id_becomes_a_number(warehouse):
    deal = [
        "deals",
        {"source_key": "D", "stage": "sqo", "status": "open", "created_at": "2027-03-01T00:00", "account": "7001"},
    ]
    warehouse.give("crm.jsonl", [spend("2027-03-01", "search", "1.00", account="123-456"), {"rows": [deal]}])
    assert warehouse.rows("SELECT account, source_key FROM spend") == [
        {"account": "123-456", "source_key": "2027-03-01\x1f123-456\x1fname:search\x1f\x1f\x1f*"}
    ]
    assert warehouse.rows("SELECT account, deal FROM deals") == [
        {"account": number("account", "crm:7001"), "deal": number("deal", "crm:D")}
    ]


def test_spend_that_a_newer_file_no_longer_has_stays_until_it_is_told_to_go(warehouse):
    warehouse.give(
        "ads1.jsonl",
        [*FIRST, spend("2027-03-02", "other", "5.00"), spend("2027-03-02", "search--a", "7.00", account="B")],
    )
    newer = [spend("2027-03-02", "search--a", "20.00")]
    report = warehouse.give("ads2.jsonl", newer)
    assert "that it does not have: 1" in report.notes[0]
    assert warehouse.rows("SELECT sum(amount) AS amount FROM spend")[0]["amount"] == Decimal("42.0000")
    replaced = warehouse.give("ads2.jsonl", newer, replace_span=True)
    assert replaced.status == "done"
    assert warehouse.rows("SELECT sum(amount) AS amount FROM spend")[0]["amount"] == Decimal("37.0000")
    assert warehouse.rows("SELECT old, new FROM restatements") == [{"old": "5.0000", "new": "0.0000"}]


def test_a_dry_run_reports_all_and_changes_nothing(warehouse):
    warehouse.give("ads1.jsonl", FIRST)
    before = warehouse.store.snapshot()
    warehouse.setup = replace(warehouse.setup, dry_run=True)
    report = warehouse.give("ads2.jsonl", [*LATER, {"rejects": [["Cost", "bad_number", None]]}])
    assert report.tables == {"spend": {"new": 1, "updated": 1, "unchanged": 0}}
    assert warehouse.store.snapshot() == before
    assert warehouse.rows("SELECT count(*) AS n FROM imports") == [{"n": 1}]
    assert not warehouse.workspace.rejects.exists()


def test_a_full_disk_is_told_with_what_is_missing_and_changes_nothing(warehouse, monkeypatch):
    warehouse.give("ads1.jsonl", FIRST)
    usage = shutil.disk_usage(warehouse.workspace.folder)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage._replace(free=100))
    with pytest.raises(WarehouseError, match="MB are missing"):
        warehouse.give("ads2.jsonl", LATER)
    monkeypatch.undo()

    def full(*args):
        raise duckdb.IOException("Could not write file: No space left on device")

    monkeypatch.setattr("leadline.evidence.people.recompute", full)
    with pytest.raises(WarehouseError, match="full"):
        warehouse.give("ads2.jsonl", [*LATER, {"links": [["crm:1", "crm:2"]]}])
    assert warehouse.rows("SELECT count(*) AS n FROM spend") == [{"n": 2}], "rolled back"
    assert not list(warehouse.workspace.staging.glob("*.duckdb")), "the staging file is removed"
    monkeypatch.undo()
    assert warehouse.give("ads2.jsonl", LATER).status == "done"


def test_rejects_open_in_a_spreadsheet_without_running(warehouse):
    report = warehouse.give("ads1.jsonl", [*FIRST, {"rejects": [["=cmd", "bad_number", None]]}])
    assert ",'=cmd," in report.rejects.read_text()


def test_a_totals_row_is_a_checksum(warehouse):
    report = warehouse.give(
        "ads.jsonl", [*FIRST, {"skipped": "totals", "totals": {"spend.amount.EUR": "31.00", "spend.clicks": "7"}}]
    )
    assert report.notes == ("spend.amount.EUR: the file's own total is 31.00, its rows give 30.00",)


def test_too_many_rejects_refuse_the_file_and_leave_nothing(warehouse):
    bad = {"rejects": [["Cost", "bad_number", None]]}
    report = warehouse.give("ads.jsonl", [bad] * 6 + FIRST * 10)
    assert report.status == "refused"
    assert report.reason == "too_many_rejects"
    assert not warehouse.workspace.warehouse.exists()
    assert warehouse.give("ads.jsonl", [bad] * 6 + FIRST * 10, accept_rejects=True).status == "done"


def test_a_header_without_records_is_empty(warehouse):
    path = warehouse.file("ads.jsonl", [])
    assert [report.reason for report in warehouse.take(path)] == ["empty"]


def test_files_of_a_folder_come_in_by_span_and_one_that_fails_leaves_the_others(warehouse):
    later = warehouse.file("ads1.jsonl", LATER)
    first = warehouse.file("ads2.jsonl", FIRST)
    broken = warehouse.file("ads3.jsonl", [{"rejects": [["Cost", "bad_number", None]]}])
    reports = warehouse.take(later, first, broken)
    assert [report.status for report in reports] == ["done", "done", "refused"]
    assert warehouse.rows("SELECT amount FROM spend ORDER BY day")[1]["amount"] == Decimal("25.0000"), (
        "the later span came last"
    )


RECORDS = st.lists(
    st.one_of(
        st.builds(lambda day, name, cents: spend(f"2027-03-{day:02}", name, f"{cents}.00"), st.integers(1, 3), st.sampled_from("ab"), st.integers(0, 2)),
        st.sampled_from(["totals", "duplicate_row", "footer"]).map(lambda reason: {"skipped": reason}),
        st.just({"merged": True}),
        st.just({"rejects": [["Cost", "bad_number", None]]}),
        st.just({"links": [["crm:1", "email:a@b.example"]]}),
    ),
    min_size=1, max_size=25,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=RECORDS)
def test_the_law_of_records_holds_whatever_a_reader_gives(make_warehouse, tmp_path_factory, records):

    warehouse = make_warehouse(tmp_path_factory.mktemp("law"))
    report = warehouse.give("ads.jsonl", records, accept_rejects=True)
    counted = report.records
    assert counted.read == len(records)
    assert counted.read == counted.accepted + counted.rejected + counted.merged + sum(counted.skipped.values())
    stored = warehouse.rows("SELECT count(*) AS n, count(DISTINCT source_key) AS keys FROM spend")[0]
    assert stored["n"] == stored["keys"] == report.tables.get("spend", {"new": 0})["new"]
    assert warehouse.rows("SELECT read, accepted FROM imports") == [
        {"read": counted.read, "accepted": counted.accepted}
    ]


def test_people_are_computed_once_for_all_files_of_a_call(warehouse, monkeypatch):
    computed = []
    compute = people.recompute
    monkeypatch.setattr(people, "recompute", lambda *given: (computed.append(1), compute(*given)))
    files = [
        warehouse.file(
            f"crm{n}.jsonl", [{"links": [[f"crm:{n}", f"email:p{n}@x.example"]]}, spend(f"2027-03-0{n}", "a", "1.00")]
        )
        for n in (1, 2, 3)
    ]
    warehouse.take(*files, warehouse.file("ads9.jsonl", [spend("2027-03-09", "a", "1.00")]))
    assert computed == [1]
    assert warehouse.rows("SELECT count(DISTINCT person) AS n FROM people") == [{"n": 3}]


def test_people_left_to_a_later_file_that_never_came_are_computed_all_the_same(warehouse, monkeypatch):
    files = [warehouse.file(f"crm{n}.jsonl", [{"links": [[f"crm:{n}", f"email:p{n}@x.example"]]}]) for n in (1, 2)]
    commit = Importer.commit

    def fails(importer, staged, *, last):
        if last:
            raise KeyboardInterrupt
        return commit(importer, staged, last=last)

    with monkeypatch.context() as patch:
        patch.setattr(Importer, "commit", fails)
        patch.setattr(Importer, "settle_people", lambda importer: None)
        with pytest.raises(KeyboardInterrupt):
            warehouse.take(*files)
    assert warehouse.rows("SELECT count(*) AS n FROM people") == [{"n": 0}]
    snapshot = warehouse.store.snapshot()
    assert [one.status for one in warehouse.take(files[0])] == ["already_imported"]
    assert warehouse.rows("SELECT count(DISTINCT person) AS n FROM people") == [{"n": 1}]
    assert warehouse.store.snapshot() != snapshot


def test_who_stands_only_in_contradicting_records_is_not_known(warehouse):
    def stage(who, origin):
        row = {
            "source_key": "1",
            "subject_kind": "deal",
            "subject": "1",
            "stage": "lead",
            "entered_at": "2027-03-01T00:00",
            "origin": origin,
        }
        return {"rows": [["stages", row], ["touches", {"source_key": who, "node": who, "happened_at": "2027-03-01T00:00", "class": "activity", "event": "x"}]],
                "links": [[who, f"email:{who[4:]}@pumps.example"]]}  # fmt: skip

    other = {
        "rows": [
            [
                "touches",
                {
                    "source_key": "t",
                    "node": "crm:9",
                    "happened_at": "2027-03-01T00:00",
                    "class": "activity",
                    "event": "x",
                },
            ]
        ]
    }
    report = warehouse.give("crm.jsonl", [stage("crm:7", "a"), stage("crm:8", "b"), stage("crm:9", "c"), other])
    assert report.records.rejected == 3
    assert warehouse.rows("SELECT kind, system FROM identities") == [{"kind": "crm", "system": "crm"}]
    assert warehouse.rows("SELECT count(*) AS n FROM accounts") == [{"n": 0}]


def test_a_link_among_the_exports_that_leads_out_of_the_workspace_is_refused(warehouse, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "ads.jsonl"
    warehouse.file(str(outside), FIRST)
    inside = warehouse.file("here.jsonl", LATER)
    (inside.parent / "link.jsonl").symlink_to(outside)
    (inside.parent / "near.jsonl").symlink_to(inside)
    (report,) = warehouse.take(inside.parent / "link.jsonl")
    assert (report.status, report.reason) == ("refused", "not_recognised")
    assert "link to a file outside the workspace" in report.message
    assert not warehouse.store.exists()
    assert warehouse.take(inside.parent / "near.jsonl")[0].status == "done"
    assert warehouse.take(outside)[0].status == "done", "what a person names elsewhere is theirs to name"
