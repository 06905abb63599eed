"""A new decision: what somebody decided about what, why, by whom, on which day; appended to the plan, never changed.

decision = draft(document.plan, Decided(("w-sqo",), "fix", "calls came late", "ines", day), shown=document.hash)
splice = append_item(document, ("control", "decisions"), value=decision)
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from leadline.errors import UsageError
from leadline.plan.edits import Value
from leadline.plan.model import Plan
from leadline.plan.naming import new_id, person_id, refuse_unknown_element

__all__ = ["CHOICES", "Decided", "draft"]

CHOICES = ("stop", "fix", "scale", "nothing")
"""What can be done about a red watch (interview.md section 10, month.do)."""


@dataclass(frozen=True)
class Decided:
    """What somebody says they decided. about: ids of elements, bets or the plan · by: id or name of a person or team."""

    about: tuple[str, ...]
    choice: str
    reason: str
    by: str
    date: dt.date
    question: str = ""


def draft(plan: Plan, decided: Decided, *, shown: str) -> dict[str, Value]:
    """Return the mapping of a decision. shown: hash of the plan that was looked at.

    Raises UsageError for an unknown element or person, and where choice or person is missing.
    """
    for name in decided.about:
        refuse_unknown_element(plan, name, also=[plan.plan.id])
    if not decided.choice.strip():
        raise UsageError(f"Nothing was chosen. Write what will be done: {', '.join(CHOICES)}, or in your own words.")
    if not decided.by.strip():
        raise UsageError("Nobody decided it. Name the person who answers for it.")
    person = person_id(plan, decided.by.strip(), option="by")
    wanted = "-".join(("d", *decided.about[:1], decided.date.isoformat()))
    found: dict[str, Value] = {
        "id": new_id(plan, re.sub(r"[^a-z0-9]+", "-", wanted.lower()).strip("-")),
        "date": decided.date.isoformat(),
        "question": _flat(decided.question),
        "choice": _flat(decided.choice),
        "reason": _flat(decided.reason),
        "by": person,
        "shown": shown,
        "about": list(decided.about),
    }
    return {key: value for key, value in found.items() if value not in ("", [])}


def _flat(text: str) -> str:
    return " ".join(text.split())
