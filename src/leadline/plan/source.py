"""The plan's file: read with the place of every value, kept as written, never dumped.

    document = read_plan("plan.yaml")
    document.plan                              the model
    document.faults                            what the model could not take, each with its place
    document.place(("objectives", 0, "target")) where a value stands

Only what YAML itself cannot read is an error (PlanError); everything else is a fault, and the rest of the plan stays.
"""

from __future__ import annotations

import gc
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path as FilePath

from leadline.errors import PlanError
from leadline.plan.elements import Located, kind_at, located
from leadline.plan.model import Plan
from leadline.plan.places import Fault, FaultKind, Lines, Path, Place
from leadline.plan.reading import Reader, descend
from leadline.plan.yaml_nodes import Entry, Node, Scalar, compose, walk
from leadline.plan.yaml_nodes import Mapping as MappingNode
from leadline.plan.yaml_nodes import Sequence as SequenceNode

__all__ = ["Document", "Fault", "FaultKind", "Path", "Place", "parse_plan", "read_plan"]

_KEBAB = re.compile(r"[^\W_A-Z]+(-[^\W_A-Z]+)*")
_SECTION_FILE = re.compile(r"(?:\d+[-_. ]*)?(.+)")
_LEADING_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK": "a zip file (a spreadsheet or a document)"}


@dataclass(frozen=True)
class Document:
    """A plan with its text: the model, the faults, and the place of everything.

    texts: the text of each file, exactly as it was read
    unquoted: values inside `{…}` that hold `?`, `:` or `#` without quotes; they read well, an edit would quote them
    is_whole: whether the tree holds all that stands in the files: the model could take it
    """

    plan: Plan
    faults: tuple[Fault, ...]
    texts: Mapping[str, str]
    root: MappingNode = field(repr=False, compare=False)
    unquoted: tuple[Fault, ...] = ()
    is_whole: bool = field(default=False, repr=False, compare=False)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of what the plan means: neither layout, comments nor the order of elements change it."""
        meaning = _without_order(self.plan.model_dump(mode="json", by_alias=True, exclude_defaults=True))
        text = json.dumps(meaning, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def lines(self) -> Mapping[str, Lines]:
        """The line starts of each file."""
        return {file: Lines(text) for file, text in self.texts.items()}

    @cached_property
    def _located(self) -> Mapping[str, Located]:
        found: dict[str, Located] = {}
        for item in located(self.plan):
            found.setdefault(item.element.id, item)
        return found

    @cached_property
    def written(self) -> MappingNode:
        """The plan as it stands in the files, with what the model could not take; `root` lacks it. Edits start here."""
        return self.root if self.is_whole else composed(self.texts)

    def node(self, path: Path) -> Node:
        """Return the node at a path, or of its nearest ancestor that stands in the file."""
        return descend(self.root, path)[-1]

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Return where the value at a path stands (with `key`, where its key stands).

        A path that is not in the file gives its nearest ancestor.
        """
        nodes = descend(self.root, path)
        node = nodes[-1]
        if key:
            for depth in range(len(nodes) - 1, 0, -1):
                parent = nodes[depth - 1]
                entry = parent.entries.get(str(path[depth - 1])) if isinstance(parent, MappingNode) else None
                if entry is not None:
                    node = entry.key
                    break
        return self.lines[node.file].place(node.file, (node.start, node.end))

    def line(self, file: str, number: int) -> str:
        """Return one line of a file (numbers count from 1), without its end."""
        return self.lines[file].line(number)

    def path_of(self, element_id: str) -> Path:
        """Return the path of an element; raises KeyError for an unknown id."""
        return self._located[element_id].path

    def element_at(self, path: Path) -> tuple[str, str] | None:
        """Return kind and id of the element a path leads into.

        None for the plan's head, shared steps, and what was dropped: it keeps the path it would have had.
        """
        found = kind_at(path)
        if found is None:
            return None
        value: object = self.plan
        for step in path[: found[1]]:
            if isinstance(step, int) and isinstance(value, tuple):
                if step >= len(value):
                    return None
                value = value[step]
            else:
                value = getattr(value, str(step))
        return found[0], str(getattr(value, "id", ""))


def parse_plan(text: str, name: str = "plan.yaml") -> Document:
    """Read the text of a plan in one file; `name` stands in places. Raises PlanError where YAML cannot be read."""
    return parse_texts({name: text})


def read_plan(path: FilePath | str) -> Document:
    """Read a plan file, or a folder with one file per section.

    Raises PlanError with file, line and column where a file is missing, is no text, or YAML cannot be read.
    """
    path = FilePath(path)
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in (".yaml", ".yml") and file.is_file())
        if not files:
            raise PlanError(
                f"{path}: The folder holds no .yaml file. Write one file per section, or run leadline init."
            )
    else:
        files = [path]
    return known_texts({file.as_posix(): _text_of(file) for file in files})


def known_texts(texts: Mapping[str, str]) -> Document:
    """Read a plan as `parse_texts` does; texts that were read just now are not read again."""
    return _known(tuple(texts.items()))


@lru_cache(maxsize=2)  # house: an edit reads the plan before and after it, several times each
def _known(texts: tuple[tuple[str, str], ...]) -> Document:
    return parse_texts(dict(texts))


def parse_texts(texts: Mapping[str, str]) -> Document:
    """Read a plan from the texts of its files (one, or one per section); the files merge in the order of names."""
    with _collection_paused():
        return _parsed(texts)


def composed(texts: Mapping[str, str]) -> MappingNode:
    """Return the tree of a plan's texts as it stands, without asking the model. Raises PlanError where YAML cannot be read."""
    lines = {file: Lines(text) for file, text in texts.items()}
    with _collection_paused():
        return _merged({file: compose(text, file, lines=lines[file]) for file, text in texts.items()}, lines)


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Keep the garbage collector from walking a growing tree again and again (measured: 1.4 s against 0.4 s a MB)."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _parsed(texts: Mapping[str, str]) -> Document:
    lines = {file: Lines(text) for file, text in texts.items()}
    roots = {file: compose(text, file, lines=lines[file]) for file, text in texts.items()}
    root = _merged(roots, lines)
    unquoted = tuple(_unquoted(root, lines))
    reader = Reader(root, lines)
    plan = reader.read()
    faults = [*reader.faults, *_bad_ids(plan, reader), *_repeated_ids(plan, reader)]
    order = {file: number for number, file in enumerate(texts)}
    faults.sort(
        key=lambda fault: (order[fault.place.file], fault.place.line, fault.place.column) if fault.place else ()
    )
    return Document(plan, tuple(faults), dict(texts), root, unquoted, reader.is_whole)


def _text_of(file: FilePath) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise PlanError(
            f"{file}: The file cannot be read ({error.strerror or error}). Name a plan file, or start with leadline init."
        ) from None
    for mark, what in _LEADING_MARKS.items():
        if content.startswith(mark):
            raise PlanError.at(str(file), (1, 1), text=f"The file is {what}. Save the plan as text in UTF-8.")
    nul = content.find(b"\0")
    if nul >= 0:
        what = "UTF-16 text" if content[1:2] == b"\0" or content[:1] == b"\0" else "not text (it holds byte 0)"
        line = content.count(b"\n", 0, nul) + 1
        raise PlanError.at(str(file), (line, 1), text=f"The file is {what}. Save the plan as text in UTF-8.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        byte = content[error.start : error.start + 1]
        raise PlanError.at(
            str(file),
            Lines(before + "?").position(len(before)),
            text=f"Byte 0x{byte.hex().upper()} is not UTF-8 (in Windows-1252 it would be "
            f'"{byte.decode("cp1252", "replace")}"). Save the plan in UTF-8.',
        ) from None


def _merged(roots: Mapping[str, Node], lines: Mapping[str, Lines]) -> MappingNode:
    sections = set(Plan.model_fields)
    merged: MappingNode | None = None
    for file, node in roots.items():
        root = _as_section(file, node, sections) if len(roots) > 1 else node
        if not isinstance(root, MappingNode):
            place = lines[file].place(file, (node.start, node.end))
            raise PlanError.at(
                file,
                (place.line, place.column),
                text="A plan is a mapping of sections; this is not one. Begin with plan: {id: spring-2027, …}.",
            )
        merged = root if merged is None else _merge(merged, root)
    if merged is None:
        raise PlanError("No plan file was given. Name one, or start with leadline init.")
    return merged


def _as_section(file: str, node: Node, sections: set[str]) -> Node:
    """Give a file that holds only a section's content (`objectives.yaml`: a list) its section key."""
    match = _SECTION_FILE.fullmatch(FilePath(file).stem)
    name = match[1] if match else ""
    if name not in sections or (isinstance(node, MappingNode) and not set(node.entries).isdisjoint(sections)):
        return node
    key = Scalar(file, node.start, node.start, name, name, plain=True)
    return MappingNode(file, node.start, node.end, flow=False, entries={name: Entry(key, node)})


def _merge(left: MappingNode, right: MappingNode) -> MappingNode:
    """Join two mappings: lists follow each other, mappings join, anything else counts as written twice."""
    for key, entry in right.entries.items():
        mine = left.entries.get(key)
        if mine is None:
            left.entries[key] = entry
        elif isinstance(mine.value, SequenceNode) and isinstance(entry.value, SequenceNode):
            mine.value.items.extend(entry.value.items)
        elif isinstance(mine.value, MappingNode) and isinstance(entry.value, MappingNode):
            _merge(mine.value, entry.value)
        else:
            left.repeated.append(entry)
    left.repeated.extend(right.repeated)
    return left


def _unquoted(root: MappingNode, lines: Mapping[str, Lines]) -> Iterator[Fault]:
    for node in walk(root):
        if not isinstance(node, MappingNode) or not node.flow:
            continue
        for entry in node.entries.values():
            value = entry.value
            if isinstance(value, Scalar) and value.plain and any(sign in value.text for sign in "?:#"):
                place = lines[value.file].place(value.file, (value.start, value.end))
                yield Fault("unquoted", (entry.key.text,), place, value.text, {"expected": f'"{value.text}"'})


def _bad_ids(plan: Plan, reader: Reader) -> Iterator[Fault]:
    for item in located(plan):
        identity = item.element.id
        if not _KEBAB.fullmatch(identity):
            path = (*item.path, "id")
            close = "-".join(re.findall(r"[^\W_]+", identity)).lower()
            values = {
                "text": identity,
                "expected": "an id in kebab-case: small letters, digits, hyphens",
                "nearest": close,
            }
            place = reader.place_of(descend(reader.root, path)[-1])
            yield Fault("bad_value", path, place, identity, values, (item.kind, identity))


def _names(plan: Plan) -> Iterator[tuple[str, Path, tuple[str, str] | None]]:
    """Yield everything that must be unique: ids of elements and computed ids of bets."""
    for item in located(plan):
        yield item.element.id, (*item.path, "id"), (item.kind, item.element.id)
    for index, step in enumerate(plan.tactics.bridge):
        yield f"{step.from_}>{step.to}", ("tactics", "bridge", index), None
    for number, tactic in enumerate(plan.tactics.list):
        about = ("tactic", tactic.id)
        base: Path = ("tactics", "list", number)
        for index, step in enumerate(tactic.bridge):
            yield f"{tactic.id}/{step.from_}>{step.to}", (*base, "bridge", index), about
        for index, delivers in enumerate(tactic.delivers):
            if delivers.metric is not None:
                yield f"{tactic.id}>{delivers.metric}", (*base, "delivers", index, "metric"), about
        for index, expects in enumerate(tactic.expects):
            if expects.metric is not None:
                yield f"{tactic.id}>{expects.metric}", (*base, "expects", index, "metric"), about


def _repeated_ids(plan: Plan, reader: Reader) -> Iterator[Fault]:
    places: dict[str, list[tuple[Path, tuple[str, str] | None]]] = defaultdict(list)
    for name, path, about in _names(plan):
        places[name].append((path, about))
    for name, found in places.items():
        if len(found) > 1:
            everywhere = tuple(reader.place_of(descend(reader.root, path)[-1]) for path, _ in found)
            path, about = found[1]
            yield Fault("duplicate_id", path, everywhere[1], name, {"id": name, "places": everywhere}, about)


def _without_order(value: object) -> object:
    """Sort lists of elements and steps, whose order means nothing; other lists keep theirs."""
    if isinstance(value, dict):
        return {key: _without_order(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    items = [_without_order(item) for item in value]
    if items and all(isinstance(item, dict) and ("id" in item or "from" in item) for item in items):
        items.sort(key=lambda item: json.dumps(item, sort_keys=True))
    return items
