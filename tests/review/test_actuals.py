"""Posts, answers and permissions reach the objectives and the promises of a plan as true numbers."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from leadline.evidence import schema
from leadline.evidence.duckdb import DuckStore, create
from leadline.evidence.frames import as_of
from leadline.plan.graph import Graph
from leadline.plan.source import parse_plan
from leadline.review import actuals
from leadline.review.first_replies import first_replies

PLAN = """
plan: {id: p, window: 2027-01-01..2027-12-31, currency: EUR, timezone: UTC, status: active}
metrics: [{id: what, name: What, unit: UNIT, stage: outcome, role: business, source: "SOURCE", every: month}]
situation:
  touchpoints: [{id: help-desk, name: Help, promise: {first_response: 4 h, hours: 168 h/week}}]
objectives:
  - {id: aim, metric: what, baseline: {value: BASE UNIT, as_of: 2027-01-31}, target: {value: 90 UNIT, by: 2027-12-31}}
"""


@pytest.fixture
def held(tmp_path):
    """A warehouse with an import of everything from January to June, and a way to add rows to it."""
    create(tmp_path / "warehouse.duckdb")
    store = DuckStore(tmp_path / "warehouse.duckdb")

    def add(table, **values):
        names = schema.table(table).names
        row = [values.get(name) for name in names]
        with store.connect(read_only=False) as connection:
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", row)

    tables = '{"consent": {}, "posts": {}, "responses": {}}'
    add("imports", import_id="i", source="x", span_from="2027-01-01", span_to="2027-06-30", tables=tables)
    return SimpleNamespace(store=store, add=add, at=as_of(store, timezone="UTC", day=dt.date(2027, 6, 30)))


def read(held, source, unit="count", base="0"):
    graph = Graph(parse_plan(PLAN.replace("SOURCE", source).replace("UNIT", unit).replace("BASE", base), "p.yaml").plan)
    found = actuals.actuals_of(graph, held.store, objective=graph.plan.objectives[0], at=held.at)
    return found, actuals.told(graph, held.store, at=held.at)


def consent(held, key, node, state, day):
    held.add(
        "consent", source="x", source_key=key, entry=key, node=node, purpose="letter", channel="email", state=state,
        recorded_at=day, valid_from=day,
    )  # fmt: skip


def test_who_agrees_is_counted_from_nothing_and_stands_where_there_was_a_stock(held):
    for key, node, day in (("a", 1, "2027-01-10"), ("b", 2, "2027-03-10"), ("c", 3, "2027-04-10")):
        consent(held, key, node, "granted", f"{day} 08:00")
    consent(held, "d", 1, "withdrawn", "2027-05-10 08:00")
    newly, said = read(held, "consent:letter")
    assert (newly.is_level, newly.points[-1], said) == (False, (dt.date(2027, 6, 30), 2.0), ())
    stock, said = read(held, "consent:letter", base="1850")
    assert (stock.is_level, stock.at(dt.date(2027, 4, 30)), stock.points[-1][1]) == (True, 3.0, 2.0)
    text = (
        "The series of What is read as a level: who agrees now stands, because its objective starts from a baseline of"
    )
    assert said == (f"{text} 1850 count.",)


def test_posts_are_counted_since_the_baseline(held):
    for key, day, liked in (("1", "2027-01-20", 100), ("2", "2027-02-20", 5), ("3", "2027-03-20", 7)):
        held.add("posts", source="x", source_key=key, kind="Create", own=True, published_at=day, reactions=liked)
    found, _ = read(held, "posts.reactions")
    assert (found.is_level, found.points[-1]) == (False, (dt.date(2027, 6, 30), 12.0))
    assert read(held, "posts.saves")[0].points[-1][1] == 0.0  # nobody reports saves; covered days have none


def ask(held, key, day, hours, place="help-desk"):
    begun = dt.datetime.fromisoformat(f"{day}T08:00")
    common = {"source": "x", "conversation": key, "kind": "message", "touchpoint": place}
    held.add("responses", source_key=f"{key}?", happened_at=begun, direction="inbound", **common)
    if hours is not None:
        answered = begun + dt.timedelta(hours=hours)
        held.add("responses", source_key=f"{key}!", happened_at=answered, direction="outbound", **common)


def test_the_time_to_an_answer_is_a_level_in_the_metrics_own_unit(held):
    for number in range(4):
        ask(held, f"m{number}", f"2027-03-0{number + 1}", hours=2 * number + 1)
    ask(held, "late", "2027-06-29", hours=1)
    found, said = read(held, "response.p50", unit="min", base="600")
    ((day, minutes),) = found.points  # June is not over
    assert (found.is_level, day, minutes) == (True, dt.date(2027, 3, 31), pytest.approx(180))
    assert "nights and weekends included" in said[0]


def test_a_promise_is_held_against_the_slowest_of_ten_with_who_still_waits(held):
    plan = parse_plan(
        PLAN.replace("SOURCE", "posts.count").replace("UNIT", "count").replace("BASE", "0"), "p.yaml"
    ).plan
    for number in range(9):
        ask(held, f"a{number}", "2027-05-03", hours=1 + number, place="Help")
    assert first_replies(plan, held.store, at=held.at) == {}  # nine are not ten
    ask(held, "b", "2027-05-03", hours=None)
    found = first_replies(plan, held.store, at=held.at)["help-desk"]
    assert (found.p90, found.n) == (9.0, 10)
    ask(held, "c", "2027-06-28", hours=None)
    assert first_replies(plan, held.store, at=held.at)["help-desk"].n == 11
    ask(held, "d", "2027-05-04", hours=None)
    late = first_replies(plan, held.store, at=held.at)["help-desk"]
    assert late.p90 == pytest.approx(
        (held.at.moment - dt.datetime.fromisoformat("2027-05-03T08:00")) / dt.timedelta(hours=1)
    )
    ask(held, "old", "2027-01-04", hours=2000)
    ask(held, "elsewhere", "2027-05-04", hours=500, place="shop")
    assert first_replies(plan, held.store, at=held.at)["help-desk"] == late
