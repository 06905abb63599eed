"""Exports that are put aside: they lie beside `exports/`, where no import looks, until somebody takes them back.

name = put_aside(workspace, "ads.csv")     # exports/ads.csv → exports-aside/ads.csv
take_back(workspace, name)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.errors import UsageError, WarehouseError
from leadline.evidence.sources.mapping import SUFFIX
from leadline.web.receiving import free_names, lying_there

if TYPE_CHECKING:
    from leadline.web.job import Job
    from leadline.workspace import Workspace

BROKEN_OFF = frozenset({"cancelled", "cut", "failed"})
ASIDE = "exports-aside"  # beside exports/, not in it: an import takes folders there too


def stopped(jobs: Iterable[Job], workspace: Workspace) -> tuple[str, ...]:
    """Return the files in exports/ whose last import was stopped or cut, or did not work. jobs: the last one first."""
    there = {f"{workspace.exports.name}/{name}": name for name in _exports(workspace.exports)}
    told: set[str] = set()
    found = []
    for job in jobs:
        if job.result is not None:
            told.update(report["file"] for report in job.result.get("files", ()))
        elif job.kind == "import":
            named = [there[name] for name in job.arguments.get("files", ()) if name in there]
            if job.state in BROKEN_OFF:
                found += [name for name in named if Path(name).name not in told]
            told.update(Path(name).name for name in named)
    return tuple(dict.fromkeys(found))


def aside_folder(workspace: Workspace) -> Path:
    """Return the folder of exports that nobody imports."""
    return workspace.folder / ASIDE


def lying_aside(workspace: Workspace) -> tuple[str, ...]:
    """Return the names of the exports that were put aside, their mappings apart."""
    return tuple(_exports(aside_folder(workspace)))


def put_aside(workspace: Workspace, name: str) -> str:
    """Move a file out of exports/, its mapping with it; return its name there.

    name: below exports/. Raises UsageError where no such file lies there, WarehouseError where it cannot be moved.
    """
    return _moved(name, workspace.exports, aside_folder(workspace))


def take_back(workspace: Workspace, name: str) -> str:
    """Move a file that was put aside back into exports/, its mapping with it; return its name there.

    Raises as `put_aside` does.
    """
    return _moved(name, aside_folder(workspace), workspace.exports)


def _moved(name: str, source: Path, target: Path) -> str:
    known = list(_exports(source))
    if name not in known:  # only what lies there has a name, so that none is ever a path
        raise UsageError.unknown("file", name, known=known)
    file = source / name
    mapping = file.with_name(file.stem + SUFFIX)
    others = {(source / other).with_name(Path(other).stem + SUFFIX) for other in known if other != name}
    try:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        free = _free(file.name, target)
        file.rename(target / free)
        if mapping.is_file() and mapping not in others:
            mapping.rename(target / (Path(free).stem + SUFFIX))
    except OSError as error:
        raise WarehouseError(
            f"{name} could not be moved to {target.name}/: {error.strerror or error}. Give this account the right to write there."
        ) from error
    return free


def _free(name: str, folder: Path) -> str:
    for free in free_names(name):
        if not (folder / free).exists() and not (folder / (Path(free).stem + SUFFIX)).exists():
            return free
    raise OSError("too many files there are called so")


def _exports(folder: Path) -> Iterator[str]:
    for path in lying_there(folder):
        if not path.name.endswith(SUFFIX):
            yield path.relative_to(folder).as_posix()
