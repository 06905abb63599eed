"""Background jobs in the browser: what is at work, how far it is, what it gave; and the way to stop it.

/jobs                  every job that is still known
/jobs/ID               one job; a page that takes long sends the browser here
/jobs/ID/events        its progress as server-sent events: each message is the part of the page that changes
/jobs/ID/cancel        POST

    job = jobs_of(site).start("review", {})
    return see(address_of(job))
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from leadline.report.printable import unturned_page
from leadline.web.jobs import Jobs
from leadline.web.shell import environment, render, see
from leadline.web.site import Site, site_of
from leadline.web.taking import takes_form

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

    from leadline.web.job import Job

BEAT_SECONDS = 2.0  # own: the time so far goes on while nothing is told; and a line that went dead is noticed
SHARED = "jobs"
MOST_STREAMS = 64  # own: pages of one person that follow a job at once; each is a look at its file five times a second
FOLLOWED = "jobs-followed"
LAST_ID = 15  # own: digits of a line's number; more is no number of ours
NEXT = {
    "import": "/evidence",
    "review": "/",
    "start": "/start/{id}",
    "mix": "/show/mix",
    "ask": "/interview/{flow}",
}  # where a person goes on from what a job gave


def jobs_of(site: Site) -> Jobs:
    """Return the background jobs of a site."""
    if SHARED not in site.shared:
        site.shared.setdefault(SHARED, Jobs(site.workspace, site.clock, given=site.asked))
    return cast("Jobs", site.shared[SHARED])


def address_of(job: Job) -> str:
    """Return the address of a job."""
    return f"/jobs/{job.id}"


def take_in(site: Site, arguments: Mapping[str, Any]) -> Job:
    """Order an import and the review of what it brings; a review that waits already would come before it, and too early.

    Raises UsageError for arguments that an import does not take.
    """
    jobs = jobs_of(site)
    job = jobs.start("import", arguments)
    _withdraw_reviews(jobs)
    jobs.start("review", {})
    return job


def _withdraw_reviews(jobs: Jobs) -> None:
    for job in jobs.all():
        if job.kind == "review" and job.state == "waiting":
            jobs.cancel(job.id)


@asynccontextmanager
async def life(site: Site) -> AsyncIterator[None]:
    """Work the queue as long as the server lives; what is at work at its end goes back to the queue."""
    jobs = jobs_of(site)
    await jobs.recover()
    try:
        yield
    finally:
        await jobs.close()


def index(request: Request) -> Response:
    """Show every job that is still known, the last one first."""
    site = site_of(request)
    jobs = jobs_of(site)
    shown = [{"job": job, **around(site, job)} for job in jobs.all()]
    return render(request, "jobs.html", shown=shown, holder=jobs.holder())


def show(request: Request) -> Response:
    """Show one job."""
    site, job = site_of(request), _job(request)
    return render(request, "job.html", job=job, **around(site, job))


def cancel(request: Request, _form: FormData) -> Response:
    """Stop a job; with an import the review that was to follow it, which would take the same files in."""
    jobs = jobs_of(site_of(request))
    job = jobs.cancel(_job(request).id)
    if job is not None and job.kind == "import":
        _withdraw_reviews(jobs)
    return see("/jobs" if job is None else address_of(job))


async def events(request: Request) -> Response:
    """Tell of a job as it goes on, from the last message that the browser has."""
    site, job = site_of(request), _job(request)
    if site.shared.get(FOLLOWED, 0) >= MOST_STREAMS:
        raise HTTPException(429)
    last = request.headers.get("last-event-id", "")
    after = int(last) if last.isascii() and last.isdigit() and len(last) <= LAST_ID else 0
    return StreamingResponse(_messages(site, job, after), media_type="text/event-stream")


async def _messages(site: Site, job: Job, after: int) -> AsyncIterator[str]:
    """Yield the part of the page that changes, whenever it has; its number is that of the last line it knows."""
    site.shared[FOLLOWED] = site.shared.get(FOLLOWED, 0) + 1
    try:
        async for news in jobs_of(site).events(job.id, after=after, beat=BEAT_SECONDS):
            job = news[-1] if news else job
            yield _message(site, job)
        if job.is_over:
            yield f"{_message(site, job) if job.lines <= after else ''}event: end\ndata:\n\n"
    finally:
        site.shared[FOLLOWED] -= 1


def _message(site: Site, job: Job) -> str:
    part = environment().get_template("job_now.html").render(t=site.texts, job=job, **around(site, job))
    data = "".join(f"data: {line}\n" for line in unturned_page(part).splitlines() if line.strip())
    return f"id: {job.lines}\n{data}\n"


def around(site: Site, job: Job) -> dict[str, Any]:
    """Return what is said about a job beside what it says itself."""
    state = "stopping" if job.is_stopping and not job.is_over else job.state
    waits = job.state == "waiting"
    return {
        "state": state, "ahead": jobs_of(site).ahead(job.id) if waits else 0, "lasted": _lasted(site, job),
        "holder": jobs_of(site).holder() if waits else None, "local": local, "next_address": NEXT.get(job.kind, "/").format(id=job.id, flow=job.arguments.get("flow", "")),
    }  # fmt: skip


def _lasted(site: Site, job: Job) -> str:
    """Return how long a job has been at work, in words."""
    minutes, seconds = divmod(round(job.seconds(site.clock())), 60)
    return site.texts("jobs.minutes", m=minutes, s=seconds) if minutes else site.texts("jobs.seconds", s=seconds)


def local(at: dt.datetime) -> str:
    """Return a time as the clock on this machine's wall has it, with the day where it is not today's."""
    return at.replace(tzinfo=dt.UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def _job(request: Request) -> Job:
    job = jobs_of(site_of(request)).get(request.path_params["id"])
    if job is None:
        raise HTTPException(404)
    return job


ROUTES = (
    Route("/jobs", index, methods=["GET"]),
    Route("/jobs/{id}", show, methods=["GET"]),
    Route("/jobs/{id}/cancel", takes_form(cancel), methods=["POST"]),
    Route("/jobs/{id}/events", events, methods=["GET"]),
)
