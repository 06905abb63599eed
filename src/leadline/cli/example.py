"""`leadline example`: a whole plan to read, to check and to begin from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadline.cli.options import DebugOption, JsonOption, QuietOption, say, written
from leadline.errors import UsageError
from leadline.review.new_workspace import MODELINE, write_beside


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
    from leadline.plan.examples import example as text_of

    if name is None:
        if as_json:
            raise UsageError(f"--json needs the name of an example. Known: {', '.join(EXAMPLES)}.")
        width = max(map(len, EXAMPLES))
        say("\n".join(f"{known:<{width}}  {about}" for known, about in EXAMPLES.items()))
        return
    text = text_of(name)
    target = folder or Path(name)
    for taken in ("plan.yaml", "plan"):
        if (target / taken).exists():
            raise UsageError(f"{target / taken} exists already and is left as it is. Name another folder.")
    target.mkdir(parents=True, exist_ok=True)
    (target / "plan.yaml").write_text(f"{MODELINE}\n{text}", encoding="utf-8")
    files = write_beside(target)
    if as_json:
        say(written(target / "plan.yaml", *files))
    elif not quiet:
        say(f"{target / 'plan.yaml'} is written: {EXAMPLES[name]}. Judge it: leadline check {target / 'plan.yaml'}")
