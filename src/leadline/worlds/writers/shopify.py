"""Shopify's orders export: one record per order of one item, all 79 columns, local times with their offset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from leadline.worlds.company import Company
from leadline.worlds.shop import Order
from leadline.worlds.writers.written import Written, csv_bytes

HEADER = (
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing",
    "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount", "Shipping Method",
    "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem compare at price",
    "Lineitem sku", "Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status",
    "Billing Name", "Billing Street", "Billing Address1", "Billing Address2", "Billing Company", "Billing City",
    "Billing Zip", "Billing Province", "Billing Country", "Billing Phone", "Shipping Name", "Shipping Street",
    "Shipping Address1", "Shipping Address2", "Shipping Company", "Shipping City", "Shipping Zip",
    "Shipping Province", "Shipping Country", "Shipping Phone", "Notes", "Note Attributes", "Cancelled at",
    "Payment Method", "Payment Reference", "Refunded Amount", "Vendor", "Outstanding Balance", "Employee",
    "Location", "Device ID", "Id", "Tags", "Risk Level", "Source", "Lineitem discount", "Tax 1 Name",
    "Tax 1 Value", "Tax 2 Name", "Tax 2 Value", "Tax 3 Name", "Tax 3 Value", "Tax 4 Name", "Tax 4 Value",
    "Tax 5 Name", "Tax 5 Value", "Phone", "Receipt Number", "Duties", "Billing Province Name",
    "Shipping Province Name", "Payment ID", "Payment Terms Name", "Next Payment Due At", "Payment References",
)  # fmt: skip


def shopify_files(company: Company, orders: Sequence[Order]) -> Iterator[Written]:
    """Yield all orders up to as-of, newest first, as the shop exports them."""
    known = [order for order in orders if order.at <= company.as_of]
    rows = [_row(company, order) for order in reversed(known)]
    counts = {"records": len(rows), "refunded": sum(order.refunded > 0 for order in known)}
    yield Written("orders_export.csv", csv_bytes([HEADER, *rows]), counts)


def _row(company: Company, order: Order) -> list[str]:
    shop = company.world.shop
    tax = order.tax(shop.tax) if shop else 0
    status = "paid" if not order.refunded else "refunded" if order.refunded == order.gross else "partially_refunded"
    when = _local(company, order.at)
    cells = {
        "Name": f"#{order.number}", "Email": order.email, "Financial Status": status, "Paid at": when,
        "Fulfillment Status": "fulfilled", "Fulfilled at": when, "Accepts Marketing": "no",
        "Currency": company.world.world.currency, "Subtotal": _money(order.gross), "Shipping": "0.00",
        "Taxes": _money(tax), "Total": _money(order.gross), "Discount Amount": "0.00", "Created at": when,
        "Lineitem quantity": "1", "Lineitem name": order.item, "Lineitem price": _money(order.gross),
        "Lineitem requires shipping": "true" if order.web else "false", "Lineitem taxable": "true",
        "Lineitem fulfillment status": "fulfilled", "Payment Method": "Card", "Refunded Amount": _money(order.refunded),
        "Vendor": company.plan.plan.organisation or "", "Outstanding Balance": "0.00",
        "Location": "" if order.web else "Shop", "Id": str(5_000_000 + order.number), "Risk Level": "Low",
        "Source": "web" if order.web else "pos", "Lineitem discount": "0.00",
        "Tax 1 Name": f"VAT {shop.tax:.0%}" if shop else "", "Tax 1 Value": _money(tax),
    }  # fmt: skip
    return [cells.get(name, "") for name in HEADER]


def _local(company: Company, at: dt.datetime) -> str:
    return f"{at.replace(tzinfo=company.world.zone):%Y-%m-%d %H:%M:%S %z}"


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
