"""One edit after another in a workspace: what was typed is merged with what others wrote meanwhile, never over it.

    done = Desk(workspace).save(Order("search", typed, was), at=now, by="ines")

A form carries what stood in its fields when it was drawn (`was`). A field that only one side changed is taken from that
side; one that both changed comes back with all three texts (`Lost`), and nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from leadline.plan.editing.fields import Field, Form, blank_form, form_of
from leadline.plan.editing.typed import Edit, Problem, Read, read_typed, said
from leadline.plan.editing.whole import begin, proposed_id
from leadline.plan.editing.writing import write
from leadline.plan.edits import Splice
from leadline.plan.history import Entry, History, Overtaken, Saying
from leadline.plan.source import Document, read_plan
from leadline.workspace import Workspace

__all__ = ["Desk", "Lost", "Order", "Saved", "Side", "Unfit"]

TRIES = 5  # house: each loses only to a write that came in between, within milliseconds


Done = TypeVar("Done")


@dataclass(frozen=True)
class Order:
    """What a form sends. element: its id · typed: field -> texts · was: field -> texts when the form was drawn."""

    element: str
    typed: Mapping[str, Sequence[str]]
    was: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Side:
    """One field that two people changed: what it said before, what they wrote, what you wrote."""

    name: str
    base: tuple[str, ...]
    theirs: tuple[str, ...]
    yours: tuple[str, ...]


@dataclass(frozen=True)
class Lost:
    """A lost race: nothing was written. gone: the element itself is no longer there."""

    sides: tuple[Side, ...]
    gone: bool = False


@dataclass(frozen=True)
class Unfit:
    """What was typed does not fit the model; nothing was written."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Saved:
    """What was written. entry: None where nothing differed · before, after: the plan."""

    entry: Entry | None
    before: Document
    after: Document
    element: str


class Desk:
    """The place where a workspace's plan is edited."""

    def __init__(self, workspace: Workspace, *, ahead: Callable[[Document], None] | None = None) -> None:
        """Name the workspace; nothing is read yet. ahead: told of the plan as it will stand, before its files are replaced."""
        self.workspace = workspace
        self.history = History(workspace, ahead=ahead)

    def read(self) -> Document:
        """Read the plan; raises PlanError."""
        return read_plan(self.workspace.plan)

    def save(self, order: Order, *, at: dt.datetime, by: str) -> Saved | Unfit | Lost:
        """Write what a form changed into the plan as it is now. Raises PlanError where the plan cannot be read."""
        return self._tried(lambda document: self._save(document, order, at, by))

    def begin(self, kind: str, typed: Mapping[str, Sequence[str]], *, at: dt.datetime, by: str) -> Saved | Unfit:
        """Write a new element; `id` among what was typed is its id, else one is made of its name.

        Raises Refused for an id that will not do, KeyError for an unknown kind.
        """
        form = blank_form(kind)
        read = read_typed(form, typed)
        if read.problems:
            return Unfit(read.problems)
        wanted = " ".join(typed.get("id", ())).strip()
        name = " ".join(typed.get("name", ()))

        def written(document: Document) -> Saved:
            element = wanted or proposed_id(document, kind, name=name)
            splices = begin(document, form, edits=read.edits, element=element)
            return self.write(document, splices, saying=Saying(at, by, f"{element}: new {kind}", (element,)))

        return self._tried(written)

    def _save(self, document: Document, order: Order, at: dt.datetime, by: str) -> Saved | Unfit | Lost:
        try:
            form = form_of(document, order.element)
        except KeyError:
            return Lost((), gone=True)
        typed, sides = merged(form, order)
        if sides:
            return Lost(sides)
        read = read_typed(form, typed)
        if read.problems:
            return Unfit(read.problems)
        saying = Saying(at, by, in_words(order.element, read), (order.element,))
        return self.write(document, write(document, form, edits=read.edits), saying=saying)

    def _tried(self, step: Callable[[Document], Done]) -> Done:
        """Take a step on the plan as it is; where somebody wrote in between, on the plan as it is then."""
        for _ in range(TRIES - 1):
            try:
                return step(self.read())
            except Overtaken:
                continue
        return step(self.read())

    def write(self, document: Document, splices: Sequence[Splice], *, saying: Saying) -> Saved:
        """Write splices that were made of a document: a fix, a rename, an element taken out. Raises Overtaken."""
        entry = self.history.write(document, splices, saying=saying)
        element = saying.elements[0] if saying.elements else ""
        return Saved(entry, document, self.read() if entry else document, element)


def merged(form: Form, order: Order) -> tuple[dict[str, Sequence[str]], tuple[Side, ...]]:
    """Return what was typed without the fields that were left as they were, and the fields that both sides changed."""
    kept: dict[str, Sequence[str]] = {}
    sides = []
    for name, raw in order.typed.items():
        leaf = form.leaves.get(name)
        if leaf is None:
            if name.endswith(".-"):
                sides += _rows_out(form, order, name)
                kept[name] = raw
            elif any(map(str.strip, raw)) and list(raw) != list(order.was.get(name, ())):
                sides.append(Side(name, tuple(order.was.get(name, ())), (), tuple(raw)))
            continue
        base = said(leaf, order.was[name]) if name in order.was else said(leaf, leaf.values)
        yours, theirs = said(leaf, raw), said(leaf, leaf.values)
        if yours == base:
            continue
        if theirs not in (base, yours):
            sides.append(Side(name, base, theirs, yours))
        kept[name] = raw
    return kept, tuple(sides)


def _rows_out(form: Form, order: Order, name: str) -> list[Side]:
    """Return the fields of a row that is to go and that somebody else changed meanwhile."""
    start = name.removesuffix("-")
    found = []
    for leaf in form.leaves.values():
        if leaf.name.startswith(start) and leaf.name in order.was:
            base, theirs = said(leaf, order.was[leaf.name]), said(leaf, leaf.values)
            if base != theirs:
                found.append(Side(leaf.name, base, theirs, ()))
    return found


def in_words(element: str, read: Read) -> str:
    """Return what an edit does in words: the element, and each field with what is written there."""
    return f"{element}: " + "; ".join(_word(edit) for edit in read.edits)


def _word(edit: Edit) -> str:
    label = edit.field.name
    old, new = _short(edit.field), _brief(" · ".join(edit.values))
    if not edit.values:
        return f"{label} taken out ({old})"
    return f"{label} {old} → {new}" if old else f"{label} {new}"


def _short(field: Field) -> str:
    return _brief(" · ".join(field.values))


def _brief(text: str) -> str:
    """Return the beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1].rstrip()}…"


SHOWN = 60  # letters of a value in the history's line; the whole stands in the edit itself (house)
