"""Meta Ads Manager: the report table broken down by day. Grade B.

The currency stands in the header (`Amount spent (EUR)`), one totals row with a blank campaign comes first or last,
past days are restated, and the CSV begins with a byte order mark.
"""

from __future__ import annotations

from leadline.evidence.sources.spend import AdFormat
from leadline.evidence.sources.tables import Layout

LAYOUT = Layout(
    columns={
        "starts": {"en": ["Reporting starts"]},
        "ends": {"en": ["Reporting ends"]},
        "day": {"en": ["Day"]},
        "account": {"en": ["Account name"]},
        "campaign": {"en": ["Campaign name"]},
        "campaign_id": {"en": ["Campaign ID"]},
        "adset": {"en": ["Ad set name"]},
        "adset_id": {"en": ["Ad set ID"]},
        "ad": {"en": ["Ad name"]},
        "ad_id": {"en": ["Ad ID"]},
        "currency": {"en": ["Currency"]},
        "amount": {"en": ["Amount spent"]},
        "impressions": {"en": ["Impressions"]},
        "reach": {"en": ["Reach"]},
        "clicks": {"en": ["Link clicks", "Clicks (all)"]},
        "claimed_conversions": {"en": ["Results"]},
        "claimed_value": {"en": ["Results value", "Purchases conversion value"]},
        "url": {"en": ["Link (ad settings)", "Website URL"]},
        "segment_age": {"en": ["Age"]},
        "segment_gender": {"en": ["Gender"]},
        "segment_platform": {"en": ["Platform"]},
        "segment_placement": {"en": ["Placement"]},
        "segment_device": {"en": ["Device platform", "Impression device"]},
    },
    required=("starts", "ends", "campaign", "amount"),
    distinctive=("campaign_id", "adset", "ad", "reach", "day"),
)

META_ADS = AdFormat(
    "meta-ads",
    LAYOUT,
    day_path="in Ads Manager add Breakdown > By time > Day",
    period=("starts", "ends"),
)
