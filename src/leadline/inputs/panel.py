"""A panel: what was spent and what came of it, by region and step of time, and what no measurement could take."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from leadline.errors import InputError
from leadline.inputs.content import Floats, content_hash

GRAINS = ("day", "week", "month", "quarter", "year")
MONEY = "money"  # in place of a currency: the outcome is money, and nobody said of which country


@dataclass(frozen=True)
class Panel:
    """Outcomes, exposure and money by region and step of time: what a mix is fitted to.

    time: first day of each step, datetime64[D], equal steps of `grain` (day, week, month, quarter, year), shape (T,)
    geo: names, one where the panel is national, shape (G,) · population: persons, shape (G,), or None
    outcome: metric → counts or money a step, NaN = not observed, shape (G, T)
    channels: names, shape (M,) · kinds: `paid`, `organic` or `driver` of each
    exposure: in each channel's own unit, >= 0, shape (G, T, M) · spend: money a step, shape (G, T, M), or None
    controls, control_names: what else moves the outcome, shape (G, T, C)
    events: (name, first day, last day) · history: exposure before `time[0]`, oldest first, shape (G, H, M), or None
    value_per_unit: money a unit where the outcome is a count, shape (G, T), or None · currency: ISO 4217, `MONEY` = not said which,
    "" = the outcome is no money
    reach: persons · frequency: exposures a person, both of the channels `reached`, shape (G, T, R), or None
    Raises InputError naming all of it: steps that are uneven or repeated, exposure that is missing, negative amounts
    """

    time: npt.NDArray[np.datetime64]
    grain: str
    geo: tuple[str, ...]
    outcome: Mapping[str, Floats]
    channels: tuple[str, ...]
    kinds: tuple[str, ...]
    exposure: Floats
    spend: Floats | None = None
    population: Floats | None = None
    controls: Floats | None = None
    control_names: tuple[str, ...] = ()
    events: tuple[tuple[str, dt.date, dt.date], ...] = ()
    history: Floats | None = None
    value_per_unit: Floats | None = None
    currency: str = ""
    notes: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()
    reach: Floats | None = None
    frequency: Floats | None = None

    def __post_init__(self) -> None:
        """Refuse what no measurement could take, all of it at once."""
        problems = _panel_problems(self)
        if problems:
            raise InputError(problems)

    @cached_property
    def hash(self) -> str:
        """Content hash (16 hex digits); the order of metrics does not change it, that of regions and channels does."""
        named = {name: self.outcome[name] for name in sorted(self.outcome)}
        parts = (
            self.exposure,
            self.spend,
            self.population,
            self.controls,
            self.history,
            self.value_per_unit,
            self.reach,
            self.frequency,
        )
        columns = [np.asarray(self.time, dtype="datetime64[D]").astype(np.int64), *named.values(), *parts]
        digests = (
            "" if one is None else f"{one.shape} {hashlib.sha256(np.ascontiguousarray(one).tobytes()).hexdigest()}"
            for one in columns
        )
        head = [
            self.grain,
            self.currency,
            *(
                str(one)
                for one in (
                    self.geo,
                    self.channels,
                    self.kinds,
                    self.control_names,
                    self.events,
                    tuple(named),
                    self.reached,
                )
            ),
        ]
        return content_hash("panel", [*head, *digests])


def next_period(day: dt.date, grain: str) -> dt.date:
    """Return the first day of the step after the one that begins on a day.

    >>> next_period(dt.date(2027, 12, 1), "month"), next_period(dt.date(2027, 12, 1), "week")
    (datetime.date(2028, 1, 1), datetime.date(2027, 12, 8))
    """
    if grain in {"day", "week"}:
        return day + dt.timedelta(days=1 if grain == "day" else 7)
    year, month = divmod(day.year * 12 + day.month - 1 + {"month": 1, "quarter": 3, "year": 12}[grain], 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _panel_problems(panel: Panel) -> list[str]:
    """Return what is wrong with a panel, each with its place and the remedy."""
    g, t, m, c = len(panel.geo), len(panel.time), len(panel.channels), len(panel.control_names)
    shapes: dict[str, tuple[npt.NDArray[Any] | None, tuple[int, ...]]] = {
        **{f"outcome {name}": (values, (g, t)) for name, values in panel.outcome.items()},
        "exposure": (panel.exposure, (g, t, m)), "spend": (panel.spend, (g, t, m)), "controls": (panel.controls, (g, t, c)),
        "population": (panel.population, (g,)), "value_per_unit": (panel.value_per_unit, (g, t)),
        "reach": (panel.reach, (g, t, len(panel.reached))), "frequency": (panel.frequency, (g, t, len(panel.reached))),
    }  # fmt: skip
    found = [
        f"{name} has the shape {values.shape}, not {shape}. Give one value per place, step and name."
        for name, (values, shape) in shapes.items()
        if values is not None and values.shape != shape
    ]
    if panel.grain not in GRAINS:
        found.append(f'grain "{panel.grain}" is not known. Known: {", ".join(GRAINS)}.')
    for what, names in (("place", panel.geo), ("channel", panel.channels), ("control", panel.control_names)):
        found += [
            f'{what} "{name}" is declared twice. Rename or drop one.'
            for name in sorted({one for one in names if names.count(one) > 1})
        ]
    return found or [*_uneven(panel), *_unusable(panel)]


def _uneven(panel: Panel) -> list[str]:
    """Return the first place where the steps of time are not even."""
    days: list[dt.date] = panel.time.astype("datetime64[D]").tolist()
    for day, following in itertools.pairwise(days):
        expected = next_period(day, panel.grain)
        if following != expected:
            text = (
                f"after {day} comes {following}, not {expected}: the steps of a panel by {panel.grain} are not even. "
                "Add the missing rows, or drop those outside the steps."
            )
            return [text]
    return []


def _unusable(panel: Panel) -> list[str]:
    """Return missing exposures and negative amounts, one line per channel with the first place of each.

    What drives the outcome without being paid for, such as a change of price, may be negative.
    """
    found = []
    if panel.population is not None:
        found += [
            f"population of {name} is {people:g}. Give the people who live there, or leave population out."
            for name, people in zip(panel.geo, panel.population, strict=True)
            if not people > 0
        ]
    for number, channel in enumerate(panel.channels):
        columns = {"exposure": panel.exposure[:, :, number]}
        if panel.spend is not None:
            columns["spend"] = panel.spend[:, :, number]
            if np.array_equal(columns["exposure"], columns["spend"], equal_nan=True):
                del columns["exposure"]  # it is the spend, and is told once
        for name, column in columns.items():
            for bad, said in (
                (~np.isfinite(column), "is not known; fill with 0 only if nothing ran"),
                ((column < 0) & (panel.kinds[number] != "driver"), "is negative"),
            ):
                if bad.any():
                    geo, step = (int(place[0]) for place in np.nonzero(bad))
                    where = f" in {panel.geo[geo]}" if len(panel.geo) > 1 else ""
                    found.append(
                        f"{name} of {channel} {said}: {int(bad.sum())} of {bad.size} values, the first on {panel.time[step]}"
                        f"{where}. Correct the rows, or leave the channel out."
                    )
    return found
