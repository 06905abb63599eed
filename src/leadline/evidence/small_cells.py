"""Counts of people as they may be shown: no cell of a few, and none that the total would tell.

What is a cell: a count of people who share something, such as a channel, an origin, a tactic, a way they took, what they
agreed to. What is none: everybody together, entries per day or month, visits and other events, companies and their deals,
posts, money.

    shown = published({"email": 120, "phone": 4, "post": 31}, least=10)
    shown.cells["phone"], shown.cells["post"]     # None, None: the second, so that the total does not tell the first

Every output that counts people asks here. Counts of posts and amounts of money are no cells of people. A nought is shown:
nobody is in it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

HIDDEN = "hidden"  # stands in the place of a number that is not shown; `note` says why
LEAST = 10  # design, evidence section 5.5: k = 10 (own default, settable down to 3)

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Published(Generic[Name]):
    """Cells as they may be shown, None where they may not, and their total under the same rule."""

    cells: Mapping[Name, float | None]
    total: float | None
    least: int = LEAST

    @property
    def hidden(self) -> int:
        """Return how many cells are not shown."""
        return sum(one is None for one in self.cells.values())

    def note(self) -> str:
        """Return why cells are missing, "" where none is."""
        return note(self.least) if self.hidden else ""


def published(cells: Mapping[Name, float], *, least: int = LEAST) -> Published[Name]:
    """Return the cells of one table with one total as they may be shown.

    A cell of fewer than `least` people is hidden. Where it alone would be missing, or all that is missing together were
    fewer than two such groups, the next smallest goes with it; where there is none left, everything goes, the total and the noughts too: that so
    little is missing would tell how little it is.
    """
    hidden = {name for name, count in cells.items() if 0 < count < least}
    left = sorted((name for name, count in cells.items() if count >= least), key=lambda name: (cells[name], str(name)))
    while hidden and left and not _is_safe(cells, hidden, least):
        hidden.add(left.pop(0))
    if hidden and not _is_safe(cells, hidden, least):
        return Published(dict.fromkeys(cells), None, least)
    total = sum(cells.values())
    return Published({name: None if name in hidden else count for name, count in cells.items()}, total, least)


def hidden_of(cells: Mapping[Name, float], *, least: int = LEAST) -> frozenset[Name]:
    """Return which cells of one table with one total are not shown."""
    return frozenset(name for name, count in published(cells, least=least).cells.items() if count is None)


def note(least: int = LEAST) -> str:
    """Return why numbers are missing."""
    return f"Groups of fewer than {least} people are not shown, nor what would tell how many they are."


def few(count: float, *, least: int = LEAST) -> bool:
    """Return whether a count stands for so few people that it is not shown.

    >>> few(4), few(0), few(10)
    (True, False, False)
    """
    return 0 < count < least


def _is_safe(cells: Mapping[Name, float], hidden: set[Name], least: int) -> bool:
    """Return whether every missing cell may, by what is shown, be one of `least` people or more, or of one.

    Of m cells that together hold s people, each may hold any number from 1 to s - m + 1.
    """
    together = sum(cells[name] for name in hidden)
    return len(hidden) > 1 and together >= max(2 * least, least + len(hidden) - 1)
