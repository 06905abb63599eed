"""Promises of touch points and the permission asset: what is known is said with its numbers, what is not is said as that."""

from __future__ import annotations

import datetime as dt

from leadline.align.facts import EvidenceFacts, FirstReplies
from leadline.align.run import CheckOptions, case_of
from leadline.align.scores import promises
from leadline.plan.source import parse_plan
from leadline.review.permission import permission_sentence, permissions
from leadline.review.promises import promise_states, promises_sentence
from leadline.units import Quantity

PLAN = """
plan: {id: shop, currency: EUR, window: 2027-01-01..2027-12-31}
situation:
  channels:
    - {id: letters, name: Letters, media: owned, basis: consent, audience: 1200 count, as_of: 2027-03-01}
    - {id: service, name: Service book, media: owned, basis: contract}
    - {id: page, name: Page, media: owned, audience: 90000 count}
    - {id: cold, name: Cold calls, media: person, basis: legitimate_interest, audience: 500 count}
  touchpoints:
    - {id: desk, name: Desk, promise: {first_response: 2 h, hours: 40 h/week}, staffed: 24 h/week}
    - {id: mailbox, name: Mailbox, promise: {first_response: 24 h, hours: 20 h/week}, staffed: 20 h/week}
    - {id: fair, name: Fair}
"""
AS_OF = dt.date(2027, 4, 1)


def case(facts=None):
    return case_of(parse_plan(PLAN), CheckOptions(as_of=AS_OF, facts=facts))


def replies(**slowest):
    return EvidenceFacts(first_replies={name: FirstReplies(hours, n=40) for name, hours in slowest.items()})


def test_hours_that_are_not_staffed_break_a_promise_even_where_no_reply_is_measured():
    seen = case()
    desk, mailbox = promise_states(seen)
    assert (desk.touchpoint, desk.is_short, desk.is_late, desk.is_kept) == ("desk", True, False, False)
    assert not mailbox.is_short
    said = promises_sentence((desk, mailbox), promises(seen))
    assert said == "44 of 60 promised hours a week are staffed; replies at touch points are not measured yet."


def test_a_late_reply_is_a_broken_promise_and_stands_first():
    seen = case(replies(desk=1.5, mailbox=61.0))
    first, second = promise_states(seen)
    assert (first.touchpoint, first.is_late) == ("mailbox", True)
    assert (second.touchpoint, second.is_kept) == ("desk", True)
    said = promises_sentence((first, second), promises(seen))
    assert said.startswith("Broken: Mailbox (61 h for the slowest one in ten, 24 h promised); kept: Desk (1.5 h")


def test_only_people_who_agreed_count_however_many_follow():
    found = permissions(case())
    assert [(one.channel, one.people) for one in found] == [("letters", 1200.0), ("service", None)]
    assert (
        permission_sentence(found)
        == "1\u202f200 people agreed to hear from you, in Letters; in 1 more nobody has counted them."
    )
    assert permission_sentence(()).startswith("Nobody is known to have agreed")


def test_how_the_asset_moved_is_told_against_the_count_before_and_not_without_one():
    earlier = {"letters": (dt.date(2027, 1, 15), Quantity.parse("1350 count"))}
    (letters, service) = permissions(case(), earlier=earlier)
    assert letters.moved == -150.0
    assert letters.sentence() == "Letters: 1\u202f200 people (consent) on 2027-03-01, 150 fewer than on 2027-01-15."
    assert service.moved is None
    assert "no earlier count is on record" in permissions(case())[0].sentence()
