"""The plan in the browser: its sections, each element as a form, what the checks say beside each field.

/plan                          every section with its elements
/plan/SECTION/ID               one element; POST writes what was changed
/plan/head, /plan/bridge       the head, and the steps that all tactics share
…/judge                        POST: what the checks say of what is typed, nothing is written
/plan/of/ID                    on to the address of an element, also by a former id or the id of a bet
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.routing import Route

from leadline.errors import NothingDone
from leadline.plan.comments import Comments
from leadline.plan.diff import renames
from leadline.plan.editing.desk import Lost, Order, Unfit
from leadline.plan.editing.fields import Form, form_of, known_ids
from leadline.plan.editing.shapes import HEAD, SHARED
from leadline.plan.editing.typed import as_typed, read_typed
from leadline.web.editing import (
    SECTIONS,
    WAS,
    Said,
    address_in,
    form_at,
    kinds_of,
    live,
    local_time,
    look,
    of_element,
    place_of,
)
from leadline.web.judging import Judged, judged
from leadline.web.moving import edits_of, moved_by, remember
from leadline.web.shell import render, see
from leadline.web.site import Site, site_of, tell
from leadline.web.taking import takes_form, text_of
from leadline.web.writing import desk_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.align.finding import Finding
    from leadline.align.repairs import Fix
    from leadline.plan.source import Document

_BET = re.compile(r"(?P<tactic>[^>/:]+)/[^>]+>.+|(?P<one>[^>/:]+)>.+|(?P<worth>[^>/:]+):worth")
LEVELS = ("error", "warning", "note")
LATEST = 5  # own: edits of an element that its page lists; the history has them all


def index(request: Request) -> Response:
    """Show every section with its elements and how many findings each has."""
    site = site_of(request)
    standing = site.plan.now()
    if standing.fault is not None:
        return render(request, "plan_fault.html", status=200, **fault_values(site))
    if standing.document is None:
        return see("/start")
    seen = seen_of(site)
    counts = _counts(seen)
    sections = [
        (name, [(kind, _listed(standing.document, kind, counts)) for kind in kinds_of(name)]) for name in SECTIONS
    ]
    plan = standing.document.plan
    total = {level: sum(one.get(level, 0) for one in counts.values()) for level in LEVELS}
    values: dict[str, Any] = {
        "head": counts.get(plan.plan.id, {}),
        "steps": plan.tactics.bridge,
        "total": total if any(total.values()) else {},
    }
    return render(request, "plan.html", sections=sections, seen=seen, **values)


def show(request: Request) -> Response:
    """Show one element as a form."""
    site = site_of(request)
    document = document_of(site)
    return page(request, form_of_request(request, document), said=Said())


def save(request: Request, posted: FormData) -> Response:
    """Write what was changed; what does not fit, or was changed by somebody else too, is shown and not written."""
    site = site_of(request)
    before = site.plan.now()
    form = form_of_request(request, document_of(site), may_be_gone=True)
    if form is not None and form.kind == "decision":
        return decision_stays(request, form)
    element = form.id if form is not None else request.path_params.get("id", "")
    typed, was = said_in(posted)
    done = desk_of(site).save(Order(element, typed, was), at=site.clock(), by=site.by)
    if isinstance(done, Unfit) and form is not None:
        return page(request, form, said=Said(typed, was, problems=done.problems), status=422)
    if form is None or isinstance(done, (Lost, Unfit)):
        sides = done.sides if isinstance(done, Lost) else ()
        if form is None or (isinstance(done, Lost) and done.gone):
            return render(request, "plan_gone.html", status=409, element=element, typed=typed)
        return page(request, form_of(document_of(site), element), said=Said(typed, was, sides=sides), status=409)
    address = address_in(done.after, element) or "/plan"
    if done.entry is None:
        tell(request, site.texts("plan.nothing_changed"), level="note")
        return see(address)
    if text_of(posted, "version") != before.version:
        tell(request, site.texts("plan.merged"), level="note")
    tell(request, site.texts("plan.saved"), level="ok")
    remember(site, done.entry, before=done.before, after=done.after)
    return see(f"{address}?done={done.entry.id}")


def decision_stays(request: Request, form: Form) -> Response:
    """Say that a decision is never changed: plans keep what was decided, and why, as it was."""
    site = site_of(request)
    tell(request, site.texts("plan.decision_kept"), level="error")
    return see(address_of(form, document_of(site)))


def judge(request: Request, posted: FormData) -> Response:
    """Say what the checks say of what is typed; nothing is written."""
    site = site_of(request)
    document = document_of(site)
    form = form_of_request(request, document)
    typed, was = said_in(posted)
    read = read_typed(form, typed)
    seen = seen_of(site)
    findings: tuple[Finding, ...] = ()
    if seen is not None and seen.document is document:
        findings = live(seen, as_typed(document, form, read=read), form=form)
    said = Said(typed, was, problems=read.problems, findings=findings, fixes={} if read.edits else safe_fixes(seen))
    shown = look(site, document, form=form, said=said)
    return render(request, "plan_judged.html", shown=shown, changed=len(read.edits), action=address_of(form, document))


def of(request: Request) -> Response:
    """Go on to the page of an element: by its id, a former id, or the id of a bet."""
    site = site_of(request)
    document = document_of(site)
    named = request.path_params["id"]
    now = renames(document.plan).get(named, named)
    bet = _BET.fullmatch(now)
    if bet is not None:
        metrics = known_ids(document, ("metric",))
        owner = bet["tactic"] or bet["one"] or bet["worth"]
        now = SHARED if bet["one"] in metrics else owner
    address = address_in(document, now)
    if address is None:
        raise HTTPException(404)
    return see(f"{address}{_beside_what(site, document, now, code=request.query_params.get('finding', ''))}")


def _beside_what(site: Site, document: Document, element: str, *, code: str) -> str:
    """Return the place in an element's page that a finding is about, nothing where no such finding stands there."""
    seen = seen_of(site) if code else None
    found = [one for one in seen.check.findings if one.code == code and one.waived_by is None] if seen else []
    form = form_of(document, document.plan.plan.id if element == HEAD else element) if found else None
    found = [] if form is None else list(of_element(document, form, findings=found))
    return f"#{place_of(document, form, findings=found)}" if form and found else ""


def page(request: Request, form: Form, *, said: Said, status: int = 200) -> Response:
    """Return the page of one element, with what was typed where it could not be written."""
    site = site_of(request)
    document = document_of(site)
    seen = seen_of(site)
    findings = of_element(document, form, findings=seen.check.findings) if seen is not None else ()
    said = Said(said.typed, said.was, said.problems, said.sides, findings, safe_fixes(seen))
    name = form.id if form.kind not in (HEAD, SHARED) else document.plan.plan.id
    moved = renames(document.plan)
    comments = Comments(site.workspace).of(name, moved=moved)
    values: dict[str, Any] = {
        "shown": look(site, document, form=form, said=said), "seen": seen, "form": form, "sides": said.sides,
        "title": title_of(site, document, form=form), "action": address_of(form, document), "version": site.plan.now().version,
        "comments": comments if request.query_params.get("comments") == "all" else comments[-SAID:], "all_comments": len(comments), "waived": [one for one in findings if one.waived_by],
        "edits": _edits(site, form.id, moved), "done": moved_by(site, request.query_params.get("done", "")),
        "place": _place(document, form), "was": WAS, "is_element": form.kind not in (HEAD, SHARED), "commented": name, "local_time": local_time,
    }  # fmt: skip
    return render(request, "plan_element.html", status=status, **values)


def title_of(site: Site, document: Document, *, form: Form) -> str:
    """Return what an element is called."""
    if form.kind in (HEAD, SHARED):
        return site.texts("plan.title_head" if form.kind == HEAD else "plan.title_bridge")
    return known_ids(document, (form.kind,)).get(form.id, form.id)


def address_of(form: Form, document: Document) -> str:
    """Return the address of a form's element."""
    return address_in(document, form.id) or "/plan"


def document_of(site: Site) -> Document:
    """Return the plan as it stands. Raises PlanError where it cannot be read, 404 where there is none."""
    standing = site.plan.now()
    if standing.fault is not None:
        raise standing.fault
    if standing.document is None:
        raise HTTPException(404)
    return standing.document


def form_of_request(request: Request, document: Document, *, may_be_gone: bool = False) -> Any:  # noqa: ANN401 - a Form, or None where it may be gone
    """Return the form that an address names. Raises 404 where there is nothing there, unless it may be gone."""
    if "id" not in request.path_params:
        return form_of(document, SHARED if request.url.path.startswith("/plan/bridge") else document.plan.plan.id)
    form = form_at(document, request.path_params["section"], element=request.path_params["id"])
    if form is None and not may_be_gone:
        raise HTTPException(404)
    return form


def said_in(posted: FormData) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return what a form says of each field, and what stood there when it was drawn."""
    typed: dict[str, list[str]] = {}
    was: dict[str, list[str]] = {}
    for name, value in posted.multi_items():
        if isinstance(value, str) and name != "version":
            (was if name.startswith(WAS) else typed).setdefault(name.removeprefix(WAS), []).append(value)
    return typed, was


def seen_of(site: Site) -> Judged | None:
    """Return the plan judged, None where nothing in it can be judged yet."""
    try:
        return judged(site)
    except NothingDone:
        return None


def safe_fixes(seen: Judged | None) -> Mapping[tuple[str, str], Fix]:
    """Return the fixes that may be made unseen, by code and element."""
    if seen is None:
        return {}
    return seen.once(lambda: _found_fixes(seen), key="plan-fixes")


def _found_fixes(seen: Judged) -> Mapping[tuple[str, str], Fix]:
    from leadline.align.repairs import fixes

    found = fixes(seen.document, seen.check, records={}, tidy=False)
    return {(one.code, one.element): one for one in found if one.safety == "safe" and one.code and one.element}


def fault_values(site: Site) -> dict[str, Any]:
    """Return what the page says of a plan that cannot be read: the fault, and the text around its place."""
    said = str(site.plan.now().fault)
    place = re.match(r"(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): (?P<text>.*)", said, re.DOTALL)
    around = []
    if place is not None:
        plan, line = site.workspace.plan, int(place["line"])
        name = place["file"].rpartition("/")[2]
        file = plan / name if plan.is_dir() else plan
        lines = file.read_bytes().decode("utf-8", "replace").splitlines() if file.is_file() else []
        start = max(1, line - AROUND)
        around = [
            (number, lines[number - 1], number == line) for number in range(start, min(len(lines), line + AROUND) + 1)
        ]
    return {
        "said": place["text"] if place else said, "line": place["line"] if place else "",
        "column": place["column"] if place else "", "file": place["file"].rpartition("/")[2] if place else "", "around": around,
    }  # fmt: skip


SAID = 50  # own: the last comments on an element; the ones before them are asked for
AROUND = 4  # own: lines shown on either side of a fault


def _counts(seen: Judged | None) -> dict[str, dict[str, int]]:
    """Return how many findings of each level each element has, by id."""
    found: dict[str, dict[str, int]] = {}
    for one in seen.check.findings if seen is not None else ():
        if one.waived_by is None:
            owner = _owner(seen.document if seen else None, one.path) or one.element.id
            levels = found.setdefault(owner, {})
            levels[one.level] = levels.get(one.level, 0) + 1
    return found


def _owner(document: Document | None, path: tuple[str | int, ...]) -> str | None:
    held = document.element_at(path) if document is not None else None
    return held[1] if held else None


def _listed(
    document: Document, kind: str, counts: Mapping[str, Mapping[str, int]]
) -> list[tuple[str, str, str, Mapping[str, int]]]:
    """Return the elements of a kind: id, what people call it, address, findings by level."""
    return [
        (identity, name, address_in(document, identity) or "", counts.get(identity, {}))
        for identity, name in known_ids(document, (kind,)).items()
    ]


def _edits(site: Site, element: str, moved: Mapping[str, str]) -> list[Any]:
    if not site.workspace.edits.exists():
        return []
    told = edits_of(site)
    return [one for one in reversed(told.of(element, moved=moved)) if one.state == "landed"][:LATEST]


def _place(document: Document, form: Form) -> tuple[str, int]:
    """Return file and line of an element, for the link to its text."""
    from leadline.web.editing import path_in_model

    place = document.place(path_in_model(document, form))
    return place.file.rpartition("/")[2], place.line


BASES = ("/plan/head", "/plan/bridge", "/plan/{section}/{id}")
ROUTES = (
    Route("/plan", index, methods=["GET"]),
    Route("/plan/of/{id:path}", of, methods=["GET"]),
    *(
        route
        for base in BASES
        for route in (
            Route(base, show, methods=["GET"]),
            Route(base, takes_form(save), methods=["POST"]),
            Route(f"{base}/judge", takes_form(judge), methods=["POST"]),
        )
    ),
)
NAV = (("plan.nav", "/plan"),)
