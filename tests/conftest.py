"""Fixtures that every room's tests may use."""

from __future__ import annotations

import fcntl
import ipaddress
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# How long an example takes says something about the machine only; what needs more examples than these asks for them.
hypothesis.settings.register_profile("suite", deadline=None, max_examples=50)
hypothesis.settings.load_profile("suite")

# Two workers share two processors: algebra that waits for more threads of its own takes up to half of their time. Set
# before anything loads numpy; commands that tests start take it over.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

REPOSITORY = Path(__file__).resolve().parent.parent


def shared_folder() -> Path | None:
    """Return the folder of shared examples, exports and vectors, or None where it is absent."""
    named = os.environ.get("LEADLINE_SHARED")
    candidates = [Path(named)] if named else [REPOSITORY.parent / "shared"]
    return next((folder for folder in candidates if (folder / "design").is_dir()), None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the shared folder; a test that needs it says loudly when it is not there."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("THE SHARED FOLDER IS ABSENT: set LEADLINE_SHARED to run the tests on shared examples and vectors")
    return folder


def _is_outside(address: object) -> bool:
    if not isinstance(address, tuple):
        return False
    try:
        return not ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] not in ("localhost", "")


@pytest.fixture(autouse=True)
def _no_outside_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the law that tests open no outside connection."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if _is_outside(address):
            raise AssertionError(f"a test tried to reach {address}: tests open no outside connection")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


KEY = "00" * 32  # of the pseudonyms in tests: fixed, so that two runs give the same people


def leadline(*arguments: object, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the real command line in a process of its own; no terminal, a known key, no settings of this machine."""
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return subprocess.run(
        [sys.executable, "-m", "leadline", *map(str, arguments)],
        cwd=cwd, env={**plain, "LEADLINE_KEY": KEY, **environment}, capture_output=True, text=True, timeout=300, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


@dataclass(frozen=True)
class Demo:
    """The sample company after `leadline demo`. Look, never write: `copy` gives a folder of one's own.

    document: of the first review · truth: what the made-up company knows and its exports do not say
    """

    folder: Path
    document: dict[str, Any]
    truth: dict[str, Any]

    def copy(self, target: Path) -> Path:
        """Return a copy that may be changed."""
        shutil.copytree(self.folder, target)
        return target


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Give the sample company, made once for all tests and all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder, said = base / "demo", base / "demo.json"
    with (base / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first worker makes it, the others wait
        if not said.exists():
            shutil.rmtree(folder, ignore_errors=True)
            made = leadline("demo", folder, "--json")
            assert made.returncode == 0, made.stderr
            said.write_text(made.stdout, encoding="utf-8")
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return Demo(folder, json.loads(said.read_text(encoding="utf-8")), truth)


@pytest.fixture(scope="session")
def cli() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Give the command line as a user has it: `cli("check", "--json", cwd=folder)`."""
    return leadline
