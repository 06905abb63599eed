"""YAML text -> nodes with offsets, under the YAML 1.2 core schema; refuses what a plan must not hold.

libyaml composes, this module decides what a plain scalar means (no `yes`, no dates, no sexagesimals: those stay text)
and where each node starts and ends. Anchors, tags, several documents and deep nesting are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # PyYAML does not declare it public, its own CLoader uses it

from leadline.errors import PlanError
from leadline.plan.places import Lines

# Deepest nesting read; a plan needs 8 levels, and libyaml itself would recurse until the stack ends (house).
MAX_DEPTH = 64
# Longest whole number read as a number, in digits; Python refuses beyond 4,300, a plan needs 15 (house).
MAX_DIGITS = 300

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o([0-7]+)")
_HEX = re.compile(r"0x([0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_COLON = re.compile(r"[ \t]*:")
_MAY_ANCHOR = re.compile(r"(?:^|[\s\[{,:?-])[&*]\S")
_STANDARD_TAGS = {"?", "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"}


@dataclass(slots=True, eq=False)
class Scalar:
    """One value: `text` without quotes, `value` under the core schema; offsets cover the quotes."""

    file: str
    start: int
    end: int
    text: str
    value: object
    plain: bool


@dataclass(slots=True, eq=False)
class Sequence:
    """A list; `flow` tells `[a, b]` from lines with dashes."""

    file: str
    start: int
    end: int
    flow: bool
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Entry:
    """One key of a mapping with its value."""

    key: Scalar
    value: Node


@dataclass(slots=True, eq=False)
class Mapping:
    """A mapping from text keys; a key written again is kept under `repeated`, not merged."""

    file: str
    start: int
    end: int
    flow: bool
    entries: dict[str, Entry] = field(default_factory=dict)
    repeated: list[Entry] = field(default_factory=list)


Node = Scalar | Sequence | Mapping


def resolve(text: str) -> object:
    """Return what a plain scalar means under the YAML 1.2 core schema.

    >>> resolve("12"), resolve("1e3"), resolve("true"), resolve("yes"), resolve("2027-01-31"), resolve("~")
    (12, 1000.0, True, 'yes', '2027-01-31', None)
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INT.fullmatch(text):
        return int(text) if len(text) <= MAX_DIGITS else text
    if _FLOAT.fullmatch(text):
        return float(text)
    return _odd_number(text)


def _odd_number(text: str) -> object:
    special = _SPECIAL.fullmatch(text)
    if special:
        return float(special[1] + "inf") if special[2] else float("nan")
    for pattern, base in ((_OCTAL, 8), (_HEX, 16)):
        match = pattern.fullmatch(text)
        if match and len(text) <= MAX_DIGITS:
            return int(match[1], base)
    return text


class _TooDeepError(Exception):
    """The nesting passed MAX_DEPTH; only this module sees it."""


class _Composer(CParser):
    """libyaml's composer with its hooks: mark plain scalars, count the depth."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

    def resolve(self, *scalar: object) -> str:
        implicit = scalar[2]  # PyYAML hands over kind, value, and whether the tag is implicit
        return "?" if implicit is True or (isinstance(implicit, tuple) and implicit[0]) else "!"

    def descend_resolver(self, _parent: object, _index: object) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _TooDeepError

    def ascend_resolver(self) -> None:
        self.depth -= 1


def compose(text: str, file: str, *, lines: Lines | None = None) -> Node:
    """Read one YAML document into nodes.

    Raises PlanError with file, line and column where YAML cannot be read, is empty, is nested deeper than MAX_DEPTH,
    or holds anchors, aliases, tags or a second document.
    """
    lines = lines or Lines(text)
    skipped = 1 if text.startswith("\ufeff") else 0
    body = text[skipped:]
    _refuse_control(text, file, lines)
    try:
        if _MAY_ANCHOR.search(body):
            _refuse_anchors(body, file, lines, skipped)
        root = _Composer(body).get_single_node()
    except _TooDeepError:
        raise PlanError.at(
            file,
            (1, 1),
            text=f"Lists and mappings are nested deeper than {MAX_DEPTH} levels. Write the plan flat.",
        ) from None
    except yaml.YAMLError as error:
        raise _explained(error, file, lines, skipped) from None
    if root is None:
        raise PlanError.at(
            file,
            (1, 1),
            text="The file holds no plan. Start one with leadline init, or look at a whole sample: leadline demo.",
        )
    return _convert(root, file, body, skipped)


def _refuse_control(text: str, file: str, lines: Lines) -> None:
    bad = re.search("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]", text)
    if bad:
        raise PlanError.at(
            file,
            lines.position(bad.start()),
            text=f"Control character U+{ord(bad[0]):04X} cannot stand in a plan. Delete it, or write the plan anew as text.",
        )


def _refuse_anchors(body: str, file: str, lines: Lines, skipped: int) -> None:
    depth = 0
    for event in yaml.parse(body, Loader=yaml.CSafeLoader):
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            depth += 1
            if depth > MAX_DEPTH:
                raise _TooDeepError
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            depth -= 1
        if getattr(event, "anchor", None) is not None:
            raise PlanError.at(
                file,
                lines.position(_offset(event.start_mark) + skipped),
                text="Anchors (&) and aliases (*) are not read in a plan. Write the value out, "
                'or put text that starts with & or * in quotes: "*".',
            )


def _offset(mark: object) -> int:
    return int(getattr(mark, "index", 0))


def _convert(root: yaml.Node, file: str, body: str, skipped: int) -> Node:
    def node(source: yaml.Node) -> Node:
        start, end = source.start_mark.index, source.end_mark.index
        if source.tag not in _STANDARD_TAGS:
            raise _tagged(source, file, body, skipped)
        if isinstance(source, yaml.ScalarNode):
            plain = source.tag == "?" and not source.style
            text = source.value
            while end > start and body[end - 1] in " \r\n":
                end -= 1
            return Scalar(file, start + skipped, end + skipped, text, resolve(text) if plain else text, plain)
        flow = bool(getattr(source, "flow_style", False))
        if isinstance(source, yaml.SequenceNode):
            sequence = Sequence(file, start + skipped, end + skipped, flow, [node(item) for item in source.value])
            if not flow and sequence.items:
                sequence.end = sequence.items[-1].end
            return sequence
        return mapping(source, Mapping(file, start + skipped, end + skipped, flow))

    def mapping(source: yaml.Node, into: Mapping) -> Mapping:
        last: Node | None = None
        for key_source, value_source in source.value:
            key, last = node(key_source), node(value_source)
            if not isinstance(key, Scalar):
                key = Scalar(file, key.start, key.end, body[key.start - skipped : key.end - skipped], None, plain=False)
            if isinstance(last, Scalar) and last.plain and last.text == "":
                # a key without a value: the value would stand behind the colon
                colon = _COLON.match(body, key.end - skipped)
                last.start = last.end = colon.end() + skipped if colon else key.end
            entry = Entry(key, last)
            if key.text in into.entries:
                into.repeated.append(entry)
            else:
                into.entries[key.text] = entry
        if not into.flow and last is not None:
            into.end = max(last.end, key.end)
        return into

    return node(root)


def _tagged(source: yaml.Node, file: str, body: str, skipped: int) -> PlanError:
    lines = Lines(body)
    position = lines.position(source.start_mark.index)
    written = body[source.start_mark.index : source.end_mark.index].split(maxsplit=1)[0]
    del skipped  # a byte order mark takes no column
    return PlanError.at(
        file, position, text=f'The tag "{written}" is not read in a plan. Delete it; text with "!" stands in quotes.'
    )


# What libyaml says -> the fact and the next step in words of this program.
_EXPLANATIONS = (
    ("mapping values are not allowed", ('A second ": " stands in this line. Put text that holds a colon in quotes: '
     'question: "Fair: yes or no?".')),
    ("did not find expected ',' or '}'", ("A {…} does not go on with , or }} here. Close it, "
     "or put text that holds : or , in quotes.")),
    ("did not find expected ',' or ']'", ("A […] does not go on with , or ] here. Close it, "
     "or put text that holds : or , in quotes.")),
    ("while scanning a quoted scalar", "A quoted text that starts here does not end. Close the quotes."),
    ("found unknown escape character", ('This escape is not known inside "…". Write \\\\ for a backslash, '
     "or use single quotes.")),
    ("could not find expected ':'", 'A key stands here without ": ". Write key: value, and mind the indentation.'),
    ("did not find expected key", ("The indentation changes here, or a quoted text is followed by more. "
     "Line the keys up, and quote whole texts.")),
    ("did not find expected '-' indicator", "The list above ends here without reason. Line the dashes up."),
    ("block sequence entries are not allowed", "A list cannot start in this line. Put each - on a line of its own."),
    ("expected a single document", "A second document starts here (---). A plan is one document; delete the line."),
    ("cannot start any token", None),
)  # fmt: skip


def _explained(error: yaml.YAMLError, file: str, lines: Lines, skipped: int) -> PlanError:
    if not isinstance(error, yaml.MarkedYAMLError):
        return PlanError.at(file, (1, 1), text=f"The file is not readable as YAML ({error}). Save it as text in UTF-8.")
    said = f"{error.context or ''} {error.problem or ''}".strip()
    mark = error.problem_mark or error.context_mark
    if error.context_mark is not None and "quoted scalar" in said and "end of stream" in said:
        mark = error.context_mark
    offset = min(mark.index + skipped, len(lines.text)) if mark is not None else 0
    text = next((explanation for sign, explanation in _EXPLANATIONS if sign in said), said)
    if text is None:
        text = _cannot_start(lines.text[offset : offset + 1])
    elif text == said:
        text = f"YAML cannot be read here ({said}). Compare with the lines above, or put the text in quotes."
    return PlanError.at(file, lines.position(offset), text=text.replace("}}", "}"))


def _cannot_start(character: str) -> str:
    if character == "\t":
        return "A tab stands where YAML wants spaces. Indent with spaces."
    return f"A value cannot start with {character or 'the end of the file'} here. Put the text in quotes."


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it, parents first."""
    yield node
    if isinstance(node, Sequence):
        for item in node.items:
            yield from walk(item)
    elif isinstance(node, Mapping):
        for entry in node.entries.values():
            yield from walk(entry.value)
