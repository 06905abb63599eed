"""Totals of a mix: what would have been without marketing is told in the same money as what channels brought."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from leadline.inputs import Panel
from leadline.measure.mix.fit import model_of
from leadline.measure.mix.options import MixOptions
from leadline.measure.mix.totals import Totals, totals

STEPS = 60


def told(value: float) -> Totals:
    """Return totals of a count whose unit is worth this much, from the same few draws of a prior on coefficients."""
    generator = np.random.default_rng(3)
    spend = generator.gamma(2.0, 50.0, (1, STEPS, 2))
    orders = 400 + spend.sum(axis=2) + generator.normal(0, 20, (1, STEPS))
    panel = Panel(
        np.datetime64("2026-01-05") + 7 * np.arange(STEPS), "week", ("*",), {"orders": orders}, ("tv", "search"), ("paid", "paid"),
        spend, spend=spend, currency="EUR", value_per_unit=np.full((1, STEPS), value),
    )  # fmt: skip
    options = MixOptions()
    for name in panel.channels:
        channel = dataclasses.replace(options.channel(name), effect="coefficient")
        options = dataclasses.replace(options, channels={**options.channels, name: channel})
    model = model_of(panel, options)
    return totals(model, np.random.default_rng(1).normal(0, 0.3, (8, len(model.layout))), seed=1)


def test_a_unit_worth_twice_as_much_doubles_every_amount_and_no_count():
    one, two = told(1.0), told(2.0)
    for name in ("contribution", "marginal", "cohort", "baseline_total"):
        assert getattr(two, name) == pytest.approx(2 * getattr(one, name)), name
    for name in ("units", "baseline", "fitted", "series"):
        assert getattr(two, name) == pytest.approx(getattr(one, name)), name
    assert one.baseline_total + one.contribution.sum(axis=1) == pytest.approx(one.fitted.sum(axis=1))
