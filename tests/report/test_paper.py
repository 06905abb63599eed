"""Pages on paper: PDF and Word say every word of the page, take hostile texts for texts, and give the same bytes again."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.resources import files
from xml.etree import ElementTree as ET

import pytest

from leadline.errors import MissingExtra, UsageError
from leadline.report import paper, pdf, theme
from leadline.report.blocks import (
    Column,
    Empty,
    FindingList,
    FindingView,
    Fix,
    Fixes,
    Heading,
    Notes,
    Page,
    Pairs,
    Picture,
    Section,
    Sentence,
    TableBlock,
)  # fmt: skip
from leadline.report.docx import render_docx
from leadline.report.html import render_html
from leadline.report.md import render_md
from leadline.report.pdf import render_pdf
from leadline.report.printable import BREAK, SHOWN_INSTEAD, breakable, printable
from leadline.report.stills import still
from leadline.report.writing import FORMATS, write_page

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HOSTILE = (
    '#import "@preview/x:0.1.0" #panic("y") $x^2$ \\u{41} ] [ } { *b* _i_ `r` <label> @ref // c /* d */ = h &amp; {{7*7}} '
    '</w:t><w:instrText>INCLUDETEXT "/etc/hostname"</w:instrText> \x00\x0b\ud800 \u202eltr שלום 日本語 🎉 ' + "W" * 400
)


def drawing(width: int, height: int, words: str = "drawn words") -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect width="40" height="20" fill="var(--series-1)"/><text x="5" y="40">{words}</text></svg>'
    )


def every_block(text: str = "") -> Page:
    """A page with every kind of block; `text` stands in every place where a person's words can."""

    def said(words: str) -> str:
        return f"{words} {text}".strip()

    numbers = TableBlock((Column(said("step")), Column("rate", "%", "right")), ((said("lead"), "7 %"),), said("Few"))
    many = TableBlock(
        (Column("day"), Column("reached", align="right")), tuple((f"day-{n}", str(n)) for n in range(40)), "Many"
    )
    table = TableBlock(
        (Column(said("tactic")), Column("money", "kEUR", "right"), Column("why")),
        ((said("Search"), "70.0", "–"), (said("All together"), "1\u202f270.0", "in\u00a0all")),
        said("Money by tactic"), said("Rounded."), ("behind", ""), "sum of the rows",
    )  # fmt: skip
    pictures = (
        Picture(said("Small finding"), said("Small sentence."), drawing=drawing(680, 120), under=said("share, n"), source=said("grade C"), table=numbers),
        Picture(said("Wide finding"), said("Wide sentence."), drawing=drawing(1700, 800), table=many),
        Picture(said("Undrawn finding"), said("Undrawn sentence.")),
    )  # fmt: skip
    judged = (
        Fixes((Fix(said("BRG004"), said("Sales did not agree"), said("Write `agreed`."), said("Ask `sales`."), said("70 kEUR")),)),
        FindingList((FindingView("error", said("OBJ007"), "name", said("Half covered."), said("Too late then."), said("Add one."), said("plan.yaml:3"), said("9 kEUR"), said("waived by w")),), said("What is wrong")),
    )  # fmt: skip
    words = (
        Heading(said("A heading")), Sentence(said("A plain sentence.")), Sentence(said("A lead."), "lead"),
        Sentence(said("An aside."), "aside"), Notes((said("A note"),), said("Notes")), Pairs(((said("Seed"), said("1")),)),
        Empty(said("No orders yet."), said("They tell who returns."), said("Import a shop.")),
    )  # fmt: skip
    return Page(
        said("A title"), said("A kicker"), said("As of 30 Jun 2027"), said("The answer."),
        (
            Section("one", said("What is it?"), said("It is this."), (pictures[0], *words), (said("By counting."),)),
            Section("two", said("Where?"), said("There."), (pictures[1], table, pictures[2])),
            Section("three", said("What now?"), "", judged),
        ),
        said("A title · plan 1a2b3c4d"), (said("Beside it."),),
    )  # fmt: skip


def spoken(thing: object, skip: tuple[str, ...]) -> list[str]:
    """Return every text of a page that a person reads, in no order."""
    if isinstance(thing, str):
        return [thing]
    if isinstance(thing, tuple):
        return [text for one in thing for text in spoken(one, skip)]
    if dataclasses.is_dataclass(thing):
        fields = [one.name for one in dataclasses.fields(thing) if one.name not in skip]
        return [text for name in fields for text in spoken(getattr(thing, name), skip)]
    return []


CLOSED = ("id", "kind", "align", "marks", "links", "element", "level", "language", "drawing", "drawn", "native", "wide", "narrow")  # fmt: skip


def squashed(text: str) -> str:
    """Return the letters of a text without what setting it adds or takes: spaces, hyphens, places to break."""
    return re.sub(rf"[\s\u00ad`{BREAK}{SHOWN_INSTEAD}-]|[\x00-\x1f\ud800]", "", text)


def pdf_words(written: bytes, foot: str) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("PDFTOTEXT IS ABSENT: install poppler-utils to read the words of a PDF back")
    read = subprocess.run(["pdftotext", "-", "-"], input=written, capture_output=True, check=True, timeout=60)
    text = squashed(read.stdout.decode())
    return re.sub(rf"({re.escape(squashed(foot))})?page\d+of\d+", "", text)


def docx_words(written: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(written)) as parts:
        names = [name for name in parts.namelist() if re.match(r"word/(document|footer\d*)\.xml$", name)]
        roots = [ET.fromstring(parts.read(name)) for name in names]  # noqa: S314 (our own file)
    told = [node.text or "" for root in roots for node in root.iter(f"{W}t")]
    told += [node.get("descr", "") for root in roots for node in root.iter() if node.tag.endswith("}docPr")]
    return squashed("".join(told))


def pages_of(written: bytes) -> int:
    return max(int(count) for count in re.findall(rb"/Type/Pages/Count (\d+)", written))


@pytest.fixture(scope="module")
def page() -> Page:
    return every_block()


@pytest.fixture(scope="module")
def as_pdf(page) -> bytes:
    return render_pdf(page)


@pytest.fixture(scope="module")
def as_docx(page) -> bytes:
    return render_docx(page)


def test_word_says_every_text_of_the_page(page, as_docx):
    words = docx_words(as_docx)
    assert [text for text in spoken(page, (*CLOSED, "name")) if squashed(text) not in words] == []


def test_pdf_says_every_text_of_the_page(page, as_pdf):
    words = pdf_words(as_pdf, page.foot)
    # A picture's sentence is its text alternative where it is drawn; it stands in the structure, not on the sheet.
    unseen = {"Small sentence.", "Wide sentence.", page.foot}
    missing = [text for text in spoken(page, (*CLOSED, "name")) if squashed(text) not in words]
    assert set(missing) <= unseen
    told = pdf.document(page)["sections"]
    assert told[0]["blocks"][0]["words"] == "Small sentence."
    assert told[1]["first"]["words"] == "Wide sentence."


def test_all_formats_carry_the_same_words_and_numbers(page, as_pdf, as_docx):
    hidden = (*CLOSED, "name", "kicker", "why", "waiver", "under", "sentence", "foot", "total")
    texts = [text for text in spoken(page, hidden) if text]
    html = squashed(re.sub(r"<[^>]+>", " ", render_html(page)))
    md = squashed(re.sub(r"[\\*]|\u2060", "", render_md(page)))
    written = {"md": md, "html": html, "docx": docx_words(as_docx), "pdf": pdf_words(as_pdf, page.foot)}
    lost = {name: [text for text in texts if squashed(text) not in words] for name, words in written.items()}
    assert lost == {"md": [], "html": [], "docx": [], "pdf": []}


def test_the_same_page_gives_the_same_bytes(page, as_pdf, as_docx):
    assert render_pdf(page) == as_pdf
    assert render_docx(every_block()) == as_docx
    assert render_pdf(dataclasses.replace(page, answer="Another.")) != as_pdf
    assert b"/CreationDate" not in as_pdf
    with zipfile.ZipFile(io.BytesIO(as_docx)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = parts.read("docProps/core.xml").decode()
    assert "created" not in core
    assert "modified" not in core


def test_a_pdf_claims_what_readers_need(as_pdf):
    assert b"<pdfuaid:part>1</pdfuaid:part>" in as_pdf  # headings in order, tables, words for every picture


def test_word_has_real_headings_repeated_heads_and_whole_rows(as_docx):
    import docx

    document = docx.Document(io.BytesIO(as_docx))
    heads = [(one.style.name, one.text) for one in document.paragraphs if one.style.name.startswith("Heading")]
    assert heads[:2] == [("Heading 1", "A title"), ("Heading 2", "What is it?")]
    assert ("Heading 3", "A heading") in heads
    body = document.element.body
    tables = [table for table in body.iter(f"{W}tbl") if next(table.iter(f"{W}tblCaption")).get(f"{W}val")]
    assert len(tables) == 3
    for table in tables:
        rows = list(table.iter(f"{W}tr"))
        assert [len(list(row.iter(f"{W}tblHeader"))) for row in rows] == [1, *[0] * (len(rows) - 1)]
        assert all(len(list(row.iter(f"{W}cantSplit"))) == 1 for row in rows)
    assert document.core_properties.title == "A title"


def test_a_wide_map_stands_on_its_own_lying_sheet_in_both(page, as_docx):
    import docx

    assert pdf.document(page)["sections"][1]["first"]["sheet"][:2] == [420, 297]
    sizes = [
        (round(one.page_width.mm), round(one.page_height.mm)) for one in docx.Document(io.BytesIO(as_docx)).sections
    ]
    assert sizes == [(210, 297), (420, 297), (210, 297)]


@pytest.mark.parametrize(
    ("size", "name"),
    [((680, 250), None), ((680, 720), None), ((1070, 611), "A4 landscape"), ((1618, 821), "A3 landscape"), ((680, 1500), "A3"), ((9000, 9000), "larger than A0")],
)  # fmt: skip
def test_a_picture_gets_the_smallest_sheet_on_which_it_can_be_read(size, name):
    sheet = paper.sheet_for(*size)
    assert (sheet.name if sheet else None) == name
    width, _ = paper.fitted(*size, room=paper.room(sheet))
    assert width / (size[0] * paper.MM_OF_PX) >= paper.SMALLEST_SCALE - 1e-9


def test_few_numbers_stand_behind_their_picture_and_many_in_the_annex(page, as_docx):
    told = pdf.document(page)
    assert told["sections"][0]["blocks"][0]["table"]["rows"] == [["lead", "7\u00a0%"]]
    assert [one["title"] for one in told["annex"]] == ["Wide finding"]
    assert told["sections"][1]["first"]["annex"] == 1
    words = docx_words(as_docx)
    assert squashed("Numbers: annex, table 1.") in words
    assert words.index(squashed("Annex: the numbers behind the pictures")) < words.index("day39")


def test_a_drawing_on_paper_has_light_colours_and_a_face():
    picture = Picture("t", "", drawing=drawing(10, 10))
    found = still(picture)
    assert "var(" not in found.svg
    assert f'fill="{theme.colour("series-1")}"' in found.svg
    assert "font-family=" in found.svg
    assert found.words == "t"
    assert still(Picture("t", "s")) is None
    kept = still(dataclasses.replace(picture, drawn=(drawing(20, 10, '<a href="/plan/of/x">kept</a>'), "")))
    assert "<a>kept</a>" in kept.svg
    assert kept.width == 20


def beyond_the_paper(written: bytes) -> list[str]:
    """Return the words of a PDF that stand outside their sheet, so that nobody could read them."""
    if shutil.which("pdftotext") is None:
        pytest.skip("PDFTOTEXT IS ABSENT: install poppler-utils to read where the words of a PDF stand")
    read = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=written, capture_output=True, check=True, timeout=60)
    found = []
    for sheet in read.stdout.decode(errors="replace").split("<page ")[1:]:
        width, height = (float(length) for length in re.findall(r'(?:width|height)="([\d.]+)"', sheet)[:2])
        for left, top, right, bottom in re.findall(r'xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)"', sheet):
            if float(left) < 0 or float(top) < 0 or float(right) > width + 2 or float(bottom) > height + 2:
                found.append(f"{left} {top} {right} {bottom} on {width} x {height}")
    return found


def test_no_word_is_set_beyond_the_paper_however_long_the_texts(as_pdf, hostile_pdf):
    assert beyond_the_paper(as_pdf) == []
    assert beyond_the_paper(hostile_pdf) == []
    assert beyond_the_paper(render_pdf(every_block("lorem ipsum dolor " * 40))) == []


@pytest.mark.parametrize(("columns", "cell"), [(8, "310 days (200–450)"), (14, "W" * 200), (30, "word " * 40)])
def test_no_cell_is_set_beyond_the_paper_however_wide_the_table(columns, cell):
    heads = tuple(Column(f"column {n}", align="right" if n % 2 else "left") for n in range(columns))
    table = TableBlock(heads, (tuple([cell] * columns),) * 2, "c")
    assert beyond_the_paper(render_pdf(Page("t", "", "", "a", (Section("s", "q?", "a", (table,)),)))) == []


@pytest.fixture(scope="module")
def hostile() -> Page:
    return every_block(HOSTILE)


@pytest.fixture(scope="module")
def hostile_pdf(hostile) -> bytes:
    return render_pdf(hostile)


def test_hostile_texts_stay_texts_in_pdf(hostile, hostile_pdf):
    words = pdf_words(hostile_pdf, hostile.foot)
    for part in ('#import"@preview/x:0.1.0"', '#panic("y")', "$x^2$", "\\u{41}", "<label>@ref", "{{7*7}}", "</w:t>"):
        assert words.count(part) > 20, part


def test_hostile_texts_stay_texts_in_word(hostile):
    written = render_docx(hostile)
    with zipfile.ZipFile(io.BytesIO(written)) as parts:
        assert parts.testzip() is None
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                root = ET.fromstring(parts.read(name))  # noqa: S314 (our own file, read to see that it is well formed)
                orders = {node.text for node in root.iter(f"{W}instrText")}
                assert orders <= {"PAGE", "NUMPAGES"}
                assert not any(node.get("TargetMode") == "External" for node in root.iter())
    words = docx_words(written)
    assert words.count('</w:t><w:instrText>INCLUDETEXT"/etc/hostname"') > 20
    assert words.count("日本語🎉") > 20


def test_text_that_no_format_can_hold_is_shown_as_such():
    assert printable("a\x00b\ud800c\ufffed") == f"a{SHOWN_INSTEAD}b{SHOWN_INSTEAD}c{SHOWN_INSTEAD}d"
    assert printable(" two\n lines\u00a0kept ") == "two lines\u00a0kept"
    assert breakable("xxxx yyyy", 10, size=1) == "xxxx yyyy"
    assert [len(part) for part in breakable("W" * 50, 20, size=1).split(BREAK)] == [20, 20, 10]
    assert breakable("well-known/parts", 6, size=1).split(BREAK) == ["well-", "known/", "parts"]
    assert "." in breakable("123456.7890123", 5, size=1).split(BREAK)[0]  # a number is no address


def test_a_table_of_many_rows_is_written_whole():
    rows = tuple((f"row {n}", str(n)) for n in range(1_500))  # a way that is slow for many would take minutes here
    table = TableBlock((Column("name"), Column("n", align="right")), rows, "Everything")
    long = Page("t", "", "", "a", (Section("s", "q?", "a", (table,)),))
    with zipfile.ZipFile(io.BytesIO(render_docx(long))) as parts:
        assert parts.read("word/document.xml").count(b"<w:tr>") == len(rows) + 1
    some = dataclasses.replace(table, rows=rows[:300])
    part = render_pdf(dataclasses.replace(long, sections=(Section("s", "q?", "a", (some,)),)))
    words = pdf_words(part, "")
    assert [n for n in range(300) if f"row{n}" not in words] == []
    assert words.count("namen") == pages_of(part)  # the head stands again on every sheet


def test_a_wide_table_shrinks_then_lies_down_and_always_fits():
    def laid(columns: int, cell: str, room: float = paper.COLUMN) -> paper.Widths:
        heads = tuple(Column(f"column {n}", align="right" if n % 2 else "left") for n in range(columns))
        return paper.widths(TableBlock(heads, (tuple([cell] * columns),), "c"), room)

    assert laid(3, "short").size == paper.TABLE_SIZE
    assert laid(8, "310 days (200–450)").size < paper.TABLE_SIZE
    assert laid(14, "310 days (200–450)").lying
    for columns in (1, 3, 8, 14, 30):
        for cell in ("x", "310 days (200–450)", "word " * 60, "W" * 300):
            found = laid(columns, cell)
            most = paper.A4_HEIGHT - 2 * paper.SHEET_MARGIN if found.lying else paper.COLUMN
            assert sum(found.columns) <= most + 1e-6
            assert min(found.columns) > 0


def test_no_face_but_its_own_is_needed_for_any_block_and_sign(page, monkeypatch):
    import typst

    marks = tuple(one.word for one in (*theme.VERDICTS, *theme.STANDINGS, *theme.LEVELS))
    signs = TableBlock((Column("sign"),), tuple((mark,) for mark in marks), "Signs", marks=marks)
    page = dataclasses.replace(page, sections=(*page.sections, Section("s", "Signs?", "These → here.", (signs,))))
    monkeypatch.setattr(pdf, "faces", lambda: ((pdf.READING_FACE,), pdf.READING_FACE))
    source = (files("leadline.report") / "templates" / "page.typ").read_bytes()
    told = {"page": json.dumps(pdf.document(page))}
    compiler = typst.Compiler(source, ignore_system_fonts=True, sys_inputs=told)
    _, warnings = compiler.compile_with_warnings(format="pdf", pdf_standards="ua-1")
    assert [str(one) for one in warnings] == []


@pytest.mark.parametrize(("module", "ending", "extra"), [("typst", "pdf", "pdf"), ("docx", "docx", "office")])
def test_an_absent_extra_is_named_with_what_works_without_it(monkeypatch, tmp_path, page, module, ending, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=rf'needs the extra "{extra}", which is not installed\. Install leadline'):
        write_page(page, tmp_path / f"review.{ending}")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_by_its_ending(tmp_path, page, as_docx):
    assert {"html", "md", "pdf", "docx"} <= set(FORMATS)
    write_page(page, tmp_path / "deep" / "page.DOCX")
    assert (tmp_path / "deep" / "page.DOCX").read_bytes() == as_docx
    write_page(page, tmp_path / "page.md")
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == render_md(page)
    with pytest.raises(UsageError, match=r'report format "odt" is not known.*Known: .*docx'):
        write_page(page, tmp_path / "page.odt")
