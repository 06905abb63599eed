"""Step three of an import: from the staging file into the warehouse, in one transaction.

Rows merge by key: new, updated only where a value differs, unchanged. A column that a file does not speak
about keeps its value. Nothing is visible before the commit; a kill at any moment leaves the file wholly in
or wholly out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from leadline.evidence import schema
from leadline.evidence.channels import CONTINUE, DIRECT, Channels, rule_rows
from leadline.evidence.engines import literal, memory_limit
from leadline.evidence.staging import IMPORT_MEMORY, RECORD, columns_of

CONTINUES_FOR = "INTERVAL 30 DAY"  # own: the usual look-back of web analytics for what came before a payment page
UNTOLD = frozenset({"channel", "tactic"})  # results of rules: their change is no restatement of the source
EMPTIED = frozenset({"text", "author", "brands"})  # of a post: gone when it is deleted, and kept nowhere else

Counts = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Merge:
    """What a merge needs beside the staging file. asserted: table → columns that the file speaks about."""

    import_id: str
    source: str
    asserted: Mapping[str, frozenset[str]]
    moment: dt.datetime
    replace_span: bool = False


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection, *, keep: bool = True) -> Iterator[None]:
    """Commit everything inside, or nothing; keep=False rolls back at the end (a dry run)."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT" if keep else "ROLLBACK")


def attach(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Attach a staging file as `staging`, for reading; from here on the session takes no more memory than an import may."""
    connection.execute(f"SET memory_limit = '{min(IMPORT_MEMORY, memory_limit()) >> 20}MiB'")
    connection.execute(f"ATTACH {literal(path)} AS staging (READ_ONLY)")


def merge_tables(connection: duckdb.DuckDBPyConnection, merge: Merge) -> Counts:
    """Merge every staged table into the open transaction; return what it did, per table with rows."""
    counts: Counts = {}
    tables = (*schema.FACTS, schema.DEAL_PEOPLE, schema.ACCOUNTS, schema.IDENTITIES, schema.LINKS)
    held = ", ".join(f"EXISTS (SELECT 1 FROM staging.{table.name})" for table in tables)
    has_rows = connection.execute(f"SELECT {held}").fetchall()[0]
    for table, has in zip(tables, has_rows, strict=True):
        asserted = merge.asserted.get(table.name, frozenset())
        if not has:
            if asserted:
                counts[table.name] = {"new": 0, "updated": 0, "unchanged": 0}
            continue
        counts[table.name] = _merge_table(connection, table, merge)
        connection.execute(
            "DROP TABLE IF EXISTS temp.once; DROP TABLE IF EXISTS temp.repeated; DROP TABLE IF EXISTS temp.meeting"
        )
    return counts


def vanished_spend(connection: duckdb.DuckDBPyConnection, merge: Merge) -> int:
    """Return how many rows of spend a newer file covers and lacks; with `replace_span` they become 0, as a restatement.

    Covered are the days and accounts that the file speaks of; nothing is deleted.
    """
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE vanished AS
        SELECT w.rowid AS place, w.source, w.source_key, w.amount FROM spend w
        SEMI JOIN (SELECT DISTINCT source, account, day FROM staging.spend) c
          ON c.source = w.source AND c.day = w.day AND c.account IS NOT DISTINCT FROM w.account
        ANTI JOIN staging.spend s ON s.source = w.source AND s.source_key = w.source_key
        WHERE w.amount <> 0
        """
    )
    count = int(connection.execute("SELECT count(*) FROM vanished").fetchall()[0][0])
    if count and merge.replace_span:
        connection.execute(
            """INSERT INTO restatements SELECT 'spend', source, source_key, 'amount', CAST(amount AS TEXT), '0.0000', $import_id, $moment
               FROM vanished""",
            {"import_id": merge.import_id, "moment": merge.moment},
        )
        connection.execute(
            "UPDATE spend SET amount = 0, impressions = 0, clicks = 0 FROM vanished v WHERE spend.rowid = v.place"
        )
    return count


def drop_earlier(connection: duckdb.DuckDBPyConnection, earlier: Sequence[str]) -> int:
    """Remove the facts that an earlier reading of the same bytes brought and the staged one does not give; return how many.

    The mapping was edited in between: what it no longer says of this file was never a fact of its own.
    """
    gone, named = 0, ", ".join("?" * len(earlier))
    for table in schema.FACTS:
        same = " AND ".join(f's."{name}" = w."{name}"' for name in table.key)
        where = f"import_id IN ({named}) AND NOT EXISTS (SELECT 1 FROM staging.{table.name} s WHERE {same})"
        counted = connection.execute(f"SELECT count(*) FROM {table.name} w WHERE {where}", list(earlier)).fetchall()
        if counted[0][0]:
            connection.execute(f"DELETE FROM {table.name} AS w WHERE {where}", list(earlier))
            gone += int(counted[0][0])
    connection.execute(f"DELETE FROM rejects WHERE import_id IN ({named}) AND mended_by IS NULL", list(earlier))
    return gone


def merge_contacts(connection: duckdb.DuckDBPyConnection, merge: Merge) -> None:
    """Merge names and addresses into the contacts file, in a transaction of its own."""
    connection.execute(schema.CONTACTS.ddl())
    with transaction(connection):
        _merge_table(connection, schema.CONTACTS, merge, told=False)


def _merge_table(
    connection: duckdb.DuckDBPyConnection, table: schema.Table, merge: Merge, *, told: bool = True
) -> dict[str, int]:
    columns = _spoken(table, merge.asserted.get(table.name, frozenset()))
    staged = _staged(connection, table, columns)
    if table.name == "links":
        connection.execute("UPDATE once SET linked_at = $moment", {"moment": merge.moment})
    held = columns_of(connection, staged)
    names = ", ".join(f'"{name}"' for name in table.names if name in held)
    total = int(connection.execute(f"SELECT count(*) FROM {staged}").fetchall()[0][0])
    if not connection.execute(f"SELECT 1 FROM {table.name} LIMIT 1").fetchall():
        connection.execute(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {staged}")
        return {"new": total, "updated": 0, "unchanged": 0}
    counted = _meet(connection, table, staged, columns)
    met = f"(SELECT s.*, m.found, m.changed FROM {staged} s JOIN meeting m ON m.mine = s.rowid)"
    if counted["updated"]:
        if told and table.kind == "fact":
            _restate(connection, table, columns, merge, met=met)
        sets = ", ".join(f'"{name}" = {_new(table, name)}' for name in columns)
        aliased = sets.replace('w."', f'{table.name}."')
        connection.execute(
            f"UPDATE {table.name} SET {aliased} FROM {met} s WHERE {table.name}.rowid = s.found AND s.changed"
        )
    if schema.VERSION.name in table.names:
        _keep_newest(connection, table, met)
    if table is schema.POSTS:
        _empty_deleted(connection)
    if counted["new"]:
        chosen = staged if counted["new"] == total else f"{met} WHERE found IS NULL"
        connection.execute(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {chosen}")
    return counted


def _empty_deleted(connection: duckdb.DuckDBPyConnection) -> None:
    """Take out what a deletion takes away, also where the file that brought it did not speak about these columns."""
    sets = ", ".join(f'"{name}" = NULL' for name in sorted(EMPTIED))
    left = " OR ".join(f'"{name}" IS NOT NULL' for name in sorted(EMPTIED))
    connection.execute(f"UPDATE posts SET {sets} WHERE deleted_at IS NOT NULL AND ({left})")


def _staged(connection: duckdb.DuckDBPyConnection, table: schema.Table, columns: Sequence[str]) -> str:
    """Return where the rows to merge stand, one for each key: in the staging file itself, or in a copy where they must change.

    columns: what the rows speak about; one that a scan left out, as a mapping that was edited no longer fills it, is null
    """
    held = columns_of(connection, f"staging.{table.name}")
    lacking = [one for one in table.columns if one.name in columns and one.name not in held]
    if table.kind == "fact" and not lacking:
        goes_on = (
            table.name == "touches"
            and connection.execute(f"SELECT 1 FROM staging.touches WHERE channel = '{CONTINUE}' LIMIT 1").fetchall()
        )
        if not goes_on:
            return f"staging.{table.name}"
    _stage_once(connection, table)
    for one in lacking:
        connection.execute(f'ALTER TABLE once ADD COLUMN "{one.name}" {one.type}')
    if table.name == "touches":
        _continue_channels(connection)
    return "once"


def _meet(
    connection: duckdb.DuckDBPyConnection, table: schema.Table, staged: str, columns: Sequence[str]
) -> dict[str, int]:
    """Find each staged row's stored one in `meeting`: mine, found, changed; return how many are new, updated, unchanged."""
    key = ", ".join(f'"{name}"' for name in table.key)
    on = " AND ".join(f'w."{name}" = s."{name}"' for name in table.key)
    mine, theirs, found = "s.rowid", table.name, "w.rowid"
    if table.kind == "fact" and schema.VERSION.name not in table.names and columns:
        # Eight bytes a row stand for all its values, so that the join of ten million rows stays in memory; two different
        # rows have one hash once in 10^19 cases.
        said = ", ".join(f'"{name}"' for name in columns)
        staged = f"(SELECT rowid AS mine, {key}, hash({said}) AS said FROM {staged})"
        theirs = f"(SELECT rowid AS found, {key}, hash({said}) AS said FROM {table.name})"
        mine, found, differs = "s.mine", "w.found", "w.said <> s.said"
    else:
        differs = " OR ".join(f'w."{name}" IS DISTINCT FROM {_new(table, name)}' for name in columns) or "FALSE"
        if schema.VERSION.name in table.names:
            differs = f"NOT coalesce(s.version_at < w.version_at, FALSE) AND ({differs})"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE meeting AS SELECT {mine} AS mine, {found} AS found, {found} IS NOT NULL AND ({differs}) AS changed "
        f"FROM {staged} s LEFT JOIN {theirs} w ON {on}"
    )
    counted = connection.execute(
        "SELECT count(*) FILTER (found IS NULL), count(*) FILTER (changed), count(*) FILTER (found IS NOT NULL AND NOT changed) FROM meeting"
    ).fetchall()[0]
    return dict(zip(("new", "updated", "unchanged"), map(int, counted), strict=True))


def _keep_newest(connection: duckdb.DuckDBPyConnection, table: schema.Table, met: str) -> None:
    """Remember the newest version seen of a row, also where it says what an older one said."""
    connection.execute(
        f"UPDATE {table.name} SET version_at = s.version_at FROM {met} s WHERE {table.name}.rowid = s.found "
        f"AND (s.version_at > {table.name}.version_at OR {table.name}.version_at IS NULL AND s.version_at IS NOT NULL)"
    )


def _spoken(table: schema.Table, asserted: frozenset[str]) -> tuple[str, ...]:
    """Return the columns that may change: those the file speaks about and those the rules derive."""
    if table.name == "identities":
        return ("verified", "first_seen", "last_seen", "account")
    if table.name in {"links", "consent"}:  # what was once said stays said; another word is another row
        return ()
    stated = {f"{name}_stated" for name in ("channel", "tactic") if name in asserted}
    known = {*asserted, *table.derived, *stated} | ({"net"} if table.name == "orders" else set())
    if table is schema.POSTS and "text" in asserted:
        known.add("brands")  # found in the text
    return tuple(name for name in table.compared if name in known)


def _new(table: schema.Table, name: str) -> str:
    """Return the value a column will have; what is known of somebody only grows."""
    mine, theirs = f's."{name}"', f'w."{name}"'
    if table is schema.POSTS:
        return _new_of_post(name, mine, theirs)
    if table.kind == "fact":
        return mine
    if name == "first_seen":
        return f"LEAST({mine}, {theirs})"
    if name in {"last_seen", "last_activity_at"}:
        return f"GREATEST({mine}, {theirs})"
    if name == "verified":
        return f"({theirs} OR {mine})"
    if table is schema.CONTACTS:  # an older list that comes again fills gaps, and undoes nothing
        is_older = 's."last_activity_at" < w."last_activity_at"'
        return f"CASE WHEN {is_older} THEN COALESCE({theirs}, {mine}) ELSE COALESCE({mine}, {theirs}) END"
    return f"COALESCE({mine}, {theirs})"


def _new_of_post(name: str, mine: str, theirs: str) -> str:
    """Return the value a post's column will have: a deletion empties it for good, in whatever order both were imported.

    A deletion that came without its post (it has no `published_at`) leaves everything else as it was.
    """
    if name == "deleted_at":
        return f"LEAST({mine}, {theirs})"
    if name in EMPTIED:
        return f'CASE WHEN COALESCE(s."deleted_at", w."deleted_at") IS NULL THEN {mine} END'
    return f"CASE WHEN s.published_at IS NULL THEN {theirs} ELSE {mine} END"


def _stage_once(connection: duckdb.DuckDBPyConnection, table: schema.Table) -> None:
    """Give one staged row per key; of somebody mentioned often the last value given stands."""
    if table.kind == "fact":
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE once AS SELECT * EXCLUDE ({RECORD}) FROM staging.{table.name}"
        )
        return
    how = {"first_seen": "min", "last_seen": "max", "verified": "bool_or"}
    columns = ", ".join(
        f'"{name}"' if name in table.key else f'{how[name]}("{name}") AS "{name}"' if name in how else f'arg_max("{name}", {RECORD}) AS "{name}"'
        for name in table.names
    )  # fmt: skip
    names, key = (", ".join(f'"{name}"' for name in some) for some in (table.names, table.key))
    # Of millions most are mentioned by one row: only those that repeat, told by a hash of their key, are gathered.
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT hash({key}) AS mark FROM staging.{table.name} GROUP BY mark HAVING count(*) > 1"
    )
    marked = f"(SELECT *, hash({key}) AS mark FROM staging.{table.name})"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE once AS SELECT {names} FROM {marked} ANTI JOIN repeated USING (mark) "
        f"UNION ALL BY NAME SELECT {columns} FROM {marked} SEMI JOIN repeated USING (mark) GROUP BY {key}"
    )


def _continue_channels(connection: duckdb.DuckDBPyConnection) -> None:
    """Give visits from excluded hosts the channel of the subject's visit before, else Direct."""
    connection.execute(
        f"""
        UPDATE once SET channel = COALESCE(before.channel, '{DIRECT}') FROM (
          SELECT c.source_key, (
            SELECT arg_max(t.channel, (t.happened_at, t.touch_id)) FROM (
              SELECT node, channel, happened_at, touch_id FROM once WHERE channel <> '{CONTINUE}'
              UNION ALL SELECT node, channel, happened_at, touch_id FROM touches
            ) t WHERE t.node = c.node AND t.happened_at <= c.happened_at AND t.happened_at > c.happened_at - {CONTINUES_FOR}
          ) AS channel FROM once c WHERE c.channel = '{CONTINUE}'
        ) before WHERE once.source_key = before.source_key AND once.channel = '{CONTINUE}'
        """
    )


def _restate(
    connection: duckdb.DuckDBPyConnection, table: schema.Table, columns: Sequence[str], merge: Merge, *, met: str
) -> None:
    """Write down every value that changes, old and new."""
    for name in columns:
        if name in UNTOLD or name.endswith("_stated") or (table is schema.POSTS and name in EMPTIED):
            continue
        connection.execute(
            f"""INSERT INTO restatements SELECT $table, s.source, s.source_key, $column, CAST(w."{name}" AS TEXT), CAST(s."{name}" AS TEXT),
                $import_id, $moment FROM {met} s JOIN {table.name} w ON w.rowid = s.found
                WHERE s.changed AND w."{name}" IS DISTINCT FROM s."{name}" """,
            {"table": table.name, "column": name, "import_id": merge.import_id, "moment": merge.moment},
        )


def store_rules(connection: duckdb.DuckDBPyConnection, channels: Channels) -> None:
    """Keep the channel rules' version beside what it decided, once."""
    known = connection.execute(
        "SELECT count(*) FROM channel_rules WHERE version = $version", {"version": channels.version}
    ).fetchall()
    if not known[0][0]:
        rows = rule_rows(channels)
        marks = ", ".join(f"({', '.join('?' * len(schema.CHANNEL_RULES.names))})" for _ in rows)
        connection.execute(f"INSERT INTO channel_rules VALUES {marks}", [cell for row in rows for cell in row])


def put_meta(connection: duckdb.DuckDBPyConnection, key: str, *, value: str) -> None:
    """Set one fact about the warehouse."""
    connection.execute("DELETE FROM meta WHERE key = $key", {"key": key})
    connection.execute("INSERT INTO meta VALUES ($key, $value)", {"key": key, "value": value})
