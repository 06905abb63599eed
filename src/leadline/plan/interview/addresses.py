"""Addresses of a question: where in the plan its answer goes, written with the keys of the file.

plan.driver                          one place
objectives[+].baseline               in the element that this block builds (a new one, for the block's first question)
situation.segments[*].venues[+]      in each element (in the one asked about, where a question is asked for each)
strategy.levels[market].not_doing    in the element of that level; of any other list in the element with that id
control.watches[any].red             in some element (conditions only)
action.people[$who].covers[+]        in the element that this part of the answer names
strategy.levels[business_unit!].parent   in the element of that level if there is one (without the mark it is made)
strategy.levels[market].statement?   written only where it is empty
situation.findings[++]               a further element, also where the answer made one in that list before
control.decisions[$item.decision]    in the element with the id that a value of the item says
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leadline.plan.elements import KINDS
from leadline.plan.places import Path
from leadline.plan.reading import descend, feed
from leadline.plan.source import Document

__all__ = ["Address", "Bound", "Stop", "bound_by", "is_empty", "kind_of_list", "places", "size_of", "value_at"]

_STOP = re.compile(r"([a-z_]+)(?:\[(\+\+?|\*|any|\$[a-z_.]+|[a-z][a-z0-9_-]*!?)\])?")

_BETWEEN = re.compile(r"\.(?![^\[]*\])")

Bound = Mapping[Path, int]
"""Which element of a list is meant: path of the list -> index."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One step of an address: a key, and which element of its list (`+`, `++`, `*`, `any`, `$part`, a name; None: no list)."""

    key: str
    pick: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where an answer goes; `only_empty` marks a place that is never written over."""

    text: str
    stops: tuple[Stop, ...]
    only_empty: bool = False

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address.

        >>> Address.parse("strategy.levels[market].parent?").stops[1]
        Stop(key='levels', pick='market')

        Raises ValueError for a text that is none.
        """
        only_empty = text.endswith("?")
        stops = []
        for part in _BETWEEN.split(text.removesuffix("?")):
            match = _STOP.fullmatch(part)
            if match is None:
                raise ValueError(f'"{text}" is no address of a plan: "{part}" is neither a key nor key[+].')
            stops.append(Stop(match[1], match[2]))
        return cls(text, tuple(stops), only_empty)

    @property
    def first_list(self) -> tuple[str, ...] | None:
        """Return the keys that lead to the first list on the way, None where there is none."""
        for number, stop in enumerate(self.stops, start=1):
            if stop.pick is not None:
                return tuple(one.key for one in self.stops[:number])
        return None

    @property
    def first_pick(self) -> str | None:
        """Return which element of the first list is meant, None where there is no list."""
        return next((stop.pick for stop in self.stops if stop.pick is not None), None)


def bound_by(path: Path) -> dict[Path, int]:
    """Return which elements a path leads through: path of each list -> index."""
    return {path[:number]: step for number, step in enumerate(path) if isinstance(step, int)}


def kind_of_list(path: Path) -> str | None:
    """Return the kind of elements that a list holds, None where its items have no id."""
    return KINDS.get(path)  # type: ignore[arg-type]  # a path that holds an index is simply not found


def value_at(document: Document, path: Path) -> object:
    """Return what stands at a path as plain values, None where nothing does."""
    nodes = descend(document.root, path)
    return feed(nodes[-1]) if len(nodes) == len(path) + 1 else None


def is_empty(value: object) -> bool:
    """Say whether a value stands for no answer: nothing, an empty text, an empty list."""
    return value is None or value in ("", [], {})


def size_of(document: Document, path: Path) -> int:
    """Return how many items the list at a path holds; a single value stands for a list of one."""
    value = value_at(document, path)
    if is_empty(value):
        return 0
    return len(value) if isinstance(value, list) else 1


def named(document: Document, path: Path, *, name: str) -> int | None:
    """Return the index of the element that a name means: by its `level` among levels, else by its id."""
    key = "level" if path == ("strategy", "levels") else "id"
    for index in range(size_of(document, path)):
        if value_at(document, (*path, index, key)) == name:
            return index
    return None


def places(document: Document, address: Address, *, bound: Bound) -> Iterator[Path]:
    """Yield the places an address means now; none for an element that does not exist yet."""
    yield from _walk(document, address.stops, (), bound=bound)


def _walk(document: Document, stops: tuple[Stop, ...], path: Path, *, bound: Bound) -> Iterator[Path]:
    if not stops:
        yield path
        return
    stop, rest = stops[0], stops[1:]
    here = (*path, stop.key)
    if stop.pick is None:
        yield from _walk(document, rest, here, bound=bound)
        return
    for index in picked(document, here, pick=stop.pick, bound=bound):
        yield from _walk(document, rest, (*here, index), bound=bound)


def picked(document: Document, path: Path, *, pick: str, bound: Bound) -> list[int]:
    """Return the indices of the elements that a pick means; none for `+` where no element is being built."""
    if pick in ("+", "*") and path in bound:
        return [bound[path]]
    if pick in ("*", "any"):
        return list(range(size_of(document, path)))
    if pick in ("+", "++") or pick.startswith("$"):
        return []
    found = named(document, path, name=pick.removesuffix("!"))
    return [] if found is None else [found]
