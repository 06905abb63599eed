"""A small result made by hand, for what is said and drawn of a mix."""

from __future__ import annotations

import dataclasses

import numpy as np

from leadline.measure.mix.result import (
    Bank,
    Convergence,
    Curve,
    Holdout,
    MixChannel,
    MixResult,
    Quantity,
    Series,
    TestUsed,
    Together,
)
from leadline.measure.mix.validate import Moved, Placebo, Validity

STEPS = 60

# How a table of spend by day and campaign is read.
SPEND_MAPPING = """\
mapping: 1
table: spend
match: {header: [day, campaign, channel, tactic, cost]}
file: {encoding: utf-8, delimiter: ",", dates: "%Y-%m-%d"}
key: [day, campaign]
columns: {day: day, campaign: campaign, channel: channel, tactic: tactic, amount: cost, currency: {const: EUR}}
"""


def around(middle, spread=0.3):
    """Give the summaries of a log-normal quantity."""
    return Quantity(
        middle * np.exp(spread**2 / 2), middle * np.exp(-1.645 * spread), middle, middle * np.exp(1.645 * spread)
    )


def channel(name, spend, roi, **given):
    """Give a channel that brought `roi` for each 1 of `spend`; spend None: not paid for, roi is what it brought."""
    brought = around(roi * (spend or 1))
    multiple = np.linspace(0, 2, 41)
    whole = brought.p50 * 2 * multiple / (1 + multiple)
    made = MixChannel(
        name=name, kind="paid" if spend else "organic", spoken="roi" if spend else "share", prior=Quantity(1.8, 0.28, 1.22, 5.4),
        posterior=around(roi), spend=spend, roi=around(roi) if spend else None, roi_cohort=around(roi) if spend else None,
        marginal_roi=around(roi / 2) if spend else None, contribution=brought, share=around(0.05),
        cost_per_outcome=None, half_life=around(2.0), saturation=around(0.5), verdict="identified", conflict=False, reason="",
        remedy="", told=None, contraction=0.8,
        curve=Curve(multiple, multiple * (spend or np.nan), 0.7 * whole, whole, 1.4 * whole, 1.5),
    )  # fmt: skip
    return dataclasses.replace(made, **given)


def made_up_mix():
    """Give a result: tv can be told, search leans on its prior, radio cannot be told from video; letters are not paid for."""
    both = Together(("radio", "video"), around(1.3, 0.2), around(260_000, 0.2))
    apart = "it moves with {} (correlation 0.93; they ran together in 41 of 44 active weeks)"
    channels = (
        channel("radio", 100_000.0, 1.1, verdict="not identified", told=both, contraction=0.1, reason=apart.format("video"),
                remedy="a test that switches radio off in some regions for some weeks, precise enough with a standard error of 0.35 per EUR"),
        channel("tv", 1_000_000.0, 1.6),
        channel("search", 200_000.0, 2.5, verdict="weak", contraction=0.4, remedy="vary search on its own for a quarter"),
        channel("video", 100_000.0, 1.4, verdict="not identified", told=both, contraction=0.1, reason=apart.format("radio")),
        channel("letters", None, 30_000.0, conflict=True, posterior=around(0.004)),
    )  # fmt: skip
    time = np.datetime64("2026-01-05") + 7 * np.arange(STEPS)
    base = 100_000 + 5_000 * np.sin(np.arange(STEPS) / 8)
    contributions = np.stack([np.full(STEPS, one.contribution.p50 / STEPS) for one in channels])
    fitted = base + contributions.sum(axis=0)
    generator = np.random.default_rng(1)
    observed = fitted + generator.normal(0, 4_000, STEPS)
    observed[7] = np.nan

    def band(middle, width):
        return middle - width, middle, middle + width

    multiple = np.linspace(0, 2, 41)
    draws = np.stack([one.contribution.p50 * np.exp(0.3 * generator.standard_normal(400)) for one in channels], axis=1)
    return MixResult(
        kpi="revenue", currency="EUR", contribution_unit="EUR", method="sampled",
        convergence=Convergence(True, 1.004, 812.0, 644.0, 0, "tv alpha"), channels=channels,
        baseline=around(6_000_000, 0.03), baseline_negative=0.001, outcome_total=float(np.nansum(observed)),
        media_share=around(0.29, 0.1), prior_media_share=around(0.35, 0.4),
        series=Series(time, observed, band(base, 3_000), band(fitted, 2_000), band(fitted, 8_000), contributions),
        grain="week", places=1, window=(str(time[0]), str(time[-1])),
        tests=(TestUsed("geo tv", ("tv",), 90_000.0, 20_000.0, around(95_000, 0.2), 0.3, ""),),
        holdout=Holdout(8.2, 0.91, 2.0, 0.7, 5), notes=("population is not given",), seconds={"sample": 8.0, "compile": 2.5},
        bank=Bank(
            (), np.zeros((400, 0)), np.repeat(np.arange(4), 100), draws, np.full(400, 6e6),
            draws[:, :, None] * 2 * multiple / (1 + multiple),
        ),
    )  # fmt: skip


def unsettled_mix():
    """Give the same result from chains that did not settle."""
    failed = Convergence(False, 1.2, 30.0, 20.0, 17, "tv alpha", ("acceptance 0.99: R-hat of tv alpha is 1.2",))
    return dataclasses.replace(made_up_mix(), convergence=failed)


def made_up_validity():
    """Give what was tried: all holds but the returns move too far with four more weeks."""
    moved = Moved(0.14, (), ("tv",))
    return Validity(
        made_up_mix().holdout,
        moved,
        Moved(0.03, (), ("tv",)),
        Placebo(10, 10, {"tv": 0.99}),
        ("a refit did not settle",),
    )
