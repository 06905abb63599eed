"""`import leadline`: instant, about twenty names, each documented and where it says."""

from __future__ import annotations

import ast
import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

import leadline as ll
from leadline.errors import UsageError

PLAN = """\
plan: {id: small, currency: EUR, status: review, window: 2027-01-01..2027-12-31}
metrics: [{id: sale, unit: count, value_event: true}]
objectives: [{id: sell, metric: sale, target: {value: 10, by: 2027-06-30}, serves: [nowhere]}]
"""


def test_importing_the_library_loads_nothing_else():
    code = "import sys, leadline; print(sorted(name for name in sys.modules if name.startswith('leadline.') or name in ('numpy', 'pydantic', 'duckdb')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there_and_stands_in_the_docstring():
    assert 18 <= len(ll.__all__) <= 30
    for name in ll.__all__:
        assert getattr(ll, name).__doc__, name
        assert name in ll.__doc__, name
    assert set(ll.__all__) <= set(dir(ll))


def test_the_names_for_type_checkers_are_the_names_that_are_loaded():
    tree = ast.parse(Path(ll.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {
        alias.asname or alias.name: f"{node.module}:{alias.name}"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == ll._HOMES
    assert set(ll.__all__) == {*ll._HOMES, "check"}


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(AttributeError, match=r"fit_mux.*Known: .*fit_mix"):
        _ = ll.fit_mux


def test_check_judges_on_the_first_day_of_the_window_and_reads_no_clock():
    document = ll.parse_plan(PLAN)
    result = ll.check(document)
    assert result.as_of == dt.date(2027, 1, 1)
    assert [finding.code for finding in result if finding.code == "PLN002"] == ["PLN002"]
    assert ll.check(document, ll.CheckOptions(as_of=dt.date(2027, 5, 1))).as_of == dt.date(2027, 5, 1)


def test_a_plan_without_a_window_asks_for_the_day():
    document = ll.parse_plan(PLAN.replace(", window: 2027-01-01..2027-12-31", ""))
    with pytest.raises(UsageError, match=r"plan.yaml: the plan has no window.*CheckOptions\(as_of=day\)"):
        ll.check(document)
