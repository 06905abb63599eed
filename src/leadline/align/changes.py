"""What changed in the meaning of an element, in words: the part of a field that differs, as it was and as it is.

Contents are canonical (`plan/stamp.py`): quantities are texts in base units, such as `0.14 share` or `20 time`.
"""

from __future__ import annotations

import re

from leadline import words
from leadline.units import plain

_BASE = re.compile(r"(-?[\d.]+(?:e[+-]?\d+)?) (share|points|time|time/time|count/time|money:[A-Z]{3})")
_NUMBERS = ("low", "base", "high")
# Dimension -> how many of the unit people write make one in base units, and that unit; work and flows go by the week.
_WRITTEN: dict[str, tuple[float, str]] = {
    "share": (100.0, "%"),
    "points": (100.0, "pp"),
    "time": (1.0, "days"),
    "hours": (24.0, "h"),
    "time/time": (24.0 * 7, "h/week"),
    "count/time": (7.0, "count/week"),
}
_SHOWN = 6  # significant digits of a number whose unit was changed; it is told, not computed with


def narrowed(old: object, new: object) -> tuple[str | None, str | None]:
    """Return the part of a field that changed, in words: None for nothing.

    Of two mappings the keys that differ are told, of two lists the one item that took the place of another.

    >>> narrowed({"by": "2027-09-30", "value": "0.14 share"}, {"by": "2027-09-30", "value": "0.16 share"})
    ('14 %', '16 %')
    """
    while True:
        if isinstance(old, dict) and isinstance(new, dict):
            differing = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
            if _is_estimate(old) and _is_estimate(new) and set(_NUMBERS) & set(differing):
                break
            if len(differing) != 1:
                old, new = ({key: side[key] for key in differing if key in side} for side in (old, new))
                break
            old, new = old.get(differing[0]), new.get(differing[0])
        elif isinstance(old, list) and isinstance(new, list):
            gone, come = [one for one in old if one not in new], [one for one in new if one not in old]
            if not len(gone) == len(come) == 1:
                break
            old, new = gone[0], come[0]
        else:
            break
    return spelt(old), spelt(new)


def spelt(value: object) -> str | None:
    """Return a canonical value as people write it, None for nothing.

    >>> spelt({"base": "0.15 share", "high": "0.2 share", "low": "0.1 share"}), spelt(["a", "b"]), spelt("0.25 time")
    ('10..15..20 %', 'a, b', '6 h')
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _written(value)
    if isinstance(value, dict):
        return (
            _estimate(value) if _is_estimate(value) else ", ".join(f"{key} {spelt(one)}" for key, one in value.items())
        )
    return ", ".join(str(spelt(one)) for one in value) if isinstance(value, list) else str(value)


def _is_estimate(value: dict[str, object]) -> bool:
    return "base" in value and not set(value) - {*_NUMBERS, "method", "source"}


def _estimate(value: dict[str, object]) -> str:
    numbers = [str(spelt(value[key])) for key in _NUMBERS if key in value]
    units = {number.partition(" ")[2] for number in numbers}
    if len(units) == 1:
        numbers = [*(number.partition(" ")[0] for number in numbers[:-1]), numbers[-1]]
    return "..".join(numbers)


def _written(text: str) -> str:
    """Return a quantity in the unit people write it in; any other text as it is."""
    found = _BASE.fullmatch(text)
    if found is None:
        return text
    number, dimension = float(found[1]), found[2]
    if dimension.startswith("money:"):
        return words.money(number, dimension.removeprefix("money:"))
    factor, unit = _WRITTEN["hours" if dimension == "time" and abs(number) < 1 else dimension]
    return f"{plain(float(f'{number * factor:.{_SHOWN}g}'))} {unit}"
