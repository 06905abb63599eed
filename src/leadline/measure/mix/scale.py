"""From a panel to numbers near one: scales, channels that can be fitted, and what is left out with its reason.

Outcome per head, centred, in standard deviations; exposure per head in medians of the steps in which it ran, so 1 is a
usual step; controls as z-scores (design, measurement section 2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from leadline.errors import InputError, NothingDone
from leadline.inputs import Floats, Panel
from leadline.measure.mix.carry import LAGS, lagged, steps_before
from leadline.measure.mix.options import MixOptions
from leadline.measure.mix.scales import Scales
from leadline.words import share

STEPS_LEAST = 26  # design, measurement section 1.1: fewer are refused
MISSING_MOST = 0.2  # design, measurement section 1.1: an outcome with more missing is refused
RARE = 0.05  # design, measurement section 1.1: active in a smaller share of the steps gets a note


@dataclass(frozen=True)
class Scaled:
    """A panel ready to be fitted; G places, T steps, M channels with a curve, L lags.

    outcome: 0 where not observed, (G, T) · observed: 1 or 0, (G, T) · lags: exposure by lag, (M, L + 1, G, T) · reach,
    frequency: of the channels with both, (R, L + 1, G, T) · reached: their places among the channels · unit: outcome of a
    place and step for one scaled unit, (G, T) · money: money for one scaled unit, (G, T) · spend: money in the window,
    (M,), NaN = not given · window: 1 in the steps that results speak of, (T,) · cross: controls and drivers, (G, T, C)
    """

    panel: Panel
    kpi: str
    scales: Scales
    channels: tuple[str, ...]
    kinds: tuple[str, ...]
    merged: Mapping[str, tuple[str, ...]]
    outcome: Floats
    observed: Floats
    lags: Floats
    reached: tuple[int, ...]
    reach: Floats
    frequency: Floats
    unit: Floats
    money: Floats
    spend: Floats
    spending: Floats
    window: Floats
    cross: Floats
    cross_names: tuple[str, ...]
    drivers: tuple[str, ...]
    has_money: bool
    notes: tuple[str, ...]

    @property
    def filled(self) -> Floats:
        """Outcome in its own unit, (G, T); between neighbours where it is not observed, so that sums are of whole series."""
        raw = np.asarray(self.panel.outcome[self.kpi], dtype=np.float64)
        steps = np.arange(raw.shape[1])
        return np.stack([np.interp(steps, steps[np.isfinite(row)], row[np.isfinite(row)]) for row in raw])

    @property
    def turnover(self) -> float:
        """Money (or outcome) of the window that shares are of; of what comes in and goes out both where it may be negative."""
        return float((np.abs(self.filled) * self.money / self.unit * self.window).sum())

    @property
    def exposure(self) -> Floats:
        """Scaled exposure of each step itself, shape (M, G, T)."""
        return self.lags[:, 0]


def kpi(panel: Panel, options: MixOptions) -> str:
    """Return the name of the outcome that is fitted; raises InputError where several could be meant."""
    if options.kpi is not None:
        if options.kpi not in panel.outcome:
            raise InputError(
                [f'outcome "{options.kpi}" is not in the panel. In it: {", ".join(sorted(panel.outcome))}.']
            )
        return options.kpi
    if len(panel.outcome) != 1:
        raise InputError(
            [f"the panel has several outcomes: {', '.join(sorted(panel.outcome))}. Name the one to fit: kpi."]
        )
    return next(iter(panel.outcome))


def scaled(panel: Panel, options: MixOptions, *, scales: Scales | None = None) -> Scaled:
    """Return a panel in scaled numbers.

    Raises InputError for what cannot be fitted, all of it at once; NothingDone where no channel is left
    """
    name = kpi(panel, options)
    raw = np.asarray(panel.outcome[name], dtype=np.float64)
    _refuse(panel, raw, options)
    heads, notes = _heads(panel, raw, scales)
    outcome, observed = raw / heads[:, None], np.isfinite(raw)
    if options.link == "log":
        outcome = np.log(np.where(observed, outcome, 1.0))
    centre, sd = scales.outcome if scales else (float(outcome[observed].mean()), float(outcome[observed].std()))
    if sd <= 0:
        raise NothingDone(f"{name} never changes, so nothing can have moved it. Give an outcome that varies.")
    chosen, channel_notes, merged = _chosen(panel)
    names = tuple(_name(panel, merged, place) for place in chosen)
    exposure, sizes = _exposure(panel, chosen, heads, known=dict(zip(names, chosen, strict=True)), scales=scales)
    count = LAGS[panel.grain] if options.lags is None else options.lags
    history = None if panel.history is None else panel.history[:, :, chosen] / heads[:, None, None] / _row(sizes)
    before = steps_before(exposure, count, history=history, carry_in=options.carry_in)
    reach = _reach(panel, chosen, heads, options=options, lags=count, scales=scales)
    cross, cross_names, drivers, control_scales, control_notes = _cross(panel, scales)
    unit = np.broadcast_to((sd * heads)[:, None], raw.shape).copy()
    value = panel.value_per_unit if panel.value_per_unit is not None else np.ones_like(raw)
    spending = _spending(panel, chosen, merged)
    window = _window(panel, options)
    return Scaled(
        panel, name, Scales((centre, sd), dict(zip(names, sizes.tolist(), strict=True)), reach.sizes, control_scales, dict(zip(panel.geo, heads.tolist(), strict=True))), names,
        tuple(panel.kinds[place] for place in chosen), {names[chosen.index(a)]: b for a, b in merged.items()},
        np.where(observed, (outcome - centre) / sd, 0.0), observed.astype(np.float64), lagged(exposure, count, before=before),
        reach.places, reach.reach, reach.frequency, unit, unit * value,
        (spending * window[None, :, None]).sum(axis=(0, 1)), spending, window, cross, cross_names, drivers,
        bool(panel.currency) or panel.value_per_unit is not None, (*panel.notes, *notes, *channel_notes, *control_notes),
    )  # fmt: skip


def _refuse(panel: Panel, raw: Floats, options: MixOptions) -> None:
    found = []
    steps = raw.shape[1]
    if steps < STEPS_LEAST:
        found.append(
            f"{steps} steps by {panel.grain} are too few: a mix model needs {STEPS_LEAST} at the least. Add history, or give "
            "the same span in shorter steps."
        )
    missing = 1 - float(np.isfinite(raw).mean())
    if missing > MISSING_MOST:
        found.append(
            f"{share(missing, 0)} of the outcome is missing; at most {share(MISSING_MOST, 0)} may be. Fill in what was observed."
        )
    if np.isinf(raw).any():
        found.append("the outcome has infinite values. Correct the rows.")
    if options.link == "log" and (raw[np.isfinite(raw)] <= 0).any():
        geo, step = (int(one[0]) for one in np.nonzero(raw <= 0))
        found.append(
            f"the outcome is {raw[geo, step]:g} on {panel.time[step]} in {panel.geo[geo]}, and has no logarithm there. Use the "
            "identity link or add the missing sales."
        )
    if found:
        raise InputError(found)


def _heads(panel: Panel, raw: Floats, scales: Scales | None) -> tuple[Floats, list[str]]:
    """Return what each place is divided by: its people; in a national panel 1."""
    if len(panel.geo) == 1:
        return np.ones(1), []
    if panel.population is not None:
        return np.asarray(panel.population, dtype=np.float64), []
    means = np.nanmean(np.abs(raw), axis=1)
    if scales is not None:
        means = np.array([scales.heads.get(name, mean) for name, mean in zip(panel.geo, means, strict=True)])
    note = "no population is given: each place's mean outcome stands in for its size"
    return np.where(means > 0, means, 1.0), [note]


def _chosen(panel: Panel) -> tuple[list[int], list[str], dict[int, tuple[str, ...]]]:
    """Return the channels with a curve, notes, and which names each stands for where several are equal."""
    chosen: list[int] = []
    merged: dict[int, tuple[str, ...]] = {}
    notes: list[str] = []
    for place, (name, kind) in enumerate(zip(panel.channels, panel.kinds, strict=True)):
        column = panel.exposure[:, :, place]
        if kind == "driver":
            continue
        if not column.any():
            notes.append(f"{name} never ran: it is left out")
            continue
        twin = next((one for one in chosen if np.array_equal(panel.exposure[:, :, one], column)), None)
        if twin is not None and name not in panel.reached:
            merged[twin] = (*merged.get(twin, (panel.channels[twin],)), name)
            notes.append(f"{panel.channels[twin]} and {name} have equal values: only their sum can be told")
            continue
        chosen.append(place)
        active = float((column > 0).any(axis=0).mean())
        if active < RARE:
            notes.append(f"{name} ran in {share(active, 0)} of the steps: too few to tell much")
        if panel.spend is not None and ((panel.spend[:, :, place] > 0) & (column == 0)).any():
            notes.append(f"{name} has spend in steps without exposure; the exposure decides")
    if not chosen:
        raise NothingDone(
            "No channel ever ran in this panel, so nothing can be measured. Give spend or exposure by channel."
        )
    return chosen, notes, merged


def _name(panel: Panel, merged: Mapping[int, tuple[str, ...]], place: int) -> str:
    return " + ".join(merged[place]) if place in merged else panel.channels[place]


def _row(sizes: Floats) -> Floats:
    return sizes[None, None, :]


def _median(values: Floats) -> float:
    ran = values[values > 0]
    return float(np.median(ran)) if ran.size else 1.0


def _exposure(
    panel: Panel, chosen: list[int], heads: Floats, *, known: Mapping[str, int], scales: Scales | None
) -> tuple[Floats, Floats]:
    """Return scaled exposure (G, T, M) and by what it was divided (M,); known: names, of merged channels too."""
    per_head = panel.exposure[:, :, chosen] / heads[:, None, None]
    old = scales.exposure if scales else {}
    sizes = np.array([old.get(name, _median(per_head[:, :, at])) for at, name in enumerate(known)], dtype=np.float64)
    return per_head / _row(sizes), sizes


@dataclass(frozen=True)
class _Reach:
    places: tuple[int, ...]
    reach: Floats
    frequency: Floats
    sizes: Mapping[str, float]


def _reach(
    panel: Panel, chosen: list[int], heads: Floats, *, options: MixOptions, lags: int, scales: Scales | None
) -> _Reach:
    """Return reach per head, scaled, and frequency of the channels that have both, by lag."""
    geos, steps = len(panel.geo), len(panel.time)
    names = [panel.channels[place] for place in chosen]
    known = [name for name in panel.reached if name in names]
    if not known or panel.reach is None or panel.frequency is None:
        nothing = np.zeros((0, lags + 1, geos, steps))
        return _Reach((), nothing, nothing, {})
    columns = [panel.reached.index(name) for name in known]
    per_head = panel.reach[:, :, columns] / heads[:, None, None]
    old = scales.reach if scales else {}
    sizes = np.array([old.get(name, _median(per_head[:, :, at])) for at, name in enumerate(known)])
    reach, frequency = per_head / _row(sizes), panel.frequency[:, :, columns]
    stacked = [
        lagged(one, lags, before=steps_before(one, lags, history=None, carry_in=options.carry_in))
        for one in (reach, frequency)
    ]
    places = tuple(names.index(name) for name in known)
    return _Reach(places, stacked[0], stacked[1], dict(zip(known, sizes.tolist(), strict=True)))


def _cross(
    panel: Panel, scales: Scales | None
) -> tuple[Floats, tuple[str, ...], tuple[str, ...], dict[str, tuple[float, float]], list[str]]:
    """Return controls and drivers as z-scores, their names, which are drivers, their scales, and notes."""
    columns: list[tuple[str, Floats]] = []
    if panel.controls is not None:
        columns += [(name, panel.controls[:, :, at]) for at, name in enumerate(panel.control_names)]
    drivers = [at for at, kind in enumerate(panel.kinds) if kind == "driver"]
    columns += [(panel.channels[at], panel.exposure[:, :, at]) for at in drivers]
    kept, names, used, notes = [], [], {}, []
    for name, values in columns:
        centre, sd = (
            scales.controls[name] if scales and name in scales.controls else (float(values.mean()), float(values.std()))
        )
        if not np.isfinite(values).all():
            raise InputError([f"{name} has missing values. Fill them in, or leave it out."])
        if sd <= 1e-12 * max(abs(centre), 1.0):
            notes.append(f"{name} never changes: it is left out")
            continue
        kept.append((values - centre) / sd)
        names.append(name)
        used[name] = (centre, sd)
    shape = (len(panel.geo), len(panel.time))
    cross = np.stack(kept, axis=2) if kept else np.zeros((*shape, 0))
    driving = {panel.channels[at] for at in drivers}
    return cross, tuple(names), tuple(name for name in names if name in driving), used, notes


def _spending(panel: Panel, chosen: list[int], merged: Mapping[int, tuple[str, ...]]) -> Floats:
    """Return money a step of each channel, those that stand for several together, (G, T, M); NaN where not given."""
    shape = (len(panel.geo), len(panel.time), len(chosen))
    if panel.spend is None:
        return np.full(shape, np.nan)
    found = panel.spend[:, :, chosen].astype(np.float64)
    for at, place in enumerate(chosen):
        for name in merged.get(place, ())[1:]:
            found[:, :, at] += panel.spend[:, :, panel.channels.index(name)]
        if panel.kinds[place] != "paid":
            found[:, :, at] = np.nan
    return found


def _window(panel: Panel, options: MixOptions) -> Floats:
    days = panel.time.astype("datetime64[D]")
    if options.window is None:
        return np.ones(len(days))
    first, last = (np.datetime64(one) for one in options.window)
    inside = (days >= first) & (days <= last)
    if not inside.any():
        raise InputError([f"no step of the panel lies within {first} to {last}; it goes from {days[0]} to {days[-1]}."])
    return inside.astype(np.float64)
