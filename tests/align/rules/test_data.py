"""DAT: paths, red lines, decisions, measured steps, and parts that win while the whole loses."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.align.facts import Answered, Counted, EvidenceFacts, MeasuredBet, QualityFact
from leadline.align.pace import on_path, pace
from leadline.align.run import CheckOptions, case_of
from leadline.plan.source import parse_plan

JULY = dt.date(2027, 7, 1)
D = dt.date


@pytest.fixture
def sound(sound: str) -> str:
    """The sound plan without paths: the straight line from baseline to target holds."""
    return re.sub(r"path: \[.*?\], ", "", sound)


def readings(*points: tuple[dt.date, float], metric: str = "order") -> EvidenceFacts:
    return EvidenceFacts(readings={metric: points})


def standing(text: str, watch: str, facts: EvidenceFacts, day: dt.date = JULY):
    case = case_of(parse_plan(text), CheckOptions(as_of=day, facts=facts))
    return pace(case, next(one for one in case.plan.control.watches if one.id == watch))


def test_without_a_path_the_straight_line_from_baseline_to_target_holds(sound: str) -> None:
    # 0 on 2026-12-31, 60 on 2027-12-31: on 2027-07-01, after 182 of 365 days, 29.9; red under 80 % of it
    stand = standing(sound, "w-sell", readings((JULY, 24.0)))
    assert stand.path == pytest.approx(60 * 182 / 365)
    assert stand.since is None
    assert standing(sound, "w-sell", readings((JULY, 23.9))).since == JULY


def test_points_of_the_path_bend_the_line(sound: str) -> None:
    bent = sound.replace("red: -20 %", "path: [{date: 2027-07-01, value: 10}], red: -20 %", 1)
    assert standing(bent, "w-sell", readings((JULY, 8.0))).path == 10
    assert standing(bent, "w-sell", readings((JULY, 8.0))).since is None
    assert standing(bent, "w-sell", readings((D(2027, 10, 1), 30.0)), D(2027, 10, 1)).path == pytest.approx(
        10 + 50 * 92 / 183
    )


def test_a_difference_in_points_is_absolute_and_a_positive_line_lies_above(sound: str) -> None:
    day, facts = D(2027, 9, 30), readings((D(2027, 9, 30), 0.1201), metric="known")
    assert standing(sound, "w-known", facts, day).since is None  # target 14 %, red at 2 pp under it
    assert standing(sound, "w-known", readings((day, 0.1199), metric="known"), day).since == day
    above = sound.replace("red: -2 pp", "red: 2 pp", 1)
    assert standing(above, "w-known", readings((day, 0.1599), metric="known"), day).since is None
    assert standing(above, "w-known", readings((day, 0.1601), metric="known"), day).since == day


def test_red_counts_from_the_first_day_without_a_good_one_since(sound: str) -> None:
    facts = readings(
        (D(2027, 2, 1), 0.0), (D(2027, 4, 1), 20.0), (D(2027, 5, 1), 5.0), (D(2027, 6, 1), 6.0), (D(2027, 8, 1), 60.0)
    )
    assert standing(sound, "w-sell", facts).since == D(2027, 5, 1)  # August has not come yet
    assert standing(sound, "w-sell", facts, D(2027, 8, 2)).since is None


@given(
    st.lists(
        st.tuples(st.dates(D(2027, 1, 1), D(2027, 12, 31)), st.floats(-1e6, 1e6)),
        min_size=1,
        unique_by=lambda one: one[0],
    )
)
def test_a_path_goes_through_its_points_and_stays_between_them(points: list[tuple[dt.date, float]]) -> None:
    points = sorted(points)
    for day, value in points:
        assert on_path(points, day) == pytest.approx(value, abs=1e-6)
    values = [value for _, value in points]
    for offset in range(-10, 380, 13):
        assert min(values) - 1e-6 <= on_path(points, D(2027, 1, 1) + dt.timedelta(days=offset)) <= max(values) + 1e-6


RED = readings((D(2027, 6, 1), 2.0), (JULY, 3.0))


def decided(day: str, about: str = "[]") -> tuple[str, str]:
    return (
        "  tests:\n",
        f"  decisions: [{{id: d, date: {day}, question: What now?, choice: fix, by: mia, about: {about}}}]\n  tests:\n",
    )


@pytest.mark.parametrize(("day", "red_for"), [(D(2027, 7, 1), 30), (D(2027, 6, 12), 11), (D(2027, 6, 11), None)])
def test_there_are_as_many_days_to_decide_as_the_watch_says(judged, day: dt.date, red_for: int | None) -> None:
    found = judged("DAT002", day=day, facts=RED).findings
    assert [one.values for one in found] == ([{"since": "2027-06-01", "days": red_for}] if red_for else [])


@pytest.mark.parametrize(
    ("day", "about", "clears"),
    [
        ("2027-06-01", "[]", True),
        ("2027-05-31", "[]", False),
        ("2027-07-02", "[]", False),
        ("2027-06-10", "[w-sell]", True),
        ("2027-06-10", "[ads, spring]", True),
        ("2027-06-10", "[be-known]", False),
    ],
)
def test_only_a_decision_since_then_that_may_be_about_it_counts(judged, day: str, about: str, clears) -> None:
    assert bool(judged("DAT002", decided(day, about), day=JULY, facts=RED).findings) is not clears


def test_without_values_or_data_nothing_is_judged(judged) -> None:
    for code in ("DAT002", "DAT005"):
        result = judged("", day=JULY, facts=EvidenceFacts(unmatched=1.0))
        assert code in {skip.code for skip in result.skipped}
    assert {"DAT002", "DAT004", "DAT005"} <= {skip.code for skip in judged("", day=JULY).skipped}


@pytest.mark.parametrize(
    ("low", "high", "fires"),
    [(0.20, 0.30, False), (0.201, 0.30, True), (0.02, 0.10, False), (0.02, 0.099, True), (0.12, 0.13, False)],
)
def test_a_step_diverges_where_the_ranges_have_nothing_in_common(judged, low: float, high: float, fires) -> None:
    facts = EvidenceFacts(measured={"lead>order:rate": MeasuredBet(low, (low + high) / 2, high, 80)})
    found = judged("DAT004", facts=facts).findings
    assert [one.element.id for one in found] == (["lead>order:rate"] if fires else [])


def test_a_bare_lag_is_a_point_that_data_may_miss(judged) -> None:
    facts = EvidenceFacts(
        measured={"lead>order:lag": MeasuredBet(40, 45, 52, 80), "gone>away:rate": MeasuredBet(0, 0, 0, 1)}
    )
    (found,) = judged("DAT004", facts=facts).findings
    assert (found.values["plan"], found.units["plan"]) == ([30, 30, 30], "days")
    assert found.tactics == ("ads", "letters")


# by 2027-07-01 ads are due 123 of 214 days (low 400: 229.9), letters 151 of 273 (low 40: 22.1)
@pytest.mark.parametrize(
    ("ads", "letters", "outcome"),
    [(230, 23, "fires"), (229, 23, "behind"), (230, 22, "behind"), (230, None, "skip"), (None, None, "skip")],
)
def test_all_parts_win_only_if_each_was_counted_and_kept_up(
    judged, ads: int | None, letters: int | None, outcome: str
) -> None:
    counted = {("ads", "lead"): ads, ("letters", "lead"): letters}
    delivered = {key: Counted(value, JULY) for key, value in counted.items() if value is not None}
    facts = EvidenceFacts(readings={"order": ((JULY, 3.0),)}, delivered=delivered)
    result = judged("DAT005", day=JULY, facts=facts)
    assert bool(result.findings) is (outcome == "fires")
    assert bool(result.skipped) is (outcome == "skip")
    if outcome == "fires":
        (found,) = result.findings
        assert found.values == {"tactics": ["ads", "letters"], "gap": pytest.approx(60 * 182 / 365 - 3)}


def test_parts_that_win_and_a_whole_that_wins_are_fine(judged) -> None:
    delivered = {("ads", "lead"): Counted(230, JULY), ("letters", "lead"): Counted(23, JULY)}
    facts = EvidenceFacts(readings={"order": ((JULY, 30.0),)}, delivered=delivered)
    assert not judged("DAT005", day=JULY, facts=facts).findings


def odd(name: str, *about: str) -> QualityFact:
    return QualityFact(name, "warning", f"{name} of {{{about[0]}}}.", about)


CRM = {"order": Answered(("crm",), JULY), "lead": Answered(("forms",), JULY)}


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (odd("gap", "crm"), True),
        (odd("state.unseen", "won"), True),  # of the metric's own state
        (odd("gap", "forms"), False),  # of another metric
        (odd("spend.vanished", "crm"), False),  # says nothing of counts
    ],
)
def test_an_alarm_names_what_is_odd_about_the_numbers_it_rests_on(judged, fact: QualityFact, said) -> None:
    facts = replace(RED, quality=(fact,), answered=CRM)
    (found,) = judged("DAT002", day=JULY, facts=facts).findings
    assert (f"{fact.name} of {{{fact.about[0]}}}." in found.also) is said


def test_no_alarm_is_raised_on_what_people_say_while_its_count_jumps(judged) -> None:
    posts = ('value_event: true, worth: 900..1200..1500 EUR, source: "stage:won"', 'source: "posts.mentions"')
    jump = odd("level.shift", "mastodon")
    facts = replace(RED, quality=(jump,), answered={"order": Answered(("mastodon",), JULY)})
    result = judged("DAT002", posts, day=JULY, facts=facts)
    assert not result.findings
    assert [(skip.element, skip.reason) for skip in result.skipped] == [("w-sell", jump.text)]
    assert judged("DAT002", posts, day=JULY, facts=replace(facts, quality=())).findings


def test_a_watch_of_no_objective_is_stale_by_the_sources_that_answer_its_metric(judged) -> None:
    watch = ("  tests:\n", "    - {id: w-lead, metric: lead, every: week, by: mia}\n  tests:\n")
    old, never = D(2027, 6, 20), None
    for until, source, last in ((old, ("forms",), "2027-06-20"), (never, (), "2027-01-01"), (JULY, ("forms",), None)):
        facts = EvidenceFacts(answered={"lead": Answered(source, until)})
        found = judged("DAT003", watch, day=JULY, facts=facts).findings
        assert [one.values["last"] for one in found] == ([last] if last else [])
        assert all(("export of forms" if source else "stage:lead") in one.fix for one in found)


def test_a_tactic_that_nothing_shows_is_why_it_was_not_counted(judged) -> None:
    facts = EvidenceFacts(readings={"order": ((JULY, 3.0),)}, quality=(odd("coverage.tactic", "tactics", "ads"),))
    assert judged("DAT005", day=JULY, facts=facts).skipped[0].reason == "nothing of ads is seen in the evidence"
