"""The tables are data, and every engine's tables come from them."""

from __future__ import annotations

import duckdb
import pytest

from leadline.errors import UsageError
from leadline.evidence import dialect, schema, store


def test_the_tables_can_be_created_and_hold_their_columns_in_order():
    with duckdb.connect() as connection:
        for table in (*schema.TABLES, schema.CONTACTS):
            connection.execute(table.ddl())
            described = connection.execute(f"DESCRIBE {table.name}").fetchall()
            assert [(row[0], row[1].replace("VARCHAR", "TEXT")) for row in described] == [
                (column.name, column.type) for column in table.columns
            ]


def test_every_table_says_what_it_means_and_its_key_and_time_are_columns():
    for table in (*schema.TABLES, schema.CONTACTS):
        assert len(set(table.names)) == len(table.names), table.name
        assert set(table.key) <= set(table.names), table.name
        assert table.time is None or table.time in table.names
        assert set(table.derived) <= set(table.names)
        assert all(column.meaning for column in table.columns), table.name
        for column in table.own:
            if column.type == schema.MONEY:
                assert "currency" in table.names, f"{table.name}.{column.name} has no currency beside it"
    assert len(schema.TABLES) <= 22, "about twenty tables; a new one needs a query that cannot be asked without it"


def test_an_unknown_table_or_query_names_the_known_ones():
    with pytest.raises(UsageError, match='Did you mean "touches"'):
        schema.table("touchs")
    with pytest.raises(UsageError, match='Did you mean "step_rows"'):
        store.query_text("step_row")
    with pytest.raises(UsageError, match="needs as_of"):
        store.prepare("stage_spells", {})


def test_parameters_verbs_and_includes_stay_out_of_literals_and_comments():
    text, names = dialect.bind("SELECT ':a', \"x:b\", CAST(y AS T) -- :c\n, :d, :d, z::TEXT /* :e */")
    assert names == ("d",)
    assert text.count("$d") == 2
    assert dialect.expand("'micros(x)', micros(f(a, ')'))") == "'micros(x)', epoch_us(f(a, ')'))"
    assert dialect.expand("join_text(ordered_list(a, b), ' > ')") == "array_to_string(list(a ORDER BY b), ' > ')"
    assert (
        dialect.include("FROM @one AS o, '@two'", {"one": "SELECT 1"}.__getitem__) == "FROM (\nSELECT 1\n) AS o, '@two'"
    )
    with pytest.raises(UsageError, match="never closed"):
        dialect.expand("micros(a")


def test_the_verbs_mean_the_same_in_python_and_sql():
    from leadline.evidence.record_numbers import key60

    with duckdb.connect() as connection:
        assert connection.execute(dialect.expand("SELECT key60('a' || chr(31) || 'b')")).fetchall() == [
            (key60("a\x1fb"),)
        ]


@pytest.mark.parametrize("name", store.query_names())
def test_every_named_query_says_its_question_and_pastes_nothing(name):
    text = store.query_text(name)
    assert text.startswith("-- "), name
    assert "?" in text.splitlines()[0], "the first line asks the question"
    assert "::" not in text
