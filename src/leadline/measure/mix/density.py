"""The log density of a mix model's parameters given the panel, as one function that is compiled once per shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from leadline.measure.mix import likelihood
from leadline.measure.mix.baseline import Baseline
from leadline.measure.mix.experiments import Calibration
from leadline.measure.mix.experiments import log_likelihood as of_experiments
from leadline.measure.mix.priors import Layout
from leadline.measure.mix.response import Exposure, Worth, effects, media, media_and_move
from leadline.measure.mix.scale import Scaled
from leadline.measure.mix.shape import SIGMA_SPREAD, SPREAD, Shape, pick, prior_sds


@dataclass(frozen=True)
class Model:
    """A panel with everything that the density needs: shape and layout are compiled, numbers are passed.

    references: driver → what its contribution is counted against · calibration: experiments in the likelihood, None = none
    """

    data: Scaled
    baseline: Baseline
    shape: Shape
    layout: Layout
    numbers: dict[str, Any]
    references: Mapping[str, str | float] = field(default_factory=dict)
    calibration: Calibration | None = None


def numbers_of(
    data: Scaled, baseline: Baseline, *, shape: Shape, layout: Layout, calibration: Calibration | None = None
) -> dict[str, Any]:
    """Return every number the density needs, as a tree of arrays; nothing of it is compiled in.

    Rows that an experiment tells already are not observed twice: they leave the panel's likelihood.
    """
    observed = data.observed if calibration is None else data.observed * (1 - calibration.masked)
    tests = {} if calibration is None or not calibration.tests else {"tests": calibration.numbers}
    money = data.money * data.window
    amount = np.array([data.turnover if one == "share" else data.spend[at] for at, one in enumerate(shape.effect)])
    amount = np.where(np.array([one == "coefficient" for one in shape.effect]), 1.0, amount)
    found = likelihood.sums(baseline, observed)
    logged = {"log": _log_numbers(data, shape)} if shape.link == "log" else {}
    return {
        "outcome": data.outcome, "observed": observed,
        "lags": data.lags, "reach": data.reach, "frequency": data.frequency, "money": money, "amount": amount,
        "sums": {name: getattr(found, name) for name in found.__dataclass_fields__},
        "told": np.zeros((shape.geos, len(shape.channels))), "usual spread": np.full(len(shape.channels), SPREAD.b),
        "sd": (baseline.sd, baseline.local_sd), "priors": layout.numbers(), **tests, **logged,
    }  # fmt: skip


def _log_numbers(data: Scaled, shape: Shape) -> dict[str, Any]:
    """Return what a log link needs: the outcome's money, the sd of its logarithm, the priors of what is told."""
    middle, above, below = (
        np.array(one) for one in zip(*((p.a, p.b, p.low or p.b) for p in shape.spoken), strict=True)
    )
    money = data.filled * (data.money / data.unit) * data.window
    return {"money": money, "sd": np.array(data.scales.outcome[1]), "spoken": (middle, above, below)}


def noise(values: Any, shape: Shape, *, xp: Any = np) -> Any:
    """Return the sd of the noise in each place, in scaled units, shape (..., G)."""
    common = pick(values, shape.at["sigma"])
    if not shape.has("own sigma"):
        return xp.broadcast_to(common, (*values.shape[:-1], shape.geos))
    return common * xp.exp(SIGMA_SPREAD * pick(values, shape.at["own sigma"]))


def parameters(u: Any, numbers: dict[str, Any], *, shape: Shape, layout: Layout, xp: Any = np) -> tuple[Any, Any]:
    """Return the parameters of unbounded numbers u, shape (..., D), and the log prior density of u up to a constant.

    How far a channel's effect in a place lies from the common one is sampled neither as itself nor in units of the spread
    but between the two, by how much the data tell of it: each alone mixes badly where the data tell much of some places and
    little of others (Papaspiliopoulos, Roberts, Sköld 2007, "A general framework for the parametrization of hierarchical
    models", Statistical Science 22; Gorinova, Moore, Hoffman 2020, "Automatic reparameterisation").
    """
    values, prior = layout.constrain(u, numbers=numbers["priors"], xp=xp)
    if not shape.has("spread"):
        return values, prior
    first, count = shape.at["place"][0], len(shape.at["place"])
    told, usual = numbers["told"], numbers["usual spread"]
    q = values[..., first : first + count].reshape((*values.shape[:-1], shape.geos, len(shape.channels)))
    stretch = told * xp.log(usual / pick(values, shape.at["spread"]))[..., None, :]
    z = q * xp.exp(stretch)
    prior = prior + (0.5 * q**2 - 0.5 * z**2 + stretch).sum(axis=(-2, -1))
    flat = z.reshape((*values.shape[:-1], count))
    return xp.concatenate([values[..., :first], flat, values[..., first + count :]], axis=-1), prior


def drawn_baseline(values: Any, numbers: dict[str, Any], *, shape: Shape, xp: Any = np) -> Any:
    """Return the baseline of models that sample its coefficients, scaled, shape (..., G, T)."""
    shared_sd, local_sd = prior_sds(values, shape, sd=numbers["sd"], xp=xp)
    shared = pick(values, shape.at["shared"]) * shared_sd
    width = numbers["sums"]["local"].shape[-1]
    local = (
        pick(values, shape.at.get("local", ())).reshape((*values.shape[:-1], shape.geos, width))
        * local_sd[..., None, :]
    )
    return likelihood.path(likelihood.Sums(**numbers["sums"]), shared, local=local, xp=xp)


def removal(x: Any, numbers: dict[str, Any], *, xp: Any = np) -> tuple[Any, Any]:
    """Return what removing each channel takes away under a log link, as told by the prior, and its logarithmic move.

    x: what the channels add to the logarithm, (M, G, T)
    """
    left = xp.exp(-x)
    return (
        (numbers["log"]["money"] * (1 - left)).sum(axis=(-2, -1)) / numbers["amount"],
        (numbers["log"]["money"] * x * left).sum(axis=(-2, -1)) / numbers["amount"],
    )


def _log_link(u: Any, h: Any, beta: Any, *, numbers: dict[str, Any], shape: Shape, xp: Any) -> Any:
    """Return the log density of the returns that effects mean under a log link, in place of that of the effects."""
    found, moved = removal(numbers["log"]["sd"] * xp.swapaxes(beta, -1, -2)[..., None] * h, numbers, xp=xp)
    middle, above, below = numbers["log"]["spoken"]
    z = xp.log(found) - middle
    width = xp.where(z > 0, above, below)
    told = -0.5 * (z / width) ** 2 - xp.log(width) - xp.log(found) + xp.log(moved)
    return (told + 0.5 * pick(u, shape.at["effect"]) ** 2).sum(axis=-1)


def log_density(u: Any, numbers: dict[str, Any], *, shape: Shape, layout: Layout, xp: Any = np) -> Any:
    """Return the log density of unbounded numbers u, shape (D,), up to a constant of the priors."""
    values, density = parameters(u, numbers, shape=shape, layout=layout, xp=xp)
    exposure = Exposure(numbers["lags"], numbers["reach"], numbers["frequency"])
    h, moved = (
        media_and_move(values, exposure, shape=shape, xp=xp)
        if "marginal-roi" in shape.effect
        else (media(values, exposure, shape=shape, xp=xp), None)
    )
    beta = effects(values, h, shape=shape, worth=Worth(numbers["money"], numbers["amount"]), moved=moved, xp=xp)
    error = (numbers["outcome"] - xp.einsum("mgt,gm->gt", h, beta)) * numbers["observed"]
    sigma = noise(values, shape, xp=xp)
    if shape.link == "log":
        density = density + _log_link(u, h, beta, numbers=numbers, shape=shape, xp=xp)
    if shape.errors == "student":
        error = (error - drawn_baseline(values, numbers, shape=shape, xp=xp)) * numbers["observed"]
        freedom = pick(values, shape.at["freedom"])[..., 0]
        density = density + likelihood.student(error, sigma, freedom=freedom, observed=numbers["observed"], xp=xp)
    else:
        sd = prior_sds(values, shape, sd=numbers["sd"], xp=xp)
        density = density + likelihood.log_likelihood(
            error, sigma, sd=sd, sums=likelihood.Sums(**numbers["sums"]), xp=xp
        )
    if "tests" in numbers:
        density = density + of_experiments(values, numbers["tests"], shape=shape, beta=beta, xp=xp)
    return density
