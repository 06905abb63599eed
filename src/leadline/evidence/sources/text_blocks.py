"""Delimited text in blocks of many lines, where each line is a record beyond doubt; all else goes record by record.

A large file is plain nearly everywhere: quotes stand around whole cells, no line breaks in them, and every line is as wide as the
header. Such a block is split at once, tenfold faster. A block with anything else in it goes through the careful splitter
as a whole, so that both ways give the same records; a property test holds them against each other.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import IO, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from leadline.evidence.sources.records import Head, Match
from leadline.evidence.sources.text import (
    BOMS,
    CELL_LIMIT,
    LINE_LIMIT,
    Cells,
    byte_lines,
    csv_records,
    numbered_records,
    opened,
    split_cells,
)
from leadline.evidence.sources.values import plain_name

FIRST_BYTES = 1 << 16  # taken record by record: preamble and header stand there; own
BLOCK_BYTES = 8 << 20  # split at once; own: some ten thousand records, some ten MB of memory
LINE_FEED = 10
UTF8 = frozenset({None, "utf-8", "utf-8-sig"})


@dataclass(frozen=True)
class Block:
    """Many records, one a line. first: line of the first · cells: those asked for, as text, one column for each."""

    first: int
    cells: pa.Table
    _data: bytes
    _ends: npt.NDArray[np.int64]
    _delimiter: str

    @property
    def lines(self) -> range:
        """Return the lines of its records."""
        return range(self.first, self.first + self.cells.num_rows)

    def record(self, line: int) -> Cells:
        """Return one of its records as the careful splitter gives it."""
        at = line - self.first
        start = int(self._ends[at - 1]) + 1 if at else 0
        text = self._data[start : int(self._ends[at])].decode().removesuffix("\r")
        return Cells(line, split_cells(text, self._delimiter) or [], text)


def parts_below(head: Head, match: Match, *, places: Sequence[int]) -> Iterator[Block | Cells]:
    """Yield what stands below the header of a delimited file, in order: blocks, and single records as `csv_records` gives them.

    places: columns whose cells a block holds, named c0, c1, … by their places
    """
    splitter = _splitter(head, match, places)
    if splitter is None:
        yield from (record for record in csv_records(head) if record.line > match.header_line)
        return
    held: Cells | None = None
    with opened(head.path, compressed=head.compressed) as stream:
        for part in _parts(stream, head, splitter, header=match.header_line):
            if held is not None:
                yield held
                held = None
            if isinstance(part, Block):
                yield part
            elif part.line > match.header_line:
                held = part
    if held is not None:
        held.last = True
        yield held


def _parts(stream: IO[bytes], head: Head, splitter: _Splitter, *, header: int) -> Iterator[Block | Cells]:
    """Yield blocks where they are plain, else single records. header: line of the header."""
    done, carried = 0, b""
    while data := carried + stream.read(min(BLOCK_BYTES, FIRST_BYTES) if done <= header else BLOCK_BYTES):
        if not data.endswith(b"\n"):
            data += stream.readline(LINE_LIMIT + 1)
        carried = stream.read(1)  # the end of a file is looked at with care: it may be cut
        block = splitter.block(data, done + 1) if carried and done > header else None
        if block is not None:
            done += len(block.lines)
            yield block
            continue
        numbers, ahead, carried = count(done + 1), _Ahead(data + carried, stream), b""
        lines = ((next(numbers), line) for line in byte_lines(cast("IO[bytes]", ahead), b"\n"))
        for record in numbered_records(lines, head, delimiter=splitter.delimiter):
            yield record
            if ahead.is_spent:
                break
        done = next(numbers) - 1


class _Ahead:
    """Bytes that were read already, and behind them the stream they are of."""

    def __init__(self, data: bytes, stream: IO[bytes]) -> None:
        self._data, self._stream = io.BytesIO(data), stream
        self._size = len(data)
        self._is_cut = False

    @property
    def is_spent(self) -> bool:
        """Return whether what was read ahead is used up, and the stream stands at the beginning of a line."""
        return self._data.tell() >= self._size and not self._is_cut

    def readline(self, size: int | None = -1, /) -> bytes:
        """Return the next line, or its first `size` bytes."""
        most = LINE_LIMIT if size is None or size < 0 else size
        line = self._data.readline(most)
        if not line.endswith(b"\n") and len(line) < most:
            line += self._stream.readline(most - len(line))
        self._is_cut = bool(line) and not line.endswith(b"\n")
        return line


@dataclass(frozen=True)
class _Splitter:
    """How a block is split. width: columns of the header · name: that of its first column, as names are compared."""

    delimiter: str
    places: tuple[int, ...]
    width: int
    name: str

    def block(self, data: bytes, first: int) -> Block | None:
        """Return whole lines as a block, None where a line may be something else than one record as wide as the header."""
        if not data.endswith(b"\n") or data.startswith(BOMS["utf-8-sig"]):  # Arrow would take such a mark off
            return None
        ends = np.flatnonzero(np.frombuffer(data, np.uint8) == LINE_FEED)
        if not self._is_plain(data) or np.diff(ends, prepend=-1).max() > CELL_LIMIT:
            return None
        try:
            cells = self._split(data)
        except (pa.ArrowInvalid, UnicodeDecodeError):
            return None
        block = Block(first, cells, data, ends, self.delimiter)
        if cells.num_rows != len(ends) or len(block.record(block.lines[-1]).cells) != self.width:
            return None  # the last line may open quotes that it does not close
        return None if self._may_repeat_header(cells["c0"]) else block

    def _is_plain(self, data: bytes) -> bool:
        """Return whether quotes stand around whole cells only, every line ends alike, and none is blank."""
        mark = self.delimiter.encode()
        returns = data.count(b"\r")
        if returns and not returns == data.count(b"\r\n") == data.count(b"\n"):
            return False
        quotes = data.count(b'"')
        opening = data.count(mark + b'"') + data.count(b'\n"') + data.startswith(b'"')
        closing = data.count(b'"' + mark) + data.count(b'"\n') + data.count(b'"\r')
        return quotes == opening + closing and opening == closing and re.search(_blank(mark), data) is None

    def _split(self, data: bytes) -> pa.Table:
        """Return the cells of the places and of the first column. Raises ArrowInvalid, UnicodeDecodeError."""
        data.decode()  # all of it, for cells that nobody asked for may be no text either
        kept = [f"c{place}" for place in dict.fromkeys((*self.places, 0))]
        return csv.read_csv(
            io.BytesIO(data),
            csv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=[f"c{at}" for at in range(self.width)]),
            csv.ParseOptions(delimiter=self.delimiter, ignore_empty_lines=False),
            csv.ConvertOptions(include_columns=kept, column_types=dict.fromkeys(kept, pa.string()), strings_can_be_null=False),
        )  # fmt: skip

    def _may_repeat_header(self, cells: pa.ChunkedArray) -> bool:
        """Return whether a cell of the first column may be its name again, however that is written."""
        word = max(self.name.split(), key=len)  # however a name is spaced, its longest word stands in it
        may = pc.or_(pc.match_substring(cells, word, ignore_case=True), pc.invert(pc.string_is_ascii(cells)))
        return any(plain_name(cell) == self.name for cell in pc.unique(cells.filter(may)).to_pylist())


@cache
def _blank(mark: bytes) -> re.Pattern[bytes]:
    """Return what a line without anything in it looks like: blanks, quotes and delimiters, also in other scripts' bytes."""
    return re.compile(rb"^[%b \"\t\r\xa0\xc2\xef\xbb\xbf]*\n" % re.escape(mark), re.MULTILINE)


def _splitter(head: Head, match: Match, places: Sequence[int]) -> _Splitter | None:
    """Return how blocks of a file are split, None where none of it can be."""
    delimiter, name = head.delimiter or ",", plain_name(match.header[0])
    is_plain = head.newline == b"\n" and head.encoding in UTF8 and len(delimiter.encode()) == 1
    if not is_plain or not name.isascii() or not name:
        return None
    return _Splitter(delimiter, tuple(places), len(match.header), name)
