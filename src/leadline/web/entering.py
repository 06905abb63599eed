"""How the one person at this machine gets in: an address that opens once, and the session it gives.

Another user of the machine can reach the port but has no address; a page of another site can send requests but no
session (SameSite=Strict); an address that was seen somewhere afterwards opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from threading import Lock

KEY_BYTES = 32  # 256 bits: not to be guessed (OWASP session management asks for 64 at least)
MOST_SESSIONS = 50  # house: one person's browsers; the oldest goes


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", errors="replace")).digest()


@dataclass
class Session:
    """One browser that came in. told: what the next page shows once at its top."""

    told: list[tuple[str, str]] = field(default_factory=list)


class Entry:
    """The one-time addresses that are open, and the sessions that came in by them; nothing of it is ever written down."""

    def __init__(self) -> None:
        self._open: set[bytes] = set()
        self._used: set[bytes] = set()
        self._sessions: dict[bytes, Session] = {}
        self._lock = Lock()

    def new_key(self) -> str:
        """Return the key of a new one-time address; addresses not yet used end with it."""
        key = secrets.token_urlsafe(KEY_BYTES)
        with self._lock:
            self._open = {_digest(key)}
        return key

    def enter(self, key: str) -> str | None:
        """Take a key: return the session's secret, or None where the key was used before or never was."""
        given = _digest(key)
        with self._lock:
            match = next((one for one in self._open if hmac.compare_digest(one, given)), None)
            if match is None:
                return None
            self._open.discard(match)
            self._used.add(match)
            secret = secrets.token_urlsafe(KEY_BYTES)
            while len(self._sessions) >= MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            self._sessions[_digest(secret)] = Session()
        return secret

    def was_used(self, key: str) -> bool:
        """Say whether a key did open once: then somebody else may have had it."""
        return _digest(key) in self._used

    def session(self, secret: str | None) -> Session | None:
        """Return the session of a secret, or None."""
        return None if not secret else self._sessions.get(_digest(secret))
