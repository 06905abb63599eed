"""How what an interview writes stands in the file: a list begun as lines with dashes, a long element as lines of keys."""

from __future__ import annotations

import re

from leadline.plan.edits import Splice, append_item, insert_key, replace_value
from leadline.plan.interview.addresses import is_empty, value_at
from leadline.plan.places import Path
from leadline.plan.reading import descend
from leadline.plan.source import Document
from leadline.plan.spelling import Value, written
from leadline.plan.yaml_nodes import Mapping, Node, Scalar, Sequence

__all__ = ["append", "put"]

# Longest element on one line; beyond it each key gets its own line (house: the examples break there).
LINE = 120


def append(document: Document, path: Path, *, value: Value) -> Splice:
    """Append an item to the list at a path, which may be empty or absent."""
    nodes = descend(document.root, path)
    if len(nodes) != len(path) + 1:
        return _insert_list(document, path, value) if isinstance(value, dict) else _insert(document, path, [value])
    node, parent = nodes[-1], nodes[-2]
    in_block = isinstance(value, dict) and not (isinstance(parent, (Mapping, Sequence)) and parent.flow)
    if isinstance(node, Sequence) and not node.flow:
        last = node.items[-1]
        text = document.texts[last.file]
        column = _column(text, text.rfind("-", 0, last.start))
        at = _line_end(text, last.end)
        return Splice(last.file, at, at, _newline(text) + _item(value, column, _newline(text)))
    if in_block and isinstance(node, (Sequence, Scalar)) and is_empty(value_at(document, path)):
        begun = _begin_list(document, nodes, path, value=value)
        if begun is not None:
            return begun
    return append_item(document, path, value=value)


def put(document: Document, path: Path, *, value: Value) -> list[Splice]:
    """Write a value at a path: replace what stands there, or insert the keys that are missing.

    A mapping is written key by key, so that what else stands in the old one stays. One splice at a time is safe to apply.
    """
    nodes = descend(document.root, path)
    if len(nodes) != len(path) + 1:
        return [_insert(document, path, value)]
    node = nodes[-1]
    if isinstance(value, dict) and isinstance(node, Mapping):
        for key, part in value.items():
            if not _same(value_at(document, (*path, key)), part):
                return put(document, (*path, key), value=part)
        return []
    if _same(value_at(document, path), value):
        return []
    return [replace_value(document, path, value=value)]


def _same(standing: object, value: Value) -> bool:
    """Say whether a value stands there already; a number is compared as it is written."""
    if isinstance(standing, dict) and isinstance(value, dict):
        return standing.keys() >= value.keys() and all(_same(standing[key], part) for key, part in value.items())
    if isinstance(standing, list) and isinstance(value, list):
        return len(standing) == len(value) and all(map(_same, standing, value))
    return (type(standing) is type(value) is bool and standing == value) or str(standing) == str(value)


def _insert(document: Document, path: Path, value: Value) -> Splice:
    """Insert the first key of a path that is missing, with the rest of the path inside it."""
    depth = len(descend(document.root, path)) - 1
    for step in reversed(path[depth + 1 :]):
        value = {str(step): value} if isinstance(step, str) else [value]
    return insert_key(document, path[:depth], key=str(path[depth]), value=value)


def _insert_list(document: Document, path: Path, value: Value) -> Splice:
    """Insert a list of one that is missing: with a dash where its key stands on a line of its own."""
    splice = _insert(document, path, [])
    nodes = descend(document.root, path)
    above = nodes[-1]
    if len(nodes) == len(path) and isinstance(above, Mapping) and not above.flow and splice.text.endswith(": []"):
        newline = _newline(document.texts[splice.file])
        line = splice.text.rpartition(newline)[2]
        column = len(line) - len(line.lstrip(" "))
        return Splice(
            splice.file, splice.start, splice.end, splice.text[:-3] + newline + _item(value, column + 2, newline)
        )
    return _insert(document, path, [value])


def _begin_list(document: Document, nodes: list[Node], path: Path, *, value: Value) -> Splice | None:
    """Replace `[]` by the first line with a dash; a comment behind it stays behind the key."""
    node, parent = nodes[-1], nodes[-2]
    if not isinstance(parent, Mapping):
        return None
    key = parent.entries[str(path[-1])].key
    text = document.texts[node.file]
    if key.start == key.end and text[node.start : node.end] == "[]":  # a file of its own, named after its section
        return Splice(node.file, node.start, node.end, _item(value, 0, _newline(text)))
    end = _line_end(text, max(node.end, key.end))
    behind = text[max(node.end, key.end) : end]
    if (
        key.file != node.file
        or text[node.start : node.end] not in ("", "[]")
        or not re.fullmatch(r"\s*(#.*)?:?", behind)
    ):
        return None
    colon = text.index(":", key.end) + 1
    column = _column(text, key.start) + 2
    comment = text[max(node.end, colon) : end].rstrip()
    return Splice(node.file, colon, end, comment + _newline(text) + _item(value, column, _newline(text)))


def _item(value: Value, column: int, newline: str) -> str:
    """Return an item with its dash, on one line or, where it is long, key by key."""
    lead = f"{' ' * column}- "
    line = written(value, in_flow=False)
    if not isinstance(value, dict) or len(lead) + len(line) <= LINE:
        return lead + line
    keys = [f"{written(key, in_flow=True)}: {written(part, in_flow=False)}" for key, part in value.items()]
    return lead + f"{newline}{' ' * (column + 2)}".join(keys)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _column(text: str, offset: int) -> int:
    start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    return offset - (start + 1 if text.startswith("\ufeff", start) else start)


def _line_end(text: str, offset: int) -> int:
    found = re.compile(r"[\r\n]").search(text, offset)
    return found.start() if found else len(text)
