"""Killed, raced or locked out: the warehouse is whole, and the rerun completes."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from leadline.errors import WarehouseError
from leadline.evidence import locking, schema
from leadline.evidence.duckdb import DuckStore

HERE = Path(__file__).resolve().parent
# A process of its own that imports one file of the made-up format into a workspace.
SCRIPT = """
import importlib.util, sys
from pathlib import Path
spec = importlib.util.spec_from_file_location("evidence_conftest", sys.argv[1])
made_up = importlib.util.module_from_spec(spec)
sys.modules["evidence_conftest"] = made_up
spec.loader.exec_module(made_up)
warehouse = made_up.Warehouse(made_up.Workspace(Path(sys.argv[2])))
print("ready", flush=True)
(report,) = warehouse.take(Path(sys.argv[3]))
print(report.status, report.tables, flush=True)
"""


def records(count, campaign="search--a"):
    spend = [
        {
            "rows": [
                [
                    "spend",
                    {
                        "day": f"2027-{1 + n % 12:02}-{1 + n % 28:02}",
                        "campaign": f"{campaign}{n}",
                        "amount": "1.00",
                        "currency": "EUR",
                    },
                ]
            ]
        }
        for n in range(count)
    ]
    return [*spend, {"links": [["crm:1", "email:a@pumps.example"]]}]


def begin(folder, path):
    command = [sys.executable, "-c", SCRIPT, str(HERE / "conftest.py"), str(folder), str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    return process


def kill_and_rerun(warehouse, moments, count):
    path = warehouse.file("ads.jsonl", records(count))
    killed = 0
    for after in moments:
        process = begin(warehouse.workspace.folder, path)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        if warehouse.workspace.warehouse.exists():
            rows = warehouse.rows(
                "SELECT (SELECT count(*) FROM spend) AS spend, (SELECT count(*) FROM imports) AS imports, "
                "(SELECT count(*) FROM people) AS people"
            )
            assert rows[0] in ({"spend": 0, "imports": 0, "people": 0}, {"spend": count, "imports": 1, "people": 2})
    (report,) = warehouse.take(path)
    assert report.status in {"done", "already_imported"}
    assert warehouse.rows("SELECT count(*) AS n, count(DISTINCT source_key) AS keys FROM spend") == [
        {"n": count, "keys": count}
    ]
    assert not list(warehouse.workspace.staging.glob("*.duckdb*")), "stale staging files are removed"
    return killed


@pytest.mark.proof
def test_a_kill_at_any_moment_leaves_the_file_wholly_in_or_out(warehouse):
    moments = [0.02, 0.15, 0.3, 0.5, 0.7, 0.9, 1.2, 1.6]
    assert kill_and_rerun(warehouse, moments, 4_000) >= 3, "the kills must hit imports at work"


@pytest.mark.nightly
def test_thirty_kills_in_a_large_import_leave_it_whole(warehouse, make_warehouse, tmp_path_factory):
    whole = make_warehouse(tmp_path_factory.mktemp("whole"))
    path = whole.file("ads.jsonl", records(200_000))
    begun = time.monotonic()
    begin(whole.workspace.folder, path).communicate()
    lasts = time.monotonic() - begun
    draw = random.Random(1)  # noqa: S311  moments, not secrets
    killed = kill_and_rerun(warehouse, [draw.uniform(0.0, lasts) for _ in range(30)], 200_000)
    assert killed >= 20, "the kills must hit imports at work"
    for table in ("spend", "identities", "links", "people"):
        names = ", ".join(f'"{name}"' for name in schema.table(table).names if name not in {"linked_at", "import_id"})
        asked = f"SELECT count(*) AS n, sum(hash({names})) AS said FROM {table}"
        assert warehouse.rows(asked) == whole.rows(asked)


@pytest.mark.slow
def test_two_processes_at_once_bring_both_files_in_once_each(warehouse):
    first = warehouse.file("ads1.jsonl", records(500, "a"))
    second = warehouse.file("ads2.jsonl", records(500, "b"))
    processes = [begin(warehouse.workspace.folder, path) for path in (first, second, first)]
    answers = sorted(process.communicate()[0].split(" ")[0].strip() for process in processes)
    assert answers == ["already_imported", "done", "done"]
    assert warehouse.rows("SELECT count(*) AS n, count(DISTINCT source_key) AS keys FROM spend") == [
        {"n": 1000, "keys": 1000}
    ]


def test_a_locked_warehouse_says_who_holds_it_and_what_still_works(warehouse):
    warehouse.give("ads.jsonl", records(1))
    holder = subprocess.Popen(
        [sys.executable, "-c", "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()", str(warehouse.workspace.warehouse)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        holder.stdout.readline()
        store = DuckStore(warehouse.workspace.warehouse, lock=warehouse.workspace.lock, patience=0.2)
        with pytest.raises(WarehouseError, match=rf"held by process {holder.pid} .*still work"):
            store.ask("SELECT 1 AS one")
    finally:
        holder.communicate("")
    assert store.ask("SELECT 1 AS one").num_rows == 1


def test_a_second_import_waits_and_then_gives_up_with_the_holders_name(warehouse):
    warehouse.workspace.lock.parent.mkdir(parents=True)
    told = []
    with warehouse.workspace.lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write(f'{{"pid": {os.getpid()}, "command": "leadline import big.csv", "start": "2027-03-05T08:00:00"}}')
        held.flush()
        with (
            pytest.raises(WarehouseError, match=r"leadline import big.csv.*since 2027-03-05"),
            locking.exclusive(warehouse.workspace.lock, started=warehouse.clock(), wait=0.2, notice=told.append),
        ):
            raise AssertionError("the lock was held")
    with locking.exclusive(warehouse.workspace.lock, started=warehouse.clock()):
        assert str(os.getpid()) in locking.holder(warehouse.workspace.lock)
    assert locking.holder(warehouse.workspace.lock) is None


def test_a_warehouse_of_another_version_is_refused_with_the_way_to_rebuild_it(warehouse):
    warehouse.give("ads.jsonl", records(1))
    with duckdb.connect(str(warehouse.workspace.warehouse)) as connection:
        connection.execute("UPDATE meta SET value = '0' WHERE key = 'storage_version'")
    with pytest.raises(WarehouseError, match=r"storage version 0.*import them again"):
        warehouse.rows("SELECT 1 AS one")
    warehouse.workspace.warehouse.write_bytes(b"this is no database at all" * 1000)
    with pytest.raises(WarehouseError, match="import them again"):
        warehouse.rows("SELECT 1 AS one")
