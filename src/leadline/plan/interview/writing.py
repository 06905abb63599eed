"""Writing an answer: the plan with the answer in it, what was touched, and a refusal where the model cannot take it.

Every write is a text splice at the mark of its path. The plan's own types judge the result: an answer that would leave
a fault, or a circle of links, is refused whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leadline.plan.amounts import Amounts
from leadline.plan.edits import apply, remove
from leadline.plan.graph import Graph
from leadline.plan.interview.addresses import (
    Address,
    Stop,
    bound_by,
    is_empty,
    kind_of_list,
    picked,
    places,
    size_of,
    value_at,
)
from leadline.plan.interview.forms import New
from leadline.plan.interview.layout import append, put
from leadline.plan.interview.naming import free_id
from leadline.plan.interview.record import Item, Question, Write
from leadline.plan.interview.refusal import Refusal
from leadline.plan.interview.templates import Filling, fields_in
from leadline.plan.places import Fault, Path
from leadline.plan.source import Document
from leadline.plan.spelling import Value

__all__ = ["Written", "faults_of", "set_value", "write_answer"]

_LISTS: dict[str, Path] = {
    "segment": ("situation", "segments"), "competitor": ("situation", "competitors"), "channel": ("situation", "channels"),
    "venue": ("situation", "venues"), "touchpoint": ("situation", "touchpoints"), "evidence": ("situation", "evidence"),
    "metric": ("metrics",), "level": ("strategy", "levels"), "offering": ("strategy", "offerings"),
    "message": ("strategy", "messages"), "tactic": ("tactics", "list"), "person": ("action", "people"),
    "team": ("action", "teams"), "test": ("control", "tests"),
}  # fmt: skip
# What a new element of a kind is known by, where that is not its name.
_KNOWN_BY = {"evidence": "citation", "message": "claim", "level": "statement"}
_FUNCTIONS = {"marketing": "marketing", "sales": "sales", "service": "service", "customer service": "service",
              "support": "service", "product": "product", "finance": "finance"}  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A plan after an answer.

    touched: ids of the elements written to · made: ids of new elements, in order · paths: place -> part of the answer
    """

    document: Document
    touched: frozenset[str]
    made: tuple[str, ...]
    paths: Mapping[Path, str]


def write_answer(
    question: Question, answers: Mapping[str, object], *, document: Document, item: Item | None, today: dt.date,
    notes: Mapping[str, object],
) -> Written:  # fmt: skip
    """Return the plan with an answer written; `answers` holds each part as its form read it.

    Raises Refusal where the plan cannot take the answer; nothing is written then.
    """
    filling = Filling(document, dict(answers), today, item, notes, bound_by(item.path) if item else {})
    writer = _Writer(filling, None if question.for_each else question.builds)
    writer.make_new(question)
    for write in question.writes:
        writer.write(write)
    _refuse_faults(document, filling.document, writer.paths)
    return Written(filling.document, frozenset(writer.touched), tuple(writer.made), writer.paths)


def set_value(document: Document, path: Path, *, value: Value) -> Document:
    """Return the document with a value at a path, whether or not something stands there."""
    while splices := put(document, path, value=value):
        document = apply(document, splices)
    return document


class _Writer:
    """Applies the writes of one answer one after the other, each as a splice of the text as it then stands."""

    def __init__(self, filling: Filling, builds: Path | None) -> None:
        self.filling = filling
        self.builds = builds
        self.named: dict[New, str] = {}
        self.touched: set[str] = set()
        self.made: list[str] = []
        self.paths: dict[Path, str] = {}

    def make_new(self, question: Question) -> None:
        """Make the elements that parts of the answer name and the plan does not hold; the parts become their ids."""
        answers = dict(self.filling.answers)
        for name, value in answers.items():
            if isinstance(value, New):
                answers[name] = self._made(value, question.answer.new.get(name, {}))
            elif isinstance(value, list):
                answers[name] = [
                    self._made(one, question.answer.new.get(name, {})) if isinstance(one, New) else one for one in value
                ]
            self.filling.answers = answers

    def write(self, write: Write) -> None:
        """Write one template to its address; nothing happens where it comes to nothing."""
        given = self.filling.token(f"${write.if_given}") if write.if_given else None
        if write.if_given and (given is None or (write.if_is and str(given).lower() not in write.if_is)):
            return
        if write.template is None:
            self._remove(write.address)
            return
        value, live = self.filling.fill(write.template)
        if value is None or (not live and write.address.first_pick == "+" and not self._is_building(write.address)):
            return
        self._walk(write.address.stops, (), value, write=write)

    def _is_building(self, address: Address) -> bool:
        return address.first_list in {**self.filling.bound, **self.filling.made}

    def _walk(self, stops: tuple[Stop, ...], path: Path, value: Value, *, write: Write) -> None:
        for number, stop in enumerate(stops):
            path = (*path, stop.key)
            if stop.pick is None:
                continue
            rest = stops[number + 1 :]
            document = self.filling.document
            pick = self._name(stop.pick)
            found = [] if pick is None else picked(document, path, pick=pick, bound=self.filling.bound)
            makes = pick in ("+", "++") or (path == ("strategy", "levels") and not stop.pick.endswith("!"))
            if not found and makes and pick is not None:
                self._append(path, pick, rest, value=value, write=write)
            for index in found:
                self._walk(rest, (*path, index), value, write=write)
            return
        if not (write.address.only_empty and not is_empty(value_at(self.filling.document, path))):
            self._put(path, value, write)

    def _remove(self, address: Address) -> None:
        for path in list(places(self.filling.document, address, bound=self.filling.bound)):
            about = self.filling.document.element_at(path)
            self.filling.document = apply(self.filling.document, [remove(self.filling.document, path)])
            self.touched |= {about[1]} if about else set()

    def _name(self, pick: str) -> str | None:
        """Return a pick with the part of the answer that it stands for filled in, None where that was not answered."""
        return pick if not pick.startswith("$") else self.filling.token(pick)  # type: ignore[return-value]  # ids are texts

    def _put(self, path: Path, value: Value, write: Write) -> None:
        if isinstance(value, dict) and kind_of_list(path[:-1]) is not None:
            value = {key: part for key, part in value.items() if key != "id"}  # an id is proposed once, then it stays
        self.filling.document = set_value(self.filling.document, path, value=value)
        self._note(path, write)

    def _append(self, path: Path, pick: str, rest: tuple[Stop, ...], *, value: Value, write: Write) -> None:
        for stop in reversed(rest):
            value = {stop.key: [value] if stop.pick else value}
        document, index = self.filling.document, size_of(self.filling.document, path)
        kind = kind_of_list(path)
        if path != self.builds and isinstance(value, dict) and kind and self._fill_namesake(path, value, write):
            return
        if kind is not None and isinstance(value, dict):
            picked_by: dict[str, Value] = {} if pick.startswith("+") else {"level": pick}
            value = {"id": self._id(value, kind, pick), **picked_by, **{k: v for k, v in value.items() if k != "id"}}
            self.filling.made[path] = str(value["id"])
            self.made.append(str(value["id"]))
        elif kind is None and self._stands_there(path, value):
            return
        self.filling.document = apply(document, [append(document, path, value=value)])
        if kind is not None:
            self.filling.bound[path] = index
        self._note((*path, index, *(stop.key for stop in rest)), write)

    def _fill_namesake(self, path: Path, value: dict[str, Value], write: Write) -> bool:
        """Say whether an element of the same name stands in the list; it is taken, and only its empty keys are filled."""
        said = str(value.get("name") or "").lower()
        for index in range(size_of(self.filling.document, path) if said else 0):
            if str(value_at(self.filling.document, (*path, index, "name")) or "").lower() == said:
                for key, part in value.items():
                    if is_empty(value_at(self.filling.document, (*path, index, key))) and key != "id":
                        self._put((*path, index, key), part, write)
                self.filling.bound[path] = index
                self.filling.made[path] = str(value_at(self.filling.document, (*path, index, "id")))
                return True
        return False

    def _stands_there(self, path: Path, value: Value) -> bool:
        listed = value_at(self.filling.document, path)
        return isinstance(listed, list) and not isinstance(value, dict) and value in listed

    def _id(self, value: dict[str, Value], kind: str, pick: str) -> str:
        words = value.get("id") or (None if pick.startswith("+") else pick)
        for key in ("name", "claim", "citation", "statement", "topic", "question", "difference"):
            words = words or value.get(key)
        return free_id(self.filling.document, str(words or kind).replace("_", " "), kind=kind)

    def _made(self, new: New, template: Mapping[str, Value]) -> str:
        """Make the element that a part names; a word for a function makes a team, any other name a person."""
        if new in self.named:
            return self.named[new]
        kind, text = new.kind, new.text
        text = text[:1].upper() + text[1:] if kind in ("metric", "person") else text
        more, _ = self.filling.fill(dict(template)) if template else (None, False)
        own: dict[str, Value] = {_KNOWN_BY.get(kind, "name"): text, **(more if isinstance(more, dict) else {})}
        if kind == "person" and text.lower() in _FUNCTIONS:
            kind, own = "team", {"name": text[:1].upper() + text[1:], "function": _FUNCTIONS[text.lower()]}
        path = _LISTS[kind]
        document = self.filling.document
        identity = free_id(document, text, kind=kind)
        index = size_of(document, path)
        self.filling.document = apply(document, [append(document, path, value={"id": identity, **own})])
        self.filling.made.setdefault(path, identity)
        self.made.append(identity)
        self.touched.add(identity)
        self.named[new] = identity
        self.paths[(*path, index)] = ""
        return identity

    def _note(self, path: Path, write: Write) -> None:
        about = self.filling.document.element_at(path)
        if about is not None:
            self.touched.add(about[1])
        self.paths[path] = ""
        for below, part in fields_in(write.template):
            self.paths[(*path, *below)] = part


def faults_of(document: Document) -> Iterator[Fault]:
    """Yield everything that the plan's own types cannot take or compute with."""
    yield from document.faults
    amounts = Amounts(document.plan)
    yield from amounts.faults
    yield from amounts.estimate_faults


def _refuse_faults(before: Document, after: Document, paths: Mapping[Path, str]) -> None:
    known = {(fault.kind, fault.text, fault.element) for fault in faults_of(before)}
    for fault in faults_of(after):
        if (fault.kind, fault.text, fault.element) in known or not _is_ours(fault.path, paths):
            continue
        field = _field_at(fault.path, paths)
        if fault.kind == "estimate_range":
            raise Refusal(
                f'"{fault.text}" leaves its range.',
                "A share lies between 0.1 and 99.9 %, an amount above 0.",
                field=field,
            )
        expected = str(fault.values.get("expected", "another form"))
        raise Refusal(f'"{fault.text}" does not fit here.', f"Expected: {expected}.", field=field)
    _refuse_circles(before, after)


def _refuse_circles(before: Document, after: Document) -> None:
    """Refuse links that run in a circle, and a step that leads to where it starts."""
    standing = {step.from_ for step in before.plan.tactics.bridge if step.from_ == step.to}
    for step in after.plan.tactics.bridge:
        if step.from_ == step.to and step.from_ not in standing:
            raise Refusal(f"This step leads from {step.from_} to itself.", "Name the state that comes after it.")
    old = {frozenset(cycle.loop) for cycle in Graph(before.plan, Amounts(before.plan)).cycles}
    for cycle in Graph(after.plan, Amounts(after.plan)).cycles:
        if frozenset(cycle.loop) not in old:
            raise Refusal(
                f"This leads in a circle: {' > '.join(cycle.loop)}.",
                "Name a step that leads on, or give the step a delay.",
            )


def _is_ours(path: Path, paths: Mapping[Path, str]) -> bool:
    return any(path[: len(own)] == own or own[: len(path)] == path for own in paths)


def _field_at(path: Path, paths: Mapping[Path, str]) -> str:
    fits = [own for own, field in paths.items() if field and path[: len(own)] == own]
    return paths[max(fits, key=len)] if fits else ""
