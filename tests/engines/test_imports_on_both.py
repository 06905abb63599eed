"""An import does the same to a lake as to a file: twice, restated, with another plan, dry, mended, undone, forgotten."""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import replace

import duckdb
import pytest

from leadline.errors import WarehouseError
from leadline.evidence import rules, slices
from leadline.evidence.channels import Channels
from leadline.evidence.lake import Lake
from leadline.evidence.store import Reach, open_store

pytestmark = [pytest.mark.spark, pytest.mark.nightly]

VISITS = """\
mapping: 1
table: touches
match: {header: [visit, who, when, source, medium, campaign, click, referrer]}
file: {encoding: utf-8, delimiter: ",", timezone: UTC, dates: "%Y-%m-%d %H:%M"}
key: [visit]
columns: {happened_at: when, class: {const: activity}, event: {const: visit}, utm_source: source, utm_medium: medium,
  utm_campaign: campaign, click_id_kind: click, referrer_host: referrer}
identifiers: {user: who}
"""
COSTS = """\
mapping: 1
table: spend
match: {header: [day, campaign, cost]}
file: {encoding: utf-8, delimiter: ",", dates: "%Y-%m-%d", numbers: en}
key: [day, campaign]
columns: {day: day, campaign: campaign, amount: cost, currency: {const: EUR}}
"""
HEADER = "visit,who,when,source,medium,campaign,click,referrer\n"


def rows_of(both, table):
    """Return the rows of a table, which both engines must have alike."""
    one, other = (
        sorted(map(str, engine.rows(f"SELECT * FROM {table} WHERE TRUE"))) for engine in (both.duck, both.spark)
    )
    assert one == other
    return both.duck.rows(f"SELECT * FROM {table} WHERE TRUE")


@pytest.fixture
def mapped(both):
    for engine in (both.duck, both.spark):
        engine.workspace.mappings.mkdir()
        for name, text in (("visits", VISITS), ("costs", COSTS)):
            (engine.workspace.mappings / f"{name}.mapping.yaml").write_text(text, encoding="utf-8")
    return both


def test_the_channel_cases_come_out_as_written(mapped, shared):
    text = (shared / "exports" / "channels" / "cases.csv").read_text(encoding="utf-8")
    cases = list(csv.DictReader(text.splitlines()))
    for engine in (mapped.duck, mapped.spark):
        engine.setup = replace(engine.setup, channels=Channels(("pay.example",)))
    names = ("utm_source", "utm_medium", "utm_campaign", "click_id_kind", "referrer_host")
    lines = [
        f"{place},,2027-03-0{1 + place % 9} 10:00,{','.join(case[name] for name in names)}"
        for place, case in enumerate(cases)
    ]
    mapped.give("visits.csv", HEADER + "\n".join(lines) + "\n")
    found = {row["source_key"]: row["channel"] for row in rows_of(mapped, "touches")}
    wanted = {str(place): case["channel"].replace("(continue)", "Direct") for place, case in enumerate(cases)}
    assert (len(found), found) == (38, wanted)  # what goes on from nothing is direct


def test_twice_is_once_and_a_restatement_changes_what_it_names(mapped):
    costs = "day,campaign,cost\n2027-03-01,search,10.00\n2027-03-02,fair,20.00\n2027-04-01,search,30.00\n"
    assert mapped.give("costs.csv", costs)["tables"]["spend"] == {"new": 3, "updated": 0, "unchanged": 0}
    assert mapped.give("costs.csv", costs)["status"] == "already_imported"
    assert mapped.give("costs.csv", costs, again=True)["tables"]["spend"] == {"new": 0, "updated": 0, "unchanged": 3}
    told = mapped.give(
        "costs2.csv", costs.replace("20.00", "22.50").replace("2027-03-01,search,10.00\n", ""), replace_span=True
    )
    assert told["tables"]["spend"] == {"new": 0, "updated": 1, "unchanged": 1}
    assert sorted(str(row["amount"]) for row in rows_of(mapped, "spend")) == ["10.0000", "22.5000", "30.0000"]
    assert [(row["old"], row["new"]) for row in rows_of(mapped, "restatements")] == [("20.0000", "22.5000")]
    lake = Lake(mapped.spark.workspace.folder / "evidence" / "lake")
    march, april = (lake.current().folders["spend"][month] for month in ("2027-03", "2027-04"))
    assert (len(march), len(april)) == (2, 1)  # the month that was not touched was not written again
    assert mapped.duck.store.snapshot() == mapped.spark.store.snapshot()


def test_rows_that_a_newer_file_lacks_become_nothing_when_asked(mapped):
    mapped.give("costs.csv", "day,campaign,cost\n2027-03-01,search,10.00\n2027-03-01,fair,20.00\n")
    told = mapped.give("costs2.csv", "day,campaign,cost\n2027-03-01,search,10.00\n", replace_span=True)
    assert any("set to 0: 1" in note for note in told["notes"])
    assert sorted(str(row["amount"]) for row in rows_of(mapped, "spend")) == ["0.0000", "10.0000"]


def test_money_is_divided_to_the_same_last_digit(mapped):
    """788.43 / 8 lies in the middle of two amounts, give or take a binary digit; engines cast it differently, so queries round."""
    for engine in (mapped.duck, mapped.spark):
        engine.facts = replace(engine.facts, rates=(("EUR", dt.date(2025, 1, 1), 8.0),))
    mapped.give(
        "costs.csv", "day,campaign,cost\n2027-03-01,search,788.43\n2027-04-01,search,938.11\n2027-05-01,search,194.17\n"
    )
    asked = {"currency": "USD", "from_day": dt.date(2027, 1, 1), "last_day": dt.date(2027, 12, 31)}
    spent = [[str(row["spent"]) for row in one.rows("spend_by_tactic", **asked)] for one in (mapped.duck, mapped.spark)]
    assert spent == [["98.5537", "117.2638", "24.2712"]] * 2


def test_a_visit_from_a_payment_page_goes_on_from_the_one_an_earlier_file_brought(mapped):
    for engine in (mapped.duck, mapped.spark):
        engine.setup = replace(engine.setup, channels=Channels(("pay.example",)))
    mapped.give("visits.csv", HEADER + "1,u1,2027-03-01 10:00,google,cpc,search,,\n2,u2,2027-03-01 10:00,,,,,\n")
    mapped.give(
        "visits2.csv", HEADER + "3,u1,2027-03-01 10:20,,,,,pay.example\n4,u2,2027-03-01 10:20,,,,,pay.example\n"
    )
    found = {row["source_key"]: row["channel"] for row in rows_of(mapped, "touches")}
    assert found == {"1": "Paid Search", "2": "Direct", "3": "Paid Search", "4": "Direct"}


def test_another_plan_moves_the_rows_that_are_there(mapped):
    mapped.give("costs.csv", "day,campaign,cost\n2027-03-01,search--brand,10.00\n2027-04-01,other,20.00\n")
    facts = replace(mapped.duck.facts, tactic_ids=("fair", "other"))
    moved = [
        rules.refresh(engine.workspace, facts, channels=Channels(), stage_maps={}, clock=lambda: None)
        for engine in (mapped.duck, mapped.spark)
    ]
    assert moved[0] == moved[1]
    assert moved[0].rows["spend"] == 2
    assert {row["campaign"]: row["tactic"] for row in rows_of(mapped, "spend")} == {
        "search--brand": None,
        "other": "other",
    }


def test_a_dry_run_and_an_empty_file_leave_what_they_found(mapped):
    for engine in (mapped.duck, mapped.spark):
        engine.setup = replace(engine.setup, dry_run=True)
    mapped.give("costs.csv", "day,campaign,cost\n2027-03-01,search,10.00\n")
    assert not mapped.spark.store.exists() or not mapped.spark.rows("SELECT * FROM spend WHERE TRUE")
    for engine in (mapped.duck, mapped.spark):
        engine.setup = replace(engine.setup, dry_run=False)
    assert mapped.give("costs2.csv", "day,campaign,cost\n")["status"] == "empty"
    assert [row["status"] for row in rows_of(mapped, "imports")] == ["empty"]


def test_rejects_are_kept_and_mended_alike(mapped):
    told = mapped.give(
        "costs.csv", "day,campaign,cost\n2027-03-01,search,ten\n2027-03-02,search,11.00\n", accept_rejects=True
    )
    assert (told["records"]["accepted"], told["records"]["rejected"]) == (1, 1)
    rejects = rows_of(mapped, "rejects")
    mended = [
        (engine.workspace.rejects / f"{told['import_id']}.csv").read_text("utf-8")
        for engine in (mapped.duck, mapped.spark)
    ]
    assert mended[0] == mended[1]
    mapped.give("mended.csv", mended[0].replace("search,ten", "search,10.00"))
    assert [row["mended_by"] is None for row in rejects] == [True]
    assert [row["mended_by"] is None for row in rows_of(mapped, "rejects")] == [False]
    assert sorted(str(row["amount"]) for row in rows_of(mapped, "spend")) == ["10.0000", "11.0000"]


def test_the_cluster_merges_as_this_machine_does(mapped):
    text = HEADER + "".join(f"{n},u{n % 7},2027-0{1 + n % 4}-01 10:00,google,cpc,search,,\n" for n in range(60))
    changed = text.replace("cpc", "organic", 20).replace("59,", "60,")
    mapped.give("visits.csv", text)
    folder = mapped.spark.workspace.folder
    before = slices.OwnHands.semi, slices.OwnHands.anti
    everything_is_large = pytest.MonkeyPatch()
    everything_is_large.setattr("leadline.evidence.spark.LARGE_BYTES", -1)
    everything_is_large.setattr("leadline.evidence.spark.SparkStore.is_large", lambda *_: True)
    try:
        mapped.give("visits2.csv", changed)
    finally:
        everything_is_large.undo()
    assert (slices.OwnHands.semi, slices.OwnHands.anti) == before
    assert len(rows_of(mapped, "touches")) == 61
    kept = list((folder / "evidence" / "lake" / "touches").glob("v=*/kept/month=*/part-*.parquet"))
    assert kept, "no month was written again by the cluster"


def test_a_commit_that_is_killed_leaves_the_lake_as_it_was(mapped):
    mapped.give("costs.csv", "day,campaign,cost\n2027-03-01,search,10.00\n")
    store = mapped.spark.store
    before = store.path.read_bytes()
    with pytest.raises(duckdb.Error), store.writing(Reach(whole=True)) as connection:
        connection.execute("UPDATE spend SET amount = 99; SELECT * FROM nothing")
    left = store.lake.folder / "spend" / f"v={json.loads(before)['version'] + 1}" / "month=2027-03"
    left.mkdir(parents=True)
    (left / "rows.parquet").write_bytes(b"half a file")
    assert store.path.read_bytes() == before
    mapped.give("costs2.csv", "day,campaign,cost\n2027-03-01,search,12.00\n")
    assert [str(row["amount"]) for row in rows_of(mapped, "spend")] == ["12.0000"]


def test_a_reader_keeps_the_state_it_began_with(mapped):
    mapped.give("costs.csv", "day,campaign,cost\n2027-03-01,search,10.00\n")
    with mapped.spark.store.sitting() as sitting:
        mapped.give("costs2.csv", "day,campaign,cost\n2027-03-01,search,12.00\n")
        assert [str(row["amount"]) for row in sitting.ask("SELECT amount FROM spend").to_pylist()] == ["10.0000"]
    assert [str(row["amount"]) for row in rows_of(mapped, "spend")] == ["12.0000"]


def test_what_does_not_count_goes_at_once_when_it_must(mapped):
    mapped.give("costs.csv", "day,campaign,cost\n2027-03-01,search,10.00\n")
    mapped.give("costs2.csv", "day,campaign,cost\n2027-03-01,search,12.00\n")
    store = mapped.spark.store
    before = len(list(store.lake.folder.rglob("*.parquet")))
    store.sweep()
    assert len(list(store.lake.folder.rglob("*.parquet"))) < before
    assert [str(row["amount"]) for row in rows_of(mapped, "spend")] == ["12.0000"]


def test_a_lake_of_another_version_is_refused_with_the_way_to_rebuild_it(mapped):
    mapped.give("costs.csv", "day,campaign,cost\n2027-03-01,search,10.00\n")
    pointer = mapped.spark.store.path
    pointer.write_text(
        pointer.read_text("utf-8").replace('"storage_version": "', '"storage_version": "0.'), encoding="utf-8"
    )
    with pytest.raises(WarehouseError, match="import them again"):
        open_store(mapped.spark.workspace).ask("spend_by_channel", last_day=None)
