"""What comes next: the same response as the model's own, and intervals that hold what the model itself would make."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from leadline.errors import InputError
from leadline.inputs import Floats, Panel
from leadline.measure.mix.baseline import columns
from leadline.measure.mix.density import Model
from leadline.measure.mix.fit import model_of
from leadline.measure.mix.forecast import Forecast, forecast
from leadline.measure.mix.options import BaselineOptions, ChannelOptions, MixOptions
from leadline.measure.mix.refit import cut
from leadline.measure.mix.response import Exposure, Worth, effects, media
from leadline.measure.mix.scale import scaled

STEPS, AHEAD = 110, 12
OPTIONS = MixOptions()


def made(geos: int = 2, *, steps: int = STEPS, seed: int = 4) -> Panel:
    """Return a panel of two channels, a control, a driver and an event that comes again."""
    rng = np.random.default_rng(seed)
    people = np.arange(1, geos + 1) * 1000.0
    spend = rng.gamma(3.0, 1.0, (geos, steps, 3)) * people[:, None, None]
    outcome = rng.normal(30, 2, (geos, steps)) * people[:, None] + spend[:, :, :2].sum(axis=2)
    time = np.datetime64("2024-01-01") + 7 * np.arange(steps)
    sales = tuple(("sale", dt.date(2024 + year, 5, 1), dt.date(2024 + year, 5, 9)) for year in range(2))
    return Panel(
        time, "week", tuple(f"place {at}" for at in range(geos)), {"revenue": outcome}, ("tv", "search", "price"),
        ("paid", "paid", "driver"), spend, spend=spend, population=people if geos > 1 else None, currency="EUR",
        controls=rng.normal(0, 1, (geos, steps, 1)), control_names=("weather",), events=sales[:1],
    )  # fmt: skip


def ahead(panel: Panel, *, first: int = STEPS - AHEAD, options: MixOptions = OPTIONS, draws: int = 3) -> Forecast:
    """Return what the steps before `first` say of those after."""
    model = model_of(cut(panel, 0, last=first), options)
    values = model.layout.draw(np.random.default_rng(1), draws)
    return forecast(model, values, plan=cut(panel, first, last=len(panel.time)), options=options, seed=1)


def with_more(panel: Panel, first: int) -> Panel:
    """Return a panel with twice the tv from a step on."""
    exposure = panel.exposure.copy()
    exposure[:, first:, 0] *= 2
    return replace(panel, exposure=exposure, spend=exposure)


def brought(model: Model, values: Floats, panel: Panel, options: MixOptions) -> Floats:
    """Return what media bring on a longer panel, (S, G, T): the model's own response with its effects."""
    data = model.data
    h = media(values, Exposure(data.lags, data.reach, data.frequency), shape=model.shape)
    beta = effects(values, h, shape=model.shape, worth=Worth(model.numbers["money"], model.numbers["amount"]))
    longer = scaled(panel, options, scales=data.scales)
    own = media(values, Exposure(longer.lags, longer.reach, longer.frequency), shape=model.shape)
    return np.asarray(np.einsum("smgt,sgm,gt->smgt", own, beta, longer.unit))


@pytest.mark.parametrize("order", ["carry-first", "saturation-first"])
def test_forecast_and_model_respond_alike(order: str) -> None:
    options, panel, first = MixOptions(order=order), made(), STEPS - AHEAD  # type: ignore[arg-type]  # one of the two
    more = with_more(panel, first)
    model = model_of(cut(panel, 0, last=first), options)
    values = model.layout.draw(np.random.default_rng(1), 3)
    difference = (brought(model, values, more, options) - brought(model, values, panel, options)).sum(axis=1)[
        ..., first:
    ]
    told = [ahead(one, options=options).expected for one in (more, panel)]
    assert told[0] - told[1] == pytest.approx(difference, rel=1e-9, abs=1e-6)


def test_what_falls_after_the_horizon_is_what_a_longer_panel_shows() -> None:
    panel, first, last, end = made(), 90, 96, 104  # eight lags work on after the last step
    stopped = panel.exposure.copy()
    stopped[:, last:, :2] = 0
    idle = stopped.copy()
    idle[:, first:last, :2] = 0
    model = model_of(cut(panel, 0, last=first), OPTIONS)
    values = model.layout.draw(np.random.default_rng(1), 3)
    runs = [brought(model, values, replace(panel, exposure=one, spend=one), OPTIONS) for one in (stopped, idle)]
    expected = (runs[0] - runs[1])[..., last:end].sum(axis=(2, 3))
    told = forecast(model, values, plan=cut(panel, first, last=last), options=OPTIONS, seed=1)
    assert told.tail == pytest.approx(expected, rel=1e-9)
    assert (told.tail > 0).all()


def test_under_a_log_link_more_exposure_multiplies_and_heavy_tails_widen() -> None:
    options, first = MixOptions(link="log"), STEPS - AHEAD
    panel = made()
    more = with_more(panel, first)
    model = model_of(cut(panel, 0, last=first), options)
    values = model.layout.draw(np.random.default_rng(1), 3)
    factor = (brought(model, values, more, options) - brought(model, values, panel, options)).sum(axis=1)[..., first:]
    told = [ahead(one, options=options).expected for one in (more, panel)]
    logs = factor / model.data.unit[:, :1] * model.data.scales.outcome[1]
    assert np.log(told[0] / told[1]) == pytest.approx(logs, rel=1e-9, abs=1e-12)
    heavy = MixOptions(errors="student")
    known = model_of(cut(panel, 0, last=first), heavy)
    draws = np.repeat(known.layout.draw(np.random.default_rng(1), 1), 4000, axis=0)
    at = list(known.layout.names).index("degrees of freedom")
    spread = []
    for freedom in (3.0, 200.0):
        draws[:, at] = freedom
        found = forecast(known, draws, plan=cut(panel, first, last=STEPS), options=heavy, seed=1)
        spread.append(np.var((found.outcome - found.expected)[:, 0]))
    assert spread[0] / spread[1] == pytest.approx(3.0, rel=0.35)  # the variance of Student's t with 3 degrees


@pytest.mark.parametrize("geo_trend", ["none", "knots"])
def test_intervals_hold_what_the_model_itself_would_make(geo_trend: str) -> None:
    """Outcomes drawn from the model, trend increments to come among them: nine in ten lie inside the 90 % interval."""
    straight = ChannelOptions(effect="coefficient")
    plain = BaselineOptions(geo_trend=geo_trend, season=1)  # type: ignore[arg-type]  # as listed
    options = MixOptions(channels={"tv": straight, "search": straight}, baseline=plain)
    rng = np.random.default_rng(8)
    first = STEPS - AHEAD
    panel = made()
    model = model_of(cut(panel, 0, last=first), options)
    values = np.array([prior.middle for prior in model.layout.priors])
    at = {name: place for place, name in enumerate(model.layout.names)}
    values[at["sigma"]], values[at["scale of trend"]] = 0.3, 0.4
    inside = []
    for _ in range(30):
        truth = _drawn(panel, model, values, options, rng)
        known = model_of(cut(truth, 0, last=first), options, scales=model.data.scales)
        told = forecast(
            known, np.repeat(values[None], 120, axis=0), plan=cut(truth, first, last=STEPS), options=options, seed=1
        )
        low, high = told.interval()
        actual = truth.outcome["revenue"][:, first:]
        inside.append(((actual >= low) & (actual <= high)).mean())
    assert 0.85 <= float(np.mean(inside)) <= 0.95


def _drawn(panel: Panel, model: Model, values: Floats, options: MixOptions, rng: np.random.Generator) -> Panel:
    """Return the panel with an outcome that the model could have made, its trend going on as a random walk."""
    data = scaled(panel, options, scales=model.data.scales)
    known = model.baseline
    whole = columns(panel, options.baseline, cross=data.cross, cross_names=data.cross_names)
    at = {name: place for place, name in enumerate(model.layout.names)}
    scale = np.array([1.0, *(values[at[f"scale of {name}"]] for name, _ in whole.scales)])
    shared = rng.standard_normal(len(whole.sd)) * whole.sd * scale[list(whole.scale_of)]
    shared[0] = 0.0
    width = whole.time.shape[1]
    base = (whole.time @ shared[:width])[None] + data.cross @ shared[width:]
    steps = model.data.outcome.shape[1]
    distance = -(-(steps - 1) // 4)
    for place in range(len(panel.geo)):
        base[place] += rng.standard_normal()
        if len(known.local_names) > 1:
            kappa = values[at["scale of places"]]
            walk = np.clip(np.arange(len(panel.time))[:, None] / distance - np.arange(8), 0, 1)
            base[place] += walk @ (kappa * rng.standard_normal(8))
    own = brought(model, values[None], panel, options)[0].sum(axis=0)
    noise = values[at["sigma"]] * rng.standard_normal(base.shape)
    centre, sd = model.data.scales.outcome
    revenue = (base + noise) * data.unit + own + centre * data.unit / sd
    return replace(panel, outcome={"revenue": revenue})


def test_a_forecast_says_its_total_and_what_it_cannot_foresee() -> None:
    fair = ("fair", dt.date(2026, 1, 5), dt.date(2026, 1, 20))
    panel = made()
    model = model_of(cut(panel, 0, last=98), OPTIONS)
    values = model.layout.draw(np.random.default_rng(1), 50)
    plan = cut(replace(panel, events=(*panel.events, fair)), 98, last=STEPS)
    told = forecast(model, values, plan=plan, options=OPTIONS, seed=1)
    assert told.notes == ("nothing is known of what fair does: it is left out",)
    rows = told.table()
    assert [row["date"] for row in rows] == [str(day) for day in panel.time[98:]]
    assert all(row["p05"] < row["p50"] < row["p95"] for row in rows)
    assert told.sentence().startswith("From 2025-11-17 on, over 12 steps: revenue of ")
    again = forecast(model, values, plan=plan, options=OPTIONS, seed=1)
    assert np.array_equal(told.outcome, again.outcome)


def test_a_plan_that_does_not_follow_the_panel_is_refused_with_all_its_faults() -> None:
    panel = made()
    model = model_of(cut(panel, 0, last=98), OPTIONS)
    values = model.layout.draw(np.random.default_rng(1), 2)
    other = replace(cut(panel, 100, last=STEPS), channels=("tv", "post", "price"), controls=None, control_names=())
    with pytest.raises(InputError) as caught:
        forecast(model, values, plan=other, options=OPTIONS, seed=1)
    assert len(caught.value.problems) == 3
    assert "after the panel comes 2025-11-17" in caught.value.problems[0]
    assert caught.value.problems[1:] == (
        "the plan says nothing of search. Give its course, 0 where nothing runs.",
        "the plan says nothing of weather. Give its course, 0 where nothing runs.",
    )
