"""Every named question on small warehouses whose answers are worked out by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from leadline.errors import InputError, NothingDone, UsageError
from leadline.evidence import frames, observed, panels, series, waiting


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


def test_a_panel_knows_zero_from_unknown_week_by_week(warehouse):
    """Weeks from Monday 1 March: search covers 1-14 and 22-28 March, radio 1-28; the week of 15 March has a gap."""
    warehouse.facts = replace(warehouse.facts, rates=(("USD", dt.date(2027, 1, 1), 2.0),))
    warehouse.give("ads1.jsonl", [spend("2027-03-01", "10.00", impressions=100), spend("2027-03-14", "5.00")])
    warehouse.give("ads2.jsonl", [spend("2027-03-22", "7.00"), spend("2027-03-28", "8.00", currency="USD")])
    warehouse.give("radio.jsonl", [
        spend("2027-03-01", "1.00", "Audio", geo="DE-BY"), spend("2027-03-02", "2.00", "Audio", geo="DE-HB"),
        spend("2027-03-28", "3.00", "Audio", geo="DE-HB"), spend("2027-03-27", "9.00", "Audio", geo="DE-HB", currency="CHF"),
    ])  # fmt: skip
    warehouse.give("shop.jsonl", [order("1", "2027-03-01T08:00"), order("2", "2027-03-28T21:30", "20.00", currency="USD"),
                                  order("3", "2027-03-28T22:30", "4.00")])  # fmt: skip
    day = at(warehouse, "2027-03-31", "Europe/Berlin")
    rows = warehouse.rows("weekly_panel", grain="week", currency="EUR", **day.params)
    found = {}
    for row in rows:
        found.setdefault((row["kind"], row["series"], row["geo"], row["currency"]), []).append(
            (row["value"], row["complete"])
        )
    assert found["spend", "Paid Search", "*", "EUR"] == [
        (10.0, True),
        (5.0, True),
        (None, False),
        (11.0, True),
        (None, False),
    ]
    assert found["spend", "Audio", "DE-HB", "EUR"][:4] == [(2.0, True), (0.0, True), (0.0, True), (3.0, True)]
    assert found["spend", "Audio", "DE-HB", "CHF"] == [(9.0, True)]  # no rate: never dropped, in its own currency
    assert found["impressions", "Paid Search", "*", None][:2] == [(100.0, True), (0.0, True)]
    # half past ten in the evening UTC is Monday, 29 March in Berlin, a week of which two days are known
    assert found["kpi", "orders.net", "*", "EUR"] == [
        (10.0, True),
        (0.0, True),
        (0.0, True),
        (10.0, True),
        (4.0, False),
    ]
    assert [value for value, _ in found["kpi", "orders.count", "*", None]] == [1.0, 0.0, 0.0, 1.0, 1.0]
    with pytest.raises(InputError, match="spend of Paid Search is not known; fill with 0 only if nothing ran: 1 of 4"):
        panels.panel(warehouse.store, panels.Wanted("orders.net"), at=day)
    made = panels.panel(warehouse.store, panels.Wanted("orders.net", nothing_ran=("Paid Search",)), at=day)
    assert (made.geo, made.channels, made.outcome["orders.net"].tolist()) == (
        ("*",),
        ("Audio", "Paid Search"),
        [[10, 0, 0, 10]],
    )
    assert made.spend[0].T.tolist() == [[3, 0, 0, 3], [10, 5, 0, 11]]
    assert made.notes == ("9.00 CHF of Audio have no rate to EUR: they are left out",)
    with pytest.raises(UsageError, match=r'Did you mean "orders\.count"'):
        panels.panel(warehouse.store, panels.Wanted("orders.counts"), at=day)
    with pytest.raises(NothingDone, match="No period of the outcome is complete"):
        panels.panel(
            warehouse.store, panels.Wanted("orders.net", grain="year", nothing_ran=("Paid Search", "Audio")), at=day
        )


def test_a_panel_keeps_places_apart_where_all_of_it_tells_of_them(warehouse):
    def figure(geo, day, value, name="visits"):
        until = (dt.date.fromisoformat(day) + dt.timedelta(days=6)).isoformat()
        return {
            "rows": [
                ["metrics", {"metric": name, "day": day, "until": until, "geo": geo, "segment": "*", "value": value}]
            ]
        }

    weeks, places = ("2027-03-01", "2027-03-08"), ("DE-BY", "DE-HB")
    warehouse.give("ads.jsonl", [spend(day, f"{number}.00", geo=geo) for number, geo in enumerate(places, 1)
                                 for day in (*weeks, "2027-03-14")])  # fmt: skip
    warehouse.give("sheet.jsonl", [figure(geo, day, 10.0 * number) for number, geo in enumerate(places, 1) for day in weeks]
                   + [figure("*", day, 1.5, "price") for day in weeks])  # fmt: skip
    day = at(warehouse, "2027-03-31")
    made = panels.panel(warehouse.store, panels.Wanted("metric:visits"), at=day)
    assert (made.geo, made.outcome["metric:visits"].tolist()) == (places, [[10, 10], [20, 20]])
    assert made.spend[:, :, 0].tolist() == [[1, 2], [2, 4]]
    whole = panels.panel(warehouse.store, panels.Wanted("metric:visits", controls=("price",)), at=day)
    assert (whole.geo, whole.outcome["metric:visits"].tolist(), whole.controls.tolist()) == (
        ("*",),
        [[30, 30]],
        [[[1.5], [1.5]]],
    )


def test_a_set_of_channels_counts_whatever_its_order(warehouse):
    def touch(person, when, channel):
        given = {
            "node": person,
            "happened_at": when,
            "class": "activity",
            "event": "visit",
            "channel_stated": channel,
            "channel": channel,
        }
        return {"rows": [["touches", {"source_key": f"{person}{when}", **given}]]}

    warehouse.give("web.jsonl", [
        touch("crm:1", "2027-03-01T08:00", "Mail"), touch("crm:1", "2027-03-02T08:00", "Fair"), touch("crm:1", "2027-03-03T08:00", "Mail"),
        touch("crm:2", "2027-03-01T08:00", "Fair"), touch("crm:2", "2027-03-02T08:00", "Mail"), touch("crm:3", "2027-03-02T08:00", "Mail"),
        order("A", "2027-03-05T08:00", node="crm:1"), order("B", "2027-03-05T08:00", "30.00", node="crm:2"),
    ])  # fmt: skip
    asked = {**frames.Journeys("orders").params, **at(warehouse, "2027-03-31").params, "currency": "EUR"}
    rows = warehouse.rows("set_counts", **asked)
    assert [tuple(row.values()) for row in rows] == [("Fair|Mail", 2.0, 40.0, 0.0, 0.0), ("Mail", 0.0, 0.0, 0.0, 1.0)]


def test_a_lead_is_known_by_what_had_arrived_by_then(warehouse):
    def touch(key, when, event, received=None, **more):
        given = {"node": "crm:1", "happened_at": when, "received_at": received, "class": "activity", "event": event}
        return {"rows": [["touches", {"source_key": key, "channel": "Mail", **given, **more}]]}

    def stage(key, person, name, when):
        given = {"subject_kind": "person", "subject": person, "stage": name, "entered_at": when}
        return {"rows": [["stages", {"source_key": key, **given}]]}

    warehouse.give("web.jsonl", [
        touch("1", "2027-03-01T08:00", "visit"), touch("2", "2027-03-02T08:00", "visit"), touch("3", "2027-03-02T09:00", "form"),
        touch("4", "2027-03-02T10:00", "call", received="2027-03-09T08:00"), touch("5", "2027-03-02T11:00", "visit", is_machine=0.9),
        stage("6", "crm:1", "lead", "2027-03-02T09:00"), stage("7", "crm:1", "sqo", "2027-03-04T09:00"),
        stage("8", "crm:2", "lead", "2027-03-01T09:00"),
    ])  # fmt: skip
    asked = {**at(warehouse, "2027-03-31").params, "at": dt.datetime.fromisoformat("2027-03-03T00:00")}
    one, two = sorted(warehouse.rows("lead_features", **asked), key=lambda row: row["features"] is None)
    counts = dict(zip(one["features"], one["counts"], strict=True))
    assert {name: count for name, count in counts.items() if name.startswith(("event", "class"))} == {
        "class:activity": 3, "event:form": 1, "event:visit": 2,
    }  # fmt: skip
    assert one["last_times"][one["features"].index("event:visit")] == dt.datetime.fromisoformat("2027-03-02T08:00")
    assert (one["stage"], two["stage"], two["features"]) == ("lead", "lead", None)


def test_brands_are_counted_where_their_venue_was_collected(warehouse):
    warehouse.give("posts.jsonl", [
        post("1", "2027-03-01T08:00", own=False, brands="us,them"), post("2", "2027-03-02T08:00", own=False, brands="them"),
        post("3", "2027-03-03T08:00", brands="us"), post("4", "2027-03-31T08:00", own=False, brands="others"),
        post("5", "2027-03-04T08:00", own=False, kind="Announce", brands="us"),
    ])  # fmt: skip
    asked = {**at(warehouse, "2027-04-30").params, "grain": "month", "panel": "us, them"}
    rows = [tuple(row.values()) for row in warehouse.rows("share_of_voice", **asked)]
    march, april = dt.date(2027, 3, 1), dt.date(2027, 4, 1)
    assert rows == [
        (march, "forum", "them", 2, 0, True), (march, "forum", "us", 1, 1, True),
        (april, "forum", "them", 0, 0, False), (april, "forum", "us", 0, 0, False),
    ]  # fmt: skip
    found = observed.posts(warehouse.store, ("us", "them"), at=at(warehouse, "2027-04-30"))
    assert (found.named.sum(axis=0).tolist(), found.own.tolist()) == ([2, 2], [False, False, True, False])


def test_what_followed_a_test_is_taken_from_the_evidence_where_its_file_does_not_say(warehouse):
    def unit(kind, name, arm, period, outcome, value=None, **more):
        given = {
            "test": "t",
            "unit_kind": kind,
            "unit": name,
            "arm": arm,
            "assigned_at": "2027-03-01T00:00",
            "period": period,
        }
        return {
            "rows": [
                [
                    "trials",
                    {
                        "source_key": f"{name}{period}",
                        **given,
                        "exposed": True,
                        "outcome": outcome,
                        "value": value,
                        **more,
                    },
                ]
            ]
        }

    def visits(geo, day, value):
        return {
            "rows": [
                ["metrics", {"metric": "visits", "day": day, "until": day, "geo": geo, "segment": "*", "value": value}]
            ]
        }

    warehouse.give("trial.jsonl", [
        unit("geo", "DE-BY", "treated", "2027-03-01", "metric:visits"), unit("geo", "DE-BY", "treated", "2027-03-08", "metric:visits"),
        unit("geo", "DE-HB", "control", "2027-03-01", "metric:visits"), unit("person", "p1", "treated", "2027-03-01", "gave", 3.0, cost="2.00", currency="EUR"),
        visits("DE-BY", "2027-03-01", 5.0), visits("DE-BY", "2027-03-07", 6.0), visits("DE-BY", "2027-03-08", 7.0), visits("DE-HB", "2027-02-28", 9.0),
    ])  # fmt: skip
    found = observed.trials(warehouse.store, at=at(warehouse, "2027-03-31"))
    values = {
        (unit, str(period)[5:]): value
        for unit, period, value in zip(found.unit, found.period, found.value, strict=True)
    }
    assert (values["DE-BY", "03-01"], values["DE-BY", "03-08"], values["p1", "03-01"]) == (11.0, 7.0, 3.0)
    assert np.isnan(values["DE-HB", "03-01"])
    assert found.cost[list(found.unit).index("p1")] == 2.0


def test_purchases_are_one_a_day_and_tell_nothing_of_who_bought(warehouse):
    warehouse.give("shop.jsonl", [
        order("1", "2027-03-01T08:00", node="crm:1"), order("2", "2027-03-01T09:00", "5.00", node="crm:1"),
        order("3", "2027-03-05T09:00", "8.00", node="crm:1"), order("4", "2027-03-02T09:00", "9.00", node="crm:2", currency="CHF"),
        order("5", "2027-03-09T09:00", "0.00", node="crm:2"), order("6", "2027-03-02T09:00", "9.00"),
    ])  # fmt: skip
    found = observed.orders(warehouse.store, at=at(warehouse, "2027-03-31"))
    assert (found.customer.tolist(), [str(day)[8:] for day in found.day]) == (
        ["customer 1", "customer 1", "customer 2"],
        ["01", "05", "02"],
    )
    assert found.value.tolist()[:2] == [15.0, 8.0]
    assert np.isnan(found.value[2])
    assert found.notes == ("1 orders have no rate to EUR on their day: the value of these days is not known",)
