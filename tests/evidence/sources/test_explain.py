"""What `--explain` shows: how a file is read, column by column, without importing it."""

from __future__ import annotations

import pytest

from leadline.evidence.sources.explain import explain
from leadline.evidence.sources.records import Context, ImportOptions
from leadline.evidence.sources.registry import SOURCES, recognise
from leadline.evidence.sources.sniff import open_head

NAMES = ("google-ads/campaign_report.csv", "hubspot/deals.csv", "ga4/events_20270302.jsonl", "generic/leads.csv")

EVERY = {
    "google-ads/kampagnenbericht_utf16.csv": "google-ads", "meta-ads/ads_daily.csv": "meta-ads",
    "linkedin-ads/campaign_performance_utf16.csv": "linkedin-ads", "x-ads/campaigns.csv": "x-ads",
    "hubspot/deals.csv": "hubspot-deals", "hubspot/contacts.csv": "hubspot-contacts", "ga4/events_20270302.jsonl": "ga4",
    "ga4/events_20270302.parquet": "ga4", "ga4-report/traffic_acquisition.csv": "ga4-report",
    "x-posts/account_analytics_content.csv": "x-posts", "meta-posts/instagram_posts.csv": "meta-posts",
    "mailchimp/campaigns.csv": "mailchimp", "feeds/forum_rss.xml": "feed", "feeds/blog_atom.xml": "feed",
    "mastodon/statuses.json": "mastodon", "salesforce/opportunities_cp1252.csv": "salesforce-opportunities",
    "salesforce/opportunity_history.csv": "salesforce-history", "shopify/orders_export.csv": "shopify-orders",
    "matomo/visits.json": "matomo-visits", "segment/events.jsonl": "segment", "snowplow/events.jsonl": "snowplow",
    "spreadsheet/meta_ads_daily.xlsx": "meta-ads",
}  # fmt: skip


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


@pytest.mark.parametrize(("name", "source"), EVERY.items())
def test_every_format_says_how_it_was_understood(shared, name, source):
    head, said = explained(shared / "exports" / name, ImportOptions(currency="EUR"))
    assert (said["recognised_as"], said["refused"]) == (source, None)
    assert said["formats"][0]["source"] == source
    assert 1 <= len(said["formats"]) <= 3
    assert all(one["why"] and 0 < one["score"] <= 1 for one in said["formats"])
    assert all(set(row) >= {"line", "table"} for row in said["rows"])
    assert 1 <= len(said["rows"]) <= 3
    assert any(column["feeds"] for column in said["columns"])
    assert (said["encoding"] is not None) == (head.kind in {"csv", "json", "jsonl", "xml"})
    assert (said["delimiter"] is not None) == (head.kind == "csv")
    assert (said["header_line"] is not None) == (head.kind in {"csv", "sheet"})
    assert (said["sheet"] is not None) == (head.kind == "sheet")
    if said["numbers"]:
        assert said["numbers_because"]


def test_the_value_that_decided_is_shown(shared):
    _, said = explained(shared / "exports/google-ads/kampagnenbericht_utf16.csv")
    assert (said["numbers"], said["numbers_because"]) == ("de", 'value "1.234,56"')
    assert (said["encoding"], said["delimiter"], said["header_line"]) == ("utf-16-le", "\t", 3)
    assert said["currency_from"] == 'column "Währungscode"'
    assert said["way"] == "row by row: its format has a reader of its own"


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
