"""The text of a drafted plan: written once with its sections, afterwards only ever added to, by splices."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from leadline.plan.edits import Splice, append_item, apply, insert_key, replace_value
from leadline.plan.reading import descend
from leadline.plan.source import Document, parse_plan
from leadline.plan.spelling import Value, written
from leadline.plan.yaml_nodes import Sequence as SequenceNode
from leadline.review.draft_elements import SECTIONS, Drafted, activity_notes
from leadline.review.intake import FileRead

PLAN = """\
# yaml-language-server: $schema=plan.schema.json
# Drafted by `leadline start` from your files: where you stand, as far as they tell, and nothing else.
# What you want (objectives, strategy, tactics) is yours to write; `leadline init --flow quick` asks for it.
# Quantities carry units (400 kEUR, 14 %, 120 days); beliefs are low..base..high (9..14..19 %).
plan:
  id: {id}
  status: idea

metrics: []

situation:
  channels: []
  evidence: []

tactics:
  bridge: []
  list: []

control:
  ideas: []
"""
SETTINGS = """\
# Settings of this workspace; every line is optional, and a key that is not known is an error.
# as_of = 2027-01-31          # judge everything as of this day; default the last day covered by evidence
# seed = 1                    # of every random use
"""
STAGES = "# the source's stage names -> states of the bridge (the word after \"stage:\" in a metric's source)"


def blank(folder: Path, identity: str) -> Document:
    """Return the plan of a workspace that has none yet, with its sections empty; nothing is written."""
    return parse_plan(PLAN.format(id=identity), (folder / "plan.yaml").as_posix())


def with_elements(document: Document, drafted: Sequence[Drafted]) -> Document:
    """Return the document with the elements at the end of their lists; every other byte stays."""
    for section in SECTIONS:
        values = [dict(one.value) for one in drafted if one.section == section]
        if values:
            document = _with_items(document, section, values)
    return document


def with_currency(document: Document, currency: str) -> Document:
    """Return the document with the plan's currency, where it names none."""
    if document.plan.plan.currency is not None or not currency:
        return document
    return apply(document, [insert_key(document, ("plan",), key="currency", value=currency)])


def with_amounts_named(document: Document, files: Sequence[FileRead]) -> Document:
    """Return the document with the currency of amounts that were drafted without one; notes a person changed stay."""
    named: dict[tuple[str | None, str | None], Value] = {}
    for activity in (one for file in files for found in file.lists for one in found.activities):
        if activity.cost is not None and activity.currency is not None:
            before = activity_notes(replace(activity, currency=None))
            named[activity.name, before] = activity_notes(activity)
    splices = [
        replace_value(document, ("control", "ideas", at, "notes"), value=named[idea.name, idea.notes])
        for at, idea in enumerate(document.plan.control.ideas)
        if (idea.name, idea.notes) in named
    ]
    return apply(document, splices) if splices else document


def with_stage_maps(text: str, maps: Mapping[str, Mapping[str, str]]) -> str:
    """Return the settings with names added to the stage maps: below their table's head, or in a new table at the end.

    >>> with_stage_maps("", {"crm": {"Closed Won": "won"}}).splitlines()[-1]
    '"Closed Won" = "won"'
    """
    lines = text.split("\n")
    for source, names in maps.items():
        added = [f"{json.dumps(raw, ensure_ascii=False)} = {json.dumps(state)}" for raw, state in names.items()]
        heads = {f"[stages.{source}]", f"[stages.{json.dumps(source, ensure_ascii=False)}]"}
        place = next((at for at, line in enumerate(lines) if line.split("#", 1)[0].strip() in heads), None)
        if place is not None:
            lines[place + 1 : place + 1] = added
            continue
        bare = source.replace("-", "").replace("_", "")
        name = source if bare.isalnum() and bare.isascii() else json.dumps(source, ensure_ascii=False)
        while lines and not lines[-1].strip():
            lines.pop()
        explained = [] if STAGES in lines else [STAGES]
        lines += [*([""] if lines else []), *explained, f"[stages.{name}]", *added, ""]
    return "\n".join(lines)


def _with_items(document: Document, path: tuple[str, ...], values: list[dict[str, Value]]) -> Document:
    """Append to a list; an empty one in a block gets lines of its own instead of one long line."""
    nodes = descend(document.root, path)
    node = nodes[-1]
    is_there = len(nodes) == len(path) + 1
    inside_flow = any(getattr(above, "flow", False) for above in nodes[:-1])
    if is_there and not inside_flow and isinstance(node, SequenceNode) and node.flow and not node.items:
        text = document.texts[node.file]
        newline = "\r\n" if "\r\n" in text else "\n"
        start = node.start
        while text[start - 1] == " ":
            start -= 1
        line = text[text.rfind("\n", 0, start) + 1 : start]
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        lines = "".join(f"{newline}{indent}- {written(value, in_flow=False)}" for value in values)
        return apply(document, [Splice(node.file, start, node.end, lines)])
    document = apply(document, [append_item(document, path, value=values[0])])
    rest = values[1:]
    return apply(document, [append_item(document, path, value=value) for value in rest]) if rest else document
