"""A report downloaded from GA4's own pages (not the BigQuery export). Grade C: header names are partly assumed.

The file holds blocks, each with a preamble of `#` lines and its own header. The block whose header has a dimension and
`Sessions` is read; the chart's block (`Nth day`) and any further one is another block. A row that covers a range is
welcome: it becomes a metric with the preamble's first and last day; a `Date` column gives daily rows instead. Rates and
averages do not add up and are left out. Revenue here is GA4's own count, never booked revenue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from leadline.errors import ImportRefused
from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.records import Context, Head, Match, Reading, Record, Row
from leadline.evidence.sources.survey import Wanted, survey
from leadline.evidence.sources.tables import (
    REQUIRED_SCORE,
    SIGN_SCORE,
    Header,
    Layout,
    TableRow,
    layout_feeds,
    records_below,
    refuse_duplicates,
    rejected,
    table_rows,
    understand,
)
from leadline.evidence.sources.values import (
    BadValue,
    NumberLocale,
    count_of,
    day_of,
    is_null,
    number_of,
    text_of,
    totals_label,
)

COUNTS = {"ga4.sessions": "sessions", "ga4.engaged_sessions": "engaged", "ga4.key_events": "key_events"}
WHOLE = frozenset({"sessions", "engaged"})
REVENUE = "ga4.revenue"

LAYOUT = Layout(
    columns={
        "dimension": {
            "en": [
                "Session primary channel group (Default channel group)",
                "Session default channel group",
                "Session source / medium",
                "Session campaign",
            ]
        },
        "day": {"en": ["Date"]},
        "sessions": {"en": ["Sessions"]},
        "engaged": {"en": ["Engaged sessions"]},
        "key_events": {"en": ["Key events", "Conversions"]},
        "revenue": {"en": ["Total revenue"]},
    },
    required=("dimension", "sessions"),
    feeds={
        "dimension": "metrics.segment",
        "sessions": "metrics ga4.sessions",
        "engaged": "metrics ga4.engaged_sessions",
        "key_events": "metrics ga4.key_events",
        "revenue": "metrics ga4.revenue",
    },
)

_BOUND = re.compile(r"#\s*(start|end) date:\s*(\d{8})\s*", re.ASCII | re.IGNORECASE)
_SPAN = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", re.ASCII)
_IN_HEADER = re.compile(r"\s*\(([A-Z]{3})\)\s*$")


@dataclass(frozen=True)
class _Block:
    """The block that is read: its header, and the day texts of its preamble (`start`, `end`)."""

    header: Header
    days: Mapping[str, str]


def _layout(cells: Sequence[Any]) -> Layout:
    """Return the layout with this header's name of the revenue, which may carry a currency."""
    names = [str(cell) for cell in cells if _IN_HEADER.sub("", str(cell)).strip().casefold() == "total revenue"]
    known = LAYOUT.columns["revenue"]["en"]
    return replace(LAYOUT, columns={**LAYOUT.columns, "revenue": {"en": (*names, *known)}})


def _is_comment(cells: Sequence[Any]) -> bool:
    return bool(cells) and str(cells[0]).lstrip("\ufeff ").startswith("#")


def _find(head: Head) -> tuple[_Block | None, bool]:
    """Return the first block with a dimension and Sessions, and whether any preamble names a first day."""
    days: dict[str, str] = {}
    named, at_header = False, True
    for line, cells in (record for sheet in head.records.values() for record in sheet):
        if _is_comment(cells):
            if not at_header:
                days = {}
            at_header = True
            if match := _BOUND.match(str(cells[0]).strip()):
                days[match[1].casefold()], named = match[2], True
        elif at_header:
            header = understand(_layout(cells), line, cells=cells)
            if not header.lacks(LAYOUT):
                return _Block(header, days), named
            at_header = False
    return None, named


@dataclass(frozen=True)
class Ga4Report:
    """The format `ga4-report`."""

    name: str = "ga4-report"
    version: int = 1
    tables: tuple[str, ...] = ("metrics",)

    def recognise(self, head: Head) -> Match | None:
        """Return how the blocks of the file fit."""
        if head.kind not in {"csv", "sheet"}:
            return None
        block, named = _find(head)
        if block is None:
            # A preamble of GA4 without such a block: near enough to be named, too far to be read.
            why = "the preamble of a GA4 report"
            lacks = ("Session primary channel group", "Sessions")
            return Match(self.name, REQUIRED_SCORE - SIGN_SCORE, why=why, lacks=lacks) if named else None
        signs = [name for name in ("engaged", "key_events", "revenue") if name in block.header.positions]
        signs += ["preamble"] if named else []
        return Match(
            self.name,
            min(1.0, REQUIRED_SCORE + SIGN_SCORE * len(signs)),
            header_line=block.header.line,
            sheet=next(iter(head.records)) or None,
            columns={name: places[0] for name, places in block.header.positions.items()},
            why=f"a block with a dimension and Sessions; signs: {', '.join(signs)}",
            header=block.header.names,
        )

    def feeds(self, head: Head, match: Match) -> Mapping[str, str]:  # noqa: ARG002 - the match says it all
        """Return what each column of the block feeds."""
        return layout_feeds(_layout(match.header), match, table="metrics")

    def read(self, head: Head, match: Match, *, context: Context) -> Reading:
        """Return the file's records. Raises ImportRefused: no_day, no_currency, ambiguous_numbers, duplicate_header."""
        refuse_duplicates(head, match, layout=_layout(match.header))
        span = None if "day" in match.columns else _span(head, context)
        mapped = frozenset(match.columns.values())
        wanted = Wanted(
            head.path.name,
            money=[match.columns["revenue"]] if "revenue" in match.columns else [],
            numbers=[match.columns[name] for name in COUNTS.values() if name in match.columns],
            dates=[],
            language="en",
        )
        dates = None if span is None else f"{span[0]}..{span[1]}"
        surveyed = survey(_own_rows(head, match, mapped), wanted, context=context, key=lambda _: None)
        currency, currency_from = _currency(head, match, surveyed.numbers, context=context)
        reader = _Reader(match, span, surveyed.numbers, currency)
        return Reading(
            reader.records(head, mapped),
            numbers=surveyed.numbers,
            numbers_because=surveyed.because,
            dates=dates or "ymd",
            currency_from=currency_from,
        )


def _span(head: Head, context: Context) -> tuple[date, date]:
    """Return the days that every row covers: the preamble's, else those of `--dates FIRST..LAST`.

    Raises ImportRefused `no_day` where neither says them.
    """
    block, _ = _find(head)
    given = _SPAN.fullmatch(context.options.dates or "")
    texts = [block.days.get(name, "") for name in ("start", "end")] if block else ["", ""]
    try:
        first, last = (day_of(text, "ymd") for text in (given.groups() if given else texts))
    except BadValue:
        first = last = None
    if first is None or last is None or last < first:
        raise ImportRefused(
            "no_day",
            f'{head.path.name}: no "# Start date:" and "# End date:" above the table, and no Date column. Next step: '
            "download the report again and leave its first lines in, or name the days with --dates 2027-03-01..2027-03-31.",
        )
    return first, last


def _currency(head: Head, match: Match, numbers: NumberLocale, *, context: Context) -> tuple[str | None, str | None]:
    """Return the currency of the revenue and where it came from; none is needed where all revenue is 0."""
    if "revenue" not in match.columns:
        return None, None
    name = match.header[match.columns["revenue"]]
    if (found := _IN_HEADER.search(name)) and is_currency(found[1]):
        return found[1], f"header {name}"
    if context.options.currency:
        code = context.options.currency.upper()
        if not is_currency(code):
            raise ImportRefused("no_currency", f'"{code}" is not a currency of ISO 4217. Use a code such as EUR.')
        return code, "--currency"
    for row in _own_rows(head, match, frozenset(match.columns.values())):
        if row.reject is None and _amount(row.cells[match.columns["revenue"]], numbers):
            raise ImportRefused(
                "no_currency",
                f'{head.path.name}: "{name}" is not 0 and names no currency. Next step: give the property\'s currency, '
                "for example --currency EUR.",
            )
    return None, None


def _amount(cell: object, numbers: NumberLocale) -> Decimal | None:
    """Return a number, None where there is none that can be read."""
    try:
        return number_of(cell, numbers)
    except BadValue:
        return None


def _own_rows(head: Head, match: Match, mapped: frozenset[int]) -> Iterator[TableRow]:
    """Yield the records of the block that is read, up to the next preamble."""
    for row in table_rows(head, match, mapped=mapped):
        if _is_comment(row.cells):
            return
        yield row


@dataclass(frozen=True)
class _Reader:
    """The second pass: every record of every block once."""

    match: Match
    span: tuple[date, date] | None
    numbers: NumberLocale
    currency: str | None

    def records(self, head: Head, mapped: frozenset[int]) -> Iterator[Record]:
        """Yield the records in the order of the file."""
        last = self.match.header_line
        yield from self._others(head, 0, before=last)
        for row in _own_rows(head, self.match, mapped):
            last = row.line
            yield self._record(row)
        yield from self._others(head, last, before=None)

    def _others(self, head: Head, after: int, *, before: int | None) -> Iterator[Record]:
        """Yield the records of other blocks between two lines; preambles and headers are no records."""
        is_header = True
        for record in records_below(head, replace(self.match, header_line=after)):
            if before is not None and record.line >= before:
                return
            if _is_comment(record.cells):
                is_header = True
            elif is_header and record.problem is None:
                is_header = False
            else:
                yield Record(record.line, skipped="other_block")

    def _record(self, row: TableRow) -> Record:
        """Return what became of one record of the block."""
        if row.repeated_header:
            return Record(row.line, skipped="repeated_header")
        if row.reject is None and self._is_totals(row):
            return Record(row.line, skipped="totals", totals=self._totals(row))
        if row.ragged and any(map(totals_label, row.cells)):  # "Grand total" behind the last column
            return Record(row.line, skipped="totals")
        if row.reject is not None:
            return Record(row.line, rejects=(row.reject,))
        at = self.match.columns
        segment = text_of(row.cells[at["dimension"]])
        if segment is None:
            return rejected(
                row, self.match.header[at["dimension"]], reason="missing_key", text="the row names no segment"
            )
        try:
            days = self.span or self._day(row)
        except BadValue as error:
            return rejected(row, self.match.header[at["day"]], reason="bad_date", text=str(error))
        values: dict[str, float] = {}
        for metric, column in self._series():
            # Sessions are whole; key events may be shared out, and then have parts.
            read = count_of if column in WHOLE else number_of
            try:
                found = read(row.cells[at[column]], self.numbers)
            except BadValue as error:
                return rejected(row, self.match.header[at[column]], reason="bad_number", text=str(error))
            if found is not None:
                values[metric] = float(found)
        return self._rows(row, values, days, segment=segment)

    def _rows(self, row: TableRow, values: Mapping[str, float], days: tuple[date, date], *, segment: str) -> Record:
        """Return the record's rows, one per number that is there."""
        if not values:
            return rejected(row, None, reason="missing_value", text="the row holds no number that is kept")
        common = {"day": days[0], "until": days[1], "geo": "*", "segment": segment}
        rows = [
            Row(
                "metrics",
                {"metric": name, "value": value, "unit": self.currency if name == REVENUE else "count", **common},
            )
            for name, value in values.items()
        ]
        return Record(row.line, rows=rows, raw=row.raw)

    def _series(self) -> Iterator[tuple[str, str]]:
        """Yield series and column of what the block reports; revenue only where its currency is known."""
        yield from ((metric, column) for metric, column in COUNTS.items() if column in self.match.columns)
        if self.currency is not None:
            yield REVENUE, "revenue"

    def _day(self, row: TableRow) -> tuple[date, date]:
        """Return the row's own day. Raises BadValue."""
        cell = row.cells[self.match.columns["day"]]
        found = day_of(text_of(cell) if isinstance(cell, int | float) else cell, "ymd")
        if found is None:
            raise BadValue("the row has no day")
        return found, found

    def _is_totals(self, row: TableRow) -> bool:
        """Return whether a record is the totals row: a blank or labelled dimension."""
        cell = row.cells[self.match.columns["dimension"]]
        day = row.cells[self.match.columns["day"]] if "day" in self.match.columns else None
        return totals_label(row.cells[0]) or totals_label(cell) or (is_null(cell) and is_null(day))

    def _totals(self, row: TableRow) -> dict[str, Decimal | int]:
        """Return what the totals row claims, by series."""
        said: dict[str, Decimal | int] = {}
        for metric, column in self._series():
            if (found := _amount(row.cells[self.match.columns[column]], self.numbers)) is not None:
                said[f"metrics.{metric}"] = found
        return said


GA4_REPORT = Ga4Report()
