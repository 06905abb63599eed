"""One line of an answer, cut into its parts: at semicolons where there are any, else at commas outside quotes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from leadline.plan.interview.record import Field
from leadline.plan.interview.refusal import Refusal

__all__ = ["UNKNOWN", "parts_of", "refuse_missing", "sort_parts"]

UNKNOWN = "?"
"""A part that the person does not know; it stays open."""

_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»"}
_THOUSANDS = re.compile(r"\d{3}(?!\d)")
_DECIMALS = re.compile(r"\d{1,2}(?![\d.])")


def parts_of(line: str) -> list[str]:
    """Return the parts of a line, without the quotes that kept them together.

    >>> parts_of('maintenance group; "how many days, roughly?"')
    ['maintenance group', 'how many days, roughly?']
    >>> parts_of('1,200 sign-ups, "Ann, Bob", 7 kEUR')
    ['1,200 sign-ups', 'Ann, Bob', '7 kEUR']
    """
    found = _split(line, ";")
    return found if len(found) > 1 else _split(line, ",")


def _split(line: str, sign: str) -> list[str]:
    parts, current, closing = [], "", ""
    for index, letter in enumerate(line):
        if closing:
            closing = "" if letter == closing else closing
        elif letter in _QUOTES and not current.strip():
            closing = _QUOTES[letter] if _QUOTES[letter] in line[index + 1 :] else ""
        if letter == sign and not closing and not _is_thousands(line, index, sign):
            parts.append(_unquoted(current))
            current = ""
        else:
            current += letter
    return [*parts, _unquoted(current)]


def _is_thousands(line: str, index: int, sign: str) -> bool:
    """Say whether a comma stands inside a number: 1,200; also 3,5 where the commas between parts have spaces."""
    if sign != "," or not line[index - 1 : index].isdigit():
        return False
    return bool(_THOUSANDS.match(line, index + 1) or (", " in line and _DECIMALS.match(line, index + 1)))


def _unquoted(part: str) -> str:
    part = part.strip()
    if len(part) > 1 and part[0] in _QUOTES and part[-1] == _QUOTES[part[0]]:
        return part[1:-1].strip()
    return part


def sort_parts(
    line: str, fields: Sequence[Field], *, fits: Callable[[str, Field], bool], given: AbstractSet[str] = frozenset(),
    standing: AbstractSet[str] = frozenset(),
) -> dict[str, str]:  # fmt: skip
    """Return which part of a line answers which field; `given` are fields that need not be said.

    standing: fields that the plan holds already; they are passed over where the line fits the others alone

    Parts come in the order of the fields; `name: part` says it. A field that may be left out is passed over where the
    part does not fit it and fits a later one. What is left over belongs to the last text. Raises Refusal.
    """
    found: dict[str, str] = {}
    free: list[str] = []
    for part in parts_of(line):
        name, text = _labelled(part, fields)
        if name is None:
            free.append(part)
        else:
            found[name] = text
    waiting = [field for field in fields if field.name not in found]
    lacking = [field for field in waiting if field.name not in standing]
    assigned = _assigned(free, lacking, fits=fits, given=given) if 0 < len(free) <= len(lacking) < len(waiting) else []
    if not assigned or not all(part == UNKNOWN or fits(part, field) for field, part in assigned):
        assigned = _assigned(_joined(free, waiting, keep=len(line) > 0), waiting, fits=fits, given=given)
    found |= {field.name: part for field, part in assigned}
    refuse_missing(found, fields, given=given)
    return found


def refuse_missing(found: Mapping[str, str], fields: Sequence[Field], *, given: AbstractSet[str]) -> None:
    """Refuse an answer that leaves out what has to be said; `given` are fields that need not be."""
    missing = [field for field in fields if not field.optional and field.name not in found and field.name not in given]
    if missing:
        *first, last = [field.label or field.name for field in missing]
        names = f"{', '.join(first)} and {last}" if first else last
        raise Refusal(f"The answer says nothing about {names}.", "Write a ? for a part you do not know.")


def _assigned(
    parts: Sequence[str], waiting: Sequence[Field], *, fits: Callable[[str, Field], bool], given: AbstractSet[str]
) -> list[tuple[Field, str]]:
    """Return the field of each part, in their order; an empty part takes its field and says nothing."""
    found = []
    for index, part in enumerate(parts):
        wanted = _next_field(part, waiting, left=len(parts) - index, fits=fits, given=given)
        waiting = waiting[waiting.index(wanted) + 1 :]
        if part:
            found.append((wanted, part))
    return found


def _labelled(part: str, fields: Sequence[Field]) -> tuple[str | None, str]:
    label, colon, text = part.partition(":")
    if colon:
        for field in fields:
            if label.strip().lower() in (field.name, field.name.replace("_", " "), field.label.lower()):
                return field.name, _unquoted(text)
    return None, part


def _joined(parts: list[str], fields: Sequence[Field], *, keep: bool) -> list[str]:
    """Join what is left over to the last text; with no text to take it, keep the parts (the caller refuses)."""
    over = len(parts) - len(fields)
    if over <= 0 or not fields or not keep:
        return parts
    at = max((index for index, field in enumerate(fields) if field.form.kind in ("text", "list")), default=None)
    if at is None:
        raise Refusal(
            f"The answer has {len(parts)} parts.",
            f"Write {len(fields)}: {', '.join(field.label or field.name for field in fields)}.",
        )
    return [*parts[:at], ", ".join(parts[at : at + over + 1]), *parts[at + over + 1 :]]


def _next_field(
    part: str, waiting: Sequence[Field], *, left: int, fits: Callable[[str, Field], bool], given: AbstractSet[str]
) -> Field:
    """Return the field a part answers: the next one, or a later one where those between may be left out."""
    for index, field in enumerate(waiting):
        room = len(waiting) - index - 1 >= left
        may_pass = (field.optional or field.name in given) and room and part
        if not may_pass or part == UNKNOWN or fits(part, field):
            return field
    return waiting[-1]
