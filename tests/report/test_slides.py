"""A page as slides: real charts with the page's own numbers, intervals as error bars, every text inside its box."""

from __future__ import annotations

import datetime as dt
import io
import sys
import zipfile
from types import ModuleType
from typing import Any

import pytest
from lxml import etree
from pptx import Presentation
from pptx.oxml.ns import qn
from python_calamine import CalamineWorkbook

from leadline.errors import MissingExtra
from leadline.report.blocks import Page, Picture, Section, TableBlock
from leadline.report.figure import Figure
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.pages.review import review_page
from leadline.report.pages.source import columns
from leadline.report.pictures.depth import Band, DepthLine
from leadline.report.pictures.weeks import WeekRow, WeekRows
from leadline.report.pptx import render_pptx
from leadline.report.saying import number
from leadline.report.slides import deck, fitting
from leadline.review.result import Review


@pytest.fixture(scope="module")
def page(review: Review) -> Page:
    return review_page(review)


@pytest.fixture(scope="module")
def slides(page: Page) -> list[Any]:
    return list(Presentation(io.BytesIO(render_pptx(page))).slides)


def deck_of(*blocks: Picture | TableBlock, answer: str = "So much.") -> list[Any]:
    page = Page(
        "Plan", "Review", "As of today", "The answer.", (Section("s", "How much?", answer, blocks),), foot="plan 1a"
    )
    return list(Presentation(io.BytesIO(render_pptx(page))).slides)


def charts_of(slides: list[Any]) -> list[Any]:
    return [shape for slide in slides for shape in slide.shapes if shape.has_chart]


def pictures_of(page: Page) -> list[Picture]:
    return [block for section in page.sections for block in section.blocks if isinstance(block, Picture)]


def reach(series: Any, tag: str) -> dict[int, float]:
    """How far the error bars of a series go, by the place of the value."""
    points = series._element.findall(f"{qn('c:errBars')}/{qn(tag)}/{qn('c:numRef')}/{qn('c:numCache')}/{qn('c:pt')}")
    return {int(point.get("idx")): float(point.find(qn("c:v")).text) for point in points}


def test_each_picture_with_numbers_is_charts_and_each_other_a_drawing(page: Page, slides: list[Any]) -> None:
    drawn = pictures_of(page)
    assert len(charts_of(slides)) == sum(len(picture.native) for picture in drawn)
    assert sum(bool(picture.native) for picture in drawn) >= 6
    images = [shape for slide in slides for shape in slide.shapes if shape.shape_type == 13]
    assert len(images) == sum(not picture.native for picture in drawn)


def test_charts_hold_the_numbers_of_the_page_and_their_intervals(page: Page, slides: list[Any]) -> None:
    natives = [chart for picture in pictures_of(page) for chart in picture.native]
    with_interval = 0
    for shape, native in zip(charts_of(slides), natives, strict=True):
        assert list(shape.chart.plots[0].categories) == [str(one) if not isinstance(one, dt.date) else one.isoformat() for one in native.categories] or isinstance(native.categories[0], dt.date)  # fmt: skip
        for series, told in zip(shape.chart.plots[0].series, native.series, strict=True):
            assert tuple(series.values) == pytest.approx(told.values)
            ends = told.has_interval()
            with_interval += ends
            assert (series._element.find(qn("c:errBars")) is not None) == ends
            down, up = reach(series, "c:minus"), reach(series, "c:plus")
            for place, (value, low, high) in enumerate(
                zip(told.values, told.low, told.high, strict=True) if ends else ()
            ):
                if value is not None and low is not None and high is not None:
                    assert value - down[place] == pytest.approx(low)
                    assert value + up[place] == pytest.approx(high)
    assert with_interval >= 8


def test_charts_and_tables_say_the_same_numbers(page: Page) -> None:
    by_title = {picture.table.caption: picture for picture in pictures_of(page) if picture.table and picture.native}
    hundred = by_title["The hundred: parts, money, tactics"]
    assert [one.values[0] for one in hundred.native[0].series] == [float(row[1]) for row in hundred.table.rows]
    forest = next(picture for caption, picture in by_title.items() if "by group" in caption)
    rates = [row[3] for row in forest.table.rows]
    assert all(isinstance(rate, Figure) for rate in rates)
    series = forest.native[0].series[0]
    assert list(zip(series.values, series.low, series.high, strict=True)) == [(r.value, r.low, r.high) for r in rates]
    bridge = by_title["Rate and lag of each step, with 90 % intervals"]
    measured = [row[5].value if isinstance(row[5], Figure) else None for row in bridge.table.rows]
    assert list(bridge.native[0].series[1].values) == measured


def test_the_workbook_in_a_chart_opens_and_holds_the_intervals(page: Page, slides: list[Any]) -> None:
    natives = [chart for picture in pictures_of(page) for chart in picture.native]
    for shape, native in zip(charts_of(slides), natives, strict=True):
        blob = shape.chart.part.chart_workbook.xlsx_part.blob
        head, *rows = CalamineWorkbook.from_filelike(io.BytesIO(blob)).get_sheet_by_index(0).to_python()
        assert len(rows) == len(native.categories)
        assert len(head) == 1 + len(native.series) + 2 * sum(one.has_interval() for one in native.series)
        for index, series in enumerate(native.series, start=1):
            assert [row[index] for row in rows] == [pytest.approx(v) if v is not None else "" for v in series.values]


def test_parts_of_a_series_stand_in_the_order_of_the_schema() -> None:
    chart = NativeChart("bar", ("a", "b"), (NativeSeries("seen", (1.0, 2.0), (0.5, 1.0), (2.0, 4.0)),))
    line = DepthLine("x", "count", 10.0, dt.date(2027, 12, 31), dt.date(2027, 6, 30), actual=((dt.date(2027, 1, 1), 1.0), (dt.date(2027, 6, 1), 2.0)),
                     fan=(Band(dt.date(2027, 7, 1), 1, 2, 3, 4, 5), Band(dt.date(2027, 12, 31), 1, 2, 3, 4, 5)))  # fmt: skip
    slides = deck_of(Picture("One", "s", native=(chart,)), Picture("Two", "s", native=line.native()))
    order = [
        "idx",
        "order",
        "tx",
        "spPr",
        "invertIfNegative",
        "marker",
        "dPt",
        "dLbls",
        "trendline",
        "errBars",
        "cat",
        "val",
        "smooth",
    ]
    seen = 0
    for shape in charts_of(slides):
        for series in shape.chart.plots[0].series:
            tags = [etree.QName(part).localname for part in series._element]
            assert tags == sorted(tags, key=order.index)
            seen += "errBars" in tags
    assert seen == 2


def test_weeks_are_days_and_more_rows_than_a_slide_holds_go_on(page: Page) -> None:
    weeks = ("2027-W01", "2027-W02", "2027-W03")
    rows = WeekRows(tuple(WeekRow(f"p{n}", {"2027-W02": 5.0 + n}, 10.0, ("a", "b")) for n in range(8)), weeks, "hours")
    slides = deck_of(Picture("Nobody is over", "s", native=rows.native()))
    assert [len(charts_of([slide])) for slide in slides] == [0, 6, 2]
    assert rows.native()[0].categories[0] == dt.date(2027, 1, 4)
    assert slides[2].shapes.title.text == "Nobody is over (2 of 2)"


def test_every_slide_has_a_title_and_notes_and_every_picture_words(slides: list[Any]) -> None:
    for slide in slides:
        assert slide.shapes.title.text.strip()
        assert slide.notes_slide.notes_text_frame.text
        for shape in slide.shapes:
            if shape.has_chart or shape.has_table or shape.shape_type == 13:
                assert next(shape._element.iter(qn("p:cNvPr"))).get("descr")
    assert any("How we know" in slide.notes_slide.notes_text_frame.text for slide in slides)


def test_long_tables_are_split_with_their_head_and_lose_no_row() -> None:
    rows = tuple((f"row {n}", number(n)) for n in range(60))
    slides = deck_of(TableBlock(columns("name", ">n"), rows, "Many"))
    tables = [shape.table for slide in slides for shape in slide.shapes if shape.has_table]
    assert len(tables) > 2
    assert {table.cell(0, 1).text for table in tables} == {"n"}
    read = [(row.cells[0].text, row.cells[1].text) for table in tables for row in list(table.rows)[1:]]
    assert read == [(name, str(count)) for name, count in rows]


def inside(slide: Any) -> None:
    """Every box lies on the slide, and every text needs no more room than its box has."""
    for shape in slide.shapes:
        left, top, width, height = (getattr(shape, side).pt for side in ("left", "top", "width", "height"))
        assert left >= 0
        assert left + width <= deck.WIDTH + 0.5
        if shape.has_text_frame:
            needed = sum(
                fitting.height(line.text, width, size=line.runs[0].font.size.pt if line.runs else 10)
                for line in shape.text_frame.paragraphs
            )
            assert top + needed <= deck.HEIGHT + 1, shape.text_frame.text[:60]
        else:
            assert top + height <= deck.HEIGHT + 1


def test_every_text_stands_inside_its_slide(slides: list[Any]) -> None:
    for slide in slides:
        inside(slide)


def test_hostile_texts_leave_slides_that_open_and_hold_them(review: Review, sample: ModuleType) -> None:
    file = render_pptx(review_page(sample.poison(review)))
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(parts.read(name))
    for slide in Presentation(io.BytesIO(file)).slides:
        inside(slide)


@pytest.mark.parametrize("text", ["x" * 100_000, "word " * 20_000, "\x00\x1b\ud800 <a>&", "", "漢" * 5_000])
def test_endless_and_broken_texts_are_cut_to_their_box(text: str) -> None:
    chart = NativeChart("bar", (text, "b"), (NativeSeries(text, (1.0, 2.0), (0.5, None), (2.0, None)),), title=text)
    table = TableBlock(columns(text, ">n"), ((text, number(1)),), text)
    for slide in deck_of(Picture(text, text, under=text, native=(chart,)), Picture("t", text), table, answer=text):
        inside(slide)


def test_the_same_page_gives_the_same_bytes(page: Page) -> None:
    small = Page(page.title, page.kicker, page.under, page.answer, page.sections[:1], foot=page.foot)
    assert render_pptx(small) == render_pptx(small)


def test_without_the_extra_the_next_step_is_named(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(MissingExtra, match=r'needs the extra "office".*leadline\[office\], or write HTML'):
        render_pptx(page)
