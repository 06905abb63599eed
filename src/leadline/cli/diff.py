"""`leadline diff`: what changed between two plans, and what follows."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.check import FailOn
from leadline.cli.options import AsOfOption, DebugOption, JsonOption, QuietOption, SeedOption, day, finish, say, today
from leadline.cli.plans import Opened, open_plan

if TYPE_CHECKING:
    from leadline.align.consequences import Consequences


def diff(
    a: Annotated[Path, typer.Argument(metavar="A", help="The plan before: a file, a folder, or REV:PATH in git.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The plan after: likewise.")],
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit with 1 when B gained a finding at this level or above.")
    ] = FailOn.NEVER,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Compare two plans: what was edited, and what it does to the hundred, coverage, load, findings and links.

    Lines begin with + (added), - (removed), ~ (changed) or > (renamed under moved). Order, comments and the spelling of
    numbers never show. Both plans are judged on the same day, with the settings beside the second.

    Example: leadline diff main:plan.yaml plan.yaml --fail-on error
    """
    from leadline.align.consequences import consequences
    from leadline.align.writers.difference import DiffDocument, parts_of, write_difference

    before, after = open_plan(a, None), open_plan(b, None)
    home = next((side for side in (after, before) if side.workspace is not None), after)
    options = home.options(day(as_of) or home.settings.as_of or today(), seed=seed)
    seen = consequences(before.document, after.document, options=options)
    if as_json:
        document = DiffDocument(
            a=str(a),
            b=str(b),
            hash_a=before.document.hash,
            hash_b=after.document.hash,
            as_of=options.as_of,
            seed=options.seed,
            **parts_of(seen),
        )
        say(document.model_dump_json(indent=1))
    else:
        width = min(100, shutil.get_terminal_size((80, 24)).columns)
        title = f"{_named(a, before)} → {_named(b, after)}, judged as of {options.as_of}"
        say(write_difference(seen, title, width=width))
    finish(int(_fails(seen, fail_on)))


def _named(given: Path, opened: Opened) -> str:
    plan = opened.document.plan.plan
    return f"{given} ({plan.id}, {plan.status})"


def _fails(seen: Consequences, fail_on: FailOn) -> bool:
    """Say whether the second plan gained a finding at the level or above."""
    level = fail_on.level
    return level is not None and seen.reaches(level)
