"""How much room a text needs, before it is drawn: widths, wrapping, shortening.

Widths are those of DejaVu Sans, the widest of the faces a page may fall back to; in any other named face a text that
fits here fits too.
"""

from __future__ import annotations

import unicodedata

from leadline.report.theme import SMALLEST_TEXT

# Advance widths of DejaVu Sans in 1/1000 em, grouped (read off the face's hmtx table and rounded up).
_WIDTHS = {
    "iljI|'.,:;": 340, "ftr()[]/-!": 415, " \u202f\u00a0": 320, 'sczJ?"–': 560, "vxykaeghnbdpquo0123456789": 640,
    "ABCDEFGHKLNOPQRSTUVXYZ&": 790, "mwM%@W…→": 1000, "+<>=~^#×≥≤✓▽△◆": 840,
}  # fmt: skip
_BY_LETTER = {letter: width for letters, width in _WIDTHS.items() for letter in letters}
# Bold letters of the same face are at most 12 % wider (semibold faces less).
BOLD = 1.12


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a line in px at a font size in px; letters outside Latin count as full or 0.7 em.

    >>> width("ill", 10) < width("mmm", 10)
    True
    """
    total = sum(_advance(letter) for letter in text)
    return total * size / 1000 * (BOLD if bold else 1.0)


def _advance(letter: str) -> int:
    known = _BY_LETTER.get(letter)
    if known is not None:
        return known
    if unicodedata.combining(letter):
        return 0
    return 1000 if unicodedata.east_asian_width(letter) in {"W", "F"} else 700


def shorten(text: str, room: float, *, size: float = SMALLEST_TEXT) -> str:
    """Return the text, cut with an ellipsis where it would be wider than `room` px."""
    if width(text, size) <= room:
        return text
    kept = text
    while kept and width(kept + "…", size) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def wrap(text: str, room: float, *, size: float = SMALLEST_TEXT, lines: int = 2) -> tuple[str, ...]:
    """Return at most `lines` lines of at most `room` px, broken at spaces; what is left over is cut with an ellipsis.

    >>> wrap("Comparison page for plant engineers", 140)
    ('Comparison page', 'for plant engineers')
    """
    words = [part for word in text.split() for part in _syllables(word, size, room)]
    done: list[str] = []
    current = ""
    for index, word in enumerate(words):
        trial = f"{current} {word}".strip()
        if width(trial, size) <= room or not current:
            current = trial
            continue
        if len(done) == lines - 1:
            rest = word.removesuffix("-")
            return (*done, shorten(f"{current} {rest} {' '.join(words[index + 1 :])}", room, size=size))
        done.append(current)
        current = word
    return (*done, current) if current else tuple(done)


def wrap_ends(text: str, room: float, *, size: float = SMALLEST_TEXT, lines: int = 3) -> tuple[str, ...]:
    """Return a text like `wrap`; what is left over is taken out before its last line, because names differ at their end.

    >>> wrap_ends("Enquiries with a named plant to opportunities opened, lag", 100, lines=2)
    ('Enquiries…', 'opened, lag')
    """
    whole = wrap(text, room, size=size, lines=len(text) + 1)
    if len(whole) <= lines:
        return whole
    words = text.split()
    last = words.pop()
    while words and width(f"{words[-1]} {last}", size) <= room:
        last = f"{words.pop()} {last}"
    head = whole[: lines - 1]
    return (*head[:-1], shorten(f"{head[-1]}…", room, size=size), shorten(last, room, size=size))


def _syllables(word: str, size: float, room: float) -> list[str]:
    """Return a word in parts that fit, each but the last with a hyphen; a word that fits stays whole."""
    parts: list[str] = []
    while width(word, size) > room and len(word) > 1:
        kept = len(word) - 1
        while kept > 1 and width(word[:kept] + "-", size) > room:
            kept -= 1
        parts.append(word[:kept] + "-")
        word = word[kept:]
    return [*parts, word]
