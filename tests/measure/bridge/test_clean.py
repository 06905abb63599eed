import datetime as dt

import numpy as np
import pytest

from leadline.errors import InputError
from leadline.inputs import Stages
from leadline.measure.bridge.clean import clean, merge
from leadline.measure.bridge.cure import Status


def test_each_fate_is_told_apart(step):
    stages = step(
        ["2025-06-01"] * 5,
        ["2025-06-21", "", "", "", ""],
        ended=["", "2025-07-01", "", "", "2025-08-01"],
        end=["", "lost", "lost", "", "won"],
    )
    entries = clean(stages)
    expected = [Status.MOVED, Status.LOST, Status.LOST_UNDATED, Status.OPEN, Status.SKIPPED]
    assert entries.status.tolist() == expected
    assert entries.lag[:2].tolist() == [20.0, 30.0]
    assert np.isnan(entries.lag[2:]).all()
    assert (entries.age == 214.0).all()


def test_a_move_up_to_a_day_early_is_the_same_moment_and_more_is_a_reject(step):
    entries = clean(step(["2025-06-02", "2025-06-09"], ["2025-06-01", "2025-06-02"]))
    assert entries.lag.tolist() == [0.5]  # half the resolution of a day
    assert [reject.reason for reject in entries.rejects] == ["entered sqo 2025-06-02 before lead 2025-06-09"]
    assert entries.rejects[0].row == 2
    assert any("1 row left out, neither moved nor open" in note for note in entries.notes)


def test_a_lag_of_zero_is_half_the_time_resolution(step):
    to_the_minute = step(["2025-06-01T10:30", "2025-06-01T11:31"], ["2025-06-01T10:30", "2025-06-03T08:02"])
    assert clean(to_the_minute).lag[0] == pytest.approx(0.5 / 1440)
    assert clean(step(["2025-06-01"], ["2025-06-01"])).lag[0] == 0.5


def test_a_move_after_the_as_of_date_is_not_known_yet(step):
    entries = clean(step(["2025-12-01"], ["2026-02-01"]))
    assert entries.status.tolist() == [Status.OPEN]
    assert entries.rejects[0].kept_as == "open"
    assert entries.rejects[0].reason == "sqo dated 2026-02-01, after the as-of date 2026-01-01: not known yet"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"entered": [""], "moved": [""]}, "no date of entry into lead"),
        ({"entered": ["2026-02-01"], "moved": [""]}, "entered lead 2026-02-01, after the as-of date 2026-01-01"),
        ({"entered": ["2025-02-01"], "moved": [""], "amount": [-5.0]}, "negative amount -5"),
        (
            {"entered": ["2025-02-01"], "moved": [""], "end": ["dead"]},
            'end "dead" is not known; known: won, lost, or empty',
        ),
        (
            {"entered": ["2025-02-01"], "moved": [""], "end": ["lost"], "ended": ["2025-01-01"]},
            "ended 2025-01-01 before it entered lead 2025-02-01",
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_listed_with_its_reason(step, row, reason):
    entries = clean(step(row.pop("entered"), row.pop("moved"), **row))
    assert not len(entries.age)
    assert [reject.reason for reject in entries.rejects] == [reason]


def test_the_same_entry_twice_is_counted_once_and_said(step):
    entries = clean(step(["2025-06-01"] * 3, ["", "2025-06-11", ""], subject=["a", "a", "b"]))
    assert entries.subject.tolist() == ["a", "b"]
    assert entries.lag[0] == 10.0
    assert entries.rejects[0].reason == "a second row for the same entry into lead 2025-06-01"


def test_amounts_of_zero_for_most_won_deals_are_missing(step):
    won = {"end": ["won"] * 3, "ended": ["2025-06-11"] * 3}
    mostly = clean(step(["2025-06-01"] * 3, ["2025-06-11"] * 3, amount=[0, 0, 900], **won))
    assert np.isnan(mostly.amount[:2]).all()
    assert mostly.amount[2] == 900
    assert mostly.notes == ("amount is 0 in 2 of 3 won deals: read as not filled in, not as worth nothing",)
    seldom = clean(step(["2025-06-01"] * 3, ["2025-06-11"] * 3, amount=[0, 500, 900], **won))
    assert seldom.amount.tolist() == [0, 500, 900]


def test_records_that_began_late_hide_what_came_before(step):
    stages = step(
        ["2025-06-01", "2025-06-01", "2025-10-01"],
        ["2025-06-11", "2025-09-20", "2025-10-05"],
        recorded_from=dt.datetime(2025, 9, 1),  # noqa: DTZ001 - UTC without zone
    )
    entries = clean(stages)
    assert entries.unseen.tolist() == [92.0, 92.0, 0.0]
    assert entries.status.tolist() == [Status.OPEN, Status.MOVED, Status.MOVED]
    assert "1 ends dated before recorded_from count as not recorded, as all others then" in entries.notes


def test_a_skipped_state_counts_for_the_rate_alone(step):
    entries = clean(step(["2025-06-01"], ["2025-06-01"], skipped=np.array([True])))
    assert entries.status.tolist() == [Status.SKIPPED]
    assert np.isnan(entries.lag).all()
    assert entries.moved.all()


def test_a_moment_with_a_zone_is_read_in_utc(step):
    zone = dt.timezone(dt.timedelta(hours=2))
    entries = clean(step(["2025-12-31"], [""], as_of=dt.datetime(2026, 1, 1, 2, tzinfo=zone)))
    assert entries.age.tolist() == [1.0]


def test_columns_of_unequal_length_are_refused_with_their_names(step):
    whole = step(["2025-06-01"], [""])
    broken = Stages(**{**vars(whole), "amount": np.zeros(2), "end": np.array([], dtype=str)})
    with pytest.raises(InputError) as caught:
        clean(broken)
    assert len(caught.value.problems) == 2
    assert "column amount has 2 rows where subject has 1" in str(caught.value)


def test_equal_entries_become_one_row_with_a_weight(step):
    entries = clean(step(["2025-06-01"] * 4 + ["2025-07-01"], ["2025-06-11"] * 3 + ["", ""]))
    nobody = np.zeros(5, dtype=np.int64)
    rows = merge(entries, competing=False, groups=nobody, segments=nobody)
    assert sorted(rows.weight.tolist()) == [1, 1, 3]
    assert rows.days[rows.weight == 3].tolist() == [10.0]
    apart = merge(entries, competing=False, groups=np.arange(5), segments=nobody)
    assert len(apart.weight) == 5


def test_without_competing_ends_a_lost_entry_has_not_moved_by_its_age(step):
    entries = clean(step(["2025-06-01"], [""], end=["lost"], ended=["2025-06-05"]))
    nobody = np.zeros(1, dtype=np.int64)
    alone = merge(entries, competing=False, groups=nobody, segments=nobody)
    assert (alone.status[0], alone.days[0]) == (Status.OPEN, 214.0)
    both = merge(entries, competing=True, groups=nobody, segments=nobody)
    assert (both.status[0], both.days[0]) == (Status.LOST, 4.0)
