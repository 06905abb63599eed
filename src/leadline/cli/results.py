"""`leadline measure` and `leadline decide`: what the data say, and what follows for each bet and objective."""

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
    finish,
    say,
)
from leadline.cli.review import refused, run
from leadline.errors import NothingDone, UsageError
from leadline.workspace import Workspace

MEASURES = ("bridge", "paths")


def measure(
    what: Annotated[
        str | None, typer.Argument(help="bridge or paths; without one, all that the data allow.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Measure the bridge and the journeys of the workspace's evidence.

    Example: leadline measure bridge
    """
    from leadline.review.documents import measure_document
    from leadline.review.people_cells import credit_sentence, small_channels

    if what is not None and what not in MEASURES:
        raise UsageError.unknown("measure", what, known=MEASURES)
    seen = run(Workspace.find(Path.cwd(), named=workspace), as_of=as_of, seed=seed, quiet=quiet)
    document = measure_document(seen)
    if what is not None:
        document = document.model_copy(update={other: [] for other in MEASURES if other != what})
    if not document.bridge and not document.paths:
        raise NothingDone(f"Nothing was measured: {' '.join(seen.sentences)}")
    if as_json:
        say(document.model_dump_json(indent=1))
        finish(refused(seen))
        return
    lines = [f"As of {seen.as_of}:"]
    if what in (None, "bridge"):
        lines += [step.result.sentence() for step in seen.steps if step.result is not None]
    if what in (None, "paths") and seen.credits is not None:
        hidden = small_channels(seen.credits, least=seen.small_cell)
        lines += ["", credit_sentence(seen.credits, hidden, least=seen.small_cell)]
    say("\n".join([*lines, "", *(f"note: {note}" for note in document.notes)]))
    finish(refused(seen))


def decide(
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Say where each bet stands, believed against known, and how likely each objective is.

    Example: leadline decide --json
    """
    from leadline.review.documents import decide_document

    seen = run(Workspace.find(Path.cwd(), named=workspace), as_of=as_of, seed=seed, quiet=quiet)
    if not seen.bets and not seen.forecasts:
        raise NothingDone(
            "There is nothing to decide on: the plan has no bet and no objective. Write both, then run leadline decide."
        )
    if as_json:
        say(decide_document(seen).model_dump_json(indent=1))
    else:
        lines = [f"As of {seen.as_of}:", *(one.sentence for one in seen.forecasts)]
        lines += [f"note: {note}" for note in dict.fromkeys(note for one in seen.forecasts for note in one.notes)]
        lines += ["", *(f"{bet.word:<11} {bet.bet} [{bet.grade or '-'}] {bet.reason}" for bet in seen.bets)]
        say("\n".join([*lines, "", "Verdicts, allocation, next test and queue come with a later version."]))
    finish(refused(seen) or int(any(one.p is None for one in seen.forecasts)))
