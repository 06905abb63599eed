"""The mix model beside Google Meridian and PyMC-Marketing: same panels, same run, truth known; resumable.

    python benchmarks/mix.py [--systems A,B] [--sets A,B] [--seeds 1,2,3] [--priors default,share] [--starts cold,warm]
                             [--out FILE] [--data FOLDER] [--minutes 15] [--anew] [--quick]

Panels are made from seeds (`national`: 156 weeks, 8 channels; `geo`: 40 places of that) or read from the shared data (`bench-national`,
`bench-geo`, `small`; left out where the folder is absent). Every system runs in a process of its own, in an environment of its own
(`make peers`), on one panel at a time, and hands back its draws. One routine judges them all: bulk effective draws and R-hat over
everything sampled and over what each channel brought. Wall seconds are those of the whole process, from its start to the draws on
disk, imports and compilation included; CPU seconds and memory are those of all its processes together.

default priors: each system as it comes, for speed · share priors: every system is told the same log-normal priors on contribution
shares, for accuracy · cold: nothing compiled is kept from before · warm: a second run that finds what the first compiled.

Time to 400 effective draws is sampling seconds x 400 / the smallest bulk effective sample: past the limit, at which a run is also
stopped, it is "not reached" and counts as the limit. `--quick` takes a few draws of the others on one seed, to see that all of it runs. `load` in the file is how busy the machine was just
before a run: figures count where it was near none.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
PEERS = REPOSITORY / ".make" / "peers"
OUT = HERE / "mix.json"
QUICK_OUT = HERE / "out" / "mix-quick.json"
ENOUGH = 400  # effective draws; design, measurement section 1.4 (Vehtari and others 2021, doi 10.1214/20-BA1221)
LIMIT_MINUTES = 15.0  # design, measurement section 2.14: then a run is stopped
WATCH_SECONDS = 0.25  # own: how often memory is looked at; a run takes ten seconds or more
# A few draws of the others; ours is quick as it comes, and with fewer draws would only try again with more.
QUICK = {"warmup": 40, "draws": 20}
OURS = "leadline"
SHARED = {
    "bench-national": "mmm_bench/national.csv",
    "bench-geo": "mmm_bench/geo.csv",
    "small": "mmm_small/small.csv",
}
MADE = ("national", "geo")
Record = dict[str, Any]


@dataclass(frozen=True)
class System:
    """A program that fits a mix model: its script in `benchmarks/mix`, its interpreter, the sampler it is told to use."""

    script: str
    python: Path
    sampler: str = ""


SYSTEMS = {
    OURS: System("run_leadline.py", Path(sys.executable)),
    "meridian": System("run_meridian.py", PEERS / "meridian" / "bin" / "python"),
    "pymc-nutpie": System("run_pymc.py", PEERS / "pymc-marketing" / "bin" / "python", "nutpie"),
    "pymc-nuts": System("run_pymc.py", PEERS / "pymc-marketing" / "bin" / "python", "pymc"),
}


@dataclass(frozen=True)
class Job:
    """One run: a system on a panel. seed: of panel and sampler; a shared panel has its own, then it is the sampler's."""

    system: str
    panel: str
    seed: int
    priors: str
    start: str

    @property
    def key(self) -> str:
        """Return the name under which the figures are kept."""
        return " ".join((self.system, self.panel, str(self.seed), self.priors, self.start))

    @property
    def contest(self) -> tuple[str, int, str, str]:
        """Return what the same run of another system is compared by."""
        return self.panel, self.seed, self.priors, self.start


@dataclass(frozen=True)
class Used:
    """What a process took, all its children with it. stopped: it did not end before the limit · cpu: None = not counted."""

    wall: float
    cpu: float | None
    megabytes: float
    stopped: bool
    code: int


def main() -> None:
    """Run what is not there yet, print each figure as it comes, then the ratios."""
    options = _options()
    kept: dict[str, Record] = (
        {} if options.anew or not options.out.exists() else json.loads(options.out.read_text())["runs"]
    )
    jobs = list(_jobs(options))
    _check_environments({job.system for job in jobs})
    with tempfile.TemporaryDirectory() as temporary:
        for job in jobs:
            if job.key not in kept:
                cold = kept.get(replace(job, start="cold").key, {"stopped": False})
                # What was stopped once compiled its programs long before: finding them would not bring it to its end.
                kept[job.key] = cold if cold["stopped"] else _run(job, options, Path(temporary))
                _keep(options.out, kept)
            print(line(job.key, kept[job.key], limit=options.minutes * 60), flush=True)
    print()
    contests = [job.contest for job in jobs]
    for said in (*ratios(contests, kept, limit=options.minutes * 60), *held(contests, kept)):
        print(said)
    if options.quick:
        print("Quick: everything ran; with so few draws of the others the figures compare nothing.")


def _options() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--systems", default=",".join(SYSTEMS))
    asked.add_argument("--sets", default=",".join((*MADE, *SHARED)))
    asked.add_argument("--seeds", default="1,2,3")
    asked.add_argument("--priors", default="default,share")
    asked.add_argument("--starts", default="cold,warm")
    asked.add_argument("--out", type=Path, default=None)
    asked.add_argument("--data", type=Path, default=_shared_data())
    asked.add_argument("--minutes", type=float, default=LIMIT_MINUTES)
    asked.add_argument("--anew", action="store_true")
    asked.add_argument("--quick", action="store_true")
    options = asked.parse_args()
    for name, known in (
        ("systems", [*SYSTEMS]),
        ("sets", [*MADE, *SHARED]),
        ("priors", ["default", "share"]),
        ("starts", ["cold", "warm"]),
    ):
        given = getattr(options, name).split(",")
        if strange := [one for one in given if one not in known]:
            asked.error(f"--{name}: {', '.join(strange)} is not known. Known: {', '.join(known)}.")
        setattr(options, name, given)
    options.seeds = [int(one) for one in options.seeds.split(",")]
    options.out = options.out or (QUICK_OUT if options.quick else OUT)
    return options


def _shared_data() -> Path:
    """Return the folder of shared data, by the rule by which the tests find it."""
    named = os.environ.get("LEADLINE_SHARED")
    return (Path(named) if named else REPOSITORY.parent / "shared") / "data"


def _jobs(options: argparse.Namespace) -> Iterator[Job]:
    """Give the runs in order: systems take turns on a panel; warm runs right after the cold one, for default priors alone."""
    for panel in options.sets:
        if panel in SHARED and not (options.data / SHARED[panel]).exists():
            print(f"{panel}: left out, there is no {options.data / SHARED[panel]}; name the folder: --data")
            continue
        for seed in options.seeds[:1] if panel in SHARED or options.quick else options.seeds:
            for priors in options.priors:
                for system in options.systems:
                    for start in options.starts:
                        if start == "cold" or priors == "default":
                            yield Job(system, panel, seed, priors, start)


def _check_environments(systems: set[str]) -> None:
    absent = sorted(name for name in systems if not SYSTEMS[name].python.exists())
    if absent:
        raise SystemExit(f"{', '.join(absent)}: not installed here. Run `make peers`, or leave them out: --systems.")


def _run(job: Job, options: argparse.Namespace, folder: Path) -> Record:
    """Run one job and return its figures."""
    case = _case(job, options.data, folder)
    system = SYSTEMS[job.system]
    cache = folder / "compiled" / "-".join((job.system, job.panel, str(job.seed), job.priors))
    if job.start == "warm" and not cache.exists():
        _fit(job, options, case, cache=cache, out=folder / "before.npz")
    out = folder / "fit.npz"
    out.unlink(missing_ok=True)
    load = os.getloadavg()[0]
    used, said = _fit(job, options, case, cache=cache, out=out)
    record: Record = {
        "load": round(load, 1),
        "wall": round(used.wall, 2),
        "cpu": None if used.cpu is None else round(used.cpu, 2),
        "megabytes": round(used.megabytes),
        "stopped": used.stopped,
    }
    if used.stopped:
        return record
    if used.code or not out.exists():
        raise SystemExit(f"{job.key}: ended with {used.code}.\n{said[-2000:]}")
    score = [sys.executable, str(HERE / "mix" / "score.py"), str(case), str(out)]
    judged = json.loads(subprocess.run(score, check=True, capture_output=True, text=True).stdout)
    return {**record, "python": _version(system.python), **judged}


def _fit(job: Job, options: argparse.Namespace, case: Path, *, cache: Path, out: Path) -> tuple[Used, str]:
    """Run a system on a case; its output goes to a file, for a full pipe would hold it up."""
    system = SYSTEMS[job.system]
    cache.mkdir(parents=True, exist_ok=True)
    ask = {
        "seed": job.seed,
        "priors": job.priors,
        "sampler": system.sampler,
        "cores": os.cpu_count() or 1,
        "cache": str(cache),
    }
    asked = out.with_suffix(".json")
    asked.write_text(json.dumps(ask | (QUICK if options.quick and job.system != OURS else {})))
    command = [str(system.python), str(HERE / "mix" / system.script), str(case), str(asked), str(out)]
    # What each system uses to keep compiled programs: PyTensor, Numba, and JAX, which keeps none unless it is told where.
    kept = {
        "PYTENSOR_FLAGS": f"base_compiledir={cache}",
        "NUMBA_CACHE_DIR": str(cache),
        "JAX_COMPILATION_CACHE_DIR": str(cache),
    }
    told = out.with_suffix(".txt")
    used = timed(command, env={**os.environ, **kept}, told=told, limit=options.minutes * 60)
    return used, told.read_text(errors="replace")


def _case(job: Job, data: Path, folder: Path) -> Path:
    """Return the file of a panel, made once, in a process of its own: this one stays small, for its children count it."""
    file = folder / f"{job.panel}-{job.seed}.npz"
    if not file.exists():
        what = job.panel if job.panel in MADE else str(data / SHARED[job.panel])
        subprocess.run([sys.executable, str(HERE / "mix" / "panels.py"), what, str(job.seed), str(file)], check=True)
    return file


def timed(command: Sequence[str], *, env: Mapping[str, str], told: Path, limit: float) -> Used:
    """Run a process to its end or to the limit, in seconds, and return what it and its children took."""
    with told.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=dict(env), start_new_session=True
        )
        most, stopped = 0.0, False
        while True:
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            seconds = time.perf_counter() - started
            if ended:
                break
            if seconds > limit and not stopped:
                stopped = True
                os.killpg(process.pid, signal.SIGKILL)
            most = max(most, _session_megabytes(process.pid))
            time.sleep(WATCH_SECONDS)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1e6 if sys.platform == "darwin" else 1e3  # ru_maxrss: bytes on macOS, kilobytes elsewhere
    cpu = None if stopped else used.ru_utime + used.ru_stime  # children that were killed too are not in it
    return Used(min(seconds, limit) if stopped else seconds, cpu, max(most, used.ru_maxrss / unit), stopped, process.returncode)  # fmt: skip


def _session_megabytes(session: int) -> float:
    """Return the memory of all processes of a session, shared pages counted once; 0 where the system does not tell."""
    total = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(after_name[3]) == session:
                rows = (entry / "smaps_rollup").read_text().splitlines()
                total += sum(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
        except (OSError, ValueError, IndexError):  # it ended while being looked at, or belongs to another user
            continue
    return total / 1e3


def _version(python: Path) -> str:
    asked = [str(python), "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def _keep(file: Path, runs: Mapping[str, Record]) -> None:
    """Write all figures, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps({"machine": f"{os.cpu_count()} cores", "runs": dict(runs)}, indent=1) + "\n")
    part.replace(file)


def seconds_to_enough(record: Mapping[str, Any], limit: float) -> float | None:
    """Return sampling seconds to 400 effective draws of the slowest quantity, None where the limit comes first."""
    if record["stopped"] or not record["min_ess_bulk"]:
        return None
    seconds: float = record["sampling_seconds"] * ENOUGH / record["min_ess_bulk"]
    return seconds if seconds <= limit else None


def line(key: str, record: Mapping[str, Any], *, limit: float) -> str:
    """Return the figures of one run in a line."""
    if record["stopped"]:
        return f"{key:<44} stopped at {record['wall']:.0f} s · {record['megabytes']:,.0f} MB"
    least, worst = record["min_ess_bulk"], record["max_rhat"]
    judged = (
        f"{'none' if least is None else f'{least:,.0f}'} effective, R-hat {'none' if worst is None else f'{worst:.3f}'}"
    )
    enough = seconds_to_enough(record, limit)
    return (
        f"{key:<44} {record['wall']:6.1f} s (CPU {record['cpu']:.0f}) · sampling {record['sampling_seconds']:6.1f} s · {judged}, "
        f"{record['divergences']} divergent · to {ENOUGH}: {'not reached' if enough is None else f'{enough:.1f} s'} · "
        f"{record['megabytes']:,.0f} MB · return off {record['roi_error']:.0%}, contributions {record['contribution_error']:.0%}, "
        f"{record['inside90']} of {len(record['channels'])} inside"
    )


def ratios(contests: Sequence[tuple[str, int, str, str]], runs: Mapping[str, Record], *, limit: float) -> Iterator[str]:
    """Give for each contest, and for each kind of them over its seeds, the best other system's figure over Leadline's."""
    grouped: dict[tuple[str, str, str], dict[str, list[float]]] = {}
    for contest in dict.fromkeys(contests):
        panel, seed, priors, start = contest
        found = {name: runs.get(Job(name, *contest).key) for name in SYSTEMS}
        ran = {name: record for name, record in found.items() if record is not None}
        if OURS not in ran or len(ran) == 1 or ran[OURS]["stopped"]:
            continue
        said = []
        for name, measured in _measured(ran, limit=limit).items():
            ours = measured.pop(OURS)
            best = min(measured, key=lambda one: measured[one])
            ratio = measured[best] / ours if ours else float("inf")
            said.append(f"{name} {ratio:.1f} ({best})")
            grouped.setdefault((panel, priors, start), {}).setdefault(name, []).append(ratio)
        yield f"{panel} {seed}, {priors} priors, {start}: best other / Leadline: {', '.join(said)}"
    for (panel, priors, start), by_name in grouped.items():
        parts = [
            f"{name} {statistics.median(many):.1f} ({min(many):.1f} to {max(many):.1f})"
            for name, many in by_name.items()
        ]
        count = max(len(many) for many in by_name.values())
        yield f"{panel}, {priors} priors, {start}, median of {count}: {', '.join(parts)}"


def held(contests: Sequence[tuple[str, int, str, str]], runs: Mapping[str, Record]) -> Iterator[str]:
    """Give for each kind of cold contest how many true returns each system's 90 % intervals held, over all its seeds."""
    kinds = dict.fromkeys((panel, priors) for panel, _, priors, start in contests if start == "cold")
    for panel, priors in kinds:
        seeds = dict.fromkeys(seed for one, seed, other, _ in contests if (one, other) == (panel, priors))
        parts = []
        for name in SYSTEMS:
            found = [runs.get(Job(name, panel, seed, priors, "cold").key) for seed in seeds]
            ended = [record for record in found if record is not None and not record["stopped"]]
            if ended:
                inside, count = (sum(many) for many in zip(*((one["inside90"], len(one["channels"])) for one in ended), strict=True))  # fmt: skip
                parts.append(f"{name} {inside} of {count}")
        if parts:
            yield f"{panel}, {priors} priors: true returns inside the 90 % interval: {', '.join(parts)}"


def _measured(ran: Mapping[str, Record], *, limit: float) -> dict[str, dict[str, float]]:
    """Return by figure what each system has; errors only of those that ended."""
    ended = {name: record for name, record in ran.items() if not record["stopped"]}
    found = {
        "whole process": {name: record["wall"] for name, record in ran.items()},
        f"sampling to {ENOUGH} effective draws": {name: seconds_to_enough(record, limit) or limit for name, record in ran.items()},
        "memory": {name: record["megabytes"] for name, record in ran.items()},
        "error of returns": {name: record["roi_error"] for name, record in ended.items()},
        "error of contributions": {name: record["contribution_error"] for name, record in ended.items()},
    }  # fmt: skip
    return {name: measured for name, measured in found.items() if len(measured) > 1}


if __name__ == "__main__":
    main()
