"""What a chart of a slide holds: categories, series and their intervals as numbers, so that it can be edited there.

A picture says which of its numbers make a chart of a kind every office program knows; colours are tokens of the theme.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Literal

# bar: across, in groups · stacked: across, on top of each other · column: upright, in groups · line: over days or an order
CATEGORY = "category"
Kind = Literal["bar", "stacked", "column", "line"]


@dataclass(frozen=True, slots=True)
class NativeSeries:
    """One series: a value for each category, None where there is none; low, high: ends of its 90 % intervals, or empty.

    colour: a token of the theme · pale: what is believed or planned, drawn lighter than what is known · dash: a broken line; around a bar, one that is empty
    """

    name: str
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    colour: str = "series-1"
    pale: bool = False
    dash: bool = False

    def __post_init__(self) -> None:
        """Take what is no number, or endless, for a value that is not there: no file can hold it."""
        for name in ("values", "low", "high"):
            held = tuple(end if end is not None and math.isfinite(end) else None for end in getattr(self, name))
            object.__setattr__(self, name, held)

    def has_interval(self) -> bool:
        """Say whether any value has an interval."""
        return any(end is not None for end in (*self.low, *self.high))


@dataclass(frozen=True, slots=True)
class NativeChart:
    """One chart of a slide. categories: names, or days where `kind` is "line" over time; in the order of reading.

    unit: `%` (values are shares 0..1), a currency code, or what stands on the axis · title: where several stand side by side
    most: the end of the axis of values, where a chart must not be stretched by one of them
    under: what its marks mean, where they differ from the drawing's
    """

    kind: Kind
    categories: tuple[str, ...] | tuple[dt.date, ...]
    series: tuple[NativeSeries, ...]
    unit: str = ""
    title: str = ""
    most: float | None = None
    under: str = ""

    def table(self) -> list[dict[str, object]]:
        """Return one row a category with the value, low and high of each series."""
        rows: list[dict[str, object]] = []
        for index, category in enumerate(self.categories):
            row: dict[str, object] = {CATEGORY: category}
            for one in self.series:
                row[one.name] = one.values[index]
                if one.has_interval():
                    row |= {f"{one.name}, low": one.low[index], f"{one.name}, high": one.high[index]}
            rows.append(row)
        return rows
