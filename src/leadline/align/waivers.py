"""Waivers: exceptions from a check with a reason, an approver and an end; and what cannot be waived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from leadline.align.finding import Finding
from leadline.align.rule import Rule
from leadline.plan.control import Waiver

# Beside the structural rules: a promise to a customer or the law is not the plan's to give away (checks.md section 4).
NOT_WAIVABLE = frozenset({"TPM003", "TPM004", "RSK001", "RSK002", "RSK003"})


@dataclass(frozen=True)
class WaiverState:
    """A waiver as it stands on a day.

    missing: keys among reason, approved_by, expires that are absent · expired: the day lies after `expires`
    code: the code of the rule it names, or None where no rule is called so · waivable: whether that rule may be waived
    """

    waiver: Waiver
    missing: tuple[str, ...]
    expired: bool
    code: str | None
    waivable: bool

    @property
    def is_active(self) -> bool:
        """Say whether the waiver suppresses anything today."""
        return not self.missing and not self.expired and self.code is not None and self.waivable


def state_of(waiver: Waiver, as_of: dt.date, *, rules: Sequence[Rule]) -> WaiverState:
    """Return what a waiver is worth on a day; an incomplete or expired one suppresses nothing."""
    named = (waiver.code or "").strip()
    rule = next((rule for rule in rules if named.upper() == rule.code or named.lower() == rule.name), None)
    return WaiverState(
        waiver=waiver,
        missing=tuple(key for key in ("reason", "approved_by", "expires") if not getattr(waiver, key)),
        expired=waiver.expires is not None and as_of > waiver.expires,
        code=rule.code if rule else None,
        waivable=rule is not None and is_waivable(rule),
    )


def is_waivable(rule: Rule) -> bool:
    """Say whether a rule may be waived at all."""
    return not (rule.structural or rule.family == "WVR" or rule.code in NOT_WAIVABLE)


def waive(findings: Sequence[Finding], states: Sequence[WaiverState]) -> list[Finding]:
    """Return the findings, each marked with the active waiver that covers it.

    A waiver covers a finding of its code on its target, or on something of its target's alone (a bet of the tactic).
    """
    active: dict[tuple[str, str], str] = {}
    for state in states:
        if state.is_active and state.code and state.waiver.target:
            active.setdefault((state.code, state.waiver.target), state.waiver.id)
    if not active:
        return list(findings)
    return [replace(finding, waived_by=_waiver_of(finding, active)) for finding in findings]


def _waiver_of(finding: Finding, active: dict[tuple[str, str], str]) -> str | None:
    targets = [finding.element.id]
    if len(finding.tactics) == 1:
        targets.append(finding.tactics[0])
    return next((active[finding.code, target] for target in targets if (finding.code, target) in active), None)
