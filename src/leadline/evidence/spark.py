"""The warehouse of more than one machine: parquet folders, asked with Spark.

`spark:evidence/lake` runs Spark inside this process; `spark://host:port?lake=/mnt/lake` asks a cluster whose machines
all see the lake under that path. One writer at a time, as with the embedded file; readers are never in its way.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.errors import WarehouseError
from leadline.evidence import dialect, locking, privacy, query_parts, schema, store
from leadline.evidence.lake import Current, Lake
from leadline.evidence.slices import UNDATED, Asked, OwnHands, Slice, scan
from leadline.evidence.spark_session import LOCAL, LOG, cut, session

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from pyspark.sql import Column, DataFrame, SparkSession

LARGE_BYTES = 256 * 1024**2  # own: what one machine reads in about a second, less than a job on a cluster costs


@dataclass(frozen=True)
class SparkStore:
    """A warehouse in a lake. master: `local[*]`, or a cluster's · scratch: where this machine spills and stages.

    large: tables of facts above so many bytes of parquet are merged by the cluster, smaller ones by this machine
    pinned: the version of the lake that is asked, None for the newest at each question
    """

    lake: Lake
    master: str = LOCAL
    scratch: Path | None = None
    large: int = LARGE_BYTES
    pinned: Current | None = None

    @property
    def path(self) -> Path:
        """Return the file that changes with every commit."""
        return self.lake.pointer

    @property
    def _scratch(self) -> Path:
        return self.scratch or self.lake.folder / "tmp"

    def exists(self) -> bool:
        """Return whether anything was ever imported."""
        return self.lake.exists()

    def snapshot(self) -> str:
        """Return the snapshot after the last commit, "" before the first; Spark is not needed for it."""
        return self._current().snapshot

    def close(self) -> None:
        """Do nothing: the driver stays for the next question of this process."""

    def sweep(self) -> None:
        """Take away at once what does not count any more, as an erasure must."""
        self.lake.sweep()

    def ask(self, query: str, **params: object) -> pa.Table:
        """Return the answer as an arrow table. Raises WarehouseError while there is no lake."""
        if not self.exists():
            raise WarehouseError(
                f"{self.lake.folder} holds no lake: nothing was imported yet. Import first: leadline import FILE..."
            )
        current = self._current()
        if _is_small(query):
            return self._ask_here(query, current, params)
        moments = {name: value for name, value in params.items() if isinstance(value, (dt.date, dt.datetime))}
        text, used = store.prepare(
            query, params, verbs=dialect.SPARK, spelled=lambda name: _spelled(name, moments.get(name))
        )
        bound = {name: value.isoformat() if name in moments else value for name, value in used.items()}  # type: ignore[attr-defined]  # moments have isoformat
        from pyspark.errors import PySparkException

        try:
            self._show(text, current)
            return _canonical(self._planned(dialect.retype(text), bound).toArrow())
        except PySparkException as error:
            said = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
            raise WarehouseError(f"Spark could not answer: {said} Its own words: {self._scratch / LOG}.") from error

    def _ask_here(self, query: str, current: Current, params: Mapping[str, object]) -> pa.Table:
        """Answer a question about the log and who is who from the files: no driver is started for it."""
        import duckdb

        from leadline.evidence.duckdb import Sitting

        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for table in schema.TABLES:
                if table.kind != "fact":
                    files = self.lake.files(current.of(table.name))
                    connection.execute(
                        f"CREATE VIEW {table.name} AS SELECT * FROM {scan(files)}" if files else table.ddl()
                    )
            return Sitting(connection).ask(query, **params)

    @contextmanager
    def sitting(self) -> Iterator[SparkStore]:
        """Give a store that sees one state of the lake, whatever is imported meanwhile."""
        yield replace(self, pinned=self.pinned or self._current())

    @contextmanager
    def writing(self, reach: store.Reach) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give an embedded warehouse with what a commit may look at; what its transaction changes is then in the lake.

        Nothing of it counts where the block raises, or before the pointer has moved.
        """
        import duckdb

        from leadline.evidence.duckdb import create
        from leadline.evidence.engines import settle
        from leadline.evidence.staging import remove

        with privacy.private_files(), self._alone():
            current = self._current()
            part = self._scratch / f"commit.{os.getpid()}.duckdb"
            remove(part)
            create(part)
            connection = duckdb.connect(str(part))
            try:
                settle(connection, self._scratch)
                own = OwnHands(connection, self.lake)
                slice_ = Slice(connection, self.lake, current, reach, _Cluster(self, own))
                slice_.pull()
                yield connection
                folders = slice_.write_back()
                if folders is not None:
                    rows = connection.execute("SELECT value FROM meta WHERE key = 'snapshot'").fetchall()
                    self.lake.commit(folders, snapshot=rows[0][0] if rows else "", before=current)
            finally:
                connection.close()
                remove(part)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lake's own lock: two workspaces, or two machines, may share a lake."""
        with locking.exclusive(self.lake.folder / "lock"):
            yield

    def _current(self) -> Current:
        return self.pinned or self.lake.current()

    @cached_property
    def _session(self) -> SparkSession:
        return session(self.master, scratch=self._scratch)

    def _planned(self, text: str, params: Mapping[str, object]) -> DataFrame:
        """Return an answer that is not worked out yet; parts of it that are worth keeping are, and forgotten with it.

        Kept by a checkpoint: what a cache holds is still planned, and its plan compared, at every mention.
        """
        planned = query_parts.plan(text, [table.name for table in schema.TABLES])
        views: dict[str, DataFrame] = {}
        for part in planned.parts:
            frame = self._planned(part.text, params)
            views[part.name] = frame.localCheckpoint() if part.is_kept else frame
            for (
                name,
                view,
            ) in views.items():  # again: a part may have parts of its own under a name that stands here, too
                view.createOrReplaceTempView(name)
        return self._frame(planned.text, params)

    def _frame(self, text: str, params: Mapping[str, object]) -> DataFrame:
        used = dialect.bind(text)[1]
        return self._session.sql(text, args={name: params[name] for name in used})

    def _show(self, text: str, current: Current) -> None:
        """Give the session a view of every table that a text names, and let it cut them as finely as they are large."""
        words = set(re.findall(r"\w+", text))
        named = [table for table in schema.TABLES if table.name in words]
        for table in named:
            self.frame(table, current.of(table.name)).createOrReplaceTempView(table.name)
        held = self.lake.bytes_in(name for table in named for name in current.of(table.name))
        cut(self._session, held)

    def frame(self, table: schema.Table, folders: Sequence[str]) -> DataFrame:
        """Return the rows of a table that lie in some folders of the lake."""
        typed = [(f"`{column.name}`", dialect.SPARK_TYPES.get(column.type, column.type)) for column in table.columns]
        named = ", ".join(map(" ".join, typed))
        paths = self.lake.paths(folders)
        if paths:
            return self._session.read.schema(named).parquet(*paths)
        nothing = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in typed)
        return self._session.sql(
            f"SELECT {nothing} WHERE FALSE"
        )  # a plan that reads nothing, and what joins it neither

    def frame_of(self, rows: pa.Table) -> DataFrame:
        """Return rows of this process as the cluster sees them."""
        return self._session.createDataFrame(rows)

    def is_large(self, folders: Sequence[str]) -> bool:
        """Say whether some folders hold more than one machine should read for a commit."""
        return self.lake.bytes_in(folders) > self.large


@dataclass(frozen=True)
class _Cluster:
    """Reads and rewrites the facts of a commit: small tables on this machine, large ones on the cluster."""

    store: SparkStore
    own: OwnHands

    def semi(self, table: schema.Table, folders: Sequence[str], *, asked: Asked) -> pa.Table:
        """See `Hands.semi`."""
        if not self.store.is_large(folders):
            return self.own.semi(table, folders, asked=asked)
        rows = self.store.frame(table, folders)
        parts = [rows.join(wanted, _same(rows, wanted, names), "left_semi") for names, wanted in self._frames(asked)]
        found = parts[0]
        for part in parts[1:]:
            found = found.union(part)
        return found.dropDuplicates(list(table.key)).toArrow()

    def anti(self, table: schema.Table, folders: Sequence[str], *, gone: pa.Table, target: Path) -> None:
        """See `Hands.anti`."""
        if not self.store.is_large(folders):
            self.own.anti(table, folders, gone=gone, target=target)
            return
        from pyspark.sql import functions

        rows, dropped = self.store.frame(table, folders), self.store.frame_of(gone)
        month = functions.coalesce(functions.date_format(str(table.time), "yyyy-MM"), functions.lit(UNDATED))
        kept = (
            rows.join(dropped, _same(rows, dropped, table.key), "left_anti")
            .withColumn("month", month)
            .repartition("month")
        )
        unmarked = kept.write.option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
        unmarked.partitionBy("month").parquet(str(target))

    def _frames(self, asked: Asked) -> Iterator[tuple[Sequence[str], DataFrame]]:
        for names, rows in asked.items():
            yield names, self.store.frame_of(rows)


def _same(left: DataFrame, right: DataFrame, names: Sequence[str]) -> Column:
    first, *others = (left[name].eqNullSafe(right[name]) for name in names)
    for other in others:
        first = first & other
    return first


def _is_small(query: str) -> bool:
    """Say whether a question names no table of facts, and so only what this machine reads whole for every commit."""
    return not {table.name for table in schema.FACTS} & set(re.findall(r"\w+", store.whole_text(query)))


def _spelled(name: str, moment: object) -> str:
    """Return how a query names a parameter; moments are bound as text, since Python's have no type without a zone here."""
    if isinstance(moment, dt.datetime):
        return f"CAST(:{name} AS TIMESTAMP_NTZ)"
    return f"CAST(:{name} AS DATE)" if isinstance(moment, dt.date) else f":{name}"


def _canonical(table: pa.Table) -> pa.Table:
    """Return an answer in the types both engines share: whole numbers are BIGINT, and any column may be null."""
    import pyarrow as pa

    fields = [pa.field(one.name, pa.int64() if pa.types.is_integer(one.type) else one.type) for one in table.schema]
    return table.cast(pa.schema(fields))
