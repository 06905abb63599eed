"""Edits of an element's fields as text splices: what is not edited keeps every byte, comments and layout included.

splices = write(document, form, edits=read.edits)
spliced(document.texts, splices)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from leadline.plan.editing.fields import Field, Form
from leadline.plan.editing.typed import Edit, assembled, value_of
from leadline.plan.edits import Splice, append_item, insert_key, remove, replace_value, spliced
from leadline.plan.interview.layout import put
from leadline.plan.places import Path
from leadline.plan.reading import descend
from leadline.plan.source import Document, composed
from leadline.plan.spelling import Value
from leadline.plan.yaml_nodes import Mapping as MappingNode
from leadline.plan.yaml_nodes import Node, Scalar
from leadline.plan.yaml_nodes import Sequence as SequenceNode

__all__ = ["Draft", "write"]

Change = Callable[[Document], Splice]


class Draft:
    """A plan's texts under one splice after another; told at the end as splices of the texts it began with."""

    def __init__(self, document: Document) -> None:
        """Begin with the texts as they were read."""
        self._before = document
        self._now = replace(document, root=document.written)
        self._is_read = True
        self._pieces: dict[str, list[tuple[int, int, str]]] = {
            file: [(0, len(text), "")] for file, text in document.texts.items()
        }

    @property
    def document(self) -> Document:
        """Return the texts as they stand now, with their tree: after a splice it is read when somebody asks for it."""
        if not self._is_read:
            self._now, self._is_read = replace(self._now, root=composed(self._now.texts)), True
        return self._now

    def do(self, change: Change) -> None:
        """Make one splice of the texts as they stand now."""
        splice = change(self.document)
        self._pieces[splice.file] = _cut(self._pieces[splice.file], splice)
        self._now, self._is_read = replace(self._now, texts=spliced(self._now.texts, [splice])), False

    def splices(self) -> tuple[Splice, ...]:
        """Return all that was done as splices of the texts at the beginning, none of which overlap."""
        return tuple(
            one for file, pieces in self._pieces.items() for one in _told(file, pieces, self._before.texts[file])
        )


def write(document: Document, form: Form, *, edits: Sequence[Edit]) -> tuple[Splice, ...]:
    """Return the splices that make the edits in an element that stands in the file.

    Raises KeyError where the element is no longer what the form was made of.
    """
    draft = Draft(document)
    typed = {edit.field.name: edit.values for edit in edits}
    for field in form.fields:
        own = [edit for edit in edits if edit.field.path[0] == field.path[0]]
        if own:
            _write_field(draft, field, form.path, typed)
    return draft.splices()


def _write_field(draft: Draft, field: Field, base: Path, typed: Mapping[str, tuple[str, ...]]) -> None:
    """Make the edits inside one field: taken out whole where nothing is left, else part by part, rows from the last."""
    if not any(leaf.name in typed for leaf in field.leaves()):
        return
    path = (*base, *field.path)
    value, _ = assembled(field, typed)
    if value is None:
        if field.is_written:
            draft.do(lambda document: remove(document, path))
    elif not field.parts:
        _write_leaf(draft, field, path, typed[field.name])
    elif not field.is_written:
        _insert(draft, path, value)
    elif field.shape.control == "rows":
        _write_rows(draft, field, base, typed)
    elif field.is_short:
        draft.do(lambda document: replace_value(document, path, value=value))
    else:
        for part in field.parts:
            _write_field(draft, part, base, typed)


def _write_rows(draft: Draft, field: Field, base: Path, typed: Mapping[str, tuple[str, ...]]) -> None:
    for row in reversed(field.parts):
        value = assembled(row, typed)[0] if row.is_next else None
        if not row.is_next:
            _write_field(draft, row, base, typed)
        elif value is not None:
            draft.do(lambda document, item=value: append_item(document, (*base, *field.path), value=item))  # type: ignore[misc]  # mypy infers no default of a lambda


def _write_leaf(draft: Draft, field: Field, path: Path, values: tuple[str, ...]) -> None:
    value = value_of(field, values)
    node = _node(draft.document, path)
    if node is None:
        _insert(draft, path, value)
    elif isinstance(node, SequenceNode) and isinstance(value, list) and node.items and not field.is_odd:
        _write_items(draft, path, field.values, [str(one) for one in value])
    elif isinstance(node, MappingNode) and isinstance(value, dict) and not field.is_odd:
        _write_keys(draft, path, value, old=value_of(field, field.values))
    elif isinstance(node, MappingNode) and field.shape.control == "ref" and "ref" in node.entries:
        draft.do(lambda document: replace_value(document, (*path, "ref"), value=value))
    else:
        draft.do(lambda document: replace_value(document, path, value=value))


def _write_items(draft: Draft, path: Path, old: tuple[str, ...], new: list[str]) -> None:
    """Take out the items that are gone and append the new ones; only another order of the old ones writes the list anew."""
    kept = [item for item in old if item in new]
    added = [item for item in new if item not in old]
    if not kept or [*kept, *added] != new:
        draft.do(lambda document: replace_value(document, path, value=[*new]))
        return
    for index in range(len(old) - 1, -1, -1):
        if old[index] not in new:
            draft.do(lambda document, at=index: remove(document, (*path, at)))  # type: ignore[misc]  # as above
    for item in added:
        draft.do(lambda document, one=item: append_item(document, path, value=one))  # type: ignore[misc]  # as above


def _write_keys(draft: Draft, path: Path, new: dict[str, Value], *, old: Value) -> None:
    """Take out the keys that are gone, write those that differ, insert the new ones."""
    standing = old if isinstance(old, dict) else {}
    if not standing.keys() & new.keys():
        draft.do(lambda document: replace_value(document, path, value=new))
        return
    for key in standing:
        if key not in new:
            draft.do(lambda document, one=key: remove(document, (*path, one)))  # type: ignore[misc]  # as above
    for key, value in new.items():
        if key not in standing:
            draft.do(lambda document, one=key, said=value: insert_key(document, path, key=one, value=said))  # type: ignore[misc]  # as above
        elif standing[key] != value:
            draft.do(lambda document, one=key, said=value: replace_value(document, (*path, one), value=said))  # type: ignore[misc]  # as above


def _insert(draft: Draft, path: Path, value: Value) -> None:
    draft.do(lambda document: put(document, path, value=value)[0])


def _node(document: Document, path: Path) -> Node | None:
    """Return the node at a path, None where nothing stands there."""
    nodes = descend(document.root, path)
    found = nodes[-1] if len(nodes) == len(path) + 1 else None
    return (
        None
        if found is None or (isinstance(found, Scalar) and found.value is None and found.start == found.end)
        else found
    )


def _cut(pieces: list[tuple[int, int, str]], splice: Splice) -> list[tuple[int, int, str]]:
    """Replace a stretch of the present text in a list of pieces: (start, end, "") of the first text, or (0, 0, new text)."""
    before: list[tuple[int, int, str]] = []
    after: list[tuple[int, int, str]] = []
    at = 0
    for start, end, text in pieces:
        size = len(text) or end - start
        left, right = max(0, min(size, splice.start - at)), max(0, min(size, splice.end - at))
        if left:
            before.append((0, 0, text[:left]) if text else (start, start + left, ""))
        if right < size:
            after.append((0, 0, text[right:]) if text else (start + right, end, ""))
        at += size
    return [*before, *([(0, 0, splice.text)] if splice.text else []), *after]


def _told(file: str, pieces: Iterable[tuple[int, int, str]], text: str) -> Iterable[Splice]:
    """Yield what differs between a list of pieces and the text it began with."""
    at, new = 0, ""
    for start, end, inserted in [*pieces, (len(text), len(text), "")]:
        if inserted:
            new += inserted
            continue
        if start > at or new:
            yield Splice(file, at, start, new)
        at, new = end, ""
