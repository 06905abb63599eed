"""HubSpot contacts: who is behind a record id, and the lifecycle stages with their dates. Grade B.

Original Source is what HubSpot claims: kept as `origin`, never a touch. The lifecycle stage of a contact has no date
of its own; only `Became a … date` and `Date entered "…"` columns give stages, for a date is never invented.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from leadline.evidence.sources.crm import Columns, mail_identifier, mapped_stage, moment, parts_of
from leadline.evidence.sources.grouping import unique_rows
from leadline.evidence.sources.keys import Composed
from leadline.evidence.sources.records import Context, Head, Identifier, Link, Match, Reading, Record, Reject, Row
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
from leadline.evidence.sources.values import BadValue, is_null, text_of

LAYOUT = Layout(
    columns={
        "id": {"en": ["Record ID", "Contact ID"]},
        "first_name": {"en": ["First Name"]},
        "last_name": {"en": ["Last Name"]},
        "email": {"en": ["Email"]},
        "phone": {"en": ["Phone Number", "Mobile Phone Number"]},
        "owner": {"en": ["Contact owner"]},
        "title": {"en": ["Job Title"]},
        "city": {"en": ["City"]},
        "country": {"en": ["Country/Region", "Country"]},
        "companies": {"en": ["Primary Associated Company ID", "Associated Company IDs"]},
        "company": {"en": ["Associated Company", "Company Name"]},
        "active": {"en": ["Last Activity Date"]},
        "created": {"en": ["Create Date"]},
        "origin": {"en": ["Original Source", "Original Traffic Source"]},
        "campaign": {"en": ["Original Source Drill-Down 1", "Original Traffic Source Drill-Down 1"]},
        "lifecycle": {"en": ["Lifecycle Stage"]},
        "marketing": {"en": ["Marketing contact status"]},
    },
    required=("id", "email", "created"),
    distinctive=("companies", "origin", "lifecycle", "owner", "marketing"),
    rejected=("Deal Name", "Deal Stage"),
    feeds={
        "id": "identities: crm, contacts.node",
        "email": "identities: email, contacts.email",
        "phone": "identities: phone, contacts.phone",
        "companies": "contacts.account, accounts.source_key",
        "company": "contacts.company, accounts.name",
        "active": "contacts.last_activity_at",
        "created": "contacts.created_at",
        "origin": "stages.origin (a claim, never a touch)",
        "campaign": "stages.tactic (a claim)",
        "lifecycle": "nothing: it has no date of its own; export Became a … date columns",
    },
)
_BECAME = re.compile(r'(?:became an? (.+?) date|date entered "?(.*?)(?: \([^()]*\))?"?)\s*', re.IGNORECASE)
_CALLABLE = re.compile(r"(?:\+|00)[\d\s()./-]{6,24}")


@dataclass(frozen=True)
class HubspotContacts:
    """The format `hubspot-contacts`."""

    name: str = "hubspot-contacts"
    version: int = 1
    tables: tuple[str, ...] = ("identities", "links", "contacts", "accounts", "stages")

    def recognise(self, head: Head) -> Match | None:
        """Return how the head fits."""
        return match_layout(head, LAYOUT, source=self.name)

    def feeds(self, head: Head, match: Match) -> Mapping[str, str]:  # noqa: ARG002 - the match says it all
        """Return which canonical column each column of the file feeds."""
        dated = {name: found[1] or found[2] for name in match.header if (found := _BECAME.fullmatch(name))}
        stages = {name: f"stages.entered_at of {stage}" for name, stage in dated.items()}
        return layout_feeds(LAYOUT, match, table="contacts") | stages

    def read(self, head: Head, match: Match, *, context: Context) -> Reading:
        """Return the file's records. Raises ImportRefused: duplicate_header."""
        refuse_duplicates(head, match, layout=LAYOUT)
        at = match.columns
        stages = {
            place: found[1] or found[2] for place, name in enumerate(match.header) if (found := _BECAME.fullmatch(name))
        }
        times = [at[name] for name in ("created", "active") if name in at]
        wanted = Wanted(head.path.name, money=[], numbers=[], dates=[*times, *stages], language="en", open_dates="mdy")
        mapped = frozenset(at.values()) | frozenset(stages)

        def key(row: TableRow) -> Hashable | None:
            return None if is_null(row.cells[at["id"]]) else text_of(row.cells[at["id"]])

        surveyed = survey(table_rows(head, match, mapped=mapped), wanted, context=context, key=key)
        reader = _Reader(match, context, stages, surveyed.dates)
        rows = unique_rows(table_rows(head, match, mapped=mapped), surveyed.repeats, key=key)
        return Reading(
            (row if isinstance(row, Record) else reader.record(row) for row in rows),
            surveyed.numbers,
            surveyed.because,
            surveyed.dates,
        )


@dataclass(frozen=True)
class _Reader(Columns):
    """Turns one record into a contact, its links, its company and its dated stages."""

    stages: dict[int, str]
    dates: str

    def record(self, row: TableRow) -> Record:
        """Return what a record gives."""
        key = self.text(row, "id")
        if key is None:
            return rejected(
                row, self.match.header[self.match.columns["id"]], reason="missing_key", text="the record has no id"
            )
        name = "created"
        try:
            created, shifted = self.moment(row, name, order=self.dates)
            name = "active"
            active, also = self.moment(row, name, order=self.dates)
        except BadValue as error:
            return rejected(row, self.match.header[self.match.columns[name]], reason="bad_date", text=str(error))
        crm = Identifier("crm", key)
        mail, rejects = self._mail(row)
        links = [Link(crm, mail, "contact record")] if mail is not None else []
        phone = self.text(row, "phone")
        if phone is not None and _CALLABLE.fullmatch(phone):
            links.append(Link(crm, Identifier("phone", phone), "contact record"))
        first, last = self.text(row, "first_name"), self.text(row, "last_name")
        contact: dict[str, Any] = {
            "node": crm,
            "account": next(iter(parts_of(self.text(row, "companies"))), None),
            "name": " ".join(filter(None, (first, last))) or None,
            "first_name": first,
            "last_name": last,
            "email": mail.value if mail is not None else None,
            "phone": phone,
            **{column: self.text(row, column) for column in ("company", "title", "city", "country", "owner")},
            "created_at": created,
            "last_activity_at": active,
        }
        contact = self.said(contact, LAYOUT, behind={"account": "companies"})
        stages, late, moved = self._stages(row, crm)
        rows = [Row("contacts", contact), *self._accounts(row), *stages]
        return Record(row.line, rows, links, (*rejects, *late), flags=["time_shifted"] * (shifted + also + moved))

    def _mail(self, row: TableRow) -> tuple[Identifier | None, tuple[Reject, ...]]:
        """Return the contact's address, or why it is none; the record stays either way."""
        text = self.text(row, "email")
        if text is None:
            return None, ()
        try:
            return mail_identifier(text, verified=False), ()
        except BadValue as error:
            column = self.match.header[self.match.columns["email"]]
            return None, (Reject(row.line, column, "bad_email", str(error), row.raw, "identifier"),)

    def _accounts(self, row: TableRow) -> list[Row]:
        """Return the contact's primary company, where it has an id."""
        keys = parts_of(self.text(row, "companies"))
        if not keys:
            return []
        values = {"source_key": keys[0], "account": keys[0], "name": self.text(row, "company")}
        return [Row("accounts", values)]

    def _stages(self, row: TableRow, crm: Identifier) -> tuple[list[Row], list[Reject], int]:
        """Return the lifecycle stages that have a date, in order of time, what had to be left out, and shifted clocks."""
        rows: list[Row] = []
        rejects: list[Reject] = []
        moved = 0
        for at, stage in self.stages.items():
            try:
                entered, shifted = moment(row, at, order=self.dates, zone=self.context.timezone)
            except BadValue as error:
                rejects.append(Reject(row.line, self.match.header[at], "bad_date", str(error), row.raw, "stage"))
                continue
            moved += shifted
            if entered is not None:
                values = {
                    "source_key": Composed((crm, stage)),
                    "subject_kind": "person",
                    "subject": crm,
                    "stage": mapped_stage(stage, self.context),
                    "stage_raw": stage,
                    "origin": self.text(row, "origin"),
                    "tactic": self.text(row, "campaign"),
                    "entered_at": entered,
                    "left_at": None,
                    "change": "stage",
                }
                rows.append(Row("stages", values))
        return sorted(rows, key=lambda one: str(one.values["entered_at"])), rejects, moved


HUBSPOT_CONTACTS = HubspotContacts()
