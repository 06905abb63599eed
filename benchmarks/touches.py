"""Makes touches of a web shop by the million: people, cookies, sessions, tags, orders and a few bad rows, streamed.

    python benchmarks/touches.py TOUCHES FOLDER [--kind parquet|jsonl|csv] [--seed N]

Writes `web.<kind>` and `web.mapping.yaml` beside it. The same seed gives the same touches, whatever the kind; memory
holds one block of people. About ten touches for each person, three for each session, 1.4 cookies for each person.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

PER_PERSON = 10  # touches; own: the bars speak of 10 million touches of 1 million people
PER_SESSION = 3
BLOCK_PEOPLE = 50_000  # people made at once: half a million touches, some 200 MB
START = np.datetime64("2026-01-01T00:00:00", "us")
SPAN_SECONDS = 300 * 86_400
COOKIES = (0.7, 0.2, 0.1)  # share of people with one, two, three cookies
LOGGED_IN = 0.06  # share of sessions in which the address is known
BUYING = 0.04  # share of sessions that end with an order
BAD = 2e-5  # share of rows of each fault: no event, an address in a tag, a key that stands twice
WAYS = (  # share, source, medium, campaigns, referrer
    (0.24, "google", "cpc", 40, None),
    (0.22, None, None, 0, "www.google.com"),
    (0.20, None, None, 0, None),
    (0.12, "newsletter", "email", 60, None),
    (0.12, "facebook", "paid-social", 30, "l.facebook.com"),
    (0.06, None, None, 0, "blog.partner.example"),
    (0.04, "bing", "cpc", 10, None),
)
EVENTS = ("page", "page", "search", "product", "cart")
MAPPING = """mapping: 1
table: touches
match: {header: [event_id, happened_at, cookie, event]}
file: {delimiter: ",", timezone: UTC, dates: ymd, numbers: en}
key: [event_id]
columns:
  happened_at: happened_at
  class: {const: activity}
  event: event
  session_key: session
  utm_source: utm_source
  utm_medium: utm_medium
  utm_campaign: utm_campaign
  referrer_host: referrer
  landing: landing
  value: value
  currency: currency
  object: order_id
identifiers: {email: email, anonymous: cookie}
"""


def blocks(touches: int, seed: int) -> Iterator[pa.Table]:
    """Yield the touches, some hundred thousand at a time."""
    people, number = max(1, touches // PER_PERSON), 0
    for block, first in enumerate(range(0, people, BLOCK_PEOPLE)):
        random = np.random.default_rng([seed, block])
        table = _block(random, first, min(BLOCK_PEOPLE, people - first), number)
        table = table.slice(0, touches - number) if first + BLOCK_PEOPLE < people else table
        number += table.num_rows
        yield table.slice(0, max(0, table.num_rows - max(0, number - touches)))


def _block(random: np.random.Generator, first: int, people: int, number: int) -> pa.Table:
    """Return the touches of some people, in no order."""
    sessions = np.maximum(1, random.poisson(PER_PERSON / PER_SESSION, people))
    person = np.repeat(np.arange(people), sessions)
    count = len(person)
    cookies = random.choice(len(COOKIES), people, p=COOKIES) + 1
    cookie = (random.random(count) * cookies[person]).astype(int)
    way = random.choice(len(WAYS), count, p=[one[0] for one in WAYS])
    starts = random.integers(0, SPAN_SECONDS, count)
    known, buys = random.random(count) < LOGGED_IN, random.random(count) < BUYING
    length = np.maximum(1, random.poisson(PER_SESSION, count))
    visit = np.repeat(np.arange(count), length)
    rows = len(visit)
    ends = np.cumsum(length)
    place = np.arange(rows) - np.repeat(ends - length, length)
    seconds = starts[visit] + place * random.integers(5, 240, rows)
    happened = START + (seconds * 1_000_000 + random.integers(0, 1_000_000, rows)).astype("timedelta64[us]")
    last = np.zeros(rows, dtype=bool)
    last[ends - 1] = True
    order = last & buys[visit]
    who = (first + person)[visit]
    campaign = random.integers(0, 1 << 16, count)
    event = np.array(EVENTS, dtype=object)[random.integers(0, len(EVENTS), rows)]
    event[order] = "order"
    event[random.random(rows) < BAD] = None
    tags = _tags(way[visit], campaign[visit], place)
    tags["utm_campaign"][random.random(rows) < BAD] = "for eva@pumps.example"
    key = np.arange(number, number + rows)
    key[random.random(rows) < BAD] = number
    value = np.where(order, np.round(random.lognormal(4, 0.8, rows), 2), np.nan)
    return pa.table(
        {
            "event_id": _texts("e{:012d}", key),
            "happened_at": pa.array(happened),
            "cookie": _texts("{:011d}.{}", who, cookie[visit]),
            "email": _texts("p{}@mail.example", who, only=known[visit]),
            "session": _texts("s{}-{}", who, visit - np.searchsorted(person, person)[visit]),
            "event": pa.array(event, pa.string()),
            **{name: pa.array(values, pa.string()) for name, values in tags.items()},
            "landing": pa.array(np.array([f"/page/{one}" for one in range(500)], dtype=object)[campaign[visit] % 500]),
            "value": pa.array(value, pa.float64(), mask=~order),
            "currency": pa.array(np.where(order, "EUR", None), pa.string()),
            "order_id": _texts("o{:012d}", key, only=order),
        }
    )


def _tags(way: np.ndarray, campaign: np.ndarray, place: np.ndarray) -> dict[str, np.ndarray]:
    """Return tags and referrer of each touch: the first of a session says how somebody came."""
    first = place == 0
    found = {
        name: np.where(first, np.array([one[at] for one in WAYS], dtype=object)[way], None)
        for name, at in (("utm_source", 1), ("utm_medium", 2), ("referrer", 4))
    }
    names = [[f"{one[1]}_{number:02d}" for number in range(one[3])] or [None] for one in WAYS]
    table = np.empty((len(WAYS), max(map(len, names))), dtype=object)
    for at, known in enumerate(names):
        table[at] = [known[number % len(known)] for number in range(table.shape[1])]
    found["utm_campaign"] = np.where(first, table[way, campaign % table.shape[1]], None)
    return found


def _texts(form: str, *numbers: np.ndarray, only: np.ndarray | None = None) -> pa.Array:
    """Return numbers written into a form; null where not `only`."""
    write: Callable[..., str] = form.format
    texts = np.array(list(map(write, *(one.tolist() for one in numbers))), dtype=object)
    if only is not None:
        texts[~only] = None
    return pa.array(texts, pa.string())


def write(touches: int, folder: Path, *, kind: str = "parquet", seed: int = 7) -> Path:
    """Write the touches and their mapping; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "web.mapping.yaml").write_text(MAPPING, encoding="utf-8")
    path = folder / f"web.{kind}"
    writer: parquet.ParquetWriter | csv.CSVWriter | None = None
    with path.open("wb") as target:
        for table in blocks(touches, seed):
            if kind == "jsonl":
                shown = table.set_column(1, "happened_at", table["happened_at"].cast(pa.string()))
                target.writelines(json.dumps(row).encode() + b"\n" for row in shown.to_pylist())
                continue
            if writer is None:
                made = parquet.ParquetWriter if kind == "parquet" else csv.CSVWriter
                writer = made(target, table.schema)
            writer.write_table(table)
        if writer is not None:
            writer.close()
    return path


def main() -> None:
    """Write what the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("touches", type=int)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--kind", choices=("parquet", "jsonl", "csv"), default="parquet")
    asked.add_argument("--seed", type=int, default=7)
    options = asked.parse_args()
    path = write(options.touches, options.folder, kind=options.kind, seed=options.seed)
    print(f"{path}: {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
