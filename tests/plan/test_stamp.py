"""Fingerprints change with the meaning and with nothing else; suspect links name what changed."""

import pytest

from leadline.plan.action import Task
from leadline.plan.model import Metric, Objective
from leadline.plan.situation import Segment, Touchpoint
from leadline.plan.source import parse_plan
from leadline.plan.stamp import canonical, fingerprint, fingerprints, meant_fields, suspect_links
from leadline.plan.strategy import Level, Message
from leadline.plan.tactics import Step, Tactic


@pytest.mark.parametrize(
    ("part", "fields"),
    [
        (Objective, "metric baseline target without_plan segment guardrails serves"),
        (Level, "statement direction growth advantage posture not_doing parent"),
        (Segment, "status size value need"),
        (Message, "claim segment proof"),
        (Touchpoint, "stage promise experience owner"),
        (
            Tactic,
            "intent serves segments messages offering dates budget mechanism delivers expects bridge enables",
        ),
        (Step, "from_ to rate lag touchpoint method source"),
        (Metric, "unit better value_event worth"),
        (Task, ""),
    ],
)
def test_the_fields_that_bear_meaning_are_those_of_the_design(part, fields):
    assert set(meant_fields(part)) == set(fields.split())


def objective(**changes):
    fields = {
        "id": "o",
        "metric": "m",
        "baseline": {"value": "400 kEUR"},
        "target": {"value": "1.1 MEUR", "by": "2027-12-31"},
        "serves": ["a", "b"],
    }
    return Objective.model_validate({**fields, **changes})


def test_the_canonical_text_is_sorted_and_in_base_units():
    assert canonical(objective()) == (
        '{"baseline":{"value":"400000 money:EUR"},"metric":"m","serves":["a","b"],'
        '"target":{"by":"2027-12-31","value":"1100000 money:EUR"}}'
    )
    assert len(fingerprint(objective())) == 12


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Another name"},
        {"owner": "mara"},
        {"notes": "x", "tags": ["y"], "evidence": ["e"]},
        {"serves": ["b", "a"]},
        {"serves": [{"ref": "a", "seen": "0", "why": "because"}, "b"]},
        {"baseline": {"value": "0.4 MEUR"}},
        {"weight": 0.5, "milestones": [{"value": 3, "by": "2027-06-30"}]},
    ],
)
def test_a_cosmetic_edit_keeps_the_fingerprint(change):
    assert fingerprint(objective(**change)) == fingerprint(objective())


@pytest.mark.parametrize(
    "change",
    [
        {"metric": "n"},
        {"baseline": {"value": "400 EUR"}},
        {"baseline": {"value": "400 kUSD"}},
        {"target": {"value": "1.1 MEUR", "by": "2028-01-01"}},
        {"serves": ["a"]},
        {"without_plan": "3 kEUR"},
        {"guardrails": [{"metric": "x", "bound": "> 3"}]},
    ],
)
def test_an_edit_of_meaning_changes_the_fingerprint(change):
    assert fingerprint(objective(**change)) != fingerprint(objective())


def test_of_an_experience_the_score_alone_bears_meaning():
    def touchpoint(**experience):
        return fingerprint(Touchpoint.model_validate({"id": "t", "experience": experience}))

    assert touchpoint(score=58, n=112, as_of="2026-12-01") == touchpoint(score=58, n=9)
    assert touchpoint(score=58) != touchpoint(score=59)


PLAN = """plan: {id: p, currency: EUR}
objectives: [{id: goal, metric: m, target: {value: TARGET count, by: 2027-12-31}REVIEWED}]
tactics: {list: [{id: act, intent: acquire, serves: [{ref: goal, seen: SEEN}], budget: BUDGET}]}
"""


def plan_with(target="85", seen="SEEN", reviewed="", budget="70 kEUR"):
    text = PLAN.replace("TARGET", target).replace("SEEN", seen).replace("REVIEWED", reviewed).replace("BUDGET", budget)
    document = parse_plan(text)
    assert document.faults == ()
    return document.plan


def test_a_link_is_suspect_when_its_parent_changed_after_the_review():
    before = plan_with()
    seen = fingerprints(before)["goal"]
    assert suspect_links(plan_with(seen=seen)) == []
    (link,) = suspect_links(plan_with(target="88", seen=seen))
    assert (link.element, link.ref, link.direction) == ("act", "goal", "up")
    assert (link.field, link.old, link.new) == (None, None, None)
    assert link.path == ("tactics", "list", 0, "serves", 0, "seen")
    ledger = {seen: canonical(before.objectives[0])}
    (link,) = suspect_links(plan_with(target="88", seen=seen), ledger.get)
    assert link.field == "target"
    assert (link.old["value"], link.new["value"]) == ("85 count", "88 count")


def test_a_parent_is_told_when_a_child_changed_after_the_review():
    child = fingerprints(plan_with())["act"]
    reviewed = f", reviewed: {{date: 2027-01-02, by: ines, children: {{act: '{child}'}}}}"
    assert [link.direction for link in suspect_links(plan_with(reviewed=reviewed, seen="x"))] == ["up"]
    found = suspect_links(plan_with(reviewed=reviewed, budget="71 kEUR"))
    assert [(link.element, link.ref) for link in found if link.direction == "down"] == [("goal", "act")]


def test_a_bare_link_is_never_suspect(shared):
    for name in ("halden-pumps", "tidewater-cycles", "safe-harbour-reading", "olist"):
        text = (shared / "examples" / name / "plan.yaml").read_text(encoding="utf-8")
        assert suspect_links(parse_plan(text).plan) == []
