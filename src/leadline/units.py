"""Numbers with their units, as small frozen values: Quantity, Estimate, Interval, Period, Unit.

A plan keeps each number as it was written; arithmetic happens in base units: money of the plan,
days (or hours where a key says hours), shares 0..1, percentage points as differences of shares.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from dataclasses import dataclass

from leadline.errors import LeadlineError

# Days of a month and a year as means of the Gregorian calendar (400 years = 146,097 days).
DAYS_PER_YEAR = 146_097 / 400
DAYS_PER_MONTH = DAYS_PER_YEAR / 12

_TIME_IN_DAYS = {
    "s": 1 / 86_400, "sec": 1 / 86_400, "min": 1 / 1_440, "h": 1 / 24, "hour": 1 / 24, "hours": 1 / 24,
    "day": 1.0, "days": 1.0, "week": 7.0, "weeks": 7.0, "month": DAYS_PER_MONTH, "months": DAYS_PER_MONTH,
    "quarter": DAYS_PER_YEAR / 4, "quarters": DAYS_PER_YEAR / 4, "year": DAYS_PER_YEAR, "years": DAYS_PER_YEAR,
}  # fmt: skip
_PREFIX = {"k": 1e3, "M": 1e6}
_NUMBER = r"[+-]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_QUANTITY = re.compile(rf"\s*({_NUMBER})\s*([^\d\s.+-].*?)?\s*")
_ESTIMATE = re.compile(rf"\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*([^\d\s.+-].*?)?\s*")
LONGEST = 200  # letters of a quantity; house: the longest of the examples has a quarter of them
_CURRENCY = re.compile(r"([kM]?)([A-Z]{3})")


# How an estimate came about, strongest first (design of the plan: the order of evidence coverage).
METHODS = ("measured", "benchmark", "expert", "guess")


class UnitError(LeadlineError):
    """A text is not a quantity, or a unit is unknown or of another dimension."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit measures and how many base units it holds.

    dimension: `money:EUR`, `share`, `points`, `count`, `time`, `named:<unit>`, or `<a>/time` for a rate
    factor: base units in one; bases are currency unit, share 1.0, difference 1.0, 1, day (rates: per day)
    """

    name: str
    dimension: str
    factor: float

    @classmethod
    def parse(cls, name: str) -> Unit:
        """Read a unit such as `kEUR`, `%`, `pp`, `h/week`, `count/month`, `EUR/h`; other words are `named`."""
        numerator, slash, denominator = name.partition("/")
        dimension, factor = _simple(numerator.strip())
        if not slash:
            return cls(name, dimension, factor)
        per = _TIME_IN_DAYS.get(denominator.strip())
        if per is None:
            return cls(name, f"named:{name}", 1.0)
        return cls(name, f"{dimension}/time", factor / per)


def _simple(name: str) -> tuple[str, float]:
    if name == "%":
        return "share", 0.01
    if name == "pp":
        return "points", 0.01
    if name == "count":
        return "count", 1.0
    if name in _TIME_IN_DAYS:
        return "time", _TIME_IN_DAYS[name]
    currency = _CURRENCY.fullmatch(name)
    if currency:
        return f"money:{currency[2]}", _PREFIX.get(currency[1], 1.0)
    return f"named:{name}", 1.0


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number as written: `400 kEUR`, `14 %`, `12 h/week`, or `58` with no unit."""

    value: float
    unit: str | None = None

    @classmethod
    def parse(cls, text: object) -> Quantity:
        """Read a number or text; raises UnitError when it is neither.

        >>> Quantity.parse("400 kEUR")
        Quantity(value=400.0, unit='kEUR')
        """
        if isinstance(text, Quantity):
            return text
        if isinstance(text, bool) or not isinstance(text, (int, float, str)):
            raise UnitError(f"{text!r} is not a quantity. Write a number with its unit, for instance 400 kEUR or 14 %.")
        match = _match(_QUANTITY, text)
        number = _finite(match[1] if match else None if isinstance(text, str) else text)
        if number is None:
            raise UnitError(f'"{text}" is not a quantity. Write a number with its unit, for instance 400 kEUR or 14 %.')
        return cls(number, match[2] if match else None)

    def to(self, unit: str) -> float:
        """Return the value in another unit of the same dimension.

        >>> Quantity.parse("25 min").to("h") == 25 / 60, Quantity.parse("14 %").to("share")
        (True, 0.14)

        Raises UnitError when a unit is missing or the dimensions differ.
        """
        if self.unit is None:
            raise UnitError(f"{self.value:g} has no unit. Write one that is convertible to {unit}.")
        mine = Unit.parse(self.unit)
        wanted = Unit(unit, unit, 1.0) if unit in ("share", "points") else Unit.parse(unit)
        if mine.dimension != wanted.dimension:
            raise UnitError(f"{self} is {describe(mine.dimension)}, not {describe(wanted.dimension)} ({unit}).")
        return self.value * mine.factor / wanted.factor

    def __str__(self) -> str:
        return plain(self.value) if self.unit is None else f"{plain(self.value)} {self.unit}"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A belief as written: `9..14..19 %`, a bare number, or the long form with method and source.

    low and high are None for a bare number. method: measured, benchmark, expert, guess, or None.
    """

    base: float
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    method: str | None = None
    source: str | None = None

    @classmethod
    def parse(cls, text: object) -> Estimate:
        """Read `low..base..high unit`, a bare quantity, or a mapping {low, base, high, method, source}.

        >>> Estimate.parse("9..14..19 %")
        Estimate(base=14.0, low=9.0, high=19.0, unit='%', method=None, source=None)

        Raises UnitError when it is none of them.
        """
        if isinstance(text, Estimate):
            return text
        if isinstance(text, dict):
            return cls._from_mapping(text)
        match = _match(_ESTIMATE, text)
        if match is None:
            quantity = Quantity.parse(text)
            return cls(base=quantity.value, unit=quantity.unit)
        low, base, high = (_finite(match[index]) for index in (1, 2, 3))
        if low is None or base is None or high is None:
            raise UnitError(f'"{text}" holds a number that is too large to compute with.')
        return cls(base=base, low=low, high=high, unit=match[4])

    @classmethod
    def _from_mapping(cls, mapping: dict[str, object]) -> Estimate:
        unknown = set(mapping) - {"low", "base", "high", "method", "source"}
        if unknown or "base" not in mapping:
            raise UnitError("An estimate in long form has the keys low, base, high, method, source; base is required.")
        numbers = {key: Quantity.parse(mapping[key]) for key in ("low", "base", "high") if mapping.get(key) is not None}
        units = {quantity.unit for quantity in numbers.values() if quantity.unit is not None}
        if len(units) > 1:
            raise UnitError(f"low, base and high have different units ({', '.join(sorted(units))}). Use one.")
        method, source = mapping.get("method"), mapping.get("source")
        if not isinstance(method, (str, type(None))) or not isinstance(source, (str, type(None))):
            raise UnitError("method and source of an estimate are texts: method measured, benchmark, expert or guess.")
        if method not in METHODS and method is not None:
            raise UnitError(f'method "{method}" is not known. Write measured, benchmark, expert or guess.')
        return cls(
            base=numbers["base"].value,
            low=numbers["low"].value if "low" in numbers else None,
            high=numbers["high"].value if "high" in numbers else None,
            unit=units.pop() if units else None,
            method=method,
            source=source,
        )

    @property
    def is_bare(self) -> bool:
        """Say whether the estimate is one number only; three equal values count as bare."""
        return self.low is None or self.high is None or self.low == self.base == self.high

    def __str__(self) -> str:
        numbers = (
            plain(self.base)
            if self.low is None or self.high is None
            else f"{plain(self.low)}..{plain(self.base)}..{plain(self.high)}"
        )
        return numbers if self.unit is None else f"{numbers} {self.unit}"


@dataclass(frozen=True, slots=True)
class Interval:
    """A range with its level, such as the central 90 % of a posterior."""

    low: float
    high: float
    level: float = 0.9


@dataclass(frozen=True, slots=True)
class Period:
    """A range of days; both ends count."""

    start: dt.date
    end: dt.date

    @classmethod
    def parse(cls, text: object) -> Period:
        """Read `2027-01-01..2027-12-31`; raises UnitError for anything else (order is not judged here).

        >>> Period.parse("2027-01-01..2027-01-31").days
        31
        """
        if isinstance(text, Period):
            return text
        start, _, end = text.partition("..") if isinstance(text, str) else ("", "", "")
        try:
            return cls(dt.date.fromisoformat(start.strip()), dt.date.fromisoformat(end.strip()))
        except ValueError:
            raise UnitError(
                f'"{text}" is not a range of days. Write 2027-01-01..2027-12-31; both ends count.'
            ) from None

    @property
    def days(self) -> int:
        """Return the number of days, both ends counted; 0 or less when the end lies before the start."""
        return (self.end - self.start).days + 1

    def __contains__(self, day: dt.date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


def _match(pattern: re.Pattern[str], text: object) -> re.Match[str] | None:
    """Match a text of a length that numbers have: longer ones would cost the patterns the square of it."""
    return pattern.fullmatch(text) if isinstance(text, str) and len(text) <= LONGEST else None


def _finite(written: object) -> float | None:
    """Read a number; None for anything else, and for what overflows."""
    try:
        number = float(written.replace("_", "") if isinstance(written, str) else written)  # type: ignore[arg-type]  # TypeError is caught
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def plain(number: float) -> str:
    """Write a number exactly, without a needless `.0`.

    >>> plain(400.0), plain(172.4), plain(1234567.0)
    ('400', '172.4', '1234567')
    """
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


_PERIOD_KEY = re.compile(r"(\d{4})-(?:Q([1-4])|(0[1-9]|1[0-2]))")


def period_of(key: str) -> Period | None:
    """Return the days of a quarter or month written as a key; None for any other text.

    >>> str(period_of("2027-Q1")), str(period_of("2027-02"))
    ('2027-01-01..2027-03-31', '2027-02-01..2027-02-28')
    """
    match = _PERIOD_KEY.fullmatch(key)
    if match is None or match[1] == "0000":
        return None
    year = int(match[1])
    first = 3 * int(match[2]) - 2 if match[2] else int(match[3])
    last = first + 2 if match[2] else first
    return Period(dt.date(year, first, 1), dt.date(year, last, calendar.monthrange(year, last)[1]))


def describe(dimension: str) -> str:
    """Return a dimension in words for error texts: `money:EUR` → `money in EUR`."""
    base, _, per = dimension.partition("/")
    words = {"share": "a share (%)", "points": "percentage points (pp)", "count": "a count", "time": "a time"}
    kind, _, name = base.partition(":")
    text = words.get(base) or (f"money in {name}" if kind == "money" else f'an amount of "{name}"')
    return f"{text} per {per}" if per else text
