"""The counts of the permission asset are the consent gate's own, day by day, whatever people said in whatever order."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.evidence import schema
from leadline.evidence.consent import ALSO, Entry, Gate
from leadline.evidence.duckdb import DuckStore, create

BEGIN = dt.datetime.fromisoformat("2027-03-01T12:00")
COLUMNS = ("entry", "node", "purpose", "channel", "state", "recorded_at", "valid_from", "expires_at")


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """A warehouse with five persons, one of them only probably who they seem, and a role address."""
    path = tmp_path_factory.mktemp("consent") / "warehouse.duckdb"
    create(path)
    store = DuckStore(path)
    with store.connect(read_only=False) as connection:
        connection.execute("INSERT INTO people (node, person, weight) VALUES (1,1,1),(2,2,1),(3,2,1),(4,4,0.9),(5,5,1)")
        connection.execute("INSERT INTO identities (kind, value, node, role) VALUES ('email', 'x', 5, TRUE)")
    return store


words = st.lists(
    st.tuples(
        st.integers(1, 5), st.sampled_from(["newsletter", "Advertising", "research", "*"]), st.sampled_from(["e-mail", "phone", "*"]),
        st.sampled_from(["granted", "granted", "withdrawn", "objected"]), st.integers(0, 4), st.none() | st.integers(1, 3),
    ), max_size=9,
)  # fmt: skip


@settings(max_examples=6, deadline=None)
@given(words)
def test_every_day_as_many_agree_as_the_gate_lets_through(held, said):
    rows = [
        (str(number), node, purpose, channel, state, BEGIN + dt.timedelta(days=day), BEGIN + dt.timedelta(days=day),
         None if lasts is None else BEGIN + dt.timedelta(days=day + lasts))
        for number, (node, purpose, channel, state, day, lasts) in enumerate(said)
        if state != "granted" or "*" not in {purpose, channel}
    ]  # fmt: skip
    names = schema.table("consent").names
    with held.connect(read_only=False) as connection:
        connection.execute("DELETE FROM consent")
        for row in rows:
            values = dict(zip(COLUMNS, row, strict=True))
            connection.execute(
                f"INSERT INTO consent VALUES ({', '.join('?' * len(names))})", [values.get(name) for name in names]
            )
    entries = tuple(Entry(*row[:5], valid_from=row[6], recorded_at=row[5], expires_at=row[7]) for row in rows)
    gate = Gate(entries, people={1: 1, 2: 2, 3: 2, 4: 4, 5: 5}, unsure=frozenset({4}), apart=frozenset({5}))
    end = BEGIN + dt.timedelta(days=9)
    asked = {"as_of": end, "last_day": end.date(), "zone": "UTC"}
    counted = held.ask("permission_asset", **asked).to_pylist()
    for day in range(9):
        evening = dt.datetime.combine(BEGIN.date() + dt.timedelta(days=day), dt.time(23))
        standing = {}
        for row in counted:
            if row["day"] <= evening.date():
                standing[row["purpose"], row["channel"]] = row["granted"]
        assert {key: count for key, count in standing.items() if count} == gate.agreed(now=evening)


def test_the_names_that_lists_use_are_those_of_the_gate(held):
    with held.connect(read_only=False) as connection:
        connection.execute("DELETE FROM consent")
        for number, alias in enumerate(ALSO):
            connection.execute(
                "INSERT INTO consent (entry, node, purpose, channel, state, recorded_at, valid_from) VALUES (?, 1, ?, ?, 'granted', ?, ?)",
                [str(number), alias.replace("_", " ").upper(), alias, BEGIN, BEGIN],
            )
    asked = {"as_of": BEGIN + dt.timedelta(days=1), "last_day": BEGIN.date(), "zone": "UTC"}
    rows = held.ask("permission_asset", **asked).to_pylist()
    assert {row["purpose"] for row in rows} == {row["channel"] for row in rows} == set(ALSO.values())
