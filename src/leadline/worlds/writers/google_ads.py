"""Google Ads campaign reports by day: English (UTF-8, commas) and German ("Excel .csv": UTF-16, tabs)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from leadline.inputs import stream
from leadline.worlds.company import Company
from leadline.worlds.parameters import Campaign
from leadline.worlds.spending import calendar_days
from leadline.worlds.writers.campaigns import campaign_money
from leadline.worlds.writers.written import Written, csv_bytes

HEADER = (
    "Day", "Campaign status", "Campaign", "Campaign ID", "Campaign type", "Currency code", "Cost", "Impr.", "Clicks",
    "CTR", "Conversions", "Conv. value",
)  # fmt: skip
GERMAN_HEADER = (
    "Tag", "Kampagnenstatus", "Kampagne", "Kampagnen-ID", "Währungscode", "Kosten", "Impr.", "Klicks", "Conversions",
    "Conv.-Wert",
)  # fmt: skip
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")  # fmt: skip
_MONATE = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember")  # fmt: skip
# Money per click and clicks per impression of search ads: own choice of scale for machine builders.
_CLICK_PRICE, _CLICK_SHARE = 4.2, 0.028
# Platforms count more conversions than they cause: own choice, inside the range of Gordon and others (decisions.md 1.3).
_OVERCLAIM = 1.4
_LEADS_PER_CLICK = 0.03  # own choice: one enquiry in about 33 clicks


@dataclass(frozen=True)
class Day:
    """One campaign on one day as the platform reports it; cost in cents."""

    day: dt.date
    campaign: Campaign
    cost: int
    impressions: int
    clicks: int
    conversions: float


def report_days(company: Company) -> list[Day]:
    """Return every campaign day up to as-of, by day, then campaign; days without money are left out."""
    days = calendar_days(company.world)
    rows = []
    for campaign, cents in campaign_money(company, "google-ads"):
        random = stream(company.seed, f"world: platform of {campaign.id}")
        clicks = random.poisson(cents / 100 / _CLICK_PRICE)
        impressions = clicks + random.poisson(cents / 100 / _CLICK_PRICE / _CLICK_SHARE)
        claims = random.poisson(clicks * _LEADS_PER_CLICK * _OVERCLAIM * 2) / 2
        rows += [
            Day(
                days[index],
                campaign,
                int(cents[index]),
                int(impressions[index]),
                int(clicks[index]),
                float(claims[index]),
            )
            for index in np.flatnonzero(cents)
            if days[index] <= company.world.world.as_of
        ]
    return sorted(rows, key=lambda row: (row.day, row.campaign.id))


def google_ads_files(company: Company) -> Iterator[Written]:
    """Yield the reports: one a year, the last year in two that overlap by a restated month, and the German account."""
    rows, currency = report_days(company), company.world.world.currency
    for span in _spans(company.world.world.start, company.world.world.as_of):
        final = [row for row in rows if not row.campaign.german and span.first <= row.day <= span.last]
        if not final:
            continue
        shown = [_early(row, company) if span.restated_from and row.day >= span.restated_from else row for row in final]
        changed = sum(one.cost != other.cost for one, other in zip(final, shown, strict=True))
        counts = {"records": len(shown) + 2, "totals": 2, "restated_later": changed}
        yield Written(f"google_ads_{span.name}.csv", _english(shown, span, currency), counts)
    german = [row for row in rows if row.campaign.german]
    if german:
        counts = {"records": len(german) + 2, "totals": 2}
        yield Written("kampagnenbericht_personal.csv", _german(german, currency), counts)


@dataclass(frozen=True)
class _Span:
    """The days of one report; from `restated_from` on, a later report says otherwise."""

    name: str
    first: dt.date
    last: dt.date
    restated_from: dt.date | None = None


def _spans(start: dt.date, as_of: dt.date) -> Iterator[_Span]:
    for year in range(start.year, as_of.year):
        yield _Span(str(year), max(start, dt.date(year, 1, 1)), dt.date(year, 12, 31))
    first, middle = max(start, dt.date(as_of.year, 1, 1)), dt.date(as_of.year, 6, 30)
    if not first <= middle < as_of:
        yield _Span(str(as_of.year), first, as_of)
        return
    june = max(first, middle.replace(day=1))
    yield _Span(f"{as_of.year}_first_half", first, middle, restated_from=june)
    yield _Span(f"{as_of.year}_june_on", june, as_of)


def _early(row: Day, company: Company) -> Day:
    """Return what the platform first said of a day that it restates later."""
    noise = company.world.noise
    random = stream(company.seed, f"world: restated {row.campaign.id} {row.day}")
    if random.random() >= noise.restated.share:
        return row
    cost = max(0, round(row.cost * (1 + noise.restated.size * random.normal())))
    return Day(row.day, row.campaign, cost, row.impressions, row.clicks, row.conversions)


def _english(rows: Sequence[Day], span: _Span, currency: str) -> bytes:
    totals = _sums(rows)
    lines: list[Sequence[object]] = [("Campaign report",), (f"{_long(span.first)} - {_long(span.last)}",), HEADER]
    lines += [
        (
            row.day.isoformat(), "Enabled", row.campaign.name, row.campaign.id, "Search", currency,
            _en(row.cost), f"{row.impressions:,}", f"{row.clicks:,}" if row.clicks else " --",
            f"{row.clicks / row.impressions:.2%}" if row.clicks else " --", f"{row.conversions:,.2f}", "0.00",
        )
        for row in rows
    ]  # fmt: skip
    lines += [
        (f"Total: {scope}", " --", " --", " --", " --", currency, _en(totals.cost), f"{totals.impressions:,}", f"{totals.clicks:,}",
         f"{totals.clicks / max(1, totals.impressions):.2%}", f"{totals.conversions:,.2f}", "0.00")
        for scope in ("Campaigns", "Account")
    ]  # fmt: skip
    return csv_bytes(lines)


def _german(rows: Sequence[Day], currency: str) -> bytes:
    totals = _sums(rows)
    lines: list[Sequence[object]] = [
        ("Kampagnenbericht",),
        (f"{_lang(rows[0].day)} - {_lang(rows[-1].day)}",),
        GERMAN_HEADER,
    ]
    lines += [
        (row.day.isoformat(), "Aktiviert", row.campaign.name, row.campaign.id, currency, _de(row.cost), f"{row.impressions:,}".replace(",", "."),
         f"{row.clicks:,}".replace(",", ".") if row.clicks else " --", _de(round(row.conversions * 100)), "0,00")
        for row in rows
    ]  # fmt: skip
    lines += [
        (f"Gesamt: {scope}", " --", " --", " --", currency, _de(totals.cost), f"{totals.impressions:,}".replace(",", "."),
         f"{totals.clicks:,}".replace(",", "."), _de(round(totals.conversions * 100)), "0,00")
        for scope in ("Kampagnen", "Konto")
    ]  # fmt: skip
    return b"\xff\xfe" + csv_bytes(lines, delimiter="\t", newline="\r\n", encoding="utf-16-le")


def _sums(rows: Sequence[Day]) -> Day:
    return Day(
        rows[0].day, rows[0].campaign, sum(row.cost for row in rows), sum(row.impressions for row in rows),
        sum(row.clicks for row in rows), sum(row.conversions for row in rows),
    )  # fmt: skip


def _en(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02d}"


def _de(cents: int) -> str:
    return f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02d}"


def _long(day: dt.date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def _lang(day: dt.date) -> str:
    return f"{day.day}. {_MONATE[day.month - 1]} {day.year}"
