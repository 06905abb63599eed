"""What is open, counted over all steps out of a state."""

from __future__ import annotations

import datetime as dt

import numpy as np

from leadline.inputs import Stages
from leadline.review.counted import _waiting

NEVER = "NaT"


def entries(to, moves, *, as_of, lost=()):
    names = [f"person {number}" for number in range(1, len(moves) + 1)]
    times = np.array(moves, dtype="datetime64[us]")
    return Stages(
        "lead", to, np.array(names), np.full(len(moves), np.datetime64("2027-03-01", "us")), times, np.full(len(moves), np.datetime64("NaT", "us")),
        np.array(["lost" if name in lost else "" for name in names]), np.full(len(moves), np.nan),
        np.array(["fair", "search"] * len(moves))[: len(moves)], np.array([""] * len(moves)), np.array([""] * len(moves)),
        dt.datetime.fromisoformat(as_of),
    )  # fmt: skip


def test_an_entry_waits_only_where_no_step_has_moved_it():
    sqo = entries("sqo", ["2027-03-05", NEVER, NEVER, NEVER], as_of="2027-04-01")
    trial = entries("trial", [NEVER, "2027-03-09", NEVER, NEVER], as_of="2027-04-01", lost=["person 4"])
    assert (_waiting([sqo, trial]).tactics, _waiting([trial, sqo]).tactics) == (("fair",), ("fair",))
    assert _waiting([sqo]).tactics == ("search", "fair", "search")


def test_an_open_entry_is_as_old_as_on_the_last_day_of_which_anything_is_known():
    sqo = entries("sqo", [NEVER], as_of="2027-04-01")
    trial = entries("trial", [NEVER], as_of="2027-03-11")
    assert _waiting([sqo]).ages.tolist() == [31.0]
    assert _waiting([sqo, trial]).ages.tolist() == [10.0]
    assert _waiting([entries("sqo", [NEVER], as_of="2027-02-20")]).ages.tolist() == [0.0]  # came after that day
