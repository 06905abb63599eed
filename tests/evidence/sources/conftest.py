"""How the tests of this folder read a file, and what they compare."""

from __future__ import annotations

import csv
import importlib.util
import io
from collections import Counter
from pathlib import Path

import pytest

from leadline.evidence.sources.records import Context, ImportOptions
from leadline.evidence.sources.registry import recognise
from leadline.evidence.sources.sniff import open_head

_spec = importlib.util.spec_from_file_location("workbooks", Path(__file__).with_name("workbooks.py"))
workbooks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(workbooks)


@pytest.fixture(scope="session")
def write_workbook():
    return workbooks.write_workbook


def read_records(path, options=None, mappings=None):
    """Return the records of a file."""
    options = options or ImportOptions(currency="EUR")
    head = open_head(path, options, mappings=mappings)
    source, match = recognise(head, options)
    return list(source.read(head, match, context=Context(timezone="Europe/Berlin", options=options)))


def law(records):
    """Count records by what became of them; each is exactly one thing."""
    count = Counter()
    for record in records:
        given = bool(record.rows or record.links)
        whole = any(reject.part is None for reject in record.rejects)
        assert given + bool(record.skipped) + record.merged + (whole and not given) == 1, record
        count["accepted" if given else record.skipped or ("merged" if record.merged else "rejected")] += 1
    assert sum(count.values()) == len(records)
    return count


def facts(records):
    """Return rows without their lines, in an order of their own."""
    return sorted((row.table, *sorted((k, str(v)) for k, v in row.values.items())) for r in records for row in r.rows)


def cells_of(text, delimiter):
    """Return the records of delimited text."""
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def written(rows, delimiter):
    """Return records as delimited text."""
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return target.getvalue()


@pytest.fixture
def tools():
    class Tools:
        read = staticmethod(read_records)
        law = staticmethod(law)
        facts = staticmethod(facts)
        cells = staticmethod(cells_of)
        written = staticmethod(written)

    return Tools
