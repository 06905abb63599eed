"""The ladder: what reaches an aim of the business becomes a small test in the plan, anything else is parked as an idea.

Four steps lead up: who does what, which number, which aim, which strategy. The answers are kept beside the plan until
the aim is known; then either a tactic (reason `experiment`) or an idea (`control.ideas`) is written, never both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from leadline.plan.edits import apply
from leadline.plan.elements import located
from leadline.plan.interview.forms import find
from leadline.plan.interview.layout import append
from leadline.plan.interview.naming import free_id
from leadline.plan.interview.record import Item
from leadline.plan.interview.writing import faults_of
from leadline.plan.source import Document
from leadline.plan.spelling import Value
from leadline.plan.strategy import Level
from leadline.plan.tactics import Tactic

__all__ = ["Settled", "climbed", "settle"]

_LAST = "ladder.level"
# What an activity is for, by the kind of aim it reaches; the person can change it in the plan.
_INTENTS = {"acquisition": "acquire", "trial": "acquire", "revenue": "convert", "margin": "convert", "repeat": "retain",
            "reactivation": "reactivate", "awareness": "build", "preference": "build", "feedback": "research",
            "service": "serve"}  # fmt: skip


@dataclass(frozen=True)
class Settled:
    """What several answers together lead to: the plan with it, notes to keep, sentences for the person, ids touched."""

    document: Document
    notes: Mapping[str, object] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    touched: frozenset[str] = frozenset()


def settle(document: Document, question: str, *, notes: Mapping[str, object], today: dt.date) -> Settled | None:
    """Return what follows once a question of the ladder is closed, None while it is still open what becomes of it."""
    if notes.get("ladder.reached") or notes.get("ladder.parked") or not notes.get("ladder.what"):
        return None
    aims = _aims(document, notes)
    if aims:
        return _tried(document, notes, aims=aims)
    return _parked(document, notes, today=today) if question == _LAST else None


def climbed(document: Document, notes: Mapping[str, object]) -> tuple[Item, ...]:
    """Return the activity that reached an aim, for the questions about its test."""
    reached = notes.get("ladder.reached")
    for one in located(document.plan):
        if one.element.id == reached and isinstance(one.element, Tactic):
            return (Item(one.element.id, path=one.path, name=one.element.name or one.element.id),)
    return ()


def _aims(document: Document, notes: Mapping[str, object]) -> list[str]:
    """Return the objectives that the answers reach: named, by their number, or through the strategy they serve."""
    plan = document.plan
    said = str(notes.get("ladder.aim") or "")
    named = find(document, ("objective",), text=said) if said else None
    counted = find(document, ("metric",), text=said) if said else None
    found = [one.id for one in plan.objectives if one.id == named or (counted and one.metric == counted)]
    strategy = str(notes.get(_LAST) or "")
    level = find(document, ("level",), text=strategy) if strategy else None
    return found or [one.id for one in plan.objectives if level and level in {link.ref for link in one.serves}]


def _tried(document: Document, notes: Mapping[str, object], *, aims: list[str]) -> Settled:
    plan = document.plan
    name = str(notes["ladder.what"])
    objective = next(one for one in plan.objectives if one.id == aims[0])
    segment = objective.segment or (plan.situation.segments[0].id if len(plan.situation.segments) == 1 else None)
    identity = free_id(document, name, kind="tactic")
    value: dict[str, Value] = {
        "id": identity,
        "name": name[:1].upper() + name[1:],
        "intent": _INTENTS.get(objective.type or "", "research"),
        "serves": list(aims),
        "segments": [segment] if segment else None,
        "owner": plan.plan.driver,
        "reason": "experiment",
        "notes": f"So that {notes['ladder.who']}." if notes.get("ladder.who") else None,
    }
    kept: dict[str, Value] = {key: part for key, part in value.items() if part is not None}
    after = _delivering(document, kept, said=notes.get("ladder.number"))
    if after is None:
        after = apply(document, [append(document, ("tactics", "list"), value=dict(kept))])
    label = objective.name or objective.id
    says = (f"It reaches {label}: written as an experiment ({identity}), for: {kept['intent']}.",)
    return Settled(after, {"ladder.reached": identity}, says, frozenset({identity}))


def _delivering(document: Document, tactic: dict[str, Value], *, said: object) -> Document | None:
    """Return the document with the tactic and what it delivers, None where the number does not fit what is counted."""
    number = said.get("moves") if isinstance(said, Mapping) else None
    if not isinstance(number, Mapping):
        return None
    noun = str(number["noun"])
    metric, after = find(document, ("metric",), text=noun), document
    if metric is None:
        metric = free_id(document, noun, kind="metric")
        new: dict[str, Value] = {
            "id": metric, "name": noun[:1].upper() + noun[1:], "unit": str(number["unit"]), "stage": "outcome",
            "role": "engagement",
        }  # fmt: skip
        after = apply(after, [append(after, ("metrics",), value=new)])
    value: dict[str, Value] = {**tactic, "delivers": {"metric": metric, "count": str(number["value"])}}
    after = apply(after, [append(after, ("tactics", "list"), value=value)])
    return after if len(list(faults_of(after))) <= len(list(faults_of(document))) else None


def _parked(document: Document, notes: Mapping[str, object], *, today: dt.date) -> Settled:
    name = str(notes["ladder.what"])
    reached = _furthest(document, notes)
    reason = (
        f'it reached "{reached}" but no number of the business' if reached else "it reached no number of the business"
    )
    rungs = [str(notes[key]) for key in ("ladder.who", "ladder.aim", _LAST) if notes.get(key)]
    identity = free_id(document, f"idea {name}", kind="idea")
    value: dict[str, Value] = {
        "id": identity,
        "name": name[:1].upper() + name[1:],
        "date": today.isoformat(),
        "reason": reason,
    }
    if rungs:
        value["notes"] = "so that: " + "; so that: ".join(rungs)
    after = apply(document, [append(document, ("control", "ideas"), value=value)])
    say = f"Parked, not lost: it reached “{reached}” but no number of the business." if reached else (
        "Parked, not lost: it reached no number of the business."
    )  # fmt: skip
    return Settled(after, {"ladder.parked": identity}, (say,), frozenset({identity}))


def _furthest(document: Document, notes: Mapping[str, object]) -> str:
    """Return the highest rung that was said; a strategy of the plan is not what the idea reached."""
    for key in (_LAST, "ladder.aim", "ladder.who"):
        said = str(notes.get(key) or "")
        known = find(document, ("level",), text=said) if said else None
        if said and not any(
            isinstance(one.element, Level) and one.element.id == known for one in located(document.plan)
        ):
            return said
    return ""
