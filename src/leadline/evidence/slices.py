"""A commit to a lake: what it may look at is pulled into an embedded warehouse, and what it changed is written back.

The merge, the rules, the people and the log are then the very code that runs on DuckDB, so both engines give the same
rows by construction. Pulled are the small tables whole and, of the facts, the rows that the commit could meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from leadline.evidence import merging, schema
from leadline.evidence.channels import CONTINUE
from leadline.evidence.lake import ALL, Current, Lake

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from leadline.evidence.store import Reach

PULLED = "pulled"  # schema with the rows as they were before the commit
MOST_FOLDERS = 16  # own: more parts than this of one month are written together, so that a scan opens few files
UNDATED = "none"

Asked = Mapping[tuple[str, ...], "pa.Table"]


class Hands(Protocol):
    """Who reads and writes anew the parquet of a table: this machine, or the cluster where a table is large."""

    def semi(self, table: schema.Table, folders: Sequence[str], *, asked: Asked) -> pa.Table:
        """Return the rows that have one of the combinations asked for. asked: columns → their values, null equal to null."""
        ...

    def anti(self, table: schema.Table, folders: Sequence[str], *, gone: pa.Table, target: Path) -> None:
        """Write the rows whose key is not among `gone` into one folder per month below `target`, if there are any."""
        ...


@dataclass(frozen=True)
class Slice:
    """One commit on its way: an embedded warehouse with what it may look at. hands: who reads and rewrites the facts."""

    connection: duckdb.DuckDBPyConnection
    lake: Lake
    current: Current
    reach: Reach
    hands: Hands

    def pull(self) -> None:
        """Fill the embedded warehouse, once to be changed and once as it was."""
        connection = self.connection
        if self.reach.staging is not None:
            connection.execute(f"ATTACH '{quoted(self.reach.staging)}' AS staged (READ_ONLY)")
        with merging.transaction(connection):  # one of many tables: each by itself would be brought to the disk
            connection.execute(f"CREATE SCHEMA {PULLED}")
            for table in schema.TABLES:
                connection.execute(table.ddl(f"{PULLED}.{table.name}"))
                if folders := self.current.of(table.name):
                    self._pull(table, folders)
            if self.current.version:
                connection.execute("DELETE FROM main.meta")
            for name in self._held(PULLED):
                connection.execute(f"INSERT INTO main.{name} SELECT * FROM {PULLED}.{name}")
        if self.reach.staging is not None:
            connection.execute("DETACH staged")

    def _pull(self, table: schema.Table, folders: Sequence[str]) -> None:
        target = f"INSERT INTO {PULLED}.{table.name} BY NAME"
        is_small = table.kind != "fact" or table is schema.CONSENT  # every commit compares consent with its ledger
        if is_small or self.reach.whole:
            self.connection.execute(f"{target} SELECT {columns(table)} FROM {scan(self.lake.files(folders))}")
        elif asked := self.asked(table):
            self.connection.register("brought", self.hands.semi(table, folders, asked=asked))
            self.connection.execute(f"{target} SELECT * FROM brought")
            self.connection.unregister("brought")

    def asked(self, table: schema.Table) -> Asked:
        """Return which rows of a table of facts the commit may meet: columns → the combinations of values asked for.

        The keys of what is staged; of spend also what stands on the same days of an account, since a newer file may lack
        it; of touches also those of subjects whose visit goes on from the one before; and the rows of earlier readings.
        """
        import pyarrow as pa

        found: dict[tuple[str, ...], pa.Table] = {}
        lists = {table.key: ""} if self.reach.staging is not None else {}
        if lists and table is schema.SPEND:
            lists["source", "account", "day"] = ""
        if lists and table is schema.TOUCHES:
            lists["node",] = f"WHERE channel = '{CONTINUE}' AND node IS NOT NULL"
        for names, where in lists.items():
            listed = ", ".join(f'"{name}"' for name in names)
            rows = self.connection.sql(f"SELECT DISTINCT {listed} FROM staged.{table.name} {where}").to_arrow_table()
            if rows.num_rows:
                found[names] = rows
        if self.reach.earlier:
            found["import_id",] = pa.table({"import_id": pa.array(self.reach.earlier, pa.string())})
        return found

    def write_back(self) -> dict[str, dict[str, list[str]]] | None:
        """Write what the commit changed into folders of the next version; return what makes up each table then.

        None where nothing changed.
        """
        self.lake.begin(self.current.version + 1)
        folders = {
            name: {part: list(names) for part, names in parts.items()} for name, parts in self.current.folders.items()
        }
        met, held = self._held(PULLED), self._held("main")
        changed = [
            self._write(table, folders.setdefault(table.name, {}), met=table.name in met)
            for table in schema.TABLES
            if table.name in met or table.name in held
        ]
        return folders if any(changed) else None

    def _held(self, place: str) -> frozenset[str]:
        """Return the names of the tables in one of the two schemas that hold anything."""
        asked = " UNION ALL ".join(
            f"SELECT '{table.name}' WHERE EXISTS (SELECT 1 FROM {place}.{table.name})" for table in schema.TABLES
        )
        return frozenset(str(row[0]) for row in self.connection.execute(asked).fetchall())

    def _write(self, table: schema.Table, parts: dict[str, list[str]], *, met: bool) -> bool:
        """Write one table's changes and note its folders; return whether there were any.

        met: the commit found rows of the table; what meets nothing is new as a whole, and not compared
        """
        now, was = f"SELECT * FROM main.{table.name}", f"SELECT * FROM {PULLED}.{table.name}"
        kind = "TABLE" if met else "VIEW"  # a comparison is asked for several times, and worked out once
        added, gone = f"added_{table.name}", f"gone_{table.name}"
        self.connection.execute(f"CREATE TEMP {kind} {gone} AS {was}" + (f" EXCEPT ALL {now}" if met else ""))
        is_less = self._count(gone) > 0
        if not is_less and self._count(f"main.{table.name}") == self._count(f"{PULLED}.{table.name}"):
            return False
        self.connection.execute(f"CREATE TEMP {kind} {added} AS {now}" + (f" EXCEPT ALL {was}" if met else ""))
        place = f"{table.name}/v={self.current.version + 1}"
        if table.time is None or table.kind != "fact":
            if is_less or len(parts.get(ALL, ())) >= MOST_FOLDERS:
                parts[ALL], rows = [], now
            else:
                rows = f"SELECT * FROM {added}"
            folder = self.lake.folder / place
            folder.mkdir(parents=True, exist_ok=True)
            self.connection.execute(f"COPY ({rows}) TO '{quoted(folder / 'rows.parquet')}' (FORMAT parquet)")
            parts.setdefault(ALL, []).append(place)
            return True
        self._rewrite(table, parts, place=place)
        months = self._months(table, added)
        if months:
            copy_by_month(self.connection, table, rows=f"SELECT * FROM {added}", target=self.lake.folder / place)
        for part in months:
            parts.setdefault(part, []).append(f"{place}/month={part}")
        return True

    def _months(self, table: schema.Table, name: str) -> list[str]:
        rows = self.connection.execute(f"SELECT DISTINCT {month(table)} AS m FROM {name} ORDER BY m").fetchall()
        return [str(row[0]) for row in rows]

    def _count(self, name: str) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0])

    def _rewrite(self, table: schema.Table, parts: dict[str, list[str]], *, place: str) -> None:
        """Write anew, without the rows that are gone, every month that lost one, and those that lie in too many parts."""
        key = ", ".join(f'"{name}"' for name in table.key)
        months = {*self._months(table, f"gone_{table.name}")} | {
            part for part, names in parts.items() if len(names) >= MOST_FOLDERS
        }
        names = [name for part in sorted(months) for name in parts.get(part, ())]
        if not names:
            return
        gone = self.connection.sql(f"SELECT DISTINCT {key} FROM gone_{table.name}").to_arrow_table()
        kept = self.lake.folder / place / "kept"
        self.hands.anti(table, names, gone=gone, target=kept)
        for part in months:
            folder = kept / f"month={part}"
            parts[part] = [folder.relative_to(self.lake.folder).as_posix()] if folder.is_dir() else []


@dataclass(frozen=True)
class OwnHands:
    """This machine reads and rewrites the parquet itself, over the connection of the commit."""

    connection: duckdb.DuckDBPyConnection
    lake: Lake

    def semi(self, table: schema.Table, folders: Sequence[str], *, asked: Asked) -> pa.Table:
        """See `Hands.semi`."""
        wanted = []
        for number, (names, rows) in enumerate(asked.items()):
            self.connection.register(f"asked_{number}", rows)
            wanted.append(f"EXISTS (SELECT 1 FROM asked_{number} a WHERE {_same(names)})")
        try:
            return self.connection.sql(
                f"SELECT {columns(table)} FROM {scan(self.lake.files(folders))} w WHERE {' OR '.join(wanted)}"
            ).to_arrow_table()
        finally:
            for number in range(len(asked)):
                self.connection.unregister(f"asked_{number}")

    def anti(self, table: schema.Table, folders: Sequence[str], *, gone: pa.Table, target: Path) -> None:
        """See `Hands.anti`."""
        self.connection.register("dropped", gone)
        rows = f"SELECT {columns(table)} FROM {scan(self.lake.files(folders))} w WHERE NOT EXISTS (SELECT 1 FROM dropped a WHERE {_same(table.key)})"
        copy_by_month(self.connection, table, rows=rows, target=target)
        self.connection.unregister("dropped")


def month(table: schema.Table) -> str:
    """Return the text for the month that a row of a table of facts lies in, in DuckDB's words."""
    return f"coalesce(strftime(\"{table.time}\", '%Y-%m'), '{UNDATED}')"


def copy_by_month(connection: duckdb.DuckDBPyConnection, table: schema.Table, *, rows: str, target: Path) -> None:
    """Write rows of a table of facts into one folder per month below a folder."""
    target.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"COPY (SELECT *, {month(table)} AS month FROM ({rows})) TO '{quoted(target)}' "
        "(FORMAT parquet, PARTITION_BY (month), OVERWRITE_OR_IGNORE)"
    )


def columns(table: schema.Table) -> str:
    """Return the columns of a table as a list for SQL."""
    return ", ".join(f'"{name}"' for name in table.names)


def scan(files: Sequence[str]) -> str:
    """Return the text for the rows of parquet files, in DuckDB's words."""
    named = ", ".join(f"'{quoted(name)}'" for name in files)
    return f"read_parquet([{named}], hive_partitioning = false)"


def quoted(path: Path | str) -> str:
    """Return a path as it stands inside a literal of SQL."""
    return str(path).replace("'", "''")


def _same(names: Sequence[str]) -> str:
    return " AND ".join(f'w."{name}" IS NOT DISTINCT FROM a."{name}"' for name in names)
