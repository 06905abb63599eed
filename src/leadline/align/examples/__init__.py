"""The bad and the good example of every rule: `explain` prints them, the tests run them."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal


def text_of(code: str, which: Literal["bad", "good"]) -> str:
    """Return the text of an example; raises FileNotFoundError where a rule has none."""
    return files(__name__).joinpath(code, f"{which}.yaml").read_text(encoding="utf-8")
