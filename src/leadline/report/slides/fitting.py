"""How much room a text takes on a slide, before it is set: lines, sizes, and cutting. All lengths are points.

Widths are those of the face slides are set in, the widest line of a thousand measured, so what fits here fits there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from leadline.report import lettering
from leadline.report.printable import printable

T = TypeVar("T")
LEADING = 1.22  # height of a line in sizes of its letters, as office programs set them
# Arial's lines as a share of DejaVu Sans's: at most 0.86 regular, 0.82 bold, over every line of the demo's pages.
_NARROWER = {False: 0.87, True: 0.84}
_BOUND = re.compile(r"(?<=\d) (?=%)|(?<=[<>≤≥]) (?=\d)")
# No slide shows more of one text; the rest is hostile or belongs in a report (house).
_MOST_LETTERS = 1_500


def shown(text: str) -> str:
    """Return a text as a slide can hold it: one line, no control character, not endless, numbers kept at their %."""
    flat = _BOUND.sub("\u00a0", printable(text[: 4 * _MOST_LETTERS]))
    return flat if len(flat) <= _MOST_LETTERS else flat[: _MOST_LETTERS - 1].rstrip() + "…"


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a line is."""
    return lettering.width(text, size, bold=bold) * _NARROWER[bold]


def lines(text: str, room: float, *, size: float, bold: bool = False) -> int:
    """Return how many lines a text needs, broken at spaces; a word longer than a line is broken anywhere.

    >>> lines("one two three", 1000, size=12), lines("x" * 100, 60, size=12) > 5
    (1, True)
    """
    count, used = 1, 0.0
    space = width(" ", size, bold=bold)
    for word in text.split(" "):
        wide = width(word, size, bold=bold)
        if used and used + space + wide <= room:
            used += space + wide
            continue
        if used:
            count += 1
        count += math.floor(wide / room)
        used = wide % room
    return count


def height(text: str, room: float, *, size: float, bold: bool = False) -> float:
    """Return how tall a text is in a box of this width."""
    return lines(text, room, size=size, bold=bold) * size * LEADING


def size_for(text: str, room: float, *, sizes: Sequence[tuple[float, int]], bold: bool = False) -> tuple[float, str]:
    """Return the first of some sizes at which a text keeps to its number of lines, and the text.

    sizes: size and most lines, largest first; at the last one the text is cut where it is still too long
    """
    for size, most in sizes:
        if lines(text, room, size=size, bold=bold) <= most:
            return size, text
    size, most = sizes[-1]
    kept = text
    while kept and lines(kept + "…", room, size=size, bold=bold) > most:
        kept = kept[: -max(1, len(kept) // 20)].rstrip()
    return size, kept + "…"


def balanced(items: Sequence[tuple[T, float]], room: float) -> list[list[T]]:
    """Return items in as few groups as `filled` makes, about as tall as each other, so that none is left over alone.

    >>> balanced([(letter, 1.0) for letter in "abcde"], 4.0)
    [['a', 'b', 'c'], ['d', 'e']]
    """
    whole = list(filled(items, room))
    for share in (0.5, 0.6, 0.7, 0.8, 0.9):
        trial = list(filled(items, share * room))
        if len(trial) == len(whole):
            return trial
    return whole


def filled(items: Iterable[tuple[T, float]], room: float) -> Iterator[list[T]]:
    """Yield items in groups, each no taller than `room`; one that is taller alone stands alone.

    >>> list(filled([("a", 2.0), ("b", 2.0), ("c", 5.0)], 4.5))
    [['a', 'b'], ['c']]
    """
    group: list[T] = []
    used = 0.0
    for item, tall in items:
        if group and used + tall > room:
            yield group
            group, used = [], 0.0
        group.append(item)
        used += tall
    if group:
        yield group
