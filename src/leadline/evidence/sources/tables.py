"""Files that are a table with a header: where the header stands, which column feeds what, and the rows below it.

A `Layout` is data: the names a format's columns have in each language. One way through serves CSV and spreadsheets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from leadline.errors import ImportRefused
from leadline.evidence import schema
from leadline.evidence.sources.records import Head, Match, Record, Reject, RejectReason
from leadline.evidence.sources.text import Cells, csv_records
from leadline.evidence.sources.values import plain_name

HEADER_WITHIN = 30  # records a header may stand in; design/evidence 2.1
REQUIRED_SCORE = 0.6  # design/evidence 2.1: required columns present
SIGN_SCORE = 0.1  # own: four further signs make certainty


@dataclass(frozen=True)
class Layout:
    """The columns of one format.

    columns: canonical name → language → names in that language, the one to prefer first · required: canonical names that must be there
    distinctive: canonical names that speak for this format · preamble: beginnings of a line above the header
    rejected: names (compared like headers) whose presence means another format
    feeds: canonical name → what it feeds, where that is not the column of the same name
    """

    columns: Mapping[str, Mapping[str, Sequence[str]]]
    required: Sequence[str]
    distinctive: Sequence[str] = ()
    preamble: Sequence[str] = ()
    rejected: Sequence[str] = ()
    feeds: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[str, list[tuple[str, str, int]]]:
        """Return compared header name → the canonical names and languages it may stand for, and its rank there."""
        found: dict[str, list[tuple[str, str, int]]] = {}
        for canonical, languages in self.columns.items():
            for language, names in languages.items():
                for rank, name in enumerate(names):
                    found.setdefault(plain_name(name), []).append((canonical, language, rank))
        return found


@dataclass(frozen=True)
class Header:
    """One header record as one layout understands it. `positions` holds every place of a canonical column."""

    line: int
    names: Sequence[str]
    positions: Mapping[str, Sequence[int]]
    language: str
    preamble: Sequence[str] = field(default=())

    def lacks(self, layout: Layout) -> tuple[str, ...]:
        """Return required columns that are not there, by their name in the header's language."""
        return tuple(_label(layout, name, self.language) for name in layout.required if name not in self.positions)


def _label(layout: Layout, canonical: str, language: str) -> str:
    """Return a column's name in a language, or in the first one it has."""
    languages = layout.columns[canonical]
    return next(iter(languages.get(language) or next(iter(languages.values()))))


def find_header(head: Head, layout: Layout, *, required: Sequence[str] | None = None) -> Header | None:
    """Return the first of 30 records with all required names, else the one with most of them, else None."""
    best: tuple[int, int, Header] | None = None
    wanted = layout.required if required is None else required
    for sheet in head.records.values():
        above: list[str] = []
        for line, cells in sheet[:HEADER_WITHIN]:
            header = understand(layout, line, cells=cells, above=above)
            hits = sum(name in header.positions for name in wanted)
            if hits == len(wanted):
                return header
            if hits and (best is None or (hits, len(header.positions)) > best[:2]):
                best = (hits, len(header.positions), header)
            above.append(str(cells[0]) if cells else "")
    return best[2] if best else None


def understand(layout: Layout, line: int, *, cells: Sequence[Any], above: Iterable[str] = ()) -> Header:
    """Return a record read as a header: the language that most names speak, and what stands where."""
    names = tuple(str(cell).strip().strip("\ufeff") for cell in cells)
    meanings = [layout.by_name.get(plain_name(name), []) for name in names]
    speak: dict[str, int] = {}
    for meaning in meanings:
        for language in {language for _, language, _ in meaning}:
            speak[language] = speak.get(language, 0) + 1
    language = max(speak, key=lambda one: (speak[one], one == "en"), default="en")
    placed: dict[str, dict[int, int]] = {}
    for at, meaning in enumerate(meanings):
        # A name may mean one column in one language and another in a second: the header's language decides.
        own = [one for one in meaning if one[1] == language] or meaning
        for canonical, _, rank in own:
            places = placed.setdefault(canonical, {})
            places[at] = min(rank, places.get(at, rank))
    # Of several names for one column the first in the layout's list counts ("Link clicks" before "Clicks (all)").
    positions = {name: sorted(places, key=lambda at: (places[at], at)) for name, places in placed.items()}
    return Header(line, names, positions, language, tuple(above))


def match_layout(head: Head, layout: Layout, *, source: str) -> Match | None:
    """Return how a head fits a layout: 0.6 for all required columns, more for each further sign.

    With columns lacking the score stays below what recognition needs and `lacks` names them; None where no name fits.
    """
    if head.kind not in {"csv", "sheet"}:
        return None
    header = find_header(head, layout)
    if header is None or any(
        plain_name(name) in {plain_name(cell) for cell in header.names} for name in layout.rejected
    ):
        return None
    lacks = header.lacks(layout)
    share = 1 - len(lacks) / len(layout.required)
    signs = [name for name in layout.distinctive if name in header.positions]
    said = [line for line in header.preamble if plain_name(line).startswith(tuple(map(plain_name, layout.preamble)))]
    if layout.preamble and said:
        signs.append("preamble")
    score = share * REQUIRED_SCORE if lacks else min(1.0, REQUIRED_SCORE + SIGN_SCORE * len(signs))
    return Match(
        source,
        score if not lacks else min(score, REQUIRED_SCORE - SIGN_SCORE),
        header_line=header.line,
        sheet=next(iter(head.records)) or None,
        columns={name: places[0] for name, places in header.positions.items()},
        language=header.language,
        why=f"{len(layout.required) - len(lacks)} of {len(layout.required)} required columns"
        + (f"; signs: {', '.join(signs)}" if signs else ""),
        lacks=lacks,
        header=header.names,
    )


def refuse_duplicates(head: Head, match: Match, *, layout: Layout) -> None:
    """Refuse a file in which a column that is read stands twice; two positions cannot both be right."""
    header = understand(layout, match.header_line, cells=match.header)
    for canonical, places in header.positions.items():
        same = [at for at in places if plain_name(header.names[at]) == plain_name(header.names[places[0]])]
        if len(same) > 1:
            raise duplicate_header(head, match.header[places[0]], places=same, feeds=canonical)


def duplicate_header(head: Head, name: str, *, places: Sequence[int], feeds: str) -> ImportRefused:
    """Say that a needed column stands more than once."""
    where = " and ".join(str(place + 1) for place in places)
    return ImportRefused(
        "duplicate_header",
        f'{head.path.name}: the column "{name}" stands {len(places)} times (columns {where}) and feeds {feeds}. '
        "Remove or rename all but one, or download the export again.",
    )


@dataclass(slots=True)
class TableRow:
    """One record below the header; `reject` where it cannot be taken before its values are looked at."""

    line: int
    cells: list[Any]
    raw: str
    reject: Reject | None = None
    repeated_header: bool = False
    ragged: bool = False


def table_rows(head: Head, match: Match, *, mapped: frozenset[int]) -> Iterator[TableRow]:
    """Yield the records below the header, as wide as the header; see `rows_of`."""
    yield from rows_of(records_below(head, match), match, mapped=mapped)


def rows_of(records: Iterable[Cells], match: Match, *, mapped: frozenset[int]) -> Iterator[TableRow]:
    """Yield records below a header as its rows.

    mapped: positions that feed a canonical column; only for those a last cell that may be cut matters.
    A row of another width is marked `ragged` and holds its reject, so that a totals row may still be told.
    """
    width = len(match.header)
    header = [plain_name(name) for name in match.header]
    first = header[0]
    for record in records:
        cells: list[Any] = record.cells
        row = TableRow(record.line, cells, record.raw)
        if record.problem is not None:
            row.reject = Reject(record.line, None, record.problem[0], record.problem[1], record.raw)
            yield row
            continue
        if len(cells) > width and not any(map(_filled, cells[width:])):
            row.cells = cells = cells[:width]
        if len(cells) != width:
            row.ragged = True
            row.reject = _ragged(record, width)
        elif record.open_end and width - 1 in mapped:
            row.reject = Reject(
                record.line, match.header[-1], "truncated",
                "the file ends without a line end, so this record's last cell may be cut; "
                "if it is whole, add a line end", record.raw,
            )  # fmt: skip
        elif (
            isinstance(cells[0], str)
            and plain_name(cells[0]) == first
            and [plain_name(str(c)) for c in cells] == header
        ):
            row.repeated_header = True
        yield row


def _ragged(record: Cells, width: int) -> Reject:
    """Say that a record has another width than the header."""
    count = len(record.cells)
    reason: RejectReason = "truncated" if record.last and count < width else "columns"
    unit = "cell" if count == 1 else "cells"
    return Reject(record.line, None, reason, f"{count} {unit}, the header has {width} columns", record.raw)


def _filled(cell: object) -> bool:
    """Return whether a cell holds anything."""
    return bool(str(cell).strip())


def records_below(head: Head, match: Match) -> Iterator[Cells]:
    """Yield the records after the header line of a CSV or sheet, as wide as they are."""
    if head.kind == "sheet":
        from leadline.evidence.sources.sheets import row_text, sheet_rows

        width = len(match.header)
        for line, row in sheet_rows(head.path, match.sheet or ""):
            if line > match.header_line:
                cells: list[Any] = list(row) + [""] * (width - len(row))
                yield Cells(line, cells, row_text(cells))
        return
    yield from (record for record in csv_records(head) if record.line > match.header_line)


def rejected(row: TableRow, column: str | None, *, reason: RejectReason, text: str) -> Record:
    """Return the record of a row that gives nothing, and why."""
    return Record(row.line, rejects=(Reject(row.line, column, reason, text, row.raw),))


def layout_feeds(layout: Layout, match: Match, *, table: str) -> dict[str, str]:
    """Return the file's column → the canonical column it feeds, by the layout's own words or the table's names."""
    known = schema.table(table).names
    found: dict[str, str] = {}
    for canonical, at in match.columns.items():
        said = layout.feeds.get(canonical, f"{table}.{canonical}" if canonical in known else "")
        if canonical.startswith("segment"):
            said = "segment: its rows are summed"
        found[match.header[at]] = said or "tells the format, is not kept"
    return found
