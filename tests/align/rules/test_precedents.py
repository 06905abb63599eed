"""TAC: the own past of rates, channels and tactics, at the limits."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.align.facts import Counted, EarlierTactic, EvidenceFacts, MeasuredBet
from leadline.align.rules.precedents import how_of
from leadline.plan.source import parse_plan
from leadline.plan.stamp import canonical, meaning

LETTERS = "    - id: letters"


def measured(bet: str, low: float, high: float) -> dict[str, EvidenceFacts]:
    return {"facts": EvidenceFacts(measured={bet: MeasuredBet(low, (low + high) / 2, high, 100)})}


def judged_before(text: str, *, verdict: str, year: int, tactic: str = "old") -> EarlierTactic:
    """Give the letters of a plan as a tactic of an earlier one."""
    content = next(one for one in parse_plan(text).plan.tactics.list if one.id == "letters")
    return EarlierTactic(f"bikes-{year}", tactic, dt.date(year, 12, 31), verdict, canonical(content))


@pytest.mark.parametrize(
    ("low", "high", "fires"), [(0.15, 0.20, False), (0.10, 0.15, False), (0.151, 0.20, True), (0.10, 0.149, True)]
)
def test_the_ends_of_the_measured_interval_belong_to_it(judged, low: float, high: float, fires) -> None:
    assert bool(judged("TAC009", **measured("lead>order:rate", low, high)).findings) is fires


def test_a_planned_lag_is_held_against_the_measured_one_in_days(judged) -> None:
    (found,) = judged("TAC009", **measured("lead>order:lag", 40, 60)).findings
    assert (found.values["planned"], found.values["middle"], found.units["planned"]) == (30, 50, "days")
    assert set(found.tactics) == {"ads", "letters"}


def test_a_measured_step_that_no_tactic_walks_is_nobodys_bet(judged) -> None:
    unused = ("  list:\n", "    - {from: order, to: known, rate: 5 %, lag: 9 days}\n  list:\n")
    alone = ("value_event: true, ", "")
    walked = judged("TAC009", unused, alone, **measured("order>known:rate", 0.5, 0.6)).findings
    assert [found.element.id for found in walked] == ["order>known:rate"]
    elsewhere = ("    - {from: order, to: known", "    - {from: known, to: order")
    assert not judged("TAC009", unused, elsewhere, **measured("known>order:rate", 0.5, 0.6)).findings[1:]


def test_where_the_ranges_do_not_meet_the_base_is_a_consequence(judged) -> None:
    result = judged("", select=("TAC009", "DAT004"), **measured("lead>order:rate", 0.3, 0.4))
    assert {found.code: found.caused_by is None for found in result.findings} == {"DAT004": True, "TAC009": False}


def untried(*more: tuple[str, str, str] | tuple[str, str]) -> tuple[tuple[str, ...], ...]:
    """Take the test away from the letters, and the measured bet."""
    return (
        ("      test: letters-rct\n", ""),
        ("letters-rct, tactic: letters", "letters-rct, tactic: ads"),
        (", audience: 800 count", ""),
        ("count: 40..60..80, method: measured", "count: 40..60..80, method: expert"),
        *more,
    )


@pytest.mark.parametrize(("budget", "fires"), [("5470 EUR", False), ("5471 EUR", True)])
def test_a_seventh_of_the_money_may_be_tried_without_knowing(judged, budget: str, fires) -> None:
    # 15 % of 31,000 and x is x at 5,470.59
    money = (LETTERS, "budget: 5 kEUR", f"budget: {budget}")
    assert bool(judged("TAC010", *untried(money)).findings) is fires


@pytest.mark.parametrize(
    "history",
    [
        ("name: Letters by mail, ", "name: Letters by mail, leads: 0 count/month, "),
        ("count: 40..60..80, method: expert", "count: 40..60..80, method: measured"),
        ("letters-rct, tactic: ads", "letters-rct, tactic: letters"),
    ],
    ids=["counted in the audit", "measured before", "tested"],
)
def test_a_channel_is_known_by_its_audit_its_bets_or_a_test(judged, history: tuple[str, str]) -> None:
    money = (LETTERS, "budget: 5 kEUR", "budget: 9 kEUR")
    (found,) = judged("TAC010", *untried(money)).findings
    assert found.values["enough"] == pytest.approx(0.15 * 40_000)
    assert not judged("TAC010", *untried(money, history)).findings


def test_what_the_evidence_has_counted_is_a_history_too(judged) -> None:
    money = (LETTERS, "budget: 5 kEUR", "budget: 9 kEUR")
    facts = EvidenceFacts(delivered={("letters", "lead"): Counted(12, dt.date(2027, 3, 1))})
    assert not judged("TAC010", *untried(money), facts=facts).findings


@pytest.mark.parametrize(
    ("edit", "fires"),
    [
        ((LETTERS, "id: letters", "id: post"), True),
        ((LETTERS, "budget: 5 kEUR", "budget: {2027-Q2: 3 kEUR, 2027-Q3: 2 kEUR}"), True),
        ((LETTERS, "count: 40..60..80", "count: 400..600..800"), True),
        ((LETTERS, "makes owners think", "MAKES owners, think"), True),
        ((LETTERS, "serves: [sell]", "serves: [be-known]"), True),
        ((LETTERS, "intent: retain", "intent: reactivate"), False),
        ((LETTERS, "makes owners think", "lets owners think"), False),
        ((LETTERS, "messages: [dry]", "messages: []"), False),
        ((LETTERS, "metric: lead", "metric: order"), False),
    ],
)
def test_the_same_tactic_is_known_by_what_it_does_not_by_its_numbers(judged, sound: str, edit, fires) -> None:
    facts = EvidenceFacts(earlier=(judged_before(sound, verdict="tactic failed", year=2026),))
    assert bool(judged("TAC011", edit, facts=facts).findings) is fires


def test_of_several_years_the_last_one_counts(judged, sound: str) -> None:
    def fires(*verdicts: str) -> bool:
        earlier = tuple(judged_before(sound, verdict=one, year=2020 + n) for n, one in enumerate(verdicts))
        return bool(judged("TAC011", facts=EvidenceFacts(earlier=earlier[::-1])).findings)

    assert fires("on course", "tactic failed")
    assert not fires("tactic failed", "on course")
    assert not fires("not executed")
    assert not fires("strategy failed")


def test_without_a_mechanism_nothing_is_compared(sound: str) -> None:
    letters = next(one for one in parse_plan(sound).plan.tactics.list if one.id == "letters")
    content = meaning(letters)
    assert how_of(content) is not None
    assert how_of({key: value for key, value in content.items() if key != "mechanism"}) is None


def test_without_a_judged_past_it_is_skipped_and_not_passed(judged) -> None:
    result = judged("", select=("TAC011", "TAC009", "BUD008"), facts=EvidenceFacts())
    assert {skip.code for skip in result.skipped} == {"TAC009", "TAC011"}
