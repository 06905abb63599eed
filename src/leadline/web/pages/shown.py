"""Pages of the report in the browser: each at its own address, and each as a file in every format.

/results                       what was found out, each page with its answer
/show/roadmap                  the page, as the last review laid it out
/show/roadmap.pdf              the same page as a file
/show/roadmap/tables/load.csv  one of its tables
/show/deal:1042                the story of one deal, also of one whose page was not kept ready
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from leadline.errors import UsageError
from leadline.report.pages.registry import PAGES as KINDS
from leadline.report.writing import FORMATS
from leadline.web import doors
from leadline.web.filing import file_of
from leadline.web.kept import current
from leadline.web.pages import mix
from leadline.web.pages.jobs import jobs_of
from leadline.web.shell import part, render
from leadline.web.site import Site, site_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from markupsafe import Markup
    from starlette.requests import Request

    from leadline.report.blocks import Page, TableBlock
    from leadline.report.kept import Kept
    from leadline.web.job import Job

MEDIA = {
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
# Entry of the navigation -> the pages that stand under it, in their order.
UNDER = {
    "/show/roadmap": ("roadmap", "money"),
    "/results": ("bridge", "journeys", "mix", "deals", "audit", "sites", "board", "review"),
    "/show/objectives": ("objectives",),
    "/maps": ("touchpoints",),
    "/evidence": ("evidence",),
    "/control": ("control", "month"),
}
# Section of the review -> the page that shows it whole; the review itself would be too heavy for a browser with all.
WHOLE = {
    "map": "/maps/strategy",
    "objectives": "/show/objectives",
    "bridge": "/show/bridge",
    "credit": "/show/journeys",
}
WITH_PARTS = {"tactic": "/results", "deal": "/results"}
_UNPLAIN = re.compile(r"[^A-Za-z0-9._-]")
SHARED = "shown"
MOST_SECTIONS = 3  # own: from here on a page says first what stands where


@dataclass(frozen=True)
class Entry:
    """A page as a list of pages names it, with its first sentence."""

    name: str
    title: str
    answer: str


def show(request: Request) -> Response:
    """Show a page of the last review."""
    return _shown(request, request.path_params["name"])


def _shown(request: Request, name: str) -> Response:
    site = site_of(request)
    known, measuring = current(site), mix.measuring(site) if name == mix.PAGE else None
    if known is None:
        return render(
            request,
            "unreviewed.html",
            what=_words().get(name, ""),
            status=404 if name not in _words() else 200,
            job=reviewing(site),
            measuring=measuring,
        )
    page = _page(site, name)
    at = next((top for top, names in UNDER.items() if name in names), WITH_PARTS.get(name.partition(":")[0], ""))
    beside = [(one, _words()[one]) for one in UNDER.get(at, ()) if one in known.names]
    return render(
        request, "shown.html", name=name, page=page, kept=known, is_current=is_current(site, known), job=reviewing(site),
        formats=tuple(FORMATS), at=at, beside=beside if len(beside) > 1 else [], most=MOST_SECTIONS,
        sections=_sections(site, known, name=name, page=page), measuring=measuring,
    )  # fmt: skip


def results(request: Request) -> Response:
    """Show what was found out: every page of results with its answer, then every tactic."""
    site = site_of(request)
    known = current(site)
    if known is None:
        return render(request, "unreviewed.html", what=site.texts("shown.results"), job=reviewing(site), measuring=None)
    pages = [_entry(known, name) for name in UNDER["/results"] if name in known.names]
    tactics = [_entry(known, name) for name in known.names if name.startswith("tactic:")]
    return render(
        request, "results.html", pages=pages, tactics=tactics, kept=known, is_current=is_current(site, known),
        job=reviewing(site),
    )  # fmt: skip


def reviewing(site: Site) -> Job | None:
    """Return the review that waits or is at work, or the last one where it did not work; None where all is well."""
    known = [job for job in jobs_of(site).all() if job.kind == "review"]
    if not known or not known[0].is_over:
        return known[0] if known else None
    kept, last = current(site), known[0]
    missed = last.state in ("failed", "cut") and (kept is None or (last.ended or last.asked) > kept.made_at)
    return last if missed else None


def is_current(site: Site, known: Kept) -> bool:
    """Say whether a review was made of the plan as it stands."""
    document = site.plan.now().document
    return document is not None and document.hash == known.plan_hash


async def download(request: Request) -> Response:
    """Return a page as a file; it is never shown in this site's name, whatever stands in it."""
    name, ending = request.path_params["name"], request.path_params["ending"]
    if ending not in FORMATS:  # a dot in the id of a deal is no ending
        return await run_in_threadpool(_shown, request, f"{name}.{ending}")
    site = site_of(request)
    page = await run_in_threadpool(lambda: doors.told(_page(site, name), site.texts))
    content = await file_of(page, ending, site=site)
    return file_answer(content, f"{name.replace(':', '-')}.{ending}")


def table(request: Request) -> Response:
    """Return one table of a page as CSV, guarded against formulas."""
    from leadline.report.table_csv import table_csv

    name, key = request.path_params["name"], request.path_params["table"]
    found = _page(site_of(request), name).tables().get(key)
    if found is None:
        raise HTTPException(404)
    return file_answer(table_csv(found), f"{name.replace(':', '-')}-{key}.csv")


def file_answer(content: bytes | str, name: str) -> Response:
    """Return a file to keep. name: what it is to be called, its ending one of MEDIA; what is no plain letter, digit or dash becomes a dash."""
    plain = _UNPLAIN.sub("-", name)
    headers = {"content-disposition": f'attachment; filename="{plain}"', "content-security-policy": "sandbox"}
    return Response(content, media_type=MEDIA[name.rpartition(".")[2]], headers=headers)


def _page(site: Site, name: str) -> Page:
    known = current(site)
    if known is None:
        raise HTTPException(404)
    if name in known.names:
        return known.page(name)
    kind, _, identity = name.partition(":")
    if kind != "deal" or not identity:
        raise HTTPException(404)
    from leadline.report.pages.deal import lay_out_deal

    try:
        return lay_out_deal(site.workspace, known, identity=identity)
    except UsageError:
        raise HTTPException(404) from None


def _sections(site: Site, known: Kept, *, name: str, page: Page) -> Markup:
    """Return the sections of a page, written out once while the review stands: no edit changes a word of them."""
    key, written = cast("tuple[str, dict[str, Markup]]", site.shared.get(SHARED, ("", {})))
    if key != known.key:
        written = {}
        site.shared[SHARED] = known.key, written
    if name not in known.names:
        return _written(site, name, page)
    if name not in written:
        written[name] = _written(site, name, page)
    return written[name]


def _written(site: Site, name: str, page: Page) -> Markup:
    whole = WHOLE if name == "review" else {}
    return part("shown_sections.html", t=site.texts, page=page, csv=_tables(name, page), whole=whole)


def _entry(known: Kept, name: str) -> Entry:
    return Entry(name, known.titles[name], known.page(name).answer)


def _tables(name: str, page: Page) -> Callable[[TableBlock], str]:
    """Return what gives each table of a page the address of its file."""
    keys = {id(table): key for key, table in page.tables().items()}
    home = f"/show/{quote(name, safe=':')}/tables"
    return lambda table: f"{home}/{keys[id(table)]}.csv" if id(table) in keys else ""


def _words() -> dict[str, str]:
    return {kind.name: kind.word or kind.title for kind in KINDS if not kind.each}


ROUTES = (
    Route("/results", results, methods=["GET"]),
    Route("/show/{name}.{ending}", download, methods=["GET"]),
    Route("/show/{name}/tables/{table}.csv", table, methods=["GET"]),
    Route("/show/{name}", show, methods=["GET"]),
)
NAV = (("shown.roadmap", "/show/roadmap"), ("shown.results", "/results"), ("shown.objectives", "/show/objectives"))
