"""The application: the guard in front, the pages of the registry, static files, and what is said when something fails.

app = make_app(Site(workspace, Address.of(8137)))
"""

from __future__ import annotations

import errno
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from leadline.errors import LeadlineError
from leadline.web.guarding import Guard
from leadline.web.pages.plan import fault_values
from leadline.web.pages.registry import PAGES
from leadline.web.scripting import fault as fault_document
from leadline.web.scripting import is_script
from leadline.web.shell import SCHEME_COOKIE, SCHEMES, assets, environment, refusal, render, see
from leadline.web.site import Site, site_of
from leadline.web.taking import takes_form, text_of
from leadline.words import harmless

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EACCES, errno.EPERM})
NO_ROOM = 507  # RFC 4918, section 11.5
KINDS = {".js": "text/javascript", ".css": "text/css", ".txt": "text/plain", ".svg": "image/svg+xml"}


def make_app(site: Site) -> Starlette:
    """Return the application of one site: every page behind the guard."""
    routes = [
        Route("/enter", enter, methods=["GET"]),
        Route("/static/{name}", static, methods=["GET"]),
        Route("/scheme", takes_form(set_scheme), methods=["POST"]),
        *(route for page in PAGES for route in page.ROUTES),
    ]
    large = frozenset(path for page in PAGES for path in getattr(page, "TAKES_FILES", ()))
    guard = Middleware(
        Guard, address=site.address, entry=site.entry, refuse=refusal(site), fail=inner_fault, large=large
    )
    faults = {HTTPException: http_fault, LeadlineError: told_fault, OSError: disk_fault}
    app = Starlette(routes=routes, middleware=[guard], exception_handlers=faults, lifespan=_life)  # type: ignore[arg-type] # starlette types handlers by the widest exception
    app.state.site = site
    return app


@asynccontextmanager
async def _life(app: Starlette) -> AsyncIterator[None]:
    site = cast("Site", app.state.site)
    opened = []
    for page in PAGES:
        begins = getattr(page, "life", None)  # a page that keeps something running: its jobs
        if begins is not None:
            context = begins(site)
            await context.__aenter__()
            opened.append(context)
    try:
        yield
    finally:
        for context in reversed(opened):
            await context.__aexit__(None, None, None)


def enter(request: Request) -> Response:
    """Take a one-time address. The page goes on by itself: a redirect would still count as coming from elsewhere."""
    site = site_of(request)
    key = request.query_params.get("key", "")
    secret = site.entry.enter(key)
    if secret is None:
        return refusal(site)(request, 403, "key_used" if site.entry.was_used(key) else "key_unknown")
    answer = HTMLResponse(environment().get_template("entered.html").render(t=site.texts, scheme=""))
    answer.set_cookie(site.address.cookie, secret, httponly=True, samesite="strict", path="/")
    return answer


def static(request: Request) -> Response:
    """Return a static file; there are no folders and no path is ever joined."""
    name = request.path_params["name"]
    content = assets().get(name)
    if content is None:
        raise HTTPException(404)
    return Response(content, media_type=KINDS.get(name[name.rfind(".") :], "application/octet-stream"))


def set_scheme(request: Request, form: FormData) -> Response:
    """Keep the chosen scheme (light, dark, or what the system says) and go back to where it was chosen."""
    scheme, back = text_of(form, "scheme"), text_of(form, "back")
    known = back.startswith("/") and not back.startswith(("//", "/\\")) and "\\" not in back
    answer = see(back if known else "/")
    if scheme in SCHEMES:
        answer.set_cookie(SCHEME_COOKIE, scheme, httponly=True, samesite="strict", path="/", max_age=31_536_000)
    else:
        answer.delete_cookie(SCHEME_COOKIE, path="/")
    return answer


def http_fault(request: Request, fault: HTTPException) -> Response:
    """Say what is not there, or cannot be done there."""
    if is_script(request):
        return fault_document(site_of(request), fault.status_code, key=str(fault.status_code))
    said = fault.detail if fault.status_code not in (404, 405) else ""
    return render(request, "fault.html", status=fault.status_code, kind=str(fault.status_code), said=said)


def told_fault(request: Request, fault: LeadlineError) -> Response:
    """Say what the program itself said: the fact, the place, the alternatives, the next step."""
    if is_script(request):
        return fault_document(site_of(request), 422, key="told", error=str(fault))
    site = site_of(request)
    if fault is site.plan.now().fault:  # the place in the file helps more than its address
        return render(request, "plan_fault.html", status=422, **fault_values(site))
    return render(request, "fault.html", status=422, kind="told", said=str(fault))


def disk_fault(request: Request, fault: OSError) -> Response:
    """Say that the disk took no more, or may not be written: what stood before still stands. Other faults are ours."""
    if fault.errno not in DISK:
        raise fault
    said = fault.strerror or ""
    if is_script(request):
        return fault_document(site_of(request), NO_ROOM, key="507", error=said)
    return render(request, "fault.html", status=NO_ROOM, kind="disk", said=said)


def inner_fault(request: Request, fault: Exception) -> Response:
    """Say that the fault is ours; what it was goes to the terminal, with the trace only under --debug."""
    known = fault if site_of(request).debug else None
    said = "internal error: %s %s: %s: %s"
    place = (request.method, request.url.path)
    words = map(harmless, (*place, type(fault).__name__, str(fault)))  # a name in it must not steer the terminal
    logging.getLogger("leadline.web").error(said, *words, exc_info=known)
    if is_script(request):
        return fault_document(site_of(request), 500, key="500")
    return render(request, "fault.html", status=500, kind="inner", said=type(fault).__name__)
