"""From draws to what people read: contributions, returns, the baseline, by draw and by step; plain numpy.

Draws are taken in blocks, for one draw of forty places and three years is a third of a megabyte a channel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats, stream
from leadline.measure.mix import likelihood
from leadline.measure.mix.carry import lagged
from leadline.measure.mix.density import Model, drawn_baseline, noise, parameters
from leadline.measure.mix.experiments import by_test, differences, spreads
from leadline.measure.mix.response import Exposure, Worth, effects, media, media_and_move
from leadline.measure.mix.shape import Shape, pick, prior_sds

BLOCK_NUMBERS = 4_000_000  # numbers of one array of a block; own: 32 MB
CURVE_POINTS = 41  # design, measurement section 2.8: from 0 to twice the actual spend
CURVE_TO = 2.0  # same
SEEN = 1.2  # same: beyond this multiple of the largest step ever seen a curve is a guess
CURVE_DRAWS = 400  # own: the quantiles of a curve need no more
CURVE_NUMBERS = 400_000_000  # own: numbers that all curves together may take, a few seconds


@dataclass(frozen=True)
class Totals:
    """Totals over the window by draw, (S, M) or (S,), and series over all places by step, (S, T), in outcome units.

    contribution: money, or outcome where it has no money value · marginal: what one per cent more exposure brings, times
    100 · cohort: what the window's exposure brings until it has worked off · units: contribution in outcome units ·
    series: mean contribution by channel and step, (M, T) · residual: mean, scaled, (G, T) · log_likelihood: (S,) ·
    log_prior: of each channel's effect, (S, M) · tests: what the model says each experiment measured, (S, J)
    """

    values: Floats
    contribution: Floats
    marginal: Floats
    cohort: Floats
    units: Floats
    drivers: Floats
    coefficients: Floats
    baseline_total: Floats
    baseline: Floats
    fitted: Floats
    predicted: Floats
    series: Floats
    residual: Floats
    log_likelihood: Floats
    log_prior: Floats
    tests: Floats


def blocks(count: int, width: int) -> Iterator[npt.NDArray[np.int64]]:
    """Return the numbers of draws block by block; width: numbers of one draw."""
    size = max(1, BLOCK_NUMBERS // max(width, 1))
    for first in range(0, count, size):
        yield np.arange(first, min(first + size, count))


def totals(model: Model, unbounded: Floats, *, seed: int) -> Totals:
    """Return what the draws say in sums and series; unbounded: (S, D)."""
    generator = stream(seed, "mix baseline")
    width = model.data.lags.shape[0] * model.data.outcome.size
    parts = [_block(model, unbounded[rows], generator) for rows in blocks(len(unbounded), width)]
    weights = np.array([len(part["values"]) for part in parts]) / len(unbounded)
    means = {
        name: np.tensordot(weights, np.stack([part[name] for part in parts]), 1) for name in ("series", "residual")
    }
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name not in means}
    return Totals(**whole, **means)


def _block(model: Model, unbounded: Floats, generator: np.random.Generator) -> dict[str, Floats]:
    data, shape = model.data, model.shape
    values, _ = parameters(unbounded, model.numbers, shape=shape, layout=model.layout)
    h, moved, beta = _media(model, values)
    scaled = np.swapaxes(beta, -1, -2)[..., None] * h  # (S, M, G, T)
    error = (data.outcome - scaled.sum(axis=1)) * model.numbers["observed"]
    base, shared, density = _baseline(model, values, error, generator)
    modelled, of_tests = _tests(model, values, beta)
    sigma = noise(values, shape)[..., None]
    tailed = _noise_draws(values, shape, generator, base.shape) * sigma
    whole = base + scaled.sum(axis=1)
    baseline, fitted, predicted = (_back(model, one) for one in (base, whole, whole + tailed))
    worth = data.money / data.unit * data.window
    coefficients, drivers = _drivers(model, shared)
    brought, marginal = _brought(model, scaled), _moved(model, np.swapaxes(beta, -1, -2)[..., None] * moved)
    return {
        "values": values, "contribution": np.einsum("gt,smgt->sm", worth, brought),
        "marginal": np.einsum("gt,smgt->sm", worth, marginal), "cohort": _cohort(model, values, h, beta=beta),
        "units": np.einsum("t,smgt->sm", data.window, brought), "drivers": drivers, "coefficients": coefficients,
        "baseline_total": (baseline * worth).sum(axis=(1, 2)), "baseline": baseline.sum(axis=1),
        "fitted": fitted.sum(axis=1), "predicted": predicted.sum(axis=1), "series": brought.mean(axis=0).sum(axis=1),
        "residual": ((error - base * model.numbers["observed"]).mean(axis=0)), "log_likelihood": density + of_tests,
        "log_prior": _own(model, unbounded, brought=np.einsum("gt,smgt->sm", worth, brought)), "tests": modelled,
    }  # fmt: skip


def _baseline(
    model: Model, values: Floats, error: Floats, generator: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Return the baseline drawn, scaled, (S, G, T), coefficients of shared columns, and the log likelihood of each draw."""
    shape, numbers = model.shape, model.numbers
    sums = likelihood.Sums(**numbers["sums"])
    sd, sigma = prior_sds(values, shape, sd=numbers["sd"]), noise(values, shape)
    if shape.errors == "student":
        base = drawn_baseline(values, numbers, shape=shape)
        freedom = pick(values, shape.at["freedom"])[..., 0]
        density = likelihood.student(
            error - base * numbers["observed"], sigma, freedom=freedom, observed=numbers["observed"]
        )
        return base, pick(values, shape.at["shared"]) * sd[0], density
    eps = generator.standard_normal((len(values), len(model.baseline.sd)))
    local_eps = generator.standard_normal((len(values), shape.geos, len(model.baseline.local_sd)))
    shared, local = likelihood.coefficients(error, sigma, sd=sd, sums=sums, noise=(eps, local_eps))
    return likelihood.path(sums, shared, local=local), shared, likelihood.log_likelihood(error, sigma, sd=sd, sums=sums)


def _noise_draws(values: Floats, shape: Shape, generator: np.random.Generator, size: tuple[int, ...]) -> Floats:
    """Return standard noise of the errors' family."""
    plain = generator.standard_normal(size)
    if shape.errors != "student":
        return plain
    freedom = pick(values, shape.at["freedom"])[..., 0][:, None, None]
    return np.asarray(plain / np.sqrt(generator.gamma(freedom / 2, 2 / freedom, size)))


def _back(model: Model, scaled: Floats) -> Floats:
    """Return scaled outcomes in the outcome's own unit, (S, G, T)."""
    centre, sd = model.data.scales.outcome
    heads = model.data.unit / sd
    raised = scaled * sd + centre
    return (np.exp(raised) if model.shape.link == "log" else raised) * heads


def _brought(model: Model, scaled: Floats) -> Floats:
    """Return what each channel brought in outcome units, (S, M, G, T): under a log link what removing it takes away."""
    if model.shape.link == "identity":
        return scaled * model.data.unit
    return np.asarray(_seen(model) * -np.expm1(-scaled * model.data.scales.outcome[1]))


def _moved(model: Model, moved: Floats) -> Floats:
    """Return what one per cent more of each channel brings, times 100, in outcome units, (S, M, G, T)."""
    if model.shape.link == "identity":
        return moved * model.data.unit
    return np.asarray(_seen(model) * moved * model.data.scales.outcome[1])


def _seen(model: Model) -> Floats:
    """Return the outcome, between its neighbours where it was not observed."""
    return model.data.filled


def _tests(model: Model, values: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """Return what the model says each experiment measured, (S, J), and the log density of all their estimates, (S,)."""
    if "tests" not in model.numbers:
        return np.zeros((len(values), 0)), np.zeros(len(values))
    numbers = model.numbers["tests"]
    modelled = differences(values, numbers, shape=model.shape, beta=beta)
    return modelled, by_test(modelled, numbers, spread=spreads(values, numbers, shape=model.shape)).sum(axis=-1)


def _own(model: Model, unbounded: Floats, *, brought: Floats) -> Floats:
    """Return the log prior of each channel's effect, (S, M): under a log link that of the return which it means."""
    if model.shape.link == "log":
        middle, above, below = model.numbers["log"]["spoken"]
        z = np.log(np.maximum(brought / model.numbers["amount"], 1e-300)) - middle
        return np.asarray(-0.5 * (z / np.where(z > 0, above, below)) ** 2)
    return model.layout.densities(unbounded)[:, list(model.shape.at["effect"])]


def _media(model: Model, values: Floats) -> tuple[Floats, Floats, Floats]:
    """Return h and its move with exposure, (S, M, G, T), and the effects, (S, G, M)."""
    exposure = Exposure(model.data.lags, model.data.reach, model.data.frequency)
    h, moved = media_and_move(values, exposure, shape=model.shape)
    beta = effects(
        values, h, shape=model.shape, worth=Worth(model.numbers["money"], model.numbers["amount"]), moved=moved
    )
    return h, moved, beta


def _cohort(model: Model, values: Floats, h: Floats, *, beta: Floats) -> Floats:
    """Return the money that the window's exposure brings until it has worked off, (S, M).

    What works in the window, and after it, less what exposure before the window still does in its first steps. h: of `media`
    on the panel, (S, M, G, T)
    """
    data = model.data
    if model.shape.link == "log":  # what comes after the window multiplies an outcome that nobody knows
        return np.full((len(values), len(data.channels)), np.nan)
    lags, inside = data.lags.shape[1] - 1, np.flatnonzero(data.window)
    first, last = int(inside[0]), int(inside[-1])
    money = np.concatenate(
        [data.money[:, first : last + 1], np.repeat(data.money[:, last : last + 1], lags, axis=1)], axis=1
    )

    def gained(steps: slice, *, is_with: bool) -> Floats:
        exposure, reach = (_cut(one, first, last, is_with=is_with)[..., steps] for one in (data.lags, data.reach))
        frequency = _cut(data.frequency, first, last, is_with=True)[..., steps]
        h = media(values, Exposure(exposure, reach, frequency), shape=model.shape)
        return np.asarray(np.einsum("gt,smgt->smg", money[:, steps], h))

    found = np.einsum("gt,smgt->smg", data.money[:, first : last + 1], h[..., first : last + 1])
    if lags:
        found += gained(slice(last + 1 - first, None), is_with=True) - gained(slice(lags), is_with=False)
    return np.asarray(np.einsum("smg,sgm->sm", found, beta))


def _cut(stacked: Floats, first: int, last: int, *, is_with: bool) -> Floats:
    """Return exposure by lag over the window and the lags after it: with the window's own exposure, or only what was before.

    stacked: (M, L + 1, G, T)
    """
    lags = stacked.shape[1] - 1
    before = (
        np.stack([stacked[:, lag, :, first] for lag in range(lags, 0, -1)], axis=2) if lags else stacked[:, 0, :, :0]
    )
    own = stacked[:, 0, :, first : last + 1] * (1.0 if is_with else 0.0)
    values = np.concatenate([own, np.zeros((*own.shape[:2], lags))], axis=2)
    moved = np.moveaxis(values, 0, 2)
    return lagged(moved, lags, before=np.moveaxis(before, 0, 2))


def driver_columns(model: Model) -> Floats:
    """Return how far each driver stood from its reference, scaled, (drivers, G, T)."""
    data, found = model.data, []
    for name in data.drivers:
        column = data.cross[:, :, data.cross_names.index(name)]
        centre, sd = data.scales.controls[name]
        reference = model.references.get(name, "minimum")
        level = {"mean": 0.0, "minimum": float(column.min()), "maximum": float(column.max())}.get(str(reference))
        found.append(column - ((float(reference) - centre) / sd if level is None else level))
    return np.stack(found) if found else np.zeros((0, *data.outcome.shape))


def _drivers(model: Model, shared: Floats) -> tuple[Floats, Floats]:
    """Return the drivers' coefficients, and what they brought against their references in outcome units, (S, drivers) each."""
    first, names, data = model.baseline.time.shape[1], model.data.cross_names, model.data
    coefficients = shared[:, [first + names.index(name) for name in data.drivers]]
    added = coefficients[:, :, None, None] * driver_columns(model)
    if model.shape.link == "log":
        brought = _seen(model) * -np.expm1(-added * data.scales.outcome[1])
    else:
        brought = added * data.unit
    return coefficients, np.einsum("t,sdgt->sd", data.window, brought)


@dataclass(frozen=True)
class Curves:
    """Response over the window at multiples of the actual exposure, (draws, M, points), and up to where it was seen, (M,)."""

    multiples: Floats
    response: Floats
    seen_to: Floats


def curves(model: Model, unbounded: Floats) -> Curves:
    """Return response curves by draw: each channel at 0..2 times its exposure, at the same course over time."""
    data = model.data
    multiples = np.linspace(0.0, CURVE_TO, CURVE_POINTS)
    size = data.lags.shape[0] * data.outcome.size
    count = max(50, min(CURVE_DRAWS, CURVE_NUMBERS // (CURVE_POINTS * size), len(unbounded)))
    rows = np.linspace(0, len(unbounded) - 1, min(count, len(unbounded))).astype(np.int64)
    found = np.empty((len(rows), data.lags.shape[0], CURVE_POINTS))
    for part in blocks(len(rows), size):
        values, _ = parameters(unbounded[rows[part]], model.numbers, shape=model.shape, layout=model.layout)
        actual, _, beta = _media(model, values)
        by_place = np.swapaxes(beta, -1, -2)[..., None]
        for point, multiple in enumerate(multiples):
            scaled = Exposure(data.lags * multiple, data.reach * multiple, data.frequency)
            brought = _gained(model, by_place * media(values, scaled, shape=model.shape), by_place * actual)
            found[part, :, point] = np.einsum("gt,smgt->sm", data.money / data.unit * data.window, brought)
    exposure = data.exposure * data.window
    largest, usual = exposure.max(axis=(1, 2)), data.lags[:, 0].max(axis=(1, 2))
    return Curves(multiples, found, SEEN * usual / np.where(largest > 0, largest, 1.0))


def _gained(model: Model, scaled: Floats, actual: Floats) -> Floats:
    """Return what exposure brings against none, in outcome units, when all else is as it was, (S, M, G, T)."""
    if model.shape.link == "identity":
        return scaled * model.data.unit
    sd = model.data.scales.outcome[1]
    return np.asarray(_seen(model) * (np.exp((scaled - actual) * sd) - np.exp(-actual * sd)))


def spoken(model: Model, totals: Totals) -> Floats:
    """Return what each channel's prior speaks of, by draw, (S, M): its return, its share or its effect."""
    if model.shape.link == "identity":
        return np.asarray(pick(totals.values, model.shape.at["effect"]))
    return np.asarray(totals.contribution / model.numbers["amount"])


def spoken_before(model: Model, prior: Floats, *, seed: int) -> Floats:
    """Return the same before the data, (P, M); prior: draws of all parameters, (P, D)."""
    if model.shape.link == "identity":
        return np.asarray(pick(prior, model.shape.at["effect"]))
    generator = stream(seed, "mix prior of returns")
    return np.stack([one.draw(generator, len(prior)) for one in model.shape.spoken], axis=1)


def half_saturations(values: Floats, model: Model) -> Floats:
    """Return the share of the most that a channel could do, at usual exposure, (S, M); NaN for channels without a most."""
    from leadline.measure.mix.response import curve

    shape = model.shape
    usual = np.ones((len(values), len(shape.channels), 1, 1))
    found = curve(usual, values, shape=shape)[..., 0, 0]
    open_ended = np.array([family == "none" or place in shape.reached for place, family in enumerate(shape.saturation)])
    return np.where(open_ended, np.nan, found)


def half_lives(values: Floats, model: Model) -> Floats:
    """Return half-lives in steps of channels with geometric carry-over, (S, M); NaN for others."""
    from leadline.measure.mix.carry import half_life

    found = np.full((len(values), len(model.shape.channels)), np.nan)
    for place, family in enumerate(model.shape.carry):
        if family == "geometric":
            found[:, place] = half_life(pick(values, [model.shape.at["alpha"][place]])[..., 0])
    return found
