"""House laws over the questions: each place exists, each code is a check, each example is an answer, each text is short."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leadline.align.registry import FIRST, RULES
from leadline.plan.interview import Item, Session, available, read_flow
from leadline.plan.interview.addresses import Address
from leadline.plan.interview.loading import FLOWS
from leadline.plan.interview.record import Question
from leadline.plan.interview.templates import FILTERS, tokens_in
from leadline.plan.interview.writing import faults_of
from leadline.plan.reading import known_keys

QUESTION_WORDS = 25  # interview.md, section 1
WHY_WORDS = 30  # same
OPEN_KEYS = {"skills", "tracked_as", "children"}  # mappings whose keys are the user's
# What the first rules find that no answer can clear, because it is computed, structural, or a matter of dates.
NOT_ASKED = {
    "OBJ007",
    "OBJ008",
    "OBJ009",
    "OBJ017",
    "OBJ005",
    "BRG010",
    "BRG013",
    "STR005",
    "ACT001",
    "ACT002",
    "WVR004",
}
RECORDS = [
    pytest.param(flow, question, id=f"{flow}:{question.id}")
    for flow in available()
    for question in read_flow(flow).questions
]


def known(stops):
    """Say which stop of an address the model does not know, None for none."""
    path = ()
    for stop in stops:
        if path and path[-1] in OPEN_KEYS:
            return None
        if stop.key not in known_keys(path):
            return f"{'.'.join(path)} has no {stop.key}"
        path = (*path, stop.key)
    return None


def keys_below(path, template):
    if isinstance(template, dict) and path[-1] not in OPEN_KEYS and known_keys(path):
        for key, part in template.items():
            yield path, key
            yield from keys_below((*path, key), part)


@pytest.mark.parametrize("flow", available())
def test_every_place_a_question_names_is_in_the_model(flow):
    for question in read_flow(flow).questions:
        addresses = [write.address for write in question.writes] + list(
            question.when.addresses if question.when else ()
        )
        for write in question.writes:
            tokens = [token.partition("|")[0] for token in tokens_in(write.template)]
            addresses += [Address.parse(token[1:].removeprefix("only ")) for token in tokens if token[0] in "@="]
            path = tuple(stop.key for stop in write.address.stops)
            assert [
                f"{'.'.join(at)}.{key}" for at, key in keys_below(path, write.template) if key not in known_keys(at)
            ] == []
        assert [wrong for wrong in (known(address.stops) for address in addresses) if wrong] == [], question.id


@pytest.mark.parametrize("flow", available())
def test_every_part_and_filter_a_template_names_exists(flow):
    for question in read_flow(flow).questions:
        parts = {one.name for one in question.answer.fields} | {"today", "item"}
        ids = {one.id for one in read_flow(flow).questions}
        templates = [write.template for write in question.writes] + list(question.answer.inherit.values())
        templates += [dict(one) for one in question.answer.new.values()]
        for token in (token for template in templates for token in tokens_in(template)):
            subject, *filters = token.split("|")
            assert set(filters) <= set(FILTERS), token
            if subject.startswith("$"):
                assert subject[1:] in ids or subject[1:].partition(".")[0] in parts, token
        assert {write.if_given.partition(".")[0] for write in question.writes if write.if_given} <= parts


@pytest.mark.parametrize("flow", available())
def test_every_code_a_question_clears_is_a_check(flow):
    for question in read_flow(flow).questions:
        assert set(question.clears) <= {rule.code for rule in RULES}, question.id


@pytest.mark.parametrize("flow", available())
def test_a_question_and_its_reason_are_short(flow):
    for question in read_flow(flow).questions:
        assert len(question.text.split()) <= QUESTION_WORDS, question.id
        assert len(question.why.split()) <= WHY_WORDS, question.id
        assert question.example, question.id


@pytest.mark.parametrize("flow", available())
def test_ids_are_unique_in_a_flow(flow):
    ids = [question.id for question in read_flow(flow).questions]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("flow", "question"), RECORDS)
def test_every_example_is_an_answer_that_gives_a_readable_plan(
    flow, question: Question, sample, richer, sample_items, interviewing
):
    document = sample if flow in ("first", "quick", "start", "triage") else richer
    session = Session.begin(read_flow(flow), document, today=interviewing.today)
    items = sample_items(question, document)
    if question.for_each is not None and question.for_each != "items" and session.find(question.id) is None:
        session, items = begun(session, question, items)
    elif question.for_each == "items":
        session = replace(session, items=items)
    if question.answer.kind == "shown":
        return
    ask = session.find(f"{question.id}@{items[0].id}" if items else question.id) or session.find(question.id)
    assert ask is not None, "no item to ask about: add one to sample_items"
    outcome = session.answer(question.example, key=ask.key)
    assert outcome.kind in ("written", "noted"), outcome.says
    before = {(fault.kind, fault.text) for fault in faults_of(document)}
    assert {(fault.kind, fault.text) for fault in faults_of(outcome.session.document)} <= before


def begun(session, question, items):
    """Return a session whose source holds the item, for a question whose source is empty on the sample plan."""
    records = tuple(replace(one, for_each="items") if one.id == question.id else one for one in session.flow.questions)
    return replace(session, flow=replace(session.flow, questions=records), items=items), items


def test_every_error_of_the_first_rules_is_cleared_by_some_question():
    errors = {rule.code for rule in FIRST if rule.level == "error" and not rule.structural} - NOT_ASKED
    cleared = {
        code
        for flow in available()
        if flow != "triage"
        for question in read_flow(flow).questions
        for code in question.clears
    }
    assert set(FLOWS) == set(available())
    assert errors - cleared == set()


def test_the_first_flow_asks_seventeen_questions_and_quick_sixteen_of_them_once():
    first, quick = read_flow("first"), read_flow("quick")
    assert len(first.main_questions) == 17
    assert set(quick.main_questions) == {*first.main_questions, "quick.idea"}
    assert len(read_flow("triage").questions) == 7


def test_an_item_is_what_callers_hand_in():
    assert Item("w", ("in red since May",), 9000.0, ("control", "watches", 0)).money == 9000.0
