"""The log density of a mix model's parameters given the panel, as one function that is compiled once per shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.inputs import Floats
from leadline.measure.mix import likelihood
from leadline.measure.mix.baseline import Baseline
from leadline.measure.mix.priors import Layout
from leadline.measure.mix.response import Exposure, Worth, effects, media
from leadline.measure.mix.scale import Scaled
from leadline.measure.mix.shape import SIGMA_SPREAD, SPREAD, Shape, pick, prior_sds


@dataclass(frozen=True)
class Model:
    """A panel with everything that the density needs: shape and layout are compiled, numbers are passed."""

    data: Scaled
    baseline: Baseline
    shape: Shape
    layout: Layout
    numbers: dict[str, Any]


def numbers_of(data: Scaled, baseline: Baseline, *, shape: Shape, layout: Layout) -> dict[str, Any]:
    """Return every number the density needs, as a tree of arrays; nothing of it is compiled in."""
    money = data.money * data.window
    total = (_outcome(data) * (data.money / data.unit) * data.window * data.observed).sum()
    amount = np.array([total if one == "share" else data.spend[at] for at, one in enumerate(shape.effect)])
    amount = np.where(np.array([one == "coefficient" for one in shape.effect]), 1.0, amount)
    found = likelihood.sums(baseline, data.observed)
    return {
        "outcome": data.outcome, "observed": data.observed,
        "lags": data.lags, "reach": data.reach, "frequency": data.frequency, "money": money, "amount": amount,
        "sums": {name: getattr(found, name) for name in found.__dataclass_fields__},
        "told": np.zeros((shape.geos, len(shape.channels))), "usual spread": np.full(len(shape.channels), SPREAD.b),
        "sd": (baseline.sd, baseline.local_sd), "priors": layout.numbers(),
    }  # fmt: skip


def _outcome(data: Scaled) -> Floats:
    """Return the outcome in its own unit, 0 where not observed."""
    panel = np.asarray(data.panel.outcome[data.kpi], dtype=np.float64)
    return np.where(data.observed > 0, np.nan_to_num(panel), 0.0)


def noise(values: Any, shape: Shape, *, xp: Any = np) -> Any:
    """Return the sd of the noise in each place, in scaled units, shape (..., G)."""
    common = pick(values, shape.at["sigma"])
    if not shape.has("own sigma"):
        return xp.broadcast_to(common, (*values.shape[:-1], shape.geos))
    return common * xp.exp(SIGMA_SPREAD * pick(values, shape.at["own sigma"]))


def parameters(u: Any, numbers: dict[str, Any], shape: Shape, *, layout: Layout, xp: Any = np) -> tuple[Any, Any]:
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


def log_density(u: Any, numbers: dict[str, Any], shape: Shape, *, layout: Layout, xp: Any = np) -> Any:
    """Return the log density of unbounded numbers u, shape (D,), up to a constant of the priors."""
    values, prior = parameters(u, numbers, shape, layout=layout, xp=xp)
    exposure = Exposure(numbers["lags"], numbers["reach"], numbers["frequency"])
    h = media(values, exposure, shape, xp=xp)
    moved = media(values, exposure, shape, xp=xp, is_moved=True) if "marginal-roi" in shape.effect else None
    beta = effects(values, h, shape, worth=Worth(numbers["money"], numbers["amount"]), moved=moved, xp=xp)
    error = (numbers["outcome"] - xp.einsum("mgt,gm->gt", h, beta)) * numbers["observed"]
    sums = likelihood.Sums(**numbers["sums"])
    sigma = noise(values, shape, xp=xp)
    return prior + likelihood.log_likelihood(error, sigma, prior_sds(values, shape, numbers["sd"], xp=xp), sums, xp=xp)
