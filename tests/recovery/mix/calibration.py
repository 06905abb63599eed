"""Whether the mix model's intervals hold: data sets with a known truth, fitted, judged; resumable.

    PYTHONPATH=tests python -m recovery.mix.calibration [--folder DIR] [--out FILE] [--sets CELL=N ...]

A cell is a kind of data set; each outcome is a line of DIR/CELL.jsonl as soon as it is known, and a line that stands there is
not computed again. The file FILE gets the sums, from which `docs/generating/calibration.py` writes the table of the page.
Data sets of one shape share a compiled program: only numbers are handed to it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import leadline.inputs
from leadline.inputs import Floats, stream
from leadline.measure import diagnose
from leadline.measure.mix.density import Model
from leadline.measure.mix.fit import STUDENT_TARGET, model_of
from leadline.measure.mix.identification import expected_contributions, verdicts
from leadline.measure.mix.options import MixOptions, Sampling
from leadline.measure.mix.pilot import Pilot
from leadline.measure.mix.sampler import Programs, find
from leadline.measure.mix.settle import Settled, settle
from leadline.measure.mix.totals import spoken, spoken_before
from recovery.mix import drawn as worlds
from recovery.mix import made as panels

DRAWS = 99  # design, measurement section 2.13: thinned draws that a truth is ranked among
PRIOR_DRAWS = 4000  # design, measurement section 1.4
BAND_LEVEL = 0.99  # design, measurement section 2.13: of the simultaneous band
P_LEAST = 0.01  # design, measurement section 2.13: least p-value of evenness, after Holm
MADE: dict[str, Callable[[int], panels.Made]] = {
    "national": lambda seed: panels.own("national", seed),
    "geo": lambda seed: panels.own("geo", seed),
    "geo, 12 places": lambda seed: panels.own("geo", seed, places=12),
    "national, fixed": lambda seed: panels.own("national", seed, is_fixed=True),
    "small-business": panels.small_business,
    "campaigns": panels.campaigns,
    "simple": panels.simple,
    "example": panels.example,
}
DRAWN = {f"drawn, {cell}": cell for cell in worlds.CELLS}
FULL = dict.fromkeys(DRAWN, 300) | {
    "national": 200,
    "geo": 10,  # two minutes of both cores each
    "geo, 12 places": 50,
    "national, fixed": 100,
    "small-business": 200,
    "campaigns": 200,
    "simple": 200,
    "example": 200,
}


class Shared(Programs):
    """Compiled programs that fit one model after another of the same shape, on all rungs of the ladder."""

    def __init__(self, model: Model, *, cache_folder: Path | None, target: float) -> None:
        super().__init__(model, cache_folder=cache_folder, target=target)
        self._rungs: dict[float, Shared] = {}

    def again(self, target: float) -> Shared:
        """Return the programs of another acceptance, compiled once."""
        if target not in self._rungs:
            self._rungs[target] = Shared(self._model, cache_folder=self._cache_folder, target=target)
        return self._rungs[target]


class Fits:
    """Fits models; those of one shape with one program."""

    def __init__(self, cache_folder: Path | None = None) -> None:
        self._cache_folder = cache_folder
        self._programs: dict[str, Shared] = {}

    def fit(self, model: Model, *, seed: int, sampling: Sampling | None = None) -> Settled:
        """Return the settled draws of a model, as `fit_mix` makes them."""
        options = MixOptions(sampling=sampling or Sampling(), seed=seed)
        shape = replace(model.shape, spoken=())
        key = f"{shape} {model.layout.names} {model.data.lags.shape} {model.baseline.names}"
        if key not in self._programs:
            target = STUDENT_TARGET if shape.errors == "student" else options.sampling.target
            self._programs[key] = Shared(model, cache_folder=self._cache_folder, target=target)
        programs = self._programs[key]
        programs.numbers = programs.given(model.numbers, Pilot.standard(len(model.layout)))
        return settle(programs, model, found=find(programs, model), options=options)


def outcome(fits: Fits, cell: str, *, seed: int, sampling: Sampling | None = None) -> dict[str, Any]:
    """Return what became of one data set: truth and interval of each channel and of all, its verdict, in a drawn cell ranks."""
    since = time.process_time()
    ranks: dict[str, int] = {}
    if cell in DRAWN:
        world = worlds.drawn(DRAWN[cell], seed)
        model, truth = world.model, world.contribution
        settled = fits.fit(model, seed=seed, sampling=sampling)
        ranks = _ranks(world, settled, seed=seed)
    else:
        made = MADE[cell](seed)
        model, truth = model_of(made.panel, MixOptions(seed=seed)), made.contribution
        settled = fits.fit(model, seed=seed, sampling=sampling)
    before = spoken_before(model, model.layout.draw(stream(seed, "mix prior"), PRIOR_DRAWS), seed=seed)
    after = spoken(settled.model, settled.totals)
    expected = expected_contributions(settled.totals.contribution, after, before=before)
    said = verdicts(settled.model, settled.totals, after=after, before=before, expected=expected)
    brought = settled.totals.contribution
    channels = [
        {"name": name, "verdict": one.verdict, "conflict": one.conflict, **_held(brought[:, at], truth[at])}
        for at, (name, one) in enumerate(zip(model.shape.channels, said, strict=True))
    ]
    return {
        "seed": seed, "converged": settled.convergence.converged, "reasons": list(settled.convergence.reasons),
        "channels": channels, "media": _held(brought.sum(axis=1), truth.sum()), "ranks": ranks,
        "seconds": round(time.process_time() - since, 2),
    }  # fmt: skip


def _held(draws: Floats, truth: float) -> dict[str, float]:
    low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95))
    return {
        "truth": float(truth),
        "mean": float(draws.mean()),
        "low": float(low),
        "p50": float(middle),
        "high": float(high),
    }


def _ranks(world: worlds.Drawn, settled: Settled, *, seed: int) -> dict[str, int]:
    """Return the rank of each parameter, of all media and of the baseline among thinned draws."""
    rows = np.linspace(0, len(settled.unbounded) - 1, DRAWS).round().astype(np.int64)
    totals = settled.totals
    draws = np.column_stack([totals.values, totals.contribution.sum(axis=1), totals.baseline_total])[rows]
    truth = np.array([*world.values, world.contribution.sum(), world.baseline])
    found = diagnose.ranks(draws, truth, generator=stream(seed, "mix ranks"))
    return dict(zip((*world.model.layout.names, "all media", "baseline"), found.tolist(), strict=True))


def run(cell: str, sets: int, *, folder: Path, fits: Fits | None = None, sampling: Sampling | None = None) -> list[Any]:
    """Return the outcomes of the first data sets of a cell; those that stand in the folder are read."""
    file = folder / f"{cell.replace(', ', '-').replace(' ', '-')}.jsonl"
    known = {one["seed"]: one for one in (_read(line) for line in _lines(file)) if one and one["sources"] == sources()}
    own = fits or Fits()
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(1, sets + 1):
        if seed not in known:
            known[seed] = outcome(own, cell, seed=seed, sampling=sampling) | {"sources": sources()}
            with file.open("a", encoding="utf-8") as lines:
                lines.write("\n" + json.dumps(known[seed]))  # before, not after: what was cut ends here
    return [known[seed] for seed in range(1, sets + 1)]


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def _read(line: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:  # cut while it was written
        return None
    return found


def sources() -> str:
    """Return a hash of the code that the outcomes depend on: model, inputs, diagnoses, generators."""
    package = Path(leadline.inputs.__file__).parents[1]
    files = [
        *sorted((package / "measure" / "mix").glob("*.py")),
        *sorted((package / "measure" / "diagnose").glob("*.py")),
    ]
    files += [*sorted((package / "inputs").glob("*.py")), Path(panels.__file__), Path(worlds.__file__), Path(__file__)]
    return hashlib.sha256(b"".join(one.read_bytes() for one in files)).hexdigest()[:12]


@dataclass(frozen=True)
class Held:
    """How often 90 % intervals of contributions held, of those that fulfil a condition."""

    hits: int
    count: int

    def table(self) -> dict[str, Any]:
        """Return counts, share and Wilson's interval; None where nothing was counted."""
        middle = diagnose.wilson(self.hits, self.count) if self.count else (None, None, None)
        return {"hits": self.hits, "count": self.count, "share": middle[0], "low": middle[1], "high": middle[2]}


def held(outcomes: Sequence[Any], told: Callable[[Any], bool] = lambda _: True) -> Held:
    """Return how often intervals held, over the channels of which `told` is true."""
    chosen = [one for each in outcomes for one in each["channels"] if told(one)]
    return Held(sum(one["low"] <= one["truth"] <= one["high"] for one in chosen), len(chosen))


def is_told(channel: Mapping[str, Any]) -> bool:
    """Say whether the tool gives a number for a channel of its own."""
    return bool(channel["verdict"] != "not identified")


def summed(outcomes: Sequence[Any]) -> dict[str, Any]:
    """Return the sums of a cell, for the table and for tests."""
    settled = [one for one in outcomes if one["converged"]]
    media = np.array([[one["media"][name] for name in ("mean", "truth", "low", "high")] for one in settled]).T
    errors = (media[0] - media[1]) / (media[3] - media[2])
    names = [one["name"] for one in outcomes[0]["channels"]]
    return {
        "sets": len(outcomes), "settled": len(settled), "all": held(settled).table(), "told": held(settled, is_told).table(),
        "plain": held(settled, lambda one: is_told(one) and not one["conflict"]).table(),
        "channels": {name: held(settled, lambda one, name=name: one["name"] == name).table() for name in names},
        "media": Held(int(((media[2] <= media[1]) & (media[1] <= media[3])).sum()), len(settled)).table(),
        "media error": float(errors.mean()), "media error se": float(errors.std(ddof=1) / np.sqrt(len(errors))),
        "ranks": evenness(outcomes) if outcomes[0]["ranks"] else {}, "seconds": float(np.median([one["seconds"] for one in outcomes])),
    }  # fmt: skip


def evenness(outcomes: Sequence[Any]) -> dict[str, Any]:
    """Return for every ranked number its p-value, plain and after Holm, and whether its ranks lie within the band.

    The band is as wide as it takes for all numbers together to lie within theirs with the level of one, if all are even.
    Sets that did not settle are ranked too: to leave them out would choose among the truths.
    """
    names = list(outcomes[0]["ranks"])
    found = {name: np.array([one["ranks"][name] for one in outcomes]) for name in names}
    level = 1 - (1 - BAND_LEVEL) / len(names)
    plain = [diagnose.rank_evenness(found[name], draws=DRAWS) for name in names]
    return {
        name: {"p": p, "holm": adjusted, "inside": diagnose.rank_band(found[name], draws=DRAWS, level=level).is_inside}
        for name, p, adjusted in zip(names, plain, diagnose.holm(plain), strict=True)
    }


def main() -> None:
    """Run the cells and write their sums."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path(".make/calibration"))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--sets", nargs="*", default=[f"{cell}={count}" for cell, count in FULL.items()])
    given = parser.parse_args()
    found = {}
    for cell, count in (one.rsplit("=", 1) for one in given.sets):
        found[cell] = summed(run(cell, int(count), folder=given.folder))
        if given.out:
            given.out.write_text(json.dumps({"sources": sources(), "cells": found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
