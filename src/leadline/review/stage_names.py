"""Ids and states from the words of files: lower case, kebab, ASCII, at most 24 characters, `-2` where taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Mapping

from leadline.evidence.tactics import folded

LONGEST = 24  # design, interview section 1: characters of a proposed id
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe"})

# Names under which sources close what came to nothing, and what was sold; compared folded, whole.
LOST_NAMES = frozenset(
    {
        "lost", "closed lost", "closedlost", "rejected", "disqualified", "unqualified", "not interested", "dead", "cancelled",
        "canceled", "withdrawn", "verloren", "abgelehnt", "abgesagt", "kein interesse", "storniert", "perdu", "perdido",
    }
)  # fmt: skip
WON_NAMES = ("won", "closed won", "closedwon", "deal won", "gewonnen", "gagné", "ganado")
SALE_NAMES = frozenset(
    {
        "sale", "sold", "order", "ordered", "purchase", "customer", "client", "signed", "contract", "contract signed", "paid",
        "donation", "enrolled", "verkauf", "verkauft", "auftrag", "bestellung", "kunde", "vertrag", "abschluss", "bezahlt",
    }
)  # fmt: skip


def slug(name: str, *, taken: Container[str] = (), otherwise: str = "item") -> str:
    """Return an id for a name. otherwise: where no letter or digit of it can be kept.

    >>> slug("Closed Won (Sales)"), slug("Messe Köln"), slug("won", taken={"won"})
    ('closed-won-sales', 'messe-koeln', 'won-2')
    """
    text = unicodedata.normalize("NFKC", name).casefold().translate(_SPELLED)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or otherwise
    short = words[:LONGEST].rstrip("-")
    found, number = short, 1
    while found in taken:
        number += 1
        end = f"-{number}"
        found = f"{short[: LONGEST - len(end)].rstrip('-')}{end}"
    return found


def proposed_maps(
    names: Mapping[str, Iterable[str]], *, known: Mapping[str, Mapping[str, str]], states: Iterable[str] = ()
) -> dict[str, dict[str, str]]:
    """Return, per source, the state of each stage name that does not read as one itself and is not mapped yet.

    names: source → its stage names · known: the maps there are · states: of the plan; such a name stays as it is
    Equal names give one state in every source; other names never share one, except that all that is lost is `lost`.
    """
    found: dict[str, dict[str, str]] = {}
    state_of: dict[str, str] = {}
    of_plan = {folded(state) for state in states}
    for source, raws in names.items():
        mapped = {folded(raw) for raw in known.get(source, {})}
        for raw in raws:
            name = folded(raw)
            if name in mapped or name in of_plan:
                continue
            state = state_of.setdefault(name, _state(name, taken=set(state_of.values())))
            if state != raw:
                found.setdefault(source, {})[raw] = state
    return found


def _state(name: str, *, taken: Container[str]) -> str:
    if name in LOST_NAMES:
        return "lost"
    if name in WON_NAMES:
        return "won"
    return slug(name, taken=taken, otherwise="stage")
