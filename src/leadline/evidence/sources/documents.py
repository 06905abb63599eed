"""JSON, JSON lines and Parquet as records: one object each, with its line or record number."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadline.errors import ImportRefused
from leadline.evidence.sources.records import Head, RejectReason
from leadline.evidence.sources.text import BOMS, CELL_LIMIT, CHUNK, LINE_LIMIT, RAW_SHOWN, byte_lines, opened

if TYPE_CHECKING:
    from codecs import IncrementalDecoder

    from pyarrow import RecordBatch
    from pyarrow.parquet import ParquetFile

BATCH = 10_000  # parquet rows turned into objects at once; own: bounds memory at some ten MB
OBJECT_LIMIT = 64 << 20  # characters of one object of an array; own: four lines at their limit, far above any visit
DEEPEST = 200  # nesting of a JSON document; own: far above any export, far below Python's recursion limit

_SPACE = re.compile(r"[\s,]*")
_OPENING = re.compile(r'\{\s*"')


@dataclass(slots=True)
class Document:
    """One object of a JSON, JSON lines or Parquet file; `problem` where it cannot be taken.

    line: physical line (JSON lines) or record number, from 1 · raw: its text, `hex:` bytes where not decoded
    """

    line: int
    value: dict[str, Any]
    raw: str
    problem: tuple[RejectReason, str] | None = None

    def text(self) -> str:
        """Return the record as text; a parquet row as JSON."""
        return self.raw or json.dumps(self.value, default=str, ensure_ascii=False)


def parse_object(text: str) -> dict[str, Any]:
    """Return a JSON object. Raises ValueError for anything else, NaN and Infinity included."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - callers treat every fault of the text alike
    if not _is_text(text, value):
        raise ValueError("half a surrogate pair is no text")
    return value


def _is_text(text: str, value: object) -> bool:
    """Return whether every string of a JSON value can be written as UTF-8; half a surrogate pair cannot."""
    if "\\ud" not in text and "\\uD" not in text:
        return True
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_constant(name: str) -> float:
    """JSON has no NaN and no Infinity; a number that is none is never stored."""
    raise ValueError(f"{name} is not a JSON number")


def json_records(head: Head) -> Iterator[Document]:
    """Yield the objects of a JSON lines file, or of a JSON array (or single object), in order.

    Raises ImportRefused `truncated` for a JSON array that does not end.
    """
    return _lines(head) if head.kind == "jsonl" else _array(head)


def _lines(head: Head) -> Iterator[Document]:
    """Yield one document per line that is not blank; a broken last line is `truncated`, others `bad_json`."""
    codec = "utf-8" if head.encoding in {None, "utf-8-sig"} else str(head.encoding)
    bom = BOMS.get(str(head.encoding), b"")
    with opened(head.path, compressed=head.compressed) as stream:
        for number, data in enumerate(byte_lines(stream, head.newline), 1):
            body = data.removeprefix(bom) if number == 1 else data
            ended = body.endswith(head.newline)
            if not body.strip(b" \t\r\n\x00"):
                continue
            yield _line_document(number, body, codec, ended=ended)


def _line_document(number: int, body: bytes, codec: str, *, ended: bool) -> Document:
    """Return one line as a document or a problem."""
    if len(body) > LINE_LIMIT:
        return Document(number, {}, _shown(body, codec), ("too_long", "the line holds more than 16 MiB"))
    try:
        text = body.decode(codec).strip()
    except UnicodeDecodeError:
        reason: RejectReason = "encoding" if ended else "truncated"
        return Document(number, {}, "hex:" + body.hex(), (reason, "the bytes of this line are not valid text"))
    try:
        value = parse_object(text)
    except ValueError as error:
        cut = not ended
        problem: tuple[RejectReason, str] = (
            ("truncated", "the file ends inside this line") if cut else ("bad_json", f"not a JSON object: {error}")
        )
        return Document(number, {}, text[:RAW_SHOWN], problem)
    if len(text) > CELL_LIMIT and any(isinstance(v, str) and len(v) > CELL_LIMIT for v in value.values()):
        return Document(number, {}, text[:RAW_SHOWN], ("too_long", "a value holds more than 1 MiB of text"))
    return Document(number, value, text)


def _shown(body: bytes, codec: str) -> str:
    """Return the beginning of an overlong line."""
    return body[:RAW_SHOWN].decode(codec, errors="replace") + "…"


def _array(head: Head) -> Iterator[Document]:
    """Yield the objects of a JSON array as they come; memory holds one object and one block."""
    codec = "utf-8" if head.encoding in {None, "utf-8-sig"} else str(head.encoding)
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    with opened(head.path, compressed=head.compressed) as stream:
        feed = codecs.getincrementaldecoder(codec)(errors="strict")
        buffer, number, started, single = "", 0, False, False
        for block in iter(partial(stream.read, CHUNK), b""):
            buffer += _fed(feed, block, head.path)
            if not started:
                buffer = buffer.lstrip("\ufeff \t\r\n")
                single, started = not buffer.startswith("["), bool(buffer)
                buffer = buffer if single else buffer[1:]
            start = 0  # what was read is cut off once per block: a cut per object would copy the block each time
            while not single and (found := _next_value(decoder, buffer, start=start)) is not None:
                value, end = found
                number += 1
                yield _element(number, value, buffer[start:end])
                start = end
            buffer = buffer[start:]
            if len(buffer) > OBJECT_LIMIT:
                raise _cut(head.path, f"record {number + 1} does not end, or is larger than 64 MiB")
        if single:
            yield _whole(decoder, buffer, head.path)
        elif _SPACE.sub("", buffer, count=1).strip() != "]":
            raise _cut(head.path, f"after {number} records")


def _next_value(decoder: json.JSONDecoder, buffer: str, *, start: int) -> tuple[Any, int] | None:
    """Return the next value of an array from start on and where it ends, or None where the buffer holds no whole one."""
    space = _SPACE.match(buffer, start)
    at = space.end() if space else start
    if at >= len(buffer) or buffer[at] == "]":
        return None
    try:
        value, end = decoder.raw_decode(buffer, at)
    except (ValueError, RecursionError):
        return None
    return (value, end) if buffer[at] in '{["' or end < len(buffer) else None


def _element(number: int, value: object, raw: str) -> Document:
    """Return one array element as a document."""
    text = raw.lstrip(", \t\r\n")
    if isinstance(value, dict) and _is_text(text, value):
        return Document(number, value, text)
    return Document(number, {}, text[:RAW_SHOWN], ("bad_json", "not a JSON object"))


def _whole(decoder: json.JSONDecoder, buffer: str, path: Path) -> Document:
    """Return a file that is one object."""
    try:
        value, end = decoder.raw_decode(buffer.strip())
    except (ValueError, RecursionError) as error:
        raise _cut(path, str(error)) from error
    return _element(1, value, buffer[: end + 1].strip())


def _fed(feed: IncrementalDecoder, block: bytes, path: Path) -> str:
    """Decode one block; JSON with bytes that are no text is refused as a whole."""
    try:
        return str(feed.decode(block))
    except UnicodeDecodeError as error:
        raise _cut(path, "its bytes are not valid text") from error


def _cut(path: Path, where: str) -> ImportRefused:
    """Say that a document is not whole."""
    return ImportRefused("truncated", f"{path.name} is a JSON document that is not whole ({where}). Download it again.")


def first_object(text: str) -> tuple[str, ...] | None:
    """Return the keys of the first object in the beginning of a JSON text, or None where it is not JSON."""
    body = text.lstrip("\ufeff \t\r\n")
    body = body[1:].lstrip() if body.startswith("[") else body
    if body.startswith("]"):
        return ()
    try:
        value, _ = json.JSONDecoder().raw_decode(body)
    except (ValueError, RecursionError):
        # Larger than the beginning that was read: its top-level names still tell the format.
        return tuple(dict.fromkeys(re.findall(r'"([^"\\]{1,80})"\s*:', body))) if _OPENING.match(body) else None
    return tuple(value) if isinstance(value, dict) else None


def parquet_head(path: Path) -> Head:
    """Return the column names of a parquet file. Raises ImportRefused `truncated` where it is not whole."""
    with _parquet(path) as file:
        return Head(path, "parquet", keys=tuple(file.schema_arrow.names))


def parquet_records(head: Head) -> Iterator[Document]:
    """Yield the rows of a parquet file as objects; the line is the row number from 1."""
    number = 0
    for batch in parquet_batches(head):
        for value in _rows(batch):
            number += 1
            problem: tuple[RejectReason, str] = ("encoding", "the bytes of a text in this row are not valid text")
            yield Document(number, {}, "", problem) if value is None else Document(number, value, "")


def _rows(batch: RecordBatch) -> Iterator[dict[str, Any] | None]:
    """Yield the rows of a batch as objects; None where a text is none, which the format's own checks let pass."""
    try:
        yield from batch.to_pylist()
    except UnicodeDecodeError:
        for row in range(batch.num_rows):
            try:
                value = batch.slice(row, 1).to_pylist()[0]
            except UnicodeDecodeError:
                value = None
            yield value


def parquet_batches(head: Head) -> Iterator[RecordBatch]:
    """Yield the rows of a parquet file, some thousand at a time. Raises ImportRefused `truncated`."""
    with _parquet(head.path) as file:
        try:
            yield from file.iter_batches(batch_size=BATCH)
        except (OSError, ValueError) as error:
            raise ImportRefused(
                "truncated", f"{head.path.name} is a parquet file that is not whole ({error}). Export it again."
            ) from error


def _parquet(path: Path) -> ParquetFile:
    """Open a parquet file or refuse it."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(path, pre_buffer=False)  # else all that was read stays in memory to the end
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ImportRefused(
            "truncated", f"{path.name} is a parquet file that is not whole ({error}). Export it again."
        ) from error
