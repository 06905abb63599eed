"""Files of JSON lines that are only ever appended to: a line is on the disk before anything goes on, or it is not there.

What a crash left of a last line is told by `read_lines` and closed by the next `append_line`, so that it spoils no other.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["append_line", "read_lines"]

OWNER_ONLY = 0o600  # what is said of a plan is its owner's business


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Append one record, durably: one write, then on disk. Raises OSError where that is not possible."""
    text = json.dumps(record, ensure_ascii=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, OWNER_ONLY)
    with os.fdopen(descriptor, "rb+", buffering=0) as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            text = text if file.read(1) == b"\n" else f"\n{text}"
        line = text.encode("utf-8", "surrogatepass")
        if file.write(line) != len(line):  # the disk took a part of it: the next line begins anew behind that
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(descriptor)


def read_lines(path: Path) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Return the records of a file, and a note for each line that is none; no file holds none."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return [], ()
    found, notes = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if isinstance(record, dict):
            found.append(record)
        else:
            notes.append(f"{path.name}:{number}: The line was cut off or is no record; it is passed over.")
    return found, tuple(notes)
