"""What if there is less money: what to stop first, what it probably costs, how sure that is. Nothing is changed.

Losses are read off the response curves that the last `measure mix` kept, where nothing has changed since, else believed.

/what-if?budget=-20+%25&tactic-fair=-30+%25
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.routing import Route

from leadline.errors import NothingDone, UsageError
from leadline.web.drawing import drawn
from leadline.web.judging import Judged, judged
from leadline.web.shell import render, see
from leadline.web.site import site_of

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.decide.what_if_measured import Curves
    from leadline.evidence.store import Store
    from leadline.report.blocks import Page
    from leadline.web.site import Site

CUT = "-20 %"  # issue 4: the button of the front page
LONGEST = 40  # letters of a change; the longest that says something has half of it (house)


def show(request: Request) -> Response:
    """Show the form, and the answer to what was asked."""
    site = site_of(request)
    try:
        seen = judged(site)
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
        fault = site.texts("what_if.too_long", most=LONGEST)
    elif budget or changes:
        try:
            curves = curves_of(site, seen)
            if (budget, changes) == (CUT, {}):
                page = _usual(seen, curves, _kept(site))
            else:
                page = drawn(_answered(seen, budget, changes, curves=curves))
        except UsageError as error:
            fault = str(error)
    values = {"budget": budget if request.query_params else CUT, "changes": changes, "page": page, "fault": fault}
    return render(request, "what_if.html", status=422 if fault else 200, seen=seen, **values)


def _without_budget(seen: Judged) -> tuple[tuple[str, str, bool], ...]:
    """Return every tactic by id and name, and whether money is written at it that cannot be counted."""
    found = seen.document.plan.tactics.list
    return tuple((one.id, seen.name_of(one.id), one.budget is not None) for one in found)


def curves_of(site: Site, seen: Judged) -> Curves | None:
    """Return the response curves that were kept, asked for once per state of warehouse, plan and kept mixes."""
    from leadline.web.warehouse import remembered

    kept, settings, plan = _kept(site), site.plan.now().settings, seen.document.plan.plan
    if not kept[0]:
        return None

    def question(store: Store) -> Curves:
        from leadline.decide.what_if_measured import Curves
        from leadline.evidence.frames import as_of
        from leadline.review.what_if_curves import curves_in

        at = as_of(store, timezone=plan.timezone or "UTC", day=settings.as_of, today=site.today)
        found = curves_in(store, seen.document, workspace=site.workspace, settings=settings, seed=settings.seed, at=at)
        return found or Curves()

    asked = (*kept, seen.plan_hash, repr(settings), site.today)
    return remembered(site, question, name="what-if curves", asked=asked)


def _kept(site: Site) -> tuple[int, int]:
    """Return when a mix was last kept, and when its file of settings changed, as the file system counts; 0 where none is."""
    config = site.plan.now().settings.mix.config
    return _changed(site.workspace.results / "mix"), 0 if config is None else _changed(config)


def _changed(place: Path) -> int:
    with suppress(OSError):
        return place.stat().st_mtime_ns
    return 0


def _usual(seen: Judged, curves: Curves | None, kept: tuple[int, int]) -> Page:
    """Return the answer that the front page's button asks for, drawn once for each measurement and its settings."""
    key = "what_if" if curves is None else f"what_if {kept} {curves.source} {curves.why}"
    return seen.once(lambda: drawn(_answered(seen, CUT, {}, curves=curves)), key=key)


def _answered(seen: Judged, budget: str, changes: dict[str, str], *, curves: Curves | None) -> Page:
    from leadline.decide.what_if import what_if
    from leadline.decide.what_if_asked import asked
    from leadline.report.pages.what_if import what_if_page

    def named(tactic: str) -> str:
        return seen.name_of(tactic) if tactic else seen.document.plan.plan.title or seen.document.plan.plan.id

    request = asked(seen.case, budget or None, tactics=changes, named=named)
    return what_if_page(what_if(seen.case, request, curves=curves), seen)


ROUTES = (Route("/what-if", show, methods=["GET"]),)
