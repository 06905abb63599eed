"""The cells of a file as a relation of the engine: `line`, and one column for each column that the mapping reads.

Parquet is scanned where it lies, as often as needed. Delimited text goes once, in batches, from its own careful splitter
into the staging file, so that lines, quotes and encodings mean here what they mean everywhere.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from leadline.errors import ImportRefused
from leadline.evidence.sources.documents import Document, parquet_batches
from leadline.evidence.sources.generic import document_item, places_of, row_items
from leadline.evidence.sources.mapped_rows import Item
from leadline.evidence.sources.mapping import Mapped
from leadline.evidence.sources.records import Head, Match
from leadline.evidence.sources.tables import rows_of
from leadline.evidence.sources.text import Cells as TextCells
from leadline.evidence.sources.text_blocks import Block, parts_below

if TYPE_CHECKING:
    import duckdb

BATCH_ROWS = 50_000  # design, evidence section 2.4: batches of 50,000 rows
TOGETHER = 4  # blocks; own, measured: written one by one each is written twice, and all in one transaction fill memory
LINE = "line"


@dataclass(frozen=True)
class Cells:
    """One file as a relation. text: what stands behind FROM · places: name in the mapping → column of the relation.

    types: column of the relation → the engine's type
    """

    head: Head
    match: Match
    mapped: Mapped
    text: str
    places: dict[str, str]
    types: dict[str, str]

    def items(self, lines: Sequence[int]) -> Iterator[Item]:
        """Yield the records at these lines, which are in order, as the careful reader sees them."""
        return self._rows_at(lines) if self.head.kind == "parquet" else self._lines_at(lines)

    def _lines_at(self, lines: Sequence[int]) -> Iterator[Item]:
        places, wanted = places_of(self.match, self.mapped), set(lines)

        def found() -> Iterator[TextCells]:
            for part in parts_below(self.head, self.match, places=()):
                if not isinstance(part, Block):
                    yield from (part,) if part.line in wanted else ()
                    continue
                first, end = (bisect_left(lines, line) for line in (part.lines.start, part.lines.stop))
                yield from map(part.record, lines[first:end])

        return row_items(rows_of(found(), self.match, mapped=frozenset(places.values())), places)

    def _rows_at(self, lines: Sequence[int]) -> Iterator[Item]:
        at, number = 0, 0
        for batch in parquet_batches(self.head):
            start, number = number, number + batch.num_rows
            first = at
            while at < len(lines) and lines[at] <= number:
                at += 1
            if first < at:
                wanted = batch.take(pa.array([line - start - 1 for line in lines[first:at]], pa.int64()))
                for line, value in zip(lines[first:at], wanted.to_pylist(), strict=True):
                    yield document_item(Document(line, value, ""))


def why_not(head: Head, mapped: Mapped) -> str:
    """Return why the engine cannot read the columns of a file, "" where it can."""
    if head.kind == "csv":
        return ""
    if head.kind != "parquet":
        return f"{head.kind} is read record by record"
    known = _parquet_types(head.path)
    for name in sorted(_names(mapped)):
        if name not in known:
            return f'"{name}" is not a column of its own'
        if known[name] is None:
            return f'the column "{name}" has a type that only the row by row reader takes'
    return "" if LINE not in known else f'it has a column called "{LINE}"'


def open_cells(connection: duckdb.DuckDBPyConnection, head: Head, *, match: Match, mapped: Mapped) -> Cells:
    """Return a file's cells.

    Delimited text is put into the table `scanned` of the connection on the way, and what its splitter did not take into `odd`.
    """
    names = sorted(_names(mapped))
    places = {name: f"c{number}" for number, name in enumerate(names)}
    if head.kind == "parquet":
        known = _parquet_types(head.path)
        columns = "".join(f', "{_quoted(name)}" AS {place}' for name, place in places.items())
        file = str(head.path).replace("'", "''")
        text = f"(SELECT file_row_number + 1 AS {LINE}{columns} FROM read_parquet('{file}', file_row_number = true))"
        return Cells(head, match, mapped, text, places, {place: str(known[name]) for name, place in places.items()})
    types = dict.fromkeys(places.values(), "VARCHAR")
    connection.execute(f"CREATE TABLE scanned ({LINE} BIGINT{''.join(f', {place} VARCHAR' for place in types)})")
    _scan(connection, head, match, mapped=mapped)
    return Cells(head, match, mapped, "scanned", places, types)


def _scan(connection: duckdb.DuckDBPyConnection, head: Head, match: Match, *, mapped: Mapped) -> None:
    """Put the cells of delimited text into `scanned`, and the lines of what is no row into `odd`."""
    at = places_of(match, mapped)
    places = tuple(at[name] for name in sorted(_names(mapped)))
    held: list[pa.Table] = []
    for part in _gathered(parts_below(head, match, places=places)):
        if isinstance(part, Block):
            held.append(_scanned(part.lines, [part.cells[f"c{place}"] for place in places]))
        else:
            rows = list(rows_of(part, match, mapped=frozenset(at.values())))
            whole = [row for row in rows if row.reject is None and not row.repeated_header]
            cells = [pa.array([row.cells[place] for row in whole], pa.string()) for place in places]
            held.append(_scanned([row.line for row in whole], cells))
            apart = [row.line for row in rows if row.reject is not None or row.repeated_header]
            if apart:
                _put(connection, "odd", _scanned(apart, []))
        if len(held) >= TOGETHER:
            _put(connection, "scanned", pa.concat_tables(held))
            held.clear()
    if held:
        _put(connection, "scanned", pa.concat_tables(held))


def _scanned(lines: Sequence[int], cells: Sequence[pa.Array | pa.ChunkedArray]) -> pa.Table:
    """Return cells with the lines they stand on, named as the columns of the relation."""
    return pa.table([pa.array(lines, pa.int64()), *cells], names=[LINE, *(f"c{at}" for at in range(len(cells)))])


def _gathered(parts: Iterable[Block | TextCells]) -> Iterator[Block | list[TextCells]]:
    """Yield blocks as they come, and the single records between them some at a time."""
    held: list[TextCells] = []
    for part in parts:
        if not isinstance(part, Block):
            held.append(part)
        if held and (isinstance(part, Block) or len(held) >= BATCH_ROWS):
            yield held
            held = []
        if isinstance(part, Block):
            yield part
    if held:
        yield held


def _put(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    connection.register("batch", rows)
    connection.execute(f"INSERT INTO {table} SELECT * FROM batch")
    connection.unregister("batch")


def _names(mapped: Mapped) -> set[str]:
    return {name for entry in mapped.entries for name in entry.names()}


def _quoted(name: str) -> str:
    return name.replace('"', '""')


def _parquet_types(path: Path) -> dict[str, str | None]:
    """Return column → the engine's type, None where both do not understand the same by it."""
    from pyarrow import parquet

    try:
        schema = parquet.read_schema(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ImportRefused(
            "truncated", f"{path.name} is a parquet file that is not whole ({error}). Export it again."
        ) from error
    found: dict[str, str | None] = {}
    for field in schema:
        # The engine does not tell upper from lower case in names, and a name that stands twice is nobody's.
        twice = any(name.lower() == field.name.lower() for name in found)
        found[field.name] = None if twice else _engine_type(field.type)
    return found


def _engine_type(kind: pa.DataType) -> str | None:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "VARCHAR"
    if pa.types.is_timestamp(kind) and kind.unit != "ns":
        return {None: "TIMESTAMP", "UTC": "TIMESTAMP WITH TIME ZONE"}.get(kind.tz)
    exact = {pa.int8(): "TINYINT", pa.int16(): "SMALLINT", pa.int32(): "INTEGER", pa.int64(): "BIGINT"}
    return {**exact, pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN", pa.date32(): "DATE"}.get(kind)
