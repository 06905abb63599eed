"""`leadline example`: a whole plan to read, to check and to begin from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadline.cli.options import DebugOption, JsonOption, QuietOption, say, written
from leadline.errors import UsageError
from leadline.review.new_workspace import write_example


def example(
    name: Annotated[
        str | None, typer.Argument(help="Which plan; without one, they are listed.", show_default=False)
    ] = None,
    folder: Annotated[
        Path | None, typer.Argument(help="Folder to write it into; default its name.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Write an example plan into a workspace of its own: a manufacturer, a charity, two bicycle shops, a marketplace.

    Example: leadline example tidewater-cycles
    """
    from leadline.plan.examples import EXAMPLES

    if name is None:
        if as_json:
            raise UsageError(f"--json needs the name of an example. Known: {', '.join(EXAMPLES)}.")
        width = max(map(len, EXAMPLES))
        say("\n".join(f"{known:<{width}}  {about}" for known, about in EXAMPLES.items()))
        return
    target = folder or Path(name)
    files = write_example(target, name)
    if as_json:
        say(written(*files))
    elif not quiet:
        say(f"{target / 'plan.yaml'} is written: {EXAMPLES[name]}. Judge it: leadline check {target / 'plan.yaml'}")
