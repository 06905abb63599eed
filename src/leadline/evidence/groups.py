"""Buying groups: how many people decide in an account, and what becomes of its deals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leadline.evidence.frames import AsOf, answer
from leadline.evidence.store import Store

FEWEST_SHOWN = 10  # design, evidence section 5.5: no cell of fewer than ten people
SIZES = ((1, 1), (2, 2), (3, 4), (5, None))  # own: one voice, two, a small group, a committee


@dataclass(frozen=True)
class Size:
    """Accounts whose deals have so many people. least, most: people per account, most None for all above.

    accounts, open, won, lost: None where fewer than FEWEST_SHOWN people stand behind the row
    """

    least: int
    most: int | None
    accounts: int | None
    open: int | None
    won: int | None
    lost: int | None


def sizes(store: Store, at: AsOf) -> tuple[Size, ...]:
    """Return accounts and their deals by the size of their buying group; no row where no deal has people."""
    rows = answer(store, "buying_groups", at=at)
    return tuple(_size(rows, *bounds) for bounds in SIZES) if rows else ()


def _size(rows: Iterable[Mapping[str, Any]], least: int, most: int | None) -> Size:
    mine = [row for row in rows if row["people"] >= least and (most is None or row["people"] <= most)]
    if 0 < sum(row["people"] for row in mine) < FEWEST_SHOWN:
        return Size(least, most, None, None, None, None)
    counts = (sum(row[f"{status}_deals"] for row in mine) for status in ("open", "won", "lost"))
    return Size(least, most, len(mine), *counts)
