"""A query in its parts: what an engine that works out a part again at every mention should work out once.

Spark puts the text of `WITH part AS (...)` wherever the part is mentioned, and what that part mentions in turn: a query
of thirty parts comes to several hundred readings of its tables, all of which are planned before any is saved. A part
that would be worked out again and again is therefore asked for by itself and kept until the answer is there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from leadline.evidence.dialect import APART

# own, measured: planning and reading so many tables once more takes as long as a job of its own
WORTH_KEEPING = 6

_BLANK = re.compile(APART, re.DOTALL)
_INCLUDED = re.compile(r"\(\s*WITH\b", re.IGNORECASE)
_NAMED = re.compile(r"\s*,?\s*(\w+)\s+AS\s+\(")
_MENTION = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)|,\s*(\w+)(?=\s+AS\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """A query of its own that another one reads under a name. is_kept: it is read more than once, and worth keeping."""

    name: str
    text: str
    is_kept: bool = True


@dataclass(frozen=True)
class Planned:
    """A query as it is asked: each part in turn, which may itself be taken apart, then the text, which reads them."""

    parts: tuple[Part, ...]
    text: str


def plan(sql: str, tables: Collection[str]) -> Planned:
    """Return which parts of a query to ask for by themselves, and the rest of it.

    sql: bound and in the engine's words · tables: those of the warehouse; a part that hides one of them is never kept

    >>> plan("WITH a AS (SELECT 1 AS n) SELECT n FROM a", ())
    Planned(parts=(), text='WITH a AS (SELECT 1 AS n) SELECT n FROM a')
    """
    parts, rest = cut(sql)
    kept = _worth_keeping(parts, rest, tables)
    inline: dict[str, str] = {}
    asked = []
    for name, part in parts.items():  # a part mentions those before it; the same word in it may be something else
        if name in kept:
            asked.append(Part(name, _whole(part, inline)))
        else:
            inline[name] = part
    text, included = lift(_whole(rest, inline) if kept else sql)
    for name, query in included.items():
        if plan(query, tables).parts:
            asked.append(Part(name, query, is_kept=False))
        else:
            text = text.replace(name, f"({query})")
    return Planned(tuple(asked), text)


def _worth_keeping(parts: Mapping[str, str], rest: str, tables: Collection[str]) -> list[str]:
    mentions = {name: _mentions(text, parts) for name, text in parts.items()}
    mentioned = sum(mentions.values(), _mentions(rest, parts))
    weights: dict[str, int] = {}
    kept = []
    for name, text in parts.items():
        read = _mentions(text, tables).total()
        read += sum(count * (1 if one in kept else weights.get(one, 0)) for one, count in mentions[name].items())
        weights[name] = max(read, 1)
        if name not in tables and (mentioned[name] - 1) * weights[name] >= WORTH_KEEPING:
            kept.append(name)
    return kept


def lift(sql: str) -> tuple[str, dict[str, str]]:
    """Return a text whose included queries have names in their place, and these queries by name.

    An included query stands in brackets, has parts of its own, and reads nothing of what is around it.

    >>> lift("SELECT n FROM (WITH a AS (SELECT 1 AS n) SELECT n FROM a) AS b")
    ('SELECT n FROM lifted_0 AS b', {'lifted_0': 'WITH a AS (SELECT 1 AS n) SELECT n FROM a'})
    """
    blank, place = blanked(sql), 0
    out: list[str] = []
    lifted: dict[str, str] = {}
    while (found := _INCLUDED.search(blank, place)) is not None:
        end, name = _closing(blank, found.start()), f"lifted_{len(lifted)}"
        out += [sql[place : found.start()], name]
        lifted[name] = sql[found.start() + 1 : end]
        place = end + 1
    return "".join([*out, sql[place:]]), lifted


def cut(sql: str) -> tuple[dict[str, str], str]:
    """Return the parts of a query that it names at its head, in their order, and what stands after them.

    >>> cut("WITH a AS (SELECT 1 AS n), b AS (SELECT n FROM a) SELECT n FROM b")
    ({'a': 'SELECT 1 AS n', 'b': 'SELECT n FROM a'}, 'SELECT n FROM b')
    """
    blank = blanked(sql)  # as long as the text, so that places in one are places in the other
    head = re.match(r"\s*WITH\b(?!\s+RECURSIVE\b)", blank, re.IGNORECASE)
    parts: dict[str, str] = {}
    place = head.end() if head else 0
    while head and (found := _NAMED.match(blank, place)) is not None:
        end = _closing(blank, found.end() - 1)
        parts[found.group(1)] = sql[found.end() : end]
        place = end + 1
    return parts, sql[place:].lstrip() if parts else sql


def blanked(sql: str) -> str:
    """Return a text of the same length without what stands in literals, quoted names and comments."""
    return _BLANK.sub(lambda found: " " * len(found.group(0)), sql)


def _closing(blank: str, start: int) -> int:
    depth = 0
    for place in range(start, len(blank)):
        depth += {"(": 1, ")": -1}.get(blank[place], 0)
        if not depth:
            return place
    return len(blank)


def _mentions(text: str, names: Collection[str]) -> Counter[str]:
    found = (one or other for one, other in _MENTION.findall(blanked(text)))
    return Counter(name for name in found if name in names)


def _whole(text: str, inline: Mapping[str, str]) -> str:
    """Return a part as a query of its own, with the parts that it still mentions, directly or not."""
    needed: set[str] = set()
    waiting = [text]
    while waiting:
        found = (
            set(re.findall(r"\w+", blanked(waiting.pop()))) & inline.keys() - needed
        )  # a column of that name does no harm
        needed |= found
        waiting += [inline[name] for name in found]
    if not needed:
        return text
    head = ",\n".join(f"{name} AS ({inline[name]})" for name in inline if name in needed)
    is_plain = not re.match(r"\s*WITH\b", blanked(text), re.IGNORECASE)
    return f"WITH {head}\n{text}" if is_plain else f"WITH {head}\nSELECT * FROM ({text}) AS whole"
