"""What has not changed is not computed again, and a kept file can make nothing but results."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from leadline.review.keep import Keep, key_of


@dataclass(frozen=True)
class Inner:
    name: str
    day: dt.date


@dataclass(frozen=True)
class Outcome:
    draws: np.ndarray
    when: np.ndarray
    names: np.ndarray
    parts: tuple[Inner, ...]
    notes: Mapping[str, float]
    missing: float
    at: dt.datetime


def outcome():
    return Outcome(
        np.arange(6.0).reshape(2, 3),
        np.array(["2027-01-01T12:00", "NaT"], dtype="datetime64[us]"),
        np.array(["söcial", ""]),
        (Inner("a", dt.date(2027, 1, 1)),),
        {"x": 1.5},
        math.nan,
        dt.datetime(2027, 1, 1, 12, 30),  # noqa: DTZ001 - kept times are UTC without zone
    )


@pytest.fixture
def keep(tmp_path):
    return Keep(tmp_path, [Inner, Outcome])


def test_a_result_comes_back_as_it_was(keep):
    first = keep.get("bridge", {"input": "abc"}, compute=outcome)
    second = keep.get("bridge", {"input": "abc"}, compute=lambda: pytest.fail("computed again"))
    np.testing.assert_array_equal(first.draws, second.draws)
    np.testing.assert_array_equal(first.when, second.when)
    np.testing.assert_array_equal(first.names, second.names)
    assert (first.parts, first.notes, first.at) == (second.parts, second.notes, second.at)
    assert math.isnan(second.missing)


def test_other_inputs_are_computed_on_their_own(keep):
    keep.get("bridge", {"input": "abc"}, compute=outcome)
    keep.get("bridge", {"input": "abd"}, compute=outcome)
    assert len(keep.computed) == 2
    assert key_of("bridge", {"a": 1}) != key_of("paths", {"a": 1})


def test_a_damaged_file_costs_a_computation_and_never_an_answer(keep, tmp_path):
    keep.get("bridge", {"input": "abc"}, compute=outcome)
    manifest = next(tmp_path.glob("bridge/*/manifest.json"))
    manifest.write_text("{", encoding="utf-8")
    again = keep.get("bridge", {"input": "abc"}, compute=outcome)
    assert again.parts == outcome().parts
    assert len(keep.computed) == 2


def test_a_kept_file_cannot_name_another_type(keep, tmp_path):
    keep.get("bridge", {"input": "abc"}, compute=outcome)
    manifest = next(tmp_path.glob("bridge/*/manifest.json"))
    document = json.loads(manifest.read_text(encoding="utf-8"))
    document["result"]["__is"] = "subprocess.Popen"
    manifest.write_text(json.dumps(document), encoding="utf-8")
    keep.get("bridge", {"input": "abc"}, compute=outcome)
    assert len(keep.computed) == 2


def test_something_that_is_no_result_is_refused(keep):
    with pytest.raises(TypeError, match="cannot be kept"):
        keep.get("bridge", {"input": "abc"}, compute=object)
