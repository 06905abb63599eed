"""Every named question on small warehouses whose answers are worked out by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from leadline.errors import UsageError
from leadline.evidence import frames, series, waiting


def at(warehouse, day, zone="UTC"):
    return frames.as_of(warehouse.store, timezone=zone, day=dt.date.fromisoformat(day))


def spend(day, amount, channel="Paid Search", **more):
    given = {
        "source_key": f"{day}{channel}{more.get('geo', '*')}", "day": day, "geo": "*", "amount": amount,
        "currency": "EUR", "channel": channel, **more,
    }  # fmt: skip
    return {"rows": [["spend", given]]}


def message(key, conversation, when, direction="inbound", kind="message", **more):
    given = {"conversation": conversation, "happened_at": when, "direction": direction, "kind": kind, **more}
    return {"rows": [["responses", {"source_key": key, "touchpoint": "desk", **given}]]}


def agreed(key, person, state, when, purpose="newsletter", channel="email", **more):
    given = {"entry": key, "node": person, "purpose": purpose, "channel": channel, "state": state}
    return {"rows": [["consent", {"source_key": key, **given, "recorded_at": when, "valid_from": when, **more}]]}


def post(key, when, *, own=True, brands=None, kind="Create", venue="forum", **more):
    given = {"kind": kind, "venue": venue, "published_at": when, "own": own, "brands": brands}
    return {"rows": [["posts", {"source_key": key, **given, **more}]]}


@pytest.fixture
def desk(warehouse):
    """Four conversations in March: answered after 2 h, after 30 h, only by a machine, and never."""
    warehouse.give("desk.jsonl", [
        message("1", "a", "2027-03-01T08:00"), message("2", "a", "2027-03-01T08:01", "outbound", "auto"),
        message("3", "a", "2027-03-01T10:00", "outbound", team="shop"), message("4", "a", "2027-03-02T10:00"),
        message("5", "b", "2027-03-02T08:00"), message("6", "b", "2027-03-03T14:00", "outbound"),
        message("7", "c", "2027-03-05T08:00"), message("8", "c", "2027-03-05T08:01", "outbound", "auto"),
        message("9", "d", "2027-03-06T09:00", "outbound"), message("10", "d", "2027-03-06T20:00"),
        message("11", "e", "2027-02-28T20:00"), message("12", "e", "2027-02-28T21:00", "outbound"),
    ])  # fmt: skip
    return warehouse


def test_an_automatic_reply_stops_no_clock_and_our_own_first_word_opens_nothing(desk):
    rows = {row["conversation"]: row for row in desk.rows("response_times", **at(desk, "2027-03-31").params)}
    assert {name: (row["answered"], row["auto_only"]) for name, row in rows.items()} == {
        "a": (True, False), "b": (True, False), "c": (False, True), "d": (False, False), "e": (True, False),
    }  # fmt: skip
    assert rows["a"]["answered_at"] - rows["a"]["opened_at"] == dt.timedelta(hours=2)
    assert (rows["a"]["team"], rows["d"]["opened_at"]) == ("shop", dt.datetime.fromisoformat("2027-03-06T20:00"))


def test_whoever_still_waits_counts_in_the_time_to_an_answer(desk):
    day = at(desk, "2027-03-31")
    months = series.metric_series(desk.store, "response.p50", at=day)
    assert [(point.period.month, point.value, point.n) for point in months.points] == [(2, 1.0, 1.0), (3, 30.0, 4.0)]
    slow = series.metric_series(desk.store, "response.p90", at=day)
    assert [point.period.month for point in slow.points] == [2]
    assert slow.notes == ("in 1 periods too few were answered to tell p90: it is longer than anybody waited",)


def test_a_review_of_an_earlier_day_does_not_know_the_later_answer(desk):
    rows = desk.rows("response_times", **at(desk, "2027-03-02").params)
    assert {row["conversation"]: row["answered"] for row in rows} == {"a": True, "b": False, "e": True}


def test_the_time_to_an_answer_is_that_of_kaplan_and_meier():
    day = dt.date(2027, 3, 1)
    asked = [waiting.Wait(day, "", hours, known) for hours, known in
             ((1, True), (2, False), (3, True), (4, False), (5, True), (6, True))]  # fmt: skip
    # 5/6, then 3/4 of it, then 1/2 of that, then nobody: 0.833, 0.625, 0.3125, 0
    assert [waiting.hours_until(asked, share) for share in (0.1, 0.3, 0.5, 0.9)] == [1, 3, 5, 6]
    assert waiting.hours_until([], 0.5) is None


def test_agreement_is_counted_by_day_with_what_was_lost_and_who_is_still_reached(warehouse):
    bounce = {
        "source_key": "t",
        "node": "crm:2",
        "happened_at": "2027-03-04T08:00",
        "class": "exposure",
        "event": "bounce",
    }
    warehouse.give("list.jsonl", [
        agreed("1", "crm:1", "granted", "2027-03-01T08:00"), agreed("2", "crm:2", "granted", "2027-03-01T09:00"),
        agreed("3", "crm:3", "granted", "2027-03-02T08:00"), agreed("4", "crm:1", "granted", "2027-03-03T08:00"),
        agreed("5", "crm:3", "withdrawn", "2027-03-05T08:00", channel="*"), {"rows": [["touches", bounce]]},
        agreed("6", "crm:1", "granted", "2027-03-06T08:00", channel="phone", expires_at="2027-03-08T08:00"),
        agreed("7", "crm:2", "objected", "2027-03-09T08:00", purpose="marketing", channel="*"),
    ])  # fmt: skip
    day = at(warehouse, "2027-03-31")
    rows = warehouse.rows("permission_asset", **day.params)
    columns = ("granted", "new", "lost", "reachable")
    assert [(row["day"].day, row["channel"], *(row[name] for name in columns)) for row in rows] == [
        (1, "email", 2, 2, 0, 2), (2, "email", 3, 1, 0, 3), (4, "email", 3, 0, 0, 2), (5, "email", 2, 0, 1, 1),
        (6, "phone", 1, 1, 0, 1), (8, "phone", 0, 0, 1, 0), (9, "email", 1, 0, 1, 1),
    ]  # fmt: skip
    month = series.metric_series(warehouse.store, "consent:newsletter", at=day).points[-1]
    assert (month.value, month.standing) == (3.0, 1.0)  # a second channel of the same person is nobody new


def test_posts_of_ours_earn_what_their_venue_counts(warehouse):
    warehouse.give("posts.jsonl", [
        post("1", "2027-03-01T08:00", reactions=4), post("2", "2027-03-31T23:30", reactions=6),
        post("3", "2027-03-02T08:00", own=False, reactions=50), post("4", "2027-03-03T08:00", kind="Announce", reactions=9),
        post("5", "2027-05-01T08:00"),
    ])  # fmt: skip
    day = at(warehouse, "2027-05-31", "Europe/Berlin")
    liked = series.metric_series(warehouse.store, "posts.reactions", at=day)
    assert [(point.period.month, point.value) for point in liked.points] == [(3, 4.0), (4, 6.0)]
    with pytest.raises(UsageError, match=r'Did you mean "posts\.replies"'):
        series.metric_series(warehouse.store, "posts.reply", at=day)


def test_a_covered_month_without_rows_is_nothing_and_an_uncovered_one_is_unknown(warehouse):
    warehouse.give("shop1.jsonl", [order("1", "2027-01-01T08:00"), order("2", "2027-03-31T08:00")])
    warehouse.give("shop2.jsonl", [order("3", "2027-06-01T08:00"), order("4", "2027-06-30T08:00")])
    months = series.metric_series(warehouse.store, "orders.count", at=at(warehouse, "2027-07-31"))
    assert [(one.period.month, one.value, one.complete) for one in months.points] == [
        (1, 1.0, True), (2, 0.0, True), (3, 1.0, True), (6, 2.0, True),
    ]  # fmt: skip


def order(key, when, net="10.00", **more):
    given = {"ordered_at": when, "status": "booked", "gross": net, "net": net, "currency": "EUR"}
    return {"rows": [["orders", {"source_key": key, **given, **more}]]}


def test_a_source_that_has_a_gap_leaves_a_period_incomplete_though_another_covers_it(warehouse):
    for name, days in (("shop1.jsonl", ("01-01", "01-31")), ("shop2.jsonl", ("03-01", "03-31"))):
        warehouse.give(name, [order(f"{name}{day}", f"2027-{day}T08:00") for day in days])
    warehouse.give("till1.jsonl", [order(f"t{month}", f"2027-{month:02}-01T08:00") for month in range(1, 5)])
    months = series.metric_series(warehouse.store, "orders.count", at=at(warehouse, "2027-04-30"))
    assert [(one.period.month, one.complete) for one in months.points][:3] == [(1, True), (2, False), (3, True)]


def test_an_unknown_name_tells_the_known_forms_and_the_nearest_name(warehouse):
    warehouse.give("list.jsonl", [agreed("1", "crm:1", "granted", "2027-03-01T08:00", purpose="service mail")])
    day = at(warehouse, "2027-03-31")
    assert series.metric_series(warehouse.store, "consent:service_mail", at=day).total() == 1.0
    with pytest.raises(UsageError, match=r'Did you mean "service_mail".*consent:<purpose>'):
        series.metric_series(warehouse.store, "consent:servicemail", at=day)
    with pytest.raises(UsageError, match=r"stage:<state>.*posts\.count.*response\.p90"):
        series.metric_series(warehouse.store, "weather", at=day)
    assert series.metric_series(warehouse.store, "stage:lead", at=day).points == ()  # nothing of its kind was imported
    assert replace(day, zone="Europe/Berlin").day == day.day
