"""Killed where it hurts most: between the files that one import writes, and inside each of them."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from leadline.evidence import schema

HERE = Path(__file__).resolve().parent
# A process of its own that imports one file and kills itself before or after a function was called.
SCRIPT = """
import importlib, importlib.util, os, signal, sys
from dataclasses import replace
from pathlib import Path
spec = importlib.util.spec_from_file_location("evidence_conftest", sys.argv[1])
made_up = importlib.util.module_from_spec(spec)
sys.modules["evidence_conftest"] = made_up
spec.loader.exec_module(made_up)
module, name, when = sys.argv[4].split(":")
module = importlib.import_module(f"leadline.evidence.{module}")
inner = getattr(module, name)
def deadly(*args, **options):
    if when == "after":
        inner(*args, **options)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, name, deadly)
warehouse = made_up.Warehouse(made_up.Workspace(Path(sys.argv[2])))
warehouse.setup = replace(warehouse.setup, reader=None)
print(warehouse.take(Path(sys.argv[3]), accept_rejects=True))
"""
IMPORT = (
    "merging:merge_contacts:after",
    "people:recompute:before",
    "people:recompute:after",
    "merging:merge_tables:after",
    "reject_rows:write:before",
    "reject_rows:write:after",
    "imports:write_rejects:before",
)
MENDING = (
    "mending:keep_mended:after",
    "reject_rows:settle:after",
    "people:recompute:after",
    "imports:write_rejects:before",
    "mending:restore_rejects:before",
)
TABLES = [*schema.FACTS, schema.DEAL_PEOPLE, schema.ACCOUNTS, schema.IDENTITIES, schema.LINKS, schema.PEOPLE]


@pytest.fixture
def company(make_warehouse, tmp_path, shared):
    """Return a maker of companies with two broken records in their contacts."""

    def make(folder):
        made = make_warehouse(tmp_path / folder)
        made.setup = replace(made.setup, reader=None)
        made.workspace.exports.mkdir(parents=True)
        text = (shared / "exports/hubspot/contacts.csv").read_text("utf-8")
        path = made.workspace.exports / "contacts.csv"
        path.write_text(text.replace("2026-10-28 14:03", "soon").replace("2026-11-03 08:00", "later"), "utf-8")
        return made, path

    return make


def killed(made, path, moment):
    command = [sys.executable, "-c", SCRIPT, str(HERE / "conftest.py"), str(made.workspace.folder), str(path), moment]
    process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert process.returncode == -signal.SIGKILL, process.stdout + process.stderr


def state(made):
    """Return all that an import leaves: tables, contacts, rejects, and the files beside them."""
    found = {}
    for table in TABLES:
        names = ", ".join(f'"{name}"' for name in table.names if name not in {"linked_at", "import_id"})
        found[table.name] = sorted(map(str, made.rows(f"SELECT {names} FROM {table.name}")))
    found["rejects"] = sorted(map(str, made.rows("SELECT line, reason, mended_by IS NULL AS waits FROM rejects")))
    found["imports"] = made.rows("SELECT file, read, accepted, rejected FROM imports ORDER BY ALL")
    with duckdb.connect(str(made.workspace.contacts), read_only=True) as connection:
        names = ", ".join(name for name in schema.CONTACTS.names if name != "import_id")
        found["contacts"] = sorted(map(str, connection.execute(f"SELECT {names} FROM contacts").fetchall()))
    found["files"] = [path.read_text("utf-8") for path in sorted(made.workspace.rejects.glob("*"))]
    found["left"] = [path.name for path in made.workspace.staging.glob("*") if path.name != "spill"]
    return found


@pytest.mark.proof
@pytest.mark.parametrize("moment", IMPORT)
def test_an_import_killed_there_is_in_or_out_and_the_rerun_completes_it(company, moment):
    whole, path = company("whole")
    whole.take(path, accept_rejects=True)
    made, path = company("killed")
    killed(made, path, moment)
    if made.workspace.warehouse.exists():
        (counted,) = made.rows(
            "SELECT (SELECT count(*) FROM imports) AS n, (SELECT count(*) FROM identities) > 0 AS rows"
        )
        assert counted["rows"] == (counted["n"] == 1)
    made.take(path, accept_rejects=True)
    assert state(made) == state(whole)


def mend(made, path):
    (report,) = made.take(path, accept_rejects=True)
    with report.rejects.open(encoding="utf-8", newline="") as file:
        rows = [[cell.replace("soon", "2026-10-28 14:03") for cell in row] for row in csv.reader(file)]
    with report.rejects.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return report.rejects


@pytest.mark.proof
@pytest.mark.parametrize("moment", MENDING)
def test_mending_killed_there_is_in_or_out_and_the_rerun_completes_it(company, moment):
    whole, path = company("whole")
    whole.take(mend(whole, path))
    made, path = company("killed")
    edited = mend(made, path)
    killed(made, edited, moment)
    made.take(edited)
    assert state(made) == state(whole)
