"""A row that carries its own version time: the newer version wins, not the later import."""

from __future__ import annotations

import pytest


def deal(stage, version=None, key="d1"):
    values = {"source_key": key, "created_at": "2027-01-04T08:00:00", "status": "open", "stage": stage}
    return {"rows": [["deals", values | ({"version_at": f"2027-03-{version:02}T08:00:00"} if version else {})]]}


def taken(warehouse, *records):
    for place, record in enumerate(records):
        warehouse.give(f"crm{place}.jsonl", [record])
    return warehouse.rows("SELECT stage FROM deals")[0]["stage"]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1), (3, 2, 1)])
def test_the_newest_version_stands_whatever_was_imported_last(warehouse, order):
    stages = {1: "sqo", 2: "won", 3: "lost"}
    assert taken(warehouse, *(deal(stages[day], day) for day in order)) == "lost"


def test_a_version_that_says_the_same_is_remembered_all_the_same(warehouse):
    assert taken(warehouse, deal("sqo", 1), deal("sqo", 3), deal("won", 2)) == "sqo"


def test_without_a_version_the_later_import_wins(warehouse):
    assert taken(warehouse, deal("sqo", 2), deal("won")) == "won"


def test_an_older_version_is_counted_as_unchanged_and_restates_nothing(warehouse):
    warehouse.give("crm1.jsonl", [deal("won", 2)])
    report = warehouse.give("crm2.jsonl", [deal("sqo", 1)])
    assert report.tables["deals"] == {"new": 0, "updated": 0, "unchanged": 1}
    assert warehouse.rows("SELECT * FROM restatements") == []
