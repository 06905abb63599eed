"""DAT006: which numbers count as rewritten, and which decisions settle it. DAT001, DAT003: pace, money, age."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from leadline.align.facts import EvidenceFacts
from leadline.align.result import CheckResult
from leadline.align.run import CheckOptions, check
from leadline.plan.source import parse_plan
from leadline.plan.stamp import canonical, fingerprint, fingerprints

D = dt.date
APRIL = D(2027, 4, 15)


def rewritten(before: str, after: str, *, known: bool = True, as_of: dt.date = APRIL) -> CheckResult:
    old = parse_plan(before).plan
    parts = [*old.tactics.list, *old.tactics.bridge]
    contents: Mapping[str, str] = {fingerprint(part): canonical(part) for part in parts} if known else {}
    options = CheckOptions(
        as_of=as_of, select=("DAT006",), approved=fingerprints(old), approved_on=D(2027, 1, 15), known_contents=contents
    )
    return check(parse_plan(after), options)


def decided(text: str, day: str, about: str) -> str:
    row = f"  decisions: [{{id: d, date: {day}, question: What now?, choice: less, by: mia, about: {about}}}]\n"
    return text.replace("  tests:\n", row + "  tests:\n")


def test_numbers_are_compared_and_words_are_not(sound: str) -> None:
    assert not rewritten(
        sound, sound.replace("400..500..600, method: measured", "400..500..600, method: expert")
    ).findings
    assert not rewritten(sound, sound.replace("offering: city-bike\n      timing", "timing")).findings
    (found,) = rewritten(sound, sound.replace("3..6..9 pp", "1..2..3 pp")).findings
    assert (found.values["old"], found.values["new"]) == ([0.03, 0.06, 0.09], [0.01, 0.02, 0.03])
    assert found.units["old"] == "share points"
    assert found.element.id == "spring>known"


def test_a_tactic_that_has_not_begun_may_still_be_rewritten(sound: str) -> None:
    less = sound.replace("400..500..600", "200..300..400")
    assert not rewritten(sound, less, as_of=D(2027, 2, 28)).findings
    assert rewritten(sound, less, as_of=D(2027, 3, 1)).findings


def test_a_shared_step_belongs_to_the_started_tactics_that_walk_it(sound: str) -> None:
    slower = sound.replace("rate: 10..15..20 %, lag: 30 days", "rate: 10..15..20 %, lag: 45 days")
    (found,) = rewritten(sound, slower, as_of=D(2027, 2, 1)).findings
    assert (found.element.id, found.tactics, found.values["start"]) == ("lead>order:lag", ("letters",), "2027-02-01")
    assert rewritten(sound, slower).findings[0].tactics == ("ads", "letters")


def test_a_bet_that_was_taken_out_is_rewritten_and_a_new_one_is_not(sound: str) -> None:
    delivers = "      delivers: {metric: lead, count: 40..60..80, method: measured, source: ev-till}\n"
    (found,) = rewritten(sound, sound.replace(delivers, "")).findings
    assert (found.values["new"], found.element.id) == ("gone", "letters>lead")
    assert not rewritten(sound.replace(delivers, ""), sound).findings


@pytest.mark.parametrize(
    ("day", "about", "clears"),
    [
        ("2027-01-15", "[ads]", True),
        ("2027-01-15", "[]", False),
        ("2027-01-16", "[]", True),
        ("2027-03-20", '["ads>lead"]', True),
        ("2027-03-20", "[spring]", False),
        ("2027-04-16", "[ads]", False),
    ],
)
def test_a_decision_since_the_approval_that_may_be_about_it_settles_it(
    sound: str, day: str, about: str, clears
) -> None:
    less = decided(sound.replace("400..500..600", "200..300..400"), day, about)
    assert bool(rewritten(sound, less).findings) is not clears


def test_what_the_ledger_does_not_hold_is_not_judged(sound: str) -> None:
    result = rewritten(sound, sound.replace("400..500..600", "200..300..400"), known=False)
    assert not result.findings
    assert [(skip.element, skip.reason) for skip in result.skipped] == [
        ("ads", "what was approved of it is not in the ledger")
    ]


def spent(**money: float) -> EvidenceFacts:
    return EvidenceFacts(spend=money, covered_until=D(2027, 5, 31))


# ads: 17 kEUR over 214 days; by 2027-05-31 92 of them, 43.0 %
@pytest.mark.parametrize(("money", "fires"), [(9_850, False), (9_870, True), (0, False)])
def test_money_may_run_fifteen_points_ahead_of_time(judged, money: float, fires) -> None:
    found = judged("DAT001", day=D(2027, 6, 20), facts=spent(ads=money, unknown=9e9)).findings
    assert [one.element.id for one in found] == (["ads"] if fires else [])
    if found:
        assert found[0].values["time"] == pytest.approx(92 / 214)


def test_a_budget_by_period_sets_its_own_time(judged) -> None:
    by_month = ("budget: 17 kEUR", "budget: {2027-03: 10 kEUR, 2027-09: 7 kEUR}")
    assert not judged("DAT001", by_month, day=D(2027, 6, 20), facts=spent(ads=10_000)).findings
    (found,) = judged("DAT001", by_month, day=D(2027, 6, 20), facts=spent(ads=13_000)).findings
    assert found.values["time"] == pytest.approx(10 / 17)


@pytest.mark.parametrize(("value", "fires"), [(32.4, False), (32.3, True)])
def test_amber_begins_at_its_line(judged, value: float, fires) -> None:
    # the path is 36 on 2027-07-01, amber 10 % under it
    facts = EvidenceFacts(readings={"order": ((D(2027, 7, 1), value),)})
    found = judged("DAT001", ("red: -20 %", "amber: -10 %, red: -20 %"), day=D(2027, 7, 1), facts=facts).findings
    assert [one.values["amber"] for one in found] == ([pytest.approx(32.4)] if fires else [])


@pytest.mark.parametrize(("value", "word"), [(28.8, "before it is red"), (28.7, "is red already")])
def test_what_is_red_already_is_told_another_next_step(judged, value: float, word: str) -> None:
    facts = EvidenceFacts(readings={"order": ((D(2027, 7, 1), value),)})
    (found,) = judged("DAT001", ("red: -20 %", "amber: -10 %, red: -20 %"), day=D(2027, 7, 1), facts=facts).findings
    assert word in found.fix


@pytest.mark.parametrize(("day", "fires"), [(D(2027, 6, 11), False), (D(2027, 6, 12), True)])
def test_a_weekly_value_may_be_ten_days_and_a_half_old(judged, day: dt.date, fires) -> None:
    facts = EvidenceFacts(readings={"order": ((D(2027, 6, 1), 20.0), (D(2027, 9, 1), 40.0))})
    assert bool(judged("DAT003", day=day, facts=facts).findings) is fires


def test_where_no_value_ever_came_the_window_begins_the_count(judged) -> None:
    facts = EvidenceFacts(readings={"order": ()})
    assert not judged("DAT003", day=D(2027, 1, 11), facts=facts).findings
    (found,) = judged("DAT003", day=D(2027, 1, 12), facts=facts).findings
    assert (found.values["last"], found.values["days"]) == ("2027-01-01", 11)
    assert "no value has come" in found.text
