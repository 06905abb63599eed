"""BRG: steps that are asked for, written whole, and believed in moderation."""

from __future__ import annotations

import pytest

ADS, LETTERS = "    - id: ads", "    - id: letters"


def test_only_messages_that_sell_need_a_next_step(judged) -> None:
    silent = (", call_to_action: try one for a week", "")
    (found,) = judged("BRG007", silent).findings
    assert (found.element.id, found.values["tactics"], found.values["delivers"]) == ("dry", ["ads"], ["lead"])
    assert not judged("BRG007", silent, (ADS, "intent: acquire", "intent: build")).findings
    assert judged("BRG007", ("call_to_action: try one for a week", "call_to_action: ' '")).findings


@pytest.mark.parametrize(("target", "fires"), [(56, False), (55, True)])
def test_half_as_much_again_is_a_reserve(judged, target: int, fires) -> None:
    found = judged("BRG008", ("target: {value: 60,", f"target: {{value: {target},")).findings  # 75 + 9 orders
    assert [one.values["naive"] for one in found] == ([pytest.approx(84)] if fires else [])


def test_a_surplus_that_comes_too_late_is_not_idle(judged) -> None:
    low = ("target: {value: 60,", "target: {value: 50,")
    assert judged("BRG008", low).findings
    assert not judged("BRG008", low, ("lag: 30 days", "lag: 200 days")).findings


def test_an_objective_that_cannot_be_computed_is_skipped_by_name(judged) -> None:
    result = judged("BRG008", ("rate: 10..15..20 %, ", ""))
    assert [(skip.element, skip.reason) for skip in result.skipped] == [
        ("sell", "lead>order:rate has no usable number")
    ]


def test_an_override_inherits_where_there_is_something_to_inherit(judged) -> None:
    own = (LETTERS, "      stop_when", "      bridge: [{from: lead, to: order, rate: 9 %}]\n      stop_when")
    assert not judged("BRG016", own).findings
    new = (
        LETTERS,
        "      stop_when",
        "      bridge: [{from: known, to: order, rate: 9 %, owner: sam}]\n      stop_when",
    )
    (found,) = judged("BRG016", new).findings
    assert found.values == {"step": "letters/known>order", "missing": ["lag", "tracking"]}
    turned = (LETTERS, "      stop_when", "      bridge: [{from: order, to: lead, rate: 9 %}]\n      stop_when")
    (found,) = judged("BRG016", turned).findings
    assert "the other way round" in found.fix
