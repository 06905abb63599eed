"""Interviews for the tests: the bare plan, a run by script, the plan that the examples of the first flow make."""

from __future__ import annotations

import datetime as dt

import pytest

from answering import FIRST, FOLLOW_UPS
from leadline.plan.edits import apply
from leadline.plan.interview import Item, Session, read_flow
from leadline.plan.interview.layout import append
from leadline.plan.source import parse_plan
from leadline.review.new_workspace import PLAN

TODAY = dt.date(2026, 12, 31)


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
    return apply(document, [append(document, ("metrics",), value=revenue)])


@pytest.fixture(scope="session")
def richer(sample):
    """Give the plan of the first flow with one more element of each list that it leaves empty."""
    document = sample
    for path, element in MORE.items():
        document = apply(document, [append(document, path, value=dict(element))])
    return document


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
        values={"from": "revenue", "from_name": "Revenue", "goal": "the sale"},
    ),
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
ITEMS["dead_ends"] = ITEMS["loose_ends"]

# What the further flows ask about and the first one does not write.
MORE = {
    ("situation", "channels"): {"id": "letters", "name": "Letters", "media": "owned", "mode": "one_to_one"},
    ("action", "handovers"): {
        "id": "to-service",
        "name": "To service",
        "from": "ines",
        "to": "service",
        "metric": "checks",
    },
    ("control", "assumptions"): {"id": "they-listen", "statement": "They listen at work", "state": "open"},
    ("control", "tests"): {"id": "stop-checks", "tactic": "free-retrofit-checks", "method": "switchback"},
    ("control", "waivers"): {
        "id": "one-fair",
        "code": "MEA001",
        "target": "free-retrofit-checks",
        "reason": "one fair only",
    },
    ("control", "ideas"): {"id": "newsletter", "name": "Newsletter", "date": "2026-12-01", "reason": "no reader yet"},
}

# The same for the sources and the reviews of the further flows.
PLACE = {"path": ("situation", "touchpoints", 0), "name": "Field service visit"}
CHECKS = {"path": ("tactics", "list", 0), "name": "Free retrofit checks"}
NORDSENSE = {"path": ("situation", "competitors", 0), "name": "Nordsense"}
AIM = {"path": ("objectives", 0), "name": "Contracts"}
FURTHER = {
    "unwritten": Item("communications", name="communications", values={"level": "communications", "parent": None}),
    "unfollowed": Item("product", name="product", values={"level": "product", "parent": None}),
    "unexperienced": Item("experience", values={"serves": None}),
    "actless": Item("contracts-2027", **AIM, values={"objective": "contracts-2027"}),
    "inward": Item("contracts-2027", **AIM, values={"counts": "Contracts"}),
    "unserving": Item("free-retrofit-checks", **CHECKS),
    "undriven": Item("free-retrofit-checks", **CHECKS),
    "unaligned": Item("service", path=("action", "teams", 0), name="Service", values={"level": None}),
    "placeless": Item("checks-contracts", path=("tactics", "bridge", 0), name="Contracts"),
    "valueless": Item("value", name="money"),
    "worthless": Item("contracts", path=("metrics", 0), name="Contracts"),
    "untested": Item("free-retrofit-checks", **CHECKS),
    **{name: Item("field-service-visit", **PLACE) for name in ("touchpoints", "unstaffed", "uncovered", "unlistened", "unnoticed")},
    "undisclosed": Item("free-retrofit-checks", **CHECKS),
    "unmapped": Item("aware", name="the stage aware", values={"stage": "aware"}),
    "poor": Item("field-service-visit", **PLACE, values={"finding": None, "serves": None, "segment": None}),
    "uncosted": Item("free-retrofit-checks", **CHECKS, values={"channel": None, "owner": "ines"}),
    "uncounted": Item("free-retrofit-checks", **CHECKS),
    "untracked": Item("checks-contracts", path=("tactics", "bridge", 0), name="Contracts"),
    "unmoneyed": Item("free-retrofit-checks", **CHECKS, values={"channel": None, "event": None}),
    "unequipped": Item("service", name="Service", values={"from": "ines", "to": "service", "metric": "checks", "tactic": "free-retrofit-checks"}),
    "basket": Item("basket", ("search: 24 %",)),
    "broadcasting": Item("free-retrofit-checks", **CHECKS),
    "competitors": Item("nordsense", **NORDSENSE),
    **{name: Item("letters", path=("situation", "channels", 0), name="Letters") for name in ("channels", "unpermitted", "unjudged", "unresulted")},
    "handovers": Item("to-service", path=("action", "handovers", 0), name="To service"),
    "gaps": Item("nordsense-fair", ("Nordsense is seen in fair; we are not.",), values={"kind": "threat", "statement": "Nordsense is seen in fair; we are not"}),
    "align.proof": Item("know-a-seal-failure-ten", path=("strategy", "messages", 0), name="Know a seal failure"),
    "ladder.true": Item("free-retrofit-checks", **CHECKS),
    "ladder.test": Item("free-retrofit-checks", **CHECKS),
    "ladder.instead": Item("free-retrofit-checks", **CHECKS),
    "month.see": Item("watch-contracts-2027", path=("control", "watches", 0), name="Contracts", values={"kind": "red", "watch": "watch-contracts-2027", "objective": "contracts-2027", "metric": "contracts"}),
    "quarter.link": Item("link", path=("tactics", "list", 0, "serves", 0), values={"kind": "link", "element": "free-retrofit-checks", "ref": "contracts-2027", "now": "", "direction": "up"}),
    "quarter.bet": Item("bet", path=("tactics", "bridge", 0, "rate"), values={"kind": "bet", "place": "rate", "bet": "checks>contracts:rate", "was": "15..25..35 %"}),
    "quarter.assumption": Item("assumption", path=("control", "assumptions", 0), values={"kind": "assumption"}),
    "quarter.test": Item("test", path=("control", "tests", 0), values={"kind": "test", "tactic": "free-retrofit-checks", "start": "2027-02-01", "end": "2027-04-01"}),
    "quarter.waiver": Item("waiver", path=("control", "waivers", 0), values={"kind": "waiver", "waiver": "w", "code": "MEA001", "target": "free-retrofit-checks"}),
    "quarter.idea": Item("idea", path=("control", "ideas", 0), name="Newsletter", values={"kind": "idea", "idea": "newsletter"}),
    "quarter.objective": Item("objective", **AIM, values={"kind": "objective", "objective": "contracts-2027"}),
    "after.promised": Item("after", **CHECKS, values={"kind": "tactic", "tactic": "free-retrofit-checks", "record": "Checks after 2027-10-31"}),
    "year.carry": Item("carry", **CHECKS, values={"kind": "tactic", "tactic": "carried-checks", "carried": {"id": "carried-checks", "name": "Checks once more", "intent": "expand"}}),
    "year.base": Item("base", **AIM, values={"kind": "objective", "objective": "contracts-2027"}),
}  # fmt: skip
FURTHER |= {
    **dict.fromkeys(("month.do", "month.data"), FURTHER["month.see"]),
    **dict.fromkeys(("after.done", "after.verdict", "after.teach"), FURTHER["after.promised"]),
}
ITEMS |= {name: lambda document, item=item: item for name, item in FURTHER.items()}


@pytest.fixture(scope="session")
def sample_items():
    """Give the items a question is asked about on the sample plan; a flow of reviews adds its own here."""

    def items(question, document):
        make = ITEMS.get(question.id) or ITEMS.get(question.for_each or "")
        return () if make is None else (make(document),)

    return items
