"""Tables without a mapping, looked at whole: which columns hold days, numbers or addresses, and which are keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, Literal

from leadline.evidence.sources.crm import addresses_in
from leadline.evidence.sources.documents import json_records, parquet_records
from leadline.evidence.sources.records import Head, ImportOptions
from leadline.evidence.sources.related_words import is_id, words_of
from leadline.evidence.sources.sheets import sheet_rows
from leadline.evidence.sources.sniff import open_head
from leadline.evidence.sources.tables import HEADER_WITHIN
from leadline.evidence.sources.text import csv_records
from leadline.evidence.sources.values import (
    BadValue,
    date_open,
    date_vote,
    day_of,
    is_null,
    number_vote,
    plain_name,
    text_of,
)

MOST_ROWS = 500_000  # rows of a table that is drafted for; own: all its keys are held in memory
MOSTLY = 0.8  # share of a column's values that make it one of days or numbers; own
KEY_FILLED = 0.95  # share of rows a key must be filled in; own: a few records always lack one
FEWEST_ROWS = 3  # rows of a table that shows anything; own

Kind = Literal["date", "number", "address", "text", "empty"]


@dataclass(frozen=True)
class Column:
    """One column with all its values, as the file gives them."""

    name: str
    values: Sequence[Any]

    @cached_property
    def texts(self) -> list[str | None]:
        """Return every value as text, None where it says nothing."""
        return [None if is_null(value) else text_of(value) for value in self.values]

    @cached_property
    def given(self) -> list[str]:
        """Return the values that say anything."""
        return [text for text in self.texts if text is not None]

    @cached_property
    def plain(self) -> list[str]:
        """Return the values that say anything, as keys are compared."""
        return [plain_name(text) for text in self.given]

    @cached_property
    def distinct(self) -> set[str]:
        """Return the different values."""
        return set(self.plain)

    @property
    def unique(self) -> bool:
        """Return whether the column tells every row from the others."""
        return len(self.given) >= KEY_FILLED * len(self.values) and len(self.distinct) == len(self.given) > 0

    @cached_property
    def kind(self) -> Kind:
        """Return what most values are."""
        given = [value for value in self.values if not is_null(value)]
        if not given:
            return "empty"
        dates = sum(
            isinstance(v, dt.date) or (isinstance(v, str) and (date_vote(v) is not None or date_open(v))) for v in given
        )
        if dates >= MOSTLY * len(given):
            return "date"
        if sum(addresses_in(text) == [text] for text in self.given) >= MOSTLY * len(given):
            return "address"
        numbers = sum(isinstance(v, int | float) or (isinstance(v, str) and _numeric(v)) for v in given)
        return "number" if numbers >= MOSTLY * len(given) else "text"

    @cached_property
    def order(self) -> str | None:
        """Return the order of the parts of its days, "ymd" for typed ones, None where nothing decides."""
        votes = {vote for value in self.values if isinstance(value, str) and (vote := date_vote(value)) is not None}
        if not votes and any(isinstance(value, str) and date_open(value) for value in self.values):
            return None
        return votes.pop() if len(votes) == 1 else (None if votes else "ymd")

    def days(self) -> list[dt.date | None]:
        """Return the day of every row, None where there is none that can be read."""
        return [_day(value, self.order or "ymd") for value in self.values]

    @property
    def counted(self) -> bool:
        """Return whether its values are small whole numbers, which match those of any other numbered table by chance."""
        return bool(self.given) and all(
            text.isdecimal() and len(text) <= len(str(len(self.values))) + 1 for text in self.given
        )


def _numeric(text: str) -> bool:
    bare = text.strip().lstrip("-")
    return bare.isdecimal() or number_vote(text) is not None


def _day(value: object, order: str) -> dt.date | None:
    try:
        return day_of(value, order)
    except BadValue:
        return None


@dataclass(frozen=True)
class Table:
    """One table of a file, whole."""

    path: Path
    head: Head
    columns: Sequence[Column]
    rows: int
    sheet: str | None = None
    cut: bool = False
    by_name: dict[str, Column] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the file's name."""
        return self.path.name

    def key_columns(self) -> list[Column]:
        """Return the columns that may tell its rows apart, ids and addresses first."""
        found = [one for one in self.columns if one.unique and one.kind in {"text", "address", "number"}]
        return sorted(found, key=lambda one: (not is_id(one.name), one.kind != "address"))


def load_table(path: Path, options: ImportOptions) -> Table | None:
    """Return the table of a file, None where it holds none. Raises ImportRefused for a file that cannot be read."""
    head = open_head(path, options)
    sheet = None
    if head.kind == "sheet":
        sheet = max(head.records, key=lambda name: len(head.records[name]))
    names, rows = _records(head, sheet)
    kept = list(islice(rows, MOST_ROWS + 1))
    named = [(at, name) for at, name in enumerate(names) if name and names.count(name) == 1]
    if len(named) < 2 or len(kept) < FEWEST_ROWS:
        return None
    columns = [Column(name, [row[at] if at < len(row) else "" for row in kept]) for at, name in named]
    return Table(path, head, columns, len(kept), sheet, len(kept) > MOST_ROWS, {one.name: one for one in columns})


def _records(head: Head, sheet: str | None) -> tuple[list[str], Iterator[Sequence[Any]]]:
    """Return the names and the rows of a table of any kind of file."""
    if head.kind in {"csv", "sheet"}:
        first = list(head.records.get(sheet or "", ()))[:HEADER_WITHIN]
        at = max(range(len(first)), key=lambda index: (_texts(first[index][1]), -index), default=0)
        line = first[at][0] if first else 0
        names = [str(cell).strip().strip("\ufeff") for cell in first[at][1]] if first else []
        if head.kind == "csv":
            return names, (one.cells for one in csv_records(head) if one.line > line and one.problem is None)
        return names, (cells for number, cells in sheet_rows(head.path, sheet or "") if number > line)
    if head.kind not in {"jsonl", "json", "parquet"}:
        return [], iter(())
    documents = parquet_records(head) if head.kind == "parquet" else json_records(head)
    keys = list(head.keys)
    return keys, ([one.value.get(key) for key in keys] for one in documents if one.problem is None)


def _texts(cells: Iterable[object]) -> int:
    return sum(isinstance(cell, str) and bool(cell.strip()) and not cell.strip().isdecimal() for cell in cells)


@dataclass(frozen=True)
class Join:
    """Two tables that share a key: every row of `child` may name a row of `parent`.

    matched: rows of the child whose key stands in the parent · named: rows whose key is filled · alike: the names agree
    """

    parent: Table
    child: Table
    parent_key: Column
    child_key: Column
    matched: int
    named: int
    alike: bool

    @property
    def coverage(self) -> float:
        """Return the share of the child's keys that stand in the parent, 0..1."""
        return self.matched / self.named if self.named else 0.0


COVERED = 0.5  # share of keys that must be found; own: exports of different days overlap by more
FEWEST_MATCHES = 3  # matches that are no accident; own


def best_join(parent: Table, child: Table) -> Join | None:
    """Return how a child's rows name a parent's, None where no column of it holds the parent's keys."""
    found: list[tuple[bool, float, int, Join]] = []
    for key in parent.key_columns():
        for column in child.columns:
            if column.kind in {"date", "empty"} or (column.kind == "address") != (key.kind == "address"):
                continue
            alike = names_alike(parent, key, child=child, column=column)
            if not alike and (column.counted or key.counted or column.kind == "number"):
                continue
            matched = sum(text in key.distinct for text in column.plain)
            join = Join(parent, child, key, column, matched, len(column.given), alike)
            if matched >= FEWEST_MATCHES and join.coverage >= COVERED:
                found.append((alike, join.coverage, matched, join))
    return max(found, key=lambda one: one[:3])[3] if found else None


def names_alike(parent: Table, key: Column, *, child: Table, column: Column) -> bool:
    """Return whether two columns are named alike: by the same words, or a bare `id` beside the parent's own word.

    Every table has an `id` of its own: two bare ones are not alike.
    """
    one, other = words_of(key.name), words_of(column.name)
    if one == other:
        return not is_id(one) or len(one.split()) > 1
    stems = {word.rstrip("s") for word in words_of(parent.path.stem).split()}
    # `id` in leads.csv is `lead_id` elsewhere; the word of the child's own file names the child.
    own = {word.rstrip("s") for word in words_of(child.path.stem).split()}
    if is_id(key.name) and len(one.split()) == 1:
        rest = {word.rstrip("s") for word in other.split() if not is_id(word)}
        return is_id(column.name) and bool(rest & (stems - own))
    return False


def middle_day(column: Column) -> dt.date | None:
    """Return the middle of a column's days."""
    days = sorted(day for day in column.days() if day is not None)
    return dt.date.fromordinal(int(median(day.toordinal() for day in days))) if days else None
