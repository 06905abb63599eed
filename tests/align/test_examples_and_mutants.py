"""The shared example plans give exactly the findings and scores of expected.md; each mutant exactly its codes."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from leadline.align import registry
from leadline.align.result import CheckResult
from leadline.align.run import CheckOptions, check
from leadline.plan.source import parse_plan
from leadline.plan.stamp import canonical, fingerprint

NAMES = ("halden-pumps", "tidewater-cycles", "safe-harbour-reading", "olist")
BUILT = frozenset(rule.code for rule in registry.FIRST)
CODE = re.compile(r"\b[A-Z]{3}\d{3}\b")
TIMES = {"once": 1, "twice": 2, "three times": 3, "four times": 4}
PP = 0.001 + 1e-9  # expected.md: ±0.1 percentage points at base
PERCENTILE, CHANCE = 0.02, 0.03  # expected.md: ±2 pp on percentiles, ±0.03 on P


@dataclass(frozen=True)
class Mutant:
    plan: str
    number: int
    title: str
    edits: tuple[tuple[str, str], ...]
    expected: str
    numbers: str

    def __str__(self) -> str:
        return f"{self.plan}-{self.number}"


def edits_of(diff: str) -> tuple[tuple[str, str], ...]:
    """Pair runs of removed and added lines; a removal without an addition deletes its whole lines."""
    edits: list[tuple[str, str]] = []
    old: list[str] = []
    new: list[str] = []

    def flush() -> None:
        if old or new:
            edits.append(("\n".join(old), "\n".join(new)))
            old.clear()
            new.clear()

    for line in diff.splitlines():
        if line.startswith("-"):
            if new:
                flush()
            old.append(line[2:])
        elif line.startswith("+"):
            new.append(line[2:])
    flush()
    return tuple(edits)


def mutant_of(shared: Path, name: str, number: int) -> Mutant:
    text = (shared / "examples" / name / "mutants.md").read_text(encoding="utf-8")
    title, body = re.search(rf"(?ms)^## {number}\. (.+?)\n(.*?)(?=^## |\Z)", text).groups()
    diff = re.search(r"(?s)```diff\n(.*?)```", body)[1]
    expected = re.search(r"(?ms)^Expected: (.+?)(?=^Numbers:)", body)[1]
    return Mutant(name, number, title, edits_of(diff), expected, re.search(r"(?s)Numbers: (.+)", body)[1])


def plan_text(shared: Path, name: str) -> str:
    return (shared / "examples" / name / "plan.yaml").read_text(encoding="utf-8")


def day_of(shared: Path, name: str) -> dt.date:
    text = (shared / "examples" / name / "expected.md").read_text(encoding="utf-8")
    return dt.date.fromisoformat(re.search(r"--as-of (\d{4}-\d\d-\d\d)", text)[1])


def checked(shared: Path, name: str, text: str | None = None, **options: object) -> CheckResult:
    text = plan_text(shared, name) if text is None else text
    return check(parse_plan(text), CheckOptions(as_of=day_of(shared, name), **options))


def mutated(shared: Path, mutant: Mutant) -> str:
    text = plan_text(shared, mutant.plan)
    for old, new in mutant.edits:
        whole = old + "\n" if not new and old + "\n" in text else old
        assert text.count(whole) == 1, f"{mutant}: {whole!r} stands {text.count(whole)} times"
        text = text.replace(whole, new)
    return text


def codes_of(text: str) -> Counter[str]:
    """Count the codes of an 'Expected' line: 'STR003 four times' is 4, a list of targets in brackets counts each."""
    text = re.sub(r"no [A-Z]{3}\d{3}", "", text)
    text = re.sub(r"(?s)[A-Z]{3}\d{3}(?: is)? skipped for.*", "", text)
    counts: Counter[str] = Counter()
    for match in CODE.finditer(text):
        rest = re.split(r"[;.,]|\bfolded\b", text[match.end() :])[0]
        times = next((number for word, number in TIMES.items() if re.search(rf"\b{word}\b", rest)), 1)
        counts[match[0]] += times
    return counts


def fold_of(mutant: Mutant) -> tuple[Counter[str], Counter[str]]:
    """Split 'Expected' into roots and folded codes, as its prose does."""
    shown, _, folded = mutant.expected.partition("folded:")
    if not folded and re.search(r"[A-Z]{3}\d{3} folded", mutant.expected):
        head, _, tail = mutant.expected.partition(";")
        return codes_of(head), codes_of(tail)
    return codes_of(shown), codes_of(folded)


# BRG012 of two tactics and OBJ008, OBJ017 of one objective stand in words, not in 'twice'.
WORDS = {("halden-pumps", 3): Counter({"BRG012": 2, "BUD005": 1, "BUD006": 2, "OBJ005": 1, "OBJ008": 1, "OBJ017": 1}),
         ("safe-harbour-reading", 1): Counter({"TAC003": 1, "OBJ008": 1, "OBJ017": 1}),
         ("halden-pumps", 14): Counter({"BRG006": 1, "BUD005": 1})}  # fmt: skip
SHOWN = {("halden-pumps", 4): Counter({"BRG004": 1}), ("tidewater-cycles", 14): Counter({"BRG005": 2})}


@pytest.mark.parametrize("number", range(1, 15))
@pytest.mark.parametrize("name", NAMES[:3])
def test_a_mutant_shows_exactly_its_codes(shared: Path, name: str, number: int) -> None:
    mutant = mutant_of(shared, name, number)
    if (mutant.plan, mutant.number) == ("halden-pumps", 10):
        return  # its first step is a review: test_an_edit_after_review_makes_the_link_suspect
    result = checked(shared, mutant.plan, mutated(shared, mutant))
    base = Counter(f.code for f in checked(shared, mutant.plan).findings if not f.waived_by)
    shown, folded = fold_of(mutant)
    shown, folded = SHOWN.get((mutant.plan, mutant.number), shown), WORDS.get((mutant.plan, mutant.number), folded)
    expect_shown = Counter({code: n for code, n in (shown + base).items() if code in BUILT})
    expect_folded = Counter({code: n for code, n in folded.items() if code in BUILT})
    seen = Counter(f.code for f in result.shown)
    hidden = Counter(f.code for f in result.findings if f.caused_by)
    told = "\n".join(f"{f} (folded: {f.caused_by})" for f in result.findings)
    if expect_folded and not expect_shown:
        pytest.skip("the root's family is not built yet")
    assert seen == expect_shown, told
    assert hidden == expect_folded, told


def test_an_edit_after_review_makes_the_link_suspect(shared: Path) -> None:
    mutant = mutant_of(shared, "halden-pumps", 10)
    text = plan_text(shared, mutant.plan)
    objective = next(one for one in parse_plan(text).plan.objectives if one.id == "sqo-2027")
    head, _, tail = text.partition("    - id: search\n")
    stamped = tail.replace("serves: [sqo-2027]", f"serves: [{{ref: sqo-2027, seen: {fingerprint(objective)}}}]", 1)
    text = head + "    - id: search\n" + stamped
    assert not checked(shared, mutant.plan, text).shown
    ((old, new),) = mutant.edits
    assert text.count(old) == 1
    result = checked(
        shared, mutant.plan, text.replace(old, new), known_contents={fingerprint(objective): canonical(objective)}
    )
    (finding,) = result.shown
    assert (finding.code, finding.element.id) == ("PLN006", "search")
    assert (finding.values["field"], finding.values["old"], finding.values["new"]) == ("target", "85 count", "88 count")
    coverage = {one.objective: one for one in result.scores.coverage}["sqo-2027"]
    assert (coverage.naive_share, coverage.due_share) == pytest.approx((1.023, 1.015), abs=PP)
    unrecorded = checked(shared, mutant.plan, text.replace(old, new)).shown[0]
    assert unrecorded.values["field"] is None


def expected_shown(shared: Path, name: str) -> Counter[str]:
    if name != "olist":
        return Counter()
    text = (shared / "examples" / name / "expected.md").read_text(encoding="utf-8")
    counts: Counter[str] = Counter()
    for code, on in re.findall(r"(?m)^\| ([A-Z]{3}\d{3}) \| ([^|]+) \|", text):
        targets = 3 if on.strip() == "the same three" else max(1, len(re.findall(r"`", on)) // 2)
        counts[code] = targets
    return counts


@pytest.mark.parametrize("name", NAMES)
def test_an_example_plan_shows_exactly_the_expected_findings(shared: Path, name: str) -> None:
    result = checked(shared, name)
    seen = Counter(f.code for f in result.shown)
    expected = {code: n for code, n in expected_shown(shared, name).items() if code in BUILT}
    assert seen == expected, "\n".join(map(str, result.findings))


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text.replace(",", ""))]


@pytest.mark.parametrize("name", NAMES)
def test_coverage_meets_the_reference_values(shared: Path, name: str) -> None:
    text = (shared / "examples" / name / "expected.md").read_text(encoding="utf-8")
    by_objective = {one.objective: one for one in checked(shared, name).scores.coverage}
    rows = re.findall(
        r"(?m)^\| `([\w-]+)` \| [^|]+ \| [^|=]+= ([\d.]+) % \| [^|=]+= ([\d.]+) % \| ([\d.]+) % \| ([^|]+) \|", text
    )
    assert len(rows) >= 1
    for objective, naive, due, spread, chance in rows:
        one = by_objective[objective]
        assert one.naive_share == pytest.approx(float(naive) / 100, abs=PP)
        assert one.due_share == pytest.approx(float(due) / 100, abs=PP)
        low, middle, high = (float(part) / 100 for part in spread.split(".."))
        assert (one.p05, one.p50, one.p95) == pytest.approx((low, middle, high), abs=PERCENTILE), objective
        if "null" in chance:
            assert one.p is None
            assert one.reason == re.search(r'"(.+?)"', chance)[1]
        else:
            assert one.p == pytest.approx(float(chance), abs=CHANCE), objective


@pytest.mark.parametrize("name", NAMES)
def test_contributions_and_evidence_meet_the_reference_values(shared: Path, name: str) -> None:
    text = (shared / "examples" / name / "expected.md").read_text(encoding="utf-8")
    scores = checked(shared, name).scores
    evidence = {one.objective: one for one in scores.evidence_coverage}
    section = text.partition("## Evidence coverage")[2].partition("## Does it pay")[0]
    for objective, listed in re.findall(r"(?m)^- `([\w-]+)`: (.+)$", section):
        for method, value in re.findall(r"(measured|benchmark|expert|guess) ([\d.]+) %", listed):
            assert getattr(evidence[objective], method) == pytest.approx(float(value) / 100, abs=PP)
    section = text.partition("Contributions at base")[2].partition("\n\nA symmetric")[0]
    coverage = {one.objective: one for one in scores.coverage}
    for objective, listed in re.findall(r"(?m)^- `([\w-]+)`: (.+)$", section):
        units = {"kEUR": 1e3, "kGBP": 1e3, "kUSD": 1e3, "pp": 0.01}
        found = {one.tactic: one for one in coverage[objective].contributions}
        parts = re.findall(r"([\w-]+) ([\d.]+) (\w+)(?: → ([\d.]+) \w+)?", listed)
        assert {part[0] for part in parts} == set(found)
        for tactic, naive, unit, due in parts:
            factor = units.get(unit, 1.0)
            assert found[tactic].naive / factor == pytest.approx(float(naive), abs=0.051)
            assert found[tactic].due / factor == pytest.approx(float(due or naive), abs=0.051)


@pytest.mark.parametrize("name", NAMES)
def test_scores_meet_the_reference_values(shared: Path, name: str) -> None:
    text = (shared / "examples" / name / "expected.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"(?m)^\| ([\w ]+) \| ([^|]+) \|", text))
    scores = checked(shared, name).scores
    hundred = numbers(rows["the hundred"])
    parts = (scores.hundred.proven, scores.hundred.believed, scores.hundred.attention, scores.hundred.nothing)
    assert [100 * part for part in parts] == pytest.approx(hundred, abs=0.1)
    for label, score in (
        ("traced spend", scores.traced_spend),
        ("traced hours", scores.traced_hours),
        ("bridge coverage", scores.bridge_coverage),
        ("control coverage", scores.control_coverage),
        ("promise coverage", scores.promise_coverage),
    ):
        if rows[label].startswith("none"):
            assert score.value is None
            assert score.reason
        else:
            assert 100 * score.value == pytest.approx(numbers(rows[label])[0], abs=0.1), label
    hhi = numbers(rows["HHI by channel"])[0]
    assert scores.concentration.hhi == pytest.approx(hhi, abs=0.0005)
    line = re.search(r"(?m)^\| HHI by channel \|[^|]+\| largest `([\w-]+)` ([\d.]+) %", text)
    assert scores.concentration.largest_share == pytest.approx(float(line[2]) / 100, abs=PP)
    assert scores.concentration.shares[line[1]] == scores.concentration.largest_share
    cost = re.search(r"of ([\d.]+) k(?:EUR|GBP|USD|BRL)(?: money|;)", text)
    assert scores.hundred.cost == pytest.approx(1000 * float(cost[1]), abs=10)
