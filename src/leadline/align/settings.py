"""What `[check]` of leadline.toml may say: factors of the widening, the shared optimism, thresholds of rules.

[check]
widen_guess = 2.0
shared_optimism = 0.3

[check.BUD002]        # or the name: [check.single-basket]
top_share = 0.6
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from leadline.align.rule import Rule
from leadline.errors import UsageError

WIDEN_GUESS = 2.0  # house: a guess may be half or double (checks.md section 3)
WIDEN_EXPERT = 1.5  # house: by half as much again (checks.md section 3)
SHARED_OPTIMISM = 0.3  # house: correlation of two bets nobody measured (checks.md section 3)
_GENERAL = {"widen_guess": WIDEN_GUESS, "widen_expert": WIDEN_EXPERT, "shared_optimism": SHARED_OPTIMISM}


@dataclass(frozen=True)
class CheckSettings:
    """Settings of a run.

    widen_guess, widen_expert: factors (1 or more) that widen a bare number · shared_optimism: correlation 0..1 below 1
    thresholds: code -> name -> value, only what was changed · changed: one text per changed setting, for the summary
    """

    widen_guess: float = WIDEN_GUESS
    widen_expert: float = WIDEN_EXPERT
    shared_optimism: float = SHARED_OPTIMISM
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    changed: tuple[str, ...] = ()

    def of(self, rule: Rule) -> Mapping[str, float]:
        """Return the thresholds that were changed for a rule."""
        return self.thresholds.get(rule.code, {})


def read_settings(table: Mapping[str, object], rules: Iterable[Rule]) -> CheckSettings:
    """Read the table `[check]`; raises UsageError for an unknown key or a value that is no number in range."""
    known = {name: rule for rule in rules for name in (rule.code, rule.name)}
    general = dict(_GENERAL)
    thresholds: dict[str, dict[str, float]] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            if key not in known:
                raise UsageError.unknown("table [check.…] of leadline.toml:", key, known=known)
            rule = known[key]
            thresholds.setdefault(rule.code, {}).update(_thresholds(rule, value))
        elif key in general:
            general[key] = _number(f"[check] {key}", value)
        else:
            raise UsageError.unknown("key in [check] of leadline.toml:", key, known=[*_GENERAL, "<CODE>.<threshold>"])
    _in_range(general)
    changed = [
        f"check.{key} = {general[key]:g} (default {_GENERAL[key]:g})"
        for key in _GENERAL
        if general[key] != _GENERAL[key]
    ]
    changed += [
        f"check.{code}.{key} = {value:g} (default {known[code].thresholds[key]:g})"
        for code, mine in sorted(thresholds.items())
        for key, value in sorted(mine.items())
        if value != known[code].thresholds[key]
    ]
    return CheckSettings(**general, thresholds=thresholds, changed=tuple(changed))


def _thresholds(rule: Rule, table: Mapping[str, object]) -> dict[str, float]:
    for key in table:
        if key not in rule.thresholds:
            if not rule.thresholds:
                raise UsageError(
                    f"[check.{rule.code}] {key}: {rule.code} {rule.name} has no threshold. Remove the key."
                )
            raise UsageError.unknown(f"threshold of {rule.code} {rule.name}:", key, known=rule.thresholds)
    return {key: _number(f"[check.{rule.code}] {key}", value) for key, value in table.items()}


def _number(where: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UsageError(f"leadline.toml: {where} = {value!r} is not a number. Write a number, such as 0.5.")
    return float(value)


def _in_range(general: Mapping[str, float]) -> None:
    for key in ("widen_guess", "widen_expert"):
        if general[key] < 1.0:
            raise UsageError(
                f"leadline.toml: [check] {key} = {general[key]:g} is below 1. Write 1 (no widening) or more."
            )
    if not 0.0 <= general["shared_optimism"] < 1.0:
        given = general["shared_optimism"]
        raise UsageError(
            f"leadline.toml: [check] shared_optimism = {given:g} is outside 0 to below 1. The default is {SHARED_OPTIMISM:g}."
        )
