"""Workbooks that would fill the memory are refused before they are opened; those of people are not."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from leadline.errors import ImportRefused
from leadline.evidence.sources import sheet_bounds
from leadline.evidence.sources.sniff import open_head

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
CELL = f'<worksheet {MAIN}><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>'
TEXT = f"<sst {MAIN}><si><t>Day</t></si></sst>"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def xlsx(path: Path, *, shared: str = TEXT, sheet: str = CELL, sheets: int = 1) -> Path:
    numbers = range(1, sheets + 1)
    kinds = "".join(f'<Default Extension="{end}" ContentType="application/xml"/>' for end in ("xml", "rels"))
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    links = "".join(
        f'<Relationship Id="r{n}" Type="{REL}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types">{kinds}</Types>')
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr("xl/workbook.xml", f'<workbook {MAIN} xmlns:r="{REL}"><sheets>{listed}</sheets></workbook>')
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">{links}<Relationship Id="s" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        )
        for number in numbers:
            archive.writestr(f"xl/worksheets/sheet{number}.xml", sheet)
        archive.writestr("xl/sharedStrings.xml", shared)
    return path


def ods(path: Path, *, columns: int, rows: int, text: str) -> Path:
    row = f'<table:table-row table:number-rows-repeated="{rows}">'
    cell = f'<table:table-cell table:number-columns-repeated="{columns}" office:value-type="string"><text:p>{text}</text:p>'
    spaces = " ".join(f'xmlns:{name}="{OFFICE}:{name}:1.0"' for name in ("office", "table", "text"))
    sheet = f'<table:table table:name="S">{row}{cell}</table:table-cell></table:table-row></table:table>'
    body = f"<office:body><office:spreadsheet>{sheet}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f'<!DOCTYPE manifest><m xmlns="{OFFICE}:manifest:1.0"/>')
        archive.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
    return path


def refused(path: Path) -> ImportRefused:
    with pytest.raises(ImportRefused) as caught:
        open_head(path)
    return caught.value


def cells(count: int) -> str:
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, count + 1))
    return f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"


def test_an_ordinary_workbook_is_read(tmp_path: Path) -> None:
    assert open_head(xlsx(tmp_path / "a.xlsx")).records["S1"] == [(1, ["Day"])]
    assert len(open_head(ods(tmp_path / "a.ods", columns=3, rows=4, text="Day")).records["S"]) == 4


def test_a_billion_laughs_are_refused_for_what_they_declare(tmp_path: Path) -> None:
    laughs = "".join(
        f'<!ENTITY {this} "{f"&{that};" * 10}">' for this, that in zip("bcdefghi", "abcdefgh", strict=True)
    )
    shared = f'<!DOCTYPE sst [<!ENTITY a "ha">{laughs}]><sst {MAIN}><si><t>&i;</t></si></sst>'
    assert refused(xlsx(tmp_path / "a.xlsx", shared=shared)).reason == "unsafe_xml"
    assert refused(xlsx(tmp_path / "b.xlsx", sheet="<!DOCTYPE x>" + CELL)).reason == "unsafe_xml"


def test_one_long_text_in_many_cells_is_refused_before_every_cell_has_its_copy(tmp_path: Path) -> None:
    long = f"<sst {MAIN}><si><t>{'x' * 300_000}</t></si></sst>"
    path = xlsx(tmp_path / "a.xlsx", shared=long, sheet=cells(5_000))
    assert path.stat().st_size < 60_000
    assert "same long texts" in str(refused(path))
    hidden = cells(5_000).replace('t="s"><v>', 't="s"><!-- --><v>')
    assert "same long texts" in str(refused(xlsx(tmp_path / "b.xlsx", shared=long, sheet=hidden)))
    assert len(open_head(xlsx(tmp_path / "c.xlsx", shared=long, sheet=cells(100))).records["S1"]) == 50


def test_one_long_text_and_many_short_ones_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_bounds, "TEXT_LIMIT", 1_000_000)
    monkeypatch.setattr(sheet_bounds, "PIECE", 1_000)
    shared = f"<sst {MAIN}><si><t>no</t></si><si><t>{'x' * 30_000}</t></si></sst>"
    assert len(open_head(xlsx(tmp_path / "a.xlsx", shared=shared, sheet=cells(2_000))).records["S1"]) == 50


@pytest.mark.parametrize(("columns", "rows", "size"), [(16_384, 1_048_576, 1), (100, 200, 100_000)])
def test_a_cell_repeated_over_a_sheet_is_refused(tmp_path: Path, columns: int, rows: int, size: int) -> None:
    assert refused(ods(tmp_path / "a.ods", columns=columns, rows=rows, text="y" * size)).reason == "binary"


def xlsb(path: Path, *, row: int, texts: list[int], shows: list[int]) -> Path:
    def record(kind: int, content: bytes) -> bytes:
        size = bytes((len(content) >> 7 * n & 0x7F) | (0x80 if len(content) >> 7 * (n + 1) else 0) for n in range(4))
        return bytes([kind]) + size[: max(1, (len(content).bit_length() + 6) // 7)] + content

    cells = (record(7, bytes(8) + shown.to_bytes(4, "little")) for shown in shows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.bin", b"")
        archive.writestr("xl/worksheets/sheet1.bin", record(0, row.to_bytes(4, "little")) + b"".join(cells))
        archive.writestr("xl/sharedStrings.bin", b"".join(record(19, bytes(size)) for size in texts))
    return path


def test_the_same_holds_for_a_binary_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_bounds, "TEXT_LIMIT", 1_000_000)
    sheet_bounds.check_archive(xlsb(tmp_path / "a.xlsb", row=9, texts=[10, 200_000], shows=[0] * 5_000 + [1] * 4))
    with pytest.raises(ImportRefused, match="same long texts"):
        sheet_bounds.check_archive(xlsb(tmp_path / "b.xlsb", row=9, texts=[10, 200_000], shows=[1] * 6))
    with pytest.raises(ImportRefused, match="reaches to row 30,000,001"):
        sheet_bounds.check_archive(xlsb(tmp_path / "c.xlsb", row=30_000_000, texts=[], shows=[0]))


def test_more_sheets_than_anybody_makes_are_refused_unless_one_is_named(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", sheets=300)
    assert "300 sheets" in str(refused(path))


def test_a_table_of_contents_of_a_hundred_thousand_parts_is_not_even_listed(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    content = bytearray(packed.getvalue())
    at = content.rfind(b"PK\5\6")
    content[at + 12 : at + 16] = (100_000 * 60).to_bytes(4, "little")
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert "more parts" in str(refused(path))


def test_a_part_that_lies_about_its_size_is_unpacked_no_further_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_bounds, "UNPACKED_LIMIT", 1 << 20)
    path = xlsx(tmp_path / "a.xlsx", shared=TEXT + " " * (3 << 20))
    content = path.read_bytes().replace((len(TEXT) + (3 << 20)).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(content)
    assert "unpacks to more than 1 MB" in str(refused(path))
