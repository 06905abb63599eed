"""The same content in another dress: other line ends, encodings, column orders, a workbook, a cut, a glued file."""

# ruff: noqa: S311 - cuts need not be secret, they must repeat

from __future__ import annotations

import random
import shutil

import pytest

from leadline.errors import ImportRefused
from leadline.evidence.sources.records import ImportOptions

CSVS = (
    "google-ads/campaign_report.csv",
    "google-ads/kampagnenbericht_utf16.csv",
    "google-ads/campaign_report_devices.csv",
    "meta-ads/ads_daily.csv",
    "linkedin-ads/campaign_performance_utf16.csv",
    "linkedin-ads/performance_de_utf16.csv",
    "x-ads/campaigns.csv",
    "hubspot/deals.csv",
    "hubspot/contacts.csv",
    "generic/fair_badges.csv",
    "generic/invoices.csv",
    "generic/leads.csv",
)
ENCODED = {"utf-8": b"", "utf-8-bom": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


def text_of(path):
    data = path.read_bytes()
    if data[:2] == b"\xff\xfe":
        return data.decode("utf-16").replace("\r\n", "\n")
    encoding = "cp1252" if path.name == "fair_badges.csv" else "utf-8-sig"
    return data.decode(encoding).replace("\r\n", "\n")


@pytest.fixture(params=CSVS)
def original(request, shared, tmp_path, tools):
    path = shared / "exports" / request.param
    mapping = path.with_name(path.stem + ".mapping.yaml")
    if mapping.exists():
        shutil.copy(mapping, tmp_path)
    text = text_of(path)
    delimiter = max("\t;,", key=lambda sign: max(line.count(sign) for line in text.splitlines()))
    return tmp_path / path.name, text, delimiter, tools.read(path)


def assert_same(tools, target, records):
    again = tools.read(target)
    assert tools.facts(again) == tools.facts(records)
    assert tools.law(again) == tools.law(records)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", [*ENCODED, "utf-16-le-bare", "utf-16-be-bare"])
def test_encoding_and_line_ends_change_no_row(original, tools, encoding, end):
    target, text, _, records = original
    codec = encoding.removesuffix("-bom").removesuffix("-bare")
    target.write_bytes(ENCODED.get(encoding, b"") + text.replace("\n", end).encode(codec))
    assert_same(tools, target, records)


def shuffled(tools, text, delimiter, seed):
    rows = tools.cells(text, delimiter)
    width = len(max(rows, key=len))
    header = next(at for at, row in enumerate(rows) if len([c for c in row if c]) > 3)
    order = list(range(len(rows[header])))
    random.Random(seed).shuffle(order)
    return [
        [row[at] for at in order] if number >= header and len(row) == len(order) else row
        for number, row in enumerate(rows)
    ], width


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_columns_changes_no_row(original, tools, seed):
    target, text, delimiter, records = original
    rows, _ = shuffled(tools, text, delimiter, seed)
    target.write_text(tools.written(rows, delimiter), "utf-8")
    assert_same(tools, target, records)


def test_an_unknown_column_changes_no_row(original, tools):
    target, text, delimiter, records = original
    rows = tools.cells(text, delimiter)
    header = next(at for at, row in enumerate(rows) if len([c for c in row if c]) > 3)
    width = len(rows[header])
    more = [
        [*row[:2], "Wind speed" if at == header else "4,5", *row[2:]] if at >= header and len(row) >= width else row
        for at, row in enumerate(rows)
    ]
    target.write_text(tools.written(more, delimiter), "utf-8")
    assert_same(tools, target, records)


def test_the_same_rows_saved_as_a_workbook_give_the_same_rows(original, tools, write_workbook):
    target, text, delimiter, records = original
    rows = [row for row in tools.cells(text, delimiter) if len(row) < 13 or "broken" not in row[2]]
    target = write_workbook(target.with_suffix(".xlsx"), {"Cover": [["Exported by hand"]], "Rows": rows})
    again = tools.read(target)
    assert tools.facts(again) == tools.facts(records)


def test_a_header_repeated_in_a_glued_file_is_skipped(original, tools):
    target, text, delimiter, records = original
    rows = tools.cells(text, delimiter)
    header = next(row for row in rows if len([c for c in row if c]) > 3)
    target.write_text(tools.written([*rows, header], delimiter), "utf-8")
    again = tools.read(target)
    assert tools.facts(again) == tools.facts(records)
    assert tools.law(again)["repeated_header"] == 1


def test_a_cut_file_never_gives_a_wrong_number(original, tools):
    target, text, _, records = original
    codec = "utf-16" if "utf16" in target.name else "utf-8"
    data = text.encode(codec)
    whole = set(tools.facts(records))
    rng = random.Random(target.name)
    for cut in sorted(rng.sample(range(len(data)), 50)):
        target.write_bytes(data[:cut])
        try:
            again = tools.read(target)
        except ImportRefused:
            continue
        tools.law(again)
        if "devices" in target.name:  # a row summed over segments: the sum of those that are whole in the file
            sums = {str(row.values["amount"]) for record in again for row in record.rows}
            assert sums <= {"10.00", "14.50", "15.00"}, cut
        else:
            assert set(tools.facts(again)) <= whole, cut


def test_a_cut_workbook_or_parquet_file_is_refused(shared, tmp_path, tools):
    for name in ("spreadsheet/meta_ads_daily.xlsx", "ga4/events_20270302.parquet"):
        data = (shared / "exports" / name).read_bytes()
        target = tmp_path / name.split("/")[1]
        for cut in random.Random(name).sample(range(8, len(data)), 50):
            target.write_bytes(data[:cut])
            with pytest.raises(ImportRefused) as refusal:
                tools.read(target)
            assert refusal.value.reason in {"truncated", "binary"}


def test_a_cut_jsonl_file_loses_only_its_last_record(shared, tmp_path, tools):
    path = shared / "exports/ga4/events_20270302.jsonl"
    whole = set(tools.facts(tools.read(path)))
    data = path.read_bytes()
    target = tmp_path / path.name
    for cut in random.Random(7).sample(range(2000, len(data)), 50):
        target.write_bytes(data[:cut])
        again = tools.read(target)
        assert set(tools.facts(again)) <= whole
        wrong = [reject.reason for record in again for reject in record.rejects]
        assert wrong in ([], ["truncated"])


def test_numbers_may_be_forced(shared, tools):
    path = shared / "exports/google-ads/campaign_report.csv"
    forced = tools.read(path, ImportOptions(numbers="de"))
    assert not any(row.values["amount"] == 201 for record in forced for row in record.rows)
    assert {r.reason for record in forced if record.line == 4 for r in record.rejects} == {"bad_number"}
