"""STR, OBJ: what strategies and objectives lead to, how many, how they agree, and what the past says of them."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.align.facts import EvidenceFacts
from leadline.align.trend import drift, seasonal_trend
from leadline.align.vocabulary import discount_words

D = dt.date
OBJECTIVE = "strategy:\n"
DEAR = ("name: Wheelhouse,", "name: Wheelhouse, price_index: {}, ")
COST = ("growth: penetration, statement", "growth: penetration, advantage: cost, statement")


def objective(name: str, rest: str, *, metric: str = "order") -> tuple[str, str]:
    return (OBJECTIVE, f"  - {{id: {name}, metric: {metric}, owner: mia, {rest}}}\n{OBJECTIVE}")


def test_an_objective_of_a_level_below_shows_whether_the_one_above_works(judged) -> None:
    talk_alone = ("serves: [win-town]}", "serves: [say-dry]}")
    assert not judged("STR010", talk_alone).findings
    (found,) = judged("STR010", ("serves: [say-dry]}", "serves: [win-town]}")).findings
    assert (found.values, found.tactics) == ({"level": "say-dry", "kind": "communications"}, ())


@pytest.mark.parametrize(("more", "fires"), [(4, False), (5, True)])
def test_six_goals_are_enough_and_steps_to_a_goal_do_not_count(judged, more: int, fires) -> None:
    rest = "baseline: {value: 0}, target: {value: 9, by: 2027-12-31}"
    goals = [objective(f"g{number}", f"{rest}, serves: [win-town]") for number in range(more)]
    steps = [objective(f"s{number}", f"{rest}, serves: [sell]") for number in range(3)]
    found = judged("STR012", *goals, *steps).findings
    assert [one.values["goals"] for one in found] == ([7] if fires else [])
    if fires:
        assert found[0].values["least"] == ["g4"]  # the last in the file of those without money


# theirs at 91 means ours at 100/91 = 109.9 % of theirs; at 90, 111.1 %
@pytest.mark.parametrize(("theirs", "ours"), [("91", None), ("90", 100 / 90), ("110", None)])
def test_low_cost_is_held_against_the_price_of_the_others(judged, theirs: str, ours: float | None) -> None:
    found = judged("STR013", COST, (DEAR[0], DEAR[1].format(theirs))).findings
    assert [one.values["price_index"] for one in found] == ([pytest.approx(ours)] if ours else [])


def test_without_a_price_of_theirs_low_cost_is_not_judged(judged) -> None:
    result = judged("STR013", COST)
    assert [(one.reason, one.element) for one in result.skipped] == [("no competitor's price is known", "bikes")]


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("Spring clearance: 30 % off", ("clearance", "30 % off")),
        ("No discounts, ever", ()),
        ("Without any voucher, at one price", ()),
        ("100 % offline", ()),
    ],
)
def test_a_price_cut_is_told_by_its_words(claim: str, words: tuple[str, ...]) -> None:
    assert discount_words(claim) == words


NO_PARENT = (", serves: [say-dry]}", "}")


def test_an_objective_without_a_parent_is_folded_under_a_missing_strategy(judged) -> None:
    def of(*edits: tuple[str, str]) -> dict[str, object]:
        return {one.code: one for one in judged("", NO_PARENT, *edits, preview=True).findings}

    alone = of()
    assert alone["OBJ006"].caused_by is None
    assert alone["OBJ006"].values == {"objective": "be-known", "money": 14_000}
    assert (alone["TAC001"].element.id, alone["TAC001"].caused_by) == ("spring", alone["OBJ006"].fingerprint)
    assert alone["OBJ006"].level == "error"  # as its follower
    no_corporate = of(("level: corporate, direction: growth", "level: corporate"))
    assert no_corporate["OBJ006"].caused_by == no_corporate["STR001"].fingerprint
    no_unit = of(("level: business_unit, parent: grow", "level: business_unit"))
    assert no_unit["OBJ006"].caused_by == no_unit["STR002"].fingerprint


@pytest.mark.parametrize(("day", "age"), [("2026-01-01", None), ("2025-12-31", 366)])
def test_a_baseline_is_old_the_day_before_a_year(judged, day: str, age: int | None) -> None:
    found = judged("OBJ013", ("as_of: 2026-11-30", f"as_of: {day}")).findings
    assert [one.values["age"] for one in found] == ([age] if age else [])


def test_a_baseline_that_is_an_opinion_says_so(judged) -> None:
    opinion = ("id: ev-till, kind: data", "id: ev-till, kind: opinion")
    (found,) = judged("OBJ013", opinion, ("as_of: 2026-11-30}", "as_of: 2026-11-30, source: ev-till}")).findings
    assert (found.values["kind"], found.values["as_of"]) == ("opinion", None)


MARGIN = ("situation:\n", '  - {id: wsm, name: Workshop margin, unit: EUR}\n  - {id: off, name: Share sold at a discount, unit: "%"}\nsituation:\n')  # fmt: skip


@pytest.mark.parametrize(
    ("discount", "extra", "fires"),
    [
        ("baseline: {value: 10 %}, target: {value: 20 %}", "", True),
        ("baseline: {value: 20 %}, target: {value: 10 %}", "", False),
        ("baseline: {value: 10 %}, target: {value: 20 %}", ', guardrails: [{metric: wsm, bound: ">= 1 kEUR"}]', False),
    ],
)
def test_margin_and_discount_cannot_both_rise_unless_one_guards_the_other(judged, discount, extra, fires) -> None:
    wishes = (
        objective("earn", "baseline: {value: 1 kEUR}, target: {value: 2 kEUR}, serves: [win-town]", metric="wsm"),
        objective("lure", f"{discount}, serves: [win-town]{extra}", metric="off"),
    )
    found = judged("OBJ014", MARGIN, *wishes).findings
    assert [one.values["first"] + one.values["second"] for one in found] == (["earnlure"] if fires else [])


def test_two_segments_may_go_two_ways_with_one_metric(judged) -> None:
    other = ("  competitors:\n", "    - {id: racers, name: Racers}\n  competitors:\n")
    falls = "baseline: {value: 9}, target: {value: 5}, serves: [win-town]"
    assert judged("OBJ014", other, objective("less", falls)).findings
    mine = ("{id: sell,", "{id: sell, segment: riders,")
    assert judged("OBJ014", other, mine, objective("less", falls)).findings
    assert not judged("OBJ014", other, mine, objective("less", f"segment: racers, {falls}")).findings


@pytest.mark.parametrize(("one", "two", "total"), [("0.7", "0.3", None), ("0.7", "0.309", None), ("0.7", "0.32", 1.02)])
def test_weights_add_up_as_people_round_them(judged, one: str, two: str, total: float | None) -> None:
    weighted = (("{id: sell,", f"{{id: sell, weight: {one},"), ("{id: be-known,", f"{{id: be-known, weight: {two},"))
    found = judged("OBJ015", *weighted).findings
    assert [one.values for one in found] == ([{"sum": pytest.approx(total), "without": None}] if total else [])


def test_a_missing_weight_is_named(judged) -> None:
    (found,) = judged("OBJ015", ("{id: sell,", "{id: sell, weight: 0.4,")).findings
    assert found.values == {"sum": 0.4, "without": ["be-known"]}


def test_a_change_of_a_rate_is_looked_for_in_bands_tests_and_names(judged) -> None:
    edits = (
        ("red: -2 pp", "amber: -5 %, red: -20 %"),
        ("effect: 3 pp", "effect: 30 %"),
        ("{id: be-known,", "{id: be-known, name: Awareness up by 4 %,"),
    )
    found = {one.element.id: one.values for one in judged("OBJ016", *edits).findings}
    assert set(found) == {"w-known", "radio-geo", "be-known"}
    # the target is 14 %: a fifth of it is 2.8 points
    assert found["w-known"] == {
        "text": ["-5 %", "-20 %"], "metric": "known", "relative": pytest.approx(-0.028), "points": -0.2,
    }  # fmt: skip
    assert found["radio-geo"]["relative"] == pytest.approx(0.042)
    assert found["be-known"]["text"] == ["by 4 %"]


def test_a_band_of_a_count_in_per_cent_and_a_rate_as_such_are_clear(judged) -> None:
    assert not judged("OBJ016", ("{id: be-known,", "{id: be-known, name: Known by 14 % of commuters,")).findings
    assert not judged("OBJ016", ("{id: be-known,", "{id: be-known, name: 14 % know us,")).findings
    for points in ("up by 4 % points", "up by 4 %-points", "+4 % points", "+4 percentage points"):
        assert not judged("OBJ016", ("{id: be-known,", f'{{id: be-known, name: "Awareness {points}",')).findings


# -- what the past says ---------------------------------------------------------------------------


def test_a_drift_is_the_mean_change_and_its_spread_grows_with_the_time() -> None:
    points = [(D(2026, 1, 1), 0.0), (D(2026, 1, 11), 1.0), (D(2026, 1, 21), 4.0)]
    past = drift(points, 20.0)
    # m = 4/20 a day; residuals -1, +1 over 10 days each: s² = 0.2; sd = √(0.2 · (20 + 20²/20))
    assert (past.mean, past.n) == (4.0, 2)
    assert past.sd == pytest.approx(math.sqrt(0.2 * 40))


QUARTERS = [D(2024, 3, 31), D(2024, 6, 30), D(2024, 9, 30), D(2024, 12, 31), D(2025, 3, 31), D(2025, 6, 30),
            D(2025, 9, 30), D(2025, 12, 31), D(2026, 3, 31), D(2026, 6, 30), D(2026, 9, 30)]  # fmt: skip


def test_the_trend_is_the_same_season_a_year_ago_plus_the_mean_year() -> None:
    season = [10.0, 30.0, 20.0, 5.0]
    values = [season[index % 4] + 4.0 * (index // 4) for index in range(11)]
    trend = seasonal_trend(list(zip(QUARTERS, values, strict=True)), D(2027, 6, 30))
    assert trend.value == pytest.approx(30 + 8 + 4)  # June 2026 and one year more
    assert trend.low == pytest.approx(trend.high)  # each year alike: nothing is known to vary
    two_on = seasonal_trend(list(zip(QUARTERS, values, strict=True)), D(2028, 6, 30))
    assert two_on.value == pytest.approx(30 + 8 + 8)


def test_a_trend_takes_two_years_without_a_hole() -> None:
    flat = [(day, 1.0) for day in QUARTERS]
    assert seasonal_trend(flat, D(2027, 6, 30)).value == 1.0
    assert seasonal_trend(flat[3:], D(2027, 6, 30)) is None  # 21 months
    assert seasonal_trend(flat[:4] + flat[5:], D(2027, 6, 30)) is None  # half a year is missing
    assert seasonal_trend(flat, D(2026, 9, 30)) is None  # no future


@given(st.lists(st.floats(-1e6, 1e6), min_size=11, max_size=11), st.floats(-1e3, 1e3))
def test_a_trend_and_a_drift_move_with_the_level_of_their_readings(values: list[float], lift: float) -> None:
    low, high = ([(day, one + off) for day, one in zip(QUARTERS, values, strict=True)] for off in (0.0, lift))
    by = D(2027, 9, 1)
    assert seasonal_trend(high, by).value == pytest.approx(seasonal_trend(low, by).value + lift, abs=1e-3)
    assert drift(high, 100.0).mean == pytest.approx(drift(low, 100.0).mean, abs=1e-3)


def told(*values: float, days: list[dt.date] = QUARTERS) -> EvidenceFacts:
    return EvidenceFacts(readings={"known": tuple(zip(days, values, strict=True))})


NOISY = (0.07, 0.09, 0.08, 0.07, 0.09, 0.1, 0.08, 0.09, 0.11, 0.09, 0.1)


def test_a_jump_is_held_against_changes_before_the_plan_alone(judged) -> None:
    jump = ("target: {value: 14 %", "target: {value: 30 %")
    assert judged("OBJ010", jump, facts=told(*NOISY)).findings
    assert not judged("OBJ010", facts=told(*NOISY)).findings
    few = told(*NOISY[:6], days=QUARTERS[:6])
    after = told(*NOISY, days=[day.replace(year=day.year + 3) for day in QUARTERS])
    for facts in (few, after):
        result = judged("OBJ010", jump, facts=facts, day=D(2029, 12, 31))
        assert not result.findings
        assert ("OBJ010", "be-known") in {(skip.code, skip.element) for skip in result.skipped}
    flat = judged("OBJ010", jump, facts=told(*[0.1] * 11))
    assert "its metric never varied before the plan" in {skip.reason for skip in flat.skipped}


def test_a_trend_that_falls_short_is_no_finding_and_one_that_gets_there_says_how_sure_it_is(judged) -> None:
    rising = told(*(0.05 + 0.005 * index for index in range(11)))  # two points a year
    assert not judged("OBJ011", facts=rising).findings  # 2027-09-30: 12 %, the target is 14 %
    (found,) = judged("OBJ011", ("target: {value: 14 %", "target: {value: 12 %"), facts=rising).findings
    assert found.values["trend"] == pytest.approx(0.12)
    assert found.values["without_plan"] == pytest.approx(0.02)  # the baseline is 10 %
    assert found.values["low"] <= found.values["trend"] <= found.values["high"]


def test_readings_beyond_all_measure_say_nothing(judged) -> None:
    wild = told(*[1e308] * 4, *[-1e308] * 4, *[1e308] * 3)
    for code in ("OBJ010", "OBJ011"):
        assert not judged(code, facts=wild).findings
