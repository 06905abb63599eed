"""Root causes: a finding that follows from another is folded under it (table of checks.md section 4).

Text shows the root and what it hides; documents keep the followers with `caused_by`. A root is never at a lower
level than its worst follower. A waived finding is no root: what it caused then stands for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from leadline.align import registry
from leadline.align.case import Case
from leadline.align.finding import LEVELS, Finding
from leadline.align.rule import field_of

BREAKS = frozenset({"PLN002", "PLN003", "PLN004", "PLN011", "PLN012"})
CUTS_OFF = frozenset({"BRG001", "BRG002", "BRG011", "BRG012"})

Relation = Callable[["Pair"], bool]


@dataclass(frozen=True)
class Pair:
    """A possible root and a possible follower, with the case and all findings of the run."""

    root: Finding
    follower: Finding
    case: Case
    findings: Sequence[Finding]


@dataclass(frozen=True)
class Row:
    """One row of the table: findings of `roots` fold findings of `folds` where the relation holds."""

    roots: frozenset[str]
    folds: frozenset[str]
    related: Relation


def _anywhere(pair: Pair) -> bool:
    return pair.root is not pair.follower


def _same_element(pair: Pair) -> bool:
    return pair.root.element.id == pair.follower.element.id


def _same_objective(pair: Pair) -> bool:
    return bool(set(pair.root.objectives) & set(pair.follower.objectives))


def _same_tactic(pair: Pair) -> bool:
    return bool(set(pair.root.tactics) & set(pair.follower.tactics))


def _same_touchpoint(pair: Pair) -> bool:
    return pair.root.values.get("touchpoint") == pair.follower.values.get("touchpoint")


def _same_segment(pair: Pair) -> bool:
    segments = pair.follower.values.get("segment")
    return pair.root.element.id in (segments if isinstance(segments, list) else [segments])


def _below_the_gap(pair: Pair) -> bool:
    """Say whether the follower's element climbs to the level or objective whose parent is missing."""
    return pair.root.element.id in _climbing(pair.case, pair.follower.element.id)


def _climbing(case: Case, element: str) -> set[str]:
    """Return everything an element stands under, as far as the links lead."""
    seen: set[str] = set()
    waiting = [element]
    while waiting:
        found = case.elements.get(waiting.pop())
        parent = getattr(found, "parent", None)
        above = [link.ref for link in (*getattr(found, "serves", ()), *((parent,) if parent else ()))]
        waiting += [ref for ref in above if ref not in seen]
        seen.update(above)
    return seen


def _serves_the_same(pair: Pair) -> bool:
    """Say whether a tactic that is cut off serves the follower's objective, directly or through another."""
    served = {objective for tactic in pair.root.tactics for objective in pair.case.graph.objectives_served(tactic)}
    return bool(served & set(pair.follower.objectives))


def _traced_again(pair: Pair) -> bool:
    """Say whether enough spend would be traced if all cut-off tactics reached a value event."""
    case = pair.case
    cut = {tactic for finding in pair.findings if finding.code in CUTS_OFF for tactic in finding.tactics}
    cut |= {name for name in case.growth if set(case.graph.enabled_by(name)) & cut}
    again = sum(
        case.budgets[name] for name in case.growth if name in case.traced or (name in cut and case.serves_top(name))
    )
    limit = {**registry.find_rule("BUD005").thresholds, **case.settings.thresholds.get("BUD005", {})}["min_traced"]
    return case.growth_budget > 0 and again / case.growth_budget >= limit


def _enables_only_cut_off(pair: Pair) -> bool:
    return any(set(pair.case.graph.enabled_by(tactic)) & set(pair.root.tactics) for tactic in pair.follower.tactics)


def _row(roots: str, folds: str, related: Relation) -> Row:
    return Row(frozenset(roots.split()), frozenset(folds.split()), related)


_CUT = " ".join(sorted(CUTS_OFF))
TABLE: tuple[Row, ...] = (
    _row("STR001 STR005", "STR002 STR003 STR004 OBJ006 BUD005", _anywhere),
    _row("STR002", "TAC001", _below_the_gap),
    _row("STR002", "OBJ006 STR010", _anywhere),
    _row("STR002", "BUD005", _anywhere),
    _row("OBJ006", "TAC001", _below_the_gap),
    _row("OBJ001 OBJ002 OBJ003", "OBJ007 OBJ008 OBJ009 OBJ017 CTL001", _same_objective),
    _row("TAC001", "OBJ005 CTL009 CTL001 CTL003", _same_tactic),
    _row("BRG001 BRG002", "BRG012", _enables_only_cut_off),
    _row(_CUT, "BRG006 BUD006 TAC003 MEA003", _same_tactic),
    _row(_CUT, "BUD005", _traced_again),
    _row(_CUT, "OBJ005 OBJ008 OBJ009 OBJ017", _serves_the_same),
    _row("OBJ008 OBJ009", "OBJ017", _same_objective),
    _row("TPM003", "TPM009", _same_touchpoint),
    _row("SIT007", "AUD005", _same_segment),
    _row("BUD001", "BUD011", _anywhere),
    _row("TPM002 CTL004", "PLN005", _same_element),
    _row("ACT001", "ACT003", _same_element),
    _row("DAT004", "TAC009", _same_element),
)  # fmt: skip


def fold(findings: Sequence[Finding], case: Case) -> list[Finding]:
    """Return the findings, followers marked with the fingerprint of their root, roots raised to their worst follower."""
    causes: dict[int, int] = {}
    standing = [index for index, finding in enumerate(findings) if not finding.waived_by]
    _fold_broken(findings, standing, causes)
    for row in TABLE:
        roots = [index for index in standing if findings[index].code in row.roots]
        roots.sort(key=lambda index: (-findings[index].money_at_stake, findings[index].fingerprint))
        for follower in standing:
            if follower in causes or findings[follower].code not in row.folds:
                continue
            for root in roots:
                top = _top(root, causes)
                if top != follower and row.related(Pair(findings[root], findings[follower], case, findings)):
                    causes[follower] = top
                    break
    return _raised(findings, causes)


def _fold_broken(findings: Sequence[Finding], standing: Sequence[int], causes: dict[int, int]) -> None:
    """Fold what reads a broken field: of the same element, or anywhere for a link that leads nowhere.

    A misspelt key breaks the field it was meant for, and with it every sum over that field.
    """
    rules = {rule.code: rule for rule in registry.RULES}
    for root in standing:
        broken = findings[root]
        if broken.code not in BREAKS:
            continue
        field, is_misspelt = _broken_field(broken)
        for follower in standing:
            finding = findings[follower]
            rule = rules[finding.code]
            if follower in causes or rule.structural or not rule.reads_field(field):
                continue
            owner = {broken.element.id, *broken.tactics} & {finding.element.id, *finding.tactics, *finding.objectives}
            is_everywhere = (broken.code == "PLN002" and rule.scope == "links") or (
                is_misspelt and rule.scope == "sums"
            )
            if owner or is_everywhere:
                causes[follower] = root


def _broken_field(broken: Finding) -> tuple[str, bool]:
    """Return the field a fault breaks, and whether its key is misspelt: then the one that was meant."""
    meant = broken.values.get("nearest") if broken.code == "PLN003" else None
    return field_of((*broken.path[:-1], meant) if isinstance(meant, str) else broken.path), isinstance(meant, str)


def _top(index: int, causes: dict[int, int]) -> int:
    while index in causes:
        index = causes[index]
    return index


def _raised(findings: Sequence[Finding], causes: dict[int, int]) -> list[Finding]:
    worst = {index: finding.level for index, finding in enumerate(findings)}
    for follower in causes:
        root = _top(follower, causes)
        worst[root] = min(worst[root], findings[follower].level, key=LEVELS.index)
    return [
        replace(
            finding,
            level=worst[index],
            caused_by=findings[_top(index, causes)].fingerprint if index in causes else None,
        )
        if index in causes or worst[index] != finding.level
        else finding
        for index, finding in enumerate(findings)
    ]
