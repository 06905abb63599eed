"""Filters that compute with what was said: a margin over its sales, days from today to a day, less money than before."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from leadline.plan.spelling import Value
from leadline.units import Estimate, Period, Quantity, UnitError, plain

__all__ = ["CHANGES"]

# Days until an assumption is due, where nobody says a day (interview.md, section 1).
DAYS_TO_FIND_OUT = 30
_ROLES = {
    "awareness": "communication",
    "preference": "communication",
    "feedback": "experience",
    "service": "experience",
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _role(value: Value) -> Value:
    """Return the role of the metric behind a type of objective."""
    return _ROLES.get(str(value), "business")


def _each(value: Value) -> Value:
    """Return `28..40..55 kEUR / 20` as what one is worth."""
    total, _, number = str(value).partition(" / ")
    try:
        estimate, count = Estimate.parse(total), Quantity.parse(number).value
    except UnitError:
        return None
    if not count:
        return None
    low, high = (None if one is None else one / count for one in (estimate.low, estimate.high))
    return str(Estimate(estimate.base / count, low, high, estimate.unit))


def _less(value: Value) -> Value:
    """Return `60 kEUR - 2 kEUR` as the money that is left, nothing where it cannot be taken off."""
    before, _, less = str(value).partition(" - ")
    try:
        money, off = Quantity.parse(before), Quantity.parse(less)
        left = money.value - off.to(money.unit or "")
    except UnitError:
        return None
    return str(Quantity(left, money.unit)) if left >= 0 else None


def _until(value: Value) -> Value:
    """Return the days `today, window, last day` as the range from today (or the window's first day) to the last."""
    today, begin, _, last = (dt.date.fromisoformat(one) for one in _DAY.findall(str(value)))
    start = min(max(today, begin), last)
    return str(Period(start, last))


def _soon(value: Value) -> Value:
    """Return the day by which something open should be known."""
    return (dt.date.fromisoformat(str(value)) + dt.timedelta(days=DAYS_TO_FIND_OUT)).isoformat()


def _part(value: Value) -> Value:
    """Return a level of 90 or 90 % as 0.9."""
    number = float(str(value))
    return plain(number / 100) if number > 1 else plain(number)


def _words(value: Value) -> Value:
    """Return several values as words with commas between them."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _spoken(value: Value) -> Value:
    """Return the name of a choice as words: `can't tell` for `cannot_tell`."""
    return str(value).replace("cannot_tell", "can't tell").replace("_", " ")


CHANGES: dict[str, Callable[[Value], Value]] = {
    "role": _role, "each": _each, "less": _less, "until": _until, "soon": _soon, "part": _part, "words": _words,
    "spoken": _spoken,
}  # fmt: skip
"""Filters by name."""
