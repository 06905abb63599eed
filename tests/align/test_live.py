"""What is said while somebody types: the same as the full check says about that element, by the same rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from leadline.align import examples, registry
from leadline.align.finding import Finding
from leadline.align.live import SCOPES, judge, judge_element, judge_for
from leadline.align.run import CheckOptions, case_of, check
from leadline.plan.source import parse_plan, read_plan

OPTIONS = CheckOptions(as_of=dt.date(2027, 1, 2), preview=True)
SOUND = examples.text_of("SIT001", "good")
UNTRUE = SOUND.replace("claim: Arrive dry and on time", "claim: The best bike in town")


def said(finding: Finding) -> tuple[str, ...]:
    return (finding.code, finding.fingerprint, str(finding.place), finding.text, finding.fix, finding.waived_by or "")


NAMES = pytest.mark.parametrize("name", ["halden-pumps", "tidewater-cycles", "safe-harbour-reading", "olist"])


def compare(folder: Path, every: int) -> None:
    """Judge each nth element of an example alone, and compare with the full check."""
    document = read_plan(folder)
    scopes = {rule.code: rule.scope for rule in registry.RULES}
    findings = [one for one in check(document, OPTIONS) if scopes[one.code] in SCOPES]
    for element in list(case_of(document, OPTIONS).elements)[::every]:
        case = replace(case_of(document, OPTIONS), focus=frozenset({element}))
        wanted = {said(one) for one in findings if case.in_focus(one.element.id, one.path, tactics=one.tactics)}
        assert {said(one) for one in judge_element(document, element, options=OPTIONS)} == wanted, element


@NAMES
def test_elements_of_the_examples_are_judged_as_in_the_full_check(shared: Path, name: str) -> None:
    compare(shared / "examples" / name, every=13)


@pytest.mark.nightly
@NAMES
def test_every_element_of_the_examples_is_judged_as_in_the_full_check(shared: Path, name: str) -> None:
    compare(shared / "examples" / name, every=1)


def test_sums_are_left_to_the_full_check() -> None:
    dear = SOUND.replace("budget: 17 kEUR", "budget: 90 kEUR")
    assert "BUD001" in {one.code for one in check(parse_plan(dear), OPTIONS)}
    assert judge_element(parse_plan(dear), "ads", options=OPTIONS) == ()


def test_a_fault_elsewhere_is_not_shown_here() -> None:
    assert [one.code for one in judge_element(parse_plan(UNTRUE), "dry", options=OPTIONS)] == ["AUD007"]
    assert judge_element(parse_plan(UNTRUE), "spring", options=OPTIONS) == ()
    assert judge_element(parse_plan(UNTRUE), "nobody", options=OPTIONS) == ()


def test_after_a_block_the_hundred_stands_first_and_each_objective_has_its_coverage() -> None:
    findings, scores = judge(parse_plan(UNTRUE), frozenset({"dry", "ads"}), options=OPTIONS)
    assert [one.code for one in findings] == ["AUD007"]
    assert next(iter(scores)) == "the hundred"
    assert scores["the hundred"].startswith("Of each 100 EUR:")
    assert {"traced spend", "coverage of sell", "coverage of be-known"} <= set(scores)
    assert "sell" not in scores["coverage of sell"]


def test_what_is_waived_is_not_said_again() -> None:
    blind = SOUND.replace("method: geo, metric: order", "method: attribution, metric: order")
    row = "  waivers: [{id: w, code: MEA001, target: ads, reason: agreed, approved_by: mia, expires: 2027-12-31}]\n"
    waived = blind.replace("  tests:\n", row + "  tests:\n")
    assert [one.code for one in judge(parse_plan(blind), frozenset({"ads"}), options=OPTIONS)[0]] == ["MEA001"]
    assert judge(parse_plan(waived), frozenset({"ads"}), options=OPTIONS)[0] == ()
    assert [one.waived_by for one in judge_element(parse_plan(waived), "ads", options=OPTIONS)] == ["w"]


def test_an_interview_gets_remarks_and_an_empty_plan_nothing() -> None:
    ask = judge_for(OPTIONS)
    (remark,), _ = ask(parse_plan(UNTRUE), frozenset({"dry"}))
    assert (remark.code, remark.element) == ("AUD007", "dry")
    assert "best" in remark.text
    assert ask(parse_plan("plan: {id: p, title: P, currency: EUR}\n"), frozenset()) == ((), {})
