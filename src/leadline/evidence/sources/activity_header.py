"""Where the header of an activity list stands, and which column plays which role: by words, in five languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from leadline.evidence.sources.activity_words import (
    CACHED,
    CONNECTORS,
    ENDINGS,
    FILLERS,
    GENERIC_NAMES,
    OTHER,
    ROLES,
    folded,
)
from leadline.evidence.sources.date_text import MONTHS
from leadline.evidence.sources.money_text import Said, unit_of
from leadline.evidence.sources.tables import HEADER_WITHIN

EXACT, INSIDE = 3, 1  # how well a header cell fits a role: its very words, or words of it; own
LONGEST_NAME = 60  # characters of a header cell; own: longer is a sentence
MONTHS_ACROSS = 3  # columns named after months that make a calendar; own: a quarter's plan has as many
COMPANIONS = (
    "months",
    "start",
    "end",
    "when",
    "cost",
    "owner",
    "channel",
    "status",
)  # design/interview 12: one beside the name

_UNIT = re.compile(r"[(\[][^)\]]*[)\]]")
_SIGNS = re.compile(r"[^\w\s'-]+")
_CODES = re.compile(r"\b(?:eur|euro|euros|usd|gbp|chf|teur|keur|tchf|kchf|k|tsd)\b")


@dataclass(frozen=True)
class Named:
    """What a header cell names: a role, how surely, in which languages, and how telling the word is (0 is most)."""

    role: str
    quality: int
    languages: frozenset[str]
    rank: int
    phrase: str


@dataclass(frozen=True)
class HeaderFound:
    """The header of a table.

    at: index of its last record · depth: 1 or 2 records · names: per column, as written (two records joined)
    candidates: role → (column, how it fits), the best first · units: column → currency and scale its name gives
    """

    at: int
    depth: int
    names: tuple[str, ...]
    candidates: Mapping[str, tuple[tuple[int, Named], ...]]
    language: str
    units: Mapping[int, Said] = field(default_factory=dict)

    def column(self, role: str) -> int | None:
        """Return the best column of a role."""
        found = self.candidates.get(role, ())
        return found[0][0] if found else None


@lru_cache(maxsize=1)
def _by_phrase() -> dict[str, list[tuple[str, str, int]]]:
    """Return phrase → (role, language, rank)."""
    found: dict[str, list[tuple[str, str, int]]] = {}
    for role, languages in ROLES.items():
        for language, phrases in languages.items():
            for rank, phrase in enumerate(phrases):
                found.setdefault(phrase, []).append((role, language, rank))
    return found


@lru_cache(maxsize=CACHED)
def named(text: str) -> tuple[Named, ...]:
    """Return the roles a header cell may name, none where it names something else.

    >>> [one.role for one in named("Kosten (€)")], [one.role for one in named("Kostenstelle")]
    (['cost'], [])
    """
    if len(text) > LONGEST_NAME:
        return ()
    plain = folded(_UNIT.sub(" ", text))
    words = _words(plain)
    if exact := _phrase(plain, EXACT) or _phrase(" ".join(words), EXACT):
        return exact
    if not words or any(word in OTHER for word in words):
        return ()
    bare = [word for word in words if word not in FILLERS]
    if exact := _phrase(" ".join(bare), EXACT):
        return exact
    cut = next((at for at, word in enumerate(bare) if at and word in CONNECTORS), None)
    heads = [bare[:cut]] if cut else [bare[start:] for start in range(1, len(bare))] + [bare[:end] for end in (2, 1)]
    for head in heads:
        if inside := _phrase(" ".join(head), INSIDE):
            return inside
    for ending, role in ENDINGS.items():
        if bare and bare[-1].endswith(ending):
            return (Named(role, INSIDE, frozenset({"de"}), len(ROLES[role]), ending),)
    return ()


def _words(plain: str) -> list[str]:
    """Return the words of a header cell without units and signs."""
    return _CODES.sub(" ", _SIGNS.sub(" ", plain.replace("_", " ").replace("/", " "))).split()


def _phrase(text: str, quality: int) -> tuple[Named, ...]:
    """Return what a phrase names, by role."""
    found: dict[str, list[tuple[str, int]]] = {}
    for role, language, rank in _by_phrase().get(text, ()):
        found.setdefault(role, []).append((language, rank))
    return tuple(
        Named(role, quality, frozenset(language for language, _ in places), min(rank for _, rank in places), text)
        for role, places in found.items()
    )


def find_header(rows: Sequence[Sequence[Any]], spans: Sequence[tuple[int, int, int]] = ()) -> HeaderFound | None:
    """Return the record (or two) of the first 30 that names most roles: a name and one more, else None.

    spans: (index, first column, last column) of cells merged across columns; their text counts for all of them.
    """
    best: HeaderFound | None = None
    for at, cells in enumerate(rows[:HEADER_WITHIN]):
        single = _understood(at, 1, [_text(cell) for cell in cells])
        double = None
        over = [span[1:] for span in spans if span[0] == at]
        if at + 1 < len(rows) and _may_go_on(rows[at + 1], merged=bool(over)):
            double = _understood(at + 1, 2, _joined(cells, rows[at + 1], over))
        for found in (single, double):
            if found is not None and (best is None or _worth(found) > _worth(best)):
                best = found
    return best


def _month(name: str) -> Named | None:
    """Return a header cell that names a month (`Jan`, `März 2027`) as a column of a calendar; its rank is the month."""
    words = folded(name).replace(".", " ").replace("'", " ").split()
    number = MONTHS.get(words[0]) if 1 <= len(words) <= 2 else None
    if number is None or not all(word.isdecimal() for word in words[1:]):
        return None
    return Named("months", INSIDE, frozenset(), number, words[0])


def _worth(found: HeaderFound) -> tuple[int, int, int]:
    """Return how well a header names roles; the earlier and the simpler one wins among equals."""
    quality = sum(places[0][1].quality for places in found.candidates.values())
    return len(found.candidates), quality, -found.depth


def _text(cell: object) -> str:
    return " ".join(cell.split()) if isinstance(cell, str) else ""


def _may_go_on(cells: Sequence[Any], *, merged: bool) -> bool:
    """Return whether a record may be the second half of a header: short words, all of them known.

    merged: cells above are merged across columns, so that one known word is enough.
    """
    texts = [cell for cell in cells if str(cell).strip()]
    if not texts or not all(isinstance(cell, str) and len(cell) <= LONGEST_NAME for cell in texts):
        return False
    known = [bool(named(_text(cell))) or unit_of(_text(cell)) is not None for cell in texts]
    return any(known) if merged else all(known)


def _joined(upper: Sequence[Any], lower: Sequence[Any], spans: Sequence[tuple[int, ...]]) -> list[str]:
    """Return the names of a header of two records; a merged upper cell counts for the columns it covers."""
    width = max(len(upper), len(lower))
    above = [_text(upper[at]) if at < len(upper) else "" for at in range(width)]
    below = [_text(lower[at]) if at < len(lower) else "" for at in range(width)]
    covered = {at for first, last in spans for at in range(first + 1, last + 1)}
    for at in range(1, width):
        # Without merged cells (CSV) a blank upper cell over a filled lower one goes with its left neighbour.
        if not above[at] and (at in covered or (not spans and below[at] and below[at - 1])):
            above[at] = above[at - 1]
    return [f"{one} {two}".strip() for one, two in zip(above, below, strict=True)]


def _understood(at: int, depth: int, names: Sequence[str]) -> HeaderFound | None:
    """Return names read as a header, None where they name no activities."""
    meanings = [(place, one) for place, name in enumerate(names) for one in named(name)]
    speak = Counter(language for _, one in meanings for language in one.languages)
    language = max(speak, key=lambda one: (speak[one], one == "en"), default="en")
    placed: dict[str, list[tuple[int, Named]]] = {}
    for place, name in enumerate(names):
        own = sorted(named(name), key=lambda one: (language not in one.languages, one.rank))
        if own:
            placed.setdefault(own[0].role, []).append((place, own[0]))
    for role, places in placed.items():
        places.sort(key=lambda pair: (-pair[1].quality, role == "name" and pair[1].phrase in GENERIC_NAMES, pair[0]))
    months = [(place, month) for place, name in enumerate(names) if (month := _month(name)) is not None]
    if len(months) >= MONTHS_ACROSS:
        placed["months"] = months
    if "name" not in placed or not any(role in placed for role in COMPANIONS):
        return None
    units = {place: unit for place, name in enumerate(names) if (unit := unit_of(name)) is not None}
    return HeaderFound(
        at, depth, tuple(names), {role: tuple(places) for role, places in placed.items()}, language, units
    )
