"""The server: a socket on loopback, the application behind it, and the one-time address that opens it.

The address goes to the browser by a file that only its owner can read: on a command line every user of the machine
could read it (as in Jupyter's server, whose file this follows).
"""

from __future__ import annotations

import html
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from leadline.errors import UsageError
from leadline.web.drawing import apart

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from leadline.web.site import Site

PORT = 8137  # house: free on most machines; the next ones are tried where it is taken
TRIED = 20  # house
# own: a page that is ready asks for the interpreter some six times; at Python's 5 ms each it waited 30 beside an edit
HAND_OVER_SECONDS = 0.001
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def listen(host: str, port: int | None) -> socket.socket:
    """Return a listening socket; without a port, the first free one from 8137 on. Raises UsageError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for tried in (port,) if port is not None else range(PORT, PORT + TRIED):
        made = socket.socket(
            family, socket.SOCK_STREAM, socket.IPPROTO_TCP
        )  # named, or asyncio leaves Nagle on: 40 ms an answer
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((host, tried))
        except (OSError, OverflowError) as error:
            made.close()
            if port is not None:
                raise UsageError(
                    f"Port {port} of {host} cannot be had: {getattr(error, 'strerror', None) or error}. "
                    "Name another with --port, or leave it out."
                ) from None
            continue
        made.listen(128)
        return made
    raise UsageError(f"No port from {PORT} to {PORT + TRIED - 1} of {host} is free. Name one with --port.")


def address_of(site: Site, port: int, *, host: str = LOOPBACK[0]) -> str:
    """Return a new one-time address."""
    named = f"[{host}]" if ":" in host else host
    return f"http://{named}:{port}/enter?key={site.entry.new_key()}"


def opening_file(address: str) -> Path:
    """Write a page that leads to an address, readable by its owner alone; return it. The caller removes it."""
    descriptor, name = tempfile.mkstemp(prefix="leadline-", suffix=".html")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        to = html.escape(address, quote=True)
        file.write(
            f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={to}"><a href="{to}">Leadline</a>'
        )
    return Path(name)


def open_browser(address: str) -> Path | None:
    """Open an address in the person's browser, by a file of their own; return the file, or None where there is no browser."""
    import webbrowser

    file = opening_file(address)
    with suppress(webbrowser.Error):
        if webbrowser.open(file.as_uri()):
            return file
    file.unlink(missing_ok=True)
    return None


def run(
    app: Starlette,
    listening: socket.socket,
    *,
    ready: Callable[[], None] = lambda: None,
    leaving: Callable[[], None] = lambda: None,
) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); that is how it ends, so it returns then.

    ready: called once requests are answered · leaving: called when told to stop, before waiting for open answers
    """
    import uvicorn

    from leadline.web.connecting import TimedProtocol, make_room

    make_room()

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            leaving()
            super().handle_exit(sig, frame)

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

    config = uvicorn.Config(
        app, http=TimedProtocol, ws="none", log_level="warning", access_log=False, server_header=False,
        timeout_graceful_shutdown=3, lifespan="on",
    )  # fmt: skip
    sys.setswitchinterval(HAND_OVER_SECONDS)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # uvicorn passes on what it was told once it has ended
    with apart(), suppress(KeyboardInterrupt):
        Server(config).run(sockets=[listening])
