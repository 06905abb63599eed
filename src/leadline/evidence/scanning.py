"""The engine's own way into a staging file, for large files with a mapping: no row of the file becomes a Python object.

The careful reader decides what every value means; the engine only carries it. Each distinct cell is asked once, each
distinct identifier is hashed once, the rules are applied once to each distinct combination of what they look at. A
record that is not plain, or whose key stands twice, goes through the careful reader as a whole, so both ways give the
same tables, rejects and counts; a test holds them against each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pyarrow as pa

from leadline.evidence import schema
from leadline.evidence.privacy import Pseudonyms
from leadline.evidence.record_numbers import key60
from leadline.evidence.rows import CHANNEL_INPUTS
from leadline.evidence.scan_cells import LINE, Cells, open_cells, why_not
from leadline.evidence.scan_people import People, name_people
from leadline.evidence.scan_values import Value, Values, all_plain
from leadline.evidence.sources.generic import records_of, understand
from leadline.evidence.sources.mapped_rows import Item, MappedRow, RowMaker
from leadline.evidence.sources.mapping import Entry, Mapped, parse_mapping
from leadline.evidence.sources.records import Context, Head, Match, Reading
from leadline.evidence.staging import RECORD, Staging

FROM_BYTES = 8 << 20  # own, measured: below some ten thousand records the careful reader is done as soon
ODD_SHARE = 0.2  # own: a file of which every fifth record is odd gains nothing; the careful reader takes all of it
KEPT_ITEMS = 20_000  # odd records held in memory; own: some ten MB; more are read again each time
ALWAYS = ("source", "source_key", "import_id", LINE, "touch_id")  # columns that every scanned row fills
HARDLY_REPEAT = frozenset({"source_key", "session_key", "object"})
AS_IT_IS = " USING COMPRESSION uncompressed"
TABLES = frozenset({"touches"})  # tables that come in millions of rows and need no look at their neighbours


def way(head: Head, *, from_bytes: int = FROM_BYTES) -> str:
    """Return why a file is read row by row, "" where the engine scans it."""
    if head.mapping is None:
        return "its format has a reader of its own"
    if (size := head.path.stat().st_size) < from_bytes:
        return f"a file of {max(1, size >> 10)} kB is read as fast"
    mapped = parse_mapping(head.mapping, head.mapping_name or "")
    if len(mapped.entries) != 1 or mapped.entries[0].table.name not in TABLES:
        return "its mapping feeds other tables than touches"
    entry = mapped.entries[0]
    if not entry.key:
        return "its mapping names no key"
    read = [*entry.columns.values(), *(one for one in entry.key if one.columns != (LINE,))]
    if LINE in entry.when or any(LINE in one.columns for one in read):
        return "its mapping reads the record's line into a column"
    return why_not(head, mapped)


@dataclass
class Scan:
    """One file on its way into a staging file by the engine's scan."""

    staging: Staging
    head: Head
    match: Match
    reader: RowMaker
    _kept: list[Item] = field(default_factory=list)

    @property
    def mapped(self) -> Mapped:
        """Return the mapping of the file."""
        return self.reader.mapped

    @property
    def entry(self) -> Entry:
        """Return the one entry of the mapping."""
        return self.mapped.entries[0]

    @cached_property
    def cells(self) -> Cells:
        """Return the file's cells as a relation."""
        return open_cells(self.staging.connection, self.head, match=self.match, mapped=self.mapped)

    @cached_property
    def values(self) -> Values:
        """Return what makes expressions of the cells."""
        own = self.staging.maker
        maker = replace(own, pseudonyms=Pseudonyms(own.pseudonyms.key), seen=[], met=[])
        return Values(self.staging.connection, self.cells, self.entry, self.reader, maker)

    def take(self) -> bool:
        """Fill the staging file; return False, and leave it to be thrown away, where too many records are odd."""
        execute = self.staging.connection.execute
        if self.staging.maker.forgotten and any(LINE in one.columns for one in self.entry.key):
            return False  # whose record it is must be looked at in the key as a whole
        execute(f"CREATE TABLE odd ({LINE} BIGINT)")  # first: opening the cells may fill it
        if self.values.key_says_who and self.staging.maker.pseudonyms.key.era:
            return False  # the names that rows have under a later key are made one by one
        columns, people = {name: self.values.column(name) for name in self.entry.columns}, name_people(self.values)
        columns["node"] = people.node()
        columns["source_key"] = self.values.key()
        if self.reader.currency and "currency" in self.entry.table.names:
            named = columns.get("currency", Value("NULL"))
            columns["currency"] = replace(named, text=f"coalesce({named.text}, '{self.reader.currency}')")
        self._narrow(columns)
        needed = [*columns.values(), self.values.taken()]
        joins = " ".join(dict.fromkeys(join for one in needed for join in one.joins))
        total = self._count(self.cells.text) + self._count("odd")
        self._insert(columns, joins, all_plain(needed))
        execute(
            f"INSERT INTO odd SELECT r.{LINE} FROM {self.cells.text} r ANTI JOIN {self.entry.table.name} t ON t.{LINE} = r.{LINE}"
        )
        if self._count("odd") > ODD_SHARE * total:
            return False
        self._set_apart()
        self._people(columns["happened_at"], people)
        taken = self._count(self.entry.table.name)
        self._shifted(columns, joins)
        self._odd_records()
        tally = self.staging.tally
        tally.read, tally.accepted = total, tally.accepted + taken
        self._assert(columns)
        return True

    def _narrow(self, columns: dict[str, Value]) -> None:
        """Make the staged table anew with the columns that this file can fill, for a column of nulls costs as much as another.

        Keys hardly repeat: looking for repeats in them takes longer than writing them, and nothing here is kept.
        """
        table, execute = self.entry.table, self.staging.connection.execute
        ruled = {name for name in ("channel", "tactic") if name in columns}
        filled = {*columns, *ALWAYS, "channel", "tactic", *(f"{name}_stated" for name in ruled)}
        types = [
            f'"{one.name}" {one.type}{AS_IT_IS if one.name in HARDLY_REPEAT else ""}'
            for one in table.columns
            if one.name in filled
        ]
        execute(f"DROP TABLE {table.name}")
        execute(f"CREATE TABLE {table.name} ({', '.join(types)}, {RECORD} BIGINT)")

    def _count(self, relation: str) -> int:
        return int(self.staging.connection.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])

    def _insert(self, columns: dict[str, Value], joins: str, plain: str) -> None:
        """Insert every plain record."""
        table, maker = self.entry.table, self.staging.maker
        join, ruled = self._rules(columns, joins)
        key = columns["source_key"].text
        made = {name: value.text for name, value in columns.items()} | ruled
        made["touch_id"] = f"CAST('0x' || substr(md5($source || chr(31) || {key}), 1, 15) AS BIGINT)"
        made |= {"source": "$source", "import_id": "$import_id", LINE: f"r.{LINE}"}
        chosen = ", ".join(f'{made[name]} AS "{name}"' for name in table.names if name in made)
        self.staging.connection.execute(
            f"INSERT INTO {table.name} BY NAME SELECT {chosen}, r.{LINE} AS {RECORD} "
            f"FROM {self.cells.text} r {joins} {join} WHERE {plain}",
            {"source": maker.source, "import_id": maker.import_id, **self.values.used},
        )

    def _rules(self, columns: dict[str, Value], joins: str) -> tuple[str, dict[str, str]]:
        """Apply the rules to every distinct combination of what they look at; return the join and the columns it fills."""
        maker, connection, table = self.staging.maker, self.staging.connection, self.entry.table.name
        looked_at = {*CHANNEL_INPUTS, *maker.tactics.inputs, "channel", "tactic"}
        inputs = [name for name in self.entry.columns if name in looked_at]
        types = {column.name: column.type for column in self.entry.table.columns}
        keys = "".join(f'"{name}" {types[name]}, ' for name in inputs)
        connection.execute(f"CREATE TABLE ruled ({keys}r_channel VARCHAR, r_tactic VARCHAR)")
        chosen = ", ".join(f'{columns[name].text} AS "{name}"' for name in inputs) or "1"
        query = f"SELECT DISTINCT {chosen} FROM {self.cells.text} r {joins}"
        for row in connection.execute(query).fetchall():
            given: dict[str, Any] = dict(zip(inputs, row, strict=False))
            channel, tactic = self.values.maker.ruled(table, given)
            connection.execute(
                f"INSERT INTO ruled VALUES ({', '.join('?' * (len(inputs) + 2))})", [*given.values(), channel, tactic]
            )
        on = " AND ".join(f'ruled."{name}" IS NOT DISTINCT FROM {columns[name].text}' for name in inputs) or "TRUE"
        stated = {f"{name}_stated": columns[name].text for name in ("channel", "tactic") if name in columns}
        return f"LEFT JOIN ruled ON {on}", {"channel": "ruled.r_channel", "tactic": "ruled.r_tactic", **stated}

    def _set_apart(self) -> None:
        """Take every record out again whose key another one has, an odd one among them: the careful reader compares them."""
        connection, table = self.staging.connection, self.entry.table.name
        connection.execute(
            f"INSERT INTO odd SELECT {LINE} FROM {table} SEMI JOIN "
            f"(SELECT touch_id FROM {table} GROUP BY touch_id HAVING count(*) > 1) x USING (touch_id)"
        )
        self._remove()
        keys = [self._touch_id(made) for item in self._odd_items() for made in self._made(item)]
        connection.register("batch", pa.table({"touch_id": pa.array(keys, pa.int64())}))
        connection.execute(f"INSERT INTO odd SELECT {LINE} FROM {table} SEMI JOIN batch USING (touch_id)")
        connection.unregister("batch")
        self._remove()
        self.staging.told_apart.add(table)

    def _remove(self) -> None:
        table = self.entry.table.name
        self.staging.connection.execute(f"DELETE FROM {table} WHERE {LINE} IN (SELECT {LINE} FROM odd)")

    def _made(self, item: Item) -> Iterator[MappedRow]:
        if item.reject is None and not item.repeated_header:
            yield from (made for made in self.reader.rows(item) if isinstance(made, MappedRow))

    def _touch_id(self, made: MappedRow) -> int:
        key = self.values.maker.stored(self.entry.table.name, "source_key", value=made.values["source_key"])
        return key60(f"{self.staging.maker.source}{schema.KEY_SEPARATOR}{key}")

    def _odd_items(self) -> Iterator[Item]:
        rows = self.staging.connection.execute(f"SELECT DISTINCT {LINE} FROM odd ORDER BY {LINE}").fetchall()
        lines = [line for (line,) in rows]
        if len(lines) > KEPT_ITEMS:
            return self.cells.items(lines)
        known = {item.line: item for item in self._kept}
        if len(known) < len(lines):
            more = self.cells.items([line for line in lines if line not in known])
            self._kept = sorted((*self._kept, *more), key=lambda item: item.line)
        return iter(self._kept)

    def _odd_records(self) -> None:
        """Take the odd records the careful way."""
        self.staging.take_apart(records_of(self._odd_items, self.reader))

    def _people(self, moment: Value, people: People) -> None:
        maker = self.staging.maker
        places = "".join(f", r.{place}" for place in dict.fromkeys(one.place for one in people.columns))
        moments = (
            f"SELECT r.{LINE}{places}, {moment.text} AS moment FROM {self.cells.text} r {' '.join(moment.joins)} "
            f"WHERE r.{LINE} NOT IN (SELECT {LINE} FROM odd)"
        )
        people.store(moments, maker.import_id, reason=f"{self.mapped.name} record")

    def _shifted(self, columns: dict[str, Value], joins: str) -> None:
        """Count the values that a clock change moved, as the careful reader flags them."""
        told = [value.shifted for value in columns.values() if value.shifted != "FALSE"]
        if told:
            counts = " + ".join(f"CAST(coalesce({one}, FALSE) AS INTEGER)" for one in told)
            rows = self.staging.connection.execute(
                f"SELECT sum({counts}) FROM {self.cells.text} r {joins} WHERE r.{LINE} NOT IN (SELECT {LINE} FROM odd)"
            ).fetchall()
            if rows[0][0]:
                self.staging.tally.flags["time_shifted"] += int(rows[0][0])

    def _assert(self, columns: dict[str, Value]) -> None:
        """Note which columns the file speaks about; who it was only where any record says it."""
        table = self.entry.table.name
        told = {*self.entry.columns, "source_key"} | ({"currency"} if "currency" in columns else set())
        named = self._count(f"(SELECT 1 FROM {table} WHERE node IS NOT NULL LIMIT 1)")
        if self._count(f"(SELECT 1 FROM {table} LIMIT 1)"):
            self.staging.asserted.setdefault(table, set()).update(told | ({"node"} if named else set()))


def scan(staging: Staging, head: Head, *, match: Match, context: Context) -> Reading | None:
    """Fill a staging file by the engine's scan and return how the file was read, without records.

    None where the careful reader had better take all of it; the staging file is then no longer of use.
    """
    understood = understand(head, match, context=context)
    maker = understood.maker
    if not Scan(staging, head, match, maker).take():
        return None
    return Reading(iter(()), maker.numbers, understood.because, maker.dates, maker.currency_from)
