"""X Ads Manager: campaigns by day. The file names no currency. Grade A (names), C (order)."""

from __future__ import annotations

from leadline.evidence.sources.spend import AdFormat
from leadline.evidence.sources.tables import Layout

LAYOUT = Layout(
    columns={
        "campaign_id": {"en": ["ID", "Campaign ID"]},
        "campaign": {"en": ["Campaign", "Campaign name"]},
        "day": {"en": ["Time", "Time period"]},
        "amount": {"en": ["Spend"]},
        "currency": {"en": ["Currency"]},
        "impressions": {"en": ["Impressions"]},
        "clicks": {"en": ["Clicks", "Link clicks"]},
        "reposts": {"en": ["Reposts", "Retweets"]},
        "billed": {"en": ["Billed engagements"]},
        "media": {"en": ["Media engagements"]},
    },
    required=("campaign_id", "campaign", "day", "amount", "impressions"),
    distinctive=("billed", "media", "reposts", "clicks"),
)

X_ADS = AdFormat("x-ads", LAYOUT, day_path="in X Ads Manager export with the time breakdown by day")
