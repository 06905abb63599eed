"""Numbers as people write them, turned into the numbers a plan holds: €60k -> 60 kEUR, 40 a week -> 40 count/week."""

from __future__ import annotations

import re

from leadline.plan.interview.heard import heard, refuse_pair, without_words
from leadline.plan.interview.refusal import Refusal
from leadline.units import Estimate, Quantity, Unit, UnitError, plain

__all__ = ["Counted", "read_counted", "read_estimate", "read_quantity"]

_ABOUT = re.compile(
    r"^(?:about|around|roughly|approximately|approx\.?|ca\.?|circa|~|some)\s*(?=[\d+€£$-])", re.IGNORECASE
)
_SPOKEN = re.compile(r"\b(euros?|pounds?|dollars?)\b", re.IGNORECASE)
_SYMBOLS = {"€": "EUR", "£": "GBP", "¥": "JPY"}
_SYMBOL = re.compile(r"([€£$¥])\s*([\d.,]+)\s*([kKmM]?)(?![A-Za-z])")
_THOUSANDS = re.compile(r"(?<=\d)[,\u202f\u00a0'](?=\d{3}(?!\d))")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_SCALED = re.compile(r"(?<=[\d.])\s*(k|K|m|M|thousand|million)\s+([A-Z]{3})\b")
_DASHED = re.compile(r"([+-]?[\d.]+)\s*[–—-]\s*([\d.]+)\s*[–—-]\s*([\d.]+)(\s*[^\d\s].*)?")
_PER = re.compile(r"\s*(?:/|\ba\b|\ban\b|\bper\b|\beach\b)\s*(hour|day|week|month|quarter|year)s?\s*$", re.IGNORECASE)
_NUMBER_FIRST = re.compile(r"([+-]?\d[\d.]*(?:\.\.[+-]?\d[\d.]*\.\.[+-]?\d[\d.]*)?)\s*(.*)", re.DOTALL)
_NUMBER_LAST = re.compile(r"(.*?\S)\s+([+-]?\d[\d.]*(?:\.\.[+-]?\d[\d.]*\.\.[+-]?\d[\d.]*)?(?:\s*\S+)?)", re.DOTALL)
_WORDS = {"percent": "%", "per cent": "%", "pct": "%", "points": "pp", "hour": "h", "hours": "h", "hrs": "h", "hr": "h",
          "minute": "min", "minutes": "min", "mins": "min", "day": "days", "week": "weeks", "month": "months"}  # fmt: skip

_LIMITS = ("money", "time", "staff")  # asked as the most it may be: a budget, a reply, a capacity

# What a number may be -> dimensions of `leadline.units`, how it is written, the unit that may be left out.
_DIMENSIONS: dict[str, tuple[tuple[str, ...], str, str | None]] = {
    "money": (("money",), "60 kEUR or 450 EUR", None),
    "price": (("money", "money/time"), "22 kEUR or 22 kEUR/year", None),
    "share": (("share",), "14 %", None),
    "count": (("count",), "640", "count"),
    "flow": (("count/time",), "40 a week", None),
    "time": (("time",), "45 days or 2 h", None),
    "staff": (("time/time",), "16 h/week", None),
    "pay": (("money/time",), "62 EUR/h", None),
    "change": (("share", "points", "count", "time", "money"), "3 pp, 20 % or 12 count", "count"),
    "rate": (("share", "money", "count", "time"), "25 %, or 22 kEUR of money for each one", None),
}


def said(text: str, *, currency: str | None) -> str:
    """Return a number's text in the plan's spelling.

    >>> said("€60k", currency="EUR"), said("1,200 GBP", currency="GBP"), said("16 hours a week", currency=None)
    ('60 kEUR', '1200 GBP', '16 h/week')
    """
    text = heard(_THOUSANDS.sub("", _ABOUT.sub("", heard(text))))
    text = _SPOKEN.sub(lambda found: currency_of(found[1], currency) or found[1], text)
    text = _DECIMAL_COMMA.sub(".", text)
    text = _SYMBOL.sub(lambda found: _money(found, currency), text)
    text = _SCALED.sub(lambda found: f" {_prefix(found[1])}{found[2]}", text)
    per = _PER.search(text)
    if per:
        unit = "h" if per[1].lower() == "hour" else per[1].lower()
        return f"{_plain_words(text[: per.start()])}/{unit}"
    return _plain_words(text)


def read_quantity(text: str, of: str, *, currency: str | None) -> str:
    """Return a number with its unit as a plan writes it; `of` names what it must be (see `_DIMENSIONS`; "" for any).

    >>> read_quantity("640 plants", "count", currency="EUR"), read_quantity("40 a week", "flow", currency="EUR")
    ('640', '40 count/week')

    Raises Refusal with the form that is expected.
    """
    spelt = said(heard(text, at_most=of in _LIMITS), currency=currency)
    spelt = _flowing(spelt) if of == "flow" else _whole_unit(without_words(spelt), of, currency)
    refuse_pair(spelt, spread=False)
    try:
        quantity = Quantity.parse(spelt)
    except UnitError:
        raise Refusal(f'"{text}" is not a number with a unit.', _write(of, currency)) from None
    return str(Quantity(quantity.value, _unit(text, quantity.unit, of, currency)))


def read_estimate(text: str, of: str, *, currency: str | None) -> str:
    """Return low..base..high, or a bare number, as a plan writes it.

    >>> read_estimate("6-7-8 kEUR", "money", currency="EUR"), read_estimate("120..160..200 checks", "count", currency="EUR")
    ('6..7..8 kEUR', '120..160..200')
    """
    spelt = said(text, currency=currency)
    dashed = _DASHED.fullmatch(spelt)
    if dashed:
        spelt = f"{dashed[1]}..{dashed[2]}..{dashed[3]}{dashed[4] or ''}"
    spelt = _whole_unit(without_words(spelt), of, currency)
    refuse_pair(spelt, spread=True)
    try:
        estimate = Estimate.parse(spelt)
    except UnitError:
        raise Refusal(
            f'"{text}" is neither a number nor low..likely..high.', _write(of, currency, estimate=True)
        ) from None
    unit = _unit(text, estimate.unit, of, currency, estimate=True)
    low, high = estimate.low, estimate.high
    if low is not None and high is not None and not low <= estimate.base <= high:
        ordered = "..".join(plain(value) for value in sorted((low, estimate.base, high)))
        raise Refusal(
            f'"{text}" has its likely value outside low and high.', f"Write the lowest first: {_with(ordered, unit)}."
        )
    return str(Estimate(estimate.base, low, high, unit))


def currency_of(word: str, currency: str | None = None) -> str | None:
    """Return the letters of a currency that people say in words, None where there is none.

    >>> currency_of("pounds"), currency_of("dollars", "CAD"), currency_of("gbp"), currency_of("cows")
    ('GBP', 'CAD', 'GBP', None)
    """
    said = word.lower().rstrip("s")
    if said == "dollar":
        return currency if currency and currency.endswith("D") else "USD"
    return {"euro": "EUR", "pound": "GBP"}.get(said) or (word.upper() if re.fullmatch(r"[A-Za-z]{3}", word) else None)


class Counted(dict[str, str]):
    """A number with the word for what is counted: `value`, `unit` (`count` where it is simply counted), `noun`."""


def read_counted(text: str, *, estimate: bool, currency: str | None) -> Counted:
    """Return `47 contracts` as its number, unit and noun.

    >>> read_counted("47 contracts", estimate=False, currency="EUR")
    {'value': '47', 'unit': 'count', 'noun': 'contracts'}
    >>> read_counted("recurring revenue 420 kEUR", estimate=False, currency="EUR")
    {'value': '420 kEUR', 'unit': 'EUR', 'noun': 'recurring revenue'}
    """
    spelt = said(text, currency=currency)
    refuse_pair(spelt, spread=estimate)
    first, last = _NUMBER_FIRST.fullmatch(spelt), _NUMBER_LAST.fullmatch(spelt)
    if first:
        number, rest = first[1], first[2]
        unit, noun = _leading_unit(rest)
    elif last:
        number, _, rest = last[2].partition(" ")
        unit, noun = _leading_unit(rest)
        noun = f"{last[1]} {noun}".strip()
    else:
        raise Refusal(f'"{text}" holds no number.', "Write the number and what is counted: 47 contracts.")
    if not noun:
        raise Refusal(f'"{text}" does not say what is counted.', "Write the number and the word: 47 contracts.")
    read = read_estimate if estimate else read_quantity
    value = read(f"{number} {unit}".strip(), "", currency=currency)
    return Counted(value=value, unit=_metric_unit(unit), noun=noun)


def _whole_unit(spelt: str, of: str, currency: str | None) -> str:
    """Return a number with the unit that its question leaves no choice about: `25k` is kEUR, `6 h` hours a week."""
    thousands = re.fullmatch(r"([\d.]+)\s*[kK]", spelt) if currency and of in ("money", "price") else None
    if thousands:
        return f"{thousands[1]} k{currency}"
    return f"{spelt}/week" if of == "staff" and re.fullmatch(r"[\d.]+ h", spelt) else spelt


def _money(found: re.Match[str], currency: str | None) -> str:
    code = _SYMBOLS.get(found[1]) or (currency if currency and currency.endswith("D") else "USD")
    return f"{found[2]} {_prefix(found[3])}{code}"


def _prefix(word: str) -> str:
    return {"": "", "k": "k", "t": "k", "m": "M"}[word[:1].lower()]


def _plain_words(text: str) -> str:
    found = re.fullmatch(r"(.*[\d.])\s*([^\d.\s].*)?", text.strip(), re.DOTALL)
    if found is None or found[2] is None:
        return text.strip()
    unit = found[2].strip()
    return f"{found[1].strip()} {_WORDS.get(unit.lower(), unit)}"


def _flowing(spelt: str) -> str:
    """Return a count per time with its unit: the noun that is counted may be left out or said."""
    found = re.fullmatch(r"([+-]?[\d.]+)[^/]*/(\w+)", spelt)
    return f"{found[1]} count/{found[2]}" if found else spelt


def _unit(text: str, unit: str | None, of: str, currency: str | None, *, estimate: bool = False) -> str | None:
    """Return the unit to be written; raises Refusal where it is missing or measures something else."""
    if of == "value" and unit is not None and Unit.parse(unit).dimension.startswith("named:"):
        return None  # 122 contracts: the metric says what is counted
    if of not in _DIMENSIONS:
        return unit
    dimensions, _, implied = _DIMENSIONS[of]
    if unit is None:
        if of == "staff":
            return "h/week"  # hours a week are asked for, and nothing else can be meant
        if implied is None:
            raise Refusal(f'"{text}" has no unit.', _write(of, currency, number=text.strip()))
        return None
    found = Unit.parse(_cased(unit, currency)).dimension
    kind = re.sub(r"^money:[A-Z]{3}", "money", found)
    if kind in dimensions:
        return _cased(unit, currency) if kind != "count" or of == "rate" else None
    if found.startswith("named:") and "count" in dimensions and "/" not in unit and of != "rate":
        return None  # 640 plants: the noun says what is counted
    raise Refusal(
        f'"{text}" is not {_article(of)}.' if of != "rate" else f'"{unit}" is not a known unit.',
        _write(of, currency, estimate=estimate),
    )


def _cased(unit: str, currency: str | None) -> str:
    """Return a unit with the currency in capitals: `keur` is kEUR where the plan counts in EUR."""
    if currency and unit.lower().removeprefix("k").removeprefix("m") == currency.lower():
        prefix = unit[: len(unit) - 3]
        return ("k" if prefix.lower() == "k" else "M" if prefix.lower() == "m" else "") + currency
    return unit


def _article(of: str) -> str:
    words = {"money": "money", "price": "money", "share": "a share", "count": "a count", "flow": "a number per time",
             "time": "a time", "staff": "hours a week", "pay": "money an hour", "change": "a change"}  # fmt: skip
    return words[of]


def _write(of: str, currency: str | None, *, estimate: bool = False, number: str = "") -> str:
    """Return how it is written, with the person's own number where the unit alone is missing."""
    if of not in _DIMENSIONS:
        return "Write a number with its unit: 60 kEUR, 14 %, 45 days."
    example = _DIMENSIONS[of][1].replace("EUR", currency or "EUR")
    units = {"money": (currency or "EUR", "k" + (currency or "EUR")), "price": (currency or "EUR", "k" + (currency or "EUR")),
             "share": ("%",), "time": ("days", "h"), "staff": ("h/week",), "flow": ("a week",),
             "pay": (f"{currency or 'EUR'}/h",), "rate": ("%",)}.get(of, ())  # fmt: skip
    if number and units and len(units) > 1 and re.fullmatch(r"\d{4,}(\.\d+)?", number):
        return f"Write {number} {units[0]}."
    if number and units:
        return f"Write {' or '.join(f'{number} {unit}' for unit in units)}."
    if estimate:
        first = example.split(" or ")[0].split(",")[0]
        _, _, unit = first.partition(" ")
        return f"Write low..likely..high, such as {_with('20..30..45', unit)}."
    return f"Write it like {example}."


def _with(number: str, unit: str | None) -> str:
    return f"{number} {unit}" if unit else number


def _leading_unit(rest: str) -> tuple[str, str]:
    """Return the unit that a text begins with (or nothing) and the words behind it."""
    word, _, noun = rest.partition(" ")
    known = bool(word) and not Unit.parse(word).dimension.startswith("named:")
    return (word, noun.strip()) if known else ("", rest.strip())


def _metric_unit(unit: str) -> str:
    """Return the unit of the metric behind a number: money in whole units of its currency."""
    found = Unit.parse(unit) if unit else None
    if found is None:
        return "count"
    if found.dimension == "points":
        return "%"
    return found.dimension.removeprefix("money:") if found.dimension.startswith("money:") else unit
