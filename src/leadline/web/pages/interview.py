"""The interviews in the browser: one question at a time, with the same engine and the same file as in the terminal.

/interview                    what each of them is for, and how much of it is open
/interview/first              the question that is asked now, or what stands at the end
/interview/first?at=ID        another question of it, answered or not
/interview/first/questions    all its questions, open and answered
/interview/first/again        POST: ask what was left open; of a recurring review: look anew for what there is to ask
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.routing import Route

from leadline.align.interviewing import ending
from leadline.plan.interview import available, read_flow
from leadline.web.asking import PART, asked_now
from leadline.web.interviewing import CONFLICT, GONE, REFUSED, STALE, Reply, Talk, how, talk_of
from leadline.web.pages.jobs import around
from leadline.web.recurring import look_again, record, review_talk
from leadline.web.shell import render, see
from leadline.web.site import Site, site_of, tell
from leadline.web.taking import takes_form, text_of
from leadline.web.tasks import REVIEWS

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.align.interviewing import Ending
    from leadline.plan.interview import Outcome, Session
    from leadline.report.blocks import TableBlock
    from leadline.web.job import Job

GROUPS = (
    ("begin", ("triage", "quick", "first")),
    ("deepen", ("align", "six", "sales", "walk", "audit")),
    ("idea", ("ladder",)),
    ("recur", ("review-month", "review-quarter", "review-after", "review-year")),
)
ASKED_OF_FILES = "start"  # its questions stand on the page of the files that they are about
SHOWN = 200
STATUS = {REFUSED: 422, CONFLICT: 409, STALE: 409}


@dataclass
class _Counts:
    """How many questions of each flow are open, of one version of the plan."""

    lock: Lock = field(default_factory=Lock)
    version: str = ""
    by_flow: dict[str, int] = field(default_factory=dict)


def index(request: Request) -> Response:
    """Show what can be asked, each with its purpose and how much of it is open."""
    wanted = request.query_params.get("flow", "")
    if wanted in _names():
        return see(_address(wanted))
    site = site_of(request)
    groups = [(key, [(name, read_flow(name).title, _open(site, name)) for name in names]) for key, names in GROUPS]
    return render(request, "interviews.html", groups=groups)


def show(request: Request) -> Response:
    """Show what is asked now, the question that the address names, or the end."""
    site, name = site_of(request), _flow(request)
    talk = _talk(site, name)
    if not isinstance(talk, Talk):
        return render(
            request, "interview_look.html", flow=read_flow(name), job=talk, **(around(site, talk) if talk else {})
        )
    at = request.query_params.get("at", "")
    if talk.is_settled:
        talk.again(site)
    session = talk.look()
    if at:
        try:
            session = session.go(at)
        except KeyError:
            raise HTTPException(404) from None
    return _page(request, talk, session, last=talk.told())


def questions(request: Request) -> Response:
    """Show every question of a flow with where it stands."""
    name = _flow(request)
    talk = _talk(site_of(request), name)
    if not isinstance(talk, Talk):
        return see(_address(name))
    session = talk.look()
    return render(request, "interview_questions.html", flow=session.flow, listed=session.listed(), quote=_quoted)


def take(request: Request, form: FormData) -> Response:
    """Take an answer, or what is done instead of one, and go on to the next question."""
    site, name = site_of(request), _flow(request)
    talk = _talk(site, name)
    if not isinstance(talk, Talk):
        return see(_address(name))
    said = said_of(form)
    if said is None:
        return _undo_or_rename(request, form, talk)
    key = text_of(form, "key")
    if said == "" and text_of(form, "do") == "answer" and not _follows_up(key):
        kind: str = REFUSED
        outcome: Outcome | None = talk.refuse(site.texts("interview.nothing_said"))
    else:
        kind, outcome = talk.take(site, Reply(key, text_of(form, "version"), said))
    if kind not in STATUS:
        if talk.recurring and outcome is not None and (closed := record(site, talk)):
            tell(request, site.texts("interview.old_plan", said=closed), level="note")
        if kind == GONE:
            talk.note(site.texts("interview.gone"))
        return see(_address(name))
    session = _at(talk.look(), key)
    if session.next() is None:
        talk.note(site.texts("interview.stale"))
        return see(_address(name))
    talk.told()
    return _page(request, talk, session, last=outcome, typed=said, status=STATUS[kind])


def again(request: Request, _form: FormData) -> Response:
    """Begin anew with what was left open."""
    site, name = site_of(request), _flow(request)
    if name in REVIEWS:
        look_again(site, name)
    else:
        talk_of(site, name).again(site)
    return see(_address(name))


def _talk(site: Site, name: str) -> Talk | Job | None:
    return review_talk(site, name) if name in REVIEWS else talk_of(site, name)


def _page(
    request: Request, talk: Talk, session: Session, *, last: Outcome | None,
    typed: str | Mapping[str, str] = "", status: int = SHOWN,
) -> Response:  # fmt: skip
    site = site_of(request)
    asked = asked_now(session, typed=typed, refused=last)
    end = ending(session, how(site)) if asked is None else None
    values: dict[str, Any] = {"flow": session.flow, "asked": asked, "last": last, "end": end, "version": talk.version, "made": _made(last),
              "can_go_back": talk.session.earlier is not None, "is_stale": status == 409 and last is None,
              "action": _address(session.flow.name), "live": True, "recurring": talk.recurring, "closing": _closing(end), "compared": _compared(end, session), "part": PART, "quote": _quoted}  # fmt: skip
    is_part = request.headers.get("hx-request") is not None  # a browser logs 4xx of a script as an error of the page
    if is_part:
        return render(request, "interview_step.html", focus="data-focus", **values)
    return render(request, "interview.html", status=status, focus="autofocus" if status != SHOWN else "", **values)


def said_of(form: FormData) -> str | dict[str, str] | None:
    """Return what a form says as the engine takes it: a line, the parts of a group, `?`, `n/a`, or None for the rest."""
    do = text_of(form, "do")
    if do in ("back", "rename"):
        return None
    parts = {name.removeprefix(PART): text_of(form, name) for name in form if name.startswith(PART)}
    if do == "unknown":
        return "?"
    if do == "skip":
        return ""
    if do == "waive":
        return f"n/a {text_of(form, 'reason').strip()}".strip()
    if do in ("yes", "no"):
        return do
    if parts and any(value.strip() for value in parts.values()):
        return {name: " ".join(value.split()) for name, value in parts.items()}
    line, source = " ".join(text_of(form, "line").split()), " ".join(text_of(form, "source").split())
    return f"{line}; {source}" if source else line


def _undo_or_rename(request: Request, form: FormData, talk: Talk) -> Response:
    site = site_of(request)
    if text_of(form, "do") == "back":
        outcome = talk.back(site, text_of(form, "version"))
    else:
        outcome = talk.rename(site, text_of(form, "old"), new=text_of(form, "new").strip())
    if outcome.kind == "refused" and not outcome.says:
        talk.note(site.texts("interview.stale"))
    return see(_address(talk.session.flow.name))


def _follows_up(key: str) -> bool:
    """Say whether a key is that of a further question about an answer; saying nothing settles it."""
    return "/" in key


def _at(session: Session, key: str) -> Session:
    """Return the session asking the question of a key, where it still can be asked."""
    prompt = session.next()
    if prompt is not None and prompt.key == key:
        return session
    try:
        return session.go(key)
    except KeyError:
        return session


def _made(last: Outcome | None) -> tuple[str, ...]:
    return last.made[:1] if last is not None and last.kind == "written" else ()


def _closing(end: Ending | None) -> dict[str, Any]:
    """Return what of a check stands at the end: the hundred, the scores, the sentence."""
    if end is None or end.result is None:
        return {}
    from leadline.align.writers.summary import score_pairs

    scores = end.result.scores
    return {
        "hundred": scores.hundred.sentence(),
        "scores": list(score_pairs(scores)),
        "sentence": end.result.sentence(),
    }


def _compared(end: Ending | None, session: Session) -> TableBlock | None:
    """Return the table of the organisation and its competitors, where an audit ends with it."""
    if end is None or not end.compared:
        return None
    from leadline.align.side_by_side import HEAD, places, rows
    from leadline.report.blocks import Column, TableBlock

    plan = session.document.plan
    seen = dict(places(plan))
    told = tuple((*row, seen.get(row[0], "")) for row in rows(plan))
    columns = tuple(Column(name) for name in (*HEAD, "where"))
    return (
        TableBlock(columns, told, "Side by side (price: yours = 100; voice: share of what is said)") if told else None
    )


def _open(site: Site, name: str) -> int | None:
    """Return how many questions of a flow are open; None for a review, whose questions come from what it finds."""
    if name in REVIEWS:
        return None
    counts = cast("_Counts", site.shared.setdefault("interview_counts", _Counts()))
    version = site.plan.now().version
    with counts.lock:  # twenty readers after an edit wait for one counting
        if counts.version != version:
            counts.version, counts.by_flow = version, {}
        if name not in counts.by_flow:
            counts.by_flow[name] = sum(not ask.another for ask in talk_of(site, name).session.open())
        return counts.by_flow[name]


def _flow(request: Request) -> str:
    name = str(request.path_params["flow"])
    if name not in _names():
        raise HTTPException(404)
    return name


@cache
def _names() -> tuple[str, ...]:
    return tuple(name for name in available() if name != ASKED_OF_FILES)


def _address(name: str) -> str:
    return f"/interview/{name}"


def _quoted(key: str) -> str:
    return quote(key, safe="")


ROUTES = (
    Route("/interview", index, methods=["GET"]),
    Route("/interview/{flow}", show, methods=["GET"]),
    Route("/interview/{flow}", takes_form(take), methods=["POST"]),
    Route("/interview/{flow}/questions", questions, methods=["GET"]),
    Route("/interview/{flow}/again", takes_form(again), methods=["POST"]),
)
