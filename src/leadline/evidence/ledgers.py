"""Append-only JSON lines of what people did: written first, on the disk before anything else follows from them."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OWNER_ONLY = 0o600  # own: as evidence/, what stands in a ledger of people is its owner's to read


def append(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Append documents, one per line, in one write, and return when they are on the disk. Raises OSError.

    A last line that a kill left without its end is closed first, so that it spoils no other.
    """
    text = "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines)
    if not text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, OWNER_ONLY)
    with os.fdopen(descriptor, "rb+", buffering=0) as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            text = text if file.read(1) == b"\n" else f"\n{text}"
        file.write(text.encode("utf-8"))
        os.fsync(descriptor)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the documents of a ledger in their order; a line that is not whole tells nothing and is passed over."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict):
                yield line


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep a ledger from others who hold it so: what one appends must not be lost between another's reading and rewriting."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, OWNER_ONLY), "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_ino == path.stat().st_ino:  # else it was rewritten while this one waited
                yield
                return


def rewrite(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Put other lines in a ledger's place, whole or not at all: only an erasure and a new key may do that, who hold it."""
    put_whole(path, "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines))


def put_whole(path: Path, text: str) -> None:
    """Write a file that only its owner reads; it appears whole, on the disk, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(descriptor)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
