"""A first mapping file for a table that no format knows: every column, its type as guessed, its nearest meaning."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any

from leadline.evidence import schema
from leadline.evidence.sources.crm import addresses_in
from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.documents import json_records, parquet_records
from leadline.evidence.sources.mapping import COMPUTED, COMPUTED_OF
from leadline.evidence.sources.records import Head
from leadline.evidence.sources.sniff import HEAD_RECORDS
from leadline.evidence.sources.tables import HEADER_WITHIN
from leadline.evidence.sources.values import date_vote, is_null, number_vote, plain_name, text_of

NEAR_NAME = 0.75  # likeness of two names; own: "campaigns" is near "campaign", "name" is not near "day"
EXAMPLE = 40  # characters of an example value; own

# Words of headers → canonical columns they usually feed, the table's own time and money apart (below).
WORDS = {
    "campaign": "campaign", "kampagne": "campaign", "campagne": "campaign", "account": "account", "konto": "account",
    "supplier": "account", "lieferant": "account", "currency": "currency", "währung": "currency", "devise": "currency",
    "url": "url", "link": "url", "landing page": "landing", "landing_page": "landing", "status": "status",
    "stage": "stage", "phase": "stage", "source": "origin", "quelle": "origin", "title": "title", "company": "company",
    "country": "country", "impressions": "impressions", "clicks": "clicks", "klicks": "clicks", "region": "geo",
    "value": "value", "wert": "value", "metric": "metric", "kennzahl": "metric", "arm": "arm", "test": "test",
    "conversation": "conversation", "direction": "direction", "purpose": "purpose", "name": "name",
}  # fmt: skip
WHO = {
    "email": "email", "e-mail": "email", "mail": "email", "phone": "phone", "telefon": "phone", "lead_id": "crm",
    "contact id": "crm", "contact_id": "crm", "kundennummer": "crm", "user_id": "user", "badge": "badge",
}  # fmt: skip
MONEY_WORDS = frozenset({"amount", "cost", "spend", "total", "betrag", "kosten", "umsatz", "summe", "montant", "gross"})


DOCUMENTS = {"parquet": parquet_records, "json": json_records, "jsonl": json_records}
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


@dataclass(frozen=True)
class _Column:
    """One column of the file: its name, what its values look like, and one of them."""

    name: str
    kind: str
    example: str


def draft_mapping(head: Head) -> str:
    """Return the text of a mapping file to complete: it reads, but a person must check every line of it."""
    columns = _columns(head)
    table = _table(columns)
    time = schema.table(table).time or ""
    fed, who = _fed(columns, table, time), {}
    for column in columns:
        kind = "email" if column.kind == "address" else WHO.get(plain_name(column.name))
        if kind is not None and kind not in who:
            who[kind] = column.name
    lines = [
        f"# A draft for {head.path.name}. Check every line, then import the file again.",
        "mapping: 1",
        f"table: {table}   # guessed. Others: {', '.join(t.name for t in schema.FACTS if t.name != table)}",
        f"match: {{header: [{', '.join(_quoted(column.name) for column in columns)}]}}",
        *_file(head, columns),
        *(["grain: month   # an amount per month is spread over its days"] if _monthly(columns, table) else []),
        f"key: [{_key(columns)}]   # what makes a row unique; `line` is the record's own line",
        "columns:",
    ]
    for column in columns:
        canonical = fed.get(column.name)
        about = f"# {column.kind}, such as {column.example}" if column.example else "# empty in the first records"
        if column.name in who.values() and canonical is None:
            lines.append(f"  # {_quoted(column.name)} says who: see identifiers {about}")
        elif canonical is not None:
            lines.append(f"  {canonical}: {_quoted(column.name)}   {about}")
        else:
            near = _near(column.name, table)
            hint = f"; nearest: {near}" if near else ""
            lines.append(f"  # {_quoted(column.name)} feeds nothing yet {about}{hint}")
    lines += [f"  {name}: {{const: {value}}}   # needed; correct it" for name, value in _constants(table, fed).items()]
    if who:
        lines.append(f"identifiers: {{{', '.join(f'{kind}: {_quoted(name)}' for kind, name in who.items())}}}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a text as YAML reads it back, whatever it holds."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _columns(head: Head) -> list[_Column]:
    """Return the columns with their guessed kinds."""
    if head.kind in DOCUMENTS:
        documents = [one.value for one in islice(DOCUMENTS[head.kind](head), HEAD_RECORDS) if one.problem is None]
        return [_Column(name, *_kind([one.get(name) for one in documents])) for name in head.keys]
    if head.keys:
        return [_Column(name, "value", "") for name in head.keys]
    records = next(iter(head.records.values()), ())
    at = max(
        range(min(len(records), HEADER_WITHIN)),
        key=lambda index: (sum(isinstance(c, str) and bool(c.strip()) for c in records[index][1]), -index),
        default=0,
    )
    names = [str(cell).strip() for cell in records[at][1]] if records else []
    below = [cells for _, cells in records[at + 1 :]]
    found = [(name, [cells[place] for cells in below if place < len(cells)]) for place, name in enumerate(names)]
    return [_Column(name, *_kind(values)) for name, values in found if name and names.count(name) == 1]


def _kind(values: Sequence[Any]) -> tuple[str, str]:
    """Return what most values are, and the first of them: date, number, money's currency, address or text."""
    given = [value for value in values if not is_null(value)]
    if not given:
        return "text", ""
    if any(isinstance(value, dict | list) for value in given):
        return "value", "one of several parts"
    example = "".join(sign for sign in " ".join((text_of(given[0]) or "").split()) if sign.isprintable())[:EXAMPLE]
    texts = [value for value in given if isinstance(value, str)]
    tests: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("month", lambda text: _MONTH.fullmatch(text.strip()) is not None),
        ("address", lambda text: addresses_in(text) == [text.strip()]),
        ("currency", lambda text: is_currency(text.strip())),
        ("date", lambda text: date_vote(text) is not None),
        ("number", lambda text: text.strip().lstrip("-").isdigit() or number_vote(text) is not None),
    )
    for kind, holds in tests:
        if texts and sum(map(holds, texts)) * 2 > len(texts):
            return kind, example
    if not texts:
        return ("number" if isinstance(given[0], int | float) else "date"), example
    return "text", example


def _table(columns: Sequence[_Column]) -> str:
    """Return the table a file most likely feeds: money with a day is spend, anything else with a time is touches."""
    words = {word for column in columns for word in plain_name(column.name).replace("_", " ").split()}
    if "stage" in words or "phase" in words:
        return "stages"
    if {"order", "bestellung", "donation", "spende"} & words:
        return "orders"
    return "spend" if MONEY_WORDS & words else "touches"


def _fed(columns: Sequence[_Column], table: str, time: str) -> dict[str, str]:
    """Return the file's column → canonical column, each used once."""
    allowed = set(schema.table(table).names) - COMPUTED - COMPUTED_OF.get(table, frozenset())
    fed: dict[str, str] = {}
    for column in columns:
        name = plain_name(column.name)
        money = {"spend": "amount", "orders": "gross"}.get(table)
        if column.kind in {"date", "month"} and time not in fed.values():
            canonical: str | None = time
        elif money and MONEY_WORDS & set(name.replace("_", " ").split()) and money not in fed.values():
            canonical = money
        else:
            canonical = WORDS.get(name)
        if canonical in allowed and canonical not in fed.values():
            fed[column.name] = str(canonical)
    return fed


def _near(name: str, table: str) -> str | None:
    """Return the canonical column whose name comes nearest."""
    allowed = [one for one in schema.table(table).names if one not in COMPUTED | COMPUTED_OF.get(table, frozenset())]
    return next(iter(get_close_matches(plain_name(name).replace(" ", "_"), allowed, n=1, cutoff=NEAR_NAME)), None)


def _constants(table: str, fed: dict[str, str]) -> dict[str, str]:
    """Return columns a table needs that no column of the file gives."""
    needed = {
        "touches": {"class": "activity", "event": "event"},
        "stages": {"subject_kind": "person", "stage": "lead"},
        "spend": {"currency": "EUR"},
        "orders": {"currency": "EUR"},
    }
    return {name: value for name, value in needed.get(table, {}).items() if name not in fed.values()}


def _file(head: Head, columns: Sequence[_Column]) -> list[str]:
    """Return the line that says how the file is read."""
    if head.kind != "csv":
        return []
    parts = [f"encoding: {head.encoding}", f"delimiter: {_quoted(head.delimiter or ',')}"]
    votes = {number_vote(column.example) for column in columns if column.kind == "number"} - {None}
    if len(votes) == 1:
        parts.append(f"numbers: {votes.pop()}")
    orders = {date_vote(column.example) for column in columns if column.kind == "date"} - {None}
    if any(column.kind == "month" for column in columns):
        parts.append('dates: "%Y-%m"')
    elif len(orders) == 1:
        parts.append(f"dates: {orders.pop()}")
    return [f"file: {{{', '.join(parts)}}}"]


def _monthly(columns: Sequence[_Column], table: str) -> bool:
    """Return whether the table's day is a month in this file."""
    return schema.table(table).time == "day" and any(column.kind == "month" for column in columns)


def _key(columns: Sequence[_Column]) -> str:
    """Return the column that looks like an id, else the line."""
    ids = [
        column.name for column in columns if plain_name(column.name).endswith(("id", "number", "nummer", "nr", "nr."))
    ]
    return _quoted(ids[0]) if ids else "line"
