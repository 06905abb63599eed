"""Which days the imports of a source cover, and from that which periods of a series are complete.

A period is complete when every source that speaks in it covers all its days, and the as-of day is past its lateness.
A source speaks from the first day any of its imports covers to the last: what began later or was given up is no gap.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from leadline.evidence.frames import AsOf
from leadline.evidence.store import Store

LATE_DAYS = 3  # Google's BigQuery export updates events up to three days after the day
Span = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Cover:
    """The days that each source covers, as spans that do not touch, in order."""

    spans: Mapping[str, Sequence[Span]]
    at: AsOf

    def holds(self, first: dt.date, last: dt.date) -> bool:
        """Say whether every source that speaks between two days covers all of them, and one does."""
        speaking = [spans for spans in self.spans.values() if spans[0][0] <= last and first <= spans[-1][1]]
        return bool(speaking) and all(any(start <= first and last <= end for start, end in spans) for spans in speaking)

    def completes(self, first: dt.date, last: dt.date) -> bool:
        """Say whether the days are covered and nothing late is to be expected any more."""
        return last + dt.timedelta(days=LATE_DAYS) <= self.at.day and self.holds(first, last)

    @property
    def first_day(self) -> dt.date | None:
        """Return the first day that any source covers, None where none does."""
        return min((spans[0][0] for spans in self.spans.values()), default=None)


def cover_of(store: Store, table: str, *, at: AsOf, sources: Collection[str] = ()) -> Cover:
    """Return what the imports of a table cover; sources: those that tell of a series, empty for all of the table."""
    rows = store.ask(
        "SELECT source, span_from, span_to FROM imports WHERE span_from <= :last_day AND POSITION(:named IN tables) > 0 "
        "ORDER BY source, span_from, span_to", last_day=at.day, named=f'"{table}"',
    ).to_pylist()  # fmt: skip
    found: dict[str, list[Span]] = {}
    for row in rows:
        if sources and row["source"] not in sources:
            continue
        spans, first, last = found.setdefault(row["source"], []), row["span_from"], row["span_to"]
        if spans and first <= spans[-1][1] + dt.timedelta(days=1):
            spans[-1] = (spans[-1][0], max(spans[-1][1], last))
        else:
            spans.append((first, last))
    return Cover(found, at)


def period_start(day: dt.date, grain: str) -> dt.date:
    """Return the first day of the period that holds a day.

    >>> period_start(dt.date(2028, 2, 29), "quarter"), period_start(dt.date(2028, 2, 29), "week")
    (datetime.date(2028, 1, 1), datetime.date(2028, 2, 28))
    """
    if grain in {"day", "week"}:
        return day - dt.timedelta(days=0 if grain == "day" else day.weekday())
    months = {"month": 1, "quarter": 3, "year": 12}[grain]
    return dt.date(day.year, (day.month - 1) // months * months + 1, 1)


def period_end(period: dt.date, grain: str) -> dt.date:
    """Return the last day of the period that begins on a day.

    >>> period_end(dt.date(2028, 2, 1), "month")
    datetime.date(2028, 2, 29)
    """
    if grain in {"day", "week"}:
        return period + dt.timedelta(days=0 if grain == "day" else 6)
    months = {"month": 1, "quarter": 3, "year": 12}[grain]
    year, month = divmod(period.year * 12 + period.month - 1 + months, 12)
    return dt.date(year, month + 1, 1) - dt.timedelta(days=1)
