"""What is left of a row when the person in it is forgotten: the same at an erasure and at every later import.

What happened, when, where and for how much stays; who it was, what they wrote, and every key by which they could be
found again goes. A key is replaced by one of its own, so that the row is found again when its file is imported once more;
one that is a hash over the whole already (row_names) is nobody's and stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from leadline.evidence import schema
from leadline.evidence.row_names import is_row_name

if TYPE_CHECKING:
    from leadline.evidence.suppression import Forgotten

# Columns that say who it was, per table of facts; `stages.subject` only where it is a person's history.
WHO: Mapping[str, str] = {"touches": "node", "orders": "node", "responses": "person_node", "stages": "subject"}
# Tables of which nothing is left of a person: a row is about them alone.
ALONE: Mapping[str, tuple[str, ...]] = {
    "contacts": ("node",), "deal_people": ("person_node",), "consent": ("node",), "identities": ("node",),
    "people": ("node",), "links": ("a", "b"),
}  # fmt: skip
# Columns that tell rows apart or join them: another name takes their place. Any other text that names somebody is emptied.
NAMES = frozenset({"source_key", "object", "conversation", "in_reply_to", "answers", "post", "unit", "segment"})
# What goes from every row of a person, whatever it says: keys of their browser, and the place in the file.
EMPTIED: Mapping[str, tuple[str, ...]] = {
    "touches": ("session_key", "click_id", "click_id_kind", "line"), "orders": ("line",), "stages": ("line",),
    "responses": ("line",), "posts": ("author", "text", "url", "line"), "trials": ("line",),
}  # fmt: skip
# Message ids name no person, and answers point to them: a message keeps its key unless the key itself names somebody.
KEEPS_KEY = frozenset({"responses"})


def unlinked(
    table: str, values: Mapping[str, object], *, forgotten: Forgotten, whose: bool, named: frozenset[str] = frozenset()
) -> dict[str, object]:
    """Return the columns of a row that change. whose: the row is the person's own · named: columns that name them."""
    changed: dict[str, object] = {}
    columns = {column.name: column for column in schema.table(table).columns}
    own = {"source_key", "object"} & columns.keys() if whose and table not in KEEPS_KEY else set()
    for name in {*own, *named}:
        value = values.get(name)
        if isinstance(value, str) and not is_row_name(table, name, text=value):
            is_name = name in NAMES or name in schema.table(table).key
            changed[name] = forgotten.unlinked(value) if is_name else None
    if whose:
        changed |= dict.fromkeys(EMPTIED.get(table, ()))
        if table in WHO and table != "stages":
            changed[WHO[table]] = None
    if table == "touches" and "source_key" in changed:
        changed["touch_id"] = touch_id(str(values["source"]), str(changed["source_key"]))
    return changed


def touch_id(source: str, source_key: str) -> int:
    """Return the number of a touch, as the SQL verb key60 gives it."""
    import hashlib

    text = f"{source}{schema.KEY_SEPARATOR}{source_key}"
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:15], 16)
