"""Each rule against its two examples: the bad one shows exactly the expected findings, the good one none."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import math
import re
import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from leadline.align import examples, registry
from leadline.align.finding import Finding, Found
from leadline.align.result import CheckResult
from leadline.align.rule import Rule
from leadline.align.run import CheckOptions, case_of, check
from leadline.plan.source import Document, parse_plan

DEFAULT_DAY = dt.date(2027, 1, 2)
RULES = pytest.mark.parametrize("rule", registry.RULES, ids=lambda rule: rule.code)


@dataclass(frozen=True)
class Expected:
    code: str
    kind: str
    element: str
    place: str
    values: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, line: str) -> Expected:
        code, kind, element, place, *pairs = shlex.split(line)
        return cls(code, kind, element, place, dict(pair.split("=", 1) for pair in pairs))


def day_of(text: str) -> dt.date:
    return examples.day_of(text) or DEFAULT_DAY


def options(text: str, *select: str) -> CheckOptions:
    return CheckOptions(as_of=day_of(text), select=select, **examples.assumed_by(text))


@functools.cache
def parsed(text: str) -> Document:
    return parse_plan(text, "plan.yaml")


def run(rule: Rule, text: str) -> CheckResult:
    return check(parsed(text), options(text, rule.code))


DRAWN = frozenset({"p", "p05", "p50", "p95", "low", "high", "yield_p95"})
SAMPLING = 0.03  # expected.md: ±0.03 on P, ±2 pp on percentiles


def agrees_on(key: str, expected: str, value: object) -> bool:
    if key in DRAWN and isinstance(value, float):
        return math.isclose(float(expected), value, abs_tol=SAMPLING)
    return agrees(expected, value)


def agrees(expected: str, value: object) -> bool:
    if isinstance(value, list):
        wanted = expected.split(",") if expected else []
        return len(wanted) == len(value) and all(map(agrees, wanted, value))
    if isinstance(value, bool) or value is None:
        return expected.lower() == str(value).lower()
    if isinstance(value, (int, float)):
        return math.isclose(float(expected), value, rel_tol=1e-3, abs_tol=1e-6)
    return expected == str(value)


def description(finding: Finding) -> str:
    pairs = " ".join(f"{key}={value}" for key, value in finding.values.items())
    return f"{finding.code} {finding.element.kind} {finding.element.id} {finding.place.line}:{finding.place.column} {pairs}"


@RULES
def test_the_bad_example_shows_exactly_the_expected_findings(rule: Rule) -> None:
    text = examples.text_of(rule.code, "bad")
    expected = [Expected.parse(line) for line in re.findall(r"(?m)^# expect: (.+)$", text)]
    assert expected, f"{rule.code}: bad.yaml has no line '# expect: …'"
    found = list(run(rule, text).findings)
    seen = "\n".join(map(description, found)) or "nothing"
    assert len(found) == len(expected), f"{rule.code}: expected {len(expected)}, seen:\n{seen}"
    for want in expected:
        matching = [
            finding
            for finding in found
            if (finding.code, *finding.element, f"{finding.place.line}:{finding.place.column}")
            == (want.code, want.kind, want.element, want.place)
            and set(finding.values) == set(want.values)
            and all(agrees_on(key, want.values[key], value) for key, value in finding.values.items())
        ]
        assert matching, f"{rule.code}: {want} is not among:\n{seen}"
        found.remove(matching[0])


@RULES
def test_the_good_example_is_judged_and_shows_nothing(rule: Rule) -> None:
    result = run(rule, examples.text_of(rule.code, "good"))
    assert not result.findings, "\n".join(map(description, result.findings))
    assert result.rules_run == 1, "a skip is not a pass"


@RULES
def test_the_good_example_is_a_small_edit_of_the_bad_one(rule: Rule) -> None:
    bad, good = (
        [line for line in examples.text_of(rule.code, which).splitlines() if not line.startswith("#")]
        for which in ("bad", "good")
    )
    changed = [line for line in difflib.ndiff(bad, good) if line[0] in "+-"]
    assert 0 < len(changed) <= 8, f"{len(changed)} lines differ"


@RULES
def test_one_fault_shows_at_most_three_codes_that_are_not_folded(rule: Rule) -> None:
    def shown(which: str) -> set[str]:
        text = examples.text_of(rule.code, which)
        result = check(parsed(text), replace(options(text), preview=True))
        return {finding.code for finding in result.shown}

    new = shown("bad") - shown("good")
    assert len(new) <= 3, new


@RULES
def test_every_figure_of_a_finding_is_said_in_its_words(rule: Rule) -> None:
    text = examples.text_of(rule.code, "bad")
    case = case_of(parsed(text), options(text))
    for found in rule.run(case, {}):
        if isinstance(found, Found):
            assert not found.unsaid


@RULES
def test_every_rule_says_what_it_does_why_and_on_what_grounds(rule: Rule) -> None:
    parts = {"What": rule.doc.what, "Why": rule.doc.why, "Source": rule.doc.source, "Fix": rule.doc.fix}
    assert [name for name, text in parts.items() if not text] == []
    for threshold in rule.thresholds:
        assert threshold in rule.doc.thresholds, f"{rule.code}: Thresholds does not name {threshold}"


def test_codes_and_names_are_used_once() -> None:
    codes = [rule.code for rule in registry.RULES]
    names = [rule.name for rule in registry.RULES]
    assert len(set(codes)) == len(codes)
    assert len(set(names)) == len(names)


@pytest.mark.slow
def test_every_rule_is_in_the_catalogue(shared: Path) -> None:
    catalogue = (shared / "design" / "checks.md").read_text(encoding="utf-8")
    for rule in registry.FIRST:
        row = re.search(rf"^\| {rule.code} \| {rule.name} \| (\S+(?:, \S+)*(?: [^|]*)?)\|", catalogue, re.MULTILINE)
        assert row, f"{rule.code} {rule.name} is not in the table of first rules"
    for rule in registry.PREVIEW:
        assert f"| {rule.code} {rule.name} |" in catalogue, f"{rule.code} {rule.name}"
