"""Natural keys in which a person stands, of tables whose rows outlive who it was: one keyed hash over the whole key.

With a pseudonym in its key an old touch would stay a person's for good, after retention took the person out. A hash over
the whole tells the row from every other, is the same whenever its file comes in again, and is nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from leadline.evidence import schema
from leadline.evidence.privacy import PSEUDONYM_DIGITS, SIGN, has_address, normal_form
from leadline.evidence.sources.keys import ROW
from leadline.evidence.sources.records import Identifier

if TYPE_CHECKING:
    from leadline.evidence.privacy import Key, Pseudonyms

# Tables from which retention takes who it was, and the columns that hold a key of theirs.
BY_ROW: Mapping[str, frozenset[str]] = {
    "touches": frozenset({"source_key"}),
    "responses": frozenset({"source_key", "answers"}),
}
_NAME = re.compile(f"{SIGN}[0-9a-f]{{{PSEUDONYM_DIGITS}}}")
_BLOCK_BYTES = 64  # RFC 2104: the block of SHA-256
_INNER, _OUTER = 0x36, 0x5C  # RFC 2104: what the key is padded with


def is_row_name(table: str, column: str, *, text: str) -> bool:
    """Return whether a text is the name of a row and nobody's."""
    return column in BY_ROW.get(table, ()) and _NAME.fullmatch(text) is not None


def says_who(parts: Sequence[str | Identifier]) -> bool:
    """Return whether a person stands in a natural key."""
    return any(part.kind != ROW if isinstance(part, Identifier) else has_address(part) for part in parts)


def spelled(part: str | Identifier) -> str:
    """Return a part of a natural key as it is hashed."""
    if isinstance(part, Identifier):
        return f"{part.kind}:{normal_form(part.kind, part.value) or part.value}"
    return f"email:{normal_form('email', part) or part}" if has_address(part) else part


def row_name(pseudonyms: Pseudonyms, parts: Sequence[str | Identifier]) -> str:
    """Return what stands in the place of a natural key with a person in it."""
    return SIGN + pseudonyms.once(ROW, schema.KEY_SEPARATOR.join(map(spelled, parts)))


def row_name_in_sql(text: str, key: Key) -> tuple[str, dict[str, bytes]]:
    """Return the same name as an expression of DuckDB over the parts, spelled and joined, and what it is asked with.

    HMAC-SHA256 as RFC 2104 writes it; for a key that took no other's place.
    """
    padded = key.secret.ljust(_BLOCK_BYTES, b"\0")
    used = {
        "inner": bytes(one ^ _INNER for one in padded),
        "outer": bytes(one ^ _OUTER for one in padded),
    }
    hashed = f"sha256($outer || unhex(sha256($inner || encode('{ROW}:' || {text}))))"
    return f"'{SIGN}' || substr({hashed}, 1, {PSEUDONYM_DIGITS})", used
