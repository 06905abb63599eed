"""Touches and conversions one by one become journeys: windows in seconds, ties, resets, nulls, open ones."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import InputError, UsageError
from leadline.inputs import Paths, Touches
from leadline.measure.paths import PathOptions, build_journeys, credit_paths
from leadline.measure.paths.options import DAY

START = np.datetime64("2026-01-01T00:00:00", "us")
Touch = tuple[str, float, str]
Conversion = tuple[str, float, str, float]


def touches_of(
    touches: list[Touch], conversions: list[Conversion], *, days: float = 1000.0, accounts: dict[str, str] | None = None
) -> Touches:
    """Touches (person, day, channel), conversions (person, day, kind, value); days count from the start."""
    people = sorted({row[0] for row in touches} | {row[0] for row in conversions})
    channels = tuple(dict.fromkeys(row[2] for row in touches))
    firms = tuple(sorted(set((accounts or {}).values())))

    def moment(day: float) -> np.datetime64:
        return START + np.timedelta64(round(day * DAY * 1e6), "us")

    return Touches(
        people=tuple(people),
        channels=channels,
        person=np.array([people.index(row[0]) for row in touches], dtype=np.int64),
        at=np.array([moment(row[1]) for row in touches], dtype="datetime64[us]"),
        channel=np.array([channels.index(row[2]) for row in touches], dtype=np.int64),
        converted_by=np.array([people.index(row[0]) for row in conversions], dtype=np.int64),
        converted_at=np.array([moment(row[1]) for row in conversions], dtype="datetime64[us]"),
        kind=np.array([row[2] for row in conversions], dtype=np.str_),
        count=np.ones(len(conversions)),
        value=np.array([row[3] for row in conversions], dtype=float),
        as_of=moment(days),
        account=None
        if accounts is None
        else np.array([firms.index(accounts[p]) if p in accounts else -1 for p in people]),
        accounts=firms,
    )


def listed(paths: Paths) -> list[tuple[str, float, float]]:
    """Every journey as (path, conversions, nulls), sorted."""
    rows = []
    for row in range(len(paths.conversions)):
        steps = paths.steps[paths.offsets[row] : paths.offsets[row + 1]]
        path = " > ".join(paths.channels[step] for step in steps)
        rows.append((path, float(paths.conversions[row]), float(paths.nulls[row])))
    return sorted(rows)


def journeys(touches: list[Touch], conversions: list[Conversion], days: float = 1000.0, **options: object) -> Paths:
    return build_journeys(touches_of(touches, conversions, days=days), PathOptions(**({"window": 30 * DAY} | options)))


def test_a_window_is_a_length_of_time_and_not_calendar_days():
    inside = journeys([("p", 0.0, "a")], [("p", 30.0, "", 1.0)])
    assert listed(inside) == [("a", 1.0, 0.0)]
    outside = journeys([("p", 0.0, "a")], [("p", 30.0 + 1 / DAY, "", 1.0)])
    assert outside.empty_conversions == 1.0
    assert listed(outside) == [("a", 0.0, 1.0)]


def test_a_touch_in_the_same_second_counts_and_a_later_one_never():
    paths = journeys([("p", 1.0, "a"), ("p", 1.0 + 1 / DAY, "b")], [("p", 1.0, "", 1.0)])
    assert listed(paths) == [("a", 1.0, 0.0), ("b", 0.0, 1.0)]


def test_a_second_conversion_does_not_reuse_touches_unless_asked():
    touches, conversions = [("p", 1.0, "a"), ("p", 3.0, "b")], [("p", 2.0, "", 1.0), ("p", 4.0, "", 1.0)]
    assert listed(journeys(touches, conversions)) == [("a", 1.0, 0.0), ("b", 1.0, 0.0)]
    assert listed(journeys(touches, conversions, reuse=True)) == [("a", 1.0, 0.0), ("a > b", 1.0, 0.0)]


def test_a_conversion_of_another_kind_takes_the_same_touches():
    paths = journeys([("p", 1.0, "a")], [("p", 2.0, "lead", 0.0), ("p", 3.0, "order", 9.0)])
    assert listed(paths) == [("a", 1.0, 0.0), ("a", 1.0, 0.0)]


def test_of_two_conversions_in_one_second_one_takes_the_touches():
    paths = journeys([("p", 1.0, "a")], [("p", 2.0, "", 5.0), ("p", 2.0, "", 7.0)])
    assert listed(paths) == [("a", 1.0, 0.0)]
    assert paths.empty_conversions == 1.0
    assert paths.value.sum() + paths.empty_value == 12.0


def test_young_journeys_are_open_and_old_ones_are_nulls():
    paths = journeys([("old", 1.0, "a"), ("young", 20.0, "b"), ("edge", 10.0, "c")], [("old", 0.5, "", 1.0)], days=40.0)
    assert listed(paths) == [("a", 0.0, 1.0), ("c", 0.0, 1.0)]
    assert paths.open_journeys == 1.0


def test_touches_left_over_form_one_journey_ending_with_the_last():
    paths = journeys([("p", 0.0, "a"), ("p", 50.0, "b"), ("p", 60.0, "c")], [("p", 55.0, "", 1.0)])
    assert listed(paths) == [("a > c", 0.0, 1.0), ("b", 1.0, 0.0)]


def test_what_lies_after_the_end_of_the_data_does_not_exist():
    paths = journeys([("p", 1.0, "a"), ("p", 9.0, "b")], [("p", 2.0, "", 1.0), ("p", 8.0, "", 1.0)], days=5.0)
    assert listed(paths) == [("a", 1.0, 0.0)]
    assert any("2 rows lie after" in note for note in paths.notes)


def test_an_account_joins_the_journeys_of_its_people():
    touches = touches_of(
        [("ann", 1.0, "a"), ("bob", 2.0, "b"), ("cy", 1.0, "c")],
        [("bob", 3.0, "", 1.0)],
        accounts={"ann": "acme", "bob": "acme"},
    )
    together = build_journeys(touches, PathOptions(level="account", window=30 * DAY))
    assert listed(together) == [("a > b", 1.0, 0.0), ("c", 0.0, 1.0)]
    apart = build_journeys(touches, PathOptions(window=30 * DAY))
    assert listed(apart) == [("a", 0.0, 1.0), ("b", 1.0, 0.0), ("c", 0.0, 1.0)]


def test_accounts_asked_for_and_not_known_are_refused():
    with pytest.raises(UsageError, match='level "account" needs a column of accounts'):
        build_journeys(touches_of([("p", 1.0, "a")], []), PathOptions(level="account"))


def test_a_table_without_touches_is_refused():
    with pytest.raises(InputError, match="holds no touch"):
        build_journeys(touches_of([], [("p", 1.0, "", 1.0)]), PathOptions())


def test_time_decay_halves_every_half_life_in_seconds(shared):
    toys = json.loads((shared / "vectors/paths/toys.json").read_text(encoding="utf-8"))
    week = toys["time_decay_half_life_7_days"]
    touches = [("p", 20.0 - days, f"c{place}") for place, days in enumerate(week["days_before_conversion"])]
    result = credit_paths(touches_of(touches, [("p", 20.0, "", 1.0)]), "time-decay", options=PathOptions(bootstrap=0))
    assert result.conversions.tolist() == pytest.approx(week["weights"])


def test_time_decay_does_not_floor_to_whole_weeks(shared):
    case = json.loads((shared / "vectors/paths/toys.json").read_text(encoding="utf-8"))["time_decay_must_not_floor"]
    touches = [("p", 20.0 - hours / 24, f"c{place}") for place, hours in enumerate(case["hours_before"])]
    options = PathOptions(bootstrap=0, half_life=case["half_life_days"] * DAY)
    result = credit_paths(touches_of(touches, [("p", 20.0, "", 1.0)]), "time-decay", options=options)
    assert result.conversions.tolist() == pytest.approx(case["weights"])
    assert result.conversions.tolist() != pytest.approx(case["wrong_if_floored_to_whole_weeks"], abs=0.05)


people = st.sampled_from(["p", "q", "r"])
days = st.integers(0, 60).map(float)


@pytest.mark.slow
@settings(max_examples=60)
@given(
    st.lists(st.tuples(people, days, st.sampled_from("abc")), min_size=1, max_size=15),
    st.lists(st.tuples(people, days, st.just(""), st.integers(1, 9).map(float)), max_size=6),
    st.randoms(use_true_random=False),
)
def test_no_touch_and_no_conversion_gets_lost_or_counted_twice(touches, conversions, random):
    paths = journeys(touches, conversions, days=1000.0)
    assert paths.conversions.sum() + paths.empty_conversions == len(conversions)
    assert paths.value.sum() + paths.empty_value == sum(row[3] for row in conversions)
    assert len(paths.steps) == len(touches)
    shuffled, again = touches[:], conversions[:]
    random.shuffle(shuffled)
    random.shuffle(again)
    assert listed(journeys(shuffled, again, days=1000.0)) == listed(paths)
    assert listed(paths) == by_hand(touches, conversions)


def by_hand(touches: list[Touch], conversions: list[Conversion]) -> list[tuple[str, float, float]]:
    """The definition, touch by touch."""
    rows = []
    for person in sorted({row[0] for row in touches}):
        own = sorted((row[1], row[2]) for row in touches if row[0] == person)
        ends = sorted(row[1] for row in conversions if row[0] == person)
        taken: dict[int, list[str]] = {}
        left = []
        for day, channel in own:
            place = next((place for place, end in enumerate(ends) if end >= day), None)
            if place is None or ends[place] - day > 30:
                left.append(channel)
            else:
                taken.setdefault(place, []).append(channel)
        rows += [(" > ".join(path), 1.0, 0.0) for path in taken.values()]
        rows += [(" > ".join(left), 0.0, 1.0)] if left else []
    return sorted(rows)
