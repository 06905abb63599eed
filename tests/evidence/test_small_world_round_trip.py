"""A month of the shop and of the charity through the real import: every loss is one that the world meant."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from decimal import Decimal
from statistics import median
from types import SimpleNamespace

import pytest

from leadline.evidence import frames, observed, waiting
from leadline.evidence.import_jobs import Setup
from leadline.evidence.imports import import_files
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.privacy import Key
from leadline.evidence.store import open_store
from leadline.plan.source import read_plan
from leadline.workspace import Workspace
from leadline.worlds import make_world, read_world, world_folder

pytestmark = pytest.mark.proof

TEST_KEY = Key(bytes(range(32)))
FORMATS = {"ga4": "ga4", "google_ads": "google-ads", "meta_ads": "meta-ads", "mailchimp": "mailchimp", "mastodon": "mastodon",
           "orders_export": "shopify-orders"}  # fmt: skip
MAY = {"start": dt.date(2027, 5, 1), "as_of": dt.date(2027, 5, 31), "end": dt.date(2027, 6, 15)}


def one_month(name):
    """Return the shipped world and its plan, cut to one month, with a tenth of its visits."""
    world = read_world(world_folder(name) / "world.yaml")
    changes = {"world": world.world.model_copy(update=MAY), "web_from": None, "visits": world.visits / 10}
    return world.changed(changes), read_plan(world_folder(name) / "plan.yaml")


@pytest.fixture(scope="module", params=["tidewater", "harbour"])
def imported(request, tmp_path_factory):
    world, document = one_month(request.param)
    made = make_world(world, tmp_path_factory.mktemp(request.param), plan=document)
    workspace, plan = Workspace(made.folder), document.plan
    facts = PlanFacts(
        currency=plan.plan.currency,
        timezone=plan.plan.timezone,
        tactic_ids=tuple(tactic.id for tactic in plan.tactics.list),
        tracked_as={tactic.id: tactic.tracked_as for tactic in plan.tactics.list if tactic.tracked_as},
        states=frozenset(metric.source[6:] for metric in plan.metrics if (metric.source or "").startswith("stage:")),
    )
    files = [path for path in made.exports if path.suffix != ".yaml"]
    clock = lambda: dt.datetime(2027, 6, 1, 8, tzinfo=dt.UTC)  # noqa: E731 - a clock that stands still
    reports = import_files(workspace, files, facts=facts, setup=Setup(TEST_KEY), clock=clock)
    store = open_store(workspace)
    yield SimpleNamespace(
        name=request.param, world=world, truth=json.loads(made.truth.read_text("utf-8")),
        reports=dict(zip((path.name for path in files), reports, strict=True)), ask=lambda sql: store.ask(sql).to_pylist(),
        store=store,
    )  # fmt: skip
    store.close()


def test_every_file_is_recognised_and_taken(imported):
    for name, report in imported.reports.items():
        expected = next((format_ for start, format_ in FORMATS.items() if name.startswith(start)), "generic")
        assert (report.status, report.recognised_as) == ("done", expected), (name, report)


def test_every_record_is_accounted_for_and_every_loss_was_meant(imported):
    for name, report in imported.reports.items():
        counts, records = imported.truth["files"][name], report.records
        assert records.read == counts["records"], name
        assert records.read == records.accepted + records.rejected + sum(records.skipped.values()) + records.merged
        assert records.rejected == 0, name
        assert records.merged == counts.get("deleted", 0), name
        skipped = {reason: counts.get(reason, 0) for reason in ("totals", "duplicate_row", "event_ignored")}
        assert records.skipped == {reason: count for reason, count in skipped.items() if count}, name
    assert not imported.ask("SELECT reason FROM rejects")


def test_money_spent_is_the_truth_to_the_cent(imported):
    rows = imported.ask("SELECT tactic, sum(amount) AS amount FROM spend GROUP BY tactic")
    seen = {row["tactic"]: row["amount"] for row in rows}
    spent = {name: Decimal(str(one["spent"]["as_of"])) for name, one in imported.truth["tactics"].items()}
    assert seen == {name: amount for name, amount in spent.items() if amount}


def test_every_listed_state_is_entered_as_often_as_in_truth(imported):
    rows = imported.ask("SELECT stage, count(DISTINCT subject) AS n FROM stages GROUP BY stage")
    seen = {row["stage"]: row["n"] for row in rows if row["stage"] != "lost"}
    totals, listed = imported.truth["totals"]["as_of"], {*imported.world.journal, *imported.world.donations}
    assert seen == {state: totals[state] for state in listed if totals[state]}


def test_letters_and_visits_of_the_booking_page_are_those_of_the_truth(imported):
    rows = imported.ask("SELECT event, count(*) AS n FROM touches GROUP BY event")
    seen = {row["event"]: row["n"] for row in rows}
    totals = imported.truth["totals"]["as_of"]
    for state, kind in imported.world.letters.items():
        assert seen[kind] == totals[state]
    delivered = sum(count.get("late", 0) for count in imported.truth["files"].values())
    for state, event in imported.world.seen_in.items():
        assert 0 <= totals[state] - seen[event] <= delivered  # those of the last days had not reached the export


def test_orders_and_gifts_carry_the_money_of_the_truth(imported):
    (row,) = imported.ask("SELECT count(*) AS n, sum(gross) AS gross, sum(refunded) AS refunded FROM orders")
    sold = imported.truth["orders"]
    if imported.world.shop:
        assert (row["n"], float(row["gross"]), float(row["refunded"])) == (
            sold["orders"],
            sold["gross"],
            sold["refunded"],
        )
    else:
        known = [
            case for case in imported.truth["cases"] for state in case["known"] if state in imported.world.donations
        ]
        money = sum(sum(worth for state, worth in case["worth"].items() if state in case["known"]) for case in known)
        assert (row["n"], float(row["gross"])) == (len(known), money)


def test_posts_answers_and_arms_are_those_of_the_truth(imported):
    posts = imported.ask("SELECT count(*) AS n, count(deleted_at) AS gone FROM posts WHERE venue <> 'email'")[0]
    counts = imported.truth["files"]["mastodon_statuses.json"]
    assert posts["n"] == sum(one["collected"] for one in imported.truth["voice"].values())
    assert posts["gone"] == counts["deleted"]
    kinds = Counter((row["direction"], row["kind"]) for row in imported.ask("SELECT direction, kind FROM responses"))
    said = imported.truth["responses"]
    assert (kinds["inbound", "message"], kinds["outbound", "message"], kinds["outbound", "auto"]) == (
        said["inbound"], said["answered"], said["auto"],
    )  # fmt: skip
    arms = imported.ask("SELECT test, arm, count(*) AS n, sum(value) AS cases FROM trials GROUP BY test, arm")
    for row in arms:
        true = imported.truth["trials"][row["test"]]["arms"][row["arm"]]
        assert (row["n"], row["cases"]) == (true["units"], true["cases"])
    assert {row["test"] for row in arms} == set(imported.truth["trials"])


def test_panels_waits_and_trials_tell_what_the_truth_tells(imported):
    world, truth, store = imported.world, imported.truth, imported.store
    at = frames.as_of(store, timezone="UTC", day=MAY["as_of"])
    said = truth["responses"]
    found = waiting.waits(store, at=at)
    answered = [one.hours for one in found if one.is_answered]
    assert (len(found), len(answered)) == (said["inbound"], said["answered"])
    if answered:
        assert median(answered) == pytest.approx(said["median_hours"], abs=1e-3)
    asked = {"grain": "week", "currency": world.world.currency, **at.params}
    rows = store.ask("weekly_panel", **asked).to_pylist()
    money = sum(row["value"] or 0.0 for row in rows if row["kind"] == "spend")
    assert money == pytest.approx(sum(one["spent"]["as_of"] for one in truth["tactics"].values()), abs=0.01)
    trials = observed.trials(store, at=at)
    assert trials.value.sum() == sum(arm["cases"] for one in truth["trials"].values() for arm in one["arms"].values())


def test_everybody_who_agreed_to_hear_from_us_stands_in_the_ledger(imported):
    (purpose,) = imported.world.consents.values()
    agreed = imported.truth["files"]["consent.csv"]["records"]
    found = imported.ask("SELECT purpose, channel, state, count(DISTINCT entry) AS n FROM consent GROUP BY ALL")
    assert found == [{"purpose": purpose, "channel": "email", "state": "granted", "n": agreed}]
