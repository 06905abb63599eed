"""What JSON schemas say, as tables: the fields of plan.yaml and the documents of the verbs."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from generating.markdown import first_paragraph, grid, page
from leadline.cli.schema import DOCUMENTS
from leadline.plan.model import Plan


def plan() -> str:
    """Return every field of plan.yaml, section by section, then the parts that several sections share."""
    whole = Plan.model_json_schema(by_alias=True)
    parts = whole["$defs"]
    order = list(dict.fromkeys(_reached(whole, parts)))
    values = (
        "Quantities carry units: `400 kEUR`, `14 %`, `6 pp`, `120 days`, `12 h/week`. An estimate is a belief: "
        "`low..base..high unit`, such as `9..14..19 %`: 5 % of outcomes lie below low, half below base, 5 % above high. "
        "`{base: 14 %, low: 9 %, high: 19 %, method: expert, source: ID}` says the same with where it comes from. "
        "Money is in the plan's currency (`EUR`, with `k` or `M` before it); shares are `%`, differences of shares `pp`; "
        "time is `min h day week month quarter year`. Days are `2027-01-31`, spans `2027-01-01..2027-12-31`, both ends "
        "counted. An id is kebab-case and unique in the whole plan. ◆ marks fields that bear meaning: after a change of "
        "one, reviewed links to the element are suspect ([PLN006](rules/PLN006.md))."
    )
    tops = grid(
        ["key", "value", "meaning"],
        [(f"`{name}`", _form(field), field.get("description", "")) for name, field in whole["properties"].items()],
    )
    texts = [_part(name, parts[name]) for name in order]
    return page(
        "The plan file",
        "plan.yaml, or a folder `plan/` with one file per section.",
        values,
        "## Sections",
        tops,
        *texts,
    )


def documents() -> str:
    """Return the JSON document of each verb: keys, forms, meanings."""
    texts: list[str] = []
    told: dict[str, tuple[str, Any]] = {}  # part → the verb it stands under, and what it says there
    for verb, home in DOCUMENTS.items():
        module, name = home.split(":")
        whole = getattr(importlib.import_module(module), name).model_json_schema()
        parts = whole.get("$defs", {})
        names = list(_reached(whole, parts))
        for part in names:
            if told.get(part, ("", None))[1] != parts[part]:
                told[part] = (verb, parts[part])
        anchors = {name.lower(): f"{told[name][0]}-{name.lower()}" for name in names}
        about = first_paragraph(whole.get("description", ""))
        texts.append(f"## {verb}\n\n{about} Schema: `leadline schema {verb}`.\n\n{_keys(whole, anchors)}")
        texts += [
            f"### {verb}: {part}\n\n{first_paragraph(parts[part].get('description', ''))}\n\n{_keys(parts[part], anchors)}"
            for part in names
            if told[part][0] == verb
        ]
    promise = (
        "`--json` prints one document and nothing else. What must not be shown is `null`, never 0. The same inputs, seed "
        "and versions give the same bytes, except `seconds`, `made_at` and time stamps. Keys are added, not changed."
    )
    return page("Documents", promise, *texts)


def _keys(part: Mapping[str, Any], anchors: Mapping[str, str]) -> str:
    if "properties" not in part:
        return f"{_anchored(_form(part), anchors)}."
    rows = [
        (f"`{key}`", _anchored(_form(field), anchors), field.get("description", ""))
        for key, field in part.get("properties", {}).items()
    ]
    return grid(["key", "value", "meaning"], rows)


def _anchored(form: str, anchors: Mapping[str, str]) -> str:
    return re.sub(r"\(#(\w+)\)", lambda link: f"(#{anchors[link[1]]})", form)


def _reached(found: Mapping[str, Any], parts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of parts in the order in which a reader meets them."""
    seen: set[str] = set()
    waiting = [found]
    while waiting:
        here = waiting.pop(0)
        names = re.findall(r"#/\$defs/(\w+)", str({key: value for key, value in here.items() if key != "$defs"}))
        new = [name for name in dict.fromkeys(names) if name not in seen]
        seen.update(new)
        yield from new
        waiting = [parts[name] for name in new] + waiting


def _part(name: str, part: Mapping[str, Any]) -> str:
    required = set(part.get("required", ()))
    rows = [
        (
            f"`{key}`{' ◆' if field.get('fingerprint') else ''}",
            _form(field),
            "required" if key in required else _default(field),
            field.get("description", ""),
        )
        for key, field in part.get("properties", {}).items()
    ]
    return f"## {name}\n\n{first_paragraph(part.get('description', ''))}\n\n{grid(['key', 'value', 'default', 'meaning'], rows)}"


def _default(field: Mapping[str, Any]) -> str:
    value = field.get("default")
    return (
        ""
        if value in (None, [], {}, "") or isinstance(value, dict)
        else f"`{str(value).lower() if isinstance(value, bool) else value}`"
    )


def _form(field: Mapping[str, Any]) -> str:
    """Return in words what a field of a JSON schema takes."""
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in field:
        kinds = [_form(one) for one in field["anyOf"] if one.get("type") != "null"]
        told = " or ".join(dict.fromkeys(kinds))
        return told if len(kinds) == len(field["anyOf"]) or "default" in field else f"{told} or null"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if "examples" in field:
        return f"{'estimate' if '..' in str(field['examples'][0]) else 'quantity'}, such as `{field['examples'][0]}`"
    if field.get("required") == ["base"]:
        return "its long form"
    if field.get("type") == "array":
        return f"list of {_form(field.get('items', {}))}"
    if "patternProperties" in field:
        return "map of periods (`2027-Q1`, `2027-03`)"
    if field.get("type") == "object":
        inner = field.get("additionalProperties")
        return f"map of {_form(inner)}" if isinstance(inner, dict) and inner else "map"
    return _plain(field)


def _plain(field: Mapping[str, Any]) -> str:
    words = re.match(r"\^\(([a-z|-]+)\|", field.get("pattern", ""))
    if words:
        return f"{', '.join(f'`{word}`' for word in words[1].split('|'))}, or a number of days (`10 days`)"
    if "pattern" in field:
        return "`2027-01-01..2027-12-31`" if field["pattern"].count("{2}") > 2 else "period (`2027-Q1`, `2027-03`)"
    if field.get("format") == "date":
        return "day"
    names = {"string": "text", "boolean": "true or false", "integer": "whole number", "null": "null"}
    kind = field.get("type", "any value")
    return " or ".join(dict.fromkeys(names.get(one, one) for one in ([kind] if isinstance(kind, str) else kind)))
