"""Plans of earlier windows beside a plan: whose tactics were judged, and what a copy of a failed one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.align import examples
from leadline.align.facts import EvidenceFacts
from leadline.align.run import CheckOptions, check
from leadline.plan.source import parse_plan
from leadline.review.earlier_plans import earlier_tactics

NOW = examples.text_of("SIT001", "good")  # a sound plan of 2027
WINDOW = "2027-01-01..2027-12-31"
JUDGED = [("2027-01-10", "tactic failed (agree)"), ("2027-01-05", "on course")]


def before(window: str = "2026-01-01..2026-12-31", decisions: list[tuple[str, str]] = JUDGED, org: str = "") -> str:
    told = "".join(
        f"    - {{id: d{n}, date: {day}, choice: {choice}, about: [letters]}}\n"
        for n, (day, choice) in enumerate(decisions)
    )
    head = f"window: {window}{f', organisation: {org}' if org else ''}"
    return NOW.replace(f"window: {WINDOW}", head, 1).replace("  tests:\n", f"  decisions:\n{told}  tests:\n", 1)


@pytest.mark.parametrize("name", ["plan-2026.yaml", "earlier/bikes.yaml"])
def test_a_copy_of_what_failed_in_an_earlier_plan_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "earlier").mkdir()
    (tmp_path / name).write_text(before())
    (tmp_path / "plan.yaml").write_text(NOW)
    document = parse_plan(NOW)
    found = earlier_tactics(tmp_path, document.plan, own=tmp_path / "plan.yaml").tactics
    assert [(one.id, one.verdict, str(one.ended)) for one in found] == [("letters", "tactic failed", "2026-12-31")]
    options = CheckOptions(document.plan.plan.window.end, select=("TAC011",), facts=EvidenceFacts(earlier=found))
    assert [one.element.id for one in check(document, options).findings] == ["letters"]


@pytest.mark.parametrize(
    "other",
    [
        before(WINDOW),  # the same window: a copy of the plan itself
        before(decisions=[("2027-01-10", "stop it, tactic failed")]),  # a choice, no verdict
        before(org="Wheelhouse"),
    ],
)
def test_other_plans_say_nothing(tmp_path: Path, other: str) -> None:
    (tmp_path / "plan-other.yaml").write_text(other)
    mine = parse_plan(NOW.replace("title: ", "organisation: Bikes in town, title: ", 1)).plan
    assert not earlier_tactics(tmp_path, mine).tactics


def test_the_last_verdict_counts_and_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "plan-2026.yaml").write_text(before(decisions=[*JUDGED, ("2027-02-01", "can’t tell")]))
    (tmp_path / "plan-old.yaml").write_text("plan: [")
    found = earlier_tactics(tmp_path, parse_plan(NOW).plan)
    assert [one.verdict for one in found.tactics] == ["can't tell"]
    assert [note.split(" is ")[0] for note in found.notes] == ["What plan-old.yaml tried"]
