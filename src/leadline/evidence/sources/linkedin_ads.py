"""LinkedIn Campaign Manager: the performance report, up to five lines above the header. Grade B (German C).

Its campaign group is our campaign, its campaign our ad set, its creative our ad. Days are UTC days, written
M/D/YYYY (German D.M.YYYY); often UTF-16 with tabs; cells hold line breaks; a totals row may close the file.
"""

from __future__ import annotations

from leadline.evidence.sources.spend import AdFormat
from leadline.evidence.sources.tables import Layout

LAYOUT = Layout(
    columns={
        "day": {"en": ["Start Date (in UTC)"], "de": ["Startdatum (in UTC)"]},
        "account": {"en": ["Account Name"], "de": ["Kontoname"]},
        "currency": {"en": ["Currency"], "de": ["Währung"]},
        "campaign": {"en": ["Campaign Group Name"], "de": ["Name der Kampagne"]},
        "campaign_id": {"en": ["Campaign Group ID"], "de": ["Kampagnen-ID"]},
        "adset": {"en": ["Campaign Name"], "de": ["Name der Anzeigengruppe"]},
        "adset_id": {"en": ["Campaign ID"], "de": ["Anzeigengruppen-ID"]},
        "ad": {"en": ["Creative Name", "Ad Name"], "de": ["Name der Anzeige"]},
        "ad_id": {"en": ["Creative ID", "Ad ID"], "de": ["Anzeigen-ID"]},
        "amount": {"en": ["Total Spent"], "de": ["Gesamtausgaben"]},
        "reach": {"en": ["Reach"], "de": ["Reichweite"]},
        "impressions": {"en": ["Impressions"], "de": ["Impressions"]},
        "clicks": {"en": ["Clicks"], "de": ["Klicks"]},
        "claimed_conversions": {"en": ["Leads", "Conversions"], "de": ["Leads", "Conversions"]},
        "claimed_value": {"en": ["Total Conversion Value"], "de": ["Gesamter Conversion-Wert"]},
        "url": {"en": ["Click URL"], "de": ["Klick-URL"]},
        "aim": {"en": ["Campaign Objective"], "de": ["Kampagnenziel"]},
    },
    required=("day", "adset", "adset_id", "amount"),
    distinctive=("account", "campaign", "ad", "impressions", "aim"),
    preamble=("Campaign Performance Report", "Creative Performance Report", "Bericht zur Performance"),
)

LINKEDIN_ADS = AdFormat(
    "linkedin-ads",
    LAYOUT,
    day_path="in Campaign Manager choose Export > Time breakdown > Daily",
    dates={"en": "mdy", "de": "dmy"},
)
