"""The numbers of deals and accounts, made of their record's id; of an id that names somebody, under the key.

A plain hash of an address can be undone by trying addresses. So a record whose id holds one gets a number that is made as
a person's node is, goes from one key to the next as that does, and is told from the others by a bit that they never have.
"""

from __future__ import annotations

import hashlib

from leadline.evidence import schema
from leadline.evidence.privacy import Key, Pseudonyms, has_address, later_node, node_of
from leadline.evidence.row_names import spelled
from leadline.evidence.sources.keys import Composed
from leadline.evidence.sources.records import Identifier

KEYED = 1 << 62  # own: numbers made by key60 have 60 bits, and a BIGINT has 63 beside its sign


def key60(text: str) -> int:
    """Return the first 60 bits of md5(text), as the SQL verb of the same name does."""
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:15], 16)


def number(kind: str, record: str) -> int:
    """Return the number of a deal or account, from the kind and the record's `system:id`."""
    return key60(f"{kind}{schema.KEY_SEPARATOR}{record}")


def number_of(kind: str, record: str | Identifier, *, system: str, key: Key) -> int:
    """Return the number of a record of a source. record: its id as the reader gives it · system: who issues it."""
    parts = parts_of(record)
    plain = schema.KEY_SEPARATOR.join(part.value if isinstance(part, Identifier) else part for part in parts)
    issued = "" if ":" in plain else f"{system}:"
    if not any(isinstance(part, Identifier) or has_address(part) for part in parts):
        return number(kind, issued + plain)
    named = issued + schema.KEY_SEPARATOR.join(map(spelled, parts))
    found = KEYED | node_of(Pseudonyms(key.at(0)).once(kind, named))
    for secret in key.secrets[1:]:
        found = later_number(secret, found)
    return found


def later_number(secret: bytes, found: int) -> int:
    """Return what the number of a record becomes under the key that follows; most stay as they are."""
    return KEYED | later_node(secret, found) if found & KEYED else found


def parts_of(value: str | Identifier) -> tuple[str | Identifier, ...]:
    """Return the parts of a natural key."""
    if isinstance(value, Composed):
        return value.parts
    return (value,) if isinstance(value, Identifier) else tuple(value.split(schema.KEY_SEPARATOR))
