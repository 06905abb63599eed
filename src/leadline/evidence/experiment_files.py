"""Lists of finished tests, own or bought: a row a test, as experiments that a model can be held to.

Columns: channel (several joined by +), start, end, spend_difference, estimate, low, high; and where they are known name,
level (of the interval, default 90 %), geos (joined by ;), population_share, spend_end. Everything wrong is listed at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from leadline.errors import InputError, NothingDone, UsageError, did_you_mean
from leadline.evidence.plain_tables import PlainTable, open_table
from leadline.evidence.sources.values import BadValue, NumberVotes, date_vote, day_of, number_of, plain_name, text_of
from leadline.inputs import Experiment

ALIASES: Mapping[str, Sequence[str]] = {
    "name": ("name", "test", "experiment"),
    "channels": ("channel", "channels"),
    "start": ("start", "from", "first day"),
    "end": ("end", "until", "last day"),
    "spend_difference": ("spend difference", "spend diff", "incremental spend"),
    "estimate": ("estimate", "effect", "incremental outcome"),
    "low": ("low", "lower", "p05"),
    "high": ("high", "upper", "p95"),
    "level": ("level", "confidence"),
    "geos": ("geos", "geo", "regions", "places"),
    "population_share": ("population share",),
    "spend_end": ("spend end",),
}
REQUIRED = ("channels", "start", "end", "spend_difference", "estimate", "low", "high")
Row = tuple[int, Sequence[Any]]
T = TypeVar("T")
LEVEL = 0.9  # house: intervals without a word are 90 % ones


def read_experiments(path: str | Path, *, sheet: str | None = None) -> tuple[Experiment, ...]:
    """Return the tests of a file, in its order.

    Raises UsageError for missing columns, InputError listing every cell that cannot be read, NothingDone without rows.
    """
    table = open_table(Path(path), sheet=sheet)
    places = _places(table)
    if not table.rows:
        raise NothingDone(f"{table.name} has a header and no rows. Write one row a test, or leave --experiments out.")
    problems: list[str] = []
    reader = _Reader(table, places, _locale(table), _order(table, places), problems)
    found = [_experiment(reader, row) for row in table.rows]
    if problems:
        raise InputError(problems)
    return tuple(found)


def _places(table: PlainTable) -> dict[str, int]:
    names = [" ".join(plain_name(one).replace("_", " ").split()) for one in table.header]
    found = {
        role: next(names.index(alias) for alias in aliases if alias in names)
        for role, aliases in ALIASES.items()
        if any(alias in names for alias in aliases)
    }
    missing = [role for role in REQUIRED if role not in found]
    if missing == ["channels"] and "tactic" in names:
        raise UsageError(
            f"{table.name}: tests of a tactic belong into the plan (control.tests), which knows its channel. Name a channel here."
        )
    if missing:
        near = did_you_mean(missing[0].replace("_", " "), names)
        raise UsageError(f"{table.name}: no column for {', '.join(missing)}.{near} Columns: {', '.join(table.header)}.")
    return found


def _locale(table: PlainTable) -> str:
    votes = NumberVotes()
    for _, cells in table.rows:
        for cell in cells:
            if isinstance(cell, str):
                votes.see(cell)
    decided = votes.decided()
    return decided[0] if decided else "en"


def _order(table: PlainTable, places: Mapping[str, int]) -> str:
    cells = [row[places[role]] for _, row in table.rows for role in ("start", "end") if places[role] < len(row)]
    votes = {date_vote(cell) for cell in cells if isinstance(cell, str)} - {None}
    return str(votes.pop()) if len(votes) == 1 else "ymd"


@dataclass(frozen=True)
class _Reader:
    """Reads cells; what is wrong goes to the problems, and something harmless comes back."""

    table: PlainTable
    places: Mapping[str, int]
    locale: Any
    order: str
    problems: list[str]

    def of(self, row: Row, role: str, *, read: Callable[[Any], T | None]) -> T | None:
        """Return a value, None where the column or the cell is empty; an empty required cell is a problem."""
        (line, cells), at = row, self.places.get(role)
        cell = cells[at] if at is not None and at < len(cells) else None
        try:
            value = read(cell)
        except BadValue as error:
            self.problems.append(f"{self.table.name}:{line}: {role}: {error}. Correct the cell.")
            return None
        if value is None and role in REQUIRED:
            self.problems.append(f"{self.table.name}:{line}: {role} is empty. Fill it in.")
        return value

    def number(self, row: Row, role: str) -> float | None:
        value = self.of(row, role, read=lambda cell: number_of(cell, self.locale))
        return None if value is None else float(value)

    def day(self, row: Row, role: str) -> dt.date | None:
        return self.of(row, role, read=lambda cell: day_of(cell, self.order))

    def names(self, row: Row, role: str, *, sign: str) -> tuple[str, ...]:
        text = self.of(row, role, read=text_of) or ""
        return tuple(part.strip() for part in text.split(sign) if part.strip())


def _experiment(reader: _Reader, row: Row) -> Experiment:
    channels = reader.names(row, "channels", sign="+")
    start, end = (reader.day(row, role) or dt.date.min for role in ("start", "end"))
    changed, estimate, low, high = (
        reader.number(row, role) or 0.0 for role in ("spend_difference", "estimate", "low", "high")
    )
    return Experiment(
        name=(reader.of(row, "name", read=text_of) or f"{' + '.join(channels)} {start}"), channels=channels, start=start, end=end,
        spend_difference=changed, estimate=estimate, low=low, high=high, level=_level(reader, row),
        geos=reader.names(row, "geos", sign=";"), population_share=_share(reader, row, "population_share"),
        spend_end=reader.day(row, "spend_end"),
    )  # fmt: skip


def _level(reader: _Reader, row: Row) -> float:
    level = _share(reader, row, "level")
    return LEVEL if level is None else level


def _share(reader: _Reader, row: Row, role: str) -> float | None:
    """Return a share 0..1, written as 0.9, 90 or 90 %."""

    def read(cell: Any) -> float | None:  # noqa: ANN401 - cells are of any type
        text = cell.strip().removesuffix("%") if isinstance(cell, str) else cell
        value = number_of(text, reader.locale)
        return None if value is None else float(value) / (100 if float(value) > 1 else 1)

    value = reader.of(row, role, read=read)
    if value is not None and not 0 < value < 1:
        reader.problems.append(
            f"{reader.table.name}:{row[0]}: {role} {value:g} is no share between 0 and 1. Write 0.9."
        )
        return None
    return value
