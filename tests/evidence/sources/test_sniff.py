"""What a file is, told by its first bytes; what cannot be read is refused with what to do instead."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import zipfile
import zlib

import pytest
import xlsxwriter

from leadline.errors import ImportRefused, UsageError
from leadline.evidence.sources import text
from leadline.evidence.sources.records import ImportOptions
from leadline.evidence.sources.registry import recognise, source_named
from leadline.evidence.sources.sniff import open_head

ADS = "Day,Campaign,Campaign ID,Currency code,Cost,Impr.\n2027-03-01,{name},1,EUR,5.00,10\n"
DEALS = [["Record ID", "Deal Name", "Deal Stage", "Create Date", "Close Date"], ["1", "a", "won", "2027-01-01", ""]]


def refused(path, reason, says, options=None):
    with pytest.raises(ImportRefused, match=says) as refusal:
        recognise(open_head(path, options), options)
    assert refusal.value.reason == reason


@pytest.fixture
def file(tmp_path):
    def write(data, name="file.csv"):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return write


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"\xef\xbb\xbf", b"\xff\xfe", gzip.compress(b"", mtime=0)])
def test_a_file_without_content_is_empty(file, data):
    refused(file(data), "empty", "Download it again")


@pytest.mark.parametrize("name", ["cp-what", "hex", "idna", "punycode"])
def test_an_encoding_that_reads_no_text_is_refused(file, name):
    refused(file(ADS), "not_recognised", "Known, among others: utf-8", ImportOptions(encoding=name))


def test_a_list_without_records_is_empty(file):
    refused(file(b"[\n]"), "empty", "a list without a record")


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"%PDF-1.7\n...", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\xff\xd8\xff\xe0", "a JPEG image"),
        (b"SQLite format 3\x00", "an SQLite database"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Office file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "an encrypted workbook"),
        (b"a\x00\x01\x02\x00\x00\x00bc" * 9, "a binary file"),
    ],
)
def test_a_binary_file_is_named_and_what_to_save_it_as(file, start, what):
    refused(file(start), "binary", f"{what}.*Next step: (save|download|export|unpack)")


def test_a_zip_archive_is_no_workbook(file):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("report.csv", ADS)
    refused(file(target.getvalue(), "export.zip"), "binary", "unpack it and import the files inside")


def bomb(*, claims=None):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            for _ in range(210):
                part.write(bytes(1 << 20))
    data = target.getvalue()
    # A hostile archive lies about its size: only unpacking tells.
    for width in "QL" if claims is not None else "":
        data = data.replace(struct.pack(f"<{width}", 210 << 20), struct.pack(f"<{width}", claims))
    return data


@pytest.mark.slow
@pytest.mark.parametrize("claims", [None, 1000])
def test_a_workbook_that_unpacks_to_more_than_the_limit_is_refused(file, claims):
    refused(file(bomb(claims=claims), "bomb.xlsx"), "binary", "unpacks to more than 200 MB")


def test_a_gzip_file_is_read_through_and_a_cut_one_refused(file, tools):
    packed = gzip.compress(ADS.format(name="brand").encode())
    assert tools.read(file(packed, "report.csv.gz"))[0].rows[0].values["campaign"] == "brand"
    refused(file(packed[:-9]), "truncated", "archive is not whole")


def test_a_gzip_file_that_unpacks_out_of_all_proportion_is_refused(file, tools, monkeypatch):
    monkeypatch.setattr(text, "UNPACKED_FREE", 1 << 20)
    head = ADS.format(name="brand").encode()
    bomb = file(gzip.compress(head + b"\n" * (9 << 20)), "report.csv.gz")
    with pytest.raises(ImportRefused, match="times its size") as refusal:
        tools.read(bomb)
    assert refusal.value.reason == "binary"
    rows = "".join(
        f"2027-03-01,brand {hashlib.sha256(bytes([n % 251, n % 241])).hexdigest()},{n},EUR,5.00,10\n"
        for n in range(20_000)
    )
    assert len(rows) > 1 << 20
    assert len(tools.read(file(gzip.compress(head + rows.encode()), "large.csv.gz"))) == 20_001


def test_a_table_wider_than_any_spreadsheet_is_refused(file):
    refused(file("a," * 20_000 + "a\n1,2\n"), "not_recognised", "20,001 columns; the widest spreadsheet has 16,384")


def test_a_sheet_with_a_cell_beyond_the_last_column_is_refused(tmp_path, write_workbook):
    path = write_workbook(tmp_path / "far.xlsx", {"Far": [["Day", "Campaign", "Cost"], [""] * 400_000 + ["x"]]})
    refused(path, "not_recognised", "the widest spreadsheet has 16,384")


def test_a_workbook_with_a_number_that_no_day_can_be_is_refused(tmp_path):
    path = tmp_path / "far.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("May").write_number(0, 0, -1e12, book.add_format({"num_format": "yyyy-mm-dd"}))
    with pytest.raises(ImportRefused) as refused:
        open_head(path)
    assert refused.value.reason == "truncated"


def test_hidden_sheets_are_passed_over(tmp_path, write_workbook):
    path = write_workbook(tmp_path / "two.xlsx", {"Old": DEALS, "New": DEALS}, hidden=("Old",))
    head = open_head(path)
    assert head.hidden == ("Old",)
    assert recognise(head)[1].sheet == "New"


def test_two_sheets_with_exports_ask_which_one(tmp_path, write_workbook):
    path = write_workbook(tmp_path / "two.xlsx", {"May": DEALS, "June": DEALS})
    refused(path, "ambiguous_format", 'Next step: name one, for example --sheet "June"')
    options = ImportOptions(sheet="May")
    assert recognise(open_head(path, options), options)[1].sheet == "May"
    refused(path, "not_recognised", 'has no sheet "July". Sheets: "May", "June"', ImportOptions(sheet="July"))


def test_an_unknown_file_hears_what_is_nearest_and_what_to_do(file):
    path = file("Day,Campaign,Wind\n2027-03-01,brand,5\n2027-03-02,brand,6\n")
    refused(
        path,
        "not_recognised",
        r"Header found: Day, Campaign, Wind\. Nearest formats: google-ads \(lacks Cost\).*--draft-mapping",
    )


def test_html_is_no_export(file):
    refused(file("<!DOCTYPE html><html><body>Sign in</body></html>"), "not_recognised", "no export that Leadline knows")


def test_a_named_source_must_still_fit(file):
    path = file(ADS.format(name="brand"))
    refused(path, "not_recognised", "cannot be read as hubspot-deals: it lacks", ImportOptions(source="hubspot-deals"))
    with pytest.raises(UsageError, match='Did you mean "google-ads"'):
        source_named("google-add")


def test_only_all_lines_in_another_encoding_make_the_file_cp1252(file, tools):
    path = file(ADS.format(name="Köln").encode("cp1252"))
    assert open_head(path).encoding == "cp1252"
    assert "not" not in tools.read(path)[0].rows[0].values["campaign"]
    assert tools.read(path)[0].rows[0].values["campaign"] == "Köln"


def test_a_line_that_is_not_utf8_in_a_file_that_is_becomes_a_reject(file, tools):
    good, bad = ADS.format(name="Köln").encode(), b"2027-03-02,M\xfcnchen,2,EUR,6.00,11\n"
    records = tools.read(file(good + bad + "2027-03-03,Wörgl,3,EUR,7.00,12\n".encode()))
    assert [len(record.rows) for record in records] == [1, 0, 1]
    (reject,) = records[1].rejects
    assert (reject.line, reject.reason) == (3, "encoding")
    assert bytes.fromhex(reject.raw.removeprefix("hex:")) == bad.rstrip(b"\n")


def test_a_cell_over_one_mebibyte_is_one_reject(file, tools):
    long = '2027-03-02,"' + "x" * ((1 << 20) + 1) + '",2,EUR,6.00,11\n'
    records = tools.read(file(ADS.format(name="brand") + long + "2027-03-03,b,3,EUR,7.00,12\n"))
    assert [[r.reason for r in record.rejects] for record in records] == [[], ["too_long"], []]
    assert len(records[1].rejects[0].raw) < 3000


def test_quotes_that_never_close_are_one_truncated_record_with_bounded_text(file, tools):
    rest = "".join(f"2027-03-02,c{n},{n},EUR,6.00,11\n" for n in range(50_000))
    records = tools.read(file(ADS.format(name="brand") + '2027-03-02,"open,2,EUR,6.00,11\n' + rest))
    assert [[r.reason for r in record.rejects] for record in records] == [[], ["truncated"]]
    assert len(records[1].rejects[0].raw) <= 2000


def test_a_record_over_several_lines_keeps_its_first_line(file, tools):
    text = ADS.format(name='"two\nlines"') + "2027-03-02,broken,x\n" + "2027-03-03,b,3,EUR,7.00,12\n"
    records = tools.read(file(text))
    assert records[0].rows[0].values["campaign"] == "two\nlines"
    assert [(r.line, r.reason) for record in records for r in record.rejects] == [(4, "columns")]


def test_a_needed_column_twice_is_refused_and_another_ignored(file, tools):
    twice = ADS.format(name="brand").replace("Impr.", "Cost")
    with pytest.raises(ImportRefused, match=r'"Cost" stands 2 times \(columns 5 and 6\)') as refusal:
        tools.read(file(twice))
    assert refusal.value.reason == "duplicate_header"
    text = "Day,Campaign,X,X,Currency code,Cost\n2027-03-01,brand,1,2,EUR,5.00\n"
    assert len(tools.read(file(text))[0].rows) == 1


def test_a_last_record_that_may_be_cut_is_not_taken(file, tools):
    whole = ADS.format(name="brand") + "2027-03-02,brand,1,EUR,6.00,120"
    records = tools.read(file(whole))
    assert [r.reason for r in records[1].rejects] == ["truncated"]
    assert "add a line end" in records[1].rejects[0].text
    assert len(tools.read(file(whole + "\n"))[1].rows) == 1


def test_one_key_with_two_values_is_a_conflict_and_twice_the_same_a_duplicate(file, tools):
    row = "2027-03-02,brand,1,EUR,6.00,11\n"
    same = tools.read(file(ADS.format(name="brand") + row + row))
    assert [record.skipped for record in same] == [None, None, "duplicate_row"]
    other = tools.read(file(ADS.format(name="brand") + row + row.replace("6.00", "7.00")))
    assert [[r.reason for r in record.rejects] for record in other] == [[], ["key_conflict"], ["key_conflict"]]
    assert "lines 3, 4" in other[1].rejects[0].text


def test_a_campaign_named_total_is_data_and_a_label_is_not(file, tools):
    text = ADS.format(name="Total Wine") + "Total: Account,--,--,EUR,5.00,10\nTotal,,,EUR,5.00,10\n"
    assert [record.skipped for record in tools.read(file(text))] == [None, "totals", "totals"]


def test_zlib_garbage_in_a_workbook_is_refused(file):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>" * 50)
    data = bytearray(target.getvalue())
    data[50:60] = zlib.compress(b"x")[:10]
    refused(file(bytes(data), "broken.xlsx"), "truncated", "not whole|cannot be read")
