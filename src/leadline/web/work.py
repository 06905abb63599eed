"""The child process of a background job: `python -m leadline.web.work ORDER MODULE:FUNCTION`.

It does one job and says how it went, in lines appended to the job's file. It stops when it is interrupted, and by itself
when the server that began it is gone: then the pipe that it has as standard input closes.
"""

from __future__ import annotations

import datetime as dt
import importlib
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from leadline.errors import LeadlineError
from leadline.web.job_files import append
from leadline.workspace import Workspace

STOPPED = 130  # 128 + SIGINT, as shells report it
GRACE_SECONDS = 5.0  # own, as of the server: a rollback takes tenths of a second
PAUSE_SECONDS = 0.2  # own: the server looks five times a second; what is told more often is not read
NICENESS = 10  # own: half the scale of POSIX nice; pages come first, work takes what is left


class Telling:
    """What a task calls to say how far it is."""

    def __init__(self, lines: Path, clock: Callable[[], dt.datetime]) -> None:
        """Name the job's file of lines."""
        self._lines, self._clock = lines, clock
        self._told, self._at = "", -PAUSE_SECONDS

    def __call__(self, text: str, share: float | None = None) -> None:
        """Tell what is done now, and the part done where it is known (0..1)."""
        now = time.monotonic()
        if text == self._told and now - self._at < PAUSE_SECONDS:
            return
        self._told, self._at = text, now
        self.say("told", told=text, share=share)

    def say(self, what: str, **more: object) -> None:
        """Append one line."""
        append(self._lines, {"at": self._clock().isoformat(), "is": what, **more})


class Stopping:
    """Whether somebody wants this process to end."""

    def __init__(self) -> None:
        """Take interrupts from now on, even where the server was begun with them ignored."""
        self.is_asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.is_asked = True
        raise KeyboardInterrupt

    def with_server(self, pipe: int) -> None:
        """Stop as soon as the other end of the pipe is gone."""
        threading.Thread(target=self._listen, args=(pipe,), daemon=True).start()

    def _listen(self, pipe: int) -> None:
        while os.read(pipe, 64):
            pass
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(GRACE_SECONDS)
        os._exit(STOPPED)

    def done(self) -> None:
        """Heed nothing any more: the last line is written whole."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


def main(order: Path, task: str) -> int:
    """Do the job of an order; return the exit code: 0 where how it ended is written down, 130 where it was stopped."""
    telling = Telling(order.with_suffix(".jsonl"), now)
    stopping = Stopping()
    stopping.with_server(sys.stdin.fileno())
    os.nice(NICENESS)
    try:
        ended = _done(order, task, telling)
    except KeyboardInterrupt:
        return STOPPED
    except LeadlineError as error:
        ended = {"is": "failed", "reason": "refused", "error": Workspace(order.parents[2]).shortened(str(error))}
    except Exception as error:  # noqa: BLE001 - the last net: whatever it was, it is written down
        if stopping.is_asked:  # engines answer an interrupt with errors of their own
            return STOPPED
        traceback.print_exc()
        ended = {"is": "failed", "reason": "internal", "error": type(error).__name__}
    stopping.done()
    telling.say(ended.pop("is"), **ended)
    return 0


def _done(order: Path, task: str, telling: Telling) -> dict[str, Any]:
    module, _, name = task.partition(":")
    arguments: Mapping[str, Any] = json.loads(order.read_text(encoding="utf-8"))["arguments"]
    workspace = Workspace(order.parents[2])
    result = getattr(importlib.import_module(module), name)(workspace, arguments, tell=telling)
    return {"is": "done", "result": json.loads(json.dumps(result))}  # what is no plain document fails here, in the open


def now() -> dt.datetime:
    """Return the moment, UTC without zone."""
    return dt.datetime.now(tz=dt.UTC).replace(tzinfo=None)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
