"""Edits that change how a plan is written and not what it says: quotes, spelling of units, order of sections.

    for tidying in tidyings(document):
        spliced(document.texts, tidying.splices)

Each is a few text splices; every byte outside them stays. A text that lost its quotes to a comma is the one case in
which the reading changes: the whole text comes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from leadline.plan.amounts import Amounts
from leadline.plan.dimensions import numbers
from leadline.plan.edits import Splice
from leadline.plan.model import Plan
from leadline.plan.places import Lines, Path, Place
from leadline.plan.reading import descend
from leadline.plan.source import Document
from leadline.plan.spelling import written
from leadline.plan.yaml_nodes import Entry, Node, Scalar, walk
from leadline.plan.yaml_nodes import Mapping as MappingNode
from leadline.units import Unit

Kind = Literal["quotes", "unit", "order"]


@dataclass(frozen=True, slots=True)
class Tidying:
    """One tidying edit. place: where; what: in words; keeps_meaning: the plan reads the same before and after."""

    kind: Kind
    place: Place
    what: str
    splices: tuple[Splice, ...]
    keeps_meaning: bool = True


def tidyings(document: Document) -> Iterator[Tidying]:
    """Yield every tidying edit the plan wants, in the order of the file within each kind."""
    yield from quotes(document)
    yield from units(document)
    yield from order(document)


# Quotes: inside {…} a value that holds ?, : or # stands in quotes, and so does one that holds a comma


def quotes(document: Document) -> Iterator[Tidying]:
    """Yield the values inside `{…}` that need quotes and have none."""
    broken = list(_broken(document))
    starts = {(splice.file, splice.start) for tidying in broken for splice in tidying.splices}
    for node in walk(document.root):
        for entry in node.entries.values() if isinstance(node, MappingNode) and node.flow else ():
            value = entry.value
            if not isinstance(value, Scalar) or not value.plain or (value.file, value.start) in starts:
                continue
            if any(sign in value.text for sign in "?:#"):
                place = document.lines[value.file].place(value.file, (value.start, value.end))
                splice = Splice(value.file, value.start, value.end, written(value.text, in_flow=True))
                yield Tidying("quotes", place, f"put the {entry.key.text} in quotes", (splice,))
    yield from broken


def _broken(document: Document) -> Iterator[Tidying]:
    """Yield the texts that a comma broke into keys: the whole text comes back, in quotes."""
    for fault in document.faults:
        if fault.kind == "unquoted" and fault.place is not None:
            place, lines = fault.place, document.lines[fault.place.file]
            span = lines.offset(place.line, place.column), lines.offset(place.end_line, place.end_column)
            text = " ".join(str(fault.values["quoted"]).split())
            splice = Splice(place.file, *span, written(text, in_flow=True))
            yield Tidying(
                "quotes", place, f"put the whole {fault.values['key']} in quotes", (splice,), keeps_meaning=False
            )


# Units

# How people write the units of a plan, in small letters and without spaces; what could mean two things is not here.
SPELLINGS: Mapping[str, str] = {
    "percent": "%", "pct": "%", "%": "%",
    "p.p.": "pp", "pps": "pp", "percentagepoint": "pp", "percentagepoints": "pp", "pp": "pp",
    "second": "s", "seconds": "s", "sec": "s", "secs": "s", "minute": "min", "minutes": "min", "mins": "min",
    "hour": "h", "hours": "h", "hr": "h", "hrs": "h", "h": "h", "day": "day", "days": "days", "week": "week",
    "weeks": "weeks", "wk": "week", "wks": "weeks", "month": "month", "months": "months", "year": "year",
    "years": "years", "yr": "year", "yrs": "years", "count": "count", "counts": "count",
}  # fmt: skip
_SYMBOLS = {"€": "EUR", "£": "GBP", "¥": "JPY"}
_WRITTEN = re.compile(r"(.*\d\.?)(\s*)([^\d\s.+-].*)")


def units(document: Document) -> Iterator[Tidying]:
    """Yield the numbers whose unit is misspelt, or stands without a space; the number itself keeps its digits.

    A unit the plan does not know is respelt only where it was told as a fault: a metric may have a unit of its own.
    """
    plan = document.plan
    faulty = {fault.path for fault in Amounts(plan).faults}
    for number in numbers(plan):
        for node in _scalars(document, number.path):
            new = respelt(node.text, plan, is_fault=number.path in faulty)
            if new is not None:
                splice = Splice(node.file, node.start, node.end, written(new, in_flow=True))
                place = document.lines[node.file].place(node.file, (node.start, node.end))
                yield Tidying("unit", place, f"write {node.text} as {new}", (splice,), number.path not in faulty)


def respelt(text: str, plan: Plan, *, is_fault: bool) -> str | None:
    """Return a number with its unit spelt as plans spell it, or None where nothing is to be done.

    >>> plan = Plan.model_validate({"plan": {"id": "p", "currency": "EUR"}})
    >>> [respelt(text, plan, is_fault=True) for text in ("14%", "9..14..19 percent", "400 KEUR", "3 hrs", "3 visits")]
    ['14 %', '9..14..19 %', '400 kEUR', '3 h', None]
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        return None
    unit = match[3]
    new = _unit(unit, plan.plan.currency)
    is_known = not Unit.parse(unit).dimension.startswith("named:")
    if new is None or (new != unit and not is_known and not is_fault):
        new = unit
    if is_known and Unit.parse(new) != Unit(new, Unit.parse(unit).dimension, Unit.parse(unit).factor):
        new = unit
    result = f"{match[1]} {new}"
    return None if result == text else result


def _unit(unit: str, currency: str | None) -> str | None:
    """Return the spelling of a unit, each side of a slash by itself; None where it is no unit we know."""
    sides = [_side(side, currency) for side in unit.split("/")]
    return None if len(sides) > 2 or None in sides else "/".join(str(side) for side in sides)


def _side(name: str, currency: str | None) -> str | None:
    plain = "".join(name.split())
    known = SPELLINGS.get(plain.lower())
    if known is not None:
        return known
    for prefix, rest in (("", plain), (plain[:1], plain[1:])):
        if _SYMBOLS.get(rest, rest.upper()) == currency and prefix in ("", "k", "K", "M"):
            return f"{prefix.replace('K', 'k')}{currency}"
    return None


def _scalars(document: Document, path: Path) -> Iterator[Scalar]:
    """Yield the value at a path, or the numbers of an estimate in its long form."""
    nodes = descend(document.root, path)
    node = nodes[-1] if len(nodes) == len(path) + 1 else None
    found: list[Node | None] = [node]
    if isinstance(node, MappingNode):
        found = [node.entries[key].value for key in ("low", "base", "high") if key in node.entries]
    yield from (one for one in found if isinstance(one, Scalar))


# Order of sections

_SECTIONS = tuple(Plan.model_fields)
_END = re.compile(r"^(\.\.\.|---)(\s|$)", re.MULTILINE)


def order(document: Document) -> Iterator[Tidying]:
    """Yield one edit per file whose sections do not stand in the order of the plan (Situation before Objectives …).

    A section moves with the comments above it; what stands before the first section stays at the top.
    """
    by_file: dict[str, list[Entry]] = {}
    if document.root.flow:
        return
    for entry in document.root.entries.values():
        if entry.key.end > entry.key.start:  # a file named after its section has no key of its own
            by_file.setdefault(entry.key.file, []).append(entry)
    for file, entries in by_file.items():
        here = sorted(entries, key=lambda entry: entry.key.start)
        wanted = sorted(here, key=lambda entry: _rank(entry.key.text))
        text = document.texts[file]
        if here == wanted or _END.search(text, here[0].key.start) or document.root.repeated:
            continue
        blocks = _blocks(text, here)
        start, end = blocks[id(here[0])][0], blocks[id(here[-1])][1]
        moved = next(entry for entry, other in zip(here, wanted, strict=True) if entry is not other)
        new = _joined([text[slice(*blocks[id(entry)])] for entry in wanted], text)
        place = document.lines[file].place(file, (moved.key.start, moved.key.end))
        names = ", ".join(entry.key.text for entry in wanted)
        yield Tidying("order", place, f"put the sections in order: {names}", (Splice(file, start, end, new),))


def _rank(section: str) -> int:
    return _SECTIONS.index(section) if section in _SECTIONS else len(_SECTIONS)


def _blocks(text: str, entries: list[Entry]) -> dict[int, tuple[int, int]]:
    """Return where the lines of each section begin and end; comments and blank lines above a key go with it."""
    lines = Lines(text)
    starts = [lines.offset(lines.position(entries[0].key.start)[0], 1)]
    starts += [_first_line_after(text, max(before.value.end, before.key.end)) for before, _ in pairwise(entries)]
    return {
        id(entry): span for entry, span in zip(entries, zip(starts, [*starts[1:], len(text)], strict=True), strict=True)
    }


def _first_line_after(text: str, offset: int) -> int:
    """Return the start of the first line that no longer belongs to the section that ended at an offset.

    The rest of its last line, comments that are indented below it, and the blank lines after it are its own.
    """
    position = _next_line(text, offset)
    while position < len(text):
        line = text[position : _next_line(text, position)]
        if line.strip() and not (line[0] in " \t" and line.lstrip().startswith("#")):
            return position
        position = _next_line(text, position)
    return position


def _next_line(text: str, offset: int) -> int:
    found = re.compile(r"\r\n|\r|\n").search(text, offset)
    return found.end() if found else len(text)


def _joined(blocks: list[str], text: str) -> str:
    """Return the blocks one after the other; one that ended the file without a line end gets the file's."""
    newline = "\r\n" if "\r\n" in text else "\n"
    ended = text.endswith(("\n", "\r"))
    whole = [block if block.endswith(("\n", "\r")) or not block else block + newline for block in blocks]
    joined = "".join(whole)
    return joined if ended else joined.removesuffix(newline)
