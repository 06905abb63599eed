"""A small workspace: one tactic, one step, sixty leads. Small enough to review in a second."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
from contextlib import redirect_stderr, redirect_stdout

import pytest

from leadline.cli import main

KEY = "00" * 32  # of the pseudonyms: fixed, so that two runs give the same people

PLAN = """\
plan:
  id: small
  title: Small
  window: 2027-01-01..2027-12-31
  currency: EUR
  budget: 40 kEUR
  driver: ada
  status: active

metrics:
  - {id: lead, name: Leads, unit: count, better: up, stage: outcome, source: "stage:lead", every: week, owner: ada}
  - {id: won, name: Contracts, unit: count, better: up, stage: outcome, value_event: true, worth: 2..3..4 kEUR, source: "stage:won", every: month, owner: ada}

objectives:
  - id: more
    name: Twenty contracts
    type: acquisition
    metric: won
    baseline: {value: 0 count, as_of: 2027-01-01}
    target: {value: 20 count, by: 2027-12-31}
    serves: [grow]
    owner: ada

strategy:
  levels:
    - {id: grow, level: corporate, direction: growth, statement: Grow where we are known, owner: ada}

tactics:
  bridge:
    - {from: lead, to: won, rate: 8..12..16 %, lag: 20..30..45 days, owner: ada, tracking: crm, method: expert}
  list:
    - id: ads
      name: Search ads
      serves: [more]
      dates: 2027-01-01..2027-12-31
      budget: 30 kEUR
      owner: ada
      mechanism: People who search for it find it
      delivers: {metric: lead, count: 120..160..200, method: expert}

action:
  people:
    - {id: ada, name: Ada, capacity: 30 h/week, cost: 50 EUR/h}
"""
MAPPING = """\
mapping: 1
table: stages
match: {header: [id, stage, at, source]}
file: {encoding: utf-8, delimiter: ",", dates: "%Y-%m-%d"}
key: [id, stage]
columns: {subject_kind: {const: person}, stage: stage, entered_at: at, origin: source}
identifiers: {crm: id}
"""
HEADER = "id,stage,at,source"
SETTINGS = "as_of = 2027-07-17  # the last day of the sixty leads: no test depends on today\n"


def stage_rows(leads: int, first: int = 0) -> list[str]:
    """Return a lead every third day, of which every seventh is won within five weeks."""
    rows = []
    for number in range(first, first + leads):
        day = dt.date(2027, 1, 3) + dt.timedelta(days=3 * (number % 60))
        rows.append(f"c{number},lead,{day},search")
        if number % 7 == 0:
            rows.append(f"c{number},won,{day + dt.timedelta(days=25 + number % 9)},search")
    return rows


def write_stages(path, rows):
    """Write a file of stages with the mapping beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    path.with_name(f"{path.stem}.mapping.yaml").write_text(MAPPING, encoding="utf-8")
    return path


@pytest.fixture
def plan_text():
    return PLAN


@pytest.fixture
def fresh(tmp_path):
    """Give a small workspace with one export that was not imported yet."""
    folder = tmp_path / "small"
    write_stages(folder / "exports" / "deals.csv", stage_rows(60))
    (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (folder / "leadline.toml").write_text(SETTINGS, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def _reviewed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reviewed") / "small"
    write_stages(folder / "exports" / "deals.csv", stage_rows(60))
    (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (folder / "leadline.toml").write_text(SETTINGS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        assert _called(environment, ("review", "--fail-on", "never"), cwd=folder).returncode == 0
    return folder


@pytest.fixture
def small(_reviewed, tmp_path):
    """Give a copy of the small workspace after its first review."""
    return shutil.copytree(_reviewed, tmp_path / "small")


@pytest.fixture(scope="session")
def stages():
    """Give the two makers of stage files: rows of so many leads, and a file with its mapping."""
    return stage_rows, write_stages


@pytest.fixture
def here(monkeypatch, tmp_path):
    """Give the command line inside this process: what it says is the same, and no process has to start for it."""

    return lambda *arguments, cwd=tmp_path: _called(monkeypatch, arguments, cwd=cwd)


def _called(environment, arguments, *, cwd):
    environment.chdir(cwd)
    environment.setenv("LEADLINE_KEY", KEY)
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return subprocess.CompletedProcess(arguments, ended.value.code or 0, out.getvalue(), err.getvalue())
