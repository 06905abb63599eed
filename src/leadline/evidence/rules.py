"""When the rules change: channel, tactic, state and brands are computed again from what the rows say, in one transaction.

Nothing is read from the exports for that: the rows keep what they stated themselves (`channel_stated`,
`tactic_stated`, `stage_raw`) beside what the rules made of it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from leadline.evidence import locking, schema, tactics
from leadline.evidence.brands import Brands, match_again
from leadline.evidence.channels import CONTINUE, DIRECT, Channels
from leadline.evidence.merging import CONTINUES_FOR, put_meta, store_rules, transaction
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.rows import CHANNEL_INPUTS, channel_of
from leadline.evidence.store import Reach, Store, open_store
from leadline.workspace import Workspace

StageMaps = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Moved:
    """What changed when rules were applied again. rows: table → rows with another channel, tactic or state.

    spend: currency → money that belongs to another tactic now
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    spend: Mapping[str, Decimal] = field(default_factory=dict)

    def sentence(self) -> str:
        """Say in one line what moved."""
        if not any(self.rows.values()):
            return "The rules give every row the channel, tactic and state it had."
        rows = ", ".join(f"{count} of {table}" for table, count in sorted(self.rows.items()) if count)
        money = ", ".join(f"{amount.normalize():f} {currency}" for currency, amount in sorted(self.spend.items()))
        return f"Rows with another channel, tactic or state: {rows}." + (
            f" Spend under another tactic: {money}." if money else ""
        )


def fingerprint(facts: PlanFacts, channels: Channels, *, stage_maps: StageMaps) -> str:
    """Return 16 hex digits over everything that decides channel, tactic and state."""
    maps = {source: dict(sorted(names.items())) for source, names in sorted(stage_maps.items())}
    text = json.dumps([facts.fingerprint(), channels.version, maps], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def refresh(
    workspace: Workspace,
    facts: PlanFacts,
    *,
    channels: Channels,
    stage_maps: StageMaps,
    clock: Callable[[], dt.datetime],
) -> Moved:
    """Bring a workspace's warehouse up to date with the plan and the settings; nothing happens where it is."""
    store = open_store(workspace)
    if not store.exists() or not are_new(store, facts, channels=channels, stage_maps=stage_maps):
        return Moved()
    with (
        locking.exclusive(workspace.lock, started=clock()),
        store.writing(Reach(whole=True)) as connection,
        transaction(connection),
    ):
        return apply_again(connection, facts, channels=channels, stage_maps=stage_maps)


def are_new(store: Store, facts: PlanFacts, *, channels: Channels, stage_maps: StageMaps) -> bool:
    """Return whether a warehouse's rows stand under other rules than these."""
    known = store.ask("SELECT value FROM meta WHERE key = 'rules'").to_pylist() if store.exists() else []
    return not known or bool(known[0]["value"] != fingerprint(facts, channels, stage_maps=stage_maps))


def apply_again(
    connection: duckdb.DuckDBPyConnection, facts: PlanFacts, *, channels: Channels, stage_maps: StageMaps
) -> Moved:
    """Apply the rules to every row, inside the open transaction, where they are other rules than before."""
    mark = fingerprint(facts, channels, stage_maps=stage_maps)
    known = connection.execute("SELECT value FROM meta WHERE key = 'rules'").fetchall()
    if known and known[0][0] == mark:
        return Moved()
    rows: dict[str, int] = {}
    spend: dict[str, Decimal] = {}
    if connection.execute("SELECT count(*) FROM imports").fetchall()[0][0]:
        for table in schema.FACTS:
            if "channel" in table.derived:  # first, for a tactic may be tracked as a channel
                rows[table.name] = _channels(connection, table, channels)
            if "tactic" in table.derived:
                changed, moved = _tactics(connection, table, facts)
                rows[table.name] = rows.get(table.name, 0) + changed
                spend.update(moved)
        rows["posts"] += match_again(connection, Brands(facts.brands))
        rows["stages"] += _states(connection, ("stages", "stage", "stage_raw"), facts, stage_maps)
        rows["deals"] += _states(connection, ("deals", "state", "stage"), facts, stage_maps)
        old = connection.execute("SELECT value FROM meta WHERE key = 'snapshot'").fetchall()
        put_meta(
            connection,
            "snapshot",
            value=hashlib.sha256(f"{old[0][0] if old else ''}\x1f{mark}".encode()).hexdigest()[:16],
        )
    store_rules(connection, channels)
    put_meta(connection, "rules", value=mark)
    return Moved(rows, spend)


def _tactics(
    connection: duckdb.DuckDBPyConnection, table: schema.Table, facts: PlanFacts
) -> tuple[int, dict[str, Decimal]]:
    """Match every distinct combination of the columns that the plan looks at; return rows changed and spend moved."""
    found = tactics.TacticMap(facts)
    inputs = ["source", "tactic_stated", *(name for name in found.inputs if name in table.names)]
    answers = []
    for row in _distinct(connection, table.name, inputs):
        values = dict(zip(inputs, row, strict=True))
        answers.append(
            (*row, found.match(str(values["source"]), values, stated=values["tactic_stated"]).of(table.name))
        )
    moved: dict[str, Decimal] = {}
    _stage_answers(connection, inputs, answers)
    if table.name == "spend":
        rows = connection.execute(
            f"SELECT t.currency, sum(t.amount) FROM spend t JOIN answers a ON {_equal(inputs)} "
            "WHERE t.tactic IS DISTINCT FROM a.answer AND t.amount IS NOT NULL GROUP BY t.currency"
        ).fetchall()
        moved = {str(currency): amount for currency, amount in rows}
    return _update(connection, table.name, "tactic", inputs), moved


def _channels(connection: duckdb.DuckDBPyConnection, table: schema.Table, channels: Channels) -> int:
    """Decide again by what the rows say. A touch that could say nothing of how somebody came stays without a channel."""
    told = [name for name in CHANNEL_INPUTS if name in table.names]
    inputs = ["source", "channel_stated", "channel", *told]
    answers = []
    for row in _distinct(connection, table.name, inputs):
        values: dict[str, str | None] = dict(zip(inputs, row, strict=True))
        answer = values["channel_stated"]
        mute = table.name == "touches" and values["channel"] is None and not any(values[name] for name in told)
        if not answer and not mute:
            answer = channel_of((table.name, str(values["source"])), values, rules=channels)
        answers.append((*row, answer))
    _stage_answers(connection, inputs, [row for row in answers if row[-1] != CONTINUE])
    changed = _update(connection, table.name, "channel", inputs)
    goes_on = [row for row in answers if row[-1] == CONTINUE]
    if table.name == "touches" and goes_on:
        _stage_answers(connection, inputs, goes_on)
        changed += _continue(connection, inputs)
    return changed


def _continue(connection: duckdb.DuckDBPyConnection, inputs: Sequence[str]) -> int:
    """Give visits from excluded hosts the channel of the subject's visit before, else Direct."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE going_on AS
        SELECT t.rowid AS place, t.node, t.happened_at, t.channel FROM touches t JOIN answers a ON {_equal(inputs)}
        """
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE went_on AS
        SELECT g.place, g.channel AS before, COALESCE((
          SELECT arg_max(t.channel, (t.happened_at, t.touch_id)) FROM touches t ANTI JOIN going_on o ON o.place = t.rowid
          WHERE t.node = g.node AND t.happened_at <= g.happened_at AND t.happened_at > g.happened_at - {CONTINUES_FOR}
        ), '{DIRECT}') AS channel FROM going_on g
        """
    )
    connection.execute(
        "UPDATE touches SET channel = w.channel FROM went_on w WHERE touches.rowid = w.place AND w.channel IS DISTINCT FROM w.before"
    )
    return int(
        connection.execute("SELECT count(*) FROM went_on WHERE channel IS DISTINCT FROM before").fetchall()[0][0]
    )


def _states(
    connection: duckdb.DuckDBPyConnection, where: tuple[str, str, str], facts: PlanFacts, stage_maps: StageMaps
) -> int:
    """Apply the stage maps to a table. where: table, column to set, column with the source's name."""
    name, column, raw = where
    inputs = ["source", raw]
    answers = [
        (source, stage, tactics.state_of(stage, stage_maps.get(source, {}), states=facts.states))
        for source, stage in _distinct(connection, name, inputs)
    ]
    _stage_answers(connection, inputs, answers)
    return _update(connection, name, column, inputs)


def _distinct(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    names = ", ".join(f'"{name}"' for name in columns)
    rows: list[tuple[Any, ...]] = connection.execute(f"SELECT DISTINCT {names} FROM {table}").fetchall()
    return rows


def _stage_answers(
    connection: duckdb.DuckDBPyConnection, inputs: Sequence[str], answers: Sequence[Sequence[str | None]]
) -> None:
    columns = [
        pa.array([None if row[place] is None else str(row[place]) for row in answers], pa.string())
        for place in range(len(inputs) + 1)
    ]
    connection.register("answered", pa.Table.from_arrays(columns, [*inputs, "answer"]))
    connection.execute("CREATE OR REPLACE TEMP TABLE answers AS SELECT * FROM answered")
    connection.unregister("answered")


def _equal(inputs: Sequence[str], table: str = "t") -> str:
    return " AND ".join(f'{table}."{name}" IS NOT DISTINCT FROM a."{name}"' for name in inputs)


def _update(connection: duckdb.DuckDBPyConnection, table: str, column: str, inputs: Sequence[str]) -> int:
    rows = connection.execute(
        f'SELECT count(*) FROM {table} t JOIN answers a ON {_equal(inputs)} WHERE t."{column}" IS DISTINCT FROM a.answer'
    ).fetchall()
    if rows[0][0]:
        connection.execute(
            f'UPDATE {table} SET "{column}" = a.answer FROM answers a WHERE {_equal(inputs, table)} AND {table}."{column}" IS DISTINCT FROM a.answer'
        )
    return int(rows[0][0])
