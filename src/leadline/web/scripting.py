"""What scripts are told: every answer below /api is one JSON document, a refusal too: {error, next}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from pydantic import BaseModel
    from starlette.requests import Request

    from leadline.web.site import Site

HOME = "/api"


def is_script(request: Request) -> bool:
    """Say whether a request wants a document, not a page."""
    return request.url.path == HOME or request.url.path.startswith(f"{HOME}/")


def answered(document: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a document."""
    return Response(document.model_dump_json(by_alias=True), status, headers, media_type="application/json")


def fault(site: Site, status: int, *, key: str, error: str = "") -> Response:
    """Say why there is no answer. key: of the texts `api.<key>` and `api.<key>_next` · error: the program's own words."""
    from leadline.web.api_documents import FaultDocument

    t = site.texts
    if not t.has(f"api.{key}"):
        key = "other"
    said = site.workspace.shortened(error)  # where the workspace lies on the machine is nobody's business
    return answered(FaultDocument(error=said or t(f"api.{key}"), next=t(f"api.{key}_next")), status=status)
