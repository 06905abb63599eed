"""The warehouse without one person: rows about them alone go, other rows lose who it was, amounts and counts stay.

Everything happens in one transaction, so a kill leaves the person wholly in or wholly out; done again it finds nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from leadline.evidence import merging, schema
from leadline.evidence.staging import ARROW
from leadline.evidence.subjects import Subject
from leadline.evidence.suppression import Forgotten
from leadline.evidence.unlinking import ALONE, NAMES, WHO, unlinked

# Tables in which nothing of a person stands: rules, rates, and what is known of files.
APART = frozenset({"channel_rules", "rates", "imports", "meta"})


@dataclass
class Emptied:
    """What was done. counts: `table deleted` or `table unlinked` → rows · imports: whose files brought the person's rows.

    rejects: imports whose rejects held the person
    """

    counts: Counter[str] = field(default_factory=Counter)
    imports: set[str] = field(default_factory=set)
    rejects: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Emptying:
    """One person on the way out of one open transaction."""

    connection: duckdb.DuckDBPyConnection
    subject: Subject
    forgotten: Forgotten
    done: Emptied = field(default_factory=Emptied)

    def run(self) -> Emptied:
        """Take the person out of every table."""
        for table in schema.FACTS:
            if table.name not in ALONE:
                self._unlink(table)
        for name, columns in ALONE.items():
            if name != "contacts":
                self._delete(name, " OR ".join(f"{column} IN ({self._nodes})" for column in columns))
        self._rejects()
        self._restatements()
        self._elsewhere()
        return self.done

    @property
    def _nodes(self) -> str:
        return ", ".join(map(str, self.subject.nodes)) or "NULL"

    @property
    def _looked_for(self) -> tuple[str, ...]:
        return (*self.subject.pseudonyms, *self.subject.sure)

    def _delete(self, table: str, where: str) -> None:
        if "import_id" in schema.table(table).names:
            rows = self.connection.execute(f"SELECT DISTINCT import_id FROM {table} WHERE {where}").fetchall()
            self.done.imports |= {row[0] for row in rows if row[0]}
        count = self.connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchall()[0][0]
        if count:
            self.connection.execute(f"DELETE FROM {table} WHERE {where}")
            self.done.counts[f"{table} deleted"] += int(count)

    def _unlink(self, table: schema.Table) -> None:
        """Take who it was out of the rows of one table of facts."""
        texts = [column.name for column in table.columns if column.type == "TEXT" and column.name != "import_id"]
        found = _told(texts, len(self._looked_for))
        own = [f"{WHO[table.name]} IN ({self._nodes})"] if table.name in WHO else []
        if table.name == "stages":
            own = [f"({own[0]} AND subject_kind = 'person')"]
        conditions = [*own, *([found] if found else [])]
        if not conditions:
            return
        names = ", ".join(f'"{name}"' for name in table.names)
        rows = self.connection.execute(
            f"SELECT rowid, {names} FROM {table.name} WHERE {' OR '.join(conditions)}", self._parameters(found)
        ).fetchall()
        before, changes = {}, []
        for place, *cells in rows:
            values = dict(zip(table.names, cells, strict=True))
            changed = self._without(table.name, values, texts)
            if changed:
                changes.append((place, {**values, **changed}))
            if values["import_id"]:
                self.done.imports.add(str(values["import_id"]))
            if values["source_key"] != changed.get("source_key", values["source_key"]):
                before[str(values["source"]), str(values["source_key"])] = str(changed["source_key"])
        self._write(table, changes)
        self._follow(table.name, before)
        if changes:
            self.done.counts[f"{table.name} unlinked"] += len(changes)

    def _without(self, table: str, values: Mapping[str, Any], texts: Sequence[str]) -> dict[str, object]:
        held = {
            name
            for name in texts
            if isinstance(values[name], str) and any(one in values[name].casefold() for one in self._looked_for)
        }
        pseudonymous = any(one in str(values[name]) for name in held for one in self.subject.pseudonyms)
        is_person = table != "stages" or values["subject_kind"] == "person"
        whose = pseudonymous or (table in WHO and is_person and values[WHO[table]] in self.subject.nodes)
        changed = unlinked(table, values, forgotten=self.forgotten, whose=whose, named=frozenset(held))
        if table == "stages" and is_person and values["subject"] in self.subject.nodes:
            changed["subject"] = self.forgotten.number(int(values["subject"]))
        return {name: value for name, value in changed.items() if values[name] != value}

    def _write(self, table: schema.Table, changes: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
        if not changes:
            return
        columns = {
            column.name: pa.array([values[column.name] for _, values in changes], ARROW[column.type])
            for column in table.columns
        }
        self.connection.register("emptied", pa.table({"place": [place for place, _ in changes], **columns}))
        sets = ", ".join(f'"{name}" = e."{name}"' for name in table.names)
        self.connection.execute(f"UPDATE {table.name} SET {sets} FROM emptied e WHERE {table.name}.rowid = e.place")
        self.connection.unregister("emptied")

    def _follow(self, table: str, keys: Mapping[tuple[str, str], str]) -> None:
        """Let what pointed to a row by its old key point to its new one."""
        for (source, old), new in keys.items():
            named = {"source": source, "old": old, "new": new}
            self.connection.execute(
                "UPDATE restatements SET source_key = $new WHERE source = $source AND source_key = $old", named
            )
            if table == "posts":
                for name in ("in_reply_to", "object"):
                    self.connection.execute(
                        f"UPDATE posts SET {name} = $new WHERE source = $source AND {name} = $old", named
                    )

    def _rejects(self) -> None:
        """Remove the records that were not taken and hold the person."""
        rows = self.connection.execute("SELECT rowid, import_id, text, raw FROM rejects").fetchall()
        pseudonyms = frozenset(self.subject.pseudonyms)
        found = [
            (place, owner)
            for place, owner, text, raw in rows
            if self.forgotten.names(f"{text or ''}\n{raw or ''}", systems=self.subject.systems)
            or any(one in f"{text} {raw}".casefold() for one in (*pseudonyms, *self.subject.sure))
        ]
        if found:
            places = ", ".join(str(place) for place, _ in found)
            self.connection.execute(f"DELETE FROM rejects WHERE rowid IN ({places})")
            self.done.counts["rejects deleted"] += len(found)
            self.done.rejects |= {owner for _, owner in found}

    def _restatements(self) -> None:
        """Take the old and new values out of restatements that hold the person."""
        nodes = ", ".join(f"'{node}'" for node in self.subject.nodes) or "NULL"
        found = _told(("old", "new", "source_key"), len(self._looked_for))
        conditions = f"old IN ({nodes}) OR new IN ({nodes}){f' OR {found}' if found else ''}"
        used = self._parameters(found)
        count = self.connection.execute(f"SELECT count(*) FROM restatements WHERE {conditions}", used).fetchall()[0][0]
        if count:
            self.connection.execute(f"DELETE FROM restatements WHERE {conditions}", used)
            self.done.counts["restatements deleted"] += int(count)

    def _elsewhere(self) -> None:
        """Empty every other text that holds the person, such as the name of an account."""
        for table in schema.TABLES:
            if table.kind == "fact" or table.name in {*APART, *ALONE, "rejects", "restatements"}:
                continue
            for column in table.columns:
                if column.type != "TEXT" or column.name in {*table.key, *NAMES, "import_id"}:
                    continue
                where = _told((column.name,), len(self._looked_for))
                if not where:
                    continue
                used = self._parameters(where)
                asked = f"SELECT count(*) FROM {table.name} WHERE {where}"
                count = self.connection.execute(asked, used).fetchall()[0][0]
                if count:
                    self.connection.execute(f'UPDATE {table.name} SET "{column.name}" = NULL WHERE {where}', used)
                    self.done.counts[f"{table.name} unlinked"] += int(count)

    def _parameters(self, condition: str) -> dict[str, str]:
        return {f"f{place}": one for place, one in enumerate(self._looked_for)} if condition else {}


def _told(columns: Sequence[str], forms: int) -> str:
    """Return the condition that any of these columns holds any of `forms` texts, "" where there is nothing to look for."""
    if not columns or not forms:
        return ""
    named = ", ".join(f'"{name}"' for name in columns)
    whole = f"lower(concat_ws(chr(31), {named}))"
    return "(" + " OR ".join(f"contains({whole}, $f{place})" for place in range(forms)) + ")"


def empty_contacts(path: Path, subject: Subject) -> int:
    """Remove the person's names and addresses; return how many rows."""
    if not path.exists():
        return 0
    nodes = ", ".join(map(str, subject.nodes)) or "NULL"
    where = f"node IN ({nodes})" + "".join(f" OR lower(email) = $f{place}" for place in range(len(subject.sure)))
    used = {f"f{place}": one for place, one in enumerate(subject.sure)}
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute(schema.CONTACTS.ddl())
        count = int(connection.execute(f"SELECT count(*) FROM contacts WHERE {where}", used).fetchall()[0][0])
        with merging.transaction(connection):
            connection.execute(f"DELETE FROM contacts WHERE {where}", used)
    return count
