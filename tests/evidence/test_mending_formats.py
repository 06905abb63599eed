"""A record of any format that was put right among its rejects gives the rows that the whole file would have given."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace

import pytest

from leadline.evidence import schema

# File, what stands in it, and what is put in its place so that the record is rejected.
CASES = {
    "google-ads": ("google-ads/campaign_report.csv", "201.35", "2x1.35"),
    "google-ads-utf16": ("google-ads/kampagnenbericht_utf16.csv", "1.234,56", "1.2x4,56"),
    "meta-ads": ("meta-ads/ads_daily.csv", "11.37,34.10", "11.37,3x.10"),
    "linkedin-ads": ("linkedin-ads/campaign_performance_utf16.csv", "110.40", "11x.40"),
    "x-ads": ("x-ads/campaigns.csv", "2027-03-01,2027-02-15", "2027-13-01,2027-02-15"),
    "hubspot-deals": ("hubspot/deals.csv", "EUR,2026-11-02 09:14", "EUR,2026-13-02 09:14"),
    "hubspot-contacts": ("hubspot/contacts.csv", "2026-10-28 14:03", "2026-13-28 14:03"),
    "salesforce-opportunities": ("salesforce/opportunities_cp1252.csv", '"11/15/2026"', '"31/15/2026"'),
    "shopify-orders": ("shopify/orders_export.csv", "59.28,371.28", "59.28,3x1.28"),
    "x-posts": ("x-posts/account_analytics_content.csv", "Mon, Mar 1, 2027", "Mon, Mar 41, 2027"),
    "meta-posts": ("meta-posts/instagram_posts.csv", "03/01/2027 18:00", "03/41/2027 18:00"),
    "mailchimp": ("mailchimp/campaigns.csv", "Mar 01, 2027 09:30 am", "Mar 41, 2027 09:30 am"),
    "generic": ("generic/leads.csv", "L-1,2027-03-01", "L-1,2027-13-01"),
    "matomo-visits": ("matomo/visits.json", '"firstActionTimestamp": 1803888000', '"firstActionTimestamp": "at noon"'),
    "mastodon": ("mastodon/statuses.json", '"created_at": "2027-03-01T10:00:00.000Z"', '"created_at": "at noon"'),
    "mastodon-thread": ("mastodon/statuses.json", '"created_at": "2027-03-01T08:00:00.000Z"', '"created_at": "at noon"'),
    "mastodon-answer": ("mastodon/statuses.json", '"created_at": "2027-03-01T09:30:00.000Z"', '"created_at": "at noon"'),
    "salesforce-history": ("salesforce/opportunity_history.csv", "2026-12-08T09:30:00.000Z,2026-12", "2026-13-08T09:30:00.000Z,2026-12"),
    "salesforce-money": ("salesforce/opportunity_history.csv", "2027-01-20T15:00:00.000Z,2027", "2027-41-20T15:00:00.000Z,2027"),
    "salesforce-fields": ("salesforce-fields.csv", "1/20/2027", "1/41/2027"),
    "segment": ("segment/events.jsonl", '"messageId":"m-002"', '"messageId":""'),
    "snowplow": ("snowplow/events.jsonl", "c5e35bca-0000-4000-8000-000000000002", ""),
    "ga4": ("ga4/events_20270302.jsonl", '"event_timestamp":"1803888060000000"', '"event_timestamp":"soon"'),
    "rss": ("feeds/forum_rss.xml", "Tue, 02 Mar 2027 07:00:00 GMT", "at noon"),
    "atom": ("feeds/blog_atom.xml", "2027-03-02T08:00:00Z", "2027-33-02T08:00:00Z"),
}  # fmt: skip
OF_EACH_KIND = (
    "shopify-orders",
    "mastodon-thread",
    "segment",
    "rss",
    "salesforce-history",
    "salesforce-fields",
)  # csv, json, json lines, xml: the others by night
MADE = {  # samples of no shared file: a report of field history, in which money is changed in the stage before
    "salesforce-fields.csv": "Opportunity ID,Opportunity Name,Field / Event,Old Value,New Value,Edit Date\n"
    "006A1,Pumps,Stage,,Prospecting,11/15/2026\n006A1,Pumps,Stage,Prospecting,Qualification,12/8/2026\n"
    "006A1,Pumps,Amount,20000,18000,1/20/2027\n006A1,Pumps,Stage,Qualification,Closed Won,2/19/2027\n",
}
APART = {"import_id", "linked_at", "position"}  # `position` numbers the rows of one file
TABLES = [*schema.FACTS, schema.DEAL_PEOPLE, schema.ACCOUNTS, schema.IDENTITIES, schema.LINKS]


def put(company, shared, name, file, old="", new=""):
    """Put a sample among a company's exports, with one text in place of another."""
    source = shared / "exports" / file
    data = MADE[file].encode() if file in MADE else source.read_bytes()
    codec = "utf-16" if data[:2] == b"\xff\xfe" else "cp1252" if "cp1252" in file else "utf-8"
    text = data.decode(codec)
    assert old in text
    path = company.workspace.exports / source.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.replace(old, new, 1).encode(codec))
    if name == "generic":
        shutil.copy(source.with_name("leads.mapping.yaml"), path.parent)
    return path


def stored(company):
    found = {}
    for table in TABLES:
        names = ", ".join(f'"{name}"' for name in table.names if name not in APART)
        found[table.name] = sorted(map(str, company.rows(f"SELECT {names} FROM {table.name}")))
    return found


def changed(report, old, new):
    """Edit the rejects file as a person would in a spreadsheet."""
    with report.rejects.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    edited = [[cell.replace(old, new, 1) for cell in row] for row in rows]
    assert edited != rows
    with report.rejects.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(edited)


@pytest.fixture
def companies(make_warehouse, tmp_path):
    def make(folder):
        company = make_warehouse(tmp_path / folder)
        company.setup = replace(company.setup, reader=None)
        return company

    return make("whole"), make("mended")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in OF_EACH_KIND else [pytest.mark.nightly]) for name in CASES]
)
def test_a_mended_record_gives_what_the_whole_file_gives(companies, shared, name):
    whole, mended = companies
    file, good, bad = CASES[name]
    options = {"currency": "EUR", "accept_rejects": True}
    (promised,) = whole.take(put(whole, shared, name, file), **options)
    (report,) = mended.take(put(mended, shared, name, file, good, bad), **options)
    counted = "SELECT count(*) AS n FROM rejects"  # of a record that feeds several tables only a part may be refused
    assert (promised.status, report.status) == ("done", "done")
    assert mended.rows(counted)[0]["n"] > whole.rows(counted)[0]["n"]
    if name == "snowplow":
        good, bad = f'"event_id":"{good}"', '"event_id":""'
    changed(report, bad, good)
    (again,) = mended.take(report.rejects)
    assert (again.status, again.records.accepted > 0) == ("done", True), again
    assert stored(mended) == stored(whole)
    left = mended.rows("SELECT line, reason FROM rejects WHERE mended_by IS NULL ORDER BY ALL")
    assert left == whole.rows("SELECT line, reason FROM rejects ORDER BY ALL")


def test_a_part_of_a_row_that_is_summed_over_devices_does_not_come_in_as_the_whole_sum(companies, shared):
    _, mended = companies
    (report,) = mended.take(put(mended, shared, "", "google-ads/campaign_report_devices.csv", "EUR,10.00", "EUR,1x.00"))
    changed(report, "EUR,1x.00", "EUR,10.00")
    (refused,) = mended.take(report.rejects)
    assert (refused.status, refused.reason) == ("refused", "key_conflict")
    assert "line 4 are parts of rows that are summed" in refused.message
    assert [str(row["amount"]) for row in mended.rows("SELECT amount FROM spend")] == ["5.0000"]
    assert mended.rows("SELECT line FROM rejects WHERE mended_by IS NULL") == [{"line": 4}]


def test_a_mended_row_of_a_parquet_file_gives_what_the_whole_file_gives(companies, shared):
    import pyarrow as pa
    from pyarrow import parquet

    whole, mended = companies
    table = parquet.read_table(shared / "exports/ga4/events_20270302.parquet")
    rows = table.to_pylist()
    paths = []
    for company, moment in ((whole, rows[2]["event_timestamp"]), (mended, None)):
        changed_rows = [*rows[:2], {**rows[2], "event_timestamp": moment}, *rows[3:]]
        path = company.workspace.exports / "events.parquet"
        path.parent.mkdir(parents=True)
        parquet.write_table(pa.Table.from_pylist(changed_rows, table.schema), path)
        paths.append(path)
    whole.take(paths[0])
    (report,) = mended.take(paths[1], accept_rejects=True)
    assert report.records.rejected == 1
    changed(report, '"event_timestamp": null', f'"event_timestamp": {json.dumps(rows[2]["event_timestamp"])}')
    (again,) = mended.take(report.rejects)
    assert again.records.accepted == 1
    assert stored(mended) == stored(whole)
