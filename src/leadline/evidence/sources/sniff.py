"""What kind of file this is, before any format is thought of: magic bytes, encoding, delimiter, first records.

Order: magic bytes → byte order mark → NUL pattern (UTF-16 without mark) → strict UTF-8 → cp1252 → delimiter.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from leadline.errors import ImportRefused
from leadline.evidence.sources.records import Head, ImportOptions
from leadline.evidence.sources.text import BOMS, CHUNK, csv_records, opened, text_codec

HEAD_RECORDS = 50  # records a format may look at; design/evidence 2.1
BLOCK_RECORDS = 4  # records from each later line of a preamble on; own: itself, its header and two rows
BLOCKS_WITHIN = 2_000  # records in which a later block is looked for; own: a chart by hour of twelve weeks
BEGINNING = 1 << 16  # bytes looked at for signs and NULs; own: covers any preamble and header
DELIMITERS = ("\t", ";", ",")  # design/evidence 2.1
NUL_SHARE = 0.3  # share of NULs in every second byte that makes UTF-16; own: Latin text has nearly 1, CJK few

# First bytes → what the file is and what to do instead.
BINARY = (
    (b"%PDF", "a PDF", "download the table itself as CSV or .xlsx"),
    (b"\x89PNG", "a PNG image", "download the table itself as CSV or .xlsx"),
    (b"\xff\xd8\xff", "a JPEG image", "download the table itself as CSV or .xlsx"),
    (b"GIF8", "a GIF image", "download the table itself as CSV or .xlsx"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it and import the files inside"),
    (b"Rar!", "a RAR archive", "unpack it and import the files inside"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it and import the file inside"),
    (b"BZh", "a bzip2 archive", "unpack it and import the file inside"),
    (b"\xfd7zXZ", "an xz archive", "unpack it and import the file inside"),
    (b"\x7fELF", "a program", "name the export itself"),
    (b"MZ\x90", "a program", "name the export itself"),
    (b"Obj\x01", "an Avro file", "export as Parquet or JSON lines"),
    (b"ORC", "an ORC file", "export as Parquet or CSV"),
)
MOST_COLUMNS = 16_384  # of one table; Microsoft, Excel specifications and limits: columns of a worksheet
XML_BEGINS = re.compile(r"<(?:\?xml|!--|!doctype|(?:rss|feed|item|entry|html|[\w.-]+:[\w.-]+)[\s>/])")
XML_ROOT = re.compile(r"<([a-zA-Z_][\w.-]*(?::[\w.-]+)?)(?=[\s>/])")  # the first tag; declarations begin with ! or ?
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Encoding:
    """The encoding of a text file and how its lines end; `note` where it was fallen back to."""

    name: str
    newline: bytes
    note: str = ""


def refuse_binary(path: Path, what: str, *, instead: str) -> ImportRefused:
    """Say what the file is and what to save it as."""
    return ImportRefused("binary", f"{path.name} is {what}, not an export that can be read. Next step: {instead}.")


def open_head(path: Path, options: ImportOptions | None = None, *, mappings: Path | None = None) -> Head:
    """Return the beginning of a file as far as its format needs it.

    path: the export · options: encoding and sheet may be forced · mappings: the workspace's folder of mapping files,
    looked through where no `NAME.mapping.yaml` lies beside the export.
    Raises ImportRefused: `empty`, `binary` (saying what it is and what to save it as), `truncated` (an archive or
    parquet file that is not whole), `not_recognised` (a mapping file that is wrong).
    """
    from leadline.evidence.sources.mapping import attach_mapping

    return attach_mapping(_bare_head(path, options or ImportOptions()), mappings)


def _bare_head(path: Path, options: ImportOptions) -> Head:
    """Return the head without a mapping."""
    try:
        with path.open("rb") as stream:
            start = stream.read(BEGINNING)
    except OSError as error:
        raise ImportRefused("not_recognised", f"{path} cannot be read: {error.strerror}.") from error
    if not start:
        raise ImportRefused("empty", f"{path.name} is an empty file (0 bytes). Download it again.")
    _refuse_known_binary(path, start)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        from leadline.evidence.sources.sheets import workbook_head

        return _not_too_wide(workbook_head(path, options))
    if start.startswith(b"PAR1"):
        from leadline.evidence.sources.documents import parquet_head

        return parquet_head(path)
    compressed = start.startswith(b"\x1f\x8b")
    if compressed:
        with opened(path, compressed=True) as stream:
            start = stream.read(BEGINNING)
        if not start:
            raise ImportRefused("empty", f"{path.name} holds an empty file. Download it again.")
        _refuse_known_binary(path, start)
        if start.startswith((b"PK\x03\x04", b"PAR1")):
            raise refuse_binary(
                path, "a packed workbook or parquet file", instead="unpack it and import the file inside"
            )
    return _text_head(path, start, options, compressed=compressed)


def _refuse_known_binary(path: Path, start: bytes) -> None:
    """Refuse what is recognised by its first bytes and can never be read."""
    if start.startswith(OLE):
        with path.open("rb") as stream:
            encrypted = any(ENCRYPTED in block for block in iter(partial(stream.read, CHUNK), b""))
        if encrypted:
            raise refuse_binary(path, "an encrypted workbook", instead="save it without a password as .xlsx")
        raise refuse_binary(path, "an old Office file (.xls, .doc)", instead="save it as .xlsx or CSV")
    for magic, what, instead in BINARY:
        if start.startswith(magic):
            raise refuse_binary(path, what, instead=instead)


def _text_head(path: Path, start: bytes, options: ImportOptions, *, compressed: bool) -> Head:
    """Return the head of a text file: JSON, XML or delimited."""
    encoding = text_encoding(path, start, forced=options.encoding, compressed=compressed)
    head = Head(path, "csv", encoding.name, compressed=compressed, newline=encoding.newline, note=encoding.note)
    codec = "utf-8" if encoding.name == "utf-8-sig" else encoding.name
    text = start.removeprefix(BOMS.get(encoding.name, b"")).decode(codec, errors="replace")
    opening = text.lstrip()[:200].casefold()
    if not opening.strip("\x00"):
        raise ImportRefused("empty", f"{path.name} holds nothing but white space. Download it again.")
    if XML_BEGINS.match(opening):
        root = XML_ROOT.search(text)
        return replace(head, kind="xml", keys=(root[1],) if root else ())
    if opening[0] in "{[" and (document := _json_head(head, text)) is not None:
        return _not_too_wide(document)
    return _not_too_wide(delimited_head(head))


def _not_too_wide(head: Head) -> Head:
    """Return a head whose columns are few enough to be looked at one against the other; raises ImportRefused."""
    widest = max((len(cells) for rows in head.records.values() for _, cells in rows), default=len(head.keys))
    if widest > MOST_COLUMNS:
        raise ImportRefused(
            "not_recognised",
            f"{head.path.name} has {widest:,} columns; the widest spreadsheet has {MOST_COLUMNS:,}. Next step: export "
            "fewer columns, with a row per record.",
        )
    return head


def _json_head(head: Head, text: str) -> Head | None:
    """Return the head of JSON or JSON lines, or None where the text only begins like it."""
    first = text.lstrip().split("\n", 1)[0].strip()
    try:
        document: Any = json.loads(first)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict):
        return replace(head, kind="jsonl", keys=tuple(document))
    from leadline.evidence.sources.documents import first_object

    keys = first_object(text)
    if keys == () and text.lstrip().startswith("["):
        raise ImportRefused(
            "empty", f"{head.path.name} is a list without a record, so it has nothing to say. Export a longer span."
        )
    return replace(head, kind="json", keys=keys) if keys is not None else None


def text_encoding(path: Path, start: bytes, *, forced: str | None, compressed: bool) -> Encoding:
    """Return the encoding: forced, by mark, by NUL pattern, UTF-8 where any line proves it, else cp1252.

    Raises ImportRefused `binary` where the bytes are no text in any of them.
    """
    if forced is not None:
        return Encoding(_known_codec(path, forced), _newline(start, forced), "")
    for name, bom in BOMS.items():
        if start.startswith(bom):
            return Encoding(name, _newline(start, name))
    even, odd = start[0::2], start[1::2]
    if odd and odd.count(0) > NUL_SHARE * len(odd) and even.count(0) < odd.count(0) / 10:
        return Encoding("utf-16-le", _newline(start, "utf-16-le"), "UTF-16 without a byte order mark")
    if even.count(0) > NUL_SHARE * len(even) and odd.count(0) < even.count(0) / 10:
        return Encoding("utf-16-be", _newline(start, "utf-16-be"), "UTF-16 without a byte order mark")
    if start.count(0):
        raise refuse_binary(path, "a binary file", instead="export the table as CSV, .xlsx, JSON lines or Parquet")
    newline = _newline(start, "utf-8")
    if _is_utf8(path, newline, compressed=compressed):
        return Encoding("utf-8", newline)
    return Encoding("cp1252", newline, "no line with a special character is valid UTF-8, so the file is read as cp1252")


def _known_codec(path: Path, name: str) -> str:
    """Return the codec's usual name."""
    found = text_codec(name)
    if found is None:
        known = "utf-8, utf-16-le, utf-16-be, cp1252, iso8859-1"
        raise ImportRefused(
            "not_recognised", f'{path.name}: the encoding "{name}" is not known. Known, among others: {known}.'
        )
    return {"utf-16": "utf-16-le", "utf_8": "utf-8", "utf_8_sig": "utf-8-sig"}.get(found, found)


def _newline(start: bytes, encoding: str) -> bytes:
    """Return what ends a physical line; a lone carriage return where the file has no line feed."""
    codec = {"utf-16": "utf-16-le"}.get(encoding.casefold(), encoding)
    line_feed, carriage = ("\n".encode(codec), "\r".encode(codec)) if "16" in codec else (b"\n", b"\r")
    return line_feed if line_feed in start or carriage not in start else carriage


def _is_utf8(path: Path, newline: bytes, *, compressed: bool) -> bool:
    """Return whether a line with a special character is valid UTF-8, or none has any.

    One such line decides: cp1252 text is valid UTF-8 only by a rare accident. The last line does not count where
    the file is cut inside a character.
    """
    invalid = False
    with opened(path, compressed=compressed) as stream:
        for block in iter(partial(stream.readlines, CHUNK), []):
            if all(map(bytes.isascii, block)):
                continue
            for line in block:
                if line.isascii():
                    continue
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError as error:
                    cut = error.reason == "unexpected end of data" and not line.endswith(newline)
                    invalid = invalid or not cut
                else:
                    return True
    return not invalid


def delimited_head(head: Head) -> Head:
    """Return the head with its delimiter and first records.

    The delimiter is the one giving the most columns on the widest record that another record repeats (a header and
    its rows); a file of one record counts alone.
    """
    best: tuple[tuple[int, int], str, list[tuple[int, list[str]]]] | None = None
    for delimiter in DELIMITERS if head.delimiter is None else (head.delimiter,):
        records = [(record.line, record.cells) for record in islice(csv_records(head, delimiter), HEAD_RECORDS)]
        widths = Counter(len(cells) for _, cells in records)
        repeated = max((width for width, times in widths.items() if times > 1 and width > 1), default=0)
        score = (repeated or max(widths, default=0), max(widths, default=0))
        if best is None or score > best[0]:
            best = (score, delimiter, records)
    if best is None or not best[2]:
        raise ImportRefused("empty", f"{head.path.name} holds no records. Download it again.")
    return replace(head, delimiter=best[1], records={"": best[2] + _later_blocks(head, best[1], after=best[2][-1][0])})


def _later_blocks(head: Head, delimiter: str, *, after: int) -> list[tuple[int, list[str]]]:
    """Return the beginnings of blocks that stand further down, each below `#` lines of its own (reports of GA4)."""
    found: list[tuple[int, list[str]]] = []
    left = 0
    for number, record in enumerate(islice(csv_records(head, delimiter), BLOCKS_WITHIN)):
        is_comment = bool(record.cells) and record.cells[0].startswith("#")
        if number == 0 and not is_comment:
            break
        left = BLOCK_RECORDS if is_comment else max(0, left - 1)
        if left and record.line > after:
            found.append((record.line, record.cells))
    return found
