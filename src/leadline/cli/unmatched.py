"""What belongs to no tactic, as lines of a terminal: what it is, its money, how many rows, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leadline.words import money, number

MOST = 12  # own: as many as are read at once; all of them stand in the document


def imported_line(entry: Mapping[str, Any]) -> str:
    """Return one entry of an import's report: a campaign with its money, or an origin.

    >>> imported_line({"campaign": "Spring", "rows": 31, "amount": "15224.89", "currency": "EUR", "why": "no tactic fits"})
    'campaign Spring, 15.2 kEUR in 31 rows: no tactic fits'
    >>> imported_line({"origin": "fair", "rows": 1, "amount": None, "currency": None, "why": ""})
    'origin fair, 1 row'
    >>> imported_line({"origin": "friend", "rows": None, "amount": None, "currency": None, "why": ""})
    'origin friend, a few rows'
    """
    kind = "campaign" if "campaign" in entry else "origin"
    name = entry[kind] or "(no name)"
    spent = f"{money(float(entry['amount']), entry['currency'])} in " if entry.get("amount") is not None else ""
    return f"{kind} {name}, {spent}{_rows(entry['rows'])}" + (f": {entry['why']}" if entry.get("why") else "")


def evidence_lines(rows: Sequence[Mapping[str, Any]], *, currency: str) -> Iterator[str]:
    """Yield what belongs to no tactic, the most money first, and the next step. rows: of the document · currency: the plan's.

    >>> list(evidence_lines([{"name": "Spring", "money": 1500.0, "rows": 2, "why": "", "proposed": "search"}], currency="EUR"))[0]
    'belongs to no tactic: Spring, 1.5 kEUR in 2 rows; its dates and channel fit search'
    """
    for one in rows[:MOST]:
        spent = "" if one["money"] is None else f"{money(one['money'], currency)} in "
        hint = f"; its dates and channel fit {one['proposed']}" if one["proposed"] else ""
        yield f"belongs to no tactic: {one['name']}, {spent}{_rows(one['rows'])}" + (
            f"; {one['why']}" if one["why"] else hint
        )
    if len(rows) > MOST:
        yield f"{len(rows) - MOST} more belong to no tactic: --json lists them"
    if rows:
        yield (
            "Say under tracked_as of a tactic what it is called there, or choose it on the page Evidence (leadline serve); "
            "what is no work of this plan may stay."
        )


def _rows(count: int | None) -> str:
    if count is None:
        return "a few rows"
    return f"{number(count, 12)} {'row' if count == 1 else 'rows'}"
