"""A file of rejects: kept as far as there is room, counted beyond, told with the first and the last line."""

from __future__ import annotations

import time

import pytest

from leadline.evidence import staging
from leadline.evidence.imports import Importer

GOOD = {"rows": [["spend", {"day": "2027-03-01", "campaign": "a", "amount": "1.00", "currency": "EUR"}]]}
BAD = {"rejects": [["Cost", "bad_number", None]]}


@pytest.mark.parametrize("bound", ["KEPT_REJECTS", "KEPT_CHARACTERS"])
def test_beyond_what_is_kept_rejects_are_counted_with_the_first_and_the_last_line(warehouse, monkeypatch, bound):
    monkeypatch.setattr(staging, bound, 5 if bound == "KEPT_REJECTS" else 0)
    conflict = {"rows": [["spend", {**GOOD["rows"][0][1], "amount": "2.00"}]]}
    report = warehouse.give("ads.jsonl", [*[BAD] * 9, GOOD, conflict], accept_rejects=True)
    kept = 5 if bound == "KEPT_REJECTS" else 9  # what has no raw text takes no room
    first = 6 if bound == "KEPT_REJECTS" else 10
    assert (report.records.read, report.records.rejected) == (11, 11)
    assert f"only counted: {11 - kept} (lines {first} to 11)" in report.notes[-1]
    assert warehouse.rows("SELECT count(*) AS n, max(line) AS last FROM rejects") == [{"n": kept, "last": kept}]
    assert len(report.rejects.read_text(encoding="utf-8").splitlines()) == kept + 1


@pytest.mark.proof
def test_a_storm_of_rejects_holds_the_lock_for_seconds(warehouse, monkeypatch):
    took, commit = [], Importer.commit

    def timed(importer, staged, **options):
        begun = time.process_time()
        report = commit(importer, staged, **options)
        took.append(time.process_time() - begun)
        return report

    monkeypatch.setattr(Importer, "commit", timed)
    report = warehouse.give("ads.jsonl", [*[BAD] * 100_003, GOOD], accept_rejects=True)
    assert "only counted: 3 (lines 100001 to 100003)" in report.notes[-1]
    assert warehouse.rows("SELECT count(*) AS n FROM rejects") == [{"n": 100_000}]
    assert took[0] < 10.0, "a row at a time it was a minute"
