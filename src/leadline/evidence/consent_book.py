"""The consent ledger, `ledger/consent.jsonl`: written first, brought into the table `consent`, read back on a rebuild."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from leadline.evidence import keying, ledgers, schema
from leadline.evidence.consent import Entry, Gate, entry_of
from leadline.evidence.staging import ARROW

if TYPE_CHECKING:
    import duckdb

    from leadline.evidence.store import Store
    from leadline.workspace import Workspace

NAMES = schema.CONSENT.names
TIMES = ("recorded_at", "valid_from", "expires_at")
BY_HAND = "leadline"  # source of entries that somebody made here, not imported


def lines(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the entries of the ledger as they were written, one per name, in their order."""
    known = {str(line["entry"]): line for line in ledgers.read(workspace.consent) if line.get("entry")}
    return list(known.values())


def entries(workspace: Workspace) -> tuple[Entry, ...]:
    """Return the entries of the ledger; a line without person, purpose, channel, state or day says nothing."""
    found = []
    for line in lines(workspace):
        try:
            times = {name: _utc(dt.datetime.fromisoformat(line[name])) if line.get(name) else None for name in TIMES}
            valid_from, recorded_at = times["valid_from"], times["recorded_at"]
            if valid_from is None or recorded_at is None or line["state"] not in {"granted", "withdrawn", "objected"}:
                continue
            more: dict[str, Any] = {
                name: line.get(name) for name in ("basis", "wording", "wording_version", "method", "evidence")
            }
            found.append(
                Entry(
                    str(line["entry"]), int(line["node"]), str(line["purpose"]), str(line["channel"]), line["state"],
                    valid_from, recorded_at, times["expires_at"], **more,
                )
            )  # fmt: skip
        except (KeyError, TypeError, ValueError):
            continue
    return tuple(found)


def write(workspace: Workspace, rows: Iterable[Mapping[str, Any]], *, moment: dt.datetime) -> int:
    """Append entries that the ledger does not have; return how many. moment: stands where an entry names no day of its own.

    rows: columns of the table `consent`. Raises OSError where the ledger cannot be written.
    """
    known = {line["entry"] for line in lines(workspace)}
    new = {}
    for row in rows:
        recorded = row.get("recorded_at") or moment
        full = {**row, "recorded_at": recorded, "valid_from": row.get("valid_from") or recorded}
        if row["entry"] not in known:
            new[row["entry"]] = {name: _plain(full.get(name)) for name in NAMES}
    ledgers.append(workspace.consent, new.values())
    return len(new)


def record(workspace: Workspace, values: Mapping[str, Any], *, moment: dt.datetime) -> str:
    """Append what somebody told us by hand (node, purpose, channel, state and how); return the entry's name.

    Raises WarehouseError while a new key is being put in.
    """
    moment = _utc(moment)
    row = {**dict.fromkeys(NAMES), "source": BY_HAND, "recorded_at": moment, "valid_from": moment, **values}
    row["entry"] = row["source_key"] = entry_of(row)
    with ledgers.held(workspace.consent):
        keying.refuse_half(workspace)
        write(workspace, [row], moment=moment)
    return str(row["entry"])


def staged(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the entries that the attached staging file brings."""
    names = ", ".join(f'"{name}"' for name in NAMES)
    rows = connection.execute(f"SELECT {names} FROM staging.consent ORDER BY line, entry").fetchall()
    return [dict(zip(NAMES, row, strict=True)) for row in rows]


def bring_in(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> int:
    """Make the table `consent` what the ledger says, inside the open transaction; return how many entries were missing."""
    known = {row[0] for row in connection.execute("SELECT entry FROM consent").fetchall()}
    told = lines(workspace)
    missing = [line for line in told if line["entry"] not in known]
    if missing:
        _register(connection, missing)
        connection.execute("INSERT INTO consent BY NAME SELECT * FROM told")
        connection.unregister("told")
    undated = connection.execute("SELECT entry FROM consent WHERE valid_from IS NULL OR recorded_at IS NULL").fetchall()
    if undated:
        _register(connection, told)
        connection.execute(
            "UPDATE consent SET recorded_at = t.recorded_at, valid_from = t.valid_from FROM told t WHERE consent.entry = t.entry "
            "AND (consent.valid_from IS NULL OR consent.recorded_at IS NULL)"
        )
        connection.unregister("told")
    return len(missing)


def _register(connection: duckdb.DuckDBPyConnection, told: Sequence[Mapping[str, Any]]) -> None:
    """Let lines of the ledger be asked as the relation `told`: a hundred thousand rows in one step, for readers wait."""
    columns = {
        column.name: pa.array([_cell(line.get(column.name), column.type) for line in told], ARROW[column.type])
        for column in schema.CONSENT.columns
    }
    connection.register("told", pa.table(columns))


def _cell(value: Any, type_: str) -> Any:  # noqa: ANN401 - a value of JSON
    """Return a value of a line as the column's type holds it; what it cannot hold says nothing."""
    if value is None or type_ == "TEXT":
        return None if value is None else str(value)
    try:
        if type_ != "TIMESTAMP":
            return int(value)
        return _utc(dt.datetime.fromisoformat(value))
    except (TypeError, ValueError):
        return None


def read_gate(workspace: Workspace, store: Store) -> Gate:
    """Return the gate over everything on record; who is one person is asked of the warehouse, where there is one.

    Raises WarehouseError while a new key is being put in: an objection must not be missed under the other key.
    """
    keying.refuse_half(workspace)
    told = entries(workspace)
    if not told or not store.exists():
        return Gate(told)
    rows = store.ask("SELECT node, person, weight FROM people").to_pylist()
    roles = store.ask("SELECT node FROM identities WHERE role").to_pylist()
    return Gate(
        told, {row["node"]: row["person"] for row in rows},
        frozenset(row["node"] for row in rows if row["weight"] is not None and row["weight"] < 1),
        frozenset(row["node"] for row in roles),
    )  # fmt: skip


def _utc(moment: dt.datetime) -> dt.datetime:
    """Return a moment in UTC without a zone, as everything is compared."""
    return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.datetime) else value
