"""Tidying changes how a plan is written and not what it says; a damaged plan comes back byte for byte."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.plan.diff import diff
from leadline.plan.edits import apply
from leadline.plan.model import Plan
from leadline.plan.source import parse_plan, parse_texts
from leadline.plan.tidy import order, quotes, respelt, tidyings, units

EUR = Plan.model_validate({"plan": {"id": "p", "currency": "EUR"}})
HEAD = "plan: {id: p, currency: EUR}\n"


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("14%", "14 %"), ("14  %", "14 %"), ("9..14..19percent", "9..14..19 %"), ("400KEUR", "400 kEUR"),
        ("3 k€", "3 kEUR"), ("3 keur/month", "3 kEUR/month"), ("2 MEUR", None), ("3 hrs", "3 h"), ("3 Hours/Week", "3 h/week"),
        ("20 days", None), ("1 day", None), ("45 counts/week", "45 count/week"), ("6 p.p.", "6 pp"), ("1e3 eur", "1e3 EUR"),
        ("1_000 EUR", None), ("-3..-2..-1pp", "-3..-2..-1 pp"), ("2 mEUR", None), ("2 kUSD", None), ("7 visits", None), ("58", None), ("x", None),
    ],
)  # fmt: skip
def test_a_unit_is_spelt_as_plans_spell_it_and_the_number_keeps_its_digits(written, wanted):
    assert respelt(written, EUR, is_fault=True) == wanted


def test_a_unit_of_the_plans_own_keeps_its_name():
    """A metric may count in anything; only a unit that was told as a fault is taken for a misspelling."""
    text = (
        HEAD
        + "metrics: [{id: m, unit: Hrs}]\nobjectives: [{id: o, metric: m, target: {value: 5 Hrs, by: 2027-12-31}}]\n"
    )
    assert list(units(parse_plan(text))) == []
    (found,) = units(parse_plan(text.replace("5 Hrs", "5Hrs")))
    assert found.splices[0].text == "5 Hrs"


def test_a_value_in_braces_gets_the_quotes_it_needs_and_a_broken_text_comes_back_whole():
    text = HEAD + "situation: {conversations: [{id: a, question: What now?, topic: this, that: too}]}\n"
    document = parse_plan(text.replace("that: too", "that"))
    found = list(quotes(document))
    assert [(one.what, one.keeps_meaning) for one in found] == [
        ("put the question in quotes", True),
        ("put the whole topic in quotes", False),
    ]
    after = apply(document, [splice for one in found for splice in one.splices])
    assert after.texts["plan.yaml"] == HEAD + (
        'situation: {conversations: [{id: a, question: "What now?", topic: "this, that"}]}\n'
    )
    assert after.faults == ()
    assert list(quotes(after)) == []


SHUFFLED = """\ufeff# whose plan it is

# about the plan
plan: {id: p}
# how
tactics:
  list: []
  # - {id: later}

# where we are
situation:
  segments: []   # none yet
metrics: []"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_sections_move_with_their_comments_and_what_stands_on_top_stays(newline):
    document = parse_plan(SHUFFLED.replace("\n", newline))
    (found,) = order(document)
    assert found.what.startswith("put the sections in order: plan, metrics, situation, tactics")
    after = apply(document, found.splices)
    assert after.texts["plan.yaml"].replace(newline, "\n") == (
        "\ufeff# whose plan it is\n\n# about the plan\nplan: {id: p}\nmetrics: []\n# where we are\nsituation:\n"
        "  segments: []   # none yet\n# how\ntactics:\n  list: []\n  # - {id: later}\n"
    )
    assert list(order(after)) == []
    assert diff(document.plan, after.plan) == ()


def test_a_folder_of_sections_is_in_order_whatever_its_files_are_called():
    texts = {"a/1-tactics.yaml": "list: []\n", "a/2-plan.yaml": "objectives: []\nplan: {id: p}\n"}
    (found,) = order(parse_texts(texts))
    assert {splice.file for splice in found.splices} == {"a/2-plan.yaml"}


@pytest.fixture(scope="module")
def halden(shared):
    return (shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8")


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_plan_damaged_at_random_comes_back_byte_for_byte(halden, seed):
    dice = random.Random(seed)  # noqa: S311 - a test's dice
    damaged = re.sub(
        r"(?<=: )([\d.]+) (%|kEUR)(?=[,}\n])",
        lambda match: match[1] + match[2] if dice.random() < 0.3 else match[0],
        halden,
    )
    damaged = re.sub(r'(?<=question: )"([^",]+)"', lambda match: match[1] if dice.random() < 0.5 else match[0], damaged)
    top, *sections = re.split(r"(?m)^(?=[a-z]+:)", damaged)
    dice.shuffle(sections)
    document = parse_plan(top + "".join(sections))
    found = list(tidyings(document))
    for one in [one for one in found if one.kind != "order"]:
        assert one.keeps_meaning
    once = apply(document, [splice for one in found if one.kind != "order" for splice in one.splices])
    after = apply(once, [splice for one in order(once) for splice in one.splices])
    assert after.texts["plan.yaml"] == halden
    assert list(tidyings(after)) == []
    assert diff(document.plan, after.plan) == ()
