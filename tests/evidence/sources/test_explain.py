"""What `--explain` shows: how a file is read, column by column, without importing it."""

from __future__ import annotations

import pytest

from leadline.evidence.sources.explain import explain
from leadline.evidence.sources.records import Context, ImportOptions
from leadline.evidence.sources.registry import SOURCES, recognise
from leadline.evidence.sources.sniff import open_head

NAMES = ("google-ads/campaign_report.csv", "hubspot/deals.csv", "ga4/events_20270302.jsonl", "generic/leads.csv")


def explained(path, options=None):
    options = options or ImportOptions()
    head = open_head(path, options)
    source, match = recognise(head, options)
    return head, explain(head, source, match=match, context=Context(timezone="Europe/Berlin", options=options))


@pytest.mark.parametrize("name", NAMES)
def test_every_column_says_what_it_feeds_or_why_not(shared, name):
    head, said = explained(shared / "exports" / name)
    names = list(head.keys) or [
        str(c) for line, c in dict(head.records[""]).items() for c in c if line == said["header_line"]
    ]
    assert [column["name"] for column in said["columns"]] == names
    assert all((column["feeds"] is None) != (column["why"] is None) for column in said["columns"])
    assert said["formats"][0]["score"] == 1.0
    assert len(said["rows"]) == 3
    assert said["refused"] is None


def test_the_value_that_decided_is_shown(shared):
    _, said = explained(shared / "exports/google-ads/kampagnenbericht_utf16.csv")
    assert (said["numbers"], said["numbers_because"]) == ("de", 'value "1.234,56"')
    assert (said["encoding"], said["delimiter"], said["header_line"]) == ("utf-16-le", "\t", 3)
    assert said["currency_from"] == 'column "Währungscode"'


def test_a_file_that_would_be_refused_says_so_and_has_the_same_keys(shared):
    _, good = explained(shared / "exports/google-ads/campaign_report.csv")
    _, said = explained(shared / "exports/google-ads/campaign_report_all_time.csv")
    assert said["refused"] == "no_day"
    assert "Segment > Time > Day" in said["says"]
    assert set(said) == set(good)


def test_every_source_has_a_name_of_its_own_and_tables_that_exist():
    from leadline.evidence import schema

    names = [source.name for source in SOURCES]
    assert len(set(names)) == len(names)
    assert all(table in schema.BY_NAME for source in SOURCES for table in source.tables)
