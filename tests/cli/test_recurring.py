"""The recurring reviews in the terminal: what is shown, what is asked, what is written, what waits."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from leadline.align.facts import Counted, EvidenceFacts
from leadline.align.run import CheckOptions, check
from leadline.cli import recurring
from leadline.cli.recurring import converse
from leadline.cli.side_by_side import comparison_lines
from leadline.plan.interview import read_flow
from leadline.plan.source import parse_plan, read_plan
from leadline.plan.stamp import fingerprints
from leadline.review.fingerprints import read_reviewed
from leadline.review.run import Request, review_plan

AS_OF = dt.date(2027, 7, 1)
PLAN = """
plan: {id: bikes-2027, title: Bikes 2027, window: 2027-01-01..2027-12-31, currency: EUR, budget: 30 kEUR, driver: mia, status: active, review_every: month}
metrics:
  - {id: won, name: Contracts, unit: count, value_event: true, worth: 9 kEUR, source: "stage:won"}
  - {id: known, name: Awareness, unit: "%", source: "metric:awareness"}
situation:
  findings: [{id: late, kind: weakness, statement: Late, addressed_by: [ads]}]
objectives:
  - {id: sell, name: Sell, metric: won, baseline: {value: 0, as_of: 2026-12-31}, target: {value: 100, by: 2027-12-31}, serves: [{ref: grow, seen: 000000000000}]}
  - {id: fame, metric: known, baseline: {value: 10 %, as_of: 2026-12-31}, target: {value: 20 %, by: 2027-12-31}, serves: [grow]}
strategy: {levels: [{id: grow, level: corporate, direction: growth}]}
tactics:
  list:
    - {id: ads, name: Ads, intent: acquire, serves: [sell], dates: 2027-01-01..2027-12-31, budget: 20 kEUR, delivers: {metric: won, count: 80}}
    - {id: fair, name: Spring fair, intent: acquire, serves: [sell], dates: 2027-03-01..2027-03-31, budget: 6 kEUR, delivers: {metric: won, count: 20}}
    - {id: radio, intent: build, serves: [fame], dates: 2027-03-01..2027-12-31, budget: 3 kEUR, expects: {metric: known, change: 10 pp}}
control:
  watches:
    - {id: w-sell, metric: won, objective: sell, every: month, by: mia, amber: -10 %, red: -20 %, then: {who: mia, what: review, within: 10 days}}
    - {id: w-fame, metric: known, objective: fame, every: month, by: mia, amber: -1 pp, red: -3 pp, then: {who: mia, what: review, within: 10 days}}
"""
FACTS = EvidenceFacts(
    readings={"won": ((dt.date(2027, 6, 30), 30.0),), "known": ((dt.date(2027, 6, 28), 0.135),)},
    delivered={("fair", "won"): Counted(12.0, dt.date(2027, 6, 30))},
    spend={"fair": 6_400.0},
)


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Give a review by script: the flow's name and the lines -> what stood on the terminal."""
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, encoding="utf-8")

    def seen(workspace, *, quiet):
        del quiet
        made = review_plan(workspace.plan, Request(now=lambda: dt.datetime(2027, 7, 1, tzinfo=dt.UTC), as_of=AS_OF))
        options = CheckOptions(as_of=AS_OF, facts=FACTS)
        today = hold.__dict__.get("day", AS_OF)
        return replace(made, asked=options, check=check(read_plan(path), options)), today

    monkeypatch.setattr(recurring, "_seen", seen)

    def hold(flow, *lines):
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        converse(tmp_path, read_flow(flow), as_json=False, quiet=False, start=None)
        out = capsys.readouterr().out
        assert max(map(len, out.splitlines())) <= 80 or str(tmp_path) in out
        return out

    return hold, tmp_path


def test_the_month_shows_five_lines_asks_about_one_item_and_lists_what_waits(held):
    hold, folder = held
    out = hold("review-month", "it rained", "fix, Mia, 2027-07-20")
    assert "One decision: Contracts (26 kEUR at stake)" in out
    assert out.count("\n- ") == 5
    assert "1 more can wait:\n  Awareness (3 kEUR at stake): amber" in out
    (decision,) = read_plan(folder / "plan.yaml").plan.control.decisions
    assert (decision.choice, decision.reason, decision.date, decision.about) == (
        "fix, by 2027-07-20", "it rained", AS_OF, ("w-sell", "sell"),
    )  # fmt: skip


def test_what_was_decided_is_not_asked_again_the_same_day(held):
    hold, folder = held
    hold("review-month", "it rained", "fix, Mia")
    before = (folder / "plan.yaml").read_text(encoding="utf-8")
    again = hold("review-month")
    assert "One decision: Awareness (3 kEUR at stake)" in again
    assert (folder / "plan.yaml").read_text(encoding="utf-8") == before


def test_an_interrupted_month_goes_on_where_it_stopped(held):
    hold, folder = held
    assert "What will you do" in hold("review-month", "it rained", "stop")
    hold("review-month", "nothing, Mia")
    (decision,) = read_plan(folder / "plan.yaml").plan.control.decisions
    assert (decision.choice, decision.reason) == ("nothing", "it rained")


def test_a_month_with_nothing_open_says_so(held):
    hold, folder = held
    text = PLAN + "  decisions: [{id: d, date: 2027-07-01, question: Red?, choice: fix, by: mia}]\n"
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    assert hold("review-month").endswith("Nothing has to be decided this month.\n")


def test_a_link_that_holds_gets_its_stamp_in_the_plan_and_the_ledger(held):
    hold, folder = held
    out = hold("review-quarter", *["yes"] * 4)
    plan = read_plan(folder / "plan.yaml").plan
    assert "does the link below still hold" in out
    mark = fingerprints(plan)["grow"]
    assert plan.objectives[0].serves[0].seen == mark
    known = read_reviewed(folder / "ledger" / "fingerprints.jsonl", plan.plan.id)
    assert mark in known.known_contents
    assert (known.reviews["sell"].by, known.reviews["sell"].seen) == ("mia", {"grow": mark})


def test_after_an_activity_its_lesson_is_asked_once(held):
    hold, folder = held
    out = hold("review-after", "20 contracts", "as planned", "tactic failed, agree", "go to the smaller fair")
    assert "Promised 20 of won; 12 counted by 2027-06-30" in " ".join(out.split())
    (decision,) = read_plan(folder / "plan.yaml").plan.control.decisions
    assert (decision.choice, decision.reason) == ("tactic failed (agree)", "go to the smaller fair")
    (folder / "evidence" / "interview.json").unlink()
    assert hold("review-after").startswith("No activity has ended")


def test_a_verdict_that_was_given_is_not_asked_again_when_the_notes_are_lost(held):
    hold, folder = held
    hold("review-after", "20 contracts", "as planned", "tactic failed", "stop")
    (folder / "evidence" / "interview.json").unlink()
    assert "one sentence" in hold("review-after", "go to the smaller fair")
    (decision,) = read_plan(folder / "plan.yaml").plan.control.decisions
    assert (decision.notes, decision.choice) == ("Promised: 20 contracts.", "tactic failed")


def test_the_year_begins_a_draft_beside_the_plan_and_closes_the_old_one(held):
    hold, folder = held
    hold.day = dt.date(2027, 12, 31)
    out = hold(
        "review-year",
        "yes, a lift of 31 % in the test",
        "no",
        "no",
        "?",
        "96, 2027-12-31, ledger",
    )
    draft, old = read_plan(folder / "plan-2028.yaml"), read_plan(folder / "plan.yaml").plan
    plan = draft.plan
    assert (plan.plan.id, plan.plan.title, plan.plan.status, str(plan.plan.window)) == (
        "bikes-2028", "Bikes 2028", "draft", "2028-01-01..2028-12-31",
    )  # fmt: skip
    assert [(one.id, one.reason, one.budget, one.delivers) for one in plan.tactics.list] == [
        ("ads", "evidence", None, ())
    ]
    assert "a lift of 31 %" in plan.situation.evidence[0].citation
    baselines = {one.id: one.baseline for one in plan.objectives}
    assert sorted(str(one.value) for one in baselines.values() if one is not None) == ["96"]
    assert all(one.target is None for one in plan.objectives)
    assert draft.faults == ()
    assert old.plan.status == "closed"
    assert "plan.yaml is closed" in out
    assert json.loads((folder / "evidence" / "interview.json").read_text(encoding="utf-8"))["flow"] == "review-year"


def test_a_plan_whose_window_runs_on_stays_open(held):
    hold, folder = held
    out = hold("review-year", "yes, a lift of 31 % in the test", "no", "no", "?", "?")
    assert "stays open until 2027-12-31" in out
    assert read_plan(folder / "plan.yaml").plan.plan.status == "active"
    assert "is begun, and nothing of it is open" in hold("review-year")


def test_an_audit_ends_with_everybody_side_by_side():
    rival = "  competitors: [{id: n, name: Nordsense, price_index: 92, share: 21 %, channels: [search, fair]}]\n"
    document = parse_plan(PLAN.replace("  findings:", f"{rival}  findings:"))
    lines = list(comparison_lines(document))
    assert [line.split() for line in lines[2:5]] == [
        ["price", "share", "voice", "seen"],
        ["You", "100", "?", "?"],
        ["Nordsense", "92", "21", "%", "?", "?"],
    ]
    assert "Nordsense: search, fair" in lines
    assert list(comparison_lines(parse_plan(PLAN))) == []
