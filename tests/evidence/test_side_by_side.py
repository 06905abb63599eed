"""Questions while an import runs: nobody waits for more than a moment, though the warehouse has one writer."""

from __future__ import annotations

import importlib.util
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROWS = 200_000  # design, evidence section 2.6: the import that is killed is of this size too
# Seconds that a reader waits beside that import where the machine does nothing else; own: a moment. The commit's own work
# is 1.1 of them, measured: half of it is the engine's writing of new rows, half its tidying when the file is closed.
LONGEST_WAIT = 2.0
# A process of its own that asks again and again until it is told to end, and says how long the longest answer took.
READER = """
import json, select, sys, time
from pathlib import Path
from leadline.evidence.store import open_store
from leadline.workspace import Workspace
store, longest, asked = open_store(Workspace(Path(sys.argv[1]))), 0.0, 0
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0.02)[0]:
    begun = time.monotonic()
    found = store.ask("SELECT count(*) AS n FROM spend").to_pylist()[0]["n"]
    longest, asked = max(longest, time.monotonic() - begun), asked + 1
    assert found in (1, int(sys.argv[2]) + 1), found
print(json.dumps({"longest": longest, "asked": asked, "last": found}))
"""


@pytest.fixture(scope="module")
def interruptions():
    spec = importlib.util.spec_from_file_location("interruptions", HERE / "test_interruptions.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_engine_draws_its_progress_into_what_a_command_says(warehouse):
    warehouse.give(
        "first.jsonl",
        [{"rows": [["spend", {"day": "2027-03-01", "campaign": "a", "amount": "1.00", "currency": "EUR"}]]}],
    )
    for read_only in (True, False):
        with warehouse.store.connect(read_only=read_only) as connection:
            assert connection.execute("SELECT current_setting('enable_progress_bar')").fetchall() == [(False,)]


@pytest.mark.proof
def test_a_question_beside_a_large_import_waits_for_moments(warehouse, interruptions):
    warehouse.give("first.jsonl", interruptions.records(1, "before"))
    path = warehouse.file("ads.jsonl", interruptions.records(ROWS))
    command = [sys.executable, "-c", READER, str(warehouse.workspace.folder), str(ROWS)]
    reader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert reader.stdout.readline() == "ready\n", reader.stderr.read()
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    importer = interruptions.begin(warehouse.workspace.folder, path)
    said, _ = importer.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    slowness = max(1.0, (time.monotonic() - begun) / worked)  # how much longer all takes because others work here too
    assert said.startswith("done"), said  # and no progress bar before it: the standard output is the report's
    time.sleep(0.1)
    told, wrong = reader.communicate("end\n")
    assert not wrong, wrong
    seen = json.loads(told)
    print(seen, f"others here: {slowness:.1f}")  # noqa: T201 - the longest wait, kept in the log
    assert seen["last"] == ROWS + 1
    assert seen["longest"] / slowness < LONGEST_WAIT, (
        f"somebody waited for {seen['longest']:.2f} s in {seen['asked']} questions"
    )
