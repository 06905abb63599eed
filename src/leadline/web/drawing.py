"""Pictures of live pages: each distinct one is drawn once, also across edits, since most edits change no picture.

The engine that draws holds the interpreter for a fifth of a second a picture, in which nobody is answered. So a server
draws in a process beside it, which reads specifications from a pipe and ends with it.

    with apart():                 # as long as the server lives; outside of it pictures are drawn in this process
        page = drawn(page)
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from threading import Lock
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from leadline.report.blocks import Page, Spec
    from leadline.report.keeping import Pen

MOST_KEPT = 200  # own: a drawing has some ten kilobytes; what a day of editing shows fits, and memory stays bounded
END_SECONDS = 2.0  # own: a process that reads nothing more ends in hundredths; one that hangs is not waited for


class Beside:
    """The process that draws, begun with the first picture and again where it was lost. May be used by several threads."""

    def __init__(self) -> None:
        """Begin nothing yet."""
        self._process: subprocess.Popen[str] | None = None
        self._lock = Lock()

    def draw(self, spec: Spec, *, title: str, description: str) -> str:
        """Draw one picture as `charts.draw` does; here, where the process beside cannot be had or has failed."""
        with self._lock, suppress(OSError, TypeError, ValueError):
            asked = json.dumps({"spec": spec, "title": title, "description": description})
            process = self._running()
            if process.stdin is not None and process.stdout is not None:
                process.stdin.write(asked + "\n")
                process.stdin.flush()
                told = process.stdout.readline()
                if told:
                    return str(json.loads(told))
        from leadline.report import charts

        return charts.draw(spec, title=title, description=description)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._process is not None:
                _end(self._process)
                self._process = None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is not None:
            _end(self._process)
            self._process = None
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "leadline.web.drawing"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True, encoding="utf-8", start_new_session=True,
            )  # fmt: skip
        return self._process


_BESIDE: list[Beside] = []


@contextmanager
def apart() -> Iterator[None]:
    """Draw in a process beside this one, as long as the context is open."""
    beside = Beside()
    _BESIDE.append(beside)
    try:
        yield
    finally:
        _BESIDE.remove(beside)
        beside.close()


def drawn(page: Page) -> Page:
    """Return the page with every picture drawn."""
    pen = _pen()
    if len(pen.known) > MOST_KEPT:
        pen.known.clear()
    return pen.draw(page)


@cache
def _pen() -> Pen:
    from leadline.report.keeping import Pen, drawn_with

    return Pen(drawn_with(), by=_draw)


def _draw(spec: Spec, *, title: str, description: str) -> str:
    from leadline.report import charts

    by = _BESIDE[-1].draw if _BESIDE else charts.draw
    return by(spec, title=title, description=description)


def _end(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    try:
        process.wait(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _serve(asked: IO[str], told: IO[str]) -> None:
    """Draw what is asked, a line each, until nobody asks any more; a picture that cannot be drawn ends this, and is tried there."""
    from leadline.report import charts

    for line in asked:
        order = json.loads(line)
        svg = charts.draw(order["spec"], title=order["title"], description=order["description"])
        told.write(json.dumps(svg) + "\n")
        told.flush()


if __name__ == "__main__":
    _serve(sys.stdin, sys.stdout)
