"""Mapping files: a small YAML document that says how a table no format knows becomes canonical rows.

    mapping: 1
    table: touches                       # or `tables:`, a list of entries, each with its own table
    match: {header: [Datum, E-Mail]}     # the file is this mapping's where all these names stand in its header
    file: {encoding: cp1252, delimiter: ";", skip: 1, timezone: Europe/Berlin, dates: "%d.%m.%Y", numbers: de}
    key: [E-Mail, Datum]                 # what makes a row unique; `line` is the record's own line. Without a key a row
                                         # is known by all it says, so a row that changes later is another row
    columns: {happened_at: {join: [Datum, Uhrzeit]}, class: {const: activity}, event: {const: fair_visit},
              channel: {column: Quelle, values: {mail: Email, unknown: ""}}}
    identifiers: {email: E-Mail}         # who it was; the strongest given is the row's person
    when: {Status: [new, open], Won: ["*"]}  # this entry takes only these records; "*": the column is filled
    grain: month                         # a month's amount is spread over its days, to the cent
    negative: allow                      # credit notes

A mapping file is hostile input like any other: no anchors, no tags, no types, a bounded size, unknown keys refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from leadline.errors import ImportRefused, UsageError, did_you_mean
from leadline.evidence import schema
from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.records import Head
from leadline.evidence.sources.text import text_codec
from leadline.evidence.sources.values import NumberLocale, plain_name, zone_of

SUFFIX = ".mapping.yaml"
LARGEST = 256 << 10  # bytes of a mapping file; own: a thousand columns fit
DEEPEST = 16  # nesting; own: a mapping needs five levels

IDENTIFIERS = (
    "crm", "email", "user", "phone", "author", "badge", "device", "anonymous", "visitor", "ga", "domain_user",
)  # fmt: skip
# Canonical columns a mapping may not fill: lineage and what rules or the import compute.
COMPUTED = frozenset({"touch_id", "node", "person_node", "position", "channel_stated", "tactic_stated", "entry"})
COMPUTED_OF = {"deals": frozenset({"state"})}  # of a deal its stage decides; of consent it is what somebody said
# Tables a mapping may fill: facts and who, but no reasons to join people, which only rules and persons give.
FILLABLE = tuple(
    table.name for table in (*schema.TABLES, schema.CONTACTS) if table.kind != "log" and table.name != "links"
)
TOP = ("mapping", "table", "tables", "match", "file", "key", "columns", "identifiers", "when", "grain", "negative")
ENTRY = ("table", "key", "columns", "identifiers", "when", "grain", "negative")
FILE = ("encoding", "delimiter", "skip", "timezone", "dates", "numbers", "currency", "sheet")
EXPRESSION = ("const", "join", "with", "column", "dates", "values")


@dataclass(frozen=True)
class Expression:
    """Where a value comes from: columns of the record joined by `sign`, or a constant.

    dates: a pattern of its own for this column
    values: what the cell says (case folded, single spaced) → what it stands for; "" is unknown, others stay as they are
    """

    columns: tuple[str, ...] = ()
    const: str | None = None
    sign: str = " "
    dates: str | None = None
    values: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Entry:
    """One table that a file feeds."""

    table: schema.Table
    key: tuple[Expression, ...]
    columns: Mapping[str, Expression]
    identifiers: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, frozenset[str]] = field(default_factory=dict)
    monthly: bool = False
    negative: bool = False

    def names(self) -> set[str]:
        """Return every column of the file this entry reads."""
        read = {name for one in (*self.key, *self.columns.values()) for name in one.columns}
        return (read | set(self.identifiers.values()) | set(self.when)) - {"line"}


@dataclass(frozen=True)
class Mapped:
    """A mapping file, checked. `file` keeps its keys as text."""

    name: str
    header: tuple[str, ...]
    file: Mapping[str, str]
    entries: tuple[Entry, ...]

    @property
    def numbers(self) -> NumberLocale | None:
        """Return the declared number locale."""
        return {"en": "en", "de": "de"}.get(self.file.get("numbers", ""))  # type: ignore[return-value]  # both are locales


def refused(name: str, text: str) -> ImportRefused:
    """Say what is wrong in a mapping file."""
    return ImportRefused("not_recognised", f"{name}{SUFFIX}: {text}")


def load_mapping(path: Path) -> dict[str, Any]:
    """Return a mapping file as plain texts, lists and dicts. Raises ImportRefused."""
    name = path.name.removesuffix(SUFFIX)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise refused(name, f"cannot be read ({error.strerror}).") from error
    if len(data) > LARGEST:
        raise refused(name, f"is larger than {LARGEST >> 10} kB. A mapping needs a line per column.")
    try:
        text = data.decode("utf-8-sig")
        depth = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > DEEPEST:
                raise refused(name, "holds an alias or nests too deeply. Write every value out.")
        document = _plain(yaml.compose(text, Loader=yaml.CSafeLoader), name)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        first = str(error).replace("\n", " ")[:300]
        raise refused(name, f"is no readable YAML ({first}).") from error
    if not isinstance(document, dict):
        raise refused(name, "is no mapping of keys to values. It begins with `mapping: 1`.")
    return document


def _plain(node: yaml.Node | None, name: str) -> Any:  # noqa: ANN401 - a tree of text, list and dict
    """Return a node with every scalar as its text: nothing turns into a date, a number or a truth value."""
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise refused(name, f"line {key.start_mark.line + 1}: a key must be a text.")
            if key.value in found:
                raise refused(name, f'line {key.start_mark.line + 1}: the key "{key.value}" stands twice.')
            found[str(key.value)] = _plain(value, name)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, name) for one in node.value]
    return None if node is None else str(node.value)


def parse_mapping(document: Mapping[str, Any], name: str) -> Mapped:
    """Return a checked mapping. Raises ImportRefused with the nearest known name for everything unknown."""
    _known(document, TOP, name, "key")
    if document.get("mapping") != "1":
        raise refused(name, f'"mapping: {document.get("mapping")}" is not known. Known: mapping: 1.')
    match = _dict(document.get("match", {}), name, "match")
    _known(match, ("header",), name, "match")
    header = tuple(_texts(match.get("header", []), name, "match.header"))
    if "tables" in document and any(key in document for key in ENTRY):
        clash = ", ".join(key for key in ENTRY if key in document)
        raise refused(name, f"holds `tables:` and beside it {clash}. Put them into the entries of `tables:`.")
    raw = document["tables"] if "tables" in document else [{k: document[k] for k in ENTRY if k in document}]
    if not isinstance(raw, list) or not raw:
        raise refused(name, "names no table. Write `table: touches`, or a list under `tables:`.")
    entries = tuple(_entry(_dict(one, name, "tables"), name) for one in raw)
    if not header:
        header = tuple(sorted({column for entry in entries for column in entry.names()}))
    return Mapped(name, header, _file(_dict(document.get("file", {}), name, "file"), name), entries)


def _entry(raw: Mapping[str, Any], name: str) -> Entry:
    """Return one checked entry."""
    _known(raw, ENTRY, name, "key")
    given = str(raw.get("table", ""))
    if given not in FILLABLE:
        raise refused(
            name, f'table "{given}" is not known.{did_you_mean(given, FILLABLE)} Known: {", ".join(FILLABLE)}.'
        )
    table = schema.table(given)
    columns = _dict(raw.get("columns", {}), name, "columns")
    lineage = {column.name for column in schema.LINEAGE} | COMPUTED | COMPUTED_OF.get(given, frozenset())
    allowed = [column for column in table.names if column not in lineage]
    _known(columns, allowed, name, f"column of {given}")
    identifiers = _dict(raw.get("identifiers", {}), name, "identifiers")
    _known(identifiers, IDENTIFIERS, name, "identifier")
    if raw.get("grain", "day") not in {"day", "month"}:
        raise refused(name, f'grain "{raw["grain"]}" is not known. Known: day, month.')
    if raw.get("grain") == "month" and table.time != "day":
        raise refused(name, f"grain: month needs a table with days (spend, metrics), not {given}.")
    if raw.get("negative", "reject") not in {"allow", "reject"}:
        raise refused(name, f'negative "{raw["negative"]}" is not known. Known: allow, reject.')
    keys = raw.get("key", [])
    if not isinstance(keys, list):
        raise refused(name, "key must be a list of columns.")
    return Entry(
        table,
        tuple(_expression(one, name, "key") for one in keys),
        {column: _expression(one, name, column) for column, one in columns.items()},
        {kind: _text(one, name, kind) for kind, one in identifiers.items()},
        {
            column: frozenset(plain_name(one) for one in _texts(values, name, "when"))
            for column, values in _dict(raw.get("when", {}), name, "when").items()
        },
        monthly=raw.get("grain") == "month",
        negative=raw.get("negative") == "allow",
    )


def _expression(raw: object, name: str, where: str) -> Expression:
    """Return where a value comes from."""
    if isinstance(raw, str):
        return Expression((raw,))
    parts = _dict(raw, name, where)
    _known(parts, EXPRESSION, name, f"key of {where}")
    if sum(key in parts for key in ("const", "join", "column")) != 1:
        raise refused(name, f"{where} needs one of: a column's name, {{const: …}}, {{join: [...]}}, {{column: …}}.")
    if "const" in parts:
        return Expression(const=_text(parts["const"], name, where))
    dates = _pattern(_text(parts["dates"], name, where), name) if "dates" in parts else None
    values = {
        plain_name(said): _text(meant, name, said)
        for said, meant in _dict(parts.get("values", {}), name, "values").items()
    }
    if "column" in parts:
        return Expression((_text(parts["column"], name, where),), dates=dates, values=values)
    columns = tuple(_texts(parts["join"], name, where))
    return Expression(columns, sign=_text(parts.get("with", " "), name, where), dates=dates, values=values)


def _file(raw: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return how the file is read, checked."""
    _known(raw, FILE, name, "key of file")
    rules = {key: _text(value, name, key) for key, value in raw.items()}
    if rules.get("numbers", "en") not in {"en", "de"}:
        raise refused(name, f'numbers "{rules["numbers"]}" is not known. Known: en, de.')
    if "delimiter" in rules:
        rules["delimiter"] = {"tab": "\t", "\\t": "\t"}.get(rules["delimiter"], rules["delimiter"])
        if rules["delimiter"] not in {"\t", ";", ",", "|"}:
            raise refused(name, f'delimiter "{rules["delimiter"]}" is not known. Known: , ; | tab.')
    if not rules.get("skip", "0").isdecimal() or len(rules.get("skip", "0")) > 3:
        raise refused(name, f'skip "{rules["skip"]}" is no number of lines.')
    if "timezone" in rules:
        try:
            zone_of(str(rules["timezone"]))
        except UsageError as error:
            raise refused(name, f"timezone: {error}") from error
    if "currency" in rules and not is_currency(rules["currency"]):
        raise refused(name, f'currency "{rules["currency"]}" is not known. Use a code of ISO 4217, such as EUR.')
    if "dates" in rules:
        _pattern(rules["dates"], name)
    return rules


def _pattern(pattern: str, name: str) -> str:
    """Return a date pattern that can be read. Known are mdy, dmy, ymd and strptime patterns."""
    if pattern in {"mdy", "dmy", "ymd"}:
        return pattern
    try:
        datetime.strptime(datetime(2027, 3, 1).strftime(pattern), pattern)  # noqa: DTZ001, DTZ007 - only tries the pattern
    except (ValueError, IndexError, OverflowError) as error:
        raise refused(name, f'dates "{pattern}" is no date pattern ({error}). Example: "%d.%m.%Y %H:%M".') from error
    if "%" not in pattern:
        raise refused(name, f'dates "{pattern}" is no date pattern. Known: mdy, dmy, ymd, or such as "%d.%m.%Y".')
    return pattern


def _known(given: Iterable[str], known: Sequence[str], name: str, kind: str) -> None:
    """Refuse a name that is not known, with the nearest and all known ones."""
    for one in given:
        if one not in known:
            raise refused(name, f'{kind} "{one}" is not known.{did_you_mean(one, known)} Known: {", ".join(known)}.')


def _dict(raw: object, name: str, where: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise refused(name, f"{where} must be a mapping of names to values.")
    return raw


def _text(raw: object, name: str, where: str) -> str:
    if not isinstance(raw, str):
        raise refused(name, f"{where} must be a text.")
    return raw


def _texts(raw: object, name: str, where: str) -> list[str]:
    if not isinstance(raw, list):
        raise refused(name, f"{where} must be a list.")
    return [_text(one, name, where) for one in raw]


def attach_mapping(head: Head, folder: Path | None) -> Head:
    """Return the head with the mapping that goes with the file: beside it, else in the workspace's folder.

    A mapping beside the file (`NAME.mapping.yaml`) must be readable; one in the folder is taken where all names of
    its `match.header` stand in the file, and a broken one there is only noted.
    """
    name = head.path.name
    stems = dict.fromkeys((name.split(".")[0], head.path.stem, name))
    beside = next((found for stem in stems if (found := head.path.with_name(stem + SUFFIX)).is_file()), None)
    if beside is not None:
        document = load_mapping(beside)
        return _with(head, beside.name.removesuffix(SUFFIX), document, parse_mapping(document, beside.name))
    notes = [head.note] if head.note else []
    for path in sorted(folder.glob(f"*{SUFFIX}")) if folder is not None and folder.is_dir() else ():
        stem = path.name.removesuffix(SUFFIX)
        try:
            document = load_mapping(path)
            mapped = parse_mapping(document, stem)
        except ImportRefused as error:
            notes.append(str(error))
            continue
        placed = _with(head, stem, document, mapped)
        if mapped.header and not lacking(placed, mapped):
            return placed
    return replace(head, note="; ".join(notes))


def _with(head: Head, name: str, document: Mapping[str, Any], mapped: Mapped) -> Head:
    """Return the head read as the mapping says, where that fits better than what sniffing found.

    The declared encoding stands only in for the fallback: a byte order mark or valid UTF-8 says more than a file
    written once. The declared delimiter stands unless only the sniffed one shows the header.
    """
    from leadline.evidence.sources.sniff import delimited_head  # sniff opens with mappings

    mapped_head = replace(head, mapping=document, mapping_name=name)
    if head.kind != "csv":
        return mapped_head
    encoding = mapped.file.get("encoding")
    if encoding is not None and head.encoding == "cp1252":
        mapped_head = replace(mapped_head, encoding=_codec(encoding, name), note="")
    delimiter = mapped.file.get("delimiter")
    if delimiter is not None and delimiter != head.delimiter:
        declared = delimited_head(replace(mapped_head, delimiter=delimiter))
        return declared if len(lacking(declared, mapped)) <= len(lacking(mapped_head, mapped)) else mapped_head
    return delimited_head(mapped_head)


def _codec(encoding: str, name: str) -> str:
    """Return a codec's usual name."""
    found = text_codec(encoding)
    if found is None:
        raise refused(name, f'encoding "{encoding}" is not known. Known: utf-8, cp1252, utf-16-le.')
    return {"iso8859-1": "cp1252"}.get(found, found)


def lacking(head: Head, mapped: Mapped) -> tuple[str, ...]:
    """Return the names of `match.header` that no record of the head's beginning holds together."""
    wanted = {plain_name(name): name for name in mapped.header}
    if head.keys:
        return tuple(shown for name, shown in wanted.items() if name not in set(map(plain_name, head.keys)))
    best = set(wanted)
    for records in head.records.values():
        for _, cells in records:
            missing = set(wanted) - {plain_name(str(cell)) for cell in cells}
            best = min(best, missing, key=len)
    return tuple(wanted[name] for name in wanted if name in best)
