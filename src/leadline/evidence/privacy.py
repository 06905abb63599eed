"""Pseudonyms: a person enters the warehouse as a keyed hash, never as an address.

pseudonym = first 128 bits, in hex, of HMAC-SHA256(workspace key, "kind:value"). A plain hash of an address
can be undone by trying addresses; this one cannot without the key, which never lies in the workspace.

A key that took the place of another hashes what the one before it made (`later`, `later_node`). So everything stored
goes from one key to the next without anybody's address, and an import comes to the same by going through all of them.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import threading
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from leadline.errors import UsageError

KEY_BYTES = 32  # design, evidence section 5.1
MARK_DIGITS = 16  # own: 64 bits tell more keys apart than anybody makes
PSEUDONYM_DIGITS = 32  # design, evidence section 5.1: first 128 bits, in hex
NODE_DIGITS = 16  # own: a node is 63 of their 64 bits, for a BIGINT has a sign
ROLE_NAMES = frozenset(
    {
        "info", "sales", "office", "contact", "kontakt", "hello", "mail", "admin", "support", "service", "vertrieb",
        "verkauf", "buero", "einkauf", "post", "team", "billing", "accounts", "accounting", "buchhaltung", "rechnung",
        "marketing", "hr", "jobs", "webmaster", "postmaster", "noreply", "no-reply",
    }
)  # fmt: skip
REDACTED = "(redacted)"
SIGN = "~"  # own: begins a pseudonym that stands in a text, so that a new key finds it there and no record's own id
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
# One sign before the @ is enough to find an address, and keeps the search linear in hostile texts. A slash there is
# the path of a profile page (site.example/@name), no address.
_INSIDE = re.compile(r"[^@\s/]@[^@\s]+\.[^@\s.]")


@dataclass(frozen=True)
class Key:
    """The key of one workspace's pseudonyms. made: where it was created just now, None if it was there.

    former: keys it took the place of, the last one first · file: where it lies, None where the environment says it
    """

    secret: bytes = field(repr=False)
    made: Path | None = None
    former: tuple[bytes, ...] = field(default=(), repr=False)
    file: Path | None = None

    @cached_property
    def secrets(self) -> tuple[bytes, ...]:
        """Return the secrets in the order in which they were in use."""
        return (*reversed(self.former), self.secret)

    @property
    def era(self) -> int:
        """Return how many keys were in use before this one."""
        return len(self.former)

    def at(self, era: int) -> Key:
        """Return the key that was in use in an era, with those before it."""
        *before, secret = self.secrets[: era + 1]
        return Key(secret, former=tuple(reversed(before)))

    @cached_property
    def mark(self) -> str:
        """Return a short text that tells keys apart and gives none away; it may be stored."""
        mark = ""
        for secret in self.secrets:
            mark = hmac.digest(secret, f"mark:{mark}".encode(), "sha256").hex()[:MARK_DIGITS]
        return mark


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
            pseudonym = self.once(kind, value)
            known = pseudonym, node_of(pseudonym)
            self._known[kind, value] = known
        return known

    def of_many(self, kind: str, values: Sequence[str]) -> tuple[list[str], list[int]]:
        """Return pseudonyms and nodes of many identifiers in their normal form, without remembering them."""
        first, *others = self.key.secrets
        digests = [hmac.digest(first, f"{kind}:{value}".encode(), "sha256") for value in values]
        pseudonyms = [digest.hex()[:PSEUDONYM_DIGITS] for digest in digests]
        for secret in others:
            pseudonyms = [later(secret, one) for one in pseudonyms]
        return pseudonyms, list(map(node_of, pseudonyms))

    def once(self, kind: str, value: str) -> str:
        """Return the pseudonym of something that will hardly come again, without remembering it."""
        first, *others = self.key.secrets
        pseudonym = hmac.digest(first, f"{kind}:{value}".encode(), "sha256").hex()[:PSEUDONYM_DIGITS]
        for secret in others:
            pseudonym = later(secret, pseudonym)
        return pseudonym


def node_of(pseudonym: str) -> int:
    """Return the node of a pseudonym: its first 63 bits."""
    return int(pseudonym[:NODE_DIGITS], 16) >> 1


def later(secret: bytes, pseudonym: str) -> str:
    """Return what a pseudonym becomes under the key that follows. Its node becomes `later_node` of its node."""
    rest = hmac.digest(secret, f"rest:{pseudonym}".encode(), "sha256").hex()
    return (_later_digits(secret, node_of(pseudonym)) + rest)[:PSEUDONYM_DIGITS]


def later_node(secret: bytes, node: int) -> int:
    """Return what a node becomes under the key that follows, also where only the node is known."""
    return int(_later_digits(secret, node), 16) >> 1


def _later_digits(secret: bytes, node: int) -> str:
    return hmac.digest(secret, f"node:{node}".encode(), "sha256").hex()[:NODE_DIGITS]


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
    return "@" in text and _INSIDE.search(text) is not None


def redacted(text: str) -> str:
    """Return a text with every word that holds an address taken out.

    >>> redacted("call eva@pumps.example, then mail")
    'call (redacted) then mail'
    """
    if not has_address(text):
        return text
    return re.sub(r"\S+", lambda word: REDACTED if has_address(word[0]) else word[0], text)


def unsigned(text: str) -> str:
    """Return a text without any word that holds an @: what was refused as an address may be one all the same."""
    return re.sub(r"\S+", lambda word: REDACTED if "@" in word[0] else word[0], text)


_PRIVATE_LOCK = threading.Lock()
_PRIVATE: list[int] = []  # one entry per block entered: the umask that stood before the first of them


@contextmanager
def private_files() -> Iterator[None]:
    """Let every file that the process creates inside be readable by its owner only, from its first byte on.

    The mask is the process's own, so blocks of several threads share it: the last one to leave puts it back.
    """
    with _PRIVATE_LOCK:
        _PRIVATE.append(os.umask(0o077) if not _PRIVATE else _PRIVATE[0])
    try:
        yield
    finally:
        with _PRIVATE_LOCK:
            before = _PRIVATE.pop()
            if not _PRIVATE:
                os.umask(before)


def workspace_key(
    workspace_id: str, *, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Key:
    """Return the key of a workspace: `LEADLINE_KEY` (64 hex digits), else a 0600 file in the user's config folder.

    Makes one on first use (`made` says where). folder: the config folder, default `$XDG_CONFIG_HOME/leadline`.
    Raises UsageError for a key that is not 32 bytes.
    """
    given = os.environ if environment is None else environment
    if given.get("LEADLINE_KEY"):
        return _read(given["LEADLINE_KEY"], "LEADLINE_KEY")
    file = key_file(workspace_id, environment=given, folder=folder)
    if file.exists():
        return _read(file.read_text(encoding="ascii"), str(file), file)
    home = file.parent
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = secrets.token_bytes(KEY_BYTES)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process made it a moment ago: both must use one
        return _read(file.read_text(encoding="ascii"), str(file), file)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(secret.hex())
    return Key(secret, made=file, file=file)


def key_file(workspace_id: str, *, environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Path:
    """Return where the key of a workspace lies, where no `LEADLINE_KEY` is set."""
    given = os.environ if environment is None else environment
    home = folder or Path(given.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "leadline"
    return home / f"{hashlib.sha256(workspace_id.encode()).hexdigest()[:16]}.key"


def read_key(file: Path) -> Key:
    """Return the keys that a file holds. Raises UsageError for one that is not 32 bytes, OSError where there is no file."""
    return _read(file.read_text(encoding="ascii"), str(file), file)


def _read(text: str, where: str, file: Path | None = None) -> Key:
    """Return the keys of a text: the one in use first, then those before it, apart by white space or commas."""
    first, *former = re.split(r"[\s,]+", text.strip()) or [""]
    return Key(_bytes(first, where), former=tuple(_bytes(one, where) for one in former), file=file)


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
