"""Texts that name somebody in part: plain to a reader, with pseudonyms in the place of the names on import.

A natural key such as `address, order` must tell rows apart and must not carry the address into the warehouse. So a
reader hands it on as a text that remembers which of its parts are identifiers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Self

from leadline.evidence.sources.records import Identifier

SIGN = "\x1f"  # U+001F joins the parts of a natural key; design/evidence 1
ROW = "row"  # kind of an identifier that stands for everything a row says
# What does not tell one row from another: lineage, and a stage whose own name stands beside it.
UNSAID = frozenset({"source_key", "line", "stage"})


class Composed(str):
    """A text of parts joined by `sign`; as a text it holds them as they are. Only readers and the import see it."""

    __slots__ = ("parts", "sign")
    parts: tuple[str | Identifier, ...]
    sign: str

    def __new__(cls, parts: tuple[str | Identifier, ...], sign: str = SIGN) -> Self:
        """Join the parts."""
        text = sign.join(part.value if isinstance(part, Identifier) else part for part in parts)
        made = super().__new__(cls, text)
        made.parts, made.sign = parts, sign
        return made

    def plus(self, part: str) -> Composed:
        """Return the text with one more part.

        >>> Composed(("a", "b"), "-").plus("c")
        'a-b-c'
        """
        return Composed((*self.parts, part), self.sign)


def key_of_row(table: str, values: Mapping[str, Any]) -> Composed:
    """Return a key for a row whose mapping names none: a hash of all it says, equal for equal rows of any file.

    It becomes a pseudonym on import, for a plain hash over an address can be undone by trying addresses.
    """
    said = sorted(
        (name, _canonical(value)) for name, value in values.items() if value is not None and name not in UNSAID
    )
    digest = hashlib.sha256(repr((table, said)).encode()).hexdigest()
    return Composed((Identifier(ROW, digest),))


def _canonical(value: object) -> str:
    """Return a value as one text, however the file spelled it: 10.0 is 10.00."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return f"{value.kind}:{value.value}" if isinstance(value, Identifier) else str(value)
