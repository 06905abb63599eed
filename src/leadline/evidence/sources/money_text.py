"""Money as people write it in a cell: `1.200 €`, `CHF 300,-`, `£1,2k`, `12 TEUR`, `ca. 1'500.–`.

A cell is taken apart into its number as written, its scale and its currency; which separator is the decimal one is
decided by the column. Nothing is guessed: `$` and `kr` name several currencies and stay open.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.values import BadValue, NumberLocale, is_null, is_open, number_of, number_vote

CACHED = 1 << 16  # distinct cells remembered; own: a list has few and many repeats
LONGEST = 120  # characters of a cell that is an amount; own: longer is a sentence
DECIMALS = 2  # places of money after the point; ISO 4217, but for the currencies below
THREE_PLACES = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})  # ISO 4217: thousandths

# Marks that name one currency; longer marks are tried first.
MARKS = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "chf": "CHF", "sfr.": "CHF", "sfr": "CHF",
    "fr.": "CHF", "franken": "CHF", "usd": "USD", "us$": "USD", "ca$": "CAD", "c$": "CAD", "a$": "AUD", "au$": "AUD", "nz$": "NZD",
    "hk$": "HKD", "r$": "BRL", "zł": "PLN", "kč": "CZK", "₺": "TRY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₪": "ILS",
}  # fmt: skip
# Marks of several currencies → those it may be.
OPEN_MARKS = {
    "$": frozenset({"USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD", "ARS", "CLP", "COP", "TWD"}),
    "dollars": frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD"}), "dollar": frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD"}),
    "kr.": frozenset({"SEK", "NOK", "DKK", "ISK"}), "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}), "¥": frozenset({"JPY", "CNY"}),
}  # fmt: skip
# Words of a scale that stand by themselves.
SCALES = {
    "k": 10**3, "tsd.": 10**3, "tsd": 10**3, "thousand": 10**3, "duizend": 10**3, "mille": 10**3, "mil": 10**3, "mio.": 10**6, "mio": 10**6,
    "mln": 10**6, "mn": 10**6, "million": 10**6, "millions": 10**6, "millionen": 10**6, "millones": 10**6, "miljoen": 10**6,
}  # fmt: skip
# Letters that are a scale only beside a currency: 12 m are metres as well, 12 T are tons.
SHORT_SCALES = {"t": 10**3, "m": 10**6}
# Codes that are everyday words as well: in a title they name no currency.
WORDS = frozenset({"ALL", "TOP", "TRY", "CUP", "MOP", "PEN", "GEL", "MAD", "SOS", "COP", "MUR", "LAK"})
QUALIFIERS = frozenset({"net", "netto", "brutto", "gross", "ht", "ttc", "neto", "bruto"})
APPROXIMATE = (
    "ca.",
    "ca",
    "circa",
    "approx.",
    "approx",
    "about",
    "around",
    "etwa",
    "rund",
    "env.",
    "environ",
    "aprox.",
    "aprox",
    "~",
    "≈",
    "±",
)

_NUMBER = re.compile(r"\d(?:[\d.,'’ ]*\d)?")
_DASHES = str.maketrans("–—−‒", "----")
_ROUND = re.compile(r"\s?[.,]\s?-{1,2}(?![\d.,])|(?<=\d)[.,]$")
_TOKENS = re.compile(r"[^\s\d()+\-]+")


@dataclass(frozen=True)
class Said:
    """What a cell says: the number as written, what it is multiplied by, and which currency it names.

    scale: None where the cell names none · open_mark: a mark of several currencies (`$`)
    words: what else it says of the amount ("ca.", "brutto")
    """

    digits: str
    negative: bool = False
    scale: int | None = None
    currency: str | None = None
    open_mark: str | None = None
    words: tuple[str, ...] = ()


class Undecided(BadValue):
    """A text that is an amount, but a different one in each reading, or that contradicts its column."""


@lru_cache(maxsize=CACHED)
def parse_money(text: str) -> Said | None:
    """Return what a cell says, None where it says nothing. Raises BadValue for what is no single amount.

    >>> parse_money("CHF 300,-").digits, parse_money("£1,2k").scale, parse_money("12 TEUR").currency
    ('300', 1000, 'EUR')
    """
    plain = unicodedata.normalize("NFKC", text[: 2 * LONGEST]).translate(_DASHES).strip()
    if is_null(plain):
        return None
    if len(plain) > LONGEST:
        raise BadValue(f'"{_short(text)}" is a sentence, no amount')
    numbers = list(_NUMBER.finditer(plain))
    if len(numbers) != 1:
        what = "more than one number" if numbers else "no number"
        raise BadValue(f'"{_short(text)}" holds {what}')
    number = numbers[0]
    before, after = plain[: number.start()], _ROUND.sub(" ", plain[number.end() :], count=1)
    negative, before, after = _sign(before, after, text)
    found = _Marks()
    for part in (before, after):
        for token in _TOKENS.findall(part):
            if not found.take(token):
                raise BadValue(f'"{_short(text)}" says more than an amount ("{token}")')
    if "-" in before or "-" in after or "+" in after:
        raise BadValue(f'"{_short(text)}" is no single amount')
    scale, currency, mark = found.settled(text)
    return Said(number.group(), negative, scale, currency, mark, tuple(found.words))


def _sign(before: str, after: str, text: str) -> tuple[bool, str, str]:
    """Return whether the amount is negative (`-500`, `-€500`, `(500)`), and its surroundings without the sign."""
    if "(" in before or ")" in after:
        if before.count("(") != 1 or after.count(")") != 1 or "(" in after or ")" in before:
            raise BadValue(f'"{_short(text)}" is no single amount')
        return True, before.replace("(", " "), after.replace(")", " ")
    bare = before.strip()
    if bare.startswith(("-", "+")) or bare.endswith(("-", "+")):
        return "-" in bare, before.replace("-", " ", 1).replace("+", " ", 1), after
    return False, before, after


class _Marks:
    """Currency, scale and vagueness of a cell, mark by mark."""

    def __init__(self) -> None:
        self.codes: set[str] = set()
        self.open: set[str] = set()
        self.scales: set[int] = set()
        self.short: set[int] = set()
        self.words: list[str] = []

    def take(self, token: str) -> bool:
        """Take one mark; False where it is none."""
        word = token.casefold()
        if word in APPROXIMATE or word in QUALIFIERS:
            self.words.append(token)
        elif token.startswith(("~", "≈", "±")):
            self.words.append(token[0])
            return self.take(token[1:])
        elif self.currency(token):
            return True
        elif word in SCALES:
            self.scales.add(SCALES[word])
        elif word in SHORT_SCALES:
            self.short.add(SHORT_SCALES[word])
        else:
            return self.joined(token)
        return True

    def currency(self, token: str) -> bool:
        """Take a currency's code, sign or name; False where a token is none."""
        word = token.casefold()
        if word in OPEN_MARKS:
            self.open.add(word)
        elif word in MARKS or is_currency(token):
            self.codes.add(MARKS.get(word) or token)
        else:
            return False
        return True

    def joined(self, token: str) -> bool:
        """Take a scale and a currency written as one word: `k€`, `TEUR`, `€k`, `Mio.€`."""
        word = token.casefold()
        for scales in (SCALES, SHORT_SCALES):
            for size in scales:
                for fits, rest in (
                    (word.startswith(size), token[len(size) :]),
                    (word.endswith(size), token[: -len(size)]),
                ):
                    if fits and rest and self.currency(rest):
                        self.scales.add(scales[size])
                        return True
        return False

    def settled(self, text: str) -> tuple[int | None, str | None, str | None]:
        """Return scale, currency and open mark. Raises BadValue where a cell says two of a kind."""
        code = next(iter(self.codes), None)
        mark = next(iter(self.open), None)
        if len(self.codes) > 1 or len(self.open) > 1 or (code and mark and code not in OPEN_MARKS[mark]):
            raise BadValue(f'"{_short(text)}" names more than one currency')
        scales = self.scales | self.short
        if len(scales) > 1 or (self.short and not (code or mark)):
            raise BadValue(f'"{_short(text)}" is no single amount')
        return next(iter(scales), None), code, None if code else mark


def unit_of(text: str) -> Said | None:
    """Return the currency and scale that a header or title names (`Kosten (€)`, `Budget k€`), None where it names none.

    >>> unit_of("Budget k€").scale, unit_of("alle Betraege in TEUR").currency, unit_of("Kosten")
    (1000, 'EUR', None)
    """
    found = _Marks()
    for token in re.findall(r"[^\s()\[\],;:/|]+", unicodedata.normalize("NFKC", text[:LONGEST])):
        if token not in WORDS and not found.currency(token):
            found.joined(token)
    code, mark = next(iter(found.codes), None), next(iter(found.open), None)
    if len(found.codes) > 1 or (code is None and mark is None):
        return None
    return Said("", False, next(iter(found.scales), None), code, None if code else mark)


def amount_of(said: Said, locale: NumberLocale, *, scale: int | None, decided: bool) -> Decimal:
    """Return the amount of a cell in its column's number form.

    scale: of the column · decided: a value of the column shows the form; else the header's language stands in.
    Raises Undecided where the text is no number in that form, or would be money with three decimals.
    """
    try:
        number = number_of(said.digits, locale)
    except BadValue as error:
        raise Undecided(
            f'"{said.digits}" does not fit the other numbers of its column, which are {FORMS[locale]}'
        ) from error
    if number is None:
        raise BadValue(f'"{said.digits}" is no number')
    size = said.scale or scale or 1
    open_value = is_open(said.digits) and number_vote(said.digits) is None
    places = -int(number.as_tuple().exponent)
    if open_value and places > DECIMALS and said.currency not in THREE_PLACES and not (decided and size > 1):
        raise Undecided(
            f'"{said.digits}" may be {_grouped(said.digits)} or {number}: its column writes {FORMS[locale]}'
            if decided
            else f'"{said.digits}" may be {_grouped(said.digits)} or {number}, and nothing in its column decides'
        )
    if scale and scale > 1 and said.scale is None and (said.currency or said.open_mark):
        raise Undecided(f"the cell names its own currency and no thousands, the column is in units of {scale:,}")
    return (-number if said.negative else number) * size


FORMS: dict[NumberLocale, str] = {"en": "1,234.56", "de": "1.234,56"}


def _grouped(digits: str) -> str:
    """Return the reading of an open number in which its separator groups."""
    return re.sub(r"[.,]", "", digits)


def _short(text: str) -> str:
    """Return a cell as it is quoted in a message."""
    return " ".join(text[:LONGEST].split())[:60]
