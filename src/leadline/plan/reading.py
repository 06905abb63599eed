"""Nodes -> model: validate, take out what the model cannot hold, validate again until it holds.

Every value taken out becomes a Fault; everything else stays. An element is never lost for a fault inside it.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping, Sequence

from pydantic import BaseModel, ValidationError

from leadline.errors import PlanError
from leadline.plan.elements import kind_at
from leadline.plan.faults import expected, nearest, stray_text
from leadline.plan.model import Plan
from leadline.plan.places import Fault, Lines, Path, Place
from leadline.plan.yaml_nodes import Entry, Node, Scalar
from leadline.plan.yaml_nodes import Mapping as MappingNode
from leadline.plan.yaml_nodes import Sequence as SequenceNode

Problem = Mapping[str, typing.Any]


class Reader:
    """Reads one tree of nodes; the tree loses what the model cannot hold, so that model paths lead to its nodes."""

    def __init__(self, root: MappingNode, lines: Mapping[str, Lines]) -> None:
        """Keep the tree; `lines` holds the line starts of each file. is_whole: whether nothing was taken out of it so far."""
        self.root = root
        self.lines = lines
        self.faults: list[Fault] = []
        self.is_whole = True
        self._unnamed = 0

    def read(self) -> Plan:
        """Return the plan; `faults` tells what was taken out of it.

        Raises PlanError when the `plan:` head is missing or no mapping.
        """
        head = self.root.entries.get("plan")
        if head is None or not isinstance(head.value, MappingNode):
            place = self.place_of(head.value if head else self.root)
            raise PlanError.at(
                place.file,
                (place.line, place.column),
                text="The head of the plan is missing. Begin with plan: {id: spring-2027, window: "
                "2027-01-01..2027-12-31, currency: EUR, status: draft}, or run leadline init.",
            )
        self._note_repeated(self.root, ())
        while True:
            try:
                return Plan.model_validate(feed(self.root), by_alias=True, by_name=False)
            except ValidationError as error:
                if not self._take_out(error):
                    raise PlanError.at(self.root.file, (1, 1), text=f"The plan cannot be read: {error}") from None

    def place_of(self, node: Node) -> Place:
        """Return the place of a node."""
        return self.lines[node.file].place(node.file, (node.start, node.end))

    def _note_repeated(self, node: Node, path: Path) -> None:
        if isinstance(node, SequenceNode):
            for index, item in enumerate(node.items):
                self._note_repeated(item, (*path, index))
        elif isinstance(node, MappingNode):
            for key, entry in node.entries.items():
                self._note_repeated(entry.value, (*path, key))
            for entry in node.repeated:
                first = self.place_of(node.entries[entry.key.text].key)
                place = self.place_of(entry.key)
                values = {"field": entry.key.text, "places": (first, place)}
                self._fault("duplicate_key", (*path, entry.key.text), place, entry.key.text, values)

    def _fault(self, kind: typing.Any, path: Path, place: Place, text: str, values: Mapping[str, object]) -> None:  # noqa: ANN401 - one of FaultKind, checked by Fault
        self.faults.append(Fault(kind, path, place, text, values, self._element_of(path)))

    def _element_of(self, path: Path) -> tuple[str, str] | None:
        found = kind_at(path)
        if found is None:
            return None
        kind, length = found
        node = descend(self.root, path[:length])[-1]
        entry = node.entries.get("id") if isinstance(node, MappingNode) else None
        return (kind, entry.value.text) if entry is not None and isinstance(entry.value, Scalar) else None

    def _take_out(self, error: ValidationError) -> bool:
        """Remove (or fill in) what the errors point at; say whether anything changed."""
        self.is_whole = False
        changes: list[Callable[[], bool]] = []
        for path, problem in _deepest(self.root, error.errors(include_url=False, include_input=False)):
            change = self._missing(path, problem) if problem["type"] == "missing" else self._unfit(path, problem)
            if change is not None:
                changes.append(change)
        return sum(change() for change in changes) > 0

    def _unfit(self, path: Path, problem: Problem) -> Callable[[], bool] | None:
        nodes = descend(self.root, path)
        if len(nodes) != len(path) + 1 or nodes[-1] is self.root:
            return None
        node = nodes[-1]
        # a single value that stands for a list of one is its own parent in the path; its key holds it
        parent = next(above for above in reversed(nodes[:-1]) if above is not node)
        is_unknown = problem["type"] == "extra_forbidden"
        if is_unknown and isinstance(parent, MappingNode):
            self._unknown_field(parent, path)
        elif not (isinstance(node, Scalar) and node.value is None and isinstance(parent, MappingNode)):
            text = self.lines[node.file].text[node.start : node.end]
            kind = "bad_quantity" if problem["type"] in ("quantity", "estimate") else "bad_value"
            self._fault(kind, path, self.place_of(node), text, {"text": text, **expected(problem, text)})
        return lambda: _remove(parent, node)

    def _unknown_field(self, parent: MappingNode, path: Path) -> None:
        entry = parent.entries.get(str(path[-1]))
        if entry is None:
            return
        known = known_keys(path[:-1])
        close = nearest(entry.key.text, known)
        stray = stray_text(parent, entry, known=known, text=self.lines[parent.file].text) if close is None else None
        values: dict[str, object] = {"field": entry.key.text, "nearest": close}
        if stray is None:
            self._fault("unknown_field", path, self.place_of(entry.key), entry.key.text, values)
        elif stray.first is entry:
            place = self.lines[parent.file].place(parent.file, (stray.start, stray.end))
            values |= {"key": stray.key, "quoted": stray.text, "expected": f'{stray.key}: "{stray.text}"'}
            self._fault("unquoted", path, place, entry.key.text, values)

    def _missing(self, path: Path, problem: Problem) -> Callable[[], bool] | None:
        name = str(problem["loc"][-1])
        nodes = descend(self.root, path)
        if len(nodes) != len(path) + 1 or not isinstance(nodes[-1], MappingNode):
            return None
        node = nodes[-1]
        start = self.lines[node.file].place(node.file, (node.start, node.start + 1))
        text = self.lines[node.file].text[node.start : node.end]
        found = kind_at(path)
        is_element = path == ("plan",) or (found is not None and found[1] == len(path))
        if all(fault.path != (*path, name) for fault in self.faults):  # a bad value was told already
            self._fault("missing_field", (*path, name), start, text, {"field": name})
        if name == "id" and is_element:
            self._unnamed += 1
            label = f"{found[0]}-without-id-{self._unnamed}" if found else "plan-without-id"
            key = Scalar(node.file, node.start, node.start, "id", "id", plain=True)
            named = Entry(key, Scalar(node.file, node.start, node.start, label, label, plain=True))
            return lambda: node.entries.setdefault("id", named) is named
        parent = next((above for above in reversed(nodes[:-1]) if above is not node), None)
        return None if parent is None else lambda: _remove(parent, node)


def feed(node: Node) -> object:
    """Return what the model reads: plain lists, mappings and values; numbers spelt oddly go in as written."""
    if isinstance(node, MappingNode):
        return {key: feed(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, SequenceNode):
        return [feed(item) for item in node.items]
    value = node.value
    if node.plain and type(value) in (int, float) and str(value) != node.text:
        return node.text
    return value


def descend(root: Node, path: Path) -> list[Node]:
    """Return the nodes along a path, root first, as far as it leads; a single value stands for a list of one."""
    nodes = [root]
    for step in path:
        node = nodes[-1]
        if isinstance(step, int):
            if isinstance(node, SequenceNode):
                if not 0 <= step < len(node.items):
                    break
                node = node.items[step]
            elif step != 0:
                break
            nodes.append(node)
            continue
        entry = node.entries.get(step) or node.entries.get(step.rstrip("_")) if isinstance(node, MappingNode) else None
        if entry is None:
            break
        nodes.append(entry.value)
    return nodes


def _deepest(root: Node, problems: Sequence[Problem]) -> list[tuple[Path, Problem]]:
    """Place each problem in the tree; of several on one line of descent (members of a union) keep the deepest."""
    placed: dict[Path, Problem] = {}
    for problem in problems:
        path: Path = ()
        for step in problem["loc"]:
            if len(descend(root, (*path, step))) == len(path) + 2:
                path = (*path, step)
        placed.setdefault(path, problem)
    above = {path[:length] for path, problem in placed.items() for length in range(len(path))}
    return [(path, problem) for path, problem in placed.items() if path not in above or problem["type"] == "missing"]


def _remove(parent: Node, node: Node) -> bool:
    """Take a node out of its parent; say whether it was there."""
    if isinstance(parent, SequenceNode):
        before = len(parent.items)
        parent.items = [item for item in parent.items if item is not node]
        return len(parent.items) < before
    if isinstance(parent, MappingNode):
        before = len(parent.entries)
        parent.entries = {key: entry for key, entry in parent.entries.items() if entry.value is not node}
        return len(parent.entries) < before
    return False


def known_keys(path: Path) -> tuple[str, ...]:
    """Return the keys the model knows at a path, as written in the file."""
    part: type[BaseModel] | None = Plan
    for step in path:
        if isinstance(step, int):
            continue
        field = None if part is None else next((f for n, f in part.model_fields.items() if step in (n, f.alias)), None)
        part = None if field is None else _part_in(field.annotation)
    return () if part is None else tuple(field.alias or name for name, field in part.model_fields.items())


def _part_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation if issubclass(annotation, BaseModel) else None
    return next((part for part in map(_part_in, typing.get_args(annotation)) if part is not None), None)
