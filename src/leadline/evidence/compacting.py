"""A database file written anew: what was deleted does not stay in its free pages, its journal or beside it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from leadline.errors import WarehouseError
from leadline.evidence.lake import POINTER
from leadline.evidence.privacy import private_files

if TYPE_CHECKING:
    from leadline.evidence.store import Warehouse
    from leadline.workspace import Workspace


def compact(path: Path) -> None:
    """Write a database file anew, whole or not at all; the caller holds the workspace's lock.

    Whoever reads the old file at this moment reads it to the end; a kill leaves the old one, and the next run begins again.
    """
    if not path.exists():
        return
    part = path.with_name(f"{path.name}.anew")
    clear(part)
    with private_files():
        connection = duckdb.connect()
        try:
            connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
            connection.execute(f"ATTACH '{_quoted(path)}' AS old (READ_ONLY)")
            connection.execute(f"ATTACH '{_quoted(part)}' AS anew")
            connection.execute("COPY FROM DATABASE old TO anew")
            connection.execute("CHECKPOINT anew")
            connection.execute("DETACH anew")
        finally:
            connection.close()
    to_disk(part)
    part.replace(path)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    to_disk(path.parent)


def compact_all(workspace: Workspace, store: Warehouse) -> None:
    """Write contacts and warehouse anew, whatever engine holds it; the caller holds the workspace's lock.

    A warehouse of the other engine, left from before a move, goes: nothing reads it, and it would keep what was taken out.
    """
    refuse_other_engine(workspace, store)
    compact(workspace.contacts)
    sweep = getattr(store, "sweep", None)
    if sweep is None:
        compact(workspace.warehouse)
        for pointer in workspace.evidence.glob(f"*/{POINTER}"):
            shutil.rmtree(pointer.parent)
    else:
        sweep()
        clear(workspace.warehouse)


def refuse_other_engine(workspace: Workspace, store: Warehouse) -> None:
    """Raise WarehouseError where the engine of the settings has no warehouse and the other one has: nothing is to go unasked.

    Whoever erases means the evidence that there is; a wrong word in leadline.toml must neither spare it nor remove it whole.
    """
    if store.exists():
        return
    lakes = sorted(pointer.parent for pointer in workspace.evidence.glob(f"*/{POINTER}"))
    others = [workspace.warehouse] if workspace.warehouse.exists() else lakes
    if others:
        where = others[0].relative_to(workspace.folder).as_posix()
        engine = f"spark:{where}" if others is lakes else "duckdb"
        raise WarehouseError(
            f"The engine of the settings has no warehouse, and {where} holds evidence of another one. Set engine = "
            f'"{engine}" in leadline.toml, or remove {where} if it is left from before a move.'
        )


def clear(path: Path) -> None:
    """Remove a database file and its journal."""
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)


def to_disk(path: Path) -> None:
    """See a file or a folder to the disk: a kill of the machine must not bring back what stood there."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
