"""What a table of activities gives: one value per activity, and every row that is none with its reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Activity:
    """What somebody did or plans to do, as one row says it.

    row: line of the file or row of the sheet, from 1 · start, end: first and last day; None where not given
    cost, currency: money as the row says it; currency None where neither the cell, its column, nor the sheet names one
    others: every further cell by its header · group: the heading it stands under
    notes: what of the row could not be read, with its column and text
    """

    row: int
    name: str
    start: dt.date | None = None
    end: dt.date | None = None
    cost: float | None = None
    currency: str | None = None
    owner: str = ""
    channel: str = ""
    status: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    group: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is no activity, and what it is.

    why: `title above the table`, `header`, `total`, `heading of a group`, `empty`, `note below` or `header again`
    """

    row: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could only be taken by guessing: its cells by header, and why."""

    row: int
    cells: Mapping[str, str]
    reason: str


@dataclass(frozen=True)
class ActivityList:
    """A table of activities, read whole: `rows_below` = activities + rejects + what was left out below the header.

    columns: role (`name start end when cost currency owner channel status`) → the column's name as written
    header_row: the last row of the header · rows_below: rows under it that hold anything
    notes: what a person should know about how the table was read
    """

    file: str
    sheet: str | None
    header_row: int
    columns: Mapping[str, str]
    activities: tuple[Activity, ...]
    rejects: tuple[RejectedRow, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...] = ()
    rows_below: int = 0

    @property
    def below(self) -> tuple[LeftOut, ...]:
        """Return what was left out below the header."""
        return tuple(out for out in self.left_out if out.row > self.header_row)

    @property
    def totals(self) -> tuple[LeftOut, ...]:
        """Return the rows that only add up others."""
        return tuple(out for out in self.left_out if out.why == "total")

    @property
    def unnamed(self) -> tuple[Activity, ...]:
        """Return the activities whose money names no currency."""
        return tuple(one for one in self.activities if one.cost is not None and one.currency is None)

    @property
    def span(self) -> tuple[dt.date, dt.date] | None:
        """Return the first and last day any activity names, None where none does."""
        days = [day for one in self.activities for day in (one.start, one.end) if day is not None]
        return (min(days), max(days)) if days else None

    def costs(self) -> dict[str | None, float]:
        """Return the money of the activities per currency, in the order in which they appear; None: not named."""
        sums: dict[str | None, float] = {}
        for one in self.activities:
            if one.cost is not None:
                sums[one.currency] = sums.get(one.currency, 0.0) + one.cost
        return sums

    def table(self) -> list[dict[str, Any]]:
        """Return one row per activity, in the order of the file."""
        return [
            {
                "row": one.row, "name": one.name, "start": one.start, "end": one.end, "cost": one.cost, "currency": one.currency,
                "owner": one.owner, "channel": one.channel, "status": one.status, "group": one.group, "notes": "; ".join(one.notes),
            }
            for one in self.activities
        ]  # fmt: skip

    def sentence(self) -> str:
        """Return what was read and what was not, in plain words."""
        where = f'{self.file}, sheet "{self.sheet}"' if self.sheet else self.file
        sums = " and ".join(f"{value:,.2f} {code or '(no currency named)'}" for code, value in self.costs().items())
        said = f"{where}: {_count(len(self.activities), 'activity')} under the header in row {self.header_row}"
        said += f", {sums} in all." if sums else ", none with money."
        apart = [("left out", len(self.below)), ("rejected", len(self.rejects))]
        kept = [f"{_count(number, 'row')} {what}" for what, number in apart if number]
        return f"{said} {' and '.join(kept)}." if kept else said


@dataclass(frozen=True)
class NotUnderstood:
    """A file (or sheet) that nothing here can read, why, and what to do next."""

    file: str
    reason: str
    next_step: str
    sheet: str | None = None

    def sentence(self) -> str:
        """Return the fact and the next step."""
        where = f'{self.file}, sheet "{self.sheet}"' if self.sheet else self.file
        return f"{where} is not understood: {self.reason}. Next step: {self.next_step}."


def _count(number: int, what: str) -> str:
    """Return a number with its noun."""
    several = what[:-1] + "ies" if what.endswith("y") else what + "s"
    return f"{number:,} {what if number == 1 else several}"
