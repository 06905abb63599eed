"""From the warehouse to a panel: what was spent, what came of it and what else moved, period by period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.errors import NothingDone, UsageError, did_you_mean
from leadline.evidence.frames import AsOf, answer
from leadline.evidence.store import Store
from leadline.inputs import GRAINS, Floats, Panel

EVERYWHERE = "*"
# What stands in every result of a coarse panel; design, measurement 1.1.
CAVEAT = (
    "{grain}ly data: carry-over inside a {grain} can't be seen, and adding up over time makes it look longer than it is"
)
COARSE = ("quarter", "year")
NO_CHANNEL = "(unknown)"  # as panel_rows names money of which nothing names a channel
MONEY_OUTCOMES = ("orders.net", "orders.margin")  # the others are counts and figures
NAMELESS = "no channel"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What a panel is made of.

    outcome: `orders.net`, `orders.count`, `orders.margin`, `stage:<state>`, or `metric:<name>`
    exposure: `spend`, or `impressions` where a channel's source counts them · controls: names of metrics
    nothing_ran: channels of which no source tells in some periods because nothing ran then; of others that is an error
    left_out: channels that are not part of it, named in its notes where any money was spent on them
    """

    outcome: str
    grain: str = "week"
    exposure: str = "spend"
    controls: tuple[str, ...] = ()
    nothing_ran: Collection[str] = ()
    left_out: Collection[str] = ()


def panel(store: Store, wanted: Wanted, *, at: AsOf, currency: str = "EUR") -> Panel:
    """Return the complete periods in which the outcome is known, from the first to the last, by place where all of it is.

    A place is kept apart where the outcome, the channels and the controls all tell of it, else everything is added up.
    Raises UsageError for an unknown grain, exposure, outcome or control, NothingDone where no period is complete, InputError
    for a channel whose money of a period is not known.
    """
    if wanted.grain not in GRAINS:
        raise UsageError.unknown("grain", wanted.grain, known=GRAINS)
    if wanted.exposure not in {"spend", "impressions"}:
        raise UsageError.unknown("exposure", wanted.exposure, known=("spend", "impressions"))
    rows = answer(store, "weekly_panel", params={"grain": wanted.grain, "currency": currency}, at=at)
    own = [row for row in rows if row["currency"] in {None, currency}]
    outcome = _of(own, *_outcome(wanted.outcome))
    controls = {name: _of(own, "control", name) for name in wanted.controls}
    for kind, name, found in [(*_outcome(wanted.outcome), outcome), *(("control", *one) for one in controls.items())]:
        if not found:
            raise _unknown(own, kind, name)
    spends = _spends(own, wanted.left_out)
    shown = {name: _of(own, "impressions", name) for name in spends} if wanted.exposure == "impressions" else {}
    geos = _places([outcome, *spends.values(), *controls.values()])
    periods = _periods(outcome)
    grid = _Grid(tuple(geos), tuple(periods))
    notes = [CAVEAT.format(grain=wanted.grain)] if wanted.grain in COARSE else []
    notes += _left_out(rows, currency, set(periods))
    notes += _not_asked(own, wanted.left_out, currency=currency, periods=set(periods))
    money = np.stack([grid.filled(spends[name], zero=name in wanted.nothing_ran) for name in spends], axis=-1)
    exposed = [
        grid.filled(shown[name], zero=name in wanted.nothing_ran) if shown.get(name) else money[:, :, place]
        for place, name in enumerate(spends)
    ]
    return Panel(
        time=np.array(periods, dtype="datetime64[D]"),
        grain=wanted.grain,
        geo=grid.geos,
        outcome={wanted.outcome: grid.filled(outcome)},
        channels=tuple(spends),
        kinds=("paid",) * len(spends),
        exposure=np.stack(exposed, axis=-1),
        spend=money,
        controls=np.stack([grid.filled(one, mean=True) for one in controls.values()], axis=-1) if controls else None,
        control_names=wanted.controls,
        currency=currency if wanted.outcome in MONEY_OUTCOMES else "",
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Grid:
    """The places and periods of a panel."""

    geos: tuple[str, ...]
    periods: tuple[dt.date, ...]

    def filled(self, rows: Sequence[Row], *, zero: bool = False, mean: bool = False) -> Floats:
        """Return values by place and period, NaN = not known; places that are no row of it are added up, or averaged."""
        place = {name: number for number, name in enumerate(self.geos)}
        step = {day: number for number, day in enumerate(self.periods)}
        sums, counts = np.zeros((len(place), len(step))), np.zeros((len(place), len(step)))
        for row in rows:
            where = place.get(row["geo"], 0 if self.geos == (EVERYWHERE,) else None)
            if where is not None and row["period"] in step and row["value"] is not None:
                sums[where, step[row["period"]]] += row["value"]
                counts[where, step[row["period"]]] += 1
        known = counts > 0
        values = sums / np.where(known, counts, 1) if mean else sums
        return np.where(known, values, 0.0 if zero else np.nan)


def _outcome(name: str) -> tuple[str, str]:
    """Return kind and series of an outcome."""
    family, colon, metric = name.partition(":")
    return ("control", metric) if colon and family == "metric" else ("kpi", name)


def _of(rows: Iterable[Row], kind: str, name: str) -> list[Row]:
    """Return the rows of a series; of a metric told both as a whole and by place, the whole."""
    found = [row for row in rows if row["kind"] == kind and row["series"] == name]
    whole = [row for row in found if kind == "control" and row["geo"] == EVERYWHERE]
    return whole or found


def _spends(rows: Sequence[Row], left_out: Collection[str]) -> dict[str, list[Row]]:
    """Return the rows of each channel that is measured."""
    names = sorted({row["series"] for row in rows if row["kind"] == "spend"})
    if not names:
        raise NothingDone(
            "No spend was imported, so there is no channel to measure. Import the ad exports or invoices first."
        )
    kept = [name for name in names if name not in left_out]
    if not kept:
        raise NothingDone(f"All money is of what is left out: {', '.join(names)}. No channel is left to measure.")
    return {name: _of(rows, "spend", name) for name in kept}


def _not_asked(
    rows: Iterable[Row], names: Collection[str], *, currency: str, periods: Collection[dt.date]
) -> list[str]:
    """Return what was spent in the panel's periods on channels that are no part of it."""
    spent: dict[str, float] = {}
    for row in rows:
        if row["kind"] == "spend" and row["series"] in names and row["period"] in periods:
            spent[row["series"]] = spent.get(row["series"], 0.0) + (row["value"] or 0.0)
    return [
        f"{amount:,.0f} {currency} of {NAMELESS if name == NO_CHANNEL else name} are left out: what they brought counts as brought without marketing"
        for name, amount in sorted(spent.items())
        if amount
    ]


def _unknown(rows: Iterable[Row], kind: str, name: str) -> UsageError:
    spelled = {"control": "metric:{}", "kpi": "{}"}
    names = sorted({spelled[row["kind"]].format(row["series"]) for row in rows if row["kind"] in spelled})
    given = spelled[kind].format(name)
    return UsageError(
        f'"{given}" has no rows of this grain.{did_you_mean(given, names)} In the evidence: {", ".join(names) or "nothing"}. '
        "Name one of them, or import what counts it."
    )


def _places(parts: Sequence[Sequence[Row]]) -> list[str]:
    """Return the places that every part tells of, or everywhere."""
    told = [{row["geo"] for row in rows if row["value"] is not None} for rows in parts if rows]
    same = told[0] if all(places == told[0] for places in told) else {EVERYWHERE}
    return sorted(same) if EVERYWHERE not in same else [EVERYWHERE]


def _periods(outcome: Sequence[Row]) -> list[dt.date]:
    """Return all periods between the first and the last complete one of the outcome."""
    complete = [row["period"] for row in outcome if row["complete"] and row["value"] is not None]
    if not complete:
        raise NothingDone(
            "No period of the outcome is complete: imports do not yet cover one whole. Take a finer grain, or import more."
        )
    return sorted({row["period"] for row in outcome if min(complete) <= row["period"] <= max(complete)})


def _left_out(rows: Iterable[Row], currency: str, periods: Collection[dt.date]) -> list[str]:
    """Return what money of other currencies without a rate is not in the panel."""
    missing: dict[tuple[str, str], float] = {}
    for row in rows:
        if row["currency"] not in {None, currency} and row["period"] in periods:
            missing[row["series"], row["currency"]] = missing.get((row["series"], row["currency"]), 0.0) + (
                row["value"] or 0.0
            )
    return [
        f"{amount:,.2f} {own} of {name} have no rate to {currency}: they are left out"
        for (name, own), amount in sorted(missing.items())
    ]
