"""The warehouse and the contacts under the key that follows, inside one open transaction.

Nodes are mapped once and joined; texts are looked through a stretch of rows at a time, so that memory holds no table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from leadline.evidence import dialect, rekeyed, schema
from leadline.evidence.privacy import SIGN, later, later_node
from leadline.evidence.record_numbers import KEYED, later_number
from leadline.evidence.suppression import GONE

STRETCH = 500_000  # own: rows whose texts are looked through at a time, some 100 MB
# Texts in which no pseudonym stands: names of formats, imports and rules.
APART = frozenset({"source", "import_id", "channel", "tactic", "channel_stated", "tactic_stated"})
PERSONS = tuple(sorted({column for columns in rekeyed.NODES.values() for column in columns}))
# Tables that the ledger fills, or that hold nothing of people.
LEFT = frozenset({"consent", "channel_rules", "rates", "imports", "rejects", "meta"})


@dataclass(frozen=True)
class Rekeying:
    """One database on the way from a key to the one that follows. done: table → rows that changed."""

    connection: duckdb.DuckDBPyConnection
    secret: bytes = field(repr=False)
    done: Counter[str] = field(default_factory=Counter)

    def warehouse(self) -> Counter[str]:
        """Bring every table of the warehouse under the key; the consent ledger brings its own table anew."""
        tables = [table for table in schema.TABLES if table.name not in LEFT]
        self._map_nodes([table.name for table in tables if table.name in rekeyed.NODES])
        self._texts(tables)
        self._own_keys("stages", "subject", "AND subject_kind = 'person'")
        self._own_keys("deal_people", "person_node")
        self._restated()
        for name, column in (("touches", "node"), ("orders", "node"), ("responses", "person_node")):
            self._nodes(name, column)
        self._nodes("deal_people", "person_node")
        self._nodes("stages", "subject", "AND subject_kind = 'person'")
        self._numbers()
        self._identities()
        self._links()
        self._people()
        self.connection.execute("DROP TABLE mapped")
        return self.done

    def contacts(self) -> Counter[str]:
        """Bring names and addresses under the key."""
        self._map_nodes(["contacts"])
        self._text(schema.CONTACTS, "source_key")
        self._own_keys("contacts", "node")
        self._nodes("contacts", "node")
        self.connection.execute("DROP TABLE mapped")
        return self.done

    def _map_nodes(self, tables: Sequence[str]) -> None:
        """Make the table `mapped` of every node that stands anywhere: old, new."""
        asked = " UNION ".join(
            f'SELECT "{column}" AS node FROM {name}' + (" WHERE subject_kind = 'person'" if name == "stages" else "")
            for name in tables
            for column in rekeyed.NODES[name]
        )
        known = self.connection.sql(f"SELECT node FROM ({asked}) WHERE node IS NOT NULL").to_arrow_table()
        old = known["node"].cast(pa.int64()).combine_chunks()
        new = pa.array((later_node(self.secret, node) for node in old.to_pylist()), pa.int64())
        self._keep("mapped", pa.table({"old": old, "new": new}))

    def _keep(self, name: str, rows: pa.Table) -> None:
        self.connection.register("brought", rows)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM brought")
        self.connection.unregister("brought")

    def _nodes(self, table: str, column: str, more: str = "") -> None:
        counted = self.connection.execute(
            f'UPDATE {table} SET "{column}" = m.new FROM mapped m WHERE m.old = {table}."{column}" {more}'
        ).fetchall()
        self.done[table] += int(counted[0][0])

    def _texts(self, tables: Iterable[schema.Table]) -> None:
        for table in tables:
            for column in table.columns:
                if column.type == "TEXT" and column.name not in APART and table.name != "identities":
                    self._text(table, column.name)

    def _text(self, table: schema.Table, column: str) -> None:
        """Bring the pseudonyms in one column of texts under the key, and what is made of it."""
        found = list(self._retold(table.name, column))
        if not found:
            return
        self._keep("retold", pa.concat_tables(found))
        more = ""
        if (table.name, column) == ("touches", "source_key"):
            made = dialect.DUCKDB["key60"](f"source || chr({ord(schema.KEY_SEPARATOR)}) || r.told")
            more = f", touch_id = {made}"
        self.connection.execute(
            f'UPDATE {table.name} SET "{column}" = r.told{more} FROM retold r WHERE {table.name}.rowid = r.place'
        )
        self.done[table.name] += sum(one.num_rows for one in found)

    def _retold(self, table: str, column: str) -> Iterator[pa.Table]:
        """Yield the rows whose text holds a pseudonym: place, text as it is, text as it will be."""
        last = self.connection.execute(f"SELECT max(rowid) FROM {table}").fetchall()[0][0]
        marked = f"""(contains("{column}", '{SIGN}') OR contains("{column}", '{GONE}')) AND regexp_matches("{column}", '{rekeyed.TOKEN.pattern}')"""
        if column in rekeyed.PSEUDONYMS:
            marked = f"""regexp_full_match("{column}", '{rekeyed.WHOLE.pattern}')"""
        for start in range(0, 0 if last is None else last + 1, STRETCH):
            rows = self.connection.sql(
                f'SELECT rowid AS place, "{column}" AS said FROM {table} WHERE rowid >= {start} AND rowid < {start + STRETCH} AND {marked}'
            ).to_arrow_table()
            if rows.num_rows:
                told = [rekeyed.in_text(self.secret, text, column=column) for text in rows["said"].to_pylist()]
                yield rows.append_column("told", pa.array(told, pa.string()))

    def _own_keys(self, table: str, column: str, more: str = "") -> None:
        """Bring natural keys under the key in which the row's own node is a part, as in those that the import makes."""
        sign = f"chr({ord(schema.KEY_SEPARATOR)})"
        framed = f"{sign} || source_key || {sign}"
        old, new = (f"{sign} || m.{side} || {sign}" for side in ("old", "new"))
        self.connection.execute(
            f"""UPDATE {table} SET source_key = substr(replace({framed}, {old}, {new}), 2, length(replace({framed}, {old}, {new})) - 2)
            FROM mapped m WHERE m.old = {table}."{column}" AND contains({framed}, {old}) {more}"""
        )

    def _restated(self, columns: Sequence[str] = PERSONS) -> None:
        """Bring the keys and values of restatements under the key that are nodes, or numbers. columns: that hold these."""
        sign = schema.KEY_SEPARATOR
        part = f"regexp_extract(source_key, '(^|{sign})([0-9]{{1,19}})({sign}|$)', 2)"
        self.connection.execute(
            f"""UPDATE restatements SET source_key = regexp_replace(source_key, '(^|{sign})' || m.old || '({sign}|$)', '\\1' || m.new || '\\2')
            FROM mapped m WHERE "table" = 'stages' AND try_cast({part} AS BIGINT) = m.old"""
        )
        named = ", ".join(f"'{name}'" for name in columns)
        for side in ("old", "new"):
            self.connection.execute(
                f"""UPDATE restatements SET "{side}" = CAST(m.new AS TEXT) FROM mapped m
                WHERE "column" IN ({named}) AND try_cast(restatements."{side}" AS BIGINT) = m.old"""
            )

    def _identities(self) -> None:
        rows = self.connection.sql("SELECT rowid AS place, value FROM identities").to_arrow_table()
        made = [later(self.secret, value) for value in rows["value"].to_pylist()]
        self._keep("retold", rows.append_column("told", pa.array(made, pa.string())))
        self.connection.execute(
            """UPDATE identities SET value = r.told, node = m.new FROM retold r, mapped m
            WHERE identities.rowid = r.place AND m.old = identities.node"""
        )
        self.done["identities"] += rows.num_rows

    def _links(self) -> None:
        """Bring links under the key; their ids name the smaller node first."""
        self.connection.execute(
            """CREATE OR REPLACE TEMP TABLE retold AS
            SELECT l.rowid AS place, least(x.new, y.new) AS a, greatest(x.new, y.new) AS b, least(l.a, l.b) || '-' || greatest(l.a, l.b) AS said
            FROM links l JOIN mapped x ON x.old = l.a JOIN mapped y ON y.old = l.b"""
        )
        counted = self.connection.execute(
            """UPDATE links SET a = r.a, b = r.b,
            link_id = CASE WHEN starts_with(link_id, r.said) THEN r.a || '-' || r.b || substr(link_id, length(r.said) + 1) ELSE link_id END,
            source_key = CASE WHEN source_key = r.said THEN r.a || '-' || r.b ELSE source_key END
            FROM retold r WHERE links.rowid = r.place"""
        ).fetchall()
        self.done["links"] += int(counted[0][0])

    def _people(self) -> None:
        """Keep who is one person; a person's number is the smallest node, of which another one may be it now."""
        names = ", ".join(f"p.{name}" for name in schema.PEOPLE.names if name not in {"node", "person"})
        self.connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE retold AS
            SELECT m.new AS node, min(m.new) OVER (PARTITION BY p.person) AS person, {names} FROM people p JOIN mapped m ON m.old = p.node"""
        )
        self.connection.execute("DELETE FROM people; INSERT INTO people BY NAME SELECT * FROM retold")
        self.connection.execute("DROP TABLE retold")

    def _numbers(self) -> None:
        """Bring the numbers of deals and accounts whose id names somebody under the key, and the keys in which they stand."""
        places = [(name, column, "") for name, columns in rekeyed.NUMBERS.items() for column in columns]
        places.append(("stages", "subject", " AND subject_kind <> 'person'"))
        asked = " UNION ".join(
            f'SELECT "{column}" AS number FROM {name} WHERE "{column}" >= {KEYED}{more}'
            for name, column, more in places
        )
        known = self.connection.sql(asked).to_arrow_table()["number"].cast(pa.int64()).combine_chunks()
        if not len(known):
            return
        new = pa.array((later_number(self.secret, one) for one in known.to_pylist()), pa.int64())
        people = self.connection.sql("SELECT * FROM mapped").to_arrow_table()
        self._keep("mapped", pa.table({"old": known, "new": new}))
        self._own_keys("stages", "subject", "AND subject_kind <> 'person'")
        self._own_keys("deal_people", "deal")
        self._restated(columns=sorted({column for _, column, _ in places}))
        for name, column, more in places:
            self._nodes(name, column, more)
        self._keep("mapped", people)
