"""How far an import is: never backwards, never beyond the whole, and in full before it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leadline.evidence import import_progress
from leadline.evidence.import_progress import READING_PART, Course


def spend(count, campaign):
    row = {"day": "2027-03-01", "amount": "1.00", "currency": "EUR"}
    return [{"rows": [["spend", {**row, "campaign": f"{campaign}{n}"}]]} for n in range(count)]


@pytest.fixture
def told(warehouse, monkeypatch):
    """Give what is told of every import of the warehouse, ten records at a time."""
    monkeypatch.setattr(import_progress, "EVERY_RECORDS", 10)
    found = []
    warehouse.setup = replace(warehouse.setup, progress=lambda text, share: found.append((text, share)))
    return found


def test_the_part_done_grows_from_nothing_over_all_files_to_the_whole(warehouse, told):
    files = [warehouse.file(f"ads{n}.jsonl", spend(40, f"c{n}-")) for n in (1, 2)]
    warehouse.take(*files)
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], told[0][0]) == (0.0, "reading ads1.jsonl")
    texts = dict(told)
    assert texts["reading ads1.jsonl: 20 records"] == pytest.approx(READING_PART / 4, rel=0.05)
    assert texts["reading ads2.jsonl: 40 records"] == pytest.approx(READING_PART, rel=0.05)
    assert [text for text, _ in told[-2:]] == ["merging ads1.jsonl", "merging ads2.jsonl"]
    assert 0.5 < shares[-1] < 1.0


def test_nobody_is_told_where_nobody_listens_and_a_known_file_is_not_read(warehouse, told):
    path = warehouse.file("ads.jsonl", spend(1, "c"))
    warehouse.take(path)
    told.clear()
    warehouse.take(path)
    assert told == []
    records = iter(())
    assert Course(None, [path]).reading(path, None, records=records) is records
