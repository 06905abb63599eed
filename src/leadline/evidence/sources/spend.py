"""Exports of advertising platforms: one table with a header gives one row of `spend` per day and campaign.

A format is an `AdFormat`: its columns in each language and a few words. Everything else is the same for all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any

from leadline.errors import ImportRefused
from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.grouping import Groups
from leadline.evidence.sources.records import (
    Context,
    Head,
    Match,
    Reading,
    Record,
    RejectReason,
    Row,
)
from leadline.evidence.sources.survey import Surveyed, Wanted, survey
from leadline.evidence.sources.tables import (
    Layout,
    TableRow,
    layout_feeds,
    match_layout,
    refuse_duplicates,
    rejected,
    table_rows,
)
from leadline.evidence.sources.urls import UTM, address_parts
from leadline.evidence.sources.values import (
    BadValue,
    DateOrder,
    count_of,
    day_of,
    id_of,
    is_null,
    money_of,
    number_of,
    plain_name,
    text_of,
    totals_label,
)

KEY_SIGN = "\x1f"  # U+001F joins the parts of a natural key; design/evidence 1
CACHED = 1 << 16  # distinct texts of a column understood once; own: some MB
LEVELS = ("campaign", "adset", "ad")
COUNTS = ("impressions", "clicks", "reach")
TEXTS = ("account", "campaign", "adset", "ad", "url")
IDS = ("campaign_id", "adset_id", "ad_id")
SUMMED = ("amount", "impressions", "clicks", "claimed_conversions", "claimed_value")
# Header languages → the order their dates have where no value decides; own: the order those countries write.
LANGUAGE_DATES: Mapping[str, DateOrder] = {"en": "mdy", "de": "dmy", "fr": "dmy"}

_IN_HEADER = re.compile(r"\(([A-Z]{3})\)\s*$")


@dataclass(frozen=True)
class AdFormat:
    """One platform's export as data.

    layout: columns; `segment*` columns split a row that is one row of spend and are summed
    dayless: canonical names that, all present, make this format recognisable without a day, so that it can be
    refused with `day_path`, the way through the platform's menus that adds the day
    period: canonical columns of a row's first and last day, where the file has both and perhaps no day
    dates: header language → the format's own order of day and month, where it has one; it is not asked of the values
    """

    name: str
    layout: Layout
    day_path: str
    dayless: Sequence[str] = ()
    period: tuple[str, str] | None = None
    dates: Mapping[str, DateOrder] = field(default_factory=dict)
    version: int = 1
    tables: tuple[str, ...] = ("spend",)

    def recognise(self, head: Head) -> Match | None:
        """Return how the head fits; a file that lacks only its day is recognised, to be refused with the remedy."""
        match = match_layout(head, self._placed(head), source=self.name)
        if match is None or not match.lacks:
            return match
        dayless = replace(self._placed(head), required=tuple(n for n in self.layout.required if n != "day"))
        without = match_layout(head, dayless, source=self.name)
        if without is None or without.lacks or any(name not in without.columns for name in self.dayless):
            return match
        return without if self.dayless else match

    def _placed(self, head: Head) -> Layout:
        """Return the layout with the money column of this file: its name may carry the currency."""
        cells = (cell for rows in head.records.values() for _, row in rows[:30] for cell in row)
        bare = {name: plain_name(_IN_HEADER.sub("", name)) for name in cells if isinstance(name, str)}
        languages = {
            language: (*(name for name, plain in bare.items() if plain in own), *known)
            for language, known in self.layout.columns["amount"].items()
            if (own := set(map(plain_name, known)))
        }
        return replace(self.layout, columns={**self.layout.columns, "amount": languages})

    def feeds(self, head: Head, match: Match) -> Mapping[str, str]:  # noqa: ARG002 - the match says it all
        """Return which column of `spend` each column of the file feeds."""
        own = {"starts": "spend.day, where no Day column is", "ends": "tells rows of several days"}
        return layout_feeds(replace(self.layout, feeds=own), match, table="spend")

    def read(self, head: Head, match: Match, *, context: Context) -> Reading:
        """Return the file's records. Raises ImportRefused: no_day, no_currency, ambiguous_numbers, ambiguous_dates."""
        refuse_duplicates(head, match, layout=self._placed(head))
        if "day" not in match.columns and self.period is None:
            raise ImportRefused("no_day", f"{head.path.name}: no Day column: {self.day_path}")
        currency, currency_from = _file_currency(head, match, context)
        surveyed, only_currency = _survey(self, head, match, context)
        reader = _Reader(self, match, surveyed, currency, only_currency=only_currency)
        return Reading(
            reader.records(head),
            numbers=surveyed.numbers,
            numbers_because=surveyed.because,
            dates=surveyed.dates,
            currency_from=currency_from,
        )


def _file_currency(head: Head, match: Match, context: Context) -> tuple[str | None, str]:
    """Return the currency of the whole file (None where each row has its own) and where it came from."""
    if "currency" in match.columns:
        return None, f'column "{match.header[match.columns["currency"]]}"'
    name = match.header[match.columns["amount"]]
    if (found := _IN_HEADER.search(name)) and is_currency(found[1]):
        return found[1], f"header {name}"
    if context.options.currency:
        code = context.options.currency.upper()
        if not is_currency(code):
            raise ImportRefused("no_currency", f'"{code}" is not a currency of ISO 4217. Use a code such as EUR.')
        return code, "--currency"
    raise ImportRefused(
        "no_currency",
        f'{head.path.name}: no column or header says in which currency "{name}" is. '
        "Next step: give it, for example --currency EUR.",
    )


def _survey(form: AdFormat, head: Head, match: Match, context: Context) -> tuple[Surveyed, str | None]:
    """Return how the file's values are read, and its one currency where all rows have the same.

    Raises ImportRefused `no_day` where rows cover several days and name none: a day is never invented.
    """
    at = match.columns
    days = [at[name] for name in ("day", *(form.period or ())) if name in at]
    wanted = Wanted(
        head.path.name,
        money=[at["amount"]],
        numbers=[at[name] for name in ("claimed_value", "claimed_conversions", *COUNTS) if name in at],
        dates=days,
        language=match.language,
        own_dates=form.dates.get(match.language),
        open_dates=LANGUAGE_DATES.get(match.language),
    )
    spans: list[tuple[Any, Any]] = []
    currencies: set[str] = set()

    def watched() -> Iterator[TableRow]:
        for row in table_rows(head, match, mapped=frozenset(at.values())):
            if row.reject is None and not row.repeated_header:
                if form.period is not None and "day" not in at and not spans:
                    starts, ends = (row.cells[at[name]] for name in form.period)
                    if starts != ends and not is_null(row.cells[at["campaign"]]):
                        spans.append((starts, ends))
                if "currency" in at and len(currencies) < 2 and (code := text_of(row.cells[at["currency"]])):
                    currencies.add(code.upper())
            yield row

    surveyed = survey(watched(), wanted, context=context, key=key_reader(match))
    for starts, ends in spans:
        _refuse_span(form, head, (starts, ends), surveyed.dates)
    return surveyed, currencies.pop() if len(currencies) == 1 else None


def _refuse_span(form: AdFormat, head: Head, span: tuple[Any, Any], order: str) -> None:
    """Refuse a file whose rows cover several days."""
    try:
        starts, ends = (day_of(cell, order) for cell in span)
    except BadValue:  # no date at all: the row is rejected later
        return
    if starts is not None and ends is not None:
        days = (ends - starts).days + 1
        raise ImportRefused(
            "no_day", f"{head.path.name}: rows cover {days} days and there is no Day column: {form.day_path}"
        )


def key_reader(match: Match) -> Callable[[TableRow], Hashable]:
    """Return what two records of one key share before their values are understood: day, names and ids."""
    names = ("day", "starts", *TEXTS[:-1], *IDS, "geo")
    cells = itemgetter(*(match.columns[name] for name in names if name in match.columns))

    def key(row: TableRow) -> Hashable:
        found = cells(row.cells)
        return tuple([str(cell).strip() for cell in found]) if isinstance(found, tuple) else str(found).strip()

    return key


@dataclass(slots=True)
class _Taken:
    """One record that gives a row: its values, and its cells that segment it."""

    row: TableRow
    values: dict[str, Any]
    segments: tuple[str, ...]


class _Reader:
    """The second pass: each record becomes a row, a reject, or is skipped."""

    def __init__(
        self, form: AdFormat, match: Match, surveyed: Surveyed, currency: str | None, *, only_currency: str | None
    ) -> None:
        self.form, self.match, self.currency = form, match, currency
        self.only_currency = currency or only_currency
        self.numbers, self.dates = surveyed.numbers, surveyed.dates
        self.groups: Groups[_Taken] = Groups(surveyed.repeats)
        self.repeats = surveyed.repeats.any()
        self.at = match.columns
        self.segments = tuple(place for name, place in match.columns.items() if name.startswith("segment"))
        self.readers = self._readers()
        self.key = key_reader(match)
        day = self.at.get("day")
        self.labels = ({0} | ({day} if day is not None else set())) - ({self.at.get("campaign")} - {0})
        names = ("day", "campaign", "campaign_id", "adset", "adset_id", "ad", "ad_id")
        self.names = [self.at[name] for name in names if name in self.at]

    def records(self, head: Head) -> Iterator[Record]:
        """Yield every record once."""
        for row in table_rows(head, self.match, mapped=frozenset(self.at.values())):
            if row.repeated_header:
                yield Record(row.line, skipped="repeated_header")
            elif self._is_totals(row):
                yield Record(row.line, skipped="totals", totals=self._totals(row))
            elif row.reject is not None:
                yield Record(row.line, rejects=(row.reject,))
            else:
                yield from self._settled(row)
        for group in self.groups.rest():
            yield from self._group(group)

    def _settled(self, row: TableRow) -> Iterator[Record]:
        """Yield the record of one row, or of its group once that is whole."""
        taken = self._take(row)
        if isinstance(taken, Record):
            yield taken
        elif not self.repeats:
            yield Record(row.line, rows=(Row("spend", taken.values),))
        elif (group := self.groups.add(self.key(row), taken)) is not None:
            yield from self._group(group)

    def _group(self, group: list[_Taken]) -> Iterator[Record]:
        """Yield the records of one key: kept, summed over segments, or all rejected."""
        first = group[0]
        if len(group) == 1:
            yield Record(first.row.line, rows=(Row("spend", first.values),))
            return
        kept: dict[tuple[str, ...], _Taken] = {}
        for one in group:
            before = kept.setdefault(one.segments, one)
            if before.values != one.values:
                yield from self._conflict(group)
                return
        values = first.values if len(kept) == 1 else _summed([one.values for one in kept.values()])
        yield Record(first.row.line, rows=(Row("spend", values),))
        for one in group[1:]:
            if kept[one.segments] is one:
                yield Record(one.row.line, merged=True)
            else:
                yield Record(one.row.line, skipped="duplicate_row")

    def _conflict(self, group: list[_Taken]) -> Iterator[Record]:
        """Reject every record of a key that says different things."""
        lines = ", ".join(str(one.row.line) for one in group)
        for one in group:
            yield rejected(
                one.row,
                None,
                reason="key_conflict",
                text=f"lines {lines} name the same day and campaign with different values",
            )

    def _is_totals(self, row: TableRow) -> bool:
        """Return whether a record is a totals row: by its label, or by blank key cells."""
        if row.reject is not None and not row.ragged:
            return False
        for at in self.labels:
            if at < len(row.cells) and totals_label(row.cells[at]):
                return True
        if row.ragged:
            return False
        return all(is_null(row.cells[at]) for at in self.names)

    def _totals(self, row: TableRow) -> dict[str, Decimal | int]:
        """Return what a totals row claims, as far as it can be read, by the report's names."""
        at = self.at.get("currency")
        named = text_of(row.cells[at]) if at is not None and at < len(row.cells) else None
        currency = named or self.only_currency
        said: dict[str, Decimal | int] = {}
        for name in ("amount", *COUNTS[:2]):
            place = self.at.get(name)
            if place is None or place >= len(row.cells):
                continue
            try:
                if name == "amount":
                    value: Decimal | int | None = money_of(row.cells[place], self.numbers)
                else:
                    value = count_of(row.cells[place], self.numbers)
            except BadValue:
                continue
            if value is not None and (name != "amount" or currency):
                said[f"spend.amount.{currency}" if name == "amount" else f"spend.{name}"] = value
        return said

    def _take(self, row: TableRow) -> _Taken | Record:
        """Return the values of one record, or its reject."""
        values: dict[str, Any] = {}
        cells = row.cells
        for name, reason, at, read, known in self.readers:
            cell = cells[at]
            is_text = type(cell) is str  # a sheet's 1, 1.0 and true would be one cell here
            value = known.get(cell) if is_text else None
            if value is None:
                try:
                    value = read(cell)
                except BadValue as error:
                    return rejected(row, self._header(name), reason=reason, text=str(error))
                if is_text and len(known) < CACHED:
                    known[cell] = value
            values[name] = value
        if values.get("url"):
            said = address_parts(values["url"])
            values |= {name: said.get(name) for name in UTM}
        values["geo"] = values.get("geo") or "*"
        values["currency"] = self.currency or (values.get("currency") or "").upper()
        wrong = self._wrong(row, values)
        if wrong is not None:
            return wrong
        values["source_key"] = source_key(values)
        return _Taken(row, values, tuple([str(row.cells[at]).strip() for at in self.segments]))

    def _readers(self) -> tuple[tuple[str, RejectReason, int, Callable[[Any], Any], dict[str, Any]], ...]:
        """Return canonical column, reason of its reject, place, how its cell is read, and the texts already read.

        In the order they are checked. Days, names, ids and small counts repeat by the thousand: each text is read once.
        """
        numbers = self.numbers

        def claimed(cell: object) -> float | None:
            number = number_of(cell, numbers)
            return None if number is None else float(number)

        readers: tuple[tuple[str, RejectReason, Callable[[Any], Any]], ...] = (
            ("day", "bad_date", partial(day_of, order=self.dates)),
            *((name, "lost_digits", id_of) for name in IDS),
            ("amount", "bad_number", partial(money_of, locale=numbers)),
            *((name, "bad_number", partial(count_of, locale=numbers)) for name in COUNTS),
            ("claimed_conversions", "bad_number", claimed),
            ("claimed_value", "bad_number", partial(money_of, locale=numbers)),
            *((name, "columns", text_of) for name in (*TEXTS, "geo", "currency")),
        )
        # Without a day column a row's day is its first one: the survey has seen that it has no other.
        places = {**self.at, "day": self.at["day"] if "day" in self.at else self.at[(self.form.period or ("day",))[0]]}
        # What the file does not report says nothing; as null it would overwrite what another export told.
        return tuple((name, reason, places[name], read, {}) for name, reason, read in readers if name in places)

    def _header(self, name: str) -> str | None:
        """Return the file's own name of a canonical column."""
        if name == "day" and name not in self.at and self.form.period is not None:
            name = self.form.period[0]
        return self.match.header[self.at[name]] if name in self.at else None

    def _wrong(self, row: TableRow, values: Mapping[str, Any]) -> Record | None:
        """Return the reject of a row that lacks what it needs, or None."""
        fault: tuple[str, RejectReason, str] | None = None
        if values["day"] is None:
            fault = ("day", "missing_key", "the row has no day")
        elif not (values.get("campaign") or any(values.get(name) for name in (*LEVELS, *IDS))):
            fault = ("campaign", "missing_key", "the row names no campaign")
        elif values["amount"] is None:
            fault = ("amount", "missing_value", "the row has no amount")
        elif not is_currency(values["currency"]):
            fault = ("currency", "currency", f'"{values["currency"]}" is not a currency of ISO 4217')
        else:
            below = next((name for name in ("amount", *COUNTS) if (values.get(name) or 0) < 0), None)
            if below is not None:
                fault = (below, "negative", f"{values[below]} is negative")
        return None if fault is None else rejected(row, self._header(fault[0]), reason=fault[1], text=fault[2])


def _summed(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one row from the segments of it; a sum over nothing but nulls is null. Reach never adds up."""
    total = dict(rows[0])
    for name in SUMMED:
        if name not in total:
            continue
        known = [row[name] for row in rows if row[name] is not None]
        total[name] = sum(known, start=Decimal(0) if isinstance(known[0], Decimal) else 0) if known else None
    return total | ({"reach": None} if "reach" in total else {})


def source_key(values: Mapping[str, Any]) -> str:
    """Return the natural key of a spend row: day, account, then id or `name:` and compared name of each level, geo."""
    parts = [values["day"].isoformat(), values.get("account") or ""]
    for level in LEVELS:
        name = values.get(level)
        parts.append(values.get(f"{level}_id") or (f"name:{plain_name(name)}" if name else ""))
    return KEY_SIGN.join((*parts, values.get("geo") or "*"))
