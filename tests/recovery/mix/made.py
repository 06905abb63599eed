"""Panels with known contributions: from our own generator, and from four that others wrote.

The generators of others are written anew from their published formulas, with the inputs that their authors publish as the
example; randomness is ours, so a seed here is no seed there. None of them is the model that is fitted:

- `small-business`: the "small_business" preset of pymc-labs/mmm-param-recovery, mmm_data_generator, Apache-2.0. Carry-over that
  is not normalised, spend divided by its largest, slopes of 1 to 2, returns of 2 to 50
- `campaigns`: facebookexperimental/siMMMulator, MIT, the inputs of its documentation. Channels share campaigns, what a
  conversion costs changes from campaign to campaign, response is exposure times an S-curve of it, returns of 0.003 to 0.8
- `simple`: `simulate_dummy_data` of google/lightweight_mmm, Apache-2.0. Spend that hardly varies, a delayed peak, no
  saturation, effects that may be negative
- `example`: the data of the example notebook of pymc-labs/pymc-marketing, Apache-2.0. Spend without memory from week to week,
  logistic saturation, a trend that bends
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leadline.inputs import Floats, Panel, stream

sys.path.append(str(Path(__file__).resolve().parents[3] / "benchmarks" / "mix"))
import panels

START = np.datetime64("2022-01-03", "D")


@dataclass(frozen=True)
class Made:
    """A panel and what each channel truly brought, (M,)."""

    panel: Panel
    contribution: Floats


def own(kind: str, seed: int, *, is_fixed: bool = False, places: int = panels.GEOS) -> Made:
    """Return a panel of the benchmark's generator: `national` or `geo`, its truth drawn, or that of the benchmark."""
    case = panels.make(kind, seed, truth=panels.FIXED if is_fixed else panels.Truth.drawn(seed), places=places)
    panel = Panel(
        case.time, "week", case.geo, {"revenue": case.outcome}, case.channels, ("paid",) * len(case.channels), case.spend,
        spend=case.spend, population=case.population, controls=case.controls, control_names=case.control_names, currency="EUR",
    )  # fmt: skip
    return Made(panel, case.contribution)


def panel_of(
    outcome: Floats,
    spend: Floats,
    *,
    names: tuple[str, ...],
    exposure: Floats | None = None,
    controls: Floats | None = None,
) -> Panel:
    """Return the weekly panel of one place; outcome (T,), spend, exposure (T, M), controls (T, C)."""
    count = 0 if controls is None else controls.shape[1]
    return Panel(
        START + 7 * np.arange(len(outcome)), "week", ("all",), {"revenue": outcome[None]}, names, ("paid",) * len(names),
        (spend if exposure is None else exposure)[None], spend=spend[None], currency="EUR",
        controls=None if controls is None else controls[None], control_names=tuple(f"control {at + 1}" for at in range(count)),
    )  # fmt: skip


def carried(x: Floats, weights: Floats) -> Floats:
    """Return the sum over lags of weights times x, nothing before the first step; x: (T,)."""
    return np.convolve(x, weights)[: len(x)]


def on_off(random: np.random.Generator, weeks: int, *, chance: float, length: tuple[int, int]) -> Floats:
    """Return 1 in weeks of activity: it begins with a chance, lasts least..most weeks, and a week without follows."""
    on, week = np.zeros(weeks), 0
    while week < weeks:
        if random.random() < chance:
            lasts = int(random.integers(length[0], length[1] + 1))
            on[week : week + lasts] = 1
            week += lasts
        week += 1
    return on


def small_business(seed: int) -> Made:
    """Return a panel of 104 weeks and four channels, two of them sparse, with two controls that are mostly 0."""
    random = stream(seed, "mix small business")
    weeks, base = 104, 5000.0
    day = 7 * np.arange(weeks)

    def vary() -> float:
        return 1 + random.uniform(-0.05, 0.05)

    def noisy(level: Floats, size: float, volatility: float) -> Floats:
        return np.clip(np.where(level > 0, level + size * volatility * random.standard_normal(weeks), level), 0, None)

    sizes = [100 * vary(), 500 * vary(), 500 * vary(), 100 * vary()]
    season = 1 - np.cos(0.5 + 2 * np.pi * day / 365.25)
    spend = np.stack([
        noisy(sizes[0] + np.linspace(0, 0.004 * weeks, weeks), sizes[0], 0.8),
        noisy(sizes[1] * (1 + 0.4 * season), sizes[1], 0.3),
        noisy(sizes[2] * on_off(random, weeks, chance=0.3 * vary(), length=(2, 4)), sizes[2], 0.6),
        noisy(sizes[3] * on_off(random, weeks, chance=0.2 * vary(), length=(1, 1)), sizes[3], 0.5),
    ], axis=1)  # fmt: skip
    effect, alpha = (1.5, 1.2, 0.9, 1.2), (0.0, 0.2, 0.4, 0.3)
    half, slope = (1.0, 0.8, 1.5, 0.5), (1.0, 1.5, 1.0, 2.0)
    brought = np.empty_like(spend)
    for at in range(4):
        h = carried(spend[:, at] / spend[:, at].max(), alpha[at] ** np.arange(8.0)) ** slope[at]
        brought[:, at] = effect[at] * base * h / (h + half[at] ** slope[at])
    controls = np.stack([
        noisy(100 * on_off(random, weeks, chance=0.04, length=(3, 5)), 100, 0.5),
        noisy(50 * on_off(random, weeks, chance=0.1, length=(1, 4)), 50, 0.5),
    ], axis=1)  # fmt: skip
    level = 1 + 0.2 * np.sin(2 * np.pi * np.arange(weeks) / 52) + 0.1 * random.standard_normal(weeks)
    outcome = base * (1 + random.uniform(-0.1, 0.1)) * np.clip(level, 0, None) + 0.5 * controls.sum(axis=1)
    outcome += brought.sum(axis=1)
    names = ("search", "social", "local", "email")
    return Made(panel_of(outcome, spend, names=names, controls=controls), brought.sum(axis=0))


def campaigns(seed: int) -> Made:
    """Return a panel of 156 weeks and four channels that are bought together, a campaign every two weeks."""
    random = stream(seed, "mix campaigns")
    weeks, each = 156, 2
    count = weeks // each
    money = np.clip(329_000 + 100_000 * random.standard_normal(count), 0, None)
    shares = random.uniform((0.45, 0.15, 0.1), (0.55, 0.25, 0.2), (count, 3))
    bought = money[:, None] * np.concatenate([shares, 1 - shares.sum(axis=1, keepdims=True)], axis=1)
    price = np.array([2.0, 20.0, 10.0, 1.0]) + np.array([0, 0.05, 0.1, 0.02])
    price = price + np.array([0.1, 0.15, 0.2, 0.03]) * random.standard_normal((count, 4))
    shown = bought / price * np.array([1000, 1000, 1000, 1])
    true_rate, off, sd = (
        np.array([0.001, 0.002, 0.01, 0.005]),
        (0, 0.0001, 0.0002, 0.0005),
        (0.001, 0.002, 0.0001, 0.006),
    )
    rate = np.empty((count, 4))
    for at in range(4):  # normal around the true rate, cut at 0
        drawn = true_rate[at] + off[at] + sd[at] * random.standard_normal((200, count))
        rate[:, at] = drawn[(drawn > 0).argmax(axis=0), np.arange(count)]
    exposure, spend, rate = (np.repeat(one, each, axis=0) for one in (shown / each, bought / each, rate))
    brought = np.empty_like(exposure)
    decay, slope, middle = (0.1, 0.2, 0.15, 0.08), (4, 3, 2, 1), (0.2, 0.3, 0.4, 0.5)
    for at in range(4):
        x = carried(exposure[:, at], decay[at] ** np.arange(float(weeks)))
        half = x.min() + middle[at] * (x.max() - x.min())
        brought[:, at] = rate[:, at] * x * x ** slope[at] / (x ** slope[at] + half ** slope[at])
    week = np.arange(1, weeks + 1)
    base = 500_000 * (1 + 1.8 / weeks * week)
    season = (50_000 + 5_000 * random.standard_normal()) * 8 * np.sin(week * np.pi / 26)
    outcome = base + season + 100_000 * random.standard_normal(weeks) + brought.sum(axis=1)
    names = ("facebook", "tv", "long video", "search")
    return Made(panel_of(outcome, spend, names=names, exposure=exposure), brought.sum(axis=0))


def simple(seed: int) -> Made:
    """Return a panel of 104 weeks and three channels whose spend varies by 7 %, with one control."""
    random = stream(seed, "mix simple")
    before, weeks, channels = 21, 104, 3
    steps = before + weeks
    exposure = 20 + 1.5 * random.standard_normal((steps, channels))
    control = 5 + random.standard_normal((steps, 1))
    weights = 0.5 ** ((np.arange(13) - 1.0) ** 2)
    weights /= weights.sum()
    effect = 1 + random.standard_normal(channels)
    brought = np.stack([carried(column, weights) for column in exposure.T], axis=1) * effect
    turn = 2 * np.pi * np.arange(steps)[:, None] * np.array([1, 2]) / 52
    season = (np.sin(turn) + np.cos(turn)).sum(axis=1)
    noise = 3 + random.standard_normal(steps)
    outcome = 15 + season + brought.sum(axis=1) + control[:, 0] * random.standard_normal() + noise
    panel = panel_of(
        outcome[before:], 0.1 * exposure[before:], names=("one", "two", "three"), controls=control[before:]
    )
    return Made(panel, brought[before:].sum(axis=0))


def example(seed: int) -> Made:
    """Return a panel of 179 weeks and two channels, one always on and one in every fifth week, with two events as controls."""
    random = stream(seed, "mix example")
    weeks = 179
    one, two = random.uniform(size=(2, weeks))
    spend = np.stack([np.where(one > 0.9, one, one / 2), np.where(two > 0.8, two, 0)], axis=1)
    brought = np.empty_like(spend)
    for at, (alpha, steep, effect) in enumerate(((0.4, 4.0, 3.0), (0.2, 3.0, 2.0))):
        weights = alpha ** np.arange(8.0)
        brought[:, at] = effect * np.tanh(steep * carried(spend[:, at], weights / weights.sum()) / 2)
    day = (np.datetime64("2018-04-02") + 7 * np.arange(weeks)).astype("datetime64[D]")
    of_year = (day - day.astype("datetime64[Y]")).astype(float) + 1
    season = (np.cos(2 * np.pi * of_year / 365.5) - np.sin(4 * np.pi * of_year / 365.5)) / 2
    trend = (np.linspace(0, 50, weeks) + 10) ** 0.25 - 1
    events = np.stack([day == np.datetime64("2019-05-13"), day == np.datetime64("2020-09-14")], axis=1).astype(float)
    outcome = (
        2 + trend + season + events @ np.array([1.5, 2.5]) + brought.sum(axis=1) + 0.25 * random.standard_normal(weeks)
    )
    return Made(panel_of(outcome, spend, names=("x1", "x2"), controls=events), brought.sum(axis=0))
