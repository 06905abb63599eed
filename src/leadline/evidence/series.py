"""What a plan's metric reads: `source` of a metric → a value per period, and whether the period is complete.

A period is complete when imports cover all its days and the as-of day is past the source's lateness.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from leadline.errors import UsageError, did_you_mean
from leadline.evidence.frames import AsOf
from leadline.evidence.store import Store

GRAINS = ("day", "week", "month", "quarter", "year")
FORMS = (
    "stage:<state>", "orders.count", "orders.net", "orders.margin", "orders.customers", "metric:<name>", "touches:<event>",
)  # fmt: skip
LATE_DAYS = 3  # Google's BigQuery export updates events up to three days after the day
# Family → the table it reads and, where names are free, the column that holds them.
TABLES = {
    "stage": ("stages", "stage"),
    "orders": ("orders", None),
    "metric": ("metrics", "metric"),
    "touches": ("touches", "event"),
}


@dataclass(frozen=True)
class Point:
    """One period of a series. low, high: 90 % interval where the source gives one · complete: all its days are in."""

    period: dt.date
    value: float
    n: float | None
    low: float | None
    high: float | None
    complete: bool


@dataclass(frozen=True)
class Series:
    """A metric as the evidence answers it, oldest period first."""

    source: str
    grain: str
    points: tuple[Point, ...]
    notes: tuple[str, ...] = ()

    def total(self) -> float:
        """Return the sum over all periods."""
        return sum(point.value for point in self.points)

    def table(self) -> list[dict[str, object]]:
        """Return one row per period, with stable keys."""
        names = ("period", "value", "n", "low", "high", "complete")
        return [{name: getattr(point, name) for name in names} for point in self.points]


def metric_series(store: Store, source: str, *, at: AsOf, grain: str = "month", currency: str = "EUR") -> Series:
    """Return the series of a metric's `source`. Raises UsageError for an unknown form, grain or name, with the nearest."""
    family, name = parse(source)
    if grain not in GRAINS:
        raise UsageError.unknown("grain", grain, known=GRAINS)
    table = store.ask(f"series_{family}", name=name, grain=grain, currency=currency, **at.params)
    if not table.num_rows:
        _known_name(store, family, name)
    spans = covered(store, TABLES[family][0], at=at)
    unrated = sum(row.get("unrated") or 0 for row in table.to_pylist())
    notes = (f"{unrated} orders have no rate to {currency} on their day: their money is left out",) if unrated else ()
    points = tuple(
        Point(
            row["period"], row["value"], row["n"], row["low"], row["high"], _complete(row["period"], grain, spans, at)
        )
        for row in table.to_pylist()
        if row["value"] is not None
    )
    return Series(source, grain, points, notes)


def parse(source: str) -> tuple[str, str]:
    """Return family and name of a metric's source. Raises UsageError naming the known forms.

    >>> parse("stage:sqo"), parse("orders.net")
    (('stage', 'sqo'), ('orders', 'net'))
    """
    family, colon, name = source.partition(":")
    if colon and name and family in {"stage", "metric", "touches"}:
        return family, name
    family, dot, name = source.partition(".")
    if family == "orders" and dot and name in {"count", "net", "margin", "customers"}:
        return family, name
    near = did_you_mean(source, [form for form in FORMS if "<" not in form])
    raise UsageError(
        f'"{source}" is no source of a metric.{near} Known forms: {", ".join(FORMS)}. Correct it in the plan.'
    )


def covered(store: Store, table: str, *, at: AsOf) -> list[tuple[dt.date, dt.date]]:
    """Return the spans that imports of a table cover, joined where they touch, in order."""
    rows = store.ask(
        "SELECT span_from, span_to FROM imports WHERE span_from <= :last_day AND POSITION(:named IN tables) > 0 ORDER BY span_from, span_to",
        last_day=at.day, named=f'"{table}"',
    ).to_pylist()  # fmt: skip
    spans: list[tuple[dt.date, dt.date]] = []
    for row in rows:
        first, last = row["span_from"], row["span_to"]
        if spans and first <= spans[-1][1] + dt.timedelta(days=1):
            spans[-1] = (spans[-1][0], max(spans[-1][1], last))
        else:
            spans.append((first, last))
    return spans


def _complete(period: dt.date, grain: str, spans: Sequence[tuple[dt.date, dt.date]], at: AsOf) -> bool:
    last = period_end(period, grain)
    late = last + dt.timedelta(days=LATE_DAYS)
    return late <= at.day and any(first <= period and last <= end for first, end in spans)


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


def _known_name(store: Store, family: str, name: str) -> None:
    """Raise UsageError where nothing of that name exists but something near it does."""
    table, column = TABLES[family]
    if column is None:
        return
    names = [
        row["name"]
        for row in store.ask(f"SELECT DISTINCT {column} AS name FROM {table} ORDER BY name").to_pylist()
        if row["name"]
    ]
    near = did_you_mean(name, names)
    if name not in names and near:
        raise UsageError(
            f'"{family}:{name}" has no rows.{near} In the evidence: {", ".join(names)}. Correct the metric\'s source.'
        )
