"""What a workbook would take in memory, counted before it is opened.

A workbook is an archive of XML: a few kilobytes can unpack to gigabytes, name a cell seventeen billion places away, show
one long text in a million cells, or repeat a cell over a whole sheet. The reader makes all of it, so none of it may reach
the reader. (OWASP, XML security cheat sheet; ECMA-376; OpenDocument 1.3, part 3; MS-XLSB.)
"""

from __future__ import annotations

import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, BinaryIO
from xml.parsers import expat

from leadline.errors import ImportRefused

UNPACKED_LIMIT = 200 << 20  # bytes; design/evidence 2.3: over 200 MB unpacked is refused
PARTS_LIMIT = 4 << 20  # bytes of an archive's table of contents; own: some forty thousand parts, a workbook has dozens
CELLS_LIMIT = (
    20_000_000  # places from A1 to a sheet's last cell, empty ones too; own: the reader holds them all, some 800 MB
)
TEXT_LIMIT = 1 << 30  # bytes of the texts of all cells; own: the reader makes a copy for every cell that shows one
PIECE = 1 << 20  # bytes unpacked at once while counting; own
ENDING = (1 << 16) + 22  # bytes in which an archive's end lies; APPNOTE 4.3.16: 22 and a comment
WORKBOOK_PARTS = ("xl/", "content.xml", "mimetype", "Index/")

_CELL = re.compile(rb"""<(?:[\w.-]+:)?c\s[^<>]*?\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_SHARED = re.compile(rb"""\bt\s*=\s*["']s["'][^<>]*>\s*<(?:[\w.-]+:)?v>\s*([0-9]{1,9})\s*<""")
_SHARED_SIGN = re.compile(rb"""\bt\s*=\s*["']s["']""")
_ITEM_END = re.compile(rb"</(?:[\w.-]+:)?si\s*>")
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
# Records of .xlsb (MS-XLSB 2.3.1, 2.4): BrtRowHdr, the eleven kinds of cells from BrtCellBlank on, of them BrtCellIsst
# that shows a shared text, BrtSSTItem. Their numbers and sizes are little-endian, seven bits a byte.
_ROW, _CELLS, _CELL_SHARED, _SST_ITEM = 0, range(1, 12), 7, 19
_ODS_CELLS = ("table-cell", "covered-table-cell")
_ODS_VALUES = ("value", "formula")  # what of a cell's attributes makes it hold something


def check_archive(path: Path) -> None:
    """Refuse archives that are no workbook, are cut, or would take more memory than there may be.

    Raises ImportRefused: `binary` for other archives and oversized workbooks, `unsafe_xml` for those that declare entities,
    `truncated` for those that are not whole.
    """
    try:
        _check_contents(path)
        with zipfile.ZipFile(path) as archive, path.open("rb") as stream:
            infos = archive.infolist()
            if not any(info.filename.startswith(WORKBOOK_PARTS) for info in infos):
                raise ImportRefused(
                    "binary", f"{path.name} is a zip archive. Next step: unpack it and import the files inside."
                )
            unpacked = 0
            for info in infos:
                unpacked += _unpacked(stream, info, UNPACKED_LIMIT - unpacked)
            if unpacked <= UNPACKED_LIMIT:
                _check_parts(path, archive)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, expat.ExpatError) as error:
        raise ImportRefused(
            "truncated", f"{path.name} is a workbook that is not whole ({error}). Save or download it again."
        ) from error
    if unpacked > UNPACKED_LIMIT:
        raise _too_much(path, f"unpacks to more than {UNPACKED_LIMIT >> 20} MB")


def _too_much(path: Path, what: str) -> ImportRefused:
    return ImportRefused("binary", f"{path.name} {what}. Next step: export the table as CSV.")


def _check_contents(path: Path) -> None:
    """Refuse an archive whose table of contents alone is larger than any workbook's: reading it makes an object a part."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - ENDING))
        ending = stream.read(ENDING)
    at, large = ending.rfind(b"PK\5\6"), ending.rfind(b"PK\6\6")
    listed = int.from_bytes(ending[at + 12 : at + 16], "little") if at >= 0 else 0
    if large >= 0:
        listed = max(listed if listed != 0xFFFFFFFF else 0, int.from_bytes(ending[large + 40 : large + 48], "little"))
    if listed > PARTS_LIMIT:
        raise _too_much(path, "holds more parts than any workbook has")


def _check_parts(path: Path, archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    for name in names:
        if name == "content.xml" or (name.startswith("xl/") and name.endswith((".xml", ".rels"))):
            with archive.open(name) as part:
                if _DECLARED.search(part.read(PIECE).replace(b"\0", b"")):
                    raise ImportRefused(
                        "unsafe_xml",
                        f"{path.name}: {name} declares a document type; no workbook needs one. Save it again as .xlsx.",
                    )
    sheets = [name for name in names if name.startswith("xl/worksheets/")]
    lengths = _lengths(archive, names)
    text = 0
    for name in sheets:
        with archive.open(name) as part:
            text += _binary_text(path, part, lengths) if name.endswith(".bin") else _sheet_text(path, part, lengths)
    if "content.xml" in names:
        with archive.open("content.xml") as part:
            text += _repeated_text(path, part)
    if text > TEXT_LIMIT:
        raise _too_much(path, f"shows the same long texts in so many cells that they would fill {text >> 30} GB")


def _lengths(archive: zipfile.ZipFile, names: list[str]) -> array[int]:
    """Return how many bytes each shared text has at most, markup included."""
    found: array[int] = array("L")
    for name in ("xl/sharedStrings.xml", "xl/sharedStrings.bin"):
        if name in names:
            with archive.open(name) as part:
                found.extend(_items(part) if name.endswith(".xml") else _binary_items(part))
    return found


def _items(part: IO[bytes]) -> Iterator[int]:
    length, rest = 0, b""
    while piece := part.read(PIECE):
        data, start = rest + piece, 0
        length -= len(rest)
        for end in _ITEM_END.finditer(data):
            yield length + end.end() - start
            start, length = end.end(), 0
        length += len(data) - start
        rest = data[max(start, len(data) - 64) :]  # an end tag may lie across two pieces
    if length:
        yield length


def _binary_items(part: IO[bytes]) -> Iterator[int]:
    return (len(record) for kind, record in _records(part) if kind == _SST_ITEM)


def _sheet_text(path: Path, part: IO[bytes], lengths: array[int]) -> int:
    """Return the bytes of shared texts that a sheet's cells show. Refuses a sheet whose last cell stands too far out.

    A few hundred bytes can name the cell XFD1048576, and the reader makes a place for each of its 17 billion neighbours.
    A cell whose text is not told here counts with the longest.
    """
    text = signs = told = last_row = last_column = 0
    for data in _whole_tags(part):
        for letters, digits in _CELL.findall(data):
            last_row, last_column = max(last_row, int(digits)), max(last_column, _column_number(letters))
        if lengths:
            signs += len(_SHARED_SIGN.findall(data))
            for number in _SHARED.findall(data):
                told += 1
                text += lengths[int(number)] if int(number) < len(lengths) else 0
    _refuse_far(path, last_row, last_column)
    return text + max(0, signs - told) * max(lengths, default=0)


def _refuse_far(path: Path, last_row: int, last_column: int) -> None:
    if last_row * last_column > CELLS_LIMIT:
        raise ImportRefused(
            "binary",
            f"{path.name}: a sheet reaches to row {last_row:,} and column {last_column:,}, nearly all of it empty. "
            "Next step: delete the empty rows and columns behind the table, or export the table as CSV.",
        )


def _whole_tags(part: IO[bytes]) -> Iterator[bytes]:
    """Yield a part in pieces that are cut before a row, or before a tag where a row is longer than a piece."""
    rest = b""
    while piece := part.read(PIECE):
        data = rest + piece
        cut = data.rfind(b"<row") if len(data) < 4 * PIECE else -1
        cut = cut if cut > 0 else data.rfind(b"<")
        yield data[: max(cut, 0)]
        rest = data[max(cut, 0) :]
        if len(rest) > 4 * PIECE:  # one tag as long as that is none of a sheet
            rest = rest[-PIECE:]
    yield rest


def _binary_text(path: Path, part: IO[bytes], lengths: array[int]) -> int:
    """Return the bytes of shared texts that the cells of a sheet of an .xlsb show; refuse it as one of an .xlsx."""
    text = last_row = last_column = 0
    for kind, record in _records(part):
        first = int.from_bytes(record[:4], "little")
        if kind == _ROW:
            last_row = max(last_row, first + 1)
        elif kind in _CELLS:
            last_column = max(last_column, first + 1)
            if kind == _CELL_SHARED:
                number = int.from_bytes(record[8:12], "little")
                text += lengths[number] if number < len(lengths) else 0
    _refuse_far(path, last_row, last_column)
    return text


def _records(part: IO[bytes]) -> Iterator[tuple[int, memoryview]]:
    """Yield the records of a part of an .xlsb: kind and content."""
    data = memoryview(part.read())
    at, end = 0, len(data)
    while at < end:
        kind, at = _number(data, at, most=2)
        size, at = _number(data, at, most=4)
        yield kind, data[at : at + size]
        at += size


def _number(data: memoryview, at: int, *, most: int) -> tuple[int, int]:
    value = 0
    for place in range(most):
        if at >= len(data):
            break
        value |= (data[at] & 0x7F) << (7 * place)
        at += 1
        if data[at - 1] < 0x80:
            break
    return value, at


def _repeated_text(path: Path, part: IO[bytes]) -> int:
    """Return the bytes of all cells of an .ods, repeated as they say. Refuses one with more cells than fit in memory."""
    counted = _Repeats()
    reader = expat.ParserCreate()
    reader.StartElementHandler, reader.EndElementHandler, reader.CharacterDataHandler = (
        counted.start,
        counted.end,
        counted.text,
    )
    while piece := part.read(PIECE):
        reader.Parse(piece)
    reader.Parse(b"", True)
    if counted.places > CELLS_LIMIT:
        raise _too_much(path, f"repeats its cells to {counted.places:,}")
    return counted.bytes


class _Repeats:
    """Counts the places of the largest table up to its last cell with anything in it, and the text of all its cells."""

    def __init__(self) -> None:
        self.places = self.bytes = 0
        self._rows = self._columns = 1
        self._row = self._column = self._last_row = self._last_column = self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "table":
            self._row = self._last_row = self._last_column = 0
        elif kind == "table-row":
            self._rows, self._column = _times(attributes, "number-rows-repeated"), 0
        elif kind in _ODS_CELLS:
            self._columns = _times(attributes, "number-columns-repeated")
            self._length = sum(len(value) for key, value in attributes.items() if key.endswith(_ODS_VALUES))

    def text(self, data: str) -> None:
        self._length += len(data)

    def end(self, name: str) -> None:
        kind = name.rpartition(":")[2]
        if kind == "table-row":
            self._row += self._rows
        elif kind in _ODS_CELLS:
            self._column += self._columns
            if self._length:
                self._last_row = max(self._last_row, self._row + self._rows)
                self._last_column = max(self._last_column, self._column)
                self.places = max(self.places, self._last_row * self._last_column)
                self.bytes += self._rows * self._columns * self._length
            self._length = 0


def _times(attributes: dict[str, str], name: str) -> int:
    for key, value in attributes.items():
        if key.rpartition(":")[2] == name and value.isascii() and value.isdigit():
            return int(value[:9])
    return 1


@lru_cache(maxsize=1 << 15)
def _column_number(letters: bytes) -> int:
    """Return a column's number from 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _unpacked(stream: BinaryIO, info: zipfile.ZipInfo, limit: int) -> int:
    """Return the true unpacked size of one part, counting up to just over `limit`: a bomb lies about its size."""
    if limit < 0:
        return 0
    if info.compress_type == zipfile.ZIP_STORED:
        return info.compress_size
    stream.seek(info.header_offset + 26)
    name, extra = int.from_bytes(stream.read(2), "little"), int.from_bytes(stream.read(2), "little")
    stream.seek(info.header_offset + 30 + name + extra)
    inflate, left, size = zlib.decompressobj(-15), info.compress_size, 0
    while left > 0 and size <= limit and not inflate.eof:
        packed = stream.read(min(PIECE, left))
        if not packed:
            break
        left -= len(packed)
        while packed and size <= limit:
            size += len(inflate.decompress(packed, PIECE))
            packed = inflate.unconsumed_tail
    return size
