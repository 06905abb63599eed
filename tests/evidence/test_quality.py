"""Facts say what the evidence lacks, with the number and the next step."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from leadline.errors import UsageError
from leadline.evidence import frames, quality, series

START = dt.datetime(2027, 1, 2, tzinfo=dt.UTC)


def facts(warehouse, day=dt.date(2027, 3, 31), outcome=None):
    at = frames.as_of(warehouse.store, timezone="UTC", day=day)
    return {
        (fact.name, fact.where): fact
        for fact in quality.facts(warehouse.store, warehouse.facts, at=at, outcome=outcome)
    }


def touch(key, node, happened, channel="Direct", **more):
    given = {
        "source_key": key,
        "node": node,
        "happened_at": happened,
        "class": "activity",
        "event": "page",
        "channel": channel,
        **more,
    }
    return {"rows": [["touches", given]]}


def spend(day, campaign="search--a", amount="10.00", currency="EUR"):
    return {"rows": [["spend", {"day": day, "campaign": campaign, "amount": amount, "currency": currency}]]}


def test_no_import_has_no_facts(warehouse):
    at = frames.AsOf(dt.date(2027, 1, 1), START)
    assert quality.facts(warehouse.store, warehouse.facts, at=at) == ()


def test_a_state_nobody_takes_and_a_stage_nobody_mapped_are_named(warehouse):
    rows = [["stages", {"source_key": "1", "subject_kind": "person", "subject": "crm:1", "stage": name, "entered_at": when}]
            for name, when in (("lead", "2027-03-02T00:00"), ("Demo held", "2027-03-01T00:00"))]  # fmt: skip
    warehouse.give("crm.jsonl", [{"rows": [row]} for row in rows])
    found = facts(warehouse)
    assert "Demo held, lead" in found["state.unseen", "sqo"].text
    assert ("state.unseen", "lead") not in found
    assert found["stage.unmapped", "crm"].detail == {"stages": ["Demo held"], "rows": 1}
    assert found["stage.order", "crm"].detail == {"backward": 1}
    assert "perhaps" not in found["stage.unmapped", "crm"].text
    assert ("stage.unmapped", "crm") not in facts(warehouse, outcome="stage:Demo held"), "journeys end in it"


def test_a_misspelt_name_under_tracked_as_is_told_with_the_nearest_and_one_to_come_is_not(warehouse):
    tracked = {"search": {"origins": ["Ads"], "google-adds": ["21"]}, "fair": {"badges": ["x"], "crm": ["y"]}}
    warehouse.facts = replace(warehouse.facts, tracked_as=tracked)
    warehouse.give("crm.jsonl", [spend("2027-03-01")])
    given = frames.as_of(warehouse.store, timezone="UTC", day=dt.date(2027, 3, 31))
    found = quality.facts(warehouse.store, warehouse.facts, at=given)
    told = [one for one in found if one.name == "tactic.untracked"]
    assert [(one.where, one.value, one.detail["nearest"]) for one in told] == [
        ("search", "origins", "origin"), ("search", "google-adds", "google-ads"),
    ]  # fmt: skip
    assert all(one.level == "warning" and "Nearest" in one.text for one in told)


def test_a_source_that_tells_only_where_deals_stand_is_shown_the_map_of_another(warehouse):
    warehouse.setup = replace(warehouse.setup, stage_maps={"crm": {"offer out": "sqo"}})
    step = {"source_key": "1", "subject_kind": "deal", "subject": "crm:1", "stage": "Offer out"}
    warehouse.give("crm.jsonl", [{"rows": [["stages", {**step, "entered_at": "2027-03-02T00:00"}]]}])
    deal = {"source_key": "1", "deal": "report:1", "stage": "Offer out", "state": "Offer out", "status": "open"}
    lost = {**deal, "source_key": "2", "deal": "report:2", "stage": "lost", "state": "lost", "status": "lost"}
    warehouse.give("report.jsonl", [{"rows": [["deals", one]]} for one in (deal, lost)])
    text = facts(warehouse)["stage.unmapped", "report"].text
    assert text.startswith("Stages of report without a state: Offer out (1). Map them")
    assert text.endswith("perhaps as under [stages.crm], where Offer out is sqo.")


def test_money_of_no_tactic_other_currencies_gaps_and_age_are_told(warehouse):
    warehouse.give("ads.jsonl", [
        *(spend(f"2027-03-{day:02}") for day in (1, 2, 3, 8, 9)), spend("2027-03-09", "Old promo", "14.21"), spend("2027-03-09", "Alps", "5.00", "CHF"),
    ])  # fmt: skip
    found = facts(warehouse)
    assert found["tactic.unmatched", "spend"].detail["currency"] in {"CHF", "EUR"}
    assert found["currency.mix", "all"].detail == {"currencies": ["CHF", "EUR"]}
    assert found["currency.no_rate", "CHF"].level == "warning"
    assert (found["gap", "ads"].value, found["gap", "ads"].detail) == (4, {"after": "2027-03-03"})
    assert found["stale", "ads"].value == 22
    warehouse.facts = replace(warehouse.facts, rates=(("CHF", dt.date(2027, 1, 1), 0.95),))
    assert ("currency.no_rate", "CHF") not in facts(warehouse)
    assert ("stale", "ads") not in facts(warehouse, day=dt.date(2027, 3, 10))


def test_direct_anonymous_and_machine_touches_are_shares_with_their_counts(warehouse):
    records = [touch(f"d{n}", f"ga:{n}", "2027-03-01T00:00", session_key=f"s{n}") for n in range(15)]
    records += [touch(f"e{n}", f"ga:{n}", "2027-03-02T00:00", "Email", session_key=f"t{n}") for n in range(10)]
    records += [touch(f"n{n}", None, "2027-03-02T00:00") for n in range(5)] + [
        touch("m", "ga:m", "2027-03-02T00:00", is_machine=0.9)
    ]
    warehouse.give("web.jsonl", [*records, touch("f", "ga:1", "2031-01-01T00:00")])
    found = facts(warehouse)
    assert (found["direct.share", "sessions"].value, found["direct.share", "sessions"].level) == (15 / 25, "warning")
    assert found["anonymous.share", "touches"].text.startswith("5 of 31 touches")
    assert found["machine.share", "touches"].level == "note"
    assert found["clock", "web"].value == 1


@pytest.mark.parametrize(("without", "level"), [(0, None), (1, "note"), (2, "warning"), (6, "error")])
def test_deals_without_people_weigh_more_the_more_there_are(warehouse, without, level):
    deals = [
        ["deals", {"source_key": f"D{n}", "stage": "sqo", "status": "open", "created_at": "2027-03-01T00:00"}]
        for n in range(10)
    ]
    people = [
        ["deal_people", {"deal": f"D{n}", "person_node": f"crm:{n}{k}"}] for n in range(without, 10) for k in range(2)
    ]
    warehouse.give("crm.jsonl", [{"rows": [row]} for row in (*deals, *people)])
    found = facts(warehouse)
    assert (found[("deals.without_people", "deals")].level if without else None) == level
    assert found["bridge.people_per_deal", "deals"].value == 2.0


def test_restated_spend_is_told_by_median_and_tail(warehouse):
    warehouse.give("ads1.jsonl", [spend(f"2027-03-{day:02}", amount="100.00") for day in range(1, 11)])
    warehouse.give("ads2.jsonl", [spend(f"2027-03-{day:02}", amount=f"{100 + day}.00") for day in range(1, 11)])
    assert facts(warehouse)["restated", "spend"].value == pytest.approx(0.091)


def test_a_metrics_source_is_answered_period_by_period_with_what_is_complete(warehouse):
    rows = [
        [
            "stages",
            {
                "source_key": f"{n}",
                "subject_kind": "person",
                "subject": f"crm:{n}",
                "stage": "lead",
                "entered_at": f"2027-0{1 + n % 3}-15T00:00",
            },
        ]
        for n in range(7)
    ]
    warehouse.give("crm.jsonl", [{"rows": [row]} for row in [*rows, ["stages", {**rows[0][1], "source_key": "again", "entered_at": "2027-03-31T00:00"}],
                   ["stages", {**rows[0][1], "source_key": "first", "stage": "seen", "entered_at": "2027-01-01T00:00"}]]])  # fmt: skip
    at = frames.as_of(warehouse.store, timezone="UTC", day=dt.date(2027, 4, 2))
    months = series.metric_series(warehouse.store, "stage:lead", at=at)
    assert [(point.period.month, point.value, point.complete) for point in months.points] == [
        (1, 3.0, True),
        (2, 2.0, True),
        (3, 2.0, False),
    ]
    later = frames.as_of(warehouse.store, timezone="UTC", day=dt.date(2027, 4, 3))
    assert series.metric_series(warehouse.store, "stage:lead", at=later).points[2].complete
    with pytest.raises(UsageError, match='Did you mean "lead"'):
        series.metric_series(warehouse.store, "stage:leads", at=at)
    with pytest.raises(UsageError, match=r'Did you mean "orders\.count"'):
        series.metric_series(warehouse.store, "orders.counts", at=at)
    with pytest.raises(UsageError, match="quarter"):
        series.metric_series(warehouse.store, "stage:lead", at=at, grain="fortnight")


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("orders.count", 3.0),
        ("orders.net", 60.0),
        ("orders.customers", 2.0),
        ("touches:page", 1.0),
        ("metric:aware", 12.0),
    ],
)
def test_every_family_of_series_answers(warehouse, source, value):
    warehouse.give("mixed.jsonl", [
        *({"rows": [["orders", {"source_key": f"{n}", "node": f"crm:{n % 2}", "ordered_at": "2027-03-01T00:00", "status": "booked", "gross": f"{10 * (n + 1)}.00", "currency": "EUR"}]]} for n in range(3)),
        touch("t", "crm:1", "2027-03-01T00:00"),
        {"rows": [["metrics", {"metric": "aware", "day": "2027-03-01", "value": 10.0, "n": 100.0}]]},
        {"rows": [["metrics", {"metric": "aware", "day": "2027-03-15", "value": 13.0, "n": 200.0}]]},
    ])  # fmt: skip
    at = frames.as_of(warehouse.store, timezone="UTC")
    assert [point.value for point in series.metric_series(warehouse.store, source, at=at).points] == [value]
