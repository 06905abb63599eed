"""What is known of one background job: the order it was given, and every line that was written about it since.

A job's file of lines is only ever appended to, by the server and by the child process that does the work. Whoever reads
it folds the lines into a `Job`; so a server that was killed knows as much as the one that wrote them, and a listener that
was cut off goes on behind the last line it saw.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

State = Literal["waiting", "running", "done", "failed", "cancelled", "cut"]
Reason = Literal["", "refused", "internal", "killed"]
OVER = frozenset({"done", "failed", "cancelled", "cut"})


@dataclass(frozen=True)
class Job:
    """One background job as it stands. Times are UTC without zone.

    arguments: data only, no code and no path outside the workspace · asked, started, ended: its times, started that of
    the last begin · told, share: its last word of progress, and the part done (0..1, None unknown) · result: of its task
    reason, error: why it failed: `refused` with the words of the error, `internal` with the name of the exception, whose
    trace stands in the log, `killed` with the number of the signal that ended it from outside
    cuts: when it was cut off, by the server's end or death · lost: how many of them the server did not live to tell
    is_stopping: it was cancelled and is on its way out · lines: how many lines tell of it, the number of its last event
    """

    id: str
    kind: str
    arguments: Mapping[str, Any]
    asked: dt.datetime
    state: State = "waiting"
    started: dt.datetime | None = None
    ended: dt.datetime | None = None
    told: str = ""
    share: float | None = None
    result: Mapping[str, Any] | None = None
    reason: Reason = ""
    error: str = ""
    cuts: tuple[dt.datetime, ...] = ()
    lost: int = 0
    is_stopping: bool = False
    lines: int = field(default=0, compare=False)

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will come."""
        return self.state in OVER

    def seconds(self, now: dt.datetime) -> float:
        """Return how long it has been at work since it was last begun, 0 before."""
        until = self.ended or now
        return 0.0 if self.started is None else max(0.0, (until - self.started).total_seconds())


def after(job: Job, line: Mapping[str, Any]) -> Job:
    """Return a job as one more line leaves it; what follows its end changes nothing.

    `is` says what the line tells: begun, told, cancel, cut, done, failed, cancelled. `at`: its time.
    """
    if job.is_over:
        return job
    at = dt.datetime.fromisoformat(line["at"])
    match line["is"]:
        case "begun":
            return replace(job, state="running", started=at, told="", share=None)
        case "told":
            return replace(job, told=str(line["told"]), share=line.get("share"))
        case "cancel" if job.state == "running":
            return replace(job, is_stopping=True)
        case "cancel" | "cancelled":
            return replace(job, state="cancelled", ended=at)
        case "cut":
            told = replace(job, cuts=(*job.cuts, at), lost=job.lost + (not line["orderly"]))
            return replace(told, state="waiting") if line["again"] else replace(told, state="cut", ended=at)
        case "done":
            return replace(job, state="done", ended=at, result=line["result"], share=1.0)
        case "failed":
            return replace(job, state="failed", ended=at, reason=line["reason"], error=str(line["error"]))
        case _:  # of a later version
            return job
