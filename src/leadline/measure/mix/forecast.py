"""What comes next under a planned course of exposure: draws of the outcome by place and step, and what falls after them.

The last observed exposures carry into the first planned steps. The baseline goes on as it was learned: its trend by further
increments drawn from Normal(0, kappa²), its season by formula, controls and events as planned (design, measurement sections
2.6 and 2.8).
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from leadline.errors import InputError
from leadline.inputs import Floats, Panel, stream
from leadline.inputs.panel import next_period
from leadline.measure.mix import likelihood
from leadline.measure.mix.baseline import columns, trend
from leadline.measure.mix.carry import unlagged
from leadline.measure.mix.density import Model, noise
from leadline.measure.mix.options import BaselineOptions, MixOptions
from leadline.measure.mix.response import Exposure, Worth, effects, media, media_and_move
from leadline.measure.mix.scale import Scaled
from leadline.measure.mix.shape import pick, prior_sds
from leadline.words import number, with_interval

BLOCK_NUMBERS = 4_000_000  # numbers of one array of a block of draws; own: 32 MB
DRIFT_KNOTS = 4  # design, measurement section 2.2: increments of a place's own trend


@dataclass(frozen=True)
class Forecast:
    """The outcome to come; S draws, G places, H steps, M channels.

    outcome: with its noise, (S, G, H) · expected: without, (S, G, H) · tail: outcome that what is planned brings after the
    last step, by channel, (S, M) · notes: what could not be foreseen
    """

    kpi: str
    time: npt.NDArray[np.datetime64]
    places: tuple[str, ...]
    channels: tuple[str, ...]
    outcome: Floats
    expected: Floats
    tail: Floats
    notes: tuple[str, ...] = ()

    def interval(self, level: float = 0.9) -> tuple[Floats, Floats]:
        """Return the bounds of the central predictive interval of each place and step, (G, H) each."""
        low, high = np.quantile(self.outcome, ((1 - level) / 2, (1 + level) / 2), axis=0)
        return np.asarray(low), np.asarray(high)

    def table(self) -> list[dict[str, Any]]:
        """Return one row per step, all places together: date, p05, p50, p95 of the outcome."""
        bounds = np.quantile(self.outcome.sum(axis=1), (0.05, 0.5, 0.95), axis=0)
        return [
            {"date": str(day), "p05": float(low), "p50": float(middle), "p95": float(high)}
            for day, (low, middle, high) in zip(self.time.astype("datetime64[D]"), bounds.T, strict=True)
        ]

    def sentence(self) -> str:
        """Return the total to come with its interval, and what falls after."""
        low, middle, high = np.quantile(self.outcome.sum(axis=(1, 2)), (0.05, 0.5, 0.95))
        after = float(np.median(self.tail.sum(axis=1)))
        return (
            f"From {self.time[0]} on, over {len(self.time)} steps: {self.kpi} of "
            f"{with_interval(number(float(middle)), number(float(low)), high=number(float(high)))}; what is planned brings another "
            f"{number(after)} after that."
        )

    def chart(self) -> dict[str, Any]:
        """Return the outcome to come with its interval as a Vega-Lite specification, unthemed."""
        x = {"field": "date", "type": "temporal", "title": None}
        return {
            "data": {"values": self.table()},
            "layer": [
                {"mark": {"type": "area", "opacity": 0.3}, "encoding": {
                    "x": x, "y": {"field": "p05", "type": "quantitative", "title": self.kpi}, "y2": {"field": "p95"}}},
                {"mark": "line", "encoding": {"x": x, "y": {"field": "p50", "type": "quantitative"}}},
            ],
        }  # fmt: skip


def forecast(model: Model, values: Floats, *, plan: Panel, options: MixOptions, seed: int) -> Forecast:
    """Return what comes over the steps of a plan.

    model, options: of the fit · values: posterior draws of the parameters, (S, D) · plan: exposure, controls and events of the
    steps that follow the panel's last one; its outcome is not looked at
    Raises InputError where the plan does not follow the panel or lacks a channel, a place or a control
    """
    _refuse(model.data, plan)
    ahead = _Ahead.of(model, plan, options=options.baseline)
    generator = stream(seed, "mix forecast")
    size = max(1, BLOCK_NUMBERS // max(model.data.lags.shape[0] * model.data.outcome.size, 1))
    parts = [_block(model, values[at : at + size], ahead, generator) for at in range(0, len(values), size)]
    outcome, expected, tail = (np.concatenate(one) for one in zip(*parts, strict=True))
    return Forecast(
        model.data.kpi, plan.time, plan.geo, model.data.channels, outcome, expected, tail, ahead.notes
    )  # fmt: skip


def _refuse(data: Scaled, plan: Panel) -> None:
    """Refuse a plan that does not follow the panel, all of it at once."""
    last: dt.date = data.panel.time[-1].astype("datetime64[D]").item()
    first, expected = plan.time[0].astype("datetime64[D]").item(), next_period(last, data.panel.grain)
    found = []
    if first != expected or plan.grain != data.panel.grain:
        found.append(
            f"the plan begins on {first} by {plan.grain}; after the panel comes {expected} by {data.panel.grain}. Shift it there."
        )
    if plan.geo != data.panel.geo:
        found.append(
            f"the plan has the places {', '.join(plan.geo)}, the panel {', '.join(data.panel.geo)}. Give the same."
        )
    needed = [_first(data, name) for name in data.channels] + list(data.drivers)
    lacking = [name for name in needed if name not in plan.channels]
    controls = [name for name in data.cross_names if name not in data.drivers and name not in plan.control_names]
    found += [f"the plan says nothing of {name}. Give its course, 0 where nothing runs." for name in lacking + controls]
    found += [f"the plan says nothing of the reach of {name}." for name in _reached(data) if name not in plan.reached]
    if found:
        raise InputError(found)


def _first(data: Scaled, name: str) -> str:
    """Return the panel's own name of a channel, the first of those that it stands for."""
    return data.merged[name][0] if name in data.merged else name


def _reached(data: Scaled) -> list[str]:
    return [data.channels[at] for at in data.reached]


@dataclass(frozen=True)
class _Ahead:
    """The steps to come in scaled numbers, H of them.

    planned, unplanned: exposure of the H steps and the L after them, with the plan's own and with nothing · time: columns that
    all places share, (H, K) · further: columns of further increments of the trend, (H, N) · cross: (G, H, C) · local,
    local_further: of single places, (H, B) and (H, N) · kappa: numbers of the sampled scales of both trends, -1 = none
    """

    planned: Exposure
    unplanned: Exposure
    time: Floats
    further: Floats
    cross: Floats
    local: Floats
    local_further: Floats
    kappa: tuple[int, int]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, model: Model, plan: Panel, *, options: BaselineOptions) -> _Ahead:
        data = model.data
        time, further, notes = _time(model, plan, options)
        local, local_further = _local(model, len(plan.time), options)
        scales = [name for name, _ in model.baseline.scales]
        kappa = tuple(scales.index(name) if name in scales else -1 for name in ("trend", "places"))
        courses = [_course(data, plan, is_planned=one) for one in (True, False)]
        return cls(
            courses[0], courses[1], time, further, _cross(data, plan), local, local_further, (kappa[0], kappa[1]), tuple(notes)
        )  # fmt: skip


def _course(data: Scaled, plan: Panel, *, is_planned: bool) -> Exposure:
    """Return exposure by lag over the plan's steps and the lags after them."""
    heads = (data.unit[:, 0] / data.scales.outcome[1])[:, None, None]
    share = 1.0 if is_planned else 0.0

    def scaled_of(chosen: Floats, sizes: list[float]) -> Floats:
        return np.asarray((share * chosen / heads / np.array(sizes)).transpose(2, 0, 1))

    wanted = [_first(data, name) for name in data.channels]
    exposure = scaled_of(
        plan.exposure[:, :, [plan.channels.index(name) for name in wanted]],
        [data.scales.exposure[name] for name in data.channels],
    )
    reached = _reached(data)
    nothing = np.zeros((0, *exposure.shape[1:]))
    reach = frequency = nothing
    if reached and plan.reach is not None and plan.frequency is not None:
        chosen = [plan.reached.index(name) for name in reached]
        reach = scaled_of(plan.reach[:, :, chosen], [data.scales.reach[name] for name in reached])
        frequency = share * plan.frequency[:, :, chosen].transpose(2, 0, 1)
    return Exposure(_on(data.lags, exposure), _on(data.reach, reach), _on(data.frequency, frequency))


def _on(stacked: Floats, after: Floats) -> Floats:
    """Return exposure by lag over the steps `after` the panel, (M, G, H), and the lags after those, (M, L + 1, G, H + L)."""
    lags = stacked.shape[1] - 1
    ran = unlagged(stacked)
    whole = np.concatenate([ran, after, np.zeros((*after.shape[:2], lags))], axis=2)
    first, count = ran.shape[2], after.shape[2] + lags
    return np.stack([whole[:, :, first - lag : first - lag + count] for lag in range(lags + 1)], axis=1)


def _time(model: Model, plan: Panel, options: BaselineOptions) -> tuple[Floats, Floats, list[str]]:
    """Return the shared columns over the plan's steps, those of further increments, and notes."""
    panel, steps = model.data.panel, len(model.data.panel.time)
    whole = Panel(
        np.concatenate([panel.time, plan.time]),
        panel.grain,
        ("all",),
        {},
        (),
        (),
        np.zeros((1, steps + len(plan.time), 0)),
    )
    names = model.baseline.names[: model.baseline.time.shape[1]]
    order = sum(name.startswith("season sin") for name in names)
    both = columns(
        whole, replace(options, season=order, geo_trend="none"), cross=np.zeros((1, len(whole.time), 0)), cross_names=()
    )
    made = {name: both.time[steps:, at] for at, name in enumerate(both.names)}
    events, notes = _events(panel, plan)
    made |= events
    known = np.stack([made[name] / names.count(name) for name in names], axis=1)  # one of two alike has its mean effect
    further = [column for name, column in made.items() if name.startswith("trend ") and name not in names]
    return known, np.stack(further, axis=1) if further else np.zeros((len(plan.time), 0)), notes


def _events(panel: Panel, plan: Panel) -> tuple[dict[str, Floats], list[str]]:
    """Return the events' columns over the plan's steps: those of the same name have the same effect; and what is new."""
    begins = plan.time.astype("datetime64[D]")
    ends = np.array([next_period(day, plan.grain) for day in begins.tolist()], dtype="datetime64[D]")
    found = {f"event {name}": np.zeros(len(begins)) for name, _, _ in panel.events}
    notes = []
    for name, first, last in dict.fromkeys((*panel.events, *plan.events)):
        touched = (begins <= np.datetime64(last)) & (ends > np.datetime64(first))
        if f"event {name}" in found:
            found[f"event {name}"] = np.maximum(found[f"event {name}"], touched)
        elif touched.any():
            notes.append(f"nothing is known of what {name} does: it is left out")
    return found, notes


def _cross(data: Scaled, plan: Panel) -> Floats:
    """Return controls and drivers over the plan's steps as z-scores, (G, H, C)."""
    found = []
    for name in data.cross_names:
        centre, sd = data.scales.controls[name]
        if name in data.drivers:
            values = plan.exposure[:, :, plan.channels.index(name)]
        else:
            values = np.asarray(plan.controls)[:, :, plan.control_names.index(name)]
        found.append((values - centre) / sd)
    return np.stack(found, axis=2) if found else np.zeros((len(plan.geo), len(plan.time), 0))


def _local(model: Model, ahead: int, options: BaselineOptions) -> tuple[Floats, Floats]:
    """Return the columns of single places over the plan's steps, and those of further increments of their drift."""
    width, steps = len(model.baseline.local_names), model.data.outcome.shape[1]
    if width == 0:
        return np.zeros((ahead, 0)), np.zeros((ahead, 0))
    level = np.ones((ahead, 1))
    if options.geo_trend == "none":
        return level, np.zeros((ahead, 0))
    distance = max(steps - 1, 1) if options.geo_trend == "linear" else math.ceil((steps - 1) / DRIFT_KNOTS)
    drift = trend(steps + ahead, distance)[steps:]
    return np.concatenate([level, drift[:, : width - 1]], axis=1), drift[:, width - 1 :]


def _block(
    model: Model, values: Floats, ahead: _Ahead, generator: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Return outcome and expectation, (S, G, H), and the tail, (S, M), of a block of draws."""
    data, shape = model.data, model.shape
    exposure = Exposure(data.lags, data.reach, data.frequency)
    h, moved = media_and_move(values, exposure, shape=shape)
    worth = Worth(model.numbers["money"], model.numbers["amount"])
    beta = np.swapaxes(effects(values, h, shape=shape, worth=worth, moved=moved), -1, -2)[..., None]  # (S, M, G, 1)
    sigma = noise(values, shape)
    base = _baseline(model, values, (beta * h).sum(axis=1), ahead=ahead, generator=generator)
    steps = base.shape[-1]
    planned, unplanned = (beta * media(values, one, shape=shape) for one in (ahead.planned, ahead.unplanned))
    expected = base + planned[..., :steps].sum(axis=1)
    plain = generator.standard_normal(expected.shape)
    if shape.errors == "student":  # a normal number over the root of a chi-square's mean
        freedom = pick(values, shape.at["freedom"])[..., None]
        plain = plain / np.sqrt(generator.gamma(freedom / 2, 2 / freedom, expected.shape))
    noisy = expected + sigma[..., None] * plain
    unit = data.unit[:, :1]
    if shape.link == "log":
        centre, sd = data.scales.outcome
        heads = unit / sd
        # after the last step nothing is known of the level: that of the last step stands for it
        level = (heads * np.exp(expected[..., -1:] * sd + centre))[:, None]
        gone = (planned - unplanned)[..., steps:] * sd
        tail = (level * -np.expm1(-gone)).sum(axis=(2, 3))
        return heads * np.exp(noisy * sd + centre), heads * np.exp(expected * sd + centre), tail
    middle = data.scales.outcome[0] * unit / data.scales.outcome[1]
    tail = ((planned - unplanned)[..., steps:] * unit).sum(axis=(2, 3))
    return noisy * unit + middle, expected * unit + middle, tail


def _baseline(
    model: Model, values: Floats, brought: Floats, *, ahead: _Ahead, generator: np.random.Generator
) -> Floats:
    """Return the baseline over the plan's steps, scaled, (S, G, H); brought: of all channels over the panel, (S, G, T)."""
    base, shape = model.baseline, model.shape
    shared, local = _coefficients(model, values, brought, generator)
    width = base.time.shape[1]
    found = np.einsum("hk,sk->sh", ahead.time, shared[:, :width])[:, None, :]
    found = found + np.einsum("ghc,sc->sgh", ahead.cross, shared[:, width:])
    if local.shape[-1]:
        found = found + np.einsum("hb,sgb->sgh", ahead.local, local)
    kappa = [pick(values, [shape.at["scale"][at]]) if at >= 0 else None for at in ahead.kappa]
    if kappa[0] is not None and ahead.further.shape[1]:
        steps = kappa[0] * generator.standard_normal((len(values), ahead.further.shape[1]))
        found = found + np.einsum("hn,sn->sh", ahead.further, steps)[:, None, :]
    if kappa[1] is not None and ahead.local_further.shape[1]:
        drift = kappa[1][:, None] * generator.standard_normal((len(values), shape.geos, ahead.local_further.shape[1]))
        found = found + np.einsum("hn,sgn->sgh", ahead.local_further, drift)
    return np.asarray(found)


def _coefficients(
    model: Model, values: Floats, brought: Floats, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return coefficients of shared columns, (S, K + C), and of local ones, (S, G, B): drawn, or sampled beside the rest."""
    shape, base = model.shape, model.baseline
    sd = prior_sds(values, shape, sd=(base.sd, base.local_sd))
    if shape.errors == "student":
        width = len(base.local_sd)
        local = pick(values, shape.at.get("local", ())).reshape((len(values), shape.geos, width))
        return pick(values, shape.at["shared"]) * sd[0], local * sd[1][:, None, :]
    error = (model.data.outcome - brought) * model.numbers["observed"]
    eps = generator.standard_normal((len(values), len(base.sd)))
    local_eps = generator.standard_normal((len(values), shape.geos, len(base.local_sd)))
    rows = likelihood.Sums(**model.numbers["sums"])
    return likelihood.coefficients(error, noise(values, shape), sd=sd, sums=rows, noise=(eps, local_eps))
