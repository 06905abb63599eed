"""What changed between two plans, by id: added, removed, changed, renamed. No numbers are computed here.

Order, comments and the spelling of numbers never show: both sides are compared in base units. What follows from the
changes (scores, coverage, findings) is told by `align/consequences.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from leadline.plan.elements import located
from leadline.plan.model import Plan
from leadline.plan.parts import Part
from leadline.plan.stamp import in_base

Sign = Literal["+", "-", "~", ">"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    sign: `+` added, `-` removed, `~` changed, `>` renamed; kind and id of the element (`step` for shared steps,
          `plan` for the head); field: dotted, for `~` alone; old, new: in base units, for `>` the two ids
    """

    sign: Sign
    kind: str
    id: str
    field: str | None = None
    old: object = None
    new: object = None

    def __str__(self) -> str:
        if self.sign == "~":
            return f"~ {self.kind} {self.id} {self.field}: {_said(self.old)} → {_said(self.new)}"
        if self.sign == ">":
            return f"> {self.kind} {self.old} → {self.new}"
        return f"{self.sign} {self.kind} {self.id}"


def diff(before: Plan, after: Plan) -> tuple[Change, ...]:
    """Return what changed, in the order of the second plan, removed elements last.

    Renames are those the second plan writes under `moved`; a reference to a renamed element does not count as changed.
    """
    renamed = {move.from_: move.to for move in after.moved}
    ids = {identity for identity, _ in _parts(before)}
    old = {renamed.get(identity, identity): part for identity, part in _parts(before)}
    new = dict(_parts(after))
    names = {to: start for start, to in renamed.items()}
    changes: list[Change] = []
    for identity, (kind, part) in new.items():
        if identity not in old:
            changes.append(Change("+", kind, identity))
            continue
        if identity in names and names[identity] in ids:
            changes.append(Change(">", kind, identity, None, names[identity], identity))
        fields, earlier = _flat(part), _flat(old[identity][1])
        for field in dict.fromkeys((*fields, *earlier)):
            was, now = earlier.get(field), fields.get(field)
            # a word that happens to be an old id may stand for itself: either reading may be unchanged
            if was != now and _renamed(was, renamed) != now:
                changes.append(Change("~", kind, identity, field, was, now))
    changes += [Change("-", kind, identity) for identity, (kind, _) in old.items() if identity not in new]
    return tuple(changes)


def _parts(plan: Plan) -> Iterator[tuple[str, tuple[str, Part]]]:
    """Yield everything that has a name: the head, the elements, the shared steps."""
    yield "plan", ("plan", plan.plan)
    for item in located(plan):
        yield item.element.id, (item.kind, item.element)
    for step in plan.tactics.bridge:
        yield f"{step.from_}>{step.to}", ("step", step)


def _flat(part: Part) -> dict[str, object]:
    """Return every field of a part in base units, nested ones dotted; the id and the review stamp left out."""
    found: dict[str, object] = {}
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if name in ("id", "reviewed") or value is None or value in ((), {}):
            continue
        plain = in_base(value)
        label = field.alias or name
        if isinstance(plain, dict) and isinstance(value, (Part, dict)):
            found |= {f"{label}.{key}": item for key, item in plain.items()}
        else:
            found[label] = plain
    return found


def _renamed(value: object, names: Mapping[str, str]) -> object:
    """Return an old value with the new ids in it."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, dict):
        return {key: _renamed(part, names) for key, part in value.items()}
    return in_base([_renamed(part, names) for part in value]) if isinstance(value, list) else value


def _said(value: object) -> str:
    if isinstance(value, dict) and "base" in value:
        return "..".join(str(value[key]) for key in ("low", "base", "high") if key in value)
    if isinstance(value, list):
        return "[" + ", ".join(map(_said, value)) + "]"
    return "nothing" if value is None else str(value)
