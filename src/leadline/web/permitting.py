"""What people agreed to, as pages show it: read again when the ledger or the warehouse has changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, cast

from leadline.errors import WarehouseError
from leadline.review.permission import OnRecord, on_record
from leadline.web.warehouse import store_of

if TYPE_CHECKING:
    from leadline.web.site import Site

SHARED = "permission"


@dataclass
class _Known:
    lock: Lock = field(default_factory=Lock)
    key: tuple[object, ...] | None = None
    found: tuple[OnRecord, ...] = ()


def agreed(site: Site) -> tuple[OnRecord, ...]:
    """Return how many people may be contacted today for what, small numbers hidden; the last state while it is written."""
    known = cast("_Known", site.shared.setdefault(SHARED, _Known()))
    ledger = _stamp(site.workspace.consent)
    if ledger is None:
        return ()
    least = site.plan.now().settings.privacy.small_cell
    key = (ledger, _stamp(store_of(site).path), site.today, least)
    with known.lock:
        if known.key != key:
            try:
                known.found, known.key = _read(site, least), key
            except WarehouseError:  # an import is writing: what was read before stands
                return known.found
        return known.found


def _read(site: Site, least: int) -> tuple[OnRecord, ...]:
    from leadline.evidence.consent_book import read_gate

    gate = read_gate(site.workspace, store_of(site))
    return on_record(gate, now=site.clock(), least=least)


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)
