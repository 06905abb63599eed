"""Every quality fact is told of a warehouse that has the fault, and not of one that has it not."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from leadline.errors import UsageError
from leadline.evidence import frames, quality
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.quality.coverage import last_full_period
from leadline.evidence.quality.freshness import _usual
from leadline.evidence.sources.urls import unknown_tags

DAY = dt.date(2027, 3, 31)
PLAN = PlanFacts(
    tactic_ids=("search", "fair"), states=frozenset({"lead", "sqo", "won"}), bridge=(("lead", "sqo"), ("sqo", "won")),
    tactic_dates={"search": (dt.date(2027, 1, 1), DAY), "fair": (dt.date(2027, 3, 1), DAY)},
    metric_sources={"leads": ("stage:lead", "month"), "known": ("metric:aware", "month")},
)  # fmt: skip

ASKS_MORE = replace(
    PLAN, tactic_ids=("search", "fair", "post"), states=PLAN.states | {"renewed"},
    tactic_dates={**PLAN.tactic_dates, "post": PLAN.tactic_dates["fair"]},
)  # fmt: skip


def day(back):
    return DAY - dt.timedelta(days=back)


def touch(key, back, **more):
    given = {
        "source_key": key,
        "node": f"ga:{key}",
        "happened_at": f"{day(back)}T09:00",
        "class": "activity",
        "event": "page",
        **more,
    }
    return {"rows": [["touches", given]]}


def spend(back, campaign="search--a", amount="10.00", **more):
    return {
        "rows": [["spend", {"day": str(day(back)), "campaign": campaign, "amount": amount, "currency": "EUR", **more}]]
    }


def stage(key, name, back, subject="crm:1", **more):
    given = {
        "source_key": key,
        "subject_kind": "person",
        "subject": subject,
        "stage": name,
        "entered_at": f"{day(back)}T10:00",
        **more,
    }
    return {"rows": [["stages", given]]}


def deal(key, back, status="open", closed=None, **more):
    given = {
        "source_key": key,
        "stage": "sqo",
        "status": status,
        "created_at": f"{day(back)}T10:00",
        "amount": "100.00",
        "currency": "EUR",
        **more,
    }
    return {"rows": [["deals", given | ({} if closed is None else {"closed_at": f"{day(closed)}T10:00"})]]}


def person_of(deal_key, node):
    return {"rows": [["deal_people", {"deal": deal_key, "person_node": node}]]}


def order(key, node="crm:1", **more):
    given = {
        "source_key": key,
        "node": node,
        "ordered_at": f"{day(5)}T12:00",
        "status": "booked",
        "gross": "50.00",
        "currency": "EUR",
        **more,
    }
    return {"rows": [["orders", given]]}


def metric(first, last):
    return {"rows": [["metrics", {"metric": "aware", "day": first, "until": last, "value": 12.0, "n": 100.0}]]}


def mail(key, back, **more):
    return touch(key, back, utm_source="letter", utm_medium="email", utm_campaign="search_a", **more)


def sound(warehouse):
    """A company whose records are in order; every day of ten weeks is there."""
    visits = [
        mail(f"v{back}-{n}", back, node=f"ga:{n}", session_key=f"s{back}-{n}") for back in range(70) for n in range(4)
    ]
    warehouse.give("web.jsonl", visits)
    warehouse.give("ads.jsonl", [spend(back, channel=channel) for back in range(70) for channel in ["Email"] if back % 2 == 0] + [
        spend(back, "fair--stand", channel="Email") for back in range(1, 70, 2)])  # fmt: skip
    warehouse.give("crm.jsonl", [
        stage("1", "lead", 30), stage("2", "sqo", 20), stage("3", "won", 10), stage("4", "lead", 0, "crm:2", tactic="fair"),
        *(deal(f"W{n}", 60, "won", 30) for n in range(20)), deal("O", 20),
        *(person_of(key, "ga:1") for key in ("O", *(f"W{n}" for n in range(20)))), order("A", "ga:1", channel="Email"),
    ])  # fmt: skip
    warehouse.give("poll.jsonl", [metric("2027-02-01", "2027-02-28"), metric("2027-03-01", "2027-03-31")])


def sick(warehouse):
    """A company whose records have every fault at once."""
    warehouse.give("ads1.jsonl", [spend(back) for back in (40, 39, 38, 30, 29, 28)] + [
        spend(28, "Old promo", "14.21"), spend(28, "fair_x", "5.00"), spend(28, "search-x", "7.00", channel="Paid Search")])  # fmt: skip
    warehouse.give(
        "ads2.jsonl",
        [spend(back, amount="20.00") for back in (40, 39, 38, 30, 29)] + [spend(28, "search--late", "9.00")],
    )
    fine = [mail(f"v{back}-{n}", back, session_key=f"s{back}-{n}") for back in range(8, 71) for n in range(5)]
    bad = [touch(f"d{n}", n % 7, channel="Direct", session_key=f"d{n}") for n in range(25)]
    bad += [touch(f"b{n}", 27, channel="Direct", node=None) for n in range(130)]
    bad += [touch(f"m{n}", 26, is_machine=0.9, channel="Direct") for n in range(160)]
    bad += [touch(f"twin{n}", 9, node="ga:twin", channel="Direct", object="x") for n in range(30)]
    bad += [touch(f"u{n}", 9, utm_source="x", utm_medium="strange") for n in range(60)]
    bad += [
        touch("t1", 9, utm_source="Letter", utm_medium="email"),
        touch("t2", 9, utm_source="my letter", utm_medium="email"),
    ]
    bad += [touch("t3", 9, utm_source="email", utm_medium="email"), touch("t4", 9, utm_campaign="alone")]
    bad += [touch("t5", 9, utm_source="ann@corp.example", utm_medium="email"), touch("future", -40, channel="Direct")]
    bad += [touch("slow", 20, received_at=f"{day(15)}T09:00", channel="Direct")]
    warehouse.give("web.jsonl", [*fine, *bad])
    warehouse.give("crm.jsonl", [
        stage("1", "sqo", 30), stage("2", "lead", 20), stage("3", "won", 10), stage("4", "Demo held", 25, "crm:2"),
        *(deal(f"W{n}", 50, "won", 48) for n in range(20)), deal("O", 45),
        *(person_of("O", f"crm:{n}") for n in range(6)), order("A", channel="Affiliates"),
        order("B", gross="5.00", currency="CHF"),
    ])  # fmt: skip
    warehouse.give("till.jsonl", [order("C", "ga:9", channel="Affiliates")])


@pytest.fixture(scope="module")
def told(make_warehouse_of_module):
    found = {}
    for name, fill, plan in (("sound", sound, PLAN), ("sick", sick, ASKS_MORE)):
        warehouse = make_warehouse_of_module(name)
        warehouse.facts = plan
        fill(warehouse)
        at = frames.as_of(warehouse.store, timezone="Europe/Berlin", day=DAY)
        found[name] = quality.facts(warehouse.store, plan, at=at)
        found[f"{name} store"] = warehouse
    return found


WARNED = [
    "coverage.metric", "coverage.tactic", "gap", "stale", "restated", "duplicates", "direct.share", "unassigned.share", "tactic.unmatched",
    "deals.without_people", "deals.no_source", "state.unseen", "stage.unmapped", "bridge.people_per_deal", "spend.without_outcome",
    "outcome.without_spend", "currency.no_rate", "machine.share", "anonymous.share", "clock", "level.shift", "utm.personal_data",
]  # fmt: skip
NOTED = [
    "deals.stuck", "currency.mix", "stage.order", "late", "utm.twins", "utm.spaces", "utm.same", "utm.campaign_alone",
]  # fmt: skip


@pytest.mark.parametrize("name", [*WARNED, *NOTED])
def test_a_fault_is_told_where_it_is_and_nowhere_else(told, name):
    levels = {fact.level for fact in told["sick"] if fact.name == name}
    assert levels & ({"warning", "error"} if name in WARNED else {"note", "warning"}), f"{name} is not told"
    quiet = [fact for fact in told["sound"] if fact.name == name]
    assert all(fact.level == "note" for fact in quiet), quiet
    if name in NOTED:
        assert quiet == []


def test_nothing_is_wrong_with_a_sound_warehouse(told):
    assert [(fact.name, fact.text) for fact in told["sound"] if fact.level != "note"] == []


def test_facts_say_their_numbers(told):
    found = {(fact.name, fact.where): fact for fact in told["sick"]}
    assert found["coverage.metric", "metrics"].detail["silent"] == ["known"]
    assert found["coverage.tactic", "tactics"].detail == {"unseen": ["post"]}
    assert (found["gap", "ads"].value, found["gap", "ads"].detail) == (7, {"after": "2027-02-21"})
    assert found["stale", "ads"].detail == {"last": "2027-03-03", "every": 1}
    assert found["restated", "spend"].value == 1.0
    assert found["late", "ads"].detail["money_share"] == pytest.approx(9 / 145.21)
    assert found["late", "web"].detail["max_days"] == 5
    assert found["duplicates", "web"].value == pytest.approx(29 / 596)
    assert found["deals.without_people", "deals"].detail == {"count": 20, "of": 21}
    assert found["deals.stuck", "deals"].detail == {"deals": ["O"], "count": 1}
    assert found["stage.order", "crm"].detail == {"against": 1, "skipped": 1}
    assert set(found["spend.without_outcome", "spend"].detail["tactics"]) == {"fair", "search"}
    assert found["outcome.without_spend", "channels"].detail["channels"]["Affiliates"] == 2
    assert "web jump: 1" in found["level.shift", "web"].text
    assert found["utm.twins", "touches"].detail["found"] == {"utm_source Letter = letter": 1}


def test_a_tag_that_is_none_of_the_nine_is_flagged_at_its_import_and_told(warehouse):
    assert unknown_tags("https://a.example/?utm_Sorce=x&utm_ann@corp.example=1") == ("utm_unknown:utm_sorce",), (
        "no names"
    )
    event = {
        "event_id": "e",
        "event_name": "page_view",
        "collector_tstamp": "2027-03-01 09:00:00.000",
        "domain_userid": "d",
    }
    path = warehouse.workspace.exports / "snowplow.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(event | {"page_url": "https://a.example/?utm_sorce=mail"}) + "\n", encoding="utf-8")
    warehouse.setup = replace(warehouse.setup, reader=None)
    (report,) = warehouse.take(path, source="snowplow")
    assert report.status == "done", report.message
    at = frames.as_of(warehouse.store, timezone="UTC", day=DAY)
    (fact,) = [one for one in quality.facts(warehouse.store, PLAN, at=at) if one.name == "utm.unknown_key"]
    assert fact.detail == {"found": {"utm_sorce": 1}}


def test_a_workspace_sets_its_own_thresholds(told):
    warehouse = told["sick store"]
    at = frames.as_of(warehouse.store, timezone="UTC", day=DAY)
    found = quality.facts(warehouse.store, PLAN, at=at, limits={"machine.share": 0.9})
    (fact,) = [fact for fact in found if fact.name == "machine.share"]
    assert (fact.threshold, fact.level) == (0.9, "note")
    with pytest.raises(UsageError, match=r'Did you mean "direct\.share"'):
        quality.facts(warehouse.store, PLAN, at=at, limits={"direct.shar": 0.9})


def test_revenue_of_people_who_are_probably_one_is_weak(warehouse):
    warehouse.give("till.jsonl", [order("A", "crm:1"), order("B", "crm:2")])
    at = frames.as_of(warehouse.store, timezone="UTC", day=DAY)
    assert "identity.weak" not in {fact.name for fact in quality.facts(warehouse.store, PLAN, at=at)}
    with warehouse.store.connect(read_only=False) as connection:
        connection.execute("UPDATE people SET weight = 0.6 WHERE node = (SELECT min(node) FROM people)")
    (fact,) = [one for one in quality.facts(warehouse.store, PLAN, at=at) if one.name == "identity.weak"]
    assert (fact.where, fact.value, fact.level) == ("EUR", 0.5, "warning")


def test_a_rise_of_direct_visits_is_told_before_the_share_itself_is_high(warehouse):
    weeks = [(week, n) for week in range(9) for n in range(20)]
    warehouse.give("web.jsonl", [
        touch(f"{week}-{n}", week * 7 + 1, session_key=f"{week}-{n}", channel="Direct" if n < (7 if week == 0 else 2) else "Email")
        for week, n in weeks
    ])  # fmt: skip
    at = frames.as_of(warehouse.store, timezone="UTC", day=DAY)
    (fact,) = [one for one in quality.facts(warehouse.store, PLAN, at=at) if one.name == "direct.share"]
    assert (fact.value < 0.4, fact.level, fact.detail["rise"]) == (True, "warning", pytest.approx(0.25))
    assert "35%, in the 8 weeks before 10%" in fact.text.replace("in the last week ", "")


@pytest.mark.parametrize(
    ("every", "first", "last"),
    [
        ("day", (3, 31), (3, 31)), ("week", (3, 22), (3, 28)), ("month", (3, 1), (3, 31)), ("quarter", (1, 1), (3, 31)),
        ("10 days", (3, 22), (3, 31)),
    ],
)  # fmt: skip
def test_the_last_full_period_ends_with_the_day_or_before_it(every, first, last):
    assert last_full_period(every, DAY) == (dt.date(2027, *first), dt.date(2027, *last))


def test_what_is_usual_is_never_narrower_than_chance():
    days = {day(7 * week): 100 for week in range(1, 9)}
    assert _usual(days, DAY) == (100, pytest.approx(6.745))
    assert _usual({day(7): 3}, DAY) is None, "one week says nothing"


def test_every_fact_endangers_something_and_every_threshold_has_a_fact():
    names = {
        *WARNED,
        *NOTED,
        "import.total_mismatch",
        "spend.vanished",
        "rejects.share",
        "identity.weak",
        "deals.name_key",
    }
    assert {quality.endangers(name) for name in names} == {"money", "journeys", "bridge", "time"}
    bare = {name.removesuffix("_weekly").removesuffix("_error") for name in quality.LIMITS} - {"direct.rise"}
    assert bare <= names


def test_a_plan_that_asks_for_nothing_is_not_told_that_nothing_answers(told):
    warehouse = told["sick store"]
    at = frames.as_of(warehouse.store, timezone="UTC", day=DAY)
    bare = replace(PLAN, metric_sources={}, tactic_dates={})
    assert not [one for one in quality.facts(warehouse.store, bare, at=at) if one.name.startswith("coverage.")]
