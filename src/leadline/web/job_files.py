"""Where background jobs are kept: `evidence/jobs/`, readable by their owner only.

ID.json    the order: kind, arguments, when it was asked for; written once, whole or not at all
ID.jsonl   what was told of it since, one line each, only ever appended to
ID.log     what its process wrote to standard error: traces of faults
lock       held by the server that works the queue, and by the child at work, so that it outlives a killed server
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import json
import os
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from leadline.evidence.privacy import private_files
from leadline.web.job import Job, after

KEPT_JOBS = 50  # own: of each kind, some weeks of a person's imports; older finished ones are removed
ID_BYTES = 8  # own: 64 random bits cannot be guessed, and sixteen digits still fit an address
ID = re.compile(f"[0-9a-f]{{{2 * ID_BYTES}}}")


class Following:
    """One job's lines, read on from where the last reading ended."""

    def __init__(self, lines: Path, job: Job) -> None:
        """Start before the first line. job: as it was ordered."""
        self.job = job
        self._lines = lines
        self._read = 0

    def news(self) -> list[Job]:
        """Return the job as each line left it that was written since, and read to the end."""
        try:
            if self._lines.stat().st_size == self._read:
                return []
            with self._lines.open("rb") as file:
                file.seek(self._read)
                whole, _, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:  # nothing was told yet, or it was removed meanwhile
            return []
        found = []
        for line in whole.split(b"\n") if whole else ():
            self._read += len(line) + 1
            with contextlib.suppress(ValueError, KeyError, TypeError):  # a line cut off by a kill tells nothing
                self.job = after(self.job, json.loads(line))
            self.job = replace(self.job, lines=self.job.lines + 1)
            found.append(self.job)
        return found


class JobFiles:
    """The folder of jobs of one workspace. May be used by several threads."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made with the first job."""
        self.folder = folder
        self._known: dict[str, Following] = {}
        self._guard = threading.Lock()

    @property
    def lock(self) -> Path:
        """Return the lock of the queue."""
        return self.folder / "lock"

    def order(self, id: str) -> Path:  # noqa: A002 - the field of a job is called so
        """Return the file of a job's order."""
        return self.folder / f"{id}.json"

    def log(self, id: str) -> Path:  # noqa: A002 - as above
        """Return the file where its process writes its traces."""
        return self.folder / f"{id}.log"

    def make(self, kind: str, arguments: Mapping[str, Any], *, asked: dt.datetime) -> Job:
        """Keep a new job, after every other in order."""
        with private_files():  # a mode would hold for the last folder alone, and evidence/ is its owner's too
            self.folder.mkdir(parents=True, exist_ok=True)
        with self._guard:
            last = max((job.asked for job in self._all()), default=asked)
            asked = asked if asked > last else last + dt.timedelta(microseconds=1)
            job = Job(secrets.token_hex(ID_BYTES), kind, dict(arguments), asked)
            order = {"kind": kind, "arguments": job.arguments, "asked": asked.isoformat()}
            _write_whole(self.order(job.id), json.dumps(order, ensure_ascii=False) + "\n")
        return job

    def get(self, id: str) -> Job | None:  # noqa: A002 - as above
        """Return a job as it stands, None where there is none of that name."""
        with self._guard:
            return self._get(id)

    def all(self) -> tuple[Job, ...]:
        """Return every job, in the order in which they were asked for."""
        with self._guard:
            return self._all()

    def follow(self, id: str) -> Following | None:  # noqa: A002 - as above
        """Return a reading of one's own of a job's lines, from the first; None where there is no such job."""
        ordered = self._ordered(id)
        return None if ordered is None else Following(self._lines(id), ordered)

    def tell(self, id: str, line: Mapping[str, Any]) -> Job | None:  # noqa: A002 - as above
        """Append a line about a job; return the job as it stands then."""
        append(self._lines(id), line)
        return self.get(id)

    def told_at(self, id: str) -> int:  # noqa: A002 - as above
        """Return when the last line about a job was written, in nanoseconds as its file has it; 0 where there is none."""
        try:
            return self._lines(id).stat().st_mtime_ns
        except OSError:
            return 0

    def prune(self) -> None:
        """Remove the oldest finished jobs of each kind beyond those that are kept; reviews are many, starts are few."""
        over: dict[str, list[Job]] = {}
        for job in self.all():
            over.setdefault(job.kind, []).extend([job] if job.is_over else [])
        for job in (old for jobs in over.values() for old in jobs[: max(0, len(jobs) - KEPT_JOBS)]):
            for path in (self.order(job.id), self._lines(job.id), self.log(job.id)):
                path.unlink(missing_ok=True)
            with self._guard:
                self._known.pop(job.id, None)

    def _lines(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"

    def _ids(self) -> Iterator[str]:
        with contextlib.suppress(FileNotFoundError), os.scandir(self.folder) as entries:
            for entry in entries:
                stem, _, ending = entry.name.partition(".")
                if ending == "json":
                    yield stem

    def _all(self) -> tuple[Job, ...]:
        found = [job for name in self._ids() if (job := self._get(name)) is not None]
        return tuple(sorted(found, key=lambda job: (job.asked, job.id)))

    def _get(self, name: str) -> Job | None:
        known = self._known.get(name)
        if known is not None and known.job.is_over:
            return known.job
        if known is None:
            known = self.follow(name)
            if known is None:
                return None
            self._known[name] = known
        known.news()
        return known.job

    def _ordered(self, name: str) -> Job | None:
        if not ID.fullmatch(name):  # a name from an address is never a path
            return None
        try:
            said = json.loads(self.order(name).read_text(encoding="utf-8"))
            return Job(name, said["kind"], said["arguments"], dt.datetime.fromisoformat(said["asked"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def append(path: Path, line: Mapping[str, Any]) -> None:
    """Add one line in one write; what a kill left half-written before it becomes a line of its own, which tells nothing.

    Every line but progress is on the disk before this returns.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        text = ("\n" if torn else "") + json.dumps(line, ensure_ascii=False) + "\n"
        written = text.encode("utf-8")
        if os.write(descriptor, written) != len(written):  # the disk took a part of it, which tells nothing
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        if line["is"] != "told":
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_whole(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(descriptor)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
