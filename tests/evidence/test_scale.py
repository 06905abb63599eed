"""The series of benchmarks/scale.py: what it computes, and in short form that cost grows with the rows and no faster."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "scale.py"
MEMORY_BAR = 4096  # megabytes; design, evidence section 7


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
def test_importing_and_cutting_paths_cost_as_much_for_each_row_of_a_larger_file(scale, tmp_path):
    said = scale.run((1, 4), tmp_path, tmp_path / "scale.json")
    for step in scale.STEPS:
        assert said["slope_of_cpu"][step] <= scale.SLOPE_BAR + 0.1, step  # two sizes say less than five
        assert said["sizes"]["4"][step]["megabytes"] < MEMORY_BAR
    assert said["sizes"]["4"]["again"]["touches"]["new"] == 0
