"""Files in the state in which people have them: each trap that the design names, through a whole import."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
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


def workbook(path, *, since_1904=False):
    """Write ads with what spreadsheets do to cells: formulas, errors, merged cells, ids that lost their last digits."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"date_1904": since_1904}) as book:
        sheet, form = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, [*HEADER.split(","), "Campaign ID", "Impr."])
        for row, number in enumerate((77, 78, 1234567890123456), start=2):  # sheet row 2 is blank
            sheet.write_datetime(row, 0, dt.datetime(2027, 3, row), form)  # noqa: DTZ001 - a day has no zone
            sheet.write_row(row, 1, [f"search--{row}", 12.5, "EUR", number, 10])
        sheet.write_formula(2, 2, "=5*3", None, 15)
        sheet.write_formula(3, 5, "=1/0", None, "#DIV/0!")
        sheet.merge_range(3, 6, 4, 6, "a note over two rows")
    return path


@pytest.mark.parametrize("since_1904", [False, True])
def test_a_workbooks_cells_are_taken_as_stored_and_an_id_without_its_digits_is_not(company, since_1904):
    (report,) = company.take(
        workbook(company.workspace.exports / "ads.xlsx", since_1904=since_1904), accept_rejects=True
    )
    assert report.status == "done", report.message
    stored = company.rows(
        "SELECT CAST(day AS TEXT) AS day, CAST(amount AS TEXT) AS amount, impressions, line FROM spend ORDER BY day"
    )
    assert [tuple(row.values()) for row in stored] == [
        ("2027-03-02", "15.0000", 10, 3),
        ("2027-03-03", "12.5000", None, 4),
    ]
    assert company.rows("SELECT line, reason FROM rejects") == [{"line": 5, "reason": "lost_digits"}]


@pytest.mark.proof
@pytest.mark.parametrize("kind", ["ods", "xlsm"])
def test_the_other_kinds_of_workbook_give_the_same_rows(company, tmp_path, kind):
    office, path = shutil.which("soffice"), workbook(tmp_path / "ads.xlsx")
    if office is None:
        pytest.skip("LibreOffice is not here to write it")
    made = company.workspace.exports / f"ads.{kind}"
    filters = {"xlsm": "xlsm:Calc MS Excel 2007 VBA XML"}
    command = [
        office,
        f"-env:UserInstallation={tmp_path.as_uri()}/office",
        "--headless",
        "--convert-to",
        filters.get(kind, kind),
        "--outdir",
    ]
    subprocess.run([*command, str(made.parent), str(path)], check=True, capture_output=True, timeout=120)
    (report,) = company.take(made, accept_rejects=True)
    assert (report.records.accepted, report.records.rejected) == (2, 1), report.message
    assert report.totals["spend.amount.EUR"] == "27.50"


@pytest.mark.parametrize(
    ("local", "stored"), [("2027-03-28 02:30", "2027-03-28 01:30:00"), ("2027-10-31 02:30", "2027-10-31 00:30:00")]
)
def test_an_hour_that_the_clock_skips_or_repeats_is_counted(company, local, stored):
    company.facts = replace(company.facts, timezone="Europe/Berlin")
    header = "Record ID,Deal Name,Deal Stage,Create Date,Close Date"
    (report,) = company.take(
        put(company, "deals.csv", f"{header}\n1,Pumps,lead,{local},\n2,More,lead,2027-02-01 08:00,\n")
    )
    assert report.status == "done", report.message
    assert company.rows("SELECT CAST(created_at AS TEXT) AS at_ FROM deals WHERE name = 'Pumps'") == [{"at_": stored}]
    assert json.loads(company.rows("SELECT flags FROM imports")[0]["flags"])["time_shifted"] == 1


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
