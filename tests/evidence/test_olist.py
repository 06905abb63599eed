"""A real funnel of 8,000 leads and 842 deals comes in by mapping files, its faults included (needs the shared data)."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pytest

from leadline.evidence import frames
from leadline.evidence.import_jobs import Setup
from leadline.evidence.imports import import_files
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.privacy import Key
from leadline.evidence.store import open_store
from leadline.workspace import Workspace

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "olist"
ORIGINS = {
    "organic-search": "organic search", "paid-search": "paid search", "social": "social", "mail": "email", "referral": "referral",
    "display": "display",
}  # fmt: skip
# Leads and deals per origin, from the data set's own description; blank is the 60 leads without any.
WON = {
    "organic search": (2296, 271), "paid search": (1586, 195), "social": (1350, 75), "unknown": (1099, 179), "direct traffic": (499, 56),
    "email": (493, 15), "referral": (284, 24), "other": (150, 4), "display": (118, 6), "other publicities": (65, 3), "": (60, 14),
}  # fmt: skip


@pytest.mark.slow
def test_the_funnel_of_olist_counts_as_its_authors_count_it(shared, tmp_path):
    data = shared / "examples" / "olist" / "data"
    workspace = Workspace(tmp_path)
    shutil.copytree(EXAMPLE / "mappings", workspace.mappings)
    tracked = {tactic: {"origin": [origin]} for tactic, origin in ORIGINS.items()}
    facts = PlanFacts("BRL", "America/Sao_Paulo", tuple(ORIGINS), tracked_as=tracked, states=frozenset({"lead", "won"}))
    reports = import_files(
        workspace, sorted(data.glob("*.csv")), facts=facts, setup=Setup(Key(bytes(32))),
        clock=lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    assert [(report.status, report.records.accepted, report.records.rejected) for report in reports] == [
        ("done", 842, 0),
        ("done", 8000, 0),
    ]
    store = open_store(workspace)
    at = frames.as_of(store, timezone="America/Sao_Paulo", day=dt.date(2018, 12, 31))
    result = frames.stages(store, ("lead", "won"), at=at)
    moved = ~np.isnat(result.moved_at)
    assert {
        str(origin): (int((result.origin == origin).sum()), int((moved & (result.origin == origin)).sum()))
        for origin in set(result.origin)
    } == WON
    assert {str(t): int((result.tactic == t).sum()) for t in set(result.tactic)} == {
        **{tactic: WON[origin][0] for tactic, origin in ORIGINS.items()}, "": 1099 + 499 + 150 + 65 + 60,
    }  # fmt: skip
    lag = (result.moved_at - result.entered_at)[moved] / np.timedelta64(1, "D")
    assert (int(moved.sum()), int(np.floor(np.median(lag))), int(np.floor(lag.max())), int(np.floor(lag.min()))) == (
        842,
        14,
        427,
        -2,
    )
    assert frames.last_day(store) == dt.date(2018, 11, 14)
    counted = store.ask(
        "SELECT COALESCE(lower(channel), '') AS origin, count(*) AS n FROM touches GROUP BY 1"
    ).to_pylist()
    nothing = WON["unknown"][0] + WON[""][0]
    named = {
        {"direct traffic": "direct"}.get(origin, origin): n
        for origin, (n, _) in WON.items()
        if origin not in {"", "unknown"}
    }
    assert {row["origin"]: row["n"] for row in counted} == named | {"": nothing}, (
        "what the file does not say is no Direct visit"
    )
