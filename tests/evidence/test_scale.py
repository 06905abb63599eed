"""The series of benchmarks/scale.py: what it computes, and in short form that cost grows with the rows and no faster."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "scale.py"
MEMORY_BAR = 4096  # megabytes; design, evidence section 7
CORES = 2  # design, evidence section 7: what the bars are for
BARS = {
    "import": 60,
    "again": 30,
    "path_counts": 30,
    "evidence again": 2,
}  # seconds for 10⁷ touches; design, evidence section 7


@pytest.fixture(scope="module")
def scale():
    spec = importlib.util.spec_from_file_location("scale_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_cost_that_grows_as_the_square_has_slope_two(scale):
    assert scale.slope([(1, 3.0), (10, 300.0), (100, 30_000.0)]) == 2
    assert scale.slope([(1, 2.0), (3, 6.0), (10, 20.0)]) == 1
    assert scale.slope([(1, 2.0)]) is None


def test_the_picture_shows_every_measured_size(scale):
    found = {"1": {"import": {"cpu": 10.0}}, "10": {"import": {"cpu": 100.0}, "again": {"cpu": 20.0}}}
    assert scale.picture(found).count("<circle") == 3


@pytest.mark.nightly
def test_ten_times_the_rows_cost_ten_times_as_much_and_stay_within_the_bars(scale, tmp_path):
    said = scale.run((1, 10), tmp_path, tmp_path / "scale.json")
    for step in scale.GROWING:
        assert said["slope_of_cpu"][step] <= scale.SLOPE_BAR, step
    ten = said["sizes"]["10"]
    for step, seconds in BARS.items():
        assert ten[step]["cpu"] < CORES * seconds, step
        assert ten[step]["megabytes"] < MEMORY_BAR, step
    assert ten["again"]["touches"]["new"] == 0
