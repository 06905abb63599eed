"""How long the careful reader takes for an ad account's export, against reading the same CSV with the engine alone.

    python benchmarks/import_speed.py [--rows N] [--profile]

Prints CPU and wall seconds, rows a second, peak memory and the ratio to `SELECT count(*), sum(cost)` of plain DuckDB over
the same file. The bar: a million rows of Google Ads in under 30 s and 500 MB, alone on two cores.
"""

from __future__ import annotations

import argparse
import cProfile
import datetime as dt
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BAR_SECONDS, BAR_MEGABYTES = 30.0, 500.0  # design, evidence section 7
CAMPAIGNS = 1_000
HEADER = "Day,Campaign status,Campaign,Campaign ID,Currency code,Cost,Impr.,Clicks,Conversions,Conv. value"
START = dt.date(2024, 1, 1)


def write(path: Path, rows: int) -> None:
    """Write a campaign report: every campaign on every day, with money, counts and a name in quotes."""
    with path.open("w", encoding="utf-8") as file:
        file.write(f"Campaign report\nJanuary 1, 2024 - December 31, 2026\n{HEADER}\n")
        for number in range(rows):
            day, campaign = divmod(number, CAMPAIGNS)
            name = f'"Search, brand {campaign}"' if campaign % 10 == 0 else f"Search {campaign}"
            cents, seen = (number * 7919) % 250_000, (number * 104_729) % 5_000
            file.write(
                f"{START + dt.timedelta(days=day)},Enabled,{name},{31_000_000_000 + campaign},EUR,{cents / 100:.2f},{seen},"
                f"{seen // 17},{seen // 90}.00,{cents / 40:.2f}\n"
            )


def take(path: Path) -> None:
    """Import a file into a new workspace."""
    from leadline.evidence.import_jobs import Setup
    from leadline.evidence.imports import import_files
    from leadline.evidence.plan_facts import PlanFacts
    from leadline.evidence.privacy import Key
    from leadline.workspace import Workspace

    with tempfile.TemporaryDirectory() as folder:
        (report,) = import_files(
            Workspace(Path(folder)),
            [path],
            facts=PlanFacts(),
            setup=Setup(Key(bytes(32))),
            clock=lambda: dt.datetime.now(dt.UTC),
        )
    print(f"{report.status}: {report.records}")


def plain(path: Path) -> tuple[float, float]:
    """Return CPU and wall seconds of the engine reading the file alone, in a process of its own."""
    code = (
        "import duckdb, sys; print(duckdb.sql(f\"SELECT count(*), sum(Cost) FROM read_csv('{sys.argv[1]}', skip = 2, header = true)\")"
        ".fetchall())"
    )
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - started


def main() -> int:
    """Print the figures; return 1 where a bar is missed."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--profile", action="store_true")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "google-ads.csv"
        write(path, options.rows)
        profile = cProfile.Profile() if options.profile else None
        started, cpu = time.perf_counter(), time.process_time()
        profile.runcall(take, path) if profile else take(path)
        wall, cpu = time.perf_counter() - started, time.process_time() - cpu
        if profile:
            pstats.Stats(profile).sort_stats("tottime").print_stats(30)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
        engine_cpu, engine_wall = plain(path)
    print(
        f"{options.rows:,} rows: {cpu:.1f} s CPU, {wall:.1f} s wall, {options.rows / cpu:,.0f} rows/s of CPU, {peak:.0f} MB peak"
    )
    print(f"plain DuckDB: {engine_cpu:.2f} s CPU, {engine_wall:.2f} s wall; ratio {cpu / engine_cpu:.0f} of CPU")
    scale = options.rows / 1_000_000
    return int(cpu > BAR_SECONDS * scale or peak > BAR_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())
