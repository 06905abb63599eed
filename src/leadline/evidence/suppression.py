"""Who was forgotten, known again without being known: keyed hashes that an import asks before it stores anybody.

A hash is made of the pseudonym, which is itself keyed, so neither the ledger nor the key alone names anybody. What is
left of a forgotten person's rows gets names of their own (`unlinked`), the same on every later import of the same file.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadline.evidence import ledgers
from leadline.evidence.privacy import PSEUDONYM_DIGITS, Key, Pseudonyms, normal_form

if TYPE_CHECKING:
    from leadline.workspace import Workspace

KINDS = (
    "email", "phone", "crm", "user", "anonymous", "visitor", "ga", "domain_user", "device", "author", "badge",
)  # fmt: skip
GONE = "gone:"  # begins what stands in the place of a name that is no more
LONGEST_NAME = 4  # own: words of a name that is looked for in texts; of a longer one the last four
MOST_TEXTS = 100_000  # own: texts remembered at a time; exports repeat theirs, and memory is bounded
PHONE_DIGITS = 7  # own: shorter numbers are prices and sizes (as in redaction.py)
_WORD = re.compile(r"[\w.@+]+")
_TOKEN = re.compile(r"[^\s,;|\"'<>{}()\[\]&?=]+")


@dataclass(frozen=True)
class Forgotten:
    """What was asked to be forgotten, under a key. hashes: of pseudonyms and of words, as that key has them.

    An era is the time of one key, counted from the first. What is left of somebody's rows got its names in the era in
    which they were forgotten; `as_of` gives those.
    """

    key: Key
    hashes: frozenset[str] = frozenset()
    _known: dict[str, int | None] = field(default_factory=dict, repr=False, compare=False)
    _said: dict[str, int | None] = field(default_factory=dict, repr=False, compare=False)

    def __bool__(self) -> bool:
        """Return whether anybody was forgotten at all."""
        return bool(self.hashes)

    def holds(self, kind: str, value: str) -> bool:
        """Return whether an identifier in its normal form belongs to somebody who was forgotten."""
        return self.since(kind, value) is not None

    def since(self, kind: str, value: str) -> int | None:
        """Return the era in which somebody with this identifier was forgotten, None where nobody was."""
        return self._held(f"{kind}:{value}", kind, value) if self.hashes else None

    def says(self, text: str) -> bool:
        """Return whether a text holds a name, an address or an id of somebody who was forgotten."""
        return self.said_since(text) is not None

    def said_since(self, text: str) -> int | None:
        """Return the first era in which somebody whom a text names was forgotten, None where nobody was."""
        if not self.hashes:
            return None
        if text not in self._said:
            if len(self._said) >= MOST_TEXTS:
                self._said.clear()
            eras = (self._held(f" {phrase}", "words", phrase) for phrase in phrases(text))
            self._said[text] = min((era for era in eras if era is not None), default=None)
        return self._said[text]

    def names(self, raw: str, *, systems: Sequence[str] = ()) -> bool:
        """Return whether a whole record, as text, holds anything of somebody who was forgotten. systems: who issues crm ids."""
        return bool(self.hashes) and (
            self.says(raw) or any(self.holds(kind, value) for kind, value in identifiers_in(raw, systems=systems))
        )

    def as_of(self, era: int) -> Forgotten:
        """Return the same people, with the names that rows got in an era."""
        return self if era == self.key.era else Forgotten(self.key.at(era), self.hashes)

    def unlinked(self, text: str) -> str:
        """Return what stands in the place of a text that named somebody: the same every time, and a link to nothing."""
        if text.startswith(GONE):
            return text
        return GONE + hmac.digest(self.key.secret, f"{GONE}{text}".encode(), "sha256").hex()[:PSEUDONYM_DIGITS]

    def number(self, node: int) -> int:
        """Return the number of a history whose person is no more."""
        return int(self.unlinked(f"node {node}").removeprefix(GONE)[:16], 16) >> 1

    def _held(self, name: str, kind: str, value: str) -> int | None:
        if name not in self._known:
            held = (era for era in range(self.key.era + 1) if self._hash_since(era, kind, value) in self.hashes)
            self._known[name] = next(held, None)
        return self._known[name]

    def _hash_since(self, era: int, kind: str, value: str) -> str:
        """Return the hash that an era made of an identifier, as it stands under the key now."""
        found = hash_of(self.key.at(era), kind, value=value)
        for secret in self.key.secrets[era + 1 :]:
            found = later_hash(secret, found)
        return found


def hash_of(key: Key, kind: str, *, value: str) -> str:
    """Return the suppression hash of an identifier, or of words."""
    return hash_of_pseudonym(key, Pseudonyms(key).once(kind, value))


def hash_of_pseudonym(key: Key, pseudonym: str) -> str:
    """Return the suppression hash of an identifier of which only the pseudonym is known."""
    return hmac.digest(key.secret, f"forgotten:{pseudonym}".encode(), "sha256").hex()[:PSEUDONYM_DIGITS]


def later_hash(secret: bytes, suppressed: str) -> str:
    """Return what a suppression hash becomes under the key that follows."""
    return hmac.digest(secret, f"suppressed:{suppressed}".encode(), "sha256").hex()[:PSEUDONYM_DIGITS]


def phrases(text: str, *, longest: int = LONGEST_NAME) -> Iterator[str]:
    """Yield the words of a text, and every two, three and four that stand together, in the form in which they are hashed.

    >>> list(phrases("Ask Eva: eva@pumps.example!"))[-1]
    'ask eva eva@pumps.example'
    """
    words = [word for found in _WORD.findall(text) if (word := found.strip("@.+").casefold())]
    for length in range(1, longest + 1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def identifiers_in(raw: str, *, systems: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield everything in a record that may be an identifier of any kind: kind and normal form."""
    for token in dict.fromkeys(_TOKEN.findall(raw)):
        for part in dict.fromkeys((token, token.strip(".:"), token.rpartition(":")[2])):
            for kind in KINDS:
                if part and (value := normal_form(kind, part)) is not None:
                    yield kind, value
                    if kind == "crm":
                        yield from (("crm", f"{system}:{part}") for system in systems if system)
    digits = re.sub(r"\D", "", raw)
    if len(digits) >= PHONE_DIGITS:
        for cell in re.split(r"[,;\t\"]", raw):
            value = normal_form("phone", cell)
            if value is not None and len(value) > PHONE_DIGITS:
                yield "phone", value


def read_forgotten(workspace: Workspace, key: Key) -> Forgotten:
    """Return who was forgotten in a workspace."""
    return Forgotten(key, frozenset(_hashes(ledgers.read(workspace.erasures))))


def _hashes(lines: Iterable[dict[str, object]]) -> Iterator[str]:
    for line in lines:
        told = line.get("suppressed")
        if isinstance(told, list):
            yield from map(str, told)
