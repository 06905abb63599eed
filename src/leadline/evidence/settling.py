"""Step two of an import: the whole file has been staged; now it is looked at as a whole.

Records with the same key are duplicates (equal rows) or conflicts (both rejected); the file's own totals are
compared with the rows; what matched no tactic is listed with its money.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from leadline.errors import ImportRefused
from leadline.evidence import schema
from leadline.evidence.small_cells import LEAST, hidden_of
from leadline.evidence.sources.records import Reject
from leadline.evidence.staging import RECORD, Staging, Tally, columns_of

REJECT_SHARE = 0.2  # design, evidence section 2.4: more than 20 % is probably the wrong format (own, overridable)
REJECT_SHARE_FROM = 20  # own: a share of fewer rows tells nothing about the format; all of them rejected does
NO_DATA = frozenset({"totals", "footer", "repeated_header", "other_block"})  # records that are no data rows
SAME = ("import_id", "line", "position")  # lineage that two equal rows of one file may differ in
# Where staged rows name somebody: table, column.
NODES = (
    ("touches", "node"), ("orders", "node"), ("consent", "node"), ("contacts", "node"), ("stages", "subject"),
    ("deal_people", "person_node"), ("responses", "person_node"), ("links", "a"), ("links", "b"),
)  # fmt: skip
# What a report's totals hold: table → columns added up per currency, columns added up as they are.
MONEY_TOTALS: Mapping[str, str] = {"spend": "amount", "orders": "net"}
SERIES = "metrics."  # a claim about a series of `metrics`
SUM_DIGITS = 6  # own: what binary sums of money and counts are exact to
COUNT_TOTALS: Mapping[str, tuple[str, ...]] = {"spend": ("impressions", "clicks")}


@dataclass(frozen=True)
class Settled:
    """What the file as a whole says. span: first and last day · mismatches: total → (file's, rows')."""

    totals: Mapping[str, str]
    span: tuple[dt.date, dt.date] | None
    unmatched: tuple[Mapping[str, Any], ...]
    mismatches: Mapping[str, tuple[str, str]]


def settle(staging: Staging, *, least: int = LEAST) -> Settled:
    """Resolve repeated keys, hold the law of records, and sum up. least: groups of fewer people are told without a number."""
    staged = [schema.table(name) for name in _filled(staging)]
    repeated = [table for table in staged if _may_repeat(table) and _find_repeated(staging, table)]
    for table in repeated:
        if table.kind == "fact":
            _conflicts(staging, table)
    _duplicates(staging, repeated)
    staging.tally.check()
    totals = _totals(staging.connection, tuple(staging.asserted))
    return Settled(totals, _span(staging), _unmatched(staging, least), _mismatches(staging, totals))


def refuse_rejected(tally: Tally, name: str, *, rejects: Sequence[Reject] = ()) -> None:
    """Raise ImportRefused `too_many_rejects` where more than a fifth of the data rows was rejected; it names the first."""
    rows = tally.read - sum(count for reason, count in tally.skipped.items() if reason in NO_DATA)
    few = rows < REJECT_SHARE_FROM and tally.accepted > 0
    if tally.rejected == 0 or few or tally.rejected <= REJECT_SHARE * rows:
        return
    first = next((f" (line {one.line}: {one.text})" for one in rejects if one.part is None), "")
    raise ImportRefused(
        "too_many_rejects",
        f"{name}: {tally.rejected} of {rows} records were rejected, more than {REJECT_SHARE:.0%}{first}; it is probably another "
        "format than the one it was read as. Look at it with --explain, name the format with --source, or take the "
        "rest with --accept-rejects.",
    )


def _find_repeated(staging: Staging, table: schema.Table) -> bool:
    """List the hashes of keys that stand more than once in `twice`; return whether there are any.

    Eight bytes a row: keys themselves are compared only where their hashes meet. Of a scanned table only the odd records
    can have a key twice: the scan told all others apart.
    """
    among = f"WHERE {RECORD} IN (SELECT line FROM odd)" if table.name in staging.told_apart else ""
    staging.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE twice AS SELECT {_hash(table)} AS mark FROM {table.name} {among} GROUP BY mark HAVING count(*) > 1"
    )
    return bool(staging.connection.execute("SELECT 1 FROM twice LIMIT 1").fetchall())


def _hash(table: schema.Table) -> str:
    key = ", ".join(f'"{name}"' for name in table.key)
    return f"hash({key})"


def _conflicts(staging: Staging, table: schema.Table) -> None:
    """Take out every record that contradicts another one about the same key; both are rejected."""
    connection = staging.connection
    key = ", ".join(f'"{name}"' for name in table.key)
    held = columns_of(connection, table.name)  # a scan leaves out what its file cannot fill
    values = ", ".join(f'"{name}"' for name in held if name not in {*SAME, *table.key, RECORD}) or "1"
    _find_repeated(staging, table)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT t.*, row({values}) AS facts FROM {table.name} t "
        f"WHERE {_hash(table)} IN (SELECT mark FROM twice)"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE conflicting AS SELECT DISTINCT {RECORD}, line FROM repeated "
        f"SEMI JOIN (SELECT {key} FROM repeated GROUP BY {key} HAVING count(DISTINCT facts) > 1) r USING ({key})"
    )
    found = connection.execute(
        f"SELECT c.line, r.raw FROM conflicting c LEFT JOIN raws r USING ({RECORD}) ORDER BY c.{RECORD}"
    ).fetchall()
    if not found:
        return
    named = ", ".join(name for name in table.key if name != "source")
    text = f"another record of this file has the same key ({named}) and other values"
    staging.reject(Reject(line, None, "key_conflict", text, raw or "") for line, raw in found)
    staging.tally.accepted -= len(found)
    staging.tally.rejected += len(found)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE unnamed AS {_nodes(f'SEMI JOIN conflicting USING ({RECORD})')}")
    for name in _filled(staging):
        connection.execute(f"DELETE FROM {name} WHERE {RECORD} IN (SELECT {RECORD} FROM conflicting)")
    connection.execute(f"DELETE FROM identities WHERE node IN (SELECT node FROM unnamed EXCEPT ({_nodes()}))")
    connection.execute(
        "DELETE FROM accounts a WHERE source = 'domain' AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.account = a.account)"
    )


def _nodes(only: str = "") -> str:
    """Return the query for every node that staged rows and links name; only: a join that chooses among them."""
    named = " UNION ".join(f"SELECT {column} AS node FROM {table} {only}" for table, column in NODES)
    return f"SELECT DISTINCT node FROM ({named}) n WHERE node IS NOT NULL"


def _may_repeat(table: schema.Table) -> bool:
    """Return whether two rows of one file with the same key must be told apart."""
    return table.kind == "fact" or table.name == "links"


def _duplicates(staging: Staging, repeated: Sequence[schema.Table]) -> None:
    """Keep the first of equal rows; a record of which nothing is left is a `duplicate_row`."""
    connection = staging.connection
    connection.execute("CREATE OR REPLACE TEMP TABLE touched (record_no BIGINT)")
    for table in repeated:
        _find_repeated(staging, table)
        name, key = table.name, ", ".join(f'"{column}"' for column in table.key)
        later = (
            f"SELECT rowid FROM {name} WHERE {_hash(table)} IN (SELECT mark FROM twice) "
            f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {RECORD}, rowid) > 1"
        )
        connection.execute(f"INSERT INTO touched SELECT {RECORD} FROM {name} WHERE rowid IN ({later})")
        connection.execute(f"DELETE FROM {name} WHERE rowid IN ({later})")
    tables = [table for table in map(schema.table, _filled(staging)) if _may_repeat(table)]
    left = " ".join(f"ANTI JOIN {table.name} ON {table.name}.{RECORD} = t.{RECORD}" for table in tables)
    rows = connection.execute(f"SELECT count(DISTINCT t.{RECORD}) FROM touched t {left}").fetchall()
    count = int(rows[0][0])
    if count:
        staging.tally.accepted -= count
        staging.tally.skipped["duplicate_row"] += count


def _filled(staging: Staging) -> tuple[str, ...]:
    return (*(name for name in staging.asserted if name != "links"), "links")


def _totals(connection: duckdb.DuckDBPyConnection, tables: tuple[str, ...]) -> dict[str, str]:
    totals: dict[str, str] = {}
    for name in tables:
        counted = connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
        totals[name if name != "spend" else "spend.rows"] = str(counted)
        if name in MONEY_TOTALS:
            column = MONEY_TOTALS[name]
            for currency, amount in connection.execute(
                f"SELECT currency, sum({column}) FROM {name} WHERE {column} IS NOT NULL GROUP BY currency ORDER BY currency"
            ).fetchall():
                totals[f"{name}.{column}.{currency}"] = _short(amount)
        for column in COUNT_TOTALS.get(name, ()):
            amount = connection.execute(f"SELECT sum({column}) FROM {name}").fetchall()[0][0]
            if amount is not None:
                totals[f"{name}.{column}"] = str(amount)
    if "touches" in tables:
        totals["touches.without_person"] = str(
            connection.execute("SELECT count(*) FROM touches WHERE node IS NULL").fetchall()[0][0]
        )
    return totals


def _span(staging: Staging) -> tuple[dt.date, dt.date] | None:
    """Return the first and last day, in the plan's zone, that any fact speaks of."""
    zone = ZoneInfo(staging.maker.tactics.facts.timezone)
    days = []
    for name in staging.asserted:
        table = schema.table(name)
        if table.time is not None:
            last = "until" if name == "metrics" else table.time
            ends = staging.connection.execute(f"SELECT min({table.time}), max({last}) FROM {name}").fetchall()[0]
            days += [_day(end, zone) for end in ends if end is not None]
    return (min(days), max(days)) if days else None


def _day(when: dt.date | dt.datetime, zone: ZoneInfo) -> dt.date:
    """Return the day of a moment in a zone; a day is a day already."""
    return when.replace(tzinfo=dt.UTC).astimezone(zone).date() if isinstance(when, dt.datetime) else when


def _unmatched(staging: Staging, least: int) -> tuple[Mapping[str, Any], ...]:
    """List campaigns (spend) and origins (stages) without a tactic, with rows, money and why.

    How many rows an origin of few people has is not said; such origins stand last.
    """
    found: list[Mapping[str, Any]] = []
    if "spend" in staging.asserted:
        rows = staging.connection.execute(
            "SELECT campaign, currency, sum(amount), count(*), any_value(tactic_stated), any_value(campaign_id) FROM spend "
            "WHERE tactic IS NULL GROUP BY campaign, currency ORDER BY sum(amount) DESC, campaign, currency"
        ).fetchall()
        for campaign, currency, amount, count, stated, campaign_id in rows:
            why = staging.maker.tactics.match(
                staging.maker.source, {"campaign": campaign, "campaign_id": campaign_id}, stated=stated
            ).why
            found.append(
                {
                    "campaign": campaign,
                    "rows": count,
                    "amount": _short(amount),
                    "currency": currency,
                    "why": why or "no tactic fits",
                }
            )
    if "stages" in staging.asserted:
        rows = staging.connection.execute(
            "SELECT origin, count(*), count(DISTINCT subject) FILTER (subject_kind = 'person') FROM stages "
            "WHERE tactic IS NULL AND origin IS NOT NULL GROUP BY origin ORDER BY count(*) DESC, origin"
        ).fetchall()
        hidden = hidden_of({origin: people for origin, _, people in rows}, least=least)
        few = {origin for origin, _, people in rows if people and origin in hidden}
        rows.sort(key=lambda row: (row[0] in few, row[0] if row[0] in few else ""))
        found += [
            {
                "origin": origin,
                "rows": None if origin in few else count,
                "amount": None,
                "currency": None,
                "why": "no tactic is tracked as this origin",
            }
            for origin, count, _ in rows
        ]
    return tuple(found)


def _mismatches(staging: Staging, totals: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return the totals that the file claims and the rows do not give (design, evidence section 2.3)."""
    found: dict[str, tuple[str, str]] = {}
    for claim in staging.claims:
        for name, claimed in claim.items():
            given = _series_sum(staging, name) if name.startswith(SERIES) else Decimal(totals.get(name, "0"))
            allowed = (
                Decimal("0.01") if name.endswith(".revenue") or ".amount" in name or ".net" in name else Decimal(0)
            )
            if abs(given - Decimal(claimed)) > allowed:
                found[name] = (str(claimed), str(given))
    return found


def _series_sum(staging: Staging, name: str) -> Decimal:
    """Return the sum of a series that a file's totals row speaks of; other series may not add up and are not summed."""
    found = staging.connection.execute(
        "SELECT sum(value) FROM metrics WHERE metric = ?", [name.removeprefix(SERIES)]
    ).fetchall()[0][0]
    return Decimal(str(round(found or 0.0, SUM_DIGITS))).normalize()


def _short(amount: Decimal | None) -> str:
    """Return an amount with two decimals where it has no more, else with all four."""
    if amount is None:
        return "0.00"
    cents = amount.quantize(Decimal("0.01"))
    return str(cents if cents == amount else amount)
