"""Fingerprints of what elements mean, and links that became suspect because it changed.

Fingerprint: the first 12 hex digits of SHA-256 over canonical JSON (sorted keys, no spaces, quantities in base units,
references as ids) of the fields marked in the model as bearing meaning. Names, notes, tags and owners are not among
them (but the owner of a touch point is): a cosmetic edit never makes a link suspect.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from leadline.plan.elements import located
from leadline.plan.model import Plan
from leadline.plan.parts import Element, Link, Part
from leadline.plan.places import Path
from leadline.plan.tactics import Step
from leadline.units import Estimate, Period, Quantity, Unit, plain

# Length of a fingerprint in hex digits: 48 bits, one clash expected in 16 million elements (design of the checks, 8).
DIGITS = 12

Known = Callable[[str], str | None]
"""Gives the canonical text behind a fingerprint, where the ledger knows it."""


@dataclass(frozen=True, slots=True)
class SuspectLink:
    """A reviewed link whose other end has changed since.

    element: id of the element that carries the stamp; ref: id of the element that changed; path: the stamp
    direction: `up` (the parent changed, `seen`), `down` (a child changed, `reviewed.children`)
    field, old, new: what changed first, None where the old content is unknown
    """

    element: str
    ref: str
    path: Path
    direction: str
    field: str | None
    old: object
    new: object
    seen: str
    now: str


def canonical(element: Part) -> str:
    """Return the canonical JSON of what an element (or a bridge step) means."""
    return json.dumps(meaning(element), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def fingerprint(element: Part) -> str:
    """Return the fingerprint of an element: 12 hex digits."""
    return hashlib.sha256(canonical(element).encode()).hexdigest()[:DIGITS]


def meaning(element: Part) -> dict[str, object]:
    """Return the fields of an element that bear meaning, in base units; what is not said is left out."""
    return _fields(element, meant_fields(type(element)))


@cache
def meant_fields(part: type[Part]) -> tuple[str, ...]:
    """Return the names of the fields that bear meaning, as the model marks them."""
    marked = tuple(
        name
        for name, field in part.model_fields.items()
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("fingerprint")
    )
    return ("from_", "to", *marked) if issubclass(part, Step) else marked


def fingerprints(plan: Plan) -> dict[str, str]:
    """Return the fingerprint of every element by its id, and of every shared step by `from>to`."""
    found = {item.element.id: fingerprint(item.element) for item in located(plan)}
    return found | {f"{step.from_}>{step.to}": fingerprint(step) for step in plan.tactics.bridge}


def links(plan: Plan, only: frozenset[str] | None = None) -> Iterator[tuple[Element, Path, Link]]:
    """Yield every link of the plan, or of the elements named, with the element it belongs to and its path."""
    for item in located(plan):
        if only is not None and item.element.id not in only:
            continue
        fields = item.element.__dict__
        for name in ("serves", "parent", "enables", "aligned_with", "depends_on"):
            value = fields.get(name)
            if isinstance(value, Link):
                yield item.element, (*item.path, name), value
            for index, link in enumerate(value if isinstance(value, tuple) else ()):
                if isinstance(link, Link):
                    yield item.element, (*item.path, name, index), link


def suspect_links(
    plan: Plan, known: Known = lambda _: None, *, only: frozenset[str] | None = None
) -> list[SuspectLink]:
    """Return the reviewed links whose other end has changed since; a bare link is never suspect.

    known: gives the canonical text behind an old fingerprint (the ledger's), so that the change can be named
    only: ids of the elements whose stamps are looked at (None: all)
    """
    elements = {item.element.id: item.element for item in located(plan)}

    @cache
    def now(identity: str) -> str:  # asked only of what somebody reviewed: most plans stamp few of their links
        return fingerprint(elements[identity])

    found = []
    for element, path, link in links(plan, only):
        if link.seen is not None and link.ref in elements and link.seen != now(link.ref):
            changed = first_change(known(link.seen), elements[link.ref])
            found.append(SuspectLink(element.id, link.ref, (*path, "seen"), "up", *changed, link.seen, now(link.ref)))
    for item in located(plan):
        if only is not None and item.element.id not in only:
            continue
        children = item.element.reviewed.children if item.element.reviewed else {}
        for child, seen in children.items():
            if child in elements and seen != now(child):
                changed = first_change(known(seen), elements[child])
                path = (*item.path, "reviewed", "children", child)
                found.append(SuspectLink(item.element.id, child, path, "down", *changed, seen, now(child)))
    return found


def first_change(before: str | None, element: Part) -> tuple[str | None, object, object]:
    """Return the first field (by name) whose meaning differs from an old canonical text, with old and new value."""
    if before is None:
        return None, None, None
    old: Mapping[str, object] = json.loads(before)
    new = json.loads(canonical(element))
    for field in sorted({*old, *new}):
        if old.get(field) != new.get(field):
            return field, old.get(field), new.get(field)
    return None, None, None


def in_base(value: object) -> object:
    """Return a value in its canonical form: numbers in base units, references as ids, lists in one order.

    A part inside an element gives the fields it marks, or all where it marks none.
    """
    if isinstance(value, Link):
        return value.ref
    if isinstance(value, (Quantity, Estimate)):
        return _number(value)
    if isinstance(value, Part):
        return _fields(value, meant_fields(type(value)) or tuple(type(value).model_fields))
    if isinstance(value, dict):
        return {str(key): in_base(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        # no list that bears meaning has an order: segments, messages, proofs, guardrails, bets
        return sorted((in_base(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, (dt.date, Period)):
        return str(value)
    return value


def _fields(part: Part, names: Iterable[str]) -> dict[str, object]:
    found = {}
    for name in names:
        value = getattr(part, name)
        if value is not None and value not in ((), {}):
            found[_written(type(part), name)] = in_base(value)
    return found


@cache
def _written(part: type[Part], name: str) -> str:
    """Return the key of a field as it stands in the file."""
    return part.model_fields[name].alias or name


def _number(value: Quantity | Estimate) -> object:
    """Return a number in base units with its dimension; twelve digits, so that 0.4 MEUR and 400 kEUR are one."""
    unit = None if value.unit is None else Unit.parse(value.unit)
    factor, dimension = (1.0, "") if unit is None else (unit.factor, unit.dimension)

    def spelt(number: float | None) -> str | None:
        return None if number is None else f"{plain(float(f'{number * factor:.12g}'))} {dimension}".strip()

    if isinstance(value, Quantity):
        return spelt(value.value)
    parts = {"low": spelt(value.low), "base": spelt(value.base), "high": spelt(value.high)}
    parts |= {"method": value.method, "source": value.source}
    return {key: part for key, part in parts.items() if part is not None}
