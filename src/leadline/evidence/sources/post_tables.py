"""Exports of posts and mailings that are a table with a header: one record gives one row of `posts`, and perhaps metrics.

A format is a `PostFormat`: its columns and what one record means. Everything else is the same for all.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from leadline.evidence.sources.records import Context, Head, Match, Reading, Record, RejectReason, Row, SkipReason
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
from leadline.evidence.sources.values import (
    BadValue,
    DateOrder,
    count_of,
    id_of,
    is_null,
    moment_of,
    text_of,
    to_utc,
    totals_label,
)

# The month names of exports in English; strptime would read those of the machine's language.
MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
SPELLED = "%b %d, %Y"  # how `written_moment` is called in the import log

_WRITTEN = re.compile(
    r"(?:[a-z]{3,9},\s+)?([a-z]{3,9})\.?\s+(\d{1,2}),\s+(\d{4})(?:,?\s+(\d{1,2}):(\d{2})\s*([ap]m)?)?",
    re.ASCII | re.IGNORECASE,
)


class BadCell(ValueError):
    """A record that cannot be taken: canonical column, reason; the message is the reject's text."""

    def __init__(self, column: str, reason: RejectReason, text: str) -> None:
        """Keep the machine-readable parts beside the text."""
        self.column, self.reason = column, reason
        super().__init__(text)


@dataclass(frozen=True)
class Line:
    """One record with access by canonical column; an absent column and an empty cell are both None."""

    row: TableRow
    at: Mapping[str, int]
    surveyed: Surveyed
    zone: str

    def text(self, name: str) -> str | None:
        """Return a cell as text, line breaks and all."""
        return text_of(self.row.cells[self.at[name]]) if name in self.at else None

    def key(self, name: str) -> str:
        """Return the record's own id. Raises BadCell where there is none, or a spreadsheet took its last digits."""
        try:
            found = id_of(self.row.cells[self.at[name]])
        except BadValue as error:
            raise BadCell(name, "lost_digits", str(error)) from error
        if found is None:
            raise BadCell(name, "missing_key", "the record has no id")
        return found

    def count(self, name: str) -> int | None:
        """Return a count. Raises BadCell for what is none."""
        if name not in self.at:
            return None
        try:
            found = count_of(self.row.cells[self.at[name]], self.surveyed.numbers)
        except BadValue as error:
            raise BadCell(name, "bad_number", str(error)) from error
        if found is not None and found < 0:
            raise BadCell(name, "negative", f"{found} is negative")
        return found

    def counts(self, names: Mapping[str, str]) -> dict[str, int | None]:
        """Return column of the table → count, for those that the file reports. names: it → canonical column."""
        return {ours: self.count(theirs) for ours, theirs in names.items() if theirs in self.at}

    def moment(self, name: str) -> tuple[dt.datetime, bool]:
        """Return a moment in UTC, and whether a clock change shifted it. Raises BadCell for what is none."""
        cell = self.row.cells[self.at[name]]
        try:
            written = written_moment(cell) if isinstance(cell, str) else None
            if written is not None:
                return to_utc(written, self.zone)
            found = moment_of(cell, self.surveyed.dates, zone=self.zone)
        except BadValue as error:
            raise BadCell(name, "bad_date", str(error)) from error
        if found is None:
            raise BadCell(name, "bad_date", "the record has no date")
        return found


@dataclass(frozen=True)
class Taken:
    """What one record gives: rows, or why it is skipped."""

    rows: Sequence[Row] = ()
    skipped: SkipReason | None = None
    flags: Sequence[str] = ()


@dataclass(frozen=True)
class PostFormat:
    """One export as data.

    take: what one record gives; raises BadCell · counts: canonical columns that hold counts · when: the one that
    holds the time · dates: its own order of day and month, where it writes it in figures
    """

    name: str
    layout: Layout
    take: Callable[[Line], Taken]
    counts: Sequence[str]
    when: str
    dates: DateOrder | None = None
    version: int = 1
    tables: tuple[str, ...] = ("posts",)

    def recognise(self, head: Head) -> Match | None:
        """Return how the head fits."""
        return match_layout(head, self.layout, source=self.name)

    def feeds(self, head: Head, match: Match) -> Mapping[str, str]:  # noqa: ARG002 - the match says it all
        """Return which canonical column each column of the file feeds."""
        return layout_feeds(self.layout, match, table="posts")

    def read(self, head: Head, match: Match, *, context: Context) -> Reading:
        """Return the file's records. Raises ImportRefused: duplicate_header, ambiguous_numbers."""
        refuse_duplicates(head, match, layout=self.layout)
        rows = partial(table_rows, head, match, mapped=frozenset(match.columns.values()))
        wanted = Wanted(
            head.path.name,
            money=[],
            numbers=[match.columns[name] for name in self.counts if name in match.columns],
            dates=[match.columns[self.when]],
            language=match.language,
            own_dates=self.dates or "ymd",
        )
        surveyed = survey(rows(), wanted, context=context, key=lambda _: None)
        # A spelled month needs no order; one in figures is told, so that a few mended records are read alike.
        dates = surveyed.dates if self.dates else SPELLED
        if context.options.dates == SPELLED:
            surveyed = replace(surveyed, dates="ymd")
        records = (self._record(row, match, surveyed, context.timezone) for row in rows())
        return Reading(records, numbers=surveyed.numbers, numbers_because=surveyed.because, dates=dates)

    def _record(self, row: TableRow, match: Match, surveyed: Surveyed, zone: str) -> Record:
        """Return what became of one record."""
        if row.repeated_header:
            return Record(row.line, skipped="repeated_header")
        if _is_totals(row, match, self.when):
            return Record(row.line, skipped="totals")
        if row.reject is not None:
            return Record(row.line, rejects=(row.reject,))
        try:
            taken = self.take(Line(row, match.columns, surveyed, zone))
        except BadCell as error:
            column = match.header[match.columns[error.column]]
            return rejected(row, column, reason=error.reason, text=str(error))
        if taken.skipped is not None:
            return Record(row.line, skipped=taken.skipped)
        return Record(row.line, rows=taken.rows, flags=taken.flags, raw=row.raw)


def _is_totals(row: TableRow, match: Match, when: str) -> bool:
    """Return whether a record is a totals row: its first cell says so, and it has no time of its own."""
    at = match.columns[when]
    return bool(row.cells) and totals_label(row.cells[0]) and (at >= len(row.cells) or is_null(row.cells[at]))


def written_moment(text: str) -> dt.datetime | None:
    """Return a date written with an English month, and its time of day (midnight without one); None for other texts.

    Raises BadValue for a day that does not exist.

    >>> written_moment("Tue, Mar 2, 2027"), written_moment("Mar 03, 2027 09:15 pm")
    (datetime.datetime(2027, 3, 2, 0, 0), datetime.datetime(2027, 3, 3, 21, 15))
    """
    match = _WRITTEN.fullmatch(text.strip())
    month = MONTHS.get(match[1][:3].casefold()) if match else None
    if match is None or month is None:
        return None
    hour, half = int(match[4] or 0), (match[6] or "").casefold()
    if half:
        if not 1 <= hour <= 12:
            raise BadValue(f"{text.strip()} is not a time that exists")
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return dt.datetime(int(match[3]), month, int(match[2]), hour, int(match[5] or 0))  # noqa: DTZ001 - local time
    except ValueError as error:
        raise BadValue(f"{text.strip()} is not a date that exists") from error
