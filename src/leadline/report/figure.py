"""A finished text that remembers the number or day it was made from, so that a spreadsheet gets it typed.

Pages say every value once, as people read it; a writer that can hold numbers asks the text for them. To every other
writer a figure is the text it is: equal, joined, escaped and compared like any other.
"""

from __future__ import annotations

import datetime as dt
from typing import Self


class Figure(str):
    """A text with what it says.

    value: in base units: shares and points 0..1, money in whole units of its currency, days, counts; None for a day
    low, high: the ends of its 90 % interval in the same units, None where there is none
    unit: `%`, `pp`, a currency code, `days`, `h`, `count` or another unit of the plan · day: the day it names
    """

    __slots__ = ("day", "high", "low", "unit", "value")

    value: float | None
    low: float | None
    high: float | None
    unit: str
    day: dt.date | None

    def __new__(
        cls,
        text: str,
        *,
        value: float | None = None,
        low: float | None = None,
        high: float | None = None,
        unit: str = "",
        day: dt.date | None = None,
    ) -> Self:
        """Return the text with its number, its interval and unit, or its day."""
        made = super().__new__(cls, text)
        made.value, made.low, made.high, made.unit, made.day = value, low, high, unit, day
        return made

    def saying(self, text: str) -> Figure:
        """Return the same number or day in other words.

        >>> Figure("7 %", value=0.07, unit="%").saying("7 per cent").value
        0.07
        """
        return Figure(text, value=self.value, low=self.low, high=self.high, unit=self.unit, day=self.day)
