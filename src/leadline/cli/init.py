"""`leadline init`: a new workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadline.cli.options import DebugOption, JsonOption, QuietOption, say, written
from leadline.errors import UsageError

PLAN = """\
# yaml-language-server: $schema=plan.schema.json
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


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the new workspace.")] = Path(),
    empty: Annotated[bool, typer.Option("--empty", help="Write the bare sections and ask nothing.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Start a workspace: plan.yaml with its sections, leadline.toml, exports/.

    Example: leadline init acme --empty
    """
    if not empty:
        raise UsageError(
            "The interview is not part of this version. Write the bare sections with "
            f"leadline init {folder} --empty, or look at a whole sample first: leadline demo."
        )
    for name in ("plan.yaml", "leadline.toml", "plan"):
        if (folder / name).exists():
            raise UsageError(
                f"{folder / name} exists already and is left as it is. Name another folder, or edit that one."
            )
    (folder / "exports").mkdir(parents=True, exist_ok=True)
    write_plan(folder)
    if as_json:
        say(written(*(folder / name for name in ("plan.yaml", "leadline.toml", "plan.schema.json"))))
    elif not quiet:
        say(
            f"{folder / 'plan.yaml'} and {folder / 'leadline.toml'} are written. Fill the sections from top to bottom, then: leadline check"
        )


def write_plan(folder: Path) -> None:
    """Write the bare plan, its settings and the schema that editors read."""
    import json

    from leadline.plan.schema import plan_schema

    name = "".join(sign if sign.isalnum() else "-" for sign in folder.resolve().name.lower()).strip("-") or "plan"
    (folder / "plan.yaml").write_text(PLAN.format(id=name), encoding="utf-8")
    (folder / "leadline.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "plan.schema.json").write_text(json.dumps(plan_schema(), indent=1) + "\n", encoding="utf-8")
