"""One record through one mapping: values by the type of their canonical column, who it was, months spread over days."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from leadline.errors import ImportRefused
from leadline.evidence import schema
from leadline.evidence.consent import ENTRY_PARTS
from leadline.evidence.privacy import normal_form
from leadline.evidence.sources.crm import mail_identifier, mapped_stage
from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.keys import Composed, key_of_row
from leadline.evidence.sources.mapping import IDENTIFIERS, Entry, Expression, Mapped
from leadline.evidence.sources.records import Context, Identifier, Link, Reject, RejectReason, Row
from leadline.evidence.sources.values import (
    BadValue,
    NumberLocale,
    count_of,
    day_of,
    id_of,
    is_null,
    moment_of,
    money_of,
    number_of,
    plain_name,
    text_of,
)

CENT = Decimal("0.01")
ANY = "*"  # of `when`: the column is filled
# What a row of a table cannot be without; the key columns of a table are needed besides.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "spend": ("day", "amount"),
    "touches": ("happened_at", "class", "event"),
    "stages": ("subject_kind", "subject", "stage", "entered_at"),
    "deals": ("stage", "created_at"),
    "deal_people": ("deal", "person_node"),
    "orders": ("ordered_at",),
    "metrics": ("metric", "day", "value"),
    "posts": ("venue", "published_at"),
    "responses": ("conversation", "happened_at", "direction"),
    "trials": ("test", "unit", "arm"),
    "consent": ("node", "purpose", "channel", "state"),
}
# Columns that hold one of a few words; design/evidence 1.1.
WORDS: Mapping[tuple[str, str], frozenset[str]] = {
    ("touches", "class"): frozenset({"exposure", "activity", "reply"}),
    ("stages", "subject_kind"): frozenset({"person", "account", "deal"}),
    ("stages", "change"): frozenset({"stage", "amount", "close"}),
    ("deals", "status"): frozenset({"open", "won", "lost"}),
    ("orders", "status"): frozenset({"booked", "cancelled"}),
    ("responses", "direction"): frozenset({"inbound", "outbound"}),
    ("trials", "unit_kind"): frozenset({"person", "account", "geo"}),
    ("consent", "state"): frozenset({"granted", "withdrawn", "objected"}),
}
PERSON = {"stages": "subject", "deal_people": "person_node", "responses": "person_node"}
MONEY_TABLES = ("spend", "orders", "deals", "trials")
RECORD_IDS = frozenset({"deal", "account", "subject", "campaign_id", "adset_id", "ad_id", "object", "unit"})
TRUE = frozenset({"true", "yes", "y", "1", "ja", "oui", "x"})
FALSE = frozenset({"false", "no", "n", "0", "nein", "non"})


@dataclass(slots=True)
class Item:
    """One record of any kind of file, with its values by column name."""

    line: int
    get: Callable[[str], Any]
    raw: str
    reject: Reject | None = None
    repeated_header: bool = False


@dataclass(slots=True)
class RowFailed:
    """An entry that could not take a record, and why."""

    table: str
    reject: Reject


@dataclass(slots=True)
class MappedRow:
    """One row an entry made.

    key: what makes it unique in its table, None where the last one given stands
    keyless: the mapping names no key, so equal rows of one file are several things that happened
    """

    table: schema.Table
    values: dict[str, Any]
    key: tuple[Any, ...] | None
    key_column: str | None
    links: Sequence[Link] = ()
    rejects: Sequence[Reject] = ()
    flags: Sequence[str] = ()
    monthly: bool = False
    keyless: bool = False

    def __hash__(self) -> int:
        """Return a hash of what the row says."""
        return hash((self.table.name, tuple(sorted((name, str(value)) for name, value in self.values.items()))))

    def number(self, time: int) -> None:
        """Tell an equal row of the same file apart: the second and later ones carry their number in their key."""
        if time > 1:
            self.values["source_key"] = self.values["source_key"].plus(str(time))

    def spread(self) -> list[Row]:
        """Return the row, or one per day of its month with the money divided to the cent."""
        if not self.monthly:
            return [Row(self.table.name, self.values)]
        first: date = self.values["day"].replace(day=1)
        days = calendar.monthrange(first.year, first.month)[1]
        shares = {
            name: spread_over(value, days)
            for name, value in self.values.items()
            if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        }
        rows = []
        for index in range(days):
            day = first + timedelta(days=index)
            values = self.values | {name: share[index] for name, share in shares.items()} | {"day": day}
            values["source_key"] = self.values["source_key"].plus(day.isoformat())
            rows.append(Row(self.table.name, values))
        return rows


def spread_over(value: Decimal | float | int, days: int) -> list[Decimal] | list[float] | list[int]:  # noqa: PYI041 - each keeps its type
    """Return a value in as many parts as days, which add up to it exactly; the rest goes to the first days.

    Money goes to the cent, counts to the one, other numbers in equal parts. A fraction of a cent stays on the
    first day.

    >>> spread_over(Decimal("45000.00"), 31)[8:10]
    [Decimal('1451.62'), Decimal('1451.61')]
    """
    if isinstance(value, float):
        return [value / days] * days
    whole = not isinstance(value, Decimal)
    step = Decimal(1) if whole else CENT
    size, sign = abs(Decimal(value)), -1 if value < 0 else 1
    share = (size / days).quantize(step, ROUND_DOWN)
    rest = size - share * days
    more = int(rest / step)
    parts = [share + (step if index < more else 0) for index in range(days)]
    parts[0] += rest - more * step
    return [int(sign * part) for part in parts] if whole else [sign * part for part in parts]


@dataclass
class RowMaker:
    """Makes the rows of one file by its mapping."""

    mapped: Mapped
    context: Context
    numbers: NumberLocale
    dates: str

    def __post_init__(self) -> None:
        """Settle what is the same for every record."""
        self.zone = self.mapped.file.get("timezone", self.context.timezone)
        self.currency = self.mapped.file.get("currency") or (self.context.options.currency or "").upper() or None
        own = any("currency" in entry.columns for entry in self.mapped.entries)
        option = "mapping file" if "currency" in self.mapped.file else "--currency"
        self.currency_from = "column" if own else (option if self.currency else None)

    def check_currency(self, file: str) -> None:
        """Refuse a mapping of money that nowhere names its currency; it is never assumed."""
        for entry in self.mapped.entries:
            money = [c.name for c in entry.table.columns if c.type == schema.MONEY and c.name in entry.columns]
            if entry.table.name in MONEY_TABLES and money and "currency" not in entry.columns and not self.currency:
                raise ImportRefused(
                    "no_currency",
                    f"{file}: {self.mapped.name}.mapping.yaml maps {', '.join(money)} and no currency. Next step: map "
                    "`currency` to a column or a constant, or give --currency EUR.",
                )

    def rows(self, item: Item) -> Iterator[MappedRow | RowFailed]:
        """Yield what each entry makes of a record."""
        for entry in self.mapped.entries:
            if all(holds(item.get(name), values) for name, values in entry.when.items()):
                yield self._row(item, entry)

    def _row(self, item: Item, entry: Entry) -> MappedRow | RowFailed:
        """Return an entry's row or why it cannot be."""
        values: dict[str, Any] = {}
        flags: list[str] = []
        for name, expression in entry.columns.items():
            try:
                values[name] = self._value(item, entry, name, expression, flags)
            except BadValue as error:
                reason = _reason(entry.table, name, error)
                return RowFailed(entry.table.name, _reject(item, _column(expression), reason, str(error)))
        who, links, rejects = self._who(item, entry)
        self._fill(entry, values, who)
        if (wrong := self._wrong(item, entry, values)) is not None:
            return RowFailed(entry.table.name, wrong)
        parts = tuple(self.key_part(item, entry, expression=one) for one in entry.key)
        if entry.key and not any(part.value if isinstance(part, Identifier) else part for part in parts):
            return RowFailed(
                entry.table.name, _reject(item, _column(entry.key[0]), "missing_key", "every part of the key is blank")
            )
        values["source_key"] = Composed(parts) if entry.key else key_of_row(entry.table.name, values)
        key = None
        if entry.table.kind == "fact":
            own = ("day",) if entry.monthly else ()
            told = ENTRY_PARTS if entry.table is schema.CONSENT else entry.table.key
            names = (*(name for name in told if name != "source"), *own)
            key = (entry.table.name, *(str(values.get(name)) for name in names))
        column = _column(entry.key[0]) if entry.key else None
        keyless = not entry.key and "source_key" in entry.table.key
        return MappedRow(
            entry.table, values, key, column, links, rejects, flags, monthly=entry.monthly, keyless=keyless
        )

    def value(self, item: Item, entry: Entry, *, name: str) -> tuple[Any, bool]:
        """Return one canonical value as its expression reads it, and whether a clock change shifted it. Raises BadValue."""
        flags: list[str] = []
        return self._value(item, entry, name, entry.columns[name], flags), bool(flags)

    def key_part(self, item: Item, entry: Entry, *, expression: Expression) -> str | Identifier:
        """Return one part of the natural key; `line` is the record's own line."""
        if expression.const is not None:
            return expression.const
        if expression.columns == ("line",) and item.get("line") is None:
            return str(item.line)
        text = expression.sign.join(text_of(item.get(name)) or "" for name in expression.columns).strip()
        return _hidden(text, entry, expression) if text else text

    def _value(self, item: Item, entry: Entry, name: str, expression: Expression, flags: list[str]) -> Any:  # noqa: ANN401
        """Return one canonical value. Raises BadValue."""
        kind = next(column.type for column in entry.table.columns if column.name == name)
        cell = _cell(item, expression)
        if name in RECORD_IDS or kind == "TEXT":
            text = id_of(cell) if name in RECORD_IDS else text_of(cell)
            plain = text is None or kind != "TEXT" or entry.table is schema.CONTACTS
            return text if plain else _hidden(str(text), entry, expression)
        order = expression.dates or self.dates
        if kind == "TIMESTAMP":
            read = moment_of(cell, order, zone=self.zone)
            if read is not None and read[1]:
                flags.append("time_shifted")
            return None if read is None else read[0]
        if kind == "DATE":
            return day_of(cell, order)
        if kind == schema.MONEY:
            return money_of(cell, self.numbers)
        if kind == "BIGINT":
            return count_of(cell, self.numbers)
        if kind == "DOUBLE":
            number = number_of(cell, self.numbers)
            return None if number is None else float(number)
        return _truth(cell)

    def _who(self, item: Item, entry: Entry) -> tuple[Identifier | None, tuple[Link, ...], tuple[Reject, ...]]:
        """Return the strongest identifier of a record, links to the others, and those that are none."""
        found: list[Identifier] = []
        rejects: list[Reject] = []
        for kind in sorted(entry.identifiers, key=IDENTIFIERS.index):
            column = entry.identifiers[kind]
            try:
                if (one := identifier_of(kind, item.get(column))) is not None:
                    found.append(one)
            except BadValue as error:
                reason: RejectReason = "bad_email" if kind == "email" else "lost_digits"
                rejects.append(_reject(item, column, reason, str(error), part="identifier"))
        links = tuple(Link(found[0], other, f"{self.mapped.name} record") for other in found[1:])
        return (found[0] if found else None), links, tuple(rejects)

    def _fill(self, entry: Entry, values: dict[str, Any], who: Identifier | None) -> None:
        """Fill what a mapping need not say."""
        table = entry.table.name
        names = set(entry.table.names)
        person = PERSON.get(table, "node")
        if who is not None and person in names and values.get(person) is None:
            values[person] = who
        if table == "trials" and who is not None and values.get("unit") is None:
            values["unit"] = who
        named = values.get("currency")
        if "currency" in names and (named or self.currency):
            values["currency"] = named.upper() if named else self.currency
        defaults: dict[str, dict[str, Any]] = {
            "spend": {"geo": "*"},
            "metrics": {"geo": "*", "segment": "*", "until": values.get("day")},
            "orders": {"status": "booked"},
            "stages": {"change": "stage", "stage_raw": values.get("stage")},
            "posts": {"kind": "Create"},
            "responses": {"kind": "message"},
        }
        for name, value in defaults.get(table, {}).items():
            if values.get(name) is None:
                values[name] = value
        if table == "stages" and values.get("stage") is not None:
            values["stage"] = mapped_stage(values["stage"], self.context)
        if table == "trials" and values.get("period") is None and values.get("assigned_at") is not None:
            values["period"] = values["assigned_at"].date()

    def _wrong(self, item: Item, entry: Entry, values: Mapping[str, Any]) -> Reject | None:
        """Return why a row cannot stand, or None."""
        table = entry.table.name

        def _fault(name: str, reason: RejectReason, text: str) -> Reject:
            return _reject(item, _column(entry.columns[name]) if name in entry.columns else None, reason, text)

        for name in NEEDED.get(table, ()):
            if values.get(name) is None:
                return _fault(name, "missing_value", f"the row has no {name}")
        for (where, name), words in WORDS.items():
            if where == table and values.get(name) is not None and values[name] not in words:
                return _fault(name, "missing_value", f'"{values[name]}" is none of: {", ".join(sorted(words))}')
        money = [c.name for c in entry.table.columns if c.type == schema.MONEY]
        if not entry.negative:
            counts = [c.name for c in entry.table.columns if c.type == "BIGINT" and c.unit == "count"]
            for name in (*money, *counts):
                if isinstance(values.get(name), Decimal | int) and values[name] < 0:
                    return _fault(name, "negative", f"{values[name]} is negative")
        has_money = table in MONEY_TABLES and any(values.get(name) is not None for name in money)
        if has_money and not is_currency(values.get("currency")):
            return _fault("currency", "currency", f'"{values.get("currency") or ""}" is not a currency of ISO 4217')
        entered, left = values.get("entered_at"), values.get("left_at")
        if entered is not None and left is not None and left < entered:
            return _fault("left_at", "left_before_entered", f"left at {left} before it was entered at {entered} (UTC)")
        return None


def identifier_of(kind: str, cell: object) -> Identifier | None:
    """Return whom a cell names, None where it is blank. Raises BadValue where it names nobody."""
    text = id_of(cell)
    if text is None:
        return None
    return mail_identifier(text, verified=False) if kind == "email" else Identifier(kind, text)


def holds(cell: object, values: frozenset[str]) -> bool:
    """Return whether a record's cell is one of the values an entry takes; `*` is any that says something."""
    return not is_null(cell) if ANY in values else plain_name(str(cell or "")) in values


def hidden(entry: Entry, expression: Expression) -> list[str]:
    """Return the kinds of identifiers that stand in the columns of an expression."""
    named = {plain_name(column): kind for kind, column in entry.identifiers.items()}
    return [named[plain_name(name)] for name in expression.columns if plain_name(name) in named]


def _hidden(text: str, entry: Entry, expression: Expression) -> str | Identifier:
    """Return a text as an identifier where it holds a column that names somebody; the import makes a pseudonym of it."""
    kinds = hidden(entry, expression)
    if not kinds:
        return text
    kind = kinds[0] if len(expression.columns) == 1 else "text"
    return Identifier(kind, normal_form(kind, text) or text)


def _cell(item: Item, expression: Expression) -> Any:  # noqa: ANN401 - a cell of any kind of file
    """Return what an expression reads, as its `values` translate it."""
    cell = _read(item, expression)
    return expression.values.get(plain_name(str(cell or "")), cell) if expression.values else cell


def _read(item: Item, expression: Expression) -> Any:  # noqa: ANN401 - a cell of any kind of file
    """Return what stands in the file; a typed date and a time of day join to a moment."""
    if expression.const is not None:
        return expression.const
    if len(expression.columns) == 1:
        name = expression.columns[0]
        value = item.get(name)
        return item.line if value is None and name == "line" else value
    cells = [item.get(name) for name in expression.columns]
    if isinstance(cells[0], date):
        day = cells[0].date() if isinstance(cells[0], datetime) else cells[0]
        return datetime.combine(day, _time_of(cells[1])) if len(cells) == 2 else day
    if all(is_null(cell) for cell in cells):
        return None
    shown = [cell.strftime("%H:%M") if isinstance(cell, time) else text_of(cell) for cell in cells]
    return expression.sign.join(part for part in shown if part)


def _time_of(cell: object) -> time:
    """Return a time of day that stands in a cell of its own; midnight where blank. Raises BadValue."""
    if isinstance(cell, time):
        return cell
    if isinstance(cell, datetime):
        return cell.time()
    if is_null(cell):
        return time()
    try:
        return time.fromisoformat(str(cell).strip())
    except ValueError as error:
        raise BadValue(f"{cell} is not a time of day") from error


def _truth(cell: object) -> bool | None:
    """Return a truth value, None where null. Raises BadValue."""
    if isinstance(cell, bool) or is_null(cell):
        return cell if isinstance(cell, bool) else None
    word = plain_name(str(text_of(cell)))
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise BadValue(f'"{cell}" is neither yes nor no')


def _reason(table: schema.Table, name: str, error: BadValue) -> RejectReason:
    """Return the reason of a value that could not be read."""
    if "lost digits" in str(error):
        return "lost_digits"
    kind = next(column.type for column in table.columns if column.name == name)
    return "bad_date" if kind in {"DATE", "TIMESTAMP"} else "bad_number"


def _column(expression: Expression) -> str | None:
    """Return the file's column an expression reads first."""
    return expression.columns[0] if expression.columns else None


def _reject(item: Item, column: str | None, reason: RejectReason, text: str, *, part: str | None = None) -> Reject:
    """Return a reject of an item."""
    return Reject(item.line, column, reason, text, item.raw, part)
