"""From the warehouse to the mathematics: query results become the frozen arrays of `leadline.inputs`.

Journeys and step rows of a workspace are built here and nowhere else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from leadline.errors import NothingDone
from leadline.evidence.store import Store
from leadline.inputs import Floats, Paths, Stages, Times

GAP_SECONDS = 1800  # design, evidence section 1.5: 30-minute rule of sessions
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class AsOf:
    """The last day that exists in the plan's zone, the first moment that does not exist yet (UTC), and that zone."""

    day: dt.date
    moment: dt.datetime
    zone: str = "UTC"

    @property
    def params(self) -> dict[str, object]:
        """Return the parameters every query accepts."""
        return {"as_of": self.moment, "last_day": self.day, "zone": self.zone}


@dataclass(frozen=True)
class Journeys:
    """How journeys are cut. outcome: `orders`, `stage:<state>`, `touches:<event>`; window: days, in seconds exactly."""

    outcome: str
    window_days: float = 90.0
    classes: Sequence[str] = ("activity",)
    collapse: bool = False
    keep_direct: bool = True

    @property
    def params(self) -> dict[str, object]:
        """Return the parameters of the queries `sessions` and `paths`."""
        kind, _, name = self.outcome.partition(":")
        return {
            "outcome": self.outcome, "window": round(self.window_days * DAY_SECONDS), "classes": ",".join(self.classes),
            "collapse": self.collapse, "keep_direct": self.keep_direct, "gap": GAP_SECONDS,
            "conversion_event": name if kind == "touches" else "",
        }  # fmt: skip


def as_of(store: Store, *, timezone: str, day: dt.date | None = None, today: dt.date | None = None) -> AsOf:
    """Return the day given, else the last day covered by evidence, today at most.

    Raises NothingDone where nothing was imported.
    """
    chosen = day or last_day(store, today=today)
    if chosen is None:
        raise NothingDone("Nothing was imported yet, so there is no last day. Import first: leadline import FILE...")
    return AsOf(chosen, _midnight(chosen + dt.timedelta(days=1), timezone), timezone)


def last_day(store: Store, *, today: dt.date | None = None) -> dt.date | None:
    """Return the last day any import speaks of, None where nothing was imported.

    today: what no default goes beyond; one mistyped year would otherwise judge the plan decades ahead
    """
    if not store.exists():
        return None
    found: dt.date | None = store.ask("SELECT max(span_to) AS day FROM imports")["day"][0].as_py()
    return found if found is None or today is None else min(found, today)


def _midnight(day: dt.date, timezone: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZoneInfo(timezone)).astimezone(dt.UTC).replace(tzinfo=None)


def stages(
    store: Store,
    step: tuple[str, str],
    *,
    at: AsOf,
    window_days: float = 90.0,
    recorded_from: dt.datetime | None = None,
) -> Stages:
    """Return the entries into a step's first state and what became of each, across persons, deals and accounts.

    step: (from, to) states · recorded_from: first moment from which moves into `to` were recorded at all, if known
    """
    table = store.ask(
        "step_rows", from_state=step[0], to_state=step[1], window=round(window_days * DAY_SECONDS), **at.params
    )
    kinds, subjects = table["subject_kind"].to_pylist(), table["subject"].to_pylist()
    return Stages(
        from_state=step[0],
        to_state=step[1],
        subject=np.array([f"{kind} {number}" for kind, number in zip(kinds, subjects, strict=True)], dtype=np.str_),
        entered_at=_times(table["entered_at"]),
        moved_at=_times(table["moved_at"]),
        ended_at=_times(table["ended_at"]),
        end=_texts(table["end"]),
        amount=np.array(
            [np.nan if amount is None else float(amount) for amount in table["amount"].to_pylist()], dtype=np.float64
        ),
        tactic=_texts(table["tactic"]),
        origin=_texts(table["origin"]),
        segment=_texts(table["segment"]),
        as_of=at.moment,
        recorded_from=recorded_from,
        notes=_currency_notes(table),
    )


def paths(store: Store, journeys: Journeys, *, at: AsOf, currency: str, by: str = "channels") -> Paths:
    """Return one row per journey with steps. by: `channels`, or `tactics` (a step without one is `(unmatched)`).

    Conversions without a step stay in the totals; money in another currency counts at its dated rate, or is named
    in the notes where there is none.
    """
    table = store.ask("paths", **journeys.params, **at.params)
    outcome, weight = np.array(table["outcome"].to_pylist(), dtype=object), np.asarray(table["weight"].fill_null(1.0))
    money, notes = _money(table, store, currency)
    lists = table[by].combine_chunks()
    lengths = np.asarray(pc.fill_null(pc.list_value_length(lists), 0), dtype=np.int64)
    there, converted = lengths > 0, outcome == "converted"
    names = pc.fill_null(pc.list_flatten(lists), "(unmatched)")
    coded = pc.dictionary_encode(names)
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    ends = np.where(converted, _times(table["converted_at"]), _times(table["ended_at"]))
    times = _times(pc.list_flatten(table["times"].combine_chunks()))
    return Paths(
        channels=tuple(coded.dictionary.to_pylist()),
        offsets=np.concatenate([[0], np.cumsum(lengths[there])]).astype(np.int64),
        steps=np.asarray(coded.indices, dtype=np.int64),
        conversions=np.where(converted, weight, 0.0)[there],
        value=np.where(converted, weight * money, 0.0)[there],
        nulls=np.where(outcome == "null", weight, 0.0)[there],
        has_nulls=True,
        empty_conversions=float(weight[converted & ~there].sum()),
        empty_value=float((weight * money)[converted & ~there].sum()),
        open_journeys=float(weight[outcome == "open"].sum()),
        seconds_before=(np.repeat(ends[there], lengths[there]) - times) / np.timedelta64(1, "s"),
        people=np.asarray(table["person"], dtype=np.int64)[there].astype(np.uint64),
        notes=notes,
    )


def _money(table: pa.Table, store: Store, currency: str) -> tuple[Floats, tuple[str, ...]]:
    """Return each journey's value in the plan's currency, and what could not be converted."""
    rates: dict[str, list[tuple[dt.date, float]]] = {}
    for row in store.ask("SELECT currency, day, per_plan FROM rates ORDER BY currency, day").to_pylist():
        rates.setdefault(row["currency"], []).append((row["day"], row["per_plan"]))
    values = np.zeros(table.num_rows)
    missing: dict[str, int] = {}
    columns = (table[name].to_pylist() for name in ("value", "currency", "converted_at"))
    for place, (value, own, moment) in enumerate(zip(*columns, strict=True)):
        if value is None:
            continue
        rate = 1.0 if own in {None, currency} else rate_on(rates.get(own, ()), moment.date())
        if rate is None:
            missing[own] = missing.get(own, 0) + 1
        else:
            values[place] = float(value) / rate
    notes = tuple(
        f"{count} conversions in {own} have no rate: they count, their value does not"
        for own, count in sorted(missing.items())
    )
    return values, notes


def rate_on(rates: Sequence[tuple[dt.date, float]], day: dt.date) -> float | None:
    """Return the latest rate on or before a day, None where there is none; rates are in order of day."""
    return next((per_plan for since, per_plan in reversed(rates) if since <= day), None)


def _currency_notes(table: pa.Table) -> tuple[str, ...]:
    currencies = sorted({text for text in table["currency"].to_pylist() if text})
    return (f"amounts are in {', '.join(currencies)} and were not converted",) if len(currencies) > 1 else ()


def _times(column: pa.Array | pa.ChunkedArray) -> Times:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(array.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)).astype("datetime64[us]")


def _texts(column: pa.ChunkedArray) -> npt.NDArray[np.str_]:
    return np.array([text or "" for text in column.to_pylist()], dtype=np.str_)


def answer(store: Store, query: str, *, at: AsOf, params: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
    """Return a named query's rows as plain dictionaries, with the as-of parameters filled in."""
    rows: list[dict[str, Any]] = store.ask(query, **{**at.params, **(params or {})}).to_pylist()
    return rows
