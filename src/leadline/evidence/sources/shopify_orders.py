"""Shopify's orders export: one record per line item, the order's own fields only on the first of them. Grade A/B.

Records of one Name are one order: the first gives the row, the others are merged into it. A refund restates the
order in a later file. Where the visit came from stands in Note Attributes, one `name: value` a line.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from leadline.evidence.sources.crm import Columns, mail_identifier
from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.grouping import Groups, Repeats
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
from leadline.evidence.sources.urls import UTM, address_parts
from leadline.evidence.sources.values import BadValue, NumberLocale, count_of, money_of

LAYOUT = Layout(
    columns={
        "name": {"en": ["Name"]},
        "email": {"en": ["Email"]},
        "phone": {"en": ["Phone", "Billing Phone", "Shipping Phone"]},
        "status": {"en": ["Financial Status"]},
        "created": {"en": ["Created at"]},
        "cancelled": {"en": ["Cancelled at"]},
        "currency": {"en": ["Currency"]},
        "subtotal": {"en": ["Subtotal"]},
        "shipping": {"en": ["Shipping"]},
        "tax": {"en": ["Taxes"]},
        "gross": {"en": ["Total"]},
        "discount": {"en": ["Discount Amount"]},
        "refunded": {"en": ["Refunded Amount"]},
        "quantity": {"en": ["Lineitem quantity"]},
        "price": {"en": ["Lineitem price"]},
        "attributes": {"en": ["Note Attributes"]},
        "fulfilment": {"en": ["Fulfillment Status"]},
        "vendor": {"en": ["Vendor"]},
        "risk": {"en": ["Risk Level"]},
    },
    required=("name", "status", "created", "quantity", "gross", "currency"),
    distinctive=("price", "attributes", "fulfilment", "vendor", "risk"),
    feeds={
        "name": "orders.source_key",
        "email": "orders.node, identities: email",
        "phone": "orders.node, where no address is",
        "status": "orders.status",
        "cancelled": "orders.status",
        "created": "orders.ordered_at",
        "quantity": "orders.items",
        "subtotal": "tells whether all line items are there",
        "price": "tells whether all line items are there",
        "attributes": "orders.utm_*, referrer_host",
    },
)
MONEY = ("gross", "tax", "shipping", "discount", "refunded")
OF_ORDER = ("status", "gross")  # fields that only an order's first record fills
CANCELLED = frozenset({"voided"})  # financial status of an order whose payment was undone before it was taken
CENT = Decimal("0.01")  # own: a subtotal is rounded to cents, its lines may not be
CALLABLE = re.compile(r"'?((?:\+|00)[\d\s()./-]{6,24})")
# Names under which shops note where a visit began and who referred it; own list of usual ones.
LANDINGS = ("landing_site", "landing_page", "landing page", "landing_url", "full_url")
REFERRERS = ("referring_site", "referrer", "referer")


@dataclass(frozen=True)
class ShopifyOrders:
    """The format `shopify-orders`."""

    name: str = "shopify-orders"
    version: int = 1
    tables: tuple[str, ...] = ("orders", "identities")

    def recognise(self, head: Head) -> Match | None:
        """Return how the head fits."""
        return match_layout(head, LAYOUT, source=self.name)

    def feeds(self, head: Head, match: Match) -> Mapping[str, str]:  # noqa: ARG002 - the match says it all
        """Return which canonical column each column of the file feeds."""
        return layout_feeds(LAYOUT, match, table="orders")

    def read(self, head: Head, match: Match, *, context: Context) -> Reading:
        """Return the file's records. Raises ImportRefused: duplicate_header."""
        refuse_duplicates(head, match, layout=LAYOUT)
        at, mapped = match.columns, frozenset(match.columns.values())
        wanted = Wanted(
            head.path.name,
            money=[at[name] for name in (*MONEY, "subtotal", "price") if name in at],
            numbers=[at["quantity"]],
            dates=[at["created"]],
            language="en",
            open_dates="mdy",
        )
        reader = _Reader(match, context)
        surveyed = survey(table_rows(head, match, mapped=mapped), wanted, context=context, key=reader.key)
        values = _Values(surveyed.numbers, surveyed.dates)
        return Reading(
            reader.records(table_rows(head, match, mapped=mapped), surveyed.repeats, values=values),
            surveyed.numbers,
            surveyed.because,
            surveyed.dates,
            f'column "{match.header[at["currency"]]}"',
        )


@dataclass(frozen=True)
class _Values:
    """How the file's values are read."""

    numbers: NumberLocale
    dates: str


class _BadOrderError(Exception):
    """An order that cannot be taken: canonical column, reason, text."""

    def __init__(self, column: str, reason: RejectReason, text: str) -> None:
        self.column, self.reason, self.text = column, reason, text
        super().__init__(text)


@dataclass(frozen=True)
class _Reader(Columns):
    """Turns the records of one name into one order."""

    def key(self, row: TableRow) -> Hashable | None:
        """Return the order's name, None where it is blank."""
        return self.text(row, "name")

    def records(self, rows: Iterator[TableRow], repeats: Repeats, *, values: _Values) -> Iterator[Record]:
        """Yield every record once, those of one order when its last one has come."""
        groups: Groups[TableRow] = Groups(repeats)
        for row in rows:
            if row.repeated_header:
                yield Record(row.line, skipped="repeated_header")
            elif row.reject is not None:
                yield Record(row.line, rejects=(row.reject,))
            elif (name := self.key(row)) is None:
                yield rejected(row, self.named("name"), reason="missing_key", text="the record has no order name")
            elif (group := groups.add(name, row)) is not None:
                yield from self._order(group, values)
        for rest in groups.rest():
            yield from self._order(rest, values)

    def _order(self, group: list[TableRow], values: _Values) -> Iterator[Record]:
        """Yield the records of one name: an order and what is merged into it, repeats, or rejects."""
        firsts = [place for place, row in enumerate(group) if any(self.text(row, name) for name in OF_ORDER)]
        if len(firsts) > 1:
            blocks = [group[start:end] for start, end in zip(firsts, [*firsts[1:], len(group)], strict=True)]
            if firsts[0] or any(_cells(block) != _cells(blocks[0]) for block in blocks[1:]):
                yield from self._conflict(group)
                return
            yield from (Record(row.line, skipped="duplicate_row") for block in blocks[1:] for row in block)
            group = blocks[0]
        if not firsts:
            text = "no record that could be taken holds status and total of this order"
            yield from (rejected(row, self.named("gross"), reason="missing_value", text=text) for row in group)
            return
        first = group[firsts[0] if len(firsts) == 1 else 0]
        try:
            order, rejects, flags = self._taken(first, group, values=values)
        except _BadOrderError as error:
            yield from (rejected(row, self.named(error.column), reason=error.reason, text=error.text) for row in group)
            return
        yield Record(first.line, (Row("orders", order),), rejects=rejects, flags=flags, raw=first.raw)
        yield from (Record(row.line, merged=True) for row in group if row is not first)

    def _conflict(self, group: Sequence[TableRow]) -> Iterator[Record]:
        lines = ", ".join(str(row.line) for row in group)
        text = f"lines {lines} are of one order name and say different things about the order"
        yield from (rejected(row, None, reason="key_conflict", text=text) for row in group)

    def _taken(
        self, first: TableRow, group: Sequence[TableRow], *, values: _Values
    ) -> tuple[dict[str, Any], tuple[Reject, ...], list[str]]:
        """Return the order's row, an address that is none, and a shifted clock. Raises _BadOrderError."""
        ordered, shifted = self._ordered(first, values)
        amounts = {name: self._money(first, name, values) for name in MONEY if self.at(name) is not None}
        if amounts["gross"] is None:
            raise _BadOrderError("gross", "missing_value", "the order has no total")
        currency = (self.text(first, "currency") or "").upper()
        if not is_currency(currency):
            raise _BadOrderError("currency", "currency", f'"{currency}" is not a currency of ISO 4217')
        status = (self.text(first, "status") or "").casefold()
        cancelled = status in CANCELLED or self.text(first, "cancelled") is not None
        who, rejects = self._who(first)
        order = {
            "source_key": self.text(first, "name"),
            "ordered_at": ordered,
            "node": who,
            "status": "cancelled" if cancelled else "booked",
            "currency": currency,
            **amounts,
            **self._items(group, values),
            **self._origin(first),
        }
        return order, rejects, ["time_shifted"] * shifted

    def _ordered(self, row: TableRow, values: _Values) -> tuple[datetime, bool]:
        try:
            ordered, shifted = self.moment(row, "created", order=values.dates)
        except BadValue as error:
            raise _BadOrderError("created", "bad_date", str(error)) from error
        if ordered is None:
            raise _BadOrderError("created", "missing_value", "the order has no time")
        return ordered, shifted

    def _money(self, row: TableRow, name: str, values: _Values) -> Decimal | None:
        try:
            return money_of(row.cells[self.match.columns[name]], values.numbers)
        except BadValue as error:
            raise _BadOrderError(name, "bad_number", str(error)) from error

    def _items(self, group: Sequence[TableRow], values: _Values) -> dict[str, int | None]:
        """Return how many pieces were ordered, None where line items are missing.

        A file that was cut between two items of an order looks whole; lines worth less than the subtotal give it away.
        """
        pieces, worth = 0, Decimal(0)
        for row in group:
            try:
                count = count_of(row.cells[self.match.columns["quantity"]], values.numbers)
            except BadValue as error:
                raise _BadOrderError("quantity", "bad_number", str(error)) from error
            if count is None:
                return {"items": None}
            pieces += count
            price = self._money(row, "price", values) if self.at("price") is not None else None
            worth += (price or 0) * count
        subtotals = [self._money(row, "subtotal", values) for row in group] if self.at("subtotal") is not None else []
        if self.at("price") is not None and any(total is not None and worth < total - CENT for total in subtotals):
            return {"items": None}
        return {"items": pieces}

    def _who(self, row: TableRow) -> tuple[Identifier | None, tuple[Reject, ...]]:
        """Return the customer by address, else by telephone, and an address that is none; the order stays either way."""
        rejects: tuple[Reject, ...] = ()
        if (mail := self.text(row, "email")) is not None:
            try:
                return mail_identifier(mail, verified=False), ()
            except BadValue as error:
                rejects = (Reject(row.line, self.named("email"), "bad_email", str(error), row.raw, "identifier"),)
        phone = CALLABLE.fullmatch(self.text(row, "phone") or "")
        return (Identifier("phone", phone[1]) if phone else None), rejects

    def _origin(self, row: TableRow) -> dict[str, str | None]:
        """Return where the visit came from as the shop noted it; nothing where the export has no such column."""
        if self.at("attributes") is None:
            return {}
        lines = (self.text(row, "attributes") or "").splitlines()
        pairs = (line.partition(":") for line in lines)
        said = {name.strip().casefold(): value.strip() for name, sign, value in pairs if sign and value.strip()}
        landed = address_parts(next((said[name] for name in LANDINGS if name in said), ""))
        tags = {name: said.get(name) for name in UTM}
        if not any(tags.values()):
            tags = {name: landed.get(name) for name in UTM}
        referrer = address_parts(next((said[name] for name in REFERRERS if name in said), "")).get("host")
        return {**tags, "referrer_host": None if referrer == landed.get("host") else referrer}


def _cells(block: Sequence[TableRow]) -> list[list[Any]]:
    return [row.cells for row in block]


SHOPIFY_ORDERS = ShopifyOrders()
