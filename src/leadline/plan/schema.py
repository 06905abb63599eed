"""The JSON schema of the plan for editors: draft 7, every field with its description.

Editors of YAML read draft 7 at most: `definitions` instead of `$defs`, and a `$ref` that carries a description stands
inside `allOf`, because draft 7 ignores whatever stands beside a `$ref`.
"""

from __future__ import annotations

from typing import Any

from leadline.plan.model import Plan

_DROPPED = ("title", "fingerprint")


def plan_schema() -> dict[str, Any]:
    """Return the schema of `plan.yaml` as a plain dict, safe for draft 7."""
    raw = Plan.model_json_schema(by_alias=True)
    definitions = {name: _plain(part) for name, part in sorted(raw.pop("$defs", {}).items())}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Leadline plan",
        **_plain(raw),
        "definitions": definitions,
    }


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Rewrite one schema object; the names under `properties` are the user's and stay."""
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _DROPPED or (key == "default" and value in (None, [], {})):
            continue
        if key == "properties":
            kept[key] = {name: _plain(part) for name, part in value.items()}
        elif key == "$ref":
            kept[key] = str(value).replace("#/$defs/", "#/definitions/")
        elif key == "default" and isinstance(value, dict):
            continue  # an empty section is no value to write
        else:
            kept[key] = _below(value)
    if "patternProperties" in kept:
        kept["additionalProperties"] = False  # a key that is no period is no budget
    if "$ref" in kept and len(kept) > 1:
        return {"allOf": [{"$ref": kept.pop("$ref")}], **kept}
    return kept


def _below(value: object) -> object:
    if isinstance(value, dict):
        return _plain(value)
    if isinstance(value, list):
        return [_below(item) for item in value]
    return value
