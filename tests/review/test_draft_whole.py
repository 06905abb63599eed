"""Start on whole companies: a real funnel of two tables, the made-up company whose truth is known, the sample exports."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from leadline.align.run import CheckOptions, check
from leadline.plan.source import read_plan
from leadline.review.draft import StartRequest, start_from_files
from leadline.review.start_document import start_document
from leadline.review.start_told import told
from leadline.workspace import Workspace
from leadline.worlds import make_world

pytestmark = pytest.mark.slow
NOW = dt.datetime(2027, 10, 2)  # noqa: DTZ001 - UTC without zone
A_MINUTE = 60.0
README = {  # shared/examples/olist/README.md: leads, won
    "organic search": (2296, 271), "paid search": (1586, 195), "social": (1350, 75), "unknown": (1099, 179),
    "direct traffic": (499, 56), "email": (493, 15), "referral": (284, 24), "other": (150, 4), "display": (118, 6),
    "other publicities": (65, 3), "(none given)": (60, 14),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _key():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADLINE_KEY", "00" * 32)
        yield


def begun(folder, *files, **asked):
    began = time.perf_counter()
    shown = []
    start = start_from_files(
        Workspace(folder), list(files), request=StartRequest(lambda: NOW, show=shown.append, **asked)
    )
    return SimpleNamespace(start=start, shown=shown, seconds=time.perf_counter() - began)


@pytest.fixture(scope="module")
def olist(shared, tmp_path_factory):
    return begun(tmp_path_factory.mktemp("olist") / "acme", shared / "examples" / "olist" / "data")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    company = make_world("halden", tmp_path_factory.mktemp("world"))
    made = begun(company.folder / "acme", company.folder / "exports")
    made.truth = json.loads(company.truth.read_text("utf-8"))
    return made


def test_two_tables_give_the_conversion_of_every_origin(olist):
    hidden = {
        "other",
        "display",
        "other publicities",
    }  # fewer than ten people, and the next group keeps them from being told
    told = {name: (leads, None if name in {*hidden, "(none given)"} else won) for name, (leads, won) in README.items()}
    assert {one.name: (one.named, one.sales) for one in olist.start.picture.channels.origins} == told


def test_two_tables_give_a_bridge_with_a_measured_rate_and_lag(olist):
    (step,) = read_plan(olist.start.workspace.plan).plan.tactics.bridge
    assert (step.from_, step.to, step.method, step.source) == ("lead", "won", "measured", "closed-deals")
    assert 10.5 < step.rate.low < step.rate.base < step.rate.high < 12.6
    assert 14.7 < step.lag.low < step.lag.base < step.lag.high  # longer than of the deals seen: half are still to come
    assert "7\u202f158 of 7\u202f999 leads; they count as open, not as lost" in olist.start.sentences[1]


def test_two_tables_without_spend_say_so_and_take_less_than_a_minute(olist):
    assert "no spend, so no cost per sale" in olist.start.sentences[0]
    assert olist.start.picture.channels.main is None
    assert olist.seconds < A_MINUTE


def test_a_mapping_that_was_drafted_is_shown_before_it_is_used_and_kept(olist):
    assert [set(draft.mapping_texts) for draft in olist.shown] == [{"qualified_leads.csv", "closed_deals.csv"}]
    kept = {path.name: path.read_text("utf-8") for path in olist.start.workspace.mappings.iterdir()}
    assert set(kept) == {"qualified_leads.mapping.yaml", "closed_deals.mapping.yaml"}
    assert kept["closed_deals.mapping.yaml"] == olist.shown[0].mapping_texts["closed_deals.csv"]


def test_early_cohorts_before_recording_began_are_pointed_out(olist):
    assert any("no won before 2017-12-05" in note for note in olist.start.notes)
    assert any("dated" in note and "before" in note for note in olist.start.notes)


def test_a_second_run_on_whole_tables_changes_no_byte(olist, shared):
    folder = olist.start.workspace.folder
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = begun(folder, shared / "examples" / "olist" / "data")
    assert again.start.added == ()
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("made", ["olist", pytest.param("world", marks=pytest.mark.proof)])
def test_a_draft_parses_and_no_structural_check_fires(made, request):
    document = read_plan(request.getfixturevalue(made).start.workspace.plan)
    assert document.faults == ()
    assert check(document, CheckOptions(as_of=dt.date(2027, 9, 30))).shown == ()


@pytest.mark.proof
def test_spend_by_channel_is_the_truth(world):
    truth = world.truth
    spent = {name: tactic["spent"]["as_of"] for name, tactic in truth["tactics"].items()}
    expected = {
        "Paid Search": spent["search"] + sum(truth["unclaimed"].values()),
        "Paid Social": spent["li-posts"],
        "no channel named": sum(spent[name] for name in ("thought", "webinar", "fair", "sponsoring")),
    }
    seen = {one.name: one.money["EUR"] for one in world.start.picture.channels.channels if one.money}
    assert seen == pytest.approx(expected, abs=0.005)
    costs = {one.name: one.cost for one in read_plan(world.start.workspace.plan).plan.situation.channels if one.cost}
    assert {name: cost.value for name, cost in costs.items()} == pytest.approx(
        {name: money for name, money in expected.items() if name != "no channel named"}, abs=0.005
    )


@pytest.mark.proof
def test_money_that_nobody_claims_is_named(world):
    ideas = {idea.name for idea in read_plan(world.start.workspace.plan).plan.control.ideas}
    assert set(world.truth["unclaimed"]) <= ideas
    assert world.start.picture.channels.main.rows["no channel named"] == 46
    assert "182 kEUR whose channel no file names" in world.start.sentences[2]


@pytest.mark.proof
def test_states_follow_each_other_as_they_do_in_the_made_up_company(world):
    found = world.start.picture.found
    assert found.steps == (
        ("lead", "appointment-scheduled"), ("appointment-scheduled", "qualified-to-buy"), ("qualified-to-buy", "contract-sent"),
        ("contract-sent", "won"), ("check", "upgrade"),
    )  # fmt: skip
    counted = {state.id: state.subjects for state in found.states}
    totals = world.truth["totals"]["as_of"]
    truth = {"lead": totals["lead"], "qualified-to-buy": totals["sqo"], "won": totals["contract"], "check": totals["check"],
             "upgrade": totals["upgrade"]}  # fmt: skip
    assert {state: counted[state] for state in truth} == truth


@pytest.mark.proof
def test_rates_of_the_draft_hold_the_truth(world):
    steps = {(step.from_, step.to): step.rate for step in read_plan(world.start.workspace.plan).plan.tactics.bridge}
    true = {(step["from"], step["to"]): step["rate"] for step in world.truth["bridge"]}
    upgrade = steps["check", "upgrade"]
    assert upgrade.low < 100 * true["check", "upgrade"] < upgrade.high
    sent, won = steps["qualified-to-buy", "contract-sent"], steps["contract-sent", "won"]
    assert sent.low * won.low / 100 < 100 * true["sqo", "contract"] < sent.high * won.high / 100


@pytest.mark.proof
def test_entries_that_did_not_go_on_are_told_with_those_that_were_given_up(world):
    cases = [case for case in world.truth["cases"] if "lead" in case["known"] and "sqo" not in case["known"]]
    given_up = sum(case["lost"] is not None and case["lost"][:10] <= world.truth["as_of"] for case in cases)
    assert f"822 of 916 leads ({given_up} of them marked as given up)" in world.start.sentences[1]


@pytest.mark.proof
def test_what_was_given_up_is_no_sale_and_which_stage_is_one_is_asked(world):
    plan = read_plan(world.start.workspace.plan).plan
    assert next(metric for metric in plan.metrics if metric.id == "lost").better == "down"
    assert not any(metric.value_event for metric in plan.metrics)  # two ends carry money: a person must say
    (question,) = [one for one in world.start.questions if one.id == "start.sale"]
    assert (question.choices, question.proposal) == (("won", "upgrade"), "won")


@pytest.mark.proof
def test_platform_conversions_are_told_as_the_platforms_own(world):
    paid = next(one for one in world.start.picture.channels.channels if one.name == "Paid Search")
    assert paid.claimed > 100
    assert paid.sales is None  # of fewer than ten people, or told by those who are
    assert "1\u202f007 conversions (platform-reported" in world.start.sentences[1]


@pytest.mark.proof
def test_the_four_sample_exports_together_follow_a_visit_and_no_further(shared, tmp_path):
    samples = shared / "exports"
    files = ("google-ads/campaign_report.csv", "meta-ads/ads_daily.csv", "hubspot/contacts.csv", "hubspot/deals.csv",
             "ga4/events_20270302.jsonl")  # fmt: skip
    made = begun(tmp_path / "acme", *(samples / name for name in files))
    assert {one.given: one.understood_as for one in made.start.files} == {
        "campaign_report.csv": "google-ads", "ads_daily.csv": "meta-ads", "contacts.csv": "hubspot-contacts",
        "deals.csv": "hubspot-deals", "events_20270302.jsonl": "ga4",
    }  # fmt: skip
    assert all(one.rows == one.taken + one.rejected + sum(one.left_out.values()) for one in made.start.files)
    hundred = made.start.picture.channels.main
    assert (hundred.rows, hundred.parts["visit"], hundred.parts["sale"]) == (
        {"Paid Search": 89, "Paid Social": 11},
        89,
        0,
    )
    assert next(metric.id for metric in made.start.document.plan.metrics if metric.value_event) == "won"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("google-ads/campaign_report.csv", marks=pytest.mark.proof), "meta-ads/ads_daily.csv", "hubspot/deals.csv",
        pytest.param("hubspot/contacts.csv", marks=pytest.mark.proof), pytest.param("ga4/events_20270302.jsonl", marks=pytest.mark.proof),
    ],
)  # fmt: skip
def test_each_sample_export_alone_gives_a_plan_that_reads_and_three_sentences(shared, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    start = begun(Path("acme"), shared / "exports" / name).start
    assert read_plan(start.workspace.plan).faults == ()
    assert len(start.sentences) == 3
    assert all("step" in sentence for sentence in start.sentences[2:])
    assert max(map(len, told(start).splitlines())) <= 80
    assert start_document(start).plan == str(start.workspace.plan)
