"""The baseline: what the outcome would do without marketing, linear in coefficients with normal priors.

Columns are scaled so that a coefficient of 1 moves the outcome by one standard deviation. Columns that all places share
stand apart from those of one place, for the likelihood uses which is which (design, measurement section 2.5).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats, Panel
from leadline.measure.mix.options import BaselineOptions

KNOTS = {"day": 90, "week": 12, "month": 3, "quarter": 2, "year": 5}  # steps; design, measurement section 2.2
SEASON_MOST = {"day": 2, "week": 2, "month": 2, "quarter": 1, "year": 0}  # design, measurement section 2.2
STEPS_A_YEAR = {"day": 365.25, "week": 365.25 / 7, "month": 12.0, "quarter": 4.0, "year": 1.0}
YEAR_DAYS = 365.25  # design, measurement section 2.2: period of the season
MANY_CONTROLS = 10  # design, measurement section 2.2: more than these share one scale
INTERCEPT_SD, EVENT_SD, CONTROL_SD, GEO_SD = 5.0, 1.0, 1.0, 1.0  # design, measurement section 2.2, sd of the outcome
SEASON_SD, WEEKDAY_SD = 0.5, 0.5  # design, measurement section 2.2 (ours)


@dataclass(frozen=True)
class Baseline:
    """Columns of the baseline and what is believed about their coefficients.

    time: columns equal in all places, shape (T, K) · cross: columns of controls and drivers, shape (G, T, C) ·
    local: columns of single places, shape (G, T, B); each place has a coefficient of its own for each
    names: of time, then cross columns · sd: prior sd of their coefficients, times the scale named by `scale_of`, shape
    (K + C,) · scale_of: 0 = 1, n = the n-th of `scales`, shape (K + C,) · local_names, local_sd, local_scale_of: the same
    of local columns · scales: names of the sampled scales, each with the sd of its half-normal prior
    """

    time: Floats
    cross: Floats
    local: Floats
    names: tuple[str, ...]
    sd: Floats
    scale_of: tuple[int, ...]
    local_names: tuple[str, ...]
    local_sd: Floats
    local_scale_of: tuple[int, ...]
    scales: tuple[tuple[str, float], ...]


def columns(panel: Panel, options: BaselineOptions, *, cross: Floats, cross_names: tuple[str, ...]) -> Baseline:
    """Return the columns of a panel's baseline.

    cross: scaled controls and drivers, shape (G, T, C)
    """
    scales: list[tuple[str, float]] = []

    def scale(name: str, sd: float) -> int:
        scales.append((name, sd))
        return len(scales)

    steps = len(panel.time)
    parts: list[tuple[str, Floats, float, int]] = [("intercept", np.ones(steps), INTERCEPT_SD, 0)]
    knots = trend(steps, options.knots or KNOTS[panel.grain])
    if knots.shape[1]:
        number = scale("trend", 0.25)  # design, measurement section 2.2 (ours): HalfNormal(0.25)
        parts += [(f"trend {at + 1}", knots[:, at], 1.0, number) for at in range(knots.shape[1])]
    order = season_order(panel.grain, steps) if options.season is None else options.season
    parts += [(name, column, SEASON_SD / harmonic, 0) for name, column, harmonic in _season(panel, order)]
    if panel.grain == "day":
        parts += [(name, column, WEEKDAY_SD, 0) for name, column in _weekdays(panel)]
    parts += [(f"event {name}", _event(panel, first, last), EVENT_SD, 0) for name, first, last in panel.events]
    shared = scale("controls", 0.3) if len(cross_names) > MANY_CONTROLS else 0  # design, measurement section 2.2
    local, local_names, local_sd, local_scale = _local(panel, options, scale)
    return Baseline(
        np.stack([column for _, column, _, _ in parts], axis=1), cross, local,
        (*(name for name, *_ in parts), *cross_names),
        np.array([*(sd for *_, sd, _ in parts), *(CONTROL_SD for _ in cross_names)]),
        (*(number for *_, number in parts), *(shared for _ in cross_names)),
        local_names, local_sd, local_scale, tuple(scales),
    )  # fmt: skip


def trend(steps: int, distance: int) -> Floats:
    """Return the columns of a piecewise linear trend, shape (steps, ceil((steps - 1) / distance)).

    Column j rises from 0 to 1 between knots j and j + 1 and stays: its coefficient is the increment between them.
    """
    count = math.ceil((steps - 1) / distance)
    at = np.arange(steps)[:, None] / distance - np.arange(count)[None, :]
    return np.clip(at, 0.0, 1.0)


def season_order(grain: str, steps: int) -> int:
    """Return how many harmonics of the year a series of this length can carry."""
    years = steps / STEPS_A_YEAR[grain]
    return min(SEASON_MOST[grain], 2 if years >= 1.99 else 1 if years >= 0.99 else 0)  # 104 and 52 weeks


def _season(panel: Panel, order: int) -> list[tuple[str, Floats, int]]:
    days = panel.time.astype("datetime64[D]").astype(np.int64)
    found = []
    for harmonic in range(1, order + 1):
        angle = 2 * np.pi * harmonic * days / YEAR_DAYS
        found += [
            (f"season sin {harmonic}", np.sin(angle), harmonic),
            (f"season cos {harmonic}", np.cos(angle), harmonic),
        ]
    return found


def _weekdays(panel: Panel) -> list[tuple[str, Floats]]:
    """Return six columns that sum to zero over the week: each weekday against Sunday."""
    weekday = (panel.time.astype("datetime64[D]").astype(np.int64) + 3) % 7
    return [(f"weekday {day}", (weekday == day) - 1.0 * (weekday == 6)) for day in range(6)]


def _event(panel: Panel, first: dt.date, last: dt.date) -> Floats:
    """Return 1 in the steps that an event touches."""
    begins = panel.time.astype("datetime64[D]")
    length = begins[-1] - begins[-2] if len(begins) > 1 else np.timedelta64(1, "D")
    ends = np.append(begins[1:], begins[-1] + length)
    return ((begins <= np.datetime64(last)) & (ends > np.datetime64(first))).astype(np.float64)


def _local(
    panel: Panel, options: BaselineOptions, scale: Callable[[str, float], int]
) -> tuple[Floats, tuple[str, ...], Floats, tuple[int, ...]]:
    """Return the columns that each place has for itself: its level, and where asked its drift."""
    geos, steps = len(panel.geo), len(panel.time)
    if geos == 1:
        return np.zeros((1, steps, 0)), (), np.zeros(0), ()
    parts: list[tuple[str, Floats, float, int]] = [("level", np.ones(steps), GEO_SD, 0)]
    if options.geo_trend != "none":
        number = scale("places", 0.25)  # design, measurement section 2.2: HalfNormal(0.25)
        distance = max(steps - 1, 1) if options.geo_trend == "linear" else math.ceil((steps - 1) / 4)
        drift = trend(steps, distance)
        parts += [(f"drift {at + 1}", drift[:, at], 1.0, number) for at in range(drift.shape[1])]
    stacked = np.stack([column for _, column, _, _ in parts], axis=1)
    return (
        np.broadcast_to(stacked, (geos, *stacked.shape)).copy(), tuple(name for name, *_ in parts),
        np.array([sd for *_, sd, _ in parts]), tuple(number for *_, number in parts),
    )  # fmt: skip
