"""The roadmap: days are start plus lags, every dated thing stands once, and what is late or outside is said."""

from __future__ import annotations

import datetime as dt

from leadline.review.roadmap import roadmap_of

DAY = dt.date


def bar(roadmap, name):
    return next(one for one in roadmap.bars if one.tactic == name)


def test_first_sale_and_first_judgement_are_start_plus_lags(told):
    ads = bar(roadmap_of(told().case), "ads-tactic")
    assert ads.first_sale == DAY(2027, 3, 3)  # 1 February plus 30 days
    assert [(one.objective, one.day, one.is_late) for one in ads.judged] == [("sales", DAY(2027, 3, 3), False)]


def test_an_effect_that_can_be_seen_only_after_the_date_is_late(told):
    stand = bar(roadmap_of(told().case), "stand-tactic")
    assert stand.judged[0].day == DAY(2027, 12, 31)
    assert stand.judged[0].is_late


def test_a_slow_change_is_judged_at_its_full_effect(told):
    slow = told(("delivers: {metric: lead, count: 300}", "expects: {metric: sale, change: 5, lag: 100 days}"))
    ads = bar(roadmap_of(slow.case), "ads-tactic")
    assert ads.judged[0].day == DAY(2027, 5, 12)
    assert ads.first_sale is None


def test_a_test_without_dates_starts_with_its_tactic(told):
    ads = bar(roadmap_of(told().case), "ads-tactic")
    assert ads.test is not None
    assert (ads.test.start, ads.test.end) == (DAY(2027, 2, 1), DAY(2027, 4, 1))


def test_overdue_is_what_was_due_and_nobody_wrote_as_done(told):
    roadmap = roadmap_of(told().case)
    assert [(one.kind, one.about) for one in roadmap.overdue] == [("task", "t2"), ("assumption", "a")]
    assert roadmap_of(told(as_of=DAY(2027, 1, 2)).case).overdue == ()


def test_every_quarter_holds_what_falls_into_it_and_nothing_twice(told):
    roadmap = roadmap_of(told().case)
    first = roadmap.quarters[0]
    assert (first.start, first.end) == (DAY(2027, 1, 1), DAY(2027, 3, 31))
    inside = [event for quarter in roadmap.quarters for event in roadmap.within(quarter)]
    assert len(inside) + len(roadmap.outside) == len(roadmap.events)
    assert {(one.kind, one.day) for one in roadmap.outside} == {
        ("ends", DAY(2028, 1, 30)),
        ("expires", DAY(2028, 6, 30)),
    }
    kinds = {one.kind for one in roadmap.events}
    assert kinds == {
        "starts", "ends", "task", "briefing", "milestone", "target", "watch", "test", "assumption", "expires", "first sale", "can be judged",
    }  # fmt: skip


def test_what_waits_is_told_with_the_days_it_comes_too_late(told):
    (wait,) = roadmap_of(told().case).waits
    assert (wait.what, wait.waits_for, wait.days) == (
        "Print them",
        "Write the ads",
        12,
    )  # 1 February against 20 January
    fixed = told(("start: 2027-01-20", "start: 2027-02-01"))
    assert roadmap_of(fixed.case).waits[0].days == 0


def test_a_repair_must_end_before_what_leads_people_there_begins(told):
    repair = "    - {id: repair, name: Repair, intent: serve, serves: [sales], improves: [desk], dates: 2027-01-02..2027-02-10, hours: 3 h, owner: ada}\naction:"
    waits = [one for one in roadmap_of(told(("action:", repair)).case).waits if one.why == "repairs"]
    assert [(one.what, one.days) for one in waits] == [("Ads", 10), ("Stand", -293)]


def test_tactics_stand_under_the_first_objective_they_serve_and_under_none_last(told):
    roadmap = roadmap_of(told().case)
    assert [group.objective for group in roadmap.groups] == ["sales", ""]
    assert bar(roadmap, "rent").group == ""
    assert not bar(roadmap, "rent").is_dated


def test_a_window_with_a_misspelt_year_ends(told):
    far = roadmap_of(told(("window: 2027-01-01..2027-12-31", "window: 2027-01-01..9999-12-31")).case)
    assert len(far.quarters) > 1_000
