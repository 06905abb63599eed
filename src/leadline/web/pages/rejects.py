"""Records that were not taken, to be put right where they stand; mended ones are imported like any other file.

/evidence/rejects/IMPORT        fifty at a time: each with its line, its reasons and its cells
/evidence/rejects/IMPORT.csv    all of them as a file, guarded against formulas
/evidence/rejects/IMPORT/mend   POST: what was changed is imported; what is still wrong stays, with its new reason
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.routing import Route

from leadline.errors import WarehouseError
from leadline.evidence.privacy import private_files
from leadline.web import warehouse
from leadline.web.pages.jobs import around, jobs_of, local, take_in
from leadline.web.pages.shown import file_answer
from leadline.web.shell import render, see
from leadline.web.site import site_of, tell
from leadline.web.taking import MOST_FIELDS, takes_form, text_of
from leadline.web.tasks import INBOX

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.evidence.broken import Broken, Rejects
    from leadline.evidence.store import Store
    from leadline.web.job import Job
    from leadline.web.site import Site

SHOWN = 50  # own: records on one page; what a person mends in one sitting
MOST_TYPED = (
    100_000  # own: characters of all cells on one page; one may be nine bytes on its way, and a form takes a mebibyte
)
FIELDS_BESIDE = 4  # fields of a record beside its cells, and of the form beside its records
_IMPORT = re.compile(r"[0-9a-f]{16}")
_LAST_LINE = 18  # own: digits of a line number; more is none of ours


def show(request: Request) -> Response:
    """Show the first records behind a line that wait to be mended."""
    site, name = site_of(request), _name(request)
    after = _number(request.query_params.get("after", ""))
    found = _found(site, name, after)
    if found is None:
        return render(request, "rejects_held.html", status=503, name=name)
    records = tuple(_fitting(found.records))
    job = _at_work(site, name)
    values: dict[str, Any] = {
        "name": name, "origin": found.origin, "records": records, "is_first": after == 0, "local": local,
        "next_after": records[-1].line if records and (found.more or len(records) < len(found.records)) else None,
        "at_work": None if job is None else {"job": job, **around(site, job)}, "after": after,
    }  # fmt: skip
    return render(request, "rejects.html", **values)


def download(request: Request) -> Response:
    """Return every record that waits to be mended as a file; cells that a spreadsheet would run are guarded."""
    name = _name(request)
    file = site_of(request).workspace.rejects / f"{name}.csv"
    try:
        return file_answer(file.read_bytes(), f"rejects-{name}.csv")
    except OSError:
        raise HTTPException(404) from None


def mend(request: Request, form: FormData) -> Response:
    """Import what was changed."""
    from leadline.evidence.broken import write_mended

    site, name, t = site_of(request), _name(request), site_of(request).texts
    after = _number(text_of(form, "after"))
    here = f"/evidence/rejects/{name}{f'?after={after}' if after else ''}"
    found = _found(site, name, after)
    if found is None:
        tell(request, t("rejects.held_save"), level="warn")
        return see(here)
    mended, moved = _mended(found, form)
    if moved:
        tell(request, t("rejects.moved", lines=", ".join(map(str, moved))), level="warn")
    if not mended:
        tell(request, t("rejects.unchanged"), level="note")
        return see(here)
    _clear(site)
    inbox = site.workspace.evidence / INBOX
    file = inbox / f"mended-{name}-{site.clock():%Y%m%d%H%M%S%f}.csv"
    try:
        with private_files():
            inbox.mkdir(parents=True, exist_ok=True)
            write_mended(file, mended, import_id=name)
    except OSError as error:
        raise WarehouseError(
            f"{file.name} could not be written: {error.strerror}. Make room, then save again."
        ) from error
    take_in(site, {"files": [f"evidence/{INBOX}/{file.name}"]})
    tell(request, t("rejects.sent_one") if len(mended) == 1 else t("rejects.sent", n=len(mended)), level="ok")
    return see(here)


def _mended(found: Rejects, form: FormData) -> tuple[list[tuple[Broken, str]], list[int]]:
    """Return the records that were changed, or are to be tried as they stand, and the lines that changed meanwhile."""
    from leadline.evidence.broken import together

    known = {record.line: record for record in found.records}
    mended, moved = [], []
    for line in dict.fromkeys(_number(text) for text in form.getlist("line") if isinstance(text, str)):
        record = known.get(line)
        typed = [text_of(form, f"cell.{line}.{number}") for number in range(len(record.cells) if record else 0)]
        wanted = bool(text_of(form, f"as_is.{line}")) or (
            record and typed != [_as_typed(one.value) for one in record.cells]
        )
        if record is None or text_of(form, f"was.{line}") != record.digest:
            moved += [line] if wanted or record is None else []
        elif wanted:
            mended.append((record, together(record, typed, delimiter=found.delimiter)))
    return mended, moved


def _as_typed(value: str) -> str:
    """Return a value as a browser sends it back unchanged: line ends are line feeds."""
    return value.replace("\r\n", "\n").replace("\r", "\n")


def _fitting(records: tuple[Broken, ...]) -> Iterator[Broken]:
    """Yield the records that fit into one form, at least one."""
    fields, size = FIELDS_BESIDE, 0
    for number, record in enumerate(records):
        fields += len(record.cells) + FIELDS_BESIDE
        size += 0 if record.is_too_long else len(record.raw)
        if number and (fields > MOST_FIELDS or size > MOST_TYPED):
            return
        yield record


def _found(site: Site, name: str, after: int) -> Rejects | None:
    """Return the records behind a line, None while the warehouse is written. Raises HTTPException for another import."""
    from leadline.evidence.broken import rejects

    unknown = "unknown"

    def asked(sitting: Store) -> Rejects | str:
        return rejects(sitting, name, after=after, most=SHOWN) or unknown

    if not warehouse.store_of(site).exists():
        raise HTTPException(404)
    found = warehouse.ask(site, asked)
    if isinstance(found, str):
        raise HTTPException(404)
    return found


def _at_work(site: Site, name: str) -> Job | None:
    """Return the last import of mended records of this import, unless it is long over."""
    for job in jobs_of(site).all():
        if job.kind == "import" and any(f"/mended-{name}-" in file for file in job.arguments.get("files", ())):
            return job
    return None


def _clear(site: Site) -> None:
    """Remove mended files whose import is over: what was taken of them is kept beside the exports."""
    waiting = {file for job in jobs_of(site).all() if not job.is_over for file in job.arguments.get("files", ())}
    for file in (site.workspace.evidence / INBOX).glob("mended-*.csv"):
        if f"evidence/{INBOX}/{file.name}" not in waiting:
            file.unlink(missing_ok=True)


def _name(request: Request) -> str:
    name = str(request.path_params["name"])
    if not _IMPORT.fullmatch(name):
        raise HTTPException(404)
    return name


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LAST_LINE else 0


ROUTES = (
    Route("/evidence/rejects/{name}.csv", download, methods=["GET"]),
    Route("/evidence/rejects/{name}", show, methods=["GET"]),
    Route("/evidence/rejects/{name}/mend", takes_form(mend), methods=["POST"]),
)
