"""The plan as it stands on disk at this moment, read again only when its files have changed.

Its version is a hash of its texts: every form carries the version it was made from, so that a change made elsewhere in
the meantime is seen and never written over.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from leadline.errors import LeadlineError
from leadline.plan.source import read_plan
from leadline.settings import MIX_FILES, Settings, read_settings
from leadline.workspace import Workspace

if TYPE_CHECKING:
    from leadline.plan.source import Document

VERSION_DIGITS = 16  # house: 64 bits tell any two states of a plan apart

Stamp = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class Standing:
    """The plan as it stands. document: None where there is none, or none that can be read · fault: then why not."""

    document: Document | None
    fault: LeadlineError | None
    settings: Settings
    version: str

    @property
    def exists(self) -> bool:
        """Say whether there is a plan at all, readable or not."""
        return self.document is not None or self.fault is not None


def version_of(texts: Mapping[str, str]) -> str:
    """Return the version of a plan's texts: 16 hex digits over names and contents."""
    digest = hashlib.sha256()
    for name in sorted(texts):
        for part in (Path(name).name, texts[name]):
            content = part.encode("utf-8", errors="surrogatepass")
            digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:VERSION_DIGITS]


class PlanReader:
    """Reads the plan and the settings of one workspace, once per state of their files.

    as_of, seed: come before those of the settings
    """

    def __init__(self, workspace: Workspace, *, as_of: dt.date | None = None, seed: int | None = None) -> None:
        self._workspace = workspace
        self._as_of, self._seed = as_of, seed
        self._known: tuple[Stamp, Standing] | None = None
        self._foreseen: Standing | None = None
        self._lock = Lock()

    def now(self) -> Standing:
        """Return the plan as it stands now."""
        stamp = self._stamp()
        with self._lock:
            if self._known is None or self._known[0] != stamp:
                self._known = (stamp, self._read())
            return self._known[1]

    def foresee(self, document: Document) -> Standing:
        """Return the plan as it will stand once a document is written; where nothing else is written first, `now` gives it then."""
        foreseen = Standing(document, None, self.now().settings, version_of(document.texts))
        with self._lock:
            self._foreseen = foreseen
        return foreseen

    def _read(self) -> Standing:
        settings = Settings()
        if not self._workspace.plan.exists():
            return Standing(None, None, settings, version_of({}))
        try:
            found = read_settings(self._workspace.settings)
            seed = found.seed if self._seed is None else self._seed
            settings = replace(found, as_of=self._as_of or found.as_of, seed=seed)
            document = read_plan(self._workspace.plan)
        except LeadlineError as fault:
            return Standing(None, fault, settings, version_of({}))
        foreseen, self._foreseen = self._foreseen, None
        if foreseen is not None and foreseen.document is document and foreseen.settings == settings:
            return foreseen
        return Standing(document, None, settings, version_of(document.texts))

    def _stamp(self) -> Stamp:
        plan = self._workspace.plan
        files = sorted(plan.glob("*.y*ml")) if plan.is_dir() else [plan]
        beside = (self._workspace.settings.parent / name for name in MIX_FILES)  # found where the settings name none
        return tuple(_stamp_of(file) for file in (*files, self._workspace.settings, *beside))


def _stamp_of(file: Path) -> tuple[str, int, int, int]:
    try:
        found = file.stat()
    except OSError:
        return (str(file), 0, 0, 0)
    return (str(file), found.st_mtime_ns, found.st_size, found.st_ino)
