"""Who is one person: what joined identifiers, what waits for somebody's word, what was taken apart. Pseudonyms, no names.

/evidence/people            the whole of it
/evidence/people/PERSON     by what one person is one, each link with its undoing
/evidence/people/join       POST: both ends of a link are one person
/evidence/people/undo       POST: they are two, or this link joins them wrongly
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.routing import Route

from leadline.errors import LeadlineError
from leadline.web import warehouse
from leadline.web.pages.evidence import amount
from leadline.web.pages.jobs import jobs_of, local
from leadline.web.shell import render, see
from leadline.web.site import site_of, tell
from leadline.web.taking import takes_form, text_of

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.evidence.company_names import Alike
    from leadline.evidence.decided import Decision, Desk
    from leadline.evidence.groups import Size
    from leadline.evidence.store import Store
    from leadline.evidence.who import Who
    from leadline.web.site import Site

HOME = "/evidence/people"
WAIT_SECONDS = 3.0  # own: a browser waits as long as a small import merges; then it is told who holds the lock
_DIGITS = 19  # of the largest number a person can have


def show(request: Request) -> Response:
    """Show who was joined and why, and what waits."""
    site = site_of(request)
    if not warehouse.store_of(site).exists():
        return see("/evidence")
    found = warehouse.ask(site, lambda store: _asked(site, store))
    if found is None:
        return render(request, "people_held.html", status=503)
    who, groups, companies = found
    return render(request, "people.html", who=who, groups=groups, companies=companies, **_helpers())


def person(request: Request) -> Response:
    """Show by what one person is one."""
    from leadline.evidence.who import links_of

    site, given = site_of(request), str(request.path_params["person"])
    if not given.isascii() or not given.isdigit() or len(given) > _DIGITS or not warehouse.store_of(site).exists():
        raise HTTPException(404)
    links = warehouse.ask(site, lambda store: links_of(store, int(given)))
    if links is None:
        return render(request, "people_held.html", status=503)
    if not links:
        raise HTTPException(404)
    return render(request, "people_one.html", links=links, person=given, **_helpers())


def join(request: Request, form: FormData) -> Response:
    """Let a link's two ends be one person."""
    return _decide(request, form, lambda desk, link: desk.join(link), told="people.joined")


def undo(request: Request, form: FormData) -> Response:
    """Take a link's two ends apart."""
    return _decide(request, form, lambda desk, link: desk.undo(link), told="people.undone_told")


def _asked(site: Site, store: Store) -> tuple[Who, tuple[Size, ...], tuple[Alike, ...]]:
    from leadline.evidence.company_names import alike
    from leadline.evidence.frames import as_of, last_day
    from leadline.evidence.groups import sizes
    from leadline.evidence.who import who_is_one

    standing = site.plan.now()
    zone = (standing.document.plan.plan.timezone if standing.document else None) or "UTC"
    day = standing.settings.as_of or last_day(store, today=site.today) or site.today
    return who_is_one(store), sizes(store, as_of(store, timezone=zone, day=day)), alike(store)


def _decide(request: Request, form: FormData, decide: Callable[[Desk, str], Decision], *, told: str) -> Response:
    """Write a decision down and let a review follow, once for many of them."""
    from leadline.evidence.decided import Desk

    site = site_of(request)
    desk = Desk(site.workspace, site.by, site.clock, site.plan.now().settings.identity, WAIT_SECONDS)
    try:
        decide(desk, text_of(form, "link"))
    except LeadlineError as error:
        tell(request, str(error), level="error")
        return see(HOME)
    tell(request, site.texts(told), level="ok")
    jobs = jobs_of(site)
    if not any(job.kind == "review" and job.state == "waiting" for job in jobs.all()):
        jobs.start("review", {})
    return see(HOME)


def _helpers() -> dict[str, Any]:
    return {"amount": amount, "local": local}


ROUTES = (
    Route(HOME, show, methods=["GET"]),
    Route(f"{HOME}/join", takes_form(join), methods=["POST"]),
    Route(f"{HOME}/undo", takes_form(undo), methods=["POST"]),
    Route(f"{HOME}/{{person}}", person, methods=["GET"]),
)
