"""Rejected records taken apart for a form, and put together again as their file had them."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from leadline.evidence.broken import LONGEST, broken, together, write_mended
from leadline.evidence.mending import read_mended
from leadline.evidence.sources.records import csv_record
from leadline.evidence.sources.sheets import row_text

HEADER = ("Day", "Campaign", "Cost")
CELLS = st.lists(
    st.text(st.characters(exclude_categories=("C",)) | st.sampled_from('",;\n\t='), max_size=8), min_size=1, max_size=5
)


def record(raw, *, place="Cost", delimiter=",", line=7):
    row = {"place": place, "reason": "bad_number", "text": '"much" is not a number', "raw": raw, "part": None}
    return broken(line, [row], header=HEADER, delimiter=delimiter)


@given(CELLS, st.sampled_from(",;\t"))
def test_a_record_that_nobody_changed_says_the_same_again(cells, delimiter):
    found = record(csv_record(cells, delimiter=delimiter), delimiter=delimiter)
    again = together(found, [cell.value for cell in found.cells], delimiter=delimiter)
    read = next(iter(csv.reader(io.StringIO(again, newline=""), delimiter=delimiter)), [])
    shown = [*cells, *[""] * (len(HEADER) - len(cells))]
    while len(shown) > len(HEADER) and not shown[-1]:
        shown.pop()
    assert read == shown


@given(
    st.lists(
        st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=20).map(lambda text: f"={text}"),
        min_size=1,
        max_size=3,
    )
)
def test_what_is_guarded_against_spreadsheets_comes_back_without_the_guard(tmp_path_factory, raws):
    path = tmp_path_factory.mktemp("mended") / "mended.csv"
    mended = [(record(raw, line=number), raw) for number, raw in enumerate(raws, 2)]
    write_mended(path, mended, import_id="0123456789abcdef")
    with path.open(encoding="utf-8", newline="") as file:
        assert all(row["raw"].startswith("'=") for row in csv.DictReader(file))
    assert dict(read_mended(path, stored={}).records) == dict(enumerate(raws, 2))


def test_the_cell_at_fault_is_marked_and_without_one_all_are():
    assert [cell.is_wrong for cell in record("2026-05-01,Repair,much").cells] == [False, False, True]
    assert all(cell.is_wrong for cell in record("2026-05-01,Repair,1", place=None).cells)


def test_cells_behind_the_header_are_at_fault_and_go_once_they_are_emptied():
    found = record("2026-05-01,Repair,1,200", place=None)
    assert [(cell.name, cell.is_wrong) for cell in found.cells][2:] == [("Cost", False), ("", True)]
    assert together(found, ["2026-05-01", "Repair", "1200", ""], delimiter=",") == "2026-05-01,Repair,1200"


def test_what_is_no_row_of_cells_is_one_text():
    assert [cell.value for cell in record('{"a": 1', delimiter=None).cells] == ['{"a": 1']
    assert [cell.value for cell in record('a,"open').cells] == ['a,"open']
    assert [cell.value for cell in record("hex:fc6265722c31").cells] == ["über,1"]
    assert together(record('{"a": 1', delimiter=None), ['{"a": 1}'], delimiter=None) == '{"a": 1}'


def test_a_line_break_in_a_cell_of_a_workbook_stays_in_its_cell():
    assert [cell.value for cell in record(row_text(["2026-05-01", "two\nlines", 1.0])).cells] == [
        "2026-05-01",
        "two\nlines",
        "1",
    ]


def test_a_record_too_long_for_a_form_says_so():
    assert record("x" * (LONGEST + 1)).is_too_long
    assert not record("x" * LONGEST).is_too_long
