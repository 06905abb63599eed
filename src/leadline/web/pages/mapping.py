"""The mapping file beside an export: drafted, completed, saved; then the export is imported with it.

/evidence/mapping/FILE        the mapping of a file in exports/, as it stands or as it is drafted
/evidence/mapping/FILE/save   POST: a mapping that can be read is saved, and its file imported; it serves this file alone, or
                              (`keep`) in mappings/ every export with the same columns
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.routing import Route

from leadline.errors import ImportRefused, LeadlineError, WarehouseError
from leadline.evidence.privacy import private_files
from leadline.evidence.sources.mapping import SUFFIX, load_mapping, parse_mapping
from leadline.web.drafting import draft
from leadline.web.pages.jobs import take_in
from leadline.web.receiving import lying_there
from leadline.web.shell import render, see
from leadline.web.site import site_of, tell
from leadline.web.taking import takes_form, text_of

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.web.site import Site

VERSION_DIGITS = 16  # house: as of the plan


def show(request: Request) -> Response:
    """Show the mapping of a file, or a draft of one."""
    file = _file(request)
    beside, fault = _beside(file, site_of(request).workspace.mappings), ""
    text = _text(beside)
    version = _version(text)
    if text is None:
        try:
            text = draft(file)
        except LeadlineError as error:
            text, fault = "", str(error)
    values: dict[str, Any] = {
        "name": _name(request), "text": text, "version": version, "fault": fault, "theirs": None,
        "is_kept": beside.parent != file.parent,
    }  # fmt: skip
    return render(request, "mapping.html", mapping=beside.name, **values)


def save(request: Request, form: FormData) -> Response:
    """Save a mapping and import its file; a mapping that cannot be read, or was changed elsewhere, comes back."""
    site, file = site_of(request), _file(request)
    beside, text = _beside(file, site.workspace.mappings), text_of(form, "text")
    standing = _text(beside)
    values = {
        "name": _name(request),
        "text": text,
        "version": _version(standing),
        "mapping": beside.name,
        "is_kept": beside.parent != file.parent,
    }
    if text_of(form, "version") != _version(standing):
        return render(request, "mapping.html", status=409, fault="", theirs=standing or "", **values)
    target = site.workspace.mappings / beside.name if text_of(form, "keep") else beside
    fault = _fault(site, text, beside=beside, target=target)
    if fault:
        return render(request, "mapping.html", status=422, fault=fault, theirs=None, **values)
    _write(target, text)
    if target != beside:
        beside.unlink(missing_ok=True)
    name = file.relative_to(site.workspace.exports).as_posix()
    take_in(site, {"files": [f"exports/{name}"]})
    tell(request, site.texts("mapping.saved", name=beside.name), level="ok")
    return see("/evidence")


def _fault(site: Site, text: str, *, beside: Path, target: Path) -> str:
    """Return why a mapping cannot be saved, "" where it can. target: where it is to lie, unlike `beside` where it moves."""
    try:
        read = _check(text, beside.name, site.workspace.staging)
    except ImportRefused as error:
        return str(error)
    if target == beside:
        return ""
    if not read.get("match"):
        return site.texts("mapping.no_match")
    return site.texts("mapping.taken", name=beside.name) if target.exists() else ""


def _name(request: Request) -> str:
    return str(request.path_params["name"])


def _file(request: Request) -> Path:
    """Return the file of that name: one of those that lie in exports/, so that no name is ever a path.

    A link to elsewhere is none of them, nor a file whose mapping is one.
    """
    workspace = site_of(request).workspace
    exports = workspace.exports
    for path in lying_there(exports):
        if path.relative_to(exports).as_posix() == _name(request) and not path.name.endswith(SUFFIX):
            if workspace.holds(path) and workspace.holds(_beside(path, workspace.mappings)):
                return path
            break
    raise HTTPException(404)


def _beside(file: Path, mappings: Path) -> Path:
    """Return the mapping file that goes with an export: the one that is there, beside it or in mappings/, else the one to be."""
    stems = dict.fromkeys((file.name.split(".")[0], file.stem, file.name))
    folders = (file.parent, mappings)
    found = (path for folder in folders for stem in stems if (path := folder / (stem + SUFFIX)).is_file())
    return next(found, file.with_name(file.stem + SUFFIX))


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return None


def _version(text: str | None) -> str:
    return "" if text is None else hashlib.sha256(text.encode("utf-8", errors="replace")).hexdigest()[:VERSION_DIGITS]


def _check(text: str, name: str, scratch: Path) -> Mapping[str, Any]:
    """Return a mapping as it is read. Raises ImportRefused for one that cannot be."""
    with private_files():
        scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        tried = Path(folder) / name
        tried.write_text(text, encoding="utf-8")
        read = load_mapping(tried)
        parse_mapping(read, name)
        return read


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=".saving-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        Path(part).replace(path)
    except OSError as error:
        Path(part).unlink(missing_ok=True)
        raise WarehouseError(
            f"{path.name} could not be written: {error.strerror}. Make room, then save again."
        ) from error


ROUTES = (
    Route("/evidence/mapping/{name:path}/save", takes_form(save), methods=["POST"]),
    Route("/evidence/mapping/{name:path}", show, methods=["GET"]),
)
