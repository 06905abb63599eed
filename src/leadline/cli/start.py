"""`leadline start`: drop what you have, get a workspace, a drafted situation and three sentences."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.options import (
    AsOfOption,
    DebugOption,
    JsonOption,
    QuietOption,
    SeedOption,
    day,
    finish,
    progress,
    say,
)
from leadline.cli.review import now
from leadline.errors import UsageError
from leadline.workspace import Workspace

if TYPE_CHECKING:
    from leadline.evidence.sources.related import RelatedDraft
    from leadline.review.draft import Start

FOLDER = Path("leadline-start")


def start(
    files: Annotated[list[Path], typer.Argument(help="Exports, spreadsheets or folders of them.")],
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace",
            help="Folder of the workspace, made where there is none; default the nearest one upward, else ./leadline-start.",
            show_default=False,
        ),
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option("--currency", help="Currency of amounts, where a file does not say.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Start from files, without a plan: read them, draft the situation, show where each 100 went, ask five questions at most.

    Example: leadline start google_ads.csv deals.csv activities.xlsx
    """
    from leadline.review.draft import StartRequest, start_from_files
    from leadline.review.start_document import start_document
    from leadline.review.start_told import told

    if currency is not None and not re.fullmatch("[A-Z]{3}", currency):
        raise UsageError(f'--currency "{currency}" is no currency. Write its three capital letters, such as EUR.')

    def shown(drafted: RelatedDraft) -> None:
        if not as_json:
            say(_related(drafted))

    request = StartRequest(
        now, day(as_of), seed, currency, show=shown, progress=lambda text: progress(text, quiet=quiet or as_json)
    )
    found = start_from_files(_workspace(workspace), files, request)
    if as_json:
        say(start_document(found).model_dump_json(indent=1))
    else:
        say(told(found, width=min(100, shutil.get_terminal_size((80, 24)).columns)))
    finish(_code(found))


def _workspace(named: Path | None) -> Workspace:
    """Return the workspace named, or the nearest one upward, or the folder that will be one."""
    if named is not None:
        return Workspace(named)
    try:
        return Workspace.find(Path.cwd())
    except UsageError:
        return Workspace(FOLDER)


def _related(drafted: RelatedDraft) -> str:
    """Return a drafted mapping as it is shown before it is used."""
    lines = [f"Related tables: {drafted.sentence}"]
    for name, text in drafted.mapping_texts.items():
        lines += [
            f"  {name} is read by this mapping, kept in mappings/ and yours to edit:",
            *(f"    {line}" for line in text.splitlines()),
        ]
    return "\n".join([*lines, ""])


def _code(found: Start) -> int:
    """Return 4 where nothing was understood, 2 where some file was not, else 0."""
    if found.document is None:
        return 4
    return 2 if any(file.status in ("refused", "not understood", "waiting") for file in found.files) else 0
