"""The monthly page and what recurring reviews ask about: what is open, with its numbers and its money, and nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from leadline.align.facts import Counted, EvidenceFacts, FirstReplies
from leadline.align.run import CheckOptions, check
from leadline.plan.source import read_plan
from leadline.plan.stamp import fingerprints
from leadline.review.monthly import monthly
from leadline.review.open_items import open_items
from leadline.review.result import Review
from leadline.review.run import Request, review_plan

AS_OF = dt.date(2027, 7, 1)
PLAN = """
plan: {id: p, title: Bikes, window: 2027-01-01..2027-12-31, currency: EUR, budget: 30 kEUR, status: active, review_every: month}
metrics:
  - {id: won, name: Contracts, unit: count, value_event: true, worth: 9 kEUR, source: "stage:won"}
  - {id: known, name: Awareness, unit: "%", source: "metric:awareness"}
situation:
  touchpoints:
    - {id: desk, name: Desk, stage: buy, promise: {first_response: 2 h, hours: 20 h/week}, staffed: 12 h/week}
objectives:
  - {id: sell, name: Sell, metric: won, baseline: {value: 0, as_of: 2026-12-31}, target: {value: 100, by: 2027-12-31}, serves: [{ref: grow, seen: 000000000000}]}
  - {id: fame, metric: known, baseline: {value: 10 %, as_of: 2026-12-31}, target: {value: 20 %, by: 2027-12-31}, serves: [grow]}
strategy: {levels: [{id: grow, level: corporate, direction: growth}]}
tactics:
  list:
    - {id: ads, intent: acquire, serves: [sell], dates: 2027-01-01..2027-12-31, budget: 20 kEUR, delivers: {metric: won, count: 80}, test: t-ads}
    - {id: fair, name: Spring fair, intent: acquire, serves: [sell], dates: 2027-03-01..2027-03-31, budget: 6 kEUR, delivers: {metric: won, count: 20}}
    - {id: radio, intent: build, serves: [fame], dates: 2027-03-01..2027-12-31, budget: 3 kEUR, expects: {metric: known, change: 10 pp}}
action: {tasks: [{id: roster, name: Roster, tactic: ads, accountable: mia, due: 2027-07-20}]}
control:
  watches:
    - {id: w-sell, metric: won, objective: sell, every: month, by: mia, amber: -10 %, red: -20 %, then: {who: mia, what: review, within: 10 days}}
    - {id: w-fame, metric: known, objective: fame, every: month, by: mia, amber: -1 pp, red: -3 pp, then: {who: mia, what: review, within: 10 days}}
  tests: [{id: t-ads, tactic: ads, method: geo, duration: 90 days, rule: stop if the lift is under 10 %}]
  assumptions: [{id: a-shop, statement: The shop stays open, criticality: high, due: 2027-07-15, state: open}]
  waivers: [{id: x, code: BUD002, target: ads, reason: only one channel is known, approved_by: mia, expires: 2027-08-15}]
  ideas: [{id: podcast, name: Podcast, date: 2027-01-05, reason: no number}]
"""
FACTS = EvidenceFacts(
    readings={
        "won": ((dt.date(2027, 6, 30), 30.0),),
        "known": ((dt.date(2027, 6, 28), 0.135),),
    },
    delivered={("fair", "won"): Counted(12.0, dt.date(2027, 6, 30))},
    first_replies={"desk": FirstReplies(9.0, 40)},
    spend={"fair": 6_400.0},
)


@pytest.fixture
def seen(tmp_path: Path) -> Review:
    return reviewed(tmp_path, PLAN, FACTS)


def reviewed(folder: Path, text: str, facts: EvidenceFacts | None) -> Review:
    path = folder / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    made = review_plan(path, Request(now=lambda: dt.datetime(2027, 7, 1, tzinfo=dt.UTC), as_of=AS_OF))
    options = CheckOptions(as_of=AS_OF, facts=facts)
    return replace(made, asked=options, check=check(read_plan(path), options))


def test_what_is_red_and_undecided_comes_first_by_its_money(seen: Review) -> None:
    items = open_items(seen, "review-month")
    assert [(item.id, item.values["kind"], item.money) for item in items] == [
        ("w-sell", "red", 26_000.0),
        ("w-fame", "amber", 3_000.0),
    ]
    assert (
        items[0].lines[0] == "Contracts: 30 on 2027-06-30, 49.6 was planned, red begins at 39.7, red since 2027-06-30."
    )


def test_a_decision_since_then_takes_it_off_the_page(tmp_path: Path) -> None:
    decided = PLAN + "  decisions: [{id: d, date: 2027-07-01, question: Red?, choice: fix, by: mia, about: [w-sell]}]\n"
    assert [item.id for item in open_items(reviewed(tmp_path, decided, FACTS), "review-month")] == ["w-fame"]


def test_an_old_value_asks_for_the_next_export(tmp_path: Path) -> None:
    facts = replace(FACTS, readings={"won": ((dt.date(2027, 4, 1), 25.0),)})
    decided = PLAN + "  decisions: [{id: d, date: 2027-06-01, question: Red?, choice: fix, by: mia, about: [w-sell]}]\n"
    item = open_items(reviewed(tmp_path, decided, facts), "review-month")[0]
    assert (item.values["kind"], "91 days ago" in item.lines[0]) == ("stale", True)


def test_the_page_has_five_lines_and_one_decision(seen: Review) -> None:
    page = monthly(seen)
    assert len(page.lines) == 5
    assert page.lines[1].startswith("Of each 100 EUR")
    assert page.lines[2] == "Without a decision yet: red: Contracts; amber: Awareness."
    assert page.lines[3] == (
        "Broken: Desk (9 h for the slowest one in ten, 2 h promised); 12 of 20 promised hours a week are staffed."
    )
    assert page.lines[4] == "Due until 2027-07-31: assumption a-shop (2027-07-15), Roster (2027-07-20)."
    assert page.decision is not None
    assert (page.decision.id, [item.id for item in page.waiting]) == ("w-sell", ["w-fame"])
    assert page.sentence() == "One thing to decide: Contracts. 1 more can wait."


def test_a_quiet_month_says_so(tmp_path: Path) -> None:
    page = monthly(reviewed(tmp_path, PLAN, None))
    assert page.sentence() == "Nothing has to be decided this month."
    assert "not measured yet" in page.lines[3]


def test_a_quarter_asks_about_links_assumptions_tests_waivers_and_ideas(seen: Review) -> None:
    kinds = {item.id: item.values["kind"] for item in open_items(seen, "review-quarter")}
    assert kinds == {
        "link:sell>grow:up": "link", "test:t-ads": "test", "waiver:x": "waiver",
        "assumption:a-shop": "assumption", "idea:podcast": "idea",
    }  # fmt: skip


def test_a_link_reviewed_since_is_not_asked_again(tmp_path: Path) -> None:
    first = reviewed(tmp_path, PLAN, FACTS)
    now = fingerprints(first.check.document.plan)["grow"]
    again = reviewed(tmp_path, PLAN.replace("000000000000", now), FACTS)
    assert "link:sell>grow:up" not in [item.id for item in open_items(again, "review-quarter")]


def test_after_its_end_a_tactic_is_held_against_its_promise(seen: Review) -> None:
    (item,) = open_items(seen, "review-after")
    assert item.id == "after:fair"
    assert item.lines == (
        "Spring fair ran 2027-03-01..2027-03-31.",
        "Promised 20 of won; 12 counted by 2027-06-30; the ledger says: can't tell.",
        "Money: 6 kEUR planned, 6.4 kEUR spent.",
    )


def test_a_year_asks_about_every_tactic_and_every_baseline(seen: Review) -> None:
    ids = [item.id for item in open_items(seen, "review-year")]
    assert ids == ["carry:ads", "carry:fair", "carry:radio", "base:fame", "base:sell"]


def test_other_flows_have_no_items(seen: Review) -> None:
    assert open_items(seen, "first") == ()
