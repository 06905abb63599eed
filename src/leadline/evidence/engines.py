"""Engines of the embedded warehouse: a file is opened in one that is already running.

Starting an engine takes 20 ms of a processor, attaching a file to a running one takes 2, and a single import asks its
warehouse half a dozen times. So an engine outlives its file. It is attached for one question, one commit or the staging
of one file, and detached again, which writes its journal back and lets go of its lock; the engine, which then holds
nothing, waits for the next file.

    opened = open_file(path, read_only=True, spill=folder)
    opened.connection.sql("SELECT count(*) FROM imports")
    opened.close()
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

MEMORY_SHARE = 0.4  # design, evidence section 7: at most 40 % of memory
MEMORY_LIMIT_BYTES = 4 * 1024**3  # design, evidence section 7: at most 4 GB
WAITING = 2  # own: an import fills its staging file in one engine while another answers
HELD = "held"  # what a file is called inside its engine; nobody needs to say it, for every connection looks there first


# What every connection needs: UTC, and the order of nulls that Spark has and that cannot be changed there.
SETTINGS = {
    "TimeZone": "'UTC'",
    "default_null_order": "'nulls_first_on_asc_last_on_desc'",
    "preserve_insertion_order": "false",
}


@dataclass(eq=False)
class Engine:
    """A running engine that holds at most one file of ours, and what was attached beside it. spill: where it may write."""

    root: duckdb.DuckDBPyConnection
    spill: Path | None = None

    def may_spill(self, folder: Path) -> None:
        """Say where it may write what does not fit into memory. Raises duckdb.Error where it wrote elsewhere before."""
        if folder != self.spill:
            self.root.execute(f"SET temp_directory = {literal(folder)}")
            self.spill = folder

    def attach(self, path: str, *, read_only: bool, most: int) -> None:
        """Attach a file, made where there is none, and take no more than `most` bytes of memory. Raises duckdb.Error."""
        self.root.execute(f"SET memory_limit = '{min(most, memory_limit()) // 1024**2}MiB'")
        # With its type said no file is taken for one of another program, whose reader would be looked for elsewhere.
        mode = ", READ_ONLY" if read_only else ""
        self.root.execute(f"ATTACH {literal(path)} AS {HELD} (TYPE duckdb{mode})")

    def connection(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of one's own to the file that is attached."""
        connection = self.root.cursor()
        connection.execute(f"USE {HELD}; SET enable_progress_bar = false")  # a bar would stand amid what a command says
        return connection

    def detach(self) -> bool:
        """Let go of every file; return whether it may take another: not where it broke, or wrote to the disk."""
        try:
            attached = self.root.execute("SELECT database_name FROM duckdb_databases() WHERE NOT internal").fetchall()
            for (name,) in attached:
                if name != "memory":
                    self.root.execute(f'DETACH "{name}"')
        except duckdb.Error:
            return False
        return self.spill is None or not self.spill.exists()

    def end(self) -> None:
        """End it, and with it everything that it held."""
        with suppress(duckdb.Error):
            self.root.close()


def start() -> Engine:
    """Start an engine with nothing in it; its connections have the settings that `settle` gives to others."""
    root = duckdb.connect()
    root.execute("; ".join(f"SET GLOBAL {name} = {value}" for name, value in SETTINGS.items()))
    return Engine(root)


@dataclass(eq=False)
class _File:
    """A file that this process has open, by so many.

    guard: held while it is attached or detached
    """

    key: str
    read_only: bool
    count: int = 0
    engine: Engine | None = None
    guard: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Opened:
    """One connection to a file, to be closed by whoever opened it."""

    connection: duckdb.DuckDBPyConnection
    _file: _File
    _is_open: bool = True

    def close(self) -> None:
        """Close the connection; the last one to a file detaches it. A second time does nothing."""
        if self._is_open:
            self._is_open = False
            self.connection.close()
            _ENGINES.leave(self._file)


class Engines:
    """The engines of this process: those that hold a file, and those that wait for one."""

    def __init__(self) -> None:
        """Begin without any."""
        self._guard = threading.Lock()  # of what follows; never held while an engine works
        self._open: dict[str, _File] = {}
        self._waiting: list[Engine] = []
        self._lost: list[Engine] = []

    def enter(self, path: Path, *, read_only: bool, spill: Path, most: int) -> Opened:
        """Open a file; see `open_file`."""
        key = os.path.realpath(path)
        with self._guard:
            file = self._open.setdefault(key, _File(key, read_only))
            if file.read_only != read_only:
                raise duckdb.ResourceInUseException(f"{path} is open in this process already, and not in this way")
            file.count += 1
        try:
            with file.guard:
                if file.engine is None:
                    file.engine = self._attached(file, spill, most=most)
                return Opened(file.engine.connection(), file)
        except BaseException:
            self.leave(file)
            raise

    def leave(self, file: _File) -> None:
        """Count one less at a file, and detach it behind the last."""
        with file.guard:
            with self._guard:
                file.count -= 1
                is_last = not file.count
            if is_last and file.engine is not None:
                engine, file.engine = file.engine, None
                self._give_back(engine)
            with self._guard:
                if not file.count:  # else somebody came meanwhile, and waits at the file's own guard
                    self._open.pop(file.key, None)

    def after_fork(self) -> None:
        """Begin anew in a child process: it has its parent's engines without their threads, and must not even end them."""
        self._guard = threading.Lock()
        self._lost += [*self._waiting, *(file.engine for file in self._open.values() if file.engine is not None)]
        self._waiting, self._open = [], {}

    def _attached(self, file: _File, spill: Path, *, most: int) -> Engine:
        engine = self._take(spill / "spill")
        try:
            engine.attach(file.key, read_only=file.read_only, most=most)
        except duckdb.Error:
            self._give_back(engine)
            raise
        return engine

    def _take(self, spill: Path) -> Engine:
        """Return an engine that waits, or start one."""
        with self._guard:
            engine = self._waiting.pop() if self._waiting else None
        if engine is not None:
            with suppress(duckdb.Error):
                engine.may_spill(spill)
                return engine
            engine.end()
        engine = start()
        engine.may_spill(spill)
        return engine

    def _give_back(self, engine: Engine) -> None:
        """Let an engine wait for the next file, where it can and not too many do."""
        is_whole = engine.detach()
        with self._guard:
            if is_whole and len(self._waiting) < WAITING:
                self._waiting.append(engine)
                return
        engine.end()


_ENGINES = Engines()
os.register_at_fork(after_in_child=_ENGINES.after_fork)


def open_file(path: Path, *, read_only: bool, spill: Path, most: int = MEMORY_LIMIT_BYTES) -> Opened:
    """Open a file in an engine; those who read one file at the same time share its engine, as they must.

    (The system's lock on a file belongs to the process: closing it in one engine would unlock it for the other.)
    spill: folder for what does not fit into memory · most: bytes of memory. Raises duckdb.Error as `duckdb.connect`
    does; ResourceInUseException where this process has the file open in the other mode.
    """
    return _ENGINES.enter(path, read_only=read_only, spill=spill, most=most)


_BLANK: dict[str, bytes] = {}


def make_file(path: Path, tables: str, *, spill: Path) -> None:
    """Make a file with empty tables, which nobody has open. tables: statements that create them, parted by semicolons.

    The engine makes the first of a kind; what it wrote is then written for every further one.
    """
    if tables in _BLANK:
        with path.open("wb") as file:
            file.write(_BLANK[tables])
            file.flush()
            os.fsync(file.fileno())
        return
    opened = open_file(path, read_only=False, spill=spill)
    try:
        opened.connection.execute(f"BEGIN; {tables}; COMMIT")
    finally:
        opened.close()
    if not path.with_name(f"{path.name}.wal").exists():  # else its journal still waits to be written into it
        _BLANK[tables] = path.read_bytes()


def settle(connection: duckdb.DuckDBPyConnection, spill: Path, *, most: int = MEMORY_LIMIT_BYTES) -> None:
    """Set on a connection outside of these engines what theirs have: UTC, `most` bytes, where to spill, no progress bar."""
    said = "; ".join(f"SET {name} = {value}" for name, value in SETTINGS.items())
    limit = f"SET memory_limit = '{min(most, memory_limit()) // 1024**2}MiB'"
    connection.execute(f"{said}; SET enable_progress_bar = false; {limit}")
    with suppress(duckdb.Error):  # a second connection to the same database may not move the folder in use
        connection.execute(f"SET temp_directory = {literal(spill / 'spill')}")


def memory_limit() -> int:
    """Return how many bytes one session may use: 4 GB, or 40 % of the machine's memory if that is less."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not every system tells
        return MEMORY_LIMIT_BYTES
    return min(MEMORY_LIMIT_BYTES, int(memory * MEMORY_SHARE))


def literal(path: Path | str) -> str:
    """Return a path as SQL text."""
    return "'" + str(path).replace("'", "''") + "'"
