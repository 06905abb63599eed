"""Files of paths and of touches, as `leadline attribute` takes them: CSV, Parquet and workbooks alike.

`read_paths` gives what `measure.paths` receives, and beside it every row that could not be taken, with its
line and the reason. Nothing is repaired and nothing is dropped silently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from leadline.errors import UsageError
from leadline.evidence.path_blocks import Block, Locale, blocks_of
from leadline.evidence.path_columns import PathColumns, find_columns
from leadline.evidence.path_events import read_touches
from leadline.evidence.path_rows import take_paths
from leadline.evidence.sources.records import Head, ImportOptions, Reject
from leadline.evidence.sources.sniff import open_head
from leadline.evidence.sources.values import NumberVotes
from leadline.inputs import Paths, Touches

# Rows kept before equal paths are summed; ours: 2 million short paths are about 150 MB.
ROWS_BEFORE_SUMMING = 2_000_000
PLAIN_BLOCK = 1 << 20  # bytes looked at together; ours


@dataclass(frozen=True)
class PathFile:
    """What a file of journeys gave.

    journeys: `Paths` (aggregated: one row per distinct path) or `Touches` (an event table)
    read: rows below the header · ignored: rows with neither conversions nor nulls, and blank ones
    rejects: rows that could not be taken, in order of their lines
    """

    journeys: Paths | Touches
    read: int
    ignored: int
    rejects: tuple[Reject, ...]
    notes: tuple[str, ...] = ()


def read_paths(
    file: str | Path, *, sheet: str | None = None, numbers: Locale | None = None, **columns: str | None
) -> PathFile:
    """Return the journeys of a file, and what could not be taken.

    sheet: of a workbook, where several would do · numbers: "en" (1,234.5) or "de" (1.234,5); default: told
    from the values · columns: the file's own names, by role (path, conversions, value, nulls, or subject, account, at,
    channel, conversion, value); default: known names
    Raises `UsageError` where a column is not found or ambiguous, `ImportRefused` where the file is no table.
    """
    path = Path(file)
    head = open_head(path, ImportOptions(sheet=sheet, encoding="utf-8" if _is_plain(path) else None))
    _one_sheet(head)
    header = _header(head)
    found = find_columns(head.path.name, header, given=columns)
    locale = numbers or _locale(head, found)
    rejects: list[Reject] = []
    blocks = blocks_of(head, found, rejects=rejects)
    journeys: Paths | Touches
    if found.kind == "events":
        journeys, read, ignored = read_touches(blocks, locale, rejects=rejects)
    else:
        journeys, read, ignored = _paths(blocks, locale, rejects)
    other_width = sum(reject.reason == "columns" for reject in rejects)
    in_order = tuple(sorted(rejects, key=lambda reject: reject.line))
    return PathFile(journeys, read + other_width, ignored, in_order, (head.note,) if head.note else ())


def _is_plain(path: Path) -> bool:
    """Say whether the file is nothing but ASCII: then no line need be looked at for its encoding."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return all(block.isascii() and b"\0" not in block for block in iter(partial(stream.read, PLAIN_BLOCK), b""))


def _one_sheet(head: Head) -> None:
    if len(head.records) > 1:
        listed = ", ".join(f'"{name}"' for name in head.records)
        raise UsageError(f"{head.path.name} has several sheets with rows: {listed}. Name one with --sheet.")


def _header(head: Head) -> tuple[str, ...]:
    if head.kind == "parquet":
        return tuple(head.keys)
    if not head.records:
        raise UsageError(f"{head.path.name} is {head.kind}, not a table of paths. Save it as CSV, Parquet or .xlsx.")
    return tuple(str(cell).strip() for cell in next(iter(head.records.values()))[0][1])


def _locale(head: Head, found: PathColumns) -> Locale:
    """Return how the file writes its numbers, by the first rows; English where nothing tells."""
    votes = NumberVotes()
    for _, cells in next(iter(head.records.values()), [])[1:]:
        for role in ("conversions", "value", "nulls"):
            place = found.places.get(role, len(cells))
            if place < len(cells) and isinstance(cells[place], str):
                votes.see(cells[place])
    decided = votes.decided()
    return decided[0] if decided else "en"


def _paths(blocks: Iterator[Block], locale: Locale, rejects: list[Reject]) -> tuple[Paths, int, int]:
    """Return the paths summed over equal ones, how many rows were read, and how many count nothing."""
    channels: dict[str, int] = {}
    parts: list[Paths] = []
    read = ignored = waiting = 0
    for block in blocks:
        taken = take_paths(block, locale, channels=channels)
        read += block.rows
        ignored += taken.ignored
        rejects += taken.rejects
        parts.append(taken.paths)
        waiting += len(parts[-1].conversions)
        if waiting > ROWS_BEFORE_SUMMING:
            parts, waiting = [Paths.joined(parts).aggregated()], 0
    return _alphabetical(Paths.joined(parts).aggregated() if parts else Paths.from_rows([])), read, ignored


def _alphabetical(paths: Paths) -> Paths:
    """Return the paths with channels numbered by name, so that the order of rows tells nothing."""
    occurring = [paths.channels[number] for number in np.unique(paths.steps)]
    number = {name: index for index, name in enumerate(sorted(occurring))}
    renumbered = np.array([number.get(name, -1) for name in paths.channels], dtype=paths.steps.dtype)
    return replace(paths, channels=tuple(number), steps=renumbered[paths.steps] if number else paths.steps)
