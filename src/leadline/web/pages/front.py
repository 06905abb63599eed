"""The front page: the answer in one sentence, where each hundred goes, three fixes, broken promises, who agreed to hear from us.

/           as the plan stands now, with the evidence of the last review
/fix        POST: make one safe fix, as the page offered it
/review     POST: review the workspace in the background
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.routing import Route

from leadline.errors import LeadlineError, NothingDone
from leadline.review.permission import record_sentence
from leadline.web import permitting
from leadline.web.drawing import drawn
from leadline.web.judging import Judged, judged
from leadline.web.moving import edits_of
from leadline.web.pages.jobs import address_of, jobs_of
from leadline.web.pages.shown import reviewing
from leadline.web.renewing import renewing
from leadline.web.shell import render, see
from leadline.web.site import site_of, tell
from leadline.web.taking import takes_form, text_of
from leadline.web.writing import history_of

if TYPE_CHECKING:
    import datetime as dt

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.align.repairs import Fix as Repair
    from leadline.report.blocks import Page
    from leadline.review.permission import Permission
    from leadline.review.promises import PromiseState
    from leadline.review.result import Fix
    from leadline.units import Quantity
    from leadline.web.site import Site

_AUDIENCE = re.compile(r"audience:\s*$")


@dataclass(frozen=True)
class Mend:
    """One of the three fixes, with what a click on it would do: None where a person has to say more."""

    fix: Fix
    money: str
    safe: Repair | None


@dataclass(frozen=True)
class Front:
    """What the front page says. drawn: the section of the hundred, its picture finished · ahead: of the last review."""

    answer: str
    ahead: str
    drawn: Page
    mends: tuple[Mend, ...]
    promises: tuple[PromiseState, ...]
    promises_said: str
    permissions: tuple[Permission, ...]
    permissions_said: str


def show(request: Request) -> Response:
    """Show the front page; without a plan, where to begin."""
    site = site_of(request)
    standing = site.plan.now()
    if standing.fault is not None:
        return render(request, "front_fault.html", said=str(standing.fault))
    try:
        seen = judged(site)
    except NothingDone as reason:
        return render(request, "front_empty.html", said=str(reason))
    if seen is None:
        return see("/start")
    on_record = record_sentence(permitting.agreed(site))
    return render(request, "front.html", seen=seen, front=_front(site, seen), job=reviewing(site), on_record=on_record)


def fix(request: Request, form: FormData) -> Response:
    """Make one safe fix; when the plan is another one by now, the page is shown anew with what there is to mend."""
    from leadline.align.fixing import Applied, make_one
    from leadline.plan.history import Overtaken, Saying

    site = site_of(request)
    seen, code, element = judged(site), text_of(form, "code"), text_of(form, "element")
    found = None if seen is None else _safe(seen).get((code, element))
    if seen is None or found is None or text_of(form, "version") != seen.version:
        tell(request, site.texts("front.fix_moved"), level="warn")
        return see("/")
    made = make_one(seen.document, found, options=seen.options)
    if not isinstance(made, Applied):
        tell(request, site.texts("front.fix_left", reason=made.reason), level="error")
        return see("/")
    try:
        saying = Saying(site.clock(), site.by, found.what, (element,))
        history_of(site).write(seen.document, found.splices, saying=saying)
    except Overtaken:
        tell(request, site.texts("front.fix_moved"), level="warn")
        return see("/")
    tell(request, site.texts("front.fix_done", what=found.what), level="ok")
    return see("/")


def review(request: Request, _form: FormData) -> Response:
    """Review the workspace in the background."""
    return see(address_of(jobs_of(site_of(request)).start("review", {})))


@asynccontextmanager
async def life(site: Site) -> AsyncIterator[None]:
    """Review by itself what was changed, as long as the server lives."""
    async with renewing(site):
        yield


def _front(site: Site, seen: Judged) -> Front:
    return seen.once(lambda: _laid_out(site, seen), key="front")


def _laid_out(site: Site, seen: Judged) -> Front:
    from leadline.report.blocks import Page
    from leadline.report.pages import outlook
    from leadline.report.saying import money
    from leadline.review.permission import permission_sentence, permissions
    from leadline.review.promises import promise_states, promises_sentence
    from leadline.review.story import answer

    section = outlook.hundred(seen)
    picture = drawn(Page("", "", "", "", (section,)))
    safe = _safe(seen)
    mends = tuple(
        Mend(one, money(one.money, seen.currency) if one.money else "", safe.get((one.code, one.element_id)))
        for one in seen.fixes
    )
    states = promise_states(seen.case)
    agreed = permissions(seen.case, earlier=_earlier_counts(site, seen))
    return Front(
        answer(seen.check, (), bets=()), ahead(seen), picture, mends,
        tuple(one for one in states if one.is_late or one.is_short),
        promises_sentence(states, seen.check.scores.promise_coverage) if states else "",
        agreed, permission_sentence(agreed),
    )  # fmt: skip


def ahead(seen: Judged) -> str:
    """Return what the last review said of objectives and bets, an empty text before the first one."""
    if seen.kept is None or "month" not in seen.kept.names:
        return ""
    try:
        sections = seen.kept.page("month").sections
    except LeadlineError:  # a damaged page is missed, not shown; the next review makes it anew
        return ""
    return next((one.answer for one in sections if one.id == "ahead"), "")


def _safe(seen: Judged) -> Mapping[tuple[str, str], Repair]:
    """Return the fixes that may be made unseen, by code and element."""
    return seen.once(lambda: _found_safe(seen), key="safe")


def _found_safe(seen: Judged) -> Mapping[tuple[str, str], Repair]:
    from leadline.align.repairs import fixes

    found = fixes(seen.document, seen.check, records={}, tidy=False)
    return {(one.code, one.element): one for one in found if one.safety == "safe" and one.code and one.element}


def _earlier_counts(site: Site, seen: Judged) -> Mapping[str, tuple[dt.date, Quantity]]:
    """Return for each channel what its audience was before it was last edited, with the day of that edit."""
    from leadline.units import Quantity, UnitError

    found: dict[str, tuple[dt.date, Quantity]] = {}
    channels = {one.id for one in seen.document.plan.situation.channels}
    if not site.workspace.edits.exists():
        return found
    for entry in edits_of(site).entries:
        if entry.state != "landed" or entry.undone_by or len(entry.changes) != 1:
            continue
        change = entry.changes[0]
        if not _AUDIENCE.search(change.ahead):
            continue
        try:
            before = Quantity.parse(change.old.strip())
        except (UnitError, ValueError):
            continue
        found |= {name: (entry.saying.at.date(), before) for name in entry.saying.elements if name in channels}
    return found


ROUTES = (
    Route("/", show, methods=["GET"]),
    Route("/fix", takes_form(fix), methods=["POST"]),
    Route("/review", takes_form(review), methods=["POST"]),
)
NAV = (("front.nav", "/"),)
