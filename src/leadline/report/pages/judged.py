"""Sections of judgement: what to mend first, every finding, what evidence there is, and how we know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.evidence.small_cells import HIDDEN
from leadline.report.blocks import (
    Block,
    Empty,
    FindingList,
    FindingView,
    Fix,
    Fixes,
    Heading,
    Notes,
    Pairs,
    Section,
    TableBlock,
)
from leadline.report.pages.sheet import finding_view
from leadline.report.pages.source import columns
from leadline.report.saying import MISSING, counted, day, money, number

if TYPE_CHECKING:
    from leadline.report.pages.source import Checked
    from leadline.review.result import Review


def fixes(review: Checked) -> Section:
    """Name at most three things to mend first, with the money that hangs on each."""
    question = "What should be mended first?"
    if not review.fixes:
        rules = review.check.rules_run
        return Section(
            "fixes", question, f"Nothing is blocking: no finding in {counted(rules, 'rule')} asks for a change first."
        )
    items = tuple(
        Fix(
            f.code,
            f.title,
            f.text,
            f.fix,
            f"{money(f.money, review.currency)} at stake" if f.money else "",
            f.element_id,
        )
        for f in review.fixes
    )
    largest = max((f.money or 0.0 for f in review.fixes), default=0.0)
    answer = f"{'; '.join(f.title for f in review.fixes)}."
    if largest:
        answer = f"{answer} {'Up to ' if len(items) > 1 else ''}{money(largest, review.currency)} hangs on {'one of them' if len(items) > 1 else 'it'}."
    return Section("fixes", question, answer, (Fixes(items),))


def findings(review: Checked) -> Section:
    """List every finding: those that stand for themselves, those that follow from them, and the waived apart."""
    question = "What is wrong with the plan?"
    check = review.check
    shown, waived = check.shown, check.waived
    folded = tuple(finding for finding in check.findings if finding.caused_by and not finding.waived_by)
    if not check.findings:
        return Section(
            "findings", question, f"No findings in {counted(check.rules_run, 'rule')}.", known_from=_rules_known(review)
        )
    if not shown:
        answer = f"No findings in {counted(check.rules_run, 'rule')} ({len(waived)} waived)."
    else:
        counts = check.counts
        parts = [counted(int(str(counts[level])), level) for level in ("error", "warning", "note") if counts[level]]
        answer = f"{', '.join(parts)} in {counted(check.rules_run, 'rule')}; {len(waived)} waived."
    blocks: list[Block] = []
    for title, group in (("", shown), ("These follow from the ones above", folded), ("Waived", waived)):
        if group:
            blocks.append(FindingList(tuple(finding_view(review, finding) for finding in group), title))
    return Section("findings", question, answer, tuple(blocks), _rules_known(review))


def _rules_known(review: Checked) -> tuple[str, ...]:
    check = review.check
    lines = [
        f"{counted(check.rules_run, 'rule')} looked at {counted(check.elements, 'element')} as of {day(check.as_of)}."
    ]
    reasons = dict.fromkeys(f"{skip.code}: {skip.reason}" for skip in check.skipped if skip.element is None)
    if reasons:
        lines.append(f"Skipped for want of data: {'; '.join(reasons)}.")
    lines += [f"Threshold changed from its default: {text}" for text in check.settings_changed]
    return tuple(lines)


def evidence(review: Review) -> Section:
    """Say what came in, what was rejected, what belongs to no tactic, and what is odd about the data."""
    question = "What did we look at?"
    material = review.evidence
    if material is None or not material.tables:
        empty = Empty(
            "No evidence yet.",
            "With exports of your ads, your shop or your CRM, bets are measured instead of believed.",
            "Import one: leadline import FILE.",
        )
        return Section("evidence", question, "Nothing but the plan: no evidence was imported.", (empty,))
    rows = sum(table.rows for table in material.tables)
    answer = f"{counted(rows, 'row')} in {counted(len(material.tables), 'table')} from {counted(len(material.imports), 'import')}"
    answer += (
        f"; {counted(material.rejects, 'row was', many='rows were')} rejected."
        if material.rejects
        else "; none rejected."
    )
    blocks: list[Block] = [
        TableBlock(
            columns("table", ">rows", "first day", "last day", "source"),
            tuple((t.name, number(t.rows, 12), day(t.first), day(t.last), t.source) for t in material.tables),
            "What the warehouse holds",
        )
    ]
    blocks += _imports(review) + _unmatched(review)
    odd = tuple(FindingView(fact.level, fact.name, fact.name, fact.text) for fact in material.facts)
    if odd:
        blocks.append(FindingList(odd, "What is odd about the data"))
    return Section("evidence", question, answer, tuple(blocks))


def _imports(review: Review) -> list[Block]:
    material = review.evidence
    if material is None or not material.imports:
        return []
    rows = tuple((one.file, one.recognised_as, number(one.records, 12)) for one in material.imports)
    return [TableBlock(columns("file", "recognised as", ">records"), rows, "What was imported")]


def _unmatched(review: Review) -> list[Block]:
    material = review.evidence
    if material is None or not material.unmatched:
        return []
    ordered = sorted(material.unmatched, key=lambda one: -(one.money or 0.0))
    rows = tuple(
        (
            one.name,
            MISSING if one.money is None else money(one.money, review.currency),
            HIDDEN if one.rows is None else number(one.rows, 12),
        )
        for one in ordered
    )
    caption = "Campaigns that belong to no tactic, most money first"
    note = "Name them under tracked_as of the tactic they belong to, or leave them out on purpose."
    return [Heading("Spend nobody owns"), TableBlock(columns("campaign", ">money", ">rows"), rows, caption, note)]


def method(review: Review) -> Section:
    """Say what it takes to repeat this report, and what it cannot tell."""
    pairs = (
        ("As of", day(review.as_of)),
        ("Plan", f"{review.plan_hash} ({review.plan_status})"),
        ("Evidence snapshot", review.snapshot or "none"),
        ("Seed", str(review.seed)),
        *((f"{name} version", str(version)) for name, version in review.versions.items()),
    )
    limits = (
        "Intervals are central 90 % unless another level stands beside them.",
        "Shares of a step are counted; that a tactic caused them is claimed for grades A to C alone.",
        "Credit of attribution models is not lift: it shares out what happened.",
        "The same plan, snapshot, seed and versions give this report again, to the byte.",
    )
    blocks: tuple[Block, ...] = (Pairs(pairs), Notes(limits, "What holds for every number here"))
    answer = f"From the plan and the evidence as of {day(review.as_of)}; nothing was measured after that day."
    return Section("method", "How do we know?", answer, blocks)
