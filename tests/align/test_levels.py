"""Level by status of the plan: the table of checks.md section 4, cell by cell, and what a waiver does to the exit code."""

from __future__ import annotations

import pytest

from leadline.align import registry
from leadline.align.levels import is_hidden, level_at, reason_not_to_run

# status -> what an error †, an error, a warning, a note, and an error, a warning and a note of DAT are shown as
TABLE = {
    "idea":     ("error", None, None, None, None, None, None),
    "draft":    ("error", "warning", "note", None, "warning", "note", None),
    "review":   ("error", "error", "warning", "note", "error", "warning", "note"),
    "approved": ("error", "error", "warning", "note", "error", "warning", "note"),
    "active":   ("error", "error", "warning", "note", "error", "warning", "note"),
    "closed":   ("error", None, None, None, "error", "warning", None),
}  # fmt: skip
# status -> do rules of time run, do rules of data run with data, do they run without
RUNS = {
    "idea": (False, False, False),
    "draft": (False, False, False),
    "review": (True, True, False),
    "approved": (True, True, False),
    "active": (True, True, False),
    "closed": (True, True, False),
}


def first(family: str, *, structural: bool = False) -> registry.Rule:
    return next(rule for rule in registry.RULES if rule.family == family and rule.structural == structural)


@pytest.mark.parametrize("status", TABLE)
def test_each_cell_of_the_table_holds(status):
    dagger, plain, data = first("PLN", structural=True), first("BUD"), first("DAT")
    seen = (
        level_at(status, dagger, level="error"),
        *(level_at(status, plain, level=level) for level in ("error", "warning", "note")),
        *(level_at(status, data, level=level) for level in ("error", "warning", "note")),
    )
    assert seen == TABLE[status]


@pytest.mark.parametrize("status", TABLE)
def test_a_rule_that_has_nothing_to_say_at_a_status_is_not_asked(status):
    for rule in registry.RULES:
        shown = [level_at(status, rule, level=level) for level in ("error", "warning", "note")]
        assert is_hidden(status, rule) == (shown == [None, None, None])


@pytest.mark.parametrize("status", RUNS)
def test_rules_of_time_and_data_run_from_review_on_and_data_only_with_data(status):
    time = next(rule for rule in registry.RULES if rule.scope == "time")
    data = next(rule for rule in registry.RULES if rule.scope == "data")
    runs = (
        reason_not_to_run(status, time, has_facts=False) is None,
        reason_not_to_run(status, data, has_facts=True) is None,
        reason_not_to_run(status, data, has_facts=False) is None,
    )
    assert runs == RUNS[status]
