"""Which key the evidence of a workspace is under: a mark that tells keys apart and gives none away.

Whoever writes about people asks here first. With another key everybody would come in as somebody new, and what they
agreed to, or were forgotten by, would not be theirs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leadline.errors import WarehouseError
from leadline.evidence import merging
from leadline.evidence.privacy import read_key

if TYPE_CHECKING:
    import duckdb

    from leadline.evidence.privacy import Key
    from leadline.evidence.store import Store
    from leadline.workspace import Workspace

MARK = "key"  # in `meta`, and in the first line of a ledger that another key has written
JOURNAL = "rotating.json"  # in evidence/: a change of key at work


def put(connection: duckdb.DuckDBPyConnection, key: Key) -> None:
    """Note in the open transaction which key the warehouse is under."""
    merging.put_meta(connection, MARK, value=key.mark)


def mark_of(store: Store) -> str | None:
    """Return the mark of the key that a warehouse is under; None where nothing is known of it."""
    if not store.exists():
        return None
    rows = store.ask(f"SELECT value FROM meta WHERE key = '{MARK}'").to_pylist()
    return str(rows[0]["value"]) if rows else None


def era_of(key: Key, mark: str | None) -> int | None:
    """Return in which era the key of a mark was in use; None for a mark of none of them."""
    return next((era for era in range(key.era + 1) if key.at(era).mark == mark), None)


def under(store: Store, key: Key) -> Key:
    """Return the key that the warehouse is under, of the one given and those it took the place of."""
    era = era_of(key, mark_of(store))
    return key if era is None or era == key.era else key.at(era)


def check(store: Store, key: Key) -> None:
    """Raise WarehouseError where the warehouse is under another key, or another one was put in before there was a warehouse."""
    mark = mark_of(store)
    if mark == key.mark:
        return
    now = read_key(key.file).mark if key.file is not None and key.file.exists() else key.mark
    if now != key.mark and mark in {now, None}:
        raise WarehouseError("A new key was put in while this waited; nothing was changed. Run it again.")
    if mark is None:
        return
    if era_of(key, mark) is not None:
        raise WarehouseError(
            "The evidence is under an earlier key than the one that is given first. Put the new one in: leadline evidence --rotate-key."
        )
    where = str(key.file) if key.file else "LEADLINE_KEY"
    raise WarehouseError(
        f"The evidence is under another key than the one in {where}: with it everybody would come in as somebody new. "
        "Restore the key from where you keep it. If it is lost, move evidence/ and ledger/ away and import the exports again."
    )


def refuse_half(workspace: Workspace) -> None:
    """Raise WarehouseError while a change of key is at work: until it is through, nobody can be told for sure."""
    path = workspace.evidence / JOURNAL
    if path.exists():
        since = json.loads(path.read_text(encoding="utf-8")).get("at", "some time")
        raise WarehouseError(
            f"{JOURNAL}: a new key is being put in since {since}, and until that is through nobody can be told for sure. "
            "Wait for it; if it was cut, finish it: leadline evidence --rotate-key."
        )
