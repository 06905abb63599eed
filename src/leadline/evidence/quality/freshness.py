"""Are the days all there: gaps, sources that stopped, counts that jump as nothing in the world does."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median

from leadline.evidence.quality.fact import Fact, Question

DAILY = frozenset({"spend", "metrics"})  # tables whose sources report every period, also one in which nothing happened
COUNTED = frozenset({"touches", "posts", "responses", "orders", "stages"})  # tables whose daily count says something
WEEKS = 8  # design, evidence section 6: the same weekday over eight weeks
FEWEST = 4  # own: fewer of them have no middle worth a name
MAD_OF_NORMAL = (
    0.6745  # median absolute deviation of a standard normal: what chance alone gives a count is √median of it
)
RECENT_DAYS = 28  # own: an older jump has been looked at, or never will be
WEEKLY = 7  # days
LONGEST_SPAN = 366 * 30  # own: thirty years in one file are a wrong date
FIRST_YEAR = 1995  # design, evidence section 6: events before that are a broken clock

Days = Mapping[dt.date, int]


def gaps_and_age(ask: Question) -> Iterator[Fact]:
    """Days missing in the middle of a source, and sources that stopped."""
    spans = _spans(ask)
    for source, by_table in sorted(_days(ask).items()):
        daily = [days for (table, _), days in by_table.items() if table in DAILY]
        days = sorted({day for one in daily or by_table.values() for day in one})
        covered = [day for day in _covered(spans.get(source, ())) if day <= ask.at.day]
        yield from _gap(ask, source, days=days if daily else covered)
        yield from _age(ask, source, days=days, last=max([*days[-1:], *covered[-1:]]), is_daily=bool(daily))


def level_shift(ask: Question) -> Iterator[Fact]:
    """Tell of days whose count lies far outside what that weekday had before: a fault of the collection, or an event.

    Asked before any alarm on mentions. The usual distance is the median absolute deviation of the same weekday over
    eight weeks, never less than what chance gives a count of that size.
    """
    spans = _spans(ask)
    for source, by_table in sorted(_days(ask).items()):
        for (table, venue), days in sorted(by_table.items()):
            if table not in COUNTED:
                continue
            ends = [day for day in _covered(spans.get(source, ())) if day <= ask.at.day]
            last = min(max([*ends[-1:], max(days)]), ask.at.day)
            found = [
                (day, days.get(day, 0), *usual)
                for back in range(RECENT_DAYS)
                if (day := last - dt.timedelta(days=back)) > min(days)
                and (usual := _usual(days, day)) is not None
                and abs(days.get(day, 0) - usual[0]) > ask.limit("level.shift") * usual[1]
            ]
            if not found:
                continue
            day, count, middle, _ = max(found, key=lambda one: (abs(one[1] - one[2]) / one[3], one[0]))
            where = source if not venue or venue == source else f"{source} {venue}"
            also = f", and {len(found) - 1} more days of the last {RECENT_DAYS}" if len(found) > 1 else ""
            text = (
                f"{table} of {where} jump: {count} on {day}, where that weekday usually has {middle:g}{also}. Is it an event, "
                "or did the collection change? Look before you believe it."
            )
            detail = {
                "days": [one[0].isoformat() for one in sorted(found)],
                "table": table,
                "usual": middle,
                "source": source,
            }
            yield Fact("level.shift", where, count, middle, "warning", text, detail)


def clock(ask: Question) -> Iterator[Fact]:
    """Rows dated after the as-of day and after the import that brought them, and events before the web."""
    rows = ask.rows("fact_clock", early=f"{FIRST_YEAR}-01-01")
    for source in dict.fromkeys(row["source"] for row in rows):
        found = [row for row in rows if row["source"] == source]
        said = [
            f"{row['rows']} rows of {row['what']} lie before {FIRST_YEAR}, the first on {row['first_day']}"
            if row["early"]
            else f"{row['rows']} rows of {row['what']} lie after {ask.at.day} and do not count, the last on {row['last_day']}"
            for row in found
        ]
        text = f"Of {source}, {'; '.join(said)}. Mend the dates in the source and import it again."
        yield Fact("clock", source, sum(row["rows"] for row in found), 0, "warning", text)


def _days(ask: Question) -> Mapping[str, Mapping[tuple[str, str], Days]]:
    """Return, per source and per table and venue, the days with rows and how many."""
    found: dict[str, dict[tuple[str, str], dict[dt.date, int]]] = {}
    for row in ask.rows("fact_days"):
        if row["day"] is not None:
            found.setdefault(row["source"], {}).setdefault((row["what"], row["venue"] or ""), {})[row["day"]] = row[
                "rows"
            ]
    for row in ask.rows("fact_touch_days"):
        found.setdefault(row["source"], {}).setdefault(("touches", ""), {})[row["day"]] = row["rows"]
    return found


def _spans(ask: Question) -> Mapping[str, Sequence[tuple[dt.date, dt.date]]]:
    found: dict[str, list[tuple[dt.date, dt.date]]] = {}
    for row in ask.rows("fact_imports"):
        if row["span_from"] is not None:
            found.setdefault(row["source"], []).append((row["span_from"], row["span_to"]))
    return found


def _covered(spans: Sequence[tuple[dt.date, dt.date]]) -> list[dt.date]:
    """Return the days that spans cover, in order; a span that reaches decades is a mistyped year, told by the clock."""
    found: set[dt.date] = set()
    for first, last in spans:
        if (last - first).days <= LONGEST_SPAN:
            found.update(first + dt.timedelta(days=step) for step in range((last - first).days + 1))
    return sorted(found)


def _gap(ask: Question, source: str, *, days: Sequence[dt.date]) -> Iterator[Fact]:
    steps = [(later - earlier).days for earlier, later in pairwise(days)]
    if not steps:
        return
    rhythm = max(1, math.floor(median(steps)))
    longest = max(steps)
    missing = longest - rhythm
    limit = ask.limit("gap_weekly" if rhythm >= WEEKLY else "gap")
    if missing > limit:
        after = days[steps.index(longest)]
        text = f"{source} has nothing for {missing} days in a row after {after}. Were they imported?"
        yield Fact("gap", source, missing, limit, "warning", text, {"after": after.isoformat()})


def _age(ask: Question, source: str, *, days: Sequence[dt.date], last: dt.date, is_daily: bool) -> Iterator[Fact]:
    """Say that a source stopped. Its rhythm: the usual step between its days; of events nine of ten, for weekends are quiet."""
    steps = sorted((later - earlier).days for earlier, later in pairwise(days))
    rhythm = 1 if not steps else steps[len(steps) // 2] if is_daily else steps[len(steps) * 9 // 10]
    age, limit = (ask.at.day - last).days, ask.limit("stale") * rhythm
    if age > limit:
        text = f"{source} ends {age} days before {ask.at.day}; its rows come every {rhythm} days."
        yield Fact("stale", source, age, limit, "warning", text, {"last": last.isoformat(), "every": rhythm})


def _usual(days: Days, day: dt.date) -> tuple[float, float] | None:
    """Return the median of the weekday's eight counts before a day and their usual distance from it, None for too few."""
    first = min(days)
    before = [days.get(other, 0) for week in range(1, WEEKS + 1) if (other := day - dt.timedelta(weeks=week)) >= first]
    if len(before) < FEWEST:
        return None
    middle = median(before)
    distance = median(abs(count - middle) for count in before)
    return middle, max(distance, MAD_OF_NORMAL * math.sqrt(max(middle, 1.0)))
