"""The command line: one file per verb, each parses, calls, prints.

`main` keeps the promises that hold for every verb: exit codes, no traceback without --debug,
errors on standard error, one document and nothing else on standard output with --json.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, cast

from leadline.errors import LeadlineError, UsageError

STOPPED = 130  # 128 + SIGINT, as shells report it
READER_GONE = 141  # 128 + SIGPIPE, as shells report it


def main(arguments: list[str] | None = None) -> None:
    """Run one verb and end the process with its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = _run(given)
    except LeadlineError as error:
        if "--debug" in given:
            raise
        code = _end(f"error: {error}", error.exit_code)
    except KeyboardInterrupt:
        code = STOPPED
    except BrokenPipeError:
        code = _reader_gone()
    except OSError as error:
        if "--debug" in given:
            raise
        where = error.filename or "a file of this command"
        code = _end(
            f"error: {where}: {error.strerror or error}. Check the path, who may read and write it, and the space left.",
            2,
        )
    except Exception as error:
        if "--debug" in given:
            raise
        code = (
            STOPPED
            if _is_interrupt(error)
            else _end(
                f"internal error: {type(error).__name__}: {error}\n"
                "This is a fault of Leadline, not of your files. Run the same command with --debug and report what it prints.",
                2,
            )
        )
    if code == STOPPED:
        sys.stderr.write("stopped; nothing half-done was kept\n")
    sys.exit(code)


def _run(given: list[str]) -> int:
    import typer

    from leadline.cli.verbs import VERBS

    # click's UsageError, wherever this typer takes click from
    wrong_usage = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])
    verb = next((word for word in given if not word.startswith("-")), None)
    if verb is not None and verb not in VERBS:
        raise UsageError.unknown("verb", verb, known=VERBS)
    try:
        code = _command()(given, prog_name="leadline", standalone_mode=False)
        sys.stdout.flush()
    except wrong_usage as error:
        return _end(_worded(error, given), 2)
    return code if isinstance(code, int) else 0


@cache
def _command() -> Callable[..., object]:
    """Return all verbs as one command, read from their functions once."""
    from typer.main import get_command

    from leadline.cli.verbs import app

    return cast("Callable[..., object]", get_command(app))


def _is_interrupt(error: Exception) -> bool:
    """Say whether the engine was stopped by Ctrl-C.

    It answers with an exception of its own, or while it reads ahead with a bare RuntimeError; both are known by name
    and words, so that the engine need not be loaded to tell.
    """
    return type(error).__name__ == "InterruptException" or (
        isinstance(error, RuntimeError) and str(error) == "Query interrupted"
    )


def _worded(error: Any, given: list[str]) -> str:  # noqa: ANN401 - click's exception, of a module that depends on typer's version
    """Return a wrong call in our words: what is wrong, and where the right call is written."""
    said = error.format_message().strip()
    if not given:
        return str(said)  # no verb at all: the help, which names them all
    where = error.ctx.command_path if error.ctx is not None else "leadline"
    return f"error: {where}: {said.rstrip('.')}. All options: {where} --help."


def _end(text: str, code: int) -> int:
    from leadline.words import harmless

    sys.stderr.write(harmless(f"{text}\n"))
    return code


def _reader_gone() -> int:
    """Send what is still buffered nowhere; the code is what a shell reports for a reader that went away."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return READER_GONE
