"""How far an import is: which file is read, how many of its records, and which part of all bytes that is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from leadline.evidence.sources.records import Head, Record

Tell = Callable[[str, float | None], None]

EVERY_RECORDS = 5_000  # own: a reader takes ten thousand and more a second; less often would look like standing still
READING_PART = (
    0.9  # own, measured on a year of ads and of visits: nine tenths of the time go into reading, the rest into merging
)
CHUNK = 1 << 20  # own: a mebibyte at a time
BY_LINES = ("csv", "jsonl")  # kinds of files whose records know their physical line


class Course:
    """The files of one call on their way in. Tells the part done (0..1), or None where a file does not let it be known."""

    def __init__(self, tell: Tell | None, files: Sequence[Path]) -> None:
        """Take the files of the call, in any order. tell: what is told; None tells nobody."""
        self._tell = tell
        self._sizes: dict[Path, int] = {}
        for path in files if tell is not None else ():
            with suppress(OSError):
                self._sizes[path] = path.stat().st_size
        self._read = self._merged = 0

    def reading(self, path: Path, head: Head, *, records: Iterable[Record]) -> Iterable[Record]:
        """Return the records of a file; while they are taken, it is told how far they are."""
        return records if self._tell is None else self._told(self._tell, path, head, records)

    def scanning(self, path: Path) -> None:
        """Tell that the engine reads a file as a whole; how far it is shows when it is done."""
        if self._tell is not None:
            self._tell(f"reading {path.name}", READING_PART * self._read / max(1, sum(self._sizes.values())))
            self._read += self._sizes.get(path, 0)

    def merging(self, path: Path) -> None:
        """Tell that a file that was read now goes into the warehouse."""
        if self._tell is not None:
            part = self._merged / max(1, len(self._sizes))
            self._merged += 1
            self._tell(f"merging {path.name}", READING_PART + (1 - READING_PART) * min(1.0, part))

    def _told(self, tell: Tell, path: Path, head: Head, records: Iterable[Record]) -> Iterator[Record]:
        size, all_of_them = self._sizes.get(path, 0), max(1, sum(self._sizes.values()))
        tell(f"reading {path.name}", READING_PART * self._read / all_of_them)
        lines = _lines(path) if head.kind in BY_LINES and not head.compressed else 0
        for number, record in enumerate(records, start=1):
            if number % EVERY_RECORDS == 0:
                known = self._read + size * min(1.0, record.line / lines) if lines else None
                share = None if known is None else READING_PART * min(1.0, known / all_of_them)
                tell(f"reading {path.name}: {number:,} records", share)
            yield record
        self._read += size


def _lines(path: Path) -> int:
    """Return how many lines a file has; counting them costs a hundredth of reading them."""
    with path.open("rb") as file:
        return 1 + sum(chunk.count(b"\n") for chunk in iter(partial(file.read, CHUNK), b""))
