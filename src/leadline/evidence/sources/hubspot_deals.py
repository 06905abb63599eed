"""HubSpot deals: one record per deal with its current state, its people and its wide stage history. Grade B.

`Date entered "STAGE (PIPELINE)"` and `Date exited …` come as one pair of columns per stage; several contacts or
companies stand in one cell, separated by `;`. Times are in the portal's zone (settings.timezone).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from leadline.evidence.sources.crm import (
    KEY_SIGN,
    Columns,
    addresses_in,
    deal_status,
    deals_currency,
    mapped_stage,
    moment,
    parts_of,
)
from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.grouping import unique_rows
from leadline.evidence.sources.records import (
    Context,
    Head,
    Identifier,
    Match,
    Reading,
    Record,
    Reject,
    RejectReason,
    Row,
)
from leadline.evidence.sources.survey import Wanted, survey
from leadline.evidence.sources.tables import (
    Layout,
    TableRow,
    layout_feeds,
    match_layout,
    refuse_duplicates,
    rejected,
    table_rows,
)
from leadline.evidence.sources.values import BadValue, NumberLocale, day_of, id_of, is_null, money_of, text_of

LAYOUT = Layout(
    columns={
        "id": {"en": ["Record ID", "Deal ID"]},
        "name": {"en": ["Deal Name"]},
        "stage": {"en": ["Deal Stage"]},
        "pipeline": {"en": ["Pipeline"]},
        "amount": {"en": ["Amount"]},
        "currency": {"en": ["Currency", "Deal Currency Code"]},
        "created": {"en": ["Create Date"]},
        "closed": {"en": ["Close Date"]},
        "owner": {"en": ["Deal owner"]},
        "lead_source": {"en": ["Lead Source", "Original Source Type", "Original Traffic Source"]},
        "campaign": {"en": ["Original Source Drill-Down 1", "Original Traffic Source Drill-Down 1"]},
        "lost_reason": {"en": ["Closed Lost Reason"]},
        "people": {"en": ["Associated Contact IDs"]},
        "people_names": {"en": ["Associated Contact"]},
        "companies": {"en": ["Associated Company IDs"]},
        "company_names": {"en": ["Associated Company"]},
    },
    required=("id", "name", "stage", "created", "closed"),
    distinctive=("pipeline", "owner", "people", "companies"),
    feeds={
        "id": "deals.source_key",
        "created": "deals.created_at",
        "closed": "deals.closed_at, of open deals expected_close",
        "campaign": "deals.tactic, stages.tactic (a claim)",
        "lead_source": "deals.lead_source, stages.origin",
        "people": "deal_people.person_node",
        "people_names": "deal_people.person_node, where no ids are",
        "companies": "deals.account, accounts.source_key",
        "company_names": "accounts.name",
    },
)
_HISTORY = re.compile(r'date (entered|exited) "?(.*?)(?: \(([^()]*)\))?"?\s*', re.IGNORECASE)


@dataclass(frozen=True)
class _StageColumns:
    """Where one stage's history stands: entered always, exited where the file has it."""

    stage: str
    entered: int
    exited: int | None


@dataclass(frozen=True)
class HubspotDeals:
    """The format `hubspot-deals`."""

    name: str = "hubspot-deals"
    version: int = 1
    tables: tuple[str, ...] = ("deals", "deal_people", "stages", "accounts")

    def recognise(self, head: Head) -> Match | None:
        """Return how the head fits."""
        return match_layout(head, LAYOUT, source=self.name)

    def feeds(self, head: Head, match: Match) -> Mapping[str, str]:  # noqa: ARG002 - the match says it all
        """Return which canonical column each column of the file feeds."""
        found = layout_feeds(LAYOUT, match, table="deals")
        for column in stage_columns(match):
            found[match.header[column.entered]] = f"stages.entered_at of {column.stage}"
            if column.exited is not None:
                found[match.header[column.exited]] = f"stages.left_at of {column.stage}"
        return found

    def read(self, head: Head, match: Match, *, context: Context) -> Reading:
        """Return the file's records. Raises ImportRefused: no_currency, duplicate_header."""
        refuse_duplicates(head, match, layout=LAYOUT)
        at, history = match.columns, stage_columns(match)
        times = [*(at[name] for name in ("created", "closed")), *(column.entered for column in history)]
        wanted = Wanted(
            head.path.name,
            money=[at["amount"]] if "amount" in at else [],
            numbers=[],
            dates=times,
            language="en",
            open_dates="mdy",
        )
        mapped = frozenset(at.values()) | {c.entered for c in history} | {c.exited for c in history if c.exited}
        surveyed = survey(
            table_rows(head, match, mapped=mapped), wanted, context=context, key=lambda row: _id(row, at["id"])
        )
        currency, currency_from = deals_currency(head, match, context=context)
        reader = _Reader(match, context, history, surveyed.numbers, surveyed.dates, currency)
        rows = unique_rows(table_rows(head, match, mapped=mapped), surveyed.repeats, key=lambda row: _id(row, at["id"]))
        return Reading(
            (row if isinstance(row, Record) else reader.record(row) for row in rows),
            surveyed.numbers,
            surveyed.because,
            surveyed.dates,
            currency_from,
        )


def _id(row: TableRow, at: int) -> Hashable | None:
    """Return the record id as the key, None where it is blank."""
    return None if is_null(row.cells[at]) else text_of(row.cells[at])


def stage_columns(match: Match) -> list[_StageColumns]:
    """Return the stage history's columns, in the file's order of stages."""
    entered: dict[tuple[str, str], int] = {}
    exited: dict[tuple[str, str], int] = {}
    for at, name in enumerate(match.header):
        if found := _HISTORY.fullmatch(name.strip()):
            target = entered if found[1].casefold() == "entered" else exited
            target.setdefault((found[2].strip(), found[3] or ""), at)
    return [_StageColumns(stage[0], place, exited.get(stage)) for stage, place in entered.items()]


@dataclass(frozen=True)
class _Reader(Columns):
    """Turns one record into a deal with its account, people and stages."""

    history: list[_StageColumns]
    numbers: NumberLocale
    dates: str
    currency: str | None

    def record(self, row: TableRow) -> Record:
        """Return what a record gives."""
        at = self.match.columns
        key = id_of(row.cells[at["id"]]) if not is_null(row.cells[at["id"]]) else None
        if key is None:
            return rejected(row, self.match.header[at["id"]], reason="missing_key", text="the record has no id")
        deal = self._deal(row, key)
        if isinstance(deal, Record):
            return deal
        values, shifted = deal
        stages, rejects, flags = self._stages(row, key, values)
        rows = [Row("deals", values), *self._accounts(row), *self._people(row, key), *stages]
        return Record(row.line, rows, rejects=rejects, flags=[*flags, *["time_shifted"] * shifted])

    def _deal(self, row: TableRow, key: str) -> tuple[dict[str, Any], int] | Record:
        """Return the deal's current state and how many of its times a clock change shifted, or its reject."""
        stage = self.text(row, "stage")
        status = deal_status(stage, self.context)
        name = "created"
        try:
            created, shifted = self.moment(row, name, order=self.dates)
            name = "closed"
            closed, also = self.moment(row, name, order=self.dates)
            expected = day_of(row.cells[self.match.columns[name]], self.dates) if status == "open" else None
            name = "amount"
            amount = self._amount(row)
        except BadValue as error:
            reason: RejectReason = "bad_number" if name == "amount" else "bad_date"
            return rejected(row, self.match.header[self.match.columns[name]], reason=reason, text=str(error))
        currency = (self.text(row, "currency") or self.currency or "").upper() or None
        if (currency is None and amount is not None) or (currency is not None and not is_currency(currency)):
            place = self.at("currency")
            column = None if place is None else self.match.header[place]
            return rejected(row, column, reason="currency", text=f'"{currency or ""}" is not a currency of ISO 4217')
        companies = parts_of(self.text(row, "companies"))
        given = {
            "source_key": key,
            "deal": key,
            "account": companies[0] if companies else None,
            "name": self.text(row, "name"),
            "pipeline": self.text(row, "pipeline"),
            "stage": stage,
            "owner": self.text(row, "owner"),
            "lead_source": self.text(row, "lead_source"),
            "lost_reason": self.text(row, "lost_reason"),
            "status": status,
            "amount": amount,
            "currency": currency,
            "created_at": created,
            "closed_at": closed if status != "open" else None,
            "expected_close": expected,
            "tactic": self.text(row, "campaign"),
        }
        moved = shifted + (also and status != "open")
        return self.said(given, LAYOUT, behind={"account": "companies", "tactic": "campaign"}), moved

    def _amount(self, row: TableRow) -> Decimal | None:
        """Return the deal's amount; HubSpot allows deals without."""
        at = self.at("amount")
        return None if at is None else money_of(row.cells[at], self.numbers)

    def _accounts(self, row: TableRow) -> list[Row]:
        """Return the companies of the deal that have an id; a name alone makes no account."""
        names = parts_of(self.text(row, "company_names"))
        keys = parts_of(self.text(row, "companies"))
        return [
            Row(
                "accounts",
                {
                    "source_key": key,
                    "account": key,
                    "name": names[index] if len(names) == len(keys) else None,
                },
            )
            for index, key in enumerate(keys)
        ]

    def _people(self, row: TableRow, key: str) -> list[Row]:
        """Return the deal's contacts: by their ids, or by the addresses the cell holds where it has no ids."""
        found = [Identifier("crm", one) for one in parts_of(self.text(row, "people"))]
        if not found and self.at("people") is None:
            found = [Identifier("email", one) for one in addresses_in(self.text(row, "people_names"))]
        return [
            Row("deal_people", {"deal": key, "person_node": one, "role": None, "is_primary": None})
            for one in dict.fromkeys(found)
        ]

    def _stages(self, row: TableRow, key: str, deal: dict[str, Any]) -> tuple[list[Row], list[Reject], list[str]]:
        """Return the deal's stage visits in order of time, what had to be left out, and shifted clocks."""
        rows: list[tuple[datetime, Row]] = []
        rejects: list[Reject] = []
        flags: list[str] = []
        for column in self.history:
            place = column.entered
            try:
                entered, shifted = moment(row, place, order=self.dates, zone=self.context.timezone)
                place = column.entered if column.exited is None else column.exited
                left, also = moment(row, column.exited, order=self.dates, zone=self.context.timezone)
            except BadValue as error:
                rejects.append(Reject(row.line, self.match.header[place], "bad_date", str(error), row.raw, "stage"))
                continue
            flags += ["time_shifted"] * (shifted + also)
            if entered is None:
                continue
            if left is not None and left < entered:
                text = f"left at {left} before it was entered at {entered} (UTC)"
                rejects.append(
                    Reject(row.line, self.match.header[place], "left_before_entered", text, row.raw, "stage")
                )
                continue
            values = {
                "source_key": KEY_SIGN.join((key, column.stage)),
                "subject_kind": "deal",
                "subject": key,
                "stage": mapped_stage(column.stage, self.context),
                "stage_raw": column.stage,
                "origin": deal.get("lead_source"),
                "tactic": deal.get("tactic"),
                "entered_at": entered,
                "left_at": left,
                "change": "stage",
            }
            rows.append((entered, Row("stages", values)))
        return [one for _, one in sorted(rows, key=lambda pair: pair[0])], rejects, flags


HUBSPOT_DEALS = HubspotDeals()
