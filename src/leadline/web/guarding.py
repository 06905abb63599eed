"""Who may ask at all, before any page is reached; and what every answer carries.

Refused: a host that is not this server's (DNS rebinding) · a change that comes from another site (cross-site requests)
· what another site reads behind its own page · everything without a session but the way in and the style sheet · bodies
larger than their page takes, and those that do not come to their end.
Sources: OWASP CSRF and DNS rebinding cheat sheets; W3C Content Security Policy 3, Fetch Metadata.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request

from leadline.web.entering import Entry

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Refuse = Callable[[Request, int, str], Response]
    Fail = Callable[[Request, Exception], Response]

SAFE = frozenset({"GET", "HEAD"})
METHODS = SAFE | {"POST"}
WAY_IN, STATIC = "/enter", "/static/"  # reached without a session
OK = 200
BODY_BYTES = 1 << 20  # own: a mebibyte is more than any form of ours holds
UPLOAD_BYTES = 512 << 20  # own: half a gibibyte in one go; larger exports go into exports/ by hand
SLOW_SECONDS = 30.0  # between two pieces of a body; own: a browser of this machine sends a gibibyte in that time
LENGTH_DIGITS = 18  # of a declared length; own: more is larger than any disk
POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-src 'none'; frame-ancestors 'none'; form-action 'self'"
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # no-referrer would send `Origin: null` with our own forms
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class TooLargeError(Exception):
    """The body is larger than this page takes."""


class TooSlowError(Exception):
    """The body does not come to its end."""


@dataclass(frozen=True)
class Address:
    """Where the server listens. names: hosts it answers to, each with the port unless it is 80."""

    names: frozenset[str]
    cookie: str

    @classmethod
    def of(cls, port: int, *names: str) -> Address:
        """Return the address of a port on loopback, and of further names."""
        hosts = ("127.0.0.1", "localhost", "[::1]", *names)
        end = "" if port == 80 else f":{port}"
        return cls(frozenset(f"{host}{end}" for host in hosts), f"leadline-{port}")

    def is_origin(self, origin: str) -> bool:
        """Say whether an origin is this server's own."""
        return origin.removeprefix("http://") in self.names and origin.startswith("http://")


class Guard:
    """The first thing every request meets, and the last to see what a page did not foresee.

    refuse: writes the page that says no · fail: the page for a fault of ours · large: paths that take files
    """

    def __init__(
        self, app: ASGIApp, *, address: Address, entry: Entry, refuse: Refuse, fail: Fail, large: frozenset[str]
    ) -> None:
        self._app, self._address, self._entry = app, address, entry
        self._refuse, self._fail, self._large = refuse, fail, large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it before any page sees it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        wrong = self._wrong(request)
        begun = [False]
        answer = _carrying(send, begun, is_static=request.url.path.startswith(STATIC))
        if wrong is not None:
            await self._refuse(request, *wrong)(scope, receive, answer)
            return
        most = UPLOAD_BYTES if request.url.path in self._large else BODY_BYTES
        if _declared(request.headers) > most:
            await self._refuse(request, 413, "too_large")(scope, receive, answer)
            return
        try:
            await self._app(scope, _at_most(receive, most), answer)
        except TooLargeError:
            await self._refuse(request, 413, "too_large")(scope, receive, answer)
        except TooSlowError:
            await self._refuse(request, 408, "too_slow")(scope, receive, answer)
        except Exception as fault:
            if begun[0]:
                raise  # half an answer is out already: the connection ends
            await self._fail(request, fault)(scope, receive, answer)

    def _wrong(self, request: Request) -> tuple[int, str] | None:
        """Return status and reason of a request that is not answered, or None."""
        path = request.url.path
        if (
            request.headers.getlist("host") != [host := request.headers.get("host", "")]
            or host not in self._address.names
        ):
            return 421, "wrong_host"
        if request.method not in METHODS:
            return 405, "wrong_method"
        if request.method not in SAFE and not self._is_own(request.headers):
            return 403, "other_site"
        if request.method in SAFE and not _is_shown(request.headers):
            return 403, "other_page"
        if path == WAY_IN or path.startswith(STATIC):
            return None
        session = self._entry.session(request.cookies.get(self._address.cookie))
        if session is None:
            return 403, "no_session"
        request.scope["session"] = session
        return None

    def _is_own(self, headers: Headers) -> bool:
        """Say whether a change was asked for by one of our own pages: by the browser's word on where it comes from."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None and site != "same-origin":
            return False
        return self._address.is_origin(origin) if origin is not None else site == "same-origin"


def _is_shown(headers: Headers) -> bool:
    """Say whether what is read is shown to a person: another site may lead here by a link, and read nothing behind its page.

    SameSite does not tell ports apart, so that a page of another port of this machine would bring our session along.
    """
    site = headers.get(
        "sec-fetch-site", "none"
    )  # absent: no browser of today, and none that another site speaks through
    return site in ("same-origin", "none") or (
        headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    )


def _declared(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        return 0
    return int(length) if len(length) <= LENGTH_DIGITS else sys.maxsize


def _at_most(receive: Receive, most: int) -> Receive:
    """Return what receives a body, and raises where it is too large, or its next piece too long on its way."""
    taken, whole = 0, False

    async def counted() -> Message:
        nonlocal taken, whole
        if whole:  # what is waited for now is the end of the connection
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), SLOW_SECONDS)
        except TimeoutError:
            raise TooSlowError from None
        taken, whole = taken + len(message.get("body", b"")), not message.get("more_body", False)
        if taken > most:
            raise TooLargeError
        return message

    return counted


def _carrying(send: Send, begun: list[bool], *, is_static: bool) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            begun[0] = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            may_be_kept = is_static and message["status"] == OK  # a refusal never stands where a file was asked for
            headers.setdefault("cache-control", "max-age=31536000, immutable" if may_be_kept else "no-store")
        await send(message)

    return sent
