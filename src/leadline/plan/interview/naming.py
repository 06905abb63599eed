"""Ids: proposed from a name, unique in the plan, changed together with everything that refers to them."""

from __future__ import annotations

import re
import unicodedata

from leadline.plan.edits import append_item, apply, replace_value
from leadline.plan.elements import located
from leadline.plan.interview.refusal import Refusal
from leadline.plan.references import people_references, references
from leadline.plan.source import Document

__all__ = ["free_id", "renamed", "slug"]

# Longest id that is proposed, in letters: it stands in every reference and every finding (interview.md, section 1).
LONGEST_ID = 24
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SPELT = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "&": " and "})


def slug(name: str) -> str:
    """Return a name as an id: small letters, hyphens, ASCII, at most 24 characters; "" where no letter is left.

    >>> slug("Größere Kunden & Händler"), slug("Plants that run our pumps, all over DACH")
    ('grossere-kunden-and', 'plants-that-run-our')
    """
    plain = unicodedata.normalize("NFKD", name.lower().translate(_SPELT)).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    found = ""
    for word in words:
        longer = f"{found}-{word}" if found else word[:LONGEST_ID]
        if len(longer) > LONGEST_ID:
            break
        found = longer
    return found


def free_id(document: Document, name: str, *, kind: str) -> str:
    """Return an id for a new element: from its name, else from its kind; `-2`, `-3`, … where it is taken."""
    taken = {item.element.id for item in located(document.plan)} | {document.plan.plan.id}
    proposed = slug(name) or slug(kind)
    if proposed not in taken:
        return proposed
    for number in range(2, len(taken) + 3):
        end = f"-{number}"
        candidate = proposed[: LONGEST_ID - len(end)].rstrip("-") + end
        if candidate not in taken:
            return candidate
    raise AssertionError  # as many numbers as ids were tried


def renamed(document: Document, old: str, *, new: str, recorded: bool) -> Document:
    """Return the document with an element's id changed, here and in every reference to it.

    recorded: data may know the old id, so `moved` keeps it (an id that was made a moment ago needs none).
    Raises Refusal where the new id is none, or is taken; KeyError where there is no element of the old id.
    """
    if not _KEBAB.fullmatch(new):
        raise Refusal(f'"{new}" is not an id.', "Write small letters, digits and hyphens: spring-ads.")
    taken = {item.element.id for item in located(document.plan)}
    if new in taken:
        raise Refusal(f'"{new}" is the id of something else.', f"Write another one: {new}-2.")
    path = (*document.path_of(old), "id")
    pointing = [one.path for one in (*references(document.plan), *people_references(document.plan)) if one.ref == old]
    for place in dict.fromkeys([path, *(_to_text(document, one) for one in pointing)]):
        document = apply(document, [replace_value(document, place, value=new)])
    if recorded:
        document = apply(document, [append_item(document, ("moved",), value={"from": old, "to": new})])
    return document


def _to_text(document: Document, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return the place of the id itself: a link with its review stamp holds it under `ref`."""
    from leadline.plan.yaml_nodes import Mapping

    return (*path, "ref") if isinstance(document.node(path), Mapping) else path
