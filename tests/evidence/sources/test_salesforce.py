"""Salesforce as reports and objects write it: ids, footers, flags, sequences of changes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import ImportRefused
from leadline.evidence.sources.records import ImportOptions
from leadline.evidence.sources.salesforce import record_id

REPORT = '"Opportunity Name","Account Name","Stage","Amount","Amount Currency","Close Date","Created Date"'
OBJECT = "Id,OpportunityId,StageName,Amount,CloseDate,CreatedDate,SystemModstamp,IsDeleted"
STAGES = '"Opportunity ID","Opportunity Name","From Stage","To Stage","Last Modified","Amount","Close Date"'
FIELDS = "OpportunityId,Field,OldValue,NewValue,CreatedDate,IsDeleted"


@pytest.fixture
def read(tmp_path, tools):
    def reader(header, *lines, options=None):
        path = tmp_path / "export.csv"
        path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
        records = tools.read(path, options or ImportOptions())
        tools.law(records)
        return records

    return reader


def rows(records):
    return [row.values for record in sorted(records, key=lambda one: one.line) for row in record.rows]


def changes(records):
    return [
        (row["stage"], row["entered_at"].day, row["left_at"] and row["left_at"].day, row["change"])
        for row in rows(records)
    ]


def test_an_id_of_a_report_is_that_of_the_object():
    assert record_id("001A0000006Vm9u") == "001A0000006Vm9uIAC"  # the example of Salesforce's own help
    assert record_id("001A0000006Vm9uIAC") == "001A0000006Vm9uIAC"


@settings(max_examples=30)
@given(st.text("abcdefXYZ0123", min_size=15, max_size=15))
def test_ids_that_differ_in_capitals_alone_stay_apart_whatever_reads_them(short):
    other = short.swapcase()
    assert (record_id(short).casefold() == record_id(other).casefold()) == (short == other)


def test_a_footer_needs_a_blank_line_above_and_one_cell(read):
    cell = '"Deal {}","Total","Prospecting","1.50","EUR","2/28/2027","1/31/2027"'
    records = read(
        REPORT, cell.format(1), '"Lone"', "", cell.format(2), "", '"Grand Totals (2 records)"', "", '"Halden Pumps"'
    )
    assert [record.skipped for record in sorted(records, key=lambda one: one.line)].count("footer") == 2
    assert [row["name"] for row in rows(records)] == ["Deal 1", "Deal 2"]
    assert [reject.reason for record in records for reject in record.rejects] == ["columns"]


def test_dates_that_no_value_decides_are_asked_for(read):
    line = '"Deal","Acme","Prospecting","1.50","EUR","3/4/2027","1/2/2027"'
    with pytest.raises(ImportRefused, match="--dates") as refusal:
        read(REPORT, line)
    assert refusal.value.reason == "ambiguous_dates"
    british = rows(read(REPORT, line, options=ImportOptions(dates="dmy")))[0]
    assert str(british["expected_close"]) == "2027-04-03"


def test_amounts_without_a_currency_are_asked_for(read):
    with pytest.raises(ImportRefused, match="--currency") as refusal:
        read("Opportunity Name,Stage,Amount,Close Date,Created Date", "Deal,Prospecting,5,2027-02-28,2027-01-31")
    assert refusal.value.reason == "no_currency"


def test_flags_of_the_object_close_a_deal_whatever_its_stage_is_called(read):
    header = "Id,Name,StageName,Amount,CurrencyIsoCode,CloseDate,CreatedDate,IsClosed,IsWon,AccountId,SystemModstamp,IsDeleted"
    records = read(
        header,
        "006A00000000001,A,Signed,5,EUR,2027-02-28,2027-01-31T08:00:00.000Z,true,true,001A0000006Vm9u,2027-03-01T08:00:00.000Z,false",
        "006A00000000002,B,Gone,5,EUR,2027-02-28,2027-01-31T08:00:00.000Z,true,false,,2027-03-01T08:00:00.000Z,false",
        "006A00000000003,C,Talks,,EUR,2027-02-28,2027-01-31T08:00:00.000Z,false,false,,2027-03-01T08:00:00.000Z,false",
        "006A00000000004,D,Talks,,EUR,2027-02-28,2027-01-31T08:00:00.000Z,false,false,,2027-03-01T08:00:00.000Z,true",
    )
    deals = [row for row in rows(records) if "status" in row]
    assert [row["status"] for row in deals] == ["won", "lost", "open"]
    assert deals[0]["account"] == "001A0000006Vm9uIAC"
    assert {str(row["version_at"]) for row in deals} == {"2027-03-01 08:00:00"}
    assert [record.skipped for record in records if record.skipped] == ["deleted"]


def test_a_stage_is_left_when_the_next_stage_is_entered_whatever_the_order_of_the_file(read):
    lines = [
        "4,6,Closed Won,18,2027-02-20,2027-02-20T08:00:00Z,2027-02-20T08:00:00Z,false",
        "1,6,Prospecting,20,2027-03-31,2027-02-01T08:00:00Z,2027-02-01T08:00:00Z,false",
        "3,6,Qualified,18,2027-03-31,2027-02-12T08:00:00Z,2027-02-12T08:00:00Z,false",
        "9,6,Lost,1,2027-03-31,2027-02-13T08:00:00Z,2027-02-13T08:00:00Z,true",
        "5,7,Prospecting,1,2027-03-31,2027-02-11T08:00:00Z,2027-02-11T08:00:00Z,false",
        "2,6,Qualified,20,2027-03-31,2027-02-10T08:00:00Z,2027-02-10T08:00:00Z,false",
        "6,6,Qualified,18,2027-04-30,2027-02-14T08:00:00Z,2027-02-14T08:00:00Z,false",
    ]  # fmt: skip
    assert changes(read(OBJECT, *lines)) == [
        ("Closed Won", 20, None, "stage"), ("Prospecting", 1, 10, "stage"), ("Qualified", 12, None, "amount"),
        ("Prospecting", 11, None, "stage"), ("Qualified", 10, 20, "stage"), ("Qualified", 14, None, "close"),
    ]  # fmt: skip


def test_the_report_of_stage_changes_gives_the_stage_entered(read):
    records = read(
        STAGES,
        '"006A0","Deal","Prospecting","Qualified","2/10/2027, 9:00 AM","20.50","3/31/2027"',
        '"006A0","Deal","Qualified","Qualified","2/12/2027, 9:00 AM","18.50","3/31/2027"',
        '"006A0","Deal","Qualified","Closed Won","2/20/2027, 9:00 AM","18.50","2/20/2027"',
        "", '"Grand Totals (3 records)"',
    )  # fmt: skip
    assert changes(records) == [
        ("Qualified", 10, 20, "stage"), ("Qualified", 12, None, "amount"), ("Closed Won", 20, None, "stage"),
    ]  # fmt: skip
    assert str(rows(records)[0]["entered_at"]) == "2027-02-10 08:00:00"  # nine in Berlin


def test_field_history_keeps_stage_amount_and_close_and_knows_the_stage_before_the_first_change(read):
    records = read(
        FIELDS,
        "006A0,created,,,2027-02-01T08:00:00Z,false",
        "006A0,Amount,20,18,2027-02-05T08:00:00Z,false",
        "006A0,StageName,Prospecting,Qualified,2027-02-10T08:00:00Z,false",
        "006A0,CloseDate,2027-03-31,2027-04-30,2027-02-12T08:00:00Z,false",
        "006A0,OwnerId,a,b,2027-02-13T08:00:00Z,false",
        "006B0,Amount,1,2,2027-02-13T08:00:00Z,false",
    )
    assert changes(records) == [
        ("Prospecting", 5, None, "amount"), ("Qualified", 10, None, "stage"), ("Qualified", 12, None, "close"),
    ]  # fmt: skip
    assert [str(row["amount"]) for row in rows(records)] == ["18", "None", "None"]
    assert sum(record.skipped == "event_ignored" for record in records) == 3
