"""A whole element: begun with an id of its own, taken out where nothing refers to it, given another id everywhere.

Each returns splices of the document it was given. What cannot be done is a `Refused`, told with what stands in the way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from leadline.errors import LeadlineError
from leadline.plan.editing.fields import Form, path_in_file
from leadline.plan.editing.shapes import HEAD, SHARED, prefix_of
from leadline.plan.editing.typed import Edit, assembled
from leadline.plan.editing.writing import Draft
from leadline.plan.edits import Splice, append_item, remove, replace_value
from leadline.plan.elements import located
from leadline.plan.interview.layout import append, put
from leadline.plan.interview.naming import slug
from leadline.plan.naming import ids, new_id
from leadline.plan.places import Path
from leadline.plan.references import people_references, references
from leadline.plan.source import Document
from leadline.plan.spelling import Value
from leadline.plan.yaml_nodes import Mapping

__all__ = ["Pointing", "Refused", "begin", "pointing_at", "proposed_id", "rename", "take_out"]

_KEBAB = re.compile(r"[^\W_A-Z]+(-[^\W_A-Z]+)*")


class Refused(LeadlineError):
    """An edit that would leave the plan worse than broken: an id that is taken, an element that others name."""


@dataclass(frozen=True)
class Pointing:
    """One place that names an element. element: kind and id of what names it, None for the head and shared steps."""

    path: Path
    element: tuple[str, str] | None

    @property
    def field(self) -> str:
        """Return the key that holds the name."""
        return next((str(step) for step in reversed(self.path) if isinstance(step, str)), "")


def proposed_id(document: Document, kind: str, *, name: str) -> str:
    """Return an id for a new element from what it is called, else from its kind; with a number where it is taken."""
    return new_id(document.plan, slug(name) or kind)


def begin(document: Document, form: Form, *, edits: tuple[Edit, ...], element: str) -> tuple[Splice, ...]:
    """Return the splices that write a new element behind the others of its kind.

    form: a blank one · edits: what was typed into it · element: its id. Raises Refused for an id that will not do.
    """
    refuse_id(document, element)
    typed = {edit.field.name: edit.values for edit in edits}
    content: dict[str, Value] = {"id": element}
    for field in form.fields:
        value, _ = assembled(field, typed)
        if value is not None:
            content[str(field.path[0])] = value
    path = prefix_of(form.kind)
    if form.kind == "market" and document.plan.situation.market is not None:
        raise Refused("The plan has a market already. There is one; change what it says.")
    draft = Draft(document)
    if form.kind == "market":
        draft.do(lambda now: put(now, path, value=content)[0])
    else:
        draft.do(lambda now: append(now, path, value=content))
    return draft.splices()


def refuse_id(document: Document, element: str) -> None:
    """Raise Refused for an id that is none, or is something else's."""
    if not _KEBAB.fullmatch(element):
        raise Refused(f'"{element}" is not an id. Write small letters, digits and hyphens: spring-ads.')
    if element in {*ids(document.plan), document.plan.plan.id}:
        free = new_id(document.plan, element)
        raise Refused(f'"{element}" is the id of something else in the plan. Write another one: {free}.')


def pointing_at(document: Document, element: str) -> tuple[Pointing, ...]:
    """Return every place that names an element, in the order of the file; its own fields left out."""
    plan = document.plan
    named = [
        Pointing(one.path, one.element) for one in (*references(plan), *people_references(plan)) if one.ref == element
    ]
    for index, waiver in enumerate(plan.control.waivers):
        if waiver.target == element:
            named.append(Pointing(("control", "waivers", index, "target"), ("waiver", waiver.id)))
    return tuple({one.path: one for one in named if one.element is None or one.element[1] != element}.values())


def take_out(document: Document, element: str) -> tuple[Splice, ...]:
    """Return the splices that take an element out of the plan.

    Raises Refused where anything still names it (`pointing_at` lists what), KeyError where it is not in the file.
    """
    found = pointing_at(document, element)
    if found:
        naming = dict.fromkeys(one.element[1] if one.element else "the shared steps or the head" for one in found)
        raise Refused(
            f'"{element}" is named by {", ".join(naming)}, so it stays. Take it out there first, then take out {element}.'
        )
    path = _path(document, element)
    draft = Draft(document)
    draft.do(lambda now: remove(now, path))
    return draft.splices()


def rename(document: Document, element: str, *, new: str) -> tuple[Splice, ...]:
    """Return the splices that give an element another id, here and wherever it is named, and keep the old under `moved`.

    Decisions keep what they said. Raises Refused for an id that will not do, KeyError for an element without one.
    """
    refuse_id(document, new)
    places = [(*_path(document, element), "id")]
    pointed = [
        one.path for one in (*references(document.plan), *people_references(document.plan)) if one.ref == element
    ]
    pointed += [one.path for one in pointing_at(document, element) if one.path[:2] == ("control", "waivers")]
    splices = [replace_value(_written(document), places[0], value=new)]
    for path in dict.fromkeys(pointed):
        held = (*path, "ref") if isinstance(document.node(path), Mapping) else path
        splices.append(replace_value(document, held, value=new))
    draft = Draft(document)
    for splice in sorted(splices, key=lambda one: (one.file, -one.start)):  # from the end, so that no place moves
        draft.do(lambda _, one=splice: one)  # type: ignore[misc]  # mypy infers no default of a lambda
    moved: Value = {"from": element, "to": new}
    if document.plan.moved:
        draft.do(lambda now: append_item(now, ("moved",), value=moved))
    else:
        draft.do(lambda now: append(now, ("moved",), value=moved))
    return draft.splices()


def _written(document: Document) -> Document:
    return Draft(document).document


def _path(document: Document, element: str) -> Path:
    item = next((one for one in located(document.plan) if one.element.id == element), None)
    path = None if item is None or item.kind in (HEAD, SHARED) else path_in_file(document, item.kind, element=element)
    if path is None:
        raise KeyError(element)
    return path
