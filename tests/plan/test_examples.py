"""The example plans that ship: whole, readable, and the ones whose findings are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.errors import UsageError
from leadline.plan.examples import EXAMPLES, example
from leadline.plan.source import parse_plan


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_reads_without_a_fault_and_has_all_sections(name: str) -> None:
    document = parse_plan(example(name))
    assert document.faults == ()
    assert all(
        (document.plan.metrics, document.plan.objectives, document.plan.strategy.levels, document.plan.tactics.list)
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_the_one_whose_findings_are_written_down(shared: Path, name: str) -> None:
    assert example(name) == (shared / "examples" / name / "plan.yaml").read_text(encoding="utf-8")


def test_an_unknown_example_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="tidewater-cycles"):
        example("tidewater")
