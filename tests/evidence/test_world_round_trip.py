"""A made-up company's files through the real import: the warehouse holds the truth, less the stated noise."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from types import SimpleNamespace

import pytest

from leadline.evidence.import_jobs import Setup
from leadline.evidence.imports import import_files
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.privacy import Key
from leadline.evidence.store import open_store
from leadline.plan.source import read_plan
from leadline.settings import read_settings
from leadline.workspace import Workspace
from leadline.worlds import make_world

pytestmark = pytest.mark.slow

TEST_KEY = Key(bytes(range(32)))
FORMATS = {
    "ga4_events": "ga4",
    "google_ads": "google-ads",
    "kampagnenbericht": "google-ads",
    "linkedin": "linkedin-ads",
    "hubspot_contacts": "hubspot-contacts",
    "hubspot_deals": "hubspot-deals",
}


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    made = make_world("halden", tmp_path_factory.mktemp("halden"))
    workspace, plan = Workspace(made.folder), read_plan(made.plan).plan
    facts = PlanFacts(
        currency=plan.plan.currency,
        timezone=plan.plan.timezone,
        tactic_ids=tuple(tactic.id for tactic in plan.tactics.list),
        tracked_as={tactic.id: tactic.tracked_as for tactic in plan.tactics.list if tactic.tracked_as},
        states=frozenset(metric.source[6:] for metric in plan.metrics if (metric.source or "").startswith("stage:")),
    )
    setup = Setup(TEST_KEY, stage_maps=read_settings(workspace.settings).stages)
    files = [path for path in made.exports if path.suffix != ".yaml"]
    clock = lambda: dt.datetime(2027, 10, 1, 8, tzinfo=dt.UTC)  # noqa: E731 - a clock that stands still
    reports = import_files(workspace, files, facts=facts, setup=setup, clock=clock)
    truth = json.loads(made.truth.read_text("utf-8"))
    store = open_store(workspace)
    yield SimpleNamespace(reports=dict(zip((path.name for path in files), reports, strict=True)), truth=truth,
                          ask=lambda sql: store.ask(sql).to_pylist())  # fmt: skip
    store.close()


def test_every_file_is_recognised_as_what_it_is(imported):
    for name, report in imported.reports.items():
        expected = next((format_ for start, format_ in FORMATS.items() if name.startswith(start)), "generic")
        assert (report.status, report.recognised_as) == ("done", expected), name


def test_the_law_of_records_holds_and_every_loss_is_one_that_was_meant(imported):
    for name, report in imported.reports.items():
        counts, records = imported.truth["files"][name], report.records
        assert records.read == counts["records"], name
        assert records.read == records.accepted + records.rejected + sum(records.skipped.values()) + records.merged
        assert records.rejected == counts.get("missing_key", 0) + counts.get("bad_date", 0), name
        skipped = {reason: counts.get(reason, 0) for reason in ("totals", "duplicate_row", "event_ignored")}
        assert records.skipped == {reason: count for reason, count in skipped.items() if count}, name
    rejects = imported.ask("SELECT reason, part, count(*) AS n FROM rejects GROUP BY ALL ORDER BY reason")
    assert [(row["reason"], row["part"], row["n"]) for row in rejects] == [
        ("bad_date", None, 1), ("bad_email", "identifier", 1), ("missing_key", None, 1),
    ]  # fmt: skip


def test_money_in_the_warehouse_is_the_truth_after_the_restatement(imported):
    rows = imported.ask("SELECT tactic, sum(amount) AS amount FROM spend GROUP BY tactic")
    seen = {row["tactic"]: row["amount"] for row in rows}
    assert seen.pop(None) == sum(Decimal(str(money)) for money in imported.truth["unclaimed"].values())
    for name, amount in seen.items():
        assert amount == Decimal(str(imported.truth["tactics"][name]["spent"]["as_of"])), name
    assert set(seen) == {"search", "li-posts", "thought", "webinar", "fair", "sponsoring"}


def test_every_state_is_entered_as_often_as_in_truth(imported):
    rows = imported.ask("SELECT stage, count(DISTINCT subject) AS n FROM stages GROUP BY stage")
    seen = {row["stage"]: row["n"] for row in rows}
    totals = imported.truth["totals"]["as_of"]
    assert {state: seen[state] for state in ("lead", "sqo", "contract", "check", "upgrade")} == {
        state: totals[state] for state in ("lead", "sqo", "contract", "check", "upgrade")
    }


def test_won_money_is_that_of_the_contracts(imported):
    contracts = [case["amount"] for case in imported.truth["cases"] if "contract" in case["known"]]
    (row,) = imported.ask("SELECT sum(amount) AS amount FROM deals WHERE status = 'won'")
    assert float(row["amount"]) == sum(contracts)


def test_a_person_with_a_web_form_is_one_person_with_the_cookie(imported):
    rows = imported.ask(
        """SELECT count(DISTINCT person) AS people, count(*) AS identifiers FROM people
           JOIN identities USING (node) WHERE kind IN ('crm', 'email', 'user')"""
    )
    known = [person for person in imported.truth["people"] if person["record"]]
    as_of = dt.datetime.fromisoformat(imported.truth["as_of"]) + dt.timedelta(days=1)
    cases = {case["key"]: case for case in imported.truth["cases"]}
    seen = [person for person in known if _created(person, cases) < as_of]
    assert rows[0]["people"] == len(seen)


def _created(person, cases):
    entered = cases[person["case"]]["entered"]
    return dt.datetime.fromisoformat(entered["sqo" if person["colleague"] else "lead"])
