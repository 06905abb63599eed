"""Rejects come back mended: read as their import read them, counted once, and gone from the rejects."""

from __future__ import annotations

import csv
import shutil
import stat
from dataclasses import replace

import pytest

from leadline.workspace import Workspace

LEADS = """
mapping: 1
table: stages
match: {header: [id, day, mail]}
file: {delimiter: ";", dates: dmy, skip: 1}
key: [id]
columns: {subject_kind: {const: person}, stage: {const: lead}, entered_at: day}
identifiers: {crm: id, email: mail}
"""
ROWS = ["made by hand;;", "id;day;mail", *(f"{n};{1 + n}.3.2027;p{n}@x.example" for n in range(20))]


@pytest.fixture
def company(warehouse):
    warehouse.setup = replace(warehouse.setup, reader=None)
    warehouse.workspace.exports.mkdir()
    (warehouse.workspace.exports / "leads.mapping.yaml").write_text(LEADS, encoding="utf-8")
    return warehouse


def given(company, *rows):
    path = company.workspace.exports / "leads.csv"
    path.write_text("\n".join([*ROWS, *rows]) + "\n", encoding="utf-8")
    (report,) = company.take(path)
    return report


def mend(company, report, *changes, delimiter=","):
    """Edit the raw records as a person would in a spreadsheet; import the file where it lies."""
    with report.rejects.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    for old, new in changes:
        rows = [[cell.replace(old, new) for cell in row] for row in rows]
    with report.rejects.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    (mended,) = company.take(report.rejects)
    return mended


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_mended_record_comes_in_by_its_own_imports_reading_and_leaves_the_rejects(company, delimiter):
    report = given(company, "90;31.2.2027;q@x.example", '91;4.3.2027;"not an address"', "92;x;y@x.example")
    assert report.records.rejected == 2
    mended = mend(company, report, ("31.2.2027", "3.2.2027"), ("not an address", "r@x.example"), delimiter=delimiter)
    assert (mended.status, mended.recognised_as) == ("done", "generic")
    assert (mended.records.read, mended.records.accepted, mended.records.rejected) == (3, 2, 1)
    assert mended.tables["stages"] == {"new": 1, "updated": 0, "unchanged": 1}
    assert (
        company.rows("SELECT source, CAST(entered_at AS DATE) AS day, line FROM stages WHERE line = 23")[0]["source"]
        == "leads"
    )
    assert company.rows("SELECT CAST(entered_at AS TEXT) AS day FROM stages WHERE line = 23") == [
        {"day": "2027-02-03 00:00:00"}
    ]
    left = company.rows("SELECT import_id, line, mended_by FROM rejects ORDER BY line")
    assert left == [
        {"import_id": report.import_id, "line": 23, "mended_by": mended.import_id},
        {"import_id": report.import_id, "line": 24, "mended_by": mended.import_id},
        {"import_id": report.import_id, "line": 25, "mended_by": None},
    ]
    assert [row[1] for row in csv.reader(report.rejects.read_text(encoding="utf-8").splitlines())] == ["line", "25"]
    kept = company.workspace.exports / "mended" / f"{mended.import_id}.csv"
    assert company.take(kept)[0].status == "already_imported"
    assert company.rows("SELECT count(*) AS n FROM imports WHERE file = 'leads.csv'") == [{"n": 2}]
    assert not list(company.workspace.staging.glob("mended-*"))


def test_an_open_quote_in_one_record_swallows_no_other(company):
    report = given(company, "90;31.2.2027;q@x.example", "92;30.2.2027;y@x.example")
    mended = mend(company, report, ("90;31.2.2027;q@x.example", '90;"1.2.2027;q@x.example'), ("30.2.2027", "3.2.2027"))
    assert (mended.records.accepted, mended.records.rejected) == (1, 1)


def test_a_rebuild_reads_the_mended_file_after_the_original(company, make_warehouse, tmp_path_factory):
    mended = mend(company, given(company, "90;31.2.2027;q@x.example"), ("31.2.2027", "3.2.2027"))
    folder = tmp_path_factory.mktemp("rebuilt")
    shutil.copytree(company.workspace.exports, folder / "exports")
    rebuilt = make_warehouse(folder)
    rebuilt.setup = company.setup
    exports = Workspace(folder).exports
    reports = rebuilt.take(exports / "mended" / f"{mended.import_id}.csv", exports / "leads.csv")
    assert [one.status for one in reports] == ["done", "done"]
    assert (
        rebuilt.rows("SELECT count(*) AS n FROM stages")
        == company.rows("SELECT count(*) AS n FROM stages")
        == [{"n": 21}]
    )
    assert rebuilt.rows("SELECT count(*) AS n FROM rejects WHERE mended_by IS NULL") == [{"n": 0}]


def test_mended_rejects_of_an_unknown_import_are_refused_with_what_to_do(company):
    report = given(company, "90;31.2.2027;q@x.example")
    text = report.rejects.read_text(encoding="utf-8").replace(report.import_id, "0" * 16)
    path = company.workspace.exports / "lost.csv"
    path.write_text(text, encoding="utf-8")
    (refused,) = company.take(path)
    assert (refused.status, refused.reason) == ("refused", "not_recognised")
    assert "import its file first" in refused.message


def test_rejects_that_a_kill_took_are_written_again_by_the_next_import(company):
    report = given(company, "90;31.2.2027;q@x.example")
    before = report.rejects.read_bytes()
    report.rejects.unlink()
    given(company, "90;31.2.2027;q@x.example")
    assert report.rejects.read_bytes() == before
    assert stat.S_IMODE(report.rejects.stat().st_mode) == 0o600


@pytest.mark.parametrize("again", [False, True])
def test_a_mended_record_never_undoes_a_file_that_came_later(company, again):
    report = given(company, "90;31.2.2027;q@x.example", "91;31.2.2027;q@x.example")
    later = company.workspace.exports / "april/leads.csv"
    later.parent.mkdir()
    later.write_text("\n".join([*ROWS[:2], "90;9.3.2027;q@x.example"]) + "\n", encoding="utf-8")
    shutil.copy(company.workspace.exports / "leads.mapping.yaml", later.with_suffix(".mapping.yaml"))
    (newer,) = company.take(later)
    assert newer.status == "done"
    if again:  # the older file is no newer for being read once more
        (report,) = company.take(company.workspace.exports / "leads.csv", again=True)
    mended = mend(company, report, ("31.2.2027", "3.2.2027"))
    assert (mended.records.accepted, mended.tables["stages"]["new"]) == (2, 1)
    assert "newer file" in " ".join(mended.notes)
