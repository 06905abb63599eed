"""How a number with its uncertainty is said: one scale, one rounding, for every output.

The number always stands beside the word, because readers differ widely about words alone
(Budescu, Broomell, Por 2009, "Improving communication of uncertainty in the reports of the IPCC").
"""

from __future__ import annotations

import math
import re

NARROW_NO_BREAK_SPACE = "\u202f"

# Lower bound of each word; the bound belongs to the stronger word away from 0.5 (house scale, style.md 2.7).
_UPPER_HALF = (
    (0.99, "practically certain"),
    (0.95, "very likely"),
    (0.80, "likely"),
    (0.60, "more likely than not"),
)
_LOWER_HALF = (
    (0.01, "practically excluded"),
    (0.05, "very unlikely"),
    (0.20, "unlikely"),
    (0.40, "rather not"),
)

# What a terminal obeys instead of showing it: C0 but tab and line feed, DEL, C1 (ECMA-48, section 5.2 and 5.3).
_OBEYED = re.compile(r"(?!\r\n|\x1b\[(?:0|3[136];1)m)[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def harmless(text: str) -> str:
    r"""Return a text as a terminal may have it: no control character of a name or a cell reaches it, only our own colours.

    Each stands as its code point in the form of JSON, so that a document that holds one stays the same document.

    >>> harmless("a\x1b]0;b\x07\n"), harmless("\x1b[31;1merror\x1b[0m")
    ('a\\u001b]0;b\\u0007\n', '\x1b[31;1merror\x1b[0m')
    """
    return _OBEYED.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def probability_word(p: float) -> str:
    """Return the word for a probability; the bound belongs to the stronger word away from 0.5.

    >>> probability_word(0.95), probability_word(0.5), probability_word(0.05)
    ('very likely', 'open', 'very unlikely')
    """
    if p > _UPPER_HALF[0][0]:
        return _UPPER_HALF[0][1]
    for bound, word in _UPPER_HALF[1:]:
        if p >= bound:
            return word
    if p < _LOWER_HALF[0][0]:
        return _LOWER_HALF[0][1]
    for bound, word in _LOWER_HALF[1:]:
        if p <= bound:
            return word
    return "open"


def probability(p: float) -> str:
    """Return the probability as whole per cent, never 0 % or 100 %.

    >>> probability(0.823), probability(0.001), probability(0.999)
    ('82 %', '< 1 %', '> 99 %')
    """
    if p < 0.01:
        return "< 1 %"
    if p > 0.99:
        return "> 99 %"
    return f"{100 * p:.0f} %"


def number(value: float, digits: int = 3) -> str:
    """Return a number with `digits` significant digits and thin spaces between thousands.

    >>> number(1234.5678, 6), number(0.0012345), number(-0.5)
    ('1\u202f234.57', '0.00123', '-0.5')
    """
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}".replace(",", NARROW_NO_BREAK_SPACE)
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(value: float, decimals: int = 1) -> str:
    """Return a share 0..1 as per cent.

    >>> share(0.1234)
    '12.3 %'
    """
    return "–" if not math.isfinite(value) else f"{100 * value:.{decimals}f} %"


def money(value: float, currency: str, *, digits: int = 3) -> str:
    """Return an amount with thousands as k and millions as M, as plans write it.

    >>> money(70000, "EUR"), money(1234567, "EUR"), money(12.5, "GBP")
    ('70 kEUR', '1.23 MEUR', '12.5 GBP')
    """
    if not math.isfinite(value):
        return "–"
    for bound, prefix in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= bound:
            return f"{number(value / bound, digits)} {prefix}{currency}"
    return f"{number(value, digits)} {currency}"


def with_interval(middle: str, low: str, *, high: str) -> str:
    """Return an estimate with its 90 % interval in the one form used everywhere.

    >>> with_interval("1.6", "0.9", high="2.4")
    '1.6 (90 %: 0.9 to 2.4)'
    """
    return f"{middle} (90 %: {low} to {high})"
