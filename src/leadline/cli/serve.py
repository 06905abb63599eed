"""`leadline serve`: the web app for one person on this machine."""

from __future__ import annotations

import sys
import threading
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
    day,
    person,
    say,
)
from leadline.errors import UsageError
from leadline.workspace import Workspace

if TYPE_CHECKING:
    from leadline.web.site import Site

UNLOCKED = (
    "This address is reached from other machines, and nothing on the way is encrypted. "
    "Leave --host out to be reached from this machine alone."
)


def serve(
    workspace: WorkspaceOption = None,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; the default is this machine alone.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            "--port", help="Port; default the first free one from 8137 on.", show_default=False, min=0, max=65535
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="With --host: a name other machines ask for it by; may be given several times."),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the browser.")] = True,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Open the web app for one person on this machine, by an address that opens once; Ctrl-C ends it.

    A folder without a plan is fine: the browser then begins with dropping files or with the interview.

    Example: leadline serve
    """
    from leadline.review.verb_documents import ServeDocument
    from leadline.web.app import make_app
    from leadline.web.guarding import Address
    from leadline.web.pages.jobs import jobs_of
    from leadline.web.serving import LOOPBACK, address_of, listen, open_browser, run
    from leadline.web.site import Site

    listening = listen(host, port)
    bound = int(listening.getsockname()[1])
    named = () if host in LOOPBACK else (host, *(name or ()))
    site = Site(_workspace(workspace), Address.of(bound, *named), by=person(), debug=debug, as_of=day(as_of), seed=seed)
    opened: list[Path] = []
    if named and not quiet:
        sys.stderr.write(f"{UNLOCKED}\n")

    def ready() -> None:
        address = address_of(site, bound, host=host)
        if as_json:
            told = ServeDocument(address=address, workspace=str(site.workspace.folder.resolve()))
            say(told.model_dump_json(indent=1))
        else:
            say(
                f"{site.workspace.folder.resolve()} is served at\n\n  {address}\n\nThe address opens once. Ctrl-C ends it."
            )
        sys.stdout.flush()
        if browser and not as_json:  # a browser in the terminal takes its time, and the server must not wait for it
            threading.Thread(target=lambda: opened.extend(filter(None, [open_browser(address)])), daemon=True).start()
        if sys.stdin is not None and sys.stdin.isatty():
            threading.Thread(target=_more, args=(site, bound, host), daemon=True).start()

    try:
        run(make_app(site), listening, ready=ready, leaving=jobs_of(site).silence)
    finally:
        for file in opened:
            file.unlink(missing_ok=True)


def _workspace(named: Path | None) -> Workspace:
    """Return the workspace: the named folder, the nearest one with a plan, or this folder where a plan will stand."""
    if named is not None:
        return Workspace.find(Path.cwd(), named=named)
    try:
        return Workspace.find(Path.cwd())
    except UsageError:
        return Workspace(Path.cwd())


def _more(site: Site, port: int, host: str) -> None:
    """Print a new address whenever Enter is pressed."""
    from leadline.web.serving import address_of

    for _ in sys.stdin:
        say(f"  {address_of(site, port, host=host)}")
        sys.stdout.flush()
