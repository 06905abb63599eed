"""Delimited text as records: physical lines, quotes, encodings and their faults, in constant memory.

A record may span several physical lines; its line is the one it starts on. Nothing is repaired and nothing is lost:
a record that cannot be taken as it stands comes out with its problem and its raw text.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from leadline.errors import ImportRefused
from leadline.evidence.sources.records import Head, RejectReason

CELL_LIMIT = 1 << 20  # characters; design/evidence 1.3: `too_long` is a cell over 1 MiB
LINE_LIMIT = 16 << 20  # bytes of one physical line kept in memory; own: 16 cells at their limit
RECORD_LIMIT = 16 << 20  # characters of one record over several lines; own, as LINE_LIMIT
CHUNK = 1 << 20  # bytes read at once; own: large enough that the disk is the bound
FAST_LIMIT = 1 << 17  # characters; the standard parser refuses longer cells unless told otherwise for all its users
RAW_SHOWN = 2000  # characters of an overlong record kept as raw text; own: enough to find it again

UNPACKED_FREE = (
    200 << 20
)  # bytes of an archive that are unpacked whatever its size; own, as of workbooks (design/evidence 2.3)
MOST_PACKED = 100  # unpacked bytes for each packed one, beyond that; own: exports pack 5 to 30 fold, gzip can do 1,032

BOMS = {
    "utf-8-sig": b"\xef\xbb\xbf",
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
}
PROBE = "Tür\n".encode()  # own: what every encoding of text reads, well or badly


def text_codec(name: str) -> str | None:
    """Return an encoding's usual name, None where Python knows none of that name, or one that reads no text (hex, zip).

    >>> text_codec("latin1"), text_codec("hex")
    ('iso8859-1', None)
    """
    try:
        found = codecs.lookup(name).name
        PROBE.decode(found, errors="replace")
    except (LookupError, UnicodeError, ValueError):
        return None
    return found


@dataclass(slots=True)
class Cells:
    """One record as the format delimits it, before anything is known of its meaning.

    line: physical line (or sheet row, or record number) it starts on
    raw: the record as text, or `hex:` and its bytes where it could not be decoded
    problem: reason and text where the record cannot be taken at all
    last: no record follows · open_end: the file ends inside the record's last cell, as far as one can tell
    """

    line: int
    cells: list[str]
    raw: str
    problem: tuple[RejectReason, str] | None = None
    last: bool = False
    open_end: bool = False


@contextmanager
def opened(path: Path, *, compressed: bool) -> Iterator[IO[bytes]]:
    """Open the bytes of a file, unpacked where it is gzip.

    Raises ImportRefused: `truncated` for an archive that is not whole, `binary` for one that unpacks out of all proportion.
    """
    try:
        with path.open("rb") as file:
            if not compressed:
                yield file
                return
            with gzip.open(file) as unpacked, io.BufferedReader(_Unpacked(unpacked, path), CHUNK) as stream:
                yield cast("IO[bytes]", stream)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ImportRefused(
            "truncated", f"{path.name}: the gzip archive is not whole ({error}). Download or pack it again."
        ) from error


class _Unpacked(io.RawIOBase):
    """The bytes of a gzip archive, for as long as they stay in proportion to what was packed."""

    def __init__(self, inner: gzip.GzipFile, path: Path) -> None:
        self._inner, self._name = inner, path.name
        self._most = max(UNPACKED_FREE, path.stat().st_size * MOST_PACKED)
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever takes bytes
        data = self._inner.read1(len(buffer))
        self._size += len(data)
        if self._size > self._most:
            told = f"{self._name} unpacks to more than {self._most >> 20} MB, {MOST_PACKED} times its size."
            raise ImportRefused("binary", f"{told} Next step: unpack it and look what it holds.")
        buffer[: len(data)] = data
        return len(data)


def byte_lines(stream: IO[bytes], newline: bytes) -> Iterator[bytes]:
    """Yield physical lines with their ends; of a line over LINE_LIMIT only its beginning, one byte too long."""
    if newline == b"\n":
        for line in iter(partial(stream.readline, LINE_LIMIT + 1), b""):
            yield line
            tail = line
            while len(tail) > LINE_LIMIT and not tail.endswith(b"\n"):
                tail = stream.readline(LINE_LIMIT + 1)
        return
    width, buffer, overlong = len(newline), b"", False
    for chunk in iter(partial(stream.read, CHUNK), b""):
        buffer += chunk
        start = 0
        while (end := _aligned(buffer, newline, start)) >= 0:
            if not overlong:
                yield buffer[start : end + width]
            overlong, start = False, end + width
        buffer = buffer[start:]
        if len(buffer) > LINE_LIMIT:
            if not overlong:
                yield buffer[: LINE_LIMIT + 1]
            overlong, buffer = True, buffer[len(buffer) // width * width :]
    if buffer and not overlong:
        yield buffer


def _aligned(buffer: bytes, newline: bytes, start: int) -> int:
    """Return where `newline` stands on a boundary of its width, or -1."""
    at = buffer.find(newline, start)
    while at >= 0 and (at - start) % len(newline):
        at = buffer.find(newline, at + 1)
    return at


def split_cells(text: str, delimiter: str) -> list[str] | None:
    """Split one record into cells; None where it ends inside quotes.

    A quote opens a cell only at its beginning, a doubled quote inside stands for one, and what follows a closing
    quote is kept (RFC 4180, read as leniently as spreadsheets do).

    >>> split_cells('a,"b, c",', ",")
    ['a', 'b, c', '']
    """
    if '"' not in text:
        return text.split(delimiter)
    if len(text) < FAST_LIMIT:
        try:
            return next(csv.reader((text,), delimiter=delimiter, strict=True))
        except csv.Error:  # ends inside quotes, or is no strict CSV: told apart below
            pass
    return _split_leniently(text, delimiter)


def _split_leniently(text: str, delimiter: str) -> list[str] | None:
    """Split as `split_cells` says, sign by sign."""
    cells: list[str] = []
    at, size = 0, len(text)
    while True:
        parts: list[str] = []
        if at < size and text[at] == '"':
            at += 1
            while True:
                quote = text.find('"', at)
                if quote < 0:
                    return None
                parts.append(text[at:quote])
                at = quote + 1
                if at >= size or text[at] != '"':
                    break
                parts.append('"')
                at += 1
        end = text.find(delimiter, at)
        if end < 0:
            cells.append("".join((*parts, text[at:])))
            return cells
        cells.append("".join((*parts, text[at:end])))
        at = end + 1


def csv_records(head: Head, delimiter: str | None = None) -> Iterator[Cells]:
    """Yield every record of a delimited file, preamble and header included; blank lines are none.

    Memory is bounded by one record. The last record is marked, so that a cut file can be told from a wrong row.
    """
    held: Cells | None = None
    with opened(head.path, compressed=head.compressed) as stream:
        lines = enumerate(byte_lines(stream, head.newline), 1)
        for record in numbered_records(lines, head, delimiter=delimiter or head.delimiter or ","):
            if held is not None:
                yield held
            held = record
    if held is not None:
        held.last = True
        yield held


def numbered_records(lines: Iterable[tuple[int, bytes]], head: Head, *, delimiter: str) -> Iterator[Cells]:
    """Yield the records of physical lines in order; `last` is not yet known. lines: each with its number, from 1."""
    encoding = "utf-8" if head.encoding in {None, "utf-8-sig"} else str(head.encoding)
    newline, bom = head.newline, BOMS.get(str(head.encoding), b"")
    gathered: _Gathered | None = None
    blanks = delimiter + ' "\t\r\n\xa0\ufeff'
    for number, data in lines:
        line = data.removeprefix(bom) if number == 1 and bom else data
        ended = line.endswith(newline)
        body = line[: -len(newline)] if ended else line
        text, valid = _decoded(body, encoding)
        text = text.removesuffix("\r")
        if gathered is not None:
            gathered.add(text, body, valid=valid, ended=ended)
            if (record := gathered.closed(delimiter)) is not None:
                gathered = None
                yield record
            continue
        if not text.strip(blanks):
            continue
        if len(body) > CELL_LIMIT and (record := _overlong(number, text, delimiter)) is not None:
            yield record
            continue
        cells = split_cells(text, delimiter)
        if cells is None:
            gathered = _Gathered(number, [text], [body], valid=valid)
        else:
            yield _record(number, cells, text, undecoded=None if valid else body, ended=ended)
    if gathered is not None:
        yield gathered.unclosed()


def _record(line: int, cells: list[str], raw: str, *, undecoded: bytes | None, ended: bool) -> Cells:
    """Return a whole record, or one with its encoding problem."""
    if undecoded is None:
        return Cells(line, cells, raw, None, last=False, open_end=not ended and not raw.endswith('"'))
    problem: tuple[RejectReason, str] = (
        ("encoding", "the bytes of this record are not valid in the file's encoding")
        if ended
        else ("truncated", "the file ends inside this record")
    )
    return Cells(line, cells, "hex:" + undecoded.hex(), problem)


def _overlong(line: int, text: str, delimiter: str) -> Cells | None:
    """Return the reject of a record with a cell over the limit, or None where only the whole line is long."""
    cells = split_cells(text, delimiter) if len(text) <= LINE_LIMIT else None
    if cells is not None and max(map(len, cells)) <= CELL_LIMIT:
        return None
    return Cells(line, [], text[:RAW_SHOWN] + "…", ("too_long", "a cell holds more than 1 MiB of text"))


def _decoded(data: bytes, encoding: str) -> tuple[str, bool]:
    """Return the text and whether every byte was valid; invalid ones are replaced, never dropped silently."""
    try:
        return data.decode(encoding), True
    except UnicodeDecodeError:
        return data.decode(encoding, errors="replace"), False


@dataclass(slots=True)
class _Gathered:
    """A record whose quotes are still open: its lines so far, bounded by RECORD_LIMIT."""

    line: int
    texts: list[str]
    bodies: list[bytes]
    valid: bool
    ended: bool = True
    size: int = 0

    def add(self, text: str, body: bytes, *, valid: bool, ended: bool) -> None:
        """Take one more physical line; beyond the limit only its quotes still matter."""
        self.size += len(text) + 1
        self.valid, self.ended = self.valid and valid, ended
        if self.size <= RECORD_LIMIT:
            self.texts.append(text)
            self.bodies.append(body)
        elif text.count('"') % 2:
            self.texts.append('"')

    def closed(self, delimiter: str) -> Cells | None:
        """Return the record if the last line closed its quotes."""
        # Inside quotes a line with an even number of quotes leaves them open: only odd lines need a new look.
        if self.texts[-1].count('"') % 2 == 0:
            return None
        text = "\n".join(self.texts)
        cells = split_cells(text, delimiter)
        if cells is None:
            return None
        if self.size > RECORD_LIMIT or max(map(len, cells)) > CELL_LIMIT:
            problem: tuple[RejectReason, str] = ("too_long", "a cell holds more than 1 MiB of text")
            return Cells(self.line, [], text[:RAW_SHOWN] + "…", problem)
        undecoded = None if self.valid else b"\n".join(self.bodies)
        return _record(self.line, cells, text, undecoded=undecoded, ended=self.ended)

    def unclosed(self) -> Cells:
        """Return the record as cut: the file ended inside its quotes."""
        raw = "\n".join(self.texts)
        text = "the file ends inside the quotes that this record opens"
        return Cells(self.line, [], raw[:RAW_SHOWN], ("truncated", text))
