"""Google Ads: the campaign report with a Day segment, as "CSV" (UTF-8, commas) or "Excel .csv" (UTF-16LE, tabs).

Line 1 is the report's name, line 2 its period, line 3 the header. Grade A (English), A/B (German), B (French).
"""

from __future__ import annotations

from leadline.evidence.sources.spend import AdFormat
from leadline.evidence.sources.tables import Layout

LAYOUT = Layout(
    columns={
        "day": {"en": ["Day"], "de": ["Tag"], "fr": ["Jour"]},
        "campaign": {"en": ["Campaign"], "de": ["Kampagne"], "fr": ["Campagne"]},
        "campaign_id": {"en": ["Campaign ID"], "de": ["Kampagnen-ID"], "fr": ["ID de la campagne"]},
        "account": {"en": ["Account name"], "de": ["Kontoname"], "fr": ["Nom du compte"]},
        "adset": {"en": ["Ad group"], "de": ["Anzeigengruppe"], "fr": ["Groupe d'annonces"]},
        "adset_id": {"en": ["Ad group ID"], "de": ["Anzeigengruppen-ID"], "fr": ["ID du groupe d'annonces"]},
        "currency": {
            "en": ["Currency code", "Currency"],
            "de": ["Währungscode", "Währung"],
            "fr": ["Code de la devise", "Devise"],
        },
        "amount": {"en": ["Cost"], "de": ["Kosten"], "fr": ["Coût"]},
        "impressions": {"en": ["Impr.", "Impressions"], "de": ["Impr.", "Impressionen"], "fr": ["Impr."]},
        "clicks": {"en": ["Clicks"], "de": ["Klicks"], "fr": ["Clics"]},
        "claimed_conversions": {"en": ["Conversions"], "de": ["Conversions"], "fr": ["Conversions"]},
        "claimed_value": {"en": ["Conv. value"], "de": ["Conv.-Wert"], "fr": ["Valeur de conv."]},
        "segment_device": {"en": ["Device"], "de": ["Gerät"], "fr": ["Appareil"]},
        "segment_network": {
            "en": ["Network", "Network (with search partners)"],
            "de": ["Werbenetzwerk", "Netzwerk"],
            "fr": ["Réseau", "Réseau (avec partenaires du Réseau de Recherche)"],
        },
        "segment_hour": {"en": ["Hour of the day"], "de": ["Stunde des Tages"], "fr": ["Heure de la journée"]},
        "state": {"en": ["Campaign status"], "de": ["Kampagnenstatus"], "fr": ["État de la campagne"]},
        "kind": {"en": ["Campaign type"], "de": ["Kampagnentyp"], "fr": ["Type de campagne"]},
    },
    required=("day", "campaign", "amount"),
    distinctive=("state", "campaign_id", "currency", "impressions", "claimed_value"),
    preamble=("Campaign report", "Kampagnenbericht", "Rapport sur les campagnes", "Rapport de campagne"),
)

GOOGLE_ADS = AdFormat(
    "google-ads",
    LAYOUT,
    day_path="in Google Ads choose Segment > Time > Day, then download again",
    dayless=("campaign", "amount", "currency", "impressions"),
)
