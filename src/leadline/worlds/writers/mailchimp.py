"""Mailchimp's aggregated report: one row per mailing, every letter of one state on one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from leadline.inputs import stream
from leadline.worlds.company import Company
from leadline.worlds.writers.written import Written, csv_bytes

HEADER = (
    "Title", "Subject", "List", "Send Date", "Send Weekday", "Total Recipients", "Successful Deliveries",
    "Soft Bounces", "Hard Bounces", "Total Bounces", "Times Forwarded", "Forwarded Opens", "Unique Opens",
    "Open Rate", "Total Opens", "Unique Clicks", "Click Rate", "Total Clicks", "Unsubscribes",
    "Abuse Complaints", "Times Liked on Facebook", "Folder Id", "Unique Id", "Total Orders", "Total Gross Sales",
    "Total Revenue", "Analytics ROI", "Campaign Cost", "Revenue Created", "Visits", "New Visits", "Pages/Visit",
    "Bounce Rate", "Time on Site", "Goal Conversion Rate", "Per Visit Goal Value", "Transactions",
    "Ecommerce Conversion Rate", "Per Visit Value", "Average Value",
)  # fmt: skip
# Shares of delivered mail that bounce, are opened, are clicked, and leave the list: own choice of scale for small lists.
_BOUNCED, _OPENED, _CLICKED, _LEFT = 0.012, 0.38, 0.07, 0.002
_SENT_AT = 9  # hour at which mailings go out: own choice


def mailings(company: Company) -> dict[tuple[dt.date, str, str], int]:
    """Return letters by (day, tactic, kind) up to as-of; letters of one day and tactic are one mailing."""
    sent: dict[tuple[dt.date, str, str], int] = {}
    for case in company.cases:
        kind = company.world.letters.get(case.state)
        if kind and case.at <= company.as_of and _by_mail(company, case.brought_by):
            key = (case.at.date(), case.brought_by or "", kind)
            sent[key] = sent.get(key, 0) + 1
    return dict(sorted(sent.items()))


def _by_mail(company: Company, tactic: str | None) -> bool:
    return tactic is None or company.world.tactics[tactic].channel == "Email"


def mailchimp_files(company: Company) -> Iterator[Written]:
    """Yield the report of all mailings up to as-of, newest first."""
    rows = [_row(company, *key, count=count) for key, count in mailings(company).items()]
    if rows:
        yield Written("mailchimp_campaigns.csv", csv_bytes([HEADER, *reversed(rows)]), {"records": len(rows)})


def _row(company: Company, day: dt.date, tactic: str, kind: str, *, count: int) -> list[str]:
    random = stream(company.seed, f"world: mailing {tactic} {kind} {day}")
    soft, hard = int(random.binomial(count, _BOUNCED / 2)), int(random.binomial(count, _BOUNCED / 2))
    reached = max(0, count - soft - hard)
    opened, clicked = int(random.binomial(reached, _OPENED)), int(random.binomial(reached, _CLICKED))
    cells = {
        "Title": f"{tactic}--{kind} {day}", "Subject": kind.replace("_", " ").capitalize(), "List": "Owners",
        "Send Date": f"{day:%b %d, %Y} {_SENT_AT:02d}:00 am", "Send Weekday": f"{day:%A}", "Total Recipients": _count(count),
        "Successful Deliveries": _count(reached), "Soft Bounces": str(soft), "Hard Bounces": str(hard),
        "Total Bounces": str(soft + hard), "Times Forwarded": "0", "Forwarded Opens": "0", "Unique Opens": _count(opened),
        "Open Rate": f"{opened / max(1, reached):.2%}", "Total Opens": _count(opened + int(random.poisson(opened * 0.5))),
        "Unique Clicks": _count(clicked), "Click Rate": f"{clicked / max(1, reached):.2%}",
        "Total Clicks": _count(clicked + int(random.poisson(clicked * 0.3))),
        "Unsubscribes": str(int(random.binomial(reached, _LEFT))), "Abuse Complaints": "0", "Times Liked on Facebook": "0",
        "Unique Id": f"{int(random.integers(16**10)):010x}", "Total Orders": "0", "Total Gross Sales": "0", "Total Revenue": "0",
    }  # fmt: skip
    return [
        cells.get(name, "n/a" if place > HEADER.index("Total Revenue") else "") for place, name in enumerate(HEADER)
    ]


def _count(number: int) -> str:
    return f"{number:,}"
