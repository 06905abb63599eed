"""Entries by month: every entry counts once, young ones are open, and months without any are there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leadline.inputs import Stages
from leadline.report.pictures.canvas import NARROW, WIDE
from leadline.report.pictures.cohorts import CohortColumns
from leadline.review.cohorts import MOST_MONTHS, Cohort, cohorts, young_since

END = dt.datetime(2027, 7, 1)  # noqa: DTZ001 - UTC without zone
DAYS = st.integers(0, 540)


def stages(rows: list[tuple[int, int | None, int | None]]) -> Stages:
    """Return entries so many days before the end, moved or ended so many days after they came in."""
    start = np.datetime64(END, "us")

    def days(values):
        return np.array(
            [
                np.datetime64("NaT") if one is None else start + np.timedelta64(one * 86_400 * 10**6, "us")
                for one in values
            ],
            "datetime64[us]",
        )

    entered = [-before for before, _, _ in rows]
    moved = [None if one is None or one > before else one - before for before, one, _ in rows]
    ended = [None if one is None or one > before else one - before for before, _, one in rows]
    texts = np.array([""] * len(rows))
    return Stages(
        "lead",
        "won",
        texts,
        days(entered),
        days(moved),
        days(ended),
        texts,
        np.zeros(len(rows)),
        texts,
        texts,
        texts,
        END,
    )


@given(st.lists(st.tuples(st.integers(1, 540), st.none() | DAYS, st.none() | DAYS), min_size=1, max_size=30))
def test_every_entry_is_counted_once_in_a_month_without_holes(rows):
    told = cohorts(stages(rows))
    assert sum(one.entered for one in told) == len(rows)
    assert sum(one.moved for one in told) == sum(moved is not None and moved <= before for before, moved, _ in rows)
    months = [one.month for one in told]
    assert months == sorted(set(months))
    assert months[-1] == dt.date(2027, 6, 1)
    assert len(months) <= MOST_MONTHS


def test_an_open_case_is_neither_lost_nor_moved():
    (march, april, may, june) = cohorts(stages([(100, 10, None), (100, None, 20), (100, None, None), (10, None, None)]))
    assert march == Cohort(dt.date(2027, 3, 1), 1, 1, 1)
    assert (april.entered, may.entered, june.open) == (0, 0, 1)


def test_nothing_came_in_gives_nothing():
    assert cohorts(stages([])) == ()


@dataclass
class Bank:
    """Draws of a lag of which half is over after so many days, all of it after twice as many."""

    half: float

    def cdf(self, days):
        return np.minimum(days / (2 * self.half), 1.0)[None, :].repeat(3, axis=0)


def test_a_month_is_young_by_the_lag_of_its_step_whoever_stays_open_forever():
    months = cohorts(stages([(170, None, None), (100, None, None), (40, None, None), (10, 5, None)]))
    quick = SimpleNamespace(is_identified=True, horizon=90.0, bank=Bank(10))
    slow = SimpleNamespace(is_identified=True, horizon=90.0, bank=Bank(40))
    unknown = SimpleNamespace(is_identified=False, horizon=150.0, bank=None)
    day = dt.date(2027, 6, 30)
    assert young_since(quick, months, as_of=day) == dt.date(2027, 6, 1)  # 18 days are needed, May is 30 days old
    assert young_since(slow, months, as_of=day) == dt.date(2027, 4, 1)  # 72 days are needed, March is 91 days old
    assert young_since(unknown, months, as_of=day) == dt.date(2027, 2, 1)
    assert young_since(quick, months, as_of=dt.date(2028, 1, 1)) is None
    assert young_since(quick, (), as_of=day) is None


def test_the_picture_says_from_when_on_nothing_can_be_told_and_fits_a_phone():
    months = cohorts(stages([(100, 10, None), (100, None, 20), (10, None, None)]))
    drawn = CohortColumns("a → b", months, dt.date(2027, 6, 1))
    assert (
        "Of 3 that came in: gone on 1 (33.3 %), ended 1, still open 1; from Jun 2027 on months are younger"
        in drawn.sentence()
    )
    assert CohortColumns("a → b", months).sentence().endswith("still open 1.")
    assert [row["open"] for row in drawn.table()] == [0, 0, 0, 1]
    for width in (WIDE, NARROW):
        spec = drawn.chart(width)
        xs = [
            row[key] for layer in spec["layer"] for row in layer["data"]["values"] for key in ("x", "x2") if key in row
        ]
        assert max(xs) <= width
    (native,) = drawn.native()
    assert [one.name for one in native.series] == ["gone on", "ended", "open"]
