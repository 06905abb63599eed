"""`leadline map`: the strategy map, and the touch point map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadline.cli.options import (
    AsOfOption,
    DebugOption,
    JsonOption,
    QuietOption,
    SeedOption,
    WorkspaceOption,
    day,
    say,
    written,
)
from leadline.cli.review import OutputOption, now, run
from leadline.workspace import Workspace


def map_(
    output: OutputOption,
    plan: Annotated[
        Path | None, typer.Argument(help="A plan file; default the workspace's.", show_default=False)
    ] = None,
    touchpoints: Annotated[
        bool, typer.Option("--touchpoints", help="The touch point map: stages, owners, scores, promises.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Draw the strategy map: svg, png, pdf or mmd. In a workspace with evidence, bets wear their grade.

    Example: leadline map -o map.svg
    """
    if plan is None:
        seen = run(Workspace.find(Path.cwd(), named=workspace), as_of=as_of, seed=seed, quiet=quiet)
    else:
        from leadline.review.run import Request, review_plan

        seen = review_plan(plan, Request(now=now, as_of=day(as_of), seed=seed))
    if touchpoints:
        from leadline.report.touchpoints import write_touchpoints
        from leadline.review.touchpoint_map import touchpoint_map

        write_touchpoints(output, touchpoint_map(seen.check), title=f"Touch point map: {seen.title}")
    else:
        from leadline.report.maps import write_map

        write_map(output, seen.map, currency=seen.currency, title=f"Strategy map: {seen.title}")
    if as_json:
        say(written(output, as_of=seen.as_of, plan_hash=seen.plan_hash))
    elif not quiet:
        say(f"{output} is written.")
