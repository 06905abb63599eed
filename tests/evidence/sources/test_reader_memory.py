"""A file ten times as large is read in the same memory, by every way of reading."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SMALL, FACTOR = 30 << 20, 10  # bytes of the smaller file; the larger one is ten times that
# Bytes that each further record may add to the peak: of every key a hash is kept, so that repeats are known. Measured: 4 of
# ads (115 and 121 MB), 39 of events (42 and 75 MB); the records themselves have 190 and 310.
MOST_PER_RECORD = 48
# The peak comes from Linux: `ru_maxrss` of a process also counts what its parent held when it was started.
READER = """
import sys
from pathlib import Path
from leadline.evidence.sources.records import Context, ImportOptions
from leadline.evidence.sources.registry import recognise
from leadline.evidence.sources.sniff import open_head
options = ImportOptions(currency="EUR")
head = open_head(Path(sys.argv[1]), options)
source, match = recognise(head, options)
count = sum(bool(record.rows) for record in source.read(head, match, context=Context(options=options)))
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(count, peak.split()[1])
"""


def ads(number):
    day = f"2027-{1 + number % 12:02}-{1 + number // 12 % 28:02}"
    return (
        f"{day},search--campaign-{number},{number},{number % 977}.{number % 100:02},EUR,{number % 9999},{number % 99},"
        + "x" * 140
    )


def event(number):
    when = f"2027-03-{1 + number % 28:02}T{number % 24:02}:{number // 24 % 60:02}:00Z"
    page = {"url": f"https://pumps.example/{number % 977}?utm_source=news&utm_medium=email", "title": "x" * 120}
    return json.dumps(
        {
            "messageId": f"m-{number}",
            "type": "page",
            "anonymousId": f"a-{number % 9999}",
            "timestamp": when,
            "properties": page,
        }
    )


MAKERS = {
    "ads.csv": (ads, "Day,Campaign,Campaign ID,Cost,Currency code,Impr.,Clicks,Note"),
    "events.jsonl": (event, None),
}  # fmt: skip


def peak(path, name, size):
    """Write a file of that size, read it in a process of its own; return records and megabytes."""
    line, header = MAKERS[name]
    with path.open("w", encoding="utf-8") as file:
        if header:
            file.write(header + "\n")
        number = 0
        while file.tell() < size if number % 1000 == 0 else True:
            file.write(line(number) + "\n")
            number += 1
    done = subprocess.run([sys.executable, "-c", READER, str(path)], capture_output=True, text=True, check=True)
    count, kilobytes = map(int, done.stdout.split())
    assert count == number
    path.unlink()
    return number, kilobytes / 1024


@pytest.mark.nightly
@pytest.mark.parametrize("name", MAKERS)
def test_ten_times_the_file_takes_the_same_memory(tmp_path, name):
    fewer, small = peak(tmp_path / name, name, SMALL)
    more, large = peak(tmp_path / name, name, SMALL * FACTOR)
    print(f"{name}: {fewer} records in {small:.0f} MB, {more} in {large:.0f} MB")  # noqa: T201 - kept in the nightly log
    assert more > 9 * fewer
    assert large - small < MOST_PER_RECORD * (more - fewer) / (1 << 20)
