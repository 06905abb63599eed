"""What a question is said to clear it really clears: the finding fires without its answer, and the example ends it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leadline.align.run import CheckOptions, check
from leadline.plan.edits import append_item, apply, insert_key, remove
from leadline.plan.interview import Session, read_flow
from leadline.plan.interview.addresses import value_at
from leadline.plan.interview.writing import set_value
from leadline.plan.source import parse_plan

TACTIC = ("tactics", "list", 0)
OBJECTIVE = ("objectives", 0)
LEVELS = ("strategy", "levels")
POINT = ("situation", "touchpoints", 0)


def put(*path, value):
    return lambda document: set_value(document, path, value=value)


def drop(*paths):
    def edit(document):
        for path in paths:
            document = apply(document, [remove(document, path)])
        return document

    return edit


def with_offering(status, **more):
    """Return an edit: an offering of this status, sold by the tactic; other values go in by path."""

    def edit(document):
        document = apply(
            document, [append_item(document, ("strategy", "offerings"), value={"id": "watch", "status": status})]
        )
        document = apply(document, [insert_key(document, TACTIC, key="offering", value="watch")])
        for path, value in more.items():
            document = set_value(document, (*LEVELS, 1, path), value=value)
        return document

    return edit


def then(*edits):
    def edit(document):
        for one in edits:
            document = one(document)
        return document

    return edit


# question, code -> what is wrong with the plan before the answer; the ask where it is not the question alone.
CASES = {
    ("first.frame", "PLN004"): put("plan", "budget", value="60"),
    ("first.frame", "BUD001"): put("plan", "budget", value="10 kEUR"),
    ("first.driver", "RES005"): drop(("plan", "driver")),
    ("first.direction", "STR001"): drop((*LEVELS, 0, "direction")),
    ("first.direction", "STR003"): put(*LEVELS, 0, "direction", value="retrenchment"),
    ("first.growth", "STR002"): drop((*LEVELS, 1, "parent")),
    ("first.growth", "STR004"): with_offering("new", growth="penetration"),
    ("first.segment@plants-that-run-our", "AUD001"): put("situation", "segments", 0, "name", value="Everyone"),
    ("first.segment@plants-that-run-our", "STR002"): drop((*LEVELS, 2, "parent")),
    ("first.instead@nordsense", "SIT003"): drop(("situation", "competitors", 0, "channels")),
    ("first.instead@nordsense", "STR011"): then(with_offering("new"), drop(("strategy", "positions", 0))),
    ("first.not", "STR007"): drop((*LEVELS, 2, "not_doing")),
    ("first.objective@contracts-2027", "OBJ001"): drop((*OBJECTIVE, "target")),
    ("first.objective@contracts-2027", "OBJ002"): drop((*OBJECTIVE, "baseline")),
    ("first.objective@contracts-2027", "OBJ003"): drop((*OBJECTIVE, "target", "by")),
    ("first.objective@contracts-2027", "SIT001"): drop((*OBJECTIVE, "baseline", "as_of"), (*OBJECTIVE, "baseline", "source")),
    ("first.worth@contracts", "BRG009"): drop(("metrics", 0, "worth")),
    ("first.worth@contracts", "BUD006"): put("metrics", 0, "worth", value="10 EUR"),
    ("first.hangout@plants-that-run-our", "SIT007"): drop(
        ("situation", "segments", 0, "venues"), ("situation", "conversations", 0)
    ),
    ("first.touch", "TPM001"): drop(POINT),
    ("first.touch@field-service-visit", "TPM003"): put(*POINT, "experience", "score", value=40),
    ("first.promise@field-service-visit", "TPM004"): put(*POINT, "staffed", value="10 h/week"),
    ("first.tactic@free-retrofit-checks", "TAC001"): drop((*TACTIC, "serves")),
    ("first.tactic@free-retrofit-checks", "AUD003"): drop((*TACTIC, "messages")),
    ("first.tactic@free-retrofit-checks", "AUD004"): drop((*TACTIC, "timing")),
    ("first.tactic@free-retrofit-checks", "OBJ007"): drop((*TACTIC, "serves")),
    ("first.because@free-retrofit-checks", "TAC002"): drop((*TACTIC, "mechanism")),
    ("first.bridge@free-retrofit-checks", "BRG001"): drop((*TACTIC, "delivers")),
    ("first.bridge@free-retrofit-checks", "BRG011"): drop((*TACTIC, "delivers", 0, "count")),
    ("first.bridge.moves@free-retrofit-checks", "BRG011"): then(
        drop((*TACTIC, "delivers")), put(*TACTIC, "intent", value="build"), put(*TACTIC, "expects", value={"metric": "checks"})
    ),
    ("first.bridge.step@checks", "BRG002"): drop(("tactics", "bridge", 0)),
    ("first.bridge.step@checks-contracts", "BRG003"): drop(("tactics", "bridge", 0, "tracking")),
    ("first.bridge.step@checks", "TAC003"): drop(("tactics", "bridge", 0)),
    ("first.bridge.step@checks-contracts", "TPM006"): drop(("tactics", "bridge", 0, "touchpoint")),
    ("first.cost@free-retrofit-checks", "TAC004"): drop((*TACTIC, "budget"), (*TACTIC, "hours")),
    ("first.cost@free-retrofit-checks", "TAC007"): drop((*TACTIC, "dates")),
    ("first.cost@free-retrofit-checks", "CTL009"): drop((*TACTIC, "stop_when")),
    ("first.watch@contracts-2027", "CTL001"): drop(("control", "watches", 0)),
    ("first.watch@watch-contracts-2027", "CTL002"): drop(("control", "watches", 0, "red")),
}  # fmt: skip


def codes(document, code, today):
    text = next(iter(document.texts.values())).replace("status: draft", "status: review")
    return {finding.code for finding in check(parse_plan(text), CheckOptions(today, select=(code,)))}


@pytest.mark.parametrize(("key", "code"), CASES, ids=str)
def test_the_example_clears_what_the_question_says_it_clears(key, code, answered):
    broken = CASES[key, code](answered.document)
    assert code in codes(broken, code, answered.today)
    session = replace(Session.begin(answered.flow, broken, today=answered.today), state=answered.state)
    question = answered.flow.question(key.partition("@")[0])
    assert session.find(key) is not None
    outcome = session.answer(question.example, key=key)
    assert outcome.kind == "written", outcome.says
    assert code not in codes(outcome.session.document, code, answered.today)


def test_every_pair_of_the_first_flow_is_tried():
    pairs = {(question.id, code) for question in read_flow("first").questions for code in question.clears}
    assert pairs == {(key.partition("@")[0], code) for key, code in CASES}


def test_a_drop_takes_out_what_it_names(answered):
    assert value_at(drop((*TACTIC, "serves"))(answered.document), (*TACTIC, "serves")) is None
