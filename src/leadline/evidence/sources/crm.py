"""What the CRM exports share: local times, stage names, association cells, keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from leadline.errors import ImportRefused
from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.records import Context, Head, Identifier, Match, Record, RejectReason
from leadline.evidence.sources.tables import Layout, TableRow, rejected, table_rows
from leadline.evidence.sources.values import (
    BadValue,
    is_null,
    moment_of,
    plain_name,
    text_of,
)

KEY_SIGN = "\x1f"  # U+001F joins the parts of a natural key; design/evidence 1
LONGEST_ADDRESS = 254  # characters of a mail address; RFC 5321, erratum 1690

# Closing stages by their names in the makers' default pipelines; a stage map may name others.
CLOSED: dict[str, Literal["won", "lost"]] = {
    "closed won": "won",
    "closedwon": "won",
    "won": "won",
    "closed lost": "lost",
    "closedlost": "lost",
    "lost": "lost",
}
# An address begins where a word begins: tried at every sign, a long text without an @ would take its length squared.
_ADDRESS = re.compile(r"(?<![^@\s,;<>()\"])[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s.,;<>()\"]{2,}")


def mapped_stage(raw: str, context: Context) -> str:
    """Return the bridge state of a source's stage name: by the stage map, by a state's own name, else itself."""
    name = plain_name(raw)
    if name in context.stage_map:
        return context.stage_map[name]
    return next((state for state in sorted(context.states) if plain_name(state) == name), raw.strip())


def deal_status(raw: str | None, context: Context) -> Literal["open", "won", "lost"]:
    """Return whether a deal's stage closes it."""
    if raw is None:
        return "open"
    return CLOSED.get(plain_name(mapped_stage(raw, context)), CLOSED.get(plain_name(raw), "open"))


def parts_of(cell: str | None) -> list[str]:
    """Return the parts of an association cell, which `;` separates; blank parts are none.

    >>> parts_of("501; 502;;")
    ['501', '502']
    """
    return [part.strip() for part in (cell or "").split(";") if part.strip()]


def addresses_in(cell: str | None) -> list[str]:
    """Return the mail addresses inside a text such as `Eva Huber (eva@example.org)`."""
    return _ADDRESS.findall(cell or "")


def mail_identifier(text: str, *, verified: bool) -> Identifier:
    """Return a mail address as an identifier; the import normalises it. Raises BadValue for what is none."""
    trimmed = text.strip()
    if len(trimmed) > LONGEST_ADDRESS or _ADDRESS.fullmatch(trimmed) is None:
        raise BadValue(f'"{trimmed[:80]}" is not a mail address')
    return Identifier("email", trimmed, verified=verified)


def moment(row: TableRow, at: int | None, *, order: str, zone: str) -> tuple[datetime | None, bool]:
    """Return the moment in a cell (None where blank or absent) and whether a clock change shifted it."""
    if at is None or is_null(row.cells[at]):
        return None, False
    read = moment_of(row.cells[at], order, zone=zone)
    return read if read is not None else (None, False)


@dataclass(frozen=True)
class Columns:
    """The cells of one file by the canonical names of their columns."""

    match: Match
    context: Context

    def at(self, name: str) -> int | None:
        """Return where a column stands, None where the file lacks it."""
        return self.match.columns.get(name)

    def named(self, name: str) -> str | None:
        """Return a column's name as the file spells it."""
        at = self.at(name)
        return None if at is None else self.match.header[at]

    def text(self, row: TableRow, name: str) -> str | None:
        """Return a cell as text, None where it is blank or the file lacks the column."""
        at = self.at(name)
        return None if at is None else text_of(row.cells[at])

    def moment(self, row: TableRow, name: str, *, order: str) -> tuple[datetime | None, bool]:
        """Return the moment in a cell and whether a clock change shifted it. Raises BadValue."""
        return moment(row, self.at(name), order=order, zone=self.context.timezone)

    def refused(self, row: TableRow, name: str, *, reason: RejectReason, text: str) -> Record:
        """Return the record that cannot be taken because of a column."""
        return rejected(row, self.named(name), reason=reason, text=text)

    def said(self, values: Mapping[str, Any], layout: Layout, *, behind: Mapping[str, str]) -> dict[str, Any]:
        """Return the values whose column the file has; what it lacks overwrites nothing. behind: value → column of another name."""
        columns = {name: behind.get(name, name) for name in values}
        known = {
            name for name, column in columns.items() if column not in layout.columns or self.at(column) is not None
        }
        return {name: value for name, value in values.items() if name in known}


def deals_currency(head: Head, match: Match, *, context: Context) -> tuple[str | None, str | None]:
    """Return the currency for deals that name none, and where currencies come from.

    Raises ImportRefused `no_currency` where amounts stand in the file and nothing says in which currency.
    """
    if "currency" in match.columns:
        return None, f'column "{match.header[match.columns["currency"]]}"'
    if context.options.currency and is_currency(context.options.currency.upper()):
        return context.options.currency.upper(), "--currency"
    if "amount" in match.columns and any(
        row.reject is None and not is_null(row.cells[match.columns["amount"]])
        for row in table_rows(head, match, mapped=frozenset())
    ):
        raise ImportRefused(
            "no_currency",
            f'{head.path.name}: no column says in which currency "{match.header[match.columns["amount"]]}" is. Add the '
            "currency to the export, or give it, for example --currency EUR.",
        )
    return None, None
