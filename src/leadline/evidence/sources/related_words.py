"""The words by which customer tables name their stages, ids and origins, in five languages; data, looped over once.

All words are written as `activity_words.folded` gives them: case folded, without accents.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from leadline.evidence.sources.activity_words import folded

# Dates that are no event of a funnel: forecasts, and what a system keeps for itself.
NO_STAGE = (
    "expected", "forecast", "planned", "voraussichtlich", "geplant", "prevu", "prevista", "previsto", "verwacht", "erwartet", "next", "nachste",
    "due", "fallig", "update", "modified", "changed", "last", "letzte", "geandert", "modifie", "modificado", "gewijzigd", "birth", "geburt",
    "naissance", "nacimiento", "geboorte", "expires", "expiry", "renewal", "deadline", "export", "import", "delivered", "shipped",
)  # fmt: skip
# State → words of a column's or file's name that speak for it; the more telling state stands first.
STATES: Mapping[str, Sequence[str]] = {
    "lost": ("lost", "verloren", "perdu", "perdido", "disqualified", "rejected", "abgelehnt", "cancelled", "storniert"),
    "won": ("won", "signed", "sign date", "ordered", "order", "orders", "contract", "sale", "sales", "sold", "purchase", "purchased", "paid",
            "converted", "gewonnen", "auftrag", "auftrage", "auftrags", "vertrag", "vertrags", "unterschrift", "bestellung", "bestellungen",
            "bestell", "verkauf", "kauf", "gagne", "signe", "signature", "commande", "commandes", "vente", "ventes", "contrat", "ganado",
            "firmado", "firma del", "pedido", "pedidos", "venta", "ventas", "contrato", "getekend", "verkocht", "verkoop", "opdracht"),
    "offer": ("offer", "offers", "proposal", "quote", "quotation", "angebot", "angebots", "angebote", "devis", "offre", "oferta", "propuesta",
              "offerte", "voorstel"),
    "meeting": ("meeting", "demo", "appointment", "termin", "gesprach", "gesprachs", "besuch", "visit", "rendez-vous", "rdv", "reunion", "cita",
                "afspraak", "gesprek", "call"),
    "qualified": ("qualified", "qualification", "sql", "qualifiziert", "qualifizierung", "qualifie", "cualificado", "gekwalificeerd"),
    "closed": ("closed", "close", "closing", "abschluss", "abgeschlossen", "geschlossen", "cloture", "cierre", "cerrado", "gesloten", "afgesloten"),
    "lead": ("first contact", "first touch", "erstkontakt", "premier contact", "primer contacto", "eerste contact", "lead", "leads", "mql",
             "inquiry", "inquiries", "enquiry", "enquiries", "anfrage", "anfragen", "anfrage-", "demande", "demandes", "solicitud", "aanvraag",
             "created", "create", "creation", "erstellt", "angelegt", "eingang", "received", "signup", "sign-up", "sign up", "registered",
             "registration", "registrierung", "anmeldung", "contact", "contacts", "kontakt", "kontakte", "contacto", "contactos", "contacten",
             "creado", "alta", "aangemaakt", "prospect", "prospects", "interessent", "interessenten"),
}  # fmt: skip
RANKS: Mapping[str, int] = {"lead": 0, "qualified": 1, "meeting": 2, "offer": 3, "closed": 5, "won": 5}
# Names of a date on which somebody came to us: a contact of its own, not only a record that was made.
CONTACTED = (
    "first contact",
    "first touch",
    "erstkontakt",
    "premier contact",
    "primer contacto",
    "eerste contact",
    "anfrage",
    "inquiry",
    "enquiry",
)
# Words of a status that end a case.
WON = frozenset({
    "won", "closed won", "closedwon", "gewonnen", "gagne", "ganado", "ganada", "signed", "sold", "abgeschlossen gewonnen", "auftrag", "customer",
    "kunde", "client", "cliente", "klant", "converted", "verkauft", "getekend",
})  # fmt: skip
LOST = frozenset({
    "lost", "closed lost", "closedlost", "verloren", "perdu", "perdido", "perdida", "disqualified", "rejected", "abgelehnt", "storniert", "cancelled",
    "canceled", "abgesagt",
})  # fmt: skip
STATUS = (
    "status",
    "stage",
    "deal stage",
    "outcome",
    "result",
    "phase",
    "ergebnis",
    "statut",
    "etape",
    "estado",
    "etapa",
    "resultado",
    "fase",
    "resultaat",
)
ORIGIN = (
    "origin", "lead source", "original source", "source", "herkunft", "quelle", "leadquelle", "lead-quelle", "origine", "source du lead", "origen",
    "fuente", "herkomst", "bron", "channel", "kanal", "canal", "kanaal", "utm source", "medium", "campaign", "kampagne",
)  # fmt: skip
LANDING = (
    "landing page",
    "landing page id",
    "landing",
    "landingpage",
    "landingpage id",
    "page",
    "url",
    "seite",
    "pagina",
)
AMOUNT = (
    "amount", "deal amount", "deal value", "value", "contract value", "order value", "revenue", "declared monthly revenue", "betrag", "wert",
    "auftragswert", "umsatz", "volumen", "montant", "chiffre d'affaires", "ca", "importe", "valor", "ingresos", "bedrag", "waarde", "omzet", "price",
    "preis", "total",
)  # fmt: skip
CURRENCY = ("currency", "wahrung", "devise", "moneda", "valuta", "currency code")
IDS = frozenset(
    {"id", "nr", "no", "number", "nummer", "numero", "key", "code", "schlussel", "ref", "uuid", "guid", "#"}
)
# What a source of visitors is called → the channel of the channel rules; unknown is no channel.
CHANNELS: Mapping[str, str] = {
    "paid search": "Paid Search", "paid_search": "Paid Search", "sea": "Paid Search", "organic search": "Organic Search",
    "organic_search": "Organic Search", "seo": "Organic Search", "organic": "Organic Search", "social": "Social", "paid social": "Paid Social",
    "paid_social": "Paid Social", "organic social": "Organic Social", "email": "Email", "e-mail": "Email", "mail": "Email", "newsletter": "Email",
    "direct": "Direct", "direct traffic": "Direct", "direct_traffic": "Direct", "direkt": "Direct", "referral": "Referral", "referrals": "Referral",
    "display": "Display", "other": "Other", "other publicities": "Other publicities", "unknown": "", "unbekannt": "", "inconnu": "",
    "desconocido": "", "onbekend": "", "(not set)": "", "not set": "", "none": "", "null": "", "?": "",
}  # fmt: skip

SHORTEST_PART = 5  # letters of a word that may stand inside a compound; own: shorter ones stand in others by chance
_WORDS = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def words_of(name: str) -> str:
    """Return a column's or file's name as single words.

    >>> words_of("FirstContact_date"), words_of("Angebots-Datum")
    ('first contact date', 'angebots datum')
    """
    return " ".join(part for part in _WORDS.split(folded(_CAMEL.sub(" ", name))) if part)


def has(name: str, words: Sequence[str]) -> str | None:
    """Return the first of some words that a name holds: whole, or as a part of a compound where it is long enough."""
    plain = f" {words_of(name)} "
    return next(
        (word for word in words if f" {words_of(word)} " in plain or (len(word) >= SHORTEST_PART and word in plain)),
        None,
    )


def state_of(name: str) -> tuple[str, str] | None:
    """Return the state a name speaks of and the word that says it, None where it says nothing or must not count.

    >>> state_of("won_date"), state_of("Erstkontakt am"), state_of("Expected close date")
    (('won', 'won'), ('lead', 'erstkontakt'), None)
    """
    if has(name, NO_STAGE):
        return None
    return next(((state, word) for state, words in STATES.items() if (word := has(name, words))), None)


def ranked(name: str, words: Sequence[str]) -> int | None:
    """Return the place of a name in a list of names, None where it is none of them."""
    plain = words_of(name)
    return next((place for place, word in enumerate(words) if words_of(word) == plain), None)


def is_id(name: str) -> bool:
    """Return whether a column is named as one of ids."""
    return bool(set(words_of(name).split()) & IDS) or "#" in name
