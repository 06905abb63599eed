"""Any table through a mapping file: csv, sheet, JSON lines, JSON or parquet → canonical rows of one or more tables."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from leadline.errors import ImportRefused
from leadline.evidence.sources.documents import Document, json_records, parquet_records
from leadline.evidence.sources.mapped_rows import Item, MappedRow, RowFailed, RowMaker
from leadline.evidence.sources.mapping import FILLABLE, Mapped, lacking, parse_mapping
from leadline.evidence.sources.records import Context, Head, Link, Match, Reading, Record, Reject, Row
from leadline.evidence.sources.survey import Wanted, survey
from leadline.evidence.sources.tables import TableRow, duplicate_header, table_rows
from leadline.evidence.sources.values import NumberLocale, plain_name

PART = {"stages": "stage"}  # what a rejected entry is called in a record that stays; else `row`


@dataclass(frozen=True)
class Generic:
    """The format `generic`: a file with a mapping. Its rows carry the mapping's name as their source."""

    name: str = "generic"
    version: int = 1
    tables: tuple[str, ...] = FILLABLE

    def recognise(self, head: Head) -> Match | None:
        """Return a certain match where the file holds the mapping's header, one that lacks its names where not."""
        if head.mapping is None or head.mapping_name is None:
            return None
        mapped = parse_mapping(head.mapping, head.mapping_name)
        lacks = lacking(head, mapped)
        if lacks:
            return Match(mapped.name, 0.0, why="the mapping's header is not in the file", lacks=lacks)
        if head.keys:
            return Match(mapped.name, 1.0, why="mapping file", header=tuple(head.keys))
        wanted = {plain_name(name) for name in mapped.header}
        for sheet, records in head.records.items():
            for line, cells in records:
                names = tuple(str(cell).strip().strip("\ufeff") for cell in cells)
                if line > int(mapped.file.get("skip", "0")) and wanted <= {plain_name(name) for name in names}:
                    columns = {name: at for at, name in reversed(list(enumerate(names))) if name}
                    return Match(mapped.name, 1.0, line, sheet or None, columns, why="mapping file", header=names)
        return Match(mapped.name, 0.0, why="the mapping's header is not in the file", lacks=mapped.header)

    def feeds(self, head: Head, match: Match) -> Mapping[str, str]:
        """Return which canonical columns each column of the file feeds, as the mapping says."""
        mapped = parse_mapping(head.mapping or {}, head.mapping_name or "")
        fed: dict[str, list[str]] = {}
        for entry in mapped.entries:
            for column, expression in entry.columns.items():
                for name in expression.columns:
                    fed.setdefault(plain_name(name), []).append(f"{entry.table.name}.{column}")
            for kind, name in entry.identifiers.items():
                fed.setdefault(plain_name(name), []).append(f"identities: {kind}")
            for name in entry.when:
                fed.setdefault(plain_name(name), []).append(f"when {entry.table.name} takes a record")
            for part in entry.key:
                for name in part.columns:
                    fed.setdefault(plain_name(name), []).append(f"{entry.table.name}.source_key")
        names = {plain_name(name): name for name in reversed(match.header)}
        return {names.get(name, name): ", ".join(dict.fromkeys(said)) for name, said in fed.items() if name in names}

    def read(self, head: Head, match: Match, *, context: Context) -> Reading:
        """Return the file's records. Raises ImportRefused: not_recognised, no_currency, ambiguous_numbers or dates."""
        understood = understand(head, match, context=context)
        maker = understood.maker

        def items() -> Iterator[Item]:
            return items_of(head, match, mapped=maker.mapped)

        records = records_of(items, maker)
        return Reading(records, maker.numbers, understood.because, maker.dates, maker.currency_from)


@dataclass(frozen=True)
class Understood:
    """How a file is read by its mapping: what makes rows of its records, and what decided the number locale."""

    maker: RowMaker
    because: str


def understand(head: Head, match: Match, *, context: Context) -> Understood:
    """Return how a file is read. Raises ImportRefused: not_recognised, no_currency, ambiguous_numbers or dates."""
    mapped = parse_mapping(head.mapping or {}, head.mapping_name or "")
    if head.kind in {"csv", "sheet"}:
        _check_columns(head, match, mapped)
    numbers, because, dates = _values(head, match, mapped, context)
    maker = RowMaker(mapped, context, numbers, dates)
    maker.check_currency(head.path.name)
    if any(expression.columns for entry in mapped.entries for expression in entry.columns.values()):
        return Understood(maker, because)
    raise ImportRefused("not_recognised", f"{mapped.name}.mapping.yaml reads no column of the file.")


def items_of(head: Head, match: Match, *, mapped: Mapped) -> Iterator[Item]:
    """Yield every record of a file with access to its values by name."""
    return table_items(head, match, mapped=mapped) if head.kind in {"csv", "sheet"} else _document_items(head)


def records_of(items: Callable[[], Iterator[Item]], maker: RowMaker) -> Iterator[Record]:
    """Return what items give, each once. items: gives the same ones each time; all that share a key are among them."""
    return _records(items(), maker, _Repeats(maker, items()))


def _check_columns(head: Head, match: Match, mapped: Mapped) -> None:
    """Refuse a mapping that reads a column the file does not have, or one that stands twice."""
    places: dict[str, list[int]] = {}
    for at, name in enumerate(match.header):
        places.setdefault(plain_name(name), []).append(at)
    for name in sorted({name for entry in mapped.entries for name in entry.names()}):
        found = places.get(plain_name(name), [])
        if not found:
            raise ImportRefused(
                "not_recognised",
                f'{mapped.name}.mapping.yaml reads the column "{name}", which {head.path.name} does not have. '
                f"It has: {', '.join(match.header)}.",
            )
        if len(found) > 1:
            raise duplicate_header(head, name, places=found, feeds=mapped.name)


def _values(head: Head, match: Match, mapped: Mapped, context: Context) -> tuple[NumberLocale, str, str]:
    """Return number locale, why, and date order: options, the mapping, then the file's own values."""
    numbers = context.options.numbers or mapped.numbers
    dates = context.options.dates or mapped.file.get("dates")
    if head.kind not in {"csv", "sheet"} or (numbers and dates):
        return numbers or "en", "mapping file" if numbers else "typed values", dates or "ymd"
    at = {plain_name(name): place for place, name in enumerate(match.header)}
    money, days = set[int](), set[int]()
    for entry in mapped.entries:
        types = {column.name: column.type for column in entry.table.columns}
        for column, expression in entry.columns.items():
            places = {at[plain_name(name)] for name in expression.columns if plain_name(name) in at}
            if types[column] in {"DECIMAL(18,4)", "DOUBLE", "BIGINT"} and column not in {"deal", "account", "subject"}:
                money |= places
            elif types[column] in {"DATE", "TIMESTAMP"} and expression.dates is None:
                days |= places
    wanted = Wanted(
        head.path.name, money=sorted(money), numbers=[], dates=[] if dates else sorted(days), own_dates=dates
    )
    options = replace(context.options, numbers=context.options.numbers or mapped.numbers)
    rows = table_rows(head, match, mapped=frozenset())
    surveyed = survey(rows, wanted, context=replace(context, options=options), key=lambda _: None)
    return surveyed.numbers, "mapping file" if numbers else surveyed.because, surveyed.dates


def table_items(head: Head, match: Match, *, mapped: Mapped) -> Iterator[Item]:
    """Yield the rows of a table with access by column name."""
    places = places_of(match, mapped)
    return row_items(table_rows(head, match, mapped=frozenset(places.values())), places)


def places_of(match: Match, mapped: Mapped) -> dict[str, int]:
    """Return where the columns that a mapping reads stand in the header."""
    at = {plain_name(name): place for place, name in reversed(list(enumerate(match.header)))}
    return {name: at[plain_name(name)] for entry in mapped.entries for name in entry.names()}


def row_items(rows: Iterable[TableRow], places: Mapping[str, int]) -> Iterator[Item]:
    """Yield rows of a table with access by the names of their places."""
    return (
        Item(row.line, _reader(row, places), row.raw, row.reject, repeated_header=row.repeated_header) for row in rows
    )


def _reader(row: TableRow, places: Mapping[str, int]) -> Callable[[str], Any]:
    """Return access to one row's cells by the mapping's names."""
    return lambda name: row.cells[places[name]] if name in places else None


def _document_items(head: Head) -> Iterator[Item]:
    """Yield the objects of a JSON or parquet file with access by key or dotted path."""
    return map(document_item, parquet_records(head) if head.kind == "parquet" else json_records(head))


def document_item(document: Document) -> Item:
    """Return an object with access by key or dotted path."""
    reject = None
    if document.problem is not None:
        reject = Reject(document.line, None, *document.problem, document.raw)
    return Item(document.line, _path_reader(document), document.text(), reject)


def _path_reader(document: Document) -> Callable[[str], Any]:
    """Return access to an object by key, else by dotted path; lists and objects are no values."""

    def read(name: str) -> Any:  # noqa: ANN401 - JSON values
        value: Any = document.value
        if name not in value:
            for part in name.split("."):
                value = value.get(part) if isinstance(value, dict) else None
        else:
            value = value[name]
        return None if isinstance(value, dict | list) else value

    return read


class _Repeats:
    """Keys that stand more than once in the file: told apart into equal rows and conflicts, in 16 bytes a row."""

    def __init__(self, maker: RowMaker, items: Iterator[Item]) -> None:
        """Make every row once and keep the hashes of its key and values."""
        import numpy as np  # heavy, needed once per file

        keys, values = array("q"), array("q")
        for item in items:
            if item.reject is None and not item.repeated_header:
                for made in maker.rows(item):
                    if isinstance(made, MappedRow) and made.key is not None:
                        keys.append(hash(made.key))
                        values.append(hash(made))
        pairs = np.column_stack([np.frombuffer(one, dtype=np.int64) for one in (keys, values)])
        distinct = np.unique(pairs, axis=0)
        several, times = np.unique(distinct[:, 0], return_counts=True)
        self.conflicts = set(several[times > 1].tolist())
        found, times = np.unique(pairs[:, 0], return_counts=True)
        self.repeated = set(found[times > 1].tolist())


@dataclass
class _Seen:
    """What went out already: repeated keys, how often an equal row without one, the arm each trial unit was first in."""

    keys: set[Any] = field(default_factory=set)
    times: Counter[Any] = field(default_factory=Counter)
    arms: dict[tuple[Any, Any], Any] = field(default_factory=dict)


def _records(items: Iterator[Item], maker: RowMaker, repeats: _Repeats) -> Iterator[Record]:
    """Yield every record once."""
    seen = _Seen()
    for item in items:
        if item.repeated_header:
            yield Record(item.line, skipped="repeated_header")
        elif item.reject is not None:
            yield Record(item.line, rejects=(item.reject,))
        else:
            yield _record(item, maker, repeats, seen)


def _record(item: Item, maker: RowMaker, repeats: _Repeats, seen: _Seen) -> Record:
    """Return what one item gives: rows and links, and the entries that could not take it."""
    rows: list[Row] = []
    links: dict[Link, None] = {}
    failed: list[tuple[str, Reject]] = []
    flags: list[str] = []
    doubled = 0
    for made in maker.rows(item):
        if isinstance(made, RowFailed):
            failed.append((made.table, made.reject))
            continue
        if made.key is not None and not made.keyless and hash(made.key) in repeats.conflicts:
            text = "several records have this key and different values"
            failed.append((made.table.name, Reject(item.line, made.key_column, "key_conflict", text, item.raw)))
            continue
        if made.key is not None and hash(made.key) in repeats.repeated:
            if made.keyless:
                seen.times[made.key] += 1
                made.number(seen.times[made.key])
            elif made.key in seen.keys:
                doubled += 1
                continue
            else:
                seen.keys.add(made.key)
        if (other := _other_arm(made, seen)) is not None:
            text = f"this unit was assigned to {other} before; the first assignment counts"
            failed.append((made.table.name, Reject(item.line, made.key_column, "second_assignment", text, item.raw)))
            continue
        rows += made.spread()
        links |= dict.fromkeys(made.links)
        failed += [("identifier", reject) for reject in made.rejects]
        flags += made.flags
    return _settled(item, Record(item.line, rows, tuple(links), flags=flags), failed, doubled=doubled)


def _other_arm(made: MappedRow, seen: _Seen) -> str | None:
    """Return the arm a trial's unit was assigned to before, where it is another one."""
    if made.table.name != "trials":
        return None
    unit = (made.values.get("test"), made.values.get("unit"))
    first = seen.arms.setdefault(unit, made.values.get("arm"))
    return None if first == made.values.get("arm") else str(first)


def _settled(item: Item, given: Record, failed: Sequence[tuple[str, Reject]], *, doubled: int) -> Record:
    """Return the record: counted once, whatever number of entries took it."""
    unlike: dict[tuple[str | None, str], tuple[str, Reject]] = {}
    for table, reject in failed:
        unlike.setdefault((reject.column, reject.reason), (table, reject))
    if given.rows or doubled:
        parts = [
            reject if reject.part else replace(reject, part=PART.get(table, "row")) for table, reject in unlike.values()
        ]
        if given.rows:
            return replace(given, rejects=parts)
        return Record(item.line, skipped="duplicate_row", rejects=parts)
    whole = [reject for _, reject in unlike.values() if reject.part is None]
    if not whole:
        reason = Reject(item.line, None, "missing_value", "no entry of the mapping takes this record", item.raw)
        whole = [reason]
    return Record(item.line, rejects=whole)


GENERIC = Generic()
