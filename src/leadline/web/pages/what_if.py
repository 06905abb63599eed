"""What if there is less money: what to stop first, what it probably costs, how sure that is. Nothing is changed.

/what-if?budget=-20+%25&tactic-fair=-30+%25
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from leadline.errors import NothingDone, UsageError
from leadline.web.drawing import drawn
from leadline.web.judging import Judged, judged
from leadline.web.shell import render, see
from leadline.web.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.report.blocks import Page

CUT = "-20 %"  # issue 4: the button of the front page
LONGEST = 40  # letters of a change; the longest that says something has half of it (house)


def show(request: Request) -> Response:
    """Show the form, and the answer to what was asked."""
    try:
        seen = judged(site_of(request))
    except NothingDone:
        seen = None
    if seen is None:
        return see("/")
    if not any(seen.case.budgets.values()):
        return render(request, "what_if_open.html", tactics=_without_budget(seen))
    budget = request.query_params.get("budget", "").strip()
    changes = {
        name: text.strip()
        for name in seen.case.tactics
        if (text := request.query_params.get(f"tactic-{name}", "")).strip()
    }
    page, fault = None, ""
    if any(len(text) > LONGEST for text in (budget, *changes.values())):
        fault = site_of(request).texts("what_if.too_long", most=LONGEST)
    elif budget or changes:
        try:
            page = _usual(seen) if (budget, changes) == (CUT, {}) else drawn(_answered(seen, budget, changes))
        except UsageError as error:
            fault = str(error)
    values = {"budget": budget if request.query_params else CUT, "changes": changes, "page": page, "fault": fault}
    return render(request, "what_if.html", status=422 if fault else 200, seen=seen, **values)


def _without_budget(seen: Judged) -> tuple[tuple[str, str, bool], ...]:
    """Return every tactic by id and name, and whether money is written at it that cannot be counted."""
    found = seen.document.plan.tactics.list
    return tuple((one.id, seen.name_of(one.id), one.budget is not None) for one in found)


def _usual(seen: Judged) -> Page:
    """Return the answer that the front page's button asks for, drawn once."""
    return seen.once(lambda: drawn(_answered(seen, CUT, {})), key="what_if")


def _answered(seen: Judged, budget: str, changes: dict[str, str]) -> Page:
    from leadline.decide.what_if import what_if
    from leadline.decide.what_if_asked import asked
    from leadline.report.pages.what_if import what_if_page

    def named(tactic: str) -> str:
        return seen.name_of(tactic) if tactic else seen.document.plan.plan.title or seen.document.plan.plan.id

    return what_if_page(what_if(seen.case, asked(seen.case, budget or None, tactics=changes, named=named)), seen)


ROUTES = (Route("/what-if", show, methods=["GET"]),)
