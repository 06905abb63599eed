"""Edits as text splices: a value is replaced, an item appended, a key inserted or removed; every other byte stays.

    document = apply(document, [replace_value(document, path, value="1300 kEUR")])

An edit writes the quotes a value needs. `apply` reads the result again; the plan is never dumped.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from leadline.plan.places import Path
from leadline.plan.reading import descend
from leadline.plan.source import Document, parse_texts
from leadline.plan.spelling import Value, written
from leadline.plan.yaml_nodes import Entry, Node, Scalar, Sequence
from leadline.plan.yaml_nodes import Mapping as MappingNode

__all__ = ["Splice", "Value", "append_item", "apply", "insert_key", "remove", "replace_value", "spliced"]


@dataclass(frozen=True, slots=True)
class Splice:
    """Replace the text between two offsets of a file."""

    file: str
    start: int
    end: int
    text: str


def replace_value(document: Document, path: Path, *, value: Value) -> Splice:
    """Replace the value at a path by another one (a text is quoted where it must be).

    Raises KeyError when the path is not in the file; `insert_key` writes a new one.
    """
    nodes = _nodes(document, path)
    node, text = nodes[-1], document.texts[nodes[-1].file]
    new = written(value, in_flow=any(not isinstance(above, Scalar) and above.flow for above in nodes[:-1]))
    return Splice(node.file, node.start, node.end, _space(text, node.start) + new)


def append_item(document: Document, path: Path, *, value: Value) -> Splice:
    """Append an item to the list at a path; a key that is absent or empty gets a list of one.

    Keys above it that are absent are written too. Raises KeyError when the path leads through something else.
    """
    nodes = descend(document.root, path)
    missing = path[len(nodes) - 1 :]
    if missing and all(isinstance(step, str) for step in missing):
        return _first_item(document, path[: len(nodes) - 1], missing=[str(step) for step in missing], value=value)
    node = _nodes(document, path)[-1]
    text = document.texts[node.file]
    if not isinstance(node, Sequence):
        old = text[node.start : node.end]
        # one mapping stands for a list of one (delivers, expects); nothing stands for none
        items = [*([old] if old else []), written(value, in_flow=True)]
        return Splice(node.file, node.start, node.end, f"{_space(text, node.start)}[{', '.join(items)}]")
    here = [item for item in node.items if item.file == node.file]
    if node.flow:
        return _append_in_flow(text, node, [item.end for item in here], written(value, in_flow=True))
    last = node.items[-1]
    text = document.texts[last.file]
    dash = text.rfind("-", 0, last.start)
    return _new_line(text, last, dash - _line_start(text, dash), f"- {written(value, in_flow=False)}")


def _first_item(document: Document, path: Path, *, missing: list[str], value: Value) -> Splice:
    """Write the keys that are absent, and the item in a list below them; a new section gets lines of its own."""
    root = document.root
    if path or root.flow or len(missing) == 1:
        nested: Value = [value]
        for key in reversed(missing[1:]):
            nested = {key: nested}
        return insert_key(document, path, key=missing[0], value=nested)
    splice = insert_key(document, path, key=missing[0], value=None)
    text = splice.text.removesuffix(" null")
    lead = text[: len(text) - len(text.lstrip())]  # the new line, and how far the sections stand from the margin
    for depth, key in enumerate(missing[1:], start=1):
        text += f"{lead}{'  ' * depth}{written(key, in_flow=True)}:"
    item = f"{lead}{'  ' * len(missing)}- {written(value, in_flow=False)}"
    return Splice(splice.file, splice.start, splice.end, text + item)


def insert_key(document: Document, path: Path, *, key: str, value: Value) -> Splice:
    """Write a new key at the end of the mapping at a path (`()` for the plan itself).

    Raises KeyError when the mapping is not in the file or the key stands there already.
    """
    node = _nodes(document, path)[-1]
    file = node.file if path or "plan" not in document.root.entries else document.root.entries["plan"].key.file
    text = document.texts[
        file
    ]  # a new section stands in the file of the head: others may hold a section's content alone
    if isinstance(node, Scalar) and node.value is None:
        return Splice(node.file, node.start, node.end, _space(text, node.start) + written({key: value}, in_flow=True))
    if not isinstance(node, MappingNode):
        raise KeyError(f"{_label(path)} holds no keys. Replace its value instead.")
    if key in node.entries:
        raise KeyError(f"{_label((*path, key))} stands there already. Replace its value instead.")
    name = f"{written(key, in_flow=True)}: "
    if node.flow:
        ends = [_entry_end(entry) for entry in node.entries.values()]
        return _append_in_flow(text, node, ends, name + written(value, in_flow=True))
    here = [entry for entry in node.entries.values() if entry.key.file == file]
    first, last = here[0], max(here, key=_entry_end)
    column = first.key.start - _line_start(text, first.key.start)
    end = last.value if _entry_end(last) == last.value.end else last.key
    return _new_line(text, end, column, name + written(value, in_flow=False))


def remove(document: Document, path: Path) -> Splice:
    """Take out the item or key at a path; in a block its lines go, with the comment at their end.

    Raises KeyError when the path is not in the file.
    """
    nodes = _nodes(document, path)
    parent, node = nodes[-2], nodes[-1]
    if isinstance(parent, Scalar) or (isinstance(path[-1], int) and not isinstance(parent, Sequence)):
        raise KeyError(f"{_label(path)} stands for a list of one. Remove the key instead.")
    text = document.texts[node.file]
    spans = _spans(text, parent, node.file)
    start, end = next(span for span, member in spans if member is node)
    return _remove_from(text, parent, [span for span, _ in spans], Splice(node.file, start, end, ""))


def apply(document: Document, splices: Iterable[Splice]) -> Document:
    """Return the document with the splices applied, read anew.

    Raises ValueError when two splices overlap, PlanError when the result cannot be read.
    """
    return parse_texts(spliced(document.texts, splices))


def spliced(texts: Mapping[str, str], splices: Iterable[Splice]) -> dict[str, str]:
    """Return the texts with the splices applied; everything outside them keeps its bytes. Raises ValueError on overlap."""
    by_file: dict[str, list[Splice]] = defaultdict(list)
    for splice in splices:
        by_file[splice.file].append(splice)
    result = dict(texts)
    for file, found in by_file.items():
        text, position, parts = texts[file], 0, []
        for splice in sorted(found, key=lambda one: (one.start, one.end)):
            if splice.start < position:
                raise ValueError(f"{file}: two edits overlap at offset {splice.start}. Apply them one after the other.")
            parts += [text[position : splice.start], splice.text]
            position = splice.end
        result[file] = "".join([*parts, text[position:]])
    return result


def _nodes(document: Document, path: Path) -> list[Node]:
    nodes = descend(document.root, path)
    if len(nodes) != len(path) + 1:
        raise KeyError(f"{_label(path)} does not stand in the file. Write it with insert_key or append_item.")
    return nodes


def _label(path: Path) -> str:
    return ".".join(map(str, path)) or "the plan"


def _space(text: str, start: int) -> str:
    """Return the space a value needs behind its colon or dash when none stands there yet."""
    return " " if text[start - 1 : start] in (":", "-") else ""


def _entry_end(entry: Entry) -> int:
    return max(entry.key.end, entry.value.end)


def _append_in_flow(text: str, node: Sequence | MappingNode, ends: list[int], new: str) -> Splice:
    if not ends:
        return Splice(node.file, node.start + 1, node.end - 1, new)
    last = max(ends)
    comma = re.compile(r"(?:\s|#[^\r\n]*)*,").match(text, last)
    if comma and comma.end() < node.end:  # a comma already stands at the end: [a, b,]
        return Splice(node.file, comma.end(), comma.end(), f" {new}")
    return Splice(node.file, last, last, f", {new}")


def _new_line(text: str, after: Node, column: int, new: str) -> Splice:
    """Insert a line behind the line a node ends on, so that a comment beside the node stays beside it."""
    end = _line_end(text, after.end)
    newline = "\r\n" if "\r\n" in text else "\n"
    return Splice(after.file, end, end, f"{newline}{' ' * column}{new}")


def _spans(text: str, parent: Sequence | MappingNode, file: str) -> list[tuple[tuple[int, int], Node]]:
    """Return each member that stands in a file, from its dash or key to the end of its value."""
    if isinstance(parent, MappingNode):
        entries = [entry for entry in parent.entries.values() if entry.key.file == file]
        return [((entry.key.start, _entry_end(entry)), entry.value) for entry in entries]
    items = [item for item in parent.items if item.file == file]
    return [((item.start if parent.flow else text.rfind("-", 0, item.start), item.end), item) for item in items]


def _remove_from(text: str, parent: Sequence | MappingNode, spans: list[tuple[int, int]], own: Splice) -> Splice:
    start, end, file = own.start, own.end, own.file
    following = min((other for other, _ in spans if other > start), default=None)
    if parent.flow:
        before = max((other for _, other in spans if other <= start), default=None)
        if following is not None:
            return Splice(file, start, following, "")
        return Splice(file, start if before is None else before, end, "")
    if len(spans) == 1:
        return Splice(file, start, end, "[]" if isinstance(parent, Sequence) else "{}")
    line = _line_start(text, start)
    if text[line:start].strip() == "":
        return Splice(file, line, _after_newline(text, _line_end(text, end)), "")
    # the first key behind a dash: the next one moves up to it
    return Splice(file, start, end if following is None else following, "")


def _line_start(text: str, offset: int) -> int:
    start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    return start + 1 if text.startswith("\ufeff", start) else start


def _line_end(text: str, offset: int) -> int:
    found = re.compile(r"[\r\n]").search(text, offset)
    return found.start() if found else len(text)


def _after_newline(text: str, offset: int) -> int:
    found = re.compile(r"\r\n|\r|\n").match(text, offset)
    return found.end() if found else offset
