"""A query taken apart is the same query: what is kept is worked out once, and the rest reads it."""

from __future__ import annotations

import duckdb
import pytest

from leadline.evidence import dialect, query_parts, schema
from leadline.evidence.store import query_names, whole_text

TABLES = [table.name for table in schema.TABLES]
WIDE = " UNION ALL ".join(["SELECT COUNT(*) AS n FROM touches"] * 7)


def planned(query):
    return query_parts.plan(dialect.bind(dialect.expand(whole_text(query)))[0], TABLES)


@pytest.fixture
def empty():
    """Give a warehouse with nothing in it, in which a query may be bound but tells nothing."""
    with duckdb.connect() as connection:
        for table in schema.TABLES:
            connection.execute(table.ddl())
        connection.execute("INSERT INTO touches (source, source_key) SELECT 'made', i FROM range(5) AS r(i)")
        yield connection


def whole(connection, planned):
    """Return the answer of a query taken apart."""
    for part in planned.parts:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {part.name} AS {part.text}")
    return connection.execute(planned.text).fetchall()


@pytest.mark.parametrize(
    "query",
    [
        f"WITH a AS ({WIDE}), b AS (SELECT MAX(n) AS n FROM a) SELECT x.n, y.n FROM a AS x JOIN b AS y ON x.n = y.n",
        f"WITH a AS ({WIDE}), b AS (SELECT n FROM a), c AS (SELECT n FROM b UNION ALL SELECT n FROM b) SELECT SUM(c.n) FROM c, b",
        f"-- FROM a, FROM a\nWITH a AS ({WIDE}), b AS (WITH d AS (SELECT n FROM a) SELECT n FROM d) SELECT b.n, 'FROM a)' FROM b JOIN a ON TRUE",
        f"WITH touches AS ({WIDE}) SELECT n FROM touches UNION ALL SELECT n FROM touches",
        f"SELECT y.n FROM (WITH a AS ({WIDE}) SELECT x.n FROM a AS x JOIN a AS z ON TRUE) AS x JOIN (WITH a AS (SELECT 2 AS n) SELECT n FROM a) AS y ON TRUE",
        f"WITH a AS (WITH b AS ({WIDE}) SELECT n AS n, 1 AS m FROM b), b AS (SELECT n FROM a) SELECT a.n FROM a JOIN b ON TRUE",
        "SELECT source_key FROM touches",
    ],
)
def test_a_query_taken_apart_says_what_it_said(empty, query):
    assert sorted(whole(empty, query_parts.plan(query, TABLES))) == sorted(empty.execute(query).fetchall())


def test_a_part_is_kept_where_working_it_out_again_costs_more_than_keeping_it():
    twice = "SELECT x.n FROM a AS x JOIN a AS y ON x.n = y.n"
    names = [
        [part.name for part in query_parts.plan(f"WITH a AS ({text}) {twice}", TABLES).parts]
        for text in (WIDE, "SELECT 1 AS n")
    ]
    assert names == [["a"], []]
    assert not query_parts.plan(f"WITH a AS ({WIDE}) SELECT n FROM a", TABLES).parts
    hidden = query_parts.plan(f"WITH touches AS ({WIDE}) {twice.replace(' a ', ' touches ')}", TABLES)
    assert not hidden.parts  # the rest would read a table where the query reads a part


def test_every_shipped_query_reads_what_is_kept_and_nothing_else_is_left_over():
    found = {query: planned(query) for query in query_names()}
    assert [part.name for part in found["step_rows"].parts] == ["spells", "entries", "starts", "goals"]
    for query, told in found.items():
        for part in told.parts:
            later = [told.text, *(other.text for other in told.parts)]
            assert any(f" {part.name}" in query_parts.blanked(text) for text in later), (query, part.name)
