"""A real cluster: a master and two workers, each a process of its own, build the journeys that DuckDB builds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from leadline.evidence import schema
from leadline.evidence.staging import ARROW
from leadline.evidence.store import Reach, open_store

pytestmark = [pytest.mark.spark, pytest.mark.nightly]

TOUCHES = 1_000_000  # design, evidence section 7: paths on a real cluster, 10^6 touches
PEOPLE = 100_000
START, DAYS = np.datetime64("2027-01-01T00:00:00", "us"), 240
CHANNELS = np.array(["Paid Search", "Organic Search", "Email", "Direct", "Paid Social", "Referral"])
JOURNEYS = {
    "outcome": "touches:order", "window": 30 * 86_400, "classes": "activity", "collapse": False, "keep_direct": True, "gap": 1800,
    "conversion_event": "order", "as_of": START.astype(object) + np.timedelta64(DAYS, "D").astype(object), "zone": "UTC",
    "last_day": (START + np.timedelta64(DAYS - 1, "D")).astype(object).date(), "currency": "EUR",
}  # fmt: skip


def made_up(seed):
    """Return 10^6 touches of 10^5 people: sessions the source counts, events it does not, calls, machines, orders."""
    draw = np.random.default_rng(seed)
    node = draw.integers(1, PEOPLE * 2, TOUCHES)  # two identifiers a person
    when = START + np.sort(draw.integers(0, DAYS * 86_400_000_000, TOUCHES)).astype("timedelta64[us]")
    when[1::97] = when[0:-1:97][: len(when[1::97])]  # equal moments, so that ties are broken alike
    kind = draw.random(TOUCHES)
    is_order = kind < 0.03
    session = np.where(draw.random(TOUCHES) < 0.6, node * 1000 + (when - START).astype(np.int64) // 3_600_000_000, -1)
    number = np.arange(TOUCHES)
    columns = {
        "source": np.where(kind > 0.9, "calls", "ga4"), "source_key": number.astype(str), "touch_id": (number * 7919) % 2**60,
        "node": pa.array(node, mask=draw.random(TOUCHES) < 0.05), "happened_at": when, "received_at": when,
        "session_key": pa.array(session.astype(str), mask=session < 0),
        "class": np.where(draw.random(TOUCHES) < 0.95, "activity", "exposure"), "event": np.where(is_order, "order", "visit"),
        "channel": pa.array(CHANNELS[draw.integers(0, len(CHANNELS), TOUCHES)], mask=draw.random(TOUCHES) < 0.02),
        "tactic": pa.array(np.where(kind > 0.5, "search", "fair"), mask=kind < 0.2),
        "is_machine": pa.array(draw.random(TOUCHES), mask=draw.random(TOUCHES) < 0.9), "import_id": np.full(TOUCHES, "made up"),
    }  # fmt: skip
    money = pa.array(np.round(draw.random(TOUCHES) * 500, 2), pa.float64()).cast(pa.string()).cast(ARROW[schema.MONEY])
    columns["value"] = pc.if_else(pa.array(is_order), money, pa.scalar(None, ARROW[schema.MONEY]))
    columns["currency"] = pa.array(np.full(TOUCHES, "EUR"), mask=~is_order)
    arrays = [
        pa.array(columns[one.name]).cast(ARROW[one.type]) if one.name in columns else pa.nulls(TOUCHES, ARROW[one.type])
        for one in schema.TOUCHES.columns
    ]
    nodes = np.arange(1, PEOPLE * 2)
    people = pa.table(
        {
            "node": nodes,
            "person": (nodes + 1) // 2 * 2 - 1,
            "weight": np.where(nodes % 5, 1.0, 0.97),
            "account": nodes // 40,
        }
    )
    return pa.Table.from_arrays(arrays, list(schema.TOUCHES.names)), people


def ordered(table, keys):
    """Return an answer in an order of its own, each column as plain values and offsets."""
    return table.sort_by([(name, "ascending") for name in keys]).combine_chunks()


def test_two_workers_build_the_journeys_that_one_process_builds(cluster, tmp_path):
    touches, people = made_up(20270101)
    for name, rows in (("touches", touches), ("people", people)):
        pq.write_table(rows, tmp_path / f"{name}.parquet")
    stores = [open_store(f"duckdb:{tmp_path / 'warehouse.duckdb'}"), open_store(f"{cluster}?lake={tmp_path / 'lake'}")]
    for store in stores:
        with store.writing(Reach()) as connection:
            for name in ("touches", "people"):
                connection.execute(
                    f"INSERT INTO {name} BY NAME SELECT * FROM read_parquet('{tmp_path / name}.parquet')"
                )
    for query, keys in (("path_counts", ["path"]), ("paths", ["person", "outcome", "journey_no"])):
        one, other = (ordered(store.ask(query, **JOURNEYS), keys) for store in stores)
        assert one.num_rows == other.num_rows > 1000
        for name in one.schema.names:
            left, right = one[name].combine_chunks(), other[name].combine_chunks()
            if pa.types.is_floating(left.type):
                assert np.allclose(np.asarray(left), np.asarray(right), rtol=1e-12, atol=0, equal_nan=True), name
            elif pa.types.is_list(left.type):
                assert pc.list_value_length(left).equals(pc.list_value_length(right)), name
                assert pc.list_flatten(left).equals(pc.list_flatten(right).cast(left.type.value_type)), name
            else:
                assert left.equals(right.cast(left.type)), name
