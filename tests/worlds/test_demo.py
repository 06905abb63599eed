"""The shipped companies from the shell, whole: made, imported, measured, reported."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from leadline.evidence.store import open_store
from leadline.workspace import Workspace
from leadline.worlds import shipped_worlds


@pytest.mark.nightly
@pytest.mark.parametrize("name", sorted(shipped_worlds()))
def test_a_company_is_made_and_reviewed_without_a_file_left_out(name, tmp_path):
    folder = tmp_path / name
    done = subprocess.run(
        [sys.executable, "-m", "leadline", "demo", str(folder), "--world", name],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "refused" not in done.stderr
    assert (folder / "reports" / "review.html").stat().st_size > 100_000
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    store = open_store(Workspace(folder))
    try:
        rows = store.ask("SELECT stage, count(DISTINCT subject) AS n FROM stages GROUP BY stage").to_pylist()
    finally:
        store.close()
    seen = {row["stage"]: row["n"] for row in rows}
    told = {state: count for state, count in truth["totals"]["as_of"].items() if state in seen}
    assert told
    assert told == {state: seen[state] for state in told}
