"""The fields of one element as they stand in the file, whether the model could take them or not.

    form = form_of(document, "search")
    form.fields[0].values          ("Search ads",)
    form.leaves["delivers.0.count"].text

A field's name is its path below the element, joined by dots; a list's next row has the next number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from leadline.plan.editing.shapes import HEAD, LISTED, SHARED, Shape, prefix_of, shapes_of
from leadline.plan.elements import KINDS, located
from leadline.plan.places import Path
from leadline.plan.reading import descend
from leadline.plan.source import Document
from leadline.plan.yaml_nodes import Mapping as MappingNode
from leadline.plan.yaml_nodes import Node, Scalar, Sequence

__all__ = ["Field", "Form", "blank_form", "form_of", "known_ids", "path_in_file"]

_LONG_ESTIMATE = (
    Shape("low", "quantity", "5 % of outcomes lie below"),
    Shape("base", "quantity", "the median", is_required=True),
    Shape("high", "quantity", "5 % of outcomes lie above"),
    Shape("method", "choice", "how it came about", choices=("measured", "benchmark", "expert", "guess")),
    Shape("source", "ref", "id of an evidence element", kinds=("evidence",)),
)
NUMBERS = "numbers"  # the one line of an estimate in short form, beside the fields that only the long form has


@dataclass(frozen=True)
class Field:
    """One field of an element.

    path: below the element, with the keys of the file · values: as written, one for each item of a list, none where
    nothing stands there · parts: of a group; of rows one group for each row, and an empty one behind them
    is_written: its key stands in the file · is_odd: what stands there is of another form and is shown as it stands
    """

    path: Path
    shape: Shape
    values: tuple[str, ...] = ()
    parts: tuple[Field, ...] = ()
    is_written: bool = False
    is_odd: bool = False

    @property
    def name(self) -> str:
        """Return the field's name in a form: `delivers.0.count`."""
        return ".".join(map(str, self.path))

    @property
    def text(self) -> str:
        """Return what stands there as one text, a list one item a line."""
        return "\n".join(self.values)

    @property
    def is_next(self) -> bool:
        """Say whether this is the empty row behind the last."""
        return bool(self.parts) and isinstance(self.path[-1], int) and not self.is_written

    @property
    def is_short(self) -> bool:
        """Say whether this is an estimate on one line, or none yet, with fields for how it came about."""
        return bool(self.parts) and self.parts[0].path[-1] == NUMBERS

    def leaves(self) -> Iterator[Field]:
        """Yield the fields that hold a value: this one, or those inside it."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


@dataclass(frozen=True)
class Form:
    """The fields of one element. path: of the element in the file as written (`Document.written`)."""

    kind: str
    id: str
    path: Path
    fields: tuple[Field, ...]

    @cached_property
    def leaves(self) -> Mapping[str, Field]:
        """Every field that holds a value, by name."""
        return {leaf.name: leaf for field in self.fields for leaf in field.leaves()}

    @cached_property
    def values(self) -> Mapping[str, tuple[str, ...]]:
        """What stands in the file by the names of the fields; what is empty is left out."""
        return {name: leaf.values for name, leaf in self.leaves.items() if leaf.values}


def form_of(document: Document, element: str) -> Form:
    """Return the form of an element, of the head (by the plan's id), or of the shared steps (`bridge:` by `SHARED`).

    Raises KeyError where the plan has no such element.
    """
    kind, path = _where(document, element)
    node = descend(document.written, path)[-1] if path is not None else None
    here = node if isinstance(node, MappingNode) else None
    fields = tuple(_field(document, here, shape, path=(shape.key,)) for shape in shapes_of(kind))
    return Form(kind, element, path or prefix_of(kind), fields)


def blank_form(kind: str) -> Form:
    """Return the form of an element that is not there yet. Raises KeyError for an unknown kind."""
    fields = tuple(_blank(shape, (shape.key,)) for shape in shapes_of(kind))
    return Form(kind, "", prefix_of(kind), fields)


def path_in_file(document: Document, kind: str, *, element: str) -> Path | None:
    """Return the path of an element in the file as written, None where no entry of its list has that id."""
    prefix = prefix_of(kind)
    nodes = descend(document.written, prefix)
    if len(nodes) != len(prefix) + 1:
        return None
    node = nodes[-1]
    if kind in ("market", HEAD):
        return prefix
    for index, item in enumerate(node.items if isinstance(node, Sequence) else [node]):
        if isinstance(item, MappingNode) and _id_of(item) == element:
            return (*prefix, index)
    return None


def known_ids(document: Document, kinds: tuple[str, ...]) -> dict[str, str]:
    """Return the elements of these kinds, id -> what people call them, in the order of the file."""
    found: dict[str, str] = {}
    for item in located(document.plan, kinds=kinds):
        said = getattr(item.element, "name", None) or _words(item.element)
        found.setdefault(item.element.id, said or item.element.id)
    return found


def _words(element: object) -> str:
    """Return what an element without a name is known by: its claim, its citation, its statement."""
    keys = ("claim", "citation", "statement", "question", "topic", "difference", "event", "reason")
    return next((" ".join(str(text).split()) for key in keys if (text := getattr(element, key, None))), "")


def _where(document: Document, element: str) -> tuple[str, Path | None]:
    if element == SHARED:
        return SHARED, prefix_of(SHARED)
    if element == document.plan.plan.id:
        return HEAD, prefix_of(HEAD)
    path = document.path_of(element)
    kind = KINDS[tuple(step for step in path if isinstance(step, str))]
    found = path_in_file(document, kind, element=element)
    return kind, path if found is None else found


def _id_of(node: MappingNode) -> str:
    entry = node.entries.get("id")
    return entry.value.text if entry is not None and isinstance(entry.value, Scalar) else ""


def _field(document: Document, above: MappingNode | None, shape: Shape, *, path: Path) -> Field:
    entry = above.entries.get(shape.key) if above is not None else None
    node = entry.value if entry is not None else None
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return _blank(shape, path, is_written=node is not None)
    if shape.control == "rows":
        return _rows(document, node, shape, path=path)
    if shape.control == "group" or (shape.control == "estimate" and isinstance(node, MappingNode)):
        inside = shape.parts or _LONG_ESTIMATE
        if not isinstance(node, MappingNode):
            return Field(path, shape, (_slice(document, node),), is_written=True, is_odd=True)
        parts = tuple(_field(document, node, part, path=(*path, part.key)) for part in inside)
        return Field(path, shape, parts=parts, is_written=True)
    values = _values(node, shape)
    if values is None:
        return Field(path, shape, (_slice(document, node),), is_written=True, is_odd=True)
    return (
        _short(shape, path, values, is_written=True) if shape.is_alone else Field(path, shape, values, is_written=True)
    )


def _short(shape: Shape, path: Path, values: tuple[str, ...], *, is_written: bool) -> Field:
    """Return an estimate as its one line, with the method and the source that it may be given."""
    line = Field((*path, NUMBERS), Shape(NUMBERS, "estimate", example=shape.example), values)
    beside = (Field((*path, part.key), part) for part in _LONG_ESTIMATE if part.key in ("method", "source"))
    return Field(path, shape, parts=(line, *beside), is_written=is_written)


def _rows(document: Document, node: Node, shape: Shape, *, path: Path) -> Field:
    """Return one group for each row; one mapping stands for a list of one."""
    items = node.items if isinstance(node, Sequence) else [node]
    if not all(isinstance(item, MappingNode) for item in items):
        return Field(path, shape, (_slice(document, node),), is_written=True, is_odd=True)
    rows = [
        Field(
            (*path, index),
            Shape(str(index), "group", parts=shape.parts),
            parts=tuple(
                _field(document, item, part, path=(*path, index, part.key))
                for part in shape.parts
                if isinstance(item, MappingNode)
            ),
            is_written=True,
        )
        for index, item in enumerate(items)
    ]
    return Field(path, shape, parts=(*rows, _row(shape, path, len(rows))), is_written=True)


def _row(shape: Shape, path: Path, index: int) -> Field:
    parts = tuple(_blank(part, (*path, index, part.key)) for part in shape.parts)
    return Field((*path, index), Shape(str(index), "group", parts=shape.parts), parts=parts)


def _blank(shape: Shape, path: Path, *, is_written: bool = False) -> Field:
    if shape.control == "rows":
        return Field(path, shape, parts=(_row(shape, path, 0),), is_written=is_written)
    if shape.is_alone:
        return _short(shape, path, (), is_written=is_written)
    parts = tuple(_blank(part, (*path, part.key)) for part in shape.parts)
    return Field(path, shape, parts=parts, is_written=is_written)


def _values(node: Node, shape: Shape) -> tuple[str, ...] | None:
    """Return what a node holds as texts, None where it is of no form that the control knows."""
    if isinstance(node, Scalar):
        return (node.text,) if node.value is not None else ()
    if shape.control == "ref":
        return _link(node)
    if shape.control not in LISTED:
        return None
    if isinstance(node, Sequence):
        found = [(item.text,) if isinstance(item, Scalar) else _link(item) for item in node.items]
        is_list = shape.control in ("refs", "list", "numbers")
        texts = tuple(text for one in found if one for text in one)
        return texts if is_list and None not in found and not any("\n" in text for text in texts) else None
    if shape.control in ("pairs", "amounts"):
        lines = [(key, _line(entry.value)) for key, entry in node.entries.items()]
        return None if any(text is None for _, text in lines) else tuple(f"{key}: {text}" for key, text in lines)
    return None


def _link(node: Node) -> tuple[str, ...] | None:
    """Return the id that a link with its review stamp holds."""
    entry = node.entries.get("ref") if isinstance(node, MappingNode) else None
    return (entry.value.text,) if entry is not None and isinstance(entry.value, Scalar) else None


def _line(node: Node) -> str | None:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
        texts = [item.text for item in node.items if isinstance(item, Scalar)]
        return None if any("," in text for text in texts) else ", ".join(texts)
    return None


def _slice(document: Document, node: Node) -> str:
    return document.texts[node.file][node.start : node.end]
