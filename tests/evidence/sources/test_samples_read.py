"""The samples, as their expected.json says, at the level of records: before any warehouse."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from leadline.errors import ImportRefused
from leadline.evidence.privacy import normal_form
from leadline.evidence.sources.records import Context, Identifier, ImportOptions
from leadline.evidence.sources.registry import recognise
from leadline.evidence.sources.sniff import open_head

FILES = (
    "google-ads/campaign_report.csv",
    "google-ads/campaign_report_restated.csv",
    "google-ads/kampagnenbericht_utf16.csv",
    "google-ads/campaign_report_devices.csv",
    "meta-ads/ads_daily.csv",
    "meta-ads/ads_restated.csv",
    "linkedin-ads/campaign_performance_utf16.csv",
    "linkedin-ads/performance_de_utf16.csv",
    "x-ads/campaigns.csv",
    "hubspot/deals.csv",
    "hubspot/contacts.csv",
    "ga4/events_20270302.jsonl",
    "ga4/events_20270302.parquet",
    "salesforce/opportunities_cp1252.csv",
    "salesforce/opportunity_history.csv",
    "shopify/orders_export.csv",
    "matomo/visits.json",
    "segment/events.jsonl",
    "snowplow/events.jsonl",
    "ga4-report/traffic_acquisition.csv",
    "x-posts/account_analytics_content.csv",
    "meta-posts/instagram_posts.csv",
    "mailchimp/campaigns.csv",
    "generic/fair_badges.csv",
    "generic/invoices.csv",
    "generic/leads.csv",
    "spreadsheet/meta_ads_daily.xlsx",
)
REFUSED = (
    "google-ads/campaign_report_all_time.csv",
    "meta-ads/ads_whole_range.csv",
    "linkedin-ads/performance_de_utf16.csv",
    "x-ads/campaigns.csv",
    "ga4-report/traffic_acquisition.csv",
)
# Filled by the rules of channels and tactics, the accounts, or people: not by a reader.
LATER = {"tactic", "channel", "net", "note"}
# The sample says "14 cells" of a line with 13 (line 14: `…,broken, row,…`); the reader counts what is there.
MISCOUNTED = {("google-ads/campaign_report.csv", 14)}


def expected_of(shared, name):
    folder, file = name.split("/")
    expected = json.loads((shared / "exports" / folder / "expected.json").read_text("utf-8"))
    return expected | {"file": expected["files"][file]}


def read(path, options=None, context=None):
    options = options or ImportOptions()
    head = open_head(path, options)
    source, match = recognise(head, options)
    reading = source.read(head, match, context=context or Context(timezone="Europe/Berlin", options=options))
    return head, source, match, reading, list(reading)


def counted(records):
    count = {"read": len(records), "accepted": 0, "rejected": 0, "skipped": Counter(), "merged": 0}
    for record in records:
        if record.rows or record.links:
            count["accepted"] += 1
        elif record.skipped:
            count["skipped"][record.skipped] += 1
        elif record.merged:
            count["merged"] += 1
        else:
            assert any(reject.part is None for reject in record.rejects), record
            count["rejected"] += 1
    return count | {"skipped": dict(count["skipped"])}


def options_of(expected):
    given = expected["file"].get("options", [])
    return ImportOptions(currency=given[given.index("--currency") + 1] if given else None)


def context_of(expected, options):
    own = expected["file"].get("settings", {})
    stages = next(iter(own.get("stages", {}).values()), {})
    return Context(
        timezone=expected["settings"]["timezone"],
        options=options,
        states=frozenset(own.get("plan_states", ())),
        stage_map=stages,
    )


def same(value, wanted):
    if wanted is None:
        return value is None
    if isinstance(value, datetime):
        return value == datetime.fromisoformat(wanted.removesuffix("Z"))
    if isinstance(value, date):
        return value.isoformat() == wanted
    if isinstance(value, Decimal):
        return value == Decimal(str(wanted))
    return value == wanted


def shown(value):
    """Return an identifier as the samples spell it: a reader hands it on as it stands, the import normalises it."""
    return f"{value.kind}:{normal_form(value.kind, value.value)}" if isinstance(value, Identifier) else value


@pytest.fixture(scope="module", params=FILES)
def sample(request, shared):
    expected = expected_of(shared, request.param)
    path = shared / "exports" / request.param
    options = options_of(expected)
    return request.param, expected, read(path, options, context_of(expected, options))


def test_the_head_is_understood_as_expected(sample):
    _, expected, (head, source, match, reading, _) = sample
    file = expected["file"]
    assert source.name == file.get("recognised_as", expected["format"].split(" ")[0])
    for key, found in (
        ("encoding", head.encoding),
        ("delimiter", head.delimiter),
        ("header_line", match.header_line),
        ("number_locale", reading.numbers),
        ("dates", reading.dates),
        ("sheet", match.sheet),
    ):
        if key in file:
            assert found == file[key], key


def test_every_record_is_counted_once(sample):
    _, expected, (*_, records) = sample
    assert counted(records) == expected["file"]["records"]


def test_rejects_stand_at_their_line_and_column(sample):
    name, expected, (*_, records) = sample
    wanted = expected["file"].get("rejects", [])
    found = sorted((reject for record in records for reject in record.rejects), key=lambda one: one.line)
    assert [(one.line, one.column, one.reason, one.part) for one in found] == [
        (one.get("line", one.get("record")), one.get("column"), one["reason"], one.get("part")) for one in wanted
    ]
    for reject, one in zip(found, wanted, strict=True):
        if "raw" in one:
            assert reject.raw == one["raw"]
        if "text" in one and (name, reject.line) not in MISCOUNTED:
            assert reject.text == one["text"]


def test_the_miscounted_sample_is_counted_as_it_is(shared):
    path = shared / "exports/google-ads/campaign_report.csv"
    *_, records = read(path)
    line = path.read_text("utf-8").splitlines()[13]
    text = next(record.rejects[0].text for record in records if record.line == 14)
    assert text == f"{len(line.split(','))} cells, the header has 12 columns"


def test_tables_have_as_many_rows(sample):
    _, expected, (*_, records) = sample
    file = expected["file"]
    rows = Counter(row.table for record in records for row in record.rows)
    rows["links"] = len({(link.a, link.b) for record in records for link in record.links})
    for table, counts in file.get("rows", {}).items():
        if "after" not in file:
            assert rows[table] == counts["new"], table


def test_rows_hold_the_canonical_values(sample):
    _, expected, (*_, records) = sample
    for table, wanted in expected["file"].get("tables", {}).items():
        if table == "links":
            found = [(shown(link.a), shown(link.b)) for record in records for link in record.links]
            assert [list(pair) for pair in dict.fromkeys(found)] == wanted
            continue
        rows = [
            row.values
            for record in sorted(records, key=lambda r: r.line)
            for row in record.rows
            if row.table == {"deal_history": "stages"}.get(table, table)
        ]
        assert len(rows) == len(wanted)
        stated = expected["format"].startswith("generic")
        for row, one in zip(rows, wanted, strict=True):
            assert_row(table, row, one, expected, records, stated=stated)


def assert_row(table, row, one, expected, records, *, stated):
    if isinstance(one, list):
        one = dict(zip(expected["file"]["columns"][table], one, strict=True))
        one["subject"] = one.pop("deal")
        one |= {"entered_at": one.pop("changed_at")} if "changed_at" in one else {}
    for key, value in one.items():
        if key == "who":
            assert shown(row.get("node", row.get("subject"))) == value
        elif key == "email":
            assert shown(row["node"]) == (value and f"email:{value}")
        elif key == "name_key":
            assert row["source_key"].split("\x1f") == value
        elif key.endswith("_day"):
            assert str(local_day(row[key.replace("_day", "_at")], expected)) == value
        elif key == "people":
            people = [r for record in records for r in record.rows if r.table == "deal_people"]
            assert sum(r.values["deal"] == row["source_key"] for r in people) == value
        elif key == "account_source_key":
            assert row.get("account") == value
        elif key not in LATER or (stated and key in row):
            assert same(row.get(key), value), (key, row.get(key), value)


def local_day(moment, expected):
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(expected["settings"]["timezone"])).date()


def test_sums_are_exact(sample):
    _, expected, (*_, records) = sample
    sums = expected["file"].get("totals", {})
    spend = [row.values for record in records for row in record.rows if row.table == "spend"]
    for key, value in sums.items():
        match key.split("."):
            case ["spend", "amount", currency]:
                assert sum(r["amount"] for r in spend if r["currency"] == currency) == Decimal(value)
            case ["spend", ("impressions" | "clicks") as name]:
                assert sum(r.get(name) or 0 for r in spend) == value
            case ["spend", "rows"]:
                assert len(spend) == value
            case ["spend", "amount", currency, by]:
                parts = {}
                for row in spend:
                    part = row["tactic"] if by == "by_tactic" else row["day"].strftime("%Y-%m")
                    parts[part] = parts.get(part, 0) + row["amount"]
                assert parts == {part: Decimal(one) for part, one in value.items()}
            case ["touches"]:
                assert sum(row.table == "touches" for record in records for row in record.rows) == value
            case ["touches", "value"]:
                touches = [row.values for record in records for row in record.rows if row.table == "touches"]
                assert sum(row["value"] or 0 for row in touches) == Decimal(value)
            case ["touches", "without_person"]:
                touches = [row.values for record in records for row in record.rows if row.table == "touches"]
                assert sum(row.get("node") is None for row in touches) == value


def test_totals_rows_are_handed_on_as_a_checksum(sample):
    _, expected, (*_, records) = sample
    facts = [fact for fact in expected["file"].get("facts", ()) if fact["fact"] == "import.total_mismatch"]
    for fact in facts:
        name = f"spend.amount.{fact['currency']}" if "currency" in fact else f"metrics.ga4.{fact['column'].casefold()}"
        said = [record.totals[name] for record in records if record.totals]
        assert set(said) == {Decimal(fact["file_total"])}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_without_what_it_needs_is_refused_with_the_remedy(shared, name):
    expected = expected_of(shared, name)
    file = expected["file"].get("without_options", expected["file"])
    with pytest.raises(ImportRefused, match=file.get("says", "Next step|--currency")) as refusal:
        read(shared / "exports" / name)
    assert refusal.value.reason == file["refused"]
    assert refusal.value.exit_code == 2


def test_a_month_is_spread_as_the_sample_says(shared):
    *_, records = read(shared / "exports/generic/invoices.csv")
    january = [row.values["amount"] for row in records[0].rows]
    assert january == [Decimal("1451.62")] * 9 + [Decimal("1451.61")] * 22
