"""The review page as one file: complete, escaped, without a request, the same bytes every time, honest when empty."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from leadline.decide.standing import Range
from leadline.report import blocks
from leadline.report.html import css_text, render_html, style_sheet
from leadline.report.md import render_md
from leadline.report.pages import measured
from leadline.report.pages.review import review_page
from leadline.review.result import MapData, Review

pytestmark = pytest.mark.slow

VOID = {"meta", "img", "br", "hr", "input", "link"}


class Reader(HTMLParser):
    """Keeps every element with its attributes and the texts, and sees tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def page(review) -> blocks.Page:
    return review_page(review)


@pytest.fixture(scope="module")
def html(page) -> str:
    return render_html(page)


def test_the_sections_stand_in_the_order_of_reading(page):
    assert [section.id for section in page.sections] == [
        "hundred", "fixes", "map", "objectives", "bridge", "credit", "bets", "findings", "evidence", "method",
    ]  # fmt: skip
    assert all(section.question.endswith("?") and section.answer for section in page.sections)


def test_structure_landmarks_headings_and_tables(html):
    read = Reader(html)
    assert read.open == []
    assert read.all("html")[0]["lang"] == "en"
    tags = [tag for tag, _ in read.elements]
    assert [
        tags.count(tag) for tag in ("h1", "main", "header", "footer", "nav", "style", "script", "iframe", "img", "link")
    ] == [1, 1, 1, 1, 1, 1, 0, 0, 0, 0]
    assert tags.count("h2") == 10
    assert all(head.get("scope") in {"col", "row"} for head in read.all("th"))
    assert len(read.all("caption")) == len(read.all("table")) > 8
    assert next(a for a in read.all("a"))["href"] == "#answer"
    ids = [attributes["id"] for _, attributes in read.elements if attributes.get("id")]
    targets = {a["href"].removeprefix("#") for a in read.all("a")}
    assert targets <= set(ids)
    named = {word for _, attributes in read.elements for word in (attributes.get("aria-labelledby") or "").split()}
    assert named <= set(ids)


def test_headings_never_skip_a_level(html):
    levels = [int(tag[1]) for tag, _ in Reader(html).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_picture_has_a_title_words_a_source_and_numbers_behind_it(page, html):
    pictures = [block for section in page.sections for block in section.blocks if isinstance(block, blocks.Picture)]
    assert len(pictures) >= 8
    assert all(picture.title and picture.sentence and "plan 1a2b3c4d" in picture.source for picture in pictures)
    drawings = Reader(html).all("svg")
    assert all(svg["role"] == "img" and svg["aria-labelledby"] for svg in drawings)
    assert len(drawings) == sum(1 if p.drawing else 2 for p in pictures)


def test_no_request_leaves_the_page_and_the_policy_says_so(html):
    policy = next(meta["content"] for meta in Reader(html).all("meta") if meta.get("http-equiv"))
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    outside = re.sub(r'xmlns(:\w+)?="[^"]*"', "", html)
    assert not re.search(r"https?:|//\w|@import|url\((?!#)", outside)
    assert not re.search(r"\sstyle=|\son\w+=", html)


def test_the_hash_in_the_policy_is_that_of_the_sheet(html):
    import base64
    import hashlib

    sheet = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    assert base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode() in html


def test_the_same_review_gives_the_same_bytes_of_a_reasonable_size(review, html):
    assert render_html(review_page(review)) == html
    assert len(html.encode()) < 1_500_000


def test_hostile_texts_stay_texts_wherever_they_stand(review, sample):
    read = Reader(render_html(review_page(sample.poison(review))))
    assert read.open == []
    tags = {tag for tag, _ in read.elements}
    assert not tags & {"script", "img", "iframe", "object", "embed", "link", "base", "form"}
    assert not [name for _, attributes in read.elements for name in attributes if name.startswith("on")]
    assert "".join(read.texts).count("<script>alert('1')</script>") > 50
    assert "49" not in "".join(re.findall(r"FFFFFF (\S+)", "".join(read.texts)))
    sheet = re.search(r"<style>(.*?)</style>", render_html(review_page(sample.poison(review))), re.DOTALL)[1]
    assert "evil" not in sheet.replace("\\", "") or "</" not in sheet


def test_the_foot_of_printed_sheets_cannot_leave_its_string():
    assert (
        css_text('x";} body{display:none}</style>')
        == '"x\\22 \\3b \\7d \\20 body\\7b display\\3a none\\7d \\3c \\2f style\\3e "'
    )
    assert "display:none}</style" not in style_sheet('x";} body{display:none}</style>')


def bare(review: Review) -> Review:
    empty = {
        "bets": (),
        "forecasts": (),
        "steps": (),
        "credits": None,
        "evidence": None,
        "fixes": (),
        "snapshot": None,
        "sentences": (),
    }
    check = SimpleNamespace(
        **{**vars(review.check), "findings": (), "shown": (), "waived": (), "skipped": (), "settings_changed": ()}
    )
    return replace(review, **empty, check=check, map=MapData((), ()))


def test_a_section_without_material_says_what_it_takes(review):
    page = review_page(bare(review))
    for section in page.sections:
        if section.id in {"map", "objectives", "bridge", "credit", "bets", "evidence"}:
            assert [type(block) for block in section.blocks] == [blocks.Empty]
            assert section.blocks[0].why
            assert section.blocks[0].step
    said = {section.id: section.answer for section in page.sections}
    assert said["findings"] == "No findings in 87 rules."
    assert said["fixes"] == "Nothing is blocking: no finding in 87 rules asks for a change first."
    assert "no evidence imported" in page.foot
    assert Reader(render_html(page)).open == []


def test_a_hundred_without_cost_gives_its_reason(review):
    nothing = dict.fromkeys(("proven", "believed", "attention", "nothing", "run"))
    found = replace(review.check.scores.hundred, **nothing, reason="no growth tactic has a budget or priced hours")
    check = SimpleNamespace(**{**vars(review.check), "scores": SimpleNamespace(hundred=found)})
    section = review_page(replace(review, check=check)).sections[0]
    assert section.answer == "Where each 100 EUR goes cannot be told: no growth tactic has a budget or priced hours."


def test_bad_news_stands_first(page):
    sections = {section.id: section for section in page.sections}
    assert (
        sections["objectives"].answer
        == "Of 2 objectives: 1 is unlikely to be reached (Monitoring contracts); for 1 the chance is unknown."
    )
    assert sections["bets"].answer == "Of 6 bets: 2 behind, 3 can't tell, 1 on course."
    table = next(block for block in sections["bets"].blocks if isinstance(block, blocks.TableBlock))
    assert [row[5] for row in table.rows] == ["behind", "behind", "can't tell", "can't tell", "can't tell", "on course"]
    assert sections["bridge"].answer.startswith(
        "No: fewer go on than the plan believes at Leads → Sales-qualified opportunities. 1 step is not measured"
    )


def test_a_slow_step_speaks_against_the_bridge_too(review):
    slow = replace(review.steps[0], measured_rate=None, measured_lag=Range(200, 310, 450, "days"))
    section = next(s for s in review_page(replace(review, steps=(slow,))).sections if s.id == "bridge")
    assert section.answer.startswith("No: it takes longer at Leads → Sales-qualified opportunities.")
    fast = replace(slow, measured_lag=Range(15, 21, 28, "days"), measured_rate=Range(0.11, 0.14, 0.17, "share"))
    section = next(s for s in review_page(replace(review, steps=(fast,))).sections if s.id == "bridge")
    assert section.answer == "Where it was measured, nothing speaks against it."


def test_a_finding_names_its_file_without_the_folder_and_sets_code_as_code(review, sample):
    place = sample.Place("somebody/folder/plan.yaml", 42, 7, 42, 20)
    one = sample.finding("BRG001", "error", "tactic `x` leads nowhere", place=place)
    check = SimpleNamespace(**{**vars(review.check), "findings": (one,), "shown": (one,), "waived": ()})
    html = render_html(review_page(replace(review, check=check)))
    assert "plan.yaml:42" in html
    assert "somebody" not in html
    assert "Tactic <code>x</code> leads nowhere." in html


def test_waived_findings_stand_apart_and_are_printed(page, html):
    lists = [block for section in page.sections for block in section.blocks if isinstance(block, blocks.FindingList)]
    assert [block.caption for block in lists] == [
        "",
        "These follow from the ones above",
        "Waived",
        "What is odd about the data",
    ]
    assert "waived by w-podcast" in html
    assert "Threshold changed from its default" in html


def test_long_tables_show_twelve_rows_and_then_all(review):
    rows = tuple((f"row {n}", str(n)) for n in range(30))
    table = blocks.TableBlock((blocks.Column("name"), blocks.Column("n", align="right")), rows, "Thirty rows")
    section = blocks.Section("s", "How many?", "Thirty.", (table,))
    html = render_html(blocks.Page("t", "k", "u", "a", (section,)))
    before, _, after = html.partition("Show all 30 rows")
    assert before.count('scope="row"') == 12
    assert after.count('scope="row"') == 18


def test_words_nobody_may_use_are_not_used(html):
    text = " ".join(Reader(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)).texts).lower()
    for word in (r"significant", r"\bproves\b", r"\boptimal\b", r"\bai\b", r"\binsight", r"great job"):
        assert not re.search(word, text), word


def test_markdown_says_the_same_and_escapes_it(review, page, sample):
    text = render_md(page)
    assert text.startswith("# PumpWatch 2027\n")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [f"## {s.question}" for s in page.sections]
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert all(line.endswith(" |") for line in rows)
    hostile = render_md(review_page(sample.poison(review)))
    assert not re.search(r"(?<!\\)<script", hostile)
    assert not re.search(r"https?://", hostile)
    for line in hostile.splitlines():
        if line.startswith("| "):
            assert "\\|" in line or sample.HOSTILE[-5:] not in line


def test_conversions_that_no_model_can_credit_stand_in_a_line_of_their_own(review):
    (picture,) = measured.credit(review).blocks
    table = picture.table
    line = tuple(map(str, table.rows[-1]))
    assert (line[:2], line[2].replace("\u202f", "")) == (("(unattributed)", "every model"), "1234")
    assert table.note.replace("\u202f", "").endswith("with that of every model, add up to 1400 conversions.")
