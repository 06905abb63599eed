"""One word per bet, from the evidence alone, with the reason beside it."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from leadline.decide.ledger import Record
from leadline.decide.stand import stand
from leadline.plan.graph import Graph
from leadline.plan.source import parse_plan

PLAN = """
plan: {id: p, window: 2027-01-01..2027-12-31, currency: EUR}
metrics:
  - {id: lead, unit: count}
  - {id: won, unit: count, value_event: true, worth: 9 kEUR}
tactics:
  bridge: [{from: lead, to: won, rate: 10..14..18 %, lag: 20 days}]
  list: [{id: search, dates: 2027-01-01..2027-12-31, delivers: {metric: lead, count: 300..420..520}}]
"""
AS_OF = dt.date(2027, 9, 30)
BETS = {bet.id: bet for bet in Graph(parse_plan(PLAN).plan).bets}


def logit(p):
    return math.log(p / (1 - p))


def record(bet, m, s, *, method="counted", unusable=""):
    kind = BETS[bet].kind
    return Record(
        bet,
        kind,
        method,
        m,
        s,
        "unit",
        (AS_OF - dt.timedelta(days=300), AS_OF),
        "snap",
        (f"{bet}{m}",),
        rows=500,
        unusable=unusable,
    )


def word(bet, *records):
    standing = stand(BETS[bet], records, as_of=AS_OF, unit="%").standing
    return standing.word, standing.status, standing.grade


@pytest.mark.parametrize(("rate", "expected"), [(0.15, "on course"), (0.07, "behind"), (0.127, "can't tell")])
def test_a_rate_is_on_course_from_nine_tenths_of_its_base(rate, expected):
    assert word("lead>won:rate", record("lead>won:rate", logit(rate), 0.05))[0] == expected


@pytest.mark.parametrize(("lag", "expected"), [(18, "on course"), (40, "behind"), (22, "can't tell")])
def test_a_lag_is_on_course_up_to_eleven_tenths_of_its_base(lag, expected):
    assert word("lead>won:lag", record("lead>won:lag", math.log(lag), 0.08))[0] == expected


def test_nothing_measured_is_can_not_tell_and_unmeasured():
    assert word("search>lead") == ("can't tell", "unmeasured", "")


def test_a_record_that_can_not_be_used_gives_its_reason():
    result = stand(
        BETS["lead>won:rate"],
        [record("lead>won:rate", -2, 0.1, unusable="leads are at most 34 days old")],
        as_of=AS_OF,
        unit="%",
    )
    assert (result.standing.word, result.standing.grade) == ("can't tell", "X")
    assert result.standing.reason == "leads are at most 34 days old"
    assert result.settled is None


def test_many_entries_settle_a_counted_bet_and_few_leave_it_leaning():
    many = stand(BETS["lead>won:rate"], [record("lead>won:rate", logit(0.14), 0.05)], as_of=AS_OF, unit="%")
    few = stand(BETS["lead>won:rate"], [record("lead>won:rate", logit(0.14), 0.5)], as_of=AS_OF, unit="%")
    assert many.standing.status == "settled"
    assert few.standing.status == "leaning"
    assert many.settled.contraction > few.settled.contraction
    assert many.settled.grade == "C"


def test_credit_does_not_settle_what_a_tactic_caused():
    result = stand(
        BETS["search>lead"],
        [record("search>lead", math.log(420), 0.05, method="attribution")],
        as_of=AS_OF,
        unit="count",
    )
    assert result.standing.status == "leaning"
    assert result.standing.grade == "D"
    assert result.standing.word == "can't tell"


def test_the_known_range_stands_in_base_units():
    known = stand(
        BETS["lead>won:rate"], [record("lead>won:rate", logit(0.14), 0.05)], as_of=AS_OF, unit="%"
    ).standing.known
    assert known.low < 0.14 < known.high
    assert known.base == pytest.approx(0.14)
