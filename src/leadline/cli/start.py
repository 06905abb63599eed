"""`leadline start`: drop what you have, get a workspace, a drafted situation and three sentences."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import replace
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
CURRENCY = "[A-Z]{3}"


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
    from leadline.review.start_told import mapped, next_steps, pictured, told

    if currency is not None and not re.fullmatch(CURRENCY, currency):
        raise UsageError(f'--currency "{currency}" is no currency. Write its three capital letters, such as EUR.')

    def shown(drafted: RelatedDraft) -> None:
        if not as_json:
            say(mapped(drafted, width=width))

    folder, width = _workspace(workspace), min(100, shutil.get_terminal_size((80, 24)).columns)
    request = StartRequest(
        now, day(as_of), seed, currency, show=shown, progress=lambda text: progress(text, quiet=quiet or as_json)
    )
    asks = not (quiet or as_json) and _is_terminal()
    found = start_from_files(folder, files, request=request)
    if asks and currency is None and _waits(found):
        try:
            named = _currency_of(found)
        except typer.Abort:  # Ctrl-C at a question ends the questions, not the start
            named, asks = None, False
            say("")
        if named is not None:
            request = replace(request, currency=named)
            found = _joined(found, start_from_files(folder, files, request=request))
    if as_json:
        say(start_document(found).model_dump_json(indent=1))
    else:
        say(told(found, width=width, is_asked=asks) + ("\n" if asks else ""))
    if asks and found.document is not None:
        shown_already = pictured(found, width=width)
        again = (
            pictured(start_from_files(folder, files, request=request), width=width) if _asked(found) else shown_already
        )
        say("\n".join([*(["", again] if again != shown_already else []), "", *next_steps(found, width)]))
    finish(_code(found))


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _joined(first: Start, second: Start) -> Start:
    """Return a start whose waiting files were read in a second go, told as one."""
    files = tuple(new if old.status == "waiting" else old for old, new in zip(first.files, second.files, strict=True))
    return replace(second, files=files, added=(*first.added, *second.added), related=first.related or second.related)


def _waits(found: Start) -> bool:
    return any(one.id == "start.currency" for one in found.questions)


def _currency_of(found: Start) -> str | None:
    """Ask for the currency that files do not name, before they are read; None leaves it open."""
    question = next(one for one in found.questions if one.id == "start.currency")
    proposed = f" (in the other files: {question.proposal})" if question.proposal else ""
    while True:
        say(f"{question.text}{proposed}\n  why      {question.why}\n  example  EUR")
        line = typer.prompt("three letters, Enter leaves it open", default="", show_default=False).strip().upper()
        if not line or re.fullmatch(CURRENCY, line):
            return line or None
        say(f'"{line}" is no currency. Write its three capital letters, such as EUR.')


def _asked(found: Start) -> bool:
    """Ask what the files leave open; say whether an answer changed the plan."""
    from leadline.cli.asking import Talk
    from leadline.cli.options import person, today
    from leadline.plan.history import History
    from leadline.plan.interview import Desk, Item, Session, read_flow
    from leadline.review.start_told import lines_of

    items = tuple(
        Item(one.id, lines=lines_of(one), values={"kind": one.id.removeprefix("start.")}) for one in found.questions
    )
    workspace = found.workspace
    desk = Desk(workspace.plan, workspace.interview, history=History(workspace), by=person())
    flow = read_flow("start")
    session = Session.begin(flow, desk.read(), today=today(), state=desk.read_state(flow.name))
    session = replace(session, items=items)
    if session.next() is None:
        return False
    before = session.document.hash
    return Talk(desk, sys.stdin, sys.stdout).hold(session).document.hash != before


def _workspace(named: Path | None) -> Workspace:
    """Return the workspace named, or the nearest one upward, or the folder that will be one."""
    if named is not None:
        return Workspace(named)
    try:
        return Workspace.find(Path.cwd())
    except UsageError:
        return Workspace(FOLDER)


def _code(found: Start) -> int:
    """Return 4 where nothing was understood, 2 where some file was not, else 0."""
    if found.document is None:
        return 4
    return 2 if any(file.status in ("refused", "not understood", "waiting") for file in found.files) else 0
