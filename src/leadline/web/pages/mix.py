"""The mix in the browser: a button that has it measured in the background, how far that is, or what stands in its way.

/mix        POST: measure the mix, with `instant` as a quick estimate
/show/mix   shows what was measured, with the button below it (`shown`)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from leadline.errors import LeadlineError
from leadline.web.kept import current
from leadline.web.pages.jobs import address_of, around, jobs_of
from leadline.web.receiving import lying_there
from leadline.web.shell import see
from leadline.web.site import site_of
from leadline.web.taking import takes_form, text_of
from leadline.web.warehouse import remembered, store_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.evidence.store import Store
    from leadline.web.job import Job
    from leadline.web.site import Site

PAGE = "mix"  # by its name in the registry of pages


@dataclass(frozen=True)
class Measuring:
    """What the page of the mix says of measuring it.

    hindrance: why nothing can be fitted, "" where it can · watched: the job at work or waiting with what is said around
    it, else the last one where it did not work; None where there is nothing to watch · is_shown: the page has a result
    """

    hindrance: str
    watched: Mapping[str, Any] | None
    is_shown: bool

    @property
    def is_at_work(self) -> bool:
        """Say whether somebody has asked for it already."""
        return self.watched is not None and not self.watched["job"].is_over

    @property
    def is_first(self) -> bool:
        """Say whether this is what a reader came for, so that it stands before everything else."""
        return not self.is_shown or self.watched is not None


def measuring(site: Site) -> Measuring | None:
    """Return what is to be said of measuring the mix; None without a plan, which comes first."""
    if site.plan.now().document is None:
        return None
    hindrance, job = _hindrance(site), _watched(site)
    if job is not None and job.is_over and hindrance:  # what stands in the way now says more than what once did
        job = None
    return Measuring(hindrance, None if job is None else {"job": job, **around(site, job)}, _is_shown(site))


def measure(request: Request, form: FormData) -> Response:
    """Measure the mix in the background."""
    arguments = {"instant": True} if text_of(form, "instant") else {}
    return see(address_of(jobs_of(site_of(request)).start("mix", arguments)))


def _is_shown(site: Site) -> bool:
    kept = current(site)
    try:
        return kept is not None and kept.document("review")["results"]["mix"] is not None
    except (LeadlineError, KeyError):  # a damaged file is made anew by the next review
        return False


def _watched(site: Site) -> Job | None:
    known = [job for job in jobs_of(site).all() if job.kind == "mix"]
    still = [job for job in known if not job.is_over]
    if still:
        return still[-1]
    last, kept = max(known, key=_ended, default=None), current(site)
    if last is None or last.state not in ("failed", "cut"):
        return None
    return last if kept is None or _ended(last) > kept.made_at else None


def _ended(job: Job) -> dt.datetime:
    return job.ended or job.asked


def _hindrance(site: Site) -> str:
    """Return why nothing can be fitted, asked once per state of warehouse, plan and settings; "" while it cannot be known."""
    if not store_of(site).exists():
        from leadline.review.run import UNIMPORTED

        return "" if any(lying_there(site.workspace.exports)) else UNIMPORTED
    standing = site.plan.now()
    document, settings = standing.document, standing.settings
    if document is None:
        return ""

    def question(store: Store) -> str:
        from leadline.evidence.frames import as_of
        from leadline.plan.graph import Graph
        from leadline.review.keep import Keep
        from leadline.review.measuring import Asking
        from leadline.review.mixing import hindrance

        at = as_of(store, timezone=document.plan.plan.timezone or "UTC", day=settings.as_of, today=site.today)
        keep = Keep(site.workspace.results, ())
        return hindrance(Graph(document.plan), Asking(store, at, settings, settings.seed, keep, lambda _: None))

    asked = (document.hash, repr(settings), _stamp(settings.mix.config), site.today)
    return remembered(site, question, name="mix hindrance", asked=asked) or ""


def _stamp(file: Path | None) -> tuple[int, int]:
    """Return when a file changed and how long it is, as its file system counts."""
    try:
        found = None if file is None else file.stat()
    except OSError:  # it has just gone: the question itself says so
        found = None
    return (0, 0) if found is None else (found.st_mtime_ns, found.st_size)


ROUTES = (Route("/mix", takes_form(measure), methods=["POST"]),)
