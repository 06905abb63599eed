"""What the warehouse holds, asked in one sitting: tables with their freshness, imports with their fate, what is nobody's.

Everything here is counted, nothing is judged: what is odd about it says `quality`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadline.evidence.frames import answer, as_of, last_day
from leadline.evidence.small_cells import LEAST
from leadline.evidence.store import Store, Warehouse
from leadline.evidence.unmatched import unmatched_origins

if TYPE_CHECKING:
    from leadline.evidence.frames import AsOf


@dataclass(frozen=True)
class TableHeld:
    """Rows of one table from one source. first, last: days in the plan's zone, None where no row has one."""

    name: str
    source: str
    rows: int
    first: dt.date | None
    last: dt.date | None

    def age(self, day: dt.date) -> int | None:
        """Return how many days lie between the last row and a day, 0 where it lies behind it."""
        return None if self.last is None else max(0, (day - self.last).days)


@dataclass(frozen=True)
class ImportHeld:
    """One import and what became of its records; read = accepted + rejected + all skipped + merged.

    to_mend: records that still lie among the rejects · options: what was said beside the file, as it stands in the log
    """

    import_id: str
    file: str
    format: str
    read: int
    accepted: int
    rejected: int
    skipped: Mapping[str, int]
    merged: int
    first: dt.date | None
    last: dt.date | None
    finished: dt.datetime
    to_mend: int
    options: Mapping[str, Any]

    @property
    def left_out(self) -> int:
        """Return how many records are known and were left out, for whatever reason."""
        return sum(self.skipped.values())


@dataclass(frozen=True)
class NobodysHeld:
    """A campaign or an origin that belongs to no tactic.

    kind: campaign, origin · rows: None where they tell of few people · money: in the plan's currency, or in the one named;
    None for an origin
    """

    kind: str
    name: str
    rows: int | None
    money: float | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Holding:
    """What the warehouse held at one state of it. day: the last one that counts · snapshot: that state's name."""

    day: dt.date
    snapshot: str
    tables: tuple[TableHeld, ...]
    imports: tuple[ImportHeld, ...]
    nobodys: tuple[NobodysHeld, ...]

    @property
    def to_mend(self) -> int:
        """Return how many records lie among the rejects."""
        return sum(one.to_mend for one in self.imports)


def holding(
    store: Warehouse, *, zone: str, currency: str, day: dt.date | None, today: dt.date, least: int = LEAST
) -> Holding:
    """Return what a warehouse holds.

    least: rows that tell of fewer people are not shown
    day: on which everything is judged, where that is settled; else the last one covered by evidence, at most `today`
    Raises WarehouseError while the warehouse cannot be read.
    """
    with store.sitting() as asked:
        at = as_of(asked, timezone=zone, day=day or last_day(asked, today=today) or today)
        return Holding(
            at.day,
            asked.snapshot(),
            tuple(TableHeld(*row.values()) for row in answer(asked, "held", at=at)),
            tuple(_import(row) for row in asked.ask("imported").to_pylist()),
            tuple(_nobodys(asked, at, currency, least)),
        )


def _import(row: Mapping[str, Any]) -> ImportHeld:
    return ImportHeld(
        row["import_id"], row["file"], row["source"], row["read"], row["accepted"], row["rejected"],
        json.loads(row["skipped"] or "{}"), row["merged"], row["span_from"], row["span_to"], row["finished_at"],
        row["to_mend"], json.loads(row["options"] or "{}"),
    )  # fmt: skip


def _nobodys(asked: Store, at: AsOf, currency: str, least: int) -> Iterator[NobodysHeld]:
    for row in answer(asked, "unmatched_spend", params={"currency": currency}, at=at):
        yield NobodysHeld("campaign", row["name"], row["rows"], row["money"], row["unrated"] or currency)
    for name, rows in unmatched_origins(asked, at=at, least=least).items():
        yield NobodysHeld("origin", name, rows)
