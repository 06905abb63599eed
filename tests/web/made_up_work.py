"""Tasks that tests give to background jobs: they are run in the child process, by name."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from leadline.errors import UsageError


def count(workspace, arguments, *, tell):
    """Count slowly; note every begin, and a whole count, in the workspace."""
    _note(workspace, f"begun {arguments.get('name', '')} {os.getpid()}")
    upto = arguments["upto"]
    for number in range(upto):
        tell(f"counted {number} of {upto}", number / upto)
        time.sleep(0.01)
    _note(workspace, f"ended {arguments.get('name', '')}")
    return {"counted": upto, "answer": f"{upto} <counted>.", "files": []}


def refuse(workspace, arguments, *, tell):
    raise UsageError("the file is not there. Name another.")


def break_down(workspace, arguments, *, tell):
    raise ZeroDivisionError("a secret that stands in the log alone")


def vanish(workspace, arguments, *, tell):
    os.kill(os.getpid(), signal.SIGKILL)


def hang(workspace, arguments, *, tell):
    """Heed no interrupt, as a library that swallows it would."""
    while True:
        try:
            tell("hanging")
            time.sleep(60)
        except KeyboardInterrupt:
            pass


def unprintable(workspace, arguments, *, tell):
    return {"answer": object()}


def _note(workspace, text):
    with Path(workspace.folder / "notes").open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")


def light(workspace, arguments, *, tell):
    return {"heavy": sorted({"numpy", "duckdb", "pyarrow", "starlette"} & set(sys.modules))}
