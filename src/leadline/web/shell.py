"""The frame around every page: head, navigation, what was just done, the foot; and the answers a handler gives.

Templates write texts of the catalogue with `t("page.key")`, blocks of a report with `write.block(item)` (import
"blocks.html"), addresses of the plan's elements with `href(id)`. Everything put in is escaped.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, RedirectResponse

from leadline.report import html, saying
from leadline.report.linking import address
from leadline.report.printable import together_page, unturned_page
from leadline.web import doors
from leadline.web.scripting import fault, is_script
from leadline.web.site import Site, site_of
from leadline.web.texts import read_texts

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup
    from starlette.requests import Request
    from starlette.responses import Response

SEE_OTHER = 303  # RFC 9110, section 15.4.4
_RULE = re.compile(r"[A-Z]{3}[0-9]{3}")
SPOKEN = ("said", "fault")  # what the program itself says of a fault: where the workspace lies is no part of it
SCHEMES = ("light", "dark")
SCHEME_COOKIE = "leadline-scheme"


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 - what a template is given
    """Return a page in its frame, or a part of one (templates that do not extend base.html).

    values: what the template is given beside `t`, `site`, `here`, `plan`, `told`, `nav`
    """
    site = site_of(request)
    session = request.scope.get("session")
    told: list[tuple[str, str]] = []
    if session is not None and request.headers.get("hx-request") is None:
        told, session.told[:] = list(session.told), []
    scheme = request.cookies.get(SCHEME_COOKIE, "")
    frame = {
        "t": site.texts, "site": site, "here": request.url.path, "told": told, "standing": site.plan.now(),
        "scheme": scheme if scheme in SCHEMES else "", "nav": navigation() if session is not None else (),
        "is_part": request.headers.get("hx-request") is not None,
    }  # fmt: skip
    spoken = {key: site.workspace.shortened(values[key]) for key in SPOKEN if isinstance(values.get(key), str)}
    text = environment().get_template(template).render(frame | values | spoken)
    return HTMLResponse(together_page(unturned_page(text)), status_code=status)


def part(template: str, **values: Any) -> Markup:  # noqa: ANN401 - what a template is given
    """Return a part of a page, to be kept and put into the page as it is."""
    from markupsafe import Markup

    return Markup(environment().get_template(template).render(values))  # noqa: S704 - a template of ours, which escapes


def see(path: str) -> Response:
    """Send the browser to a page of ours after a change. Raises ValueError for an address that is not of this server."""
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        raise ValueError(f"{path} is no address of this server")
    return RedirectResponse(path, status_code=SEE_OTHER)


def rule_address(code: str) -> str:
    """Return the address where a rule is explained, an empty text for what is no rule's code.

    >>> rule_address("TAC001"), rule_address("late_source")
    ('/explain/TAC001', '')
    """
    return f"/explain/{code}" if _RULE.fullmatch(code) else ""


@cache
def environment() -> jinja2.Environment:
    """Return where templates come from: the web's own, then the blocks of the report."""
    import jinja2

    loaders = [jinja2.PackageLoader("leadline.web", "templates"), jinja2.PackageLoader("leadline.report", "templates")]
    # Not read anew when files change: after an upgrade beside a running server they would not fit its code.
    made = html.environment().overlay(loader=jinja2.ChoiceLoader(loaders), auto_reload=False)
    made.globals = {**made.globals, "href": address, "why": rule_address, "asset": asset}
    made.filters = {**made.filters, "told": saying.sentence_case}
    said = jinja2.pass_context(lambda context, text: doors.said(text, context.get("t") or read_texts()))
    made.filters |= {"coded": said, "said": said}
    made.globals |= {"day": saying.day, "money": saying.money, "number": _number, "signed": _signed, "moment": _moment}
    return made


def _number(amount: float | None) -> str:
    return saying.MISSING if amount is None else saying.number(amount, 9)


def _signed(amount: float) -> str:
    return (
        f"+{saying.number(amount, 9)}"
        if amount > 0
        else f"{saying.MINUS if amount < 0 else ''}{saying.number(abs(amount), 9)}"
    )


def _moment(at: dt.datetime) -> str:
    """Return a time (UTC without zone) as the clock on this machine's wall has it."""
    here = at.replace(tzinfo=dt.UTC).astimezone()
    return f"{saying.day(here.date())}, {here:%H:%M}"


@cache
def navigation() -> tuple[tuple[str, str], ...]:
    """Return the entries of the navigation: key of the text, address."""
    from leadline.web.pages.registry import ORDER, PAGES

    found = [entry for page in PAGES for entry in getattr(page, "NAV", ())]
    return tuple(sorted(found, key=lambda entry: ORDER.index(entry[1]) if entry[1] in ORDER else len(ORDER)))


@cache
def assets() -> Mapping[str, bytes]:
    """Return every file of static/, the report's script, and the one style sheet: tokens and rules of the report, then the web's."""
    folder = files("leadline.web") / "static"
    found = {entry.name: entry.read_bytes() for entry in folder.iterdir() if not entry.name.startswith(("_", "."))}
    own = b"".join(found.pop(name) for name in sorted(found) if name.endswith(".css"))
    return {**found, "play.js": html.play_script().encode(), "style.css": html.style_sheet().encode() + own}


@cache
def asset(name: str) -> str:
    """Return the address of a static file, with the digest of its content, so that it may be kept for good."""
    return f"/static/{name}?v={hashlib.sha256(assets()[name]).hexdigest()[:12]}"


def refusal(site: Site) -> Callable[[Request, int, str], Response]:
    """Return what the guard says no with: a page of its own, without anything of the workspace in it."""

    def _refuse(request: Request, status: int, reason: str) -> Response:
        if is_script(request):
            return fault(site, status, key=str(status))
        t = site.texts
        values = {"t": t, "reason": reason, "status": status, "scheme": "", "hosts": sorted(site.address.names)}
        return HTMLResponse(environment().get_template("refused.html").render(values), status_code=status)

    return _refuse
