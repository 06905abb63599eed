"""Background jobs: what takes longer than a page may is done by a child process, one at a time per workspace.

    jobs = Jobs(workspace, clock)
    await jobs.recover()                          # with the server's start
    job = jobs.start("import", {"files": ["ads.csv"]})
    async for news in jobs.events(job.id): ...    # the job as each line about it left it
    await jobs.close()                            # with the server's end

The folder of jobs is the queue: whoever starts or cancels a job only writes a line; the one server that holds the lock
does what the lines say. So several servers can show, start and cancel jobs of one workspace, and only one runs them.

What happens to a job at work when
- it is cancelled: its process is interrupted, and killed where it has not ended after five seconds;
- the server ends in order: the same, and the job waits for the next server;
- the server is killed: its process notices (the pipe to it closes) and stops by itself. It holds the lock until it is
  gone, so the next server waits for it, notes that the job was cut, and begins it once more; a job cut a second time
  without a word stays cut, because it may be what killed the server;
- its process is killed: it has failed, and says so.
Nothing of this can leave anything half-done: imports commit per file or not at all, results appear whole.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import fcntl
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import IO, Any, Literal

from leadline.errors import UsageError
from leadline.evidence import locking
from leadline.web.job import Job
from leadline.web.job_files import JobFiles
from leadline.web.tasks import KINDS, Kind
from leadline.workspace import Workspace

POLL_SECONDS = 0.2  # own: a fifth of a second is not felt beside seconds of work, and costs a stat
GRACE_SECONDS = 5.0  # own: a rollback takes tenths of a second; what has not stopped by then hangs
BEAT_SECONDS = 15.0  # HTML standard, server-sent events, authoring notes: a comment every 15 seconds or so
MOST_WAITING = 100  # own: a person's orders are few; each that waits is looked at five times a second
MOST_LOST = 1  # own: once is bad luck, twice may be the job itself
INTERRUPTED = 130  # 128 + SIGINT: how `work` ends when it was told to stop

log = logging.getLogger(__name__)


class Jobs:
    """The background jobs of one workspace, seen from one server."""

    def __init__(
        self,
        workspace: Workspace,
        clock: Callable[[], dt.datetime],
        *,
        kinds: Mapping[str, Kind] = KINDS,
        grace: float = GRACE_SECONDS,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        """Look at a workspace's jobs; nothing runs before `recover`. clock: the time now, UTC without zone.

        given: arguments of every job that judges, unless its order says another
        """
        self._given = given or {}
        self._workspace = Workspace(workspace.folder.absolute())
        self._clock = clock
        self._kinds = kinds
        self._grace = grace
        self._files = JobFiles(self._workspace.evidence / "jobs")
        self._lock: IO[str] | None = None
        self._serving: asyncio.Task[None] | None = None
        self._is_closing = False
        self._is_silent = False

    def start(self, kind: str, arguments: Mapping[str, Any]) -> Job:
        """Order a job; it begins when those before it have ended. The same order, still waiting, is not given twice.

        Raises UsageError for a kind that does not exist, for arguments that the kind does not take, and for a queue
        that is too long.
        """
        if kind not in self._kinds:
            raise UsageError.unknown("job", kind, known=self._kinds)
        given = self._given if self._kinds[kind].judges else {}
        checked = self._kinds[kind].check(self._workspace, {**given, **arguments})
        waiting = [job for job in self._files.all() if job.state == "waiting"]
        for job in waiting:
            if not job.cuts and (job.kind, job.arguments) == (kind, checked):
                return job
        if len(waiting) >= MOST_WAITING:
            raise UsageError(
                f"{len(waiting)} jobs wait already. Cancel some of them, or order this one when they are over."
            )
        self._files.prune()
        return self._files.make(kind, checked, asked=self._clock())

    def get(self, id: str) -> Job | None:  # noqa: A002 - the field of a job is called so
        """Return a job as it stands, None where there is none of that name."""
        return self._files.get(id)

    def all(self) -> tuple[Job, ...]:
        """Return every job, the last one asked for first."""
        return self._files.all()[::-1]

    def cancel(self, id: str) -> Job | None:  # noqa: A002 - as above
        """Cancel a job: one that waits never begins, one at work is told to stop. One that is over stays as it is."""
        job = self._files.get(id)
        if job is None or job.is_over or job.is_stopping:
            return job
        return self._tell(id, "cancel")

    def ahead(self, id: str) -> int:  # noqa: A002 - as above
        """Return how many jobs come before one that waits."""
        before = 0
        for job in self._files.all():
            if job.id == id:
                return before
            before += not job.is_over
        return 0

    def told_at(self, id: str) -> int:  # noqa: A002 - as above
        """Return when the last word of a job was written, in nanoseconds by the clock of the files; 0 before the first."""
        return self._files.told_at(id)

    def holder(self) -> str | None:
        """Return which other process works the queue, in words; None where this server does, or nobody."""
        if self._lock is not None or not self._files.lock.exists():
            return None
        return locking.holder(self._files.lock)

    async def events(
        self,
        id: str,  # noqa: A002 - as above
        *,
        after: int = 0,
        beat: float = BEAT_SECONDS,
    ) -> AsyncIterator[tuple[Job, ...]]:
        """Yield what is new of a job, from the line behind `after` to its end: the job as each new line left it.

        Yields nothing in particular, (), after `beat` seconds without news. Ends with the job, and with `silence`.
        """
        following = self._files.follow(id)
        if following is None:
            return
        loop = asyncio.get_running_loop()
        said = loop.time()
        while not self._is_silent:
            news = tuple(job for job in following.news() if job.lines > after)
            if news or loop.time() - said >= beat:
                said = loop.time()
                yield news
            if following.job.is_over:
                return
            await asyncio.sleep(POLL_SECONDS)

    def silence(self) -> None:
        """End every stream of events soon, so that a server that wants to stop need not wait for its listeners."""
        self._is_silent = True

    async def recover(self) -> None:
        """Begin to work the queue: at once, or as soon as the server that does it now has ended.

        Jobs that a killed server left at work are noted as cut, and those that may be are begun once more.
        """
        self._take_lock()
        self._serving = asyncio.create_task(self._serve())

    async def close(self) -> None:
        """Stop the job at work, which goes back to the queue, and let another server have it."""
        self._is_closing = True
        self.silence()
        if self._serving is not None:
            await self._serving
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def _tell(self, name: str, what: str, **more: object) -> Job | None:
        return self._files.tell(name, {"at": self._clock().isoformat(), "is": what, **more})

    async def _serve(self) -> None:
        while not self._is_closing:
            try:
                job = self._next() if self._lock is not None or self._take_lock() else None
                if job is not None:
                    await self._work(job)
                    continue
            except Exception:  # such as a full disk: the job counts as cut, and the queue outlives it
                log.exception("the queue of jobs could not be worked")
            await asyncio.sleep(POLL_SECONDS)

    def _take_lock(self) -> bool:
        """Try to become the one that works the queue; on success settle what the last one left.

        Before the first job there is no queue, and a workspace that was only looked at stays as it is.
        """
        if not self._files.folder.is_dir():
            return False
        descriptor = os.open(self._files.lock, os.O_RDWR | os.O_CREAT, 0o600)
        file = os.fdopen(descriptor, "r+", encoding="utf-8")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.truncate(0)
        command = " ".join(("leadline", *sys.argv[1:]))[:200]
        mine = {"pid": os.getpid(), "command": command, "start": self._clock().isoformat(timespec="seconds")}
        json.dump(mine, file)
        file.flush()
        self._lock = file
        self._settle()
        return True

    def _settle(self) -> None:
        """Note what became of jobs that stand as running while nothing is at work: whoever holds the lock knows."""
        for job in self._files.all():
            if job.state == "running":
                self._cut(job, orderly=False)

    def _cut(self, job: Job, *, orderly: bool) -> None:
        if job.is_stopping:
            self._tell(job.id, "cancelled")
            return
        known = job.kind in self._kinds
        self._tell(job.id, "cut", orderly=orderly, again=known and (orderly or job.lost < MOST_LOST))

    def _next(self) -> Job | None:
        self._settle()
        return next((job for job in self._files.all() if job.state == "waiting"), None)

    async def _work(self, job: Job) -> None:
        """Do one job, from its begin to its end."""
        if job.kind not in self._kinds:  # ordered by another version
            self._tell(job.id, "failed", reason="internal", error=job.kind)
            return
        begun = self._tell(job.id, "begun")
        if begun is None or begun.is_over:  # cancelled meanwhile, by another server
            return
        process = self._spawn(job)
        try:
            await self._watch(process, job.id)
        finally:
            if process.poll() is None:
                _signal(process, signal.SIGKILL)
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
        self._judge(job.id, process.returncode)

    def _spawn(self, job: Job) -> subprocess.Popen[bytes]:
        """Begin the process of a job: a group of its own, our end of a pipe as the sign that we live, the lock to keep."""
        if self._lock is None:
            raise RuntimeError("a job is begun only by the server that holds the lock")
        command = [
            sys.executable,
            "-P",
            "-m",
            "leadline.web.work",
            str(self._files.order(job.id)),
            self._kinds[job.kind].task,
        ]
        written = os.open(self._files.log(job.id), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(  # noqa: S603 - our own module; what a person gave is data in the order's file
                command, stdin=subprocess.PIPE, stdout=written, stderr=written, start_new_session=True,
                pass_fds=(self._lock.fileno(),),
            )  # fmt: skip
        finally:
            os.close(written)

    async def _watch(self, process: subprocess.Popen[bytes], name: str) -> None:
        """Wait until the process has ended; tell it to stop where somebody wants that, and make it where it hangs."""
        loop = asyncio.get_running_loop()
        since: float | None = None
        while process.poll() is None:
            job = self._files.get(name)
            if since is None and (self._is_closing or job is None or job.is_stopping or job.is_over):
                since = loop.time()
                if job is None or not job.is_over:
                    _signal(process, signal.SIGINT)
            if since is not None and loop.time() - since > self._grace:
                _signal(process, signal.SIGKILL)
            await asyncio.sleep(POLL_SECONDS)

    def _judge(self, name: str, code: int) -> None:
        """Note how a job ended whose process did not say it."""
        job = self._files.get(name)
        if job is None or job.is_over:
            return
        if job.is_stopping or self._is_closing:
            self._cut(job, orderly=True)
        else:
            ended_by = signal.SIGINT if code == INTERRUPTED else -code
            reason: Literal["killed", "internal"] = "killed" if ended_by > 0 else "internal"
            self._tell(name, "failed", reason=reason, error=str(ended_by if ended_by > 0 else code))


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal the whole group of a process that was not yet waited for."""
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):  # it has just ended
            os.killpg(process.pid, number)
