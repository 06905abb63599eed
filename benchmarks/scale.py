"""How the cost of importing touches and of cutting paths grows from one to a hundred million rows; resumable.

    python benchmarks/scale.py [--sizes 1,3,10,30,100] [--folder DIR] [--out benchmarks/scale.json] [--anew]

For each size, in millions: touches are made (benchmarks/touches.py), imported, imported again under another name,
`path_counts` is asked, and `leadline evidence` twice: first, and when its facts are kept. Each step is a process of its own,
measured by the system: wall and CPU seconds, peak memory. Beside it stands what plain DuckDB takes for the least that could
do the same, in the same run, and the ratio. A size that stands whole in the file is not run again, and touches that were made
are made once. The file also gets the slopes of log cost on log rows, and a picture lies beside it.

The cost that is held to the bar is CPU seconds: another program on the machine makes everything wait, and would be counted as
ours in wall seconds. Those stand beside it, for a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
MILLION = 1_000_000
STEPS = ("import", "again", "path_counts", "evidence", "evidence again")
GROWING = (
    "import",
    "again",
    "path_counts",
)  # steps whose cost the rows decide, and of which plain DuckDB can do something like it
PLAN = "plan: {id: shop, title: A web shop that does not exist, currency: EUR, timezone: UTC}\n"
SLOPE_BAR = 1.1  # design, evidence section 7: slope of log cost on log rows from 10⁶ to 10⁸
AS_OF = dt.datetime(2026, 11, 1)  # noqa: DTZ001 - UTC without zone, as the warehouse keeps it


def take(folder: Path, file: str) -> None:
    """Import a file into the workspace of a folder."""
    from leadline.evidence.import_jobs import Setup
    from leadline.evidence.imports import import_files
    from leadline.evidence.plan_facts import PlanFacts
    from leadline.evidence.privacy import Key
    from leadline.workspace import Workspace

    (report,) = import_files(
        Workspace(folder / "company"), [folder / file], facts=PlanFacts(tactic_ids=("google",)), setup=Setup(Key(bytes(32))),
        clock=lambda: dt.datetime.now(dt.UTC),
    )  # fmt: skip
    if report.status != "done":
        raise SystemExit(f"{file}: {report.status} {report.message}")
    print(json.dumps({"touches": report.tables["touches"], "rejected": report.records.rejected}))


def ask(folder: Path) -> None:
    """Ask for path_counts of orders."""
    from leadline.evidence.frames import Journeys
    from leadline.evidence.store import open_store
    from leadline.workspace import Workspace

    params = {"as_of": AS_OF, "last_day": AS_OF.date(), "zone": "UTC", "currency": "EUR"}
    found = open_store(Workspace(folder / "company")).ask("path_counts", **Journeys("touches:order").params, **params)
    print(json.dumps({"paths": found.num_rows}))


def look(folder: Path) -> None:
    """Run `leadline evidence` in a workspace."""
    ran = subprocess.run(
        [sys.executable, "-m", "leadline", "evidence", "--json"],
        cwd=folder / "company",
        capture_output=True,
        check=True,
    )
    print(json.dumps({"facts": len(json.loads(ran.stdout)["facts"])}))


def plain(folder: Path, what: str) -> None:
    """Do the least that could be called the same with the engine alone: no rules, no pseudonyms, no rejects."""
    import duckdb

    connection = duckdb.connect(str(folder / "plain.duckdb"))
    spill = folder / "spill"
    connection.execute(
        f"SET memory_limit = '4GB'; SET temp_directory = '{spill}'; SET preserve_insertion_order = false"
    )
    file = f"read_parquet('{folder / 'web.parquet'}')"
    if what == "import":
        connection.execute(
            f"CREATE TEMP TABLE twice AS SELECT event_id FROM {file} GROUP BY event_id HAVING count(*) > 1"
        )
        connection.execute(
            f"CREATE OR REPLACE TABLE touches AS SELECT *, md5(event_id) AS short FROM {file} ANTI JOIN twice USING (event_id)"
        )
    elif what == "again":
        connection.execute(f"SELECT count(*) FROM {file} ANTI JOIN touches USING (event_id)").fetchall()
    else:
        connection.execute(
            """CREATE TEMP TABLE counted AS
            WITH visits AS (SELECT split_part(cookie, '.', 1) AS person, session, min(happened_at) AS moment,
                              first(utm_source ORDER BY happened_at) AS channel FROM touches GROUP BY ALL),
              journeys AS (SELECT person, list(coalesce(channel, 'direct') ORDER BY moment) AS path FROM visits GROUP BY person)
            SELECT array_to_string(path, ' > ') AS path, count(*) AS times FROM journeys GROUP BY ALL"""
        )
    connection.close()
    print("{}")


def measured(command: Sequence[str]) -> dict[str, float]:
    """Run a process to its end; seconds, CPU seconds and megabytes as the system counted them, and what it said of itself."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=output)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}.")
        output.seek(0)
        said = json.loads(output.read().decode().splitlines()[-1])
    unit = 1e6 if sys.platform == "darwin" else 1e3  # ru_maxrss: bytes on macOS, kilobytes elsewhere
    return {
        "seconds": round(seconds, 1), "cpu": round(used.ru_utime + used.ru_stime, 1), "megabytes": round(used.ru_maxrss / unit), **said,
    }  # fmt: skip


def run(sizes: Sequence[float], folder: Path, out: Path, *, anew: bool = False) -> dict[str, object]:
    """Run what is not in the file yet; write the file after each step; return it."""
    found: dict[str, dict[str, dict[str, float]]] = (
        {} if anew or not out.exists() else json.loads(out.read_text())["sizes"]
    )
    for size in sizes:
        done = found.setdefault(f"{size:g}", {})
        if set(STEPS) <= done.keys():
            continue
        place = folder / f"{size:g}"
        done.clear()  # a step needs those before it
        me = [sys.executable, str(Path(__file__).resolve()), "--step"]
        _make(place, round(size * MILLION))
        for step in STEPS:
            mine = measured([*me, step, "--folder", str(place)])
            if step in GROWING:
                peer = measured([*me, f"plain {step}", "--folder", str(place)])
                mine |= {
                    "plain_seconds": peer["seconds"],
                    "plain_cpu": peer["cpu"],
                    "ratio": round(mine["cpu"] / max(0.01, peer["cpu"]), 1),
                }
            done[step] = {**mine, "rows_per_second": round(size * MILLION / mine["seconds"])}
            print(f"{size:g} M {step}: {done[step]}", flush=True)
            _write(out, found)
        shutil.rmtree(place)
    return _write(out, found)


def _make(place: Path, touches: int) -> None:
    """Make the touches where they are not there yet, and an empty workspace for them."""
    for left in ("company", "spill"):
        shutil.rmtree(place / left, ignore_errors=True)
    for left in ("plain.duckdb", "plain.duckdb.wal"):
        (place / left).unlink(missing_ok=True)
    if not (place / "web2.parquet").exists():
        part = place.with_name(f"{place.name}.part")
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([sys.executable, str(HERE / "touches.py"), str(touches), str(part)], check=True)
        _twice(part)
        part.rename(place)  # the name says that all of it is there
    company = place / "company"
    (company / "mappings").mkdir(parents=True)
    shutil.copy(place / "mapping.yaml", company / "mappings" / "web.mapping.yaml")
    (company / "leadline.toml").write_text("", encoding="utf-8")
    (company / "plan.yaml").write_text(PLAN, encoding="utf-8")


def _twice(place: Path) -> None:
    """Write a second file with the same rows in other bytes."""
    from pyarrow import parquet

    source = parquet.ParquetFile(place / "web.parquet")
    with parquet.ParquetWriter(place / "web2.parquet", source.schema_arrow, compression="zstd") as target:
        for batch in source.iter_batches(500_000):
            target.write_batch(batch)
    (place / "web.mapping.yaml").rename(
        place / "mapping.yaml"
    )  # both files go by the workspace's, whatever they are called


def _write(out: Path, found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, object]:
    slopes, walls = (
        {step: slope([(float(size), one[step][of]) for size, one in found.items() if step in one]) for step in GROWING}
        for of in ("cpu", "seconds")
    )
    said = {"machine": f"{os.cpu_count()} cores", "sizes": found, "slope_of_cpu": slopes, "slope_of_seconds": walls}
    out.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    out.with_suffix(".svg").write_text(picture(found), encoding="utf-8")
    return said


def slope(points: Sequence[tuple[float, float]]) -> float | None:
    """Return the slope of log cost on log rows by least squares, None for fewer than two sizes."""
    if len(points) < 2:
        return None
    x, y = ([math.log(point[at]) for point in points] for at in (0, 1))
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return round(
        sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / sum((a - mean_x) ** 2 for a in x), 2
    )


def picture(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Return CPU seconds over millions of rows, both on logarithmic axes, as SVG."""
    colours = {"import": "#1b4965", "again": "#5fa8d3", "path_counts": "#bc4b51"}

    def across(size: float) -> float:
        return 70 + 420 * math.log10(size) / 2

    def up(seconds: float) -> float:
        return 330 - 290 * (math.log10(max(1, seconds))) / 4

    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 380" font-family="sans-serif" font-size="13">']
    parts += [
        "<title>CPU seconds over millions of touches, logarithmic on both axes</title>",
        '<rect width="640" height="380" fill="#fff"/>',
    ]
    for size in (1, 3, 10, 30, 100):
        parts.append(f'<text x="{across(size):.0f}" y="352" text-anchor="middle">{size} M</text>')
    for seconds in (1, 10, 100, 1000, 10_000):
        parts.append(
            f'<path d="M70 {up(seconds):.0f}H490" stroke="#ddd"/><text x="62" y="{up(seconds) + 4:.0f}" text-anchor="end">{seconds} s</text>'
        )
    for step, colour in colours.items():
        points = [(across(float(size)), up(one[step]["cpu"])) for size, one in found.items() if step in one]
        if points:
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points]
            parts.append(
                f'<text x="{points[-1][0] + 8:.0f}" y="{points[-1][1] + 4:.0f}" fill="{colour}">{step.replace("_", " ")}</text>'
            )
    return "\n".join([*parts, "</svg>", ""])


def main() -> int:
    """Run a step, or the series; return 1 where a slope is over the bar."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--sizes", default="1,3,10,30,100", help="millions of touches")
    asked.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "leadline-scale")
    asked.add_argument("--out", type=Path, default=HERE / "scale.json")
    asked.add_argument("--anew", action="store_true")
    asked.add_argument("--step", default="")
    options = asked.parse_args()
    if options.step:
        steps: dict[str, Callable[[], None]] = {
            "import": lambda: take(options.folder, "web.parquet"), "again": lambda: take(options.folder, "web2.parquet"),
            "path_counts": lambda: ask(options.folder), "evidence": lambda: look(options.folder),
            "evidence again": lambda: look(options.folder),
        }  # fmt: skip
        if options.step.startswith("import "):  # of a file by its name
            take(options.folder, options.step.removeprefix("import "))
            return 0
        steps.get(options.step, lambda: plain(options.folder, options.step.removeprefix("plain ")))()
        return 0
    said = run([float(size) for size in options.sizes.split(",")], options.folder, options.out, anew=options.anew)
    slopes = said["slope_of_cpu"]
    print(json.dumps(slopes))
    return int(any((one or 0) > SLOPE_BAR for one in slopes.values())) if isinstance(slopes, dict) else 1


if __name__ == "__main__":
    sys.exit(main())
