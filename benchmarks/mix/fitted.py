"""What a system hands back to `benchmarks/mix.py`: its draws, and what it says about the making of them.

A runner is called as `RUNNER.py CASE.npz ASK.json OUT.npz`. Needs numpy alone, for every system's environment reads it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from panels import Case, Floats


@dataclass(frozen=True)
class Ask:
    """What a runner is asked for.

    priors: `default`, each system's own, or `share`, the same log-normal priors on contribution shares for all
    warmup, draws: of each chain, None = the system's own default · cores: chains that may run beside each other ·
    sampler: of those a system has · cache: folder where compiled programs may be kept
    """

    seed: int = 1
    priors: str = "default"
    chains: int = 4
    warmup: int | None = None
    draws: int | None = None
    cores: int = 2
    sampler: str = ""
    cache: str = ""


@dataclass(frozen=True)
class Fit:
    """What a system found.

    sampled: name → draws of what its sampler moved, (chains, draws, ...); nothing derived from them
    contribution: money by channel over the whole span, (chains, draws, M)
    sampling_seconds: warm-up and draws, without compilation where the system lets that be told
    compile_seconds: None = not told apart
    """

    sampled: Mapping[str, Floats]
    contribution: Floats
    sampling_seconds: float
    compile_seconds: float | None
    divergences: int
    settings: Mapping[str, Any] = field(default_factory=dict)

    def save(self, file: Path) -> None:
        """Write the fit."""
        head = {
            "sampling_seconds": self.sampling_seconds,
            "compile_seconds": self.compile_seconds,
            "divergences": self.divergences,
            "settings": dict(self.settings),
        }
        draws = {f"sampled {name}": values for name, values in self.sampled.items()}
        np.savez(file, head=np.array(json.dumps(head)), contribution=self.contribution, **draws)

    @classmethod
    def load(cls, file: Path) -> Fit:
        """Read what `save` wrote."""
        with np.load(file) as kept:
            head = json.loads(str(kept["head"]))
            sampled = {name.removeprefix("sampled "): kept[name] for name in kept if name.startswith("sampled ")}
            return cls(sampled=sampled, contribution=kept["contribution"], **head)


class Compiling:
    """Wall seconds that JAX spends on tracing and compiling, heard from its own clock.

    A program inside a program is told twice, so spans are kept and those that overlap counted once.
    """

    def __init__(self) -> None:
        import jax.monitoring

        self._spans: list[tuple[float, float]] = []
        jax.monitoring.register_event_duration_secs_listener(self._heard)

    def _heard(self, event: str, seconds: float, **_: object) -> None:
        if event.startswith("/jax/core/compile/"):
            now = time.perf_counter()
            self._spans.append((now - seconds, now))

    def since(self, moment: float) -> float:
        """Return seconds spent after a moment of `time.perf_counter`."""
        total, reached = 0.0, moment
        for begun, ended in sorted(self._spans):
            total += max(ended - max(begun, reached), 0.0)
            reached = max(reached, ended)
        return total


def versions(*names: str) -> dict[str, str]:
    """Return the versions of installed packages."""
    return {name: metadata.version(name) for name in names}


def run(fit: Callable[[Case, Ask], Fit]) -> None:
    """Be a runner: read the case and what is asked, fit, write."""
    case, ask, out = (Path(argument) for argument in sys.argv[1:4])
    fit(Case.load(case), Ask(**json.loads(ask.read_text(encoding="utf-8")))).save(out)
