"""What a fault says: the expected form in words, the nearest known name, text that lost its quotes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leadline.plan.yaml_nodes import Entry, Scalar
from leadline.plan.yaml_nodes import Mapping as MappingNode

# How alike a name must be to be proposed, on difflib's 0..1 (the cutoff of `errors.did_you_mean`, same source: house).
ALIKE = 0.6

_EXPECTED = {
    "string_type": "text",
    "tuple_type": "a list: [one, two]",
    "list_type": "a list: [one, two]",
    "model_type": "a mapping: {key: value}",
    "model_attributes_type": "a mapping: {key: value}",
    "dict_type": "a mapping: {key: value}",
}
_CHOICE = re.compile(r"'([^']*)'")


def nearest(given: str, known: Iterable[str]) -> str | None:
    """Return the known name most like the given one, or None.

    >>> nearest("chanels", ["channels", "dates"])
    'channels'
    """
    found = difflib.get_close_matches(given, list(known), n=1, cutoff=ALIKE)
    return found[0] if found else None


def expected(problem: Mapping[str, Any], text: str) -> dict[str, object]:
    """Return `expected` (and for a choice `known`, `nearest`) for one of pydantic's errors."""
    context = problem.get("ctx", {})
    if problem["type"] == "literal_error":
        choices = tuple(_CHOICE.findall(str(context.get("expected", ""))))
        close = nearest(text.strip("\"'").lower(), choices)
        return {"expected": "one of " + ", ".join(choices), "known": choices, "nearest": close}
    if "message" in context:
        return {"expected": str(context["message"])}
    return {"expected": _EXPECTED.get(problem["type"], str(problem.get("msg", "")))}


@dataclass(frozen=True, slots=True)
class Stray:
    """Text in `{…}` that a comma broke into keys: whose value it was, and the whole text."""

    key: str
    first: Entry
    start: int
    end: int
    text: str


def stray_text(parent: MappingNode, entry: Entry, *, known: Iterable[str], text: str) -> Stray | None:
    """Say whether an unknown key without a value is the tail of an unquoted text before it."""
    if not parent.flow or not _is_tail(entry):
        return None
    names = set(known)
    entries = list(parent.entries.values())
    at = entries.index(entry)
    first = last = at
    while first > 0 and _is_tail(entries[first - 1]) and entries[first - 1].key.text not in names:
        first -= 1
    while last + 1 < len(entries) and _is_tail(entries[last + 1]) and entries[last + 1].key.text not in names:
        last += 1
    owner = entries[first - 1] if first > 0 else None
    if owner is None or not isinstance(owner.value, Scalar) or not owner.value.plain or owner.value.value is None:
        return None
    start, end = owner.value.start, entries[last].key.end
    return Stray(owner.key.text, entries[first], start, end, text[start:end])


def _is_tail(entry: Entry) -> bool:
    return entry.key.plain and isinstance(entry.value, Scalar) and entry.value.plain and entry.value.text == ""
