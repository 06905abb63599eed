"""Files through a mapping: rows without a key, an edited mapping, touches that never say where somebody came from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leadline.evidence import rules

MAPPING = """
mapping: 1
table: orders
match: {header: [Day, Who, Money]}
file: {delimiter: ",", dates: ymd, numbers: en}
columns: {ordered_at: Day, gross: Money, currency: {const: EUR}}
identifiers: {email: Who}
"""


@pytest.fixture
def company(warehouse):
    warehouse.setup = replace(warehouse.setup, reader=None)
    warehouse.workspace.exports.mkdir()
    warehouse.workspace.mappings.mkdir()
    return warehouse


def mapping(company, text, name="sales"):
    (company.workspace.mappings / f"{name}.mapping.yaml").write_text(text, encoding="utf-8")


def take(company, name, *lines):
    path = company.workspace.exports / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (report,) = company.take(path)
    return report


def test_without_a_key_a_second_file_adds_its_rows_and_overwrites_none(company):
    mapping(company, MAPPING)
    take(company, "feb.csv", "Day,Who,Money", "2027-02-01,a@x.example,10", "2027-02-02,b@x.example,20")
    report = take(company, "mar.csv", "Day,Who,Money", "2027-03-01,a@x.example,30", "2027-03-02,b@x.example,40")
    assert report.tables["orders"] == {"new": 2, "updated": 0, "unchanged": 0}
    assert company.rows("SELECT sum(gross) AS n FROM orders")[0]["n"] == 100


def test_without_a_key_equal_rows_of_one_file_all_count_and_count_once_over_two_files(company):
    mapping(company, MAPPING)
    rows = ("2027-02-01,a@x.example,10", "2027-02-01,a@x.example,10.00", "2027-02-02,a@x.example,5")
    assert take(company, "feb.csv", "Day,Who,Money", *rows).tables["orders"]["new"] == 3
    report = take(company, "again.csv", "Day,Who,Money", *reversed(rows), "2027-02-03,a@x.example,1")
    assert report.tables["orders"] == {"new": 1, "updated": 0, "unchanged": 3}


def test_an_edited_mapping_is_applied_and_what_it_no_longer_gives_is_gone(company):
    mapping(company, MAPPING)
    lines = ("Day,Who,Money", "2027-02-01,a@x.example,10", "2027-02-02,b@x.example,20")
    take(company, "feb.csv", *lines)
    assert take(company, "feb.csv", *lines).status == "already_imported"
    mapping(company, MAPPING + "key: [Who, Day]\n")
    report = take(company, "feb.csv", *lines)
    assert report.status == "done"
    assert "mapping was edited since" in report.notes[-1]
    assert company.rows("SELECT count(*) AS n, sum(gross) AS money FROM orders") == [{"n": 2, "money": 30}]
    mapping(company, MAPPING.replace("gross: Money, currency: {const: EUR}", "items: Money") + "key: [Who, Day]\n")
    assert take(company, "feb.csv", *lines).tables["orders"] == {"new": 0, "updated": 2, "unchanged": 0}
    assert company.rows("SELECT gross, items FROM orders ORDER BY items") == [
        {"gross": None, "items": 10}, {"gross": None, "items": 20}
    ]  # fmt: skip
    assert take(company, "feb.csv", *lines).status == "already_imported"


TOUCHES = """
mapping: 1
table: touches
match: {header: [Day, Who, Origin]}
file: {delimiter: ",", dates: ymd}
key: [Who, Day]
columns: {happened_at: Day, class: {const: activity}, event: {const: form}}
identifiers: {crm: Who}
"""
VALUES = 'channel: {column: Origin, values: {paid search: Paid Search, unknown: ""}}'
LINES = ("Day,Who,Origin", "2027-02-01,1,paid  Search", "2027-02-01,2,unknown", "2027-02-01,3,Fair", "2027-02-01,4,")


def channels(company):
    return [row["channel"] for row in company.rows("SELECT channel FROM touches ORDER BY line")]


def again(company):
    """Apply other rules than before to every row."""
    other = replace(company.setup.channels, exclusions=("pay.example",))
    rules.refresh(company.workspace, company.facts, channels=other, stage_maps={}, clock=company.clock)


def test_a_touch_that_cannot_say_where_somebody_came_from_is_not_direct(company):
    mapping(company, TOUCHES)
    take(company, "leads.csv", *LINES)
    assert channels(company) == [None] * 4
    again(company)
    assert channels(company) == [None] * 4


def test_words_of_a_column_are_translated_and_an_unknown_one_is_no_channel(company):
    mapping(company, TOUCHES.replace("event:", f"{VALUES}, event:"))
    take(company, "leads.csv", *LINES)
    assert channels(company) == ["Paid Search", None, "Fair", None]
    again(company)
    assert channels(company) == ["Paid Search", None, "Fair", None]


def test_a_touch_that_could_say_it_and_does_not_is_direct(company):
    mapping(company, TOUCHES.replace("event:", "utm_source: Origin, event:"))
    take(company, "leads.csv", *LINES)
    assert channels(company)[3] == "Direct"
    again(company)
    assert channels(company)[3] == "Direct"
