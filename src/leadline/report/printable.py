"""Texts as paper formats can hold them: no control characters, one kind of space, and somewhere to break a long word.

XML (Word, slides, spreadsheets) forbids most control characters, and no format can write half of a surrogate pair; what
cannot be written is shown as U+FFFD, so that nothing disappears unseen.
"""

from __future__ import annotations

import re
import unicodedata

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


def breakable(text: str, *, most: int = 24) -> str:
    r"""Return a text in which a word longer than `most` letters may break, at an invisible space of no width.

    A long word breaks behind a sign between its parts where it has one (a file's name, an address), else anywhere.

    >>> breakable("a" * 5, most=3), breakable("short words"), breakable("ads_2027_q1.csv", most=8)
    ('aaa\u200baa', 'short words', 'ads_\u200b2027_\u200bq1.csv')
    """
    if len(text) <= most:
        return text
    return " ".join(_broken(word, most) if len(word) > most else word for word in text.split(" "))


def parts(text: str) -> list[str]:
    """Return what a line should not break: the words of a text, long ones at the signs between their parts.

    >>> parts("shapley-set-rate h/week of 2027-Q1")
    ['shapley-', 'set-', 'rate', 'h/week', 'of', '2027-Q1']
    """
    words = (_BETWEEN.split(word) if len(word) > _WHOLE else [word] for word in text.split(" "))
    return [part for parted in words for part in parted if part]


def _broken(word: str, most: int) -> str:
    return BREAK.join(piece for part in _BETWEEN.split(word) for piece in _pieces(part, most))


def _pieces(part: str, most: int) -> list[str]:
    pieces, start = [], 0
    for index, letter in enumerate(part):
        if index - start >= most and not unicodedata.combining(letter) and letter not in "\u200d\ufe0f":
            pieces.append(part[start:index])
            start = index
    return [*pieces, part[start:]]


def language(name: str) -> str:
    """Return a language as file formats take it: two or three letters, English for anything else.

    >>> language("de-AT"), language("<x>")
    ('de', 'en')
    """
    short = name.partition("-")[0].lower()
    return short if short.isascii() and short.isalpha() and len(short) in {2, 3} else "en"
