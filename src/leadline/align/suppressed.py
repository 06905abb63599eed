"""Which waivers suppress something: their checks are asked once more, whatever was selected for the run.

Only the checks that waivers name are asked, and the structural ones, which say what cannot be judged; a plan without
waivers costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from leadline.align import registry
from leadline.align.case import Case
from leadline.align.levels import level_at
from leadline.align.run import ask
from leadline.align.waivers import state_of, waive


@dataclass(frozen=True)
class Suppressed:
    """Waivers that suppress a finding, and those of which it cannot be known, with the reason."""

    used: frozenset[str] = frozenset()
    unknown: Mapping[str, str] = field(default_factory=dict)


def suppressed(case: Case) -> Suppressed:
    """Return what each active waiver does in this case."""
    states = [state_of(waiver, case.as_of, rules=registry.RULES) for waiver in case.plan.control.waivers]
    active = [state for state in states if state.is_active and state.code]
    if not active:
        return Suppressed()
    named = {state.code for state in active}
    rules = [rule for rule in registry.RULES if rule.structural or rule.code in named]
    findings, skipped, _ = ask(case if case.focus is None else replace(case, focus=None), rules)
    unknown: dict[str, str] = {}
    for state in active:
        rule = registry.find_rule(state.code or "")
        if level_at(case.status, rule, level=rule.level) is None:
            unknown[state.waiver.id] = f"the plan's status is {case.status}"
        for skip in skipped:
            if skip.code == state.code and skip.element in (None, state.waiver.target):
                unknown.setdefault(state.waiver.id, skip.reason)
    used = {finding.waived_by for finding in waive(findings, active)}
    return Suppressed(frozenset(name for name in used if name), unknown)
