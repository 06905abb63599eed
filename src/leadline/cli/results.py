"""`leadline measure` and `leadline decide`: what the data say, and what follows for each bet and objective."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from leadline.review.mixing import Mixing
    from leadline.review.result import Review

MEASURES = ("bridge", "paths", "mix")


def measure(
    what: Annotated[
        str | None,
        typer.Argument(help="bridge, paths or mix; without one, all that the data allow.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Measure the bridge, the journeys and the mix of the workspace's evidence.

    Example: leadline measure bridge
    """
    from leadline.review.documents import measure_document

    if what is not None and what not in MEASURES:
        raise UsageError.unknown("measure", what, known=MEASURES)
    mixing = _mixing(quiet=quiet) if what in (None, "mix") else None
    seen = run(Workspace.find(Path.cwd(), named=workspace), as_of=as_of, seed=seed, quiet=quiet, mixing=mixing)
    document = measure_document(seen)
    if what is not None:
        others: dict[str, object] = {"bridge": [], "paths": [], "mix": None}
        document = document.model_copy(update={other: none for other, none in others.items() if other != what})
    if not document.bridge and not document.paths and document.mix is None:
        told = seen.mix.why if what == "mix" and seen.mix.why else " ".join(seen.sentences)
        raise NothingDone(f"Nothing was measured: {told}")
    say(
        document.model_dump_json(indent=1)
        if as_json
        else "\n".join(_lines(seen, what, notes=seen.mix.notes if what == "mix" else document.notes))
    )
    unsettled = document.mix is not None and not document.mix.converged
    finish(refused(seen) or int(unsettled))


def _mixing(*, quiet: bool) -> Mixing:
    from leadline.cli.mix import while_fitting
    from leadline.review.mix_running import cache_folder
    from leadline.review.mixing import Mixing

    return Mixing(cache_folder(), while_fitting(quiet=quiet))


def _lines(seen: Review, what: str | None, *, notes: Sequence[str]) -> Iterator[str]:
    """Yield what was measured, and what the reader must know of it."""
    from leadline.review.people_cells import credit_sentence, small_channels

    yield f"As of {seen.as_of}:"
    if what in (None, "bridge"):
        yield from (step.result.sentence() for step in seen.steps if step.result is not None)
    if what in (None, "paths") and seen.credits is not None:
        hidden = small_channels(seen.credits, least=seen.small_cell)
        yield from ("", credit_sentence(seen.credits, hidden, least=seen.small_cell))
    if what in (None, "mix") and seen.mix.result is not None:
        from leadline.cli.mix import mix_lines

        found = seen.mix.result
        yield ""
        yield from mix_lines(found, seen.title, seconds=sum(found.seconds.values()), page="leadline measure mix --json")
    yield ""
    yield from (f"note: {note}" for note in notes)


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
