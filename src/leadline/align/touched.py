"""What an edit touches: the elements that changed, those that refer to them, and the sums that rest on them.

A tactic refers to its objective, so it depends on it by name. The objective depends on the tactic by its number: its
coverage is a sum over tactics. Both ways count, or a check limited to what changed would miss what the change did.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from leadline.align.case import Case
from leadline.align.finding import Finding
from leadline.align.routes import step_name, walking, written_steps
from leadline.plan.diff import diff
from leadline.plan.model import Plan
from leadline.plan.references import references

# Everything hangs on these fields of the head: a change of one leaves nothing out.
HEAD = frozenset({"window", "currency", "status", "rates", "worth_horizon", "timezone"})
_PARTS = re.compile(r"[/:]")


@dataclass(frozen=True)
class Changed:
    """What an edit changed. ids: None where everything hangs on what changed; count: elements that changed, by id."""

    ids: frozenset[str] | None
    count: int


def changed(before: Plan, after: Plan) -> Changed:
    """Return the ids an edit changed, added, renamed or removed, with what the removed ones pointed to.

    The id of the plan stands for its head.
    """
    found, gone = set(), set()
    for change in diff(before, after):
        if change.kind == "plan":
            if (change.field or "").split(".")[0] in HEAD:
                return Changed(None, 0)
            found.add(after.plan.id)
        else:
            found.add(change.id)
            gone |= {change.id} if change.sign == "-" else set()
    pointed = {one.ref for one in references(before) if one.element is not None and one.element[1] in gone}
    return Changed(frozenset(found | pointed), len(found))


def touched(case: Case, ids: frozenset[str]) -> frozenset[str]:
    """Return the ids and everything that depends on them: elements, shared steps by `from>to`, the plan by its id.

    What an element points to directly is touched too: a position may have been the only one of its segment.
    """
    found = _referring(case, {*ids, *_owners(case, ids)})
    ends = [tuple(name.partition(">")[::2]) for name in ids if ">" in name]  # steps, also those that are gone
    pairs = {*ends, *(step.pair for step in written_steps(case) if step_name(step) in found or found & {*step.pair})}
    steps = [step for step in written_steps(case) if step.pair in pairs]
    walkers = {tactic for step in steps for tactic in walking(case, step)}
    walkers |= {name for name in case.growth for start, _ in ends if start in case.graph.metrics_reached(name)}
    found = _referring(case, found | {step_name(step) for step in steps} | walkers)
    found |= {metric for pair in ends for metric in pair}
    found |= {one.ref for one in case.graph.references if one.element is not None and one.element[1] in ids}
    tactics = found & set(case.tactics)
    for objective, one in case.coverage.items():
        if tactics & {part.tactic for part in one.contributions} or tactics & set(case.graph.tactics_of(objective)):
            found.add(objective)
    # what is said of the plan as a whole is a sum over elements
    return frozenset(found | {case.plan.plan.id}) if ids else frozenset()


def _owners(case: Case, ids: frozenset[str]) -> set[str]:
    """Return what stands or falls with its parts: the tactic of a task or test, the objective of a watch."""
    plan = case.plan
    parts: list[tuple[str, str | None]] = [(task.id, task.tactic) for task in plan.action.tasks]
    parts += [(test.id, test.tactic) for test in plan.control.tests]
    parts += [(watch.id, watch.objective) for watch in plan.control.watches]
    return {owner for part, owner in parts if part in ids and owner is not None}


def concerns(finding: Finding, ids: frozenset[str]) -> bool:
    """Say whether a finding is about one of the ids: its element, the tactic or step of its bet, what it names."""
    name = finding.element.id
    parts = [part for piece in _PARTS.split(name) for part in (piece, piece.partition(">")[0])]
    return not ids.isdisjoint({name, *parts, *finding.tactics, *finding.objectives})


def _referring(case: Case, start: set[str]) -> set[str]:
    """Return the ids and every element that refers to one of them, at any distance."""
    referring: dict[str, set[str]] = {}
    for reference in case.graph.references:
        if reference.element is not None:
            referring.setdefault(reference.ref, set()).add(reference.element[1])
    found, waiting = set(start), list(start)
    while waiting:
        for element in referring.get(waiting.pop(), set()) - found:
            found.add(element)
            waiting.append(element)
    return found
