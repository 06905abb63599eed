"""A new waiver is one that holds: whatever WVR001, WVR002 or WVR004 would find is refused beforehand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from leadline.align import registry
from leadline.align.run import CheckOptions, check
from leadline.align.waivers import NOT_WAIVABLE, state_of
from leadline.align.waiving import WaiverRequest, draft
from leadline.errors import UsageError
from leadline.plan.edits import append_item, apply
from leadline.plan.source import parse_plan

DAY = dt.date(2027, 1, 2)
ASKED = WaiverRequest("single-basket", "linkedin", "one year's pilot: then two, or none", "ines", dt.date(2027, 3, 1))


@pytest.fixture(scope="module")
def plan(shared):
    text = (shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8")
    for old, new in (("[trade-press, linkedin]", "[linkedin]"), ("[fair-stand]", "[linkedin]")):
        assert text.count(f"channels: {old}") == 1
        text = text.replace(f"channels: {old}", f"channels: {new}")
    return parse_plan(text)


def test_a_drafted_waiver_suppresses_its_finding_and_moves_no_other_byte(plan):
    waiver = draft(plan.plan, ASKED, as_of=DAY)
    after = apply(plan, [append_item(plan, ("control", "waivers"), value=dict(waiver))])
    (finding,) = (one for one in check(after, CheckOptions(as_of=DAY)) if one.code == "BUD002")
    assert finding.waived_by == "wv-bud002-linkedin"
    before, now = plan.texts["plan.yaml"].splitlines(), after.texts["plan.yaml"].splitlines()
    (added,) = (line for line in now if line not in before)
    assert added == (
        '    - {id: wv-bud002-linkedin, code: BUD002, target: linkedin, reason: "one year\'s pilot: then two, or none", '
        "approved_by: ines, expires: 2027-03-01}"
    )
    assert [line for line in now if line != added] == before
    assert draft(after.plan, ASKED, as_of=DAY)["id"] == "wv-bud002-linkedin-2"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"code": "BUD02"}, 'No check is called "BUD02". Nearest: BUD002'),
        ({"target": "linkedn"}, "Nearest: linkedin,"),
        ({"reason": "  "}, "without a reason suppresses nothing"),
        ({"approved_by": " "}, "nobody approved"),
        ({"approved_by": "inés"}, "is no person or team of the plan. Nearest: ines"),
        ({"expires": dt.date(2027, 1, 1)}, "suppress nothing (WVR002)"),
    ],
)
def test_a_waiver_that_would_not_hold_is_refused(plan, change, said):
    with pytest.raises(UsageError) as refused:
        draft(plan.plan, replace(ASKED, **change), as_of=DAY)
    assert said in str(refused.value)


def test_a_waiver_may_end_today(plan):
    waiver = draft(plan.plan, replace(ASKED, expires=DAY), as_of=DAY)
    after = apply(plan, [append_item(plan, ("control", "waivers"), value=dict(waiver))])
    assert state_of(after.plan.control.waivers[-1], DAY, rules=registry.RULES).is_active


@pytest.mark.parametrize("rule", registry.RULES, ids=lambda rule: rule.code)
def test_exactly_the_rules_of_the_catalogue_cannot_be_waived(plan, rule):
    """checks.md section 4: structural rules, TPM003, TPM004, RSK001, RSK002, RSK003 and the rules of waivers."""
    assert {"TPM003", "TPM004", "RSK001", "RSK002", "RSK003"} == NOT_WAIVABLE
    forbidden = rule.structural or rule.code in NOT_WAIVABLE or rule.code.startswith("WVR")
    if forbidden:
        with pytest.raises(UsageError, match="cannot be waived"):
            draft(plan.plan, replace(ASKED, code=rule.name), as_of=DAY)
    else:
        assert draft(plan.plan, replace(ASKED, code=rule.name), as_of=DAY)["code"] == rule.code


def test_a_bet_and_the_plan_itself_can_be_waived(plan):
    for target in ("lead>sqo:rate", "pumpwatch-2027"):
        assert draft(plan.plan, replace(ASKED, target=target), as_of=DAY)["target"] == target


def test_a_plan_without_control_gets_the_section_in_lines_of_its_own():
    document = parse_plan("plan: {id: p}\nmetrics:\n  - {id: a}\n")
    after = apply(document, [append_item(document, ("control", "waivers"), value={"id": "w", "code": "BUD002"})])
    assert after.texts["plan.yaml"] == (
        "plan: {id: p}\nmetrics:\n  - {id: a}\ncontrol:\n  waivers:\n    - {id: w, code: BUD002}\n"
    )
    assert after.plan.control.waivers[0].code == "BUD002"
