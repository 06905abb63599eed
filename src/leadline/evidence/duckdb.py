"""The embedded warehouse: one DuckDB file.

While one process holds the file for writing, no other can open it, not even to read; while another reads,
none can write. So every connection is short: opened for one question or one commit, in an engine that is running
already, tried again with growing pauses while the file is locked, and closed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from leadline.errors import WarehouseError
from leadline.evidence import engines, locking, privacy, schema, store

if TYPE_CHECKING:
    import pyarrow as pa

PATIENCE_SECONDS = 10.0  # design, evidence section 7: locked for longer than 10 s gives a message
FIRST_PAUSE_SECONDS = 0.02  # own: a commit of a small file takes about this long
LONGEST_PAUSE_SECONDS = 0.1  # own: a try costs a thousandth of that, and what is waited too long nobody gets back


class DuckStore:
    """A warehouse in one DuckDB file; holds nothing between two questions."""

    def __init__(self, path: Path, *, lock: Path | None = None, patience: float = PATIENCE_SECONDS) -> None:
        """Name the file; nothing is opened yet. lock: where a writer says who it is."""
        self.path = path
        self.lock = lock
        self.patience = patience

    def exists(self) -> bool:
        """Return whether the file is there."""
        return self.path.exists()

    def ask(self, query: str, **params: object) -> pa.Table:
        """Return the answer as an arrow table. Raises WarehouseError while there is no warehouse, or none to be had."""
        if not self.exists():
            raise WarehouseError(
                f"{self.path} does not exist: nothing was imported yet. Import first: leadline import FILE..."
            )
        text, used = store.prepare(query, params)
        with self.connect(read_only=True) as connection:
            return connection.sql(text, params=used).to_arrow_table()

    def snapshot(self) -> str:
        """Return the snapshot after the last commit, "" before the first."""
        if not self.exists():
            return ""
        rows = self.ask("SELECT value FROM meta WHERE key = 'snapshot'").to_pylist()
        return str(rows[0]["value"]) if rows else ""

    def close(self) -> None:
        """Do nothing: no connection outlives its question."""

    @contextmanager
    def sitting(self) -> Iterator[Sitting]:
        """Give a store that keeps one connection for reading: half a dozen questions open the file once."""
        if not self.exists():
            raise WarehouseError(f"{self.path} does not exist: nothing was imported yet.")
        with self.connect(read_only=True) as connection:
            yield Sitting(connection)

    @contextmanager
    def writing(self, reach: store.Reach) -> Iterator[duckdb.DuckDBPyConnection]:  # noqa: ARG002 - everything is at hand
        """Give a connection for writing; what its transaction commits is committed."""
        with self.connect(read_only=False) as connection:
            yield connection

    @contextmanager
    def connect(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a connection with the session's settings, for as short a time as possible.

        Waits while another process holds the file, then raises WarehouseError naming the holder. Creates a
        new warehouse for writing; refuses one of another storage version.
        """
        with nullcontext() if read_only else privacy.private_files():
            if not read_only and not self.exists():
                create(self.path)
            opened = self._open(read_only=read_only)
            try:
                self._check_version(opened.connection)
                yield opened.connection
            finally:
                opened.close()

    def _open(self, *, read_only: bool) -> engines.Opened:
        deadline, pause = time.monotonic() + self.patience, FIRST_PAUSE_SECONDS
        while True:
            try:
                return engines.open_file(self.path, read_only=read_only, spill=self.path.parent / "tmp")
            except (duckdb.IOException, duckdb.ResourceInUseException) as error:
                text = str(error)
                if "lock" not in text and not isinstance(error, duckdb.ResourceInUseException):
                    raise WarehouseError(f"{self.path}: {text.splitlines()[0]} {self._rebuild()}") from error
                if time.monotonic() >= deadline:
                    raise WarehouseError(self._locked(text)) from error
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _locked(self, text: str) -> str:
        found = re.search(r"PID (\d+)", text)
        holder = (locking.holder(self.lock) if self.lock else None) or (f"process {found.group(1)}" if found else None)
        return (
            f"{self.path} is held by {holder or 'another program'} (waited {self.patience:.0f} s). Reports and pages "
            "already made still work. Wait until it ends, then try again."
        )

    def _check_version(self, connection: duckdb.DuckDBPyConnection) -> None:
        try:
            rows = connection.execute("SELECT value FROM meta WHERE key = 'storage_version'").fetchall()
        except duckdb.CatalogException as error:
            raise WarehouseError(f"{self.path} is not a warehouse of Leadline. {self._rebuild()}") from error
        found = rows[0][0] if rows else "none"
        if found != schema.STORAGE_VERSION:
            raise WarehouseError(
                f"{self.path} has storage version {found}, this Leadline writes {schema.STORAGE_VERSION}. {self._rebuild()}"
            )

    def _rebuild(self) -> str:
        return f"Everything in it comes back from the exports: move {self.path.name} away and import them again."


class Sitting:
    """A store that asks everything over one connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Ask over a connection that somebody else opens and closes."""
        self._connection = connection

    def ask(self, query: str, **params: object) -> pa.Table:
        """Return the answer of a named query, or of SQL text."""
        text, used = store.prepare(query, params)
        return self._connection.sql(text, params=used).to_arrow_table()

    def snapshot(self) -> str:
        """Return the snapshot after the last commit."""
        rows = self.ask("SELECT value FROM meta WHERE key = 'snapshot'").to_pylist()
        return str(rows[0]["value"]) if rows else ""

    def exists(self) -> bool:
        """Say that it is there: it is open."""
        return True

    def close(self) -> None:
        """Leave the connection to whoever opened it."""


def create(path: Path) -> None:
    """Create a warehouse with every table of the schema; it appears whole or not at all, even if the process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.new")
    for left in (part, part.with_name(part.name + ".wal")):  # of a process that was killed here
        left.unlink(missing_ok=True)
    version = f"INSERT INTO meta VALUES ('storage_version', '{schema.STORAGE_VERSION}')"
    tables = "; ".join([*(table.ddl() for table in schema.TABLES), version])
    engines.make_file(part, tables, spill=path.parent / "tmp")
    part.replace(path)
