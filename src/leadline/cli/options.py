"""Options that every verb takes, and the call they make up."""

from __future__ import annotations

import datetime as dt
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from leadline.errors import UsageError
from leadline.settings import Settings, read_settings
from leadline.words import harmless
from leadline.workspace import Workspace

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        help="Folder of the workspace; default the nearest one upward that holds plan.yaml.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else there.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Print results only, no progress.")]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="Judge everything as of this day; default as_of in leadline.toml, else the last day covered by evidence, else today.",
        show_default=False,
    ),
]
SeedOption = Annotated[
    int | None,
    typer.Option("--seed", help="Seed of every random use; default seed in leadline.toml, else 1.", show_default=False),
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show the stack trace of an error.")]
OutputOption = Annotated[Path | None, typer.Option("-o", "--output", help="File to write.", show_default=False)]


@dataclass(frozen=True)
class Call:
    """What was asked for, with the workspace's settings filled in."""

    workspace: Workspace
    settings: Settings
    as_of: dt.date | None
    seed: int

    @classmethod
    def read(cls, workspace: Path | None, as_of: str | None, seed: int | None) -> Call:
        """Find the workspace and merge options over its settings."""
        found = Workspace.find(Path.cwd(), named=workspace)
        settings = read_settings(found.settings)
        return cls(found, settings, day(as_of) or settings.as_of, settings.seed if seed is None else seed)


def day(text: str | None, *, option: str = "--as-of") -> dt.date | None:
    """Read a day from the command line; raises UsageError."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f'{option} "{text}" is not a day. Write it as 2027-01-31.') from None


def today() -> dt.date:
    """Read the clock, the only place that does."""
    return dt.datetime.now(tz=dt.UTC).date()


def person() -> str:
    """Return the name under which edits and comments are kept: the machine's word for who is there."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in a container
        return ""


def say(text: str) -> None:
    """Print a result; a reader that went away (`| head`) ends the verb quietly."""
    try:
        sys.stdout.write(harmless(text if text.endswith("\n") else f"{text}\n"))
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(141) from None  # 128 + SIGPIPE, as shells report it


def written(*files: Path, as_of: dt.date | None = None, plan_hash: str | None = None) -> str:
    """Return the document of a verb that wrote files."""
    from leadline.review.verb_documents import WrittenDocument

    document = WrittenDocument(written=[str(file) for file in files], as_of=as_of, plan_hash=plan_hash)
    return document.model_dump_json(indent=1)


def progress(text: str, *, quiet: bool = False) -> None:
    """Say what is being done: on standard error, on a terminal only."""
    if not quiet and sys.stderr.isatty():
        sys.stderr.write(harmless(f"{text}\n"))


def finish(code: int) -> None:
    """End the verb with an exit code other than 0."""
    if code:
        raise typer.Exit(code)
