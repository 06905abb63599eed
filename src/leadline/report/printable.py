"""Texts as paper formats can hold them: no control characters, one kind of space, and somewhere to break a long word.

XML (Word, slides, spreadsheets) forbids most control characters, and no format can write half of a surrogate pair; what
cannot be written is shown as U+FFFD, so that nothing disappears unseen. So are the characters that turn the direction of
what follows: a name that holds one would show the words and numbers beside it in another order (CVE-2021-42574).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect

from leadline.report import lettering

# The serif of reports is at most this wide beside the face `lettering` measures, but for words of W and M (compared).
_FACE = 0.81
SHOWN_INSTEAD = "\ufffd"
BREAK = "\u200b"
# Everything outside the characters of XML 1.0 (section 2.2), and the controls of C1, which it only discourages.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
# Embeddings, overrides and isolates of the Unicode Bidirectional Algorithm (UAX 9, section 2); marks alone turn nothing.
_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_TURNING = re.compile(f"[{_TURNS}]")
_TAG = re.compile(r"(<[^>]*>)")
_TYPED = re.compile(r"<(/?)(?:textarea|option)\b")
# A head of so few letters, such as a quarter or h/week, stands whole (house, looked at on the demo's tables).
_WHOLE = 10
# Behind these a word may break; never before a sign of its own or at its end.
_BETWEEN = re.compile(r"(?<=[^\W_][-/_@])(?=[^\W_])|(?<=[^\W_][^\W\d_]\.)(?=[^\W_])")
# A number and what it counts: per cent, points, money as 70 kEUR.
_COUNTED = re.compile(r"(?<=\d) (?=(?:%|pp|[kM]?[A-Z]{3})(?!\w))")
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
# The same and the parts of a day, 2 Mar 2027; paper has columns narrower than a day, so this is for pages that scroll.
_SPACED = re.compile(
    rf" (?:(?<=\d )(?=(?:%|pp|[kM]?[A-Z]{{3}}|{_MONTHS})(?!\w))|(?<=[\d\s](?:{_MONTHS}) )(?=\d{{4}}(?!\d)))"
)
_VERBATIM = re.compile(r"<(textarea|option|code|pre|style|script)\b.*?</\1>", re.DOTALL)
# Only the spaces that mean nothing; a no-break space keeps a number and its unit together.
_SPACES = re.compile(r"[ \t\r\n\x85\u2028\u2029]+")


def printable(text: str) -> str:
    r"""Return a text on one line that every format can hold.

    >>> printable("a\n\tb\x00"), printable("1\u00a0200 EUR")
    ('a b�', '1\xa0200 EUR')
    """
    return unturned(_FORBIDDEN.sub(SHOWN_INSTEAD, _SPACES.sub(" ", str(text))).strip(" "))


def unturned(text: str) -> str:
    r"""Return a text without characters that turn the direction of what stands behind them.

    >>> unturned("bike\u202e001 RUE")
    'bike�001 RUE'
    """
    return _TURNING.sub(SHOWN_INSTEAD, text)


def unturned_page(markup: str) -> str:
    r"""Return escaped markup in which no text turns what stands beside it; what a form sends back stays as it is.

    >>> unturned_page('<b title="\u202e">\u202ex</b>')
    '<b title="\u202e">�x</b>'
    """
    if not any(sign in markup for sign in _TURNS):  # of a hundred kilobytes in 0.03 ms; the pattern needs 1.3
        return markup
    parts, is_typed = _TAG.split(markup), False
    for index, part in enumerate(parts):
        if index % 2 and (found := _TYPED.match(part)):
            is_typed = not found[1]
        elif not index % 2 and not is_typed:
            parts[index] = unturned(part)
    return "".join(parts)


def together(text: str) -> str:
    r"""Return a text in which no line ends between a number and its unit.

    >>> together("14 % of 70 kEUR"), together("5 of 12 bets")
    ('14\xa0% of 70\xa0kEUR', '5 of 12 bets')
    """
    return _COUNTED.sub("\u00a0", text)


def together_page(markup: str) -> str:
    r"""Return escaped markup in which no line ends between a number and its unit, or within a day.

    What a form sends back, what is quoted as code, and attributes stay as they are.

    >>> together_page('<p title="1 %">14 % on 2 Mar 2027</p><code>1 %</code>')
    '<p title="1 %">14\xa0% on 2\xa0Mar\xa02027</p><code>1 %</code>'
    """
    places = [found.start() for found in _SPACED.finditer(markup)]
    if not places:
        return markup
    kept = [found.span() for found in _VERBATIM.finditer(markup)]
    starts = [start for start, _ in kept]
    parts, done = [], 0
    for place in places:
        before = bisect(starts, place)
        if before and place < kept[before - 1][1]:
            continue
        if markup.rfind("<", 0, place) > markup.rfind(">", 0, place):
            continue
        parts += [markup[done:place], "\u00a0"]
        done = place + 1
    return "".join([*parts, markup[done:]])


def breakable(text: str, room: float, *, size: float) -> str:
    r"""Return a text in which a word wider than its room may break, at an invisible space of no width.

    Such a word breaks behind a sign between its parts where it has one (a file's name, an address), else anywhere; all
    others stay whole. room: of a line · size: of the letters, both in one unit

    >>> breakable("WWWWW", 30, size=10), breakable("short", 30, size=10), breakable("ads_2027_q1.csv", 60, size=10)
    ('WWW\u200bWW', 'short', 'ads_\u200b2027_\u200bq1.csv')
    """
    text = together(text)
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
