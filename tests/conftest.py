"""Fixtures that every room's tests may use."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path

import pytest

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
