"""Known truth: worlds with growing entries, half of them immature; intervals must cover, estimates beat raw ratios."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pytest

from leadline.inputs import Stages, stream
from leadline.measure.bridge import BridgeOptions, BridgeStep, fit_bridge
from leadline.measure.bridge.lags import Lag

AS_OF = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - moments in inputs are UTC without zone


@dataclass(frozen=True)
class World:
    """One step of a made-up company: its data and the truth about each tactic."""

    stages: Stages
    shares: np.ndarray
    rates: np.ndarray
    lag: Lag

    def rate_within(self, days: float) -> float:
        return float((self.shares * self.rates).sum() * self.lag.cdf(np.array(days)))


def grow(seed: int, *, family: str = "weibull", tactics: int = 1, losses: bool = False) -> World:
    """Return a world of 400 to 4,000 leads, half of them younger than two median lags."""
    generator = stream(seed, f"bridge world {family} {tactics} {losses}")
    count = int(np.exp(generator.uniform(np.log(400), np.log(4000))))
    median = float(np.exp(generator.uniform(np.log(10), np.log(60))))
    lag = Lag.from_scale(family, 1.0, shape=float(np.exp(generator.normal(0.1, 0.25))))
    lag = Lag(lag.family, np.array(median), lag.shape, lag.second)
    centre = generator.uniform(-2.5, -0.5)
    rates = 1 / (1 + np.exp(-(centre + 0.5 * generator.standard_normal(tactics) * (tactics > 1))))
    tactic = generator.integers(tactics, size=count)
    # growing entries: with density rising linearly over the span, half of them are younger than 0.29 spans
    span = 2 * median / (1 - np.sqrt(0.5))
    age = span * (1 - np.sqrt(generator.random(count)))
    moves = generator.random(count) < rates[tactic]
    days = np.where(moves, lag.quantile(generator.random(count)), np.inf)
    end, ended = np.full(count, ""), np.full(count, np.inf)
    if losses:
        lost_after = np.where(moves, np.inf, 0.7 * median * generator.weibull(1.2, count))
        ended = np.where(lost_after < age, lost_after, np.inf)
        end = np.where(np.isfinite(ended), "lost", "")
    stages = Stages(
        from_state="lead",
        to_state="sqo",
        subject=np.array([f"s{seed}-{number}" for number in range(count)]),
        entered_at=moments(-age),
        moved_at=moments(np.where(days <= age, days - age, np.inf)),
        ended_at=moments(ended - age),
        end=end,
        amount=np.full(count, np.nan),
        tactic=np.array([f"tactic-{number}" for number in tactic]),
        origin=np.full(count, ""),
        segment=np.full(count, ""),
        as_of=AS_OF,
    )
    return World(stages, np.bincount(tactic, minlength=tactics) / count, rates, lag)


def moments(days: np.ndarray) -> np.ndarray:
    """Return moments so many days after the as-of date, NaT where infinite."""
    known = np.isfinite(days)
    offsets = (np.where(known, days, 0.0) * 86_400e6).astype("timedelta64[us]")
    return np.where(known, np.datetime64(AS_OF, "us") + offsets, np.datetime64("NaT"))


@dataclass
class Score:
    """What 50 or more worlds say about one kind of interval."""

    rate: list[bool]
    lag: list[bool]
    final: list[bool]
    errors: list[tuple[float, float]]

    def take(self, world: World, step: BridgeStep) -> None:
        truth = world.rate_within(step.horizon)
        everything = float((world.shares * world.rates).sum())
        self.rate.append(step.rate.low <= truth <= step.rate.high)
        self.lag.append(step.median_lag.low <= float(world.lag.median) <= step.median_lag.high)
        if step.final_rate is not None:
            self.final.append(step.final_rate.low <= everything <= step.final_rate.high)
        self.errors.append((step.rate.middle - truth, step.counts.raw - truth))

    def line(self) -> str:
        ours, raw = np.sqrt(np.mean(np.square(self.errors), axis=0))
        return (
            f"rate {np.mean(self.rate):.3f}, median lag {np.mean(self.lag):.3f}, final rate {np.mean(self.final):.3f} "
            f"(identified in {len(self.final)} of {len(self.rate)}), RMSE {ours:.4f} against {raw:.4f} of the raw ratio"
        )


def run(worlds: int, *, first: int = 0, **kind: object) -> Score:
    score = Score([], [], [], [])
    options = BridgeOptions(by="none", draws=500)
    for seed in range(first, first + worlds):
        world = grow(seed, **kind)
        score.take(world, fit_bridge(world.stages, options))
    return score
