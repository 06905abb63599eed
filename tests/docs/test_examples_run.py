"""The README and the pages of docs/ do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import REPOSITORY, agrees, blocks

PAGES = sorted(
    path
    for folder in (".", "how-to", "method")
    for path in (REPOSITORY / "docs" / folder).glob("*.md")
    if "```console" in path.read_text(encoding="utf-8")
)


# pages that take more than three seconds run with the proofs
LONG = ("tutorial", "write-a-mapping", "draw-and-print", "compare-two-plans", "who-is-one-person", "measure-a-mix")


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [pytest.param(page, id=page.stem, marks=[pytest.mark.proof] * (page.stem in LONG)) for page in PAGES]
)
def test_every_command_of_a_page_prints_what_the_page_shows(page: Path, session):
    wrong = session.play(page)
    assert not wrong, "\n\n".join(wrong)


def test_a_page_that_shows_something_else_is_found_out(tmp_path, session):
    page = tmp_path / "page.md"
    page.write_text(
        "```text note.txt\none\ntwo\n```\n\n```console\n$ cat note.txt\none\nthree\n```\n", encoding="utf-8"
    )
    assert len(session.play(page)) == 1


def test_three_dots_stand_for_lines_and_for_text():
    printed = ["first", "5.2 s, 7 findings", "last"]
    assert agrees(["first", "… s, 7 findings", "last"], printed)
    assert agrees(["…", "last"], printed)
    assert not agrees(["first", "…"], printed[1:])
    assert not agrees(["first", "… s, 8 findings", "last"], printed)


def test_the_python_example_of_the_readme_prints_what_stands_below_it():
    found = blocks(REPOSITORY / "README.md")
    place = next(at for at, block in enumerate(found) if block.language == "python")
    done = subprocess.run(
        [sys.executable, "-c", found[place].text], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert agrees(found[place + 1].text.splitlines(), done.stdout.splitlines()), done.stdout


def test_the_readme_has_at_most_130_lines():
    lines = (REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()
    assert 40 < len(lines) <= 130


def test_every_target_that_the_readme_names_is_in_the_makefile():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(re.findall(r"`[^`]*`|```.*?```", readme, re.DOTALL))))
    assert {"demo", "test"} <= named
    assert named <= set(re.findall(r"(?m)^([a-z]+):", makefile))


@pytest.mark.proof
def test_the_demo_prints_what_the_readme_shows(session):
    shown = next(block.text for block in blocks(REPOSITORY / "README.md") if block.language == "text")
    printed = session.run("leadline demo demo")
    assert agrees(["…", *shown.splitlines()], printed), "\n".join(printed)
