"""The words by which a table of activities names its columns, in five languages; data, looped over once.

All words are written as `folded` gives them: case folded, without accents, white space single.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

CACHED = 1 << 12  # distinct header cells remembered; own: a sheet has few

# Role → language → names a column of that role carries, the most telling first.
ROLES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "name": {
        "en": ("activity", "activities", "campaign", "campaign name", "marketing activity", "initiative", "action", "measure", "tactic",
               "promotion", "project", "event", "task", "programme", "program", "idea", "what", "item", "name", "title", "description"),
        "de": ("massnahme", "massnahmen", "aktivitat", "aktivitaten", "aktion", "kampagne", "marketingmassnahme", "werbemassnahme",
               "vorhaben", "projekt", "veranstaltung", "aufgabe", "idee", "thema", "was", "bezeichnung", "titel", "beschreibung"),
        "fr": ("action", "actions", "activite", "campagne", "operation", "projet", "evenement", "initiative", "tache", "idee", "quoi",
               "intitule", "libelle", "nom", "titre"),
        "es": ("accion", "actividad", "campana", "iniciativa", "proyecto", "evento", "tarea", "idea", "que", "nombre", "titulo",
               "descripcion"),
        "nl": ("activiteit", "actie", "campagne", "initiatief", "project", "evenement", "taak", "idee", "wat", "naam", "titel",
               "omschrijving"),
    },
    "start": {
        "en": ("start", "start date", "start datum", "starts", "begin", "begins", "from", "launch", "launch date"),
        "de": ("start", "beginn", "startdatum", "von", "ab", "starttermin"),
        "fr": ("debut", "date de debut", "date debut", "du", "lancement"),
        "es": ("inicio", "fecha de inicio", "fecha inicio", "desde", "comienzo"),
        "nl": ("start", "startdatum", "begin", "begindatum", "van", "vanaf"),
    },
    "end": {
        "en": ("end", "end date", "end datum", "ends", "finish", "until", "to", "due", "due date", "deadline"),
        "de": ("ende", "enddatum", "bis", "endtermin", "fertig bis", "deadline"),
        "fr": ("fin", "date de fin", "date fin", "au", "echeance"),
        "es": ("fin", "fecha de fin", "fecha fin", "hasta", "fecha limite"),
        "nl": ("einde", "einddatum", "tot", "t m", "eind", "deadline"),
    },
    "when": {
        "en": ("date", "dates", "when", "period", "timing", "time frame", "timeframe", "schedule", "day", "week", "month", "quarter"),
        "de": ("datum", "zeitraum", "wann", "termin", "termine", "laufzeit", "zeit", "zeitpunkt", "kw", "kalenderwoche", "woche", "monat",
               "quartal", "tag"),
        "fr": ("date", "dates", "periode", "quand", "calendrier", "semaine", "mois", "trimestre"),
        "es": ("fecha", "fechas", "periodo", "cuando", "semana", "mes", "trimestre"),
        "nl": ("datum", "periode", "wanneer", "looptijd", "week", "maand", "kwartaal"),
    },
    "cost": {
        "en": ("cost", "costs", "actual cost", "actual", "spend", "spent", "expense", "expenses", "amount", "price", "fee", "investment",
               "budget", "planned cost", "total", "sum"),
        "de": ("kosten", "istkosten", "ist", "ausgaben", "betrag", "preis", "investition", "budget", "plankosten", "gesamtkosten", "summe", "gesamt"),
        "fr": ("cout", "couts", "depense", "depenses", "montant", "prix", "frais", "budget", "cout reel", "total", "somme"),
        "es": ("coste", "costes", "costo", "costos", "gasto", "gastos", "importe", "precio", "inversion", "presupuesto", "total", "suma"),
        "nl": ("kosten", "uitgaven", "bedrag", "prijs", "budget", "begroting", "totaal"),
    },
    "currency": {
        "en": ("currency", "ccy", "cur"), "de": ("wahrung", "whg"), "fr": ("devise", "monnaie"), "es": ("moneda", "divisa"),
        "nl": ("valuta", "munt"),
    },
    "owner": {
        "en": ("owner", "responsible", "responsibility", "who", "person in charge", "in charge", "assigned to", "assignee", "lead", "manager",
               "person", "team"),
        "de": ("verantwortlich", "verantwortliche", "verantwortlicher", "verantwortung", "verantw", "verantwortl", "zustandig", "zust", "wer", "leitung", "ansprechpartner",
               "ansprechpartnerin", "person", "team"),
        "fr": ("responsable", "qui", "pilote", "porteur", "charge de projet", "equipe"),
        "es": ("responsable", "quien", "encargado", "a cargo de", "persona", "equipo"),
        "nl": ("verantwoordelijke", "verantwoordelijk", "wie", "eigenaar", "trekker", "persoon", "team"),
    },
    "channel": {
        "en": ("channel", "channels", "medium", "media", "platform", "venue", "network", "category", "type"),
        "de": ("kanal", "kanale", "medium", "medien", "plattform", "werbetrager", "kategorie", "art"),
        "fr": ("canal", "canaux", "media", "medias", "support", "plateforme", "categorie", "type"),
        "es": ("canal", "canales", "medio", "medios", "plataforma", "categoria", "tipo"),
        "nl": ("kanaal", "kanalen", "medium", "media", "platform", "categorie", "soort"),
    },
    "status": {
        "en": ("status", "state", "progress"), "de": ("status", "stand", "zustand", "fortschritt"),
        "fr": ("statut", "etat", "avancement"), "es": ("estado", "situacion"), "nl": ("status", "stand", "voortgang"),
    },
}  # fmt: skip

# Names that say little: a column of activities goes by them, but so does one of people or things.
GENERIC_NAMES = frozenset({
    "name", "nom", "nombre", "naam", "title", "titel", "titre", "titulo", "description", "beschreibung", "descripcion", "omschrijving",
    "bezeichnung", "libelle", "intitule", "item", "person", "what", "was", "quoi", "que", "wat",
})  # fmt: skip
# Endings of a compound (`Kampagnenbudget`, `Projektstart`) → role.
ENDINGS: Mapping[str, str] = {
    "kosten": "cost", "budget": "cost", "betrag": "cost", "ausgaben": "cost", "beginn": "start", "start": "start", "ende": "end",
    "zeitraum": "when", "datum": "when", "kanal": "channel", "kanaal": "channel", "status": "status", "stand": "status",
    "massnahme": "name", "kampagne": "name", "aktion": "name", "kampagnenname": "name", "projektname": "name", "aktionsname": "name",
    "projekttitel": "name", "verantwortlicher": "owner", "verantwortliche": "owner",
}  # fmt: skip
# Words that say nothing of the role.
FILLERS = frozenset({
    "in", "net", "netto", "brutto", "gross", "ht", "ttc", "hors", "taxes", "excl", "incl", "inkl", "exkl", "zzgl", "vat", "mwst", "ust",
    "btw", "iva", "tva", "planned", "estimated", "geplant", "geplante", "geplanter", "geplantes", "voraussichtlich", "prevu", "previsto",
    "gepland", "geplande", "the", "our", "ca", "approx", "total", "gesamt", "marketing",
})  # fmt: skip
# What stands before one of these is the head of the name: "Name der Massnahme", "nom de la campagne", "date of launch".
CONNECTORS = frozenset(
    {"der", "des", "die", "fur", "of", "for", "de", "du", "del", "la", "le", "van", "het", "voor", "para", "pour"}
)
# With one of these a column names something else than its role.
OTHER = frozenset({
    "id", "nr", "no", "number", "nummer", "numero", "num", "url", "link", "code", "kostenstelle", "center", "centre", "centro", "per", "pro",
    "par", "por", "cpc", "cpm", "cpa", "cpl", "rate", "quote", "customer", "customers", "client", "kunde", "kunden", "kundenname", "firma",
    "firmenname", "company", "empresa", "societe", "bedrijf", "vorname", "nachname", "first", "last", "surname", "email", "e-mail", "mail",
    "phone", "telefon",
})  # fmt: skip
# Columns of a list of people.
PEOPLE = frozenset({
    "email", "e-mail", "mail", "e mail", "email address", "e-mail-adresse", "mailadresse", "phone", "telefon", "telephone", "mobile",
    "first name", "last name", "vorname", "nachname", "prenom", "apellido", "apellidos", "achternaam", "voornaam", "date of birth",
    "geburtsdatum",
})  # fmt: skip
# Columns of a list of sales under way, as CRMs name them: its amounts are what customers may pay, not what was spent.
SALES = frozenset({
    "opportunity", "opportunity name", "opportunity owner", "deal", "deal name", "deal owner", "deal stage", "dealname", "dealstage",
    "sales stage", "close date", "closedate", "probability", "probability (%)", "win probability", "expected revenue", "pipeline",
    "verkaufschance", "name der verkaufschance", "abschlussdatum", "abschlusswahrscheinlichkeit", "wahrscheinlichkeit", "erwarteter umsatz",
    "opportunite", "date de cloture", "probabilite", "oportunidad", "fecha de cierre", "probabilidad", "verkoopkans", "sluitingsdatum",
})  # fmt: skip
# Columns that count reactions day by day: a report, no list of what somebody did.
REPORTED = frozenset({
    "impressions", "impr", "impr.", "clicks", "klicks", "clics", "link clicks", "reach", "reichweite", "sessions", "sitzungen", "views",
    "conversions", "ctr", "impresiones", "weergaven", "klikken",
})  # fmt: skip
# Labels of a totals row, alone or as the first or last word of one.
TOTALS = frozenset({
    "total", "totals", "grand total", "gesamt", "summe", "gesamtsumme", "summen", "insgesamt", "somme", "total general", "totaux", "suma",
    "totaal", "eindtotaal", "sum", "total cost", "gesamtkosten", "gesamtbudget", "totale kosten", "cout total", "coste total",
    "total costs", "total budget", "budget gesamt", "kosten gesamt", "summe gesamt", "gesamt summe", "overall",
})  # fmt: skip
SUBTOTALS = frozenset({
    "subtotal", "sub-total", "sub total", "zwischensumme", "teilsumme", "sous-total", "sous total", "subtotaal", "tussentotaal", "suma parcial",
})  # fmt: skip
# Beginnings of a note under a table.
NOTES = (
    "*", "†", "¹", "²", "note", "notes", "hinweis", "anmerkung", "stand ", "stand:", "quelle", "source", "remark", "as of", "alle ", "all ",
    "nota", "notas", "fuente", "remarque", "toutes", "opmerking", "bron", "legende", "legend", "nb", "n.b.", "ps", "erstellt", "created",
)  # fmt: skip

_SPACES = re.compile(r"\s+")
_ACCENTS = re.compile(r"[\u0300-\u036f]")


@lru_cache(maxsize=CACHED)
def folded(text: str) -> str:
    r"""Return a text as words are compared here: case folded, without accents, white space single.

    >>> folded("  Maßnahme\nübersicht "), folded("Coût")
    ('massnahme ubersicht', 'cout')
    """
    plain = unicodedata.normalize("NFKD", text.replace("\ufeff", "")).casefold()
    return _SPACES.sub(" ", _ACCENTS.sub("", plain)).strip()
