"""Whatever the bytes: records that obey their law, or a refusal with a reason. Nothing else ever."""

# ruff: noqa: S311 - damage need not be secret, it must repeat

from __future__ import annotations

import random
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.errors import ImportRefused
from leadline.evidence.sources.records import RefusalReason, RejectReason, SkipReason

SAMPLES = (
    "google-ads/campaign_report.csv",
    "google-ads/kampagnenbericht_utf16.csv",
    "linkedin-ads/campaign_performance_utf16.csv",
    "meta-ads/ads_daily.csv",
    "hubspot/deals.csv",
    "hubspot/contacts.csv",
    "salesforce/opportunities_cp1252.csv",
    "salesforce/opportunity_history.csv",
    "shopify/orders_export.csv",
    "matomo/visits.json",
    "segment/events.jsonl",
    "snowplow/events.jsonl",
    "ga4/events_20270302.jsonl",
    "ga4/events_20270302.parquet",
    "spreadsheet/meta_ads_daily.xlsx",
    "ga4-report/traffic_acquisition.csv",
    "x-posts/account_analytics_content.csv",
    "meta-posts/instagram_posts.csv",
    "mailchimp/campaigns.csv",
    "feeds/forum_rss.xml",
    "feeds/blog_atom.xml",
    "feeds/hostile_rss.xml",
    "mastodon/statuses.json",
)
SHORT = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
PIECES = (
    b"Day,Campaign,Cost,Currency code\n", b"2027-03-01,", b"EUR", b'"', b",", b";", b"\t", b"\n", b"\r\n", b"\x00", b"\xff",
    b"1,234", b"1.5", b"--", b"Total: x", b"\xef\xbb\xbf", b"{", b"}", b"[", b'{"event_name": "x", "event_params": 5}', b"PK\x03\x04",
    b"PAR1", b"\x1f\x8b", b"Record ID,Deal Name,Deal Stage,Create Date,Close Date\n", "Köln".encode(), "€".encode("cp1252"),
    b'<?xml version="1.0"?>', b"<rss><channel>", b"<item>", b"</item>", b"<title>x</title>", b"&lt;p&gt;", b"&x;", b"<!DOCTYPE rss [<!ENTITY x 'y'>]>",
    b"# Start date: 20270301\n", b"Session campaign,Sessions\n", b'{"type": "Delete", "id": "a", "object": "b"}', b"99999999999999999999999", b"0001-01-01", b"9999-12-31",
)  # fmt: skip


def tried(path, tools):
    try:
        records, refusal = tools.read(path), None
    except ImportRefused as error:
        records, refusal = [], error
    assert refusal is None or (refusal.reason in get_args(RefusalReason) and str(refusal))
    tools.law(records)
    for record in records:
        assert record.skipped is None or record.skipped in get_args(SkipReason)
        for reject in record.rejects:
            assert reject.reason in get_args(RejectReason)
            (reject.raw + reject.text).encode()


@SHORT
@given(st.binary(max_size=400))
def test_any_bytes_give_records_or_a_refusal(tmp_path, tools, data):
    path = tmp_path / "bytes"
    path.write_bytes(data)
    tried(path, tools)


@SHORT
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_any_mix_of_telling_pieces_gives_records_or_a_refusal(tmp_path, tools, data):
    path = tmp_path / "pieces"
    path.write_bytes(data)
    tried(path, tools)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_with_damaged_bytes_gives_records_or_a_refusal(shared, tmp_path, tools, name):
    data = (shared / "exports" / name).read_bytes()
    rng = random.Random(name)
    path = tmp_path / name.split("/")[1]
    for _ in range(25):
        damaged = bytearray(data)
        for _ in range(rng.randrange(1, 8)):
            at = rng.randrange(len(damaged))
            change = rng.randrange(3)
            damaged[at : at + (change != 1)] = bytes([rng.randrange(256)]) if change != 2 else b""
        path.write_bytes(bytes(damaged))
        tried(path, tools)
