"""A real server over a workspace, as a person starts it; used by the browser proofs, the load benchmark and the pictures.

with serve(folder) as served:
    served.come_in(page)
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadline.review.verb_documents import ServeDocument

# Every page that a person meets on the sample company.
ADDRESSES = (
    "/", "/plan", "/plan/tactics/search", "/plan/history", "/plan/text", "/maps/strategy", "/maps/touchpoints",
    "/show/roadmap", "/show/money", "/evidence", "/results", "/show/review", "/show/board", "/show/bridge",
    "/show/journeys", "/show/mix", "/show/deals", "/show/audit", "/show/sites", "/show/tactic:search", "/show/objectives",
    "/control", "/control/month", "/interview", "/interview/quick", "/interview/ladder", "/start", "/what-if", "/jobs",
    "/explain/BUD006", "/nowhere",
)  # fmt: skip
KEY = "00" * 32  # of the pseudonyms: fixed, so that two runs give the same people


def plain(text: str) -> str:
    """Return what a page says; a space at which no line may end is read as a space."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


@dataclass
class Served:
    """A running server. address: opens once · base: without a path · process: the server itself"""

    address: str
    base: str
    process: subprocess.Popen[str]

    def come_in(self, page: Any) -> None:
        """Let a browser's page in by the one-time address; it ends on the front page."""
        page.goto(self.address)
        page.wait_for_url(lambda url: "/enter" not in url)

    def kill(self) -> None:
        """End it as a power cut would."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)
        self.hang_up()

    def hang_up(self) -> None:
        """Close what it was listened to through."""
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


def begin(folder: Path, *options: str, **environment: str) -> Served:
    """Start `leadline serve` on a free port and wait until it answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "leadline", "serve", "--workspace", str(folder), "--no-browser", "--json", "--port", "0", *options],
        env={**os.environ, "LEADLINE_KEY": KEY, **environment}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("}"):
            break
    if not said:
        raise AssertionError(process.communicate(timeout=10)[1])
    address = ServeDocument.model_validate_json(said).address
    return Served(address, address[: address.index("/enter")], process)


@contextmanager
def serve(folder: Path, *options: str, **environment: str) -> Iterator[Served]:
    """Serve a workspace until the block ends."""
    served = begin(folder, *options, **environment)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.process.send_signal(signal.SIGTERM)
            try:
                served.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                served.process.kill()
                served.process.wait()
        served.hang_up()
