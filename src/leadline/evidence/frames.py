"""From the warehouse to the mathematics: query results become the frozen arrays of `leadline.inputs`.

Journeys and step rows of a workspace are built here and nowhere else.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from leadline.errors import NothingDone
from leadline.evidence.numbering import classes, numbers
from leadline.evidence.store import Store
from leadline.inputs import Floats, Integers, Paths, Stages, Times, row_keys

GAP_SECONDS = 1800  # design, evidence section 1.5: 30-minute rule of sessions
DAY_SECONDS = 86_400
LATE_DAYS = 31  # exports are usually monthly: a source that ends earlier than that is said to end (house)


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


@dataclass(frozen=True)
class Way:
    """One step out of a state. recorded_from: first moment at which moves into `to_state` were recorded, if known.

    passed: states in which a subject has `to_state` behind it, that state among them · implied: those of them that
    nobody reaches but through the step's first one; None = `to_state` alone
    """

    to_state: str
    passed: Sequence[str] | None = None
    implied: Sequence[str] | None = None
    recorded_from: dt.datetime | None = None

    @property
    def params(self) -> dict[str, object]:
        """Return the parameters of the query `step_rows`."""
        known = {"passed": self.passed, "implied": self.implied}
        listed = {name: ",".join((self.to_state,) if states is None else states) for name, states in known.items()}
        return {"to_state": self.to_state, **listed}


def stages(
    store: Store,
    step: tuple[str, str],
    *,
    at: AsOf,
    window_days: float = 90.0,
    recorded_from: dt.datetime | None = None,
) -> Stages:
    """Return the entries of one step (from, to), as `stages_out` does."""
    ways = (Way(step[1], recorded_from=recorded_from),)
    return stages_out(store, step[0], ways=ways, at=at, window_days=window_days)[0]


def stages_out(
    store: Store, state: str, *, ways: Sequence[Way], at: AsOf, window_days: float = 90.0
) -> tuple[Stages, ...]:
    """Return the entries into a state and what became of each by each step out of it, in the order of the steps.

    Across persons, deals and accounts; one name stands for one subject in all of them, and is the same on every
    machine. Moments are those of the plan's zone, without a zone. `as_of` is the end of the last day of which the
    sources of `to_state` speak, where that is earlier; later entries are in the rows and nothing is known of them.
    """
    window = round(window_days * DAY_SECONDS)
    tables = [store.ask("step_rows", from_state=state, window=window, **way.params, **at.params) for way in ways]
    rows = answer(store, "state_cover", at=at)
    cover: dict[str, dt.date] = {row["state"]: max(row["span_to"] or row["last_day"], row["last_day"]) for row in rows}
    found = []
    for way, table in zip(ways, _named(tables), strict=True):
        speaking = [name for name in (way.to_state, *(way.passed or ()), state) if name in cover]
        until = min(cover[speaking[0]], at.day) if speaking else at.day
        columns = _step_columns(table)
        found.append(
            Stages(
                from_state=state,
                to_state=way.to_state,
                **columns,
                as_of=dt.datetime.combine(until + dt.timedelta(days=1), dt.time()),
                recorded_from=way.recorded_from,
                notes=(*_currency_notes(table), *_until_notes(columns["entered_at"], (state, way.to_state), until=until, at=at)),
            )
        )  # fmt: skip
    return tuple(found)


def _named(tables: Sequence[pa.Table]) -> list[pa.Table]:
    """Return the rows of each step in the order of their content, with a `name` per subject that all steps share."""
    whole = pa.concat_tables(
        [table.append_column("step", pa.array([step] * len(table), pa.int64())) for step, table in enumerate(tables)]
    )
    columns = _step_columns(whole)
    kind, step = _texts(whole["subject_kind"]), np.asarray(whole["step"])
    content = classes([columns.pop("entered_at"), kind, step, *columns.values()])
    number = numbers(np.char.add(kind, np.asarray(whole["subject"]).astype(np.str_)), content)
    names = np.char.add(np.char.add(kind, " "), number.astype(np.str_))
    order = np.lexsort((content, number))
    ordered = whole.append_column("name", pa.array(names)).take(order)
    return [ordered.filter(pc.equal(ordered["step"], place)) for place in range(len(tables))]


def _step_columns(table: pa.Table) -> dict[str, Any]:
    """Return the columns of `step_rows` as `Stages` has them, the subjects where they are named."""
    amounts = [np.nan if amount is None else float(amount) for amount in table["amount"].to_pylist()]
    return {
        **({"subject": _texts(table["name"])} if "name" in table.column_names else {}),
        **{name: _times(table[name]) for name in ("entered_at", "moved_at", "ended_at")},
        **{name: _texts(table[name]) for name in ("end", "tactic", "origin", "segment")},
        "amount": np.array(amounts, dtype=np.float64),
        "skipped": np.asarray(table["skipped"], dtype=np.bool_),
    }


def _until_notes(entered: Times, step: tuple[str, str], *, until: dt.date, at: AsOf) -> tuple[str, ...]:
    """Return what is to be said where the evidence of a step ends before the as-of day."""
    later = int((entered >= np.datetime64(until + dt.timedelta(days=1))).sum())
    if (at.day - until).days <= LATE_DAYS and not later:
        return ()
    left = f"; {later} later entries into {step[0]} are not measured yet" if later else ""
    return (f"entries of {step[1]} are known until {until}; later days say nothing{left}",)


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
    channels, steps = _coded(pc.fill_null(pc.list_flatten(lists), "(unmatched)"))
    ends = np.where(converted, _times(table["converted_at"]), _times(table["ended_at"]))
    times = _times(pc.list_flatten(table["times"].combine_chunks()))
    found = Paths(
        channels=channels,
        offsets=np.concatenate([[0], np.cumsum(lengths[there])]).astype(np.int64),
        steps=steps,
        conversions=np.where(converted, weight, 0.0)[there],
        value=np.where(converted, weight * money, 0.0)[there],
        nulls=np.where(outcome == "null", weight, 0.0)[there],
        has_nulls=True,
        empty_conversions=math.fsum(weight[converted & ~there]),
        empty_value=math.fsum((weight * money)[converted & ~there]),
        open_journeys=math.fsum(weight[outcome == "open"]),
        seconds_before=(np.repeat(ends[there], lengths[there]) - times) / np.timedelta64(1, "s"),
        people=np.asarray(table["person"], dtype=np.int64)[there].astype(np.uint64),
        notes=notes,
    )
    return _by_content(found, ends[there], times)


def _coded(names: pa.Array | pa.ChunkedArray) -> tuple[tuple[str, ...], Integers]:
    """Return the distinct names in their own order, and the place of each among them."""
    coded = pc.dictionary_encode(names)
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    met: list[str] = coded.dictionary.to_pylist()
    places = {name: place for place, name in enumerate(sorted(met))}
    return tuple(places), np.array([places[name] for name in met], dtype=np.int64)[np.asarray(coded.indices)]


def _by_content(found: Paths, ends: Times, times: Times) -> Paths:
    """Return the journeys in the order of their content, their people numbered by it: the same on every machine."""
    moments, moment = np.unique(times, return_inverse=True)
    if found.people is None or not len(moments):
        return found
    begun = moment[found.offsets[:-1]]
    walked, when = row_keys(found.offsets, found.steps), row_keys(found.offsets, moment)
    content = classes([begun, walked, when, ends, found.conversions, found.value, found.nulls])
    people = numbers(found.people, content).astype(np.uint64)
    return replace(found, people=people).take(np.lexsort((people, content)))


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


def _texts(column: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.str_]:
    return np.array([text or "" for text in column.to_pylist()], dtype=np.str_)


def answer(store: Store, query: str, *, at: AsOf, params: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
    """Return a named query's rows as plain dictionaries, with the as-of parameters filled in."""
    rows: list[dict[str, Any]] = store.ask(query, **{**at.params, **(params or {})}).to_pylist()
    return rows
