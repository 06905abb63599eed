"""The panels of `benchmarks/mix.py`: made from a seed with the truth known, or read from the shared data.

    python benchmarks/mix/panels.py {national,geo} SEED OUT.npz
    python benchmarks/mix/panels.py FILE.csv - OUT.npz

Needs numpy alone, for every system's environment reads it. The generating process is the one behind the shared `mmm_bench`,
written down there and here once more; two seeds give two panels, never the shared ones.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CHANNELS = ("tv", "radio", "ooh", "search", "social", "display", "video", "affiliate")
CONTROLS = ("price_index", "competitor_index", "holiday")
START = np.datetime64("2022-01-03", "D")
WEEKS = 156
LEAD_IN = 26  # weeks made before the first and then dropped, so that carry-over is under way
LAGS = 8  # weeks of carry-over after the week itself
YEAR = 365.25 / 7  # weeks

ROIS, ALPHAS, HALVES = (0.2, 5.0), (0.0, 0.85), (0.5, 2.0)  # ranges that truths are drawn from, where they are

SHARE_OF_SPEND = (0.26, 0.08, 0.10, 0.18, 0.14, 0.08, 0.10, 0.06)
SPEND_A_HEAD = 0.01  # money a person and week over all channels
PEOPLE = 40_000_000.0  # in the national panel
ON = (0.6, 0.6, 0.6, 1.0, 1.0, 0.85, 0.85, 1.0)  # share of the blocks in which a channel runs
BLOCK = 4  # weeks of a flight
SEASONAL = ("tv", "search", "affiliate")  # their spend rises with the season of the baseline
SEASON_SHARE = 2.0  # log spend for a unit of the season, which moves by about a tenth

BASE_A_HEAD = 0.05  # money a person and week without media, at the intercept
TREND = 0.10  # of the base, over the whole span
SEASON = (0.04, -0.08, 0.035, 0.0)  # of the base: sine and cosine of the year, then of half a year
CONTROL_EFFECTS = (-1.0, -0.28, 0.20)  # of the base for one unit: of both indices, and for a holiday week
HOLIDAYS = (0, 20, 21, 24, 25)  # weeks of a year
NOISE = {"national": 0.04, "geo": 0.07}  # sd of the outcome, of the base of a place

GEOS = 40
EFFECT_SPREAD = 0.2  # log-sd of a channel's effect between places
INTERCEPT_SPREAD = 0.15  # sd of the intercept between places, of the base


@dataclass(frozen=True)
class Case:
    """One data set with its truth. G places, T weeks, M channels, C controls.

    time: first days, datetime64[D], (T,) · population: persons, (G,), None where the panel is national
    outcome: money, (G, T) · spend: money, (G, T, M) · controls: (G, T, C)
    roi: contribution / spend inside the span, all places together, (M,)
    """

    name: str
    time: npt.NDArray[np.datetime64]
    geo: tuple[str, ...]
    population: Floats | None
    outcome: Floats
    channels: tuple[str, ...]
    spend: Floats
    control_names: tuple[str, ...]
    controls: Floats
    roi: Floats

    @property
    def total_spend(self) -> Floats:
        """Money by channel over the whole span, (M,)."""
        return np.asarray(self.spend.sum(axis=(0, 1)))

    @property
    def contribution(self) -> Floats:
        """What each channel truly brought, (M,)."""
        return self.roi * self.total_spend

    def save(self, file: Path) -> None:
        """Write the case."""
        head = {"name": self.name, "geo": self.geo, "channels": self.channels, "control_names": self.control_names}
        arrays: dict[str, Any] = {"time": self.time, "outcome": self.outcome, "spend": self.spend, "roi": self.roi}
        if self.population is not None:
            arrays["population"] = self.population
        np.savez(file, head=np.array(json.dumps(head)), controls=self.controls, **arrays)

    @classmethod
    def load(cls, file: Path) -> Case:
        """Read what `save` wrote."""
        with np.load(file) as kept:
            head = json.loads(str(kept["head"]))
            population = kept.get("population")
            arrays = {name: kept[name] for name in ("time", "outcome", "spend", "roi", "controls")}
        named = {name: tuple(head[name]) for name in ("geo", "channels", "control_names")}
        return cls(name=head["name"], population=population, **named, **arrays)


@dataclass(frozen=True)
class Truth:
    """What is true of each channel, (M,): carry-over, half-saturation in usual weeks, money back for money spent."""

    alpha: Floats
    half: Floats
    roi: Floats

    @classmethod
    def drawn(cls, seed: int) -> Truth:
        """Return a truth of its own for a seed: carry-over even in its range, the others even in their logarithm.

        The ranges are as wide as what is usually believed beforehand, and of another shape: what is said to hold in nine of
        ten cases can only be counted where the cases differ as much as beliefs do.
        """
        random = _stream("truth", seed)
        roi, half = (np.exp(random.uniform(*np.log(one), len(CHANNELS))) for one in (ROIS, HALVES))
        return cls(random.uniform(*ALPHAS, len(CHANNELS)), half, roi)


# In the order of CHANNELS, the truth of the shared panels.
FIXED = Truth(
    np.array([0.8, 0.6, 0.7, 0.1, 0.35, 0.45, 0.55, 0.2]),
    np.array([1.2, 1.0, 1.5, 0.8, 0.9, 1.3, 1.1, 0.7]),
    np.array([1.6, 0.9, 0.6, 3.0, 2.2, 0.5, 1.2, 2.6]),
)


def make(kind: str, seed: int, *, truth: Truth = FIXED, places: int = GEOS) -> Case:
    """Return the panel of a seed: `national` (156 weeks, 8 channels) or `geo` (so many places of that)."""
    random = _stream(kind, seed)
    geos = 1 if kind == "national" else places
    people = np.array([PEOPLE]) if kind == "national" else np.round(random.lognormal(np.log(1e6), 0.8, geos))
    steps = np.arange(-LEAD_IN, WEEKS)
    season = _harmonics(steps) @ np.array(SEASON)
    a_head = _spend(random, geos, season, people)
    controls = _controls(random, geos, steps)
    inside = slice(LEAD_IN, None)
    curve = _curve(a_head, truth)[:, inside]
    spread = np.exp(EFFECT_SPREAD * random.standard_normal((geos, 1, len(CHANNELS)))) if geos > 1 else 1.0
    heads = people[:, None, None]
    spend = np.round(a_head[:, inside] * heads, 2)
    brought = curve * spread * heads
    media = (brought * (truth.roi * spend.sum(axis=(0, 1)) / brought.sum(axis=(0, 1)))).sum(axis=-1)
    intercept = 1 + (INTERCEPT_SPREAD * random.standard_normal(geos) if geos > 1 else np.zeros(1))
    middle = np.array([1.0, 1.0, 0.0])  # the effects of the indices are counted from 1
    moved = (controls[:, inside] - middle) @ np.array(CONTROL_EFFECTS)
    level = intercept[:, None] + TREND * steps[inside] / WEEKS + season[inside] + moved
    noise = NOISE[kind] * random.standard_normal(level.shape)
    return Case(
        name=kind,
        time=START + np.arange(WEEKS) * np.timedelta64(7, "D"),
        geo=("national",) if geos == 1 else tuple(f"geo_{number:02d}" for number in range(geos)),
        population=None if geos == 1 else people,
        outcome=np.round(BASE_A_HEAD * people[:, None] * (level + noise) + media, 2),
        channels=CHANNELS,
        spend=spend,
        control_names=CONTROLS,
        controls=controls[:, inside],
        roi=truth.roi,
    )


def read(file: Path) -> Case:
    """Return a shared panel with the truth that lies beside it: `national.csv`, `geo.csv` (mmm_bench), `small.csv`."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    truth = json.loads(file.with_name(f"{file.stem}_truth.json").read_text(encoding="utf-8"))
    small = "roas" in truth
    channels = [name for name in rows[0] if (name[0] == "x" if small else name.endswith("_spend"))]
    controls = ["c1", "c2"] if small else list(CONTROLS)  # c1_effect and c2_effect are truth: never handed on
    places = list(dict.fromkeys(row.get("geo", "national") for row in rows))
    shape = (len(places), len(rows) // len(places))

    def column(*names: str) -> Floats:
        return np.array([[float(row[name]) for name in names] for row in rows]).reshape(*shape, len(names))

    names = [name.split("_", 1)[1] if small else name.removesuffix("_spend") for name in channels]
    roi = next(iter(truth["roas"].values())) if small else truth["roi"]
    return Case(
        name=file.stem,
        time=np.array([row["date"] for row in rows[: shape[1]]], dtype="datetime64[D]"),
        geo=tuple(places),
        population=column("population")[:, 0, 0] if "population" in rows[0] else None,
        outcome=column("y" if small else "revenue")[..., 0],
        channels=tuple(names),
        spend=column(*channels),
        control_names=tuple(controls),
        controls=column(*controls),
        roi=np.array([roi[name] for name in names]),
    )


def usual_shares(case: Case) -> Floats:
    """Return the median contribution shares that every system is told where priors are to be equal, (M,).

    A quarter of the channel's share of spend: Leadline's own default for a prior on shares; log-sd 0.9 goes with it.
    """
    return 0.25 * case.total_spend / case.total_spend.sum()


def _stream(kind: str, seed: int) -> np.random.Generator:
    digest = hashlib.sha256(f"{seed}\x1fmix benchmark {kind}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def _harmonics(steps: npt.NDArray[np.int64]) -> Floats:
    """Return sine and cosine of the year and of half a year, (steps, 4)."""
    turn = 2 * np.pi * steps / YEAR
    return np.stack([np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn)], axis=1)


def _walk(random: np.random.Generator, shape: tuple[int, ...], keep: float, sd: float) -> Floats:
    """Return stationary first-order processes along axis 1 with this lag-1 correlation and sd."""
    steps = sd * np.sqrt(1 - keep**2) * random.standard_normal(shape)
    steps[:, 0] /= np.sqrt(1 - keep**2)
    for at in range(1, shape[1]):
        steps[:, at] += keep * steps[:, at - 1]
    return steps


def _spend(random: np.random.Generator, geos: int, season: Floats, people: Floats) -> Floats:
    """Return money a head, (G, lead-in and weeks, M): flights common to all places, levels and wanderings of their own."""
    weeks, channels = len(season), len(CHANNELS)
    blocks = random.random((weeks // BLOCK + 1, channels)) < np.array(ON)
    on = np.repeat(blocks, BLOCK, axis=0)[:weeks]
    swing = season[:, None] * SEASON_SHARE * np.array([name in SEASONAL for name in CHANNELS])
    logs = _walk(random, (1, weeks, channels), 0.6, 0.45) + swing
    if geos > 1:
        own = _walk(random, (geos, weeks, channels), 0.6, 0.35)
        logs = logs + own + 0.3 * random.standard_normal((geos, 1, channels))
    raw = np.exp(logs) * on
    weights = people[:, None, None] / people.sum()
    inside = (raw * weights)[:, LEAD_IN:].sum(axis=(0, 1)) / WEEKS
    return np.asarray(raw * SPEND_A_HEAD * np.array(SHARE_OF_SPEND) / inside)


def _controls(random: np.random.Generator, geos: int, steps: npt.NDArray[np.int64]) -> Floats:
    """Return the two indices and the holiday weeks, (G, steps, C)."""
    price = 1 + _walk(random, (geos, len(steps)), 0.8, 0.05)
    rival = 1 + _walk(random, (geos, len(steps)), 0.7, 0.11)
    holiday = np.isin(steps % 52, HOLIDAYS).astype(np.float64)
    return np.stack([price, rival, np.broadcast_to(holiday, price.shape)], axis=-1)


def _curve(a_head: Floats, truth: Truth) -> Floats:
    """Return carried and saturated exposure, in usual weeks: medians of the weeks inside the span in which it ran."""
    out = np.empty_like(a_head)
    for at, (alpha, half) in enumerate(zip(truth.alpha, truth.half, strict=True)):
        column = a_head[..., at]
        inside = column[:, LEAD_IN:]
        usual = column / np.median(inside[inside > 0])
        weights = alpha ** np.arange(LAGS + 1)
        padded = np.pad(usual, ((0, 0), (LAGS, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, LAGS + 1, axis=1)
        carried = windows @ (weights / weights.sum())[::-1]
        out[..., at] = carried / (carried + half)
    return out


if __name__ == "__main__":
    what, number, target = sys.argv[1:4]
    (make(what, int(number)) if what in NOISE else read(Path(what))).save(Path(target))
