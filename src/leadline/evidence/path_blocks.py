"""A table's columns in blocks of text or numbers, from CSV, Parquet or a workbook alike, and with their line.

Files stream: a block of a CSV is a few megabytes, so that millions of rows need little memory.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from leadline.errors import UsageError
from leadline.evidence.path_columns import PathColumns
from leadline.evidence.sources.records import Head, Reject, RejectReason
from leadline.evidence.sources.values import BadValue, number_of
from leadline.inputs import Floats

if TYPE_CHECKING:
    import pyarrow as pa

Locale = Literal["en", "de"]

BLOCK_BYTES = 4 << 20  # bytes of a CSV read at a time; measured: larger blocks are no faster and take more memory
BLOCK_ROWS = 1 << 17  # rows of Parquet or a workbook taken at a time; about as many as a block of a CSV holds


@dataclass(frozen=True)
class Block:
    """Some rows of the file. columns: role → cells · line: of a row of the block, in the file."""

    columns: Mapping[str, pa.Array]
    line: Callable[[int], int]

    @property
    def rows(self) -> int:
        """How many rows the block has."""
        return len(next(iter(self.columns.values())))

    def raw(self, row: int) -> str:
        """Return a row's cells as text, in order of their roles."""
        cells = (column[row].as_py() for column in self.columns.values())
        return ",".join("" if cell is None else str(cell) for cell in cells)


def blocks_of(head: Head, found: PathColumns, *, rejects: list[Reject]) -> Iterator[Block]:
    """Yield the columns found, block by block; rows of another width are added to `rejects`.

    A line is a record's number in the file: a line break inside quotes does not count.
    """
    readers = {"csv": _csv_blocks, "parquet": _parquet_blocks, "sheet": _sheet_blocks}
    if head.kind not in readers:
        raise UsageError(f"{head.path.name} is {head.kind}, not a table of paths. Save it as CSV, Parquet or .xlsx.")
    yield from readers[head.kind](head, found, rejects)


def _csv_blocks(head: Head, found: PathColumns, rejects: list[Reject]) -> Iterator[Block]:
    """Read in one thread: only then are lines known, and two were no faster (measured on a million rows)."""
    import pyarrow as pa
    from pyarrow import csv

    above = head.records[""][0][0]
    skipped: list[int] = []

    def keep_reject(row: Any) -> str:  # noqa: ANN401 - pyarrow's InvalidRow carries no type
        bisect.insort(skipped, row.number)
        text = f"{row.actual_columns} cells, the header has {row.expected_columns} columns"
        rejects.append(Reject(row.number, None, "columns", text, row.text))
        return "skip"

    names = [f"column {place}" for place in range(len(found.header))]
    used = {role: names[place] for role, place in found.places.items()}
    encoding = "utf8" if head.encoding in {"utf-8", "utf-8-sig"} else head.encoding
    with pa.input_stream(str(head.path), compression="gzip" if head.compressed else None) as stream:
        reader = csv.open_csv(
            stream,
            read_options=csv.ReadOptions(
                block_size=BLOCK_BYTES, use_threads=False, skip_rows=above, column_names=names, encoding=encoding
            ),
            parse_options=csv.ParseOptions(
                delimiter=head.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=keep_reject,
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), include_columns=list(used.values())
            ),
        )
        for batch in reader:
            yield Block({role: batch.column(name) for role, name in used.items()}, partial(_line_of, above, skipped))
            above += batch.num_rows


def _line_of(above: int, skipped: list[int], row: int) -> int:
    """Return the line of a row, given the rows above its block; skipped lines are in order and count in."""
    line = above + row + 1
    for broken in skipped:
        if broken > line:
            break
        line += 1
    return line


def _parquet_blocks(head: Head, found: PathColumns, _rejects: list[Reject]) -> Iterator[Block]:
    from pyarrow import parquet

    with parquet.ParquetFile(head.path, pre_buffer=False) as file:
        above = 0
        used = {role: found.named(role) for role in found.places}
        for batch in file.iter_batches(BLOCK_ROWS, columns=list(dict.fromkeys(used.values()))):
            columns = {role: _plain_array(batch.column(name)) for role, name in used.items()}
            yield Block(columns, partial(_line_of, above, []))
            above += batch.num_rows


def _plain_array(column: pa.Array) -> pa.Array:
    """Undo dictionaries; join lists of channels by " > "."""
    import pyarrow as pa
    from pyarrow import compute

    if pa.types.is_dictionary(column.type):
        return column.dictionary_decode()
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return compute.binary_join(column.cast(pa.list_(pa.string())), " > ")
    return column


def _sheet_blocks(head: Head, found: PathColumns, _rejects: list[Reject]) -> Iterator[Block]:
    import pyarrow as pa

    from leadline.evidence.sources.sheets import sheet_rows

    sheet = next(iter(head.records))
    header_line = head.records[sheet][0][0]
    rows = [row for row in sheet_rows(head.path, sheet) if row[0] > header_line]
    for start in range(0, len(rows), BLOCK_ROWS):
        taken = rows[start : start + BLOCK_ROWS]
        columns = {
            role: pa.array([_written(cells[place]) if place < len(cells) else "" for _, cells in taken], pa.string())
            for role, place in found.places.items()
        }
        yield Block(columns, [line for line, _ in taken].__getitem__)


def _written(cell: object) -> str:
    """Return a typed cell as a CSV would have it."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


@dataclass(frozen=True)
class NumberColumn:
    """The numbers of a column, NaN where there is none, and what was written there instead of one."""

    numbers: Floats
    empty: npt.NDArray[np.bool_]
    wrong: Mapping[int, str]


def numbers_in(column: pa.Array, locale: Locale) -> NumberColumn:
    """Return the numbers of a column of text or numbers; what is none is said row by row."""
    import pyarrow as pa
    from pyarrow import compute

    read = _cast(column, locale)
    if read is None and pa.types.is_string(column.type):
        column = compute.utf8_trim_whitespace(compute.fill_null(column, ""))
        column = compute.if_else(compute.equal(column, ""), None, column)
        read = _cast(column, locale)
    if read is None:
        return _one_by_one(column, locale)
    empty_rows = np.asarray(read.is_null().to_numpy(zero_copy_only=False))
    numbers = read.to_numpy(zero_copy_only=False).astype(np.float64)
    wrong = np.flatnonzero(~np.isfinite(numbers) & ~empty_rows)
    return NumberColumn(numbers, empty_rows, {int(row): f"{numbers[row]} is not a finite number" for row in wrong})


def _cast(column: pa.Array, locale: Locale) -> pa.Array | None:
    """Return the column as numbers at once, or None where a cell needs a closer look."""
    import pyarrow as pa
    from pyarrow import compute

    if locale == "de" and pa.types.is_string(column.type):
        if compute.any(compute.match_substring(column, ".")).as_py():
            return None  # a point groups thousands here
        column = compute.replace_substring(column, ",", ".")
    try:
        return compute.cast(column, pa.float64())
    except pa.ArrowInvalid:
        return None


def _one_by_one(column: pa.Array, locale: Locale) -> NumberColumn:
    """Read each distinct text by the rules of imports: grouped thousands, currency marks, per cent."""
    encoded = column.dictionary_encode()
    values: list[float] = []
    reasons: dict[int, str] = {}
    for index, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            number = number_of(text, locale)
        except BadValue as error:
            number, reasons[index] = None, str(error)
        values.append(float("nan") if number is None else float(number))
    places = encoded.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
    numbers = np.array([*values, float("nan")])[places]
    wrong = {int(row): reasons[int(places[row])] for row in np.flatnonzero(np.isin(places, list(reasons)))}
    empty = np.isnan(numbers)
    empty[list(wrong)] = False
    return NumberColumn(numbers, empty, wrong)


class Faults:
    """What is wrong with rows of one block: the first fault of a row is kept, and the row is rejected."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._found: dict[int, tuple[str, RejectReason, str]] = {}

    def say(self, rows: Iterable[int], role: str, *, reason: RejectReason, text: str) -> None:
        """Note one fault for several rows."""
        for row in rows:
            self._found.setdefault(int(row), (role, reason, text))

    def rows(self) -> list[int]:
        """Return the rows with a fault."""
        return list(self._found)

    def rejects(self) -> list[Reject]:
        """Return a reject for each row with a fault."""
        block = self._block
        return [
            Reject(block.line(row), role, reason, text, block.raw(row))
            for row, (role, reason, text) in self._found.items()
        ]
