"""The lock that merge and commit hold: one writer at a time, and everybody can see who it is.

The lock itself is the operating system's (it ends with its process, however that ends); the text inside
only says whose it is.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from leadline.errors import WarehouseError

WAIT_SECONDS = 60.0  # design, evidence section 2.4: gives up after --wait (60 s)
NOTICE_SECONDS = 10.0  # design, evidence section 2.4: says after 10 s who holds it
PAUSE_SECONDS = 0.05  # own: a merge takes seconds, a twentieth of one is not felt


@contextmanager
def exclusive(
    path: Path,
    *,
    started: dt.datetime | None = None,
    wait: float = WAIT_SECONDS,
    notice: Callable[[str], None] | None = None,
    command: str | None = None,
) -> Iterator[None]:
    """Hold the lock; wait for another holder up to `wait` seconds, then raise WarehouseError naming it.

    started: when this process took it, as the next one waiting shall read it · notice: told once after 10 s.
    command: what stands there as ours, where the command line itself must not be written down
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        _take(file.fileno(), path, wait=wait, notice=notice)
        file.seek(0)
        file.truncate()
        since = "" if started is None else started.isoformat(timespec="seconds")
        mine = {"pid": os.getpid(), "command": command or " ".join(sys.argv)[:200], "start": since}
        json.dump(mine, file)
        file.flush()
        try:
            yield
        finally:
            file.seek(0)
            file.truncate()


def holder(path: Path) -> str | None:
    """Return who holds the lock, in words, or None where nobody does."""
    if not path.exists():
        return None
    with path.open("r", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _words(file.read())
    return None


def _take(descriptor: int, path: Path, *, wait: float, notice: Callable[[str], None] | None) -> None:
    begun, told = time.monotonic(), False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = time.monotonic() - begun
            if waited >= wait:
                raise WarehouseError(
                    f"{path} is held by {holder(path) or 'another process'}; waited {wait:.0f} s, nothing was imported. "
                    "Run the import again when it has ended, or wait longer with --wait SECONDS."
                ) from None
            if notice is not None and not told and waited >= NOTICE_SECONDS:
                notice(f"Waiting: the warehouse is held by {holder(path) or 'another process'}.")
                told = True
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _words(text: str) -> str:
    try:
        who = json.loads(text)
        since = f", since {who['start']}" if who["start"] else ""
        return f'process {who["pid"]} ("{who["command"]}"{since})'
    except (ValueError, KeyError, TypeError):  # the holder is writing its name at this moment
        return "another process"
