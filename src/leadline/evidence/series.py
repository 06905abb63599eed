"""What a plan's metric reads: `source` of a metric → a value per period, and whether the period is complete.

A period is complete when imports cover all its days and the as-of day is past the source's lateness (`covering`).
Counts of a covered period without rows are 0; of a period that no import covers nothing is known, and it has no point.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadline.errors import UsageError, did_you_mean
from leadline.evidence.consent import known_as
from leadline.evidence.covering import Cover, cover_of, period_end, period_start
from leadline.evidence.frames import AsOf
from leadline.evidence.store import Store
from leadline.evidence.waiting import Wait, hours_until, waits
from leadline.inputs import GRAINS

ORDERS = ("count", "net", "margin", "customers")
POSTS = ("count", "impressions", "reactions", "replies", "shares", "saves", "clicks")  # reach never adds up
RESPONSE: Mapping[str, float] = {"p50": 0.5, "p90": 0.9}  # design, evidence 1.5: share of openers answered by then
FORMS = (
    "stage:<state>", *(f"orders.{name}" for name in ORDERS), "metric:<name>", "touches:<event>",
    *(f"posts.{name}" for name in POSTS), *(f"response.{name}" for name in RESPONSE), "consent:<purpose>",
)  # fmt: skip
COLON = frozenset({"stage", "metric", "touches", "consent"})
DOT: Mapping[str, Collection[str]] = {"orders": ORDERS, "posts": POSTS, "response": tuple(RESPONSE)}


@dataclass(frozen=True)
class Family:
    """What one kind of source reads. table: whose imports cover it · named: SQL giving (name, source) of what there is.

    adds_up: counts of covered periods without rows are 0
    """

    table: str
    named: str
    adds_up: bool = True


FAMILIES: Mapping[str, Family] = {
    "stage": Family(
        "stages",
        "SELECT stage AS name, source FROM stages GROUP BY stage, source UNION SELECT state, source FROM deals GROUP BY state, source",
    ),
    "orders": Family("orders", "SELECT DISTINCT '' AS name, source FROM orders"),
    "metric": Family("metrics", "SELECT DISTINCT metric AS name, source FROM metrics", adds_up=False),
    "touches": Family("touches", "SELECT DISTINCT event AS name, source FROM touches"),
    "posts": Family("posts", "SELECT DISTINCT '' AS name, source FROM posts WHERE own"),
    "response": Family("responses", "SELECT DISTINCT '' AS name, source FROM responses", adds_up=False),
    "consent": Family("consent", "SELECT DISTINCT purpose AS name, source FROM consent"),
}


@dataclass(frozen=True)
class Point:
    """One period of a series. low, high: 90 % interval where the source gives one · complete: all its days are in.

    standing: how many agree at the period's end, of `consent:` alone
    """

    period: dt.date
    value: float
    n: float | None
    low: float | None
    high: float | None
    complete: bool
    standing: float | None = None


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
    """Return the series of a metric's `source`.

    Values are counts, money in `currency`, hours by the clock (`response.`), or in the series' own unit (`metric:`).
    Raises UsageError for an unknown form, grain or name, with the known forms and the nearest name.
    """
    family, name = parse(source)
    if grain not in GRAINS:
        raise UsageError.unknown("grain", grain, known=GRAINS)
    told = _sources(store, family, name)
    cover = cover_of(store, FAMILIES[family].table, at=at, sources=told)
    if family == "response":
        return _response(waits(store, at=at), name, cover=cover, grain=grain)
    rows = store.ask(f"series_{family}", name=name, grain=grain, currency=currency, **at.params).to_pylist()
    unrated = sum(row.get("unrated") or 0 for row in rows)
    notes = (f"{unrated} orders have no rate to {currency} on their day: their money is left out",) if unrated else ()
    if FAMILIES[family].adds_up and told:
        rows = list(_filled(rows, cover, grain=grain))
    points = tuple(
        Point(
            row["period"], row["value"], row.get("n"), row.get("low"), row.get("high"),
            cover.completes(row["period"], period_end(row["period"], grain)), row.get("standing"),
        )
        for row in rows if row["value"] is not None
    )  # fmt: skip
    return Series(source, grain, points, notes)


def parse(source: str) -> tuple[str, str]:
    """Return family and name of a metric's source. Raises UsageError naming the known forms.

    >>> parse("stage:sqo"), parse("orders.net"), parse("consent:E-mail")
    (('stage', 'sqo'), ('orders', 'net'), ('consent', 'email'))
    """
    family, colon, name = source.partition(":")
    if colon and name and family in COLON:
        return family, known_as(name) if family == "consent" else name
    family, _, name = source.partition(".")
    if name in DOT.get(family, ()):
        return family, name
    near = did_you_mean(source, [form for form in FORMS if "<" not in form])
    raise UsageError(
        f'"{source}" is no source of a metric.{near} Known forms: {", ".join(FORMS)}. Correct it in the plan.'
    )


def _sources(store: Store, family: str, name: str) -> frozenset[str]:
    """Return the sources that tell of a series. Raises UsageError where there are others of its kind and none of it."""
    rows = store.ask(FAMILIES[family].named).to_pylist()
    if family not in COLON:
        return frozenset(row["source"] for row in rows)
    shown = known_as if family == "consent" else str
    found = {(shown(row["name"]), row["source"]) for row in rows if row["name"]}
    names = sorted({told for told, _ in found} - {"*"})
    if names and name not in names:
        raise UsageError(
            f'"{family}:{name}" has no rows.{did_you_mean(name, names)} In the evidence: {", ".join(names)}. Known '
            f"forms: {', '.join(FORMS)}. Correct the metric's source, or import what counts it."
        )
    return frozenset(source for told, source in found if told == name)


def _filled(rows: Sequence[Mapping[str, Any]], cover: Cover, *, grain: str) -> Iterator[Mapping[str, Any]]:
    """Yield the rows, with 0 for every covered period that has none."""
    known = {row["period"]: row for row in rows}
    begun = min((day for day in (cover.first_day, *known) if day is not None), default=None)
    period = None if begun is None else period_start(begun, grain)
    standing: float | None = None
    while period is not None and period <= cover.at.day:
        row, last = known.get(period), period_end(period, grain)
        if row is not None:
            standing = row.get("standing")
            yield row
        elif cover.holds(period, min(last, cover.at.day)):
            yield {"period": period, "value": 0.0, "standing": standing}
        period = last + dt.timedelta(days=1)


def _response(found: Sequence[Wait], name: str, *, cover: Cover, grain: str) -> Series:
    """Return the hours within which a share of a period's openers were answered; n: openers, waiting ones among them."""
    periods: dict[dt.date, list[Wait]] = {}
    for one in found:
        periods.setdefault(period_start(one.opened_on, grain), []).append(one)
    points, never = [], 0
    for period, opened in sorted(periods.items()):
        hours = hours_until(opened, RESPONSE[name])
        if hours is None:
            never += 1
            continue
        complete = cover.completes(period, period_end(period, grain))
        points.append(Point(period, hours, float(len(opened)), None, None, complete))
    notes = (
        (f"in {never} periods too few were answered to tell {name}: it is longer than anybody waited",) if never else ()
    )
    return Series(f"response.{name}", grain, tuple(points), notes)
