"""What the engine makes of the cells of a column: an expression for what is plain, a list of all distinct cells for the rest.

Plain is a cell whose meaning no rule could change: text without outer space or address, a typed moment, a whole number.
Everything else is asked of the careful reader once for each distinct cell, and joined back. A cell that it refuses, or
that holds an address, makes the record odd: such a record goes the careful way as a whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from leadline.evidence.engines import HELD
from leadline.evidence.privacy import Pseudonyms
from leadline.evidence.row_names import row_name_in_sql
from leadline.evidence.rows import RowMaker, RowRefused
from leadline.evidence.scan_cells import LINE, Cells
from leadline.evidence.sources import mapped_rows
from leadline.evidence.sources.keys import Composed
from leadline.evidence.sources.mapped_rows import NEEDED, RECORD_IDS, WORDS, Item, hidden, holds
from leadline.evidence.sources.mapping import Entry, Expression
from leadline.evidence.sources.records import Identifier
from leadline.evidence.sources.values import EXACT_ID_DIGITS, LONGEST_NULL, NULLS, BadValue, to_utc
from leadline.evidence.staging import ARROW

if TYPE_CHECKING:
    import duckdb

ASKED_AT_ONCE = 100_000  # distinct cells in memory at once; own: some ten MB
HOUR_MICROS = 3_600_000_000
WITHIN_HOUR = (0, 900, 1800, 2700, 3599)  # seconds of an hour looked at; own: clocks change at full quarters since 1970
# Text that is stored as it stands, or says nothing: no outer white space, no sign of an address.
PLAIN = r"([!-?A-~\p{L}\p{N}]([^@]*[!-?A-~\p{L}\p{N}])?)?"
MOMENT = r"(19[7-9]\d|20\d\d)-\d\d-\d\d([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.]\d{1,6})?)?)?(Z|UTC)?"
YEARS = "BETWEEN TIMESTAMP '1970-01-02 00:00:00' AND TIMESTAMP '2100-01-01 00:00:00'"
NULL_TEXTS = ", ".join(f"'{text}'" for text in sorted(NULLS))
WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
MONEY = "DECIMAL(18,4)"


@dataclass(frozen=True)
class Value:
    """One column of the rows: its expression, when a cell is understood, what it is joined with, when a clock shifted it.

    cells: those that are stored as they stand, if they are plain text
    """

    text: str
    plain: str = "TRUE"
    joins: tuple[str, ...] = ()
    shifted: str = "FALSE"
    cells: tuple[str, ...] = ()


@dataclass
class Values:
    """Makes the expressions of one entry over the relation `r`. used: what the expression of its key is asked with."""

    connection: duckdb.DuckDBPyConnection
    cells: Cells
    entry: Entry
    reader: mapped_rows.RowMaker
    maker: RowMaker
    numbers: Iterator[int] = field(default_factory=count)
    used: dict[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def key_says_who(self) -> bool:
        """Return whether a person stands in the natural key, which then is hashed as a whole."""
        return any(hidden(self.entry, one) for one in self.entry.key)

    def column(self, name: str) -> Value:
        """Return a canonical column of the entry."""
        expression = self.entry.columns[name]
        kind = next(column.type for column in self.entry.table.columns if column.name == name)
        found = self._direct(name, kind, expression) or self._asked(name, kind, expression)
        if name == "currency":
            return replace(found, text=f"upper({found.text})")
        return self._checked(name, kind, found)

    def key(self) -> Value:
        """Return the natural key; a record without any part of it is odd."""
        if self.maker.forgotten:
            return self._whole_key()
        parts = [self._part(expression) for expression in self.entry.key]
        text = f"concat_ws(chr(31), {', '.join(part.text for part in parts)})"
        if self.key_says_who:
            named, self.used = row_name_in_sql(text, self.maker.pseudonyms.key)
            whose = zip(self.entry.key, parts, strict=True)
            told = " OR ".join(f"{part.text} <> ''" for one, part in whose if hidden(self.entry, one))
            text = f"CASE WHEN {told} THEN {named} ELSE {text} END"
        filled = " OR ".join(f"{part.text} <> ''" for part in parts)
        plain = " AND ".join((f"({filled})", *(part.plain for part in parts)))
        joins = tuple(join for part in parts for join in part.joins)
        return Value(text, plain, joins, cells=tuple(cell for part in parts for cell in part.cells))

    def _whole_key(self) -> Value:
        """Return the key where somebody was forgotten: a name may stand in it, over several of its parts."""
        names = tuple(dict.fromkeys(name for one in self.entry.key for name in one.columns))

        def answer(cells: Sequence[Any]) -> tuple[object, bool]:
            parts = tuple(
                self.reader.key_part(_item(names, cells), self.entry, expression=one) for one in self.entry.key
            )
            if not any(part.value if isinstance(part, Identifier) else part for part in parts):
                raise BadValue("every part of the key is blank")
            return self._alone(self.maker.stored(self.entry.table.name, "source_key", value=Composed(parts))), False

        return self.asked(names, "TEXT", answer=answer)

    def _alone(self, stored: object) -> object:
        """Return a stored value that names nobody who was forgotten, and holds no address. Raises BadValue."""
        met, text = list(self.maker.met), str(stored)
        self.maker.met.clear()
        if met or "@" in text or (self.maker.forgotten and self.maker.forgotten.says(text)):
            raise BadValue("what names somebody is taken out row by row")
        return stored

    def taken(self) -> Value:
        """Return when the entry takes a record."""
        asked = [
            self.asked((name,), "BOOLEAN", answer=partial(_is_taken, wanted))
            for name, wanted in self.entry.when.items()
        ]
        plain = " AND ".join(f"{one.text}" for one in asked) or "TRUE"
        return Value("TRUE", plain, tuple(join for one in asked for join in one.joins))

    def asked(
        self, names: Sequence[str], kind: str, *, answer: Callable[[Sequence[Any]], tuple[object, bool]]
    ) -> Value:
        """Return the answers for each distinct combination of cells, as a table that is joined.

        answer: cells → value and whether it was shifted; BadValue and RowRefused say that the record is odd
        """
        number = next(self.numbers)
        places = [self.cells.places[name] for name in names]
        keys = ", ".join(f"k{at} {self.cells.types[place]}" for at, place in enumerate(places))
        self.connection.execute(f"CREATE TABLE known{number} ({keys}, value {kind}, plain BOOLEAN, shifted BOOLEAN)")
        for batch in self.distinct(places):
            made = [_answer(answer, cells) for cells in zip(*(one.to_pylist() for one in batch.columns), strict=True)]
            answers = [
                pa.array(one, type_)
                for one, type_ in zip(zip(*made, strict=True), (ARROW[kind], pa.bool_(), pa.bool_()), strict=True)
            ]
            self.connection.register(
                "batch",
                pa.table(
                    [*batch.columns, *answers],
                    names=[*(f"k{at}" for at in range(len(places))), "value", "plain", "shifted"],
                ),
            )
            self.connection.execute(f"INSERT INTO known{number} SELECT * FROM batch")
            self.connection.unregister("batch")
        on = " AND ".join(f"a{number}.k{at} IS NOT DISTINCT FROM r.{place}" for at, place in enumerate(places))
        join = f"LEFT JOIN known{number} a{number} ON {on}"
        shifted = f"a{number}.shifted" if kind == "TIMESTAMP" else "FALSE"  # only a moment has a clock to be moved by
        return Value(f"a{number}.value", f"coalesce(a{number}.plain, FALSE)", (join,), shifted)

    def distinct(self, places: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield every distinct combination of cells once, some at a time."""
        named = ", ".join(f"r.{place}" for place in places)
        with self.connection.cursor() as other:
            other.execute(f"USE {HELD}")
            for batch in other.sql(f"SELECT DISTINCT {named} FROM {self.cells.text} r").to_arrow_reader(ASKED_AT_ONCE):
                self.maker.pseudonyms = Pseudonyms(self.maker.pseudonyms.key)  # remembering them all would fill memory
                if batch.num_rows:
                    yield batch

    def _asked(self, name: str, kind: str, expression: Expression) -> Value:
        """Return a column as the careful reader reads each distinct cell of it."""
        table = self.entry.table.name

        def answer(cells: Sequence[Any]) -> tuple[object, bool]:
            item = _item(expression.columns, cells)
            value, shifted = self.reader.value(item, self.entry, name=name)
            return self._alone(self.maker.stored(table, name, value=value)), shifted

        if not expression.columns:
            return self._constant(answer, kind)
        return self.asked(expression.columns, kind, answer=answer)

    def _constant(self, answer: Callable[[Sequence[Any]], tuple[object, bool]], kind: str) -> Value:
        """Return a constant, or a value that is never plain where it is none of its kind."""
        stored, plain, _ = _answer(answer, ())
        text = "NULL" if stored is None else "'" + str(stored).replace("'", "''") + "'"
        return Value(f"CAST({text} AS {kind})", "TRUE" if plain else "FALSE")

    def _direct(self, name: str, kind: str, expression: Expression) -> Value | None:
        """Return the expression of what needs no asking, or None."""
        if len(expression.columns) != 1 or expression.values or expression.columns[0] not in self.cells.places:
            return None
        cell = f"r.{self.cells.places[expression.columns[0]]}"
        raw = self.cells.types[self.cells.places[expression.columns[0]]]
        if kind == "TEXT":
            return (
                None
                if self.maker.forgotten or hidden(self.entry, expression)
                else _direct_text(cell, raw, is_id=name in RECORD_IDS)
            )
        if kind == "TIMESTAMP":
            return self._moment(cell, raw, expression)
        if raw in WHOLE and kind in {"DOUBLE", MONEY} and name not in RECORD_IDS:
            return Value(f"CAST({cell} AS {kind})", f"({cell} IS NULL OR abs({cell}) < 10000000000000)")
        if raw == kind == "DOUBLE":
            return Value(cell, f"({cell} IS NULL OR isfinite({cell}))")
        return None

    def _moment(self, cell: str, raw: str, expression: Expression) -> Value | None:
        """Return a moment in UTC."""
        if raw == "TIMESTAMP WITH TIME ZONE":
            utc = f"make_timestamp(epoch_us({cell}))"
            return Value(utc, f"({cell} IS NULL OR {utc} {YEARS})")
        if raw == "TIMESTAMP":
            return self._from_zone(cell, f"({cell} IS NULL OR {cell} {YEARS})", "TRUE")
        if raw == "VARCHAR" and (expression.dates or self.reader.dates) in {"ymd", "mdy", "dmy"}:
            bare = f"replace(replace(replace({cell}, 'UTC', ''), 'T', ' '), 'Z', '')"
            text = f"CASE WHEN {_is_null(cell)} THEN NULL ELSE try_cast({bare} AS TIMESTAMP) END"
            known = f"regexp_full_match({cell}, '{MOMENT}') AND try_cast({bare} AS TIMESTAMP) IS NOT NULL"
            plain = f"({_is_null(cell)} OR ({known}))"
            return self._from_zone(
                text, plain, f"NOT coalesce(ends_with({cell}, 'Z') OR ends_with({cell}, 'UTC'), FALSE)"
            )
        return None

    def _from_zone(self, local: str, plain: str, unzoned: str) -> Value:
        """Return local time as UTC: the offset of each hour that occurs, where it is the same in all of the hour."""
        if self.reader.zone == "UTC":
            return Value(local, plain)
        number = next(self.numbers)
        hour = f"(epoch_us({local}) // {HOUR_MICROS})"
        self.connection.execute(
            f"CREATE TABLE hours{number} AS SELECT DISTINCT {hour} AS hour FROM {self.cells.text} r WHERE {plain} AND ({local}) IS NOT NULL"
        )
        rows = [
            (one, *self._offset(one))
            for (one,) in self.connection.execute(f"SELECT hour FROM hours{number}").fetchall()
        ]
        self.connection.execute(f"CREATE TABLE known{number} (hour BIGINT, micros BIGINT, shifted BOOLEAN)")
        fields = {"hour": pa.int64(), "micros": pa.int64(), "shifted": pa.bool_()}
        table = pa.table(
            [pa.array([row[at] for row in rows], type_) for at, type_ in enumerate(fields.values())], names=list(fields)
        )
        self.connection.register("batch", table)
        self.connection.execute(f"INSERT INTO known{number} SELECT * FROM batch")
        self.connection.unregister("batch")
        join = f"LEFT JOIN known{number} a{number} ON a{number}.hour = {hour}"
        utc = f"CASE WHEN {unzoned} THEN make_timestamp(epoch_us({local}) + a{number}.micros) ELSE {local} END"
        whole = f"({plain} AND (({local}) IS NULL OR NOT ({unzoned}) OR a{number}.micros IS NOT NULL))"
        return Value(utc, whole, (join,), f"(({unzoned}) AND a{number}.shifted)")

    def _offset(self, hour: int) -> tuple[int | None, bool]:
        """Return what is added to a local hour to make it UTC, in microseconds, None where it changes within the hour."""
        start = dt.datetime(1970, 1, 1) + dt.timedelta(hours=hour)  # noqa: DTZ001 - local by what it stands for
        seen = set()
        for second in WITHIN_HOUR:
            local = start + dt.timedelta(seconds=second)
            utc, shifted = to_utc(local, self.reader.zone)
            seen.add((round((utc - local).total_seconds() * 1e6), shifted))
        return seen.pop() if len(seen) == 1 else (None, False)

    def _part(self, expression: Expression) -> Value:
        """Return one part of the key, '' where it is blank."""
        if expression.columns == (LINE,):
            return Value(f"CAST(r.{LINE} AS VARCHAR)")
        plain = len(expression.columns) == 1 and not hidden(self.entry, expression)
        if plain and expression.columns[0] in self.cells.places:
            place = self.cells.places[expression.columns[0]]
            found = _direct_text(f"r.{place}", self.cells.types[place], is_id=False)
            if found is not None:
                return replace(found, text=f"coalesce({found.text}, '')")

        def answer(cells: Sequence[Any]) -> tuple[object, bool]:
            item = _item(expression.columns, cells)
            part = self.reader.key_part(item, self.entry, expression=expression)
            return self.maker.part(part, table=self.entry.table.name), False

        if not expression.columns:
            return self._constant(answer, "TEXT")
        return self.asked(expression.columns, "TEXT", answer=answer)

    def _checked(self, name: str, kind: str, value: Value) -> Value:
        """Return a column with what every row of its table needs of it."""
        table, plain = self.entry.table.name, [value.plain]
        if name in NEEDED.get(table, ()):
            plain.append(f"({value.text}) IS NOT NULL")
        words = WORDS.get((table, name))
        if words is not None:
            listed = ", ".join(f"'{word}'" for word in sorted(words))
            plain.append(f"coalesce({value.text} IN ({listed}), TRUE)")
        if kind == MONEY and not self.entry.negative:
            plain.append(f"coalesce({value.text} >= 0, TRUE)")
        return replace(value, plain=" AND ".join(plain))


def all_plain(values: Sequence[Value]) -> str:
    """Return when everything in a record is understood."""
    conditions = dict.fromkeys(one.plain for one in values if one.plain != "TRUE")
    cells = tuple(dict.fromkeys(cell for one in values for cell in one.cells))
    conditions |= dict.fromkeys(map(_is_plain, cells))
    return " AND ".join(f"coalesce({one}, FALSE)" for one in conditions) or "TRUE"


def _is_plain(cell: str) -> str:
    """Return when a text is plain: by its ends where these are ASCII, which is told tenfold faster than by the pattern."""
    ends = f"{cell} >= '!' AND {cell} < chr(127) AND {cell}[-1] BETWEEN '!' AND '~'"
    told = f"{cell} IS NULL OR ({ends} AND NOT contains({cell}, '@'))"
    return f"CASE WHEN {told} THEN TRUE ELSE regexp_full_match({cell}, '{PLAIN}') END"


def _direct_text(cell: str, raw: str, *, is_id: bool) -> Value | None:
    """Return a text that is stored as it stands, or None where its type needs asking."""
    if raw == "VARCHAR":
        return Value(f"CASE WHEN {_is_null(cell)} THEN NULL ELSE {cell} END", cells=(cell,))
    if raw == "TIMESTAMP":
        shown = f"strftime({cell}, CASE WHEN epoch_us({cell}) % 1000000 = 0 THEN '%Y-%m-%d %H:%M:%S' ELSE '%Y-%m-%d %H:%M:%S.%f' END)"
        return Value(shown, f"({cell} IS NULL OR {cell} {YEARS})")
    if raw in WHOLE:
        known = f"({cell} IS NULL OR abs({cell}) < {10**EXACT_ID_DIGITS})" if is_id else "TRUE"
        return Value(f"CAST({cell} AS VARCHAR)", known)
    return None


def _is_null(cell: str) -> str:
    return f"({cell} IS NULL OR (strlen({cell}) <= {LONGEST_NULL} AND lower({cell}) IN ({NULL_TEXTS})))"


def _is_taken(wanted: frozenset[str], cells: Sequence[Any]) -> tuple[object, bool]:
    return holds(cells[0], wanted), False


def _item(names: Sequence[str], cells: Sequence[Any]) -> Item:
    return Item(0, dict(zip(names, cells, strict=True)).get, "")


def _answer(answer: Callable[[Sequence[Any]], tuple[object, bool]], cells: Sequence[Any]) -> tuple[object, bool, bool]:
    """Return value, whether it is one, and whether it was shifted."""
    try:
        value, shifted = answer(cells)
    except (BadValue, RowRefused):
        return None, False, False
    return value, True, shifted
