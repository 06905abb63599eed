"""A tactic that serves nothing, parked under `control.ideas`: its name and day stay, its reason is for people to write.

Parking takes the tactic out of the list of tactics, so that its money is free again; git keeps what it said. No reason
is invented: the note says which check proposed it, and `reason` stays empty until somebody writes why.
"""

from __future__ import annotations

from leadline import words
from leadline.align.case import Case
from leadline.align.finding import Repair
from leadline.plan.spelling import Value, written


def park(case: Case, tactic: str, *, code: str) -> Repair:
    """Return the edits that park a tactic: out of `tactics.list`, into `control.ideas`."""
    found = case.tactics[tactic]
    money = case.budgets.get(tactic, 0.0)
    spent = f", {words.money(money, case.currency)}" if money else ""
    idea: dict[str, Value] = {"id": tactic}
    if found.name:
        idea["name"] = found.name
    idea |= {"date": case.as_of.isoformat(), "notes": f"parked by a fix ({code}{spent}); write the reason"}
    place = ("control", "ideas", len(case.plan.control.ideas))
    return Repair("unsafe", ((case.path_of(tactic), ""), (place, written(idea, in_flow=True))))
