"""A stage history becomes the steps of a pipeline, whatever its columns are called; nothing is lost on the way."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from leadline.errors import NothingDone, UsageError
from leadline.evidence.stage_files import read_stage_file

FILE = """Deal ID,Deal Stage,Date,Amount,Campaign
d1,lead,2027-01-01,100,search
d1,sqo,2027-01-11,120,search
d1,won,2027-03-01,150,search
d2,lead,2027-01-05,,fair
d2,Closed Lost,2027-02-01,,fair
d3,sqo,2027-01-20,,
d4,lead,soon,,
,lead,2027-01-09,,
d5,lead,2027-06-01,,
"""
AS_OF = dt.datetime(2027, 4, 1)  # noqa: DTZ001 - UTC without zone, as everywhere in the warehouse


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "deals.csv"
    path.write_text(FILE, encoding="utf-8")
    return read_stage_file(path, {})


def test_stages_stand_in_the_order_in_which_subjects_pass_them(table):
    assert table.order == ("lead", "sqo", "won")


def test_a_row_that_cannot_be_read_is_a_reject_with_its_line(table):
    assert [(reject["line"], reject["text"]) for reject in table.rejects] == [
        (8, "soon is not a date"),
        (9, "subject or stage is empty"),
    ]


def test_a_step_holds_entries_moves_and_losses_up_to_the_day(table):
    step = table.steps(AS_OF, {})[0]
    rows = dict(zip(step.subject, zip(step.end, step.skipped, ~np.isnat(step.moved_at), strict=True), strict=True))
    assert rows == {"d1": ("", False, True), "d2": ("lost", False, False), "d3": ("", True, True)}
    assert (step.from_state, step.to_state) == ("lead", "sqo")
    assert step.tactic.tolist() == ["search", "fair", ""]


def test_a_stage_passed_over_counts_for_the_rate_and_not_for_the_lag(table):
    step = table.steps(AS_OF, {})[0]
    assert step.skipped.tolist() == [False, False, True]


def test_the_day_from_which_a_stage_was_recorded_reaches_its_step(table):
    since = dt.datetime(2027, 2, 1)  # noqa: DTZ001 - UTC without zone
    assert [step.recorded_from for step in table.steps(AS_OF, {"won": since})] == [None, since]


def test_an_unknown_column_or_stage_is_named_with_the_known_ones(tmp_path, table):
    path = tmp_path / "deals.csv"
    with pytest.raises(UsageError, match="Deal Stage"):
        read_stage_file(path, {"stage": "Phase"})
    with pytest.raises(UsageError, match="lead, sqo, won"):
        table.steps(AS_OF, {"signed": AS_OF})
    with pytest.raises(UsageError, match="lead, sqo, won"):
        read_stage_file(path, {}, order=["lead", "demo"])


def test_a_file_without_the_needed_columns_says_how_to_name_them(tmp_path):
    path = tmp_path / "deals.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="--subject COLUMN, --stage COLUMN, --entered-at COLUMN"):
        read_stage_file(path, {})


def test_a_file_of_rejects_alone_is_nothing_done(tmp_path):
    path = tmp_path / "deals.csv"
    path.write_text("subject,stage,date\n,,\n,,\n", encoding="utf-8")
    with pytest.raises(NothingDone):
        read_stage_file(path, {})


def test_parquet_and_spreadsheets_are_read_alike(tmp_path, table):
    import pyarrow as pa
    import pyarrow.parquet as pq
    import xlsxwriter

    rows = [line.split(",") for line in FILE.splitlines()]
    columns = {name: [row[at] or None for row in rows[1:]] for at, name in enumerate(rows[0])}
    pq.write_table(pa.table(columns), tmp_path / "deals.parquet")
    with xlsxwriter.Workbook(tmp_path / "deals.xlsx") as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    for name in ("deals.parquet", "deals.xlsx"):
        again = read_stage_file(tmp_path / name, {})
        assert again.entries == table.entries
        assert again.order == table.order
