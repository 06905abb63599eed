"""Panels drawn from the model itself: parameters from their priors, outcomes given them; for simulation-based calibration.

Scales are fixed beforehand and every prior is on returns, so that nothing of the prior looks at the outcome. What is drawn is
written with the model's response and baseline but not with its likelihood, which integrates the baseline out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from leadline.inputs import Floats, Panel, stream
from leadline.measure.mix import likelihood
from leadline.measure.mix.density import Model, drawn_baseline, noise
from leadline.measure.mix.fit import model_of
from leadline.measure.mix.options import ChannelOptions, MixOptions
from leadline.measure.mix.response import Exposure, Worth, effects, media
from leadline.measure.mix.scale import scaled
from leadline.measure.mix.scales import Scales
from leadline.measure.mix.shape import pick, prior_sds
from recovery.mix.made import START

OUTCOME = (1_000_000.0, 100_000.0)  # centre and sd that scale the outcome, whatever it turns out to be
CELLS = ("one place", "places", "heavy tails")


@dataclass(frozen=True)
class Drawn:
    """A model with data drawn from it, the parameters (D,), what each channel brought (M,), and what the baseline did."""

    model: Model
    values: Floats
    contribution: Floats
    baseline: float


def drawn(cell: str, seed: int) -> Drawn:
    """Return the data set of a cell and seed; the exposure is the same for all sets of a cell."""
    panel, options, scales = _cell(cell)
    empty = model_of(panel, options, scales=scales)
    random = stream(seed, f"mix drawn {cell}")
    values = empty.layout.draw(random, 1)[0]
    base, brought, outcome = _simulated(empty, values, random)
    heads = empty.data.unit / OUTCOME[1]
    whole = replace(panel, outcome={"revenue": (outcome * OUTCOME[1] + OUTCOME[0]) * heads})
    model = model_of(whole, replace(options, seed=seed), scales=scales)
    contribution = (brought * empty.data.money).sum(axis=(1, 2))
    return Drawn(model, values, contribution, float(((base * OUTCOME[1] + OUTCOME[0]) * heads).sum()))


def _simulated(model: Model, values: Floats, random: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Return baseline (G, T), what the channels bring (M, G, T) and the outcome (G, T), all scaled."""
    numbers, shape = model.numbers, model.shape
    h = media(values, Exposure(numbers["lags"], numbers["reach"], numbers["frequency"]), shape=shape)
    beta = effects(values, h, shape=shape, worth=Worth(numbers["money"], numbers["amount"]))
    brought = beta.T[:, :, None] * h
    size = model.data.outcome.shape
    error = random.standard_normal(size)
    if shape.errors == "student":
        freedom = float(pick(values, shape.at["freedom"])[0])
        error /= np.sqrt(random.chisquare(freedom, size) / freedom)
        base = drawn_baseline(values, numbers, shape=shape)
    else:
        sd, local_sd = prior_sds(values, shape, sd=numbers["sd"])
        shared = sd * random.standard_normal(len(sd))
        local = local_sd * random.standard_normal((shape.geos, len(local_sd)))
        base = likelihood.path(likelihood.Sums(**numbers["sums"]), shared, local=local)
    return base, brought, base + brought.sum(axis=0) + noise(values, shape)[:, None] * error


def _cell(cell: str) -> tuple[Panel, MixOptions, Scales]:
    """Return exposure, options and scales of a cell; the outcome of the panel is only there to be replaced."""
    names = {"one place": ("tv", "search", "radio"), "places": ("tv", "search"), "heavy tails": ("tv", "search")}[cell]
    places, weeks = (6, 60) if cell == "places" else (1, 104)
    random = stream(1, f"mix cell {cell}")
    people = np.round(np.exp(random.normal(13, 0.5, places))) if places > 1 else None
    waves = np.exp(0.6 * random.standard_normal((places, weeks, len(names))))
    spend = waves * (random.random((1, weeks, len(names))) < np.array([0.7, 1.0, 0.8])[: len(names)])
    # a channel with a return of 1 moves the outcome by about its sd
    spend *= OUTCOME[1] * (1.0 if people is None else people[:, None, None]) / 2
    outcome = np.tile(np.array([0.0, 1.0]), weeks // 2) * np.ones((places, 1))
    panel = Panel(
        START + 7 * np.arange(weeks), "week", tuple(f"place {at + 1}" for at in range(places)), {"revenue": outcome}, names,
        ("paid",) * len(names), spend, spend=spend, population=people, currency="EUR",
    )  # fmt: skip
    channels = {
        "search": ChannelOptions(carry="binomial", saturation="logistic"),
        "radio": ChannelOptions(carry="delayed", slope="free"),
    }
    options = MixOptions(
        channels=channels if cell == "one place" else {}, errors="student" if cell == "heavy tails" else "normal"
    )
    return panel, options, replace(scaled(panel, options).scales, outcome=OUTCOME)
