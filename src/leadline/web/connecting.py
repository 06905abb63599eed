"""Connections that say nothing, or half of something: each has its time, so that none of them keeps anybody else out.

Whoever can open the port of this machine can open connections, with no address and no session; what they cost is a place
among the open files of the server. Imported by `serving` alone, because it needs the server's library.
Sources: RFC 9110, section 15.5.9 (408); CWE-400, CWE-770.
"""

from __future__ import annotations

import asyncio
import resource
from contextlib import suppress

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0  # Apache httpd, mod_reqtimeout: a head of a request takes 20 seconds at first
MOST_FILES = 16_384  # own: open files at once; a thousand, as many systems give at first, one program can use up


class TimedProtocol(H11Protocol):
    """A connection that is closed where the head of a request does not come to its end in time."""

    _awaited: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as the class above
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._awaited = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def data_received(self, data: bytes) -> None:
        """Take what came; wait on while it is no whole head, from when its first byte came."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._awaited is None:
            self._awaited = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _stop_waiting(self) -> None:
        if self._awaited is not None:
            self._awaited.cancel()
            self._awaited = None

    def _give_up(self) -> None:
        self._awaited = None
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if not is_answering and not self.transport.is_closing():
            self.transport.close()


def make_room() -> None:
    """Let this process have as many open files as it may, up to a bound."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # a system that forbids it keeps what it gives
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
