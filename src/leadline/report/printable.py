"""Texts as paper formats can hold them: no control characters, one kind of space, and somewhere to break a long word.

XML (Word, slides, spreadsheets) forbids most control characters, and no format can write half of a surrogate pair; what
cannot be written is shown as U+FFFD, so that nothing disappears unseen.
"""

from __future__ import annotations

import re
import unicodedata

from leadline.report import lettering

# The serif of reports is at most this wide beside the face `lettering` measures, but for words of W and M (compared).
_FACE = 0.81
SHOWN_INSTEAD = "\ufffd"
BREAK = "\u200b"
# Everything outside the characters of XML 1.0 (section 2.2), and the controls of C1, which it only discourages.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
# A head of so few letters, such as a quarter or h/week, stands whole (house, looked at on the demo's tables).
_WHOLE = 10
# Behind these a word may break; never before a sign of its own or at its end.
_BETWEEN = re.compile(r"(?<=[^\W_][-/_@])(?=[^\W_])|(?<=[^\W_][^\W\d_]\.)(?=[^\W_])")
# Only the spaces that mean nothing; a no-break space keeps a number and its unit together.
_SPACES = re.compile(r"[ \t\r\n\x85\u2028\u2029]+")


def printable(text: str) -> str:
    r"""Return a text on one line that every format can hold.

    >>> printable("a\n\tb\x00"), printable("1\u00a0200 EUR")
    ('a b�', '1\xa0200 EUR')
    """
    return _FORBIDDEN.sub(SHOWN_INSTEAD, _SPACES.sub(" ", str(text))).strip(" ")


def breakable(text: str, room: float, *, size: float) -> str:
    r"""Return a text in which a word wider than its room may break, at an invisible space of no width.

    Such a word breaks behind a sign between its parts where it has one (a file's name, an address), else anywhere; all
    others stay whole. room: of a line · size: of the letters, both in one unit

    >>> breakable("WWWWW", 30, size=10), breakable("short", 30, size=10), breakable("ads_2027_q1.csv", 60, size=10)
    ('WWW\u200bWW', 'short', 'ads_\u200b2027_\u200bq1.csv')
    """
    if lettering.width(text, size) * _FACE <= room:
        return text
    return " ".join(
        _broken(word, room, size) if lettering.width(word, size) * _FACE > room else word for word in text.split(" ")
    )


def parts(text: str) -> list[str]:
    """Return what a line should not break: the words of a text, long ones at the signs between their parts.

    >>> parts("shapley-set-rate h/week of 2027-Q1")
    ['shapley-', 'set-', 'rate', 'h/week', 'of', '2027-Q1']
    """
    words = (_BETWEEN.split(word) if len(word) > _WHOLE else [word] for word in text.split(" "))
    return [part for parted in words for part in parted if part]


def _broken(word: str, room: float, size: float) -> str:
    return BREAK.join(piece for part in _BETWEEN.split(word) for piece in _pieces(part, room, size))


def _pieces(part: str, room: float, size: float) -> list[str]:
    """Return a word in pieces that fit, whatever the face; letters that are drawn as one are not parted."""
    pieces, start, taken = [], 0, 0.0
    for index, letter in enumerate(part):
        advance = lettering.width(letter, size)
        joined = unicodedata.combining(letter) or letter in "\u200d\ufe0f"
        if taken + advance > room and index > start and not joined:
            pieces.append(part[start:index])
            start, taken = index, 0.0
        taken += advance
    return [*pieces, part[start:]]


def language(name: str) -> str:
    """Return a language as file formats take it: two or three letters, English for anything else.

    >>> language("de-AT"), language("<x>")
    ('de', 'en')
    """
    short = name.partition("-")[0].lower()
    return short if short.isascii() and short.isalpha() and len(short) in {2, 3} else "en"
