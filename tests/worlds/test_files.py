"""The files against the truth, parsed again with the standard library alone."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import time
import zipfile
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.plan.source import read_plan
from leadline.settings import read_settings
from leadline.worlds import live, make_world, simulate
from leadline.worlds.cases import LOST
from leadline.worlds.making import write_up
from leadline.worlds.writers.workbook import workbook_bytes

from .conftest import Files, local, small_plan, small_world

BOTH = pytest.mark.parametrize("world", ["small", "halden"])


@pytest.fixture
def company(request, world):
    return request.getfixturevalue(world)


@pytest.fixture
def files(request, world):
    return request.getfixturevalue(f"{world}_files")


def english(text):
    return Decimal(text.replace(",", ""))


def german(text):
    return Decimal(text.replace(".", "").replace(",", "."))


def ad_rows(files):
    """Return (day, campaign id) -> cost and clicks; of two reports on one day the later file holds."""
    rows = {}
    for name in sorted(name for name in files.bytes if name.startswith("google_ads_")):
        for row in files.table(name, header=2):
            if not row["Day"].startswith("Total"):
                rows[row["Day"], row["Campaign ID"]] = english(row["Cost"])
    return rows


def german_rows(files):
    rows = files.table("kampagnenbericht_personal.csv", encoding="utf-16", delimiter="\t", header=2)
    return {
        (row["Tag"], row["Kampagnen-ID"]): german(row["Kosten"]) for row in rows if not row["Tag"].startswith("Gesamt")
    }


def linkedin_rows(files):
    rows = files.table("linkedin_campaign_performance.csv", encoding="utf-16", delimiter="\t", header=4)
    return {
        row["Start Date (in UTC)"]: english(row["Total Spent"]) for row in rows if row["Start Date (in UTC)"] != "Total"
    }


@BOTH
def test_money_in_the_files_is_the_truth_to_the_cent(company, files):
    spent = {name: Decimal(str(tactic["spent"]["as_of"])) for name, tactic in files.truth["tactics"].items()}
    by_books = defaultdict(Decimal)
    for name, tactic in company.world.tactics.items():
        by_books[tactic.books] += spent[name]
    assert sum(ad_rows(files).values()) == by_books["google-ads"]
    assert sum(linkedin_rows(files).values()) == by_books["linkedin-ads"]
    invoices = files.table("invoices.csv", delimiter=";")
    assert sum(german(row["Betrag netto"]) for row in invoices) == by_books["invoices"]
    assert sum(german_rows(files).values()) == sum(Decimal(str(money)) for money in files.truth["unclaimed"].values())


@BOTH
def test_totals_rows_are_the_sums_of_their_file(files):
    for name in (name for name in files.bytes if name.startswith("google_ads_")):
        rows = files.table(name, header=2)
        data, totals = rows[:-2], rows[-2:]
        for column in ("Cost", "Impr.", "Clicks", "Conversions"):
            whole = sum(english(row[column]) for row in data if row[column] != " --")
            assert {english(row[column]) for row in totals} == {whole}


def test_one_month_is_restated_by_the_later_report(halden_files):
    names = [name for name in halden_files.bytes if halden_files.counts[name].get("restated_later")]
    assert names == ["google_ads_2027_first_half.csv"]
    last = ad_rows(halden_files)
    first = {
        (row["Day"], row["Campaign ID"]): english(row["Cost"])
        for row in halden_files.table(names[0], header=2)
        if not row["Day"].startswith("Total")
    }
    changed = [key for key, cost in first.items() if cost != last[key]]
    assert {day[:7] for day, _ in changed} == {"2027-06"}
    assert len(changed) == halden_files.counts[names[0]]["restated_later"]


@BOTH
def test_every_lead_stands_in_the_desks_list_once(company, files):
    rows = files.table("leads.csv")
    assert len(rows) == files.truth["totals"]["as_of"]["lead"]
    people = {str(person["record"]): person for person in files.truth["people"]}
    cases = {case["key"]: case for case in files.truth["cases"]}
    for row in rows:
        case = cases[people[row["contact_id"]]["case"]]
        assert local(row["created"]) == dt.datetime.fromisoformat(case["entered"]["lead"])
        assert row["email"] == people[row["contact_id"]]["email"]
        if row["stage"]:
            assert row["stage"] == "rejected"
            assert case["known"] == ["lead"]
            assert local(row["stage_date"]) == dt.datetime.fromisoformat(case[LOST])


@BOTH
def test_every_deal_is_an_opportunity_of_the_truth_with_its_money(company, files):
    rows = [row for row in files.table("hubspot_deals.csv") if row["Record ID"]]
    truth = files.truth["totals"]["as_of"]
    assert len(rows) == truth["sqo"]
    won = [row for row in rows if row["Deal Stage"] == "Closed Won"]
    assert len(won) == truth["contract"]
    upgrades = sum(case.amount for case in company.cases if "upgrade" in case.seen_by(company.as_of))
    assert sum(float(row["Amount"]) for row in won) == pytest.approx(truth["money"] - upgrades)
    assert sum(not row["Associated Contact IDs"] for row in rows) == files.counts["hubspot_deals.csv"]["without_people"]


@BOTH
def test_the_history_of_a_deal_has_no_hole_and_no_step_back(company, files):
    for row in files.table("hubspot_deals.csv"):
        moments = [(name, row[name]) for name in row if name.startswith(("Date entered", "Date exited")) and row[name]]
        if not row["Record ID"]:
            assert not moments
            continue
        times = [local(text) for _, text in moments]
        assert times == sorted(times)
        assert times[0] == local(row["Create Date"])
        assert times[-1] <= company.as_of
        assert f'"{row["Deal Stage"]} (Sales Pipeline)"' in moments[-1][0]
        for one, other in pairwise(moments):  # the next stage begins when the last one ends
            if one[0].startswith("Date exited"):
                assert other == (other[0].replace("exited", "entered"), one[1])


@BOTH
def test_every_person_of_a_deal_is_a_contact(files):
    contacts = {row["Record ID"]: row for row in files.table("hubspot_contacts.csv")}
    for row in files.table("hubspot_deals.csv"):
        for record in filter(None, row["Associated Contact IDs"].split(";")):
            assert contacts[record]["Associated Company"] == row["Associated Company"]
            assert local(contacts[record]["Create Date"]) <= local(
                row['Date entered "Qualified To Buy (Sales Pipeline)"']
            )
    assert set(contacts) >= {row["contact_id"] for row in files.table("leads.csv")}


@BOTH
def test_no_two_people_share_an_address(files):
    addresses = Counter(person["email"] for person in files.truth["people"])
    assert addresses.most_common(1)[0][1] == 1


@BOTH
def test_checks_and_upgrades_are_those_of_the_truth(files):
    rows = sheet(files.bytes["field_checks.xlsx"])
    header, checks = rows[0], [dict(zip(rows[0], row, strict=False)) for row in rows[1:]]
    assert header[:3] == ["Nr", "Datum", "Werk-Nr"]
    truth = files.truth["totals"]["as_of"]
    signed = [check for check in checks if check["Ergebnis"] == "Vertrag"]
    assert (len(checks), len(signed)) == (truth["check"], truth["upgrade"])
    amounts = {case["key"]: case["amount"] for case in files.truth["cases"] if "upgrade" in case["known"]}
    assert sum(float(check["Jahresgebühr"]) for check in signed) == sum(amounts.values())
    assert len({check["Werk-Nr"] for check in checks}) == len(checks)


def sheet(data):
    """Return the cells of a workbook's sheet, empty ones as empty text."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    root = ET.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file
    rows = []
    for row in root.iterfind(".//m:row", space):
        cells = [""] * 8
        for cell in row.iterfind("m:c", space):
            found = cell.find("m:v", space)
            cells[ord(cell.get("r")[0]) - 65] = (found if found is not None else cell.find("m:is/m:t", space)).text
        rows.append(cells)
    return rows


@BOTH
def test_every_form_in_the_web_events_is_a_lead_of_the_desk(company, files):
    forms = {event["user_id"]: event for event in files.events if event["event_name"] == "generate_lead"}
    leads = {row["web_id"]: row for row in files.table("leads.csv") if row["web_id"]}
    assert forms.keys() <= leads.keys()
    late = sum(count.get("late", 0) for count in files.counts.values())
    assert len(leads) - len(forms) <= late  # a form that was sent by as-of and had not been delivered then
    cookies = {f"u-{person['record']}": person["cookie"] for person in files.truth["people"]}
    for user, event in forms.items():
        assert event["user_pseudo_id"] == cookies[user]
        moment = dt.datetime.fromtimestamp(int(event["event_timestamp"]) / 1e6, company.world.zone)
        assert moment.replace(tzinfo=None) == local(leads[user]["created"])


@BOTH
def test_web_events_have_one_key_each_but_for_stated_duplicates(files):
    names = ("user_pseudo_id", "event_timestamp", "event_name", "event_bundle_sequence_id", "batch_event_index")
    keys = Counter(
        tuple(event[name] for name in names) for event in files.events if event["event_name"] != "session_start"
    )
    stated = sum(count.get("duplicate_row", 0) for name, count in files.counts.items() if name.startswith("ga4_"))
    assert sum(count - 1 for count in keys.values()) == stated
    assert len(files.events) == sum(count["records"] for name, count in files.counts.items() if name.startswith("ga4_"))


@BOTH
def test_nobody_is_recognised_who_denied_it(files):
    for event in files.events:
        if event["privacy_info"]["analytics_storage"] == "No":
            assert event["user_pseudo_id"] is None
            assert event["user_id"] is None
            assert "ga_session_id" not in {param["key"] for param in event["event_params"]}


@BOTH
def test_every_enquiry_at_the_stand_has_its_badge(company, files):
    badges = files.table("fair_badges.csv", encoding="cp1252", delimiter=";", header=1)
    named = [badge for badge in badges if badge["Interesse"] != "kalt"]
    counts = files.counts["fair_badges.csv"]
    leads = [case for case in company.cases if case.brought_by == "fair" and case.at <= company.as_of]
    assert len(named) - counts["duplicate_row"] - counts["bad_date"] == len(leads)
    assert sum(badge["Datum"].startswith("32") for badge in badges) == counts["bad_date"]


@BOTH
def test_recurring_revenue_moves_by_what_was_signed(company, files):
    rows = [row for row in files.table("figures.csv") if row["metric"] == "arr"]
    for before, after in pairwise(rows):
        first, last = dt.date.fromisoformat(after["from"]), dt.date.fromisoformat(after["to"])
        signed = sum(case.amount for case in company.cases for state in ("contract", "upgrade")
                     if state in case.entered and first <= case.entered[state].date() <= last)  # fmt: skip
        assert float(after["value"]) - float(before["value"]) == pytest.approx(signed)


@BOTH
def test_nothing_in_the_files_happened_after_as_of(company, files):
    texts = [data.decode("utf-16" if data[:2] == b"\xff\xfe" else "cp1252" if "badges" in name else "utf-8")
             for name, data in files.bytes.items() if not name.endswith((".xlsx", ".yaml", "deals.csv"))]  # fmt: skip
    days = {day for text in texts for day in re.findall(r"20\d\d-\d\d-\d\d", text)}
    assert max(days) <= company.world.world.as_of.isoformat()
    assert max(event["event_date"] for event in files.events) <= f"{company.world.world.as_of:%Y%m%d}"


def test_the_recurring_revenue_of_the_truth_is_that_of_the_plan(halden_files):
    assert halden_files.truth["recurring"]["2026-12-31"] == 420_000


def test_a_survey_lies_within_its_sampling_error_of_the_true_level(halden, halden_files):
    rows = [row for row in halden_files.table("figures.csv") if row["metric"] == "awareness"]
    assert len(rows) == 4
    start = halden.world.world.start
    for row in rows:
        true = halden.awareness[(dt.date.fromisoformat(row["from"]) - start).days]
        assert abs(float(row["value"]) - true) < 4 * (true * (1 - true) / int(row["n"])) ** 0.5  # 4 standard errors


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path, small, small_files):
    made = make_world(small.world, tmp_path, seed=small.seed, plan=small.document)
    assert {path.name: path.read_bytes() for path in made.exports} == small_files.bytes
    assert json.loads(made.truth.read_text("utf-8")) == small_files.truth
    other = Files(simulate(small.world, small.document, seed=small.seed + 1))
    same = {name for name, data in other.bytes.items() if small_files.bytes[name] == data}
    assert {Path(name).suffix for name in same} == {".yaml"}  # the mappings alone do not depend on chance
    assert other.truth["totals"] != small_files.truth["totals"]


@pytest.mark.slow
def test_a_shipped_world_is_written_with_its_plan_and_its_truth_outside_of_the_exports(tmp_path, halden_files):
    made = make_world("halden", tmp_path)
    assert {path.name: path.read_bytes() for path in made.exports} == halden_files.bytes
    assert made.truth == tmp_path / "truth.json"
    assert {path.parent for path in made.exports} == {tmp_path / "exports"}
    assert made.plan is not None
    assert read_plan(made.plan).hash == halden_files.truth["plan_hash"]
    assert made.settings is not None
    assert read_settings(made.settings).as_of.isoformat() == halden_files.truth["as_of"]


@pytest.mark.slow
def test_a_company_is_written_in_under_ten_seconds():
    start = time.process_time()
    write_up(live("halden"))
    assert time.process_time() - start < 10


def test_a_workbook_keeps_text_numbers_and_days():
    rows = sheet(workbook_bytes("A & B", [("a<b", 12.5, dt.date(2027, 3, 1), ""), ("", 3, "x", "y")]))
    assert rows[0][:4] == ["a<b", "12.5", "46447", ""]  # 46447: days since 1899-12-30
    assert rows[1][:4] == ["", "3", "x", "y"]


SAMPLES = {
    "google_ads_2026.csv": ("google-ads/campaign_report.csv", "utf-8", ",", 2),
    "kampagnenbericht_personal.csv": ("google-ads/kampagnenbericht_utf16.csv", "utf-16", "\t", 2),
    "linkedin_campaign_performance.csv": ("linkedin-ads/campaign_performance_utf16.csv", "utf-16", "\t", 4),
    "hubspot_contacts.csv": ("hubspot/contacts.csv", "utf-8", ",", 0),
    "hubspot_deals.csv": ("hubspot/deals.csv", "utf-8", ",", 0),
    "fair_badges.csv": ("generic/fair_badges.csv", "cp1252", ";", 1),
    "invoices.csv": ("generic/invoices.csv", "utf-8", ";", 0),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_header_and_line_ends_are_those_of_the_real_format(name, shared, halden_files):
    sample, encoding, delimiter, line = SAMPLES[name]
    texts = [data.decode(encoding) for data in ((shared / "exports" / sample).read_bytes(), halden_files.bytes[name])]
    ours, theirs = (
        list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[line] for text in reversed(texts)
    )
    assert ours == theirs
    assert len({text.splitlines(keepends=True)[line][-2:] == "\r\n" for text in texts}) == 1
    assert (
        len(
            {data[:2] == b"\xff\xfe" for data in ((shared / "exports" / sample).read_bytes(), halden_files.bytes[name])}
        )
        == 1
    )


def test_a_web_event_has_the_keys_of_the_real_format_in_their_order(shared, halden_files):

    sample = json.loads((shared / "exports/ga4/events_20270302.jsonl").read_text("utf-8").splitlines()[0])
    event = halden_files.events[0]
    assert list(event) == list(sample)
    for key in ("privacy_info", "device", "geo", "traffic_source"):
        assert list(event[key]) == list(sample[key])
    tagged = next(event for event in halden_files.events if event["collected_traffic_source"])
    assert list(tagged["collected_traffic_source"]) == list(sample["collected_traffic_source"])
    assert list(event["event_params"][0]["value"]) == list(sample["event_params"][0]["value"])


@BOTH
def test_every_visit_is_a_session_of_the_export_or_was_not_yet_delivered(company, files):
    visits = files.truth["visits"]
    sessions = sum(event["event_name"] == "session_start" for event in files.events)
    twice = sum(count - 1 for count in Counter(
        (event["event_bundle_sequence_id"]) for event in files.events if event["event_name"] == "session_start").values())  # fmt: skip
    missing = sum(visits["by_channel"].values()) - (sessions - twice)
    last_days = 3 * 6 * company.world.visits + 20  # late by up to three days, and far fewer than all of their visits
    assert 0 <= missing < last_days
    assert 0 < visits["untagged"] < 0.2 * sum(visits["by_channel"].values())


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), search=st.integers(0, 80_000), fair=st.integers(0, 40_000))
def test_in_any_world_money_and_people_are_kept(seed, search, fair):
    company = simulate(small_world(), small_plan(search=search, fair=fair), seed=seed)
    files = Files(company)
    spent = {name: Decimal(str(tactic["spent"]["as_of"])) for name, tactic in files.truth["tactics"].items()}
    assert sum(ad_rows(files).values()) == spent["search"]
    invoices = files.table("invoices.csv", delimiter=";") if "invoices.csv" in files.bytes else []
    assert sum(german(row["Betrag netto"]) for row in invoices) == spent["fair"]
    totals = files.truth["totals"]["as_of"]
    assert len(files.table("leads.csv")) == totals["lead"]
    deals = [row for row in files.table("hubspot_deals.csv") if row["Record ID"]]
    assert len(deals) == totals["sqo"]
    assert sum(row["Deal Stage"] == "Closed Won" for row in deals) == totals["contract"]
    contacts = {row["Record ID"] for row in files.table("hubspot_contacts.csv")}
    linked = {record for row in deals for record in row["Associated Contact IDs"].split(";") if record}
    assert linked <= contacts
