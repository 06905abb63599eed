"""LinkedIn campaign performance reports as Campaign Manager writes them: a preamble, UTF-16, tabs, dates M/D/YYYY."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from leadline.inputs import stream
from leadline.worlds.company import Company
from leadline.worlds.parameters import Campaign, Door
from leadline.worlds.spending import calendar_days
from leadline.worlds.writers.campaigns import campaign_money
from leadline.worlds.writers.written import Written, csv_bytes

HEADER = (
    "Start Date (in UTC)", "Account Name", "Currency", "Campaign Group Name", "Campaign Group ID", "Campaign Name",
    "Campaign ID", "Campaign Type", "Campaign Objective", "Creative Name", "Ad Introduction Text", "Total Spent",
    "Reach", "Impressions", "Clicks", "Clicks to Landing Page", "Total Social Actions", "Reactions", "Comments",
    "Shares", "Follows", "Total Engagements", "Leads", "Lead Forms Opened", "Click URL",
)  # fmt: skip
# Money per click and clicks per impression of sponsored posts to managers: own choice of scale.
_CLICK_PRICE, _CLICK_SHARE = 7.5, 0.006
_SEEN_TWICE = 0.8  # people per impression: own choice
_ACTIONS_PER_CLICK = 0.35  # reactions, comments and shares per click: own choice


def linkedin_ads_files(company: Company) -> Iterator[Written]:
    """Yield one report up to as-of over all campaigns; the text of the ad holds a line break, as people write them."""
    days, as_of = calendar_days(company.world), company.world.world.as_of
    rows = [
        (day, campaign, int(cents))
        for campaign, money in campaign_money(company, "linkedin-ads")
        for day, cents in zip(days, money, strict=True)
        if cents and day <= as_of
    ]
    if not rows:
        return
    rows.sort(key=lambda row: (row[0], row[1].id))
    preamble: list[Sequence[str]] = [
        ("Campaign Performance Report (in UTC)",),
        (f"Report Start: {rows[0][0]:%m/%d/%Y}, Report End: {rows[-1][0]:%m/%d/%Y}",),
        (f"Date Generated: {as_of + dt.timedelta(days=1):%m/%d/%Y}",),
        (),
    ]
    lines = [_line(company, day, campaign, cents) for day, campaign, cents in rows]
    data = csv_bytes([*preamble, HEADER, *lines, _total(lines)], delimiter="\t", newline="\r\n", encoding="utf-16-le")
    yield Written("linkedin_campaign_performance.csv", b"\xff\xfe" + data, {"records": len(lines) + 1, "totals": 1})


def _line(company: Company, day: dt.date, campaign: Campaign, cents: int) -> list[str]:
    random = stream(company.seed, f"world: platform of {campaign.id} {day}")
    clicks = int(random.poisson(cents / 100 / _CLICK_PRICE))
    impressions = clicks + int(random.poisson(cents / 100 / _CLICK_PRICE / _CLICK_SHARE))
    actions = int(random.poisson(clicks * _ACTIONS_PER_CLICK))
    door = next((door for door in company.world.doors.values() if door.tactic == campaign.tactic), Door())
    url = f"https://{company.world.world.host}/proof?utm_source={door.source}&utm_medium={door.medium}&utm_campaign={door.campaign}"
    return [
        f"{day.month}/{day.day}/{day.year}", company.plan.plan.organisation or "", company.world.world.currency,
        campaign.name, campaign.id, "DACH maintenance", f"3{campaign.id[1:]}", "Sponsored Content", "Brand awareness",
        "Proof 1", "Twelve plants.\r\nNo unplanned stop.", _money(cents), f"{round(impressions * _SEEN_TWICE):,}",
        f"{impressions:,}", f"{clicks:,}", f"{clicks:,}", f"{actions}", f"{actions}", "0", "0", "0", f"{clicks + actions:,}",
        "0", "0", url,
    ]  # fmt: skip


def _total(lines: Sequence[Sequence[str]]) -> list[str]:
    """Return the closing row: sums of money and counts; reach never adds up."""
    total = ["Total", *[""] * (len(HEADER) - 1)]
    total[11] = _money(sum(round(float(line[11].replace(",", "")) * 100) for line in lines))
    for place in (13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23):
        total[place] = f"{sum(int(line[place].replace(',', '')) for line in lines):,}"
    return total


def _money(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02d}"
