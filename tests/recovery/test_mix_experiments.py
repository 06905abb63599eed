"""Known truth: one experiment tells what the panel cannot, and a null or a negative one is taken as it is.

The worlds are made here, not by the model: carry-over, saturation and returns are written out, and the experiment is the
difference of two runs of the world in the weeks after the panel.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from leadline.inputs import Experiment, Floats, Panel, stream
from leadline.measure.mix.fit import fit_mix
from leadline.measure.mix.options import MixOptions
from leadline.measure.mix.result import MixResult

STEPS, LAGS, TESTED = 104, 8, 6
CHANNELS = ("tv", "radio", "search")
SPEND = np.array([60_000.0, 6_000.0, 25_000.0])  # radio is small: the panel hardly tells what it does
START = dt.date(2024, 1, 1)


@dataclass(frozen=True)
class World:
    """A panel, the true returns, and what another amount of radio for six weeks after the panel would bring and cost more."""

    panel: Panel
    roi: Floats
    brought: float
    spent: float


def grow(seed: int, *, factor: float) -> World:
    """Return a world whose returns come from the default prior; factor: of radio's usual amount in the test."""
    rng = stream(seed, "mix experiment world")
    waves = np.exp(0.5 * rng.standard_normal((STEPS, 3)) + 0.3 * np.sin(np.arange(STEPS)[:, None] / (3 + np.arange(3))))
    spend = SPEND * waves * (rng.random((STEPS, 3)) < 0.85)
    size = np.array([np.median(column[column > 0]) for column in spend.T])
    roi = np.exp(0.2 + 0.9 * rng.standard_normal(3))
    alpha, half = rng.uniform(0.1, 0.7, 3), rng.uniform(0.4, 1.6, 3)
    h = response(spend / size, alpha, half)
    beta = roi * spend.sum(axis=0) / h.sum(axis=0)
    weeks = np.arange(STEPS)
    base = 700_000 + 800 * weeks + 30_000 * np.sin(2 * np.pi * weeks / 52.18)
    revenue = base + h @ beta + 25_000 * rng.standard_normal(STEPS)
    runs = []
    for times in (1, factor):  # usual weeks follow; radio once as usual, once as tested
        later = np.concatenate([spend / size, np.ones((TESTED, 3)) * np.array([1, times, 1])])
        runs.append(float((response(later, alpha, half) @ beta)[STEPS:].sum()))
    time = np.datetime64(START) + 7 * weeks
    panel = Panel(
        time,
        "week",
        ("all",),
        {"revenue": revenue[None]},
        CHANNELS,
        ("paid",) * 3,
        spend[None],
        spend=spend[None],
        currency="EUR",
    )
    return World(panel, roi, runs[1] - runs[0], (factor - 1) * TESTED * float(size[1]))


def response(x: Floats, alpha: Floats, half: Floats) -> Floats:
    """Return carried and saturated exposure, (T, 3); steady before the first step."""
    before = np.broadcast_to(x[:LAGS].mean(axis=0), (LAGS, 3))
    whole = np.concatenate([before, x])
    weights = alpha ** np.arange(LAGS + 1)[:, None]
    weights /= weights.sum(axis=0)
    carried = sum(weights[lag] * whole[LAGS - lag : LAGS - lag + len(x)] for lag in range(LAGS + 1))
    return np.asarray(carried / (carried + half))


def experiment(world: World, measured: float, error: float) -> Experiment:
    """Return the experiment as people write it down."""
    first = START + dt.timedelta(weeks=STEPS)
    last = first + dt.timedelta(weeks=TESTED, days=-1)
    return Experiment(
        "radio", ("radio",), first, last, world.spent, measured, measured - 1.6449 * error, measured + 1.6449 * error
    )


def errors(result: MixResult, world: World) -> Floats:
    """Return how far the logarithms of the returns are off."""
    found = [one.roi.p50 for one in result.channels if one.roi is not None]
    return np.abs(np.log(np.array(found) / world.roi))


def compared(seeds: range, cache: Path, *, is_short: bool = False) -> tuple[Floats, Floats]:
    """Return the errors without and with an experiment that switches radio off, (sets, channels) each.

    Off, because the average return is what is asked for: more on top tells what the next unit brings, and how much that says
    of the first ones is told by the curve, not by the test. is_short: without it is with one that tells nothing, so that one compiled program serves both
    """
    without, with_test = [], []
    for seed in seeds:
        world = grow(seed, factor=0.0)
        error = 0.2 * abs(world.brought)
        measured = world.brought + error * stream(seed, "mix experiment noise").standard_normal()
        vague = (experiment(world, measured, 1e6 * error),) if is_short else ()
        for tests, found in ((vague, without), ((experiment(world, measured, error),), with_test)):
            result = fit_mix(world.panel, MixOptions(seed=seed), experiments=tests, cache_folder=cache)
            assert result.convergence.converged, result.convergence
            found.append(errors(result, world))
    return np.array(without), np.array(with_test)


def judged(without: Floats, with_test: Floats) -> None:
    """Hold the errors against what the design asks: halved where tested, nowhere worse by more than a twentieth."""
    before, after = without.mean(axis=0), with_test.mean(axis=0)
    assert after[1] <= 0.5 * before[1], (before, after)
    assert after[[0, 2]].mean() <= 1.05 * before[[0, 2]].mean(), (before, after)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder where compiled programs are kept between the fits of this file."""
    return tmp_path_factory.mktemp("programs")


@pytest.mark.proof
def test_one_experiment_halves_the_error_of_its_channel(cache: Path) -> None:
    judged(*compared(range(3), cache, is_short=True))


@pytest.mark.nightly
def test_one_experiment_halves_the_error_of_its_channel_over_fifty_worlds(cache: Path) -> None:
    judged(*compared(range(50), cache))


@pytest.mark.proof
def test_a_null_and_a_negative_experiment_pull_their_channel_down_and_break_nothing(cache: Path) -> None:
    world = grow(1, factor=2.0)
    error = 0.3 * world.spent
    found = []
    for measured in (0.0, -world.spent):
        result = fit_mix(
            world.panel, MixOptions(seed=3), experiments=(experiment(world, measured, error),), cache_folder=cache
        )
        assert result.convergence.converged, result.convergence
        radio = result.channel("radio").roi
        assert radio is not None
        found.append(radio.p50)
        assert result.tests[0].estimate == measured
        assert all(np.isfinite(one.contribution.mean) for one in result.channels)
    # the sign of a channel's effect is the model's, the size is the test's
    assert world.roi[1] > found[0] > found[1] > 0
    assert result.tests[0].conflict is not None
    assert result.tests[0].conflict < -2
    assert "disagree" in result.tests[0].note
