"""Imports one large CSV of touches and holds its peak of memory against the bar: 10 GB in under 2 GB.

    python benchmarks/large_file.py [--gigabytes 10] [--folder DIR] [--kind csv|jsonl|parquet]

Makes the file (some 150 bytes a touch), imports it in a process of its own, prints seconds, CPU seconds and peak megabytes as
the system counted them, and deletes everything again. Needs three times the file of free disk.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from scale import PLAN, measured
from touches import write

BAR_MEGABYTES = 2000  # design, evidence section 2.4: a file of 10 GB in under 2 GB of memory
BYTES_A_TOUCH = {"csv": 108, "jsonl": 330, "parquet": 20}  # own, measured
SCRIPT = Path(__file__).resolve().with_name("scale.py")


def run(gigabytes: float, folder: Path, kind: str) -> dict[str, float]:
    """Make, import and delete a file; return what it took."""
    company = folder / "company"
    (company / "mappings").mkdir(parents=True)
    for name, text in (("plan.yaml", PLAN), ("leadline.toml", "")):
        (company / name).write_text(text, encoding="utf-8")
    path = write(round(gigabytes * 1e9 / BYTES_A_TOUCH[kind]), folder, kind=kind)
    size = path.stat().st_size / 1e9
    print(f"{path.name}: {size:.2f} GB", flush=True)
    (folder / "web.mapping.yaml").rename(company / "mappings" / "web.mapping.yaml")
    took = measured([sys.executable, str(SCRIPT), "--step", f"import {path.name}", "--folder", str(folder)])
    return {"gigabytes": round(size, 2), **took}


def main() -> int:
    """Print the figures; return 1 where the bar is missed."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--gigabytes", type=float, default=10.0)
    asked.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "leadline-large")
    asked.add_argument("--kind", choices=tuple(BYTES_A_TOUCH), default="csv")
    options = asked.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    try:
        said = run(options.gigabytes, options.folder, options.kind)
    finally:
        shutil.rmtree(options.folder, ignore_errors=True)
    print(json.dumps(said))
    return int(said["megabytes"] > BAR_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())
