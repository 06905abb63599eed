"""What an interview writes when there is no answer: an assumption for "don't know", a waiver for "not applicable"."""

from __future__ import annotations

import datetime as dt

from leadline.plan.edits import apply, replace_value
from leadline.plan.elements import located
from leadline.plan.interview.addresses import value_at
from leadline.plan.interview.asks import Ask
from leadline.plan.interview.layout import append
from leadline.plan.interview.naming import free_id
from leadline.plan.interview.refusal import Refusal
from leadline.plan.source import Document
from leadline.plan.spelling import Value

__all__ = ["now_known", "with_assumption", "with_waiver"]

# How long an open question may stay open before it is due (interview.md, section 1: window.start + 30 days).
DAYS_TO_FIND_OUT = 30


def with_assumption(document: Document, ask: Ask, *, today: dt.date) -> Document:
    """Return the document with the assumption that an answer is not known; one that stands there is not doubled."""
    identity = ask.unknown_id
    assumptions = document.plan.control.assumptions
    for index, one in enumerate(assumptions):
        if one.id == identity:
            path = ("control", "assumptions", index, "state")
            standing = value_at(document, path)
            return document if standing is None else apply(document, [replace_value(document, path, value="open")])
    window = document.plan.plan.window
    about = f" ({ask.item.name})" if ask.item and ask.item.name else ""
    value: dict[str, Value] = {
        "id": identity,
        "statement": f'"{ask.text}"{about} is unknown',
        "criticality": ask.question.criticality,
        "owner": document.plan.plan.driver,
        "due": ((window.start if window else today) + dt.timedelta(days=DAYS_TO_FIND_OUT)).isoformat(),
        "state": "open",
    }
    kept: Value = {key: part for key, part in value.items() if part is not None}
    return apply(document, [append(document, ("control", "assumptions"), value=kept)])


def now_known(document: Document, ask: Ask) -> Document:
    """Return the document with the assumption of an unknown answer closed: what it states is no longer true."""
    for index, one in enumerate(document.plan.control.assumptions):
        path = ("control", "assumptions", index, "state")
        if one.id == ask.unknown_id and one.state == "open" and value_at(document, path) is not None:
            return apply(document, [replace_value(document, path, value="false")])
    return document


def with_waiver(document: Document, ask: Ask, *, reason: str) -> Document:
    """Return the document with a waiver for the first check that the question clears.

    Raises Refusal where the plan does not say yet who approves it, or until when it can hold.
    """
    plan = document.plan.plan
    if len(reason.split()) < 2:
        raise Refusal("An exception needs its reason.", "Write it in one sentence: we sell in one shop only.")
    if plan.driver is None or plan.window is None:
        raise Refusal(
            "An exception needs somebody who answers for it, and an end.",
            "Say first who drives the plan, and its period.",
        )
    code, target = ask.question.clears[0], _target(document, ask)
    value: dict[str, Value] = {
        "id": free_id(document, f"waive-{code}-{target}", kind="waiver"),
        "code": code,
        "target": target,
        "reason": reason,
        "approved_by": plan.driver,
        "expires": plan.window.end.isoformat(),
    }
    path = ("control", "waivers")
    return apply(document, [append(document, path, value=dict(value))])


def _target(document: Document, ask: Ask) -> str:
    """Return the element that an exception is for: what is asked about, or the plan where that is no element of it."""
    known = {one.element.id for one in located(document.plan)}
    item = ask.item
    found = (str(item.values.get(key)) for key in ("at", "element", "tactic")) if item else ()
    return next((name for name in (*((item.id,) if item else ()), *found) if name in known), document.plan.plan.id)
