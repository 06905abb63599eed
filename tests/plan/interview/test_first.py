"""The first plan: what the script says stands in the plan; nothing is lost; the order of answers does not matter."""

from __future__ import annotations

import datetime as dt
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.align.run import CheckOptions, check
from leadline.plan.amounts import Amounts
from leadline.plan.elements import located
from leadline.plan.interview import Session, State, read_flow
from leadline.plan.interview.writing import faults_of
from leadline.plan.source import parse_plan
from leadline.plan.stamp import meaning

# What the interview calls the elements of the minimal plan; it proposes ids from names.
CALLED = {
    "check": "checks", "contract": "contracts", "installed": "plants-that-run-our", "visit": "field-service-visit",
    "contracts": "contracts-2027", "grow": "corporate", "monitor": "business-unit", "win-dach": "market",
    "ten-days": "know-a-seal-failure-ten", "retrofit": "free-retrofit-checks", "w-contracts": "watch-contracts-2027",
}  # fmt: skip
# Nobody asks for the market's statement: it is made of whom and of what they need.
OWN_WORDS = {("market", "statement")}


def minimal(shared):
    text = (shared / "design" / "plan.md").read_text(encoding="utf-8")
    block = re.search(r"## Minimal plan.*?```yaml\n(.*?)```", text, re.DOTALL)
    return parse_plan(block[1])


def renamed(value):
    if isinstance(value, dict):
        return {key: renamed(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [renamed(part) for part in value]
    return CALLED.get(value, value) if isinstance(value, str) else value


def listed(value):
    if isinstance(value, dict):
        return {key: listed(part) for key, part in value.items()}
    return [listed(part) for part in value] if isinstance(value, (list, tuple)) else value


def holds(found, wanted):
    """Say whether what is found says all that is wanted; a source that is named besides takes nothing away."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(holds(found.get(key), value) for key, value in wanted.items())
    return found == wanted


def test_the_script_gives_the_minimal_plan_in_meaning(shared, answered):
    ours = {item.element.id: item for item in located(answered.document.plan)}
    for item in located(minimal(shared).plan):
        mine = ours[CALLED[item.element.id]]
        assert mine.kind == item.kind
        found, wanted = listed(meaning(mine.element)), renamed(meaning(item.element))
        differing = {key: (found.get(key), value) for key, value in wanted.items() if not holds(found.get(key), value)}
        assert {key for key in differing if (mine.element.id, key) not in OWN_WORDS} == set(), differing
    head, wanted = answered.document.plan.plan, minimal(shared).plan.plan
    for key in ("organisation", "window", "currency", "driver", "status"):
        assert getattr(head, key) == getattr(wanted, key)
    assert Amounts(answered.document.plan).money(head.budget) == 60_000
    ((ours_step,), (theirs,)) = (document.plan.tactics.bridge for document in (answered.document, minimal(shared)))
    assert holds(listed(meaning(ours_step)), renamed(meaning(theirs)))


def test_the_script_adds_watch_and_promise_and_gives_no_error_as_a_draft(answered):
    plan = answered.document.plan
    (watch,) = plan.control.watches
    assert (watch.objective, watch.by, str(watch.red), watch.then.what) == ("contracts-2027", "ines", "-20 %", "review")
    (point,) = plan.situation.touchpoints
    assert (str(point.promise.first_response), str(point.promise.hours), str(point.staffed)) == (
        "2 h",
        "40 h/week",
        "40 h/week",
    )
    assert [person.covers for person in plan.action.people if person.id == "mara"] == [("field-service-visit",)]
    result = check(answered.document, CheckOptions(dt.date(2026, 12, 31)))
    assert result.counts["error"] == 0
    assert result.scores.hundred.believed == 1.0


def test_nothing_is_asked_twice_and_nothing_stays_open(answered):
    assert [ask.key for ask in answered.open(missing=True)] == []
    assert answered.next() is None


@pytest.mark.slow
def test_an_interview_that_is_killed_after_any_answer_goes_on_with_the_next_open_question(first, interviewing):
    session = first
    for _ in range(60):
        prompt = session.next()
        if prompt is None:
            break
        session = session.reply(interviewing.reply_to(prompt, interviewing.script)).session
        if session.pending:
            continue  # what was written stands; how it came about is not asked again
        again = Session.begin(session.flow, parse_plan(session.document.texts["plan.yaml"]), today=session.today)
        lost = again.next()
        expected = session.next()
        asked_again = lost is not None and lost.key.endswith("/another")  # whether there is more, only the state knows
        if expected is not None and not asked_again:
            assert lost.key == expected.key  # without the state too: the plan is the state
        told = Session.begin(session.flow, again.document, today=session.today, state=session.state).next()
        assert (told and told.key) == (expected and expected.key)
    assert session.next() is None


def shuffled(bare, seed, interviewing):
    """Answer whatever is open in a random order; return the document."""
    order = random.Random(seed)  # noqa: S311 - an order, no secret
    session = Session.begin(read_flow("first"), bare, today=interviewing.today)
    while True:
        asks = [ask for ask in session.open() if not ask.another]
        if not asks:
            return session.document
        ask = order.choice(asks)
        outcome = session.answer(interviewing.script[ask.question.id], key=ask.key)
        assert outcome.kind == "written", (ask.key, outcome.says)
        session = outcome.session


@pytest.mark.slow
def test_the_order_of_the_answers_does_not_change_what_the_plan_means(answered, interviewing, bare):
    # the frame comes first: amounts need the currency, months the period
    framed = Session.begin(read_flow("first"), bare, today=interviewing.today)
    framed = framed.answer(interviewing.script["first.frame"]).session.document

    @settings(max_examples=6, deadline=None)
    @given(seed=st.integers(0, 10_000))
    def in_any_order(seed):
        assert without_order(shuffled(framed, seed, interviewing)) == without_order(answered.document)

    in_any_order()


def without_order(document):
    """Return what a plan means, element by element; the order of lists of elements means nothing."""
    plan = document.plan
    steps = [(step.from_, step.to, meaning(step)) for step in plan.tactics.bridge]
    elements = {item.element.id: item.element.model_dump(mode="json", exclude_defaults=True) for item in located(plan)}
    return plan.plan.model_dump(mode="json"), elements, steps


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("flow", ["first", "quick"])
def test_half_the_answers_unknown_still_gives_a_plan_without_a_structural_fault(flow, seed, bare, interviewing):
    order = random.Random(seed)  # noqa: S311 - an order, no secret
    session = Session.begin(read_flow(flow), bare, today=interviewing.today, state=State(flow))
    script = {**interviewing.script, "quick.idea": "Newsletter, 2 kEUR"}
    for _ in range(120):
        prompt = session.next()
        if prompt is None:
            break
        said = interviewing.reply_to(prompt, script)
        if not prompt.follow_up and not prompt.key.endswith("/another") and order.random() < 0.5:
            said = order.choice(["?", "n/a", "n/a we do not have such a thing", ""])
        outcome = session.reply(said)
        if outcome.kind == "refused":
            outcome = session.reply("?")
        session = outcome.session
    assert session.next() is None
    document = parse_plan(session.document.texts["plan.yaml"])
    assert list(faults_of(document)) == []
    result = check(document, CheckOptions(dt.date(2026, 12, 31)))
    assert [finding.code for finding in result if finding.level == "error"] == []


def test_who_answers_about_a_draft_from_files_has_more_than_an_idea(interviewing):
    drafted = parse_plan("plan: {id: acme, status: idea, currency: EUR}\n")
    session = Session.begin(read_flow("first"), drafted, today=interviewing.today)
    assert session.reply("Halden Pumps, 2027, EUR, 60 kEUR").session.document.plan.plan.status == "draft"
    active = parse_plan("plan: {id: acme, status: active}\n")
    session = Session.begin(read_flow("first"), active, today=interviewing.today)
    assert session.reply("Halden Pumps, 2027, EUR, 60 kEUR").session.document.plan.plan.status == "active"
