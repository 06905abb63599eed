"""The page of one deal: told in order, every text of a source escaped, nobody's address in it."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from leadline.plan.graph import Graph
from leadline.plan.source import parse_plan
from leadline.report import blocks
from leadline.report.html import render_html
from leadline.report.pages.deal import DealSections
from leadline.review.deals import Deal, all_deals, one_deal, story_of

PLAN = "plan: {id: p, currency: EUR}\nmetrics: [{id: lead, name: Leads, source: 'stage:lead'}, {id: sale, name: Sales, source: 'stage:won', value_event: true, worth: 9 EUR}]\n"
BAD = '<script>alert(1)</script>"'
MAIL = "jane.doe@example.com"
BEGAN = dt.datetime(2027, 3, 1, 22, 30)  # noqa: DTZ001 - UTC without zone
DEAL = {
    "deal": 7, "source": "crm", "source_key": f"9001{BAD}", "status": "lost", "state": "lost", "amount": 1200, "currency": "EUR",
    "created_on": dt.date(2027, 3, 1), "closed_on": dt.date(2027, 5, 1), "expected_close": None, "owner": BAD, "lead_source": f"from {MAIL}",
    "lost_reason": f"{BAD} ask {MAIL}", "tactic": BAD, "channel": BAD, "people": 1, "touches": 2,
}  # fmt: skip


class Told:
    """A warehouse that answers the two questions of a deal."""

    def __init__(self, events: list[dict[str, object]]) -> None:
        self.events = events

    def ask(self, query: str, **_: object) -> Told:
        self.rows = [DEAL] if query == "deals_seen" else self.events
        return self

    def to_pylist(self) -> list[dict[str, object]]:
        return self.rows


AT = SimpleNamespace(zone="Europe/Berlin", params={})


def event(minutes: int, kind: str, what: str, who: int | None = None, channel: str | None = None) -> dict[str, object]:
    moment = BEGAN + dt.timedelta(minutes=minutes)
    return {
        "deal": 7,
        "happened_at": moment,
        "kind": kind,
        "what": what,
        "who": who,
        "channel": channel,
        "tactic": None,
    }


@pytest.fixture(scope="module")
def told() -> DealSections:
    events = [
        event(0, "touch", "page_view", 1, "Paid Search"), event(5, "touch", "page_view", 1, "Paid Search"),
        event(60, "person", "lead", 1, f"{BAD} {MAIL}"), event(60 * 24 * 9, "deal", BAD), event(60 * 24 * 61, "deal", "lost"),
    ]  # fmt: skip
    graph = Graph(parse_plan(PLAN).plan)
    found = one_deal(Told(events), AT, identity="7")
    return DealSections(
        story_of(graph, found[0], events=found[1], as_of=dt.date(2027, 6, 1)), graph, dt.date(2027, 6, 1)
    )


def test_touches_alike_of_one_day_are_one_line_and_days_are_those_of_the_plan(told):
    (story, *_) = told.sections()
    rows = story.blocks[0].rows
    assert [tuple(row[:3]) for row in rows[:2]] == [
        ("1 Mar 2027", "page view, 2 times", "person 1"),
        ("2 Mar 2027", "enters Leads", "person 1"),  # half past eleven in the evening UTC is the next day there
    ]
    assert story.answer == "2 touches of 1 person and 2 stages of the deal, from 1 Mar 2027 to 2 May 2027."


def test_the_answer_says_how_it_ended_and_where_it_was_first_seen(told):
    assert told.answer() == (
        "Lost with 1.2 kEUR on 1 May 2027, 61 days after it began; somebody behind it was first seen on 1 Mar 2027 through Paid Search."
    )


def test_texts_of_a_source_stay_texts_and_addresses_stay_out(told):
    page = blocks.Page(told.question, "k", "u", told.answer(), tuple(told.sections()))
    html = render_html(page)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert MAIL not in html


def test_a_deal_nobody_knows_is_none():
    assert one_deal(Told([]), AT, identity="8") is None
    assert [one.id for one in all_deals(Told([]), AT).deals] == ["7"]


def test_an_open_deal_without_anything_dated_says_so():
    graph = Graph(parse_plan(PLAN).plan)
    bare = Deal("7", "crm", "9", "open", "lead", None, "", None, None, None, "", "", "", "", "", 0, 0)
    told = DealSections(story_of(graph, bare, events=(), as_of=dt.date(2027, 6, 1)), graph, dt.date(2027, 6, 1))
    assert told.answer() == "Open in Leads; no touch of anybody behind it was seen."
    assert [section.answer for section in told.sections()][:3] == [
        "Nothing dated is known of it.", "No stage of it has a date.", "It went through no handover of the plan.",
    ]  # fmt: skip
