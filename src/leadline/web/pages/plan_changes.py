"""Changes of a plan beyond the fields of an element: begun, taken out, renamed, mended, taken back, commented on.

/plan/new/KIND                 a new element
…/remove, …/rename, …/fix      POST, on an element
/plan/history                  every edit, with a way to take it back; /plan/history/EDIT/undo
/plan/comments                 POST: say something of an element; /plan/comments/ID/close
/plan/text                     the file as it stands, each line with an address
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.routing import Route

from leadline.errors import LeadlineError
from leadline.plan.comments import Comments
from leadline.plan.editing.desk import Unfit
from leadline.plan.editing.fields import blank_form
from leadline.plan.editing.whole import Refused, pointing_at, rename, take_out
from leadline.plan.elements import KINDS
from leadline.plan.history import Entry, Overtaken, Saying
from leadline.web.editing import WAS, Said, address_in, local_time, look
from leadline.web.moving import edits_of, moved_by, remember
from leadline.web.pages.plan import (
    BASES,
    address_of,
    decision_stays,
    document_of,
    form_of_request,
    page,
    safe_fixes,
    said_in,
    seen_of,
)
from leadline.web.shell import render, see
from leadline.web.site import site_of, tell
from leadline.web.taking import takes_form, text_of
from leadline.web.writing import desk_of, history_of

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.plan.editing.fields import Form
    from leadline.plan.edits import Splice
    from leadline.plan.source import Document


LISTED = 50  # own: edits on a page, some 60 kilobytes of it; a search of the browser still finds a day's work
_PAGE = re.compile(r"[1-9][0-9]{0,6}")


def begin(request: Request) -> Response:
    """Show the form of a new element."""
    return _new(request, Said())


def add(request: Request, posted: FormData) -> Response:
    """Write a new element behind the others of its kind."""
    site, kind = site_of(request), _kind(request)
    typed, _ = said_in(posted)
    try:
        done = desk_of(site).begin(kind, typed, at=site.clock(), by=site.by)
    except Refused as refused:
        return _new(request, Said(typed), refused=str(refused))
    if isinstance(done, Unfit):
        return _new(request, Said(typed, problems=done.problems))
    remember(site, done.entry, before=done.before, after=done.after)
    tell(request, site.texts("plan.begun", id=done.element), level="ok")
    entry = done.entry.id if done.entry else ""
    return see(f"{address_in(done.after, done.element) or '/plan'}?done={entry}")


def remove(request: Request, posted: FormData) -> Response:
    """Take an element out; one that others name stays, and what names it is listed."""
    site = site_of(request)
    document, form = _at(request)
    if form.kind == "decision":
        return decision_stays(request, form)
    try:
        splices = take_out(document, form.id)
    except Refused as refused:
        found = [
            (one, address_in(document, one.element[1]) if one.element else None)
            for one in pointing_at(document, form.id)
        ]
        return render(
            request,
            "plan_pointed.html",
            status=422,
            said=str(refused),
            pointing=found,
            id=form.id,
            action=address_of(form, document),
        )
    return _write(request, posted, document, splices, said=site.texts("plan.said_removed", id=form.id), to="/plan")


def rename_it(request: Request, posted: FormData) -> Response:
    """Give an element another id, here and wherever it is named."""
    site = site_of(request)
    document, form = _at(request)
    if form.kind == "decision":
        return decision_stays(request, form)
    new = text_of(posted, "new").strip()
    try:
        splices = rename(document, form.id, new=new)
    except Refused as refused:
        tell(request, str(refused), level="error")
        return see(address_of(form, document))
    said = site.texts("plan.said_renamed", id=form.id, new=new)
    section = address_of(form, document).rpartition("/")[0]
    return _write(request, posted, document, splices, said=said, to=f"{section}/{new}")


def fix(request: Request, posted: FormData) -> Response:
    """Make one safe fix, as the page offered it."""
    from leadline.align.fixing import Applied, make_one

    site = site_of(request)
    document, form = _at(request)
    seen, address = seen_of(site), address_of(form, document)
    typed, was = said_in(posted)
    if any(_stripped(typed[name]) != _stripped(told) for name, told in was.items() if name in typed):
        tell(request, site.texts("plan.save_first"), level="warn")
        return page(request, form, said=Said(typed, was), status=409)
    code, _, element = text_of(posted, "mend").partition(" ")
    found = safe_fixes(seen).get((code, element))
    if seen is None or found is None or seen.document is not document:
        tell(request, site.texts("plan.moved_on"), level="warn")
        return see(address)
    made = make_one(document, found, options=seen.options)
    if not isinstance(made, Applied):
        tell(request, site.texts("plan.fix_left", reason=made.reason), level="error")
        return see(address)
    return _write(request, posted, document, found.splices, said=found.what, to=address)


def _stripped(told: list[str]) -> list[str]:
    return [one.strip().replace("\r\n", "\n") for one in told if one.strip()]


def _write(
    request: Request, posted: FormData, document: Document, splices: tuple[Splice, ...], *, said: str, to: str
) -> Response:
    """Write splices of the plan as the page showed it; when it is another one by now, nothing is written."""
    site = site_of(request)
    element = request.path_params.get("id", "")
    back = request.url.path.rpartition("/")[0]
    if text_of(posted, "version") != site.plan.now().version:
        tell(request, site.texts("plan.moved_on"), level="warn")
        return see(back)
    try:
        saying = Saying(site.clock(), site.by, said, (element,) if element else (document.plan.plan.id,))
        done = desk_of(site).write(document, splices, saying=saying)
    except Overtaken:
        tell(request, site.texts("plan.moved_on"), level="warn")
        return see(back)
    remember(site, done.entry, before=done.before, after=done.after)
    tell(request, said, level="ok")
    return see(f"{to}?done={done.entry.id}" if done.entry else to)


def history(request: Request) -> Response:
    """Show the edits, the last one first, and what was changed elsewhere in between; older ones on pages of their own."""
    site = site_of(request)
    told = edits_of(site)
    document = site.plan.now().document
    asked = request.query_params.get("page", "")
    number = min(int(asked) if _PAGE.fullmatch(asked) else 1, max(1, -(-len(told.events) // LISTED)))
    shown = told.events[::-1][(number - 1) * LISTED : number * LISTED]
    rows = [(one, isinstance(one, Entry)) for one in shown]
    names = {name for one in shown if isinstance(one, Entry) for name in one.saying.elements}
    addresses = {name: address_in(document, name) if document else None for name in names}
    done = moved_by(site, request.query_params.get("done", ""))
    return render(
        request, "plan_history.html", rows=rows, notes=told.notes, addresses=addresses, done=done, local_time=local_time,
        number=number, is_last=number * LISTED >= len(told.events),
    )  # fmt: skip


def undo(request: Request, _posted: FormData) -> Response:
    """Take an edit back, where what it wrote still stands."""
    site = site_of(request)
    before = document_of(site)
    try:
        entry = history_of(site).undo(request.path_params["entry"], at=site.clock(), by=site.by)
    except LeadlineError as refused:
        tell(request, str(refused), level="error")
        return see("/plan/history")
    remember(site, entry, before=before, after=document_of(site))
    tell(request, entry.saying.said, level="ok")
    return see(f"/plan/history?done={entry.id}")


def comment(request: Request, posted: FormData) -> Response:
    """Say something of an element."""
    site = site_of(request)
    document = document_of(site)
    element = text_of(posted, "element")
    address = address_in(document, element)
    if address is None:
        raise HTTPException(404)
    try:
        Comments(site.workspace).say(
            element, text_of(posted, "text"), at=site.clock(), by=site.by, answers=text_of(posted, "answers")
        )
    except LeadlineError as refused:
        tell(request, str(refused), level="error")
    return see(f"{address}#comments")


def close(request: Request, posted: FormData) -> Response:
    """Say that a comment is dealt with."""
    site = site_of(request)
    try:
        Comments(site.workspace).close(request.path_params["comment"], at=site.clock(), by=site.by)
    except LeadlineError as refused:
        tell(request, str(refused), level="error")
    address = address_in(document_of(site), text_of(posted, "element"))
    return see(f"{address}#comments" if address else "/plan")


def text(request: Request) -> Response:
    """Show the plan's files as they stand, each line with an address."""
    document = document_of(site_of(request))
    shown = [(file.rpartition("/")[2], content.splitlines()) for file, content in document.texts.items()]
    return render(request, "plan_text.html", files=shown)


def _new(request: Request, said: Said, *, refused: str = "") -> Response:
    site = site_of(request)
    kind, document = _kind(request), document_of(site)
    shown = look(site, document, form=blank_form(kind), said=said)
    identity = "".join(said.typed.get("id", ()))
    wrong = bool(refused or said.problems)
    values = {"shown": shown, "kind": kind, "refused": refused, "identity": identity, "was": WAS}
    return render(request, "plan_new.html", status=422 if wrong else 200, action=f"/plan/new/{kind}", **values)


def _kind(request: Request) -> str:
    kind: str = request.path_params["kind"]
    if kind not in KINDS.values():
        raise HTTPException(404)
    return kind


def _at(request: Request) -> tuple[Document, Form]:
    document = document_of(site_of(request))
    form: Any = form_of_request(request, document)
    return document, form


ROUTES = (
    Route("/plan/history", history, methods=["GET"]),
    Route("/plan/text", text, methods=["GET"]),
    Route("/plan/comments", takes_form(comment), methods=["POST"]),
    Route("/plan/new/{kind}", begin, methods=["GET"]),
    Route("/plan/new/{kind}", takes_form(add), methods=["POST"]),
    Route("/plan/history/{entry}/undo", takes_form(undo), methods=["POST"]),
    Route("/plan/comments/{comment}/close", takes_form(close), methods=["POST"]),
    *(
        Route(f"{base}/{verb}", takes_form(handler), methods=["POST"])
        for base in BASES
        for verb, handler in (("remove", remove), ("rename", rename_it), ("fix", fix))
        if verb == "fix" or "{id}" in base
    ),
)
