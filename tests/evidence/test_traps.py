"""Files in the state in which people have them: each trap that the design names, through a whole import."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pyarrow as pa
import pytest
from pyarrow import parquet

HEADER = "Day,Campaign,Cost,Currency code"
MAPPING = """
mapping: 1
table: touches
match: {header: [id, when, what]}
key: [id]
columns: {happened_at: when, event: what, class: {const: activity}}
identifiers: {visitor: who}
"""


@pytest.fixture
def company(warehouse):
    warehouse.setup = replace(warehouse.setup, reader=None)
    warehouse.workspace.exports.mkdir()
    return warehouse


def put(company, name, data):
    path = company.workspace.exports / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("ads.csv", f"{HEADER}\n"),
        ("ads2.csv", f"Campaign report\n1 March 2027 - 2 March 2027\n{HEADER}"),
        ("feed.xml", '<?xml version="1.0"?><rss version="2.0"><channel><title>t</title></channel></rss>'),
    ],
)
def test_a_file_without_records_is_told_apart_from_one_that_failed(company, name, data):
    (report,) = company.take(put(company, name, data))
    assert (report.status, report.records.read) == ("empty", 0), report.message
    assert company.rows("SELECT status, read FROM imports") == [{"status": "empty", "read": 0}]
    assert company.take(company.workspace.exports / name)[0].status == "already_imported"


@pytest.mark.parametrize("since_1904", [False, True])
def test_a_workbook_that_counts_its_days_from_1904_gives_the_same_days(company, since_1904):
    import xlsxwriter

    path = company.workspace.exports / "ads.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": since_1904}) as book:
        sheet, form = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADER.split(","))
        sheet.write_datetime(1, 0, dt.datetime(2027, 3, 1), form)  # noqa: DTZ001 - a day has no zone
        sheet.write_row(1, 1, ["search--a", 12.5, "EUR"])
    (report,) = company.take(path)
    assert report.status == "done", report.message
    assert company.rows("SELECT CAST(day AS TEXT) AS day FROM spend") == [{"day": "2027-03-01"}]


def test_a_file_is_read_in_the_encoding_that_is_named(company):
    path = put(company, "ads.csv", f"{HEADER}\n2027-03-01,Kiř,1.00,EUR\n".encode("cp1250"))
    assert company.take(path)[0].status == "done"
    assert company.rows("SELECT campaign FROM spend") != [{"campaign": "Kiř"}], "cp1252 is only the likeliest"
    (report,) = company.take(path, encoding="cp1250")
    assert report.status == "done"
    assert company.rows(
        "SELECT campaign, i.encoding FROM spend JOIN imports i USING (import_id) WHERE campaign = 'Kiř'"
    ) == [{"campaign": "Kiř", "encoding": "cp1250"}]
    (refused,) = company.take(put(company, "more.csv", f"{HEADER}\n"), encoding="cp-what")
    assert "Known, among others: utf-8" in refused.message


def test_an_older_version_of_a_status_that_comes_later_says_nothing_new(company):
    text = '{{"id": "7", "uri": "https://s.example/7", "created_at": "2027-03-01T08:00:00Z", "edited_at": "{}", "content": "{}", "visibility": "public", "account": {{"acct": "eva"}}}}\n'
    for name, edited, words in (("b", "2027-03-03T08:00:00Z", "second"), ("a", "2027-03-02T08:00:00Z", "first")):
        company.take(put(company, f"{name}.jsonl", text.format(edited, words)))
    assert company.rows("SELECT text FROM posts") == [{"text": "second"}]
    assert company.rows("SELECT * FROM restatements") == []


@pytest.mark.parametrize("scan_from", [0, 1 << 40])
def test_a_parquet_file_with_bytes_that_are_no_text_loses_that_record_alone(company, scan_from):
    company.setup = replace(company.setup, scan_from=scan_from)
    put(company, "visits.mapping.yaml", MAPPING)
    path = company.workspace.exports / "visits.parquet"
    columns = {
        "id": [f"v{n}" for n in range(9)],
        "when": [dt.datetime(2027, 3, 1, n) for n in range(9)],  # noqa: DTZ001 - UTC without a zone
        "what": ["spoilt" if n == 7 else "visit" for n in range(9)],
        "who": [f"c{n}" for n in range(9)],
    }
    parquet.write_table(pa.table(columns), path, compression="none", use_dictionary=False)
    path.write_bytes(path.read_bytes().replace(b"spoilt", b"spo\xff\xfet"))
    (report,) = company.take(path)
    assert (report.records.read, report.records.accepted, report.records.rejected) == (9, 8, 1)
    assert company.rows("SELECT line, reason FROM rejects") == [{"line": 8, "reason": "encoding"}]
