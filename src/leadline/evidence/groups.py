"""Buying groups: how many people decide in an account, and what becomes of its deals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leadline.evidence.frames import AsOf, answer
from leadline.evidence.small_cells import LEAST
from leadline.evidence.small_cells import few as is_few
from leadline.evidence.store import Store

SIZES = ((1, 1), (2, 2), (3, 4), (5, None))  # own: one voice, two, a small group, a committee


@dataclass(frozen=True)
class Size:
    """Accounts whose deals have so many people. least, most: people per account, most None for all above.

    accounts, open, won, lost: None where so few people stand behind the row that it is not shown
    """

    least: int
    most: int | None
    accounts: int | None
    open: int | None
    won: int | None
    lost: int | None


def sizes(store: Store, at: AsOf, *, small_cell: int = LEAST) -> tuple[Size, ...]:
    """Return accounts and their deals by the size of their buying group; no row where no deal has people.

    small_cell: rows behind which fewer people stand are not shown; nobody shows a total that would tell them
    """
    rows = answer(store, "buying_groups", at=at)
    return tuple(_size(rows, bounds, small_cell) for bounds in SIZES) if rows else ()


def _within(rows: Iterable[Mapping[str, Any]], least: int, most: int | None) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["people"] >= least and (most is None or row["people"] <= most)]


def _size(rows: Iterable[Mapping[str, Any]], bounds: tuple[int, int | None], small_cell: int) -> Size:
    least, most = bounds
    mine = _within(rows, least, most)
    if is_few(sum(row["people"] for row in mine), least=small_cell):
        return Size(least, most, None, None, None, None)
    counts = (sum(row[f"{status}_deals"] for row in mine) for status in ("open", "won", "lost"))
    return Size(least, most, len(mine), *counts)
