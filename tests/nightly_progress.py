"""Lets `make nightly` go on where it was cut: tests that passed at this commit are not run again."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest


def _ledger() -> Path | None:
    """Return the file of tests that passed at this commit, or None outside `make nightly`."""
    folder = os.environ.get("LEADLINE_NIGHTLY")
    if not folder:
        return None
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    changed = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=False).stdout
    if not commit or changed:
        return None  # uncommitted code has no name under which a pass could be kept
    return Path(folder) / f"{commit}.passed"


class NightlyProgress:
    """Deselects what passed before, and notes each pass as it happens."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out the tests that passed at this commit."""
        passed = set(self._ledger.read_text(encoding="utf-8").splitlines()) if self._ledger.exists() else set()
        done = [item for item in items if item.nodeid in passed]
        if done:
            config.hook.pytest_deselected(items=done)
            items[:] = [item for item in items if item.nodeid not in passed]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a pass at once, so that a cut loses one test at most."""
        if report.when == "call" and report.passed:
            self._ledger.parent.mkdir(parents=True, exist_ok=True)
            with self._ledger.open("a", encoding="utf-8") as file:
                file.write(f"{report.nodeid}\n")


def pytest_configure(config: pytest.Config) -> None:
    """Take part where `make nightly` asked for it."""
    ledger = _ledger()
    if ledger is not None:
        config.pluginmanager.register(NightlyProgress(ledger))
