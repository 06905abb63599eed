"""From draws to a result: each channel's numbers, verdict, reason and remedy; the series; the notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats, Integers, Manifest, stream
from leadline.inputs.panel import MONEY
from leadline.measure.diagnose import NOT_IDENTIFIED, together, verdict
from leadline.measure.mix.density import Model
from leadline.measure.mix.experiments import used
from leadline.measure.mix.identification import Verdict, expected_contributions, is_constant, verdicts
from leadline.measure.mix.options import MixOptions
from leadline.measure.mix.remarks import remarks
from leadline.measure.mix.response import Exposure, Worth, effects, media_and_move
from leadline.measure.mix.result import (
    Bank,
    Convergence,
    Curve,
    MixChannel,
    MixResult,
    Quantity,
    Series,
    Together,
)
from leadline.measure.mix.totals import (
    Curves,
    Totals,
    blocks,
    curves,
    half_lives,
    half_saturations,
    spoken,
    spoken_before,
)

PRIOR_DRAWS = 4000  # design, measurement section 1.4
PREDICTIVE_DRAWS = 500  # design, measurement section 2.3
Z95 = 1.6448536269514722  # 95 % quantile of the normal distribution


@dataclass(frozen=True)
class Facts:
    """All that a result is made from. unbounded: draws (S, D) · chain: of each draw (S,)."""

    model: Model
    unbounded: Floats
    chain: Integers
    method: str
    convergence: Convergence
    totals: Totals
    options: MixOptions
    manifest: Manifest
    seconds: Mapping[str, float]
    notes: tuple[str, ...] = ()


def summed_up(facts: Facts) -> MixResult:
    """Return the result of a fit."""
    model, totals = facts.model, facts.totals
    data = model.data
    prior = model.layout.draw(stream(facts.options.seed, "mix prior"), PRIOR_DRAWS)
    before_, after = spoken_before(model, prior, seed=facts.options.seed), spoken(model, totals)
    expected = expected_contributions(totals.contribution, after, before=before_)
    found = verdicts(model, totals, after=after, before=before_, expected=expected)
    said, learned, _ = together(totals.contribution, expected)
    # what never varied is part of the baseline to the data, whatever they say of the sum
    all_told = said != NOT_IDENTIFIED and not any(is_constant(model, at) for at in range(len(data.channels)))
    bends = curves(model, facts.unbounded)
    channels = [
        _channel(facts, at, found[at], spoken=(before_[:, at], after[:, at]), bends=bends)
        for at in range(len(data.channels))
    ]
    channels += [_driver(facts, at) for at in range(len(data.drivers))]
    total = data.turnover
    came = float((data.filled * data.money / data.unit * data.window).sum())
    share = totals.contribution.sum(axis=1) / total if total else np.zeros(len(totals.contribution))
    before = _prior_share(model, prior[:PREDICTIVE_DRAWS], before_[:PREDICTIVE_DRAWS], total=total)
    window = data.panel.time[np.flatnonzero(data.window)[[0, -1]]]
    negative = float((totals.baseline_total < 0).mean())
    settled = facts.convergence.converged
    noted = remarks(
        model, totals if settled else None, before=before, negative=negative if settled and all_told else 0.0
    )
    tests = (
        used(model.calibration, totals.values, shape=model.shape, modelled=totals.tests) if model.calibration else ()
    )
    return MixResult(
        data.kpi, data.panel.currency, (data.panel.currency or MONEY) if data.has_money else data.kpi, facts.method,
        facts.convergence, tuple(channels), Quantity.of(totals.baseline_total), negative, came, Quantity.of(share),
        Quantity.of(before), _series(facts), data.panel.grain, len(data.panel.geo), (str(window[0]), str(window[1])), tests, None,
        tuple(dict.fromkeys((
            *data.notes, *facts.notes, *(model.calibration.notes if model.calibration else ()), *noted,
        ))), facts.seconds,
        Bank(
            model.layout.names, totals.values, facts.chain, totals.contribution, totals.baseline_total, bends.response
        ), facts.manifest,
        all_told, data.scales, model.shape.link, learned,
    )  # fmt: skip


def _channel(facts: Facts, at: int, verdict: Verdict, *, spoken: tuple[Floats, Floats], bends: Curves) -> MixChannel:
    model, totals = facts.model, facts.totals
    data, shape = model.data, model.shape
    spend = float(data.spend[at])
    paid = bool(np.isfinite(spend) and spend > 0)
    has_return = paid and data.has_money
    contribution, units = totals.contribution[:, at], totals.units[:, at]
    lives, filled = half_lives(totals.values, model)[:, at], half_saturations(totals.values, model)[:, at]
    total = float((np.abs(data.filled) * data.window).sum())
    return MixChannel(
        data.channels[at], data.kinds[at], shape.effect[at], Quantity.of(spoken[0]), Quantity.of(spoken[1]),
        spend if paid else None,
        Quantity.of(contribution / spend) if has_return else None,
        Quantity.of(totals.cohort[:, at] / spend) if has_return and shape.link == "identity" else None,
        Quantity.of(totals.marginal[:, at] / spend) if has_return else None,
        Quantity.of(contribution), Quantity.of(units / total if total else np.zeros_like(units)),
        Quantity.of(spend / np.maximum(units, 1e-300)) if paid else None,
        Quantity.of(lives) if np.isfinite(lives).all() else None, Quantity.of(filled) if np.isfinite(filled).all() else None,
        verdict.verdict, verdict.conflict, verdict.reason, verdict.remedy, _together(facts, verdict), verdict.contraction,
        _curve(bends, at, spend if paid else np.nan), data.merged.get(data.channels[at], ()),
    )  # fmt: skip


def _together(facts: Facts, verdict: Verdict) -> Together | None:
    """Return the smallest set that can be told, with its numbers."""
    data, members = facts.model.data, verdict.together
    if not members:
        return None
    contribution = facts.totals.contribution[:, list(members)].sum(axis=1)
    spend = float(data.spend[list(members)].sum())
    roi = Quantity.of(contribution / spend) if np.isfinite(spend) and spend > 0 and data.has_money else None
    return Together(tuple(data.channels[one] for one in members), roi, Quantity.of(contribution))


def _driver(facts: Facts, at: int) -> MixChannel:
    """Return a driver: linear, its sign free, told against a reference; its prior is that of its coefficient."""
    model, data = facts.model, facts.model.data
    name, drawn, coefficient = data.drivers[at], facts.totals.drivers[:, at], facts.totals.coefficients[:, at]
    place = model.baseline.names.index(name)
    shared = model.baseline.scale_of[place]
    # a common scale of the controls has a half-normal prior, whose mean square is its own sd squared
    wide = float(model.baseline.sd[place]) * (model.baseline.scales[shared - 1][1] if shared else 1.0)
    narrower = 1 - float(np.var(coefficient)) / wide**2
    total = float((np.abs(data.filled) * data.window).sum())
    money = float((data.money * data.window).sum() / (data.unit * data.window).sum())
    reference = model.references.get(name, "minimum")
    return MixChannel(
        name, "driver", "coefficient", Quantity(0.0, -Z95 * wide, 0.0, Z95 * wide), Quantity.of(coefficient), None, None, None,
        None, Quantity.of(drawn * money), Quantity.of(drawn / total if total else drawn * 0), None, None, None,
        verdict(narrower, 0.0), False, f"counted against its {reference}", "", None, narrower, None,
    )  # fmt: skip


def _curve(bends: Curves, at: int, spend: float) -> Curve:
    low, middle, high = np.quantile(bends.response[:, at], (0.05, 0.5, 0.95), axis=0)
    return Curve(bends.multiples, bends.multiples * spend, low, middle, high, float(bends.seen_to[at]))


def _series(facts: Facts) -> Series:
    data, totals = facts.model.data, facts.totals

    def band(draws: Floats) -> tuple[Floats, Floats, Floats]:
        low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95), axis=0)
        return low, middle, high

    observed = np.asarray(data.panel.outcome[data.kpi], dtype=np.float64).sum(axis=0)
    return Series(
        data.panel.time, observed, band(totals.baseline), band(totals.fitted), band(totals.predicted), totals.series
    )


def _prior_share(model: Model, prior: Floats, told: Floats, *, total: float) -> Floats:
    """Return the share of the outcome that the channels have before the data, by draw.

    prior: parameters, (P, D) · told: what the priors speak of, (P, M)
    """
    if not total:
        return np.zeros(len(prior))
    if {"roi", "share"} >= set(model.shape.effect):
        return np.asarray(told @ model.numbers["amount"] / total)
    data, shape, found = model.data, model.shape, []
    worth = Worth(model.numbers["money"], model.numbers["amount"])
    for rows in blocks(len(prior), data.lags.shape[0] * data.outcome.size):
        exposure = Exposure(data.lags, data.reach, data.frequency)
        h, moved = media_and_move(prior[rows], exposure, shape=shape)
        beta = effects(prior[rows], h, shape=shape, worth=worth, moved=moved)
        found.append(np.einsum("gt,smgt,sgm->s", data.money * data.window, h, beta))
    return np.concatenate(found) / total
