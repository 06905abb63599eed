"""Whether two namings may mean the same place: words compared, nothing guessed beyond them.

People write `fair` here and `fair-stand` there. Words of three letters or more are compared; the longer may go on where
the shorter ends (`school`, `schools`). What is called altogether differently is not recognised, and pages say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MIN_LETTERS = 3  # house: shorter words (of, in, a) say nothing about a place
MIN_STEM = 4  # house: from four letters on, a word that goes on is taken for a form of the same word
_EMPTY = frozenset({"the", "and", "our", "for", "with", "who", "that", "from", "into", "their", "your", "itself"})
_WORD = re.compile(r"[^\W_]+")


def words_of(*texts: str | None) -> frozenset[str]:
    """Return the words of some texts, case folded, those too short to mean a place left out.

    >>> sorted(words_of("Trade fair stand", "fair-stand"))
    ['fair', 'stand', 'trade']
    """
    found = (word for text in texts if text for word in _WORD.findall(text.casefold()))
    return frozenset(word for word in found if len(word) >= MIN_LETTERS and word not in _EMPTY)


def is_like(named: str, words: Iterable[str]) -> bool:
    """Say whether any word of a name is among some words, or goes on as one of them does.

    >>> is_like("fair", words_of("fair-stand")), is_like("school", ["schools"]), is_like("webinar", ["web"])
    (True, True, False)
    """
    known = frozenset(words)
    return any(one in known or any(_same_stem(one, other) for other in known) for one in words_of(named))


def is_all_like(named: str, words: Iterable[str]) -> bool:
    """Say whether every word of a name is among some words, or goes on as one of them does; never for an empty name.

    >>> is_all_like("distributor network", words_of("distributors outside DACH"))
    False
    """
    known = frozenset(words)
    mine = words_of(named)
    return bool(mine) and all(one in known or any(_same_stem(one, other) for other in known) for one in mine)


def _same_stem(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= MIN_STEM and long.startswith(short)
