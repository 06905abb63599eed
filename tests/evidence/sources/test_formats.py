"""What each format knows beside its samples: languages, menus, own sources, history, identifiers."""

# ruff: noqa: DTZ001 - stored times are UTC without zone

from __future__ import annotations

import json
import tracemalloc
from datetime import date, datetime
from decimal import Decimal

import pytest

from leadline.errors import ImportRefused
from leadline.evidence.sources.records import Context, Identifier, ImportOptions, Link
from leadline.evidence.sources.registry import recognise
from leadline.evidence.sources.sniff import open_head


@pytest.fixture
def read(tmp_path):
    def read(text, name="file.csv", options=None, **context):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        head = open_head(path, options)
        source, match = recognise(head, options)
        reading = source.read(head, match, context=Context("Europe/Berlin", options or ImportOptions(), **context))
        return source.name, reading, list(reading)

    return read


def test_a_french_google_report_is_read_in_its_own_writing(read):
    text = (
        "Rapport sur les campagnes\n1 mars 2027 - 2 mars 2027\n"
        "Jour\tCampagne\tCode de la devise\tCoût\tImpr.\tClics\n"
        "2027-03-01\tMarque\tEUR\t1\u202f234,56\t12\u00a0345\t120\n"
        "Total : Compte\t --\tEUR\t1\u202f234,56\t12\u00a0345\t120\n"
    )
    name, reading, (row, totals) = read(text)
    assert (name, reading.numbers) == ("google-ads", "de")
    assert row.rows[0].values["amount"] == Decimal("1234.56")
    assert row.rows[0].values["impressions"] == 12345
    assert totals.skipped == "totals"
    assert totals.totals == {"spend.amount.EUR": Decimal("1234.56"), "spend.impressions": 12345, "spend.clicks": 120}


def test_a_weekly_google_report_has_no_day(read):
    text = "Week,Campaign,Currency code,Cost,Impr.\n2027-03-01,brand,EUR,5.00,10\n"
    with pytest.raises(ImportRefused, match="Segment > Time > Day") as refusal:
        read(text)
    assert refusal.value.reason == "no_day"


def test_rows_of_segments_are_summed_and_reach_never_is(read):
    text = (
        "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR),Impressions,Reach,Link clicks,Clicks (all),Platform\n"
        "2027-03-01,2027-03-01,brand,5.00,10,8,1,4,facebook\n"
        "2027-03-01,2027-03-01,brand,2.50,20,18,,2,instagram\n"
        "2027-03-01,2027-03-01,brand,2.50,20,18,,2,instagram\n"
    )
    _, _, (first, second, third) = read(text)
    values = first.rows[0].values
    assert (values["amount"], values["impressions"], values["reach"], values["clicks"]) == (
        Decimal("7.50"),
        30,
        None,
        1,
    )
    assert (second.merged, third.skipped) == (True, "duplicate_row")


def test_what_a_file_does_not_report_is_left_out_and_not_null(read):
    _, _, (record,) = read("Day,Campaign,Currency code,Cost\n2027-03-01,brand,EUR,5.00\n")
    assert set(record.rows[0].values) == {"day", "campaign", "currency", "amount", "geo", "source_key"}
    assert record.rows[0].values["source_key"].split("\x1f") == ["2027-03-01", "", "name:brand", "", "", "*"]


def test_a_currency_that_is_none_is_a_reject_in_a_row_and_a_refusal_as_an_option(read):
    _, _, (record,) = read("Day,Campaign,Currency code,Cost\n2027-03-01,brand,Euro,5.00\n")
    assert [(r.column, r.reason) for r in record.rejects] == [("Currency code", "currency")]
    with pytest.raises(ImportRefused, match='"EURO" is not a currency'):
        read("Day,Campaign,Cost\n2027-03-01,brand,5.00\n", options=ImportOptions(currency="EURO"))


def test_landing_addresses_give_their_tags(shared, tools):
    records = tools.read(shared / "exports/linkedin-ads/campaign_performance_utf16.csv")
    values = records[0].rows[0].values
    assert (values["utm_source"], values["utm_medium"], values["utm_campaign"]) == (
        "linkedin",
        "paid-social",
        "thought",
    )


DEALS = 'Record ID,Deal Name,Deal Stage,Create Date,Close Date,Amount,{more}"Date entered ""Demo (Sales)"""\n'


def test_deals_without_contact_ids_name_people_by_address_and_stages_by_the_map(read):
    text = DEALS.format(more="Currency,Associated Contact,") + (
        '1,Pilot,Gewonnen,2027-03-01 09:00,2027-03-02 09:00,5,EUR,"Eva (eva@x.example);Jon (jon@x.example)",2027-03-01 09:00\n'
    )
    stages = {"gewonnen": "won", "demo": "sqo"}
    _, _, (record,) = read(text, stage_map=stages, states=frozenset({"sqo", "won"}))
    rows = {row.table: row.values for row in record.rows}
    assert rows["deals"]["status"] == "won"
    assert rows["deals"]["closed_at"] == datetime(2027, 3, 2, 8)
    assert rows["stages"]["stage"] == "sqo"
    assert rows["stages"]["stage_raw"] == "Demo"
    people = [row.values["person_node"] for row in record.rows if row.table == "deal_people"]
    assert people == [Identifier("email", "eva@x.example"), Identifier("email", "jon@x.example")]


def test_deals_with_money_and_no_currency_are_refused(read):
    row = "1,Pilot,Demo,2027-03-01 09:00,,{amount},2027-03-01 09:00\n"
    with pytest.raises(ImportRefused, match="--currency EUR") as refusal:
        read(DEALS.format(more="") + row.format(amount=5))
    assert refusal.value.reason == "no_currency"
    _, _, (record,) = read(DEALS.format(more="") + row.format(amount=""))
    assert record.rows[0].values["amount"] is None


def test_a_lifecycle_stage_counts_only_with_its_date(read):
    text = (
        "Record ID,Email,Create Date,Lifecycle Stage,Original Source,Became a Lead Date,Became an Opportunity Date\n"
        "1,eva@x.example,2027-03-01 09:00,Opportunity,Paid Search,2027-03-01 09:00,\n"
    )
    _, _, (record,) = read(text)
    stages = [row.values for row in record.rows if row.table == "stages"]
    assert [(s["stage_raw"], s["entered_at"], s["origin"]) for s in stages] == [
        ("Lead", datetime(2027, 3, 1, 8), "Paid Search")
    ]
    assert record.links == [Link(Identifier("crm", "1"), Identifier("email", "eva@x.example"), "contact record")]


def event(**changes):
    params = changes.pop("params", {})
    given = {
        "event_date": "20270301",
        "event_timestamp": "1803888000000001",
        "event_name": "page_view",
        "event_params": [{"key": k, "value": {"string_value": v}} for k, v in params.items()],
        "user_pseudo_id": "p1",
        "event_bundle_sequence_id": "1",
        "batch_event_index": "0",
    }
    return json.dumps(given | changes) + "\n"


def test_an_event_without_collected_source_takes_its_own_address_and_no_first_touch(read):
    params = {
        "page_location": "https://halden.example/a?utm_source=mail&utm_medium=email&gbraid=g1",
        "page_referrer": "https://halden.example/",
    }
    name, _, (record,) = read(event(params=params, traffic_source={"source": "google", "medium": "cpc"}), "e.jsonl")
    values = record.rows[0].values
    assert name == "ga4"
    assert (values["utm_source"], values["utm_medium"], values["click_id_kind"]) == ("mail", "email", "gbraid")
    assert values["referrer_host"] is None
    assert values["landing"] == "/a"


def test_one_event_key_with_two_values_is_a_conflict(read):
    text = event(params={"a": "b"}) + event(params={"page_location": "https://halden.example/b"})
    _, _, records = read(text, "e.jsonl")
    assert [[r.reason for r in record.rejects] for record in records] == [["key_conflict"], ["key_conflict"]]


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"event_timestamp": "soon"}, "event_timestamp", "bad_date"),
        ({"event_timestamp": "9" * 30}, "event_timestamp", "bad_date"),
        ({"event_timestamp": None}, "event_timestamp", "missing_key"),
        ({"event_name": {}}, "event_name", "missing_key"),
        ({"event_name": "purchase", "ecommerce": {"purchase_revenue": "much"}}, "ecommerce", "bad_number"),
    ],
)
def test_an_event_that_cannot_be_taken_says_why(read, changes, column, reason):
    _, _, records = read(event() + event(**changes), "e.jsonl")
    assert [(r.column, r.reason) for r in records[1].rejects] == [(column, reason)]


@pytest.mark.parametrize(
    "changes",
    [
        {"event_params": 5},
        {"event_params": [5, {"key": 7}]},
        {"geo": []},
        {"device": "x"},
        {"ecommerce": 1},
        {"user_id": [1]},
    ],
)
def test_an_event_of_an_odd_shape_is_taken_without_what_it_does_not_say(read, changes):
    _, _, (record,) = read(event(**changes), "e.jsonl")
    assert record.rows[0].values["event"] == "page_view"


def test_half_a_surrogate_and_a_number_that_is_none_are_no_json(read):
    text = event() + event().replace("page_view", "\\ud800") + event().replace('"p1"', "NaN")
    _, _, records = read(text, "e.jsonl")
    assert [[r.reason for r in record.rejects] for record in records] == [[], ["bad_json"], ["bad_json"]]


def test_a_json_array_is_read_like_lines_and_refused_where_it_ends_early(read):
    lines = [event(event_timestamp=str(1803888000000001 + n)).strip() for n in range(3)]
    _, _, records = read("[\n" + ",\n".join(lines) + "\n]\n", "e.json")
    assert [record.line for record in records] == [1, 2, 3]
    assert all(record.rows for record in records)
    with pytest.raises(ImportRefused, match="not whole") as refusal:
        read("[\n" + ",\n".join(lines) + "\n", "e.json")
    assert refusal.value.reason == "truncated"


@pytest.mark.slow
def test_a_long_file_is_read_in_bounded_memory(tmp_path):
    rows = "".join(f"{date(2027, 3, 1 + n // 500)},brand{n % 500},{n % 500},EUR,5.00,10\n" for n in range(12_000))
    text = "Day,Campaign,Campaign ID,Currency code,Cost,Impr.\n" + rows
    path = tmp_path / "long.csv"
    path.write_text(text, "utf-8")
    head = open_head(path)
    source, match = recognise(head)
    reading = source.read(head, match, context=Context())
    tracemalloc.start()
    taken = sum(len(record.rows) for record in reading)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken == 12_000
    assert peak < len(text)  # the records alone would need ten times the file; only texts that repeat are remembered
