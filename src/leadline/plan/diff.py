"""What changed between two plans, by id: added, removed, changed, renamed. No numbers are computed here.

Order, comments and the spelling of numbers never show: both sides are compared in base units, and told in the unit the
first plan writes. What follows from the changes (scores, coverage, findings) is told by `align/consequences.py`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Literal

from leadline.plan.elements import located
from leadline.plan.model import Head, Plan
from leadline.plan.parts import Link, Part
from leadline.plan.stamp import in_base
from leadline.plan.tactics import Step
from leadline.units import Estimate, Period, Quantity, Unit, plain

Sign = Literal["+", "-", "~", ">"]

# What a review writes is no change of the plan: the stamp of an element, the fingerprint on a link.
_STAMPS = frozenset({"reviewed", "seen"})
# Fields that name an item of a list, so that a change inside it is told as one: the bet of a metric, the value of a day.
_KEYS = ("id", "metric", "date", "currency")


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    sign: `+` added, `-` removed, `~` changed, `>` renamed; kind and id of the element (`step` for shared steps,
          `plan` for the head); field: dotted, for `~` alone; old, new: in base units, for `>` the two ids
    name: what people call the element; old_text, new_text: the values as people read them, in one unit
    """

    sign: Sign
    kind: str
    id: str
    field: str | None = None
    old: object = None
    new: object = None
    name: str | None = dataclasses.field(default=None, compare=False)
    old_text: str = dataclasses.field(default="", compare=False)
    new_text: str = dataclasses.field(default="", compare=False)

    @property
    def value(self) -> str:
        """Return a change of a field as `target.value: 85 count → 88 count`; an empty text for other signs."""
        return f"{self.field}: {self.old_text} → {self.new_text}" if self.sign == "~" else ""

    def __str__(self) -> str:
        if self.sign == "~":
            return f"~ {self.kind} {self.id} {self.value}"
        if self.sign == ">":
            return f"> {self.kind} {self.old} → {self.new}"
        return f"{self.sign} {self.kind} {self.id}"


def diff(before: Plan, after: Plan) -> tuple[Change, ...]:
    """Return what changed, in the order of the second plan, removed elements last.

    Renames are those the second plan writes under `moved`; a reference to a renamed element does not count as changed.
    """
    renamed = renames(after)
    ids = {identity for identity, _ in _parts(before)}
    old = {renamed.get(identity, identity): part for identity, part in _parts(before)}
    new = dict(_parts(after))
    names = {to: start for start, to in renamed.items() if start in ids}
    changes: list[Change] = []
    for identity, (kind, part) in new.items():
        name = _name(part)
        if identity not in old:
            changes.append(Change("+", kind, identity, name=name, new_text=_summary(part)))
            continue
        if identity in names:
            changes.append(Change(">", kind, identity, None, names[identity], identity, name=name))
        for label, was, now in _differences(old[identity][1], part, renamed):
            texts = _texts(was, now)
            changes.append(Change("~", kind, identity, label, _base(was), _base(now), name, *texts))
    changes += [
        Change("-", kind, identity, name=_name(part), old_text=_summary(part))
        for identity, (kind, part) in old.items()
        if identity not in new
    ]
    return tuple(changes)


def renames(plan: Plan) -> dict[str, str]:
    """Return old id -> new id, as the plan writes them under `moved`; a chain of renames gives its end."""
    moved = {move.from_: move.to for move in plan.moved}
    found = {}
    for start, following in moved.items():
        end, seen = following, {start}
        while end in moved and end not in seen:
            seen.add(end)
            end = moved[end]
        found[start] = end
    return found


def _parts(plan: Plan) -> Iterator[tuple[str, tuple[str, Part]]]:
    """Yield everything that has a name: the head, the elements, the shared steps."""
    yield "plan", ("plan", plan.plan)
    for item in located(plan):
        yield item.element.id, (item.kind, item.element)
    for step in plan.tactics.bridge:
        yield f"{step.from_}>{step.to}", ("step", step)


def _name(part: Part) -> str | None:
    name = getattr(part, "name", None) or getattr(part, "title", None)
    return str(name) if name else None


def _differences(
    before: Part, after: Part, renamed: Mapping[str, str], label: str = ""
) -> Iterator[tuple[str, object, object]]:
    """Yield dotted field, old and new value wherever the meaning differs, at the deepest place both sides have."""
    for name, about in type(after).model_fields.items():
        if name in _STAMPS or (name == "id" and not isinstance(after, Head)):
            continue
        step = f"{label}.{about.alias or name}".removeprefix(".")
        yield from _between(getattr(before, name, None), getattr(after, name), renamed, step)


def _between(was: object, now: object, renamed: Mapping[str, str], label: str) -> Iterator[tuple[str, object, object]]:
    if type(was) is type(now) and was == now:  # nearly every field of nearly every edit
        return
    was, now = (None if value in ((), {}) else value for value in (was, now))
    old, new = _base(was), _base(now)
    # a word that happens to be an old id may stand for itself: either reading may be unchanged
    if old == new or _renamed(old, renamed) == new:
        return
    if isinstance(was, Part) and isinstance(now, Part) and type(was) is type(now) and not isinstance(now, Link):
        yield from _differences(was, now, renamed, label)
        return
    mine, theirs = _keyed(was, renamed), _keyed(now, {})
    if mine is None or theirs is None or (_are_links(now) and set(mine) != set(theirs)):
        yield label, was, now
        return
    for key in dict.fromkeys((*theirs, *mine)):
        yield from _between(mine.get(key), theirs.get(key), renamed, f"{label}.{key}")


def _keyed(value: object, renamed: Mapping[str, str]) -> dict[str, object] | None:
    """Return a mapping, or a list whose items have a name each, by those names; None for anything else."""
    if isinstance(value, dict):
        return {str(key): item for key, item in value.items()}
    if not isinstance(value, tuple) or not value or not all(isinstance(item, Part) for item in value):
        return None
    found: dict[str, object] = {}
    for item in value:
        key = _key(item)
        key = None if key is None else ">".join(renamed.get(part, part) for part in key.split(">"))
        if key is None or key in found:
            return None
        found[key] = item
    return found


def _are_links(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, Link) for item in value)


def _key(item: Part) -> str | None:
    if isinstance(item, Link):
        return item.ref
    if isinstance(item, Step):
        return f"{item.from_}>{item.to}"
    return next((str(value) for name in _KEYS if (value := getattr(item, name, None)) is not None), None)


def _base(value: object) -> object:
    """Return a value in base units, whole: every field counts, lists of numbers keep their order, stamps do not show."""
    if isinstance(value, Link):
        fields = _fields(value)
        return value.ref if set(fields) == {"ref"} else fields
    if isinstance(value, Part):
        return _fields(value)
    if isinstance(value, dict):
        return {str(key): _base(item) for key, item in value.items()}
    if isinstance(value, tuple):
        items = [_base(item) for item in value]
        is_ordered = all(isinstance(item, (int, float)) for item in items)  # a year of months
        return items if is_ordered else sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
    return in_base(value)


def _fields(part: Part) -> dict[str, object]:
    found = {}
    for name, about in type(part).model_fields.items():
        value = getattr(part, name)
        if name not in _STAMPS and value is not None and value not in ((), {}):
            found[about.alias or name] = _base(value)
    return found


def _renamed(value: object, names: Mapping[str, str]) -> object:
    """Return an old value with the new ids in it."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, dict):
        return {key: _renamed(part, names) for key, part in value.items()}
    return in_base([_renamed(part, names) for part in value]) if isinstance(value, list) else value


# How values are told


def _texts(was: object, now: object) -> tuple[str, str]:
    """Return old and new as people read them: both in the units of the old one, where the kind of number is the same."""
    units = {**_units(now), **_units(was)}
    return _said(was, units), _said(now, units)


def _units(value: object) -> dict[str, str]:
    """Return the unit in which each kind of number is written somewhere in a value."""
    if isinstance(value, (Quantity, Estimate)):
        return {} if value.unit is None else {Unit.parse(value.unit).dimension: value.unit}
    if isinstance(value, Part):
        value = tuple(getattr(value, name) for name in type(value).model_fields)
    items = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
    return {dimension: unit for item in items for dimension, unit in _units(item).items()}


def _said(value: object, units: Mapping[str, str]) -> str:
    if value is None or value in ((), {}):
        return "nothing"
    if isinstance(value, (Quantity, Estimate)):
        return _number(value, units)
    if isinstance(value, Link):
        return value.ref if value.why is None and value.weight is None else f"{value.ref} ({_listed(value, units)})"
    if isinstance(value, Part):
        return _listed(value, units)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_said(item, units)}" for key, item in value.items())
    if isinstance(value, tuple):
        return ", ".join(_said(item, units) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return plain(value)
    return str(value) if isinstance(value, (str, int, dt.date, Period)) else repr(value)


def _listed(part: Part, units: Mapping[str, str]) -> str:
    """Return the fields of a part as `metric lead, count 300..420..520`."""
    told = []
    for name, about in type(part).model_fields.items():
        value = getattr(part, name)
        if name not in {*_STAMPS, "ref"} and value is not None and value not in ((), {}):
            told.append(f"{about.alias or name} {_said(value, units)}")
    return ", ".join(told) or "nothing"


def _number(value: Quantity | Estimate, units: Mapping[str, str]) -> str:
    unit = None if value.unit is None else Unit.parse(value.unit)
    shown = value.unit if unit is None else units.get(unit.dimension, unit.name)
    factor = 1.0 if unit is None or shown is None else unit.factor / Unit.parse(shown).factor

    def spelt(number: float | None) -> str:
        # twelve digits, as fingerprints have: 0.4 MEUR and 400 kEUR are one number
        return "" if number is None else plain(float(f"{number * factor:.12g}"))

    if isinstance(value, Quantity):
        return f"{spelt(value.value)} {shown or ''}".strip()
    numbers = (value.low, value.base, value.high)
    text = "..".join(map(spelt, numbers)) if None not in numbers else spelt(value.base)
    beside = [f"{text} {shown or ''}".strip(), value.method, None if value.source is None else f"from {value.source}"]
    return ", ".join(word for word in beside if word)


# What an added or removed element is about, in the order in which it is told; the first few that it has.
_TELLING = (
    "statement", "claim", "intent", "level", "parent", "serves", "metric", "target", "dates", "budget", "delivers",
    "expects", "rate", "lag", "worth", "promise", "tactic", "method", "due", "code", "target", "expires", "choice", "reason",
)  # fmt: skip
_TOLD = 4  # house: one or two lines at 80 columns


def _summary(part: Part) -> str:
    """Return the few fields that say what an added or removed element is about."""
    known = {name: getattr(part, name, None) for name in dict.fromkeys(_TELLING)}
    found = {name: value for name, value in known.items() if value is not None and value not in ((), {})}
    return ", ".join(f"{name}: {_said(value, _units(value))}" for name, value in list(found.items())[:_TOLD])
