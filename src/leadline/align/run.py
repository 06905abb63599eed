"""One run: a document in, every rule asked, a CheckResult out. Nothing is printed and no clock is read."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadline.align import registry
from leadline.align.case import Case
from leadline.align.facts import EvidenceFacts, SettledBet
from leadline.align.finding import (
    LEVELS,
    ElementRef,
    Finding,
    Found,
    Level,
    Related,
    Skip,
    filled,
    fingerprint,
    flat,
    unit_of,
)
from leadline.align.grouping import fold
from leadline.align.levels import is_hidden, level_at, reason_not_to_run
from leadline.align.result import CheckResult, Skipped
from leadline.align.rule import Rule, field_of
from leadline.align.scores import scores_of
from leadline.align.settings import read_settings
from leadline.align.touched import concerns, touched
from leadline.align.waivers import state_of, waive
from leadline.errors import NothingDone
from leadline.plan.source import Document

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class CheckOptions:
    """What a run is told.

    as_of: the day of judgement · seed: of the draws · select, ignore: codes, names or prefixes · preview: more rules
    only: ids of changed elements; findings on them and on what depends on them are kept (None: all)
    since: what `only` holds, in words (`3 elements changed since main`), for the summary
    settings: the table `[check]` of leadline.toml · facts, settled: evidence and ledger, where there are any
    known_contents: fingerprint -> reviewed content, from the ledger
    approved, approved_on: what the last approval decision stamped (element id -> fingerprint), and its day
    """

    as_of: dt.date
    seed: int = 1
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    preview: bool = False
    only: frozenset[str] | None = None
    since: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    facts: EvidenceFacts | None = None
    settled: Mapping[str, SettledBet] | None = None
    known_contents: Mapping[str, str] = field(default_factory=dict)
    approved: Mapping[str, str] = field(default_factory=dict)
    approved_on: dt.date | None = None


def check(document: Document, options: CheckOptions) -> CheckResult:
    """Judge a plan by the chosen rules and compute its scores.

    Raises UsageError for an unknown rule or setting, NothingDone where nothing could be judged.
    """
    return check_case(case_of(document, options), options)


def check_case(case: Case, options: CheckOptions) -> CheckResult:
    """Judge a case as `check` judges a plan; what was computed for it stays with it, for whoever reads on.

    options: those that the case was made with. Raises what `check` raises.
    """
    document = case.document
    woken = registry.woken_by(document.plan)
    rules = registry.select(options.select, options.ignore, preview=options.preview, woken=woken)
    if not case.elements:
        raise NothingDone(
            f"{_file(document)}: the plan has no element yet, so nothing was checked. Add one, or run leadline init."
        )
    findings, skipped, judged = ask(case, rules)
    if judged == 0:
        raise NothingDone(f"Nothing was checked: {_why_nothing(rules, skipped)}")
    findings = fold(waived(case, findings), case)
    limited = ""
    if options.only is not None:
        reached = touched(case, options.only)
        findings = [finding for finding in findings if concerns(finding, reached)]
        limited = f"{options.since or f'{len(options.only)} elements'} and what depends on them ({len(reached)} in all)"
    links = [link for element in case.elements.values() for link in _links(element)]
    return CheckResult(
        document=document,
        as_of=case.as_of,
        seed=case.seed,
        status=case.status,
        findings=in_order(findings),
        skipped=tuple(sorted(skipped, key=lambda skip: (skip.code, skip.element or "", skip.reason))),
        scores=scores_of(case),
        rules_run=judged,
        elements=len(case.elements),
        links=len(links),
        links_unreviewed=sum(link is None for link in links),
        settings_changed=case.settings.changed,
        limited_to=limited,
    )


def case_of(document: Document, options: CheckOptions) -> Case:
    """Return the case of a run, so that others can read the shared computations without running rules."""
    return Case(
        document=document,
        as_of=options.as_of,
        seed=options.seed,
        facts=options.facts,
        settled=options.settled,
        settings=read_settings(options.settings, registry.RULES),
        known_contents=options.known_contents,
        approved=options.approved,
        approved_on=options.approved_on,
    )


def ask(case: Case, rules: Sequence[Rule]) -> tuple[list[Finding], list[Skipped], int]:
    """Return findings, skips and the number of rules that judged; structural rules go first, they block sums.

    Findings are as the rules see them: neither waived nor folded nor in order.
    """
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    judged = 0
    faults: list[Finding] = []
    for rule in sorted(rules, key=lambda rule: not rule.structural):
        if is_hidden(case.status, rule):
            continue
        reason = reason_not_to_run(case.status, rule, has_facts=case.facts is not None) or _blocked(rule, faults)
        if reason:
            skipped.append(Skipped(rule.code, reason))
            continue
        seen = list(rule.run(case, case.settings.of(rule)))
        skips = [Skipped(rule.code, one.reason, one.element) for one in seen if isinstance(one, Skip)]
        skipped += skips
        made = list(_findings(case, rule, [one for one in seen if isinstance(one, Found)]))
        findings += made
        faults += made if rule.structural else []
        judged += not any(skip.element is None for skip in skips)
    return findings, skipped, judged


def _blocked(rule: Rule, faults: Iterable[Finding]) -> str | None:
    """Return why a sum cannot be computed: a structural fault in a field it reads."""
    if rule.structural or rule.scope not in ("sums", "data"):
        return None
    for fault in faults:
        if rule.reads_field(field_of(fault.path)):
            return f"blocked by {fault.code} at {fault.element.id}"
    return None


def _findings(case: Case, rule: Rule, seen: Sequence[Found]) -> Iterator[Finding]:
    repeats: dict[str, int] = {}
    for found in sorted(seen, key=lambda one: json.dumps(flat(tuple(one.values.values())), sort_keys=True)):
        level = level_at(case.status, rule, level=found.level or rule.level)
        if level is None:
            continue
        element = found.element or ElementRef(*(case.document.element_at(found.path) or ("plan", case.plan.plan.id)))
        repeat = repeats.get(element.id, 0)
        repeats[element.id] = repeat + 1
        if case.in_focus(element.id, found.path, tactics=found.tactics):
            mark = fingerprint(rule.code, element.id, keys=found.values, repeat=repeat)
            yield _finding(case, rule, found=found, element=element, level=level, mark=mark)


def _finding(case: Case, rule: Rule, *, found: Found, element: ElementRef, level: Level, mark: str) -> Finding:
    document = case.document
    tactics = found.tactics or ((element.id,) if element.id in case.tactics else ())
    objectives = found.objectives or ((element.id,) if element.kind == "objective" else ())
    return Finding(
        code=rule.code,
        name=rule.name,
        level=level,
        text=filled(found.text, found.values, currency=case.currency),
        place=found.place or document.place(found.path, key=found.at_key),
        path=found.path,
        element=element,
        why=rule.doc.why.rstrip("."),
        fix=filled(found.fix, found.values, currency=case.currency) if found.fix else rule.doc.fix.rstrip("."),
        values={key: flat(value) for key, value in found.values.items()},
        units={key: unit for key, value in found.values.items() if (unit := unit_of(value)) is not None},
        money_at_stake=_money_at_stake(case, tactics, objectives),
        fingerprint=mark,
        also=filled(found.also, found.values, currency=case.currency),
        related=tuple(
            Related(document.place(one.path), filled(one.label, found.values, currency=case.currency))
            for one in found.related
        ),
        repairs=found.repairs,
        tactics=tactics,
        objectives=objectives,
    )


def _money_at_stake(case: Case, tactics: tuple[str, ...], objectives: tuple[str, ...]) -> float:
    serving = [tactic for objective in objectives for tactic in case.graph.tactics_of(objective)]
    return sum(case.budgets.get(name, 0.0) for name in dict.fromkeys([*tactics, *serving]))


def waived(case: Case, findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings, each marked with the waiver of the plan that covers it on the day of the run."""
    return waive(findings, [state_of(one, case.as_of, rules=registry.RULES) for one in case.plan.control.waivers])


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings as they are shown: by level, then money at stake, then place."""
    return tuple(sorted(findings, key=_order))


def _order(finding: Finding) -> tuple[object, ...]:
    place = finding.place
    return (LEVELS.index(finding.level), -finding.money_at_stake, place.file, place.line, place.column, finding.code)


def _links(element: object) -> Iterator[str | None]:
    """Yield the review stamp of each serves and enables link of an element (None: not under review)."""
    for name in ("serves", "enables"):
        for link in getattr(element, name, ()):
            yield link.seen


def _why_nothing(rules: Sequence[Rule], skipped: Sequence[Skipped]) -> str:
    if not rules:
        return "no rule is selected. Widen --select, or drop --ignore."
    reasons = (
        "; ".join(dict.fromkeys(f"{skip.code}: {skip.reason}" for skip in skipped)) or "the plan's status hides them"
    )
    return f"every selected rule was skipped ({reasons}). Add what is missing, or select other rules."


def _file(document: Document) -> str:
    return next(iter(document.texts), "plan.yaml")
