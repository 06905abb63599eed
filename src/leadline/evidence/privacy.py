"""Pseudonyms: a person enters the warehouse as a keyed hash, never as an address.

pseudonym = first 128 bits, in hex, of HMAC-SHA256(workspace key, "kind:value"). A plain hash of an address
can be undone by trying addresses; this one cannot without the key, which never lies in the workspace.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leadline.errors import UsageError

KEY_BYTES = 32  # design, evidence section 5.1
PSEUDONYM_DIGITS = 32  # design, evidence section 5.1: first 128 bits, in hex
ROLE_NAMES = frozenset(
    {
        "info", "sales", "office", "contact", "kontakt", "hello", "mail", "admin", "support", "service", "vertrieb",
        "verkauf", "buero", "einkauf", "post", "team", "billing", "accounts", "accounting", "buchhaltung", "rechnung",
        "marketing", "hr", "jobs", "webmaster", "postmaster", "noreply", "no-reply",
    }
)  # fmt: skip
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True)
class Key:
    """The key of one workspace's pseudonyms. made: where it was created just now, None if it was there."""

    secret: bytes = field(repr=False)
    made: Path | None = None


@dataclass
class Pseudonyms:
    """Turns identifiers into pseudonyms and nodes; remembers what it has seen, as exports repeat."""

    key: Key
    _known: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict, repr=False)

    def of(self, kind: str, value: str) -> tuple[str, int]:
        """Return pseudonym and node of an identifier that is already in its normal form.

        The node is the first 63 bits of the pseudonym: it never changes and needs no look-up, so two imports
        that run at once, or in another order, give the same nodes.
        """
        known = self._known.get((kind, value))
        if known is None:
            digest = hmac.new(self.key.secret, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()
            known = digest[:PSEUDONYM_DIGITS], int(digest[:16], 16) >> 1
            self._known[kind, value] = known
        return known


def normal_form(kind: str, value: str) -> str | None:
    """Return an identifier as it is compared, or None where it has no valid form.

    E-mail: NFKC, trimmed, lower case, no dot or plus tricks. Telephone: `+` and digits. Others: trimmed.

    >>> normal_form("email", "  EVA@Example.ORG ")
    'eva@example.org'
    """
    text = unicodedata.normalize("NFKC", value).strip()
    if kind == "email":
        text = text.lower()
        return text if _ADDRESS.fullmatch(text) else None
    if kind == "phone":
        digits = "+" + re.sub(r"\D", "", text)
        return digits if len(digits) > 1 else None
    return text or None


def is_role(address: str) -> bool:
    """Return whether an address names a function (info@, sales@), not a person.

    >>> is_role("info@pumps.example"), is_role("ida@pumps.example")
    (True, False)
    """
    return address.partition("@")[0] in ROLE_NAMES


def has_address(text: str) -> bool:
    """Return whether a text holds something that looks like an e-mail address (personal data in a tag)."""
    return _ADDRESS.search(text) is not None


def workspace_key(
    workspace_id: str, *, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Key:
    """Return the key of a workspace: `LEADLINE_KEY` (64 hex digits), else a 0600 file in the user's config folder.

    Makes one on first use (`made` says where). folder: the config folder, default `$XDG_CONFIG_HOME/leadline`.
    Raises UsageError for a key that is not 32 bytes.
    """
    given = os.environ if environment is None else environment
    if given.get("LEADLINE_KEY"):
        return Key(_bytes(given["LEADLINE_KEY"], "LEADLINE_KEY"))
    home = folder or Path(given.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "leadline"
    file = home / f"{hashlib.sha256(workspace_id.encode()).hexdigest()[:16]}.key"
    if file.exists():
        return Key(_bytes(file.read_text(encoding="ascii"), str(file)))
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = secrets.token_bytes(KEY_BYTES)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process made it a moment ago: both must use one
        return Key(_bytes(file.read_text(encoding="ascii"), str(file)))
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(secret.hex())
    return Key(secret, made=file)


def _bytes(text: str, where: str) -> bytes:
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise UsageError(
            f"{where} holds no key: 64 hex digits are needed, {len(text.strip())} signs were found. "
            "Restore the key from where you keep it; a new key makes new people of everybody."
        )
    return secret
