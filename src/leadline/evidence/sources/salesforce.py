"""What Salesforce's exports share: record ids, the footer of reports, and flags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from leadline.evidence.sources.records import Head, Match, Record
from leadline.evidence.sources.tables import TableRow, table_rows
from leadline.evidence.sources.values import BadValue, NumberLocale, is_null, money_of

# Salesforce help, "18-character and 15-character ids": the three last signs say which letters of five are capitals.
_SHORT_ID = re.compile(r"[A-Za-z0-9]{15}")
_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_YES = frozenset({"1", "true", "yes"})


def record_id(text: str) -> str:
    """Return an id as the API writes it: reports show 15 signs, in which capitals matter, exports show 18.

    >>> record_id("001A0000006Vm9u")
    '001A0000006Vm9uIAC'
    """
    if not _SHORT_ID.fullmatch(text):
        return text
    fives = (text[start : start + 5] for start in (0, 5, 10))
    ends = (sum(1 << place for place, sign in enumerate(five) if "A" <= sign <= "Z") for five in fives)
    return text + "".join(_SIGNS[end] for end in ends)


def is_yes(cell: object) -> bool:
    """Return whether a checkbox is ticked, as exports (`true`) and reports (`1`) write it."""
    return str(cell).strip().casefold() in _YES


def amount_of(cell: object, numbers: NumberLocale) -> Decimal | None:
    """Return an amount. Salesforce leaves an unknown one blank: any other text must be a number. Raises BadValue."""
    if isinstance(cell, str) and cell.strip() and is_null(cell):
        raise BadValue(f"{cell.strip()} is not a number")
    return money_of(cell, numbers)


def report_rows(head: Head, match: Match, *, mapped: frozenset[int]) -> Iterator[TableRow | Record]:
    """Yield the records below the header; after a blank line, records of one cell are the report's footer."""
    end = match.header_line + sum(name.count("\n") for name in match.header)
    footer = False
    for row in table_rows(head, match, mapped=mapped):
        lone = sum(bool(str(cell).strip()) for cell in row.cells) <= 1
        footer = lone and (footer or row.line > end + 1)
        end = row.line + (0 if head.kind == "sheet" else row.raw.count("\n"))
        yield Record(row.line, skipped="footer") if footer else row


def data_rows(rows: Iterable[TableRow | Record]) -> Iterator[TableRow]:
    """Yield the rows that are no footer."""
    return (row for row in rows if isinstance(row, TableRow))
