"""What a writer gives back: a file's name, its bytes, and what a careful reader should find in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Written:
    """One export.

    data: empty where the file was streamed to disk · counts: records after the header, and how many of them are there
    to be rejected or skipped
    """

    name: str
    data: bytes
    counts: Mapping[str, int | str] = field(default_factory=dict)


def csv_bytes(
    rows: Iterable[Sequence[object]], *, delimiter: str = ",", newline: str = "\n", encoding: str = "utf-8"
) -> bytes:
    """Return rows as delimited text, quoted only where needed."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return text.getvalue().encode(encoding)
