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

    Words that have a place to break (a hyphen, a slash) are given none but there, if their parts are short enough.

    >>> breakable("a" * 5, most=3), breakable("short words")
    ('aaa\u200baa', 'short words')
    """
    if len(text) <= most:
        return text
    return " ".join(_broken(word, most) if len(word) > most else word for word in text.split(" "))


def _broken(word: str, most: int) -> str:
    parts, start, run = [], 0, 0
    for index, letter in enumerate(word):
        if run >= most and not unicodedata.combining(letter) and letter not in "\u200d\ufe0f":
            parts.append(word[start:index])
            start, run = index, 0
        run = 0 if letter in "-/\u200b\u00ad" else run + 1
    return BREAK.join([*parts, word[start:]])


def language(name: str) -> str:
    """Return a language as file formats take it: two or three letters, English for anything else.

    >>> language("de-AT"), language("<x>")
    ('de', 'en')
    """
    short = name.partition("-")[0].lower()
    return short if short.isascii() and short.isalpha() and len(short) in {2, 3} else "en"
