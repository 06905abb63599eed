"""Values in base units as people read them: per cent, money, days, counts; never a digit the interval does not carry."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from leadline import words
from leadline.decide.standing import Range, Scale
from leadline.report.figure import Figure

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MISSING = "–"
MINUS = "−"
# Money with an interval wider than this share of its middle has two significant digits (style guide 2.4, rule 6).
WIDE_INTERVAL = 0.10
# Rounding that moves an end by more than this share of itself would say another thing (house): one digit more.
FAR_FROM_ITSELF = 0.25


def day(date: dt.date | None) -> str:
    """Return a day as `2 Mar 2027`, the same in every locale; a missing one as a dash.

    >>> day(dt.date(2027, 3, 2))
    '2 Mar 2027'
    """
    return MISSING if date is None else Figure(f"{date.day} {_MONTHS[date.month - 1]} {date.year}", day=date)


def number(amount: float, digits: int = 3, *, unit: str = "count") -> str:
    """Return a bare number as `words.number` says it, keeping what it was made from.

    >>> number(0.1234)
    '0.123'
    """
    return _figure(words.number(amount, digits), amount, unit)


def money(amount: float, currency: str, *, digits: int = 3) -> str:
    """Return an amount as `words.money` says it, keeping what it was made from.

    >>> money(70_000, "EUR")
    '70 kEUR'
    """
    return _figure(words.money(amount, currency, digits=digits), amount, currency)


def share(part: float, decimals: int = 1) -> str:
    """Return a share 0..1 as `words.share` says it, keeping what it was made from.

    >>> share(0.1234)
    '12.3 %'
    """
    return _figure(words.share(part, decimals), part, "%")


def probability(p: float) -> str:
    """Return a probability as `words.probability` says it; near 0 and 1 it is words alone, which carry no digit.

    >>> probability(0.823), probability(0.999)
    ('82 %', '> 99 %')
    """
    text = words.probability(p)
    return text if text[0] in "<>" else _figure(text, p, "%")


def _figure(text: str, amount: float, unit: str) -> str:
    return Figure(text, value=float(amount), unit=unit) if math.isfinite(amount) else text


def is_money(unit: str) -> bool:
    """Say whether a unit is a currency code.

    >>> is_money("EUR"), is_money("count")
    (True, False)
    """
    return len(unit) == 3 and unit.isascii() and unit.isupper()


def value(amount: float | None, unit: str) -> str:
    """Return one value with its unit: money with k and M, shares in per cent, counts bare; None as a dash.

    >>> value(0.14, "%"), value(20.0, "days"), value(420.0, "count"), value(None, "count")
    ('14 %', '20 days', '420', '–')
    """
    if amount is None or not math.isfinite(amount):
        return MISSING
    if unit in {"%", "share"}:
        return _figure(f"{number(100 * amount)} %", amount, "%")
    if unit in {"pp", "points"}:
        return _figure(f"{number(100 * amount)} pp", amount, "pp")
    if is_money(unit):
        return money(amount, unit)
    if unit in {"", "count"}:
        return number(amount)
    return _figure(f"{number(amount)} {unit}", amount, unit)


def estimate(known: Range | None, unit: str) -> str:
    r"""Return `7.0 % (5.1–9.9)`: the middle with its unit, then the 90 % interval in the same unit.

    >>> estimate(Range(0.0512, 0.0702, 0.0988, "share"), "%")
    '7.0 % (5.1–9.9)'
    >>> estimate(Range(243.2, 366.4, 550.1, "amount"), "count")
    '370 (240–550)'
    >>> estimate(Range(19_000.0, 92_000.0, 1_900_000.0, "amount"), "EUR")
    '92 kEUR (19–1\u202f900)'
    """
    if known is None:
        return MISSING
    unit = unit_of(known, unit)
    factor, shown = _display(known, unit)
    parts = [part * factor for part in (known.low, known.base, known.high)]
    width = parts[2] - parts[0]
    if is_money(unit) and width > WIDE_INTERVAL * abs(parts[1]):
        low, base, high = (words.number(part, 2).replace("-", MINUS) for part in parts)
    else:
        digits = decimals(width)
        if abs(round(parts[0], digits) - parts[0]) > FAR_FROM_ITSELF * abs(parts[0]):
            digits += 1
        low, base, high = (_rounded(part, digits) for part in parts)
    middle = f"{base} {shown}".strip()
    separator = " to " if low.startswith(MINUS) or high.startswith(MINUS) else "–"
    text = middle if low == high else f"{middle} ({low}{separator}{high})"
    return ranged(text, known, unit=unit)


def ranged(text: str, known: Range, *, unit: str) -> Figure:
    """Return a text that says an estimate with what it says: middle and ends, no ends where they are equal."""
    unit = {"share": "%", "points": "pp", "": "count"}.get(unit, unit)
    if known.low == known.high:
        return Figure(text, value=known.base, unit=unit)
    return Figure(text, value=known.base, low=known.low, high=known.high, unit=unit)


def unit_of(known: Range, unit: str) -> str:
    """Return the unit a range is read in: shares in per cent, their changes in points, lags in days.

    >>> unit_of(Range(0.1, 0.2, 0.3, "share"), "share")
    '%'
    """
    if known.scale == "share":
        return "%"
    if known.scale == "signed" and unit in {"%", "share"}:
        return "pp"
    return "days" if known.scale == "days" else unit


def _display(known: Range, unit: str) -> tuple[float, str]:
    if unit == "%":
        return 100.0, "%"
    if unit in {"pp", "points"}:
        return 100.0, "pp"
    if is_money(unit):
        # The middle is what is read; its ends may be far from it, and then only they have many digits.
        middle = abs(known.base) or max(abs(known.low), abs(known.high))
        for bound, prefix in ((1e6, "M"), (1e3, "k")):
            if middle >= bound:
                return 1 / bound, prefix + unit
        return 1.0, unit
    return 1.0, "" if unit in {"", "count"} else unit


def decimals(width: float) -> int:
    """Return how many decimals an interval of this width carries; negative for tens, hundreds.

    A fifth of the width is the last place worth reading: 10 wide → 0, 2 wide → 1, 300 wide → -1.
    """
    if not width > 0 or not math.isfinite(width):
        return 0
    return math.ceil(-math.log10(width / 5) - 1e-9)


def axis_values(ticks: Sequence[float], unit: str) -> tuple[list[str], str]:
    """Return the numbers of an axis, one prefix for all, and the unit that is said once.

    >>> axis_values([0.0, 500_000.0, 1_000_000.0], "EUR")
    (['0', '0.5', '1'], 'MEUR')
    """
    scale: Scale = "share" if unit in {"%", "share"} else "amount"
    factor, shown = _display(Range(ticks[0], max(ticks, key=abs), ticks[-1], scale), "%" if scale == "share" else unit)
    return [words.number(tick * factor, 4).replace("-", MINUS) for tick in ticks], shown


def _rounded(amount: float, digits: int) -> str:
    rounded = round(amount, digits)
    text = words.number(rounded, 12).replace("-", MINUS)
    if digits > 0 and math.isfinite(rounded):
        whole, _, fraction = text.partition(".")
        return f"{whole}.{fraction.ljust(digits, '0')}"
    return text


def counted(amount: float, one: str, *, many: str = "") -> str:
    """Return a counted noun: `1 row`, `12 rows`.

    >>> counted(1, "row"), counted(1200, "entry", many="entries")
    ('1 row', '1\u202f200 entries')
    """
    return f"{number(amount, 12)} {one if amount == 1 else many or one + 's'}"


def sentence_case(text: str) -> str:
    """Return a clause as a sentence of its own: a capital first, a full stop last, where it has none.

    >>> sentence_case("name an owner")
    'Name an owner.'
    """
    flat = text.strip()
    ended = flat if not flat or flat[-1] in ".!?:)" else f"{flat}."
    return ended[:1].upper() + ended[1:]
