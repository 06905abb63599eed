"""What a new workspace holds: the bare plan with the editor's modeline, the settings, the schema editors read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.errors import UsageError
from leadline.workspace import Workspace

if TYPE_CHECKING:
    from leadline.plan.interview import Desk, Flow
    from leadline.plan.source import Document

MODELINE = "# yaml-language-server: $schema=plan.schema.json"
PLAN = """\
# The sections follow the SOSTAC order: Situation, Objectives, Strategy, Tactics, Action, Control.
# Quantities carry units (400 kEUR, 14 %, 6 pp, 120 days); beliefs are low..base..high (9..14..19 %).
plan:
  id: {id}
  status: draft

metrics: []

situation:
  segments: []
  competitors: []
  channels: []
  venues: []
  findings: []
  touchpoints: []
  evidence: []

objectives: []

strategy:
  levels: []
  offerings: []
  positions: []
  messages: []

tactics:
  bridge: []
  list: []

action:
  people: []
  teams: []
  handovers: []
  tasks: []

control:
  watches: []
  tests: []
  assumptions: []
  risks: []
  decisions: []
  waivers: []
  ideas: []
"""
SETTINGS = """\
# Settings of this workspace; every line is optional, and a key that is not known is an error.
# as_of = 2027-01-31          # judge everything as of this day; default the last day covered by evidence
# seed = 1                    # of every random use
# own_accounts = []           # accounts (name@server) and hosts of feeds that publish for you
#
# [stages.hubspot-deals]      # the source's stage names -> states of your bridge (the word after "stage:")
# "Closed Won" = "won"
#
# [bridge.recorded_from]      # nothing about this state was recorded before this day
# won = 2026-01-01
#
# [check.BUD002]              # thresholds of a check; `leadline explain BUD002` names them
# top_share = 0.5
"""


def write_plan(folder: Path) -> tuple[Path, ...]:
    """Write the bare plan with its settings and schema; return what was written."""
    name = "".join(sign if sign.isalnum() else "-" for sign in folder.resolve().name.lower()).strip("-") or "plan"
    (folder / "plan.yaml").write_text(f"{MODELINE}\n{PLAN.format(id=name)}", encoding="utf-8")
    return (folder / "plan.yaml", *write_beside(folder))


def write_beside(folder: Path) -> tuple[Path, ...]:
    """Write what stands beside a plan: settings (kept where there are any) and the schema; return what was written."""
    from leadline.plan.schema import plan_schema

    written = []
    if not (folder / "leadline.toml").exists():
        (folder / "leadline.toml").write_text(SETTINGS, encoding="utf-8")
        written.append(folder / "leadline.toml")
    (folder / "plan.schema.json").write_text(json.dumps(plan_schema(), indent=1) + "\n", encoding="utf-8")
    return (*written, folder / "plan.schema.json")


def begin_empty(folder: Path) -> None:
    """Write the bare plan into a folder. Raises UsageError where there is a plan or settings already; they stay."""
    for name in ("plan.yaml", "leadline.toml", "plan"):
        if (folder / name).exists():
            raise UsageError(
                f"{folder / name} exists already and is left as it is. Name another folder, or edit that one."
            )
    (folder / "exports").mkdir(parents=True, exist_ok=True)
    write_plan(folder)


def write_example(folder: Path, name: str) -> tuple[Path, ...]:
    """Write a shipped example plan into a folder; return what was written.

    Raises UsageError for an unknown example, and where there is a plan already; it stays.
    """
    from leadline.plan.examples import example

    text = example(name)
    for taken in ("plan.yaml", "plan"):
        if (folder / taken).exists():
            raise UsageError(f"{folder / taken} exists already and is left as it is. Name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.yaml").write_text(f"{MODELINE}\n{text}", encoding="utf-8")
    return (folder / "plan.yaml", *write_beside(folder))


def blank() -> Document:
    """Return the bare plan of no workspace: what an interview begins from while nothing was answered."""
    from leadline.plan.source import parse_plan

    return parse_plan(PLAN.format(id="plan"))


def desk_of(workspace: Workspace, flow: Flow, *, by: str = "") -> Desk | None:
    """Return where an interview is kept; a folder without a plan gets one, unless nothing is going to be written.

    by: who answers, for the history of the plan
    """
    from leadline.plan.history import History
    from leadline.plan.interview import Desk

    if not workspace.plan.exists():
        if not any(question.writes for question in flow.questions):
            return None
        (workspace.folder / "exports").mkdir(parents=True, exist_ok=True)
        write_plan(workspace.folder)
    elif not workspace.settings.exists():
        write_beside(workspace.folder)
    return Desk(workspace.plan, workspace.interview, history=History(workspace), by=by)
