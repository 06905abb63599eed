"""The command line: one file per verb, each parses, calls, prints.

`main` keeps the promises that hold for every verb: exit codes, no traceback without --debug,
errors on standard error, one document and nothing else on standard output with --json.
"""

from __future__ import annotations

import os
import sys

from leadline.errors import LeadlineError


def main(arguments: list[str] | None = None) -> None:
    """Run one verb and end the process with its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    from leadline.cli.verbs import app

    try:
        app(given, prog_name="leadline")
    except LeadlineError as error:
        if "--debug" in given:
            raise
        sys.stderr.write(f"error: {error}\n")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)  # what a shell reports for a reader that went away (128 + SIGPIPE)
    except KeyboardInterrupt:
        sys.stderr.write("stopped; nothing half-done was kept\n")
        sys.exit(130)  # 128 + SIGINT, as shells report it
    except Exception as error:
        if "--debug" in given:
            raise
        sys.stderr.write(
            f"internal error: {type(error).__name__}: {error}\n"
            "This is a fault of Leadline, not of your files. Run the same command with --debug and report what it prints.\n"
        )
        sys.exit(2)
