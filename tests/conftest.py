"""Fixtures that every room's tests may use."""

from __future__ import annotations

import os
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
