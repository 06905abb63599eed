"""Which state of the plan a stage of a CRM is: said here, written into the settings, applied by the next review.

/evidence/stages        every stage name that the sources give, those that are no state of the plan first
/evidence/stages/save   POST: what one source's names stand for
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, cast

from starlette.routing import Route

from leadline.errors import UsageError
from leadline.evidence.tactics import folded
from leadline.web import warehouse
from leadline.web.pages.jobs import jobs_of
from leadline.web.shell import render, see
from leadline.web.site import site_of, tell
from leadline.web.taking import takes_form, text_of, texts_of

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.evidence.store import Store
    from leadline.web.site import Site

HERE = "/evidence/stages"
LOST = "lost"  # the state that ends a way without being on it; no plan has to name it
SHARED = "stage maps"


@dataclass(frozen=True)
class Named:
    """A stage as a source names it. state: what it is now, "" where it is none · proposed: what it reads like."""

    raw: str
    rows: int
    state: str
    proposed: str


def show(request: Request) -> Response:
    """Show every source with its stages."""
    site = site_of(request)
    found = _found(site)
    if found is None:
        return render(request, "stages.html", status=503, sources={}, states=(), is_held=True, open_stages=0)
    open_stages = sum(not one.state for names in found.values() for one in names)
    return render(request, "stages.html", sources=found, states=_states(site), is_held=False, open_stages=open_stages)


def save(request: Request, form: FormData) -> Response:
    """Write what a source's stages are."""
    from leadline.review.stage_settings import map_stages

    site = site_of(request)
    source, known = text_of(form, "source"), _found(site) or {}
    there = {one.raw: one.state for one in known.get(source, ())}
    given = dict(zip(texts_of(form, "raw"), texts_of(form, "state"), strict=False))
    allowed = {"", *_states(site)}
    names = {raw: state for raw, state in given.items() if raw in there and state in allowed and state != there[raw]}
    if not names:
        tell(request, site.texts("stages.unchanged"), level="note")
        return see(HERE)
    try:
        with cast("Lock", site.shared.setdefault(SHARED, Lock())):
            map_stages(site.workspace.settings, source, names=names)
    except (UsageError, OSError) as error:
        tell(request, site.workspace.shortened(str(error)), level="error")
        return see(HERE)
    tell(request, site.texts("stages.written", n=len(names), source=source), level="ok")
    jobs_of(site).start("review", {})
    return see(HERE)


def _states(site: Site) -> tuple[str, ...]:
    """Return the states a stage may be: those of the plan, in the order of its metrics, and lost."""
    from leadline.review.plan_facts import states

    document = site.plan.now().document
    found = () if document is None else tuple(dict.fromkeys(states(document.plan).values()))
    return found if LOST in found else (*found, LOST)


def _found(site: Site) -> Mapping[str, tuple[Named, ...]] | None:
    """Return the stages of every source, those without a state first, None while the warehouse cannot be read."""
    from leadline.evidence.frames import answer, as_of
    from leadline.review.stage_names import proposed_maps

    standing = site.plan.now()
    plan = None if standing.document is None else standing.document.plan.plan
    zone = (plan.timezone if plan is not None else None) or "UTC"

    def asked(store: Store) -> list[Mapping[str, object]]:
        at = as_of(store, timezone=zone, day=standing.settings.as_of or site.today)
        return list(answer(store, "fact_stages", at=at))

    rows = warehouse.ask(site, asked)
    if rows is None:
        return None if warehouse.store_of(site).exists() else {}
    states = _states(site)
    folds = {folded(state): state for state in states}
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        if row["stage_raw"] is not None:
            names = counts.setdefault(str(row["source"]), {})
            names[str(row["stage_raw"])] = names.get(str(row["stage_raw"]), 0) + int(str(row["rows"]))
    proposals = proposed_maps(counts, known=standing.settings.stages, states=states)
    found = {}
    for source, names in counts.items():
        said = {folded(raw): state for raw, state in standing.settings.stages.get(source, {}).items()}
        told = [
            Named(raw, rows, said.get(folded(raw), folds.get(folded(raw), "")), proposals.get(source, {}).get(raw, ""))
            for raw, rows in names.items()
        ]
        found[source] = tuple(sorted(told, key=lambda one: (bool(one.state), -one.rows, one.raw)))
    return found


ROUTES = (
    Route(HERE, show, methods=["GET"]),
    Route(f"{HERE}/save", takes_form(save), methods=["POST"]),
)
