"""Pages of the report in the browser: each at its own address, and each as a file in every format.

/show/roadmap              the page, as the last review laid it out
/show/roadmap.pdf          the same page as a file
/show/roadmap/tables/3.csv one of its tables
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from leadline.report.writing import FORMATS
from leadline.web.kept import current
from leadline.web.shell import render
from leadline.web.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from leadline.report.blocks import Page

MEDIA = {
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def show(request: Request) -> Response:
    """Show a page of the last review."""
    name = request.path_params["name"]
    known = current(site_of(request))
    if known is None:
        return render(request, "unreviewed.html", status=404 if name != "review" else 200)
    return render(request, "shown.html", name=name, page=_page(request, name), known=known, formats=tuple(FORMATS))


def download(request: Request) -> Response:
    """Return a page as a file; it is never shown in this site's name, whatever stands in it."""
    name, ending = request.path_params["name"], request.path_params["ending"]
    if ending not in FORMATS:
        raise HTTPException(404)
    content = FORMATS[ending](_page(request, name))
    return file_answer(content, f"{name.replace(':', '-')}.{ending}", ending)


def table(request: Request) -> Response:
    """Return one table of a page as CSV, guarded against formulas."""
    from leadline.report.table_csv import table_csv

    name, number = request.path_params["name"], request.path_params["number"]
    tables = list(_page(request, name).tables().values())
    if not 0 < number <= len(tables):
        raise HTTPException(404)
    return file_answer(table_csv(tables[number - 1]), f"{name.replace(':', '-')}-{number}.csv", "csv")


def file_answer(content: bytes | str, name: str, ending: str) -> Response:
    """Return a file to keep. name: made of our own words alone."""
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-security-policy": "sandbox"}
    return Response(content, media_type=MEDIA[ending], headers=headers)


def _page(request: Request, name: str) -> Page:
    known = current(site_of(request))
    if known is None or name not in known.names:
        raise HTTPException(404)
    return known.page(name)


ROUTES = (
    Route("/show/{name}.{ending}", download, methods=["GET"]),
    Route("/show/{name}/tables/{number:int}.csv", table, methods=["GET"]),
    Route("/show/{name}", show, methods=["GET"]),
)
