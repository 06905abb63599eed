"""What passes between a format's reader and the import: one `Record` per record of the file.

Because every record of the file comes out exactly once, as accepted, rejected, skipped or merged,
the law `read = accepted + rejected + skipped + merged` holds by construction.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Protocol

RejectReason = Literal[
    "columns", "bad_number", "bad_date", "bad_json", "bad_email", "missing_key", "missing_value", "negative",
    "left_before_entered", "second_assignment", "key_conflict", "lost_digits", "encoding", "too_long", "currency",
    "truncated",
]  # fmt: skip
SkipReason = Literal[
    "duplicate_row", "totals", "footer", "repeated_header", "event_ignored", "page_ping", "never_sent", "not_public",
    "deleted", "other_block", "forgotten",
]  # fmt: skip
RefusalReason = Literal[
    "not_recognised", "ambiguous_format", "empty", "binary", "no_day", "no_currency", "ambiguous_numbers",
    "ambiguous_dates", "duplicate_header", "key_conflict", "too_many_rejects", "unsafe_xml", "truncated", "storage_version",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Identifier:
    """Somebody as the source names them, before pseudonymisation: `email`, `crm`, `ga`, `user` and so on."""

    kind: str
    value: str
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One canonical row. A value that is an `Identifier` becomes a node of `identities` on import.

    `values` holds columns of the table (schema.py) as Python values: str, int, float, Decimal, date,
    datetime (UTC, without zone), bool, None, or Identifier for columns that hold nodes.
    Lineage (`source`, `import_id`, `line`) is added by the import; `source_key` is given here
    (spend excepted: the import builds it from the key columns if it is absent).
    A key that is absent says nothing: on a later import it leaves the stored value alone; None overwrites it.

    - `deal`, `account`, and `subject` of these kinds are given as the source's own record id (text). The import
      makes the number from system and id, the system being the source's name up to the first `-`
      (`hubspot-deals` → `hubspot`); an id with its own system is written `system:id`.
    - `channel`, `tactic`: only what the row itself states (a mapping's constant or column); the import
      applies the rules to everything else, and `stage_map` to `stage_raw` (stage may be left out).
    """

    table: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """The source says that two identifiers are one subject (exact keys)."""

    a: Identifier
    b: Identifier
    reason: str


@dataclass(frozen=True, slots=True)
class Reject:
    """A record, or a `part` of one (`stage`, `identifier`), that could not be taken, and why."""

    line: int
    column: str | None
    reason: RejectReason
    text: str
    raw: str
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the file and what became of it.

    Accepted when it gives rows or links; else rejected (a reject without `part`), `skipped` or `merged`.
    The readers of this package settle repeated keys of a file themselves (`duplicate_row`, `key_conflict`, `merged`);
    the import compares the keys of two records all the same: equal rows → `duplicate_row`, else `key_conflict`.

    totals: what a totals row claims, as a checksum, by the report's names (`spend.amount.EUR`, `spend.impressions`)
    raw: the record as text; only needed where the import itself may have to reject it (`key_conflict`)
    """

    line: int
    rows: Sequence[Row] = ()
    links: Sequence[Link] = ()
    rejects: Sequence[Reject] = ()
    skipped: SkipReason | None = None
    merged: bool = False
    flags: Sequence[str] = ()
    totals: Mapping[str, Decimal | int] = field(default_factory=dict)
    raw: str | None = None


@dataclass(frozen=True)
class Head:
    """The beginning of a file, as far as recognising its format needs it. Pure data.

    kind: `csv`, `jsonl`, `json`, `parquet`, `sheet`, `xml` or `binary`
    records: first 50 records (csv) with the physical line each starts on, or sheet rows, per sheet name ("" for csv)
    keys: keys of the first JSON object, column names of the parquet schema, or the name of an XML file's first element
    compressed: the file is gzip and is unpacked while it is read
    newline: what ends a physical line, in the file's own bytes
    hidden: sheets that are not shown and were passed over
    mapping, mapping_name: the mapping file that goes with this export, and its name without `.mapping.yaml`
    note: what a person should know about how the file was opened (an encoding that was fallen back to)
    """

    path: Path
    kind: str
    encoding: str | None = None
    delimiter: str | None = None
    records: Mapping[str, Sequence[tuple[int, Sequence[Any]]]] = field(default_factory=dict)
    keys: Sequence[str] = ()
    mapping: Mapping[str, Any] | None = None
    compressed: bool = False
    newline: bytes = b"\n"
    hidden: Sequence[str] = ()
    mapping_name: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Match:
    """How well a format fits a head, and how the file would be read. score 0..1.

    columns: canonical name → position in `header`; header: the names as the file spells them.
    source: the format's name, or the mapping's for a mapping file; it stands in every row's lineage.
    """

    source: str
    score: float
    header_line: int = 1
    sheet: str | None = None
    columns: Mapping[str, int] = field(default_factory=dict)
    language: str = "en"
    why: str = ""
    lacks: Sequence[str] = ()
    header: Sequence[str] = ()


@dataclass(frozen=True)
class ImportOptions:
    """The command line's options of one import; part of the "already imported" key."""

    source: str | None = None
    sheet: str | None = None
    currency: str | None = None
    numbers: Literal["en", "de"] | None = None
    dates: str | None = None
    encoding: str | None = None
    accept_rejects: bool = False
    again: bool = False
    replace_span: bool = False


@dataclass(frozen=True)
class Context:
    """What a reader may know beside the file.

    timezone: for local times without zone · states: the plan's bridge states (token after `stage:`)
    stage_map: this source's stage names (case folded, single spaced) → states
    own_accounts: accounts (`name@server`) and hosts that publish for us, case folded and without a leading @
    """

    timezone: str = "UTC"
    options: ImportOptions = field(default_factory=ImportOptions)
    states: frozenset[str] = frozenset()
    stage_map: Mapping[str, str] = field(default_factory=dict)
    own_accounts: frozenset[str] = frozenset()


@dataclass
class Reading(Iterator[Record]):
    """The records of one file, in one pass, and how their values were understood.

    numbers: `en` or `de`, decided once per file, and the value that decided (`numbers_because`)
    dates: `ymd`, `mdy`, `dmy` or a strptime pattern · currency_from: the column, header or option it came from
    """

    records: Iterator[Record]
    numbers: str | None = None
    numbers_because: str = ""
    dates: str | None = None
    currency_from: str | None = None

    def __next__(self) -> Record:
        """Return the next record."""
        return next(self.records)


class Source(Protocol):
    """One export format."""

    @property
    def name(self) -> str:
        """Return the format's name as `--source` takes it."""
        ...

    @property
    def version(self) -> int:
        """Return the reader's version; `--again` re-reads after it rose."""
        ...

    @property
    def tables(self) -> tuple[str, ...]:
        """Return the canonical tables this format can fill."""
        ...

    def recognise(self, head: Head) -> Match | None:
        """Return how the head fits, or None; pure, reads nothing but the head."""
        ...

    def feeds(self, head: Head, match: Match) -> Mapping[str, str]:
        """Return which canonical column each column of the file feeds, for `--explain`."""
        ...

    def read(self, head: Head, match: Match, *, context: Context) -> Reading:
        """Return the records, one after the other; raise ImportRefused where the whole file cannot be taken."""
        ...


def csv_record(cells: Iterable[object], *, delimiter: str = ",") -> str:
    r"""Return cells as one CSV record without its end; line breaks inside a cell stay inside its quotes.

    >>> csv_record(["a", "b\nc"])
    'a,"b\nc"'
    """
    target = io.StringIO()
    # The writer quotes the signs of its line terminator: with none it would let a line break split the record.
    csv.writer(target, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return target.getvalue().removesuffix("\r\n")
