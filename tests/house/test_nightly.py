"""`make nightly` goes on where it was cut."""

from __future__ import annotations

import os
import subprocess
import sys

from .conftest import REPOSITORY

CHECKOUT = """
git init -q . && git config user.email a@example.org && git config user.name a && git add -A && git commit -qm x
"""


def run(folder):
    environment = {**os.environ, "LEADLINE_NIGHTLY": str(folder / "kept"), "PYTHONPATH": str(REPOSITORY / "tests")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "nightly_progress", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False).stdout


def test_what_passed_at_this_commit_is_not_run_again_and_what_failed_is(tmp_path):
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / ".gitignore").write_text("kept\n__pycache__\n", encoding="utf-8")
    (folder / "test_two.py").write_text(
        "def test_good():\n    pass\n\ndef test_bad():\n    raise OSError\n", encoding="utf-8"
    )
    subprocess.run(["sh", "-c", CHECKOUT], cwd=folder, check=True)
    assert "1 failed, 1 passed" in run(folder)
    assert "1 failed, 1 deselected" in run(folder)
    (folder / "test_two.py").write_text("def test_good():\n    pass\n", encoding="utf-8")
    subprocess.run(["sh", "-c", "git add -A && git commit -qm y"], cwd=folder, check=True)
    assert "1 passed" in run(folder)
