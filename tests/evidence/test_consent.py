"""Nobody is contacted who did not agree, whatever else is on record and in whatever order it came."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import UsageError
from leadline.evidence.consent import CHANNELS, PURPOSES, Entry, Gate

DAY = dt.datetime.fromisoformat("2027-03-01T00:00")
NOW = DAY + dt.timedelta(days=20)
EVA, ADDRESS, COOKIE, ROLE = 1, 2, 3, 9


def entry(state="granted", day=0, **more):
    moment = DAY + dt.timedelta(days=day)
    given = {"purpose": "marketing", "channel": "email", "node": EVA, "recorded_at": moment} | more
    return Entry(given.pop("entry", f"{state}{day}{more}"), state=state, valid_from=moment, **given)


def allowed(*entries, purpose="marketing", channel="email", now=NOW, subject=EVA, **gate):
    return Gate(entries, **gate).may(subject, purpose, channel=channel, now=now)


@st.composite
def entries(draw):
    days = st.integers(0, 30)
    found = []
    for number in range(draw(st.integers(0, 6))):
        state, ends = draw(st.sampled_from(["granted", "withdrawn", "objected"])), draw(st.none() | days)
        found.append(
            entry(
                state, draw(days), entry=str(number), node=draw(st.sampled_from([EVA, ADDRESS, COOKIE, ROLE])),
                purpose=draw(st.sampled_from(["marketing", "profiling", "service", "*"])),
                channel=draw(st.sampled_from(["email", "phone", "*"])),
                recorded_at=DAY + dt.timedelta(days=draw(days)), expires_at=None if ends is None else DAY + dt.timedelta(days=ends),
            )
        )  # fmt: skip
    return found


PEOPLE = {"people": {EVA: EVA, ADDRESS: EVA, COOKIE: EVA}, "unsure": frozenset({COOKIE}), "apart": frozenset({ROLE})}
ASKED = st.tuples(
    st.sampled_from([EVA, ADDRESS, COOKIE, ROLE]),
    st.sampled_from(["marketing", "profiling", "service"]),
    st.sampled_from(["email", "phone"]),
)


def test_without_an_entry_the_answer_is_no_for_every_purpose_and_channel():
    for purpose in PURPOSES:
        for channel in CHANNELS:
            assert not allowed(purpose=purpose, channel=channel).allowed


def test_who_agreed_may_be_written_to_for_that_and_by_that_alone():
    assert allowed(entry()).allowed
    assert allowed(entry()).entry.state == "granted"
    assert not allowed(entry(), purpose="profiling").allowed
    assert not allowed(entry(), channel="phone").allowed
    assert not allowed(entry(purpose="*")).allowed, "nobody agrees to everything at once"
    assert not allowed(entry(day=25)).allowed, "an agreement counts from its day on"


def test_the_latest_entry_stands_and_an_agreement_can_be_given_again():
    assert not allowed(entry(), entry("withdrawn", 2)).allowed
    assert allowed(entry(), entry("withdrawn", 2), entry(day=3)).allowed
    assert not allowed(entry(day=2), entry("withdrawn", 2)).allowed, "of one moment the entry that protects stands"


def test_what_has_expired_is_no_agreement_even_where_an_earlier_one_has_not():
    last = entry(day=2, expires_at=DAY + dt.timedelta(days=5))
    assert not allowed(entry(), last).allowed
    assert allowed(entry(), last, now=DAY + dt.timedelta(days=3)).allowed


def test_an_objection_beats_a_later_agreement_for_marketing_and_profiling_and_leaves_service():
    found = (entry("objected", 1), entry(day=9), entry(day=9, purpose="profiling"), entry(day=9, purpose="service"))
    assert not allowed(*found).allowed
    assert not allowed(*found, purpose="profiling").allowed
    assert allowed(*found, purpose="service").allowed
    gate = Gate(found)
    assert gate.kept([EVA, 5], "training", now=NOW) == (5,), "out of what models learn from, too"


def test_what_an_account_agreed_to_stands_for_nobody():
    found = entry(node=ROLE)
    assert not allowed(found, subject=ROLE, **PEOPLE).allowed
    assert not allowed(found, **PEOPLE).allowed


def test_a_probable_link_carries_a_no_and_never_a_yes():
    assert not allowed(entry(node=COOKIE), **PEOPLE).allowed
    assert not allowed(entry(), subject=COOKIE, **PEOPLE).allowed
    assert not allowed(entry(), entry("withdrawn", 1, node=COOKIE), **PEOPLE).allowed
    assert allowed(entry(node=ADDRESS), **PEOPLE).allowed


def test_an_unknown_purpose_is_a_fault_and_no_silent_yes():
    with pytest.raises(UsageError, match="purpose"):
        allowed(entry(), purpose="fun")


def test_people_are_counted_once_and_only_those_who_may_be_contacted():
    found = (
        entry(),
        entry(node=ADDRESS),
        entry(node=7),
        entry(node=8),
        entry("withdrawn", 1, node=8),
        entry(node=ROLE),
    )
    assert Gate(found, **PEOPLE).agreed(now=NOW) == {("marketing", "email"): 2}


@settings(max_examples=120, deadline=None)
@given(entries(), ASKED, st.integers(0, 30), st.sampled_from(["withdrawn", "objected"]), st.data())
def test_no_withdrawal_ever_turns_a_no_into_a_yes(found, asked, day, state, data):
    before = Gate(tuple(found), **PEOPLE).may(*asked[:2], channel=asked[2], now=NOW)
    more = entry(
        state, day, entry="more", node=data.draw(st.sampled_from([EVA, ADDRESS, COOKIE, ROLE])),
        purpose=data.draw(st.sampled_from(["marketing", "profiling", "service", "*"])), channel=data.draw(st.sampled_from(["email", "phone", "*"])),
        expires_at=data.draw(st.none() | st.just(DAY)),
    )  # fmt: skip
    after = Gate((*found, more), **PEOPLE).may(*asked[:2], channel=asked[2], now=NOW)
    assert before.allowed or not after.allowed


@settings(max_examples=80, deadline=None)
@given(entries(), ASKED, st.randoms(use_true_random=False))
def test_the_order_of_arrival_decides_nothing(found, asked, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    assert Gate(tuple(found), **PEOPLE).may(*asked[:2], channel=asked[2], now=NOW) == Gate(
        tuple(shuffled), **PEOPLE
    ).may(*asked[:2], channel=asked[2], now=NOW)
