"""Words and signs around a number that people write and that have one reading; where there are two, a refusal asks."""

from __future__ import annotations

import re

from leadline.plan.interview.refusal import Refusal
from leadline.units import Unit

__all__ = ["heard", "refuse_pair", "without_words"]

_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_GERMAN = re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+,\d{1,2}(?!\d)|(?<![\d.,])\d{1,3}(?:\.\d{3}){2,}(?![\d.])")
_DOT_OF_TWO_READINGS = re.compile(r"(?<![\d.,])([1-9]\d{0,2})\.(\d{3})(?![\d.,])")
_SPACED = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_LEADING = re.compile(r"^(?:(?:we\s+)?(?:reply|answer|respond)\s+)?(?:in|within|after)\s+(?=\S*\d)", re.IGNORECASE)
_AT_MOST = re.compile(r"^(?:at most|no more than|up to|max\.?|maximum)\s+(?=\S*\d)", re.IGNORECASE)
_MINUS = re.compile(r"^minus\s+(?=\d)", re.IGNORECASE)
_LATER = re.compile(r"(?<=[A-Za-z])\s+(?:later|or so)$", re.IGNORECASE)
_CODE_FIRST = re.compile(r"^([A-Z]{3})\s*(\d[\d.,]*)\s*([kKmM]?)$")
_PAIR = re.compile(
    rf"^(?:between\s+)?({_NUMBER})\s*([^\d\s.]*)\s*(?:-|–|—|\.\.|\bto\b|\band\b)\s*({_NUMBER})(\s*[^\d]*)$"
)
_NUMBER_AND_WORDS = re.compile(rf"({_NUMBER}(?:\.\.{_NUMBER}\.\.{_NUMBER})?)\s*(\S+)\s+(.+)", re.DOTALL)
_MEASURES = ("per", "a", "an", "each", "every")


def heard(text: str, *, at_most: bool = False) -> str:
    """Return a number's text without the words around it that change nothing; `at_most`: a limit is what is asked.

    >>> heard("reply in 8 h"), heard("1.200,50 EUR"), heard("EUR 500"), heard("4 000 people")
    ('8 h', '1200.50 EUR', '500 EUR', '4000 people')

    Raises Refusal for `25.000`, which is 25000 to some and 25 to others.
    """
    text = _GERMAN.sub(lambda found: found[0].replace(".", "").replace(",", "."), text.strip())
    two = _DOT_OF_TWO_READINGS.search(text)
    if two:
        small = f"{two[1]}.{two[2]}".rstrip("0").rstrip(".")
        raise Refusal(f'"{two[0]}" can be read two ways.', f"Write {two[1]}{two[2]}, or {small}.")
    text = _LATER.sub("", _SPACED.sub("", _MINUS.sub("-", _LEADING.sub("", text))))
    text = _AT_MOST.sub("", text) if at_most else text
    return _CODE_FIRST.sub(lambda found: f"{found[2]} {found[3]}{found[1]}", text)


def refuse_pair(text: str, *, spread: bool) -> None:
    """Refuse low and high without the value between them: what is likely is for the person to say.

    spread: three numbers are welcome there; otherwise one number is wanted
    """
    found = _PAIR.fullmatch(text.strip())
    if found is None:
        return
    low, high, unit = found[1], found[3], (found[4].strip() or found[2])
    if spread:
        shown = f"{low}..likely..{high} {unit}".strip()
        raise Refusal(f'"{text}" leaves out what you think likely.', f"Write {shown}, with your number for likely.")
    raise Refusal(f'"{text}" is two numbers.', "Write one: the one you plan with.")


def without_words(spelt: str) -> str:
    """Return a number and its unit without the words behind them: `3 % book` is 3 %.

    >>> without_words("3 % book"), without_words("640 plants"), without_words("5 EUR per visit")
    ('3 %', '640 plants', '5 EUR per visit')
    """
    found = _NUMBER_AND_WORDS.fullmatch(spelt)
    if found is None or re.search(r"\d", found[3]) or found[3].split()[0].lower() in _MEASURES:
        return spelt
    if "/" in found[2] or "/" in found[3] or Unit.parse(found[2]).dimension.startswith("named:"):
        return spelt
    return f"{found[1]} {found[2]}"
