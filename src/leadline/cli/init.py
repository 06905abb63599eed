"""`leadline init`: a new workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadline.cli.new_workspace import write_plan
from leadline.cli.options import DebugOption, JsonOption, QuietOption, say, written
from leadline.errors import UsageError


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
