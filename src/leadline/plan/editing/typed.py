"""What was typed into a form: which fields it changes, whether the model can take it, what the plan would then say.

    read = read_typed(form, {"budget": ["80 kEUR"], "serves": ["more-leads", "grow"]})
    read.edits        only what differs from what stands in the file
    read.problems     what the model cannot take, each beside its field
    as_typed(document, form, read=read)     the plan with it, unsaved, for a judgement at every keystroke

A field that is not named stays as it is; an empty one is taken out. `delivers.0.-` takes the whole row out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from leadline.plan.editing.fields import NUMBERS, Field, Form
from leadline.plan.editing.shapes import HEAD, LISTED, SHARED, model_of
from leadline.plan.faults import expected
from leadline.plan.reading import descend, feed
from leadline.plan.spelling import Value
from leadline.plan.tactics import Tactics
from leadline.units import Estimate, Quantity, UnitError, period_of

if TYPE_CHECKING:
    from leadline.plan.model import Plan
    from leadline.plan.source import Document

__all__ = ["REMOVED", "Edit", "Problem", "Read", "as_typed", "read_typed", "said", "value_of"]

REMOVED = "-"  # the last step of a name that takes a row out
_HALF = re.compile("[\ud800-\udfff]")  # half of a character: no file can hold it
_YES = {"true": True, "yes": True, "on": True, "false": False, "no": False}


@dataclass(frozen=True)
class Edit:
    """A field that was changed: what stood there when the form was drawn, and what was typed (nothing: taken out)."""

    field: Field
    values: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """What the model cannot take. name: of the field · typed: as it was typed · text: what it should be, in words."""

    name: str
    typed: str
    text: str


@dataclass(frozen=True)
class Read:
    """What was typed: the fields it changes, and those that the model cannot take (they are among the edits)."""

    edits: tuple[Edit, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """Return the keys of the element that are changed."""
        return frozenset(str(edit.field.path[0]) for edit in self.edits)


def said(field: Field, raw: Sequence[str]) -> tuple[str, ...]:
    """Return what was typed into a field as it would stand in the file: without outer space, a list item by item."""
    texts = [_HALF.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n").strip() for text in raw]
    if field.shape.control in LISTED and not field.is_odd:
        lines = tuple(line.strip() for text in texts for line in text.split("\n") if line.strip())
        return _in_standing_order(field, lines) if field.shape.control == "refs" else lines
    text = "\n".join(filter(None, texts))
    if field.shape.control != "long" and not field.is_odd and "\n" not in field.text:
        text = " ".join(text.split("\n"))
    if field.shape.control in ("yes_no", "day_or_yes") and text.lower() in _YES:
        text = str(_YES[text.lower()]).lower()
    return (text,) if text else ()


def _in_standing_order(field: Field, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names without repeats in the order in which they stand already; what is new comes behind."""
    standing = [one for one in field.values if one in names]
    return tuple(dict.fromkeys([*standing, *names]))


def read_typed(form: Form, typed: Mapping[str, Sequence[str]]) -> Read:
    """Return what was typed into a form of an element."""
    edits = tuple(_edits(form, typed))
    problems: list[Problem] = []
    for key in dict.fromkeys(str(edit.field.path[0]) for edit in edits):
        problems += _problems(form, edits, key)
    return Read(edits, tuple(problems))


def _edits(form: Form, typed: Mapping[str, Sequence[str]]) -> Iterator[Edit]:
    for name, leaf in form.leaves.items():
        if _is_locked(leaf):
            continue
        gone = any(f"{'.'.join(map(str, leaf.path[:n]))}.{REMOVED}" in typed for n in range(1, len(leaf.path)))
        if name not in typed and not gone:
            continue
        values = () if gone else said(leaf, typed[name])
        if values != said(leaf, leaf.values):
            yield Edit(leaf, values)


def _is_locked(leaf: Field) -> bool:
    """Say whether a field can only be changed in the text: rows and groups of another form."""
    return leaf.is_odd and leaf.shape.control in ("rows", "group")


def value_of(field: Field, values: tuple[str, ...]) -> Value:
    """Return what a field's texts stand for in the file, None for nothing."""
    if not values:
        return None
    control = field.shape.control
    if control in ("list", "refs", "numbers"):
        return values[0] if field.shape.may_be_one and len(values) == 1 else list(values)
    if control == "pairs":
        return {key: _several(text) for key, text in map(_pair, values)}
    if control == "amounts":
        is_split = len(values) > 1 or period_of(_pair(values[0])[0]) is not None
        return dict(map(_pair, values)) if is_split else values[0]
    if control in ("yes_no", "day_or_yes"):
        return _YES.get(values[0].lower(), values[0])
    return values[0]


def _pair(line: str) -> tuple[str, str]:
    key, _, text = line.partition(":")
    return key.strip(), text.strip()


def _several(text: str) -> Value:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return [*parts] if len(parts) > 1 else text


def assembled(field: Field, edits: Mapping[str, tuple[str, ...]]) -> tuple[Value, dict[int, int]]:
    """Return what a field and those inside it stand for with the edits made, and for rows: new index -> old index."""
    if not field.parts:
        return value_of(field, edits.get(field.name, field.values)), {}
    if field.shape.control == "rows":
        rows = [(int(part.path[-1]), assembled(part, edits)[0]) for part in field.parts]
        kept = [(index, row) for index, row in rows if row]
        return [row for _, row in kept] or None, {new: old for new, (old, _) in enumerate(kept)}
    inside = {str(part.path[-1]): assembled(part, edits)[0] for part in field.parts}
    if field.is_short:
        return _estimate(inside.pop(NUMBERS), {key: value for key, value in inside.items() if value is not None}), {}
    return {key: value for key, value in inside.items() if value is not None} or None, {}


def _estimate(numbers: Value, said: dict[str, Value]) -> Value:
    """Return an estimate as it is written: on one line, in long form where it says how it came about. said: of that."""
    if not said or numbers is None:
        return said or numbers
    try:
        read = Estimate.parse(numbers)
    except UnitError:
        return {"base": numbers, **said}  # told beside it by the model
    found = {"low": read.low, "base": read.base, "high": read.high}
    return {key: str(Quantity(value, read.unit)) for key, value in found.items() if value is not None} | said


def _problems(form: Form, edits: tuple[Edit, ...], key: str) -> Iterator[Problem]:
    field = next(one for one in form.fields if one.path[0] == key)
    typed = {edit.field.name: edit.values for edit in edits}
    value, rows = assembled(field, typed)
    if value is None:
        return
    try:
        model_of(form.kind).model_validate({"id": "x", key: value}, by_alias=True, by_name=False)
    except ValidationError as error:
        seen: set[str] = set()
        found = [one for one in error.errors(include_url=False, include_input=False) if one["loc"][:1] == (key,)]
        for problem in sorted(found, key=lambda one: one["type"] == "dict_type"):  # of a union, the form in words first
            leaf = _leaf_at(field, problem["loc"], rows)
            if leaf.name not in seen:
                seen.add(leaf.name)
                text = "\n".join(typed.get(leaf.name, leaf.values))
                yield Problem(leaf.name, text, _told(problem, text))


def _leaf_at(field: Field, loc: Sequence[object], rows: Mapping[int, int]) -> Field:
    """Return the field that pydantic's place means; steps that are no key of the file (members of a union) are passed over."""
    here = field
    for step in loc[1:]:
        wanted = rows.get(step, step) if isinstance(step, int) else step
        here = next((part for part in here.parts if part.path[-1] == wanted), here)
    return here if not here.parts else next(here.leaves())


def _told(problem: Any, text: str) -> str:  # noqa: ANN401 - pydantic's own mapping
    """Return what is wrong as one sentence, and how to write it."""
    if problem["type"] == "missing":
        return "This is needed. Write it, or take the row out."
    wanted = expected(problem, text)
    told = str(wanted["expected"])
    if told.endswith("."):
        return told
    close = wanted.get("nearest")
    return f'"{text}" does not fit here. ' + (f'Did you mean "{close}"? ' if close else "") + f"Write {told}."


def as_typed(document: Document, form: Form, *, read: Read) -> Document:
    """Return the document with the model of one element as typed; its text and places stay as they are.

    For judging while somebody types: a value that the model cannot take counts as not there, and is told by `problems`.
    """
    typed = {edit.field.name: edit.values for edit in read.edits}
    node = descend(document.written, form.path)[-1]
    raw = feed(node) if form.id else {}
    content: dict[str, Any] = dict(raw) if isinstance(raw, dict) else {}
    for field in form.fields:
        if str(field.path[0]) in read.keys:
            value, _ = assembled(field, typed)
            content.pop(str(field.path[0]), None)
            if value is not None:
                content[str(field.path[0])] = value
    model = model_of(form.kind)
    if form.kind == SHARED:
        content = {key: content[key] for key in (SHARED,) if key in content}
    elif form.id:
        content["id"] = form.id
    plan = _with(document.plan, form, _validated(model, content))
    faults = tuple(fault for fault in document.faults if not _is_of(fault.element, fault.path, form, read.keys))
    return replace(document, plan=plan, faults=faults)


def _is_of(element: tuple[str, str] | None, path: tuple[str | int, ...], form: Form, keys: frozenset[str]) -> bool:
    """Say whether a fault of the file speaks of a field that is typed anew."""
    is_same = (
        element == (form.kind, form.id) if form.kind not in (HEAD, SHARED) else path[: len(form.path)] == form.path
    )
    return is_same and any(step in keys for step in path[len(form.path) : len(form.path) + 1])


def _validated(model: type[BaseModel], content: dict[str, Any]) -> BaseModel:
    """Return the model of what was typed; keys that it cannot take are left out."""
    while True:
        try:
            return model.model_validate(content, by_alias=True, by_name=False)
        except ValidationError as error:
            bad = {str(one["loc"][0]) for one in error.errors() if one["loc"]} & content.keys()
            if not bad:
                raise
            content = {key: value for key, value in content.items() if key not in bad}


def _with(plan: Plan, form: Form, element: BaseModel) -> Plan:
    """Return the plan with one element in the place of the one of its id, or behind the others of its kind."""
    if form.kind == HEAD:
        return plan.model_copy(update={"plan": element})
    if isinstance(element, Tactics):
        return plan.model_copy(update={"tactics": plan.tactics.model_copy(update={"bridge": element.bridge})})
    keys = [str(step) for step in form.path if isinstance(step, str)]
    above: BaseModel = plan
    for key in keys[:-1]:
        above = getattr(above, key)
    standing = getattr(above, keys[-1])
    changed: object = element
    if isinstance(standing, tuple):
        is_there = any(one.id == form.id for one in standing)
        changed = tuple(element if one.id == form.id else one for one in standing) if is_there else (*standing, element)
    if above is plan:
        return plan.model_copy(update={keys[-1]: changed})
    return plan.model_copy(update={keys[0]: above.model_copy(update={keys[-1]: changed})})
