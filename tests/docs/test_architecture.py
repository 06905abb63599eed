"""docs/architecture.md names every package, in the order of the line."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_table_of_packages_is_the_tree():
    text = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE)
    rooms = {path.parent.name for path in (REPOSITORY / "src" / "leadline").glob("*/__init__.py")}
    roots = set(re.findall(r"`(\w+)`", re.search(r"(?s)^Root modules.*?\n\n", text, flags=re.MULTILINE).group()))
    assert set(named) == rooms - (roots - set(named))
    line = re.search(r"^plan → .*$", text, flags=re.MULTILINE).group()
    assert line.split(" → ") == named


def test_the_page_stays_short():
    text = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 110  # two printed pages
