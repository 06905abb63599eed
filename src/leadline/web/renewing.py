"""A review by itself: when plan, settings or warehouse have changed since the last one and nobody changes them any more.

A page that is read changes nothing; so this watches from beside, for the edits of every page and of every editor alike.
It waits for quiet, orders one review for each state, and leaves a state alone whose review failed. A review that a person
stopped stays stopped, past a restart too, until they ask for one or something it would read has changed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadline.errors import LeadlineError
from leadline.web.aside import stopped
from leadline.web.judging import judged
from leadline.web.kept import current
from leadline.web.pages.jobs import jobs_of
from leadline.web.warehouse import store_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from leadline.web.job import Job
    from leadline.web.site import Site

LOOK_SECONDS = 2.0  # own: a stat of three files
QUIET_SECONDS = 20.0  # own: between two fields of a form a person thinks for less than that
_State = tuple[str, int]


@asynccontextmanager
async def renewing(site: Site, *, look: float = LOOK_SECONDS, quiet: float = QUIET_SECONDS) -> AsyncIterator[None]:
    """Watch a site as long as the context is open. look, quiet: seconds."""
    task = asyncio.create_task(_watch(site, Watch(quiet / look), look))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _watch(site: Site, watch: Watch, look: float) -> None:
    await asyncio.sleep(look)
    with suppress(LeadlineError, OSError):  # what the first page needs is read before somebody waits for it
        await asyncio.to_thread(judged, site)
    gc.collect()
    gc.freeze()  # modules and their tables stay for good: walking them again took a tenth of a second every few edits
    while True:
        await asyncio.sleep(look)
        with suppress(LeadlineError, OSError):  # a file that is being written; the next look sees it whole
            await asyncio.to_thread(watch.look, site)


@dataclass
class Watch:
    """What was seen at the last looks. rounds: looks without a change before a review is ordered."""

    rounds: float
    state: _State | None = None
    unchanged: int = 0
    ordered: _State | None = None

    def look(self, site: Site) -> bool:
        """Look once; order a review where one is due, and say whether it was ordered."""
        state = state_of(site)
        if state is None or state != self.state:
            self.state, self.unchanged = state, 0
            return False
        self.unchanged += 1
        if self.unchanged < self.rounds or state == self.ordered or not is_due(site):
            return False
        jobs = jobs_of(site)
        known = jobs.all()
        if any(not job.is_over for job in known):
            return False
        if stopped(known, site.workspace):  # a review would take in what somebody has just stopped
            return False
        if _is_held(site, known):
            return False
        jobs.start("review", {})
        self.ordered = state
        return True


def state_of(site: Site) -> _State | None:
    """Return what a review would be made of: the plan's version, and when anything else changed; None without a plan."""
    standing = site.plan.now()
    return None if standing.document is None else (standing.version, _latest(site))


def is_due(site: Site) -> bool:
    """Say whether the plan or the warehouse is another one than the last review saw; without any review it is."""
    document, kept = site.plan.now().document, current(site)
    if document is None:
        return False
    if kept is None or kept.plan_hash != document.hash:
        return True

    made = kept.made_at.replace(tzinfo=dt.UTC).timestamp()
    return _latest(site) / 1e9 > made


def _is_held(site: Site, known: Iterable[Job]) -> bool:
    """Say whether the last review was stopped by a person and nothing has changed since. known: the last one first."""
    last = next((job for job in known if job.kind == "review"), None)
    if last is None or last.state != "cancelled":
        return False
    plan = site.workspace.plan
    changed = max(_latest(site), _changed(plan), *(_changed(file) for file in plan.glob("*.y*ml")))
    return changed < jobs_of(site).told_at(last.id)


def _latest(site: Site) -> int:
    """Return when settings, warehouse or the folder of exports changed last, in nanoseconds."""
    known = site.workspace
    return max(_changed(known.settings), _changed(store_of(site).path), _changed(known.exports))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
