"""Meta's ads report by day: currency in the header, a totals row without a campaign first, a byte order mark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from leadline.inputs import stream
from leadline.worlds.company import Company
from leadline.worlds.parameters import Campaign
from leadline.worlds.spending import calendar_days
from leadline.worlds.writers.campaigns import campaign_money
from leadline.worlds.writers.written import Written, csv_bytes

HEADER = (
    "Reporting starts", "Reporting ends", "Campaign name", "Campaign ID", "Ad set name", "Ad name", "Day",
    "Campaign delivery", "Attribution setting", "Results", "Result indicator", "Cost per results",
    "Amount spent ({})", "Impressions", "Reach", "Link clicks", "CPM (cost per 1,000 impressions) ({})",
    "CTR (link click-through rate)",
)  # fmt: skip
# Money per link click and clicks per impression of posts in feeds: own choice of scale.
_CLICK_PRICE, _CLICK_SHARE = 0.55, 0.012
_SEEN_TWICE = 0.8  # people per impression: own choice
_CLAIMED = 0.04  # results the platform claims per click: own choice


def meta_ads_files(company: Company) -> Iterator[Written]:
    """Yield one report up to as-of over all campaigns."""
    days, as_of = calendar_days(company.world), company.world.world.as_of
    rows = [
        _row(company, day, campaign, int(cents))
        for campaign, money in campaign_money(company, "meta-ads")
        for day, cents in zip(days, money, strict=True)
        if cents and day <= as_of
    ]
    if not rows:
        return
    rows.sort(key=lambda row: (row[0], row[3]))
    header = [name.format(company.world.world.currency) for name in HEADER]
    total = [rows[0][0], rows[-1][0], *[""] * (len(HEADER) - 2)]
    total[12] = _money(sum(round(float(row[12]) * 100) for row in rows))
    for place in (13, 15):
        total[place] = str(sum(int(row[place]) for row in rows))
    data = csv_bytes([header, total, *rows])
    yield Written("meta_ads_report.csv", b"\xef\xbb\xbf" + data, {"records": len(rows) + 1, "totals": 1})


def _row(company: Company, day: dt.date, campaign: Campaign, cents: int) -> list[str]:
    random = stream(company.seed, f"world: platform of {campaign.id} {day}")
    clicks = int(random.poisson(cents / 100 / _CLICK_PRICE))
    seen = clicks + int(random.poisson(cents / 100 / _CLICK_PRICE / _CLICK_SHARE))
    claimed = int(random.poisson(clicks * _CLAIMED))
    paid = f"{cents / 100 / claimed:.2f}" if claimed else ""
    return [
        f"{day}", f"{day}", campaign.name, campaign.id, "Town", "Post A", f"{day}", "active", "7-day click or 1-day view",
        str(claimed) if claimed else "", "actions:offsite_conversion.fb_pixel_lead" if claimed else "", paid, _money(cents),
        str(seen), str(round(seen * _SEEN_TWICE)), str(clicks), f"{cents / 100 / max(1, seen) * 1000:.2f}",
        f"{100 * clicks / max(1, seen):.2f}",
    ]  # fmt: skip


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
