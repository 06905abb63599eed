"""Salesforce's history of opportunities: as the object's own export (grade A), as a report, as field history (grade B).

The objects are `OpportunityHistory` and `OpportunityFieldHistory`. A row is a change; its moment is when the stage was
entered, and the next change of stage is when it was left. A row that changes only money or date opens no spell. The
deal is named by its id, else as the report of opportunities names it.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from math import isnan, nan
from typing import Any

from leadline.evidence.sources.crm import KEY_SIGN, Columns, mapped_stage
from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.grouping import unique_rows
from leadline.evidence.sources.records import Context, Head, Match, Reading, Record, Row
from leadline.evidence.sources.salesforce import amount_of, data_rows, is_yes, record_id, report_rows
from leadline.evidence.sources.survey import Surveyed, Wanted, survey
from leadline.evidence.sources.tables import (
    Layout,
    TableRow,
    layout_feeds,
    match_layout,
    refuse_duplicates,
)
from leadline.evidence.sources.values import BadValue, day_of, plain_name, text_of

# Names of the reports, and of the objects as the API writes them; which of them a file has decides its form.
LAYOUT = Layout(
    columns={
        "id": {"api": ["Id"]},
        "deal": {"en": ["Opportunity ID"], "api": ["OpportunityId"]},
        "name": {"en": ["Opportunity Name"]},
        "account": {"en": ["Account Name"]},
        "created": {"en": ["Created Date"]},
        "entered": {"en": ["Last Modified", "Last Modified Date", "Edit Date"], "api": ["CreatedDate"]},
        "from": {"en": ["From Stage"]},
        "stage": {"en": ["To Stage"], "api": ["StageName"]},
        "field": {"en": ["Field / Event"], "api": ["Field"]},
        "old": {"en": ["Old Value"], "api": ["OldValue"]},
        "new": {"en": ["New Value"], "api": ["NewValue"]},
        "amount": {"en": ["Amount"], "api": ["Amount"]},
        "currency": {"en": ["Amount Currency", "Opportunity Currency"], "api": ["CurrencyIsoCode"]},
        "close": {"en": ["Close Date"], "api": ["CloseDate"]},
        "forecast": {"en": ["Forecast Category"], "api": ["ForecastCategory"]},
        "version": {"api": ["SystemModstamp"]},
        "deleted": {"api": ["IsDeleted"]},
    },
    required=("entered",),
    feeds={
        "id": "stages.source_key",
        "deal": "stages.subject",
        "name": "stages.subject, where no id is",
        "account": "stages.subject, where no id is",
        "created": "stages.subject, where no id is",
        "from": "the stage that was left",
        "field": "stages.change",
        "old": "the value that was left",
        "new": "stages.stage, amount or expected_close",
        "entered": "stages.entered_at; left_at of the change before",
        "close": "stages.expected_close",
        "version": "stages.version_at",
        "deleted": "deleted changes are skipped",
    },
)


def _part(without: Sequence[str], *, language: str | None, required: Sequence[str], signs: Sequence[str]) -> Layout:
    """Return the layout of one form: the columns it may have, in its language."""
    columns = {
        name: {spoken: known for spoken, known in languages.items() if language in {None, spoken}}
        for name, languages in LAYOUT.columns.items()
        if name not in without and (language is None or language in languages)
    }
    return Layout(columns, required, signs, feeds=LAYOUT.feeds)


_FIELD = ("field", "old", "new")
OBJECT = _part(
    _FIELD, language="api", required=("deal", "stage", "entered"), signs=("deleted", "version", "forecast", "close")
)
REPORT = _part(
    _FIELD, language="en", required=("from", "stage", "entered"), signs=("name", "deal", "account", "amount")
)
FIELDS = _part(
    ("from", "stage", "amount", "close", "forecast"),
    language=None,
    required=(*_FIELD, "entered"),
    signs=("name", "deal", "account", "deleted"),
)
# Fields of the field history that are kept → what their change is.
CHANGES = {
    "stage": "stage", "stagename": "stage", "amount": "amount", "close date": "close", "closedate": "close",
}  # fmt: skip
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - stored times are UTC without zone
TICK = timedelta(microseconds=1)
UNTOLD = -1  # code of a stage that a row does not name


@dataclass(frozen=True)
class SalesforceHistory:
    """The format `salesforce-history`."""

    name: str = "salesforce-history"
    version: int = 1
    tables: tuple[str, ...] = ("stages",)

    def recognise(self, head: Head) -> Match | None:
        """Return how the head fits the form that fits best."""
        found = [match for form in (OBJECT, REPORT, FIELDS) if (match := match_layout(head, form, source=self.name))]
        return max(found, key=lambda match: (match.score, -len(match.lacks)), default=None)

    def feeds(self, head: Head, match: Match) -> Mapping[str, str]:  # noqa: ARG002 - the match says it all
        """Return which canonical column each column of the file feeds."""
        return layout_feeds(_form(match), match, table="stages")

    def read(self, head: Head, match: Match, *, context: Context) -> Reading:
        """Return the file's records. Raises ImportRefused: duplicate_header, ambiguous_dates, ambiguous_numbers."""
        refuse_duplicates(head, match, layout=_form(match))
        at, mapped = match.columns, frozenset(match.columns.values())
        wanted = Wanted(
            head.path.name,
            money=[at["amount"]] if "amount" in at else [],
            numbers=[],
            dates=[at[name] for name in ("entered", "close", "created") if name in at],
            language="en",
        )
        key = partial(_key, match)
        surveyed = survey(data_rows(report_rows(head, match, mapped=mapped)), wanted, context=context, key=key)
        reader = _Reader(match, context, surveyed)

        def rows() -> Iterator[TableRow | Record]:
            return unique_rows(report_rows(head, match, mapped=mapped), surveyed.repeats, key=key)

        sequence = _Sequence()
        for row in rows():
            if isinstance(row, TableRow) and isinstance(step := reader.step(row), _Step):
                sequence.add(step)
        sequence.settle()

        def records() -> Iterator[Record]:
            place = 0
            for row in rows():
                step = row if isinstance(row, Record) else reader.step(row)
                if isinstance(step, Record):
                    yield step
                else:
                    yield reader.record(step, sequence, place=place)
                    place += 1

        return Reading(records(), surveyed.numbers, surveyed.because, surveyed.dates)


def _form(match: Match) -> Layout:
    """Return which of the three forms a file has."""
    return FIELDS if "field" in match.columns else REPORT if "from" in match.columns else OBJECT


def _key(match: Match, row: TableRow) -> Hashable | None:
    """Return what tells one change from another: its id, else everything but the values changed."""
    at = match.columns
    names = ("id",) if "id" in at else ("deal", "account", "name", "created", "entered", "field", "stage", "new")
    return tuple(str(text_of(row.cells[at[name]]) or "") for name in names if name in at)


@dataclass(frozen=True)
class _Step:
    """One change as its row says it. stage: None where the row changes something else · before: the stage that was left."""

    row: TableRow
    deal: str
    entered: datetime
    stage: str | None
    before: str | None = None
    amount: Decimal | None = None
    close: date | None = None
    version: datetime | None = None
    flags: tuple[str, ...] = ()
    change: str | None = None


@dataclass
class _Sequence:
    """The changes of all deals in order of time: which stage each was made in, and when that stage was left.

    Some forty bytes per change, whatever their order in the file: a history sorted by date names every deal all over it.
    """

    deals: array[int] = field(default_factory=lambda: array("q"))
    times: array[int] = field(default_factory=lambda: array("q"))
    stages: array[int] = field(default_factory=lambda: array("i"))
    before: array[int] = field(default_factory=lambda: array("i"))
    amounts: array[float] = field(default_factory=lambda: array("d"))
    changes: bytearray = field(default_factory=bytearray)
    left: dict[int, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    spoken: list[str] = field(default_factory=list)

    def add(self, step: _Step) -> None:
        """Take one change in the order of the file."""
        self.deals.append(hash(step.deal))
        self.times.append((step.entered - EPOCH) // TICK)
        self.stages.append(self._code(step.stage))
        self.before.append(self._code(step.before))
        self.amounts.append(nan if step.amount is None else float(step.amount))

    def settle(self) -> None:
        """Walk every deal's changes in order of time."""
        import numpy as np

        self.spoken = list(self.names)
        places = np.arange(len(self.deals))
        order = np.lexsort((places, np.array(self.times), np.array(self.deals))) if len(places) else places
        self.changes = bytearray(len(places))
        waiting: list[int] = []
        deal = now = opened = last = None
        for place in order.tolist():
            if self.deals[place] != deal:
                deal, now, opened, last, waiting = self.deals[place], None, None, None, []
            code = self.stages[place]
            if code == UNTOLD:
                self.stages[place] = UNTOLD if now is None else now
                if now is None:
                    waiting.append(place)
            elif code == now:
                # Of two rows in one stage the second changed money, or else the date.
                self.changes[place] = 2 if last is not None and self._same_money(last, place) else 1
            else:
                for early in waiting:  # changes before the first known one were made in the stage that it left
                    self.stages[early] = self.before[place]
                waiting = []
                if opened is not None:
                    self.left[opened] = self.times[place]
                now, opened = code, place
            last = place

    def stage(self, place: int) -> str | None:
        """Return the stage in which a change was made, None where the file names none for its deal."""
        code = self.stages[place]
        return None if code == UNTOLD else self.spoken[code]

    def change(self, place: int) -> str:
        """Return what a row that names its stage changed: `stage`, `amount` or `close`."""
        return ("stage", "amount", "close")[self.changes[place]]

    def left_at(self, place: int) -> datetime | None:
        """Return when the stage that a change entered was left, None where it was not."""
        ticks = self.left.get(place)
        return None if ticks is None else EPOCH + ticks * TICK

    def _same_money(self, one: int, other: int) -> bool:
        first, second = self.amounts[one], self.amounts[other]
        return first == second or (isnan(first) and isnan(second))

    def _code(self, stage: str | None) -> int:
        return UNTOLD if stage is None else self.names.setdefault(stage, len(self.names))


@dataclass(frozen=True)
class _Reader(Columns):
    """Turns one row into a change."""

    surveyed: Surveyed

    def step(self, row: TableRow) -> _Step | Record:
        """Return the change a row says, or the record of one that is none."""
        if self.at("deleted") is not None and is_yes(row.cells[self.match.columns["deleted"]]):
            return Record(row.line, skipped="deleted")
        name = "entered"
        try:
            entered, shifted = self.moment(row, name, order=self.surveyed.dates)
            name = "version"
            version, _ = self.moment(row, name, order=self.surveyed.dates)
            name = "created"
            deal, by_name = self._deal(row)
        except BadValue as error:
            return self.refused(row, name, reason="bad_date", text=str(error))
        if entered is None or deal is None:
            name = "entered" if entered is None else "deal" if self.at("deal") is not None else "name"
            return self.refused(row, name, reason="missing_key", text="the change names no deal or no moment")
        flags = ("time_shifted",) * shifted + ("deals.name_key",) * by_name
        step = _Step(row, deal, entered, None, version=version, flags=flags)
        return self._field(step) if self.at("field") is not None else self._whole(step)

    def _whole(self, step: _Step) -> _Step | Record:
        """Return a change whose row names stage, amount and close date as of its moment."""
        row = step.row
        stage = self.text(row, "stage")
        if stage is None:
            return self.refused(row, "stage", reason="missing_value", text="the change names no stage")
        name = "amount"
        try:
            amount = self._amount(row, name)
            name = "close"
            close = None if self.at(name) is None else day_of(row.cells[self.match.columns[name]], self.surveyed.dates)
        except BadValue as error:
            return self.refused(row, name, reason="bad_number" if name == "amount" else "bad_date", text=str(error))
        return replace(step, stage=stage, before=self.text(row, "from"), amount=amount, close=close)

    def _field(self, step: _Step) -> _Step | Record:
        """Return a change of one field; of the stage, the amount or the close date."""
        row = step.row
        change = CHANGES.get(plain_name(self.text(row, "field") or ""))
        if change is None:
            return Record(row.line, skipped="event_ignored")
        try:
            if change == "amount":
                return replace(step, change=change, amount=self._amount(row, "new"))
            if change == "close":
                day = day_of(row.cells[self.match.columns["new"]], self.surveyed.dates)
                return replace(step, change=change, close=day)
        except BadValue as error:
            return self.refused(row, "new", reason="bad_number" if change == "amount" else "bad_date", text=str(error))
        stage = self.text(row, "new")
        if stage is None:
            return self.refused(row, "new", reason="missing_value", text="the change names no stage")
        return replace(step, stage=stage, before=self.text(row, "old"))

    def record(self, step: _Step, sequence: _Sequence, *, place: int) -> Record:
        """Return the row of a change; place: its number among the changes of the file."""
        stage = sequence.stage(place)
        if stage is None:  # money of a deal whose stage no row of the file names
            return Record(step.row.line, skipped="event_ignored")
        change = step.change or sequence.change(place)
        values: dict[str, Any] = {
            "source_key": self.text(step.row, "id") or KEY_SIGN.join((step.deal, step.entered.isoformat(), change)),
            "subject_kind": "deal",
            "subject": step.deal,
            "stage": mapped_stage(stage, self.context),
            "stage_raw": stage,
            "entered_at": step.entered,
            "left_at": sequence.left_at(place),
            "change": change,
            "amount": step.amount,
            "currency": self._currency(step),
            "expected_close": step.close,
            "version_at": step.version,
        }
        return Record(step.row.line, (Row("stages", values),), flags=step.flags, raw=step.row.raw)

    def _deal(self, row: TableRow) -> tuple[str | None, bool]:
        """Return the deal's id, else the key that the report of opportunities makes of names, and which of both it is."""
        if self.at("deal") is not None:
            found = self.text(row, "deal")
            return (None if found is None else record_id(found)), False
        name, account = self.text(row, "name"), self.text(row, "account")
        at = self.at("created")
        created = None if at is None else day_of(row.cells[at], self.surveyed.dates)
        if name is None:
            return None, True
        return KEY_SIGN.join((account or "", name, "" if created is None else created.isoformat())), True

    def _currency(self, step: _Step) -> str | None:
        """Return the amount's currency where the file names one; else it is the deal's."""
        named = (self.text(step.row, "currency") or self.context.options.currency or "").upper()
        return named if step.amount is not None and is_currency(named) else None

    def _amount(self, row: TableRow, name: str) -> Decimal | None:
        at = self.at(name)
        return None if at is None else amount_of(row.cells[at], self.surveyed.numbers)


SALESFORCE_HISTORY = SalesforceHistory()
