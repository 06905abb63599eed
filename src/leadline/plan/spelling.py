"""How an edit spells a value: plain where it reads back as itself, in double quotes where it must be."""

from __future__ import annotations

import json
import re

from leadline.plan.yaml_nodes import resolve

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]
"""What an edit writes: text, numbers, lists and mappings of them."""

# Signs that cannot begin a plain scalar, and signs that end or break one (YAML 1.2, sections 7.3.3 and 6.9); a digit or
# point after a minus sign makes a number, which stands plain.
_BAD_START = re.compile(r"-(?![\d.])|[\s?:,\[\]{}#&*!|>'\"%@`]")
_BAD_INSIDE = re.compile(r":\s|:$|\s#|[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_BAD_IN_FLOW = re.compile(r"[,\[\]{}?:#]")
# Signs that JSON leaves as they are and YAML does not read raw.
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def written(value: Value, *, in_flow: bool) -> str:
    """Return a value as YAML on one line; lists and mappings in flow style.

    >>> written({"question": "Fair or second?", "n": 3}, in_flow=False)
    '{question: "Fair or second?", n: 3}'
    """
    if isinstance(value, list):
        return "[" + ", ".join(written(item, in_flow=True) for item in value) + "]"
    if isinstance(value, dict):
        pairs = (f"{written(key, in_flow=True)}: {written(item, in_flow=True)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, str):
        return value if _is_plain(value, in_flow=in_flow) else _quoted(value)
    return json.dumps(value)


def _is_plain(text: str, *, in_flow: bool) -> bool:
    """Say whether a text reads back as itself without quotes; a text of digits does, the model keeps its spelling."""
    return (
        text == text.strip()
        and not _BAD_START.match(text)
        and not _BAD_INSIDE.search(text)
        and not (in_flow and _BAD_IN_FLOW.search(text))
        and not text.startswith(("---", "..."))
        and text != ""
        and not isinstance(resolve(text), (bool, type(None)))
    )


def _quoted(text: str) -> str:
    return _ESCAPED.sub(lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(text, ensure_ascii=False))
