"""The recurring reviews in the browser: what they ask about, found at once or by a job, and what is recorded afterwards.

The month asks from the plan as it stands and the evidence of the last review. The others ask about what only a review of
this very day can tell, so a job looks first; what it found holds until the plan is changed by something else.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadline.errors import NothingDone
from leadline.plan.history import History
from leadline.plan.interview import Desk, Item, Session, read_flow
from leadline.web.interviewing import Talk, catch_up, talks_of
from leadline.web.judging import judged
from leadline.web.pages.jobs import jobs_of
from leadline.web.reading import version_of
from leadline.web.tasks import NEXT_YEAR, REVIEWS

if TYPE_CHECKING:
    from leadline.web.job import Job
    from leadline.web.site import Site

KIND = "ask"
MONTH = REVIEWS[0]


@dataclass(frozen=True)
class _Found:
    """What a review found to ask about. plan: the file that answers go to · day: of the answers."""

    items: tuple[Item, ...]
    plan: Path
    day: dt.date


def review_talk(site: Site, name: str) -> Talk | Job | None:
    """Return the interview of a recurring review, or the job that looks for what it asks about, or None: nobody looked."""
    talks = talks_of(site)
    with talks.lock:
        talk = talks.by_flow.get(name)
        if talk is not None and talk.known_on == site.today:
            catch_up(site, talk)
            return talk
        found = _month(site) if name == MONTH else _looked(site, name)
        if not isinstance(found, _Found):
            return found
        talk = talks.by_flow[name] = _begun(site, name, found)
        return talk


def look_again(site: Site, name: str) -> None:
    """Forget what was asked, and look anew."""
    talks = talks_of(site)
    with talks.lock:
        talks.by_flow.pop(name, None)
    if name != MONTH:
        jobs_of(site).start(KIND, {"flow": name})


def record(site: Site, talk: Talk) -> str:
    """Record what a step of a review wrote: looked-at links, and the old plan where the next one is done; say the latter."""
    from leadline.review.recurring import close_old, record_reviews

    session = talk.session
    if session.flow.name == "review-quarter":
        record_reviews(site.workspace, session, before=session.document.plan.plan.id, day=session.today)
    if session.flow.name == NEXT_YEAR and session.next() is None:
        return close_old(site.workspace, session.today)
    return ""


def _month(site: Site) -> _Found | None:
    from leadline.review.asked import month_asked

    try:
        seen = judged(site)
    except NothingDone:
        return None
    if seen is None:
        return None
    day = site.plan.now().settings.as_of or max(site.today, seen.as_of)
    return _Found(month_asked(seen.case), site.workspace.plan, day)


def _looked(site: Site, name: str) -> _Found | Job | None:
    """Return what the last look found, while the plan is as it was then; else the look that goes on, or failed."""
    from leadline.plan.source import read_plan

    jobs = (job for job in jobs_of(site).all() if job.kind == KIND and job.arguments.get("flow") == name)
    job = next(jobs, None)
    if job is None or job.result is None:
        return job
    plan = site.workspace.folder / job.result["plan"]
    is_as_it_was = plan.exists() and version_of(read_plan(plan).texts) == job.result["version"]
    if not is_as_it_was or job.ended is None or job.ended.date() != site.today:
        return None
    items = tuple(_item(one) for one in job.result["items"])
    return _Found(items, plan, dt.date.fromisoformat(job.result["day"]))


def _item(kept: dict[str, Any]) -> Item:
    return Item(
        kept["id"], tuple(kept["lines"]), kept["money"], tuple(kept["path"]), kept["name"], dict(kept["values"])
    )  # fmt: skip


def _begun(site: Site, name: str, found: _Found) -> Talk:
    from leadline.align.interviewing import waivable
    from leadline.review.recurring import remember_contents, state_of_today

    history = None if name == NEXT_YEAR else History(site.workspace)
    desk = Desk(found.plan, site.workspace.interview, history=history, by=site.by)
    state = state_of_today(desk, name, today=site.today)
    session = Session.begin(read_flow(name), desk.read(), today=found.day, state=state)
    session = replace(session, items=found.items, waivable=waivable)
    if name == "review-quarter":
        remember_contents(site.workspace, session)
    return Talk(session, desk, recurring=True, known_on=site.today)
