"""A plan's files are written whole or not at all: a new file beside the old one, then one rename.

    after = spliced(document.texts, splices)
    save(document.texts, after)

Permissions, line endings and byte order marks stay as they were. A file that somebody else changed since it was read
is left alone: a lost race is told, never overwritten.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from leadline.errors import PlanError

__all__ = ["save"]


def save(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Write the files whose text differs from what was read; return their names.

    before: the texts as they were read (`Document.texts`); after: the texts wanted, by the same names
    Raises PlanError when a file changed on disk since it was read, OSError when it cannot be written.
    """
    changed = [file for file, text in after.items() if before.get(file) != text]
    for file in changed:
        _refuse_lost_race(file, before.get(file))
    targets = {file: Path(file).resolve() for file in changed}
    written: list[tuple[str, Path]] = []
    try:
        written.extend((_beside(target, after[file]), target) for file, target in targets.items())
        for scratch, target in written:
            Path(scratch).replace(target)
            _settle(target.parent)
    finally:
        for scratch, _ in written:
            Path(scratch).unlink(missing_ok=True)
    return tuple(changed)


def _refuse_lost_race(file: str, known: str | None) -> None:
    path = Path(file)
    now = path.read_bytes() if path.exists() else None
    if now != (None if known is None else known.encode("utf-8")):
        raise PlanError(
            f"{file}: The file changed while it was being worked on, so nothing was written. Run the command again."
        )
    if now is not None and not os.access(path, os.W_OK):
        raise PlanError(
            f"{file}: The file is read-only, so nothing was written. Allow writing (chmod u+w), then again."
        )


def _beside(target: Path, text: str) -> str:
    """Write a new file next to its target, with the target's permissions, and return its name."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(descriptor)
    except OSError:  # a full disk is not left fuller than it was
        Path(name).unlink(missing_ok=True)
        raise
    Path(name).chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_mask())
    return name


def _mask() -> int:
    """Return the process's mask of permissions; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _settle(folder: Path) -> None:
    """Ask the file system to remember the rename, where it knows how to."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)
