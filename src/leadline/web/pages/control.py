"""Control: how every watch stands, what changed under reviewed links, what was decided, excepted, believed and parked.

/control              everything at once, what asks for something first
/control/month        the monthly page: five lines, one decision
/control/decide       a decision, written down (?about=ID)
/control/waive        an exception from a check (?code=CODE&target=ID)
/control/hold         POST: a suspect link was looked at and still holds
/control/end          POST: an exception ends now

Every form carries the version of the plan it was made from; where the plan is another one by now nothing is written, and
what was typed stands beside what the plan says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from starlette.routing import Route

from leadline.errors import LeadlineError, NothingDone, UsageError
from leadline.web.judging import Judged, judged
from leadline.web.pages.front import ahead
from leadline.web.pages.shown import reviewing
from leadline.web.shell import render, see
from leadline.web.site import Site, site_of, tell
from leadline.web.taking import takes_form, text_of, texts_of
from leadline.web.writing import history_of

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.align.waivers import WaiverState
    from leadline.plan.control import Decision
    from leadline.plan.edits import Splice
    from leadline.plan.source import Document
    from leadline.report.blocks import Section
    from leadline.review.monthly import Monthly

RACED, UNFIT = 409, 422
DECISION = ("about", "question", "choice", "other", "reason", "by", "date")
WAIVER = ("code", "target", "reason", "approved_by", "expires")


@dataclass(frozen=True)
class Suspects:
    """The suspect links of one element: what each points to, and what changed there (field, old, new, in words)."""

    element: str
    rows: tuple[tuple[str, str, str, str], ...]


def show(request: Request) -> Response:
    """Show everything under control."""
    seen = _seen(request)
    if seen is None:
        return see("/")
    return render(
        request, "control.html", seen=seen, job=reviewing(site_of(request)), month=_month(site_of(request), seen), laid=_laid(seen),
        suspects=_suspects(seen), states=_states(seen), people=_people(seen), own=_own(site_of(request), seen), ideas=seen.document.plan.control.ideas,
    )  # fmt: skip


def month(request: Request) -> Response:
    """Show the monthly page."""
    from leadline.report.pages.month import LINES, decision

    seen = _seen(request)
    if seen is None:
        return see("/")
    told = _month(site_of(request), seen)
    lines = [(name, question, line) for (name, question), line in zip(LINES, told.lines, strict=True)]
    job = reviewing(site_of(request))
    return render(request, "month.html", seen=seen, job=job, month=told, lines=lines, section=decision(told))


def decide(request: Request) -> Response:
    """Show the form of a decision."""
    seen = _seen(request)
    if seen is None:
        return see("/")
    about = [name for name in request.query_params.getlist("about") if name in seen.names]
    site = site_of(request)
    typed: dict[str, object] = {"about": about, "date": _day(site, seen).isoformat(), "by": _own(site, seen)}
    return _decision_form(request, seen, typed=typed)


def save_decision(request: Request, form: FormData) -> Response:
    """Write a decision down."""
    from leadline.plan.deciding import CHOICES, Decided, draft
    from leadline.plan.edits import append_item

    seen = _seen(request)
    if seen is None:
        return see("/")
    site = site_of(request)
    typed: dict[str, object] = {key: text_of(form, key) for key in DECISION} | {"about": texts_of(form, "about")}
    if text_of(form, "version") != seen.version:
        return _decision_form(request, seen, typed=typed, fault=site.texts("control.raced"), status=RACED)
    choice = text_of(form, "other").strip() or (text_of(form, "choice") if text_of(form, "choice") in CHOICES else "")
    try:
        date = _date(site, text_of(form, "date"), "control.date")
        if date > _day(site, seen):
            raise UsageError(site.texts("control.later", day=_day(site, seen)))
        about = tuple(name for name in texts_of(form, "about") if name)
        asked = Decided(about, choice, text_of(form, "reason"), text_of(form, "by"), date, text_of(form, "question"))
        decision = draft(seen.document.plan, asked, shown=seen.plan_hash)
        splice = append_item(seen.document, ("control", "decisions"), value=decision)
        names = ", ".join(seen.name_of(name) for name in about) or site.texts("control.the_plan")
        _write(site, seen.document, [splice], said=site.texts("control.said_decision", choice=decision["choice"], about=names), elements=(str(decision["id"]), *about))  # fmt: skip
    except LeadlineError as error:
        fault, status = _refused(site, error)
        return _decision_form(request, seen, typed=typed, fault=fault, status=status)
    tell(request, site.texts("control.decided"), level="ok")
    return see("/control#decisions")


def waive(request: Request) -> Response:
    """Show the form of an exception."""
    seen = _seen(request)
    if seen is None:
        return see("/")
    typed: dict[str, object] = {key: request.query_params.get(key, "") for key in ("code", "target")}
    return _waiver_form(request, seen, typed={**typed, "approved_by": _own(site_of(request), seen)})


def save_waiver(request: Request, form: FormData) -> Response:
    """Write an exception down, and say what it suppresses."""
    from leadline.align.waiving import WaiverRequest, draft
    from leadline.plan.edits import append_item
    from leadline.plan.naming import person_id

    seen = _seen(request)
    if seen is None:
        return see("/")
    site = site_of(request)
    t = site.texts
    typed: dict[str, object] = {key: text_of(form, key) for key in WAIVER}
    if text_of(form, "version") != seen.version:
        return _waiver_form(request, seen, typed=typed, fault=t("control.raced"), status=RACED)
    try:
        for key in ("reason", "approved_by"):
            if not text_of(form, key).strip():
                raise UsageError(t("control.missing", field=t(f"control.{key}")))
        expires = _date(site, text_of(form, "expires"), "control.expires")
        person = person_id(seen.document.plan, text_of(form, "approved_by").strip(), option=t("control.approved_by"))
        asked = WaiverRequest(text_of(form, "code").strip(), text_of(form, "target").strip(), text_of(form, "reason"), person, expires)  # fmt: skip
        waiver = draft(seen.document.plan, asked, as_of=_day(site, seen))
        splice = append_item(seen.document, ("control", "waivers"), value={**waiver})
        said = t("control.said_waiver", code=waiver["code"], target=seen.name_of(waiver["target"]))
        _write(site, seen.document, [splice], said=said, elements=(waiver["id"], waiver["target"]))
    except LeadlineError as error:
        fault, status = _refused(site, error)
        return _waiver_form(request, seen, typed=typed, fault=fault, status=status)
    after = judged(site)
    covered = sum(one.waived_by == waiver["id"] for one in after.check.findings) if after else 0
    tell(request, t("control.waived", code=waiver["code"], n=covered, until=waiver["expires"]), level="ok")
    return see("/control#waivers")


def hold(request: Request, form: FormData) -> Response:
    """Write down that an element's links were looked at and still hold."""
    from leadline.review.approving import Signature, keep, look_again
    from leadline.review.fingerprints import read_reviewed

    site, seen = site_of(request), _seen(request)
    if seen is None:
        return see("/")
    element = text_of(form, "element")
    if text_of(form, "version") != seen.version:
        tell(request, site.texts("control.raced_hold"), level="warn")
        return see("/control#links")
    known = read_reviewed(site.workspace.fingerprints, seen.document.plan.plan.id)
    try:
        signature = Signature(_day(site, seen), text_of(form, "by"))
        made = look_again(seen.document, element, known=known, by=signature)
        said = site.texts("control.said_hold", element=seen.name_of(element))

        def write() -> None:
            _write(site, seen.document, made.splices, said=said, elements=(element,))

        keep(made, seen.document, ledger=site.workspace.fingerprints, write=write)
    except LeadlineError as error:
        tell(request, str(error), level="error")
        return see("/control#links")
    tell(request, site.texts("control.held", element=seen.name_of(element)), level="ok")
    return see("/control#links")


def end(request: Request, form: FormData) -> Response:
    """Take an exception out of the plan."""
    from leadline.plan.edits import remove

    site, seen = site_of(request), _seen(request)
    if seen is None:
        return see("/")
    known = {one.id: one for one in seen.document.plan.control.waivers}
    name = text_of(form, "waiver")
    if text_of(form, "version") != seen.version or name not in known:
        tell(request, site.texts("control.raced_hold"), level="warn")
        return see("/control#waivers")
    said = site.texts("control.said_end", code=known[name].code, target=seen.name_of(known[name].target))
    try:
        splice = remove(seen.document, seen.document.path_of(name))
        _write(site, seen.document, [splice], said=said, elements=(name, known[name].target or name))
    except LeadlineError as error:
        tell(request, str(error), level="error")
        return see("/control#waivers")
    tell(request, site.texts("control.ended"), level="ok")
    return see("/control#waivers")


def _seen(request: Request) -> Judged | None:
    try:
        return judged(site_of(request))
    except NothingDone:
        return None


def _write(site: Site, document: Document, splices: Sequence[Splice], *, said: str, elements: tuple[str, ...]) -> None:
    from leadline.plan.history import Saying

    saying = Saying(site.clock(), site.by, said, elements)
    history_of(site).write(document, splices, saying=saying)


def _refused(site: Site, error: LeadlineError) -> tuple[str, int]:
    """Return what a form says of a refusal: a lost race as such, anything else in its own words."""
    from leadline.plan.history import Overtaken

    if isinstance(error, Overtaken):
        return site.texts("control.raced"), RACED
    return str(error), UNFIT


def _decision_form(
    request: Request, seen: Judged, *, typed: Mapping[str, object], fault: str = "", status: int = 200
) -> Response:
    from leadline.plan.deciding import CHOICES

    typed = dict.fromkeys(DECISION, "") | dict(typed)
    about = set(cast("list[str]", typed["about"]))
    plan = seen.document.plan
    groups = [
        ("control.watches", [one.id for one in plan.control.watches]),
        ("control.objectives", [one.id for one in plan.objectives]),
        ("control.tactics", [one.id for one in plan.tactics.list]),
    ]
    month = _month(site_of(request), seen)
    open_now = [*([month.decision] if month.decision else []), *month.waiting]
    stands = [line for one in open_now if one.id in about for line in one.lines]
    before = [one for one in _decisions(seen) if not about or about & set(one.about)]
    return render(
        request, "decide.html", status=status, seen=seen, typed=typed, fault=fault, choices=CHOICES, people=_people(seen),
        groups=[(key, names) for key, names in groups if names], before=before[:5], stands=stands, raced=status == RACED,
    )  # fmt: skip


def _waiver_form(
    request: Request, seen: Judged, *, typed: Mapping[str, object], fault: str = "", status: int = 200
) -> Response:
    typed = dict.fromkeys(WAIVER, "") | dict(typed)
    code, target = str(typed["code"]).strip().upper(), str(typed["target"]).strip()
    covers = [one for one in seen.check.findings if one.code == code and one.element.id == target]
    return render(
        request, "waive.html", status=status, seen=seen, typed=typed, fault=fault, people=_people(seen), covers=covers,
        states=_states(seen), raced=status == RACED, earliest=_day(site_of(request), seen),
    )  # fmt: skip


def _date(site: Site, text: str, key: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(site.texts("control.no_day", field=site.texts(key))) from None


def _day(site: Site, seen: Judged) -> dt.date:
    """Return the day of what is written: as set, else today, or the last day of evidence if that is later."""
    return site.plan.now().settings.as_of or max(site.today, seen.as_of)


def _people(seen: Judged) -> tuple[tuple[str, str], ...]:
    plan = seen.document.plan
    return tuple((one.id, one.name or one.id) for one in (*plan.action.people, *plan.action.teams))


def _own(site: Site, seen: Judged) -> str:
    """Return the person of the plan who sits before the browser, as far as the name tells; else the plan's driver."""
    from leadline.plan.naming import person_id

    for name in (site.by, seen.document.plan.plan.driver or ""):
        try:
            if name and (not _people(seen) or person_id(seen.document.plan, name, option="") in dict(_people(seen))):
                return person_id(seen.document.plan, name, option="")
        except UsageError:
            continue
    return ""


def _month(site: Site, seen: Judged) -> Monthly:
    from leadline.review.monthly import month_of

    told = ahead(seen) or site.texts("control.untold")
    return seen.once(lambda: month_of(seen.case, seen.check, ahead=told), key="month")


def _laid(seen: Judged) -> Mapping[str, Section]:
    """Return the sections of the report that need no form of their own."""
    from leadline.report.pages import control
    from leadline.review.watching import watch_stands

    def laid() -> Mapping[str, Section]:
        sections = (
            control.watches(watch_stands(seen.case)),
            control.decisions(seen.case),
            control.assumptions(seen.case),
        )
        return {section.id: section for section in sections}

    return seen.once(laid, key="control")


def _suspects(seen: Judged) -> tuple[Suspects, ...]:
    """Return the suspect links by the element that carries them, in the order of the plan."""
    from leadline.align.changes import narrowed

    rows: dict[str, list[tuple[str, str, str, str]]] = {}
    for link in seen.case.suspect_links:
        old, new = narrowed(link.old, link.new) if link.field else (None, None)
        rows.setdefault(link.element, []).append((link.ref, link.field or "", old or "", new or ""))
    return tuple(Suspects(element, tuple(found)) for element, found in rows.items())


def _states(seen: Judged) -> tuple[WaiverState, ...]:
    from leadline.align import registry
    from leadline.align.waivers import state_of

    states = [state_of(one, seen.as_of, rules=registry.RULES) for one in seen.document.plan.control.waivers]
    return tuple(sorted(states, key=lambda one: (one.is_active, str(one.waiver.expires))))


def _decisions(seen: Judged) -> list[Decision]:
    found = enumerate(seen.document.plan.control.decisions)
    return [one for _, one in sorted(found, key=lambda pair: (str(pair[1].date), pair[0]), reverse=True)]


ROUTES = (
    Route("/control", show, methods=["GET"]),
    Route("/control/month", month, methods=["GET"]),
    Route("/control/decide", decide, methods=["GET"]),
    Route("/control/decide", takes_form(save_decision), methods=["POST"]),
    Route("/control/waive", waive, methods=["GET"]),
    Route("/control/waive", takes_form(save_waiver), methods=["POST"]),
    Route("/control/hold", takes_form(hold), methods=["POST"]),
    Route("/control/end", takes_form(end), methods=["POST"]),
)
NAV = (("control.nav", "/control"),)
