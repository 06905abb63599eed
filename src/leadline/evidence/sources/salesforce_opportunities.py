"""Salesforce opportunities, as a report (grade B) or as the object's own export (`Name, StageName, CloseDate …`).

A report has quoted cells, a footer after a blank line, often cp1252, dates in the user's locale, and no record id unless
asked for: then account, name and day of creation are the key, and fact `deals.name_key` says so.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from leadline.evidence.sources.crm import KEY_SIGN, Columns, deal_status, deals_currency
from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.grouping import unique_rows
from leadline.evidence.sources.records import Context, Head, Match, Reading, Record, RejectReason, Row
from leadline.evidence.sources.salesforce import amount_of, data_rows, is_yes, record_id, report_rows
from leadline.evidence.sources.survey import Wanted, survey
from leadline.evidence.sources.tables import (
    Layout,
    TableRow,
    layout_feeds,
    match_layout,
    refuse_duplicates,
)
from leadline.evidence.sources.values import BadValue, NumberLocale, day_of, id_of, is_null, text_of

# Names of a report, and of the object as the API writes them.
LAYOUT = Layout(
    columns={
        "id": {"en": ["Opportunity ID"], "api": ["Id"]},
        "name": {"en": ["Opportunity Name"], "api": ["Name"]},
        "stage": {"en": ["Stage"], "api": ["StageName"]},
        "closed": {"en": ["Close Date"], "api": ["CloseDate"]},
        "created": {"en": ["Created Date"], "api": ["CreatedDate"]},
        "account": {"en": ["Account Name"], "api": ["Account.Name"]},
        "account_id": {"en": ["Account ID"], "api": ["AccountId"]},
        "amount": {"en": ["Amount"], "api": ["Amount"]},
        "currency": {"en": ["Amount Currency", "Opportunity Currency"], "api": ["CurrencyIsoCode"]},
        "owner": {"en": ["Opportunity Owner"], "api": ["Owner.Name", "OwnerId"]},
        "lead_source": {"en": ["Lead Source"], "api": ["LeadSource"]},
        "campaign": {"en": ["Primary Campaign Source"], "api": ["Campaign.Name", "CampaignId"]},
        "lost_reason": {"en": ["Loss Reason", "Closed Lost Reason"], "api": ["Loss_Reason__c"]},
        "is_closed": {"en": ["Closed"], "api": ["IsClosed"]},
        "is_won": {"en": ["Won"], "api": ["IsWon"]},
        "probability": {"en": ["Probability (%)"], "api": ["Probability"]},
        "fiscal": {"en": ["Fiscal Period"], "api": ["FiscalQuarter"]},
        "version": {"api": ["SystemModstamp"]},
        "deleted": {"api": ["IsDeleted"]},
    },
    required=("name", "stage", "closed", "created"),
    distinctive=("account", "owner", "lead_source", "probability", "fiscal", "version"),
    rejected=("OpportunityId", "From Stage", "Old Value"),
    feeds={
        "id": "deals.source_key",
        "created": "deals.created_at",
        "closed": "deals.closed_at, of open deals expected_close",
        "account": "deals.source_key, where no id is",
        "account_id": "deals.account, accounts.source_key",
        "campaign": "deals.tactic (a claim)",
        "is_closed": "deals.status",
        "is_won": "deals.status",
        "version": "deals.version_at",
        "deleted": "deleted opportunities are skipped",
    },
)


@dataclass(frozen=True)
class SalesforceOpportunities:
    """The format `salesforce-opportunities`."""

    name: str = "salesforce-opportunities"
    version: int = 1
    tables: tuple[str, ...] = ("deals", "accounts")

    def recognise(self, head: Head) -> Match | None:
        """Return how the head fits."""
        return match_layout(head, LAYOUT, source=self.name)

    def feeds(self, head: Head, match: Match) -> Mapping[str, str]:  # noqa: ARG002 - the match says it all
        """Return which canonical column each column of the file feeds."""
        return layout_feeds(LAYOUT, match, table="deals")

    def read(self, head: Head, match: Match, *, context: Context) -> Reading:
        """Return the file's records. Raises ImportRefused: no_currency, duplicate_header, ambiguous_dates."""
        refuse_duplicates(head, match, layout=LAYOUT)
        at, mapped = match.columns, frozenset(match.columns.values())
        wanted = Wanted(
            head.path.name,
            money=[at["amount"]] if "amount" in at else [],
            numbers=[],
            dates=[at["created"], at["closed"]],
            language="en",
        )
        keyed = _Keys(match)
        surveyed = survey(
            data_rows(report_rows(head, match, mapped=mapped)), wanted, context=context, key=keyed.in_file
        )
        currency, currency_from = deals_currency(head, match, context=context)
        reader = _Reader(match, context, surveyed.numbers, surveyed.dates, currency)

        rows = unique_rows(report_rows(head, match, mapped=mapped), surveyed.repeats, key=keyed.in_file)
        records = (row if isinstance(row, Record) else reader.record(row) for row in rows)
        return Reading(records, surveyed.numbers, surveyed.because, surveyed.dates, currency_from)


@dataclass(frozen=True)
class _Keys:
    """What tells one opportunity from another."""

    match: Match

    def in_file(self, row: TableRow) -> Hashable | None:
        """Return the key as the file writes it: the id, else account, name and creation."""
        cells = [row.cells[self.match.columns[one]] for one in self._columns() if one in self.match.columns]
        return None if all(map(is_null, cells)) else tuple(str(text_of(cell) or "") for cell in cells)

    def of(self, row: TableRow, created: date | None) -> tuple[str | None, bool]:
        """Return the natural key, None where a part of it is blank, and whether it is made of names."""
        at = self.match.columns
        if "id" in at:
            found = id_of(row.cells[at["id"]]) if not is_null(row.cells[at["id"]]) else None
            return (None if found is None else record_id(found)), False
        name = text_of(row.cells[at["name"]])
        account = text_of(row.cells[at["account"]]) if "account" in at else None
        if name is None or created is None:
            return None, True
        return KEY_SIGN.join((account or "", name, created.isoformat())), True

    def _columns(self) -> tuple[str, ...]:
        return ("id",) if "id" in self.match.columns else ("account", "name", "created")


@dataclass(frozen=True)
class _Reader(Columns):
    """Turns one record into a deal and its account."""

    numbers: NumberLocale
    dates: str
    currency: str | None

    def record(self, row: TableRow) -> Record:
        """Return what a record gives."""
        if self.at("deleted") is not None and is_yes(row.cells[self.match.columns["deleted"]]):
            return Record(row.line, skipped="deleted")
        name = "id" if self.at("id") is not None else "created"
        try:
            created_day = day_of(row.cells[self.match.columns["created"]], self.dates) if name == "created" else None
            key, by_name = _Keys(self.match).of(row, created_day)
        except BadValue as error:
            reason: RejectReason = "lost_digits" if name == "id" else "bad_date"
            return self.refused(row, name, reason=reason, text=str(error))
        if key is None:
            named = name if name == "id" or created_day is None else "name"
            return self.refused(row, named, reason="missing_key", text="the record has no id, or no name and creation")
        deal = self._deal(row, key)
        if isinstance(deal, Record):
            return deal
        account = self.text(row, "account_id")
        values, shifted = deal
        rows = [Row("deals", values)]
        if account is not None:
            company = {
                "source_key": record_id(account),
                "account": record_id(account),
                "name": self.text(row, "account"),
            }
            rows.append(Row("accounts", company))
        return Record(row.line, rows, flags=["deals.name_key"] * by_name + ["time_shifted"] * shifted, raw=row.raw)

    def _deal(self, row: TableRow, key: str) -> tuple[dict[str, Any], int] | Record:
        """Return the deal's current state and how many of its times a clock change shifted, or its reject."""
        status = self._status(row)
        name = "created"
        try:
            created, shifted = self.moment(row, name, order=self.dates)
            name = "closed"
            closed, also = self.moment(row, name, order=self.dates)
            expected = day_of(row.cells[self.match.columns[name]], self.dates) if status == "open" else None
            name = "version"
            version, _ = self.moment(row, name, order=self.dates)
            name = "amount"
            amount = None if self.at(name) is None else amount_of(row.cells[self.match.columns[name]], self.numbers)
        except BadValue as error:
            return self.refused(row, name, reason="bad_number" if name == "amount" else "bad_date", text=str(error))
        currency = (self.text(row, "currency") or self.currency or "").upper() or None
        if (currency is None and amount is not None) or (currency is not None and not is_currency(currency)):
            text = f'"{currency or ""}" is not a currency of ISO 4217'
            return self.refused(row, "currency", reason="currency", text=text)
        account = self.text(row, "account_id")
        given = {
            "source_key": key,
            "deal": key,
            "account": None if account is None else record_id(account),
            "status": status,
            "amount": amount,
            "currency": currency,
            "created_at": created,
            "closed_at": closed if status != "open" else None,
            "expected_close": expected,
            "version_at": version,
            "tactic": self.text(row, "campaign"),
            **{one: self.text(row, one) for one in ("name", "stage", "owner", "lead_source", "lost_reason")},
        }
        moved = shifted + (also and status != "open")
        return self.said(
            given, LAYOUT, behind={"account": "account_id", "tactic": "campaign", "version_at": "version"}
        ), moved

    def _status(self, row: TableRow) -> Literal["open", "won", "lost"]:
        """Return whether the deal is closed: by Salesforce's own flags where the file has them, else by its stage."""
        closed, won = self.at("is_closed"), self.at("is_won")
        if closed is None or won is None:
            return deal_status(self.text(row, "stage"), self.context)
        if not is_yes(row.cells[closed]):
            return "open"
        return "won" if is_yes(row.cells[won]) else "lost"


SALESFORCE_OPPORTUNITIES = SalesforceOpportunities()
