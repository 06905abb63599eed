"""`what-if` and `worked` as they are typed: units that the shell took apart, changes that contradict each other."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout

import pytest

from leadline.cli import main

PLAN = """
plan: {id: p, window: 2027-01-01..2027-12-31, currency: EUR, status: draft, rates: [{currency: GBP, date: 2027-01-01, per_plan: 0.8}]}
metrics: [{id: won, unit: count, value_event: true, worth: 9 kEUR}]
objectives: [{id: sell, metric: won, baseline: {value: 0}, target: {value: 100, by: 2027-12-31}}]
tactics:
  list:
    - {id: a, intent: acquire, serves: [sell], dates: 2027-01-01..2027-12-31, budget: 60 kEUR, delivers: {metric: won, count: 60, method: measured}}
    - {id: b, intent: acquire, serves: [sell], dates: 2027-01-01..2027-12-31, budget: 40 kEUR, delivers: {metric: won, count: 20, method: measured}}
"""


def run(*arguments):
    """Run a verb in this process; return exit code, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code, out.getvalue(), err.getvalue()


@pytest.fixture
def less(tmp_path, monkeypatch):
    """Ask `what-if` of a small plan; give the cuts as tactic -> money left."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")

    def ask(*arguments):
        code, out, err = run("what-if", *arguments, "--json", "--as-of", "2027-01-02")
        return (code, {row["tactic"]: round(row["to"]) for row in json.loads(out)["tactics"]} if out else err)

    return ask


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        (("--budget", "-20", "%"), {"b": 20_000}),
        (("--budget", "-20 %"), {"b": 20_000}),
        (("--budget", "-20", "kEUR", "plan.yaml"), {"b": 20_000}),
        (("--budget", "-16 kGBP"), {"b": 20_000}),
        (("--tactic", "a=-50", "%", "--tactic", "b=-10", "%"), {"a": 30_000, "b": 36_000}),
        (("--budget", "-10kEUR", "--tactic", "a=-50", "%"), {"a": 30_000, "b": 30_000}),
    ],
)
def test_a_unit_finds_its_change_quoted_or_not(less, typed, left):
    assert less(*typed) == (0, left)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("--budget", "-20", "--tactic", "a=-30", "%"), "% stands apart from -20, a=-30, so it is open what belongs"),
        (("--budget", "-20", "kEUR", "--tactic", "a=-30", "%"), "kEUR and % stand apart from"),
        (("--budget", "-20 %", "%"), "% stands apart from every change"),
        (("--budget", "-20"), "has no unit. Write -20 % or -20 kEUR"),
        (("--budget", "-20 kUSD"), "plan.rates has no rate for it"),
        (("--tactic", "a=-10 %", "--tactic", "a=-20 %"), '--tactic names "a" twice'),
    ],
)
def test_what_may_be_read_two_ways_is_refused(less, typed, said):
    code, err = less(*typed)
    assert (code, said in " ".join(err.split())) == (2, True), err


def test_a_belief_without_quotes_is_read_and_money_without_them_is_asked_for_in_quotes():
    numbers = ("--responses", "40", "--sales", "0", "--worth", "45")
    quoted = run("worked", "--spend", "60", *numbers, "--believed", "2 %")
    assert run("worked", "--spend", "60", *numbers, "--believed", "2", "%") == quoted
    assert quoted[0] == 0
    code, _, err = run("worked", "--spend", "60", "EUR", *numbers)
    assert (code, 'A number and its unit stand in quotes: --spend "60 EUR"' in " ".join(err.split())) == (2, True)
