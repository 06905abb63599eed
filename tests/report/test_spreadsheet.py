"""A page as a spreadsheet and its tables as CSV: typed, guarded, the same bytes, whatever a name holds."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from leadline.decide.standing import Range
from leadline.report import cells
from leadline.report.blocks import Page, Picture, Section, TableBlock
from leadline.report.figure import Figure
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.pages.review import review_page
from leadline.report.pages.source import columns
from leadline.report.saying import day, estimate, money, number, value
from leadline.report.table_csv import table_csv
from leadline.report.xlsx import render_xlsx, sheet_names
from leadline.review.result import Review

FORMULAS = (
    "=cmd|'/C calc'!A0",
    "+1",
    "-1",
    "@x",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1+1",
    "＝1+1",
    '=HYPERLINK("http://evil")',
)
DAY = dt.date(2027, 3, 2)


def page_of(*blocks: TableBlock | Picture) -> Page:
    section = Section("s", "How much?", "So much.", blocks, ("Counted.",))
    return Page(
        "Plan", "Review", "As of 2 Mar 2027 · plan 1a2b3c4d · draft", "The answer.", (section,), foot="plan 1a2b3c4d"
    )


def table(*rows: tuple[str, ...], total: str = "") -> TableBlock:
    return TableBlock(columns("name", ">rate", ">cost|kEUR", "on"), rows, "Rates", "A note.", total=total)


def opened(file: bytes) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(io.BytesIO(file))


def rows_of(file: bytes, sheet: int) -> list[list[Any]]:
    """The rows below the head of a sheet, with the head first."""
    return opened(file).get_sheet_by_index(sheet).to_python()[3:]


SEARCH = ("Search", estimate(Range(0.05, 0.07, 0.1, "share"), "%"), money(1250.0, "EUR"), day(DAY))
BARE = ("Posts", "–", money(40.5, "EUR"), "–")


def test_numbers_intervals_and_days_are_typed_cells() -> None:
    head, first, second, *_ = rows_of(render_xlsx(page_of(table(SEARCH, BARE))), 1)
    assert head == ["name", "rate (%)", "rate, low (%)", "rate, high (%)", "cost (EUR)", "on"]
    assert first == ["Search", 0.07, 0.05, 0.1, 1250.0, DAY]
    assert second == ["Posts", "–", "–", "–", 40.5, "–"]


def test_a_column_of_several_units_says_the_unit_of_each_row() -> None:
    mixed = TableBlock(columns("bet", ">plan"), (("a", value(0.14, "%")), ("b", value(20.0, "days"))), "Bets")
    head, *rows = rows_of(render_xlsx(page_of(mixed)), 1)[:3]
    assert head == ["bet", "plan", "plan, unit"]
    assert rows == [["a", 0.14, "%"], ["b", 20.0, "days"]]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula_or_a_link(text: str) -> None:
    file = render_xlsx(page_of(table((text, number(1), number(2), text))))
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        sheet = parts.read("xl/worksheets/sheet2.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    written = list(csv.reader(io.StringIO(table_csv(table((text, number(1), number(2), text))).decode("utf-8-sig"))))
    assert written[1][0].startswith("'")
    assert written[1][1] == "1"


def test_csv_holds_plain_numbers_and_days() -> None:
    file = table_csv(table(SEARCH, ("=x", number(-3.5), money(-1250.0, "EUR"), "–")))
    head, first, second = csv.reader(io.StringIO(file.decode("utf-8-sig")))
    assert head == ["name", "rate", "rate, low", "rate, high", "rate, unit", "cost (EUR)", "on"]
    assert first == ["Search", "0.07", "0.05", "0.1", "%", "1250", "2027-03-02"]
    assert second == ["'=x", "-3.5", "", "", "count", "-1250", ""]


def test_a_share_says_in_csv_that_it_is_one() -> None:
    shares = TableBlock(columns("name", ">rate"), (("a", value(0.14, "%")),), "Rates")
    assert table_csv(shares).decode("utf-8-sig").splitlines() == ["name,rate (share 0 to 1)", "a,0.14"]


def test_the_first_sheet_lists_the_others_and_says_what_they_rest_on() -> None:
    file = render_xlsx(page_of(table(SEARCH), table(BARE)))
    said = [str(cell) for row in opened(file).get_sheet_by_index(0).to_python() for cell in row if cell != ""]
    for text in ("Plan", "As of 2 Mar 2027 · plan 1a2b3c4d · draft", "The answer.", "1 Rates", "2 Rates", "Counted."):
        assert text in said


def test_the_numbers_of_a_chart_without_a_table_are_a_sheet() -> None:
    chart = NativeChart("bar", ("a", "b"), (NativeSeries("seen", (1.0, None), (0.5, None), (2.0, None)),))
    head, *rows = rows_of(render_xlsx(page_of(Picture("Rates differ", "They do.", native=(chart,)))), 1)[:3]
    assert head == ["", "seen", "seen, low", "seen, high"]
    assert rows == [["a", 1.0, 0.5, 2.0], ["b", "–", "–", "–"]]


def rounded(cell: object) -> object:
    """A number without its last digits: the format keeps 16 significant ones, a double may need 17."""
    return float(f"{cell:.12g}") if isinstance(cell, (int, float)) else cell


def test_what_is_no_number_is_written_as_words() -> None:
    nan, endless = float("nan"), float("inf")
    odd = TableBlock(
        columns("a", ">n"), (("x", Figure("can't tell", value=nan, low=-endless, high=1.0, unit="count")),), "Odd"
    )
    chart = NativeChart("bar", ("a",), (NativeSeries("seen", (nan,), (1.0,), (endless,)),))
    file = render_xlsx(page_of(odd, Picture("Odd", "Odd.", native=(chart,))))
    assert rows_of(file, 1)[1] == ["x", "can't tell", "–", 1.0]
    assert rows_of(file, 2)[1] == ["a", "–", 1.0, "–"]


def test_every_figure_of_a_review_stands_in_its_spreadsheet(review: Review) -> None:
    page = review_page(review)
    book = opened(render_xlsx(page))
    found = cells.tables(page)
    assert len(found) >= 7
    grids = cells.grids(page)
    assert len(book.sheet_names) == 1 + len(grids)
    for block in found:
        place = next(index for index, grid in enumerate(grids) if grid.caption == block.caption)
        written = {rounded(cell) for row in book.get_sheet_by_index(place + 1).to_python() for cell in row}
        for cell in (cell for row in block.rows for cell in row if isinstance(cell, Figure) and cell.unit != "pp"):
            for said in (cell.value, cell.low, cell.high, cell.day):
                assert said is None or rounded(said) in written


def test_the_same_page_gives_the_same_bytes() -> None:
    page = page_of(table(SEARCH, BARE, total="sum of the rows"))
    assert render_xlsx(page) == render_xlsx(page)


@given(st.lists(st.text(), max_size=4))
@settings(max_examples=40)
def test_sheets_have_names_every_spreadsheet_takes(captions: list[str]) -> None:
    names = sheet_names(["Contents", *captions])
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert 0 < len(name) <= 31
        assert not set(name) & set("[]:*?/\\'")


def test_hostile_texts_leave_a_file_that_opens(review: Review, sample: ModuleType) -> None:
    book = opened(render_xlsx(review_page(sample.poison(review))))
    assert book.get_sheet_by_index(1).to_python()[0][0].startswith("The hundred")
    odd = table(("\x00\x1b\ud800" + "x" * 40_000, number(1), number(2), "–"))
    cell = rows_of(render_xlsx(page_of(odd)), 1)[1][0]
    assert cell.startswith("\ufffd\ufffd\ufffdxxx")
    assert len(cell) == 32_767
