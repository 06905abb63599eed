"""Engines that outlive their files: the file is let go of, the engine stays, and nothing of one file is left for the next."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import duckdb
import pytest

from leadline.evidence import engines
from leadline.evidence.duckdb import DuckStore, create
from leadline.evidence.engines import Engines

# Another process that wants to write: says whether it may.
WRITER = """
import duckdb, sys
try:
    duckdb.connect(sys.argv[1]).execute("INSERT INTO meta VALUES ('from', 'outside')")
    print("written")
except duckdb.IOException as error:
    print("locked" if "lock" in str(error) else error)
"""


def another_writes(path):
    return subprocess.run(
        [sys.executable, "-c", WRITER, str(path)], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def file(tmp_path):
    create(tmp_path / "warehouse.duckdb")
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def here(monkeypatch):
    """Give engines of one's own, with nothing in them."""
    own = Engines()
    monkeypatch.setattr(engines, "_ENGINES", own)
    return own


def open_(file, *, read_only=True):
    return engines.open_file(file, read_only=read_only, spill=file.parent / "tmp")


def meta(opened):
    return dict(opened.connection.execute("SELECT key, value FROM meta").fetchall())


@pytest.mark.usefixtures("here")
def test_of_two_readers_the_one_who_leaves_keeps_the_file_locked_for_the_other(file):
    first, second = open_(file), open_(file)
    second.close()
    second.close()  # a second time does nothing
    assert another_writes(file) == "locked"
    assert "from" not in meta(first)
    first.close()
    assert another_writes(file) == "written"


def test_the_engine_stays_and_nothing_of_a_file_does(file, here, tmp_path):
    opened = open_(file, read_only=False)
    opened.connection.execute("CREATE TEMP TABLE mine AS SELECT 1 AS one; SET VARIABLE told = 'secret'")
    opened.connection.execute(f"ATTACH '{tmp_path / 'beside.duckdb'}' AS beside")
    opened.connection.execute("INSERT INTO meta VALUES ('a', 'b')")
    (engine,) = [one.engine for one in here._open.values()]
    opened.close()
    assert not file.with_name("warehouse.duckdb.wal").exists(), "its journal is written back"
    create(tmp_path / "other.duckdb")
    again = open_(tmp_path / "other.duckdb")
    assert [one.engine for one in here._open.values()] == [engine]
    assert list(meta(again)) == ["storage_version"]
    assert again.connection.execute("SELECT getvariable('told')").fetchall() == [(None,)]
    assert again.connection.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]
    for gone in ("mine", "beside.rejects", f"{engines.HELD}.mine"):
        with pytest.raises(duckdb.CatalogException):
            again.connection.execute(f"SELECT * FROM {gone}")
    again.close()
    assert meta(open_(file))["a"] == "b"


@pytest.mark.usefixtures("here")
def test_a_process_reads_or_writes_a_file_and_a_store_waits_for_itself(file):
    reader = open_(file)
    with pytest.raises(duckdb.ResourceInUseException):
        open_(file, read_only=False)
    ends = threading.Timer(0.2, reader.close)
    ends.start()
    with DuckStore(file).connect(read_only=False) as connection:
        connection.execute("INSERT INTO meta VALUES ('a', 'b')")
    ends.join()
    assert DuckStore(file).ask("SELECT value FROM meta WHERE key = 'a'").to_pylist() == [{"value": "b"}]


def test_an_engine_that_met_no_file_takes_the_next_and_one_that_went_to_the_disk_does_not(file, here, tmp_path):
    (tmp_path / "torn.duckdb").write_bytes(b"this is no database at all" * 1000)
    with pytest.raises(duckdb.IOException, match="not a valid"):
        open_(tmp_path / "torn.duckdb")
    (engine,) = here._waiting
    opened = open_(file)
    assert not here._waiting
    engine.spill.mkdir(parents=True)  # as it does itself once something did not fit into memory
    opened.close()
    assert not here._waiting


def test_no_more_engines_wait_than_an_import_needs(file, here, tmp_path):
    files = [tmp_path / f"{number}.duckdb" for number in range(engines.WAITING + 2)]
    for path in files:
        create(path)
    held = [open_(path) for path in (file, *files)]
    for opened in held:
        opened.close()
    assert len(here._waiting) == engines.WAITING
    assert not here._open


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_starts_engines_of_its_own(file):
    open_(file).close()  # one waits in this process, and its threads are not in the child
    child = os.fork()
    if not child:
        os._exit(0 if "storage_version" in meta(open_(file)) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_every_empty_file_of_a_kind_holds_the_same(tmp_path):
    tables = "CREATE TABLE told (a BIGINT, b TEXT); INSERT INTO told VALUES (1, 'one')"
    for name in ("first", "second"):
        engines.make_file(tmp_path / name, tables, spill=tmp_path)
    opened = open_(tmp_path / "second", read_only=False)
    opened.connection.execute("INSERT INTO told VALUES (2, 'two')")
    opened.close()
    for name, rows in (("first", 1), ("second", 2)):
        opened = open_(tmp_path / name)
        assert opened.connection.execute("SELECT count(*) FROM told").fetchall() == [(rows,)]
        opened.close()
