"""The cells of an activity's row: which column feeds what, and money, currency and days as the row says them.

A cell that cannot be read leaves its value open, and a note says so. A cell with two readings, or one that contradicts its
column, rejects the row: a guess would look like a fact.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from leadline.evidence.sources.activity_header import EXACT, HeaderFound, Named
from leadline.evidence.sources.activity_list import Activity
from leadline.evidence.sources.activity_sheet import Sheet, SheetRow
from leadline.evidence.sources.activity_words import GENERIC_NAMES, folded
from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.date_text import Ambiguous, Days, Order, days_of, order_of, years_in
from leadline.evidence.sources.money_text import OPEN_MARKS, Said, Undecided, amount_of, parse_money, unit_of
from leadline.evidence.sources.records import ImportOptions
from leadline.evidence.sources.values import BadValue, NumberLocale, NumberVotes, is_null, text_of

HALF_CENT = Decimal("0.005")  # what an amount may lose by being kept as a number; design/interview 12: true to the cent
TEXT_ROLES = ("owner", "channel", "status")
# Header languages → the number form of values that show none; design/evidence 2.3.
LANGUAGE_NUMBERS: Mapping[str, NumberLocale] = {"en": "en"}
NUMBERING = frozenset({"nr", "no", "#", "id", "pos", "number", "nummer", "numero", "n°", "nº", "lfd", "ref", "key"})


class RowRejected(Exception):
    """A row that could only be taken by guessing; the text is the reason."""


@dataclass(frozen=True)
class Columns:
    """Which column plays which role.

    cost: one, or several that differ in their currency only · numbering: columns that only count the rows
    units: column → currency and scale of its name · week: the column of days holds numbers of weeks
    months: columns of a calendar → their month
    """

    names: Sequence[str]
    name: int
    roles: Mapping[str, int]
    cost: tuple[int, ...]
    numbering: frozenset[int]
    units: Mapping[int, Said]
    week: bool = False
    months: Mapping[int, int] = field(default_factory=dict)

    def said(self) -> dict[str, str]:
        """Return role → the column's name as written."""
        found = {"name": self.names[self.name], **{role: self.names[at] for role, at in self.roles.items()}}
        return found | ({"cost": " / ".join(self.names[at] for at in self.cost)} if self.cost else {})


def choose_columns(header: HeaderFound, rows: Sequence[SheetRow]) -> Columns:
    """Return the column of each role: the best name, and among equal names the one that says most."""
    filled = {at: sum(not is_null(row.cell(at)) for row in rows) for at in range(len(header.names))}
    distinct = {
        at: len({str(row.cell(at)) for row in rows if not is_null(row.cell(at))}) for at, _ in header.candidates["name"]
    }

    def telling(pair: tuple[int, Named]) -> tuple[Any, ...]:
        at, one = pair
        return -one.quality, one.phrase in GENERIC_NAMES, -distinct[at], at

    name = min(header.candidates["name"], key=telling)[0]
    cost = _costs(header, filled)
    roles = {
        role: min(places, key=lambda pair: (-pair[1].quality, -min(filled[pair[0]], 1), pair[0]))[0]
        for role, places in header.candidates.items()
        if role not in {"name", "cost", "months"}
    }
    when = roles.get("when")
    words = set(re.findall(r"\w+", folded(header.names[when]))) if when is not None else set()
    numbering = {at for at, text in enumerate(header.names) if set(re.split(r"[\s.\-]+", folded(text))) & NUMBERING}
    week = bool(words & {"kw", "week", "woche", "kalenderwoche", "semaine", "semana"})
    months = {at: one.rank for at, one in header.candidates.get("months", ())}
    return Columns(_labels(header.names), name, roles, cost, frozenset(numbering), header.units, week, months)


def _costs(header: HeaderFound, filled: Mapping[int, int]) -> tuple[int, ...]:
    """Return the column of money that is filled most, with its twins in other currencies."""
    places = header.candidates.get("cost", ())
    if not places:
        return ()
    exact = [pair for pair in places if pair[1].quality == EXACT] or list(places)
    best, meant = min(exact, key=lambda pair: (-filled[pair[0]], pair[1].rank, pair[0]))
    if best not in header.units:
        return (best,)
    twins = {header.units[best].currency: best}
    for at, one in places:
        unit = header.units.get(at)
        if unit is not None and unit.currency and one.phrase == meant.phrase:
            twins.setdefault(unit.currency, at)
    return tuple(sorted(twins.values()))


def _labels(names: Sequence[str]) -> tuple[str, ...]:
    """Return a name for every column, each once; a blank one goes by its number."""
    seen: dict[str, int] = {}
    labels = []
    for at, name in enumerate(names, 1):
        label = name or f"column {at}"
        seen[label] = seen.get(label, 0) + 1
        labels.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return tuple(labels)


@dataclass(frozen=True)
class Context:
    """What holds for the whole table: number form, order of dates, and what the words above it say.

    locale, decided: form of numbers, and whether a value shows it (else the header's language stands in)
    year: for dates without one · unit: currency and scale that a title names · currency: that of the call
    """

    locale: NumberLocale
    decided: bool
    order: Order | None
    year: int | None
    unit: Said | None
    currency: str | None
    notes: tuple[str, ...] = ()


def understand(sheet: Sheet, header: HeaderFound, *, columns: Columns, file: str, options: ImportOptions) -> Context:
    """Return what holds for the whole table."""
    rows = sheet.rows[header.at + 1 :]
    above = [row.text() for row in sheet.rows[: header.at + 1 - header.depth]]
    votes = NumberVotes()
    for row in rows:
        for at in columns.cost:
            if (said := _digits(row.cell(at))) is not None:
                votes.see(said)
    decided = votes.decided()
    notes: list[str] = []
    if decided and len(votes.first) > 1:
        notes.append(f'numbers are read as in "{decided[1]}"; cells that write them otherwise are rejected')
    locale = options.numbers or (decided[0] if decided else LANGUAGE_NUMBERS.get(header.language, "de"))
    texts = (cell for row in rows for at in _days_at(columns) if isinstance(cell := row.cell(at), str))
    order: Order | None = {"dmy": "dmy", "mdy": "mdy"}.get(options.dates or "")  # type: ignore[assignment]  # both are orders
    order = order or order_of(texts)[0]
    year, why = _year(columns, above, sheet.name, file)
    unit, units = None, {(one.currency, one.open_mark, one.scale): one for text in above if (one := unit_of(text))}
    if len(units) == 1:
        unit = next(iter(units.values()))
    elif units:
        notes.append("the lines above the table name more than one currency, so none of them is taken")
    calendar_years = {found for at in columns.months for found in years_in(columns.names[at])}
    if year is not None and (
        (columns.months and not calendar_years) or any(_yearless(row, columns, order) for row in rows)
    ):
        notes.append(f"dates without a year are read in {year}, which {why} names")
    return Context(locale, bool(options.numbers or decided), order, year, unit, options.currency, tuple(notes))


def _digits(cell: object) -> str | None:
    """Return the number a text cell writes, None where it writes no single one."""
    try:
        said = parse_money(cell) if isinstance(cell, str) else None
    except BadValue:
        return None
    return said.digits if said is not None else None


def _days_at(columns: Columns) -> tuple[int, ...]:
    return tuple(columns.roles[role] for role in ("start", "end", "when") if role in columns.roles)


def _year(columns: Columns, above: Sequence[str], sheet: str | None, file: str) -> tuple[int | None, str]:
    """Return the one year that the columns of days, the title, the sheet's or the file's name tells, and which of them."""
    places: tuple[tuple[str, Iterable[str]], ...] = (
        ("the column", [columns.names[at] for at in _days_at(columns)]),
        ("the title", above),
        ("the sheet's name", [sheet or ""]),
        ("the file's name", [file]),
    )
    for why, texts in places:
        found = {year for text in texts for year in years_in(text)}
        if found:
            return (found.pop(), why) if len(found) == 1 else (None, "")
    return None, ""


def _yearless(row: SheetRow, columns: Columns, order: Order | None) -> bool:
    """Return whether a row has a date that only reads with a year from elsewhere."""
    for at in _days_at(columns):
        try:
            days_of(row.cell(at), order=order, year=None, weeks=columns.week)
        except BadValue as error:
            if "names no year" in str(error):
                return True
    return False


@dataclass
class CellReader:
    """Reads the cells of one row after the other; `open_marks` collects signs that name several currencies."""

    sheet: Sheet
    columns: Columns
    context: Context
    open_marks: set[str] = field(default_factory=set)

    def activity(self, row: SheetRow, name: str, *, group: str) -> Activity:
        """Return the activity of a row. Raises RowRejected."""
        notes: list[str] = []
        cost, currency = self._cost(row, notes)
        if cost is not None and abs(Decimal(repr(float(cost))) - cost) >= HALF_CENT:
            raise RowRejected(f"its amount {cost:,} is too large to be kept to the cent")
        start, end = self._days(row, notes)
        texts = {role: self._said(row, self.columns.roles.get(role)) for role in TEXT_ROLES}
        return Activity(
            row.line, name, start, end, None if cost is None else float(cost), currency,
            others=self._others(row), group=group, notes=tuple(notes), **texts,
        )  # fmt: skip

    def amounts(self, row: SheetRow) -> dict[int, Decimal]:
        """Return the money of a row by column, as far as it can be read: what totals are compared with."""
        found: dict[int, Decimal] = {}
        for at in self.columns.cost:
            try:
                said = self._amount(row, at, [])
            except (BadValue, RowRejected):
                continue
            if said is not None:
                found[at] = said[0]
        return found

    def _said(self, row: SheetRow, at: int | None) -> str:
        """Return a cell as one line of text."""
        return "" if at is None or is_null(row.cell(at)) else " ".join(str(text_of(row.cell(at))).split())

    def _others(self, row: SheetRow) -> dict[str, str]:
        """Return every cell no role takes, by its header; the lines of a cell are separated by semicolons."""
        taken = {self.columns.name, *self.columns.roles.values()}
        used = [at for at in self.columns.cost if not is_null(row.cell(at))][:1]
        others = {}
        for at in range(max(len(row.cells), len(self.columns.names))):
            cell = row.cell(at)
            if at not in taken and at not in used and not is_null(cell):
                label = self.columns.names[at] if at < len(self.columns.names) else f"column {at + 1}"
                others[label] = "; ".join(part.strip() for part in str(text_of(cell)).splitlines() if part.strip())
        return others

    def _cost(self, row: SheetRow, notes: list[str]) -> tuple[Decimal | None, str | None]:
        """Return the money of a row and its currency."""
        filled = [at for at in self.columns.cost if not is_null(row.cell(at)) or self._uncalculated(row, at)]
        if len(filled) > 1:
            others = ", ".join(f'"{self.columns.names[at]}"' for at in filled[1:])
            notes.append(
                f'money stands in more than one column: "{self.columns.names[filled[0]]}" counts, {others} is kept beside it'
            )
        self._note_errors(row, self.columns.cost, notes)
        for at in filled[:1]:
            try:
                said = self._amount(row, at, notes)
            except Undecided as error:
                raise RowRejected(f'"{self.columns.names[at]}": {error}') from error
            except BadValue as error:
                notes.append(f'"{self.columns.names[at]}" is not read as money: {error}')
                return None, None
            if said is not None:
                return said[0], self._currency(row, at, said[1])
        return None, None

    def _uncalculated(self, row: SheetRow, at: int) -> bool:
        marks = self.sheet.marks
        return marks is not None and (row.line, at) in marks.uncalculated

    def _note_errors(self, row: SheetRow, places: Iterable[int], notes: list[str]) -> None:
        """Note cells that hold an error such as #REF!."""
        for at in places if self.sheet.marks else ():
            error = self.sheet.marks.errors.get((row.line, at)) if self.sheet.marks else None
            if error is not None:
                notes.append(f'"{self.columns.names[at]}" holds the error {error}')

    def _amount(self, row: SheetRow, at: int, notes: list[str]) -> tuple[Decimal, Said | None] | None:
        """Return a cell's amount and what it says, None where it is blank. Raises BadValue, Undecided, RowRejected."""
        cell = row.cell(at)
        if self._uncalculated(row, at):
            raise RowRejected(
                f'"{self.columns.names[at]}" holds a formula that was never calculated: open the workbook, save it, and read it again'
            )
        unit = self.columns.units.get(at)
        scale = (unit.scale if unit else None) or (self.context.unit.scale if self.context.unit else None)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return Decimal(repr(cell)) * (scale or 1), None
        if isinstance(cell, dt.date | dt.time):
            raise BadValue(f"{cell} is a date")
        said = parse_money(str(cell))
        if said is None:
            return None
        if said.words:
            notes.append(f'"{self.columns.names[at]}" says "{" ".join(str(cell).split())}"')
        return amount_of(said, self.context.locale, scale=scale, decided=self.context.decided), said

    def _currency(self, row: SheetRow, at: int, said: Said | None) -> str | None:
        """Return the currency of an amount: the cell's own, the column of currencies, the header, the title, the call."""
        own, mark = (said.currency, said.open_mark) if said else (None, None)
        if own is None and mark is None and self.sheet.marks:
            place = (row.line, at)
            own, mark = self.sheet.marks.currencies.get(place), self.sheet.marks.open_marks.get(place)
        stated, stated_mark = self._stated(row)
        if own and stated and own != stated:
            raise RowRejected(f'"{self.columns.names[at]}" says {own} and "{self._currency_column()}" says {stated}')
        if own:
            return own
        unit, title = self.columns.units.get(at), self.context.unit
        named = [stated, unit.currency if unit else None, title.currency if title else None, self.context.currency]
        marks = [mark, stated_mark, unit.open_mark if unit else None, title.open_mark if title else None]
        sign = next((one for one in marks if one), None)
        if sign is None:
            return next((one for one in named if one), None)
        fitting = next((one for one in named if one and one in OPEN_MARKS[sign]), None)
        if fitting is None:
            self.open_marks.add(sign)
        return fitting

    def _stated(self, row: SheetRow) -> tuple[str | None, str | None]:
        """Return what the column of currencies says: a code, or a sign of several."""
        text = self._said(row, self.columns.roles.get("currency"))
        unit = unit_of(text) if text else None
        code = text.upper() if is_currency(text.upper()) else (unit.currency if unit else None)
        return code, unit.open_mark if unit and not code else None

    def _currency_column(self) -> str:
        return self.columns.names[self.columns.roles["currency"]]

    def _days(self, row: SheetRow, notes: list[str]) -> tuple[dt.date | None, dt.date | None]:
        """Return the first and last day of a row."""
        self._note_errors(row, _days_at(self.columns), notes)
        found = {role: self._read_days(row, role, notes) for role in ("start", "end", "when")}
        first, last, when = found["start"], found["end"], found["when"] or self._months(row)
        start = first.start if first else (when.start if when else None)
        end = last.end if last else None
        if end is None and "end" not in self.columns.roles and first and first.start != first.end:
            end = first.end
        if end is None and first is None and last is None and when is not None:
            end = when.end
        if start and end and end < start:
            raise RowRejected(f"it ends on {end} before it begins on {start}")
        return start, end

    def _months(self, row: SheetRow) -> Days | None:
        """Return the days of a calendar's months that are marked in a row; a zero marks none, nor does a year unknown."""
        marked = [
            at for at in self.columns.months if str(text_of(row.cell(at)) or "0").strip() not in {"0", "0,00", "0.00"}
        ]
        points = [
            (year, self.columns.months[at])
            for at in marked
            for year in (*years_in(self.columns.names[at]), self.context.year)[:1]
            if year is not None
        ]
        if not points:
            return None
        (first, begin), (last, finish) = min(points), max(points)
        return Days(dt.date(first, begin, 1), dt.date(last, finish, calendar.monthrange(last, finish)[1]))

    def _read_days(self, row: SheetRow, role: str, notes: list[str]) -> Days | None:
        """Return the days of one column."""
        at = self.columns.roles.get(role)
        if at is None:
            return None
        if self._uncalculated(row, at):
            raise RowRejected(
                f'"{self.columns.names[at]}" holds a formula that was never calculated: open the workbook, save it, and read it again'
            )
        try:
            return days_of(
                row.cell(at),
                order=self.context.order,
                year=self.context.year,
                weeks=role == "when" and self.columns.week,
            )
        except Ambiguous as error:
            raise RowRejected(f'"{self.columns.names[at]}": {error}') from error
        except BadValue as error:
            notes.append(f'"{self.columns.names[at]}": {error}')
            return None
