"""Which level a finding has at the plan's status, and which rules run at all (checks.md section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from leadline.align.finding import Level
from leadline.align.rule import Rule

# status -> what errors, warnings and notes are shown as; None = hidden. Structural errors stay errors everywhere.
_SHOWN: Mapping[str, Mapping[Level, Level | None]] = MappingProxyType({
    "idea": {"error": None, "warning": None, "note": None},
    "draft": {"error": "warning", "warning": "note", "note": None},
    "closed": {"error": None, "warning": None, "note": None},
})  # fmt: skip


def level_at(status: str, rule: Rule, *, level: Level) -> Level | None:
    """Return the level shown at a plan status, or None where the finding is hidden."""
    if rule.structural:
        return level
    if status == "closed" and rule.family == "DAT":
        return None if level == "note" else level
    return _SHOWN[status][level] if status in _SHOWN else level


def is_hidden(status: str, rule: Rule) -> bool:
    """Say whether a rule has nothing to say at a status, so that it need not run."""
    return level_at(status, rule, level="error") is None


def reason_not_to_run(status: str, rule: Rule, *, has_facts: bool) -> str | None:
    """Return why a data or time rule is skipped at a status, or None where it runs."""
    if rule.scope in ("data", "time") and status in ("idea", "draft"):
        return f"the plan's status is {status}"
    if rule.scope == "data" and not has_facts:
        return "no data"
    return None
