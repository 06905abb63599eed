"""How fast worlds are made: a year of Halden Pumps with all exports, and a crowd of visitors streamed to disk.

    python benchmarks/worlds.py [--scale N] [--visits PER_DAY] [--folder DIR]

Printed: CPU seconds and peak memory of each part, each in a process of its own, beside the bar of the design (a year
of Halden, all exports: 10 s on one core, 1 GB; ten million touches: 3 minutes), and how long ten million touches take
at the rate measured. With `--scale 40 --visits 220` they are written in full (about 12 GB).
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

YEAR_SECONDS, YEAR_MEGABYTES, TOUCHES, TOUCHES_SECONDS = 10, 1_000, 10_000_000, 180  # evidence.md 8.5


def year(folder: Path, scale: float, visits: float) -> int:
    """Make Halden as it ships; return the records written."""
    from leadline.worlds import live
    from leadline.worlds.making import write_up

    del scale, visits
    files, _ = write_up(live("halden"))
    for file in files:
        (folder / file.name).write_bytes(file.data)
    return sum(int(file.counts.get("records", 0)) for file in files)


def crowd(folder: Path, scale: float, visits: float) -> int:
    """Stream the visitors of a large Halden; return the touches written (a session's start is none)."""
    from leadline.plan.source import read_plan
    from leadline.worlds import read_world, simulate, world_folder
    from leadline.worlds.writers.ga4_crowd import write_crowd

    home = world_folder("halden")
    world = read_world(home / "world.yaml")
    span = world.world.model_copy(update={"scale": scale})
    company = simulate(world.changed({"world": span, "visits": visits}), read_plan(home / "plan.yaml"), seed=1)
    written = write_crowd(company, folder)
    return sum(int(file.counts["records"]) - int(file.counts["event_ignored"]) for file in written)


def measured(
    work: Callable[[Path, float, float], int], folder: Path, scale: float, visits: float
) -> tuple[int, float, float]:
    """Return what a part wrote, its CPU seconds and its peak memory in MB, from a process of its own."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_timed, args=(work, folder, scale, visits, sender))
    process.start()
    found: tuple[int, float, float] = receiver.recv()
    process.join()
    return found


def _timed(
    work: Callable[[Path, float, float], int], folder: Path, scale: float, visits: float, sender: object
) -> None:
    started = time.process_time()
    count = work(folder, scale, visits)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sender.send((count, time.process_time() - started, peak))  # type: ignore[attr-defined]  # a Connection


def main() -> None:
    """Measure both parts and print them."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--scale", type=float, default=2.0, help="times as many visitors")
    asked.add_argument("--visits", type=float, default=220.0, help="journeys a day before scaling")
    asked.add_argument("--folder", type=Path, help="where to write; default a folder that is removed")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as spare:
        folder = given.folder or Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        records, seconds, memory = measured(year, folder, given.scale, given.visits)
        print(
            f"a year of Halden: {records:,} records, {seconds:.1f} s CPU of {YEAR_SECONDS}, {memory:,.0f} MB of {YEAR_MEGABYTES:,}"
        )
        touches, seconds, memory = measured(crowd, folder, given.scale, given.visits)
        rate = touches / seconds
        print(
            f"a crowd at scale {given.scale:g}: {touches:,} touches, {seconds:.1f} s CPU, {memory:,.0f} MB, {rate:,.0f} a second"
        )
        print(f"ten million touches at that rate: {TOUCHES / rate:.0f} s of {TOUCHES_SECONDS}")


if __name__ == "__main__":
    main()
