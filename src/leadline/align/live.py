"""Findings while somebody types: the local and link rules on a few elements, without sums, draws or folding.

    findings = judge_element(document, "search", options=options)   beside a form, at every keystroke
    findings, scores = judge(document, frozenset({"search"}), options=options)   after a block of the interview

What is returned is what the full check says about these elements by the same rules; only the folding under root causes,
and the levels it raises, are left to the full check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from leadline.align import registry
from leadline.align.case import Case
from leadline.align.finding import Finding
from leadline.align.run import CheckOptions, ask, case_of, in_order, waived
from leadline.align.scores import scores_of
from leadline.align.writers.summary import score_pairs
from leadline.plan.source import Document

if TYPE_CHECKING:
    from leadline.plan.interview import Judge

SCOPES = ("local", "links")  # checks.md section 9: what a keystroke asks; sums and data wait for the full check


def judge_element(document: Document, element: str, *, options: CheckOptions) -> tuple[Finding, ...]:
    """Return what the local and link rules say about one element, in the order of showing.

    An id that is not in the plan has no findings. Waived findings carry their waiver, as in the full check.
    """
    return judge_elements(document, frozenset({element}), options=options)


def judge_elements(document: Document, elements: frozenset[str], *, options: CheckOptions) -> tuple[Finding, ...]:
    """Return what the local and link rules say about some elements, in the order of showing."""
    return _judged(replace(case_of(document, options), focus=elements), options)


def judge(
    document: Document, touched: frozenset[str], *, options: CheckOptions
) -> tuple[tuple[Finding, ...], Mapping[str, str]]:
    """Return the findings on what was touched, and the scores of the plan by name, the hundred first.

    Findings that a waiver covers are left out. A plan without any element has neither findings nor scores.
    """
    case = case_of(document, options)
    if not case.elements:
        return (), {}
    findings = _judged(replace(case, focus=touched), options)
    scores = scores_of(case)
    said = {"the hundred": scores.hundred.sentence()}
    for label, text in score_pairs(scores):
        objective, colon, rest = text.partition(": ")
        is_of_one = bool(colon) and objective in case.graph.objectives
        said[f"{label} of {objective}" if is_of_one else label] = rest if is_of_one else text
    return tuple(finding for finding in findings if not finding.waived_by), said


def judge_for(options: CheckOptions) -> Judge:
    """Return the judge that an interview is given: `judge` with these options, its findings as remarks."""
    from leadline.plan.interview import Remark

    def asked(document: Document, touched: frozenset[str]) -> tuple[tuple[Remark, ...], Mapping[str, str]]:
        findings, scores = judge(document, touched, options=options)
        return tuple(Remark(one.code, one.text, one.fix, one.element.id) for one in findings), scores

    return asked


def _judged(case: Case, options: CheckOptions) -> tuple[Finding, ...]:
    woken = registry.woken_by(case.plan)
    chosen = registry.select(options.select, options.ignore, preview=options.preview, woken=woken)
    findings, _, _ = ask(case, [rule for rule in chosen if rule.scope in SCOPES])
    return in_order(waived(case, findings))
