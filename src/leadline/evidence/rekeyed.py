"""What was stored under one key, as the key that follows has it: texts, rows, and lines of the ledgers.

Nobody's address is needed for it, so it goes for what no export holds any more, too. Done to a row that an import made
under the key before, it gives the row that the warehouse has.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from typing import Any

from leadline.evidence import schema
from leadline.evidence.consent import ENTRY_DIGITS, entry_of
from leadline.evidence.privacy import PSEUDONYM_DIGITS, SIGN, later, later_node
from leadline.evidence.record_numbers import later_number
from leadline.evidence.suppression import GONE, later_hash
from leadline.evidence.unlinking import ALONE, WHO, touch_id

# A pseudonym, or the name of a row whose person was forgotten, wherever it stands in a text.
TOKEN = re.compile(f"({SIGN}|{GONE})([0-9a-f]{{{PSEUDONYM_DIGITS}}})")
NODES: Mapping[str, tuple[str, ...]] = {**{table: (column,) for table, column in WHO.items()}, **ALONE}
# Columns that hold the number of a deal or of an account; `stages.subject` does where it is no person's history.
NUMBERS: Mapping[str, tuple[str, ...]] = {
    "deals": ("deal", "account"), "deal_people": ("deal",), "orders": ("deal", "account"), "accounts": ("account",),
    "identities": ("account",), "people": ("account",),
}  # fmt: skip
PSEUDONYMS = frozenset({"author"})  # columns that hold a pseudonym and nothing else, without a sign in front
WHOLE = re.compile(f"[0-9a-f]{{{PSEUDONYM_DIGITS}}}")
TIMES = ("recorded_at", "valid_from", "expires_at")
KEPT_TOKENS = 100_000  # own: pseudonyms remembered at a time; the rows of one person stand together in most exports


@lru_cache(maxsize=KEPT_TOKENS)
def _token(secret: bytes, pseudonym: str) -> str:
    return later(secret, pseudonym)


def in_text(secret: bytes, text: str, *, column: str = "") -> str:
    """Return a text with every pseudonym in it as the key that follows has it."""
    if column in PSEUDONYMS and WHOLE.fullmatch(text):
        return later(secret, text)
    return TOKEN.sub(lambda found: found[1] + _token(secret, found[2]), text)


def in_key(secret: bytes, key: str, *, numbers: Mapping[int, int]) -> str:
    """Return a natural key under the key that follows. numbers: what may be parts of it, being the row's own → as they go on."""
    told = {str(old): str(new) for old, new in numbers.items()}
    parts = in_text(secret, key).split(schema.KEY_SEPARATOR)
    return schema.KEY_SEPARATOR.join(told.get(part, part) for part in parts)


def row(table: str, values: Mapping[str, object], *, secret: bytes) -> dict[str, object]:
    """Return a row of facts as the key that follows has it."""
    who, records = NODES.get(table, ()), NUMBERS.get(table, ())
    if table == "stages" and values["subject_kind"] != "person":
        who, records = (), who
    numbers = {node: later_node(secret, node) for name in who if isinstance(node := values[name], int)}
    numbers |= {one: later_number(secret, one) for name in records if isinstance(one := values[name], int)}
    made = {
        name: in_text(secret, value, column=name) if isinstance(value, str) else value for name, value in values.items()
    }
    made |= {name: numbers[one] for name in (*who, *records) if isinstance(one := values[name], int)}
    if isinstance(key := values["source_key"], str):
        made["source_key"] = in_key(secret, key, numbers=numbers)
        if table == "touches" and made["source_key"] != key:
            made["touch_id"] = touch_id(str(values["source"]), str(made["source_key"]))
    return made


def consent_line(secret: bytes, line: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of the consent ledger under the key that follows, by the name that importing its list again gives it.

    The name is made of what the list said, and the ledger fills in a day that it did not say: which days those are is told
    by the name itself. So a withdrawal stands where an undated agreement comes in once more.
    """
    made = {name: in_text(secret, value) if isinstance(value, str) else value for name, value in line.items()}
    if not isinstance(node := line.get("node"), int):
        return made
    later_one = later_node(secret, node)
    made["node"] = later_one
    if isinstance(key := line.get("source_key"), str):
        made["source_key"] = in_key(secret, key, numbers={node: later_one})
    made["entry"] = _entry(secret, line, made)
    if line.get("source_key") == line.get("entry"):
        made["source_key"] = made["entry"]
    return made


def _entry(secret: bytes, line: Mapping[str, Any], made: Mapping[str, Any]) -> str:
    """Return the new name of an entry; one that is made of nothing in its line gets a name of its own."""
    unsaid = ("recorded_at", "valid_from", "source_key")
    for given in product((True, False), repeat=len(unsaid)):
        blank = dict.fromkeys(name for name, told in zip(unsaid, given, strict=True) if not told)
        if entry_of(_typed({**line, **blank})) == line.get("entry"):
            return entry_of(_typed({**made, **blank}))
    return hmac.digest(secret, f"entry:{line.get('entry')}".encode(), "sha256").hex()[:ENTRY_DIGITS]


def _typed(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: dt.datetime.fromisoformat(value) if name in TIMES and isinstance(value, str) else value
        for name, value in line.items()
    }


def link_line(secret: bytes, line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a decision about a link under the key that follows."""
    ends = line.get("a"), line.get("b")
    a, b = ends
    if not isinstance(a, int) or not isinstance(b, int):
        return dict(line)
    mine, theirs = sorted((later_node(secret, a), later_node(secret, b)))
    kind = str(line.get("link", "")).removeprefix(f"{min(a, b)}-{max(a, b)}")
    return {**line, "a": mine, "b": theirs, "link": f"{mine}-{theirs}{kind}"}


def erasure_line(secret: bytes, line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line about an erasure under the key that follows: receipts stay as they are, who it was goes on."""
    told = line.get("suppressed")
    return (
        {**line, "suppressed": [later_hash(secret, str(one)) for one in told]} if isinstance(told, list) else {**line}
    )
