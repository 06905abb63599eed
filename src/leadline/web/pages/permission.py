"""People and permission: who agreed to what, how long is kept what of them, and how somebody is forgotten.

/evidence/permission                how many agreed, what is kept how long, what was forgotten
/evidence/permission/ask            POST: asks once more before somebody is forgotten
/evidence/permission/forget         POST: forgets, and goes to the receipt
/evidence/permission/said           POST: somebody withdrew or objected
/evidence/permission/receipts/ID    one receipt
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.routing import Route

from leadline.errors import LeadlineError
from leadline.web import permitting, warehouse
from leadline.web.pages.evidence import amount
from leadline.web.shell import render, see
from leadline.web.site import site_of, tell
from leadline.web.taking import takes_form, text_of

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.evidence.forgetting import Eraser
    from leadline.evidence.store import Store
    from leadline.evidence.subjects import Subject
    from leadline.web.site import Site

HOME = "/evidence/permission"
WAIT_SECONDS = 3.0  # own: a browser waits as long as a small import merges; then it is told who holds the lock
LONGEST = 400  # own: characters of an address, RFC 5321, and as many again for a kind and blanks
STATES = ("withdrawn", "objected")
_RECEIPT = re.compile(r"[0-9a-f]{16}")


def show(request: Request) -> Response:
    """Show what people agreed to, what is kept, and who was forgotten."""
    from leadline.evidence import retention

    site = site_of(request)
    settings = site.plan.now().settings
    gone = Counter(warehouse.ask(site, _let_go) or {})
    gone.update(_let_go_by_hand(site))
    kept = [{"one": one, "gone": gone.get(one.name, 0)} for one in retention.classes(settings.retention)]
    values: dict[str, Any] = {
        "agreed": permitting.agreed(site), "kept": kept, "receipts": _receipts(site), "amount": amount,
        "least": settings.privacy.small_cell, "states": STATES,
    }  # fmt: skip
    return render(request, "permission.html", **values)


def ask(request: Request, form: FormData) -> Response:
    """Say what is known of somebody, and ask before they are forgotten."""
    subject = text_of(form, "subject").strip()[:LONGEST]
    found = _found(request, subject)
    if found is None:
        return see(HOME)
    return render(request, "permission_ask.html", subject=subject, identifiers=len(found.nodes))


def forget(request: Request, form: FormData) -> Response:
    """Forget somebody for good."""
    site, subject = site_of(request), text_of(form, "subject").strip()[:LONGEST]
    if not subject:
        tell(request, site.texts("permission.nobody"), level="warn")
        return see(HOME)
    try:
        receipt = _eraser(site).forget(subject)
    except LeadlineError as error:
        tell(request, _unnamed(str(error), subject), level="error")
        return see(HOME)
    tell(request, site.texts("permission.forgotten"), level="ok")
    return see(f"{HOME}/receipts/{receipt.erasure}")


def said(request: Request, form: FormData) -> Response:
    """Write down that somebody withdrew, or objected."""
    from leadline.evidence import consent_book

    site, subject, state = site_of(request), text_of(form, "subject").strip()[:LONGEST], text_of(form, "state")
    found = _found(request, subject) if state in STATES else None
    if found is None:
        return see(HOME)
    if not found.nodes:
        tell(request, site.texts("permission.unknown"), level="warn")
        return see(HOME)
    values = {"purpose": "*", "channel": "*", "state": state, "method": "said to us", "evidence": site.by or None}
    try:
        for node in found.nodes:
            consent_book.record(site.workspace, {**values, "node": node}, moment=site.clock())
    except LeadlineError as error:  # a new key is being put in
        tell(request, str(error), level="error")
        return see(HOME)
    tell(request, site.texts(f"permission.{state}_told"), level="ok")
    return see(HOME)


def receipt(request: Request) -> Response:
    """Show one receipt."""
    name = str(request.path_params["name"])
    found = next((one for one in _receipts(site_of(request)) if one["erasure"] == name), None)
    if not _RECEIPT.fullmatch(name) or found is None:
        raise HTTPException(404)
    return render(request, "permission_receipt.html", receipt=found, amount=amount)


def _found(request: Request, subject: str) -> Subject | None:
    """Return who is meant; None, and the page says why, where that cannot be told."""
    from leadline.evidence import subjects
    from leadline.evidence.store import open_store

    site = site_of(request)
    if not subject:
        tell(request, site.texts("permission.nobody"), level="warn")
        return None
    try:
        store = open_store(site.workspace, patience=WAIT_SECONDS)
        return subjects.find(site.workspace, store, subject=subject, key=_eraser(site).key)
    except LeadlineError as error:
        tell(request, _unnamed(str(error), subject), level="error")
        return None


def _unnamed(text: str, subject: str) -> str:
    """Return a message without the name that was typed: what is said here may be kept."""
    return text.replace(subject, "…")


def _eraser(site: Site) -> Eraser:
    from leadline.evidence.forgetting import Eraser
    from leadline.plan.source import read_plan
    from leadline.review.importing import setup_of

    setup = setup_of(read_plan(site.workspace.plan).plan, site.plan.now().settings)
    return Eraser(site.workspace, setup.key, site.clock, WAIT_SECONDS)


def _receipts(site: Site) -> list[dict[str, Any]]:
    """Return the receipts, the last one first."""
    from leadline.evidence import ledgers

    return [line for line in ledgers.read(site.workspace.erasures) if line.get("is") == "done"][::-1]


def _let_go(store: Store) -> dict[str, int]:
    """Return what every import together let go, class → rows."""
    import json

    from leadline.evidence.retention import PREFIX

    sums: dict[str, int] = {}
    for row in store.ask("SELECT flags FROM imports WHERE flags LIKE '%retention.%'").to_pylist():
        for name, count in json.loads(row["flags"] or "{}").items():
            if name.startswith(PREFIX):
                sums[name.removeprefix(PREFIX)] = sums.get(name.removeprefix(PREFIX), 0) + int(count)
    return sums


def _let_go_by_hand(site: Site) -> Counter[str]:
    """Return what somebody let go of apart from imports, class → rows."""
    from leadline.evidence import ledgers
    from leadline.evidence.letting_go import KIND

    told = (line.get("rows") for line in ledgers.read(site.workspace.erasures) if line.get("is") == KIND)
    return sum((Counter(rows) for rows in told if isinstance(rows, dict)), Counter())


ROUTES = (
    Route(HOME, show, methods=["GET"]),
    Route(f"{HOME}/ask", takes_form(ask), methods=["POST"]),
    Route(f"{HOME}/forget", takes_form(forget), methods=["POST"]),
    Route(f"{HOME}/said", takes_form(said), methods=["POST"]),
    Route(f"{HOME}/receipts/{{name}}", receipt, methods=["GET"]),
)
