"""Mapping files: hostile input like any other, and exact where they are right."""

# ruff: noqa: DTZ001 - stored times are UTC without zone

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import ImportRefused
from leadline.evidence.sources.draft import draft_mapping
from leadline.evidence.sources.mapped_rows import spread_over
from leadline.evidence.sources.mapping import load_mapping, parse_mapping
from leadline.evidence.sources.records import Identifier, ImportOptions
from leadline.evidence.sources.sniff import open_head

ORDERS = """
mapping: 1
table: orders
match: {header: [Order, Date, Total]}
file: {numbers: en, dates: "%Y-%m-%d", currency: GBP}
key: [Order]
columns: {ordered_at: Date, gross: Total}
identifiers: {email: Mail}
"""


@pytest.fixture
def folder(tmp_path):
    def write(mapping, data, name="orders.csv"):
        (tmp_path / (name.split(".")[0] + ".mapping.yaml")).write_text(mapping, "utf-8")
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return write


def problem(mapping, tmp_path):
    path = tmp_path / "bad.mapping.yaml"
    path.write_text(mapping, "utf-8")
    with pytest.raises(ImportRefused) as refusal:
        parse_mapping(load_mapping(path), "bad")
    assert refusal.value.reason == "not_recognised"
    return str(refusal.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("table: orders", "tabel: orders"), '"tabel" is not known. Did you mean "table"?'),
        (("table: orders", "table: order"), '"order" is not known. Did you mean "orders"?'),
        (("table: orders", "table: imports"), 'table "imports" is not known'),
        (("gross: Total", "grosss: Total"), 'Did you mean "gross"?'),
        (("gross: Total", "source_key: Total"), '"source_key" is not known'),
        (("gross: Total", "gross: {konst: 1}"), 'Did you mean "const"?'),
        (("gross: Total", "gross: {const: 1, column: Total}"), "needs one of"),
        (("gross: Total", "gross: [Total]"), "must be a mapping"),
        (("email: Mail", "mail: Mail"), 'Did you mean "email"?'),
        (("numbers: en", "numbers: us"), 'numbers "us" is not known. Known: en, de.'),
        (("numbers: en", "nombers: en"), 'Did you mean "numbers"?'),
        (('"%Y-%m-%d"', '"%Q"'), "is no date pattern"),
        (('"%Y-%m-%d"', "soon"), "is no date pattern"),
        (("currency: GBP", "currency: POUND"), "Use a code of ISO 4217"),
        (("currency: GBP", "currency: GBP, timezone: Europe/Munich"), 'The time zone "Europe/Munich" is not known'),
        (("mapping: 1", "mapping: 2"), "mapping: 2"),
        (("key: [Order]", "key: [Order]\ngrain: month"), "grain: month needs a table with days"),
        (("key: [Order]", "key: [Order]\nkey: [Date]"), 'the key "key" stands twice'),
        (("key: [Order]", "key: &a [Order]\nwhen: {x: *a}"), "alias"),
        (("key: [Order]", "key: [[[[[[[[[[[[[[[[[[Order]]]]]]]]]]]]]]]]]]"), "nests too deeply"),
        (("key: [Order]", "key: [Order"), "no readable YAML"),
        (("key: [Order]", "key: !!python/object:os.system [Order]\nnegative: maybe"), "negative"),
        (("key: [Order]", "tables: []"), "beside it"),
    ],
)
def test_a_wrong_mapping_is_refused_with_the_nearest_known(tmp_path, change, says):
    assert change[0] in ORDERS
    assert says in problem(ORDERS.replace(*change), tmp_path)


def test_a_huge_mapping_is_refused_before_it_is_parsed(tmp_path):
    assert "larger than 256 kB" in problem(ORDERS + "#" * (300 << 10), tmp_path)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.recursive(st.text(max_size=8), lambda one: st.lists(one, max_size=3) | st.dictionaries(
    st.sampled_from(["mapping", "table", "tables", "match", "file", "key", "columns", "header", "const", "join", "when", "x"]),
    one, max_size=4), max_leaves=12))  # fmt: skip
def test_any_document_is_a_mapping_or_refused(document):
    try:
        parse_mapping(document if isinstance(document, dict) else {"mapping": "1", "tables": document}, "any")
    except ImportRefused as refused:
        reason = refused.reason
    else:
        reason = "not_recognised"
    assert reason == "not_recognised"


def test_money_without_a_currency_is_refused(folder, tools):
    path = folder(ORDERS.replace(", currency: GBP", ""), "Order,Date,Total,Mail\n1,2027-03-01,5.00,a@b.example\n")
    with pytest.raises(ImportRefused, match=r"no currency\. Next step") as refusal:
        tools.read(path, ImportOptions())
    assert refusal.value.reason == "no_currency"


def test_a_mapping_that_reads_a_missing_column_is_refused(folder, tools):
    path = folder(ORDERS, "Order,Date,Total\n1,2027-03-01,5.00\n")
    with pytest.raises(ImportRefused, match=r'reads the column "Mail", which orders.csv does not have\. It has: Order'):
        tools.read(path)


def test_a_mapping_beside_another_file_is_refused_by_its_header(folder, tools):
    path = folder(ORDERS, "Bestellung,Datum\n1,2027-03-01\n")
    with pytest.raises(ImportRefused, match="lacks Order, Date, Total"):
        tools.read(path)


def test_an_open_number_or_date_is_refused_until_someone_says(folder, tools):
    loose = ORDERS.replace("numbers: en, ", "").replace('dates: "%Y-%m-%d", ', "")
    path = folder(loose, 'Order,Date,Total,Mail\n1,2027-03-01,"1,234",\n')
    with pytest.raises(ImportRefused, match='"1,234" is two different numbers') as refusal:
        tools.read(path)
    assert refusal.value.reason == "ambiguous_numbers"
    path = folder(loose, "Order,Date,Total,Mail\n1,3/2/2027,1.5,\n")
    with pytest.raises(ImportRefused, match="--dates mdy or --dates dmy") as refusal:
        tools.read(path)
    assert refusal.value.reason == "ambiguous_dates"
    path = folder(loose, 'Order,Date,Total,Mail\n1,3/2/2027,"1,234",\n2,3/22/2027,0.5,\n')
    assert [r.rows[0].values["gross"] for r in tools.read(path)] == [Decimal(1234), Decimal("0.5")]


def test_json_lines_and_csv_give_the_same_rows(folder, tools):
    text = "Order,Date,Total,Mail\n1,2027-03-01,5.00,a@b.example\n2,2027-03-02,7.25,\n"
    table = tools.read(folder(ORDERS, text))
    names, *rows = [line.split(",") for line in text.splitlines()]
    lines = "".join(
        json.dumps({n: (float(v) if n == "Total" else v or None) for n, v in zip(names, row, strict=True)}) + "\n"
        for row in rows
    )
    objects = tools.read(folder(ORDERS, lines, "orders.jsonl"))
    values = [[r.rows[0].values for r in records] for records in (table, objects)]
    assert values[0] == values[1]
    assert values[0][0]["node"] == Identifier("email", "a@b.example")


def test_a_workbook_with_typed_dates_needs_no_pattern(tmp_path, tools, write_workbook):
    (tmp_path / "orders.mapping.yaml").write_text(ORDERS, "utf-8")
    rows = [["Order", "Date", "Total", "Mail"], ["A-1", "2027-03-01", 34.1, ""], [1.2021e17, "2027-03-01", 1, ""]]
    path = write_workbook(tmp_path / "orders.xlsx", {"Orders": rows})
    first, second = tools.read(path)
    assert first.rows[0].values["gross"] == Decimal("34.1")
    assert first.rows[0].values["ordered_at"] == datetime(2027, 2, 28, 23)
    assert len(second.rows) == 1


def test_the_folder_of_mappings_serves_files_without_their_own(tmp_path, tools):
    mappings = tmp_path / "mappings"
    mappings.mkdir()
    (mappings / "shop.mapping.yaml").write_text(ORDERS, "utf-8")
    (mappings / "broken.mapping.yaml").write_text("mapping: 7", "utf-8")
    path = tmp_path / "export-0301.csv"
    path.write_text("Order,Date,Total,Mail\n1,2027-03-01,5.00,\n", "utf-8")
    head = open_head(path, mappings=mappings)
    assert head.mapping_name == "shop"
    assert len(tools.read(path, mappings=mappings)[0].rows) == 1
    other = tmp_path / "other.csv"
    other.write_text("Wind,Speed\n1,2\n", "utf-8")
    assert "broken.mapping.yaml" in open_head(other, mappings=mappings).note


def test_one_key_with_two_values_is_a_conflict(folder, tools):
    text = "Order,Date,Total,Mail\n1,2027-03-01,5.00,\n2,2027-03-01,5.00,\n1,2027-03-01,6.00,\n2,2027-03-01,5.00,\n"
    records = tools.read(folder(ORDERS, text))
    count = Counter(r.skipped or (r.rejects[0].reason if r.rejects else "accepted") for r in records)
    assert count == {"key_conflict": 2, "accepted": 1, "duplicate_row": 1}


def test_a_second_other_assignment_of_a_unit_is_rejected(folder, tools):
    mapping = """
mapping: 1
table: trials
match: {header: [person, arm, day, sold]}
file: {dates: "%Y-%m-%d", numbers: en}
key: [person, day]
columns: {test: {const: mail-test}, unit_kind: {const: person}, arm: arm, period: day, outcome: {const: sales}, value: sold}
identifiers: {email: person}
"""
    text = (
        "person,arm,day,sold\na@b.example,on,2027-03-01,1\na@b.example,off,2027-03-02,0\na@b.example,on,2027-03-03,1\n"
    )
    records = tools.read(folder(mapping, text, "mails.csv"))
    assert [[r.reason for r in record.rejects] for record in records] == [[], ["second_assignment"], []]


def test_an_entry_that_fails_is_a_part_where_another_takes_the_record(folder, tools):
    mapping = """
mapping: 1
match: {header: [id, born, stage, on]}
file: {dates: "%Y-%m-%d", timezone: Europe/Berlin}
tables:
  - {table: touches, key: [id], columns: {happened_at: born, class: {const: activity}, event: {const: form}}, identifiers: {crm: id}}
  - {table: stages, when: {stage: [won]}, key: [id, stage], columns: {subject_kind: {const: person}, stage: stage, entered_at: on}, identifiers: {crm: id}}
"""
    text = "id,born,stage,on\n1,2027-03-01,won,2027-02-31\n2,2027-03-28,,\n3,bad,won,bad\n"
    first, second, third = tools.read(folder(mapping, text, "people.csv"))
    assert [row.table for row in first.rows] == ["touches"]
    assert [(r.column, r.reason, r.part) for r in first.rejects] == [("on", "bad_date", "stage")]
    assert [row.table for row in second.rows] == ["touches"]
    assert [(r.column, r.part) for r in third.rejects] == [("born", None), ("on", None)]
    assert not third.rows


@given(st.integers(-(10**12), 10**12), st.integers(28, 31))
def test_a_spread_month_adds_up_to_the_cent(cents, days):
    amount = Decimal(cents) / 100
    parts = spread_over(amount, days)
    assert len(parts) == days
    assert sum(parts) == amount
    assert max(parts) - min(parts) <= Decimal("0.01")
    assert sorted(parts, key=abs, reverse=True) == parts


def test_a_month_without_cents_left_over_is_level():
    assert set(spread_over(Decimal("310.00"), 31)) == {Decimal("10.00")}
    assert sum(spread_over(7, 31)) == 7


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("Monat;Lieferant;Betrag netto;Währung\n2027-01;Messe;45.000,00;EUR\n", "spend"),
        ("Datum;E-Mail;Interesse\n01.03.2027;a@b.example;warm\n", "touches"),
        ("Day,Order No,Total\n2027-03-01,7,12.50\n", "orders"),
        ('"we""ird: name",#x,{y}\n1,2,3\n', "touches"),
    ],
)
def test_a_drafted_mapping_reads_and_names_every_column(tmp_path, text, table):
    path = tmp_path / "unknown.csv"
    path.write_text(text, "utf-8")
    head = open_head(path)
    draft = draft_mapping(head)
    written = tmp_path / "unknown.mapping.yaml"
    written.write_text(draft, "utf-8")
    mapped = parse_mapping(load_mapping(written), "unknown")
    assert mapped.entries[0].table.name == table
    assert set(mapped.header) == {str(cell) for cell in head.records[""][0][1]}
    for name in mapped.header:
        assert json.dumps(name, ensure_ascii=False) in draft.split("columns:")[1]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json", "parquet", "xlsx"])
def test_a_draft_reads_its_file_whatever_kind_of_file_it_is(tmp_path, tools, write_workbook, kind):
    import pyarrow as pa
    from pyarrow import parquet

    rows = [
        {"ticket_id": f"T{n}", "opened": f"2027-03-{n:02}T08:00:00Z", "email": f"p{n}@x.example", "parts": n, "url": "https://x.example/a"}
        for n in range(1, 6)
    ]  # fmt: skip
    path = tmp_path / f"tickets.{kind}"
    cells = [list(rows[0]), *(list(map(str, row.values())) for row in rows)]
    match kind:
        case "csv":
            path.write_text(tools.written(cells, ","), "utf-8")
        case "jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        case "json":
            path.write_text(json.dumps(rows), "utf-8")
        case "parquet":
            parquet.write_table(pa.Table.from_pylist(rows), path)
        case _:
            write_workbook(path, {"Tickets": cells})
    drafted = draft_mapping(open_head(path))
    assert 'happened_at: "opened"   # date, such as 2027-03-01' in drafted
    assert '"parts" feeds nothing yet # number, such as 1' in drafted
    path.with_name("tickets.mapping.yaml").write_text(drafted, "utf-8")
    records = tools.read(path)
    assert [(len(record.rows), len(record.rejects)) for record in records] == [(1, 0)] * 5
    assert records[0].rows[0].values["node"].value == "p1@x.example"


def test_a_drafted_month_table_imports_as_it_stands(tmp_path, tools):
    path = tmp_path / "unknown.csv"
    path.write_text("Monat;Lieferant;Betrag netto;Währung\n2027-02;Messe;2.800,00;EUR\n", "utf-8")
    (tmp_path / "unknown.mapping.yaml").write_text(draft_mapping(open_head(path)), "utf-8")
    (record,) = tools.read(path)
    assert [row.values["day"] for row in record.rows][:2] == [date(2027, 2, 1), date(2027, 2, 2)]
    assert sum(row.values["amount"] for row in record.rows) == 2800
