"""Where a person without a plan begins: drop files, answer questions, look at an example, or write it all alone.

/start                 what there is to begin with
/start/files           POST: keep the files that were dropped, and read them in the background
/start/ID              what they tell: sentences, the hundred, what was read of each file, at most five questions
/start/ID/answer       POST: one of the questions
/start/ID/again        POST: read the same files again, with a currency, as of another day, or with a mapping written meanwhile
/start/empty           POST: the bare sections · /start/example: POST: a plan that ships with the program
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.routing import Route

from leadline.errors import UsageError
from leadline.evidence.sources.mapping import SUFFIX
from leadline.plan.examples import EXAMPLES
from leadline.plan.interview import Item, Outcome, Session
from leadline.plan.saving import save
from leadline.report import blocks
from leadline.report.kept import PAGE_SHAPES, shown_page
from leadline.review.keep import KeptFileError
from leadline.review.new_workspace import begin_empty, write_example
from leadline.web.asking import PART, Asked, asked_now
from leadline.web.interviewing import REFUSED, Reply, Talk, talk_of
from leadline.web.pages.interview import STATUS, said_of
from leadline.web.pages.jobs import around, jobs_of
from leadline.web.receiving import names_of, receive
from leadline.web.shell import render, see
from leadline.web.site import Site, site_of, tell
from leadline.web.taking import takes_form, text_of
from leadline.web.tasks import INBOX

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.web.job import Job

TAKES_FILES = ("/start/files",)
KIND = "start"
CURRENCY = re.compile(r"[A-Z]{3}")
OF_FILES = "start.currency"  # the one question that is asked of the files, not of the plan


def show(request: Request) -> Response:
    """Show what there is to begin with."""
    site = site_of(request)
    before = [job for job in jobs_of(site).all() if job.kind == KIND][:1]
    return render(
        request, "start.html", examples=EXAMPLES, before=before, exists=site.plan.now().exists
    )  # fmt: skip


def take_files(request: Request, form: FormData) -> Response:
    """Keep the files that were dropped under safe names, and begin to read them."""
    site = site_of(request)
    currency = _currency(form)
    received = receive(form, "files", folder=site.workspace.evidence / INBOX)
    names = names_of(received)
    if not names:
        tell(request, site.texts("start.no_files"), level="error")
        return see("/start")
    for one in received:
        if one.fate == "differs":
            tell(request, site.texts("start.differs", name=one.name), level="warn")
    return _begin(site, [f"{site.workspace.evidence.name}/{INBOX}/{name}" for name in names], currency)


def found(request: Request) -> Response:
    """Show how far the reading of files is, or what they tell."""
    return _found(request, _job(request))


def answer(request: Request, form: FormData) -> Response:
    """Take an answer to one of the questions."""
    site, job = site_of(request), _job(request)
    talk = _talk(site, job)
    said, key = said_of(form), text_of(form, "key")
    if said is None:
        return see(_address(job))
    if said == "" and text_of(form, "do") == "answer":
        kind: str = REFUSED
        outcome: Outcome | None = talk.refuse(site.texts("interview.nothing_said"))
    else:
        kind, outcome = talk.take(site, Reply(key, text_of(form, "version"), said))
    talk.told()
    if kind in STATUS:
        return _found(request, job, refused=(key, outcome, said), status=STATUS[kind])
    for text in outcome.says if outcome is not None else ():
        tell(request, text, level="note")
    return see(f"{_address(job)}#questions")


def again(request: Request, form: FormData) -> Response:
    """Read the same files once more: with the currency or the day that was named, or the mapping that was written."""
    site, job = site_of(request), _job(request)
    currency = _currency(form) or job.arguments.get("currency", "")
    name, text = text_of(form, "file"), text_of(form, "mapping")
    if name:
        _write_mapping(site, job, name, text)
    return _begin(
        site, list(job.arguments["files"]), currency, as_of=text_of(form, "as_of") or job.arguments.get("as_of", "")
    )


def empty(request: Request, _form: FormData) -> Response:
    """Write the bare sections of a plan."""
    site = site_of(request)
    begin_empty(site.workspace.folder)
    tell(request, site.texts("start.empty_done"), level="ok")
    return see("/plan")


def take_example(request: Request, form: FormData) -> Response:
    """Make a shipped example the plan of this workspace."""
    site = site_of(request)
    name = text_of(form, "name")
    write_example(site.workspace.folder, name)
    tell(request, site.texts("start.example_done", name=name), level="ok")
    return see("/")


def _begin(site: Site, files: list[str], currency: str, *, as_of: str = "") -> Response:
    said = {"currency": currency, "as_of": as_of}
    arguments: dict[str, Any] = {"files": files, **{name: value for name, value in said.items() if value}}
    return see(_address(jobs_of(site).start(KIND, arguments)))


def _found(
    request: Request, job: Job, *, refused: tuple[str, Outcome | None, Any] | None = None, status: int = 200
) -> Response:
    site = site_of(request)
    if job.result is None:
        return render(request, "start_reading.html", job=job, **around(site, job))
    talk = _talk(site, job) if job.result.get("plan") else None
    asked = _asked(talk.look(), refused) if talk is not None else ()
    files = job.result.get("files", ())
    values = {
        "job": job, "page": _page(job), "files": files, "asked_all": asked, "part": PART, "live": False, "focus": "",
        "version": talk.version if talk else "", "action": f"{_address(job)}/answer", "refused": refused, "is_stale": False,
        "currency": next((one for one in job.result.get("questions", ()) if one["id"] == OF_FILES), None),
        "answered": talk is not None and talk.session.document.hash != job.result.get("plan_hash"),
    }  # fmt: skip
    return render(request, "start_found.html", status=status, **values)


def _asked(session: Session, refused: tuple[str, Outcome | None, Any] | None) -> tuple[Asked, ...]:
    """Return every open question as a form, the one that was refused with what was typed and why."""
    told = []
    for ask in session.open():
        typed, outcome = ("", None) if refused is None or refused[0] != ask.key else (refused[2], refused[1])
        one = asked_now(replace(session, again=ask.key, pending=()), typed=typed, refused=outcome)
        if one is not None:
            told.append(replace(one, prompt=replace(one.prompt, number=0, block="")))
    return tuple(told)


def _talk(site: Site, job: Job) -> Talk:
    """Return the interview about what the files leave open."""
    if job.result is None or not job.result.get("plan"):
        raise HTTPException(404)
    items = []
    for one in job.result.get("questions", ()):
        proposed = [site.texts("start.proposed", value=one["proposal"])] if one["proposal"] else []
        among = [site.texts("start.among", values=", ".join(one["choices"]))] if one["choices"] else []
        kind = one["id"].removeprefix("start.")
        items.append(Item(one["id"], lines=(*proposed, *among), values={"kind": kind}))
    return talk_of(site, "start", items=tuple(items))


def _page(job: Job) -> blocks.Page | None:
    """Return what a start laid out; None where nothing was understood, or what was kept of it cannot be read."""
    kept = None if job.result is None else job.result.get("page")
    if kept is None:
        return None
    try:
        return shown_page(PAGE_SHAPES.read(kept, blocks.Page))
    except (KeptFileError, ValueError):
        return None


def _write_mapping(site: Site, job: Job, name: str, text: str) -> None:
    """Write a mapping file beside a file that this start read. Raises UsageError for any other file."""
    files = {PurePosixPath(one).name: one for one in job.arguments["files"]}
    if name not in files:
        raise UsageError.unknown("file", name, known=files)
    path = site.workspace.folder / files[name]
    target = path.with_name(f"{path.stem}{SUFFIX}")
    before = {str(target): target.read_text(encoding="utf-8")} if target.exists() else {}
    save(before, {str(Path(target)): text if text.endswith("\n") else f"{text}\n"})


def _currency(form: FormData) -> str:
    """Return the currency that a form names, "" for none. Raises UsageError for what is none."""
    said = text_of(form, "currency").strip().upper()
    if said and not CURRENCY.fullmatch(said):
        raise UsageError(f'"{said}" is no currency. Write its three letters, such as EUR.')
    return said


def _job(request: Request) -> Job:
    job = jobs_of(site_of(request)).get(request.path_params["id"])
    if job is None or job.kind != KIND:
        raise HTTPException(404)
    return job


def _address(job: Job) -> str:
    return f"/start/{job.id}"


ROUTES = (
    Route("/start", show, methods=["GET"]),
    Route("/start/files", takes_form(take_files), methods=["POST"]),
    Route("/start/empty", takes_form(empty), methods=["POST"]),
    Route("/start/example", takes_form(take_example), methods=["POST"]),
    Route("/start/{id}", found, methods=["GET"]),
    Route("/start/{id}/answer", takes_form(answer), methods=["POST"]),
    Route("/start/{id}/again", takes_form(again), methods=["POST"]),
)
