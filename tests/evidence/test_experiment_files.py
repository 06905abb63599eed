"""Lists of finished tests become experiments, and everything wrong in them is told at once."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.errors import InputError, NothingDone, UsageError
from leadline.evidence.experiment_files import read_experiments
from leadline.inputs import Experiment

HEADER = "channel,start,end,geos,spend_difference,estimate,low,high,level"


def written(tmp_path, *lines):
    path = tmp_path / "tests.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_row_is_a_test(tmp_path):
    path = written(
        tmp_path, HEADER, "tv + radio,2026-03-02,2026-03-29,north; south,-20000,-31000,-50000,-12000,95 %", "tv,2026-05-01,2026-05-28,,9,12.5,3,20,"
    )  # fmt: skip
    first, second = read_experiments(path)
    assert first == Experiment(
        "tv + radio 2026-03-02", ("tv", "radio"), dt.date(2026, 3, 2), dt.date(2026, 3, 29), -20_000, -31_000, -50_000, -12_000,
        0.95, ("north", "south"),
    )  # fmt: skip
    assert (second.level, second.geos, second.estimate) == (0.9, (), 12.5)


def test_a_german_list_with_other_names_is_the_same(tmp_path):
    path = written(
        tmp_path, "Test;Channel;From;Until;Incremental spend;Effect;Lower;Upper", "Geo;tv;2.3.2026;29.3.2026;1.500,5;2.000;900,25;3.100"
    )  # fmt: skip
    (one,) = read_experiments(path)
    assert (one.name, one.start, one.spend_difference, one.low) == ("Geo", dt.date(2026, 3, 2), 1500.5, 900.25)


def test_everything_wrong_is_told_with_its_line(tmp_path):
    path = written(tmp_path, HEADER, ",2026-03-02,soon,,1,2,1,3,150", "tv,2026-03-02,2026-03-29,,,2,1,3,")
    with pytest.raises(InputError) as error:
        read_experiments(path)
    told = "\n".join(error.value.problems)
    assert "tests.csv:2: channels is empty" in told
    assert "tests.csv:2: end: " in told
    assert "tests.csv:2: level 1.5 is no share between 0 and 1" in told
    assert "tests.csv:3: spend_difference is empty" in told


@pytest.mark.parametrize(
    ("lines", "error", "told"),
    [
        ((HEADER,), NothingDone, "has a header and no rows"),
        (("channel,start,end", "tv,1,2"), UsageError, "no column for spend_difference, estimate, low, high"),
        (
            (HEADER.replace("channel", "tactic"), "tv,1,2,,1,2,3,4,"),
            UsageError,
            r"belong into the plan \(control.tests\)",
        ),
    ],
)
def test_what_is_no_list_of_tests_is_refused(tmp_path, lines, error, told):
    with pytest.raises(error, match=told):
        read_experiments(written(tmp_path, *lines))
