"""Credit on a million raw journeys: Leadline beside ChannelAttribution, on the same file, in the same run.

    python benchmarks/paths.py [--journeys N] [--pairs N] [--folder DIR] [--peer-python PYTHON]

Each program runs as a process of its own that reads the CSV, fits and prints its credits; what is compared is the
whole process, imports included: wall time and peak memory as the system reports them. Runs alternate (ours, peer,
ours, peer, ...), and the ratio of each pair is taken, so that a busy machine disturbs both. Printed: the median
ratio and its range, and how far the credits of the peer, which simulates, lie from the exact ones.

The peer lives in an environment of its own (`.venv-bench`), made here if it is not there.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PEER_ENVIRONMENT = REPOSITORY / ".venv-bench"
CHANNELS = ("search", "social", "display", "email", "direct", "affiliate", "video", "referral", "organic", "podcast", "print", "event")  # fmt: skip
MEAN_LENGTH = 5
REPEATED = 0.3  # share of touches that repeat the channel before them
CONVERTING = 0.2  # share of journeys that convert
COLUMNS = ("path", "conversions", "value", "nulls")
RULES = ("first", "last", "linear")


@dataclass(frozen=True)
class Run:
    """One process: wall seconds, peak memory in MB, and the conversions it credits by channel."""

    seconds: float
    megabytes: float
    credits: dict[str, float]


@dataclass(frozen=True)
class Contest:
    """What is compared: the arguments of `work` for us and for the peer, and where the claim stands."""

    name: str
    ours: str
    peer: str


CONTESTS = (
    Contest("Markov order 1, estimates only", "markov", "markov"),
    Contest("Markov order 1 and three rules, estimates only", "markov+rules", "markov+rules"),
    Contest("Markov order 1, ours with 400 replicates for its intervals, the peer with none", "intervals", "markov"),
)


def main() -> None:
    """Make the journeys, run the contests, print the ratios."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--journeys", type=int, default=1_000_000)
    asked.add_argument("--pairs", type=int, default=5)
    asked.add_argument("--folder", type=Path, default=None)
    asked.add_argument("--peer-python", type=Path, default=None)
    options = asked.parse_args()
    peer = options.peer_python or peer_python()
    with tempfile.TemporaryDirectory() as temporary:
        file = (options.folder or Path(temporary)) / f"journeys-{options.journeys}.csv"
        if not file.exists():
            # In a process of its own: a child's peak memory counts what its parent held when it was started.
            subprocess.run([sys.executable, __file__, "write", str(file), str(options.journeys)], check=True)
        print(f"{options.journeys:,} raw journeys, {len(CHANNELS)} channels, {file.stat().st_size / 1e6:.0f} MB of CSV")
        for contest in CONTESTS:
            report(contest, compete(contest, file, peer, options.pairs))


def write_journeys(file: Path, count: int, seed: int = 7) -> None:
    """Write one journey a row; lengths are geometric, channels of unequal weight, a touch often repeats the last."""
    import numpy as np

    random = np.random.default_rng(seed)
    lengths = random.geometric(1 / MEAN_LENGTH, count)
    ends = np.cumsum(lengths)
    weights = 1 / np.arange(1, len(CHANNELS) + 1)
    steps = random.choice(len(CHANNELS), size=ends[-1], p=weights / weights.sum())
    drawn = random.random(ends[-1]) >= REPEATED
    drawn[np.concatenate([[0], ends[:-1]])] = True
    steps = steps[np.maximum.accumulate(np.where(drawn, np.arange(ends[-1]), 0))]
    converts = random.random(count) < CONVERTING
    value = np.where(converts, np.round(random.lognormal(4, 1, count), 2), 0.0)
    names = np.array(CHANNELS)[steps].tolist()
    with file.open("w", encoding="utf-8") as target:
        target.write(",".join(COLUMNS) + "\n")
        for end, length, won, money in zip(
            ends.tolist(), lengths.tolist(), converts.tolist(), value.tolist(), strict=True
        ):
            target.write(f"{' > '.join(names[end - length : end])},{int(won)},{money},{int(not won)}\n")


def peer_python() -> Path:
    """Return the interpreter of the peer's environment, made on first use."""
    python = PEER_ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER_ENVIRONMENT)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "ChannelAttribution", "pandas", "matplotlib"]
        subprocess.run(install, check=True)
    return python


def compete(contest: Contest, file: Path, peer: Path, pairs: int) -> list[tuple[Run, Run]]:
    """Return pairs of runs, ours and the peer's, one after the other."""
    ours = [sys.executable, __file__, "work", "ours", contest.ours, str(file)]
    theirs = [str(peer), __file__, "work", "peer", contest.peer, str(file)]
    timed(ours)  # once unmeasured, so that neither pays for a cold file
    return [(timed(ours), timed(theirs)) for _ in range(pairs)]


def timed(command: Sequence[str]) -> Run:
    """Run a process to its end; time and memory are those the system counted for it."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}.")
        output.seek(0)
        credited = json.loads(output.read().decode().splitlines()[-1])
    unit = 1e6 if sys.platform == "darwin" else 1e3  # ru_maxrss: bytes on macOS, kilobytes elsewhere
    return Run(seconds, used.ru_maxrss / unit, credited)


def report(contest: Contest, runs: list[tuple[Run, Run]]) -> None:
    """Print the ratios of one contest, ours over the peer's: below 1 is less."""
    print(f"\n{contest.name} ({len(runs)} pairs, ours / peer)")
    for what in ("seconds", "megabytes"):
        ratios = [getattr(ours, what) / getattr(peer, what) for ours, peer in runs]
        middle = [statistics.median(getattr(run[side], what) for run in runs) for side in (0, 1)]
        label = "wall time" if what == "seconds" else "peak memory"
        unit = "s" if what == "seconds" else "MB"
        print(
            f"  {label}: median ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            f"; medians {middle[0]:.3g} and {middle[1]:.3g} {unit}"
        )
    ours, peer = runs[0][0].credits, runs[0][1].credits
    apart = {name: peer[name] / ours[name] - 1 for name in ours}
    furthest = max(apart, key=lambda name: abs(apart[name]))
    print(
        f"  Markov credits differ by at most {abs(apart[furthest]):.1%} ({furthest}); ours are exact, the peer simulates"
    )


def work(program: str, what: str, file: Path) -> None:
    """Be one of the two processes: read, fit, print the Markov conversions by channel."""
    credited = (ours if program == "ours" else peer)(what, file)
    print(json.dumps(credited))


def ours(what: str, file: Path) -> dict[str, float]:
    """Run Leadline as `leadline attribute` does."""
    from leadline.evidence.path_files import read_paths
    from leadline.measure.paths import PathOptions, credit_paths

    journeys = read_paths(file).journeys
    options = PathOptions(bootstrap=400 if what == "intervals" else 0)
    for rule in RULES if what == "markov+rules" else ():
        credit_paths(journeys, rule, options=options)
    result = credit_paths(journeys, "markov", options=options)
    return dict(zip(result.channels, result.conversions.tolist(), strict=True))


def peer(what: str, file: Path) -> dict[str, float]:
    """Run ChannelAttribution as its documentation does, quiet, with its defaults."""
    import pandas as pd
    from ChannelAttribution import heuristic_models, markov_model

    table = pd.read_csv(file)
    if what == "markov+rules":
        heuristic_models(table, "path", "conversions", var_value="value", flg_pro=False)
    result = markov_model(
        table, "path", "conversions", var_value="value", var_null="nulls", order=1, verbose=False, flg_pro=False
    )
    return dict(zip(result["channel_name"], result["total_conversions"].astype(float), strict=True))


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(sys.argv[2], sys.argv[3], Path(sys.argv[4]))
    elif sys.argv[1:2] == ["write"]:
        write_journeys(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
