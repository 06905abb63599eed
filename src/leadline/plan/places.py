"""Where something stands: places in files, paths in the model, and faults found while reading."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Path = tuple[str | int, ...]
"""A path in model coordinates with the keys of the file: `("tactics", "list", 3, "delivers", 0, "count")`."""

FaultKind = Literal[
    "unknown_field",
    "bad_quantity",
    "bad_value",
    "missing_field",
    "duplicate_id",
    "duplicate_key",
    "unquoted",
    "estimate_order",
    "estimate_range",
]


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a file; lines and columns count from 1, the end column is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a readable plan that the model could not take, or that cannot be computed with.

    kind: what is wrong (see FaultKind)
    path: the value concerned, in model coordinates; what was dropped keeps the path it would have had
    place: where it stands; None when only the model was at hand (`document.place(path)` finds it)
    text: the value as written; values: what a finding says about it
    element: kind and id of the element it belongs to, or None for the plan's own fields
    """

    kind: FaultKind
    path: Path
    place: Place | None
    text: str
    values: Mapping[str, object] = field(default_factory=dict)
    element: tuple[str, str] | None = None


class Lines:
    """The line starts of one text: turns offsets into lines and columns.

    A line ends with LF, CR or CR LF, as editors count; a byte order mark takes no column.
    """

    def __init__(self, text: str) -> None:
        """Find the start of every line once."""
        self.text = text
        self._mark = 1 if text.startswith("\ufeff") else 0
        starts = [0]
        position = 0
        for line in text.replace("\r\n", "\0\n").replace("\r", "\n").split("\n")[:-1]:
            position += len(line) + 1
            starts.append(position)
        self._starts = starts

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column (both from 1) of an offset into the text."""
        line = bisect_right(self._starts, offset)
        column = offset - self._starts[line - 1] + 1
        return line, max(1, column - self._mark) if line == 1 else column

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a position; the inverse of `position`."""
        return self._starts[line - 1] + column - 1 + (self._mark if line == 1 else 0)

    def line(self, number: int) -> str:
        """Return one line without its end; an empty text outside the file."""
        if not 1 <= number <= len(self._starts):
            return ""
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[self._starts[number - 1] : end].rstrip("\r\n").removeprefix("\ufeff")

    def place(self, file: str, span: tuple[int, int]) -> Place:
        """Return the place between two offsets, start and end."""
        start, end = span
        return Place(file, *self.position(start), *self.position(max(start, end)))
