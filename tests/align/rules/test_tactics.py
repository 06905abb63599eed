"""TAC: serving, reasons, costs and dates."""

from __future__ import annotations

import pytest

from leadline.align.vagueness import vague_words


def test_a_path_may_climb_over_objectives_and_must_reach_the_top(judged) -> None:
    over = ("serves: [say-dry]", "serves: [sell]")
    assert not judged("TAC001", over).findings
    result = judged("TAC001", ("level: business_unit, parent: grow", "level: business_unit"))
    assert {found.element.id for found in result.findings} == {"ads", "spring", "letters"}


def test_under_a_missing_level_distraction_is_a_consequence(judged) -> None:
    result = judged("", ("level: business_unit, parent: grow", "level: business_unit"))
    assert "TAC001" not in {found.code for found in result.shown}
    assert "STR002" in {found.code for found in result.shown}


def test_running_cost_serves_nothing_and_needs_no_reason(judged) -> None:
    run = ("    - id: letters", "      intent: retain\n      serves: [sell]\n", "      intent: run\n")
    no_reason = ("      mechanism: A letter when the bike is old makes owners think of the next one\n", "")
    undated = ("      dates: 2027-02-01..2027-10-31\n", "")
    for code in ("TAC001", "TAC002", "TAC007"):
        assert not judged(code, run, no_reason, undated).findings, code


@pytest.mark.parametrize(("words", "fires"), [("a b c d", True), ("a b c d e", False), ("''", True)])
def test_a_reason_has_five_words(judged, words: str, fires) -> None:
    reason = "mechanism: A letter when the bike is old makes owners think of the next one"
    assert bool(judged("TAC002", (reason, f"mechanism: {words}")).findings) is fires


def test_an_effect_may_come_through_others_or_reach_a_higher_objective(judged) -> None:
    spring_sells = ("    - id: spring", "serves: [be-known]", "serves: [sell]")
    assert not judged("TAC003", spring_sells).findings  # by way of ads
    (found,) = judged("TAC003", spring_sells, ("      enables: [ads]\n", "")).findings
    assert found.values == {"tactic": "spring", "objective": "sell", "metrics": ["order"]}
    higher = ("serves: [say-dry]", "serves: [sell]")
    letters = ("    - id: letters", "serves: [sell]", "serves: [be-known]")
    assert not judged("TAC003", higher, letters).findings  # be-known serves sell, and letters bring orders


def test_hours_alone_or_money_alone_are_a_cost(judged) -> None:
    no_money, no_hours = (
        ("    - id: letters", "      budget: 5 kEUR\n", ""),
        ("    - id: letters", "hours: 60 h", "hours: 0 h"),
    )
    assert not judged("TAC004", no_money).findings
    assert not judged("TAC004", no_hours).findings
    assert len(judged("TAC004", no_money, no_hours).findings) == 1


@pytest.mark.parametrize("reason", ["competitor", "habit", "evidence", "mandate"])
def test_a_borrowed_reason_needs_evidence_or_a_test(judged, reason: str) -> None:
    why = ("    - id: letters", "      stop_when", f"      reason: {reason}\n      stop_when")
    assert not judged("TAC006", why).findings
    untested = ("      test: letters-rct\n", ""), ("letters-rct, tactic: letters", "letters-rct, tactic: ads")
    assert not judged("TAC006", why, *untested).findings  # its count has a source
    bare = ("count: 40..60..80, method: measured, source: ev-till", "count: 40..60..80")
    assert bool(judged("TAC006", why, *untested, bare).findings) is (reason in ("competitor", "habit"))


@pytest.mark.parametrize(
    ("dates", "due", "lag"),
    [
        ("2027-10-31..2027-02-01", None, None),
        ("2026-12-31..2027-02-01", None, None),
        ("2027-12-01..2028-01-01", None, None),
        ("2027-12-02..2027-12-31", "2027-12-31", 30),
        ("2027-12-01..2027-12-31", "fine", None),
    ],
)
def test_dates_lie_in_order_inside_the_window_and_early_enough(
    judged, dates: str, due: str | None, lag: float | None
) -> None:
    found = judged("TAC007", ("    - id: letters", "2027-02-01..2027-10-31", dates)).findings
    assert [(one.values["due"], one.values["lag"]) for one in found] == ([] if due == "fine" else [(due, lag)])


def test_a_tactic_is_misdated_only_if_it_is_late_for_everything(judged) -> None:
    late = ("    - id: spring", "2027-03-01..2027-05-31", "2027-10-01..2027-11-30")
    (found,) = judged("TAC007", late).findings
    assert found.values["due"] == "2027-09-30"
    assert not judged("TAC007", late, ("    - id: spring", "serves: [be-known]", "serves: [be-known, sell]")).findings


def test_three_objectives_are_enough_and_double_links_count_once(judged) -> None:
    more = "".join(f"  - {{id: aim-{n}, metric: order, serves: [win-town]}}\n" for n in (1, 2))
    added = ("strategy:\n", f"{more}strategy:\n")
    for links, fires in (("sell, be-known, aim-1, sell", False), ("sell, be-known, aim-1, aim-2", True)):
        assert bool(judged("TAC005", added, ("serves: [sell]\n", f"serves: [{links}]\n")).findings) is fires, links


@pytest.mark.parametrize(
    ("change", "segments", "amount"),
    [
        ("0.5..1..2 pp", "[riders]", 0.01),
        ("4..8..9 pp", "[riders]", 0.06),
        ("-2..-1..0 pp", "[riders]", None),
        ("0.5..1..2 pp", "[]", None),
    ],
)
def test_the_smaller_of_two_effects_may_be_counted_twice(
    judged, change: str, segments: str, amount: float | None
) -> None:
    effect = (
        "    - id: ads",
        "      stop_when",
        f"      expects: {{metric: known, change: {change}}}\n      stop_when",
    )
    to_whom = ("    - id: ads", "segments: [riders]", f"segments: {segments}")
    found = judged("TAC008", effect, to_whom).findings
    assert [one.values["amount"] for one in found] == ([] if amount is None else [pytest.approx(amount)])


@pytest.mark.parametrize(("target", "fires"), [(90, True), (91, False)])
def test_a_tenth_of_what_is_needed_does_not_come_by_the_way(judged, target: int, fires) -> None:
    by_the_way = ("    - id: letters", "serves: [sell]", "serves: [be-known]")  # 60 enquiries, 9 orders
    found = judged("TAC013", by_the_way, ("target: {value: 60,", f"target: {{value: {target},")).findings
    assert [one.values["amount"] for one in found] == ([pytest.approx(9)] if fires else [])


def test_what_comes_too_late_is_not_counted_on(judged) -> None:
    by_the_way = ("    - id: letters", "serves: [sell]", "serves: [be-known]")
    assert not judged(
        "TAC013", by_the_way, ("    - id: letters", "2027-02-01..2027-10-31", "2027-12-05..2027-12-31")
    ).findings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Boosting brand awareness", ("boosting",)),
        ("Leverage synergies across all our channels", ()),  # "across" is not known as empty
        ("Strengthen and grow customer relationships", ("strengthen", "grow")),
        ("Search ads and comparison pages", ()),
        ("Awareness", ()),  # no verb at all
        ("Drive 300 enquiries", ()),
        ("Boost awareness among commuters", ()),
    ],
)
def test_a_text_is_vague_where_no_word_is_concrete(text: str, words: tuple[str, ...]) -> None:
    assert vague_words(text) == words
