"""MIX.yaml as a file: read as safely as a plan is (no anchors, no tags, no types but YAML's own), each value with its line."""

from __future__ import annotations

from pathlib import Path

from leadline.errors import InputError, PlanError, UsageError
from leadline.measure.mix.config import MixConfig, Written, parse_config
from leadline.plan.places import Lines
from leadline.plan.yaml_nodes import Node, Scalar, Sequence, compose

LARGEST = 1 << 20  # bytes; own: a channel needs a line or two


def read_mix(path: str | Path, *, evidence: bool = False) -> MixConfig:
    """Return what a MIX.yaml says; an empty file says nothing. Raises UsageError, InputError listing what is wrong by line.

    evidence: it is that of a workspace, and speaks of no columns
    """
    file = Path(path)
    try:
        if file.exists() and not file.is_file():
            raise UsageError(f"{file} is no file. Name a MIX.yaml that there is, or none.")
        with file.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}. Name a MIX.yaml that there is, or none.") from None
    if len(data) > LARGEST:
        raise UsageError(f"{file.name} is larger than {LARGEST >> 20} MB. A MIX.yaml needs a line per channel.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{file.name} is no text in UTF-8. Save it as UTF-8.") from None
    if not any(line.split("#")[0].strip() for line in text.splitlines()):
        return MixConfig()
    lines = Lines(text)
    try:
        root = compose(text, file.name, lines=lines)
    except PlanError as error:  # worded for plans
        raise InputError([str(error).replace(" in a plan", "").replace("A plan is", "It is")]) from None
    problems: list[str] = []
    written = _written(root, lines, problems)
    if problems:
        raise InputError(problems)
    return parse_config(written, file.name, evidence=evidence)


def _written(node: Node, lines: Lines, problems: list[str]) -> Written:
    line = lines.position(node.start)[0]
    if isinstance(node, Scalar):
        return Written(node.value, line)
    if isinstance(node, Sequence):
        return Written(tuple(_written(one, lines, problems) for one in node.items), line)
    problems += [
        f'{node.file}:{lines.position(entry.key.start)[0]}: key "{entry.key.text}" stands here a second time. Keep one.'
        for entry in node.repeated
    ]
    values = {name: _written(entry.value, lines, problems) for name, entry in node.entries.items()}
    where = {name: lines.position(entry.key.start)[0] for name, entry in node.entries.items()}
    return Written({name: Written(value.value, where[name]) for name, value in values.items()}, line)
