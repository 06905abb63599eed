"""What the warehouse holds, as pages show it: read when its file has changed, and never waited for.

The file can be held by an import at any moment. Then what was read before stands, and whoever shows it says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar, cast

from leadline.errors import WarehouseError
from leadline.evidence import locking

if TYPE_CHECKING:
    from leadline.evidence.holding import Holding
    from leadline.evidence.store import Store, Warehouse
    from leadline.web.site import Site

PATIENCE_SECONDS = 0.1  # own: longer than a commit of a small file takes, shorter than a person notices
SHARED = "warehouse"
Told = TypeVar("Told")


@dataclass(frozen=True)
class Look:
    """One look at the warehouse.

    holding: None where nothing was ever read · is_late: something is written just now, and this is from before
    fault: why it cannot be read at all, in words
    """

    holding: Holding | None = None
    is_late: bool = False
    fault: str = ""


@dataclass
class _Known:
    lock: Lock = field(default_factory=Lock)
    key: tuple[object, ...] | None = None
    holding: Holding | None = None


@dataclass
class _Answer:
    """The last answer to one question. key: what it was asked of, None before the first one."""

    lock: Lock = field(default_factory=Lock)
    key: tuple[object, ...] | None = None
    told: object = None


def look(site: Site) -> Look:
    """Return what the warehouse holds, read at most once per state of it and of what the plan says of money and time."""
    file = store_of(site).path
    known = cast("_Known", site.shared.setdefault(SHARED, _Known()))
    stamp = _stamp(file)
    if stamp is None:
        return Look()
    asked = _asked_of(site)
    key = (stamp, *asked)
    with known.lock:
        if known.key == key:
            return Look(known.holding)
        found = _asked(site, lambda store: _read(store, asked))
        if isinstance(found, Look):
            return Look(known.holding, is_late=found.is_late, fault=found.fault)
        if _stamp(file) == stamp:  # else it was written while it was read: the next look reads again
            known.key = key
        known.holding = found
        return Look(found)


def store_of(site: Site) -> Warehouse:
    """Return the workspace's warehouse, which a page does not wait for."""
    from leadline.evidence.store import open_store

    return open_store(site.workspace, patience=PATIENCE_SECONDS, engine=site.plan.now().settings.engine)


def ask(site: Site, question: Callable[[Store], Told]) -> Told | None:
    """Return the answer to a question of one's own, None while the warehouse cannot be read, or is not there."""

    def told(store: Warehouse) -> Told:
        with store.sitting() as asked:
            return question(asked)

    found = _asked(site, told) if store_of(site).exists() else None
    return None if isinstance(found, Look) else found


def remembered(site: Site, question: Callable[[Store], Told], *, name: str, asked: tuple[object, ...]) -> Told | None:
    """Return the answer to a question, asked once for each state of the warehouse; the last one while it cannot be read.

    name: of the question · asked: what else the answer depends on, equal where it is the same
    """
    file = store_of(site).path
    known = cast("_Answer", site.shared.setdefault(f"{SHARED}.{name}", _Answer()))
    with known.lock:
        stamp = _stamp(file)
        if stamp is None:
            return None
        if known.key != (stamp, *asked):
            told = ask(site, question)
            if told is not None:
                known.told = told
                known.key = (stamp, *asked) if _stamp(file) == stamp else None
        return cast("Told | None", known.told)


def _asked(site: Site, question: Callable[[Warehouse], Told]) -> Told | Look:
    workspace = site.workspace
    try:
        return question(store_of(site))
    except WarehouseError as error:
        held = locking.holder(workspace.lock) is not None or "held by" in str(error)
        return Look(is_late=held, fault="" if held else workspace.shortened(str(error)))


def _asked_of(site: Site) -> tuple[str, str, dt.date | None, dt.date, int]:
    """Return what a look is asked with: zone and currency of the plan, the day it is judged on, today, the least cell."""
    standing = site.plan.now()
    plan = None if standing.document is None else standing.document.plan.plan
    zone = (plan.timezone if plan is not None else None) or "UTC"
    currency = (plan.currency if plan is not None else None) or ""
    return zone, currency, standing.settings.as_of, site.today, standing.settings.privacy.small_cell


def _read(store: Warehouse, asked: tuple[str, str, dt.date | None, dt.date, int]) -> Holding:
    from leadline.evidence.holding import holding

    zone, currency, day, today, least = asked
    return holding(store, zone=zone, currency=currency, day=day, today=today, least=least)


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)
