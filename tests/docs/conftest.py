"""Pages that run: files are written, commands run in order, and what they print is compared with the page.

A fenced block does something by the word after its language:

    ```yaml plan.yaml      write the block into the file (any language, any file)
    ```diff plan.yaml      replace the lines with `-` by those with `+` in the file
    ```console             run what stands after `$ `; the lines below it are what must come out

In expected output a line `…` stands for any lines, and `…` inside a line for any text.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"(?ms)^```(\w+)(?: (\S+))?\n(.*?)^```$")


@dataclass(frozen=True)
class Block:
    language: str
    file: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [Block(match[1], match[2] or "", match[3]) for match in FENCE.finditer(page.read_text(encoding="utf-8"))]


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command with the lines expected from it."""
    for part in re.split(r"(?m)^\$ ", text)[1:]:
        command, *expected = part.rstrip("\n").split("\n")
        yield command, expected


def agrees(expected: list[str], printed: list[str]) -> bool:
    """Say whether the printed lines are the expected ones, with `…` for what the page leaves out."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "…" else ".*?".join(map(re.escape, line.rstrip().split("…"))) + r"[ ]*\n"
        for line in expected
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None


class Session:
    """A shell in a folder of its own, with this checkout's `docs` and `examples` beside it."""

    def __init__(self, folder: Path) -> None:
        self.here = folder
        for name in ("docs", "examples"):
            (folder / name).symlink_to(REPOSITORY / name)
        scripts = Path(sys.executable).parent
        self.environment = {
            **os.environ,
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "80",
            "NO_COLOR": "1",
            "LEADLINE_KEY": "00" * 32,
            "PYTHONWARNINGS": "",
        }

    def run(self, command: str) -> list[str]:
        place = self.here / ".place"
        done = subprocess.run(
            ["bash", "-c", f"{command}\npwd > '{place}'"],
            cwd=self.here,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.here = Path(place.read_text(encoding="utf-8").strip())
        place.unlink()
        return done.stdout.splitlines()

    def play(self, page: Path) -> list[str]:
        """Do what the page says; return the commands that printed something else, with both texts."""
        wrong = []
        for block in blocks(page):
            if block.language == "console":
                for command, expected in commands(block.text):
                    printed = self.run(command)
                    if not agrees(expected, printed):
                        wrong.append("\n".join([f"$ {command}", *printed, "--- the page says", *expected]))
            elif block.language == "diff" and block.file:
                self.mend(block)
            elif block.file:
                target = self.here / block.file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block.text, encoding="utf-8")
        return wrong

    def mend(self, block: Block) -> None:
        lines = block.text.splitlines()
        old = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
        new = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
        target = self.here / block.file
        text = target.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{block.file} holds these lines {text.count(old)} times:\n{old}"
        target.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path)
