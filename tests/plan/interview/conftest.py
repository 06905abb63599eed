"""Interviews for the tests: the bare plan, a run by script, the plan that the examples of the first flow make."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.cli.new_workspace import PLAN
from leadline.plan.edits import apply
from leadline.plan.interview import Item, Session, read_flow
from leadline.plan.interview.layout import append
from leadline.plan.source import parse_plan

TODAY = dt.date(2026, 12, 31)

# What the minimal plan of the manual says, as answers to the first flow.
FIRST = {
    "first.frame": "Halden Pumps, 2027, EUR, 60 kEUR",
    "first.driver": "Ines, 16 h/week",
    "first.direction": "growing, Double recurring revenue in three years",
    "first.growth": "something new to the same, Sell monitoring to plants that run our pumps",
    "first.segment": "Plants that run our pumps, 640, 9 kEUR, no unplanned stops",
    "first.instead": "Nordsense; we also fix the pump; search, fair",
    "first.not": "chemicals, distributors",
    "first.objective": "47 contracts, 122, 2027-12-31, CRM",
    "first.worth": "9 kEUR",
    "first.hangout": 'maintenance group; "how many days before?"',
    "first.touch": "Field service visit, use, 81, 140 answers, service",
    "first.promise": "2 h, 40 h/week, Mara, 40 h/week",
    "first.tactic": 'Free retrofit checks, sell more to customers, "Know a seal failure ten days early", scheduled service visit',
    "first.because": "A free retrofit check shows a plant its own cost of stops, so it buys monitoring",
    "first.bridge": "120..160..200 checks, CRM",
    "first.bridge.step": "contracts, 15..25..35 %, 45 days, sales, Field service visit, CRM",
    "first.cost": "60 kEUR, 480 h, 2027-02-01..2027-10-31, fewer than 10 contracts from the first 80 checks",
    "first.watch": "Ines, monthly, 20 %, review, 10 days",
    "first.tactic/another": "no",
}
FOLLOW_UPS = {"keep": "keep", "method": "guess", "guess": "?", "reason": "it is not our case at all"}


def reply_to(prompt, script):
    """Return the scripted line for a prompt: by the question's id, or by the kind of a follow-up."""
    if prompt.follow_up:
        return FOLLOW_UPS[prompt.key.rsplit("/", 1)[1]]
    return script[prompt.key.partition("@")[0]]


def run(session, script=FIRST, *, most=80):
    """Answer until nothing is asked; every answer must be taken."""
    for _ in range(most):
        prompt = session.next()
        if prompt is None:
            return session
        outcome = session.reply(reply_to(prompt, script))
        assert outcome.kind != "refused", (prompt.key, outcome.says)
        session = outcome.session
    raise AssertionError("the interview does not end")


@pytest.fixture
def bare():
    return parse_plan(PLAN.format(id="acme"))


@pytest.fixture
def first(bare):
    return Session.begin(read_flow("first"), bare, today=TODAY)


@pytest.fixture(scope="session")
def answered():
    """Give the session at the end of the first flow."""
    return run(Session.begin(read_flow("first"), parse_plan(PLAN.format(id="acme")), today=TODAY))


@pytest.fixture(scope="session")
def sample(answered):
    """Give a plan on which every example can be answered: what the first flow makes, with a number that is money."""
    document = answered.document
    revenue = {"id": "revenue", "name": "Revenue", "unit": "EUR"}
    return apply(document, [append(document, ("metrics",), revenue)])


@pytest.fixture(scope="session")
def interviewing():
    """Give the helpers that tests share: the script of the first flow, the runner, the day."""

    class Helpers:
        script = FIRST
        today = TODAY
        run = staticmethod(run)
        reply_to = staticmethod(reply_to)

    return Helpers


# What a question is asked about on the sample plan, where its source holds nothing there: kind of place -> item.
ITEMS = {
    "saleless": lambda document: Item("revenue", name="Revenue", values={"money": True}),
    "unvalued": lambda document: Item(document.plan.metrics[1].id, path=("metrics", 1), name="Checks"),
    "loose_ends": lambda document: Item(
        "checks", path=("tactics", "list", 0), name="Checks",
        values={"from": "contracts", "from_name": "Contracts", "goal": "the sale"},
    ),
    "dead_ends": lambda document: ITEMS["loose_ends"](document),
    "undelivered": lambda document: Item("free-retrofit-checks", path=("tactics", "list", 0), name="Checks"),
    "unmoved": lambda document: Item("free-retrofit-checks", path=("tactics", "list", 0), name="Checks"),
    "unwatched": lambda document: Item(
        "contracts-2027", path=("objectives", 0), name="Contracts",
        values={"objective": "contracts-2027", "metric": "contracts", "sign": "-"},
    ),
    "start.organisation": lambda document: Item("organisation", values={"kind": "organisation"}),
    "start.sale": lambda document: Item("sale", values={"kind": "sale"}),
    "start.number": lambda document: Item("number", values={"kind": "number"}),
    "unpromised": lambda document: Item("field-service-visit", path=("situation", "touchpoints", 0), name="Visit"),
}  # fmt: skip


@pytest.fixture(scope="session")
def sample_items():
    """Give the items a question is asked about on the sample plan; a flow of reviews adds its own here."""

    def items(question, document):
        make = ITEMS.get(question.id) or ITEMS.get(question.for_each or "")
        return () if make is None else (make(document),)

    return items
