"""One contract, two engines: every named query gives the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal

import pytest

from leadline.evidence import dialect, schema
from leadline.evidence.store import query_names, whole_text

pytestmark = [pytest.mark.spark]  # proof or nightly: see WORLDS in conftest.py

CLOSE = 1e-12  # design, evidence section 7: doubles are equal to 1e-12 relative
DAY = 86_400
moment = dt.datetime.fromisoformat  # UTC without a zone, as everywhere in the warehouse
PARAMS = {
    "as_of": moment("2027-09-30T22:00"), "last_day": dt.date(2027, 9, 30), "zone": "Europe/Berlin", "currency": "EUR",
    "window": 90 * DAY, "outcome": "stage:contract", "classes": "activity", "collapse": False, "keep_direct": True, "gap": 1800,
    "conversion_event": "", "since": dt.date(2026, 1, 1), "from_day": dt.date(2026, 1, 1), "lost": "lost", "grain": "week",
    "from_state": "lead", "to_state": "sqo", "passed": "sqo,contract,won", "implied": "sqo", "at": moment("2027-06-01"),
    "panel": "halden", "after": 0, "most": 50, "name": "lead", "early": moment("1995-01-01"), "sample": 1000, "sign": "\x1f",
    "sure": 0.95, "retired": "leadline", "reply": "reply",
}  # fmt: skip
# Another way to ask the same question, where one way does not reach every branch.
OTHERWISE = {
    "conversions": [{"outcome": "orders"}, {"outcome": "touches:generate_lead"}],
    "paths": [{"outcome": "orders", "classes": "activity,exposure,reply", "collapse": True, "keep_direct": False}],
    "path_counts": [{"outcome": "orders"}],
    "revenue_lines": [{"outcome": "orders"}],
    "series_orders": [{"name": name, "grain": "month"} for name in ("count", "net", "margin", "customers")],
    "series_metric": [{"name": "ga4.sessions", "grain": "day"}],
    "series_touches": [{"name": "page_view", "grain": "quarter"}, {"name": "form_submit", "grain": "year"}],
    "metric_points": [{"name": "ga4.sessions"}],
    "step_rows": [{"from_state": "sqo", "to_state": "contract", "passed": "contract,won", "implied": "contract"}],
}


@pytest.fixture(autouse=True)
def _as_large(request):
    """Ask the short form without compiling, see conftest.py; by night both engines are as they are."""
    if "a few weeks" in request.node.name:
        request.getfixturevalue("quick")


def asked(query, world):
    """Return the parameters of a query, once for each way to ask it."""
    _, names = dialect.bind(dialect.expand(whole_text(query)))
    found = {**PARAMS, **known_things(world)}
    unknown = set(names) - set(found)
    assert not unknown, f"{query} takes {sorted(unknown)}: give it a value in PARAMS"
    return [{**found, **changes} for changes in ({}, *OTHERWISE.get(query, ()))]


def known_things(world):
    """Return ids that only the warehouse knows: an import with rejects, some deals, a person."""
    rows = world.duck.rows
    named = rows(
        "SELECT import_id FROM imports ORDER BY (SELECT COUNT(*) FROM rejects AS r WHERE r.import_id = imports.import_id) DESC, import_id LIMIT 1"
    )
    deals = rows("SELECT DISTINCT deal FROM deal_people ORDER BY deal LIMIT 40")
    person = rows("SELECT person FROM people GROUP BY person ORDER BY count(*) DESC, person LIMIT 1")
    return {
        "named": named[0]["import_id"], "deals": ",".join(str(row["deal"]) for row in deals), "person": person[0]["person"],
        "visit": "",
    }  # fmt: skip


def in_order(table, query):
    """Return the rows as lists; sorted, where the query leaves their order open."""
    rows = [list(row.values()) for row in table.to_pylist()]
    is_ordered = re.search(r"\bORDER BY\b[^()]*(\([^()]*\)[^()]*)*$", whole_text(query))
    return rows if is_ordered else sorted(rows, key=rank)


def rank(row):
    return [f"{cell:.6g}" if isinstance(cell, float) else str(cell) for cell in row]


def same(one, other):
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and math.isclose(one, other, rel_tol=CLOSE)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other and isinstance(one, Decimal) == isinstance(other, Decimal)


@pytest.mark.parametrize("query", query_names())
def test_a_question_has_one_answer_on_both_engines(everything, query):
    world, _ = everything
    for params in asked(query, world):
        tables = [engine.store.ask(query, **params) for engine in (world.duck, world.spark)]
        assert tables[0].schema.names == tables[1].schema.names
        one, other = (in_order(table, query) for table in tables)
        assert len(one) == len(other)
        differ = [(a, b) for a, b in zip(one, other, strict=True) if not all(map(same, a, b))]
        assert not differ, f"{len(differ)} of {len(one)} rows differ, the first: {differ[0]}"


def test_both_engines_hold_the_same_rows(everything):
    world, _ = everything
    for table in schema.TABLES:
        if table.name not in {"imports", "meta"}:
            rows = [
                sorted(map(rank, (row.values() for row in one.rows(f"SELECT * FROM {table.name} WHERE TRUE"))))
                for one in (world.duck, world.spark)
            ]
            assert rows[0] == rows[1], table.name


def test_both_engines_report_the_same_of_every_file(everything):
    _, told = everything
    assert told[0] == told[1]
    assert sum(one["status"] == "done" for one in told[0]) > 10  # of fourteen files and more


def test_both_engines_come_to_the_same_snapshot(everything):
    world, _ = everything
    assert world.duck.store.snapshot() == world.spark.store.snapshot() != ""
