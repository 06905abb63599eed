"""The story of a deal against a plan: stages in order, steps beside the lags believed, promises beside what happened."""

from __future__ import annotations

import datetime as dt
import textwrap

import pytest

from leadline.plan.graph import Graph
from leadline.plan.source import parse_plan
from leadline.review.deals import Deal, DealEvent, DealList, story_of

PLAN = """
plan: {id: pump, currency: EUR}
metrics: [{id: lead, source: "stage:lead"}, {id: won, source: "stage:contract", value_event: true, worth: 900 EUR}]
tactics: {bridge: [{from: lead, to: won, rate: 20 %, lag: 20..30..60 days}]}
action:
  teams: [{id: desk, name: Desk}, {id: sales, name: Sales}]
  handovers: [{id: h, from: desk, to: sales, metric: lead, promise: {first_contact: 4 h}}]
"""
DAY = dt.date(2027, 3, 1)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph(parse_plan(textwrap.dedent(PLAN)).plan)


def deal(**more: object) -> Deal:
    values = {
        "id": "7", "source": "crm", "number": "9001", "status": "won", "state": "contract", "amount": 900.0, "currency": "EUR",
        "began": DAY, "ended": DAY + dt.timedelta(days=40), "expected": None, "owner": "", "origin": "", "lost_reason": "",
        "tactic": "", "channel": "", "people": 1, "touches": 2,
    }  # fmt: skip
    return Deal(**{**values, **more})


def event(days: int, kind: str, what: str, *, who: int | None = None, hours: float = 0.0) -> DealEvent:
    moment = dt.datetime.combine(DAY, dt.time(9)) + dt.timedelta(days=days, hours=hours)
    return DealEvent(moment.date(), moment, kind, what, who, "Paid Search", "")


def story(graph, *events: DealEvent, as_of: dt.date = dt.date(2027, 6, 1), **more: object):
    return story_of(graph, deal(**more), events=events, as_of=as_of)


def test_a_stage_the_bridge_does_not_know_lies_inside_a_step(graph):
    told = story(
        graph, event(0, "person", "lead", who=1), event(3, "deal", "Appointment"), event(40, "deal", "contract")
    )
    assert [(one.state, one.days) for one in told.stays] == [("lead", 3), ("Appointment", 37), ("contract", 0)]
    (stride,) = told.strides
    assert (stride.start, stride.end, stride.days) == ("lead", "contract", 40)
    assert (stride.believed.low, stride.believed.base, stride.believed.high) == (20, 30, 60)


def test_an_open_deal_still_stands_where_it_stands(graph):
    told = story(graph, event(0, "person", "lead", who=1), status="open", ended=None)
    assert [(one.left, one.days) for one in told.stays] == [(None, 92)]
    assert told.strides == ()


def test_stages_of_a_second_person_are_not_those_of_the_deal(graph):
    told = story(graph, event(0, "person", "lead", who=1), event(5, "person", "lead", who=2))
    assert len(told.stays) == 1


@pytest.mark.parametrize(
    ("events", "kept", "took"),
    [
        ((event(0, "reply", "outbound", who=1, hours=3),), "kept", 3.0),
        ((event(0, "reply", "outbound", who=1, hours=5),), "broken", 5.0),
        ((event(-1, "reply", "outbound", who=1),), "broken", None),  # we wrote before, not since
        ((event(0, "reply", "inbound", who=1, hours=1),), "broken", None),
        ((), "not measured", None),
    ],
)
def test_a_promise_is_kept_broken_or_not_measured(graph, events, kept, took):
    (passing,) = story(graph, *events, event(0, "person", "lead", who=1)).passings
    assert (passing.kept, passing.took, passing.promised) == (kept, took, 4.0)


def test_a_promise_still_waits_on_the_day_of_the_handover_where_its_time_is_not_over():
    slow = Graph(parse_plan(PLAN.replace("4 h", "48 h")).plan)
    (passing,) = story_of(
        slow, deal(), events=(event(0, "person", "lead", who=1), event(0, "reply", "inbound", who=1)), as_of=DAY
    ).passings
    assert passing.kept == "waiting"


def test_a_deal_that_never_reached_a_handover_went_through_none(graph):
    assert story(graph, event(0, "deal", "Appointment")).passings == ()


def test_the_deals_worth_reading_are_the_latest_won_and_the_largest_others():
    many = [deal(id=str(n), status="open", ended=None, amount=float(n)) for n in range(20)]
    won = [deal(id=f"w{n}", ended=DAY + dt.timedelta(days=n)) for n in range(3)]
    listed = DealList((*many, *won, deal(id="l", status="lost", amount=None)))
    assert [one.id for one in listed.of("won")] == ["w2", "w1", "w0"]
    assert [one.id for one in listed.of("open")][:2] == ["19", "18"]
    assert len(listed.worth_reading) == 3 + 12 + 1


def test_deals_of_several_currencies_are_ranked_within_each_and_never_against_each_other():
    booked = ((9000.0, "JPY"), (50.0, "EUR"), (80.0, "EUR"), (None, ""))
    listed = DealList(tuple(deal(amount=amount, currency=currency, status="lost") for amount, currency in booked))
    assert [one.amount for one in listed.of("lost")] == [80.0, 50.0, 9000.0, None]
